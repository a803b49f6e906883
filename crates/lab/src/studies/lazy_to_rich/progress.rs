//! What a run has seen so far, and how it is kept between two sittings.

use super::LazyToRich;
use super::data::State;
use super::dynamics::Seen;
use crate::{Outcome, Series, Status, Study};

/// Measures per record: those of [`Seen`].
const MEASURES: usize = 6;

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

    /// Keeps a point of every curve.
    pub(super) fn record(&mut self, seen: &Seen) {
        self.records.push((self.step, seen.values()));
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
        let values: [Option<f64>; 10] = [
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
        ];
        let scalars = LazyToRich::SCALARS.iter().zip(values).map(|((name, _), value)| ((*name).to_owned(), value)).collect();
        Outcome { series, scalars, weights: None, status }
    }
}

/// The first bytes of saved progress: the format and its version.
const MAGIC: [u8; 8] = *b"l2rich01";

/// Progress and state as bytes, all numbers little-endian and 8 bytes long: [`MAGIC`]; the steps done; the training step and
/// the test step (all bits set for none); how many records (u64); then in f64 the two first losses, the two latest, and the
/// largest; w̄ (D); M (D × D); per record its step and six measures.
pub(super) fn to_bytes(progress: &Progress, state: &State) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    let whole = [progress.step, progress.train_step.unwrap_or(u64::MAX), progress.test_step.unwrap_or(u64::MAX), progress.records.len() as u64];
    whole.iter().for_each(|v| bytes.extend(v.to_le_bytes()));
    let (train, test) = progress.initial.unwrap_or((f64::NAN, f64::NAN));
    let mut put = |v: f64| bytes.extend(v.to_le_bytes());
    [train, test, progress.latest.0, progress.latest.1, progress.largest].into_iter().for_each(&mut put);
    state.mean.iter().chain(&state.second).copied().for_each(&mut put);
    for (step, values) in &progress.records {
        put(*step as f64);
        values.iter().copied().for_each(&mut put);
    }
    bytes
}

/// What [`to_bytes`] wrote for a state of this dimension; `None` when it did not, and then the run begins anew.
pub(super) fn from_bytes(bytes: &[u8], dim: usize) -> Option<(Progress, State)> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let (words, []) = rest.as_chunks::<8>() else { return None };
    let (whole, numbers) = words.split_at_checked(4)?;
    let [step, train_step, test_step, records] = [0, 1, 2, 3].map(|k| u64::from_le_bytes(whole[k]));
    let numbers: Vec<f64> = numbers.iter().map(|word| f64::from_le_bytes(*word)).collect();
    let fixed = 5 + dim + dim * dim;
    let length = (records as usize).checked_mul(MEASURES + 1)?.checked_add(fixed)?;
    if numbers.len() != length || numbers.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let (head, numbers) = numbers.split_at(5);
    let (mean, numbers) = numbers.split_at(dim);
    let (second, numbers) = numbers.split_at(dim * dim);
    let (records, _) = numbers.as_chunks::<{ MEASURES + 1 }>();
    let some = |step: u64| (step != u64::MAX).then_some(step);
    let progress = Progress {
        step,
        initial: Some((head[0], head[1])),
        latest: (head[2], head[3]),
        largest: head[4],
        train_step: some(train_step),
        test_step: some(test_step),
        records: records.iter().map(|&[step, a, b, c, d, e, f]| (step as u64, [a, b, c, d, e, f])).collect(),
    };
    Some((progress, State { mean: mean.to_vec(), second: second.to_vec() }))
}
