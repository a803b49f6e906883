//! Files that are damaged or being written: what is whole is read and the rest is said, or the place is named; never a panic.

use std::path::Path;

use import::{IMPORTERS, ImportError, Imported, Warning, read_bytes};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

const EVENTS: &str = "tensorboard/resumed/events.out.tfevents.1700000000.host.1.0";

fn events(bytes: &[u8]) -> Result<Imported, ImportError> {
    read_bytes("run/events.out.tfevents.1", bytes, None)
}

/// Where records begin, and where the last one ends.
fn records(bytes: &[u8]) -> Vec<usize> {
    let mut at = vec![0];
    while let Some(length) = bytes.get(at[at.len() - 1]..).and_then(|b| b.first_chunk::<8>()) {
        at.push(at[at.len() - 1] + 16 + u64::from_le_bytes(*length) as usize);
    }
    at
}

#[test]
fn an_event_file_that_is_being_written_gives_what_is_whole() {
    let whole = bytes(EVENTS);
    let records = records(&whole);
    assert_eq!((records[records.len() - 1], events(&whole).unwrap().points), (whole.len(), 15));
    // three values short of the end, in the middle of a record
    let begin = records[records.len() - 4];
    for end in [begin + 1, begin + 11, begin + 12, begin + 20, records[records.len() - 3] - 1] {
        let table = events(&whole[..end]).unwrap();
        assert_eq!((table.points, table.warnings), (12, vec![Warning::Cut { file: "run/events.out.tfevents.1".into(), at: begin as u64 }]), "{end}");
    }
    let table = events(&whole[..begin]).unwrap();
    assert_eq!((table.points, table.warnings.len()), (12, 0));
    // only the version is whole
    assert!(matches!(events(&whole[..records[1] + 5]), Err(ImportError::NoPoints { .. })));
    assert!(matches!(events(b""), Err(ImportError::NoPoints { .. })));
}

#[test]
fn a_wrong_checksum_names_the_byte_and_what_to_do() {
    let whole = bytes(EVENTS);
    let begin = records(&whole)[3];
    let mut damaged = whole.clone();
    damaged[begin + 15] ^= 1;
    let e = events(&damaged).unwrap_err().to_string();
    let says = format!("run/events.out.tfevents.1: the record at byte {begin} is damaged: the checksum of its data is wrong; ");
    assert!(e.starts_with(&says) && e.contains(&format!("keep what is whole: head -c {begin} ")), "{e}");
    // what the message says to do works
    assert!(events(&damaged[..begin]).unwrap().warnings.is_empty());
    let mut damaged = whole;
    damaged[begin + 2] ^= 1;
    let e = events(&damaged).unwrap_err().to_string();
    assert!(e.contains(&format!("the record at byte {begin} is damaged: the checksum of its length is wrong")), "{e}");
}

#[test]
fn every_change_of_a_byte_of_an_event_file_is_seen() {
    let whole = bytes(EVENTS);
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        assert!(matches!(events(&damaged), Err(ImportError::Checksum { .. })), "{at}");
    }
}

#[test]
fn other_files_say_what_is_wrong_with_them() {
    let parquet = bytes("wandb/me_demo_abc123_0.runhistory.parquet");
    let state = bytes("hugging-face/checkpoint-400/trainer_state.json");
    let packed = bytes("zstd/nanogpt.log.zst");
    let half = String::from_utf8(state[..state.len() / 2].to_vec()).unwrap();
    let line = 1 + half.matches('\n').count();
    let cases: [(&str, &[u8], Option<&str>, String); 14] = [
        ("trainer_state.json", half.as_bytes(), None, format!("trainer_state.json: line {line}: EOF while parsing")),
        ("trainer_state.json", b"", None, "trainer_state.json: line 1: EOF".to_owned()),
        ("h.csv", b"", Some("wandb"), "h.csv: empty".to_owned()),
        ("h.csv", b"_step,loss\n1,2\n2\n3,4\n", None, "h.csv: line 3 has 1 values where the header has 2".to_owned()),
        ("h.csv", b"_step,loss\n1,2\nx,4\n", None, "h.csv: line 3, column \"_step\": \"x\" is not a number".to_owned()),
        ("h.jsonl", b"{\"_step\": 1, \"loss\": 2}\n{\"_step\": 2,\n", Some("wandb"), "h.jsonl: line 2: ".to_owned()),
        ("h.parquet", &parquet[..parquet.len() / 2], Some("wandb"), "h.parquet: damaged".to_owned()),
        ("metrics.csv", b"epoch,loss\n1,2\n", Some("lightning"), "metrics.csv: no column is called \"step\" (there are epoch, loss)".to_owned()),
        ("metrics.csv", b"step,loss\n1,\n2,\n", None, "metrics.csv: no value of any measure".to_owned()),
        ("run.csv", b"epoch,loss\n1,2\n", None, "run.csv: of no known format (tensorboard, ".to_owned()),
        ("run.log.gz", b"step 1 loss 2", Some("log"), "run.log.gz: not a whole gzip file".to_owned()),
        ("run.log.zst", b"step 1 loss 2", Some("log"), "run.log.zst: not a whole zstd file".to_owned()),
        ("run.log.zst", &packed[..packed.len() / 2], Some("log"), "run.log.zst: not a whole zstd file".to_owned()),
        ("run.log", b"a", Some("logg"), "no format \"logg\"".to_owned()),
    ];
    for (name, bytes, format, says) in cases {
        let e = read_bytes(name, bytes, format).unwrap_err().to_string();
        assert!(e.starts_with(&says), "{e}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_make_a_panic(data in vec(any::<u8>(), 0..300), text in "[a-z0-9 .:=,/|{}\"\\n\\r\u{e9}\u{1b}\\[\\-+%]{0,120}") {
        for name in ["a.tfevents.1", "trainer_state.json", "metrics.csv", "h.jsonl", "a.log", "a.log.gz", "a.log.zst", "", "/"] {
            for importer in IMPORTERS {
                // an answer or an error
                let _ = read_bytes(name, &data, Some(importer.name()));
                let _ = read_bytes(name, text.as_bytes(), Some(importer.name()));
            }
            let _ = read_bytes(name, text.as_bytes(), None);
        }
    }
}
