//! Learning rates along a phase of training, relative to its peak.
//!
//! `models::schedule` has those that laws of the loss are about, which begin at zero and end with the run. Here a phase may begin at the rate that
//! the phase before it ended with, go on for ever, or be brought down from anywhere.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// How the rate goes along a phase, whose steps are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "shape")]
pub(crate) enum Schedule {
    /// The same to the end.
    Constant {
        /// That rate.
        rate: f64,
    },
    /// From one rate straight up to the peak, then half a cosine down to another at step `length`.
    Cosine {
        /// The rate that it rises from.
        first: f64,
        /// Steps of the rise; 0 begins at the peak.
        rise: u64,
        /// Steps in all.
        length: u64,
        /// The rate that it falls to.
        last: f64,
    },
    /// From zero straight up to the peak, half a cosine down to a rate, and that rate for ever: the infinite schedule (arXiv 2503.02844) up to its
    /// annealing.
    Infinite {
        /// Steps of the rise.
        rise: u64,
        /// Steps of the fall.
        fall: u64,
        /// The rate for ever.
        hold: f64,
    },
    /// From one rate down to another, by the same factor in every step.
    Annealing {
        /// The step at which it begins.
        from: u64,
        /// Its steps.
        length: u64,
        /// The rate before it.
        first: f64,
        /// The rate that it comes down to.
        last: f64,
    },
}

impl Schedule {
    /// The rate of a step, with the peak as 1.
    pub(crate) fn at(self, step: u64) -> f64 {
        let share = |done: u64, of: u64| (done as f64 / of.max(1) as f64).min(1.0);
        let fall = |high: f64, low: f64, done: f64| low + 0.5 * (high - low) * (1.0 + (PI * done).cos());
        match self {
            Self::Constant { rate } => rate,
            Self::Cosine { first, rise, .. } if step < rise => first + (1.0 - first) * share(step + 1, rise),
            Self::Cosine { rise, length, last, .. } => fall(1.0, last, share(step - rise, length.saturating_sub(rise))),
            Self::Infinite { rise, .. } if step < rise => share(step + 1, rise),
            Self::Infinite { rise, fall: steps, hold } if step < rise + steps => fall(1.0, hold, share(step - rise, steps)),
            Self::Infinite { hold, .. } => hold,
            Self::Annealing { from, length, first, last } => first * (last / first).powf(share((step + 1).saturating_sub(from), length)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(schedule: Schedule, steps: &[u64]) -> Vec<f64> {
        steps.iter().map(|step| schedule.at(*step)).collect()
    }

    fn near(found: &[f64], wanted: &[f64]) {
        assert!(found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {wanted:?}");
    }

    #[test]
    fn rates_are_those_of_their_definitions() {
        near(&rates(Schedule::Constant { rate: 0.25 }, &[0, 9]), &[0.25, 0.25]);
        let cosine = Schedule::Cosine { first: 0.2, rise: 4, length: 24, last: 0.1 };
        near(&rates(cosine, &[0, 1, 3, 4, 14, 24, 99]), &[0.4, 0.6, 1.0, 1.0, 0.55, 0.1, 0.1]);
        near(&rates(Schedule::Cosine { first: 0.2, rise: 0, length: 2, last: 0.0 }, &[0, 1, 2]), &[1.0, 0.5, 0.0]);
        let infinite = Schedule::Infinite { rise: 2, fall: 4, hold: 0.5 };
        near(&rates(infinite, &[0, 1, 2, 4, 6, 1_000]), &[0.5, 1.0, 1.0, 0.75, 0.5, 0.5]);
        near(&rates(Schedule::Infinite { rise: 2, fall: 0, hold: 1.0 }, &[0, 2, 7]), &[0.5, 1.0, 1.0]);
        let annealing = Schedule::Annealing { from: 10, length: 2, first: 0.5, last: 0.125 };
        near(&rates(annealing, &[10, 11, 50]), &[0.25, 0.125, 0.125]);
    }

    #[test]
    fn a_schedule_is_read_as_it_was_written() {
        for schedule in [Schedule::Cosine { first: 0.0, rise: 1, length: 2, last: 0.1 }, Schedule::Constant { rate: 1.0 }] {
            let table = toml::Table::try_from(schedule).unwrap();
            assert_eq!(table.try_into::<Schedule>().unwrap(), schedule);
        }
    }
}
