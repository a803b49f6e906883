//! `Score`: how many claims of a paper came out how; and the scoreboard over all papers.

use serde::Serialize;

use crate::mark::Mark;
use crate::table::{Cell, Column, Table};
use crate::verdicts::ClaimRow;

/// How many of an experiment's claims got each mark; claims tested in miniature are counted apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Score {
    /// The experiment's name.
    pub experiment: String,
    /// Where its verdicts are, for the scoreboard to link to; may be empty.
    pub link: String,
    /// `[Re]`
    pub reproduced: usize,
    /// `[≈Re]`
    pub near: usize,
    /// `[¬Re]`
    pub not_reproduced: usize,
    /// `[ – ]`
    pub untested: usize,
    /// `[Re]`, in miniature.
    pub miniature_reproduced: usize,
    /// `[≈Re]`, in miniature.
    pub miniature_near: usize,
    /// `[¬Re]`, in miniature.
    pub miniature_not_reproduced: usize,
    /// `[ – ]`, in miniature.
    pub miniature_untested: usize,
}

impl Score {
    /// Counts the claims of one experiment.
    pub fn count(experiment: impl Into<String>, claims: &[ClaimRow]) -> Self {
        let mut score = Self { experiment: experiment.into(), ..Self::default() };
        for claim in claims {
            *score.slot(claim.mark, claim.is_miniature()) += 1;
        }
        score
    }

    /// The same score with a link to its verdicts.
    pub fn with_link(mut self, link: impl Into<String>) -> Self {
        self.link = link.into();
        self
    }

    fn slot(&mut self, mark: Mark, miniature: bool) -> &mut usize {
        match (mark, miniature) {
            (Mark::Reproduced, false) => &mut self.reproduced,
            (Mark::Near, false) => &mut self.near,
            (Mark::NotReproduced, false) => &mut self.not_reproduced,
            (Mark::Untested, false) => &mut self.untested,
            (Mark::Reproduced, true) => &mut self.miniature_reproduced,
            (Mark::Near, true) => &mut self.miniature_near,
            (Mark::NotReproduced, true) => &mut self.miniature_not_reproduced,
            (Mark::Untested, true) => &mut self.miniature_untested,
        }
    }

    /// The counts in the order of the scoreboard's columns.
    fn counts(&self) -> [usize; 8] {
        [
            self.reproduced,
            self.near,
            self.not_reproduced,
            self.untested,
            self.miniature_reproduced,
            self.miniature_near,
            self.miniature_not_reproduced,
            self.miniature_untested,
        ]
    }
}

/// The scoreboard: a row per experiment in the order given, and their sum if they are several.
pub fn scoreboard(scores: &[Score]) -> Table {
    let mut columns = vec![Column::left("experiment")];
    columns.extend(Mark::ALL.map(|mark| Column::right(mark.symbol())));
    columns.extend(Mark::ALL.map(|mark| Column::right(format!("miniature {}", mark.symbol()))));
    let mut table = Table::new("", columns).with_note(
        "[Re] reproduced, [≈Re] near, [¬Re] not reproduced, [ – ] untested. \
         A miniature shows the mechanism, never the paper's own number, and is counted apart.",
    );
    let mut sum = [0; 8];
    for score in scores {
        let name = score.experiment.as_str();
        let first = if score.link.is_empty() { Cell::from(name) } else { Cell::Link { text: name.to_owned(), href: score.link.clone() } };
        let counts = score.counts();
        sum.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
        table.push(row(first, counts));
    }
    if scores.len() > 1 {
        table.push(row("all".into(), sum));
    }
    table
}

fn row(first: Cell, counts: [usize; 8]) -> Vec<Cell> {
    std::iter::once(first).chain(counts.map(Cell::count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdicts::samples;

    #[test]
    fn the_miniature_is_counted_apart() {
        let score = Score::count("lcpfn", &samples()).with_link("results/lcpfn/verdicts.md");
        assert_eq!(score.counts(), [1, 0, 0, 1, 0, 0, 1, 0]);
        let markdown = scoreboard(&[score.clone(), Score { experiment: "other".into(), near: 2, ..Score::default() }]).to_markdown();
        assert!(markdown.contains("| [lcpfn](results/lcpfn/verdicts.md) | 1 | 0 | 0 | 1 | 0 | 0 | 1 | 0 |"), "{markdown}");
        assert!(markdown.contains("| all | 1 | 2 | 0 | 1 | 0 | 0 | 1 | 0 |"), "{markdown}");
        assert!(!scoreboard(&[score]).to_markdown().contains("| all |"));
    }
}
