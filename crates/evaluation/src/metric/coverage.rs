//! Coverage: the share of points whose truth lies inside the central interval of a level.

use curves::Better;

use super::{Metric, Outcome};

/// Share of points inside the central interval; `None` for bare numbers.
pub(crate) struct Coverage {
    name: &'static str,
    title: &'static str,
    level: f64,
}

pub(crate) static C50: Coverage = Coverage { name: "coverage-50", title: "share of points inside the central 50 % interval", level: 0.5 };
pub(crate) static C80: Coverage = Coverage { name: "coverage-80", title: "share of points inside the central 80 % interval", level: 0.8 };
pub(crate) static C90: Coverage = Coverage { name: "coverage-90", title: "share of points inside the central 90 % interval", level: 0.9 };
pub(crate) static C95: Coverage = Coverage { name: "coverage-95", title: "share of points inside the central 95 % interval", level: 0.95 };

impl Metric for Coverage {
    fn name(&self) -> &'static str {
        self.name
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn better(&self) -> Option<Better> {
        None
    }

    fn of(&self, outcome: &Outcome<'_>) -> Option<f64> {
        // Asking where the truth lies in the distribution needs one probability; the interval would need two quantiles.
        let tail = 0.5 * (1.0 - self.level);
        let pit = outcome.pit()?;
        outcome.mean(|i, _| Some(if (tail..=1.0 - tail).contains(&pit[i]) { 1.0 } else { 0.0 }))
    }
}
