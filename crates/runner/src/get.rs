//! `curvecast get`: upstream files, checked, and converted to the tidy form.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::RunError;
use crate::dataset::{Converter, Dataset, UpstreamFile, check, sha256};
use crate::store::write_atomically;

/// The most a single upstream file may hold: a wrong address must not fill a disk.
const MOST_BYTES: u64 = 2 << 30;

/// Downloads, checks and converts a dataset into `datasets/<name>/data`. `base` replaces the upstream's address (a mirror, or a test's server); `watch` is told what happens.
pub fn get(root: &Path, name: &str, base: Option<&str>, mut watch: impl FnMut(&str)) -> Result<PathBuf, RunError> {
    let dataset = Dataset::load(root, name)?;
    let Some(upstream) = &dataset.upstream else {
        let why = dataset.unavailable.clone().or_else(|| dataset.mirror_only.clone()).unwrap_or_else(|| "its dataset.toml names no upstream files".into());
        return Err(RunError::Data(format!("dataset {name:?} cannot be fetched: {why}")));
    };
    let base = base.unwrap_or(&upstream.base).trim_end_matches('/');
    let folder = root.join("datasets").join(name).join("data");
    let mut files = Vec::with_capacity(upstream.files.len());
    for f in &upstream.files {
        let stem = Path::new(&f.path).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        // What was fetched before and is still right is not fetched again: an interrupted download goes on.
        let kept = folder.join("upstream").join(f.path.replace('/', "_"));
        let data = match std::fs::read(&kept).ok().filter(|d| right(f, d).is_ok()) {
            Some(d) => d,
            None => {
                watch(&format!("fetching {}", f.path));
                let data = fetch(&format!("{base}/{}", f.path))?;
                right(f, &data).map_err(|e| RunError::Data(format!("{base}/{}: {e}", f.path)))?;
                write_atomically(&kept, &data)?;
                data
            }
        };
        files.push((stem, f.path.clone(), data));
    }
    match upstream.converter {
        Converter::None => {
            for (_, path, data) in &files {
                put(&folder, tidy(path, &dataset), data, &dataset)?;
            }
        }
        Converter::TasksetJson => {
            watch("converting");
            let inputs: Vec<(String, Vec<u8>)> = files.into_iter().map(|(s, _, d)| (s, d)).collect();
            let t = tables::convert_taskset(&inputs).map_err(|e| RunError::Data(format!("dataset {name:?}: {e}")))?;
            put(&folder, "taskset_curves.csv.gz", &gzip(t.curves_csv.as_bytes()), &dataset)?;
            put(&folder, "taskset_configs.csv.gz", &gzip(t.configs_csv.as_bytes()), &dataset)?;
        }
        Converter::BigscienceJson => {
            watch("converting");
            let inputs: Vec<(String, Vec<u8>)> = files.into_iter().map(|(s, _, d)| (s, d)).collect();
            let csv = tables::convert_bigscience(&inputs).map_err(|e| RunError::Data(format!("dataset {name:?}: {e}")))?;
            put(&folder, "checkpoint_evals.csv", csv.as_bytes(), &dataset)?;
        }
    }
    Ok(folder)
}

/// The tidy file that an upstream path is: the one whose name, folders included, it ends in; else its own file name.
fn tidy<'a>(path: &'a str, dataset: &'a Dataset) -> &'a str {
    let ends = |name: &&String| path.strip_suffix(name.as_str()).is_some_and(|before| before.is_empty() || before.ends_with('/'));
    let own = || path.rsplit('/').next().unwrap_or(path);
    dataset.files.keys().filter(ends).max_by_key(|name| name.len()).map_or_else(own, String::as_str)
}

fn put(folder: &Path, file: &str, data: &[u8], dataset: &Dataset) -> Result<(), RunError> {
    let path = folder.join(file);
    if let Some(want) = dataset.files.get(file) {
        check(&path, data, want)?;
    }
    write_atomically(&path, data)
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = flate2::GzBuilder::new().mtime(0).write(&mut out, flate2::Compression::default());
    // Writing into memory cannot fail.
    let _ = std::io::Write::write_all(&mut encoder, data);
    let _ = encoder.finish();
    out
}

fn right(f: &UpstreamFile, data: &[u8]) -> Result<(), String> {
    if let Some(b) = f.bytes.filter(|b| *b != data.len() as u64) {
        return Err(format!("{} bytes, where {b} are expected; the download broke off or the file changed", data.len()));
    }
    match &f.sha256 {
        Some(want) if *want != sha256(data) => Err(format!("checksum {}, where {want} is expected; the file changed upstream", sha256(data))),
        _ => Ok(()),
    }
}

fn fetch(url: &str) -> Result<Vec<u8>, RunError> {
    let fail = |e: String| RunError::Data(format!("{url}: {e}; check the network, or bring the files by hand and set CURVECAST_DATA"));
    let mut response = ureq::get(url).call().map_err(|e| fail(e.to_string()))?;
    let mut data = Vec::new();
    response.body_mut().as_reader().take(MOST_BYTES).read_to_end(&mut data).map_err(|e| fail(e.to_string()))?;
    Ok(data)
}
