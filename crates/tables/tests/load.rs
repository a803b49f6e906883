//! Files come in whole, or with a message that names the file and the place.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tables::{Packing, Table, TableColumn, TableError, load, load_bytes, load_own, write_parquet};

fn csv(text: &str) -> Result<Table, TableError> {
    load_bytes("runs.csv", text.as_bytes(), None)
}

/// The message of a CSV that is refused.
fn message(text: impl AsRef<[u8]>) -> String {
    load_bytes("runs.csv", text.as_ref(), None).unwrap_err().to_string()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(text.as_bytes()).unwrap();
    out.finish().unwrap()
}

/// A file that another program wrote.
fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

fn names(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|c| c.to_string()).collect()
}

/// Equal, where NaN equals NaN.
fn same(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
}

const RUNS: &str = "run,e0,e1,note\n007,0.7,nan,\n008,inf,-Inf,\"a, \"\"b\"\"\nc\"\n009,,1e-3, x \n";

#[test]
fn a_csv_is_read_as_it_is_written() {
    for text in [RUNS.to_owned(), format!("\u{feff}{RUNS}\n\n"), RUNS.trim_end_matches('\n').to_owned()] {
        let t = csv(&text).unwrap();
        assert_eq!(t.columns(), ["run", "e0", "e1", "note"]);
        assert_eq!(t.rows(), 3);
        assert_eq!(t.text("run").unwrap(), ["007", "008", "009"]);
        assert_eq!(t.text("note").unwrap(), ["", "a, \"b\"\nc", " x "]);
        assert_eq!(t.text("e0").unwrap(), ["0.7", "inf", ""]);
        assert!(same(&t.numbers("e0").unwrap(), &[0.7, f64::INFINITY, f64::NAN]));
        assert!(same(&t.numbers("e1").unwrap(), &[f64::NAN, f64::NEG_INFINITY, 0.001]));
        assert_eq!(t.numbers("run").unwrap(), [7.0, 8.0, 9.0]);
    }
}

#[test]
fn line_ends_of_windows_change_nothing() {
    let t = csv("a,b\r\n1,x\r\n2,\r\n\"3\",\"y\"\r\n").unwrap();
    assert_eq!(t.columns(), ["a", "b"]);
    assert_eq!(t.numbers("a").unwrap(), [1.0, 2.0, 3.0]);
    assert_eq!(t.text("b").unwrap(), ["x", "", "y"]);
}

#[test]
fn text_that_looks_like_a_zlib_stream_is_text() {
    let t = csv("x^2,y\nx^3,1\n").unwrap();
    assert_eq!(t.text("x^2").unwrap(), ["x^3"]);
}

#[test]
fn gzip_is_unpacked_and_members_are_joined() {
    let mut two = gzip("run,y\na,1\n");
    two.extend(gzip("b,2\n"));
    let t = load_bytes("RUNS.CSV.GZ", &two, None).unwrap();
    assert_eq!(t.text("run").unwrap(), ["a", "b"]);
    assert_eq!(t.numbers("y").unwrap(), [1.0, 2.0]);
}

#[test]
fn only_the_columns_asked_are_kept() {
    let t = load_bytes("runs.csv", RUNS.as_bytes(), Some(&names(&["note", "e0", "e0"]))).unwrap();
    assert_eq!(t.columns(), ["e0", "note"]);
    assert_eq!(t.text("note").unwrap()[1], "a, \"b\"\nc");
    assert!(t.text("run").is_err());
    let e = load_bytes("runs.csv", RUNS.as_bytes(), Some(&names(&["run", "nota"]))).unwrap_err();
    assert_eq!(e.to_string(), "runs.csv: no column is called \"nota\"; did you mean \"note\"?");
    let e = load_bytes("runs.csv", RUNS.as_bytes(), Some(&[])).unwrap_err();
    assert_eq!(e, TableError::NoColumns { file: "runs.csv".into() });
}

