//! What a paper says against what was found here, as tables; and the scoreboard over all papers.

use serde::Serialize;

use crate::number::{decimals_for, exact};
use crate::table::{Cell, Column, Table};

/// What became of a claim. The same four as the verdicts that are computed; kept apart from them so
/// that a table can be made of anyone's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Inside the claim's own criterion.
    Reproduced,
    /// Outside it, but close and on the right side.
    Near,
    /// Neither.
    NotReproduced,
    /// Not decided here; the reason says why.
    #[default]
    Untested,
}

impl Mark {
    /// All four, in the order of the scoreboard.
    pub const ALL: [Self; 4] = [Self::Reproduced, Self::Near, Self::NotReproduced, Self::Untested];

    /// As printed: `[Re]`, `[≈Re]`, `[¬Re]` or `[ – ]`.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Reproduced => "[Re]",
            Self::Near => "[≈Re]",
            Self::NotReproduced => "[¬Re]",
            Self::Untested => "[ – ]",
        }
    }

    /// In words: `reproduced`, `near`, `not-reproduced` or `untested`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reproduced => "reproduced",
            Self::Near => "near",
            Self::NotReproduced => "not-reproduced",
            Self::Untested => "untested",
        }
    }

    /// The mark printed as `symbol`.
    pub fn from_symbol(symbol: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.symbol() == symbol)
    }
}

/// One claim of a paper with what was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ClaimRow {
    /// The claim's name, for ever.
    pub id: String,
    /// What is claimed, in our words.
    pub says: String,
    /// Where the paper says it: table, figure or section.
    pub place: String,
    /// The number printed in the paper, if it is one.
    pub published: Option<f64>,
    /// What the paper prints where that is not one number ("2–6×", "below the baseline"); shown in its stead.
    pub published_text: String,
    /// What we found.
    pub ours: Option<f64>,
    /// The interval around it.
    pub interval: Option<(f64, f64)>,
    /// What became of the claim.
    pub mark: Mark,
    /// Why.
    pub reason: String,
    /// At what scale it was tested, where that is not the paper's own: `miniature`.
    pub scale: Option<String>,
    /// Which of our tables the number is read from.
    pub source: String,
}

impl ClaimRow {
    /// Whether only a miniature of the paper's setting was tested.
    pub fn is_miniature(&self) -> bool {
        self.scale.as_deref() == Some("miniature")
    }

    fn published_cell(&self) -> Cell {
        if self.published_text.is_empty() {
            // As the paper prints it: our own rounding would invent or lose digits.
            self.published.map_or(Cell::Missing, |value| Cell::text(exact(value)))
        } else {
            Cell::text(self.published_text.as_str())
        }
    }

    fn cells(&self, with_scale: bool, with_source: bool) -> Vec<Cell> {
        let mut cells: Vec<Cell> = vec![
            self.mark.into(),
            self.id.as_str().into(),
            self.says.as_str().into(),
            self.place.as_str().into(),
            self.published_cell(),
            self.ours.map_or(Cell::Missing, |value| Cell::number(value, decimals_for(value, 4))),
            self.interval.map_or(Cell::Missing, |(low, high)| {
                let decimals = decimals_for(low.abs().max(high.abs()), 4);
                Cell::Interval { low, high, decimals }
            }),
        ];
        if with_scale {
            cells.push(self.scale.as_deref().unwrap_or_default().into());
        }
        cells.push(self.reason.as_str().into());
        if with_source {
            cells.push(self.source.as_str().into());
        }
        cells
    }
}

/// Paper against ours, a row per claim in the order given. The columns `scale` and `source` are
/// there only if some claim has one.
pub fn claims_table(claims: &[ClaimRow]) -> Table {
    let with_scale = claims.iter().any(|claim| claim.scale.is_some());
    let with_source = claims.iter().any(|claim| !claim.source.is_empty());
    let mut columns = vec![
        Column::left("verdict"),
        Column::left("claim"),
        Column::left("says"),
        Column::left("where"),
        Column::right("published"),
        Column::right("ours"),
        Column::right("interval"),
    ];
    if with_scale {
        columns.push(Column::left("scale"));
    }
    columns.push(Column::left("why"));
    if with_source {
        columns.push(Column::left("source"));
    }
    let mut table = Table::new("", columns);
    for claim in claims {
        table.push(claim.cells(with_scale, with_source));
    }
    table
}

