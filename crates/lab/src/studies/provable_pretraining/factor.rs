//! The factor model: what its learners find from unlabelled inputs or pairs, and the risk of a regression on that.
//!
//! Inputs are `x = B z + μ` with `z ~ N(0, I)` of r factors and `μ ~ N(0, I)` of d numbers; labels are `y = β·z + ν e`. Everything here
//! turns with the inputs, so that the columns of B lie along the first r axes: coordinate k is `√ℓ_k z_k + μ_k`, with the spikes ℓ. The
//! axis after the factors can be given another variance (`stray`), and labels can depend on it (`off`), which violates the condition
//! that the unlabelled data be informative.
//!
//! Given x, a label is `θ·x` and independent normal noise of variance s², with `Σ = diag(λ)`, `λ_k = 1 + ℓ_k`:
//!
//! ```text
//! θ_k = √ℓ_k β_k/(1 + ℓ_k)        s² = ν² + Σ_k β_k²/(1 + ℓ_k)
//! ```
//!
//! The excess risk of a linear prediction w is `Σ λ_i (w_i − θ_i)²`. Least squares on n examples of k features U x has the exact mean
//!
//! ```text
//! leak + (s² + leak) k/(n − k − 1),        leak = θᵀΣθ − cᵀG⁻¹c,  G = UΣUᵀ,  c = UΣθ
//! ```
//!
//! since features and labels are normal (the mean of an inverse Wishart matrix); with k = d and U = I that is `s² d/(n − d − 1)`.

use linalg::{eigh, solve_spd};
use ndarray::ArrayView2;
use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;

use crate::StudyError;

use super::{Case, Learner, Settings, Streams, Trial};

/// The model, with all that follows from it alone.
#[derive(Clone, Debug)]
pub(super) struct Model<'a> {
    settings: &'a Settings,
    /// r.
    rank: usize,
    /// Eigenvalues λ of Σ.
    spectrum: Vec<f64>,
    /// θ.
    slope: Vec<f64>,
    /// s².
    residual: f64,
}

fn view(values: &[f64], rows: usize, cols: usize) -> Result<ArrayView2<'_, f64>, StudyError> {
    ArrayView2::from_shape((rows, cols), values).map_err(|e| StudyError::Other(format!("provable-pretraining: {e}")))
}

fn refused(e: linalg::LinalgError) -> StudyError {
    StudyError::Other(format!("provable-pretraining: {e}"))
}

/// The vector that solves `gram w = right`, of a symmetric matrix whose lower half is given.
fn solved(gram: &mut [f64], right: &[f64]) -> Result<Vec<f64>, StudyError> {
    let size = right.len();
    mirror(gram, size);
    let found = solve_spd(view(gram, size, size)?, view(right, size, 1)?).map_err(refused)?;
    Ok(found.iter().copied().collect())
}

/// Copies the lower half of a matrix to the upper one.
fn mirror(matrix: &mut [f64], size: usize) {
    for i in 0..size {
        for j in 0..i {
            matrix[j * size + i] = matrix[i * size + j];
        }
    }
}

/// Adds `x xᵀ` to the lower half of a matrix.
fn add_square(matrix: &mut [f64], x: &[f64]) {
    for (i, (row, xi)) in matrix.chunks_exact_mut(x.len()).zip(x).enumerate() {
        for (sum, xj) in row.iter_mut().zip(x).take(i + 1) {
            *sum += xi * xj;
        }
    }
}

/// Least squares, example by example.
struct Regression {
    /// Lower half.
    gram: Vec<f64>,
    right: Vec<f64>,
}

impl Regression {
    fn new(size: usize) -> Self {
        Self { gram: vec![0.0; size * size], right: vec![0.0; size] }
    }

    fn add(&mut self, features: &[f64], y: f64) {
        add_square(&mut self.gram, features);
        self.right.iter_mut().zip(features).for_each(|(sum, x)| *sum += x * y);
    }

    fn solve(&mut self) -> Result<Vec<f64>, StudyError> {
        solved(&mut self.gram, &self.right)
    }
}

/// The features U x, row by row; all of x where there are none.
fn features(rows: Option<&[f64]>, x: &[f64], into: &mut [f64]) {
    match rows {
        None => into.copy_from_slice(x),
        Some(rows) => {
            for (feature, row) in into.iter_mut().zip(rows.chunks_exact(x.len())) {
                *feature = row.iter().zip(x).map(|(u, x)| u * x).sum();
            }
        }
    }
}

