//! Files of a folder of runs, and what their runs are called.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::ImportError;

/// Endings that say what a file is, rather than which one.
const ENDINGS: [&str; 10] = ["gz", "zst", "csv", "tsv", "json", "jsonl", "parquet", "log", "txt", "out"];

/// All files below a folder, in the order in which people would number them. Links to folders are followed once, and what begins with
/// a dot is left out.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let (mut open, mut seen, mut found) = (vec![folder.to_owned()], HashSet::new(), Vec::new());
    while let Some(at) = open.pop() {
        let failed = |e: std::io::Error| ImportError::Read { file: at.display().to_string(), why: e.to_string() };
        if !seen.insert(std::fs::canonicalize(&at).map_err(failed)?) {
            continue;
        }
        for entry in std::fs::read_dir(&at).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
            // a link that leads nowhere is no file
            match std::fs::metadata(&path) {
                Ok(about) if !hidden && about.is_dir() => open.push(path),
                Ok(about) if !hidden && about.is_file() => found.push(path),
                _ => {}
            }
        }
    }
    found.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(found)
}

/// The path without endings such as `.csv.gz`.
pub(crate) fn without_ending(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    while path.extension().is_some_and(|e| ENDINGS.iter().any(|end| e.eq_ignore_ascii_case(end))) {
        path.set_extension("");
    }
    path
}

/// The folder that a file lies in.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

/// Compares texts with numbers in them by the numbers: `step-9` comes before `step-10`.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let ((x, rest_a), (y, rest_b)) = (piece(a), piece(b));
        let digits = |t: &str| t.starts_with(|c: char| c.is_ascii_digit());
        let order = if digits(x) && digits(y) {
            let (x, y) = (x.trim_start_matches('0'), y.trim_start_matches('0'));
            x.len().cmp(&y.len()).then_with(|| x.cmp(y))
        } else {
            x.cmp(y)
        };
        if order != Ordering::Equal || (rest_a.is_empty() && rest_b.is_empty()) {
            return order.then_with(|| a.cmp(b));
        }
        (a, b) = (rest_a, rest_b);
    }
}

/// The digits at the beginning of a text, or what stands before the first ones; and the rest.
fn piece(text: &str) -> (&str, &str) {
    let first = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != first).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_compared_as_numbers() {
        let mut names = ["b", "a10", "a9", "a10.b2", "a10.b10", "a09x", "", "a"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["", "a", "a9", "a09x", "a10", "a10.b2", "a10.b10", "b"]);
        assert_eq!(natural("a01", "a1").reverse(), natural("a1", "a01"));
    }

    #[test]
    fn endings_are_taken_off() {
        let paths = [("a/run.csv.gz", "a/run"), ("run.log.zst", "run"), ("llama-7.5b.log", "llama-7.5b"), ("x.y", "x.y"), (".csv", ".csv"), ("a.LOG", "a")];
        for (path, run) in paths {
            assert_eq!(without_ending(Path::new(path)), Path::new(run), "{path}");
        }
        assert_eq!((folder_of(Path::new("a/b.csv")), folder_of(Path::new("b.csv"))), (PathBuf::from("a"), PathBuf::new()));
    }

    #[test]
    fn files_are_found_below_a_folder_and_links_are_followed_once() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b/10.log", "b/9.log", "a.csv", ".git/c.csv"] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(dir.path(), dir.path().join("b/again")).unwrap();
        let found = files(dir.path()).unwrap();
        let names: Vec<String> = found.iter().map(|p| p.strip_prefix(dir.path()).unwrap().display().to_string()).collect();
        assert_eq!(names, ["a.csv", "b/9.log", "b/10.log"]);
        assert!(files(&dir.path().join("none")).is_err());
    }
}
