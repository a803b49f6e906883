//! `curvecast format`: FORMAT.md, and the JSON schemas, from the types that read the files.

mod schemas;

use clap::Args;
use runner::{RunError, exit, write_atomically};

use crate::{OK, root};

/// Options of `format`.
#[derive(Args, Clone)]
pub struct FormatArgs {
    /// Change nothing; exit with 110 when one of them is not current
    #[arg(long)]
    check: bool,
}

/// A file of keys, what it describes, and the source of the types that read it.
macro_rules! source {
    ($file:literal, $says:literal, $path:literal) => {
        ($file, $says, $path, include_str!(concat!("../../../", $path)))
    };
}

/// The sources whose public types are the formats, and what each describes.
const SOURCES: &[(&str, &str, &str, &str)] = &[
    source!("experiments/NAME/spec.toml", "What is asked.", "runner/src/spec.rs"),
    source!("experiments/NAME/spec.toml, [source.NAME]", "Where curves or runs come from.", "runner/src/source.rs"),
    source!("experiments/NAME/spec.toml, from in [source.NAME]", "A dataset.", "runner/src/source/dataset.rs"),
    source!("experiments/NAME/spec.toml, [source.NAME.simulate]", "Runs of a law with known parameters.", "runner/src/source/simulated.rs"),
    source!("experiments/NAME/spec.toml, [[source.NAME.simulate.design]]", "Which runs.", "runner/src/source/simulated/design.rs"),
    source!("experiments/NAME/spec.toml, [[source.NAME.simulate.design.schedule]]", "Active parameters over training.", "runner/src/source/simulated/sizes.rs"),
    source!(
        "experiments/NAME/spec.toml, [source.NAME.train] and [source.NAME.solve]",
        "Small networks trained here, and numbers from a closed form.",
        "runner/src/source/study.rs"
    ),
    source!("experiments/NAME/spec.toml, [[ask]]", "Questions.", "runner/src/protocol.rs"),
    source!("experiments/NAME/spec.toml, [ask.extrapolate]", "Given the start of a curve, where does it go?", "runner/src/protocol/extrapolate.rs"),
    source!("experiments/NAME/spec.toml, [ask.stop]", "Which runs can be cut short?", "runner/src/protocol/stop.rs"),
    source!("experiments/NAME/spec.toml, [ask.surface]", "Given small runs, what will the large one do?", "runner/src/protocol/surface/spec.rs"),
    source!("experiments/NAME/spec.toml, [[ask.surface.fit]]", "What is fitted, and how; units, baselines, points.", "runner/src/protocol/surface/settings.rs"),
    source!("experiments/NAME/spec.toml, [[ask.surface.split]]", "What is trained on, and what is held out.", "runner/src/protocol/surface/split.rs"),
    source!("experiments/NAME/spec.toml, [[ask.surface.allocation]]", "IsoFLOP profiles and envelopes.", "runner/src/protocol/surface/allocation.rs"),
    source!(
        "experiments/NAME/spec.toml, [[ask.surface.simulate]]",
        "Do intervals hold the truth as often as they say?",
        "runner/src/protocol/surface/simulate.rs"
    ),
    source!("experiments/NAME/spec.toml, [ask.emergence]", "When does each skill appear, and in which order?", "runner/src/protocol/emergence/spec.rs"),
    source!("experiments/NAME/spec.toml, [[ask.emergence.definition]]", "When a skill counts as there.", "runner/src/protocol/emergence/defined.rs"),
    source!(
        "experiments/NAME/spec.toml, below [ask.emergence]",
        "Agreement, order, prediction, survival, trends.",
        "runner/src/protocol/emergence/settings.rs"
    ),
    source!("experiments/NAME/spec.toml, [ask.ladder]", "What accuracy will a large model reach, judged by small ones?", "runner/src/protocol/ladder.rs"),
    source!("experiments/NAME/spec.toml, [ask.speed-up]", "How many times sooner does one run reach a loss than another?", "runner/src/protocol/speed_up.rs"),
    source!("experiments/NAME/spec.toml, [ask.compare]", "Does one arm beat another, seed by seed?", "runner/src/protocol/compare.rs"),
    source!("experiments/NAME/spec.toml, [ask.match]", "Does theory equal measurement, point by point?", "runner/src/protocol/agree.rs"),
    source!("experiments/NAME/spec.toml, [ask.table]", "What does a table say?", "runner/src/protocol/published_table.rs"),
    source!(
        "experiments/NAME/spec.toml, with in [[method]]",
        "Settings of each kind of method but `pfn`, which takes `weights`, the name of a network.",
        "fitters/src/forecasters.rs"
    ),
    source!("experiments/NAME/spec.toml, rows in asks", "Which rows.", "curves/src/runs/filter.rs"),
    source!("experiments/NAME/spec.toml, schedules of runs", "Learning-rate schedules.", "curves/src/runs/schedule.rs"),
    source!("experiments/NAME/spec.toml, [[table]]", "What is computed from the rows.", "runner/src/spec/table.rs"),
    source!("experiments/NAME/spec.toml, cell in tables, and of and to in claims", "A number computed from rows.", "evaluation/src/cell.rs"),
    source!("experiments/NAME/spec.toml, [figure.bump]", "Orders side by side.", "publish/src/figures/bump.rs"),
    source!("experiments/NAME/spec.toml, [figure.calibration]", "Is what was said as often true as it was said?", "publish/src/figures/calibration.rs"),
    source!("experiments/NAME/spec.toml, [figure.fans]", "Forecasts of a few curves.", "publish/src/figures/fans.rs"),
    source!("experiments/NAME/spec.toml, [figure.heat-map]", "Numbers by two columns.", "publish/src/figures/heat_map.rs"),
    source!("experiments/NAME/spec.toml, [figure.intervals]", "Numbers with their intervals.", "publish/src/figures/intervals.rs"),
    source!("experiments/NAME/spec.toml, [figure.lines]", "Numbers along an axis.", "publish/src/figures/lines.rs"),
    source!("experiments/NAME/spec.toml, [figure.regret]", "What is lost by stopping, against what is spent.", "publish/src/figures/regret.rs"),
    source!("experiments/NAME/spec.toml, [figure.scatter]", "One number against another.", "publish/src/figures/scatter.rs"),
    source!("experiments/NAME/spec.toml, [figure.score-vs-seconds]", "How good against how fast.", "publish/src/figures/score_vs_seconds.rs"),
    source!("experiments/NAME/spec.toml, [figure.survival]", "Which share is not there yet.", "publish/src/figures/survival.rs"),
    source!("experiments/NAME/spec.toml, [figure.timeline]", "When each skill appears.", "publish/src/figures/timeline.rs"),
    source!("experiments/NAME/published.toml", "What the paper says.", "evaluation/src/claim/published.rs"),
    source!("experiments/NAME/published.toml, [[headline]]", "The statements of the abstract.", "evaluation/src/headline.rs"),
    source!("experiments/NAME/published.toml, [[claim-table]]", "Many printed numbers with one criterion.", "evaluation/src/claim/table.rs"),
    source!("experiments/papers.toml", "Every paper, with or without an experiment.", "runner/src/papers.rs"),
    source!("datasets/NAME/dataset.toml", "Where data are and how they become curves or runs.", "runner/src/dataset.rs"),
    source!("datasets/NAME/dataset.toml, resource and measure", "What curves run along, and what is measured.", "curves/src/axis.rs"),
    source!("datasets/NAME/dataset.toml, wide", "One row a run.", "tables/src/wide.rs"),
    source!("datasets/NAME/dataset.toml, long", "One row a point.", "tables/src/long.rs"),
    source!("datasets/NAME/dataset.toml, join", "Columns of another tidy file.", "tables/src/join.rs"),
    source!("results/NAME/manifest.json", "What was run, with what, and what came out.", "runner/src/manifest.rs"),
];

