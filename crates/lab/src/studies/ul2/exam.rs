//! What is asked of a model: what follows, what is missing of a few short spans, and of a long one.

use std::ops::Range;

use nets::Training;
use rand::RngExt;
use rand_pcg::Pcg64;

use super::world::{Parts, alphabet};
use super::{Method, Settings};
use crate::blocks::denoisers::{Corrupted, Mode, SPAN_CORRUPTION, corrupt, plain};
use crate::blocks::prefix_model::PrefixModel;
use crate::blocks::streams::{Purpose, stream};

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    /// The last quarter.
    Continuation,
    /// Spans of three symbols on average, 15 per cent in all.
    Short,
    /// A quarter, anywhere between the first quarter and the last.
    Long,
}

/// All of them.
pub(super) const AXES: [Axis; 3] = [Axis::Continuation, Axis::Short, Axis::Long];

impl Axis {
    fn gaps(self, length: usize, rng: &mut Pcg64) -> Vec<Range<usize>> {
        let quarter = (length / 4).max(1);
        match self {
            Self::Continuation => std::iter::once(length - quarter..length).collect(),
            Self::Short => SPAN_CORRUPTION.gaps(length, rng),
            Self::Long => {
                let start = rng.random_range(quarter..=length - 2 * quarter);
                std::iter::once(start..start + quarter).collect()
            }
        }
    }
}

/// How a question is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// The text as it is, up to the first gap and on from there; what is to the right of a gap is not seen.
    Plain,
    /// With sentinels.
    Bare,
    /// With sentinels, after the token of a mode.
    Modal(Mode),
}

impl Format {
    /// A number for it: 0 as it is, 1 with sentinels, 2 to 4 with R, S and X.
    pub(super) fn code(self) -> f64 {
        match self {
            Self::Plain => 0.0,
            Self::Bare => 1.0,
            Self::Modal(mode) => 2.0 + f64::from(mode as u8),
        }
    }

    fn written(self, own: &Settings, text: &[u32], gaps: &[Range<usize>]) -> Corrupted {
        match self {
            Self::Plain => {
                let input = if own.method.causal() { 1 } else { gaps.first().map_or(1, |gap| gap.start) };
                plain(text, input, gaps)
            }
            Self::Bare => corrupt(text, gaps, None, alphabet(own)),
            Self::Modal(mode) => corrupt(text, gaps, Some(mode), alphabet(own)),
        }
    }
}

impl Method {
    /// The formats that a model of it knows; none where it knows no text.
    pub(super) fn formats(self) -> Vec<Format> {
        let with = |modes: &[Mode]| modes.iter().map(|mode| Format::Modal(*mode)).chain([Format::Plain]).collect();
        match self {
            Self::Ul2 | Self::Scrambled => with(&[Mode::R, Mode::S, Mode::X]),
            Self::R => with(&[Mode::R]),
            Self::S => with(&[Mode::S]),
            Self::X => with(&[Mode::X]),
            Self::RX => with(&[Mode::R, Mode::X]),
            Self::RS => with(&[Mode::R, Mode::S]),
            Self::NoModes | Self::SpanCorruption => vec![Format::Bare, Format::Plain],
            Self::Clm | Self::PrefixLm | Self::Random => vec![Format::Plain],
            Self::Longer => Vec::new(),
        }
    }
}

/// Windows, and of each axis what is missing of them.
pub(super) struct Exam<'a> {
    windows: &'a [Vec<u32>],
    gaps: [Vec<Vec<Range<usize>>>; 3],
}

/// How a model does on an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mark {
    /// Bits for each missing symbol, in the format that takes the fewest on other windows.
    pub(super) bits: f64,
    /// That format.
    pub(super) format: Format,
    /// Bits of the worst of its modes over those of the best, as a logarithm, on the other windows; none of a model with fewer than two.
    pub(super) mode_gap: Option<f64>,
}

impl<'a> Exam<'a> {
    /// The k-th exam of a seed, on these windows of one length.
    pub(super) fn new(windows: &'a [Vec<u32>], seed: u64, k: u64) -> Self {
        let mut rng = stream(seed, Purpose::Projection, k);
        let gaps = AXES.map(|axis| windows.iter().map(|text| axis.gaps(text.len(), &mut rng)).collect());
        Self { windows, gaps }
    }

    /// The questions of an axis in a format.
    pub(super) fn questions(&self, own: &Settings, axis: Axis, format: Format) -> Vec<Corrupted> {
        self.windows.iter().zip(&self.gaps[axis as usize]).map(|(text, gaps)| format.written(own, text, gaps)).collect()
    }

    /// Mean bits for each missing symbol.
    fn bits(&self, own: &Settings, model: &PrefixModel, training: &mut Training<f32>, axis: Axis, format: Format) -> f64 {
        let bits = model.bits(training, &self.questions(own, axis, format), alphabet(own).symbols);
        bits.iter().sum::<f64>() / bits.len().max(1) as f64
    }

    /// The least bits there can be on an axis, given both sides and given the left one alone.
    pub(super) fn exact(&self, own: &Settings, parts: &Parts, axis: Axis) -> Option<(f64, f64)> {
        let filler = parts.filler(own)?;
        let (mut both, mut left, mut count) = (0.0, 0.0, 0.0);
        for (text, gaps) in self.windows.iter().zip(&self.gaps[axis as usize]) {
            let missing: Vec<bool> = (0..text.len()).map(|place| gaps.iter().any(|gap| gap.contains(&place))).collect();
            for word in filler.exact(text, &missing) {
                both += word.both;
                left += word.left;
                count += 1.0;
            }
        }
        (count > 0.0).then(|| (both / count, left / count))
    }

    /// Chooses the format of an axis by this exam, and marks the model by another one. None of a model that knows no format.
    pub(super) fn mark(&self, by: &Exam<'_>, own: &Settings, model: &PrefixModel, training: &mut Training<f32>, axis: Axis) -> Option<Mark> {
        let tried: Vec<(Format, f64)> = own.method.formats().into_iter().map(|format| (format, self.bits(own, model, training, axis, format))).collect();
        let (format, _) = *tried.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
        let modal: Vec<f64> = tried.iter().filter(|(format, _)| matches!(format, Format::Modal(_))).map(|(_, bits)| *bits).collect();
        let (least, most) = modal.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), bits| (least.min(*bits), most.max(*bits)));
        let mode_gap = (modal.len() > 1).then(|| (most / least).ln());
        Some(Mark { bits: by.bits(own, model, training, axis, format), format, mode_gap })
    }
}

/// Operations of an exam by which a format is chosen, and of the other one.
pub(super) fn flops(own: &Settings) -> f64 {
    let mut rng = stream(0, Purpose::Projection, 0);
    let text = vec![0; own.window];
    let formats = own.method.formats();
    let mut all = 0.0;
    for axis in AXES {
        let gaps = axis.gaps(own.window, &mut rng);
        let cost = |format: &Format| {
            let made = format.written(own, &text, &gaps);
            2.0 * own.size().multiplications(made.tokens.len(), made.input, made.wanted.len())
        };
        all += own.valid as f64 * formats.iter().map(cost).sum::<f64>();
        all += own.asked as f64 * formats.first().map_or(0.0, cost);
    }
    all
}
