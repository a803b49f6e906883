//! `[[source.NAME.simulate.design]]`: which runs, as every combination of the values of a grid.

use std::borrow::Cow;
use std::collections::BTreeMap;

use curves::runs::Expression;
use models::surface::average_params::Pruning;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sizes::Sizes;

/// The column that schedules of parameters give.
const AVERAGE: &str = "average_params";

/// A block of rows: every combination of the values of its grid, and of its schedules where there are any. Column names may not hold spaces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Design {
    /// Its name: the label `design`.
    pub id: String,
    /// Label → what it is in every row.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Number column → its values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub grid: BTreeMap<String, Vec<f64>>,
    /// Number column → lowest value, highest value and how many, evenly spaced in their logarithm.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub spaced: BTreeMap<String, [f64; 3]>,
    /// A cubic pruning schedule for each combination: column `average_params` is its mean, exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pruning: Option<Pruned>,
    /// Schedules as data: column `average_params` is the mean of each, by quadrature, and label `schedule` its name.
    #[serde(rename = "schedule", skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<Sizes>,
    /// Number column → expression of other columns.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
}

/// Dense, then pruned by a cubic between two shares of training, then sparse; each an expression of columns of the grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pruned {
    /// Parameters before pruning.
    pub dense: String,
    /// The share of them that is kept.
    pub kept: String,
    /// The share of training at which pruning begins.
    pub from: String,
    /// The share of training at which it ends.
    pub to: String,
}

/// The rows of a design.
pub(super) struct Block {
    /// Every column, each as long as the block.
    pub numbers: BTreeMap<String, Vec<f64>>,
    /// The columns that make a row what it is; the others follow from them.
    axes: Vec<String>,
    schedules: Vec<String>,
    len: usize,
}

impl Block {
    /// How many rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The schedule of a row; empty where there are none.
    pub fn schedule(&self, row: usize) -> &str {
        // Schedules vary slowest.
        let each = self.len / self.schedules.len().max(1);
        self.schedules.get(row / each.max(1)).map_or("", String::as_str)
    }

    /// What a row is, in words.
    pub fn name(&self, row: usize) -> String {
        let values = self.axes.iter().filter_map(|a| Some(format!("{a} {}", self.numbers.get(a)?.get(row)?)));
        let schedule = Some(self.schedule(row).to_owned()).filter(|s| !s.is_empty());
        schedule.into_iter().chain(values).collect::<Vec<_>>().join(", ")
    }
}

impl Design {
    /// Its rows; the error says what is wrong, also with more rows than `most`.
    pub(super) fn block(&self, most: usize) -> Result<Block, String> {
        let axes = self.axes()?;
        let each = axes.values().try_fold(1usize, |n, values| n.checked_mul(values.len())).unwrap_or(usize::MAX);
        let len = each.checked_mul(self.schedules.len().max(1)).filter(|n| *n <= most);
        let Some(len) = len else { return Err(format!("more rows than the {most} that are left; take fewer values")) };
        let mut numbers: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        // The last name varies fastest.
        let mut period = each;
        for (name, values) in &axes {
            period /= values.len();
            numbers.insert(name.clone(), (0..len).filter_map(|row| values.get(row % each / period % values.len()).copied()).collect());
        }
        if let Some(average) = self.averages(&numbers, len, each)?
            && numbers.insert(AVERAGE.to_owned(), average).is_some()
        {
            return Err(format!("{AVERAGE:?} is what `pruning` and `schedule` give; leave it out of `grid` and `spaced`"));
        }
        self.derive(&mut numbers, len)?;
        Ok(Block { numbers, axes: axes.into_keys().collect(), schedules: self.schedules.iter().map(|s| s.id.clone()).collect(), len })
    }

