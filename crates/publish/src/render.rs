//! Everything that `results/<name>` holds, first in memory and then on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use evaluation::{Claim, Verdict};
use report::{Figure, ReportError};
use runner::{Manifest, Results, RunError, write_atomically};

use crate::answers::Answers;
use crate::headlines::{self, HeadlineRow};
use crate::words::Teller;
use crate::{judge, page};

/// The folders of tables and figures.
const FOLDERS: [&str; 2] = ["tables/", "figures/"];

/// The file of answers, where the rows are too many to be committed.
const ANSWERS: &str = "answers.json";

/// What is published of a run: its answers, its manifest, and where they go.
#[derive(Clone, Debug)]
pub struct Publication {
    /// The folder of results.
    pub folder: PathBuf,
    /// What was run.
    pub manifest: Manifest,
    /// What came out.
    pub answers: Answers,
    /// Whether the answers are kept beside the tables, since a clone will not have the rows.
    pub keeps_answers: bool,
}

impl Publication {
    /// Of rows. Its answers are kept where [`Results::keep_rows`] did not keep the rows.
    ///
    /// # Errors
    /// A spec whose figures or settings cannot be read.
    pub fn of(results: &Results) -> Result<Self, RunError> {
        Self::judged(results, &judge::verdicts(results))
    }

    fn judged(results: &Results, verdicts: &[(Claim, Verdict)]) -> Result<Self, RunError> {
        let answers = Answers::of(results, verdicts)?;
        Ok(Self { folder: results.folder.clone(), manifest: results.manifest.clone(), answers, keeps_answers: !results.are_kept() })
    }

    /// Of the answers that lie in a folder; `None` where its manifest lists none.
    ///
    /// # Errors
    /// Answers that are not those of the manifest, or that this version does not read.
    pub fn load(folder: &Path) -> Result<Option<Self>, RunError> {
        let path = folder.join("manifest.json");
        let Ok(text) = std::fs::read_to_string(&path) else { return Ok(None) };
        let manifest: Manifest = serde_json::from_str(&text).map_err(|e| RunError::Data(format!("{}: {e}", path.display())))?;
        let Some(print) = manifest.kept.get(ANSWERS) else { return Ok(None) };
        let path = folder.join(ANSWERS);
        let wrong = |why: String| {
            let Manifest { experiment, size, .. } = &manifest;
            let mend = format!("check both files out again, or run `curvecast reproduce {experiment} --size {size}`");
            RunError::Data(format!("{}: {why}; {mend}", path.display()))
        };
        let bytes = std::fs::read(&path).map_err(|e| wrong(format!("manifest.json lists it, and it cannot be read ({e})")))?;
        if runner::dataset::sha256(&bytes) != *print {
            return Err(wrong("its SHA-256 is not the one that manifest.json lists".into()));
        }
        let answers = Answers::from_json(&bytes).map_err(wrong)?;
        Ok(Some(Self { folder: folder.to_owned(), manifest, answers, keeps_answers: true }))
    }

    /// The bytes of every file, by its path below the folder: the same for the same answers. PNGs are not among them: they say nothing
    /// that the SVGs do not, are not kept in git, and are drawn only when they are written.
    ///
    /// # Errors
    /// A figure that cannot be drawn any more.
    pub fn files(&self) -> Result<BTreeMap<String, Vec<u8>>, RunError> {
        let Answers { claims, headlines, figures, tables, statuses, .. } = &self.answers;
        let mut files = BTreeMap::new();
        let mut put = |name: String, text: String| files.insert(name, text.into_bytes());
        for tabled in tables {
            if let Ok(grid) = &tabled.found {
                put(format!("tables/{}.csv", tabled.id), grid.table.to_csv());
            }
        }
        put("tables/status.csv".to_owned(), statuses.to_csv());
        put("tables/verdicts.csv".to_owned(), report::claims_csv(claims));
        if !headlines.is_empty() {
            put("tables/headlines.csv".to_owned(), headlines::csv(headlines));
        }
        for figure in figures.iter().flatten() {
            put(format!("figures/{}.svg", figure.id), figure.to_svg().map_err(|e| drawing(&e))?);
            put(format!("figures/{}.csv", figure.id), figure.to_csv());
        }
        let mut manifest = self.manifest.clone();
        manifest.kept.remove(ANSWERS);
        let kept = if self.keeps_answers { Some(self.answers.to_json()?) } else { None };
        manifest.kept.extend(kept.as_ref().map(|json| (ANSWERS.to_owned(), runner::dataset::sha256(json))));
        // The manifest of a page names no files: their list is of the folder, and stands in manifest.json alone.
        manifest.files.clear();
        let data = serde_json::to_value(&manifest).map_err(|e| RunError::Jobs(e.to_string()))?;
        let page = page::page(&self.answers, data);
        put("verdicts.md".to_owned(), page.to_markdown());
        put("report.html".to_owned(), page.to_html().map_err(|e| drawing(&e))?);
        manifest.files = files.keys().filter(|name| FOLDERS.iter().any(|f| name.starts_with(f))).cloned().collect();
        files.insert("manifest.json".to_owned(), manifest.to_json().into_bytes());
        files.extend(kept.map(|json| (ANSWERS.to_owned(), json)));
        Ok(files)
    }

