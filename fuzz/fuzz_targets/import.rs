//! Logs of training tools: a file is refused, or it is a table whose steps increase within a run and that survives being written as CSV
//! and as Parquet. The first byte says which importer reads what follows.
#![no_main]

use crc::{Crc, CRC_32_ISCSI};
use curvecast_fuzz::survives_parquet;
use import::{read_bytes, Imported, IMPORTERS};
use libfuzzer_sys::fuzz_target;
use tables::{csv_text, load_bytes, Decimals, TableColumn};

/// What the files of the importers are called, in their order.
const NAMES: [&str; 6] = ["run/events.out.tfevents.1", "out/trainer_state.json", "v/metrics.csv", "h.csv", "k.csv", "a.log"];

static CASTAGNOLI: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

fuzz_target!(|data: &[u8]| {
    let Some((&first, rest)) = data.split_first() else { return };
    let k = usize::from(first) % IMPORTERS.len();
    let name = if usize::from(first) / IMPORTERS.len() == 1 { "h.jsonl" } else { NAMES[k] };
    let format = Some(IMPORTERS[k].name());
    if let Ok(imported) = read_bytes(name, rest, format) {
        holds(&imported);
    }
    // With its length and checksums put on, so that what lies behind them is reached.
    if IMPORTERS[k].name() == "tensorboard" {
        if let Ok(imported) = read_bytes(name, &framed(rest), format) {
            holds(&imported);
        }
    }
    let _ = read_bytes(name, rest, None);
});

/// One record of an event file.
fn framed(data: &[u8]) -> Vec<u8> {
    let masked = |bytes: &[u8]| CASTAGNOLI.checksum(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes();
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &masked(&length), data, &masked(data)].concat()
}

/// The table is one, and survives being written.
fn holds(imported: &Imported) {
    let columns = imported.wide();
    let (TableColumn::Text(runs), TableColumn::Number(steps)) = (&columns[0].1, &columns[1].1) else { panic!("{columns:?}") };
    assert_eq!((columns[0].0, columns[1].0), ("run", imported.resource.as_str()));
    assert!(!imported.measures.is_empty() && imported.points > 0 && columns.len() == 2 + imported.measures.len() + imported.others.len());
    for (run, step) in runs.windows(2).zip(steps.windows(2)) {
        assert!(run[0] != run[1] || step[0] < step[1], "{run:?} {step:?}");
    }
    let long = imported.long();
    assert!(long.iter().all(|(_, column)| length(column) == imported.points));

    let written = csv_text(&columns).expect("what was read can be written");
    let back = load_bytes("back.csv", written.as_bytes(), None).unwrap_or_else(|e| panic!("{e}\n{written:?}"));
    assert_eq!(back.columns(), columns.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>());
    let mut numbers = Vec::new();
    for (name, column) in &columns {
        assert_eq!(length(column), runs.len(), "{name:?}");
        match column {
            TableColumn::Text(cells) => assert_eq!(&back.text(name).expect("a column that is listed can be read"), cells),
            TableColumn::Number(cells) => numbers.push(((*name).to_owned(), TableColumn::Number(cells.clone()))),
            TableColumn::Logged(cells) => {
                let read = back.logged(name, Decimals::Point, None).expect("a column of numbers can be read");
                assert_eq!(read.blank, cells.blank, "{name:?}");
                let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
                assert!(read.values.iter().zip(&cells.values).all(same), "{name:?}: {read:?} came back from {cells:?}");
                numbers.push(((*name).to_owned(), TableColumn::Number(cells.values.clone())));
            }
        }
    }
    survives_parquet(&numbers);
}

fn length(column: &TableColumn) -> usize {
    match column {
        TableColumn::Text(cells) => cells.len(),
        TableColumn::Number(cells) => cells.len(),
        TableColumn::Logged(cells) => cells.values.len(),
    }
}
