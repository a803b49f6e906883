//! The pre-training loss of any weights in closed form, what they compute, and descent on that loss.
//!
//! In whitened coordinates, with `u = [a; b]` and `M = [P; cᵀ]` (a and c of d numbers), the prediction has two parts,
//!
//! ```text
//! n ŷ = sᵀ (b P + a cᵀ) q + (aᵀ S P + b t cᵀ) q
//!       odd in the labels    even in the labels
//! ```
//!
//! and only the first can have anything to do with an answer, which is odd. It is a step of gradient descent from zero, with the
//! preconditioned learning rate `A = (b P + a cᵀ)/n`; a step with one learning rate is `A = η I`. The loss is the sum
//!
//! ```text
//! L = power + σ² − 2 n cross tr A + own ‖A‖²
//!   + (n (n + 1) ‖Pᵀa‖² + n ‖P‖² ‖a‖² + 2 b mixed aᵀPc + b² square ‖c‖²)/n²
//! ```
//!
//! (`E S B S = n (n + 1) B + n tr B I`). It is smallest at `A = η* I` without an even part, wherever that is reached.
//!
//! **Descent** takes the four blocks P, b, a, c in turn. With the others held the loss is quadratic in each, so that a gradient step of
//! one over a bound on the block's curvature never goes up. Steps are taken in the coordinates of the inputs as they are.

use super::attention::Weights;
use super::task::Task;

/// Weights in whitened coordinates.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Blocks {
    a: Vec<f64>,
    b: f64,
    /// d × d, row by row.
    p: Vec<f64>,
    c: Vec<f64>,
}

/// What weights compute, and how well.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    /// L.
    pub(super) loss: f64,
    /// tr A / d.
    pub(super) rate: f64,
    /// ‖A − η* I‖ / ‖η* I‖.
    pub(super) to_best: f64,
    /// The same from the nearest multiple of I, over ‖A‖; `None` of a matrix that is 0.
    pub(super) to_step: Option<f64>,
    /// The same of the matrix in the coordinates of the inputs.
    pub(super) to_plain: Option<f64>,
    /// Share of E ŷ² that is even in the labels; `None` of a prediction that is 0.
    pub(super) even: Option<f64>,
}

fn norm2(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum()
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `into = Pᵀ a`.
fn transposed_times(p: &[f64], a: &[f64], into: &mut [f64]) {
    into.fill(0.0);
    for (row, a) in p.chunks_exact(a.len()).zip(a) {
        for (sum, p) in into.iter_mut().zip(row) {
            *sum += a * p;
        }
    }
}

/// How far a d × d matrix is from the nearest multiple of I, as a share of its length.
fn from_identity(matrix: &[f64], d: usize) -> Option<f64> {
    let mean = matrix.iter().step_by(d + 1).sum::<f64>() / d as f64;
    let off: f64 = matrix.iter().enumerate().map(|(at, v)| if at.is_multiple_of(d + 1) { v - mean } else { *v }).map(|v| v * v).sum();
    let share = (off / norm2(matrix)).sqrt();
    share.is_finite().then_some(share)
}

impl Blocks {
    /// The blocks of some weights.
    pub(super) fn of(weights: &Weights, task: &Task) -> Self {
        let (d, roots) = (task.dim, &task.roots);
        let (u, matrix) = weights.parts();
        let whitened = |values: &[f64]| values.iter().zip(roots).map(|(v, root)| v * root).collect::<Vec<f64>>();
        let p = matrix.iter().take(d * d).enumerate().map(|(at, v)| v * roots[at / d] * roots[at % d]).collect();
        Self { a: whitened(&u[..d]), b: u[d], p, c: whitened(&matrix[d * d..]) }
    }

    /// The weights that have these blocks.
    pub(super) fn weights(&self, task: &Task) -> Option<Weights> {
        let (d, roots) = (task.dim, &task.roots);
        let raw = |values: &[f64]| values.iter().zip(roots).map(|(v, root)| v / root).collect::<Vec<f64>>();
        let mut numbers = raw(&self.a);
        numbers.push(self.b);
        numbers.extend(self.p.iter().enumerate().map(|(at, v)| v / (roots[at / d] * roots[at % d])));
        numbers.extend(raw(&self.c));
        Weights::of(d, numbers)
    }

    /// A step of gradient descent whose learning rate is this in whitened coordinates, or else without a preconditioner.
    pub(super) fn step(task: &Task, rate: f64, preconditioned: bool) -> Self {
        let (d, n) = (task.dim, task.examples as f64);
        let scale = |k: usize| if preconditioned { 1.0 } else { task.roots[k] * task.roots[k] };
        let p = (0..d * d).map(|at| if at.is_multiple_of(d + 1) { n * rate * scale(at / d) } else { 0.0 }).collect();
        Self { a: vec![0.0; d], b: 1.0, p, c: vec![0.0; d] }
    }

    /// A, row by row.
    fn matrix(&self, n: f64) -> Vec<f64> {
        let d = self.a.len();
        self.p.iter().enumerate().map(|(at, p)| (self.b * p + self.a[at / d] * self.c[at % d]) / n).collect()
    }

    /// Mean square of the part that is even in the labels.
    fn even(&self, task: &Task) -> f64 {
        let (n, moments) = (task.examples as f64, &task.moments);
        let mut inside = vec![0.0; self.a.len()];
        transposed_times(&self.p, &self.a, &mut inside);
        let (b, squared) = (self.b, n * (n + 1.0) * norm2(&inside) + n * norm2(&self.p) * norm2(&self.a));
        (squared + 2.0 * b * moments.mixed * inner(&inside, &self.c) + b * b * moments.square * norm2(&self.c)) / (n * n)
    }

    /// What these weights compute.
    pub(super) fn look(&self, task: &Task) -> Seen {
        let (d, n, moments) = (task.dim, task.examples as f64, &task.moments);
        let matrix = self.matrix(n);
        let trace: f64 = matrix.iter().step_by(d + 1).sum();
        let (odd, even) = (moments.own * norm2(&matrix), self.even(task));
        let best = task.best_rate();
        let off: f64 = matrix.iter().enumerate().map(|(at, v)| if at.is_multiple_of(d + 1) { v - best } else { *v }).map(|v| v * v).sum();
        let raw: Vec<f64> = matrix.iter().enumerate().map(|(at, v)| v / (task.roots[at / d] * task.roots[at % d])).collect();
        let share = even / (odd + even);
        Seen {
            loss: moments.power + task.floor() - 2.0 * n * moments.cross * trace + odd + even,
            rate: trace / d as f64,
            to_best: (off / d as f64).sqrt() / best,
            to_step: from_identity(&matrix, d),
            to_plain: from_identity(&raw, d),
            even: share.is_finite().then_some(share),
        }
    }
}

/// Descent, block by block.
#[derive(Clone, Debug)]
pub(super) struct Descent<'a> {
    task: &'a Task,
    pub(super) blocks: Blocks,
    /// Slope of the odd part's loss in A.
    slope: Vec<f64>,
    /// Pᵀ a.
    inside: Vec<f64>,
    /// A gradient of d numbers.
    gradient: Vec<f64>,
}