    /// Writes the files into the folder, draws the PNGs, and removes what an earlier run left there and this one does not write: tables and
    /// figures, as its manifest lists them, and its answers.
    ///
    /// # Errors
    /// A file that cannot be made, written or removed.
    pub fn write(&self) -> Result<(), RunError> {
        let earlier = earlier(&self.folder);
        for part in ["", "tables", "figures"] {
            ::tables::atomic::sweep(&self.folder.join(part));
        }
        let files = self.files()?;
        let mut kept: BTreeSet<String> = files.keys().cloned().collect();
        for (name, data) in &files {
            write_atomically(&self.folder.join(name), data)?;
        }
        for figure in self.answers.figures.iter().flatten() {
            kept.insert(png(figure, &self.folder)?);
        }
        clean(&self.folder, &earlier, &kept)
    }
}

/// Judges the claims on rows, writes what comes of them, and returns the verdicts.
///
/// # Errors
/// As of [`Publication::of`] and [`Publication::write`].
pub fn write(results: &Results) -> Result<Vec<(Claim, Verdict)>, RunError> {
    let verdicts = judge::verdicts(results);
    Publication::judged(results, &verdicts)?.write()?;
    Ok(verdicts)
}

/// The statements of the abstract, each with the mark that its parts make.
pub fn statements(results: &Results, verdicts: &[(Claim, Verdict)]) -> Vec<HeadlineRow> {
    let teller = Teller { frame: &results.frame, available: &results.available };
    headlines::rows(&results.experiment.published.headlines, verdicts, teller)
}

/// Draws the PNG of a figure beside its place and renames it; returns its path below the folder of results.
fn png(figure: &Figure, folder: &Path) -> Result<String, RunError> {
    static DRAWN: AtomicUsize = AtomicUsize::new(0);
    let name = format!("figures/{}.png", figure.id);
    let (path, beside) =
        (folder.join(&name), folder.join(format!("figures/.{}.{}-{}.tmp.png", figure.id, std::process::id(), DRAWN.fetch_add(1, Ordering::Relaxed))));
    figure.to_png(&beside).map_err(|e| drawing(&e))?;
    std::fs::rename(&beside, &path).map_err(|e| unwritten(&path, &e))?;
    Ok(name)
}

/// The tables, figures and answers that an earlier run left, by its manifest; none without one, so that nobody else's files are touched.
fn earlier(folder: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(folder.join("manifest.json")).unwrap_or_default();
    let Ok(Manifest { files, mut kept, .. }) = serde_json::from_str(&text) else { return BTreeSet::new() };
    let answers = kept.remove_entry(ANSWERS).map(|(name, _)| name);
    let drawn = files.into_iter().filter(|name| FOLDERS.iter().any(|f| name.starts_with(f)) && ::tables::inside(name).is_ok());
    drawn.chain(answers).collect()
}

/// Removes what an earlier run left and this one did not write, with the PNG of a figure: it would be read as of this run.
fn clean(folder: &Path, earlier: &BTreeSet<String>, kept: &BTreeSet<String>) -> Result<(), RunError> {
    for name in earlier.iter().filter(|name| !kept.contains(*name)) {
        let png = name.strip_suffix(".svg").map(|stem| format!("{stem}.png"));
        for path in std::iter::once(folder.join(name)).chain(png.map(|p| folder.join(p))).filter(|p| p.is_file()) {
            std::fs::remove_file(&path).map_err(|e| unwritten(&path, &e))?;
        }
    }
    Ok(())
}

/// A drawing or rendering that failed, as a run error.
fn drawing(e: &ReportError) -> RunError {
    RunError::Jobs(e.to_string())
}

/// A file that could not be written or removed.
fn unwritten(path: &Path, e: &std::io::Error) -> RunError {
    RunError::Write { path: path.display().to_string(), why: e.to_string() }
}

#[cfg(test)]
mod tests {
    use report::{Axis, Layer, Panel, Style};

    use super::*;

    #[test]
    fn only_what_an_earlier_run_lists_and_this_one_lacks_is_removed() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        let all = ["tables/new.csv", "tables/old.csv", "tables/grades.csv", "figures/old.svg", "figures/old.png", "figures/photo.png", "rows.csv"];
        for name in all {
            write_atomically(&at(name), b"x")?;
        }
        let listed = ["tables/new.csv", "tables/old.csv", "figures/old.svg"].map(str::to_owned);
        clean(folder.path(), &BTreeSet::from(listed), &BTreeSet::from(["tables/new.csv".to_owned()]))?;
        let left: Vec<&str> = all.into_iter().filter(|name| at(name).exists()).collect();
        assert_eq!(left, ["tables/new.csv", "tables/grades.csv", "figures/photo.png", "rows.csv"]);
        // A folder without a manifest has nothing to remove.
        assert!(earlier(folder.path()).is_empty());
        Ok(())
    }

    #[test]
    fn a_png_lands_whole_and_leaves_nothing_beside_it() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        std::fs::create_dir(folder.path().join("figures"))?;
        let line = Layer::Line { label: "ours".into(), points: vec![(0.0, 1.0), (1.0, 2.0)], style: Style::nth(0) };
        let figure = Figure::new("loss.v1", "Loss").with_panel(Panel::new("", Axis::linear("x"), Axis::linear("y")).with(line));
        assert_eq!(png(&figure, folder.path())?, "figures/loss.v1.png");
        assert_eq!(std::fs::read_dir(folder.path().join("figures"))?.count(), 1);
        Ok(())
    }
}
