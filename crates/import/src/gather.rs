//! Which files of the paths given are read, by which importer, and as which runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::folder::files;
use crate::{IMPORTERS, ImportError, Importer, Source, Warning, importer};

/// What a run is called that has no name.
const NAMELESS: &str = "run";

/// What is read.
pub(crate) struct Found {
    pub(crate) importer: &'static dyn Importer,
    pub(crate) files: Vec<Member>,
    pub(crate) warnings: Vec<Warning>,
}

/// A file and its run.
pub(crate) struct Member {
    pub(crate) path: PathBuf,
    pub(crate) run: String,
    /// The path given that it comes from.
    from: usize,
}

/// The files of the paths, all of one format: the one that is given, or the first of the list that any of them has.
pub(crate) fn gather(paths: &[PathBuf], format: Option<&'static dyn Importer>) -> Result<Found, ImportError> {
    let mut given = Vec::new();
    for (from, path) in paths.iter().enumerate() {
        given.push((from, path, candidates(path, format)?));
    }
    let place = |i: &dyn Importer| IMPORTERS.iter().position(|k| k.name() == i.name());
    let all = given.iter().flat_map(|(_, _, found)| found.iter().map(|(_, i)| *i));
    let Some(importer) = all.min_by_key(|i| place(*i)) else {
        return Err(ImportError::NothingIn { folder: paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ") });
    };
    let (mut members, mut warnings) = (Vec::new(), Vec::new());
    for (from, path, found) in &given {
        let mut others: BTreeMap<&'static str, usize> = BTreeMap::new();
        for (file, theirs) in found {
            if theirs.name() == importer.name() {
                members.push(Member { path: file.clone(), run: name_in(importer, path, file), from: *from });
            } else {
                *others.entry(theirs.name()).or_insert(0) += 1;
            }
        }
        // a path that is given is read, or refused
        if let (Some(&other), false, Some(first)) = (others.keys().next(), members.iter().any(|m| m.from == *from), first_of(&given, importer)) {
            return Err(ImportError::Mixed { first, format: importer.name(), second: path.display().to_string(), other });
        }
        for (format, files) in others {
            warnings.push(Warning::OtherFormat { folder: path.display().to_string(), read: importer.name(), format, files });
        }
    }
    tell_apart(importer, &mut members);
    Ok(Found { importer, files: members, warnings })
}

/// Files with their importers.
type Candidates = Vec<(PathBuf, &'static dyn Importer)>;

/// The file itself, or the files of a folder that are recognised.
fn candidates(path: &Path, format: Option<&'static dyn Importer>) -> Result<Candidates, ImportError> {
    let file = || path.display().to_string();
    let about = std::fs::metadata(path).map_err(|e| ImportError::Read { file: file(), why: e.to_string() })?;
    if !about.is_dir() {
        let importer = format.or_else(|| importer::of(&Source::file(path)));
        return importer.map(|i| vec![(path.to_owned(), i)]).ok_or_else(|| ImportError::NotRecognised { file: file() });
    }
    let of = |source: &Source<'_>| match format {
        Some(format) => Some(format).filter(|f| f.recognises(source)),
        None => importer::of(source),
    };
    let found: Candidates = files(path)?.into_iter().filter_map(|p| of(&Source::file(&p)).map(|i| (p, i))).collect();
    if found.is_empty() { Err(ImportError::NothingIn { folder: file() }) } else { Ok(found) }
}

/// The first path given of which a file is read.
fn first_of(given: &[(usize, &PathBuf, Candidates)], importer: &dyn Importer) -> Option<String> {
    given.iter().find(|(_, _, found)| found.iter().any(|(_, i)| i.name() == importer.name())).map(|(_, path, _)| path.display().to_string())
}

/// What the run of a file is called that is given alone.
pub(crate) fn run_of(importer: &dyn Importer, path: &Path) -> String {
    let last = |p: &Path| p.file_name().map(|n| n.to_string_lossy().into_owned());
    last(&importer.run(path)).or_else(|| path.file_stem().map(|n| n.to_string_lossy().into_owned())).unwrap_or_else(|| NAMELESS.to_owned())
}

/// What the run of a file is called below the path that is given: its place there, or the path's own name.
fn name_in(importer: &dyn Importer, given: &Path, file: &Path) -> String {
    if given == file {
        return run_of(importer, file);
    }
    let below = importer.run(file).strip_prefix(given).map(|p| p.display().to_string()).unwrap_or_default();
    if below.is_empty() { given.file_name().map_or_else(|| NAMELESS.to_owned(), |n| n.to_string_lossy().into_owned()) } else { below }
}

/// Different runs of one name, below different paths, are called by their whole paths.
fn tell_apart(importer: &dyn Importer, members: &mut [Member]) {
    let mut places: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for m in members.iter() {
        places.entry(m.run.clone()).or_default().insert(importer.run(&m.path));
    }
    for m in members.iter_mut().filter(|m| places.get(&m.run).is_some_and(|runs| runs.len() > 1)) {
        m.run = importer.run(&m.path).display().to_string();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find;

    /// Files in a folder.
    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        dir
    }

    fn runs(found: &Found) -> Vec<&str> {
        found.files.iter().map(|m| m.run.as_str()).collect()
    }

    const LOG: &str = "step 1: loss 2.5\nstep 2: loss 2.25\n";
    const METRICS: &str = "epoch,step,loss\n0,1,2.5\n0,2,2.25\n";

    #[test]
    fn runs_are_called_by_their_places_below_the_path() {
        let dir = folder(&[("a/run-9.log", LOG), ("a/run-10.log", LOG), ("readme.txt", "no log\n"), ("b.log", LOG)]);
        let found = gather(&[dir.path().to_owned()], None).unwrap();
        assert_eq!((found.importer.name(), runs(&found)), ("log", vec!["a/run-9", "a/run-10", "b"]));
        let found = gather(&[dir.path().join("a/run-9.log")], None).unwrap();
        assert_eq!(runs(&found), ["run-9"]);
        let found = gather(&[dir.path().join("a"), dir.path().join("a/run-9.log")], None).unwrap();
        assert_eq!(runs(&found), ["run-9", "run-10", "run-9"]);
        // Two runs of one name are told apart.
        let dir = folder(&[("a/x.log", LOG), ("c/x.log", LOG)]);
        let found = gather(&[dir.path().join("a"), dir.path().join("c")], None).unwrap();
        assert!(runs(&found)[0].ends_with("a/x") && runs(&found)[1].ends_with("c/x"), "{:?}", runs(&found));
    }

    #[test]
    fn one_format_is_read_and_the_others_are_said() {
        let dir = folder(&[("lightning_logs/version_0/metrics.csv", METRICS), ("lightning_logs/version_1/metrics.csv", METRICS), ("slurm.out", LOG)]);
        let found = gather(&[dir.path().to_owned()], None).unwrap();
        assert_eq!((found.importer.name(), runs(&found)), ("lightning", vec!["lightning_logs/version_0", "lightning_logs/version_1"]));
        let other = Warning::OtherFormat { folder: dir.path().display().to_string(), read: "lightning", format: "log", files: 1 };
        assert_eq!(found.warnings, [other]);
        let found = gather(&[dir.path().to_owned()], Some(find("log").unwrap())).unwrap();
        assert_eq!((runs(&found), found.warnings.len()), (vec!["slurm"], 0));
        let found = gather(&[dir.path().join("lightning_logs/version_0")], None).unwrap();
        assert_eq!(runs(&found), ["version_0"]);
        let both = [dir.path().join("lightning_logs"), dir.path().join("slurm.out")];
        assert!(matches!(gather(&both, None), Err(ImportError::Mixed { format: "lightning", other: "log", .. })));
    }

    #[test]
    fn what_is_not_there_or_not_known_is_named() {
        let dir = folder(&[("notes.txt", "nothing of interest\n"), ("run.csv", "epoch,loss\n1,2\n")]);
        let why = |paths: &[PathBuf]| gather(paths, None).map(|_| ()).unwrap_err().to_string();
        assert!(why(&[dir.path().join("none")]).contains("cannot be read"));
        assert!(why(&[dir.path().to_owned()]).contains("no file of a known format in this folder (tensorboard, "));
        assert!(why(&[dir.path().join("run.csv")]).contains("a plain table"));
        assert!(why(&[]).contains("no file of a known format"));
    }
}
