//! Every `bib` key of an experiment, a dataset, a law or a prior is in references.bib.

use std::collections::BTreeSet;
use std::path::Path;

/// The values of `bib = "…"` in the TOML files two folders down.
fn keys(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten().filter(|e| e.path().is_dir()) {
        for file in std::fs::read_dir(entry.path()).unwrap().flatten().filter(|f| f.path().extension().is_some_and(|e| e == "toml")) {
            let text = std::fs::read_to_string(file.path()).unwrap();
            into.extend(text.split("bib = \"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
}

#[test]
fn every_citation_resolves() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut cited: BTreeSet<String> = models::all().iter().map(|l| l.cite().to_owned()).collect();
    cited.extend(priors::NAMES.iter().map(|n| priors::find(n, 10).unwrap().cite().to_owned()));
    keys(&root.join("experiments"), &mut cited);
    keys(&root.join("datasets"), &mut cited);
    let bib = std::fs::read_to_string(root.join("references.bib")).unwrap();
    let known: BTreeSet<String> = bib.lines().filter_map(|l| Some(l.strip_prefix('@')?.split_once('{')?.1.trim_end_matches(',').to_owned())).collect();
    let missing: Vec<&String> = cited.difference(&known).collect();
    assert!(cited.len() > 20 && missing.is_empty(), "not in references.bib: {missing:?}");
}
