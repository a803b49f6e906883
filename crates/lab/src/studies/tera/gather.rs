//! What comes out of a stage.

use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 1] = [("loss", "Loss of pretraining, mean since the point before; 0 where nothing is pretrained")];

pub(super) const SCALARS: [(&str, &str); 25] = [
    ("digit", "Share of right digits of a speaker who was left out, by a ridge classifier on frozen features, mean over speakers"),
    ("speaker", "Share of right speakers, by a ridge classifier on frozen features"),
    ("digit-frames", "As `digit`, by a classifier of single frames and a vote"),
    ("speaker-frames", "As `speaker`, by a classifier of single frames and a vote"),
    ("frozen", "The mean of `digit` and `speaker`"),
    ("digit-tuned", "Share of right digits of speakers who were left out, after all weights have learned from a few labels"),
    ("speaker-tuned", "Share of right speakers, after all weights have learned from a few labels"),
    ("tuned", "The mean of these two"),
    ("valid", "Mean of right digits and speakers by the probes among takes to choose by, of speakers who were not left out"),
    ("digit-valid", "As `digit-tuned`, among takes to choose by, of speakers who were not left out"),
    ("speaker-valid", "As `speaker-tuned`, among takes to choose by"),
    ("digit-known", "As `digit-tuned`, among the takes whose labels were learned"),
    ("speaker-known", "As `speaker-tuned`, among the takes whose labels were learned"),
    ("rate", "Peak of the learning rate of pretraining, chosen on other seeds"),
    ("rate-edge", "1 where it is at an end of its grid, else 0"),
    ("digit-rate", "Learning rate of the fit to digits, chosen on other seeds"),
    ("digit-edge", "1 where it is at an end of its grid, else 0"),
    ("speaker-rate", "Learning rate of the fit to speakers, chosen on other seeds"),
    ("speaker-edge", "1 where it is at an end of its grid, else 0"),
    ("pretraining-loss", "Loss of pretraining, mean over its last twentieth"),
    ("passed", "Sounds passed forward and backward in pretraining"),
    ("operations", "Operations of pretraining, in millions of millions, of sounds of usual length"),
    ("fit-operations", "Operations of both fits, in millions of millions, of sounds of usual length"),
    ("weights", "Weights of the encoder and of the head that says frames"),
    ("chance", "What a guess would have of speakers"),
];

/// An outcome with this curve and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(curve: &[[f64; 2]], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    let series = Series::through(SERIES[0].0, curve.iter().map(|[x, y]| (*x, *y))).into_iter().collect();
    Outcome::gathered(series, &SCALARS, found, weights, status)
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(why: String) -> Outcome {
    outcome(&[], &[], None, Status::Diverged(why))
}

/// The curve of an earlier stage; one point at 0 where nothing was pretrained.
pub(super) fn curve(before: Option<&Outcome>) -> Vec<[f64; 2]> {
    let known = before.and_then(|before| before.series(SERIES[0].0));
    known.map_or_else(|| vec![[1.0, 0.0]], |series| series.x.iter().zip(&series.y).map(|(x, y)| [*x, *y]).collect())
}

/// Whether a value is at an end of its grid.
pub(super) fn edge(grid: &[f64], value: f64) -> Option<f64> {
    let (least, most) = grid.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), rate| (least.min(*rate), most.max(*rate)));
    (grid.len() > 2).then(|| f64::from(u8::from(value <= least || value >= most)))
}
