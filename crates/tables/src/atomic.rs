//! The one writer of files of the house: a file is there whole, or as it was before.
//!
//! What is written goes beside the file under a name of its own, reaches the disk, and is renamed. Whoever reads at the
//! same time, or after a kill or a power cut, sees the old file or the new one. A kill leaves the unfinished file beside;
//! [`sweep`] removes such remains.

use std::fs::{DirEntry, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::TableError;

/// Unfinished files that nobody touched for so long belong to nobody.
const OLD: Duration = Duration::from_secs(60 * 60);

/// So much of a file's name is repeated in the name beside it, which must not become longer than a file system allows.
const LETTERS: usize = 40;

/// Writes a file whole, or leaves everything as it was. The folder is made where it is missing.
///
/// # Errors
/// The file cannot be written; nothing is left beside it.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), TableError> {
    replace(path, |file| file.write_all(bytes).map_err(|e| e.to_string()))
}

/// As [`write()`], with what `fill` writes. When `fill` fails, its reason is that of the error.
///
/// # Errors
/// The file cannot be written, or `fill` failed; nothing is left beside it.
pub fn replace(path: &Path, fill: impl FnOnce(&mut File) -> Result<(), String>) -> Result<(), TableError> {
    replace_checked(path, fill, |_| Ok(()))
}

/// As [`replace`], and `check` looks at the finished file before it takes its place. Its reason to refuse is that of the error.
///
/// # Errors
/// The file cannot be written, or `fill` or `check` failed; nothing is left beside it.
pub fn replace_checked(
    path: &Path,
    fill: impl FnOnce(&mut File) -> Result<(), String>,
    check: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<(), TableError> {
    let failed = |why: String| TableError::Write { file: path.display().to_string(), why };
    let name = path.file_name().ok_or_else(|| failed("not the name of a file".to_owned()))?.to_string_lossy().into_owned();
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| failed(e.to_string()))?;
    }
    let (mut beside, mut file) = Beside::create(path, &name).map_err(|e| failed(e.to_string()))?;
    fill(&mut file).map_err(failed)?;
    // without this a power cut after the rename could leave an empty file under the right name
    file.flush().and_then(|()| file.sync_all()).map_err(|e| failed(e.to_string()))?;
    drop(file);
    check(&beside.path).map_err(failed)?;
    std::fs::rename(&beside.path, path).map_err(|e| failed(e.to_string()))?;
    beside.renamed = true;
    Ok(())
}

