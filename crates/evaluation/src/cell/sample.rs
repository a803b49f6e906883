//! The numbers behind a cell, grouped by the unit that is resampled.

use std::collections::BTreeMap;

use super::{Cell, Stat};
use crate::stat::{Interval, mean_se, median_in_place, quantile, resample};
use crate::{EvaluationError, Frame, pairing};

/// Numbers by unit, in the order of the units' labels.
#[derive(Debug)]
pub(crate) struct Sample {
    stat: Stat,
    pub units: Vec<u32>,
    values: Vec<Vec<f64>>,
    sums: Vec<f64>,
    pub n: usize,
    pub failed: usize,
    pub missing: usize,
}

impl Sample {
    pub fn new(stat: Stat, numbers: impl IntoIterator<Item = (u32, f64)>, failed: usize, missing: usize) -> Self {
        let mut by_unit = BTreeMap::<u32, Vec<f64>>::new();
        for (unit, value) in numbers {
            by_unit.entry(unit).or_default().push(value);
        }
        let (units, values): (Vec<u32>, Vec<Vec<f64>>) = by_unit.into_iter().unzip();
        let sums = values.iter().map(|v| v.iter().sum::<f64>()).collect();
        let n = values.iter().map(Vec::len).sum::<usize>();
        Self { stat, units, values, sums, n, failed, missing }
    }

    /// The statistic of the units drawn; NaN where it has none.
    pub fn statistic(&self, drawn: &[usize]) -> f64 {
        let sum = || drawn.iter().map(|&u| self.sums[u]).sum::<f64>();
        let numbers = || drawn.iter().flat_map(move |&u| self.values[u].iter().copied());
        match self.stat {
            Stat::Mean | Stat::ShareOk | Stat::MeanRank => {
                let n: usize = drawn.iter().map(|&u| self.values[u].len()).sum();
                sum() / n as f64
            }
            Stat::Sum => sum(),
            Stat::Count => numbers().count() as f64,
            Stat::Median => median_in_place(&mut numbers().collect::<Vec<f64>>()).unwrap_or(f64::NAN),
            Stat::Min => numbers().fold(f64::INFINITY, f64::min),
            Stat::Max => numbers().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    pub fn estimate(&self) -> f64 {
        self.statistic(&(0..self.units.len()).collect::<Vec<usize>>())
    }

    /// Is there a sense in which this number varies with the units? Not of a count, and the bootstrap fails on extremes.
    pub fn can_be_resampled(&self) -> bool {
        !matches!(self.stat, Stat::Count | Stat::Min | Stat::Max)
    }

    /// The mean of each unit.
    pub fn unit_means(&self) -> Vec<f64> {
        self.sums.iter().zip(&self.values).map(|(sum, values)| sum / values.len() as f64).collect()
    }

    /// Standard error and interval, over units.
    pub fn uncertainty(&self, resamples: usize, seed: u64, level: f64) -> (Option<f64>, Option<(f64, f64)>) {
        if !self.can_be_resampled() {
            return (None, None);
        }
        let interval = resample(&[self.units.len()], resamples, seed, level, |drawn| self.statistic(&drawn[0]));
        let se = self.standard_error(interval.as_ref()).filter(|se| se.is_finite());
        (se, interval.map(|i| (i.low, i.high)))
    }

    /// Of a mean in closed form, clusters included (`s/√n` when every unit has one value); else the bootstrap's.
    fn standard_error(&self, interval: Option<&Interval>) -> Option<f64> {
        if matches!(self.stat, Stat::Sum | Stat::Median) {
            return interval.map(|i| i.se);
        }
        let units = self.units.len() as f64;
        if units < 2.0 {
            return None;
        }
        let mean = self.estimate();
        let square = |(sum, values): (&f64, &Vec<f64>)| (sum - mean * values.len() as f64).powi(2);
        let squares: f64 = self.sums.iter().zip(&self.values).map(square).sum();
        Some((squares * units / (units - 1.0)).sqrt() / self.n as f64)
    }

    /// Standard deviation and central interval of the numbers, which are draws of one quantity.
    pub fn spread(&self, level: f64) -> (Option<f64>, Option<(f64, f64)>) {
        let all: Vec<f64> = self.values.concat();
        let ends = [0.5 * (1.0 - level), 0.5 * (1.0 + level)].map(|p| quantile(&all, p));
        let sd = mean_se(&all).and_then(|m| Some(m.se? * (m.n as f64).sqrt()));
        match ends {
            [Some(low), Some(high)] if all.len() > 1 => (sd, Some((low, high))),
            _ => (sd, None),
        }
    }
}

/// The sample behind every stat but a mean rank.
pub(super) fn sample(cell: &Cell, frame: &Frame) -> Result<Sample, EvaluationError> {
    let rows = cell.rows(frame)?;
    let units = pairing::units(frame, &cell.unit, rows.iter().copied())?;
    let label = |row: usize| if cell.draws { row as u32 } else { units.map_or(row as u32, |u| u[row]) };
    let failed = rows.iter().filter(|&&row| !frame.is_ok(row)).count();
    match cell.stat {
        Stat::ShareOk => {
            let numbers = rows.iter().map(|&row| (label(row), if frame.is_ok(row) { 1.0 } else { 0.0 }));
            return Ok(Sample::new(cell.stat, numbers, failed, 0));
        }
        Stat::Count => {
            let numbers = rows.iter().filter(|&&row| frame.is_ok(row)).map(|&row| (label(row), 1.0));
            return Ok(Sample::new(cell.stat, numbers, failed, 0));
        }
        _ => {}
    }
    let column = frame.numbers(&cell.metric)?;
    let good = rows.iter().filter(|&&row| frame.is_ok(row) && !column[row].is_nan());
    let mut sample = Sample::new(cell.stat, good.map(|&row| (label(row), column[row])), failed, 0);
    sample.missing = rows.len() - failed - sample.n;
    if sample.n == 0 {
        return Err(EvaluationError::NoNumbers { asked: cell.describe(), metric: cell.metric.clone(), rows: rows.len(), failed });
    }
    Ok(sample)
}
