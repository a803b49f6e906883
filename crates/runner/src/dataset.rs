//! `dataset.toml`: where data come from and how they become curves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use curves::{CurveSet, Measure, Resource};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tables::{Long, Wide};

use crate::protocol::tabulate::{TableFrom, Tabulated};
use crate::{RunError, toml_file};

/// A dataset, as `datasets/<name>/dataset.toml` describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Dataset {
    /// One line.
    pub title: String,
    /// Licence of the data.
    pub licence: String,
    /// Key in references.bib.
    pub bib: String,
    /// The folder a mirror keeps it in.
    pub folder: String,
    /// Why it cannot be had, for a dataset that is only described.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<String>,
    /// Why `get` cannot fetch it, for a dataset that only a mirror can serve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror_only: Option<String>,
    /// What `curvecast get` downloads, and how that becomes the tidy files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Upstream>,
    /// The tidy files, by name.
    #[serde(default)]
    pub files: BTreeMap<String, TidyFile>,
    /// How a tidy file becomes curves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curves: Option<CurvesFrom>,
    /// How a tidy file becomes rows, in place of curves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableFrom>,
}

/// Files as their authors publish them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Upstream {
    /// Where the files are, for people.
    pub home: String,
    /// The exact version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Start of every file's address.
    pub base: String,
    /// Which converter makes the tidy files.
    pub converter: Converter,
    /// The files.
    pub files: Vec<UpstreamFile>,
}

/// Converters from an upstream's format to tidy tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Converter {
    /// The upstream files are the tidy files.
    None,
    /// One JSON file a task, as releaunifreiburg/DPL keeps TaskSet.
    TasksetJson,
    /// One JSON file a run, as BigScience keeps its evaluations of checkpoints.
    BigscienceJson,
}

/// One upstream file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UpstreamFile {
    /// Path below the base.
    pub path: String,
    /// Size in bytes, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Checksum, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// One tidy file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TidyFile {
    /// Size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Checksum of the file, in the mirror's form; a converted file with the same content may be packed differently.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Checksum of what a `.gz` unpacks to: what must hold however it is packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_sha256: Option<String>,
}

/// How a tidy file becomes a set of curves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CurvesFrom {
    /// Which tidy file.
    pub file: String,
    /// The resource.
    pub resource: Resource,
    /// The measure.
    pub measure: Measure,
    /// Tidy files whose columns are laid beside it first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub join: Vec<tables::Join>,
    /// One row a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wide: Option<Wide>,
    /// One row a point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long: Option<Long>,
    /// Curves expected; another number is an error.
    pub expect: usize,
}

/// A dataset with where it was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its description.
    pub dataset: Dataset,
    /// The folder its tidy files are in.
    pub folder: PathBuf,
}

/// Hex SHA-256 of some bytes.
pub fn sha256(data: &[u8]) -> String {
    Sha256::digest(data).iter().map(|b| format!("{b:02x}")).collect()
}

/// Where data are looked for, in order: `--data` or `CURVECAST_DATA`, then `datasets/<name>/data`.
pub fn places(root: &Path, name: &str, d: &Dataset, mirror: Option<&Path>) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = mirror.map(|m| m.join(&d.folder)).into_iter().collect();
    all.push(root.join("datasets").join(name).join("data"));
    all
}

impl Dataset {
    /// Reads `datasets/<name>/dataset.toml`.
    pub fn load(root: &Path, name: &str) -> Result<Self, RunError> {
        let path = root.join("datasets").join(name).join("dataset.toml");
        if !path.is_file() {
            let known = list(root)?;
            let near = curves::nearest(name, known.iter().map(String::as_str)).map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
            return Err(RunError::Nothing(format!("no dataset is called {name:?} (there are {}){near}", known.join(", "))));
        }
        toml_file::parse(&toml_file::read_text(&path)?, &format!("datasets/{name}/dataset.toml"))
    }

    /// The dataset on this machine with every checksum verified, or how to get it.
    pub fn find(root: &Path, name: &str, mirror: Option<&Path>) -> Result<Found, RunError> {
        let dataset = Self::load(root, name)?;
        if let Some(why) = &dataset.unavailable {
            return Err(RunError::Data(format!("dataset {name:?}: {why}")));
        }
        let places = places(root, name, &dataset, mirror);
        let Some(folder) = places.iter().find(|p| dataset.files.keys().all(|f| p.join(f).is_file())) else {
            let looked = places.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(" and ");
            if let Some(why) = &dataset.mirror_only {
                return Err(RunError::Data(format!(
                    "dataset {name:?} is not here (looked in {looked}); only a mirror can serve it ({why}): set CURVECAST_DATA to a folder that holds {}/",
                    dataset.folder
                )));
            }
            let bytes: u64 = dataset.upstream.iter().flat_map(|u| &u.files).filter_map(|f| f.bytes).sum();
            let size = if bytes > 0 { format!(" ({:.1} MB)", bytes as f64 / 1e6) } else { String::new() };
            return Err(RunError::Data(format!(
                "dataset {name:?} is not here (looked in {looked}); run `cargo curvecast get {name}`{size}, or set CURVECAST_DATA to a folder that holds {}/",
                dataset.folder
            )));
        };
        for (file, want) in &dataset.files {
            let path = folder.join(file);
            let data = std::fs::read(&path).map_err(|e| RunError::Data(format!("{}: {e}", path.display())))?;
            check(&path, &data, want)?;
        }
        Ok(Found { folder: folder.clone(), dataset })
    }
}

