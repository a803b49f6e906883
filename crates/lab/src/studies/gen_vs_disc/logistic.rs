//! Logistic regression with scikit-learn's objective: `½ Σ_k ‖w_k‖² + Σ_i loss_i`, which is C = 1, the intercepts without penalty.
//!
//! Two classes have one weight vector and the loss ln(1 + e^z) − y z; K classes have K and the loss ln Σ_k e^{z_k} − z_y. A block is a weight
//! vector and its intercept, n + 1 numbers.
//!
//! The features differ in scale by √n and the means of the classes by a factor of 32, so that plain L-BFGS takes thousands of steps. The
//! preconditioner models the Hessian of each block as that of naive Bayes' picture of the data: with S_c the sum of p (1 − p) over the examples of
//! class c, `I + Σ_c S_c (diag(σ²) + [μ_c; 1][μ_c; 1]ᵀ)`, a diagonal and K outer products, whose inverse is Woodbury's identity.

use super::lbfgs::{self, Objective};
use super::mixture::{Linear, MOST_CLASSES, Sample};
use super::naive::Moments;
use super::{add_scaled, dot};

/// Rows that are looked at together, so that each weight is loaded once for all of them.
const ROWS: usize = 4;
/// Stands for the curvature of the intercepts' diagonal, which has none, and for classes that are told apart without doubt.
const LEAST: f64 = 1e-6;

type Small = [[f64; MOST_CLASSES]; MOST_CLASSES];

/// The objective on the first examples of a sample.
pub(super) struct Logistic<'a> {
    sample: &'a Sample,
    moments: &'a Moments,
    /// Examples.
    m: usize,
    classes: usize,
    /// Weight vectors: 1 for two classes.
    blocks: usize,
    /// p of every example and block, at the point evaluated last.
    chances: Vec<f64>,
    /// The preconditioner's diagonal: n + 1 numbers a block.
    diagonal: Vec<f64>,
    /// Its outer products over the diagonal: K times n + 1 numbers a block.
    spread: Vec<f64>,
    /// Cholesky factors of I + U D⁻¹ Uᵀ.
    factors: [Small; MOST_CLASSES],
}

impl<'a> Logistic<'a> {
    /// On the first `m` examples, whose moments are given too.
    pub(super) fn new(sample: &'a Sample, moments: &'a Moments, m: usize, classes: usize) -> Self {
        let (blocks, n) = (if classes == 2 { 1 } else { classes }, sample.dim());
        let m = m.min(sample.labels.len());
        Self {
            sample,
            moments,
            m,
            classes,
            blocks,
            chances: vec![0.5; m * blocks],
            diagonal: vec![1.0; blocks * (n + 1)],
            spread: vec![0.0; blocks * classes * (n + 1)],
            factors: [[[0.0; MOST_CLASSES]; MOST_CLASSES]; MOST_CLASSES],
        }
    }

    /// How many numbers a rule has.
    pub(super) fn size(classes: usize, dim: usize) -> usize {
        (if classes == 2 { 1 } else { classes }) * (dim + 1)
    }

    /// Operations of one evaluation.
    pub(super) fn flops(&self) -> f64 {
        4.0 * self.m as f64 * (self.sample.dim() * self.blocks) as f64
    }

    /// Trains from `x`, which may be the rule of another training set. As [`lbfgs::minimise`] answers.
    pub(super) fn train(&mut self, x: &mut [f64], go: &mut dyn FnMut() -> bool) -> Option<bool> {
        lbfgs::minimise(self, x, go)
    }

    /// The numbers as a rule.
    pub(super) fn rule(&self, x: &[f64], out: &mut Linear) {
        let n = self.sample.dim();
        // With two classes the first one's score is 0.
        let first = self.classes - self.blocks;
        out.weights.fill(0.0);
        out.offsets.fill(0.0);
        for (block, x) in x.chunks_exact(n + 1).enumerate() {
            let class = first + block;
            out.weights[class * n..(class + 1) * n].copy_from_slice(&x[..n]);
            out.offsets[class] = x[n];
        }
    }