/// The same as CSV for programs: the same columns whatever the claims, numbers at full precision.
pub fn claims_csv(claims: &[ClaimRow]) -> String {
    let names = ["verdict", "claim", "says", "where", "published", "ours", "interval_low", "interval_high", "scale", "why", "source"];
    let mut table = Table::new("", names.map(Column::left).into());
    for claim in claims {
        let end = |pick: fn((f64, f64)) -> f64| claim.interval.map_or(Cell::Missing, |ends| Cell::number(pick(ends), 4));
        let ends = [end(|ends| ends.0), end(|ends| ends.1)];
        let cells = claim.cells(true, true).into_iter().enumerate();
        table.push(cells.flat_map(|(k, cell)| if k == INTERVAL { ends.to_vec() } else { vec![cell] }).collect());
    }
    table.to_csv()
}

/// Where the interval stands among the cells of a claim.
const INTERVAL: usize = 6;

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

    fn claims() -> Vec<ClaimRow> {
        let value = ClaimRow {
            id: "table-1-score".into(),
            says: "mean log score at cutoff 10".into(),
            place: "Table 1".into(),
            published: Some(1.53),
            ours: Some(1.5279),
            interval: Some((1.52, 1.541)),
            mark: Mark::Reproduced,
            reason: "off by 0.002, within 0.01".into(),
            ..ClaimRow::default()
        };
        let mini = ClaimRow {
            id: "speed".into(),
            says: "stops runs early".into(),
            place: "§4 | Fig. 3".into(),
            published_text: "2–6×".into(),
            mark: Mark::NotReproduced,
            reason: "no gain seen".into(),
            scale: Some("miniature".into()),
            ..ClaimRow::default()
        };
        vec![value, mini, ClaimRow { id: "later".into(), reason: "needs data".into(), ..ClaimRow::default() }]
    }

    #[test]
    fn a_row_per_claim() {
        assert_eq!(
            claims_table(&claims()).to_markdown(),
            "\
| verdict | claim | says | where | published | ours | interval | scale | why |
| --- | --- | --- | --- | ---: | ---: | ---: | --- | --- |
| `[Re]` | table-1-score | mean log score at cutoff 10 | Table 1 | 1.53 | 1.528 | 1.520 … 1.541 | – | \
off by 0.002, within 0.01 |
| `[¬Re]` | speed | stops runs early | §4 \\| Fig. 3 | 2–6× | – | – | miniature | no gain seen |
| `[ – ]` | later | – | – | – | – | – | – | needs data |
"
        );
    }

    #[test]
    fn the_miniature_is_counted_apart() {
        let score = Score::count("lcpfn", &claims()).with_link("results/lcpfn/verdicts.md");
        assert_eq!(score.counts(), [1, 0, 0, 1, 0, 0, 1, 0]);
        let markdown = scoreboard(&[score.clone(), Score { experiment: "other".into(), near: 2, ..Score::default() }]).to_markdown();
        assert!(markdown.contains("| [lcpfn](results/lcpfn/verdicts.md) | 1 | 0 | 0 | 1 | 0 | 0 | 1 | 0 |"), "{markdown}");
        assert!(markdown.contains("| all | 1 | 2 | 0 | 1 | 0 | 0 | 1 | 0 |"), "{markdown}");
        assert!(!scoreboard(&[score]).to_markdown().contains("| all |"));
    }

    #[test]
    fn symbols_are_read_back() {
        for mark in Mark::ALL {
            assert_eq!(Mark::from_symbol(mark.symbol()), Some(mark));
        }
        assert_eq!(Mark::from_symbol("[?]"), None);
    }
}
