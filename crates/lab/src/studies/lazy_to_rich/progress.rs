//! What a run has seen so far, and how it is kept between two sittings.

use super::data::{Data, State};
use super::dynamics::Seen;
use super::kernel::Kernel;
use super::network::first_weights;
use super::{LazyToRich, Settings};
use crate::{Outcome, Series, Status, Study};

/// Measures per record: those of [`Seen`] and [`Kernel`], and the share of the test loss.
const MEASURES: usize = 9;

/// Test losses are no longer the same when they differ by more than this share.
const TENTH: f64 = 0.1;

/// Student and twin are compared until this share of the first training loss is left.
const QUARTER: f64 = 0.25;

/// Everything that is trained side by side.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parts {
    /// The student.
    pub(super) student: State,
    /// Its linearisation, where that is trained beside it.
    pub(super) twin: Option<State>,
    /// The weights of the network, where that is trained beside them; none else.
    pub(super) weights: Vec<f64>,
}

impl Parts {
    /// All of them before the first step.
    pub(super) fn first(settings: &Settings, first: &State, data: &Data, seed: u64) -> Self {
        let weights = if settings.explicit { first_weights(settings, data, seed) } else { Vec::new() };
        Self { student: first.clone(), twin: settings.twin.then(|| first.clone()), weights }
    }
}

/// What has been seen up to a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Progress {
    /// Steps done.
    pub(super) step: u64,
    /// Training and test loss before the first step; `None` until they were seen.
    initial: Option<(f64, f64)>,
    /// The same now.
    latest: (f64, f64),
    /// Largest test loss.
    largest: f64,
    /// First step with a training loss below the threshold.
    train_step: Option<u64>,
    /// First step with such a test loss.
    test_step: Option<u64>,
    /// Alignment of the first kernel.
    aligned: Option<f64>,
    /// Alignment and distance of the latest kernel observed.
    kernel: (f64, f64),
    /// Largest logarithm, up to its sign, of the test loss over that of the twin, until [`QUARTER`] of the training loss was
    /// left.
    twin_gap: Option<f64>,
    /// Whether it was.
    fitted: bool,
    /// Share of the training loss that was left when the two first differed by more than [`TENTH`].
    twin_share: Option<f64>,
    /// Largest differences of network and statistics: training losses and test losses, each over the first one.
    network: Option<(f64, f64)>,
    /// Step and measures of every point recorded.
    records: Vec<(u64, [f64; MEASURES])>,
}

impl Progress {
    /// Takes note of the state after [`Progress::step`] steps.
    pub(super) fn see(&mut self, seen: &Seen, threshold: f64) {
        let (train, test) = *self.initial.get_or_insert((seen.train, seen.test));
        self.latest = (seen.train, seen.test);
        self.largest = self.largest.max(seen.test);
        if self.train_step.is_none() && seen.train < threshold * train {
            self.train_step = Some(self.step);
        }
        if self.test_step.is_none() && seen.test < threshold * test {
            self.test_step = Some(self.step);
        }
    }

    /// Takes note of the twin after as many steps; after [`Progress::see`].
    pub(super) fn see_twin(&mut self, seen: &Seen, twin: &Seen) {
        let first = self.initial.map_or(seen.train, |(train, _)| train);
        let gap = (seen.test / twin.test).ln().abs();
        // Two losses of which one is gone cannot be compared.
        if gap.is_finite() {
            let largest = self.twin_gap.get_or_insert(0.0);
            if !self.fitted {
                *largest = largest.max(gap);
            }
            if self.twin_share.is_none() && gap > TENTH && first > 0.0 {
                self.twin_share = Some(seen.train / first);
            }
        }
        self.fitted |= seen.train <= QUARTER * first;
    }

    /// Takes note of the network's own losses after as many steps. Answers whether they are finite.
    pub(super) fn see_network(&mut self, seen: &Seen, train: f64, test: f64) -> bool {
        let (first_train, first_test) = self.initial.unwrap_or((seen.train, seen.test));
        let over = |gap: f64, first: f64| if first > 0.0 { gap.abs() / first } else { gap.abs() };
        let (train, test) = (over(train - seen.train, first_train), over(test - seen.test, first_test));
        let finite = train.is_finite() && test.is_finite();
        if finite {
            let largest = self.network.get_or_insert((0.0, 0.0));
            *largest = (largest.0.max(train), largest.1.max(test));
        }
        finite
    }

    /// Takes note of the kernel.
    pub(super) fn see_kernel(&mut self, kernel: &Kernel) {
        self.aligned = self.aligned.or(Some(kernel.alignment));
        self.kernel = (kernel.alignment, kernel.distance);
    }

    /// Keeps a point of every curve.
    pub(super) fn record(&mut self, seen: &Seen, kernel: &Kernel) {
        let [train, test, variance, misalignment, linear, alignment] = seen.values();
        let share = self.initial.filter(|(_, first)| *first > 0.0).map_or(0.0, |(_, first)| test / first);
        let values = [train, test, variance, misalignment, linear, alignment, kernel.alignment, kernel.distance, share];
        self.records.push((self.step, values));
    }