/// A gradient step of one over the curvature; none where the loss is flat in the block.
fn over(gradient: f64, curvature: f64) -> f64 {
    if curvature > 0.0 { gradient / curvature } else { 0.0 }
}

impl<'a> Descent<'a> {
    pub(super) fn new(task: &'a Task, blocks: Blocks) -> Self {
        let d = task.dim;
        Self { task, blocks, slope: vec![0.0; d * d], inside: vec![0.0; d], gradient: vec![0.0; d] }
    }

    /// The slope `2 own A − 2 n cross I` and Pᵀ a of the blocks as they are.
    fn refresh(&mut self) {
        let (d, n, moments) = (self.task.dim, self.task.examples as f64, &self.task.moments);
        let Blocks { a, b, p, c } = &self.blocks;
        for (at, (slope, p)) in self.slope.iter_mut().zip(p).enumerate() {
            let identity = if at.is_multiple_of(d + 1) { 2.0 * n * moments.cross } else { 0.0 };
            *slope = 2.0 * moments.own * (b * p + a[at / d] * c[at % d]) / n - identity;
        }
        transposed_times(p, a, &mut self.inside);
    }

    /// One gradient step in each block.
    pub(super) fn sweep(&mut self) {
        let (task, d) = (self.task, self.task.dim);
        let (n, moments) = (task.examples as f64, &task.moments);
        let square = n * n;
        let largest = task.roots.iter().copied().fold(0.0, f64::max);
        // In the coordinates of the inputs a block's curvature is up to the largest eigenvalue of Σ times as large, for P its square.
        let share = |k: usize| (task.roots[k] / largest).powi(2);

        self.refresh();
        {
            let Blocks { a, b, p, c } = &mut self.blocks;
            let length = norm2(a);
            let curvature = 2.0 * moments.own * *b * *b / square + 2.0 * (n + 2.0) / n * length;
            for (at, (p, slope)) in p.iter_mut().zip(&self.slope).enumerate() {
                let (i, j) = (at / d, at % d);
                let even = 2.0 * n * (n + 1.0) * a[i] * self.inside[j] + 2.0 * n * length * *p + 2.0 * *b * moments.mixed * a[i] * c[j];
                *p -= share(i) * share(j) * over(*b * slope / n + even / square, curvature);
            }
        }

        self.refresh();
        {
            let Blocks { b, p, c, .. } = &mut self.blocks;
            let even = 2.0 * moments.mixed * inner(&self.inside, c) + 2.0 * *b * moments.square * norm2(c);
            let curvature = (2.0 * moments.own * norm2(p) + 2.0 * moments.square * norm2(c)) / square;
            *b -= over(inner(&self.slope, p) / n + even / square, curvature);
        }

        self.refresh();
        {
            let Blocks { a, b, p, c } = &mut self.blocks;
            let size = norm2(p);
            let curvature = 2.0 * moments.own * norm2(c) / square + 2.0 * (n + 2.0) / n * size;
            let rows = p.chunks_exact(d).zip(self.slope.chunks_exact(d));
            for ((gradient, a), (row, slope)) in self.gradient.iter_mut().zip(a.iter()).zip(rows) {
                let even = 2.0 * n * (n + 1.0) * inner(row, &self.inside) + 2.0 * n * size * a + 2.0 * *b * moments.mixed * inner(row, c);
                *gradient = inner(slope, c) / n + even / square;
            }
            a.iter_mut().zip(&self.gradient).enumerate().for_each(|(i, (a, g))| *a -= share(i) * over(*g, curvature));
        }

        self.refresh();
        {
            let Blocks { a, b, c, .. } = &mut self.blocks;
            let curvature = (2.0 * moments.own * norm2(a) + 2.0 * *b * *b * moments.square) / square;
            transposed_times(&self.slope, a, &mut self.gradient);
            for (j, ((c, slope), inside)) in c.iter_mut().zip(&self.gradient).zip(&self.inside).enumerate() {
                let even = 2.0 * *b * moments.mixed * inside + 2.0 * *b * *b * moments.square * *c;
                *c -= share(j) * over(slope / n + even / square, curvature);
            }
        }
    }
}
