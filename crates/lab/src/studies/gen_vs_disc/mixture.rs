//! The mixture of Gaussians, its covariances, examples drawn from it, and linear rules.

use curves::normal;
use ndarray::ArrayView2;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::{Covariance, Settings, dot};
use crate::StudyError;

/// As many classes as there are means.
pub(super) const MOST_CLASSES: usize = 7;

/// The mean of every feature, by class: the authors' code.
const MEANS: [f64; MOST_CLASSES] = [-1.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0];

/// An eigenvalue below this share of the largest is rounding, and is taken for it.
const ROUNDING: f64 = 1e-12;

/// One stream of random numbers per thing drawn.
pub(super) struct Draws {
    /// The labels of the one sequence of examples.
    pub(super) labels: Pcg64,
    /// Their features.
    pub(super) features: Pcg64,
    /// Seeds of the training sets of naive Bayes.
    pub(super) repeats: Pcg64,
    /// The matrix A of the correlated covariance.
    matrix: Pcg64,
}

impl Draws {
    pub(super) fn new(seed: u64) -> Self {
        let mut master = Pcg64::seed_from_u64(seed);
        let mut stream = || Pcg64::seed_from_u64(master.random());
        Self { labels: stream(), features: stream(), repeats: stream(), matrix: stream() }
    }
}

/// A uniform number between 0 and 1, never one of them.
fn uniform(rng: &mut Pcg64) -> f64 {
    ((rng.random::<u64>() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

/// A standard normal number: the quantile of a uniform one, which no release of a library changes.
fn standard_normal(rng: &mut Pcg64) -> f64 {
    normal::quantile(uniform(rng))
}

/// A label, each class as likely as the others.
pub(super) fn label(classes: usize, rng: &mut Pcg64) -> usize {
    ((uniform(rng) * classes as f64) as usize).min(classes.saturating_sub(1))
}

/// `m` labels, drawn again until there is one of each class: as in the authors' code.
pub(super) fn labels(classes: usize, m: usize, rng: &mut Pcg64) -> Vec<usize> {
    let mut labels = vec![0; m.max(classes)];
    loop {
        labels.iter_mut().for_each(|one| *one = label(classes, rng));
        if (0..classes).all(|class| labels.contains(&class)) {
            return labels;
        }
    }
}

/// A rule that answers with the class of the largest score w_k·x + b_k.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Linear {
    /// K × n, class after class.
    pub(super) weights: Vec<f64>,
    /// K numbers.
    pub(super) offsets: Vec<f64>,
}

impl Linear {
    pub(super) fn zero(classes: usize, dim: usize) -> Self {
        Self { weights: vec![0.0; classes * dim], offsets: vec![0.0; classes] }
    }
}

/// The covariance where features are correlated, and what is made of it.
struct Full {
    /// Σ, n × n.
    covariance: Vec<f64>,
    /// A root of it, n × n: Σ is its product with its transpose.
    root: Vec<f64>,
    /// Σ⁻¹ 1.
    solved: Vec<f64>,
}

/// K equally likely Gaussians with one covariance.
pub(super) struct Mixture {
    /// K.
    pub(super) classes: usize,
    /// n.
    pub(super) dim: usize,
    /// The diagonal of Σ.
    variances: Vec<f64>,
    /// Its roots.
    deviations: Vec<f64>,
    full: Option<Full>,
}

impl Mixture {
    /// The mixture of these settings; A is drawn where features are correlated.
    pub(super) fn new(settings: &Settings, draws: &mut Draws) -> Result<Self, StudyError> {
        let (classes, dim) = (settings.classes, settings.dim);
        let mut variances: Vec<f64> = (0..dim).map(|j| if j < dim / 2 { dim as f64 } else { 1.0 }).collect();
        let full = match settings.covariance {
            Covariance::Diagonal => None,
            Covariance::Correlated => Some(Full::new(&variances, &mut draws.matrix)?),
        };
        if let Some(full) = &full {
            variances = (0..dim).map(|j| full.covariance[j * dim + j]).collect();
        }
        let deviations = variances.iter().map(|v| v.sqrt()).collect();
        Ok(Self { classes, dim, variances, deviations, full })
    }

    /// The mean of every feature in a class.
    pub(super) fn mean(&self, class: usize) -> f64 {
        MEANS.get(class).copied().unwrap_or(0.0)
    }

    /// Σ w.
    pub(super) fn times(&self, w: &[f64], out: &mut [f64]) {
        match &self.full {
            None => out.iter_mut().zip(w.iter().zip(&self.variances)).for_each(|(out, (w, v))| *out = w * v),
            Some(full) => out.iter_mut().zip(full.covariance.chunks_exact(self.dim)).for_each(|(out, row)| *out = dot(row, w)),
        }
    }

    /// The best rule: w_k = Σ⁻¹ μ_k and b_k = −½ μ_k·Σ⁻¹ μ_k.
    pub(super) fn best(&self) -> Linear {
        match &self.full {
            None => self.naive_limit(),
            Some(full) => self.rule(&full.solved),
        }
    }

    /// The rule of naive Bayes with infinitely many examples: the same with the diagonal of Σ alone.
    pub(super) fn naive_limit(&self) -> Linear {
        self.rule(&self.variances.iter().map(|v| 1.0 / v).collect::<Vec<f64>>())
    }

    /// The rule whose weights are the mean of a class times `direction`.
    fn rule(&self, direction: &[f64]) -> Linear {
        let total: f64 = direction.iter().sum();
        let mut rule = Linear::zero(self.classes, self.dim);
        for (class, weights) in rule.weights.chunks_exact_mut(self.dim).enumerate() {
            let mean = self.mean(class);
            weights.iter_mut().zip(direction).for_each(|(w, d)| *w = mean * d);
            rule.offsets[class] = -0.5 * mean * mean * total;
        }
        rule
    }

    /// Draws the features of one example; `z` is room for n numbers.
    fn draw(&self, class: usize, rng: &mut Pcg64, z: &mut [f64], row: &mut [f64]) {
        let mean = self.mean(class);
        match &self.full {
            None => row.iter_mut().zip(&self.deviations).for_each(|(x, sd)| *x = mean + sd * standard_normal(rng)),
            Some(full) => {
                z.iter_mut().for_each(|z| *z = standard_normal(rng));
                row.iter_mut().zip(full.root.chunks_exact(self.dim)).for_each(|(x, root)| *x = mean + dot(root, z));
            }
        }
    }
}

impl Full {
    /// |S| = V|Λ|Vᵀ, where S has the off-diagonal of AᵀA and this diagonal.
    fn new(diagonal: &[f64], rng: &mut Pcg64) -> Result<Self, StudyError> {
        let n = diagonal.len();
        let mut given = vec![0.0; n * n];
        let mut row = vec![0.0; n];
        for _ in 0..n {
            row.iter_mut().for_each(|a| *a = 2.0 * uniform(rng) - 1.0);
            for (left, out) in row.iter().zip(given.chunks_exact_mut(n)) {
                out.iter_mut().zip(&row).for_each(|(out, right)| *out += left * right);
            }
        }
        for (j, v) in diagonal.iter().enumerate() {
            given[j * n + j] = *v;
        }
        let other = |e: String| StudyError::Other(format!("gen-vs-disc: the correlated covariance: {e}"));
        let view = ArrayView2::from_shape((n, n), given.as_slice()).map_err(|e| other(e.to_string()))?;
        let (values, vectors) = linalg::eigh(view).map_err(|e| other(e.to_string()))?;
        let floor = ROUNDING * values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
        let sizes: Vec<f64> = values.iter().map(|v| v.abs().max(floor)).collect();
        // Vᵀ 1, over the sizes.
        let ones: Vec<f64> = sizes.iter().enumerate().map(|(k, size)| (0..n).map(|i| vectors[[i, k]]).sum::<f64>() / size).collect();
        let mut root = vec![0.0; n * n];
        let mut solved = vec![0.0; n];
        for (i, row) in root.chunks_exact_mut(n).enumerate() {
            for (k, out) in row.iter_mut().enumerate() {
                *out = vectors[[i, k]] * sizes[k].sqrt();
                solved[i] += vectors[[i, k]] * ones[k];
            }
        }
        let mut covariance = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let value = dot(&root[i * n..(i + 1) * n], &root[j * n..(j + 1) * n]);
                covariance[i * n + j] = value;
                covariance[j * n + i] = value;
            }
        }
        Ok(Self { covariance, root, solved })
    }
}