    /// The outcome, when nothing more is to be seen. What a run that diverged has at its end is not known.
    pub(super) fn outcome(self, status: Status) -> Outcome {
        let done = status == Status::Done;
        let x: Vec<f64> = self.records.iter().map(|(step, _)| *step as f64).collect();
        let names = LazyToRich::SERIES.iter().enumerate().filter(|_| !x.is_empty());
        let series = names.map(|(k, (name, _))| {
            let y = self.records.iter().map(|(_, values)| values[k]).collect();
            Series { name: (*name).to_owned(), x: x.clone(), y }
        });
        let series: Vec<Series> = series.collect();
        let (train, test) = (self.train_step.map(|step| step as f64), self.test_step.map(|step| step as f64));
        let both = train.zip(test);
        let values: [Option<f64>; 17] = [
            train,
            test,
            both.map(|(train, test)| test - train),
            // No loss is below a share of itself, so the training step is 1 at least.
            both.map(|(train, test)| test / train),
            self.initial.map(|(train, _)| train),
            self.initial.map(|(_, test)| test),
            done.then_some(self.latest.0),
            done.then_some(self.latest.1),
            self.initial.filter(|(_, test)| done && *test > 0.0).map(|(_, test)| self.largest / test),
            Some(f64::from(u8::from(test.is_none()))),
            self.aligned,
            done.then_some(self.kernel.0),
            done.then_some(self.kernel.1),
            self.twin_gap,
            self.twin_share,
            self.network.map(|(train, _)| train),
            self.network.map(|(_, test)| test),
        ];
        let scalars = LazyToRich::SCALARS.iter().zip(values).map(|((name, _), value)| ((*name).to_owned(), value)).collect();
        Outcome { series, scalars, weights: None, status }
    }
}

/// The first bytes of saved progress: the format and its version.
const MAGIC: [u8; 8] = *b"l2rich02";

/// Numbers between the counts and the state.
const FIXED: usize = 17;

/// Progress and everything trained as bytes, all numbers little-endian and 8 bytes long: [`MAGIC`]; the steps done; the training step and the test
/// step (all bits set for none); how many records (u64); then in f64 the two first losses, the two latest, the largest, and what was seen of kernel,
/// twin and network (a number that may be missing as 1 or 0 and its value); w̄ (D); M (D × D); the same of the twin and the weights (N × D), where
/// there are any; per record its step and its measures.
pub(super) fn to_bytes(progress: &Progress, parts: &Parts) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    let whole = [progress.step, progress.train_step.unwrap_or(u64::MAX), progress.test_step.unwrap_or(u64::MAX), progress.records.len() as u64];
    whole.iter().for_each(|v| bytes.extend(v.to_le_bytes()));
    let (train, test) = progress.initial.unwrap_or((f64::NAN, f64::NAN));
    let maybe = |v: Option<f64>| [f64::from(u8::from(v.is_some())), v.unwrap_or(0.0)];
    let [a, b, c] = [progress.aligned, progress.twin_gap, progress.twin_share].map(maybe);
    let (network_train, network_test) = progress.network.unwrap_or((0.0, 0.0));
    let fixed: [f64; FIXED] = [
        train,
        test,
        progress.latest.0,
        progress.latest.1,
        progress.largest,
        a[0],
        a[1],
        progress.kernel.0,
        progress.kernel.1,
        b[0],
        b[1],
        f64::from(u8::from(progress.fitted)),
        c[0],
        c[1],
        f64::from(u8::from(progress.network.is_some())),
        network_train,
        network_test,
    ];
    let mut put = |v: f64| bytes.extend(v.to_le_bytes());
    fixed.into_iter().for_each(&mut put);
    for state in std::iter::once(&parts.student).chain(&parts.twin) {
        state.mean.iter().chain(&state.second).copied().for_each(&mut put);
    }
    parts.weights.iter().copied().for_each(&mut put);
    for (step, values) in &progress.records {
        put(*step as f64);
        values.iter().copied().for_each(&mut put);
    }
    bytes
}

/// What [`to_bytes`] wrote for these settings; `None` when it did not, and then the run begins anew.
pub(super) fn from_bytes(bytes: &[u8], settings: &Settings) -> Option<(Progress, Parts)> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let (words, []) = rest.as_chunks::<8>() else { return None };
    let (whole, numbers) = words.split_at_checked(4)?;
    let [step, train_step, test_step, records] = [0, 1, 2, 3].map(|k| u64::from_le_bytes(whole[k]));
    let numbers: Vec<f64> = numbers.iter().map(|word| f64::from_le_bytes(*word)).collect();
    let dim = settings.dim;
    let state = dim.checked_mul(dim)?.checked_add(dim)?;
    let weights = if settings.explicit { settings.width.checked_mul(dim)? } else { 0 };
    let length = (records as usize).checked_mul(MEASURES + 1)?.checked_add(FIXED + state + weights + if settings.twin { state } else { 0 })?;
    if numbers.len() != length || numbers.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let (fixed, mut numbers) = numbers.split_first_chunk::<FIXED>()?;
    let mut take = |count: usize| {
        let (head, tail) = numbers.split_at(count);
        numbers = tail;
        head.to_vec()
    };
    let mut one = || State { mean: take(dim), second: take(dim * dim) };
    let (student, twin) = (one(), settings.twin.then(&mut one));
    let parts = Parts { student, twin, weights: take(weights) };
    let (records, _) = numbers.as_chunks::<{ MEASURES + 1 }>();
    let some = |step: u64| (step != u64::MAX).then_some(step);
    let maybe = |k: usize| (fixed[k] == 1.0).then_some(fixed[k + 1]);
    let progress = Progress {
        step,
        initial: Some((fixed[0], fixed[1])),
        latest: (fixed[2], fixed[3]),
        largest: fixed[4],
        train_step: some(train_step),
        test_step: some(test_step),
        aligned: maybe(5),
        kernel: (fixed[7], fixed[8]),
        twin_gap: maybe(9),
        fitted: fixed[11] == 1.0,
        twin_share: maybe(12),
        network: (fixed[14] == 1.0).then_some((fixed[15], fixed[16])),
        records: records.iter().map(|&[step, ref values @ ..]| (step as u64, *values)).collect(),
    };
    Some((progress, parts))
}