#[test]
fn malformed_csv_is_refused_with_its_place() {
    assert_eq!(message(""), "runs.csv: empty; a table has a header and rows");
    assert_eq!(message("\u{feff}\r\n \n"), "runs.csv: empty; a table has a header and rows");
    assert_eq!(message("run,loss\n"), "runs.csv: has columns but no rows");
    assert_eq!(message("run,loss,run\na,1,b\n"), "runs.csv: two columns are called \"run\"; give each its own name");
    assert_eq!(message("a,b\n1,2\n1\n"), "runs.csv: line 3 has 1 values where the header has 2; mend the line, or leave it out");
    assert_eq!(
        message("a,b\n\"1\n\",2\n1,2,3\n"),
        "runs.csv: line 4 has 3 values where the header has 2; mend the line: a separator inside a value is allowed in quotes only"
    );
    assert_eq!(message("a,b\n1,2\n\n1,2\n"), "runs.csv: line 3 has 1 values where the header has 2; mend the line, or leave it out");
    assert_eq!(message(b"a,b\n1,2\n\xe9,2\n"), "runs.csv: line 3 is not UTF-8 text; save the file as UTF-8");
    assert_eq!(message("a,b\n1,\"2\n3,4\n"), "runs.csv: line 2 has a quote that is never closed");
    assert_eq!(message("a,b\n1,\"2\"x\n"), "runs.csv: line 2 has text after a closing quote; write a quote inside a quoted value twice");
    assert_eq!(message("a,b\n1,2\n5\" disk,2\n"), "runs.csv: line 3 has a quote inside a value; put the value in quotes and write the quote twice");
}

#[test]
fn a_gzip_file_is_read_as_one_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("runs.csv.gz");
    std::fs::write(&path, gzip(RUNS)).unwrap();
    assert_eq!(load(&path, None).unwrap().text("run").unwrap(), ["007", "008", "009"]);
    std::fs::write(&path, "").unwrap();
    assert!(matches!(load(&path, None).unwrap_err(), TableError::Empty { .. }));
    std::fs::write(&path, &gzip(RUNS)[..20]).unwrap();
    assert!(matches!(load(&path, None).unwrap_err(), TableError::Packed { .. }));
}

#[test]
fn malformed_gzip_and_zstd_are_refused() {
    let whole = gzip(&RUNS.repeat(50));
    let e = load_bytes("runs.csv.gz", &whole[..whole.len() / 2], None).unwrap_err();
    assert!(matches!(e, TableError::Packed { .. }), "{e:?}");
    assert!(e.to_string().starts_with("runs.csv.gz: not a whole gzip file"), "{e}");
    let e = load_bytes("runs.csv.gz", RUNS.as_bytes(), None).unwrap_err();
    assert!(matches!(e, TableError::Packed { .. }), "{e:?}");
    let whole = fixture("runs.csv.zst");
    for bytes in [&whole[..whole.len() / 2], &whole[..whole.len() - 1], &whole[..3], RUNS.as_bytes()] {
        let e = load_bytes("runs.csv.zst", bytes, None).unwrap_err();
        assert!(matches!(e, TableError::Packed { packing: Packing::Zstd, .. }), "{e:?}");
        assert!(e.to_string().starts_with("runs.csv.zst: not a whole zstd file ("), "{e}");
    }
    // The checksum at the end is that of the content.
    let mut damaged = whole.clone();
    damaged[whole.len() - 1] ^= 1;
    assert!(matches!(load_bytes("runs.csv.zst", &damaged, None), Err(TableError::Packed { .. })));
}

/// Files of python-zstandard 0.25.0 (zstd 1.5.7): one frame with its size and a checksum, and two frames without, as a writer leaves that is
/// opened twice.
#[test]
fn zstd_is_unpacked_and_frames_are_joined() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["runs.csv.zst", "runs.jsonl.zst"] {
        let path = dir.path().join(name.to_uppercase());
        std::fs::write(&path, fixture(name)).unwrap();
        for t in [load_bytes(name, &fixture(name), None), load(&path, None), load_own(&path)].map(Result::unwrap) {
            assert_eq!((t.rows(), t.columns().join(" ")), (40, "run epoch loss".to_owned()), "{name}");
            assert_eq!((t.numbers("loss").unwrap()[39], t.numbers("epoch").unwrap()[15]), (0.498403, 16.0), "{name}");
        }
    }
    assert!(matches!(load_bytes("runs.csv.zst", b"", None), Err(TableError::Empty { .. })));
}

#[test]
fn malformed_parquet_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("runs.parquet");
    // numbers that do not compress, so that the data are longer than the footer
    let y: Vec<f64> = (0..5000).map(|i| (f64::from(i) * 1.7).sin()).collect();
    write_parquet(&path, &[("y", TableColumn::Number(y))]).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let footer = u32::from_le_bytes(whole[whole.len() - 8..whole.len() - 4].try_into().unwrap()) as usize + 8;
    assert!(footer < whole.len() / 2);
    let hollow = [&whole[..4], &whole[whole.len() - footer..]].concat();
    for (what, bytes) in [("cut", &whole[..whole.len() - 3]), ("text", RUNS.as_bytes()), ("hollow", hollow.as_slice())] {
        let e = load_bytes("runs.parquet", bytes, None).unwrap_err();
        assert!(matches!(e, TableError::Malformed { .. }), "{what}: {e:?}");
        assert!(e.to_string().starts_with("runs.parquet: damaged, or not what its name says: "), "{what}: {e}");
    }
    let e = load_bytes("runs.parquet", b"", None).unwrap_err();
    assert_eq!(e, TableError::Empty { file: "runs.parquet".into() });
    write_parquet(&path, &[("y", TableColumn::Number(vec![]))]).unwrap();
    assert!(matches!(load(&path, None).unwrap_err(), TableError::NoRows { .. }));
}

