//! Verdicts as rows of a report: what is claimed, what was found, and the reason in words.

use evaluation::claim::{ClaimScale, Kind, Level, Source};
use evaluation::{Claim, Verdict};
use report::{Cell, ClaimRow, Column, Mark, Rate, Table};
use runner::Results;

use crate::words::Teller;

/// How the name of a need begins that is a data set.
const DATA: &str = "data:";

/// The mark of a verdict, as a report has it. The two types are kept apart so that a report can be made of anyone's verdicts; this is
/// the one place where they meet.
pub fn mark(mark: evaluation::Mark) -> Mark {
    match mark {
        evaluation::Mark::Reproduced => Mark::Reproduced,
        evaluation::Mark::Near => Mark::Near,
        evaluation::Mark::NotReproduced => Mark::NotReproduced,
        evaluation::Mark::Untested => Mark::Untested,
    }
}

/// Claims and verdicts as the report takes them, in the order of `published.toml`.
pub fn rows(results: &Results, verdicts: &[(Claim, Verdict)]) -> Vec<ClaimRow> {
    let teller = Teller { frame: &results.frame, available: &results.available };
    verdicts.iter().map(|(claim, verdict)| row(claim, verdict, teller)).collect()
}

/// One claim.
pub(crate) fn row(claim: &Claim, verdict: &Verdict, teller: Teller<'_>) -> ClaimRow {
    let surprise = !verdict.expected && verdict.mark != evaluation::Mark::Untested;
    ClaimRow {
        id: claim.id.clone(),
        says: claim.says.clone(),
        place: claim.place.clone(),
        published: claim.published,
        published_text: if claim.kind == Kind::Order { "order".into() } else { String::new() },
        ours: verdict.ours,
        interval: verdict.interval,
        mark: mark(verdict.mark),
        better: verdict.better,
        surprise,
        level: crate::level::name(claim.level).to_owned(),
        words: teller.tell(claim, verdict),
        reason: if surprise { format!("not as expected: {}", verdict.reason) } else { verdict.reason.clone() },
        because: claim.because.clone().unwrap_or_default(),
        scale: verdict.scale.map(|ClaimScale::Miniature| "miniature".to_owned()),
        basis: basis(claim),
        source: source(claim.source).to_owned(),
    }
}

fn source(source: Source) -> &'static str {
    match source {
        Source::Paper => "paper",
        Source::Code => "code",
        Source::Recomputed => "recomputed",
    }
}

/// What a verdict rests on, as far as the claim says: that it is a miniature, and which data it needs.
fn basis(claim: &Claim) -> String {
    let miniature = claim.scale.map(|ClaimScale::Miniature| "miniature".to_owned());
    let data = claim.needs.iter().filter_map(|need| need.strip_prefix(DATA)).map(|data| format!("data `{data}`"));
    miniature.into_iter().chain(data).collect::<Vec<_>>().join(", ")
}

/// The columns that fit a terminal.
pub fn short_table(claims: &[ClaimRow]) -> Table {
    let mut t = Table::new(
        "Paper against ours",
        vec![Column::left("verdict"), Column::left("claim"), Column::right("paper"), Column::right("ours"), Column::right("interval"), Column::left("note")],
    );
    for c in claims {
        let number = |v: f64| Cell::number(v, report::decimals_for(v, 4));
        t.push(vec![
            c.mark.into(),
            c.id.as_str().into(),
            c.published.map_or_else(|| Cell::text(c.published_text.as_str()), number),
            c.ours.map_or(Cell::Missing, number),
            c.interval.map_or(Cell::Missing, |(low, high)| Cell::Interval { low, high, decimals: report::decimals_for(low.abs().max(high.abs()), 4) }),
            c.beside().into(),
        ]);
    }
    t
}

/// One line: how many came out right, level by level; what was tested in miniature is among them.
pub fn summary(claims: &[ClaimRow]) -> String {
    let rate = |level: Level| Rate::of(claims.iter().filter(|c| c.level == crate::level::name(level)).map(|c| c.mark));
    let parts = crate::level::ALL.into_iter().map(|level| (level, rate(level))).filter(|(_, rate)| *rate != Rate::default());
    let parts: Vec<String> = parts.map(|(level, rate)| format!("{} {}", crate::level::words(level), rate.words())).collect();
    format!("Reproduced: {}", if parts.is_empty() { "no claims".to_owned() } else { parts.join(", ") })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use evaluation::Frame;

    use super::*;

    fn judged(text: &str) -> ClaimRow {
        let claim: Claim = toml::from_str(&format!("id = \"c\"\nsays = \"s\"\nwhere = \"w\"\nlevel = \"statement\"\nsource = \"paper\"\n{text}")).unwrap();
        let mut frame = Frame::new();
        frame.push_row(&[("method", "a")], &[("loss", Some(2.0))]);
        let available = BTreeSet::from(["data:taskset".to_owned()]);
        let verdict = evaluation::judge(&claim, &frame, &available, 1);
        row(&claim, &verdict, Teller { frame: &frame, available: &available })
    }

    #[test]
    fn a_row_has_the_sentence_and_the_computed_reason() {
        let row = judged("kind = \"value\"\nof = { select = { method = \"a\" }, metric = \"loss\" }\nat-most = 1.0\nneeds = [\"data:taskset\"]");
        assert_eq!(row.words, "For `loss` we find 2.000. It has to be at most 1, and is not. This was not expected.");
        assert_eq!(row.reason, "not as expected: 2 is not at most 1; without an interval");
        assert_eq!((row.mark, row.basis.as_str(), row.source.as_str()), (Mark::NotReproduced, "data `taskset`", "paper"));
    }

    #[test]
    fn a_miniature_says_so() {
        let row = judged("kind = \"value\"\nuntested = \"u\"\nscale = \"miniature\"\nneeds = [\"data:taskset\", \"size:full\"]");
        assert_eq!((row.scale.as_deref(), row.basis.as_str()), (Some("miniature"), "miniature, data `taskset`"));
        assert_eq!((row.mark, row.reason.as_str()), (Mark::Untested, "u"));
        assert_eq!(summary(&[row]), "Reproduced: statements 1 untested");
        assert_eq!(summary(&[]), "Reproduced: no claims");
    }
}
