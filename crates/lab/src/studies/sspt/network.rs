//! The network: an encoder of windows, and what is asked of it.

use nets::layers::pooling::{equal_parts, pool};
use nets::layers::{Linear, Sequences};
use nets::{Params, Pass, Var, losses};

use super::Ranking;
use super::frames::NUMBERS;
use crate::blocks::sequence_encoder::{FRONT, SequenceEncoder, Size};

/// What the tensors of the encoder begin with.
const ENCODER: &str = "encoder";

/// Whether a tensor is one of the front end.
pub(super) fn in_front(name: &str) -> bool {
    name.strip_prefix(ENCODER).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| rest.starts_with(FRONT))
}

/// An encoder of windows.
pub(super) struct Net {
    encoder: SequenceEncoder,
    size: Size,
}

/// How large it is.
pub(super) fn size(window: usize, width: usize, heads: usize, layers: usize) -> Size {
    Size { ins: NUMBERS, length: window, width, heads, layers }
}

impl Net {
    pub(super) fn new(params: &mut Params<f32>, size: Size) -> Self {
        Self { encoder: SequenceEncoder::new(params, ENCODER, size), size }
    }

    /// Numbers of a window.
    pub(super) fn numbers(&self) -> usize {
        self.size.length * self.size.ins
    }

    /// A row for every day of every window.
    pub(super) fn days(&self, pass: &mut Pass<'_, f32>, frames: &[f32]) -> Var {
        let windows = frames.len() / self.numbers();
        let x = pass.input(frames, windows * self.size.length, self.size.ins);
        self.encoder.forward(pass, x, &Sequences::all(windows, self.size.length))
    }

    /// A row for every window: the mean over its days.
    pub(super) fn mean(&self, pass: &mut Pass<'_, f32>, days: Var) -> Var {
        pool(pass, days, &equal_parts(days.rows / self.size.length, self.size.length), true)
    }

    /// The same of frames.
    pub(super) fn features(&self, pass: &mut Pass<'_, f32>, frames: &[f32]) -> Var {
        let days = self.days(pass, frames);
        self.mean(pass, days)
    }
}

/// The loss of a day: the mean squared error of returns, and `weight` times the mean over pairs of stocks of how wrong their order is, which is
/// `max(0, (p_i − p_j)(r_j − r_i))`; as released it is `max(0, (p_i − p_j)(p_j − r_i))`. `said` is a column.
pub(super) fn loss(pass: &mut Pass<'_, f32>, said: Var, wanted: &[f32], ranking: Ranking, weight: f64) -> Var {
    let n = wanted.len();
    let truth = pass.input(wanted, n, 1);
    let errors = losses::squared_error(pass, said, truth);
    let error = pass.mean(errors);
    if weight <= 0.0 || ranking == Ranking::None {
        return error;
    }
    let nothing = pass.input(&vec![0.0; n * n], n, n);
    let turned = pass.transpose(said);
    let first = pass.add(nothing, said);
    let apart = pass.sub(first, turned);
    let against = if ranking == Ranking::Released {
        let second = pass.add(nothing, turned);
        pass.sub(second, truth)
    } else {
        let gaps: Vec<f32> = wanted.iter().flat_map(|own| wanted.iter().map(move |other| other - own)).collect();
        pass.input(&gaps, n, n)
    };
    let wrong = pass.mul(apart, against);
    let wrong = pass.relu(wrong);
    let wrong = pass.mean(wrong);
    let wrong = pass.affine(wrong, weight, 0.0);
    pass.add(error, wrong)
}

/// What is asked in pretraining. All heads are always there, so that first weights do not depend on which of them are used.
pub(super) struct Heads {
    /// Which stock.
    pub(super) code: Linear,
    /// Which sector.
    pub(super) sector: Linear,
    /// The mean of the first number of a day.
    pub(super) mean: Linear,
    /// All numbers of a day.
    pub(super) numbers: Linear,
}

impl Heads {
    pub(super) fn new(params: &mut Params<f32>, width: usize, stocks: usize, sectors: usize) -> Self {
        Self {
            code: Linear::new(params, "code", width, stocks),
            sector: Linear::new(params, "sector", width, sectors),
            mean: Linear::new(params, "mean", width, 1),
            numbers: Linear::new(params, "numbers", width, NUMBERS),
        }
    }
}
