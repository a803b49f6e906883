//! Gradual pruning by magnitude (Zhu and Gupta, arXiv 1710.01878), over all matrices of the blocks together.

use std::ops::Range;

use nets::Params;

use super::Settings;

/// Which weights there are to prune.
pub(super) struct Pruner {
    at: Vec<Range<usize>>,
    /// Weights that are at zero and stay there.
    gone: Vec<usize>,
    /// Weights there are.
    all: usize,
}

/// The share of weights that is left when this share of the steps is done.
pub(super) fn left(own: &Settings, done: f64) -> f64 {
    if own.kept >= 1.0 || done < own.from {
        return 1.0;
    }
    let u = if own.to > own.from { ((done - own.from) / (own.to - own.from)).min(1.0) } else { 1.0 };
    own.kept + (1.0 - own.kept) * (1.0 - u).powi(3)
}

/// The mean of it over all steps.
pub(super) fn mean(own: &Settings) -> f64 {
    own.kept + (1.0 - own.kept) * (own.from + 0.25 * (own.to - own.from))
}

impl Pruner {
    /// Of a model's matrices. Weights at zero are gone already: first weights never are exactly zero, so that a training that goes on from what was
    /// saved knows them.
    pub(super) fn new(params: &Params<f32>) -> Self {
        let matrices = params.tensors().iter().filter(|(name, tensor)| name.starts_with("blocks.") && tensor.rows > 1);
        let at: Vec<Range<usize>> = matrices.map(|(_, tensor)| tensor.range()).collect();
        let all = at.iter().map(Range::len).sum();
        let gone = at.iter().cloned().flatten().filter(|k| params.values[*k] == 0.0).collect();
        Self { at, gone, all }
    }

    /// Weights that are left.
    pub(super) fn active(&self) -> usize {
        self.all - self.gone.len()
    }

    /// Puts the weights that are gone back to zero after a step, and then the smallest of the others until this share of all is left.
    pub(super) fn prune(&mut self, values: &mut [f32], share: f64) {
        self.gone.iter().for_each(|k| values[*k] = 0.0);
        let wanted = ((1.0 - share) * self.all as f64).round() as usize;
        if wanted <= self.gone.len() {
            return;
        }
        let mut order: Vec<usize> = self.at.iter().cloned().flatten().collect();
        let smaller = |a: &usize, b: &usize| values[*a].abs().total_cmp(&values[*b].abs()).then(a.cmp(b));
        if wanted < order.len() {
            order.select_nth_unstable_by(wanted, smaller);
            order.truncate(wanted);
        }
        order.iter().for_each(|k| values[*k] = 0.0);
        self.gone = order;
    }
}
