//! Phases of a training: their schedules, what they read, and where they are annealed.

use super::part::{By, Part};
use super::{Corpus, Method, Settings};
use crate::blocks::schedules::Schedule;

/// Steps of warm-up of pretraining, as a share of it.
const WARM_UP: f64 = 0.02;
/// The last rate of a cosine and of an annealing, over the peak.
const LAST: f64 = 0.1;
/// The rate that the infinite schedule holds, over the peak.
const HOLD: f64 = 0.5;
/// Steps in which it falls to that, as a share of pretraining.
const FALL: f64 = 0.5;
/// Steps of an annealing, as a share of a phase.
const ANNEALING: f64 = 0.1;

/// A share of some steps.
pub(super) fn share(of: f64, steps: usize) -> usize {
    (of * steps as f64).round() as usize
}

impl Method {
    /// Whether there is no pretraining.
    pub(super) fn scratch(self) -> bool {
        matches!(self, Self::Scratch | Self::ScratchLonger)
    }

    /// The rate that is held, over the peak, where it is annealed to be measured.
    pub(super) fn annealed(self) -> Option<f64> {
        match self {
            Self::Infinite => Some(HOLD),
            Self::Wsd => Some(1.0),
            _ => None,
        }
    }

    /// The schedule of pretraining, without an annealing.
    fn first(self, steps: usize) -> Schedule {
        let rise = share(WARM_UP, steps) as u64;
        match self {
            Self::Infinite => Schedule::Infinite { rise, fall: share(FALL, steps) as u64, hold: HOLD },
            Self::Wsd | Self::Constant => Schedule::Infinite { rise, fall: 0, hold: 1.0 },
            _ => Schedule::Cosine { first: 0.0, rise, length: steps as u64, last: LAST },
        }
    }

    /// The schedule of a later phase that is planned for so many steps, without an annealing.
    fn later(self, steps: usize, warm_up: f64) -> Schedule {
        match self {
            Self::Infinite => Schedule::Constant { rate: HOLD },
            Self::Wsd | Self::Constant => Schedule::Constant { rate: 1.0 },
            Self::Hold => Schedule::Constant { rate: LAST },
            _ if self.scratch() => Schedule::Cosine { first: 0.0, rise: share(warm_up, steps) as u64, length: steps as u64, last: LAST },
            _ => Schedule::Cosine { first: LAST, rise: share(warm_up, steps) as u64, length: steps as u64, last: LAST },
        }
    }
}

/// A phase.
#[derive(Clone, Debug)]
pub(super) struct Phase {
    /// 0 for pretraining.
    pub(super) number: usize,
    /// The domains so far, of which the last is learned.
    pub(super) corpora: Vec<Corpus>,
    /// Steps that it is planned for, and that are trained.
    pub(super) steps: usize,
    pub(super) stop: usize,
    /// Steps before it.
    pub(super) offset: usize,
    /// Is it measured at its end?
    pub(super) measured: bool,
    /// Does another one follow?
    pub(super) followed: bool,
}

impl Phase {
    /// All of it as one part, without an annealing, its peak left open.
    pub(super) fn whole(&self, own: &Settings, follows: bool) -> Part {
        let pretrains = self.number == 0;
        let planned = if own.method == Method::Cosine || pretrains { self.steps } else { self.stop };
        let corpus = self.corpora.last().copied().unwrap_or(Corpus::A);
        let with = |methods: &[Method]| !pretrains && methods.contains(&own.method);
        let replay = if with(&[Method::Replay, Method::All]) { own.replay } else { 0.0 };
        let seen_again = replay > 0.0;
        let pool = if with(&[Method::Subset, Method::All]) { (self.stop * own.batch).div_ceil(own.passes).max(1) } else { 0 };
        // What has no part in a phase is left out of its settings, so that arms that differ in nothing else share it.
        let in_it = |corpus: Corpus, value: f64| if self.corpora.contains(&corpus) { value } else { 0.0 };
        Part {
            words: own.words,
            width: own.width,
            layers: own.layers,
            batch: own.batch,
            shared: in_it(Corpus::B, own.shared),
            back: in_it(Corpus::Return, own.back),
            corpora: self.corpora.clone(),
            phase: self.number,
            repeats: if corpus == Corpus::B { own.domain_repeats } else { own.repeats },
            bad: own.bad,
            noise: own.noise,
            shuffled: pretrains && own.method == Method::Shuffled,
            good: with(&[Method::Quality, Method::All]),
            replay,
            earlier: if seen_again { share(own.checkpoint, own.steps) * own.batch } else { 0 },
            earlier_repeats: if seen_again { own.repeats } else { 0.0 },
            pool,
            offset: self.offset,
            from: 0,
            to: self.stop,
            schedule: if pretrains { own.method.first(planned) } else { own.method.later(planned, own.warm_up) },
            steps: self.steps,
            looks: own.looks,
            held_out: own.held_out,
            peaks: Vec::new(),
            by: By::Average,
            follows,
            hands_over: pretrains || self.followed,
        }
    }

    /// Where its annealing begins, and how it goes, where it has one.
    pub(super) fn annealing(&self, own: &Settings) -> Option<(usize, Schedule)> {
        let first = own.method.annealed().filter(|_| self.measured)?;
        let length = share(ANNEALING, self.steps).clamp(1, self.stop.saturating_sub(1).max(1));
        let from = self.stop.saturating_sub(length);
        Some((from, Schedule::Annealing { from: from as u64, length: length as u64, first, last: LAST }))
    }
}
