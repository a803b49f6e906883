//! One row a run: the points are columns `e0`, `e1`, ….

use std::collections::BTreeMap;

use curves::{CurveSet, Entry, Measure, Resource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::runs::{Labels, keep};
use crate::{Table, TableError};

/// How a wide table becomes curves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Wide {
    /// The columns that tell runs apart; joined with `/` they are a run's id.
    pub id: Vec<String>,
    /// The columns kept as covariates; when empty, those of the id. A column of points may be one of them: the loss
    /// of the untrained model, say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covariates: Vec<String>,
    /// What a column of points begins with; the number after it is x.
    pub prefix: String,
    /// Points with a smaller x are left out: 1 leaves out `e0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<f64>,
    /// Shorter runs are filled up at their ends: missing values and NaN there are cut off. Off by default, because a
    /// run that diverged ends in NaN as well and must not pass for a shorter one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ragged: bool,
    /// Only rows with these values are read; `*` stands for any text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filter: BTreeMap<String, String>,
    /// Rows with these values are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub except: BTreeMap<String, String>,
}

/// Reads one run a row. Runs with NaN or infinities stay in the set, as recorded.
pub fn read_wide(table: &Table, wide: &Wide, resource: Resource, measure: Measure) -> Result<CurveSet, TableError> {
    let keep = keep(table, &wide.filter, &wide.except)?;
    let labels = Labels::read(table, &wide.id, &wide.covariates, &keep)?;
    let points = points(table, wide)?;
    let x: Vec<f64> = points.iter().map(|(x, _)| *x).collect();
    let columns: Vec<Vec<f64>> = points.iter().map(|(_, column)| table.numbers_where(column, Some(&keep))).collect::<Result<_, TableError>>()?;
    let entries = (0..labels.len())
        .map(|row| {
            let mut y: Vec<f64> = columns.iter().map(|c| c[row]).collect();
            if wide.ragged {
                y.truncate(y.iter().rposition(|v| !v.is_nan()).map_or(0, |last| last + 1));
            }
            Entry { id: labels.id(row), covariates: labels.covariates(row), x: x[..y.len()].to_vec(), y, given: None, rates: None }
        })
        .collect();
    CurveSet::new(resource, measure, entries).map_err(|why| TableError::Curves { file: table.file().to_owned(), why })
}

/// The columns of points and their x, in the order of x.
fn points(table: &Table, wide: &Wide) -> Result<Vec<(f64, String)>, TableError> {
    let mut points: Vec<(f64, String)> = table
        .columns()
        .into_iter()
        .filter(|name| !wide.id.contains(name) && !wide.filter.contains_key(name))
        .filter_map(|name| Some((x_of(name.strip_prefix(wide.prefix.as_str())?)?, name)))
        .filter(|(x, _)| wide.first.is_none_or(|first| *x >= first))
        .collect();
    if points.is_empty() {
        return Err(TableError::NoSeries { file: table.file().to_owned(), prefix: wide.prefix.clone(), first: wide.first });
    }
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(points)
}

/// The number after the prefix. Plain decimals only: `e1e3` is more likely a name than a thousand.
fn x_of(rest: &str) -> Option<f64> {
    let plain = rest.starts_with(|c: char| c.is_ascii_digit()) && rest.chars().all(|c| c.is_ascii_digit() || c == '.');
    if plain { rest.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_after_the_prefix() {
        assert_eq!(x_of("0"), Some(0.0));
        assert_eq!(x_of("10.5"), Some(10.5));
        assert_eq!(x_of("1.2.3"), None);
        assert_eq!(x_of("psilon"), None);
        assert_eq!(x_of("-1"), None);
        assert_eq!(x_of(""), None);
    }
}