/// A tidy file is right when its own checksum is, or that of what it unpacks to.
pub(crate) fn check(path: &Path, data: &[u8], want: &TidyFile) -> Result<(), RunError> {
    let got = sha256(data);
    if want.sha256.is_none() || want.sha256.as_ref() == Some(&got) {
        return Ok(());
    }
    let mut unpacked = Vec::new();
    let reads = std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(data), &mut unpacked).is_ok();
    if reads && want.content_sha256.as_ref().is_some_and(|w| *w == sha256(&unpacked)) {
        return Ok(());
    }
    Err(RunError::Data(format!(
        "{}: its checksum is {got}, not {}; the file is damaged or another version: remove it and get it again",
        path.display(),
        want.sha256.as_deref().unwrap_or_default()
    )))
}

impl Found {
    /// The curves, as many as expected.
    pub fn curves(&self, name: &str) -> Result<CurveSet, RunError> {
        let wrong = |e: String| RunError::Data(format!("dataset {name:?}: {e}"));
        let Some(c) = &self.dataset.curves else {
            return Err(wrong("its dataset.toml does not say how it becomes curves".into()));
        };
        let mut table = tables::load(&self.folder.join(&c.file), columns(c).as_deref()).map_err(|e| wrong(e.to_string()))?;
        for j in &c.join {
            let other = tables::load(&self.folder.join(&j.file), None).map_err(|e| wrong(e.to_string()))?;
            table = table.joined(&other, &j.on).map_err(|e| wrong(e.to_string()))?;
        }
        let set = match (&c.wide, &c.long) {
            (Some(w), None) => tables::read_wide(&table, w, c.resource.clone(), c.measure.clone()),
            (None, Some(l)) => tables::read_long(&table, l, c.resource.clone(), c.measure.clone()),
            _ => return Err(wrong("`curves` needs either `wide` or `long`".into())),
        }
        .map_err(|e| wrong(e.to_string()))?;
        if set.entries().len() != c.expect {
            return Err(wrong(format!("{} curves, where {} are expected", set.entries().len(), c.expect)));
        }
        Ok(set)
    }

    /// The rows of its table, as many as expected.
    pub fn table(&self, name: &str) -> Result<Tabulated, RunError> {
        let wrong = |e: String| RunError::Data(format!("dataset {name:?}: {e}"));
        let Some(t) = &self.dataset.table else {
            return Err(wrong("its dataset.toml does not say how it becomes rows (`[table]`)".into()));
        };
        let tables: Vec<_> =
            t.files().iter().map(|p| tables::load(&self.folder.join(&p.file), None)).collect::<Result<_, _>>().map_err(|e| wrong(e.to_string()))?;
        Tabulated::read(t, &tables).map_err(wrong)
    }

    /// What of the data decides numbers: the checksums of the tidy files.
    pub fn identity(&self) -> String {
        self.dataset.files.iter().map(|(n, f)| format!("{n} {}", f.sha256.as_deref().unwrap_or("?"))).collect::<Vec<_>>().join("; ")
    }
}

/// The columns that a long table needs; `None`, all of them, for a wide or a joined one.
fn columns(c: &CurvesFrom) -> Option<Vec<String>> {
    let l = c.long.as_ref().filter(|_| c.join.is_empty())?;
    let mut all: Vec<String> = [l.id.as_slice(), l.covariates.as_slice()].concat();
    all.extend([l.x.clone(), l.y.clone()]);
    all.extend(l.filter.keys().chain(l.except.keys()).cloned());
    Some(all)
}

/// The names of all datasets, sorted.
pub fn list(root: &Path) -> Result<Vec<String>, RunError> {
    let dir = root.join("datasets");
    let entries = std::fs::read_dir(&dir).map_err(|e| RunError::Nothing(format!("{}: {e}", dir.display())))?;
    let mut names: Vec<String> =
        entries.filter_map(Result::ok).filter(|e| e.path().join("dataset.toml").is_file()).map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}
