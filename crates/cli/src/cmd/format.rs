//! `curvecast format`: FORMAT.md from the types that read the files.

use clap::Args;
use runner::store::write_atomically;
use runner::{RunError, exit};

use crate::{OK, root};

/// Options of `format`.
#[derive(Args, Clone)]
pub struct FormatArgs {
    /// Change nothing; exit with 110 when FORMAT.md is not current
    #[arg(long)]
    check: bool,
}

/// The sources whose public types are the formats, and what each describes.
const SOURCES: [(&str, &str, &str); 23] = [
    ("experiments/NAME/spec.toml", "What is asked.", include_str!("../../../runner/src/spec.rs")),
    ("experiments/NAME/spec.toml, [[table]]", "What is computed from the rows.", include_str!("../../../runner/src/spec/table.rs")),
    ("experiments/NAME/spec.toml, [[figure]]", "What is drawn from the rows.", include_str!("../../../runner/src/spec/figure.rs")),
    (
        "experiments/NAME/spec.toml, [ask.emergence]",
        "When does each skill appear, and in which order?",
        include_str!("../../../runner/src/protocol/emergence/asked.rs"),
    ),
    (
        "experiments/NAME/spec.toml, [[ask.emergence.definition]]",
        "When a skill counts as there.",
        include_str!("../../../runner/src/protocol/emergence/defined.rs"),
    ),
    (
        "experiments/NAME/spec.toml, below [ask.emergence]",
        "Agreement, order, prediction, survival, trends.",
        include_str!("../../../runner/src/protocol/emergence/settings.rs"),
    ),
    (
        "experiments/NAME/spec.toml, [ask.ladder]",
        "What accuracy will a large model reach, judged by small ones?",
        include_str!("../../../runner/src/protocol/ladder.rs"),
    ),
    (
        "experiments/NAME/spec.toml, [ask.surface]",
        "Given small runs, what will the large one do?",
        include_str!("../../../runner/src/protocol/surface/asked.rs"),
    ),
    (
        "experiments/NAME/spec.toml, [[ask.surface.fit]]",
        "What is fitted, and how; units, baselines, points.",
        include_str!("../../../runner/src/protocol/surface/settings.rs"),
    ),
    ("experiments/NAME/spec.toml, rows in [ask.surface]", "Which rows.", include_str!("../../../runner/src/protocol/surface/filter.rs")),
    (
        "experiments/NAME/spec.toml, [[ask.surface.split]]",
        "What is trained on, and what is held out.",
        include_str!("../../../runner/src/protocol/surface/split.rs"),
    ),
    ("experiments/NAME/spec.toml, [[ask.surface.shape]]", "Learning-rate schedules.", include_str!("../../../runner/src/protocol/surface/schedule.rs")),
    (
        "experiments/NAME/spec.toml, [[ask.surface.allocation]]",
        "IsoFLOP profiles and envelopes.",
        include_str!("../../../runner/src/protocol/surface/allocation.rs"),
    ),
    (
        "experiments/NAME/spec.toml, [[ask.surface.simulate]]",
        "Do intervals hold the truth as often as they say?",
        include_str!("../../../runner/src/protocol/surface/simulate.rs"),
    ),
    ("experiments/NAME/published.toml", "What the paper says.", include_str!("../../../evaluation/src/claim/published.rs")),
    ("datasets/NAME/dataset.toml", "Where data are and how they become curves.", include_str!("../../../runner/src/dataset.rs")),
    ("experiments/NAME/spec.toml, [source.NAME.simulate]", "Runs of a law with known parameters.", include_str!("../../../runner/src/synthetic/mod.rs")),
    ("experiments/NAME/spec.toml, [[source.NAME.simulate.design]]", "Which runs.", include_str!("../../../runner/src/synthetic/design.rs")),
    (
        "experiments/NAME/spec.toml, [[source.NAME.simulate.design.schedule]]",
        "Active parameters over training.",
        include_str!("../../../runner/src/synthetic/sizes.rs"),
    ),
    (
        "experiments/NAME/spec.toml, [ask.speed-up]",
        "How many times sooner does one run reach a loss than another?",
        include_str!("../../../runner/src/protocol/speed_up.rs"),
    ),
    ("datasets/NAME/dataset.toml, [table]", "How a tidy file becomes rows.", include_str!("../../../runner/src/protocol/tabulate.rs")),
    ("datasets/NAME/dataset.toml, join", "Columns of another tidy file.", include_str!("../../../tables/src/join.rs")),
    ("results/NAME/manifest.json", "What was run, with what, and what came out.", include_str!("../../../runner/src/manifest.rs")),
];

