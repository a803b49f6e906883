//! What is asked in pretraining: denoisers and language models as one family.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::{Budget, Method, Settings, world};
use crate::blocks::denoisers::{Corrupted, Denoiser, Mode, SPAN_CORRUPTION, TABLE, corrupt, plain};
use crate::blocks::streams::{Purpose, stream};

/// One way to ask.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ask {
    /// Every symbol, by those before it.
    Causal,
    /// The rest of the text, from anywhere on.
    Prefix,
    /// What a denoiser leaves out.
    Denoise(Denoiser),
}

impl Method {
    /// What is asked in turn; nothing where nothing is pretrained.
    pub(super) fn asks(self) -> Vec<Ask> {
        let of = |modes: &[Mode]| TABLE.into_iter().filter(|denoiser| modes.contains(&denoiser.mode)).map(Ask::Denoise).collect();
        match self {
            Self::Ul2 | Self::NoModes | Self::Scrambled => of(&[Mode::R, Mode::S, Mode::X]),
            Self::R => of(&[Mode::R]),
            Self::S => of(&[Mode::S]),
            Self::X => of(&[Mode::X]),
            Self::RX => of(&[Mode::R, Mode::X]),
            Self::RS => of(&[Mode::R, Mode::S]),
            Self::Clm => vec![Ask::Causal],
            Self::PrefixLm => vec![Ask::Prefix],
            Self::SpanCorruption => vec![Ask::Denoise(SPAN_CORRUPTION)],
            Self::Random | Self::Longer => Vec::new(),
        }
    }

    /// Whether a token says which kind of denoiser it is.
    pub(super) fn modes(self) -> bool {
        matches!(self, Self::Ul2 | Self::R | Self::S | Self::X | Self::RX | Self::RS | Self::Scrambled)
    }

    /// Whether no row sees what comes after it, even in an input.
    pub(super) fn causal(self) -> bool {
        self == Self::Clm
    }
}

/// A window as a model of this method reads it.
fn asked(own: &Settings, ask: Ask, text: &[u32], rng: &mut Pcg64) -> Corrupted {
    match ask {
        Ask::Causal => plain(text, 1, &[]),
        Ask::Prefix => plain(text, rng.random_range(1..text.len().max(2)), &[]),
        Ask::Denoise(denoiser) => {
            let mode = own.method.modes().then_some(denoiser.mode);
            corrupt(text, &denoiser.gaps(text.len(), rng), mode, world::alphabet(own))
        }
    }
}

/// The windows of a step as they are asked about; gaps have random numbers of their own, so that all arms see the same windows. Ways to ask take
/// turns, window by window through all steps, so that a mixture is exactly even.
pub(super) fn batch(own: &Settings, windows: &[Vec<u32>], step: u64, seed: u64) -> Vec<Corrupted> {
    let (asks, first) = (own.method.asks(), step * own.batch as u64);
    let mut rng = stream(seed, Purpose::Order, step);
    let one = |(k, text): (usize, &Vec<u32>)| {
        let turn = (first + k as u64) % asks.len().max(1) as u64;
        asks.get(turn as usize).map(|ask| asked(own, *ask, text, &mut rng))
    };
    windows.iter().enumerate().filter_map(one).collect()
}

/// What a window costs on average: rows, and operations of a pass forward.
pub(super) fn cost(own: &Settings) -> (f64, f64) {
    let asks = own.method.asks();
    let text = vec![0; own.window];
    let mut rng = stream(0, Purpose::Order, 0);
    let (mut rows, mut flops) = (0.0, 0.0);
    for ask in &asks {
        let made = asked(own, *ask, &text, &mut rng);
        // Of a prefix any length is as likely as any other, so that half of the text is asked for on average.
        let scored = if *ask == Ask::Prefix { own.window / 2 } else { made.wanted.len() };
        rows += made.tokens.len() as f64;
        flops += 2.0 * own.size().multiplications(made.tokens.len(), made.input, scored);
    }
    (rows / asks.len().max(1) as f64, flops / asks.len().max(1) as f64)
}

/// Operations of so many steps, forward and backward.
pub(super) fn flops(own: &Settings, steps: usize) -> f64 {
    3.0 * cost(own).1 * (steps * own.batch) as f64
}

/// Steps of a pretraining, by what is equal in all of them.
pub(super) fn steps(own: &Settings) -> usize {
    let by_tokens = |own: &Settings| ((own.tokens as f64 / (own.batch as f64 * cost(own).0)).round() as usize).max(20);
    match own.budget {
        Budget::Tokens => by_tokens(own),
        Budget::Flop => {
            let mixture = Settings { method: Method::Ul2, budget: Budget::Tokens, ..own.clone() };
            (flops(&mixture, by_tokens(&mixture)) / flops(own, 1)).round().max(20.0) as usize
        }
    }
}
