//! Outcomes of stages.

use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 1] = [("loss", "Loss of the pretraining, mean since the point before; 0 for none")];

pub(super) const SCALARS: [(&str, &str); 10] = [
    ("knn-digits", "Share of new digits that 20 nearest neighbours among labelled ones tell"),
    ("ridge-digits", "Share of new digits that a ridge classifier on labelled ones tells"),
    ("knn-shapes", "Share of new pictures of another domain whose shape nearest neighbours tell"),
    ("ridge-shapes", "Share of new pictures of another domain whose shape a ridge classifier tells"),
    ("effective-rank", "Effective rank of the features of labelled digits (variances along principal components)"),
    ("used", "Prototypes in use at the end of pretraining: e to the entropy of which is nearest to how many digits, by the whole network"),
    ("valid", "Mean of neighbours and ridge on digits for validation, and over sizes where these share a pretraining"),
    ("work", "Billions of floating-point operations of the pretraining, with that of the network it is distilled from"),
    ("rate", "Learning rate of the pretraining, chosen on another seed"),
    ("edge", "1 if it is the lowest or the highest of the grid, 0 if not"),
];

/// An outcome with this curve (steps and losses) and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(curve: &[[f64; 2]], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    let series = Series::through(SERIES[0].0, curve.iter().map(|[x, y]| (*x, *y))).into_iter().collect();
    Outcome::gathered(series, &SCALARS, found, weights, status)
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(curve: &[[f64; 2]], why: String) -> Outcome {
    outcome(curve, &[], None, Status::Diverged(why))
}