    /// What one example should have, for one block.
    fn target(&self, block: usize, label: usize) -> f64 {
        let class = if self.blocks == 1 { 1 } else { block };
        f64::from(u8::from(class == label))
    }
}

impl Objective for Logistic<'_> {
    fn value(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let sample = self.sample;
        let (n, m, blocks) = (sample.dim(), self.m, self.blocks);
        let mut value = 0.0;
        for (x, g) in x.chunks_exact(n + 1).zip(gradient.chunks_exact_mut(n + 1)) {
            value += 0.5 * dot(&x[..n], &x[..n]);
            g[..n].copy_from_slice(&x[..n]);
            g[n] = 0.0;
        }
        for start in (0..m).step_by(ROWS) {
            // The last group repeats its last row, which counts for nothing there.
            let count = ROWS.min(m - start);
            let rows = [0, 1, 2, 3].map(|r: usize| sample.row(start + r.min(count - 1)));
            let mut scores = [[0.0; MOST_CLASSES]; ROWS];
            for (block, x) in x.chunks_exact(n + 1).enumerate() {
                let sums = dot_rows(&x[..n], rows);
                for (scores, sum) in scores.iter_mut().zip(sums) {
                    scores[block] = sum + x[n];
                }
            }
            for (r, scores) in scores.iter_mut().enumerate().take(count) {
                let label = sample.labels[start + r];
                value += loss(&mut scores[..blocks], label);
                self.chances[(start + r) * blocks..(start + r + 1) * blocks].copy_from_slice(&scores[..blocks]);
            }
            for (block, g) in gradient.chunks_exact_mut(n + 1).enumerate() {
                let mut residuals = [0.0; ROWS];
                for (r, residual) in residuals.iter_mut().enumerate().take(count) {
                    *residual = scores[r][block] - self.target(block, sample.labels[start + r]);
                }
                add_rows(&mut g[..n], residuals, rows);
                g[n] += residuals.iter().sum::<f64>();
            }
        }
        value
    }

    fn precondition(&mut self) {
        let (n, k, blocks) = (self.sample.dim(), self.classes, self.blocks);
        for block in 0..blocks {
            let mut curvature = [LEAST; MOST_CLASSES];
            for (label, p) in self.sample.labels.iter().zip(self.chances.chunks_exact(blocks)) {
                curvature[*label] += p[block] * (1.0 - p[block]);
            }
            let total: f64 = curvature[..k].iter().sum();
            let diagonal = &mut self.diagonal[block * (n + 1)..(block + 1) * (n + 1)];
            diagonal.iter_mut().zip(&self.moments.variances).for_each(|(d, v)| *d = 1.0 + total * v);
            diagonal[n] = LEAST;
            let spread = &mut self.spread[block * k * (n + 1)..(block + 1) * k * (n + 1)];
            let rows = spread.chunks_exact_mut(n + 1).zip(self.moments.means.chunks_exact(n));
            for ((row, mean), curvature) in rows.zip(&curvature) {
                let root = curvature.sqrt();
                for ((u, mean), d) in row.iter_mut().zip(mean).zip(diagonal.iter()) {
                    *u = root * mean / d;
                }
                row[n] = root / diagonal[n];
            }
            let mut inner: Small = [[0.0; MOST_CLASSES]; MOST_CLASSES];
            for (a, left) in spread.chunks_exact(n + 1).enumerate() {
                for (b, right) in spread.chunks_exact(n + 1).enumerate().take(a + 1) {
                    let product: f64 = left.iter().zip(right).zip(diagonal.iter()).map(|((l, r), d)| l * r * d).sum();
                    inner[a][b] = product + f64::from(u8::from(a == b));
                }
            }
            self.factors[block] = cholesky(&inner, k);
        }
    }

    fn apply(&self, v: &[f64], out: &mut [f64]) {
        let (n, k) = (self.sample.dim(), self.classes);
        for (block, (v, out)) in v.chunks_exact(n + 1).zip(out.chunks_exact_mut(n + 1)).enumerate() {
            let diagonal = &self.diagonal[block * (n + 1)..(block + 1) * (n + 1)];
            let spread = &self.spread[block * k * (n + 1)..(block + 1) * k * (n + 1)];
            let mut small = [0.0; MOST_CLASSES];
            for (s, row) in small.iter_mut().zip(spread.chunks_exact(n + 1)) {
                *s = dot(row, v);
            }
            solve(&self.factors[block], k, &mut small);
            out.iter_mut().zip(v.iter().zip(diagonal)).for_each(|(out, (v, d))| *out = v / d);
            for (s, row) in small.iter().zip(spread.chunks_exact(n + 1)) {
                add_scaled(out, -s, row);
            }
        }
    }
}

