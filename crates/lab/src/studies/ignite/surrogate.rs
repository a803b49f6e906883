//! The surrogate: a perceptron that says mean and variance of a design's value, its steps, and the climb on its mean.

use nets::models::Mlp;
use nets::models::mlp::Activation;
use nets::{Arena, Mode, Params, Pass, Training, Var, losses, optim};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::Regulariser;
use super::problem::{Designs, Problem};

/// The authors' numbers of the bound: first multiplier, its rate, the bound itself, and radius and perturbation of it.
const FIRST_MULTIPLIER: f64 = 1e-3;
const MULTIPLIER_RATE: f64 = 1e-3;
const BOUND: f64 = 0.1;
const RADIUS: f64 = 0.05;

/// Radius and perturbation where the multiplier is fixed.
const FIXED_RADIUS: f64 = 0.2;

/// The largest absolute logarithm of a variance.
const LOG_VARIANCE: f64 = 5.0;

/// Step of the difference along the gradient by the design, which is of order one.
const STEP: f64 = 1e-2;

/// Nothing here is random on its way forward.
fn unused() -> Pcg64 {
    Pcg64::seed_from_u64(0)
}

/// What is asked of a surrogate.
pub(super) struct Plan {
    pub(super) regulariser: Regulariser,
    /// Decay, factor of the penalty, or the multiplier that stays.
    pub(super) strength: f64,
    pub(super) width: usize,
    pub(super) batch: usize,
    pub(super) rate: f64,
}

/// A surrogate in training.
pub(super) struct Surrogate {
    plan: Plan,
    dim: usize,
    net: Mlp,
    pub(super) training: Training<f32>,
    /// λ.
    pub(super) multiplier: f64,
    arena: Arena<f32>,
    batch: Designs,
    /// ∇G at the weights and at the moved ones, and these.
    here: Vec<f32>,
    there: Vec<f32>,
    moved: Vec<f32>,
    /// Designs a step up and a step down their gradients, and the factors of their means.
    pair: Vec<f32>,
    signs: Vec<f32>,
}

/// Mean and logarithm of the variance, each rows × 1.
fn forward(net: &Mlp, pass: &mut Pass<'_, f32>, x: Var) -> (Var, Var) {
    let out = net.forward(pass, x);
    let (mean, raw) = (pass.columns(out, 0, 1), pass.columns(out, 1, 1));
    let small = pass.affine(raw, 1.0 / LOG_VARIANCE, 0.0);
    let bounded = pass.tanh(small);
    (mean, pass.affine(bounded, LOG_VARIANCE, 0.0))
}

/// ½((y − m)² e⁻ˢ + s), mean over rows.
fn likelihood(pass: &mut Pass<'_, f32>, mean: Var, spread: Var, y: &[f32]) -> Var {
    let wanted = pass.input(y, mean.rows, 1);
    let errors = losses::squared_error(pass, mean, wanted);
    let minus = pass.affine(spread, -1.0, 0.0);
    let precision = pass.exp(minus);
    let weighed = pass.mul(errors, precision);
    let both = pass.add(weighed, spread);
    let all = pass.mean(both);
    pass.affine(all, 0.5, 0.0)
}

/// Fills `gradient` with that of the mean prediction over these designs; gives its length.
fn slope(net: &Mlp, weights: &[f32], arena: &mut Arena<f32>, x: &[f32], dim: usize, gradient: &mut [f32]) -> f64 {
    gradient.fill(0.0);
    let mut pass = Pass::with(weights, &mut [], arena, Mode::Frozen, unused());
    let x = pass.input(x, x.len() / dim.max(1), dim);
    let (mean, _) = forward(net, &mut pass, x);
    let all = pass.mean(mean);
    pass.backward(all, gradient);
    optim::norm(gradient)
}

