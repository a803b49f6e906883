//! `dataset.toml`: where data come from and how they become curves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use curves::runs::{LrSchedule, OneOrMany, RunTable};
use curves::{CurveSet, Measure, Resource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tables::{Long, Table, Wide};

use crate::error::Absent;
use crate::{RunError, toml_file};

/// A dataset, as `datasets/<name>/dataset.toml` describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// How a tidy file becomes curves; the view without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curves: Option<CurvesFrom>,
    /// How tidy files become a table of runs, in place of curves; the view without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableFrom>,
    /// Further ways to read the same upstream, by name.
    #[serde(default, rename = "view", skip_serializing_if = "BTreeMap::is_empty")]
    pub views: BTreeMap<String, View>,
}

/// One way to read a dataset: as curves or as a table of runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct View {
    /// One line.
    pub title: String,
    /// Another name under which claims know its data (`data:NAME` of their `needs`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_as: Option<String>,
    /// How a tidy file becomes curves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curves: Option<CurvesFrom>,
    /// How tidy files become a table of runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableFrom>,
}

/// What a view makes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Recipe<'a> {
    /// Curves.
    Curves(&'a CurvesFrom),
    /// A table of runs.
    Table(&'a TableFrom),
}

impl<'a> Recipe<'a> {
    /// The tidy files that it reads.
    pub fn files(self) -> Vec<&'a str> {
        match self {
            Recipe::Curves(c) => {
                let own = c.parts.iter().map(|p| p.file.as_str()).chain(Some(c.file.as_str()).filter(|f| !f.is_empty()));
                own.chain(c.join.iter().map(|j| j.file.as_str())).collect()
            }
            Recipe::Table(t) if t.parts.is_empty() => vec![t.file.as_str()],
            Recipe::Table(t) => t.parts.iter().map(|p| p.file.as_str()).collect(),
        }
    }

    /// As TOML, for keys: whatever is edited in it changes them.
    fn text(&self) -> Result<String, RunError> {
        let text = match self {
            Recipe::Curves(c) => toml::to_string(c),
            Recipe::Table(t) => toml::to_string(t),
        };
        text.map_err(|e| RunError::Spec(e.to_string()))
    }
}

/// Files as their authors publish them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Upstream {
    /// Where the files are, for people.
    pub home: String,
    /// The exact version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Start of every file's address.
    pub base: String,
    /// Which converter makes the tidy files (`none`: the upstream files are the tidy files).
    pub converter: String,
    /// The files.
    pub files: Vec<UpstreamFile>,
}

/// One upstream file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CurvesFrom {
    /// Which tidy file; left out where there are parts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// Several tidy files with the same columns, each with whole runs of its own.
    #[serde(default, rename = "part", skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<CurvesPart>,
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

/// One of several files of curves, and what is the same in all its rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CurvesPart {
    /// Which tidy file.
    pub file: String,
    /// Text column → what it is in every row of the file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub text: BTreeMap<String, String>,
}

/// How tidy files become a table of runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TableFrom {
    /// Which tidy file; left out where there are parts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// Several tidy files with the same columns, one below the other.
    #[serde(default, rename = "part", skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<TablePart>,
    /// Text column → column of the file, or several, which are joined with ` | `.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub text: BTreeMap<String, OneOrMany>,
    /// Number column → column of the file. A blank is no number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, String>,
    /// Number column → the two columns of the file of which it is the difference, first less second.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub differences: BTreeMap<String, [String; 2]>,
    /// Learning-rate schedules that rows name in a text column.
    #[serde(default, rename = "schedule", skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<LrSchedule>,
    /// Rows expected; another number is an error.
    pub expect: usize,
}

/// One of several files, and what is the same in all its rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TablePart {
    /// Which tidy file.
    pub file: String,
    /// Text column → what it is in every row of the file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub text: BTreeMap<String, String>,
    /// Number column → what it is in every row of the file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, f64>,
}

impl TableFrom {
    /// The files in their order; one without parts.
    fn parts(&self) -> Vec<TablePart> {
        if self.parts.is_empty() { vec![TablePart { file: self.file.clone(), ..TablePart::default() }] } else { self.parts.clone() }
    }

