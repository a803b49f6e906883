//! The family of regression tasks that prompts are drawn from, and what its moments say without a sample.
//!
//! A prompt has a function f of its own, n examples `x ~ N(0, Σ)`, `y = f(x) + σ e`, and a query. In whitened coordinates
//! `z = Σ^(−1/2) x` all that follows is the same for every Σ: the linear target is `f = w·z` with `w ~ N(0, I)`, which is a weight
//! vector of covariance Σ⁻¹ for x, and the others are `f = ±g(w·z)` with w uniform on the sphere and a random sign. With
//! `S = Σᵢ zᵢzᵢᵀ`, `s = Σᵢ yᵢzᵢ` and `t = Σᵢ yᵢ²`, symmetry makes every moment that the loss needs a multiple of the identity:
//!
//! ```text
//! E f²           = power
//! E yᵢ zᵢ f(q) qᵀ = cross · I
//! E s sᵀ         = own · I
//! E t S          = mixed · I
//! E t²           = square
//! ```
//!
//! All are derived here from Gaussian moments; the tests hold them to Monte Carlo estimates.

use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;

use super::{Settings, Target};

impl Target {
    /// g.
    #[inline]
    fn of(self, z: f64) -> f64 {
        match self {
            Self::Linear => z,
            Self::Relu => z.max(0.0),
            Self::Cubic => z * z * z,
        }
    }
}

/// Moments of a family of tasks, as the module's text names them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moments {
    pub(super) power: f64,
    pub(super) cross: f64,
    pub(super) own: f64,
    pub(super) mixed: f64,
    pub(super) square: f64,
}

impl Moments {
    /// Of n examples in d dimensions with label noise of this variance.
    fn of(target: Target, n: f64, d: f64, variance: f64) -> Self {
        // E g(z) z, E g², E g² z² and E g⁴ for z ~ N(0, 1).
        let (first, second, weighted, fourth) = match target {
            Target::Linear => {
                // The length of w is random too: E|w|² = d, E|w|⁴ = d (d + 2).
                return Self {
                    power: d,
                    cross: 1.0,
                    own: n * (n + d + 1.0 + variance),
                    mixed: n * n * (d + variance) + 2.0 * n,
                    square: n * (n + 2.0) * (d * (d + 2.0) + 2.0 * variance * d + variance * variance),
                };
            }
            Target::Relu => (0.5, 0.5, 1.5, 1.5),
            Target::Cubic => (3.0, 15.0, 105.0, 10_395.0),
        };
        // E y² z zᵀ of one example is a multiple of I, by this number; two different ones share no more than the direction w.
        let single = (weighted + (d - 1.0) * second) / d + variance;
        let cross = first * first / d;
        let label = second + variance;
        Self {
            power: second,
            cross,
            own: n * (single + (n - 1.0) * cross),
            mixed: n * (n - 1.0) * label + n * single,
            square: n * (n - 1.0) * label * label + n * (fourth + 6.0 * second * variance + 3.0 * variance * variance),
        }
    }
}

/// A family of tasks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Task {
    pub(super) target: Target,
    /// n.
    pub(super) examples: usize,
    /// d.
    pub(super) dim: usize,
    /// σ.
    pub(super) noise: f64,
    /// Square roots of the eigenvalues of Σ, which is diagonal, from the largest on.
    pub(super) roots: Vec<f64>,
    pub(super) moments: Moments,
}

impl Task {
    pub(super) fn new(settings: &Settings) -> Self {
        let (n, d) = (settings.examples as f64, settings.dim as f64);
        // Eigenvalues in a geometric series from √c to 1/√c.
        let gaps = (d - 1.0).max(1.0);
        let root = |k: usize| if settings.dim == 1 { 1.0 } else { settings.condition.powf(0.25 - 0.5 * k as f64 / gaps) };
        Self {
            target: settings.target,
            examples: settings.examples,
            dim: settings.dim,
            noise: settings.noise,
            roots: (0..settings.dim).map(root).collect(),
            moments: Moments::of(settings.target, n, d, settings.noise * settings.noise),
        }
    }

    /// σ², which no learner gets below.
    pub(super) fn floor(&self) -> f64 {
        self.noise * self.noise
    }