/// The loss of one example with these scores, which become its chances.
fn loss(scores: &mut [f64], label: usize) -> f64 {
    if let [z] = scores {
        let soft = z.max(0.0) + (-z.abs()).exp().ln_1p();
        let target = if label == 1 { *z } else { 0.0 };
        let small = (-z.abs()).exp();
        *z = if *z >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
        return soft - target;
    }
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let own = scores[label];
    let mut total = 0.0;
    for z in scores.iter_mut() {
        *z = (*z - most).exp();
        total += *z;
    }
    scores.iter_mut().for_each(|p| *p /= total);
    most + total.ln() - own
}

/// w·x for four rows.
fn dot_rows(w: &[f64], rows: [&[f64]; ROWS]) -> [f64; ROWS] {
    let (w, w_rest) = w.as_chunks::<4>();
    let [(a, a_rest), (b, b_rest), (c, c_rest), (d, d_rest)] = rows.map(|row| row.as_chunks::<4>());
    let mut sums = [[0.0; 4]; ROWS];
    for ((((w, a), b), c), d) in w.iter().zip(a).zip(b).zip(c).zip(d) {
        for k in 0..4 {
            sums[0][k] += w[k] * a[k];
            sums[1][k] += w[k] * b[k];
            sums[2][k] += w[k] * c[k];
            sums[3][k] += w[k] * d[k];
        }
    }
    let rest = |x: &[f64]| w_rest.iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
    let rests = [rest(a_rest), rest(b_rest), rest(c_rest), rest(d_rest)];
    let mut total = [0.0; ROWS];
    for ((total, sums), rest) in total.iter_mut().zip(sums).zip(rests) {
        *total = sums.iter().sum::<f64>() + rest;
    }
    total
}

/// g += Σ r x over four rows.
fn add_rows(g: &mut [f64], r: [f64; ROWS], rows: [&[f64]; ROWS]) {
    let [a, b, c, d] = rows;
    for ((((g, a), b), c), d) in g.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *g += (r[0] * a + r[1] * b) + (r[2] * c + r[3] * d);
    }
}

/// The Cholesky factor of the first k rows and columns, whose lower half is read.
fn cholesky(a: &Small, k: usize) -> Small {
    let mut l: Small = [[0.0; MOST_CLASSES]; MOST_CLASSES];
    for i in 0..k {
        for j in 0..=i {
            let rest = a[i][j] - (0..j).map(|q| l[i][q] * l[j][q]).sum::<f64>();
            // I plus a Gram matrix has pivots of 1 at least, up to rounding.
            l[i][j] = if i == j { rest.max(LEAST).sqrt() } else { rest / l[j][j] };
        }
    }
    l
}

/// x ← (L Lᵀ)⁻¹ x.
fn solve(l: &Small, k: usize, x: &mut [f64; MOST_CLASSES]) {
    for i in 0..k {
        let known: f64 = (0..i).map(|j| l[i][j] * x[j]).sum();
        x[i] = (x[i] - known) / l[i][i];
    }
    for i in (0..k).rev() {
        let known: f64 = (i + 1..k).map(|j| l[j][i] * x[j]).sum();
        x[i] = (x[i] - known) / l[i][i];
    }
}