    /// The names of its text columns and of its number columns.
    pub fn columns(&self) -> (Vec<String>, Vec<String>) {
        let parts = self.parts();
        let own = |names: Vec<&String>| -> Vec<String> {
            let mut all: Vec<String> = Vec::new();
            names.into_iter().for_each(|n| {
                if !all.contains(n) {
                    all.push(n.clone());
                }
            });
            all
        };
        let texts = own(self.text.keys().chain(parts.iter().flat_map(|p| p.text.keys())).collect());
        let numbers = own(self.numbers.keys().chain(self.differences.keys()).chain(parts.iter().flat_map(|p| p.numbers.keys())).collect());
        (texts, numbers)
    }

    /// The table of runs, of one table for each of its files; the error says what is wrong with them or with the recipe.
    pub(crate) fn read(&self, tables: &[Table]) -> Result<RunTable, String> {
        if self.file.is_empty() == self.parts.is_empty() {
            return Err("`table` needs either `file` or `part`".into());
        }
        let mut all: Option<RunTable> = None;
        for (part, table) in self.parts().iter().zip(tables) {
            let read = self.one(part, table)?;
            match &mut all {
                None => all = Some(read),
                Some(all) => all.append(read).map_err(|e| format!("{}: {e}", table.file()))?,
            }
        }
        for schedule in &self.schedules {
            models::schedule::of(schedule).map_err(|e| format!("`table`: schedule {:?}: {e}", schedule.id))?;
        }
        let all = all.unwrap_or_default().with_schedules(self.schedules.clone());
        if all.len() != self.expect {
            let files: Vec<&str> = tables.iter().map(Table::file).collect();
            return Err(format!("{}: {} rows, where {} are expected", files.join(", "), all.len(), self.expect));
        }
        Ok(all)
    }

    fn one(&self, part: &TablePart, table: &Table) -> Result<RunTable, String> {
        let fail = |e: tables::TableError| e.to_string();
        let joined = |columns: &OneOrMany| -> Result<Vec<String>, String> {
            let mut cells = vec![String::new(); table.rows()];
            for (k, column) in columns.0.iter().enumerate() {
                for (cell, part) in cells.iter_mut().zip(table.text(column).map_err(fail)?) {
                    if k > 0 {
                        cell.push_str(" | ");
                    }
                    cell.push_str(&part);
                }
            }
            Ok(cells)
        };
        let mut texts = Vec::new();
        for (name, columns) in &self.text {
            texts.push((name.clone(), joined(columns)?));
        }
        texts.extend(part.text.iter().map(|(name, v)| (name.clone(), vec![v.clone(); table.rows()])));
        let mut numbers = Vec::new();
        for (name, column) in &self.numbers {
            numbers.push((name.clone(), table.numbers(column).map_err(fail)?));
        }
        for (name, [first, second]) in &self.differences {
            let (a, b) = (table.numbers(first).map_err(fail)?, table.numbers(second).map_err(fail)?);
            numbers.push((name.clone(), a.into_iter().zip(b).map(|(a, b)| a - b).collect()));
        }
        numbers.extend(part.numbers.iter().map(|(name, v)| (name.clone(), vec![*v; table.rows()])));
        RunTable::new(texts, numbers).map_err(|e| format!("{}: {e}", table.file()))
    }
}

