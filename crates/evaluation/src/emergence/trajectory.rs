//! A task's whole curve, predicted from the curves of other tasks (hypothesis H3 of arXiv 2604.08510, its Table 3; the paper's
//! prediction code, KaiserWhoLearns/ElementalTask 82a0d57).
//!
//! Kernel ridge regression on task vectors: with `K_ij = k(v_i, v_j)` over the tasks learned from and `y_t` their values at
//! checkpoint t, `ŷ(t) = k*ᵀ (K + λI)⁻¹ y_t`. No intercept and no centring, as the paper has it; the weights
//! `(K + λI)⁻¹ k*` are the same at every checkpoint. Beside it the predictors that know no vectors: means, products, minima.
//!
//! The paper's "R²" is the squared correlation, which any rising curve gets for another; the coefficient of determination
//! and the absolute error are what tells a forecast from a trend.

use nalgebra::{DMatrix, DVector};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stat::{median, pearson};

/// How good a predicted curve is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// Squared Pearson correlation with the truth; `None` where one of the two is constant.
    pub pearson_r2: Option<f64>,
    /// `1 − Σ(y − ŷ)²/Σ(y − ȳ)²`: 0 for the truth's own mean, negative for worse; `None` where the truth is constant.
    pub determination: Option<f64>,
    /// Mean absolute error.
    pub mae: f64,
}

/// Scores a predicted curve against the truth at the same points; `None` for none, unequal lengths or a value that is not finite.
pub fn scores(truth: &[f64], predicted: &[f64]) -> Option<Scores> {
    let n = truth.len();
    if n == 0 || n != predicted.len() || truth.iter().chain(predicted).any(|v| !v.is_finite()) {
        return None;
    }
    let mean = truth.iter().sum::<f64>() / n as f64;
    let errors = || truth.iter().zip(predicted).map(|(y, f)| y - f);
    let spread: f64 = truth.iter().map(|y| (y - mean).powi(2)).sum();
    let varies = truth.iter().any(|y| *y != truth[0]);
    Some(Scores {
        pearson_r2: pearson(truth, predicted).map(|r| r * r),
        determination: varies.then(|| 1.0 - errors().map(|e| e * e).sum::<f64>() / spread).filter(|v| v.is_finite()),
        mae: errors().map(f64::abs).sum::<f64>() / n as f64,
    })
}

/// What is made of several curves, point by point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// Their mean.
    Mean,
    /// Their product: every component must succeed, independently.
    Product,
    /// The smallest: the weakest component decides.
    Minimum,
}

/// Combines curves on one grid; `None` without curves, or of unequal lengths.
pub fn combine(how: Combine, curves: &[&[f64]]) -> Option<Vec<f64>> {
    let (first, rest) = curves.split_first()?;
    if rest.iter().any(|c| c.len() != first.len()) {
        return None;
    }
    let mut out = first.to_vec();
    for curve in rest {
        for (a, b) in out.iter_mut().zip(*curve) {
            *a = match how {
                Combine::Mean => *a + b,
                Combine::Product => *a * b,
                Combine::Minimum => a.min(*b),
            };
        }
    }
    if how == Combine::Mean {
        let n = curves.len() as f64;
        out.iter_mut().for_each(|v| *v /= n);
    }
    Some(out)
}

/// How alike two task vectors are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kernel {
    /// `exp(−‖u − v‖²/2σ²)`.
    #[default]
    Rbf,
    /// `u · v`.
    Linear,
}

/// Task vectors compared two by two, after each was brought to length 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Gram {
    n: usize,
    values: Vec<f64>,
    sigma: f64,
}

impl Gram {
    /// Compares vectors. Without a `sigma` the Gaussian kernel takes the median distance between different tasks
    /// (1 where all are the same). `None` without vectors, or with a vector that has no direction (nothing but zeros, or
    /// a value that is not finite), vectors of unequal length, or a sigma that is not positive.
    pub fn new(vectors: &[Vec<f64>], kernel: Kernel, sigma: Option<f64>) -> Option<Self> {
        let n = vectors.len();
        let unit: Vec<Vec<f64>> = vectors.iter().map(|v| unit(v)).collect::<Option<_>>()?;
        let dimension = unit.first()?.len();
        if unit.iter().any(|v| v.len() != dimension) || sigma.is_some_and(|s| !(s > 0.0 && s.is_finite())) {
            return None;
        }
        let dot = |i: usize, j: usize| unit[i].iter().zip(&unit[j]).map(|(a, b)| a * b).sum::<f64>();
        let mut values = vec![0.0; n * n];
        let mut distances = Vec::with_capacity(n * n.saturating_sub(1) / 2);
        for i in 0..n {
            for j in 0..=i {
                let product = dot(i, j);
                if j < i {
                    distances.push((2.0 - 2.0 * product).max(0.0).sqrt());
                }
                (values[i * n + j], values[j * n + i]) = (product, product);
            }
        }
        let sigma = sigma.or_else(|| median(&distances).filter(|m| *m > 0.0)).unwrap_or(1.0);
        if kernel == Kernel::Rbf {
            // Of unit vectors ‖u − v‖² = 2 − 2 u·v.
            values.iter_mut().for_each(|v| *v = (-(1.0 - *v).max(0.0) / (sigma * sigma)).exp());
        }
        Some(Self { n, values, sigma })
    }

    /// The width of the Gaussian kernel.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// How many tasks.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Never: there is at least one task.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// The weights of the tasks in `basis` with which task `target` is predicted: `(K + λI)⁻¹ k*`.
    ///
    /// # Errors
    /// A word: `no-basis` (an empty one, or a task that is not there), `not-positive-definite` (λ too small for vectors that
    /// are as good as equal, or not a number).
    pub fn weights(&self, basis: &[usize], target: usize, lambda: f64) -> Result<Vec<f64>, &'static str> {
        if basis.is_empty() || target >= self.n || basis.iter().any(|&b| b >= self.n) {
            return Err("no-basis");
        }
        let at = |i: usize, j: usize| self.values[i * self.n + j];
        let k = DMatrix::from_fn(basis.len(), basis.len(), |r, c| at(basis[r], basis[c]) + if r == c { lambda } else { 0.0 });
        let likeness = DVector::from_fn(basis.len(), |r, _| at(basis[r], target));
        let weights = k.cholesky().ok_or("not-positive-definite")?.solve(&likeness);
        if weights.iter().all(|w| w.is_finite()) { Ok(weights.iter().copied().collect()) } else { Err("not-positive-definite") }
    }
}

/// Curves on one grid, summed with weights; `None` without curves, or where there are not as many of one as of the other.
pub fn weighted(weights: &[f64], curves: &[&[f64]]) -> Option<Vec<f64>> {
    let length = curves.first()?.len();
    if weights.len() != curves.len() || curves.iter().any(|c| c.len() != length) {
        return None;
    }
    let mut out = vec![0.0; length];
    for (w, curve) in weights.iter().zip(curves) {
        out.iter_mut().zip(*curve).for_each(|(o, v)| *o += w * v);
    }
    Some(out)
}

fn unit(v: &[f64]) -> Option<Vec<f64>> {
    let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
    (length > 0.0 && length.is_finite()).then(|| v.iter().map(|x| x / length).collect())
}