/// The gradient of every design's mean by the design; `scratch` is as long as the weights.
fn by_design(net: &Mlp, weights: &[f32], arena: &mut Arena<f32>, x: &[f32], dim: usize, scratch: &mut [f32]) -> Vec<f32> {
    let mut pass = Pass::with(weights, &mut [], arena, Mode::Frozen, unused());
    let x = pass.leaf(x, x.len() / dim.max(1), dim);
    let (mean, _) = forward(net, &mut pass, x);
    let all = pass.sum(mean);
    pass.backward_to(all, scratch, &[x]).pop().unwrap_or_default()
}

impl Surrogate {
    pub(super) fn new(plan: Plan, dim: usize, weights: Pcg64) -> Self {
        let mut params = Params::<f32>::new(weights);
        let net = Mlp::new(&mut params, "surrogate", &[dim, plan.width, plan.width, 2], Activation::Gelu);
        let n = params.len();
        let decay = if plan.regulariser == Regulariser::Decay { plan.strength } else { 0.0 };
        let multiplier = match plan.regulariser {
            Regulariser::Ignite => FIRST_MULTIPLIER,
            Regulariser::Ignite2 => plan.strength,
            _ => 0.0,
        };
        let rows = plan.batch;
        Self {
            dim,
            net,
            training: Training::new(params, decay),
            multiplier,
            arena: Arena::new(),
            batch: Designs { x: Vec::with_capacity(rows * dim), y: Vec::with_capacity(rows) },
            here: vec![0.0; n],
            there: vec![0.0; n],
            moved: vec![0.0; n],
            pair: Vec::with_capacity(2 * rows * dim),
            signs: Vec::with_capacity(2 * rows),
            plan,
        }
    }

    /// One step on designs drawn by `rng`; gives the negative log likelihood before it. A loss that is not finite moves nothing.
    pub(super) fn step(&mut self, offline: &Designs, rng: &mut Pcg64) -> f64 {
        let dim = self.dim;
        self.batch.x.clear();
        self.batch.y.clear();
        for _ in 0..self.plan.batch {
            let k = rng.random_range(0..offline.y.len());
            self.batch.x.extend_from_slice(&offline.x[k * dim..(k + 1) * dim]);
            self.batch.y.push(offline.y[k]);
        }
        let loss = self.descend();
        if loss.is_finite() {
            match self.plan.regulariser {
                Regulariser::Ignite | Regulariser::Ignite2 => self.bound(),
                Regulariser::InputGradient => self.penalise(),
                Regulariser::None | Regulariser::Longer | Regulariser::Decay => {}
            }
            let Self { training, plan, .. } = self;
            training.adam.step(&mut training.params.values, &training.gradient, plan.rate, &training.groups);
        }
        loss
    }

    /// The loss on the batch, and its gradient.
    fn descend(&mut self) -> f64 {
        let Self { net, training, arena, batch, dim, .. } = self;
        training.gradient.fill(0.0);
        let mut pass = Pass::with(&training.params.values, &mut [], arena, Mode::Train, unused());
        let x = pass.input(&batch.x, batch.y.len(), *dim);
        let (mean, spread) = forward(net, &mut pass, x);
        let loss = likelihood(&mut pass, mean, spread, &batch.y);
        let value = pass.scalar(loss);
        pass.backward(loss, &mut training.gradient);
        value
    }

    /// Adds λ(ρ/r)(g₁ − g₀) to the gradient, and moves λ where it moves.
    pub(super) fn bound(&mut self) {
        let moves = self.plan.regulariser == Regulariser::Ignite;
        let radius = if moves { RADIUS } else { FIXED_RADIUS };
        let Self { net, training, arena, batch, dim, here, there, moved, multiplier, .. } = self;
        let weights = &training.params.values;
        let length = slope(net, weights, arena, &batch.x, *dim, here);
        if length > 0.0 {
            let by = (radius / length) as f32;
            moved.iter_mut().zip(weights).zip(here.iter()).for_each(|((m, w), g)| *m = *w + by * *g);
            slope(net, moved, arena, &batch.x, *dim, there);
            // The radius of the bound and the length of the move are the same number, so that their ratio is one.
            let factor = *multiplier as f32;
            let gap = there.iter().zip(here.iter());
            training.gradient.iter_mut().zip(gap).for_each(|(g, (there, here))| *g += factor * (*there - *here));
        }
        if moves {
            *multiplier += MULTIPLIER_RATE * (radius * length - BOUND);
        }
    }

