//! Distillation: pictures are learned so that a student's steps on them bring it along the trajectories of experts.

use nets::optim::{AdamW, Group};
use nets::params::normal;
use rand::RngExt;
use rand_pcg::Pcg64;

use super::data::Digits;
use super::experts::Trajectory;
use super::method::Parts;
use super::plan::Set;
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::two_layer::TwoLayer;
use crate::blocks::unrolled::{Inner, Target, square_distance, through};
use crate::{Context, Go, StudyError};

/// Points of the curve of the loss.
const POINTS: usize = 20;

/// By how much the logarithm of the student's rate is moved in a step of Adam.
const STUDENT: f64 = 0.02;

/// The student on pictures with these labels.
struct Student<'a> {
    net: TwoLayer,
    labels: &'a [u32],
    /// By what its loss is multiplied.
    factor: f64,
}

impl Inner for Student<'_> {
    fn gradient(&self, weights: &[f64], pictures: &[f64], to: &mut [f64]) {
        self.net.gradient(weights, pictures, self.labels, self.factor, to);
    }

    fn second(&self, weights: &[f64], pictures: &[f64], direction: &[f64], to: (&mut [f64], &mut [f64])) {
        self.net.second(weights, pictures, self.labels, self.factor, direction, to);
    }
}

/// By what the student's loss is multiplied on a trajectory that begins at this epoch, where the last may be `most`: more late, less early.
pub(super) fn balance(start: usize, most: usize) -> f64 {
    let late = start as f64 - 0.5 * most as f64;
    let by = (late.abs() + 8.0).ln() / 5.0_f64.ln();
    if late >= 0.0 { by } else { by.recip() }
}

/// Weights that are each a little larger or smaller: those of a matrix by a Gaussian one of length 1.
pub(super) fn perturbed(net: &TwoLayer, weights: &[f64], rng: &mut Pcg64) -> Vec<f64> {
    let mut moved = weights.to_vec();
    for at in net.matrices() {
        let draws: Vec<f64> = at.clone().map(|_| normal(rng)).collect();
        let length = draws.iter().map(|d| d * d).sum::<f64>().sqrt().max(1e-12);
        if let Some(own) = moved.get_mut(at) {
            own.iter_mut().zip(&draws).for_each(|(w, d)| *w *= 1.0 + d / length);
        }
    }
    moved
}

/// What came out.
pub(super) struct Distilled {
    pub(super) set: Digits,
    /// The student's rate.
    pub(super) rate: f64,
    pub(super) curve: Vec<[f64; 2]>,
    /// Why it ended early, if it did.
    pub(super) ended: Option<String>,
}

/// Distils from these pictures on, at a rate and with trajectories that begin at this epoch at the latest.
///
/// # Errors
/// [`StudyError::Interrupted`] when the watch says stop; nothing is saved, and the next run begins anew.
pub(super) fn run(
    own: &Set,
    parts: Parts,
    from: Digits,
    experts: &[Trajectory],
    (rate, most): (f64, usize),
    context: &Context<'_>,
) -> Result<Distilled, StudyError> {
    let net = own.net();
    let Digits { pixels, labels } = from;
    let n = pixels.len();
    // The pictures, and the logarithm of the student's rate.
    let mut learned = pixels;
    learned.push(own.student_rate.ln());
    let groups = [Group { at: 0..n, rate: 1.0, decay: 0.0 }, Group { at: n..n + 1, rate: STUDENT / rate, decay: 0.0 }];
    let mut adam = AdamW::<f64>::new(n + 1);
    let (mut curve, mut open) = (Vec::new(), [0.0; 2]);
    let mut ended = None;
    for step in 0..own.steps {
        let mut rng = stream(context.seed, Purpose::Steps, step as u64);
        let start = rng.random_range(0..=most);
        let Some(expert) = experts.get(rng.random_range(0..experts.len().max(1))) else { break };
        let Some(before) = expert.passed.get(start) else { break };
        let weights = if parts.perturbed { perturbed(&net, before, &mut rng) } else { before.clone() };
        let first = if parts.between { 1 } else { own.span };
        let targets: Vec<Target<'_>> = (first..=own.span)
            .filter_map(|epoch| {
                let weights = expert.passed.get(start + epoch)?;
                let scale = square_distance(before, weights).max(1e-12).recip();
                Some(Target { step: own.student_steps * epoch / own.span, weights, scale })
            })
            .collect();
        let student = Student { net, labels: &labels, factor: if parts.balanced { balance(start, most) } else { 1.0 } };
        let (pictures, last) = learned.split_at(n);
        let pace = last.first().copied().unwrap_or(0.0).exp();
        let found = through(&student, &weights, pictures, pace, own.student_steps, &targets);
        let mut gradient = found.pictures;
        gradient.push(found.rate * pace);
        if !found.loss.is_finite() || gradient.iter().any(|g| !g.is_finite()) {
            ended = Some(format!("the loss is no longer finite at step {step} of {}; lower the rate", own.steps));
            break;
        }
        adam.step(&mut learned, &gradient, rate, &groups);
        open = [open[0] + found.loss, open[1] + 1.0];
        if (step + 1) * POINTS.min(own.steps) / own.steps > curve.len() {
            curve.push([(step + 1) as f64, open[0] / open[1]]);
            open = [0.0; 2];
        }
        if (context.watch)((step + 1) as f64 / own.steps as f64) == Go::Stop {
            return Err(StudyError::Interrupted);
        }
    }
    let pace = learned.pop().unwrap_or(0.0).exp();
    Ok(Distilled { set: Digits { pixels: learned, labels }, rate: pace, curve, ended })
}