#[test]
fn parquet_is_read_by_column() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("runs.parquet");
    let columns = [
        ("run", TableColumn::Text(names(&["a", "", "c"]))),
        ("width", TableColumn::Number(vec![64.0, 1e-7, f64::NAN])),
        ("y", TableColumn::Number(vec![0.5, f64::INFINITY, 0.25])),
    ];
    write_parquet(&path, &columns).unwrap();
    let t = load(&path, None).unwrap();
    assert_eq!(t.columns(), ["run", "width", "y"]);
    assert_eq!(t.text("width").unwrap(), ["64", "1e-7", "nan"]);
    assert!(same(&t.numbers("width").unwrap(), &[64.0, 1e-7, f64::NAN]));
    assert_eq!(t.text("run").unwrap(), ["a", "", "c"]);
    let e = t.numbers("run").unwrap_err().to_string();
    assert!(e.ends_with("row 1, column \"run\": \"a\" is not a number"), "{e}");
    let some = load(&path, Some(&names(&["y"]))).unwrap();
    assert_eq!(some.columns(), ["y"]);
    assert_eq!(some.numbers("y").unwrap(), [0.5, f64::INFINITY, 0.25]);
    let e = load(&path, Some(&names(&["widht"]))).unwrap_err().to_string();
    assert!(e.ends_with("no column is called \"widht\"; did you mean \"width\"?"), "{e}");
}

#[test]
fn a_word_among_numbers_is_named() {
    let t = csv("run,loss\na,1\nb,\nc,1.5x\n").unwrap();
    let e = t.numbers("loss").unwrap_err();
    assert_eq!(e.to_string(), "runs.csv: row 4, column \"loss\": \"1.5x\" is not a number");
    let e = t.numbers("los").unwrap_err();
    assert_eq!(e.to_string(), "runs.csv: no column is called \"los\"; did you mean \"loss\"?");
    let e = t.text("temperature").unwrap_err();
    assert_eq!(e.to_string(), "runs.csv: no column is called \"temperature\"");
}

#[test]
fn other_files_are_refused_by_name() {
    let e = load(Path::new("runs.xlsx"), None).unwrap_err();
    assert_eq!(e.to_string(), "runs.xlsx: of a kind that is not read; its name must end in .csv, .jsonl or .json (these also with .gz or .zst) or .parquet");
    let e = load(Path::new("no/such/runs.csv"), None).unwrap_err();
    assert!(e.to_string().starts_with("no/such/runs.csv: cannot be read: "), "{e}");
}

/// polars reads a large file in parts, on all threads: nothing may shift where the parts meet.
#[test]
fn a_large_file_with_line_ends_inside_quotes_keeps_its_rows() {
    let mut text = String::from("run,note,e0,e1\n");
    for i in 0..30_000 {
        let note = if i % 7 == 0 { format!("\"line {i}\nand, \"\"more\"\"\"") } else { format!("plain {i}") };
        let e1 = if i % 1000 == 999 { "nan".to_owned() } else { format!("{}.25", i % 10) };
        text.push_str(&format!("r{i},{note},{i},{e1}\n"));
    }
    let t = csv(&text).unwrap();
    assert_eq!(t.rows(), 30_000);
    let (run, note) = (t.text("run").unwrap(), t.text("note").unwrap());
    let (e0, e1) = (t.numbers("e0").unwrap(), t.numbers("e1").unwrap());
    for (i, ((run, note), (e0, e1))) in run.iter().zip(&note).zip(e0.iter().zip(&e1)).enumerate() {
        assert_eq!(*run, format!("r{i}"));
        assert_eq!(note.ends_with(", \"more\""), i % 7 == 0, "{note}");
        assert_eq!(*e0, i as f64);
        let want = if i % 1000 == 999 { f64::NAN } else { (i % 10) as f64 + 0.25 };
        assert!(same(&[*e1], &[want]), "row {i}: {e1}");
    }
    let some = load_bytes("runs.csv", text.as_bytes(), Some(&names(&["e0"]))).unwrap();
    assert_eq!(some.numbers("e0").unwrap(), e0);
}
