//! Outcomes of stages.

use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 1] = [("loss", "Loss of distillation, mean since the point before; 0 for none")];

/// What accuracies on digits for validation are called, rate by rate.
pub(super) const VALID: [&str; 5] = ["valid-1", "valid-2", "valid-3", "valid-4", "valid-5"];

pub(super) const SCALARS: [(&str, &str); 18] = [
    ("accuracy", "Mean accuracy on new digits of fresh networks that learn from the pictures alone"),
    ("expert-accuracy", "Mean accuracy of the experts on new digits"),
    ("expert-path", "Length of an expert's way over the epochs that are matched, summed from epoch to epoch (mean)"),
    ("expert-straight", "Distance of its ends over the length of that way (mean)"),
    ("matched", "Loss of distillation in its last twentieth"),
    ("student-rate", "Rate of the student at the end of distillation"),
    ("pixel-rate", "Rate of the pictures, chosen on other seeds"),
    ("last-start", "The last epoch that a trajectory may begin at, chosen on other seeds"),
    ("rate", "Rate of networks that learn from the pictures, chosen on other seeds"),
    ("edges", "Chosen rates that are the lowest or the highest of their grid"),
    ("work", "Billions of floating-point operations of experts and distillation, or of a search"),
    ("ridge-gap", "Distance of the ridge solution of a few points from that of all digits, over the length of the latter"),
    ("ridge-least", "The least that this can be with so many points (Eckart and Young)"),
    ("valid-1", "To choose by: accuracy on digits for validation at the first rate of networks"),
    ("valid-2", "At the second"),
    ("valid-3", "At the third"),
    ("valid-4", "At the fourth"),
    ("valid-5", "At the fifth"),
];

/// The curve of a stage that distils nothing.
const NOTHING: &[[f64; 2]] = &[[1.0, 0.0]];

/// An outcome with this curve (steps and losses) and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(curve: &[[f64; 2]], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    let points = if curve.is_empty() && status == Status::Done { NOTHING } else { curve };
    let series = Series::through(SERIES[0].0, points.iter().map(|[x, y]| (*x, *y))).into_iter().collect();
    Outcome::gathered(series, &SCALARS, found, weights, status)
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(curve: &[[f64; 2]], why: String) -> Outcome {
    outcome(curve, &[], None, Status::Diverged(why))
}
