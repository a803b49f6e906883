//! What a training has come to, and how it is kept between two sittings.

use super::attention::{Adam, Weights};

/// Where a training is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Progress {
    /// Steps done.
    pub(super) step: u64,
    pub(super) weights: Weights,
    pub(super) adam: Adam,
    /// Step and loss of every point recorded.
    pub(super) records: Vec<(u64, f64)>,
}

/// The first bytes of saved progress: the format and its version.
const MAGIC: [u8; 8] = *b"onestep1";

impl Progress {
    pub(super) fn new(weights: Weights) -> Self {
        let adam = Adam::new(weights.numbers.len());
        Self { step: 0, weights, adam, records: Vec::new() }
    }

    /// All of it, each number little-endian and 8 bytes long: [`MAGIC`], the steps done and how many records (u64), then in f64 the
    /// weights, Adam's two means, and per record its step and its loss.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.step.to_le_bytes());
        bytes.extend((self.records.len() as u64).to_le_bytes());
        let mut put = |v: f64| bytes.extend(v.to_le_bytes());
        self.weights.numbers.iter().chain(&self.adam.mean).chain(&self.adam.square).copied().for_each(&mut put);
        for (step, loss) in &self.records {
            put(*step as f64);
            put(*loss);
        }
        bytes
    }

    /// What [`Self::to_bytes`] wrote for a task of this dimension; `None` when it did not, and then the training begins anew.
    pub(super) fn from_bytes(bytes: &[u8], dim: usize) -> Option<Self> {
        let rest = bytes.strip_prefix(&MAGIC)?;
        let (words, []) = rest.as_chunks::<8>() else { return None };
        let (whole, numbers) = words.split_at_checked(2)?;
        let [step, records] = [0, 1].map(|k| u64::from_le_bytes(whole[k]));
        let numbers: Vec<f64> = numbers.iter().map(|word| f64::from_le_bytes(*word)).collect();
        let count = Weights::count(dim);
        let length = usize::try_from(records).ok()?.checked_mul(2)?.checked_add(3 * count)?;
        if numbers.len() != length || numbers.iter().any(|v| !v.is_finite()) {
            return None;
        }
        let (weights, numbers) = numbers.split_at(count);
        let (mean, numbers) = numbers.split_at(count);
        let (square, numbers) = numbers.split_at(count);
        let (records, _) = numbers.as_chunks::<2>();
        Some(Self {
            step,
            weights: Weights::of(dim, weights.to_vec())?,
            adam: Adam { mean: mean.to_vec(), square: square.to_vec() },
            records: records.iter().map(|&[step, loss]| (step as u64, loss)).collect(),
        })
    }
}
