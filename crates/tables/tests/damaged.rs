//! Parquet files that are damaged: an answer with a reason, never a panic, and nothing on the screen.
//!
//! One test alone in its file: it counts what reaches the hook for panics, which all tests of a file share.

use std::sync::atomic::{AtomicUsize, Ordering};

use tables::{TableColumn, TableError, load_bytes, parquet_bytes, read_typed};

static SEEN: AtomicUsize = AtomicUsize::new(0);

/// A small generator, so that the same bytes are changed on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// Reads the bytes both ways; what is wrong with them, if anything, is said of the file.
fn read(bytes: &[u8]) -> [Option<TableError>; 2] {
    let table = load_bytes("runs.parquet", bytes, None).map(|t| {
        for column in t.columns() {
            let cells = t.text(&column).unwrap();
            assert_eq!(cells.len(), t.rows());
        }
    });
    let errors = [table.err(), read_typed("runs.parquet", bytes).err()];
    for e in errors.iter().flatten() {
        assert!(e.to_string().starts_with("runs.parquet: "), "{e}");
    }
    errors
}

#[test]
fn damaged_parquet_is_refused_without_a_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        SEEN.fetch_add(1, Ordering::Relaxed);
        before(panic);
    }));
    let mut random = Random(19);
    let rows = 400;
    let columns = [
        ("method", TableColumn::Text((0..rows).map(|i| ["persist", "pfn", "least-squares"][i % 3].to_owned()).collect())),
        ("curve", TableColumn::Text((0..rows).map(|i| format!("task/{i}")).collect())),
        ("score", TableColumn::Number((0..rows).map(|i| (i as f64 * 1.7).sin()).collect())),
        ("seen", TableColumn::Number((0..rows).map(|i| (i % 5) as f64).collect())),
    ];
    let whole = parquet_bytes(&columns).unwrap();
    assert_eq!(read(&whole), [None, None]);
    let mut refused = 0;
    for variant in 0..600 {
        let mut bytes = whole.clone();
        // one to five changes, in half of the variants near the end, where the file describes itself
        let near = if variant % 2 == 0 { bytes.len() } else { bytes.len().min(700) };
        for _ in 0..=random.below(3) * (variant % 3) {
            let at = bytes.len() - 1 - random.below(near);
            bytes[at] ^= 1 << random.below(8);
        }
        if variant % 50 == 49 {
            bytes.truncate(random.below(whole.len()));
        }
        refused += usize::from(read(&bytes)[0].is_some());
    }
    assert!(refused > 60, "{refused} of 600 were refused; the changes do not reach what matters");
    // the footer of a file whose column is gone: polars panics here, and did so on the screen
    let long = (0..5000).map(|i| (f64::from(i) * 1.7).sin()).collect();
    let whole = parquet_bytes(&[("score", TableColumn::Number(long))]).unwrap();
    let footer = u32::from_le_bytes(whole[whole.len() - 8..whole.len() - 4].try_into().unwrap()) as usize + 8;
    let hollow = [&whole[..4], &whole[whole.len() - footer..]].concat();
    for error in read(&hollow) {
        assert!(matches!(&error, Some(TableError::Malformed { why, .. }) if why.contains("lies beyond its end")), "{error:?}");
    }
    assert_eq!(SEEN.load(Ordering::Relaxed), 0, "a panic was printed");
    // other panics are seen as before
    let other = std::panic::catch_unwind(|| assert_eq!(read(&[]), [None, None]));
    assert!(other.is_err());
    assert_eq!(SEEN.load(Ordering::Relaxed), 1);
}
