//! What pictures are worth: fresh networks learn from them.

use super::data::Digits;
use crate::blocks::probes::{self, largest};
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::two_layer::TwoLayer;

/// Share of digits that weights are right about.
pub(super) fn accuracy(net: &TwoLayer, weights: &[f64], digits: &Digits) -> f64 {
    let found: Vec<u32> = net.look(weights, &digits.pixels).chunks_exact(net.outs.max(1)).map(|row| largest(row.iter().copied())).collect();
    probes::accuracy(&found, &digits.labels)
}

/// How networks learn from pictures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pupil {
    pub(super) net: TwoLayer,
    pub(super) steps: usize,
    pub(super) seed: u64,
}

impl Pupil {
    /// The weights of the fresh network of this number, which is the same for all methods of a seed, after steps on all of the pictures.
    pub(super) fn taught(&self, number: u64, set: &Digits, rate: f64) -> Vec<f64> {
        let mut weights = self.net.first(&mut stream(self.seed, Purpose::Head, number));
        let mut gradient = vec![0.0; weights.len()];
        for _ in 0..self.steps {
            self.net.gradient(&weights, &set.pixels, &set.labels, 1.0, &mut gradient);
            weights.iter_mut().zip(&gradient).for_each(|(w, g)| *w -= rate * g);
        }
        weights
    }

    /// Its accuracy on other digits.
    pub(super) fn worth(&self, number: u64, set: &Digits, rate: f64, on: &Digits) -> f64 {
        accuracy(&self.net, &self.taught(number, set, rate), on)
    }
}