/// Examples in the order in which they were drawn.
pub(super) struct Sample {
    dim: usize,
    /// A row of n numbers for each.
    features: Vec<f64>,
    /// Their classes.
    pub(super) labels: Vec<usize>,
    z: Vec<f64>,
}

impl Sample {
    pub(super) fn new(dim: usize) -> Self {
        Self { dim, features: Vec::new(), labels: Vec::new(), z: vec![0.0; dim] }
    }

    /// These rows with their classes.
    #[cfg(test)]
    pub(super) fn of(rows: &[(&[f64], usize)]) -> Self {
        let dim = rows.first().map_or(0, |(row, _)| row.len());
        let features = rows.iter().flat_map(|(row, _)| row.iter().copied()).collect();
        Self { dim, features, labels: rows.iter().map(|(_, class)| *class).collect(), z: vec![0.0; dim] }
    }

    /// Forgets all examples, and keeps their room.
    pub(super) fn clear(&mut self) {
        self.features.clear();
        self.labels.clear();
    }

    /// Draws one more for each of these classes.
    pub(super) fn extend(&mut self, mixture: &Mixture, classes: &[usize], rng: &mut Pcg64) {
        for class in classes {
            let from = self.features.len();
            self.features.resize(from + self.dim, 0.0);
            mixture.draw(*class, rng, &mut self.z, &mut self.features[from..]);
            self.labels.push(*class);
        }
    }

    /// The features of an example.
    pub(super) fn row(&self, example: usize) -> &[f64] {
        &self.features[example * self.dim..(example + 1) * self.dim]
    }

    /// n.
    pub(super) fn dim(&self) -> usize {
        self.dim
    }
}
