//! What learns from the target, and forecasts it.

use nets::{Params, Pass, Training, Var};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::linear::Dlinear;
use super::network::{Net, Shape};
use super::{Method, Settings};

/// Windows that are looked at side by side.
const LOOK: usize = 256;

/// What forecasts.
pub(super) enum Learner {
    /// The network, piece by piece.
    Net(Box<Net>),
    /// A linear forecast of the whole horizon.
    Linear(Dlinear),
    /// The last day again.
    Naive,
}

impl Learner {
    /// Adds its tensors.
    pub(super) fn new(params: &mut Params<f32>, own: &Settings) -> Self {
        match own.method {
            Method::Naive => Self::Naive,
            Method::Dlinear => Self::Linear(Dlinear::new(params, own.window(), own.horizon)),
            _ => Self::Net(Box::new(Net::new(params, Shape::of(own)))),
        }
    }

    /// Hours of a window that it learns from, with what comes after it.
    pub(super) fn length(&self, own: &Settings) -> usize {
        own.window() + if matches!(self, Self::Net(_)) { own.piece } else { own.horizon }
    }

    /// The loss of a batch of such windows.
    pub(super) fn loss(&self, pass: &mut Pass<'_, f32>, batch: &[f32]) -> Var {
        match self {
            Self::Net(net) => net.loss(pass, batch),
            Self::Linear(linear) => linear.loss(pass, batch),
            Self::Naive => pass.input(&[0.0], 1, 1),
        }
    }

    /// What comes after each window, `horizon` hours of each.
    pub(super) fn forecasts(&self, training: &mut Training<f32>, own: &Settings, windows: &[f32]) -> Vec<f32> {
        let mut all = Vec::with_capacity(windows.len() / own.window() * own.horizon);
        for block in windows.chunks(LOOK * own.window()) {
            match self {
                Self::Net(net) => appended(net, training, own, block, &mut all),
                Self::Linear(linear) => training.infer(Pcg64::seed_from_u64(0), |pass| all.extend(linear.forecasts(pass, block))),
                Self::Naive => {
                    let again = |window: &[f32]| window[window.len() - own.piece..].iter().copied().cycle().take(own.horizon).collect::<Vec<f32>>();
                    all.extend(block.chunks_exact(own.window()).flat_map(again));
                }
            }
        }
        all
    }
}

/// Appends forecasts of a network: each piece that it says becomes the last one of the window that it says the next from.
fn appended(net: &Net, training: &mut Training<f32>, own: &Settings, windows: &[f32], all: &mut Vec<f32>) {
    let (window, piece) = (own.window(), own.piece);
    let mut seen: Vec<Vec<f32>> = windows.chunks_exact(window).map(<[f32]>::to_vec).collect();
    for _ in 0..own.horizon / piece {
        let last: Vec<f32> = seen.iter().flat_map(|hours| hours[hours.len() - window..].to_vec()).collect();
        let next = training.infer(Pcg64::seed_from_u64(0), |pass| net.next(pass, &last));
        seen.iter_mut().zip(next.chunks_exact(piece)).for_each(|(hours, next)| hours.extend_from_slice(next));
    }
    seen.iter().for_each(|hours| all.extend_from_slice(&hours[window..]));
}
