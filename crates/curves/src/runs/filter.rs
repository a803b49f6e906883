//! `Filter`: which rows of a table. One language for data, for what is asked, and for what is shown.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Columns, Expression, MissingColumn, OneOrMany};
use crate::pattern::matches;

/// Which rows; keys of numbers are inputs, `target`, columns or expressions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Filter {
    /// Text column → the values a row may have; `*` stands for anything.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub select: BTreeMap<String, OneOrMany>,
    /// Text column → the values a row may not have; `*` stands for anything.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub except: BTreeMap<String, OneOrMany>,
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
    pub best: Option<PickBy>,
    /// Of rows that agree, the one with the largest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<PickBy>,
}

/// One row of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PickBy {
    /// The input, column or expression that decides.
    pub of: String,
    /// What the rows agree in: text columns, inputs, columns or expressions.
    pub by: OneOrMany,
}

/// A value against a bound.
type Compares = fn(f64, f64) -> bool;

impl Filter {
    /// Can it be asked?
    ///
    /// # Errors
    /// A bound that is no number, a text that is no expression, a choice among rows that agree in nothing.
    pub fn check(&self) -> Result<(), String> {
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

    /// The columns it names that must be texts.
    pub fn text_columns(&self) -> impl Iterator<Item = &str> {
        self.select.keys().chain(self.except.keys()).map(String::as_str)
    }

    /// The texts in it that must be number columns or expressions.
    pub fn number_texts(&self) -> impl Iterator<Item = &str> {
        let bounds = [&self.above, &self.below, &self.at_least, &self.at_most].into_iter().flat_map(|b| b.keys());
        bounds.chain(self.best.iter().chain(&self.last).map(|one| &one.of)).map(String::as_str)
    }

    /// The rows of `rows` that it keeps, in their order. Rows are places in the table.
    ///
    /// # Errors
    /// A column that the table does not have.
    pub fn kept(&self, table: &impl Columns, rows: &[usize]) -> Result<Vec<usize>, MissingColumn> {
        let mut rows = rows.to_vec();
        for (wanted, texts) in [(true, &self.select), (false, &self.except)] {
            for (column, values) in texts {
                let cells = table.texts(column).ok_or_else(|| MissingColumn::Unknown(column.clone()))?;
                rows.retain(|&r| values.0.iter().any(|v| matches(v, &cells[r])) == wanted);
            }
        }
        let tests: [(&BTreeMap<String, f64>, Compares); 4] =
            [(&self.above, |v, b| v > b), (&self.below, |v, b| v < b), (&self.at_least, |v, b| v >= b), (&self.at_most, |v, b| v <= b)];
        for (bounds, holds) in tests {
            for (column, bound) in bounds {
                let cells = table.computed(column)?;
                rows.retain(|&r| holds(cells[r], *bound));
            }
        }
        if let Some(best) = &self.best {
            rows = one_each(best, table, rows, |new, old| new < old)?;
        }
        if let Some(last) = &self.last {
            rows = one_each(last, table, rows, |new, old| new > old)?;
        }
        Ok(rows)
    }
}

/// Does every text that the selection names have one of its values? `*` in a value stands for anything; a text that is not there is empty.
pub fn all_match<'a>(selection: &BTreeMap<String, OneOrMany>, text: impl Fn(&str) -> Option<&'a str>) -> bool {
    selection.iter().all(|(name, values)| {
        let text = text(name).unwrap_or_default();
        values.0.iter().any(|v| matches(v, text))
    })
}

/// What two rows that agree have in common.
type Key = Vec<Part>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Text(String),
    /// The bits of a number: equal numbers agree, nothing else does.
    Bits(u64),
}

/// Of rows that agree, the one whose number beats the others'; of equal ones the first. A row without a number is none.
fn one_each(one: &PickBy, table: &impl Columns, rows: Vec<usize>, beats: fn(f64, f64) -> bool) -> Result<Vec<usize>, MissingColumn> {
    let of = table.computed(&one.of)?;
    let mut keys: Vec<Key> = vec![Vec::new(); rows.len()];
    for by in &one.by.0 {
        if let Some(texts) = table.texts(by) {
            keys.iter_mut().zip(&rows).for_each(|(k, &r)| k.push(Part::Text(texts[r].clone())));
        } else {
            let numbers = table.computed(by)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::RunTable;

    fn table() -> RunTable {
        let texts = vec![("run".to_owned(), ["a", "a", "b", "c1"].map(str::to_owned).to_vec())];
        RunTable::new(texts, vec![("n".to_owned(), vec![1.0, 1.0, 2.0, 2.0]), ("loss".to_owned(), vec![3.0, 2.0, 2.5, f64::NAN])]).unwrap()
    }

    fn kept(filter: Filter) -> Vec<usize> {
        filter.kept(&table(), &[0, 1, 2, 3]).unwrap()
    }

    #[test]
    fn rows_are_kept_by_texts_bounds_and_choice() {
        let select = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), OneOrMany::from(value))]);
        assert_eq!(kept(Filter { select: select("run", "c*"), ..Filter::default() }), [3]);
        assert_eq!(kept(Filter { except: select("run", "a"), ..Filter::default() }), [2, 3]);
        assert_eq!(kept(Filter { below: BTreeMap::from([("loss".to_owned(), 3.0)]), ..Filter::default() }), [1, 2]);
        let best = PickBy { of: "loss".into(), by: "n".into() };
        assert_eq!(kept(Filter { best: Some(best), ..Filter::default() }), [1, 2]);
        let missing = Filter { select: select("rum", "a"), ..Filter::default() }.kept(&table(), &[0]);
        assert_eq!(missing, Err(MissingColumn::Unknown("rum".into())));
    }
}
