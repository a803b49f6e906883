//! One row a point: columns for x and for y.

use std::collections::{BTreeMap, HashMap};

use curves::{CurveSet, Entry, Measure, Resource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::runs::{Labels, keep, marked};
use crate::{Table, TableError};

/// How a long table becomes curves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Long {
    /// The columns that tell runs apart; joined with `/` they are a run's id.
    #[serde(default)]
    pub id: Vec<String>,
    /// The id of the one run of a file that has no such column; in place of `id`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub one: String,
    /// The columns kept as covariates, of one value a run; when empty, those of the id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covariates: Vec<String>,
    /// The column of the resource.
    pub x: String,
    /// The column of the measure.
    pub y: String,
    /// The column of the learning rate, where the resource is the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// Only rows with these values are read; `*` stands for any text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filter: BTreeMap<String, String>,
    /// Rows with these values are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub except: BTreeMap<String, String>,
    /// Rows with these values are given to whoever predicts the others (the cutoff `given` of `extrapolate`): the beginning of every run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub given: BTreeMap<String, String>,
    /// What becomes of rows of one run with the same x. Default: keep.
    #[serde(default, skip_serializing_if = "Repeats::is_keep")]
    pub repeats: Repeats,
}

/// Rows of one run with the same x.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Repeats {
    /// All stay, and the run is no curve.
    #[default]
    Keep,
    /// The last row of the file stays, as in a dictionary that is filled row by row.
    Last,
}

impl Repeats {
    fn is_keep(&self) -> bool {
        *self == Self::Keep
    }
}

/// Reads one point a row. The rows of a run may stand anywhere; they are sorted by x, rows of one x keep their order.
///
/// Nothing is merged or dropped unless `repeats` says so: a run with one x twice, or without a number somewhere, stays
/// in the set, and `Entry::curve` says what is wrong with it. Runs are in the order in which they first appear.
pub fn read_long(table: &Table, long: &Long, resource: Resource, measure: Measure) -> Result<CurveSet, TableError> {
    let keep = keep(table, &long.filter, &long.except)?;
    let labels = if long.id.is_empty() && !long.one.is_empty() {
        Labels::of_one(table, &long.one, &long.covariates, &keep)?
    } else {
        Labels::read(table, &long.id, &long.covariates, &keep)?
    };
    let x = table.numbers_where(&long.x, Some(&keep))?;
    let y = table.numbers_where(&long.y, Some(&keep))?;
    let rate = long.rate.as_ref().map(|column| table.numbers_where(column, Some(&keep))).transpose()?;
    let given = marked(table, &long.given, &keep)?;
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
            if long.repeats == Repeats::Last {
                // The sort is stable, so that the last of a group is the last in the file.
                rows = (0..rows.len()).filter(|&k| rows.get(k + 1).is_none_or(|&next| x[next] != x[rows[k]])).map(|k| rows[k]).collect();
            }
            let given = match &given {
                Some(marks) => {
                    let count = rows.iter().take_while(|&&r| marks[r]).count();
                    if let Some(&late) = rows[count..].iter().find(|&&r| marks[r]) {
                        return Err(TableError::GivenLater { file: table.file().to_owned(), row: labels.row_number(table, late), run: id });
                    }
                    Some(count)
                }
                None => None,
            };
            let of = |column: &[f64]| rows.iter().map(|&r| column[r]).collect::<Vec<f64>>();
            Ok(Entry { id, covariates, x: of(&x), y: of(&y), given, rates: rate.as_deref().map(of) })
        })
        .collect::<Result<Vec<Entry>, TableError>>()?;
    CurveSet::new(resource, measure, entries).map_err(|why| TableError::Curves { file: table.file().to_owned(), why })
}
