//! Naive Bayes with Gaussian features and one variance per feature for all classes.

use super::mixture::{Linear, MOST_CLASSES, Sample};

/// What the authors' code adds to every variance.
const SMOOTHING: f64 = 1e-9;

/// Shares, means and the variance within classes of the beginning of a sample.
pub(super) struct Moments {
    dim: usize,
    /// Examples of each class.
    pub(super) counts: [f64; MOST_CLASSES],
    /// K × n.
    pub(super) means: Vec<f64>,
    /// n numbers: squares about the mean of the own class, over all examples.
    pub(super) variances: Vec<f64>,
}

impl Moments {
    pub(super) fn new(classes: usize, dim: usize) -> Self {
        Self { dim, counts: [0.0; MOST_CLASSES], means: vec![0.0; classes * dim], variances: vec![0.0; dim] }
    }

    /// Those of the first `m` examples. A class without one has the mean 0.
    pub(super) fn measure(&mut self, sample: &Sample, m: usize) {
        let n = self.dim;
        self.counts.fill(0.0);
        self.means.fill(0.0);
        self.variances.fill(0.0);
        let labels = &sample.labels[..m.min(sample.labels.len())];
        for (example, class) in labels.iter().enumerate() {
            self.counts[*class] += 1.0;
            let mean = &mut self.means[class * n..(class + 1) * n];
            mean.iter_mut().zip(sample.row(example)).for_each(|(mean, x)| *mean += x);
        }
        for (mean, count) in self.means.chunks_exact_mut(n).zip(&self.counts) {
            if *count > 0.0 {
                mean.iter_mut().for_each(|mean| *mean /= count);
            }
        }
        for (example, class) in labels.iter().enumerate() {
            let mean = &self.means[class * n..(class + 1) * n];
            for ((v, mean), x) in self.variances.iter_mut().zip(mean).zip(sample.row(example)) {
                *v += (x - mean) * (x - mean);
            }
        }
        let all = labels.len().max(1) as f64;
        self.variances.iter_mut().for_each(|v| *v /= all);
    }

    /// The rule: the class with the largest ln π_k − ½ Σ (x − μ_k)²/σ², of which the terms without k are left out.
    pub(super) fn rule(&self, out: &mut Linear) {
        let n = self.dim;
        let all: f64 = self.counts.iter().sum();
        for (class, (weights, mean)) in out.weights.chunks_exact_mut(n).zip(self.means.chunks_exact(n)).enumerate() {
            let mut length = 0.0;
            for ((w, mean), v) in weights.iter_mut().zip(mean).zip(&self.variances) {
                *w = mean / (v + SMOOTHING);
                length += mean * *w;
            }
            out.offsets[class] = (self.counts[class].max(f64::MIN_POSITIVE) / all).ln() - 0.5 * length;
        }
    }
}