/// A dataset with where it was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its name.
    pub name: String,
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
        if name.contains(['/', '\\']) || !path.is_file() {
            let known = list(root)?;
            return Err(RunError::Nothing(curves::no_such("dataset", name, known.iter().map(String::as_str))));
        }
        let shown = format!("datasets/{name}/dataset.toml");
        let dataset: Self = toml_file::parse(&toml_file::read_text(&path)?, &shown)?;
        dataset.check().map_err(|e| RunError::Spec(format!("{shown}: {e}")))?;
        Ok(dataset)
    }

    /// That no path leaves its folder, and that every file that is read is described where files are.
    fn check(&self) -> Result<(), String> {
        tables::inside(&self.folder).map_err(|e| format!("`folder`: {e}"))?;
        for file in self.files.keys().map(String::as_str).chain(self.recipes().flat_map(|r| r.files())) {
            tables::inside(file).map_err(|e| format!("file {file:?}: {e}"))?;
        }
        if let Some(u) = self.upstream.as_ref().filter(|u| u.converter != "none") {
            tables::convert::converter(&u.converter)?;
        }
        Ok(())
    }

    /// The view of this name, or the one without a name.
    ///
    /// # Errors
    /// There is no such view, or it is both curves and a table, or neither.
    pub fn recipe(&self, name: &str, view: Option<&str>) -> Result<Recipe<'_>, RunError> {
        let wrong = |what: String| RunError::Spec(format!("datasets/{name}/dataset.toml: {what}"));
        let (curves, table) = match view {
            None => (&self.curves, &self.table),
            Some(v) => {
                let found = self.views.get(v).ok_or_else(|| wrong(curves::no_such("view", v, self.views.keys().map(String::as_str))))?;
                (&found.curves, &found.table)
            }
        };
        match (curves, table) {
            (Some(c), None) => Ok(Recipe::Curves(c)),
            (None, Some(t)) => Ok(Recipe::Table(t)),
            (Some(_), Some(_)) => Err(wrong("a view is either `curves` or `table`, not both".into())),
            (None, None) if view.is_none() && !self.views.is_empty() => {
                Err(wrong(format!("name one of its views: {}", self.views.keys().cloned().collect::<Vec<_>>().join(", "))))
            }
            (None, None) => Err(wrong("it does not say how it becomes `curves` or a `table`".into())),
        }
    }

    /// Every recipe there is, the one without a name first.
    fn recipes(&self) -> impl Iterator<Item = Recipe<'_>> {
        let own = self.curves.iter().map(Recipe::Curves).chain(self.table.iter().map(Recipe::Table));
        own.chain(self.views.values().flat_map(|v| v.curves.iter().map(Recipe::Curves).chain(v.table.iter().map(Recipe::Table))))
    }

    /// The folder that has these tidy files; nothing is read of them.
    ///
    /// # Errors
    /// [`RunError::Absent`], with how to get them.
    pub fn find(self, root: &Path, name: &str, mirror: Option<&Path>, files: &[&str]) -> Result<Found, RunError> {
        let absent = |what: &str, looked: Vec<PathBuf>, mend: String| Err(RunError::Absent(Absent { what: format!("dataset {name:?} {what}"), looked, mend }));
        if let Some(why) = &self.unavailable {
            return absent("cannot be had", Vec::new(), why.clone());
        }
        let places = places(root, name, &self, mirror);
        if let Some(folder) = places.iter().find(|p| files.iter().all(|f| p.join(f).is_file())) {
            return Ok(Found { name: name.to_owned(), folder: folder.clone(), dataset: self });
        }
        let set = format!("set CURVECAST_DATA to a folder that holds {}/", self.folder);
        if let Some(why) = &self.mirror_only {
            return absent("is not here", places, format!("only a mirror can serve it ({why}): {set}"));
        }
        let bytes: u64 = self.upstream.iter().flat_map(|u| &u.files).filter_map(|f| f.bytes).sum();
        let size = if bytes > 0 { format!(" ({:.1} MB)", bytes as f64 / 1e6) } else { String::new() };
        absent("is not here", places, format!("run `cargo curvecast get {name}`{size}, or {set}"))
    }

    /// The dataset on this machine with every checksum verified, or how to get it.
    ///
    /// # Errors
    /// [`RunError::Absent`] without its files, [`RunError::Data`] with other files than described.
    pub fn verified(root: &Path, name: &str, mirror: Option<&Path>) -> Result<Found, RunError> {
        let dataset = Self::load(root, name)?;
        let files: Vec<String> = dataset.files.keys().cloned().collect();
        let found = dataset.find(root, name, mirror, &files.iter().map(String::as_str).collect::<Vec<_>>())?;
        found.verify(&files.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(found)
    }
}

/// A tidy file is right when its own checksum is, or that of what it unpacks to. Answers the checksum of its bytes.
///
/// # Errors
/// A file that cannot be read, has another size, or another checksum.
pub(crate) fn check(path: &Path, want: &TidyFile) -> Result<String, RunError> {
    let data = |e: tables::TableError| RunError::Data(e.to_string());
    let (got, bytes) = tables::sha256_file(path).map_err(data)?;
    if want.sha256.is_none() || want.sha256.as_ref() == Some(&got) {
        return match want.bytes.filter(|b| *b != bytes) {
            Some(b) => Err(RunError::Data(format!("{}: {bytes} bytes, where its dataset.toml says {b}; one of the two is wrong", path.display()))),
            None => Ok(got),
        };
    }
    if want.content_sha256.as_ref().is_some_and(|w| tables::sha256_unpacked(path).is_ok_and(|content| content == *w)) {
        return Ok(got);
    }
    Err(RunError::Data(format!(
        "{}: its checksum is {got}, not {}; the file is damaged or another version: remove it and get it again",
        path.display(),
        want.sha256.as_deref().unwrap_or_default()
    )))
}