    /// Adds the gradient of strength · mean ‖∇ₓm‖².
    pub(super) fn penalise(&mut self) {
        let Self { net, training, arena, batch, dim, here, pair, signs, plan, .. } = self;
        let weights = &training.params.values;
        let slopes = by_design(net, weights, arena, &batch.x, *dim, here);
        let rows = batch.y.len();
        pair.clear();
        pair.extend(batch.x.iter().zip(&slopes).map(|(x, v)| x + STEP as f32 * v));
        pair.extend(batch.x.iter().zip(&slopes).map(|(x, v)| x - STEP as f32 * v));
        // Held fixed in the difference, the gradient by the design counts once; by symmetry it counts twice.
        let factor = (2.0 * plan.strength / (2.0 * STEP * rows as f64)) as f32;
        signs.clear();
        signs.extend((0..2 * rows).map(|k| if k < rows { factor } else { -factor }));
        let mut pass = Pass::with(weights, &mut [], arena, Mode::Train, unused());
        let x = pass.input(pair, 2 * rows, *dim);
        let (mean, _) = forward(net, &mut pass, x);
        let signs = pass.input(signs, 2 * rows, 1);
        let product = pass.mul(mean, signs);
        let along = pass.sum(product);
        pass.backward(along, &mut training.gradient);
    }

    /// The length of the gradient of the mean prediction, and the root mean square error of the mean, on these designs.
    pub(super) fn measure(&mut self, of: &Designs) -> (f64, f64) {
        let Self { net, training, arena, dim, here, .. } = self;
        let weights = &training.params.values;
        let length = slope(net, weights, arena, &of.x, *dim, here);
        let mut pass = Pass::with(weights, &mut [], arena, Mode::Infer, unused());
        let x = pass.input(&of.x, of.y.len(), *dim);
        let (mean, _) = forward(net, &mut pass, x);
        let wrong: f64 = pass.value(mean).iter().zip(&of.y).map(|(m, y)| f64::from(m - y).powi(2)).sum();
        (length, (wrong / of.y.len().max(1) as f64).sqrt())
    }

    /// Climbs one step: every design along the gradient of its own mean.
    pub(super) fn climb(&mut self, problem: &Problem, designs: &mut [f32], rate: f64) {
        let Self { net, training, arena, dim, here, .. } = self;
        let slopes = by_design(net, &training.params.values, arena, designs, *dim, here);
        for (x, v) in designs.iter_mut().zip(&slopes) {
            *x += rate as f32 * *v;
            if problem.bounded {
                *x = x.clamp(-1.0, 1.0);
            }
        }
    }

    /// Forgets the gradient of the last step.
    #[cfg(test)]
    pub(super) fn clear(&mut self) {
        self.training.gradient.fill(0.0);
    }

    /// Takes these designs for the batch.
    #[cfg(test)]
    pub(super) fn take(&mut self, designs: &Designs) {
        self.batch = designs.clone();
    }

    /// At these weights: the length of the gradient of the mean prediction over the batch, and the mean squared gradient by the design.
    #[cfg(test)]
    pub(super) fn at(&mut self, weights: &[f32]) -> (f64, f64) {
        let Self { net, arena, batch, dim, here, .. } = self;
        let length = slope(net, weights, arena, &batch.x, *dim, here);
        let slopes = by_design(net, weights, arena, &batch.x, *dim, here);
        let squares: f64 = slopes.iter().map(|v| f64::from(*v).powi(2)).sum();
        (length, squares / batch.y.len() as f64)
    }
}
