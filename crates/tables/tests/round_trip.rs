//! What is written is read back the same.

use std::collections::BTreeMap;
use std::path::Path;

use curves::{Better, CurveSet, Entry, Measure, Resource};
use proptest::collection::{btree_set, vec};
use proptest::num::f64::ANY;
use proptest::prelude::{ProptestConfig, Strategy, prop_assert, proptest};
use tables::{Long, TableColumn, TableError, csv_text, load, read_long, write_csv, write_parquet};

fn resource() -> Resource {
    Resource { name: "step".into() }
}

fn measure() -> Measure {
    Measure { name: "loss".into(), unit: String::new(), better: Better::Lower, bounds: None }
}

/// The same bits, where any NaN equals any NaN.
fn same_numbers(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()))
}

fn same(a: &CurveSet, b: &CurveSet) -> bool {
    a.entries().len() == b.entries().len()
        && a.entries()
            .iter()
            .zip(b.entries())
            .all(|(a, b)| a.id == b.id && a.covariates == b.covariates && same_numbers(&a.x, &b.x) && same_numbers(&a.y, &b.y))
}

/// One row a point, the runs one after the other.
fn long_table(set: &CurveSet) -> Vec<(&'static str, TableColumn)> {
    let (mut run, mut x, mut y) = (Vec::new(), Vec::new(), Vec::new());
    for e in set.entries() {
        run.extend(std::iter::repeat_n(e.id.clone(), e.x.len()));
        x.extend_from_slice(&e.x);
        y.extend_from_slice(&e.y);
    }
    vec![("run", TableColumn::Text(run)), ("x", TableColumn::Number(x)), ("a, \"y\"", TableColumn::Number(y))]
}

fn read_back(path: &Path) -> CurveSet {
    let long = Long { id: vec!["run".into()], x: "x".into(), y: "a, \"y\"".into(), ..Long::default() };
    read_long(&load(path, None).unwrap(), &long, resource(), measure()).unwrap()
}

/// Runs of any length with increasing x and any y at all, under names that need every rule of CSV.
fn sets() -> impl Strategy<Value = CurveSet> {
    let points = vec((1_u32..1000, ANY), 1..8);
    (btree_set("[a-c0-9,\"/ \u{e9}\n\r]{1,5}", 1..5), vec(points, 5)).prop_map(|(ids, runs)| {
        let entries = ids
            .into_iter()
            .zip(runs)
            .map(|(id, points)| {
                let x = points.iter().scan(0_u32, |sum, (step, _)| {
                    *sum += step;
                    Some(f64::from(*sum) / 8.0)
                });
                Entry {
                    covariates: BTreeMap::from([("run".to_owned(), id.clone())]),
                    id,
                    x: x.collect(),
                    y: points.iter().map(|(_, y)| *y).collect(),
                    given: None,
                    rates: None,
                }
            })
            .collect();
        CurveSet::new(resource(), measure(), entries).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_set_written_long_is_read_back(set in sets()) {
        let dir = tempfile::tempdir().unwrap();
        let columns = long_table(&set);
        for name in ["set.csv", "set.csv.gz"] {
            write_csv(&dir.path().join(name), &columns).unwrap();
            prop_assert!(same(&read_back(&dir.path().join(name)), &set), "{}", name);
        }
        write_parquet(&dir.path().join("set.parquet"), &columns).unwrap();
        prop_assert!(same(&read_back(&dir.path().join("set.parquet")), &set), "parquet");
    }
}

#[test]
fn a_csv_is_written_plainly_and_gz_is_packed() {
    let dir = tempfile::tempdir().unwrap();
    let columns =
        [("run", TableColumn::Text(vec!["a".into(), "b,\"c\"".into(), String::new()])), ("y", TableColumn::Number(vec![0.5, f64::NAN, f64::NEG_INFINITY]))];
    let (plain, packed) = (dir.path().join("t.csv"), dir.path().join("t.csv.gz"));
    write_csv(&plain, &columns).unwrap();
    write_csv(&packed, &columns).unwrap();
    let text = std::fs::read_to_string(&plain).unwrap();
    assert_eq!(text, "run,y\na,0.5\n\"b,\"\"c\"\"\",NaN\n\"\",-inf\n");
    assert_eq!(csv_text(&columns).unwrap(), text);
    let bytes = std::fs::read(&packed).unwrap();
    assert_eq!(bytes[..2], [0x1f, 0x8b]);
    let mut unpacked = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut unpacked).unwrap();
    assert_eq!(unpacked, text);
}

#[test]
fn writing_is_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.csv");
    let column = |n: usize| TableColumn::Number(vec![1.0; n]);
    write_csv(&path, &[("a", column(2))]).unwrap();
    write_csv(&path, &[("a", column(3))]).unwrap();
    assert_eq!(load(&path, None).unwrap().rows(), 3);
    // refused before anything is touched
    let e = write_csv(&path, &[("a", column(2)), ("b", column(1))]).unwrap_err();
    assert!(e.to_string().ends_with("cannot be written: column \"a\" has 2 rows and \"b\" 1"), "{e}");
    let e = write_parquet(&path, &[("a", column(1)), ("a", column(1))]).unwrap_err();
    assert!(e.to_string().ends_with("two columns are called \"a\""), "{e}");
    assert!(matches!(write_csv(&path, &[]), Err(TableError::Write { .. })));
    assert_eq!(csv_text(&[]).unwrap_err().to_string(), "a table in memory: cannot be written: no columns");
    assert_eq!(load(&path, None).unwrap().rows(), 3);
    // a folder stands where the file should be: nothing is left beside it
    std::fs::create_dir(dir.path().join("d.parquet")).unwrap();
    let e = write_parquet(&dir.path().join("d.parquet"), &[("a", column(1))]).unwrap_err();
    assert!(matches!(e, TableError::Write { .. }), "{e:?}");
    assert!(write_csv(&dir.path().join("t.csv/u.csv"), &[("a", column(1))]).is_err(), "a file where its folder should be");
    let mut left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["d.parquet", "t.csv"]);
}
