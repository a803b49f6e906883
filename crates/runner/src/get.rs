//! `curvecast get`: upstream files, checked, and converted to the tidy form.
//!
//! What is fetched goes to disk as it comes, is hashed on the way, and takes its place only when it is right. Neither a
//! server that stalls nor one that never ends, nor a path of a `dataset.toml`, can do more than end the command.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tables::convert::{Converter, NONE, converter};
use tables::{TableError, atomic, inside};

use crate::RunError;
use crate::dataset::{Dataset, UpstreamFile, check};

/// When a download is given up.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time to find the server and to reach it.
    pub connect: Duration,
    /// Time without a byte, before the answer begins and within it.
    pub idle: Duration,
    /// The fewest bytes that have to come in every stretch as long as `idle`: a byte a second is a stall as well.
    pub least: u64,
    /// Time for a whole file.
    pub whole: Duration,
    /// The most bytes of a file whose size `dataset.toml` does not give: a wrong address must not fill a disk.
    pub most: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(30), idle: Duration::from_secs(60), least: 1_000, whole: Duration::from_secs(6 * 60 * 60), most: 2 << 30 }
    }
}

/// Downloads, checks and converts a dataset into `datasets/<name>/data`. `base` replaces the upstream's address (a mirror,
/// or a test's server); `watch` is told what happens.
///
/// # Errors
/// Those of [`get_within`].
pub fn get(root: &Path, name: &str, base: Option<&str>, watch: impl FnMut(&str)) -> Result<PathBuf, RunError> {
    get_within(root, name, base, &Limits::default(), watch)
}

/// As [`get`], with limits of one's own.
///
/// # Errors
/// The name or a path of its `dataset.toml` leads outside of its folder, a file cannot be fetched or is not the one that
/// is described, or something cannot be written. When upstream files that no size or checksum vouches for may be at fault,
/// they are removed, and the text names them.
pub fn get_within(root: &Path, name: &str, base: Option<&str>, limits: &Limits, mut watch: impl FnMut(&str)) -> Result<PathBuf, RunError> {
    if name.contains('/') || inside(name).is_err() {
        return Err(RunError::Nothing(format!("{name:?} is not the name of a dataset: a name is that of one folder below datasets/, such as \"taskset\"")));
    }
    let dataset = Dataset::load(root, name)?;
    let Some(upstream) = &dataset.upstream else {
        let why = dataset.unavailable.clone().or_else(|| dataset.mirror_only.clone()).unwrap_or_else(|| "its dataset.toml names no upstream files".into());
        return Err(RunError::Data(format!("dataset {name:?} cannot be fetched: {why}")));
    };
    // all that can be wrong with the description is known before the first byte is fetched
    let described = |why: String| RunError::Spec(format!("datasets/{name}/dataset.toml: {why}"));
    paths(&dataset, &upstream.files).map_err(described)?;
    let by = converter(&upstream.converter).map_err(described)?;
    let base = base.unwrap_or(&upstream.base).trim_end_matches('/');
    let folder = root.join("datasets").join(name).join("data");
    atomic::sweep(&folder);
    atomic::sweep(&folder.join(UPSTREAM));
    let agent = agent(limits);
    for f in &upstream.files {
        // What was fetched before and is still right is not fetched again: an interrupted download goes on.
        let path = kept(&folder, f);
        if !still_right(f, &path) {
            watch(&format!("fetching {}", f.path));
            fetch(&agent, &format!("{base}/{}", f.path), f, &path, limits)?;
        }
    }
    if by.name != NONE {
        watch("converting");
    }
    match make(&folder, name, &dataset, &upstream.files, by) {
        Ok(()) => Ok(folder),
        Err(RunError::Data(why)) => Err(RunError::Data(forget(&folder, name, &upstream.files, why))),
        Err(e) => Err(e),
    }
}

/// The folder, below that of the tidy files, where upstream files are kept.
const UPSTREAM: &str = "upstream";

/// The name an upstream file is kept under: its whole path, since files of one name may come from several folders.
fn flat(f: &UpstreamFile) -> String {
    f.path.replace('/', "_")
}

/// Where an upstream file is kept.
fn kept(folder: &Path, f: &UpstreamFile) -> PathBuf {
    folder.join(UPSTREAM).join(flat(f))
}