    /// η*, the best learning rate of one step `ŷ = η Σᵢ yᵢ xᵢᵀ Σ⁻¹ q`: for the linear target 1/(n + d + 1 + σ²).
    pub(super) fn best_rate(&self) -> f64 {
        self.examples as f64 * self.moments.cross / self.moments.own
    }

    /// The loss of that step, which no other linear function of s comes below.
    pub(super) fn best_loss(&self) -> f64 {
        let gain = self.examples as f64 * self.moments.cross;
        self.moments.power + self.floor() - gain * gain * self.dim as f64 / self.moments.own
    }

    /// The best learning rate of one step without a preconditioner, `ŷ = η Σᵢ yᵢ xᵢᵀ q`: `n cross tr Σ / (own tr Σ²)`.
    pub(super) fn plain_rate(&self) -> f64 {
        let trace = |power: i32| self.roots.iter().map(|root| root.powi(power)).sum::<f64>();
        self.best_rate() * trace(2) / trace(4)
    }
}

/// One prompt, drawn again and again into the same memory.
#[derive(Clone, Debug)]
pub(super) struct Prompt {
    /// n × (d + 1): each example followed by its label.
    tokens: Vec<f64>,
    /// x of the query, d numbers.
    pub(super) query: Vec<f64>,
    /// Its label.
    pub(super) answer: f64,
    /// w, d numbers.
    direction: Vec<f64>,
}

impl Prompt {
    pub(super) fn new(task: &Task) -> Self {
        let d = task.dim;
        Self { tokens: vec![0.0; task.examples * (d + 1)], query: vec![0.0; d], answer: 0.0, direction: vec![0.0; d] }
    }

    /// The tokens of the examples, d + 1 numbers each.
    pub(super) fn tokens(&self) -> std::slice::ChunksExact<'_, f64> {
        self.tokens.chunks_exact(self.query.len() + 1)
    }

    /// Draws the function, the examples and the query.
    pub(super) fn draw(&mut self, task: &Task, rng: &mut Pcg64) {
        self.direction.iter_mut().for_each(|w| *w = rng.sample(StandardNormal));
        let mut sign = 1.0;
        if task.target != Target::Linear {
            let length = self.direction.iter().map(|w| w * w).sum::<f64>().sqrt();
            self.direction.iter_mut().for_each(|w| *w /= length);
            sign = if rng.random::<bool>() { 1.0 } else { -1.0 };
        }
        for token in self.tokens.chunks_exact_mut(task.dim + 1) {
            if let Some((y, x)) = token.split_last_mut() {
                *y = label(task, sign, &self.direction, x, rng);
            }
        }
        self.answer = label(task, sign, &self.direction, &mut self.query, rng);
    }
}

/// Draws x, and gives its label.
#[inline]
fn label(task: &Task, sign: f64, direction: &[f64], x: &mut [f64], rng: &mut Pcg64) -> f64 {
    let mut along = 0.0;
    for ((x, w), root) in x.iter_mut().zip(direction).zip(&task.roots) {
        let z: f64 = rng.sample(StandardNormal);
        along += w * z;
        *x = root * z;
    }
    let e: f64 = rng.sample(StandardNormal);
    sign * task.target.of(along) + task.noise * e
}

/// A seed for each thing that is drawn, so that arms which differ in one of them share the others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Streams {
    /// First weights.
    pub(super) weights: u64,
    /// Prompts of the training.
    prompts: u64,
    /// Fresh prompts.
    pub(super) fresh: u64,
}

/// Far apart and odd: the seeds of the steps are all different.
const STRIDE: u64 = 0x9e37_79b9_7f4a_7c15;

impl Streams {
    pub(super) fn new(seed: u64) -> Self {
        let mut master = Pcg64::seed_from_u64(seed);
        let mut next = || master.random::<u64>();
        Self { weights: next(), prompts: next(), fresh: next() }
    }

    /// The prompts of one step of the training: a step is drawn by itself, so that a run can go on from any of them.
    pub(super) fn of_step(&self, step: u64) -> Pcg64 {
        Pcg64::seed_from_u64(self.prompts.wrapping_add(step.wrapping_mul(STRIDE)))
    }
}