impl Found {
    /// That these files are what the description says.
    fn verify(&self, files: &[&str]) -> Result<(), RunError> {
        files.iter().filter_map(|f| self.dataset.files.get(*f).map(|want| (f, want))).try_for_each(|(f, want)| check(&self.folder.join(f), want).map(|_| ()))
    }

    /// The curves of a recipe, as many as expected.
    pub fn curves(&self, c: &CurvesFrom) -> Result<CurveSet, RunError> {
        let wrong = |e: String| RunError::Data(format!("dataset {:?}: {e}", self.name));
        self.verify(&Recipe::Curves(c).files())?;
        if c.file.is_empty() == c.parts.is_empty() {
            return Err(wrong("`curves` needs either `file` or `part`".into()));
        }
        let load = |file: &str, columns: Option<&[String]>| tables::load(&self.folder.join(file), columns).map_err(|e| wrong(e.to_string()));
        let mut tables = if c.parts.is_empty() { vec![load(&c.file, columns(c).as_deref())?] } else { Vec::with_capacity(c.parts.len()) };
        for p in &c.parts {
            tables.push(load(&p.file, None)?.labelled(&p.text).map_err(|e| wrong(e.to_string()))?);
        }
        for j in &c.join {
            let other = load(&j.file, None)?;
            tables = tables.iter().map(|t| t.joined(&other, &j.on)).collect::<Result<_, _>>().map_err(|e| wrong(e.to_string()))?;
        }
        let mut entries = Vec::new();
        for table in &tables {
            let set = match (&c.wide, &c.long) {
                (Some(w), None) => tables::read_wide(table, w, c.resource.clone(), c.measure.clone()),
                (None, Some(l)) => tables::read_long(table, l, c.resource.clone(), c.measure.clone()),
                _ => return Err(wrong("`curves` needs either `wide` or `long`".into())),
            }
            .map_err(|e| wrong(e.to_string()))?;
            entries.extend_from_slice(set.entries());
        }
        let set = CurveSet::new(c.resource.clone(), c.measure.clone(), entries).map_err(|e| wrong(e.to_string()))?;
        if set.entries().len() != c.expect {
            return Err(wrong(format!("{} curves, where {} are expected", set.entries().len(), c.expect)));
        }
        Ok(set)
    }

    /// The table of runs of a recipe, with as many rows as expected.
    pub fn table(&self, t: &TableFrom) -> Result<RunTable, RunError> {
        let wrong = |e: String| RunError::Data(format!("dataset {:?}: {e}", self.name));
        let files = Recipe::Table(t).files();
        self.verify(&files)?;
        let tables: Vec<_> = files.iter().map(|f| tables::load(&self.folder.join(f), None)).collect::<Result<_, _>>().map_err(|e| wrong(e.to_string()))?;
        t.read(&tables).map_err(wrong)
    }

    /// What of the data decides numbers: the recipe, and the checksums of the tidy files that it reads. A file without a checksum is hashed.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn identity(&self, recipe: &Recipe<'_>) -> Result<String, RunError> {
        let mut all = recipe.text()?;
        for file in recipe.files() {
            let known = self.dataset.files.get(file).and_then(|f| f.sha256.clone());
            let sum = match known {
                Some(sum) => sum,
                None => tables::sha256_file(&self.folder.join(file)).map_err(|e| RunError::Data(e.to_string()))?.0,
            };
            all.push_str(&format!("\n{file} {sum}"));
        }
        Ok(all)
    }
}

/// The columns that a long table needs; `None`, all of them, for a wide or a joined one.
fn columns(c: &CurvesFrom) -> Option<Vec<String>> {
    let l = c.long.as_ref().filter(|_| c.join.is_empty())?;
    let mut all: Vec<String> = [l.id.as_slice(), l.covariates.as_slice()].concat();
    all.extend([l.x.clone(), l.y.clone()]);
    all.extend(l.rate.clone());
    all.extend(l.filter.keys().chain(l.except.keys()).chain(l.given.keys()).cloned());
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
