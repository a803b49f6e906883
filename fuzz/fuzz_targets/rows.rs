//! Rows of jobs and outcomes of stages: Parquet of a frame, sealed files around it, and the outcomes that the cache makes of those.
#![no_main]

use std::path::Path;

use curvecast_fuzz::folder;
use libfuzzer_sys::fuzz_target;
use runner::cache::StageCache;
use runner::{dataset, frames, sealed};

fuzz_target!(|data: &[u8]| {
    frame(data);
    // As it is; and with its hash put on, so that what lies behind the hash is reached.
    file(data);
    file(&[data, dataset::sha256(data).as_bytes()].concat());
});

/// Rows that are read survive being written.
fn frame(data: &[u8]) {
    let Ok(frame) = frames::from_parquet("fuzz.parquet", data) else { return };
    // This end tells a number from a text of one name in files; no column of ours is called so.
    if frame.text_columns().chain(frame.number_columns()).any(|name| name.ends_with(" (number)")) {
        return;
    }
    let bytes = frames::to_parquet(&frame).expect("rows that were read can be written");
    let back = frames::from_parquet("back.parquet", &bytes).expect("rows that were written can be read");
    assert_eq!(frames::fingerprint(&frame, &[]), frames::fingerprint(&back, &[]));
}

/// A sealed file that is read survives being written, and so does the outcome that it may be.
fn file(bytes: &[u8]) {
    // Where the cache looks for the outcome of this key.
    let path = folder().join("fu").join("fuzz.outcome");
    put(&path, bytes);
    let Ok(sections) = sealed::read(&path) else { return };
    let again = folder().join("again.sealed");
    let named: Vec<(&str, &[u8])> = sections.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    sealed::write(&again, &named).expect("sections that were read can be written");
    assert_eq!(sealed::read(&again).as_ref(), Ok(&sections));

    let cache = StageCache::at(&folder());
    if let Ok(outcome) = cache.get("fuzz") {
        cache.put("fuzz", &outcome).expect("an outcome that was read can be kept");
        assert_eq!(cache.get("fuzz").expect("an outcome that was kept can be read"), outcome);
    }
}

/// Writes a file for a parser to read. Not by the house's own writer, which waits for the disk.
fn put(path: &Path, bytes: &[u8]) {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).expect("the folder for temporary files can be written");
    }
    std::fs::write(path, bytes).expect("the folder for temporary files can be written");
}
