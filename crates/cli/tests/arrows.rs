//! The arrows of the house go one way: who may depend on whom, held against `cargo metadata`.

use std::collections::BTreeMap;
use std::process::Command;

/// Each crate with the crates of the house it may use.
const MAY_USE: [(&str, &[&str]); 11] = [
    ("curves", &[]),
    ("models", &["curves"]),
    ("priors", &["curves", "models"]),
    ("fitters", &["curves", "models", "priors"]),
    ("pfn", &["curves", "models", "priors", "fitters"]),
    ("evaluation", &["curves"]),
    ("tables", &["curves"]),
    ("runner", &["curves", "models", "priors", "fitters", "pfn", "evaluation", "tables"]),
    ("report", &["curves", "evaluation"]),
    ("testkit", &["curves", "models", "priors", "fitters", "evaluation"]),
    ("cli", &["curves", "models", "priors", "fitters", "pfn", "evaluation", "tables", "runner", "report"]),
];

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
        let name = package["name"].as_str().unwrap().strip_prefix("curvecast-").unwrap();
        if name == "benches" {
            continue;
        }
        seen += 1;
        let may = allowed.get(name).unwrap_or_else(|| panic!("crate {name} has no line in MAY_USE"));
        for d in package["dependencies"].as_array().unwrap() {
            let normal = d["kind"].is_null();
            if let Some(to) = d["name"].as_str().unwrap().strip_prefix("curvecast-").filter(|_| normal) {
                assert!(may.contains(&to), "{name} may not use {to}");
            }
        }
    }
    assert_eq!(seen, MAY_USE.len());
}

#[test]
fn tensors_polars_and_plots_stay_behind_their_crates() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    for (dependency, only) in [("polars", "tables"), ("gemm", "pfn"), ("plotters", "report"), ("ureq", "runner"), ("argmin", "fitters")] {
        for (name, _) in MAY_USE {
            let manifest = std::fs::read_to_string(format!("{root}/crates/{name}/Cargo.toml")).unwrap();
            let uses = manifest.lines().any(|l| l.starts_with(&format!("{dependency}.workspace")));
            assert_eq!(uses, name == only, "{name} and {dependency}");
        }
    }
}
