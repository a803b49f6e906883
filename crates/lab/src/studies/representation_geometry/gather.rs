//! What comes out of a stage.

use crate::{Outcome, Series, Status};

/// Along the steps.
pub(super) const SERIES: [(&str, &str); 8] = [
    ("effective-rank", "Effective rank of the variances of last states along principal components"),
    ("singular-rank", "Effective rank of the singular values of last states as they are"),
    ("inner-rank", "Effective rank of variances before the last norm; of the toy, which has none, the first again"),
    ("alpha", "Decay of the variances: minus the slope of their logarithms by those of ranks"),
    ("alpha-fit", "Share of the variance of logarithms that a line explains"),
    ("alignment", "Rank correlation of the model's likelihoods of words with the exact ones; of the toy, with frequencies of words"),
    ("copying", "Share of right words in phrases that are repeated; of the toy, among samples of the rarest word"),
    ("known", "Share of right words in texts over that of who knows the chain; of the toy, share of right samples"),
];

pub(super) const SCALARS: [(&str, &str); 44] = [
    ("log-rank", "Logarithm of the effective rank, at the end"),
    ("collapse", "First fall of the logarithm of the rank, smoothed; 0 where it does not fall first"),
    ("expansion", "The rise after it"),
    ("compression", "The fall after that"),
    ("depth", "The least of the three"),
    ("sequence", "1 where all three are there, in this order; 0 otherwise"),
    ("legs", "Rises and falls of the rank that are large enough"),
    ("least-step", "Step at which the expansion begins"),
    ("most-step", "Step at which the expansion ends"),
    ("least-rank", "Effective rank at which the expansion begins"),
    ("most-rank", "Effective rank at which the expansion ends"),
    ("factor", "The second over the first"),
    ("alpha-collapse", "What the decay changes by up to the beginning of the expansion"),
    ("alpha-expansion", "What it changes by along the expansion"),
    ("peak-gap", "Distance between the end of the expansion and the highest alignment, in logarithms of steps"),
    ("aligned-expansion", "Share of what the alignment gains, up to its highest, that falls into the expansion"),
    ("copying-expansion", "What the share of right words in repeated phrases gains along the expansion"),
    ("copying-compression", "What it gains along the compression; 0 where there is none"),
    ("copying-rank", "Correlation over checkpoints of that share with the rank"),
    ("copying-alpha", "Correlation over checkpoints of that share with the decay"),
    ("definitions", "Correlation over checkpoints of the logarithms of both effective ranks"),
    ("fit", "Share of the variance of logarithms that the decay's line explains, mean over checkpoints"),
    ("collapse-before", "First fall before the last norm"),
    ("expansion-before", "The rise after it"),
    ("compression-before", "The fall after that"),
    ("sequence-before", "1 where all three are there"),
    ("copying-compression-before", "What the share of right words in repeated phrases gains along that compression"),
    ("aligned", "Rank correlation of likelihoods with the exact ones, at the end"),
    ("copied", "Share of right words in phrases that are repeated, at the end"),
    ("home-excess", "Loss on texts of the first domain above the least there can be, in nats a word"),
    ("in-excess", "The same of the related domain that is learned"),
    ("out-excess", "The same of the related domain that nobody learns"),
    ("preferred", "Share of pairs whose ending by the related domain is the likelier one"),
    ("pass-one", "Share of endings of phrases that are right"),
    ("pass-many", "Chance that one of several is right"),
    ("distinct", "Share of endings of a phrase that differ"),
    ("variety", "Mean entropy of what the model says of texts, in nats a word"),
    ("balance", "Largest change of the features' moments less those of the weights, over the moments"),
    ("singular-gap", "Largest distance of singular values of features from those of weights, over the largest"),
    ("speed-slope", "Speeds of singular values by those of theory: slope through nothing"),
    ("speed-bound", "Largest speed of a singular value over that value and the length of the gradient of scores"),
    ("score", "What a rate is chosen by"),
    ("rate", "Peak of the learning rate, chosen on other seeds"),
    ("passed", "Documents passed forward and backward"),
];

/// A look at a training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) step: f64,
    pub(super) rank: f64,
    pub(super) singular: f64,
    pub(super) before: f64,
    pub(super) alpha: f64,
    pub(super) fit: f64,
    pub(super) alignment: f64,
    pub(super) copying: f64,
    pub(super) known: f64,
}

/// What a look is made of: the step, and a number for each series.
type Numbers = [f64; Look::NUMBERS];

impl Look {
    /// How many numbers it has.
    pub(super) const NUMBERS: usize = SERIES.len() + 1;

    /// One in which nothing is finite.
    pub(super) fn nothing(step: f64) -> Self {
        let mut numbers = [f64::NAN; Self::NUMBERS];
        numbers[0] = step;
        Self::of(numbers)
    }

    pub(super) fn of([step, rank, singular, before, alpha, fit, alignment, copying, known]: Numbers) -> Self {
        Self { step, rank, singular, before, alpha, fit, alignment, copying, known }
    }

    pub(super) fn numbers(&self) -> Numbers {
        [self.step, self.rank, self.singular, self.before, self.alpha, self.fit, self.alignment, self.copying, self.known]
    }

    pub(super) fn is_finite(&self) -> bool {
        self.numbers().iter().all(|v| v.is_finite())
    }

    /// What rates are chosen by: what is known of texts and of phrases.
    pub(super) fn score(&self) -> f64 {
        0.5 * (self.known + self.copying)
    }
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(why: String) -> Outcome {
    Outcome::gathered(Vec::new(), &SCALARS, &[], None, Status::Diverged(why))
}

/// The outcome of a stage that came to its end, with its looks and what else was found.
pub(super) fn done(looks: &[Look], found: &[(&'static str, Option<f64>)], weights: Option<Vec<u8>>) -> Outcome {
    let series = SERIES.iter().zip(1..).filter_map(|((name, _), place): (_, usize)| {
        let points = looks.iter().map(|look| look.numbers()).filter_map(|numbers| Some((numbers[0], *numbers.get(place)?)));
        Series::through(name, points.collect::<Vec<_>>())
    });
    let last = looks.last();
    let ends = [("log-rank", last.map(|look| look.rank.ln())), ("aligned", last.map(|look| look.alignment)), ("copied", last.map(|look| look.copying))];
    Outcome::gathered(series.collect(), &SCALARS, &[ends.as_slice(), found].concat(), weights, Status::Done)
}
