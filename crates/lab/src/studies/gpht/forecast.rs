//! How good forecasts are.

use std::ops::Range;

use nets::Training;

use super::Settings;
use super::data::Target;
use super::learner::Learner;

/// For validation a forecast begins so many times more seldom than for testing.
pub(super) const SELDOM: usize = 6;

/// Errors of forecasts, in units of the variance (or the standard deviation) of a channel.
pub(super) struct Errors {
    /// For every hour at which a forecast begins: mean squared error over channels and the whole horizon.
    pub(super) by_hour: Vec<f64>,
    /// Mean squared and mean absolute error of the first piece, and of the whole horizon.
    pub(super) first: (f64, f64),
    pub(super) whole: (f64, f64),
}

impl Errors {
    /// Of forecasts that begin at every `stride`-th of these hours.
    pub(super) fn of(learner: &Learner, training: &mut Training<f32>, own: &Settings, target: &Target, begins: Range<usize>, stride: usize) -> Self {
        let (window, horizon) = (own.window(), own.horizon);
        let channels = target.channels.0.len();
        let (mut by_hour, mut windows) = (Vec::new(), Vec::new());
        let hours: Vec<usize> = begins.step_by(stride.max(1)).collect();
        for hour in &hours {
            (0..channels).for_each(|channel| windows.extend_from_slice(target.channels.span(channel, hour.saturating_sub(window)..*hour)));
        }
        let said = learner.forecasts(training, own, &windows);
        let (mut first, mut whole) = ((0.0, 0.0), (0.0, 0.0));
        for (hour, said) in hours.iter().zip(said.chunks_exact((channels * horizon).max(1))) {
            let mut sum = 0.0;
            for (channel, said) in said.chunks_exact(horizon).enumerate() {
                let came = target.channels.span(channel, *hour..hour + horizon);
                for (k, (s, c)) in said.iter().zip(came).enumerate() {
                    let gap = f64::from(*s) - f64::from(*c);
                    sum += gap * gap;
                    whole = (whole.0 + gap * gap, whole.1 + gap.abs());
                    if k < own.piece {
                        first = (first.0 + gap * gap, first.1 + gap.abs());
                    }
                }
            }
            by_hour.push(sum / (channels * horizon).max(1) as f64);
        }
        let mean = |sum: (f64, f64), each: usize| {
            let count = (hours.len() * channels * each).max(1) as f64;
            (sum.0 / count, sum.1 / count)
        };
        Self { by_hour, first: mean(first, own.piece), whole: mean(whole, horizon) }
    }
}