impl<'a> Model<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        let rank = settings.spikes.len();
        let (mut spectrum, mut slope) = (vec![1.0; settings.dim], vec![0.0; settings.dim]);
        let mut residual = settings.noise * settings.noise;
        let axes = spectrum.iter_mut().zip(&mut slope);
        for ((lambda, slope), (spike, beta)) in axes.zip(settings.spikes.iter().zip(&settings.signal)) {
            *lambda = 1.0 + spike;
            *slope = spike.sqrt() * beta / *lambda;
            residual += beta * beta / *lambda;
        }
        // A mixture has no factors, and may have no axis after them.
        if let Some((lambda, slope)) = spectrum.get_mut(rank).zip(slope.get_mut(rank)) {
            (*lambda, *slope) = (settings.stray, settings.off);
        }
        Self { settings, rank, spectrum, slope, residual }
    }

    /// s², the risk of the best prediction from x.
    pub(super) fn bayes_risk(&self) -> f64 {
        self.residual
    }

    /// Draws factors and x; gives β·z + off·x_r, the label without its own noise.
    fn draw(&self, factors: &mut [f64], x: &mut [f64], rng: &mut Pcg64) -> f64 {
        factors.iter_mut().for_each(|z| *z = rng.sample(StandardNormal));
        self.around(factors, x, rng);
        let along: f64 = factors.iter().zip(&self.settings.signal).map(|(z, beta)| z * beta).sum();
        along + self.settings.off * x[self.rank]
    }

    /// Draws x around its factors.
    fn around(&self, factors: &[f64], x: &mut [f64], rng: &mut Pcg64) {
        x.iter_mut().for_each(|x| *x = rng.sample(StandardNormal));
        for ((x, z), spike) in x.iter_mut().zip(factors).zip(&self.settings.spikes) {
            *x += spike.sqrt() * z;
        }
        x[self.rank] *= self.settings.stray.sqrt();
    }

    /// The learned features: r rows of d numbers, orthonormal.
    ///
    /// Of the factor model they are the leading eigenvectors of the second moment of m inputs, which span the row space of its maximum
    /// likelihood estimate with known noise (Tipping and Bishop 1999). Of pairs x, x′ that share their factors they are the leading
    /// eigenvectors of the symmetric part of the mean of x x′ᵀ: W of them, scaled by the roots of the eigenvalues, minimises the contrastive
    /// loss `−2 E f(x)·f(x′) + ‖WᵀW‖²` over linear features f(x) = W x.
    pub(super) fn learn(&self, rng: &mut Pcg64) -> Result<Vec<f64>, StudyError> {
        let (d, m) = (self.settings.dim, self.settings.unlabeled);
        let (mut factors, mut x, mut other) = (vec![0.0; self.rank], vec![0.0; d], vec![0.0; d]);
        let mut moment = vec![0.0; d * d];
        for _ in 0..m {
            self.draw(&mut factors, &mut x, rng);
            if self.settings.case == Case::Contrastive {
                self.around(&factors, &mut other, rng);
                for (row, xi) in moment.chunks_exact_mut(d).zip(&x) {
                    row.iter_mut().zip(&other).for_each(|(sum, xj)| *sum += xi * xj);
                }
            } else {
                add_square(&mut moment, &x);
            }
        }
        if self.settings.case == Case::Contrastive {
            for i in 0..d {
                for j in 0..=i {
                    moment[i * d + j] = 0.5 * (moment[i * d + j] + moment[j * d + i]);
                }
            }
        }
        mirror(&mut moment, d);
        let scale = 1.0 / m as f64;
        moment.iter_mut().for_each(|v| *v *= scale);
        let (_, vectors) = eigh(view(&moment, d, d)?).map_err(refused)?;
        // Eigenvalues ascend.
        Ok((0..self.rank).flat_map(|k| vectors.column(d - 1 - k).to_vec()).collect())
    }

    /// Excess risk of these coefficients of the features.
    fn excess(&self, rows: Option<&[f64]>, coefficients: &[f64]) -> f64 {
        let d = self.settings.dim;
        let weight = |i: usize| match rows {
            None => coefficients[i],
            Some(rows) => rows.chunks_exact(d).zip(coefficients).map(|(row, c)| c * row[i]).sum::<f64>(),
        };
        self.spectrum.iter().zip(&self.slope).enumerate().map(|(i, (lambda, slope))| lambda * (weight(i) - slope).powi(2)).sum()
    }

    /// What no regression on these features can have, `leak`.
    pub(super) fn leak(&self, rows: &[f64]) -> Result<f64, StudyError> {
        let d = self.settings.dim;
        let mut gram = vec![0.0; self.rank * self.rank];
        let mut right = vec![0.0; self.rank];
        for (i, (row, right)) in rows.chunks_exact(d).zip(&mut right).enumerate() {
            *right = row.iter().zip(&self.spectrum).zip(&self.slope).map(|((u, lambda), slope)| u * lambda * slope).sum();
            for (j, other) in rows.chunks_exact(d).enumerate().take(i + 1) {
                gram[i * self.rank + j] = row.iter().zip(other).zip(&self.spectrum).map(|((u, v), lambda)| u * v * lambda).sum();
            }
        }
        let coefficients = solved(&mut gram, &right)?;
        let known: f64 = coefficients.iter().zip(&right).map(|(a, b)| a * b).sum();
        let all: f64 = self.spectrum.iter().zip(&self.slope).map(|(lambda, slope)| lambda * slope * slope).sum();
        Ok(all - known)
    }

    /// Mean excess risk of least squares on so many features that leave out `leak`.
    fn regression(&self, features: usize, leak: f64) -> f64 {
        let (k, n) = (features as f64, self.settings.labeled as f64);
        leak + (self.residual + leak) * k / (n - k - 1.0)
    }

    /// What the true features leave out: the part of the label that lies along the axis after them.
    fn known_leak(&self) -> f64 {
        self.settings.off * self.settings.off * self.settings.stray
    }

    /// Squared sine of the angle between each spike's axis and what is learned of it, for isotropic noise.
    ///
    /// Of m inputs the limit of Baik, Ben Arous and Péché (2005) and Paul (2007), `(γ/ℓ² + γ/ℓ)/(1 + γ/ℓ)` with `γ = (d − r)/m`, and 1 for
    /// spikes with ℓ² ≤ γ. Of m pairs the first order in 1/m, `γ (1 + ℓ)/(2 ℓ²)`: the cross moment has no noise floor to be beaten.
    fn sines(&self) -> Option<Vec<f64>> {
        let usual = self.settings.stray == 1.0 && self.settings.case != Case::Mixture;
        let gamma = (self.settings.dim - self.rank) as f64 / self.settings.unlabeled as f64;
        let sine = |l: &f64| match self.settings.case {
            Case::Contrastive => (gamma * (1.0 + l) / (2.0 * l * l)).min(1.0),
            _ if l * l <= gamma => 1.0,
            _ => (gamma / (l * l) + gamma / l) / (1.0 + gamma / l),
        };
        usual.then(|| self.settings.spikes.iter().map(sine).collect())
    }

    /// Sum of these.
    pub(super) fn angle(&self) -> Option<f64> {
        self.sines().map(|sines| sines.iter().sum())
    }

    /// What learned features add to the excess risk: each spike leaks `θ² λ s/(λ (1 − s) + s)` for a squared sine of s.
    pub(super) fn extra(&self) -> Option<f64> {
        let leak: f64 = self.sines()?.iter().zip(&self.spectrum).zip(&self.slope).map(|((s, l), t)| t * t * l * s / (l * (1.0 - s) + s)).sum();
        Some(self.regression(self.rank, self.known_leak() + leak) - self.regression(self.rank, self.known_leak()))
    }

    /// Mean excess risk: exact for all inputs and for the true features, by [`Self::extra`] for learned ones.
    pub(super) fn theory(&self) -> Option<f64> {
        match self.settings.learner {
            Learner::Supervised => Some(self.regression(self.settings.dim, 0.0)),
            Learner::Oracle => Some(self.regression(self.rank, self.known_leak())),
            Learner::Pretrained => self.extra().map(|extra| extra + self.regression(self.rank, self.known_leak())),
        }
    }

    /// One draw of all data.
    pub(super) fn trial(&self, grid: &[usize], streams: &Streams) -> Result<Trial, StudyError> {
        let (d, r) = (self.settings.dim, self.rank);
        let learned = if self.settings.learner == Learner::Pretrained { Some(self.learn(&mut streams.unlabeled())?) } else { None };
        let truth: Vec<f64> = (0..r * d).map(|at| if at % d == at / d { 1.0 } else { 0.0 }).collect();
        let rows = match self.settings.learner {
            Learner::Supervised => None,
            Learner::Oracle => Some(&truth[..]),
            Learner::Pretrained => learned.as_deref(),
        };
        let size = if rows.is_some() { r } else { d };
        let (mut regression, mut known) = (Regression::new(size), Regression::new(r));
        let (mut factors, mut x, mut seen) = (vec![0.0; r], vec![0.0; d], vec![0.0; size]);
        let mut rng = streams.labeled();
        let mut curve = Vec::with_capacity(grid.len());
        for example in 1..=self.settings.labeled {
            let e: f64 = rng.sample(StandardNormal);
            let y = self.draw(&mut factors, &mut x, &mut rng) + self.settings.noise * e;
            features(rows, &x, &mut seen);
            regression.add(&seen, y);
            known.add(&x[..r], y);
            if grid.binary_search(&example).is_ok() {
                curve.push(self.excess(rows, &regression.solve()?));
            }
        }
        let last = curve.last().copied().unwrap_or(f64::NAN);
        let mut trial = Trial { curve, extra: last - self.excess(Some(&truth[..]), &known.solve()?), ..Trial::default() };
        if let Some(rows) = &learned {
            trial.expected = self.regression(r, self.leak(rows)?) - self.regression(r, self.known_leak());
            trial.angle = r as f64 - rows.chunks_exact(d).flat_map(|row| &row[..r]).map(|u| u * u).sum::<f64>();
        }
        Ok(trial)
    }
}