/// Removes the unfinished files that killed writers left in a folder; the folders in it are not looked into.
///
/// A file counts as left over when it is older than an hour, or when the process that wrote it ran on this machine, since
/// its last start, and runs no more. Where the latter cannot be known, as without Linux's `/proc` or when a folder is
/// shared with other machines, the age alone decides. Files of other names are left alone, and a folder that cannot be
/// read is none to sweep.
pub fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some((pid, place)) = name.to_str().and_then(origin) else {
            continue;
        };
        if entry.file_type().is_ok_and(|kind| kind.is_file()) && (old(&entry) || dead(pid, place)) {
            // another process may sweep at the same time; whoever comes first removes it
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// An unfinished file, removed again unless it was renamed.
struct Beside {
    path: PathBuf,
    renamed: bool,
}

impl Beside {
    /// A new file beside `path`, under a name that no other thread and no other process has.
    fn create(path: &Path, name: &str) -> std::io::Result<(Self, File)> {
        static WRITES: AtomicU64 = AtomicU64::new(0);
        let short: String = name.chars().take(LETTERS).collect();
        let place = place().unwrap_or("00000000");
        loop {
            let n = WRITES.fetch_add(1, Ordering::Relaxed);
            let beside = path.with_file_name(format!(".{short}.{}-{n}.{place}.tmp", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&beside) {
                Ok(file) => return Ok((Self { path: beside, renamed: false }, file)),
                // a process of another machine, or one of this number that was killed: the next name is free
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
            }
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.renamed {
            // the reason why it was not renamed is worth more than whether the remains could be removed
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The process and the place that a name beside a file speaks of; `None` for any other name.
fn origin(name: &str) -> Option<(u32, &str)> {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let (rest, place) = name.strip_prefix('.')?.strip_suffix(".tmp")?.rsplit_once('.')?;
    let (of, number) = rest.rsplit_once('.')?;
    let (pid, n) = number.split_once('-')?;
    let ours = !of.is_empty() && digits(pid) && digits(n) && place.len() == 8 && place.bytes().all(|b| b.is_ascii_hexdigit());
    if ours { Some((pid.parse().ok()?, place)) } else { None }
}

/// Was the file last written over an hour ago?
fn old(entry: &DirEntry) -> bool {
    let written = entry.metadata().and_then(|m| m.modified());
    written.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > OLD))
}

/// Is it certain that the process is of this place and runs no more?
fn dead(pid: u32, of: &str) -> bool {
    place().is_some_and(|here| here == of) && !Path::new("/proc").join(pid.to_string()).exists()
}

/// This machine since its last start, as far as its processes see each other: the number of a process means something
/// only there. `None` where it cannot be known.
fn place() -> Option<&'static str> {
    static PLACE: OnceLock<Option<String>> = OnceLock::new();
    let here = || -> Option<String> {
        let seen = std::fs::read_link("/proc/self").ok()?;
        // `/proc` of another namespace has other numbers
        if seen != Path::new(&std::process::id().to_string()) {
            return None;
        }
        let start = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let namespace = std::fs::read_link("/proc/self/ns/pid").ok()?;
        let hash = Sha256::digest(format!("{start}{}", namespace.display()).as_bytes());
        Some(hash.iter().take(4).map(|b| format!("{b:02x}")).collect())
    };
    PLACE.get_or_init(here).as_deref()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_written_and_replaced_and_its_folder_made() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/t.txt");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(names(path.parent().unwrap()), ["t.txt"]);
        let long = dir.path().join("n".repeat(250));
        write(&long, b"a long name").unwrap();
        assert_eq!(std::fs::read(&long).unwrap(), b"a long name");
    }

    #[test]
    fn two_threads_may_write_one_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.bin");
        let whole = |byte: u8| vec![byte; 20_000];
        std::thread::scope(|s| {
            for byte in [b'a', b'b'] {
                let path = &path;
                s.spawn(move || (0..25).for_each(|_| write(path, &whole(byte)).unwrap()));
            }
            for _ in 0..200 {
                if let Ok(seen) = std::fs::read(&path) {
                    assert!(seen == whole(b'a') || seen == whole(b'b'), "{} bytes of {:?}", seen.len(), seen.first());
                }
            }
        });
        assert_eq!(names(dir.path()), ["t.bin"]);
    }

    #[test]
    fn an_error_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.txt");
        write(&path, b"old").unwrap();
        let half = |file: &mut File| file.write_all(b"half").map_err(|e| e.to_string());
        let e = replace(&path, |file| half(file).and(Err("no more".to_owned()))).unwrap_err();
        assert_eq!(e, TableError::Write { file: path.display().to_string(), why: "no more".to_owned() });
        let e = replace_checked(&path, half, |made| {
            assert_eq!(std::fs::read(made).unwrap(), b"half");
            Err("not what it should be".to_owned())
        });
        assert!(e.unwrap_err().to_string().ends_with("cannot be written: not what it should be"));
        let panicked = std::panic::catch_unwind(|| replace(&path, |_| panic!("in the middle")));
        assert!(panicked.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        // a folder stands where the file should be
        std::fs::create_dir(dir.path().join("d")).unwrap();
        assert!(write(&dir.path().join("d"), b"x").is_err());
        assert_eq!(names(dir.path()), ["d", "t.txt"]);
        assert!(write(Path::new("/"), b"x").is_err());
    }

    #[test]
    fn what_killed_writers_left_is_swept() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let here = place().unwrap_or("00000000");
        // no process has a number so large
        let gone = format!(".t.csv.4294967295-7.{here}.tmp");
        let mine = format!(".t.csv.{}-7.{here}.tmp", std::process::id());
        let elsewhere = ".t.csv.4294967295-7.ffffffff.tmp".to_owned();
        let aged = ".u.csv.1-0.fffffffe.tmp".to_owned();
        for name in [gone.as_str(), mine.as_str(), elsewhere.as_str(), aged.as_str(), "t.csv", ".hidden.tmp", ".t.csv.12.tmp", "t.csv.12-3.00000000.tmp"] {
            std::fs::write(at(name), "half").unwrap();
        }
        for name in [aged.as_str(), "t.csv", ".hidden.tmp"] {
            let file = OpenOptions::new().write(true).open(at(name)).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(2 * 60 * 60)).unwrap();
        }
        sweep(dir.path());
        let mut left = vec![mine, elsewhere, "t.csv".into(), ".hidden.tmp".into(), ".t.csv.12.tmp".into(), "t.csv.12-3.00000000.tmp".into()];
        if place().is_none() {
            left.push(gone);
        }
        left.sort();
        assert_eq!(names(dir.path()), left);
        sweep(&at("no such folder"));
    }

    #[test]
    fn names_speak_of_their_process() {
        assert_eq!(origin(".t.csv.12-3.0123abcd.tmp"), Some((12, "0123abcd")));
        for other in [
            ".12-3.0123abcd.tmp",
            "..12-3.0123abcd.tmp",
            ".t.12-.0123abcd.tmp",
            ".t.-3.0123abcd.tmp",
            ".t.+1-3.0123abcd.tmp",
            ".t.12-3.0123.tmp",
            ".t.12-3.0123abcd",
        ] {
            assert_eq!(origin(other), None, "{other}");
        }
    }
}
