//! One row a point: columns for x and for y.

use std::collections::{BTreeMap, HashMap};

use curves::{CurveSet, Entry, Measure, Resource};
use serde::{Deserialize, Serialize};

use crate::runs::{Labels, keep};
use crate::{Table, TableError};

/// How a long table becomes curves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Long {
    /// The columns that tell runs apart; joined with `/` they are a run's id.
    pub id: Vec<String>,
    /// The columns kept as covariates, of one value a run; when empty, those of the id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covariates: Vec<String>,
    /// The column of the resource.
    pub x: String,
    /// The column of the measure.
    pub y: String,
    /// Only rows with these values are read; `*` stands for any text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filter: BTreeMap<String, String>,
    /// Rows with these values are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub except: BTreeMap<String, String>,
}

/// Reads one point a row. The rows of a run may stand anywhere; they are sorted by x, rows of one x keep their order.
///
/// Nothing is merged or dropped: a run with one x twice, or without a number somewhere, stays in the set, and
/// `Entry::curve` says what is wrong with it. Runs are in the order in which they first appear.
pub fn read_long(table: &Table, long: &Long, resource: Resource, measure: Measure) -> Result<CurveSet, TableError> {
    let keep = keep(table, &long.filter, &long.except)?;
    let labels = Labels::read(table, &long.id, &long.covariates, &keep)?;
    let x = table.numbers_where(&long.x, Some(&keep))?;
    let y = table.numbers_where(&long.y, Some(&keep))?;
    let mut places: HashMap<Vec<&str>, usize> = HashMap::new();
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for row in 0..labels.len() {
        let run = *places.entry(labels.key(row)).or_insert_with(|| {
            runs.push(Vec::new());
            runs.len() - 1
        });
        runs[run].push(row);
    }
    let entries = runs
        .into_iter()
        .map(|mut rows| {
            labels.agree(table, &rows)?;
            let (id, covariates) = (labels.id(rows[0]), labels.covariates(rows[0]));
            rows.sort_by(|&a, &b| x[a].total_cmp(&x[b]));
            let (x, y) = (rows.iter().map(|&r| x[r]).collect(), rows.iter().map(|&r| y[r]).collect());
            Ok(Entry { id, covariates, x, y })
        })
        .collect::<Result<Vec<Entry>, TableError>>()?;
    CurveSet::new(resource, measure, entries).map_err(|why| TableError::Curves { file: table.file().to_owned(), why })
}