/// Writes FORMAT.md or checks it.
pub fn run(a: &FormatArgs) -> Result<u8, RunError> {
    let path = root()?.join("FORMAT.md");
    let text = render();
    if std::fs::read_to_string(&path).is_ok_and(|t| t == text) {
        return Ok(OK);
    }
    if a.check {
        eprintln!("FORMAT.md is not current; run `cargo curvecast format`");
        return Ok(exit::WRITE);
    }
    write_atomically(&path, text.as_bytes())?;
    Ok(OK)
}

fn render() -> String {
    let mut out = String::from(
        "# Formats\n\nMade by `cargo curvecast format` from the types that read the files; not edited by hand.\nUnknown keys are refused. Keys are written as here, with `-` between words.\n",
    );
    for (file, what, source) in SOURCES {
        out.push_str(&format!("\n## `{file}`\n\n{what}\n"));
        out.push_str(&types(source));
    }
    out.push_str(ROWS);
    out
}

/// The public structs and enums of a source file with their documented fields.
fn types(source: &str) -> String {
    let mut out = String::new();
    let (mut doc, mut rename, mut open) = (String::new(), None::<String>, None::<bool>);
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    for line in source.lines() {
        let t = line.trim();
        if let Some(d) = t.strip_prefix("/// ") {
            if !doc.is_empty() {
                doc.push(' ');
            }
            doc.push_str(d);
        } else if t.starts_with("#[serde(") {
            if let Some(r) = t.split("rename = \"").nth(1).and_then(|r| r.split('"').next()) {
                rename = Some(r.to_owned());
            }
        } else if let Some(name) = ["pub struct ", "pub enum "].iter().find_map(|p| t.strip_prefix(p)).filter(|n| n.ends_with('{')) {
            let kind = t.starts_with("pub enum ");
            out.push_str(&format!("\n### {}\n\n{doc}\n\n| key | is | what |\n|---|---|---|\n", name.trim_end_matches(['{', ' '])));
            (doc, rename, open) = (String::new(), None, Some(kind));
        } else if t == "}" && line.starts_with('}') {
            open = None;
            doc.clear();
        } else if let (Some(false), Some(field)) = (open, t.strip_prefix("pub ").filter(|f| f.ends_with(','))) {
            let (name, ty) = field.trim_end_matches(',').split_once(": ").unwrap_or((field, ""));
            let key = rename.take().unwrap_or_else(|| name.replace('_', "-"));
            out.push_str(&format!("| `{key}` | `{}` | {doc} |\n", ty.replace('|', "\\|")));
            doc.clear();
        } else if let (Some(true), true) = (open, t.chars().next().is_some_and(char::is_uppercase)) {
            let name: String = t.chars().take_while(|c| c.is_alphanumeric()).collect();
            out.push_str(&format!("| `{}` | | {doc} |\n", kebab(&name)));
            doc.clear();
        } else if !t.starts_with("#[") && !t.is_empty() {
            doc.clear();
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

One CSV a job under `results/NAME/.rows/KEY.csv`, KEY being a hash of everything that decides its bytes. Text columns:
`ask`, `source`, `task`, `quality`, `curve`, `seen`, `method`, `status`; every other column is a number, empty where there
is none. `status` is `ok` or a word for what went wrong. Wall-clock seconds lie beside in `KEY.seconds`, because rows are
the same bytes on every run and seconds are not.

## Exit codes

| code | means |
|---|---|
| 0 | done, and every claim came out as expected |
| 2 | the command line is wrong |
| 4 | nothing matched what was asked |
| 100 | a claim did not come out as expected, or two results differ |
| 101 | data are missing or damaged |
| 102 | a spec, published.toml, dataset.toml or recipe is invalid |
| 103 | jobs failed |
| 110 | something cannot be written, or a generated file is not current |
";

#[cfg(test)]
mod tests {
    #[test]
    fn every_key_of_a_spec_is_listed_with_its_words() {
        let text = super::render();
        for key in ["| `source` |", "| `drop-initial` |", "| `of-value` |", "| `where` |", "| `extrapolate` |", "| `rows-sha256` |"] {
            assert!(text.contains(key), "{key} is missing");
        }
        assert!(
            !text.lines().any(|l| l.starts_with("| `") && l.ends_with("|  |")),
            "a key without words: {:?}",
            text.lines().find(|l| l.starts_with("| `") && l.ends_with("|  |"))
        );
    }
}
