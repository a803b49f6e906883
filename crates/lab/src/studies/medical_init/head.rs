//! A head on features that stay as they are.

use nets::layers::Linear;
use nets::{Params, Training};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use crate::blocks::encoder::HEAD;
use crate::blocks::streams::{Purpose, stream};

/// A new head for a task, the same for all arms of a seed.
pub(super) fn new_head(features: usize, outs: usize, seed: u64, task: u64) -> (Linear, Params<f32>) {
    let mut params = Params::<f32>::new(stream(seed, Purpose::Head, task));
    let head = Linear::new(&mut params, HEAD, features, outs);
    (head, params)
}

/// What is taken off every feature, and what it is then multiplied by.
#[derive(Clone, Debug)]
pub(super) struct Standard {
    moved: Vec<f64>,
    scaled: Vec<f64>,
}

impl Standard {
    /// Of features that are learned from, so that each has mean 0 and variance 1 there; one that never changes becomes 0.
    pub(super) fn new(features: &[f32], dim: usize) -> Self {
        let dim = dim.max(1);
        let n = (features.len() / dim).max(1) as f64;
        let (mut moved, mut squares) = (vec![0.0; dim], vec![0.0; dim]);
        features.chunks_exact(dim).for_each(|row| moved.iter_mut().zip(row).for_each(|(m, v)| *m += f64::from(*v) / n));
        for row in features.chunks_exact(dim) {
            squares.iter_mut().zip(row).zip(&moved).for_each(|((s, v), m)| *s += (f64::from(*v) - m).powi(2) / n);
        }
        let scaled = squares.iter().map(|s: &f64| if *s > 1e-12 { s.sqrt().recip() } else { 0.0 }).collect();
        Self { moved, scaled }
    }

    /// Features as the head sees them.
    pub(super) fn apply(&self, features: &mut [f32]) {
        for row in features.chunks_exact_mut(self.moved.len()) {
            row.iter_mut().zip(&self.moved).zip(&self.scaled).for_each(|((v, m), s)| *v = ((f64::from(*v) - m) * s) as f32);
        }
    }
}

/// What a head says of so many rows of features.
pub(super) fn scores(head: &Linear, training: &mut Training<f32>, features: &[f32], rows: usize) -> Vec<f32> {
    training.infer(Pcg64::seed_from_u64(0), |pass| {
        let x = pass.input(features, rows, head.ins);
        let scores = head.forward(pass, x);
        pass.value(scores).to_vec()
    })
}
