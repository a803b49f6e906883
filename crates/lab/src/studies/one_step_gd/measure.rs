//! Losses on fresh prompts: of weights, and of the Bayes predictor of the linear target.
//!
//! Given its examples, the weight vector of a linear prompt is normal, and the best prediction is ridge regression with penalty σ² in
//! whitened coordinates, `ŵ = (S + σ² I)⁻¹ s`, whose expected squared error beyond σ² is `σ² tr (S + σ² I)⁻¹` for these examples.

use rand::SeedableRng;
use rand_pcg::Pcg64;

use crate::{Go, StudyError};

use super::attention::{Pass, Weights};
use super::task::{Prompt, Task};

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measured {
    /// Mean squared error on fresh prompts.
    pub(super) loss: f64,
    /// Its standard error.
    pub(super) se: f64,
    /// Of ridge regression: the mean over prompts of the expected squared error, σ² included.
    pub(super) expected: Option<f64>,
}

/// About a tenth of a second's work, in numbers drawn.
const WATCH_NUMBERS: usize = 8_000_000;

/// The loss of these weights, or of ridge regression where there are none, on so many fresh prompts; the watch is asked now and then.
pub(super) fn measure(task: &Task, weights: Option<&Weights>, prompts: usize, seed: u64, watch: &dyn Fn() -> Go) -> Result<Measured, StudyError> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let (mut prompt, mut pass, mut ridge) = (Prompt::new(task), Pass::new(task.dim), Ridge::new(task.dim));
    // Ridge regression multiplies every number of a token with every other.
    let work = if weights.is_some() { 1 } else { 1 + task.dim / 8 };
    let piece = (WATCH_NUMBERS / ((task.examples + 2) * (task.dim + 1) * work)).max(1);
    let n = task.examples as f64;
    let (mut sum, mut squares, mut expected) = (0.0, 0.0, 0.0);
    for k in 1..=prompts {
        prompt.draw(task, &mut rng);
        let predicted = match weights {
            Some(weights) => pass.sum(weights, &prompt) / n,
            None => {
                let (predicted, variance) = ridge.predict(task, &prompt);
                expected += task.floor() + variance;
                predicted
            }
        };
        let error = (predicted - prompt.answer) * (predicted - prompt.answer);
        sum += error;
        squares += error * error;
        if k.is_multiple_of(piece) && watch() == Go::Stop {
            return Err(StudyError::Interrupted);
        }
    }
    let count = prompts as f64;
    let loss = sum / count;
    let se = ((squares / count - loss * loss).max(0.0) / count).sqrt();
    Ok(Measured { loss, se, expected: weights.is_none().then_some(expected / count) })
}

/// Ridge regression in whitened coordinates, for one prompt after the other in the same memory.
#[derive(Clone, Debug)]
pub(super) struct Ridge {
    dim: usize,
    /// S + σ² I, and then its Cholesky factor in the lower half.
    gram: Vec<f64>,
    /// s, and then the coefficients.
    right: Vec<f64>,
    /// A column of the inverse of the factor.
    column: Vec<f64>,
}

impl Ridge {
    pub(super) fn new(dim: usize) -> Self {
        Self { dim, gram: vec![0.0; dim * dim], right: vec![0.0; dim], column: vec![0.0; dim] }
    }

    /// The prediction for the query, and the expected squared error for these examples beyond σ².
    pub(super) fn predict(&mut self, task: &Task, prompt: &Prompt) -> (f64, f64) {
        let d = self.dim;
        self.gram.fill(0.0);
        self.right.fill(0.0);
        for token in prompt.tokens() {
            let Some((y, x)) = token.split_last() else { continue };
            for (i, (xi, right)) in x.iter().zip(&mut self.right).enumerate() {
                *right += y * xi / task.roots[i];
                for (j, xj) in x.iter().enumerate().take(i + 1) {
                    self.gram[i * d + j] += xi * xj / (task.roots[i] * task.roots[j]);
                }
            }
        }
        self.gram.iter_mut().step_by(d + 1).for_each(|diagonal| *diagonal += task.floor());
        self.factor();
        // The trace of the inverse is the squared length of the inverse factor.
        let mut trace = 0.0;
        for k in 0..d {
            self.column.fill(0.0);
            self.column[k] = 1.0;
            forward(&self.gram, d, &mut self.column);
            trace += self.column.iter().map(|v| v * v).sum::<f64>();
        }
        forward(&self.gram, d, &mut self.right);
        backward(&self.gram, d, &mut self.right);
        let predicted: f64 = prompt.query.iter().zip(&task.roots).zip(&self.right).map(|((q, root), w)| q / root * w).sum();
        (predicted, task.floor() * trace)
    }

    /// The lower half becomes its Cholesky factor: σ² > 0 keeps every pivot positive.
    fn factor(&mut self) {
        let d = self.dim;
        for i in 0..d {
            for j in 0..=i {
                let known: f64 = (0..j).map(|k| self.gram[i * d + k] * self.gram[j * d + k]).sum();
                let rest = self.gram[i * d + j] - known;
                self.gram[i * d + j] = if i == j { rest.sqrt() } else { rest / self.gram[j * d + j] };
            }
        }
    }
}

/// Solves L x = b in place.
fn forward(factor: &[f64], d: usize, b: &mut [f64]) {
    for i in 0..d {
        let known: f64 = (0..i).map(|k| factor[i * d + k] * b[k]).sum();
        b[i] = (b[i] - known) / factor[i * d + i];
    }
}

/// Solves Lᵀ x = b in place.
fn backward(factor: &[f64], d: usize, b: &mut [f64]) {
    for i in (0..d).rev() {
        let known: f64 = (i + 1..d).map(|k| factor[k * d + i] * b[k]).sum();
        b[i] = (b[i] - known) / factor[i * d + i];
    }
}
