//! Two cells, row by row: what each says of the same thing.

use std::collections::BTreeMap;

use crate::cell::{ranking, selected};
use crate::pairing::{Arm, matched};
use crate::stat::{Interval, mean_se, median, paired_bootstrap, resample};
use crate::{Cell, EvaluationError, Frame, Stat};

/// Paired numbers, in a fixed order, with the unit that each pair belongs to.
pub(super) struct Pairs {
    left: Vec<f64>,
    right: Vec<f64>,
    units: Vec<u32>,
    /// Groups of rows that lack a partner or a number.
    pub lost: usize,
}

/// Pairs the rows of two cells on every text column but those in which the selections differ.
pub(super) fn pairs(left: &Cell, right: &Cell, frame: &Frame) -> Result<Pairs, EvaluationError> {
    let mut all = Pairs { left: Vec::new(), right: Vec::new(), units: Vec::new(), lost: 0 };
    if left.stat == Stat::MeanRank {
        let (a, b, ranking) = (selected(left)?, selected(right)?, ranking(left, frame)?);
        for group in &ranking.groups {
            all.push(group.unit, group.ranks[a], group.ranks[b]);
        }
        all.lost = ranking.incomplete;
    } else {
        let keys = left.select.keys().chain(right.select.keys());
        let varied: Vec<&str> = keys.filter(|k| left.select.get(*k) != right.select.get(*k)).map(String::as_str).collect();
        let arms = [Arm { rows: left.rows(frame)?, metric: &left.metric }, Arm { rows: right.rows(frame)?, metric: &right.metric }];
        let matched = matched(frame, &arms, &varied, &left.unit)?;
        all.lost = matched.incomplete;
        for group in &matched.groups {
            match (group.slots[0].value(), group.slots[1].value()) {
                (Some(a), Some(b)) => all.push(group.unit, a, b),
                _ => all.lost += 1,
            }
        }
    }
    if all.units.is_empty() {
        return Err(EvaluationError::NothingPaired { left: left.describe(), right: right.describe() });
    }
    Ok(all)
}

impl Pairs {
    fn push(&mut self, unit: u32, left: f64, right: f64) {
        self.units.push(unit);
        self.left.push(left);
        self.right.push(right);
    }

    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Left minus right: the mean of the differences, or the difference of the medians; NaN when infinities cancel.
    pub fn difference(&self, stat: Stat, resamples: usize, seed: u64, level: f64) -> (f64, Option<Interval>) {
        if stat != Stat::Median {
            let differences: Vec<f64> = self.left.iter().zip(&self.right).map(|(a, b)| if a == b { 0.0 } else { a - b }).collect();
            let estimate = mean_se(&differences).map_or(f64::NAN, |m| m.mean);
            return (estimate, paired_bootstrap(&self.left, &self.right, Some(&self.units), resamples, seed, level));
        }
        let mut members = BTreeMap::<u32, Vec<usize>>::new();
        for (k, &unit) in self.units.iter().enumerate() {
            members.entry(unit).or_default().push(k);
        }
        let members: Vec<Vec<usize>> = members.into_values().collect();
        let gap = |drawn: &[usize]| {
            let side = |values: &[f64]| {
                let chosen: Vec<f64> = drawn.iter().flat_map(|&u| members[u].iter().map(move |&k| values[k])).collect();
                median(&chosen).unwrap_or(f64::NAN)
            };
            side(&self.left) - side(&self.right)
        };
        let everyone: Vec<usize> = (0..members.len()).collect();
        (gap(&everyone), resample(&[members.len()], resamples, seed, level, |drawn| gap(&drawn[0])))
    }

    /// The mean of each side in each unit.
    pub fn by_unit(&self) -> Vec<(f64, f64)> {
        let mut sums = BTreeMap::<u32, (f64, f64, f64)>::new();
        for ((&unit, a), b) in self.units.iter().zip(&self.left).zip(&self.right) {
            let sum = sums.entry(unit).or_default();
            *sum = (sum.0 + a, sum.1 + b, sum.2 + 1.0);
        }
        sums.into_values().map(|(a, b, n)| (a / n, b / n)).collect()
    }
}
