//! One layer of linear self-attention on one prompt: its prediction, and its gradient written out by hand.
//!
//! Tokens are `vᵢ = [xᵢ; yᵢ]`, the query is `[q; 0]`. With one read-out vector the layer is `ŷ = uᵀ G M q / n`, `G = Σᵢ vᵢvᵢᵀ`: value
//! matrix and read-out are u, key and query matrix are M, and the 1/n is a constant that u takes up. With `rᵢ = u·vᵢ` and
//! `kᵢ = vᵢ·(M q)`
//!
//! ```text
//! ŷ = Σᵢ rᵢ kᵢ / n        ∂ŷ/∂u = Σᵢ kᵢ vᵢ / n        ∂ŷ/∂M = (Σᵢ rᵢ vᵢ) qᵀ / n
//! ```

use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;

use super::task::Prompt;

/// u, d + 1 numbers, and then M, (d + 1) × d numbers, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weights {
    dim: usize,
    pub(super) numbers: Vec<f64>,
}

impl Weights {
    /// How many numbers there are.
    pub(super) fn count(dim: usize) -> usize {
        (dim + 1) * (dim + 1)
    }

    /// Of these numbers; `None` where they are not as many as the dimension asks for.
    pub(super) fn of(dim: usize, numbers: Vec<f64>) -> Option<Self> {
        (numbers.len() == Self::count(dim)).then_some(Self { dim, numbers })
    }

    /// Normal numbers of this standard deviation.
    pub(super) fn random(dim: usize, scale: f64, rng: &mut Pcg64) -> Self {
        let draw = |_| {
            let z: f64 = rng.sample(StandardNormal);
            scale * z
        };
        Self { dim, numbers: (0..Self::count(dim)).map(draw).collect() }
    }

    /// u and M.
    pub(super) fn parts(&self) -> (&[f64], &[f64]) {
        self.numbers.split_at(self.dim + 1)
    }
}

/// Memory of one pass through the layer.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    /// M q.
    key: Vec<f64>,
    /// Σᵢ kᵢ vᵢ.
    by_key: Vec<f64>,
    /// Σᵢ rᵢ vᵢ.
    by_value: Vec<f64>,
}

impl Pass {
    pub(super) fn new(dim: usize) -> Self {
        Self { key: vec![0.0; dim + 1], by_key: vec![0.0; dim + 1], by_value: vec![0.0; dim + 1] }
    }

    /// n ŷ of a prompt. What the gradient needs is kept.
    #[inline]
    pub(super) fn sum(&mut self, weights: &Weights, prompt: &Prompt) -> f64 {
        let (u, matrix) = weights.parts();
        for (key, row) in self.key.iter_mut().zip(matrix.chunks_exact(prompt.query.len())) {
            *key = row.iter().zip(&prompt.query).map(|(m, q)| m * q).sum();
        }
        self.by_key.fill(0.0);
        self.by_value.fill(0.0);
        let mut sum = 0.0;
        for token in prompt.tokens() {
            let (mut value, mut key) = (0.0, 0.0);
            for ((v, u), k) in token.iter().zip(u).zip(&self.key) {
                value += u * v;
                key += k * v;
            }
            sum += value * key;
            for ((v, by_key), by_value) in token.iter().zip(&mut self.by_key).zip(&mut self.by_value) {
                *by_key += key * v;
                *by_value += value * v;
            }
        }
        sum
    }

    /// Adds `slope` times the gradient of n ŷ, after [`Self::sum`] of the same prompt.
    #[inline]
    pub(super) fn add_gradient(&self, slope: f64, prompt: &Prompt, gradient: &mut [f64]) {
        let (of_u, of_matrix) = gradient.split_at_mut(self.by_key.len());
        for (g, by_key) in of_u.iter_mut().zip(&self.by_key) {
            *g += slope * by_key;
        }
        for (row, by_value) in of_matrix.chunks_exact_mut(prompt.query.len()).zip(&self.by_value) {
            for (g, q) in row.iter_mut().zip(&prompt.query) {
                *g += slope * by_value * q;
            }
        }
    }
}

/// Adam (Kingma and Ba 2015) with its usual constants.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Adam {
    /// Running mean of the gradient.
    pub(super) mean: Vec<f64>,
    /// Running mean of its squares.
    pub(super) square: Vec<f64>,
}

/// Decay of the mean, of the squares, and what keeps a quotient finite.
const DECAY: (f64, f64, f64) = (0.9, 0.999, 1e-8);

impl Adam {
    pub(super) fn new(count: usize) -> Self {
        Self { mean: vec![0.0; count], square: vec![0.0; count] }
    }

    /// Moves the numbers by the `step`-th step, counted from 1.
    pub(super) fn step(&mut self, step: u64, rate: f64, gradient: &[f64], numbers: &mut [f64]) {
        let (first, second, small) = DECAY;
        let (of_mean, of_square) = (1.0 - first.powf(step as f64), 1.0 - second.powf(step as f64));
        for (((number, g), mean), square) in numbers.iter_mut().zip(gradient).zip(&mut self.mean).zip(&mut self.square) {
            *mean = first * *mean + (1.0 - first) * g;
            *square = second * *square + (1.0 - second) * g * g;
            *number -= rate * (*mean / of_mean) / ((*square / of_square).sqrt() + small);
        }
    }
}
