//! What a law is given at one point: its inputs and, where there is one, the learning-rate schedule.

use crate::LawError;

/// What a law is given at one point.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// The inputs, in the order of [`Law::inputs`](crate::Law::inputs).
    pub x: &'a [f64],
    /// The whole learning-rate schedule, for the laws that read one.
    pub schedule: Option<&'a Schedule>,
}

impl<'a> At<'a> {
    /// At these inputs, with no schedule.
    #[expect(clippy::self_named_constructors, reason = "`At::at(&x)` reads as it is said")]
    pub const fn at(x: &'a [f64]) -> Self {
        Self { x, schedule: None }
    }

    /// The same inputs under this schedule.
    pub const fn with_schedule(self, schedule: &'a Schedule) -> Self {
        Self { schedule: Some(schedule), ..self }
    }

    /// One input; NaN when it was not given, so that a law needs no bounds check of its own.
    pub fn input(&self, index: usize) -> f64 {
        self.x.get(index).copied().unwrap_or(f64::NAN)
    }
}

/// Of the peak: a rate no further below zero than this is zero, rounded.
const ROUNDED: f64 = 1e-6;

/// The most steps of a schedule: what counts more are tokens or samples, and no steps.
pub const MOST_STEPS: f64 = 1e8;

/// A learning-rate schedule: the rate at every step, step 0 first.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    rates: Vec<f64>,
}

impl Schedule {
    /// A schedule of at least one step, every rate finite and zero or more.
    pub fn new(rates: Vec<f64>) -> Result<Self, LawError> {
        if rates.is_empty() {
            return Err(LawError::EmptySchedule);
        }
        for (step, &rate) in rates.iter().enumerate() {
            if !rate.is_finite() || rate < 0.0 {
                return Err(LawError::BadRate { step, rate });
            }
        }
        Ok(Self { rates })
    }

    /// The rate at every step from 0 to `end`, from a log: on straight lines between the steps at which it is written, before the first and
    /// after the last of them as there; a rate that is a hair below zero is zero. `steps` are increasing and begin at 0 or later.
    ///
    /// # Errors
    /// As [`new`](Self::new), an empty log, one without a rate for each step or that begins below 0, and an `end` outside 0 to [`MOST_STEPS`].
    pub fn logged(steps: &[f64], rates: &[f64], end: f64) -> Result<Self, LawError> {
        if steps.is_empty() || steps.len() != rates.len() {
            return Err(LawError::EmptySchedule);
        }
        let sound = steps[0] >= 0.0 && steps.windows(2).all(|w| w[0] < w[1]);
        if !sound || !(0.0..=MOST_STEPS).contains(&end) {
            return Err(LawError::NoSteps { first: steps[0], end });
        }
        // The end of a schedule that falls to zero is often logged a hair below it.
        let peak = rates.iter().copied().fold(0.0, f64::max);
        let bad = |rate: f64| !rate.is_finite() || rate < -ROUNDED * peak;
        if let Some((step, rate)) = steps.iter().zip(rates).find(|(_, rate)| bad(**rate)) {
            return Err(LawError::BadRate { step: *step as usize, rate: *rate });
        }
        let last = end.ceil() as usize;
        let (mut made, mut k) = (Vec::with_capacity(last + 1), 0);
        for step in 0..=last {
            let at = step as f64;
            while k + 1 < steps.len() && steps[k + 1] <= at {
                k += 1;
            }
            let next = (k + 1).min(steps.len() - 1);
            let share = if next > k { ((at - steps[k]) / (steps[next] - steps[k])).clamp(0.0, 1.0) } else { 0.0 };
            made.push((rates[k] + share * (rates[next] - rates[k])).max(0.0));
        }
        Self::new(made)
    }

    /// The rate at every step.
    pub fn rates(&self) -> &[f64] {
        &self.rates
    }

    /// How many steps there are; at least one.
    pub fn steps(&self) -> usize {
        self.rates.len()
    }

    /// The rate at this step, `None` after the last.
    pub fn rate(&self, step: usize) -> Option<f64> {
        self.rates.get(step).copied()
    }

    /// The largest rate.
    pub fn peak(&self) -> f64 {
        self.rates.iter().copied().fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logged_rates_lie_on_lines_between_what_is_written() {
        let of = |steps: &[f64], rates: &[f64], end| Schedule::logged(steps, rates, end).map(|s| s.rates().to_vec());
        assert_eq!(of(&[2.0, 4.0, 8.0], &[1.0, 3.0, 1.0], 9.0).unwrap(), [1.0, 1.0, 1.0, 2.0, 3.0, 2.5, 2.0, 1.5, 1.0, 1.0]);
        assert_eq!(of(&[0.0, 2.0], &[1.0, -4e-12], 2.0).unwrap()[2], 0.0);
        assert_eq!(of(&[], &[], 2.0), Err(LawError::EmptySchedule));
        assert_eq!(of(&[0.0, 4.0], &[1.0, -3.0], 2.0), Err(LawError::BadRate { step: 4, rate: -3.0 }));
        for (steps, end) in [([-1.0, 2.0], 3.0), ([2.0, 2.0], 3.0), ([0.0, 2.0], 1e12), ([0.0, 2.0], f64::NAN)] {
            assert!(matches!(of(&steps, &[1.0, 1.0], end), Err(LawError::NoSteps { .. })), "{steps:?} {end}");
        }
    }

    #[test]
    fn a_schedule_keeps_its_rates() {
        let schedule = Schedule::new(vec![0.0, 0.3, 0.1]).unwrap();
        assert_eq!(schedule.rates(), [0.0, 0.3, 0.1]);
        assert_eq!(schedule.steps(), 3);
        assert_eq!(schedule.rate(2), Some(0.1));
        assert_eq!(schedule.rate(3), None);
        assert_eq!(schedule.peak(), 0.3);
    }

    #[test]
    fn a_bad_schedule_is_refused_with_its_step() {
        assert_eq!(Schedule::new(vec![]), Err(LawError::EmptySchedule));
        let negative = Schedule::new(vec![0.1, -0.1]).unwrap_err();
        assert_eq!(negative, LawError::BadRate { step: 1, rate: -0.1 });
        let infinite = Schedule::new(vec![f64::INFINITY]).unwrap_err();
        assert!(infinite.to_string().starts_with("learning rate at step 0 must be finite"));
    }

    #[test]
    fn a_missing_input_is_nan() {
        let schedule = Schedule::new(vec![0.1]).unwrap();
        let at = At::at(&[2.0]).with_schedule(&schedule);
        assert_eq!(at.input(0), 2.0);
        assert!(at.input(1).is_nan());
        assert_eq!(at.schedule.map(Schedule::steps), Some(1));
    }
}
