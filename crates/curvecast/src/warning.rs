//! What looks doubtful, as data.

use std::fmt;

/// Something that a reader of an answer must know.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// Rows without all of their numbers, which are left out.
    RowsLeftOut {
        /// How many.
        left_out: usize,
        /// Of how many.
        of: usize,
    },
    /// An input that looks as if it were counted in millions or billions.
    SmallCounts {
        /// The input.
        input: String,
        /// Its lowest value.
        low: f64,
        /// Its highest value.
        high: f64,
    },
    /// Losses that are high for nats per token.
    HighLoss {
        /// The lowest.
        low: f64,
        /// The highest.
        high: f64,
    },
    /// Something about the fit.
    Fit(fitters::Warning),
    /// A method that gives no intervals.
    NoIntervals {
        /// Why.
        why: String,
    },
    /// Resamples without a fit.
    ResamplesFailed {
        /// How many.
        failed: usize,
        /// Of how many.
        of: usize,
    },
    /// A best split that no one can train.
    OddOptimum {
        /// The budget in FLOP.
        budget: f64,
        /// Parameters there.
        params: f64,
        /// Tokens there.
        tokens: f64,
    },
    /// About 500 irregular points.
    LooksSampled,
    /// A series that moves the other way than is said to be good.
    WrongWay {
        /// Does it rise?
        rises: bool,
    },
    /// A quantile that has no bound.
    Unbounded {
        /// The resource value.
        at: f64,
        /// The level of the quantile, 0 to 1.
        level: f64,
    },
}

/// What was found, and what to do.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::RowsLeftOut { left_out, of } => write!(f, "{left_out} of {of} rows lack a number and are left out"),
            Warning::SmallCounts { input, low, high } => {
                write!(f, "{input} runs from {low} to {high}: millions or billions? Budgets need counts: scale {input} by 1e9 (or 1e6)")
            }
            Warning::HighLoss { low, high } => {
                write!(f, "losses from {low:.3} to {high:.3} are high for nats per token: perplexity? Say so in the unit")
            }
            Warning::Fit(w) => write!(f, "{w}"),
            Warning::NoIntervals { why } => write!(f, "no intervals: {why}"),
            Warning::ResamplesFailed { failed, of } => write!(f, "{failed} of {of} resamples could not be fitted"),
            Warning::OddOptimum { budget, params, tokens } => write!(
                f,
                "at {budget:e} FLOP the best split is {params:.2e} parameters and {tokens:.2e} tokens, which no one can train: check the units, the budget, and the warnings of the fit"
            ),
            Warning::LooksSampled => f.write_str("about 500 irregular rows: this looks like a sampled history, not the full one; export all rows if you can"),
            Warning::WrongWay { rises: true } => {
                f.write_str("the series rises, and lower is said to be better: say that higher is better if it is an accuracy")
            }
            Warning::WrongWay { rises: false } => f.write_str("the series falls, and higher is said to be better: say that lower is better if it is a loss"),
            Warning::Unbounded { at, level } => {
                write!(
                    f,
                    "the {}% quantile at {at} has no bound: the method cannot tell; give bounds, ask for a nearer point, or use another method",
                    100.0 * level
                )
            }
        }
    }
}
