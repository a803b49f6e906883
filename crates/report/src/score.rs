//! `Score`: what became of the statements of a paper; and the scoreboard, a row for each paper and no sum over them.

use serde::Serialize;

use crate::mark::Mark;
use crate::table::{Cell, Column, Table};

/// How many of how many came out right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// Reproduced.
    pub held: usize,
    /// Judged at all.
    pub judged: usize,
    /// Not judged.
    pub untested: usize,
}

impl Rate {
    /// Counts marks.
    pub fn of(marks: impl IntoIterator<Item = Mark>) -> Self {
        let mut rate = Self::default();
        for mark in marks {
            match mark {
                Mark::Untested => rate.untested += 1,
                Mark::Reproduced => (rate.held, rate.judged) = (rate.held + 1, rate.judged + 1),
                Mark::Near | Mark::NotReproduced => rate.judged += 1,
            }
        }
        rate
    }

    /// `182 of 239`, with the untested where there are some; a dash where there is nothing.
    pub fn words(self) -> String {
        match (self.judged, self.untested) {
            (0, 0) => "–".to_owned(),
            (0, untested) => format!("{untested} untested"),
            (judged, 0) => format!("{} of {judged}", self.held),
            (judged, untested) => format!("{} of {judged} ({untested} untested)", self.held),
        }
    }
}

/// A statement of a paper's abstract, as it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// How.
    pub mark: Mark,
    /// Whether it was judged on the paper's own runs; else on other data, in miniature or in simulation.
    pub on_the_papers_runs: bool,
}

/// One row of the scoreboard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Score {
    /// The paper, by the name of its experiment.
    pub paper: String,
    /// What the paper is called.
    pub title: String,
    /// Where its verdicts are; empty where it has no experiment yet.
    pub link: String,
    /// The statements of its abstract.
    pub statements: Vec<Statement>,
    /// Statements of the paper that are no part of those of its abstract: of its text, tables and figures.
    pub further: Rate,
    /// Numbers of the paper that were derived again.
    pub cells: Rate,
    /// Tests of Curvecast, which say nothing of the paper.
    pub checks: Rate,
}

impl Score {
    /// How many statements have a mark, on the paper's own runs or elsewhere.
    fn count(&self, mark: Mark, on_the_papers_runs: bool) -> usize {
        self.statements.iter().filter(|s| s.mark == mark && s.on_the_papers_runs == on_the_papers_runs).count()
    }

    /// How many statements nobody has judged.
    fn untested(&self) -> usize {
        self.statements.iter().filter(|s| s.mark == Mark::Untested).count()
    }
}

/// The marks that are counted on the paper's runs and elsewhere.
const JUDGED: [Mark; 3] = [Mark::Reproduced, Mark::Near, Mark::NotReproduced];

/// The scoreboard: a row for each paper in the order given. There is no sum: statements of different papers are not of one kind.
pub fn scoreboard(scores: &[Score]) -> Table {
    let mut columns = vec![Column::left("paper"), Column::right("statements")];
    columns.extend(JUDGED.map(|mark| Column::right(mark.symbol())));
    columns.extend(JUDGED.map(|mark| Column::right(format!("elsewhere {}", mark.symbol()))));
    columns.push(Column::right(Mark::Untested.symbol()));
    columns.extend(["further statements", "printed cells", "checks of ours"].map(Column::right));
    let mut table = Table::new("", columns);
    for score in scores {
        let mut row = vec![match score.link.is_empty() {
            true => Cell::text(score.paper.as_str()),
            false => Cell::Link { text: score.paper.clone(), href: score.link.clone() },
        }];
        row.push(Cell::count(score.statements.len()));
        for on_the_papers_runs in [true, false] {
            row.extend(JUDGED.map(|mark| match score.count(mark, on_the_papers_runs) {
                0 => Cell::Missing,
                count => Cell::count(count),
            }));
        }
        row.push(Cell::count(score.untested()));
        row.extend([score.further, score.cells, score.checks].map(|rate| Cell::text(rate.words())));
        table.push(row);
    }
    table
}

/// The papers that nothing has been asked of yet: what they say is counted, so that what is missing is seen.
pub fn open_papers(scores: &[Score]) -> Table {
    let mut table = Table::new("", vec![Column::left("no experiment yet"), Column::left("paper"), Column::right("statements")]);
    for score in scores {
        table.push(vec![Cell::text(score.paper.as_str()), Cell::text(score.title.as_str()), Cell::count(score.statements.len())]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_for_each_paper_and_no_sum() {
        let statement = |mark, on_the_papers_runs| Statement { mark, on_the_papers_runs };
        let statements = vec![
            statement(Mark::Reproduced, true),
            statement(Mark::Reproduced, false),
            statement(Mark::NotReproduced, false),
            statement(Mark::Untested, false),
        ];
        let link = "results/a/verdicts.md".to_owned();
        let cells = Rate::of([Mark::Reproduced, Mark::Near, Mark::Untested]);
        let further = Rate::of([Mark::NotReproduced]);
        let one = Score { paper: "a".into(), link, statements, further, cells, ..Score::default() };
        let open = Score { paper: "b".into(), statements: vec![statement(Mark::Untested, false); 3], ..Score::default() };
        let markdown = scoreboard(&[one]).to_markdown();
        assert!(markdown.contains("| [a](results/a/verdicts.md) | 4 | 1 | – | – | 1 | – | 1 | 1 | 0 of 1 | 1 of 2 (1 untested) | – |"), "{markdown}");
        assert_eq!(markdown.lines().count(), 3);
        assert_eq!(open_papers(&[open]).to_csv(), "no experiment yet,paper,statements\nb,,3\n");
    }

    #[test]
    fn a_rate_says_what_it_counts() {
        let rate = |marks: &[Mark]| Rate::of(marks.iter().copied()).words();
        assert_eq!((rate(&[]), rate(&[Mark::Untested])), ("–".into(), "1 untested".into()));
        assert_eq!(rate(&[Mark::Reproduced, Mark::NotReproduced]), "1 of 2");
    }
}
