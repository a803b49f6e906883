//! `[[claim-table]]`: many printed numbers with one criterion, a claim each.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Claim, ClaimScale, Expect, Kind, Level, Published, Source, Within};
use crate::{Cell, Strings};

/// A table of a paper: what all its numbers share, and the numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClaimTable {
    /// The claims are called by it, a hyphen, and the id of their cell.
    pub id: String,
    /// What every number is, in our words.
    pub says: String,
    /// Table, figure or section.
    #[serde(rename = "where")]
    pub place: String,
    /// What the claims are about.
    pub level: Level,
    /// How the numbers were read.
    pub source: Source,
    /// The number of ours that each is held against, before the cell's own selection.
    pub of: Cell,
    /// How far off is still inside.
    pub within: Within,
    /// Why the tolerance is what it is, or why the numbers are expected to fail.
    pub because: String,
    /// The largest standard error of ours with which a number is judged.
    #[serde(default)]
    pub precision: Option<f64>,
    /// What a run must have.
    #[serde(default)]
    pub needs: Vec<String>,
    /// `miniature`, for an effect shown in the small.
    #[serde(default)]
    pub scale: Option<ClaimScale>,
    /// `not-reproduced`, for numbers that are known to fail.
    #[serde(default)]
    pub expect: Option<Expect>,
    /// The numbers.
    #[serde(rename = "cell")]
    pub cells: Vec<PrintedCell>,
}

/// One number of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PrintedCell {
    /// Its name in the table.
    pub id: String,
    /// Laid over the selection that the cells share.
    #[serde(default)]
    pub select: BTreeMap<String, Strings>,
    /// The number printed.
    pub published: f64,
    /// The standard error printed with it.
    #[serde(default)]
    pub se: Option<f64>,
}

impl ClaimTable {
    /// A claim of kind `value` for every number.
    fn claims(&self) -> impl Iterator<Item = Claim> + '_ {
        self.cells.iter().map(|cell| Claim {
            id: format!("{}-{}", self.id, cell.id),
            says: format!("{}: {}", self.says, cell.id),
            place: self.place.clone(),
            kind: Kind::Value,
            level: self.level,
            source: self.source,
            published: Some(cell.published),
            se: cell.se,
            of: Some(self.of.with(&cell.select)),
            of_value: None,
            to: None,
            best_first: None,
            within: Some(self.within),
            at_least: None,
            at_most: None,
            confidence: None,
            precision: self.precision,
            exact: false,
            point: None,
            relation: None,
            because: Some(self.because.clone()),
            needs: self.needs.clone(),
            scale: self.scale,
            expect: self.expect,
            untested: None,
        })
    }
}

impl Published {
    /// The same with every table written out as claims, after those that stand by themselves.
    #[must_use]
    pub fn expanded(mut self) -> Self {
        let written: Vec<Claim> = self.claim_tables.drain(..).flat_map(|table| table.claims().collect::<Vec<_>>()).collect();
        self.claims.extend(written);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_a_claim_for_every_cell() {
        let published: Published = toml::from_str(
            "[[claim-table]]\nid = \"two\"\nsays = \"error of two models\"\nwhere = \"Figure 3\"\nlevel = \"cell\"\nsource = \"code\"\n\
             of = { select = { group = \"OPT\", seen = \"10%\" }, metric = \"are\" }\nwithin = { abs = 0.01 }\nbecause = \"two digits\"\n\
             cell = [{ id = \"10\", published = 1.5 }, { id = \"20\", select = { seen = \"20%\" }, published = 2.5, se = 0.5 }]",
        )
        .unwrap();
        let all = published.expanded();
        assert!(all.claim_tables.is_empty() && all.validate().is_ok());
        let told: Vec<(&str, Option<f64>, Option<f64>, &str)> =
            all.claims.iter().map(|c| (c.id.as_str(), c.published, c.se, c.of.as_ref().map_or("", |of| of.select["seen"].0[0].as_str()))).collect();
        assert_eq!(told, [("two-10", Some(1.5), None, "10%"), ("two-20", Some(2.5), Some(0.5), "20%")]);
        assert_eq!((all.claims[1].level, all.claims[1].says.as_str()), (Level::Cell, "error of two models: 20"));
    }
}