/// Where exactly one of several tables says of which kind a thing is: place, and the list of kinds.
const CHOICES: [(&str, &[(&str, &str)]); 2] = [("[source.NAME]", runner::source::CATALOGUE), ("[[ask]]", runner::protocol::CATALOGUE)];

/// Writes FORMAT.md and the schemas, or checks them.
pub fn run(a: &FormatArgs) -> Result<u8, RunError> {
    let root = root()?;
    let mut files = vec![("FORMAT.md", render(&unlisted(&root)))];
    files.extend(schemas::files()?);
    files.retain(|(name, text)| !std::fs::read_to_string(root.join(name)).is_ok_and(|t| t == *text));
    if a.check {
        for (name, _) in &files {
            eprintln!("{name} is not current; run `cargo curvecast format`");
        }
        return Ok(if files.is_empty() { OK } else { exit::WRITE });
    }
    for (name, text) in &files {
        write_atomically(&root.join(name), text.as_bytes())?;
    }
    Ok(OK)
}

/// Folders in which every file is a kind of its own: a new one is described without a line in the list above.
const FOLDERS: [(&str, &str); 3] = [("runner/src/source", "[source.NAME]"), ("runner/src/protocol", "[[ask]]"), ("publish/src/figures", "[[figure]]")];

/// Kinds that the list does not name: their place, what their module says, and their source.
fn unlisted(root: &std::path::Path) -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    for (folder, place) in FOLDERS {
        let mut paths: Vec<_> = std::fs::read_dir(root.join("crates").join(folder)).into_iter().flatten().flatten().map(|e| e.path()).collect();
        paths.sort();
        for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "rs")) {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let known = SOURCES.iter().any(|s| s.2 == format!("{folder}/{name}"));
            let Some(source) = std::fs::read_to_string(path).ok().filter(|_| !known) else { continue };
            let says = source.lines().next().and_then(|l| l.strip_prefix("//! ")).unwrap_or_default().to_owned();
            if !types(&source).is_empty() {
                all.push((format!("experiments/NAME/spec.toml, {} in {place}", name.trim_end_matches(".rs").replace('_', "-")), says, source));
            }
        }
    }
    all
}

