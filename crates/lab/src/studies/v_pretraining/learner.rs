//! A softmax over linear scores of features, and its gradients.

/// `to += by · x`.
pub(super) fn add(to: &mut [f64], by: f64, x: &[f64]) {
    to.iter_mut().zip(x).for_each(|(t, x)| *t += by * x);
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Makes scores into probabilities.
pub(super) fn softmax(scores: &mut [f64]) {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores.iter_mut().for_each(|s| *s = (*s - top).exp());
    let all: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|s| *s /= all);
}

/// A number for every token, linear in the features: `weights` has a row of tokens for each feature.
pub(super) fn linear(weights: &[f64], x: &[f64], to: &mut [f64]) {
    to.fill(0.0);
    weights.chunks_exact(to.len().max(1)).zip(x).for_each(|(row, x)| add(to, *x, row));
}

/// `to += by · x rᵀ`.
pub(super) fn add_outer(to: &mut [f64], by: f64, x: &[f64], r: &[f64]) {
    to.chunks_exact_mut(r.len().max(1)).zip(x).for_each(|(row, x)| add(row, by * x, r));
}

/// The learner.
pub(super) struct Learner {
    /// A row of tokens for each feature.
    pub(super) weights: Vec<f64>,
    tokens: usize,
}

impl Learner {
    /// One that finds all tokens as likely.
    pub(super) fn new(features: usize, tokens: usize) -> Self {
        Self { weights: vec![0.0; features * tokens], tokens }
    }

    /// Probabilities of the tokens after a context.
    pub(super) fn probabilities(&self, x: &[f64], to: &mut [f64]) {
        linear(&self.weights, x, to);
        softmax(to);
    }

    /// Mean cross-entropy with these targets, one distribution for each context; adds its gradient to `gradient` where there is one.
    pub(super) fn loss<'a>(&self, examples: impl ExactSizeIterator<Item = (&'a [f64], &'a [f64])>, mut gradient: Option<&mut [f64]>) -> f64 {
        let share = 1.0 / examples.len().max(1) as f64;
        let (mut p, mut loss) = (vec![0.0; self.tokens], 0.0);
        for (x, target) in examples {
            self.probabilities(x, &mut p);
            loss -= share * target.iter().zip(&p).filter(|(t, _)| **t > 0.0).map(|(t, p)| t * p.ln()).sum::<f64>();
            if let Some(gradient) = gradient.as_deref_mut() {
                p.iter_mut().zip(target).for_each(|(p, t)| *p -= t);
                add_outer(gradient, share, x, &p);
            }
        }
        loss
    }
}
