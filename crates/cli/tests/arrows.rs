//! The arrows of the house go one way: who may depend on whom, held against `cargo metadata`.

use std::collections::BTreeMap;
use std::process::Command;

/// Each crate with the crates of the house it may use.
const MAY_USE: [(&str, &[&str]); 18] = [
    ("curves", &[]),
    ("models", &["curves"]),
    ("priors", &["curves", "models"]),
    ("linalg", &[]),
    ("fitters", &["curves", "models", "priors", "linalg"]),
    ("nets", &["curves"]),
    ("networks", &[]),
    ("pfn", &["curves", "models", "priors", "fitters", "nets", "networks"]),
    ("evaluation", &["curves"]),
    ("tables", &["curves"]),
    ("import", &["curves", "tables"]),
    ("lab", &["curves", "linalg", "nets", "evaluation"]),
    ("runner", &["curves", "models", "priors", "fitters", "pfn", "lab", "evaluation", "tables"]),
    ("report", &["curves", "evaluation"]),
    ("publish", &["curves", "fitters", "evaluation", "tables", "runner", "report"]),
    ("curvecast", &["curves", "models", "fitters", "pfn", "tables", "import", "evaluation"]),
    ("testkit", &["curves", "models", "priors", "fitters", "evaluation"]),
    ("cli", &["curvecast", "curves", "models", "priors", "fitters", "pfn", "lab", "evaluation", "tables", "import", "runner", "report", "publish"]),
];

/// A crate of the house by its short name; the façade is `curvecast` itself.
fn own(package: &str) -> Option<&str> {
    package.strip_prefix("curvecast-").or(Some("curvecast").filter(|_| package == "curvecast"))
}

#[test]
fn no_arrow_goes_backwards() {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let meta: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    let mut seen = 0;
    for package in meta["packages"].as_array().unwrap() {
        let name = own(package["name"].as_str().unwrap()).unwrap();
        if name == "benches" {
            continue;
        }
        seen += 1;
        let may = allowed.get(name).unwrap_or_else(|| panic!("crate {name} has no line in MAY_USE"));
        for d in package["dependencies"].as_array().unwrap() {
            let normal = d["kind"].is_null();
            if let Some(to) = own(d["name"].as_str().unwrap()).filter(|_| normal) {
                assert!(may.contains(&to), "{name} may not use {to}");
            }
        }
    }
    assert_eq!(seen, MAY_USE.len());
}

#[test]
fn tensors_polars_and_plots_stay_behind_their_crates() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    for (dependency, only) in [("polars", "tables"), ("gemm", "nets"), ("pulp", "curves"), ("plotters", "report"), ("ureq", "runner"), ("argmin", "fitters")] {
        for (name, _) in MAY_USE {
            let manifest = std::fs::read_to_string(format!("{root}/crates/{name}/Cargo.toml")).unwrap();
            let uses = manifest.lines().any(|l| l.starts_with(&format!("{dependency}.workspace")));
            assert_eq!(uses, name == only, "{name} and {dependency}");
        }
    }
}

/// Inside the runner: sources and protocols answer what they are asked, and never see who asks. Only their own lists know them by name.
#[test]
fn sources_and_protocols_never_see_the_plan() {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../runner/src"));
    let mut files = Vec::new();
    for folder in ["source", "protocol"] {
        files.push(root.join(format!("{folder}.rs")));
        let mut open = vec![root.join(folder)];
        while let Some(dir) = open.pop() {
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { open.push(path) } else { files.push(path) }
            }
        }
    }
    assert!(files.len() > 20, "{files:?}");
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        for upper in ["plan", "run", "results", "experiment", "manifest", "store", "get"] {
            for word in [format!("crate::{upper}::"), format!("crate::{{{upper}::")] {
                assert!(!text.contains(&word), "{} uses {word}", file.display());
            }
        }
    }
    // Nothing beside the lists names a protocol or a source: a kind is reached through its trait alone.
    for file in ["plan.rs", "run.rs", "results.rs", "experiment.rs", "manifest.rs", "store.rs", "stage.rs", "cache.rs", "job.rs"] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        for kind in ["extrapolate", "surface", "emergence", "ladder", "speed_up", "published_table", "simulated", "FromDataset", "Drawn"] {
            assert!(!text.contains(kind), "{file} knows {kind}");
        }
    }
}