    fn axes(&self) -> Result<BTreeMap<String, Vec<f64>>, String> {
        let mut axes = self.grid.clone();
        for (name, &[low, high, count]) in &self.spaced {
            let sound = low > 0.0 && high > low && high.is_finite() && count.fract() == 0.0 && (2.0..=1e6).contains(&count);
            if !sound {
                return Err(format!("spaced {name:?}: [lowest, highest, how many] with 0 < lowest < highest and 2 to 1000000 values"));
            }
            let steps = count - 1.0;
            let values = (0..count as usize).map(|k| if k as f64 == steps { high } else { low * (high / low).powf(k as f64 / steps) }).collect();
            if axes.insert(name.clone(), values).is_some() {
                return Err(format!("{name:?} stands in both `grid` and `spaced`"));
            }
        }
        let twice = |values: &[f64]| {
            let mut sorted = values.to_vec();
            sorted.sort_by(f64::total_cmp);
            sorted.windows(2).any(|w| w[0] == w[1])
        };
        if let Some((name, _)) = axes.iter().find(|(_, values)| twice(values)) {
            return Err(format!("{name:?} has a value twice; rows of equal values would have equal noise (for replicates take `draws`)"));
        }
        match axes.iter().find(|(name, values)| name.contains(char::is_whitespace) || values.is_empty() || !values.iter().all(|v| v.is_finite())) {
            Some((name, _)) => Err(format!("{name:?}: a column has a name without spaces and at least one value, all of them finite")),
            None if axes.is_empty() && self.schedules.is_empty() => Err("it has no `grid`, no `spaced` and no `schedule`".into()),
            None => Ok(axes),
        }
    }

    /// The mean size of every row, where there are schedules.
    fn averages(&self, numbers: &BTreeMap<String, Vec<f64>>, len: usize, each: usize) -> Result<Option<Vec<f64>>, String> {
        let of_data = || -> Result<Option<Vec<f64>>, String> {
            let ids: std::collections::BTreeSet<&str> = self.schedules.iter().map(|s| s.id.as_str()).collect();
            if ids.len() != self.schedules.len() || ids.contains("") {
                return Err("every schedule needs an id of its own".into());
            }
            let mut all = Vec::with_capacity(len);
            for schedule in &self.schedules {
                let average = schedule.average().map_err(|e| format!("schedule {:?}: {e}", schedule.id))?;
                all.extend(std::iter::repeat_n(average, each));
            }
            Ok(Some(all).filter(|a| !a.is_empty()))
        };
        match &self.pruning {
            None => of_data(),
            Some(_) if !self.schedules.is_empty() => Err("`pruning` and `schedule` both give a mean size; take one".into()),
            Some(p) => {
                let column = |text: &str| values(text, len, numbers).map_err(|e| format!("pruning: {e}"));
                let (dense, kept, from, to) = (column(&p.dense)?, column(&p.kept)?, column(&p.from)?, column(&p.to)?);
                let rows = dense.iter().zip(&kept).zip(from.iter().zip(&to));
                let all: Vec<f64> = rows.map(|((&dense, &kept), (&from, &to))| Pruning { dense, kept, from, to }.average()).collect();
                if all.iter().all(|v| v.is_finite()) {
                    Ok(Some(all))
                } else {
                    Err("pruning: a row has no schedule; dense is above 0, kept and 0 ≤ from ≤ to ≤ 1 are shares".into())
                }
            }
        }
    }

    /// Columns that are computed of others, in whichever order they can be.
    fn derive(&self, numbers: &mut BTreeMap<String, Vec<f64>>, len: usize) -> Result<(), String> {
        let mut open: Vec<(&String, &String)> = self.columns.iter().collect();
        if let Some((twice, _)) = open.iter().find(|(name, _)| numbers.contains_key(*name) || name.contains(char::is_whitespace)) {
            return Err(format!("column {twice:?} is there already, or its name has spaces"));
        }
        while !open.is_empty() {
            let before = open.len();
            let mut later = Vec::new();
            for (name, text) in open {
                let find = |name: &str| numbers.get(name).map(|v| Cow::Borrowed(v.as_slice()));
                match Expression::parse(text).map_err(|e| format!("column {name:?}: {e}"))?.values(len, find) {
                    Ok(column) if column.iter().all(|v| v.is_finite()) => {
                        numbers.insert(name.clone(), column);
                    }
                    Ok(_) => return Err(format!("column {name:?}, {text:?}, is not finite everywhere")),
                    Err(missing) if self.columns.contains_key(&missing) => later.push((name, text)),
                    Err(missing) => return Err(format!("column {name:?}: there is no column {missing:?}")),
                }
            }
            if later.len() == before {
                return Err(format!("columns {:?} are made of each other", later.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>()));
            }
            open = later;
        }
        Ok(())
    }
}

/// An expression of columns, in every row.
fn values(text: &str, rows: usize, numbers: &BTreeMap<String, Vec<f64>>) -> Result<Vec<f64>, String> {
    let find = |name: &str| numbers.get(name).map(|v| Cow::Borrowed(v.as_slice()));
    Expression::parse(text)?.values(rows, find).map_err(|missing| format!("there is no column {missing:?}"))
}