fn render(more: &[(String, String, String)]) -> String {
    let mut out = String::from(
        "# Formats\n\nMade by `cargo curvecast format` from the types that read the files; not edited by hand.\nUnknown keys are refused. Keys \
         are written as here, with `-` between words.\n",
    );
    for (file, what, _, source) in SOURCES {
        out.push_str(&format!("\n## `{file}`\n\n{what}\n"));
        out.push_str(&types(source));
    }
    for (file, what, source) in more {
        out.push_str(&format!("\n## `{file}`\n\n{what}\n"));
        out.push_str(&types(source));
    }
    for (place, kinds) in CHOICES {
        out.push_str(&format!("\n## `experiments/NAME/spec.toml`, kinds in `{place}`\n\nExactly one of these.\n\n| key | what |\n|---|---|\n"));
        out.extend(kinds.iter().map(|(key, says)| format!("| `{key}` | {says} |\n")));
    }
    out.push_str(ROWS);
    out
}

/// What is known of the type that is being read.
struct Open {
    /// Is it an enum?
    choice: bool,
    /// Are its keys in kebab case?
    kebab: bool,
    /// Spaces before its first line: a brace so far in closes it.
    indent: usize,
}

/// The public structs and enums of a source file that are read or written as text, with their documented fields.
fn types(source: &str) -> String {
    let mut out = String::new();
    let (mut doc, mut attributes, mut rename, mut open) = (String::new(), String::new(), None::<String>, None::<Open>);
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    for line in source.lines() {
        let t = line.trim();
        let indent = line.len() - line.trim_start().len();
        if let Some(d) = t.strip_prefix("/// ") {
            if !doc.is_empty() {
                doc.push(' ');
            }
            doc.push_str(d);
        } else if t.starts_with("#[") {
            if let Some(r) = t.split("rename = \"").nth(1).and_then(|r| r.split('"').next()) {
                rename = Some(r.to_owned());
            }
            attributes.push_str(t);
        } else if let Some(name) = ["pub struct ", "pub enum "].iter().find_map(|p| t.strip_prefix(p)).filter(|n| n.ends_with('{')) {
            // Others are no part of a file.
            if attributes.contains("serialize") || attributes.contains("Serialize") {
                out.push_str(&format!("\n### {}\n\n{doc}\n\n| key | is | what |\n|---|---|---|\n", name.trim_end_matches(['{', ' '])));
                open = Some(Open { choice: t.starts_with("pub enum "), kebab: attributes.contains("kebab-case"), indent });
            }
            (doc, attributes, rename) = (String::new(), String::new(), None);
        } else if t == "}" && open.as_ref().is_some_and(|o| o.indent == indent) {
            open = None;
            doc.clear();
        } else if let (Some(Open { choice: false, kebab, .. }), Some(field)) = (&open, t.strip_prefix("pub ").filter(|f| f.ends_with(','))) {
            let (name, ty) = field.trim_end_matches(',').split_once(": ").unwrap_or((field, ""));
            let key = rename.take().unwrap_or_else(|| if *kebab { name.replace('_', "-") } else { name.to_owned() });
            // What a macro fills in has a list of its own.
            if !key.starts_with('$') {
                out.push_str(&format!("| `{key}` | `{}` | {doc} |\n", ty.replace('|', "\\|")));
            }
            doc.clear();
            attributes.clear();
        } else if let (Some(Open { choice: true, kebab: dashes, .. }), true) = (&open, t.chars().next().is_some_and(char::is_uppercase)) {
            let name: String = t.chars().take_while(|c| c.is_alphanumeric()).collect();
            let key = rename.take().unwrap_or_else(|| if *dashes { kebab(&name) } else { name.clone() });
            out.push_str(&format!("| `{key}` | | {doc} |\n"));
            doc.clear();
            attributes.clear();
        } else if !t.is_empty() {
            doc.clear();
            attributes.clear();
            rename = None;
        }
    }
    out
}

