//! `Rows`: what a law of several inputs is fitted to, samples and the learning-rate schedule behind each row.

use curves::Samples;
use models::{At, Schedule};

use crate::FitError;

/// Samples, each row under its own schedule where the law reads one.
///
/// Schedules stand beside the samples, since `curves` knows no laws.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    samples: &'a Samples,
    schedules: &'a [Schedule],
    which: &'a [usize],
}

impl<'a> Rows<'a> {
    /// Rows without schedules.
    pub fn new(samples: &'a Samples) -> Self {
        Self { samples, schedules: &[], which: &[] }
    }

    /// Rows under schedules: `which` holds, for every row, an index into `schedules`.
    ///
    /// # Errors
    /// `which` is not as long as the samples, or names a schedule that is not there.
    pub fn under(samples: &'a Samples, schedules: &'a [Schedule], which: &'a [usize]) -> Result<Self, FitError> {
        if which.len() != samples.len() {
            return Err(FitError::Setting(format!("{} rows but schedules for {}; name one for every row", samples.len(), which.len())));
        }
        match which.iter().position(|&k| k >= schedules.len()) {
            Some(row) => Err(FitError::Setting(format!("row {row} is under schedule {}, and there are {}", which[row], schedules.len()))),
            None => Ok(Self { samples, schedules, which }),
        }
    }

    /// How many rows; never zero.
    #[expect(clippy::len_without_is_empty, reason = "samples are never empty")]
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// How many inputs a row has.
    pub fn inputs(&self) -> usize {
        self.samples.inputs()
    }

    /// The targets.
    pub fn targets(&self) -> &'a [f64] {
        self.samples.targets()
    }

    /// The weights.
    pub fn weights(&self) -> &'a [f64] {
        self.samples.weights()
    }

    /// The samples.
    pub fn samples(&self) -> &'a Samples {
        self.samples
    }

    /// The schedules.
    pub fn schedules(&self) -> &'a [Schedule] {
        self.schedules
    }

    /// The index of the schedule of row `i`, where it has one.
    pub fn schedule_of(&self, i: usize) -> Option<usize> {
        self.which.get(i).copied()
    }

    /// What a law is given at row `i`, which must be below [`len`](Self::len).
    pub fn at(&self, i: usize) -> At<'a> {
        let schedule = self.schedule_of(i).and_then(|k| self.schedules.get(k));
        At { x: self.samples.row(i), schedule }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_sees_its_schedule() {
        let samples = Samples::new(1, vec![0.0, 1.0], vec![3.0, 2.0], vec![]).unwrap();
        let schedules = [Schedule::new(vec![0.1]).unwrap(), Schedule::new(vec![0.2, 0.3]).unwrap()];
        let rows = Rows::under(&samples, &schedules, &[0, 1]).unwrap();
        assert_eq!(rows.at(1).schedule.map(Schedule::steps), Some(2));
        assert_eq!(rows.at(1).x, [1.0]);
        assert!(Rows::new(&samples).at(0).schedule.is_none());
        assert!(Rows::under(&samples, &schedules, &[0]).is_err());
        assert!(Rows::under(&samples, &schedules, &[0, 2]).is_err());
    }
}
