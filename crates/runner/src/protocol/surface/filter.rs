//! `Filter`: which rows of a table.

use std::collections::BTreeMap;

use evaluation::Strings;
use serde::{Deserialize, Serialize};

use super::data::{Data, Trouble};
use super::expression::Expression;

/// Which rows; keys of numbers are inputs, `target`, columns or expressions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Filter {
    /// Text column → the values a row may have; `*` stands for anything.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub select: BTreeMap<String, Strings>,
    /// Text column → the values a row may not have; `*` stands for anything.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub except: BTreeMap<String, Strings>,
    /// Strictly above.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub above: BTreeMap<String, f64>,
    /// Strictly below.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub below: BTreeMap<String, f64>,
    /// At least.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub at_least: BTreeMap<String, f64>,
    /// At most.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub at_most: BTreeMap<String, f64>,
    /// Of rows that agree, the one with the least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<OneOf>,
    /// Of rows that agree, the one with the largest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<OneOf>,
}

/// One row of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OneOf {
    /// The input, column or expression that decides.
    pub of: String,
    /// What the rows agree in: text columns, inputs, columns or expressions.
    pub by: Strings,
}

/// A value against a bound.
type Compares = fn(f64, f64) -> bool;

impl Filter {
    /// Can it be asked?
    pub(super) fn check(&self) -> Result<(), String> {
        for (name, bound) in [&self.above, &self.below, &self.at_least, &self.at_most].into_iter().flatten() {
            Expression::parse(name)?;
            if bound.is_nan() {
                return Err(format!("the bound of {name:?} is no number"));
            }
        }
        for one in self.best.iter().chain(&self.last) {
            Expression::parse(&one.of)?;
            if one.by.0.is_empty() {
                return Err("`by` is empty; name what the rows agree in".into());
            }
        }
        Ok(())
    }
}

/// What two rows that agree have in common.
type Key = Vec<Part>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Text(String),
    /// The bits of a number: equal numbers agree, nothing else does.
    Bits(u64),
}

/// The rows of `rows` that the filter keeps, in their order.
pub(super) fn kept(filter: &Filter, data: &Data<'_>, rows: &[usize]) -> Result<Vec<usize>, Trouble> {
    let mut rows = rows.to_vec();
    for (wanted, texts) in [(true, &filter.select), (false, &filter.except)] {
        for (column, values) in texts {
            let cells = data.label(column)?;
            rows.retain(|&r| values.0.iter().any(|v| tables::matches(v, &cells[r])) == wanted);
        }
    }
    let tests: [(&BTreeMap<String, f64>, Compares); 4] =
        [(&filter.above, |v, b| v > b), (&filter.below, |v, b| v < b), (&filter.at_least, |v, b| v >= b), (&filter.at_most, |v, b| v <= b)];
    for (bounds, holds) in tests {
        for (column, bound) in bounds {
            let cells = data.column(column)?;
            rows.retain(|&r| holds(cells[r], *bound));
        }
    }
    if let Some(best) = &filter.best {
        rows = one_each(best, data, rows, |new, old| new < old)?;
    }
    if let Some(last) = &filter.last {
        rows = one_each(last, data, rows, |new, old| new > old)?;
    }
    Ok(rows)
}

/// Of rows that agree, the one whose number beats the others'; of equal ones the first. A row without a number is none.
fn one_each(one: &OneOf, data: &Data<'_>, rows: Vec<usize>, beats: fn(f64, f64) -> bool) -> Result<Vec<usize>, Trouble> {
    let of = data.column(&one.of)?;
    let mut keys: Vec<Key> = vec![Vec::new(); rows.len()];
    for by in &one.by.0 {
        if let Some(texts) = data.table.texts(by) {
            keys.iter_mut().zip(&rows).for_each(|(k, &r)| k.push(Part::Text(texts[r].clone())));
        } else {
            let numbers = data.column(by)?;
            keys.iter_mut().zip(&rows).for_each(|(k, &r)| k.push(Part::Bits(numbers[r].to_bits())));
        }
    }
    let mut found: BTreeMap<Key, usize> = BTreeMap::new();
    for (key, row) in keys.into_iter().zip(rows).filter(|(_, r)| !of[*r].is_nan()) {
        let best = found.entry(key).or_insert(row);
        if beats(of[row], of[*best]) {
            *best = row;
        }
    }
    let mut kept: Vec<usize> = found.into_values().collect();
    kept.sort_unstable();
    Ok(kept)
}
