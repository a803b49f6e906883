//! What a paper says against what was found here, claim by claim: as a table for people and as CSV for programs.

use serde::{Deserialize, Serialize};

use crate::mark::Mark;
use crate::number::{decimals_for, exact};
use crate::table::{Cell, Column, Table};

/// One claim of a paper with what was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimRow {
    /// The claim's name, for ever.
    pub id: String,
    /// What is claimed, in our words.
    pub says: String,
    /// Where the paper says it: table, figure or section.
    pub place: String,
    /// The number printed in the paper, if it is one.
    #[serde(with = "crate::kept")]
    pub published: Option<f64>,
    /// What the paper prints where that is not one number ("2–6×", "below the baseline"); shown in its stead.
    pub published_text: String,
    /// What we found.
    #[serde(with = "crate::kept")]
    pub ours: Option<f64>,
    /// The interval around it.
    #[serde(with = "crate::kept")]
    pub interval: Option<(f64, f64)>,
    /// What became of the claim.
    pub mark: Mark,
    /// Ours is better than what the paper prints: a bound was passed by more than its tolerance.
    pub better: bool,
    /// It was judged, and came out otherwise than expected.
    pub surprise: bool,
    /// What the claim is about: `statement`, `cell` or `check`; may be empty.
    pub level: String,
    /// What was found, in a sentence for a reader; may be empty.
    pub words: String,
    /// The reason as it was computed, which names selections and tolerances.
    pub reason: String,
    /// Why the tolerance is what it is, or why the claim is expected to fail; may be empty.
    pub because: String,
    /// At what scale it was tested, where that is not the paper's own: `miniature`.
    pub scale: Option<String>,
    /// What the verdict rests on, such as `miniature` or the data it needs; may be empty.
    pub basis: String,
    /// How the published number was read: off the paper, off its code, or computed again.
    pub source: String,
}

impl ClaimRow {
    /// What stands beside the mark: that the setting is a miniature, that ours is better than the print.
    pub fn beside(&self) -> String {
        let better = self.better.then(|| "better".to_owned());
        better.into_iter().chain(self.scale.clone()).collect::<Vec<_>>().join(", ")
    }

    /// What the paper prints: as it prints it, since our own rounding would invent or lose digits.
    pub(crate) fn published_cell(&self) -> Cell {
        if self.published_text.is_empty() {
            self.published.map_or(Cell::Missing, |value| Cell::text(exact(value)))
        } else {
            Cell::text(self.published_text.as_str())
        }
    }

    /// Our number.
    pub(crate) fn ours_cell(&self) -> Cell {
        self.ours.map_or(Cell::Missing, |value| Cell::number(value, decimals_for(value, 4)))
    }

    /// The interval around our number.
    pub(crate) fn interval_cell(&self) -> Cell {
        self.interval.map_or(Cell::Missing, |(low, high)| {
            let decimals = decimals_for(low.abs().max(high.abs()), 4);
            Cell::Interval { low, high, decimals }
        })
    }

    /// The sentence for a reader, or the computed reason where there is none.
    pub(crate) fn found(&self) -> &str {
        if self.words.is_empty() { &self.reason } else { &self.words }
    }

    /// The mark, and behind it that ours is better than the print.
    pub(crate) fn mark_cell(&self) -> Cell {
        if self.better { Cell::text(format!("{} better", self.mark.symbol())) } else { self.mark.into() }
    }

    fn cells(&self, with_scale: bool, why: &str, with_source: bool) -> Vec<Cell> {
        let mut cells: Vec<Cell> = vec![
            self.mark.into(),
            self.id.as_str().into(),
            self.says.as_str().into(),
            self.place.as_str().into(),
            self.published_cell(),
            self.ours_cell(),
            self.interval_cell(),
        ];
        if with_scale {
            cells.push(self.scale.as_deref().unwrap_or_default().into());
        }
        cells.push(why.into());
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
        table.push(claim.cells(with_scale, claim.found(), with_source));
    }
    table
}

/// The same as CSV for programs: the same columns whatever the claims, numbers at full precision, and the reason as it
/// was computed.
pub fn claims_csv(claims: &[ClaimRow]) -> String {
    let names = ["verdict", "claim", "says", "where", "published", "ours", "interval_low", "interval_high", "scale", "why", "source", "level", "better"];
    let mut table = Table::new("", names.map(Column::left).into());
    for claim in claims {
        let end = |pick: fn((f64, f64)) -> f64| claim.interval.map_or(Cell::Missing, |ends| Cell::number(pick(ends), 4));
        let ends = [end(|ends| ends.0), end(|ends| ends.1)];
        let cells = claim.cells(true, &claim.reason, true).into_iter().enumerate();
        let mut row: Vec<Cell> = cells.flat_map(|(k, cell)| if k == INTERVAL { ends.to_vec() } else { vec![cell] }).collect();
        row.extend([claim.level.as_str().into(), if claim.better { "better".into() } else { Cell::Missing }]);
        table.push(row);
    }
    table.to_csv()
}

/// Where the interval stands among the cells of a claim.
const INTERVAL: usize = 6;

/// Three claims, for the tests of each rendering.
#[cfg(test)]
pub(crate) fn samples() -> Vec<ClaimRow> {
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
        words: "No gain is <seen> in `p1`.".into(),
        reason: "no gain seen".into(),
        because: "the network is small".into(),
        scale: Some("miniature".into()),
        basis: "miniature".into(),
        level: "statement".into(),
        ..ClaimRow::default()
    };
    vec![value, mini, ClaimRow { id: "later".into(), reason: "needs data".into(), ..ClaimRow::default() }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_per_claim() {
        assert_eq!(
            claims_table(&samples()).to_markdown(),
            "\
| verdict | claim | says | where | published | ours | interval | scale | why |
| --- | --- | --- | --- | ---: | ---: | ---: | --- | --- |
| `[Re]` | table-1-score | mean log score at cutoff 10 | Table 1 | 1.53 | 1.528 | 1.520 … 1.541 | – | \
off by 0.002, within 0.01 |
| `[¬Re]` | speed | stops runs early | §4 \\| Fig. 3 | 2–6× | – | – | miniature | No gain is &lt;seen> in `p1`. |
| `[ – ]` | later | – | – | – | – | – | – | needs data |
"
        );
    }

    #[test]
    fn programs_get_the_computed_reason() {
        let csv = claims_csv(&samples());
        assert!(csv.starts_with("verdict,claim,says,where,published,ours,interval_low,interval_high,scale,why,source,level,better\n"), "{csv}");
        assert!(csv.contains("[¬Re],speed,stops runs early,§4 | Fig. 3,2–6×,,,,miniature,no gain seen,,statement,\n"), "{csv}");
        assert!(csv.contains("[Re],table-1-score,mean log score at cutoff 10,Table 1,1.53,1.5279,1.52,1.541,,"), "{csv}");
    }
}
