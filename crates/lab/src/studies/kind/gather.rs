//! What comes out of a stage.

use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 1] =
    [("loss", "Mean squared error of the noise that is said, since the point before; of a judge its cross-entropy in nats")];

pub(super) const SCALARS: [(&str, &str); 20] = [
    ("fd", "Fréchet distance of what is generated of the new classes from real rows, in the features of the judge, over their mean variance; mean over draws"),
    ("fd-class", "The same class by class, mean over classes and draws"),
    ("fd-random", "The same in the features of a random layer"),
    ("fd-spread", "Standard deviation over draws of the Fréchet distance in the features of the judge"),
    ("right", "Share of what is generated that the judge takes for its class"),
    ("floor", "Fréchet distance of two draws of real rows, as many as are generated, in the features of the judge"),
    ("floor-half", "The same of half as many rows"),
    ("floor-class", "The same class by class, mean over classes"),
    ("floor-random", "The same in the features of a random layer"),
    ("judge-right", "Share of real rows that the judge takes for their class"),
    ("above-floor", "Fréchet distance less its floor"),
    ("end-loss", "Mean squared error of the noise that is said, at the end, on the rows that are learned from with noise of their own"),
    ("trained", "Numbers that are trained on the new classes"),
    ("sample-cost", "Operations of saying the noise in one row, with the parts of its class alone, in thousands"),
    ("steps-made", "Steps on the new classes"),
    ("operations", "Operations of pretraining and of the training on the new classes, with the parts of its class alone for a row, in billions"),
    ("pretraining-loss", "Mean squared error of the noise that is said, at the end of pretraining, on the rows of pretraining"),
    ("pretraining-rate", "Learning rate of pretraining, chosen on other seeds"),
    ("score", "One over one more than what rates are chosen by: the Fréchet distance, or the loss of pretraining"),
    ("rate", "Learning rate on the new classes, or of the stage, chosen on other seeds"),
];

fn outcome(curve: &[[f64; 2]], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    let series = Series::through(SERIES[0].0, curve.iter().map(|point| (point[0], point[1]))).into_iter().collect();
    Outcome::gathered(series, &SCALARS, found, weights, status)
}

/// The outcome of a stage that came to its end.
pub(super) fn done(curve: &[[f64; 2]], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>) -> Outcome {
    outcome(curve, found, weights, Status::Done)
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(curve: &[[f64; 2]], why: String) -> Outcome {
    outcome(curve, &[], None, Status::Diverged(why))
}
