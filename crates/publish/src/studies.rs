//! One table over all studies: for every statement that something was trained or solved for here, the part that decides it, as effect, interval, what
//! was asked, decision, and the paper's own figure.

use std::path::Path;

use evaluation::claim::Kind;
use evaluation::{Claim, Frame};
use report::{Cell, Column, Mark, Table, decimals_for};
use runner::{Experiment, RunError};

use crate::scoreboard::frame;

/// Kinds of sources that are a study.
const STUDIES: [&str; 2] = ["train", "solve"];

/// What claims of miniatures begin with.
const SMALL: &str = "at miniature scale, ";

/// The table in Markdown, experiments in this order, with a line that counts decisions above it.
///
/// # Errors
/// A spec, or a committed table, that cannot be read; a statement whose deciding part is no claim.
pub(crate) fn table(root: &Path, names: &[String]) -> Result<String, RunError> {
    let columns = ["experiment", "statement", "the part that decides", "effect [95 % interval]", "asked", "decision", "paper"];
    let mut table = Table::new("", columns.map(Column::left).into());
    let (mut experiments, mut untested, mut marks) = (0, 0, Vec::new());
    for name in names {
        let folder = root.join("results").join(name).join("tables");
        let (Some(headlines), Some(verdicts)) = (frame(&folder.join("headlines.csv"))?, frame(&folder.join("verdicts.csv"))?) else { continue };
        let experiment = Experiment::load(root, name, "full", &[])?;
        if !experiment.spec.sources.values().any(|source| source.kind().is_ok_and(|(kind, _)| STUDIES.contains(&kind))) {
            continue;
        }
        experiments += 1;
        for r in 0..headlines.len() {
            let text = |column: &str| headlines.text(column, r).unwrap_or_default();
            let Some((claim, at)) = decides(&experiment.published.claims, &verdicts, text("decides")) else {
                untested += 1;
                continue;
            };
            let mark = Mark::from_symbol(text("verdict"))
                .ok_or_else(|| RunError::Data(format!("results/{name}/tables/headlines.csv: row {}: no verdict {:?}", r + 1, text("verdict"))))?;
            marks.push(mark);
            let parts = format!("{} of {}", text("held"), text("parts"));
            table.push(vec![
                Cell::text(format!("[{name}]({name}/README.md)")),
                Cell::text(format!("{} ({parts})", text("headline"))),
                Cell::text(claim.says.strip_prefix(SMALL).unwrap_or(&claim.says)),
                Cell::text(effect(&verdicts, at)),
                Cell::text(asked(claim)),
                Cell::text(decision(mark, verdicts.text("ours", at).is_some_and(|ours| !ours.is_empty()))),
                claim.published.map_or(Cell::Missing, |value| Cell::text(number(value))),
            ]);
        }
    }
    let count = |mark: Mark| marks.iter().filter(|m| **m == mark).count();
    let lead = format!(
        "{experiments} experiments train or solve something here. Of the {} statements that they judge {} hold, {} nearly, {} are refuted at this size \
         and {} undecided; {untested} more have no part that can be judged here.\n\n",
        marks.len(),
        count(Mark::Reproduced),
        count(Mark::Near),
        count(Mark::NotReproduced),
        count(Mark::Untested),
    );
    Ok(lead + &table.to_markdown())
}

/// The claim with this id, and the row of its verdict.
fn decides<'a>(claims: &'a [Claim], verdicts: &Frame, id: &str) -> Option<(&'a Claim, usize)> {
    let claim = claims.iter().find(|claim| claim.id == id)?;
    (0..verdicts.len()).find(|r| verdicts.text("claim", *r) == Some(id)).map(|r| (claim, r))
}

/// Three significant digits; what is smaller than a thousandth has an exponent.
fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-3 { format!("{value:.2e}") } else { format!("{value:.*}", decimals_for(value, 3)) }
}

/// What was found, with its interval where it has one.
fn effect(verdicts: &Frame, at: usize) -> String {
    let read = |column: &str| verdicts.text(column, at).and_then(|text| text.parse::<f64>().ok());
    match (read("ours"), read("interval_low"), read("interval_high")) {
        (None, ..) => "–".into(),
        (Some(ours), Some(low), Some(high)) => format!("{} [{}, {}]", number(ours), number(low), number(high)),
        (Some(ours), ..) => number(ours),
    }
}

/// What it has to be.
fn asked(claim: &Claim) -> String {
    let bounds: Vec<String> = [("at least", claim.at_least), ("at most", claim.at_most)]
        .into_iter()
        .filter_map(|(words, bound)| Some(format!("{words} {}", number(bound?))))
        .collect();
    match (bounds.is_empty(), claim.published, claim.kind) {
        (false, ..) => bounds.join(", "),
        (true, Some(value), _) => format!("near {}", number(value)),
        (true, None, Kind::Order) => "this order".into(),
        (true, None, Kind::Outside) => format!("not {}", number(claim.point.unwrap_or(0.0))),
        (true, None, _) => "–".into(),
    }
}

/// The decision of the whole statement. A part without a verdict is undecided where something was found, and else could not be asked.
fn decision(mark: Mark, found: bool) -> &'static str {
    match (mark, found) {
        (Mark::Reproduced, _) => "holds",
        (Mark::Near, _) => "nearly",
        (Mark::NotReproduced, _) => "refuted",
        (Mark::Untested, true) => "undecided",
        (Mark::Untested, false) => "not asked",
    }
}

#[cfg(test)]
mod tests {
    use evaluation::Published;

    use super::*;

    fn claims() -> Vec<Claim> {
        let one = |id: &str, more: &str| {
            format!(
                "[[claim]]\nid = \"{id}\"\nsays = \"it pays\"\nwhere = \"w\"\nlevel = \"statement\"\nsource = \"paper\"\nof = {{ metric = \"loss\" }}\n{more}\n"
            )
        };
        let text = [
            one("low", "kind = \"value\"\nat-least = -0.01\nat-most = 2.5"),
            one("near", "kind = \"value\"\npublished = 0.83\nwithin = { abs = 0.1 }"),
            one("outside", "kind = \"outside\"\npoint = 1.0"),
        ];
        toml::from_str::<Published>(&text.concat()).unwrap().claims
    }

    #[test]
    fn what_is_asked_is_said_in_words() {
        let words: Vec<String> = claims().iter().map(asked).collect();
        assert_eq!(words, ["at least -0.0100, at most 2.50", "near 0.830", "not 1.00"]);
        assert_eq!([number(-0.0001029), number(0.0)], ["-1.03e-4", "0.00"]);
    }

    #[test]
    fn an_effect_has_its_interval_where_there_is_one() {
        let verdicts = Frame::from_csv("claim,ours,interval_low,interval_high\nlow,0.012345,-0.01,0.04\nnear,7,,\nnone,,,\n", |_| false).unwrap();
        assert_eq!([0, 1, 2].map(|r| effect(&verdicts, r)), ["0.0123 [-0.0100, 0.0400]", "7.00", "–"]);
        let claims = claims();
        assert_eq!(decides(&claims, &verdicts, "near").map(|(claim, at)| (claim.id.as_str(), at)), Some(("near", 1)));
        assert!(decides(&claims, &verdicts, "").is_none() && decides(&claims, &verdicts, "outside").is_none());
    }

    #[test]
    fn nothing_found_is_not_undecided() {
        assert_eq!(
            [decision(Mark::Untested, true), decision(Mark::Untested, false), decision(Mark::NotReproduced, true)],
            ["undecided", "not asked", "refuted"]
        );
    }
}
