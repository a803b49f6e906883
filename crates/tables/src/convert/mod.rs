//! From the files of an upstream to tidy tables: a file a converter, and a line in [`CONVERTERS`].

mod bigscience;
mod taskset;

use std::io::Write;

use flate2::{Compression, GzBuilder};

pub use bigscience::convert_bigscience;
pub use taskset::{TasksetTables, convert_taskset};

use crate::TableError;

/// A file's name, or the stem of it, and what it holds.
pub type NamedBytes = (String, Vec<u8>);

/// A way from upstream files to tidy files.
#[derive(Clone, Copy, Debug)]
pub struct Converter {
    /// What `dataset.toml` calls it.
    pub name: &'static str,
    /// What it reads and what it makes, for lists.
    pub says: &'static str,
    /// From the upstream files, each the stem of its name and its bytes, to the tidy files, each its name and its bytes.
    pub convert: fn(&[NamedBytes]) -> Result<Vec<NamedBytes>, TableError>,
}

/// The name of the converter that changes nothing. Which tidy name an upstream file gets is then known from its path, so
/// whoever fetches copies the files under their tidy names and need not hold them in memory; its entry in [`CONVERTERS`]
/// gives back what it is given.
pub const NONE: &str = "none";

/// All converters, by name.
pub const CONVERTERS: &[Converter] =
    &[Converter { name: NONE, says: "the upstream files are the tidy files", convert: as_they_are }, taskset::CONVERTER, bigscience::CONVERTER];

/// The converter of a name.
///
/// # Errors
/// None is called so; the text names them all, and the one that was perhaps meant.
pub fn converter(name: &str) -> Result<&'static Converter, String> {
    CONVERTERS.iter().find(|c| c.name == name).ok_or_else(|| {
        let names: Vec<&str> = CONVERTERS.iter().map(|c| c.name).collect();
        let near = curves::nearest(name, names.iter().copied()).map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
        format!("no converter is called {name:?} (there are {}){near}", names.join(", "))
    })
}

/// The files, unchanged.
fn as_they_are(files: &[NamedBytes]) -> Result<Vec<NamedBytes>, TableError> {
    Ok(files.to_vec())
}

/// A gzip file that does not depend on the hour.
fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    // Writing into memory cannot fail.
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRU: &[u8] = include_bytes!("../../tests/fixtures/FixedTextRNNClassification_made_GRU8.json");
    const OSCAR: &[u8] = include_bytes!("../../tests/fixtures/tr3d-1B3-made_agg.json");

    fn made(by: &str, stem: &str, bytes: &[u8]) -> Vec<NamedBytes> {
        (converter(by).unwrap().convert)(&[(stem.to_owned(), bytes.to_vec())]).unwrap()
    }

    #[test]
    fn names_are_found_and_slips_mended() {
        for c in CONVERTERS {
            assert_eq!(converter(c.name).unwrap().name, c.name, "two converters of one name");
            assert!(!c.says.is_empty());
        }
        let e = converter("taskset_json").unwrap_err();
        assert!(e.contains("none, taskset-json, bigscience-json") && e.ends_with("did you mean \"taskset-json\"?"), "{e}");
        assert!(!converter("pickle").unwrap_err().contains("did you mean"));
    }

    #[test]
    fn converters_name_their_tidy_files() {
        let files = made("taskset-json", "FixedTextRNNClassification_made_GRU8", GRU);
        assert_eq!(files.iter().map(|f| f.0.as_str()).collect::<Vec<_>>(), ["taskset_curves.csv.gz", "taskset_configs.csv.gz"]);
        let again = made("taskset-json", "FixedTextRNNClassification_made_GRU8", GRU);
        assert_eq!(files, again, "the packed bytes do not depend on the hour");
        let table = crate::load_bytes(&files[0].0, &files[0].1, None).unwrap();
        assert_eq!(table.columns()[..3], ["task", "config", "split"]);
        let files = made("bigscience-json", "tr3d-1B3-made_agg", OSCAR);
        assert_eq!(files[0].0, "checkpoint_evals.csv");
        assert!(files[0].1.starts_with(b"run,corpus,params,"));
        assert_eq!(made(NONE, "a", b"b"), [("a".to_owned(), b"b".to_vec())]);
    }
}
