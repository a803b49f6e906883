//! Sums over trials, and how they are kept between two sittings.

use super::Trial;

/// Sums over the trials so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Totals {
    /// Trials done.
    pub(super) trials: u64,
    /// Excess risk at each number of labels.
    curve: Vec<f64>,
    /// Square of the last excess risk; the extra and its square; the expected extra; the angle; the Bayes risk.
    rest: [f64; REST],
}

/// Sums beside the curve.
const REST: usize = 6;

/// The first bytes of saved sums: the format and its version.
const MAGIC: [u8; 8] = *b"pretrn01";

impl Totals {
    pub(super) fn new(points: usize) -> Self {
        Self { curve: vec![0.0; points], ..Self::default() }
    }

    pub(super) fn add(&mut self, trial: &Trial) {
        self.trials += 1;
        self.curve.iter_mut().zip(&trial.curve).for_each(|(sum, excess)| *sum += excess);
        let last = trial.curve.last().copied().unwrap_or(0.0);
        let values = [last * last, trial.extra, trial.extra * trial.extra, trial.expected, trial.angle, trial.bayes];
        self.rest.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }

    fn mean(&self, sum: f64) -> f64 {
        sum / self.trials.max(1) as f64
    }

    /// Standard error of a mean, from the sums of the values and of their squares.
    fn se(&self, sum: f64, squares: f64) -> f64 {
        let mean = self.mean(sum);
        let free = self.trials.saturating_sub(1).max(1) as f64;
        ((self.mean(squares) - mean * mean).max(0.0) / free).sqrt()
    }

    /// Mean excess risk at each number of labels.
    pub(super) fn curve(&self) -> Vec<f64> {
        self.curve.iter().map(|sum| self.mean(*sum)).collect()
    }

    /// Mean of the last excess risk, and its standard error.
    pub(super) fn excess(&self) -> (f64, f64) {
        let sum = self.curve.last().copied().unwrap_or(0.0);
        (self.mean(sum), self.se(sum, self.rest[0]))
    }

    /// Mean of what it has beyond the true representation, and its standard error.
    pub(super) fn extra(&self) -> (f64, f64) {
        (self.mean(self.rest[1]), self.se(self.rest[1], self.rest[2]))
    }

    pub(super) fn expected(&self) -> f64 {
        self.mean(self.rest[3])
    }

    pub(super) fn angle(&self) -> f64 {
        self.mean(self.rest[4])
    }

    pub(super) fn bayes(&self) -> f64 {
        self.mean(self.rest[5])
    }

    /// All of it, each number little-endian and 8 bytes long: [`MAGIC`], the trials (u64), and in f64 the other sums and the curve.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.trials.to_le_bytes());
        self.rest.iter().chain(&self.curve).for_each(|v| bytes.extend(v.to_le_bytes()));
        bytes
    }

    /// What [`Self::to_bytes`] wrote for a curve of so many points; `None` when it did not, and then all trials are done anew.
    pub(super) fn from_bytes(bytes: &[u8], points: usize) -> Option<Self> {
        let rest = bytes.strip_prefix(&MAGIC)?;
        let (words, []) = rest.as_chunks::<8>() else { return None };
        let (trials, numbers) = words.split_first()?;
        let numbers: Vec<f64> = numbers.iter().map(|word| f64::from_le_bytes(*word)).collect();
        if numbers.len() != REST + points || numbers.iter().any(|v| !v.is_finite()) {
            return None;
        }
        let (rest, curve) = numbers.split_first_chunk::<REST>()?;
        Some(Self { trials: u64::from_le_bytes(*trials), rest: *rest, curve: curve.to_vec() })
    }
}