/// Every path lies below the dataset's folder, and every upstream file has a place of its own there.
fn paths(dataset: &Dataset, files: &[UpstreamFile]) -> Result<(), String> {
    for path in dataset.files.keys().chain(files.iter().map(|f| &f.path)) {
        inside(path)?;
    }
    let mut places: BTreeMap<String, &str> = BTreeMap::new();
    for f in files {
        if let Some(other) = places.insert(flat(f), &f.path) {
            return Err(format!("the upstream files {other:?} and {:?} would be kept under one name, {:?}", f.path, flat(f)));
        }
    }
    Ok(())
}

/// Is the file here, as far as its description can tell?
fn still_right(f: &UpstreamFile, path: &Path) -> bool {
    let Ok(meta) = std::fs::metadata(path) else {
        return false;
    };
    if !meta.is_file() || f.bytes.is_some_and(|b| b != meta.len()) {
        return false;
    }
    f.sha256.as_ref().is_none_or(|want| tables::sha256_file(path).is_ok_and(|(sum, _)| sum == *want))
}

/// Makes the tidy files of the upstream files that are kept.
fn make(folder: &Path, name: &str, dataset: &Dataset, files: &[UpstreamFile], by: &Converter) -> Result<(), RunError> {
    if by.name == NONE {
        for f in files {
            let from = kept(folder, f);
            put(folder, name, tidy(&f.path, dataset), dataset, |out| copy(&from, out).map_err(|e| format!("{}: {e}", from.display())))?;
        }
        return Ok(());
    }
    let mut inputs = Vec::with_capacity(files.len());
    for f in files {
        let path = kept(folder, f);
        let stem = Path::new(&f.path).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        inputs.push((stem, std::fs::read(&path).map_err(|e| RunError::Data(format!("{}: {e}", path.display())))?));
    }
    let made = (by.convert)(&inputs).map_err(|e| RunError::Data(format!("dataset {name:?}: {e}")))?;
    for (file, bytes) in made {
        put(folder, name, &file, dataset, |out| out.write_all(&bytes).map_err(|e| e.to_string()))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &mut File) -> std::io::Result<()> {
    let mut file = File::open(from)?;
    std::io::copy(&mut file, to)?;
    Ok(())
}

/// The tidy file that an upstream path is: the one whose name, folders included, it ends in; else its own file name.
fn tidy<'a>(path: &'a str, dataset: &'a Dataset) -> &'a str {
    let ends = |name: &&String| path.strip_suffix(name.as_str()).is_some_and(|before| before.is_empty() || before.ends_with('/'));
    let own = || path.rsplit('/').next().unwrap_or(path);
    dataset.files.keys().filter(ends).max_by_key(|name| name.len()).map_or_else(own, String::as_str)
}

/// Writes one tidy file, which takes its place only when it is the one that is described.
fn put(folder: &Path, name: &str, file: &str, dataset: &Dataset, fill: impl FnOnce(&mut File) -> Result<(), String>) -> Result<(), RunError> {
    let mut wrong = None;
    let done = atomic::replace_checked(&folder.join(file), fill, |made| {
        let Some(want) = dataset.files.get(file) else {
            return Ok(());
        };
        check(made, want).map(|_| ()).map_err(|e| {
            // the file has no place yet that a person could look at, so its sum is all there is to say
            let why = match (&want.sha256, tables::sha256_file(made)) {
                (Some(w), Ok((sum, _))) if sum != *w => format!("its checksum is {sum}, where {w} is expected"),
                _ => e.to_string(),
            };
            wrong = Some(RunError::Data(format!("dataset {name:?}: {file}, made of the upstream files, is not the file that is described: {why}")));
            why
        })
    });
    match wrong {
        Some(e) => Err(e),
        None => done.map_err(unwritten),
    }
}

/// Removes the upstream files that neither a size nor a checksum vouches for, and says so: whatever a server sent in
/// their place would otherwise be taken for right by every later try.
fn forget(folder: &Path, name: &str, files: &[UpstreamFile], why: String) -> String {
    let mut gone = Vec::new();
    for f in files.iter().filter(|f| f.bytes.is_none() && f.sha256.is_none()) {
        if std::fs::remove_file(kept(folder, f)).is_ok() {
            gone.push(f.path.as_str());
        }
    }
    if gone.is_empty() {
        return why;
    }
    format!(
        "{why}; the server may have sent something else, such as a login page, so what came for {} was removed: run `cargo curvecast get {name}` again",
        gone.join(", ")
    )
}

/// Fetches one file to its place, where it appears only when it is right.
fn fetch(agent: &ureq::Agent, url: &str, f: &UpstreamFile, path: &Path, limits: &Limits) -> Result<(), RunError> {
    let mut wrong = None;
    let done = atomic::replace(path, |file| {
        download(agent, url, f, file, limits).map_err(|e| {
            let why = e.to_string();
            wrong = Some(e);
            why
        })
    });
    match wrong {
        // a disk that is full is no fault of the server
        Some(RunError::Write { why, .. }) => Err(RunError::Write { path: path.display().to_string(), why }),
        Some(e) => Err(e),
        None => done.map_err(unwritten),
    }
}

/// Streams one file to disk and checks it on the way. Bytes are counted as they are written, after any compression of
/// the transfer, so that a small answer cannot become a large file.
fn download(agent: &ureq::Agent, url: &str, f: &UpstreamFile, file: &mut File, limits: &Limits) -> Result<(), RunError> {
    let network = |why: String| RunError::Data(format!("{url}: {why}; check the network, or bring the files by hand and set CURVECAST_DATA to their folder"));
    let mut response = agent.get(url).call().map_err(|e| network(reason(&e, limits)))?;
    let mut body = response.body_mut().as_reader();
    let most = f.bytes.unwrap_or(limits.most);
    let (mut hash, mut bytes) = (Sha256::new(), 0_u64);
    let (mut since, mut before) = (Instant::now(), 0_u64);
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        let n = match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(network(reason(&ureq::Error::from(e), limits))),
        };
        bytes += n as u64;
        if bytes > most {
            return Err(RunError::Data(match f.bytes {
                Some(b) => format!("{url}: more than the {b} bytes that are expected; the file changed upstream, or the server sends something else"),
                None => format!("{url}: more than {most} bytes, the most of a file whose size is not known; if it is larger, give its `bytes` in dataset.toml"),
            }));
        }
        hash.update(&buffer[..n]);
        file.write_all(&buffer[..n]).map_err(|e| RunError::Write { path: url.to_owned(), why: e.to_string() })?;
        if since.elapsed() >= limits.idle {
            let came = bytes - before;
            if came < limits.least {
                return Err(network(format!("too slow: {came} bytes in {}", seconds(since.elapsed()))));
            }
            (since, before) = (Instant::now(), bytes);
        }
    }
    let sum: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    right(f, bytes, &sum).map_err(|why| RunError::Data(format!("{url}: {why}")))
}

