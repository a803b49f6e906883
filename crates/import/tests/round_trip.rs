//! What is imported, written and read by `tables` again is the same, blanks and NaN told apart.

use std::path::{Path, PathBuf};

use import::{Imported, import};
use tables::{Decimals, Table, TableColumn, load_own, load_own_bytes, write_csv, write_parquet};

fn imported(name: &str) -> Imported {
    import(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)], None).unwrap()
}

/// Holds every cell of a table against what was imported.
fn same(table: &Table, from: &Imported, what: &str) {
    let TableColumn::Text(runs) = &from.columns[0].1 else { panic!("the first column is the run") };
    assert_eq!(table.rows(), runs.len());
    for (name, column) in &from.columns {
        match column {
            TableColumn::Text(cells) => assert_eq!(&table.text(name).unwrap(), cells, "{what} {name}"),
            TableColumn::Number(cells) => assert_eq!(&table.numbers(name).unwrap(), cells, "{what} {name}"),
            TableColumn::Logged(cells) => {
                // JSON lines have no key where all is blank
                if !table.columns().contains(name) {
                    assert!(!cells.blank.contains(&false), "{what} {name}");
                    continue;
                }
                let read = table.logged(name, Decimals::Point, None).unwrap();
                assert_eq!(read.blank, cells.blank, "{what} {name}");
                for (a, b) in read.values.iter().zip(&cells.values) {
                    assert!(a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()), "{what} {name}: {a} for {b}");
                }
            }
        }
    }
}

#[test]
fn every_form_is_read_back_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| -> PathBuf { dir.path().join(name) };
    for name in ["tensorboard", "hugging-face", "lightning", "wandb/histories.csv", "wandb/panel.csv", "logs/nanogpt.log", "logs/trainer.log"] {
        let from = imported(name);
        write_csv(&file("t.csv"), &from.wide()).unwrap();
        let csv = load_own(&file("t.csv")).unwrap();
        assert_eq!(csv.columns(), from.columns.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>(), "{name}");
        assert!(csv.notes().is_empty(), "{name}: {:?}", csv.notes());
        same(&csv, &from, &format!("{name} as CSV"));
        write_parquet(&file("t.parquet"), &from.wide()).unwrap();
        same(&load_own(&file("t.parquet")).unwrap(), &from, &format!("{name} as Parquet"));
        same(&load_own_bytes("t.jsonl", from.json_lines().as_bytes()).unwrap(), &from, &format!("{name} as JSON lines"));
        same(&from.table().unwrap(), &from, &format!("{name} in memory"));
    }
}
