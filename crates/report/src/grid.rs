//! `Grid`: a table of ours with the paper's numbers beside it, each cell shaded by its verdict.

mod html;
mod markdown;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::mark::Mark;
use crate::table::Table;

/// What stands below a grid, so that it can be read without its colours.
const LEGEND: &str = "A shaded cell holds our number, the paper's, and the verdict on it.";

/// A table in which some cells have a counterpart in the paper.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Our numbers.
    pub table: Table,
    /// What the paper prints, by row and column of the table, both from 0.
    #[serde(with = "places")]
    pub printed: BTreeMap<(usize, usize), Printed>,
}

/// Places and what is printed there, as a list: the keys of a JSON object are texts.
mod places {
    use super::{BTreeMap, Deserialize, Printed};

    pub fn serialize<S: serde::Serializer>(printed: &BTreeMap<(usize, usize), Printed>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(printed)
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<(usize, usize), Printed>, D::Error> {
        Vec::deserialize(deserializer).map(|list| list.into_iter().collect())
    }
}

/// The paper's number for one cell of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    /// As the paper prints it.
    pub text: String,
    /// What became of the claim.
    pub mark: Mark,
    /// The claim's name; the page's list of claims has an anchor for it.
    pub claim: String,
}

impl Grid {
    /// A grid in which no cell has a counterpart yet.
    pub fn new(table: Table) -> Self {
        Self { table, printed: BTreeMap::new() }
    }

    /// The same grid with the paper's number for one more cell.
    pub fn with(mut self, row: usize, column: usize, printed: Printed) -> Self {
        self.printed.insert((row, column), printed);
        self
    }
}

/// A grid with one cell that the paper prints, for the tests of each rendering.
#[cfg(test)]
pub(crate) fn sample() -> Grid {
    use crate::table::{Cell, Column};

    let mut table = Table::new("Table 3", vec![Column::left("method"), Column::right("10%"), Column::right("20%")]).with_note("± is one standard error.");
    table.push(vec!["p1 <small>".into(), Cell::with_se(1.5684, 0.0214, 3), Cell::number(1.9, 3)]);
    Grid::new(table).with(0, 1, Printed { text: "1.6<28".into(), mark: Mark::Near, claim: "table 3 p1".into() })
}