/// Is it the file that is described, as far as its description goes?
fn right(f: &UpstreamFile, bytes: u64, sum: &str) -> Result<(), String> {
    if let Some(b) = f.bytes.filter(|b| *b != bytes) {
        return Err(format!("{bytes} bytes, where {b} are expected; the download broke off or the file changed"));
    }
    match &f.sha256 {
        Some(want) if want != sum => Err(format!("checksum {sum}, where {want} is expected; the file changed upstream")),
        _ => Ok(()),
    }
}

/// A client that gives up.
fn agent(limits: &Limits) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_resolve(Some(limits.connect))
        .timeout_connect(Some(limits.connect))
        .timeout_send_request(Some(limits.idle))
        .timeout_recv_response(Some(limits.idle))
        .timeout_per_read(Some(limits.idle))
        .timeout_per_write(Some(limits.idle))
        .timeout_recv_body(Some(limits.whole))
        .build();
    ureq::Agent::new_with_config(config)
}

/// Why a request failed, in words.
fn reason(e: &ureq::Error, limits: &Limits) -> String {
    use ureq::Timeout as T;
    match e {
        ureq::Error::Timeout(T::Resolve | T::Connect) => format!("no connection within {}", seconds(limits.connect)),
        ureq::Error::Timeout(T::RecvBody) => format!("not done after {}", seconds(limits.whole)),
        ureq::Error::Timeout(_) => format!("no byte came for {}", seconds(limits.idle)),
        other => other.to_string(),
    }
}

fn seconds(time: Duration) -> String {
    format!("{} s", (time.as_secs_f64() * 10.0).round() / 10.0)
}

/// The writer's error as that of a run.
fn unwritten(e: TableError) -> RunError {
    match e {
        TableError::Write { file, why } => RunError::Write { path: file, why },
        other => RunError::Data(other.to_string()),
    }
}
