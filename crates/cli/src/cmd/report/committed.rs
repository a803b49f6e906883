//! Is what is committed in `results/` what its own rows make, or the answers that were kept of them, and are these of the spec as it is? No data
//! are needed to tell.

use std::collections::BTreeMap;
use std::path::Path;

use publish::Publication;
use rayon::prelude::*;
use runner::{Experiment, Results, RunError, manifest};

use crate::{args, found};

/// A file, and what is wrong with it.
type Stale = (String, String);

/// The committed files that are not current, of one experiment or of all that have committed rows or answers.
///
/// # Errors
/// An experiment that cannot be loaded, rows or answers that are damaged.
pub fn stale(root: &Path, only: Option<&str>) -> Result<Vec<Stale>, RunError> {
    let all = runner::list(root)?;
    if let Some(name) = only.filter(|name| !all.iter().any(|known| known == name)) {
        return Err(RunError::Nothing(curves::no_such("experiment", name, all.iter().map(String::as_str))));
    }
    let names: Vec<&str> = all.iter().map(String::as_str).filter(|name| only.is_none_or(|o| o == *name)).collect();
    let found = names.par_iter().map(|name| of(root, name)).collect::<Result<Vec<_>, _>>()?;
    let without: Vec<&str> = names.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(name, _)| *name).collect();
    if !without.is_empty() {
        eprintln!("note: neither rows nor answers are committed, and so not looked at: {}", without.join(", "));
    }
    Ok(found.into_iter().flatten().flatten().collect())
}

/// Those of one experiment; `None` where nothing is committed to make them of.
fn of(root: &Path, name: &str) -> Result<Option<Vec<Stale>>, RunError> {
    let folder = root.join("results").join(name);
    let kept = Publication::load(&folder)?;
    if kept.is_none() && !found::has_rows(&folder) {
        return Ok(None);
    }
    let experiment = args::load(root, name, "full", &[])?;
    let inputs = inputs(&experiment)?;
    let publication = match kept {
        Some(kept) => kept,
        None => Publication::of(&Results::load(experiment, &folder)?)?,
    };
    let then = [&publication.manifest.spec_sha256, &publication.manifest.claims_sha256];
    let mut stale = Vec::new();
    for ((file, now), then) in inputs.iter().zip(then) {
        if now != then {
            let what = format!("results/{name} was made of another one; run `curvecast reproduce {name} --size full`");
            stale.push((format!("experiments/{name}/{file}"), what));
        }
    }
    for (file, how) in differences(&folder, &publication.files()?) {
        stale.push((format!("results/{name}/{file}"), format!("{how}; run `curvecast report {name} --size full`")));
    }
    Ok(Some(stale))
}

/// What a run is made of besides data: file and hash.
fn inputs(experiment: &Experiment) -> Result<[(&'static str, String); 2], RunError> {
    Ok([("spec.toml", manifest::spec_sha256(experiment)?), ("published.toml", manifest::claims_sha256(experiment))])
}

/// Files that are not what was made, are missing, or are made no more.
fn differences(folder: &Path, made: &BTreeMap<String, Vec<u8>>) -> Vec<(String, &'static str)> {
    let mut different = Vec::new();
    for (file, bytes) in made.iter().filter(|(file, _)| is_committed(file)) {
        match std::fs::read(folder.join(file)) {
            Ok(there) if there == *bytes => {}
            Ok(_) => different.push((file.clone(), "it is not what the committed rows or answers make")),
            Err(_) => different.push((file.clone(), "it is missing")),
        }
    }
    for below in ["tables", "figures"] {
        let mut names: Vec<String> = std::fs::read_dir(folder.join(below))
            .map(|entries| entries.flatten().map(|e| format!("{below}/{}", e.file_name().to_string_lossy())).collect())
            .unwrap_or_default();
        names.retain(|file| is_committed(file) && !made.contains_key(file));
        names.sort();
        different.extend(names.into_iter().map(|file| (file, "nothing makes it any more: remove it")));
    }
    different
}

/// Is this a file that is committed and follows from rows or answers alone?
fn is_committed(file: &str) -> bool {
    let ends = |folder: &str, ends: &[&str]| file.strip_prefix(folder).is_some_and(|name| ends.iter().any(|end| name.ends_with(end)));
    file == "verdicts.md" || ends("tables/", &[".csv"]) || ends("figures/", &[".svg", ".csv"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_differ_are_missing_or_are_left_over_are_named() {
        let dir = tempfile::tempdir().unwrap();
        for (file, text) in [("tables/same.csv", "a"), ("tables/other.csv", "b"), ("figures/old.svg", "c"), ("figures/any.png", "d"), ("report.html", "e")] {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let made = [("tables/same.csv", "a"), ("tables/other.csv", "x"), ("verdicts.md", "v"), ("manifest.json", "{}"), ("report.html", "z")];
        let made: BTreeMap<String, Vec<u8>> = made.iter().map(|(file, text)| ((*file).to_owned(), text.as_bytes().to_vec())).collect();
        let found = differences(dir.path(), &made);
        let named: Vec<(&str, &str)> = found.iter().map(|(file, how)| (file.as_str(), *how)).collect();
        assert_eq!(
            named,
            [
                ("tables/other.csv", "it is not what the committed rows or answers make"),
                ("verdicts.md", "it is missing"),
                ("figures/old.svg", "nothing makes it any more: remove it"),
            ]
        );
    }
}
