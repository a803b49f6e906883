//! Verdicts as rows of a report, and a few words on all of them.

use evaluation::claim::{ClaimScale, Kind};
use evaluation::{Claim, Verdict};
use report::{Block, Cell, ClaimRow, Column, Mark, Score, Section, Table};
use runner::{Experiment, Plan};

/// Claims and verdicts as the report takes them.
pub fn rows(verdicts: &[(Claim, Verdict)]) -> Vec<ClaimRow> {
    verdicts
        .iter()
        .map(|(c, v)| ClaimRow {
            id: c.id.clone(),
            says: c.says.clone(),
            place: c.place.clone(),
            published: c.published,
            published_text: match c.kind {
                Kind::Order => "order".into(),
                _ => String::new(),
            },
            ours: v.ours,
            interval: v.interval,
            mark: match v.mark {
                evaluation::Mark::Reproduced => Mark::Reproduced,
                evaluation::Mark::Near => Mark::Near,
                evaluation::Mark::NotReproduced => Mark::NotReproduced,
                evaluation::Mark::Untested => Mark::Untested,
            },
            reason: if v.expected || v.mark == evaluation::Mark::Untested { v.reason.clone() } else { format!("not as expected: {}", v.reason) },
            scale: v.scale.map(|ClaimScale::Miniature| "miniature".to_owned()),
            source: format!("{:?}", c.source).to_lowercase(),
        })
        .collect()
}

/// The columns that fit a terminal.
pub fn short_table(claims: &[ClaimRow]) -> Table {
    let mut t = Table::new(
        "Paper against ours",
        vec![Column::left("verdict"), Column::left("claim"), Column::right("paper"), Column::right("ours"), Column::right("interval"), Column::left("scale")],
    );
    for c in claims {
        let number = |v: f64| Cell::number(v, report::decimals_for(v, 4));
        t.push(vec![
            c.mark.into(),
            c.id.as_str().into(),
            c.published.map_or_else(|| Cell::text(c.published_text.as_str()), number),
            c.ours.map_or(Cell::Missing, number),
            c.interval.map_or(Cell::Missing, |(low, high)| Cell::Interval { low, high, decimals: report::decimals_for(low.abs().max(high.abs()), 4) }),
            c.scale.as_deref().unwrap_or_default().into(),
        ]);
    }
    t
}

/// One line: how many of each.
pub fn summary(claims: &[ClaimRow]) -> String {
    let s = Score::count("", claims);
    let tested = |re, near, no| format!("{re} reproduced, {near} near, {no} not reproduced");
    format!(
        "{} claims: {}; in miniature {}; {} untested",
        claims.len(),
        tested(s.reproduced, s.near, s.not_reproduced),
        tested(s.miniature_reproduced, s.miniature_near, s.miniature_not_reproduced),
        s.untested + s.miniature_untested
    )
}

/// What the page is about, and what is missing from it.
pub fn lead(plan: &Plan, claims: &[ClaimRow]) -> String {
    let e = &plan.experiment;
    let mut text = format!("arXiv {} at size `{}`. {}.", e.spec.experiment.paper.arxiv, e.size, summary(claims));
    let open = plan.open();
    if open > 0 {
        text.push_str(&format!(" {open} of {} jobs have not run yet: means are over the rows there are.", plan.jobs.len()));
    }
    for source in plan.missing.keys() {
        text.push_str(&format!(" Source `{source}` was not here; what needs it is untested."));
    }
    if !e.overrides.is_empty() {
        text.push_str(&format!(" Run with overrides ({}): no verdicts.", e.overrides.join(" ")));
    }
    text
}

/// Where paper and code differ, and where we differ from both.
pub fn deviations(e: &Experiment) -> Section {
    let items = e.published.deviations.iter().map(|d| format!("**{}** ({}): {}. Here: {}.", d.id, d.place, d.says, d.we)).collect();
    Section::new("Deviations").with(Block::List(items))
}
