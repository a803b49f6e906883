//! Everything that `results/<name>` holds, first in memory and then on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use evaluation::{Claim, Verdict};
use report::{Figure, ReportError};
use runner::{Results, RunError, write_atomically};

use crate::figures::{self, Inputs};
use crate::headlines::{self, HeadlineRow};
use crate::page::{self, About, Drawn, Parts, Tabled};
use crate::printed::Printed;
use crate::words::Teller;
use crate::{cells, claims, judge, tables};

/// The folders of tables and figures.
const FOLDERS: [&str; 2] = ["tables/", "figures/"];

/// What a run comes to.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The bytes of every file, by its path below the folder of results. PNGs are not among them: they say nothing that the SVGs do not, are
    /// not kept in git, and are drawn only when they are written.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The figures that could be drawn.
    pub figures: Vec<Figure>,
    /// The claims and their verdicts, in the order of `published.toml`.
    pub verdicts: Vec<(Claim, Verdict)>,
    /// The statements of the abstract, in the same order.
    pub headlines: Vec<HeadlineRow>,
}

/// Computes tables, verdicts, figures and pages, and writes nothing: the same bytes for the same results.
///
/// A table or a figure that cannot be made of these rows is left out, and the page says why.
pub fn render(results: &Results) -> Result<Rendered, RunError> {
    let e = &results.experiment;
    let verdicts = judge::verdicts(results);
    let rows = claims::rows(results, &verdicts);
    let headlines = statements(results, &verdicts);
    let mut files = BTreeMap::new();

    let tabled = tabled(results, &verdicts, &mut files);
    let statuses = tables::statuses(&results.frame);
    files.insert("tables/status.csv".to_owned(), statuses.to_csv().into_bytes());
    files.insert("tables/verdicts.csv".to_owned(), report::claims_csv(&rows).into_bytes());
    if !headlines.is_empty() {
        files.insert("tables/headlines.csv".to_owned(), headlines::csv(&headlines).into_bytes());
    }
    let figures = drawn(results, &mut files)?;

    let data = serde_json::to_value(&results.manifest).map_err(|e| RunError::Jobs(e.to_string()))?;
    let parts = Parts {
        about: About::of(results),
        verdicts: &verdicts,
        headlines: &headlines,
        parts: &e.published.headlines.iter().flat_map(|h| &h.parts).map(String::as_str).collect(),
        rows: &rows,
        figures: &figures,
        tables: tabled,
        statuses,
        deviations: &e.published.deviations,
        settings: &runner::settings_in_force(e)?,
        data,
    };
    let page = page::page(parts);
    // The manifest of a page names no files: their list is of the folder, and stands in manifest.json alone.
    files.insert("verdicts.md".to_owned(), page.to_markdown().into_bytes());
    files.insert("report.html".to_owned(), page.to_html().map_err(|e| drawing(&e))?.into_bytes());
    let mut manifest = results.manifest.clone();
    manifest.files = files.keys().filter(|name| FOLDERS.iter().any(|f| name.starts_with(f))).cloned().collect();
    files.insert("manifest.json".to_owned(), manifest.to_json().into_bytes());
    Ok(Rendered { files, figures: figures.into_iter().filter_map(Result::ok).collect(), verdicts, headlines })
}

/// Writes what [`render`] computes into the folder of results, draws the PNGs, and removes the tables and figures of an earlier run, as its
/// manifest lists them, that were not written this time. Returns the verdicts.
pub fn write(results: &Results) -> Result<Vec<(Claim, Verdict)>, RunError> {
    let earlier = earlier(&results.folder);
    for part in ["", "tables", "figures"] {
        ::tables::atomic::sweep(&results.folder.join(part));
    }
    let rendered = render(results)?;
    let mut kept: BTreeSet<String> = rendered.files.keys().cloned().collect();
    for (name, data) in &rendered.files {
        write_atomically(&results.folder.join(name), data)?;
    }
    for figure in &rendered.figures {
        kept.insert(png(figure, &results.folder)?);
    }
    clean(&results.folder, &earlier, &kept)?;
    Ok(rendered.verdicts)
}

/// The statements of the abstract, each with the mark that its parts make.
pub fn statements(results: &Results, verdicts: &[(Claim, Verdict)]) -> Vec<HeadlineRow> {
    let teller = Teller { frame: &results.frame, available: &results.available };
    headlines::rows(&results.experiment.published.headlines, verdicts, teller)
}

/// The tables of the spec: their files, and what the page shows of them.
fn tabled(results: &Results, verdicts: &[(Claim, Verdict)], files: &mut BTreeMap<String, Vec<u8>>) -> Vec<Tabled> {
    let e = &results.experiment;
    let printed = Printed::new(verdicts, &results.frame);
    let mut all = Vec::with_capacity(e.spec.tables.len());
    for spec in &e.spec.tables {
        match cells::compute(spec, &e.published.claims, &results.frame) {
            Ok(computed) => {
                let table = tables::table(&computed);
                files.insert(format!("tables/{}.csv", spec.id), table.to_csv().into_bytes());
                all.push(tables::grid(&computed, &printed).map_or(Tabled::Plain(table, spec.print), Tabled::Grid));
            }
            // Rows that are not there, because their data are not.
            Err(why) => all.push(Tabled::Absent(format!("Table `{}` is left out: {why}.", spec.id))),
        }
    }
    all
}

/// The figures of the spec, and their files.
fn drawn(results: &Results, files: &mut BTreeMap<String, Vec<u8>>) -> Result<Vec<Drawn>, RunError> {
    let e = &results.experiment;
    let inputs = Inputs { frame: &results.frame, series: &results.series, claims: &e.published.claims, resources: &results.resources };
    let mut all = Vec::new();
    for spec in figures::read(&e.text, &e.shown)? {
        let found = spec.draw(&inputs).and_then(|figure| {
            let svg = figure.to_svg().map_err(|e| e.to_string())?;
            Ok((figure, svg))
        });
        all.push(match found {
            Ok((figure, svg)) => {
                files.insert(format!("figures/{}.svg", spec.head.id), svg.into_bytes());
                files.insert(format!("figures/{}.csv", spec.head.id), figure.to_csv().into_bytes());
                Ok(figure)
            }
            Err(why) => Err(format!("Figure `{}` is left out: {why}.", spec.head.id)),
        });
    }
    Ok(all)
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

/// The tables and figures that an earlier run left, by its manifest; none without one, so that nobody else's files are touched.
fn earlier(folder: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(folder.join("manifest.json")).unwrap_or_default();
    let files = serde_json::from_str::<runner::Manifest>(&text).map(|m| m.files).unwrap_or_default();
    files.into_iter().filter(|name| FOLDERS.iter().any(|f| name.starts_with(f)) && ::tables::inside(name).is_ok()).collect()
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
