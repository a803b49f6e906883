//! The JSON schemas that `curvecast format` writes: new experiments name them, and `--check` notices a changed one. That every committed file is
//! valid under them, and that slips are refused, is held by `crates/python/tests/test_schemas.py`, where a validator is at hand.

mod common;

use std::path::{Path, PathBuf};

use common::{curvecast_in, house, text};

/// A house with its schemas.
struct House {
    root: PathBuf,
    // Removed when it is dropped.
    _dir: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = house(&dir);
        assert_eq!(curvecast_in(&root, &["format"]).status.code(), Some(0));
        Self { root, _dir: dir }
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_new_experiment_names_its_schemas() {
    let house = House::new();
    assert_eq!(curvecast_in(&house.root, &["new", "experiment", "my-paper"]).status.code(), Some(0));
    for kind in ["spec", "published"] {
        let path = house.root.join(format!("experiments/my-paper/{kind}.toml"));
        let toml = read(&path);
        let schema = toml.lines().next().and_then(|line| line.strip_prefix("#:schema ")).unwrap();
        let schema: serde_json::Value = serde_json::from_str(&read(&path.parent().unwrap().join(schema))).unwrap();
        // Every top-level key of the template is one that the schema knows, and no other is allowed.
        let known = schema["properties"].as_object().unwrap();
        let written: toml::Table = toml::from_str(&toml).unwrap();
        assert!(written.keys().all(|key| known.contains_key(key)), "{:?}", written.keys().collect::<Vec<_>>());
        assert_eq!(schema["additionalProperties"], serde_json::Value::Bool(false));
    }
}

#[test]
fn a_changed_schema_is_not_current() {
    let house = House::new();
    assert_eq!(curvecast_in(&house.root, &["format", "--check"]).status.code(), Some(0));
    let path = house.root.join("schemas/dataset.schema.json");
    let good = read(&path);
    assert!(good.ends_with("}\n"));
    std::fs::write(&path, good.replacen("licence", "license", 1)).unwrap();
    let out = curvecast_in(&house.root, &["format", "--check"]);
    assert_eq!(out.status.code(), Some(110));
    assert_eq!(text(&out.stderr), "schemas/dataset.schema.json is not current; run `cargo curvecast format`\n");
    assert_eq!(curvecast_in(&house.root, &["format"]).status.code(), Some(0));
    assert_eq!(read(&path), good);
}