fn kebab(name: &str) -> String {
    let mut out = String::new();
    for (i, c) in name.chars().enumerate() {
        if c.is_uppercase() && i > 0 {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out
}

const ROWS: &str = "
## Rows

One file a job, `results/NAME/.rows/KEY.rows`, KEY being a hash of everything that decides its rows: named sections of Parquet (`rows`; `kept`,
forecasts from which a later metric is computed; `seconds`) and a hash of them all at the end, without which the file is refused. Wall-clock
seconds are a section of their own, because rows are the same on every run and seconds are not.

`results/NAME/rows.parquet` holds the rows of all jobs, settled and with their seconds, where it is under 5 MB, and `answers.json` else what is published of them; `series.parquet` what figures
draw that is no row. `curvecast rows NAME --out FILE` writes all rows as Parquet or CSV.

Columns are text (`ask`, `source`, `status` and others, by the kind of question) or numbers, empty where there is none; a number column with the
name of a text column has ` (number)` behind it. `status` is `ok` or a word for what went wrong.

## Exit codes

| code | means |
|---|---|
| 0 | everything asked was done, and every claim came out as expected |
| 2 | the command line is wrong |
| 4 | nothing matched what was asked |
| 100 | a claim did not come out as expected, or two results differ |
| 101 | all data are missing, or some are damaged |
| 102 | a spec, published.toml, dataset.toml or recipe is invalid |
| 103 | jobs failed, or wait for others |
| 110 | something cannot be written, or a generated file is not current |
| 120 | the program has a bug |
";

#[cfg(test)]
mod tests {
    #[test]
    fn every_key_of_a_spec_is_listed_with_its_words() {
        let text = super::render(&[]);
        assert!(!text.contains("| `$"), "what a macro fills in is no key");
        for key in ["| `source` |", "| `drop-initial` |", "| `of-value` |", "| `where` |", "| `extrapolate` |", "| `rows_sha256` |", "| `train` |"] {
            assert!(text.contains(key), "{key} is missing");
        }
        assert!(
            !text.lines().any(|l| l.starts_with("| `") && l.ends_with("|  |")),
            "a key without words: {:?}",
            text.lines().find(|l| l.starts_with("| `") && l.ends_with("|  |"))
        );
    }
}
