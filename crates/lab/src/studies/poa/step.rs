//! A step of self-distillation with or without an elastic student, and of distillation.
//!
//! A teacher says of each of two views which of some prototypes they are like, levelled over the step by Sinkhorn's rounds. With `s` for a student's
//! softmax of cosines over its temperature, the losses are the cross-entropies of
//! - `L_IS`: the whole student on one view with the teacher on the other one;
//! - `L_ES1`: the elastic student on one view with the teacher on the other one;
//! - `L_ES2`: the elastic student with the whole student on the same view, which teaches and does not learn from this.
//!
//! `L = λ L_IS + (1 − λ) (L_ES1 + L_ES2)`, both views in turn. Where there is no elastic student, `L = L_IS`.

use nets::{Arena, Mode, Params, Pass, Training, Var, losses};
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::data::SIDE;
use super::plan::{Objective, Pretraining};
use crate::blocks::elastic::{Cut, Elastic};
use crate::blocks::self_distilled::{PROTOTYPES, STUDENT, TEACHER, follow};
use crate::blocks::sinkhorn;
use crate::blocks::streams::{Purpose, stream};

/// Share of the loss that is the whole student's, where there is an elastic one.
const LAMBDA: f64 = 0.5;

/// Share of the teacher that is kept in the first step; it rises to 1 along half a cosine.
const KEEP: f64 = 0.95;

/// A network that is cut out of the student.
struct Part {
    net: Elastic,
    params: Params<f32>,
    cut: Cut,
    gradient: Vec<f32>,
}

/// Who learns from whom.
pub(super) struct Lesson {
    objective: Objective,
    net: Elastic,
    parts: Vec<Part>,
    /// A network that is distilled, with its weights.
    fixed: Option<(Elastic, Params<f32>)>,
    /// Running statistics of the teacher, which nobody uses: it has those of the step.
    state: Vec<f32>,
    arena: Arena<f32>,
}

/// What a step is given: one view of every picture and then another one of each, and where the training is.
pub(super) struct Shown<'a> {
    /// The pixels of all views.
    pub(super) pixels: &'a [f32],
    /// How many pictures.
    pub(super) count: usize,
    /// Which of its sizes an elastic student has.
    pub(super) size: usize,
    /// The learning rate.
    pub(super) rate: f64,
    /// Share of the steps that are done.
    pub(super) done: f64,
}

/// Which of so many sizes step `k` has: all of them equally often, in an order that is drawn anew whenever all have been there.
pub(super) fn drawn(seed: u64, k: u64, sizes: usize) -> usize {
    let sizes = sizes.max(1);
    let mut order: Vec<usize> = (0..sizes).collect();
    order.shuffle(&mut stream(seed, Purpose::Steps, k / sizes as u64));
    order.get((k % sizes as u64) as usize).copied().unwrap_or(0)
}

impl Lesson {
    /// For a network with these parameters; `None` if it is no larger than what is to be cut out of it.
    pub(super) fn new(own: &Pretraining, net: Elastic, params: &Params<f32>, fixed: Option<(Elastic, Params<f32>)>) -> Option<Self> {
        let mut parts = Vec::new();
        for size in &own.sizes {
            let mut part = Params::new(stream(0, Purpose::Weights, 0));
            let small = Elastic::new(&mut part, *size);
            let cut = Cut::new(params, &part, (net.size.blocks, size.blocks))?;
            parts.push(Part { net: small, gradient: vec![0.0; part.len()], params: part, cut });
        }
        Some(Self { objective: own.objective, net, parts, fixed, state: params.state.clone(), arena: Arena::new() })
    }

    /// What is wanted of every view: the teacher on the other view, or, where a network is distilled, this network on the same one.
    fn wanted(&mut self, teacher: &[f32], shown: &Shown<'_>, rng: Pcg64) -> Vec<f32> {
        let views = 2 * shown.count;
        if let Some((net, params)) = &mut self.fixed {
            let mut pass = Pass::new(params, &mut self.arena, Mode::Train, rng);
            let said = net.cosines(&mut pass, shown.pixels, views, SIDE);
            return sinkhorn::level(pass.value(said), PROTOTYPES, TEACHER);
        }
        let mut pass = Pass::with(teacher, &mut self.state, &mut self.arena, Mode::Train, rng);
        let said = self.net.cosines(&mut pass, shown.pixels, views, SIDE);
        let mut wanted = sinkhorn::level(pass.value(said), PROTOTYPES, TEACHER);
        wanted.rotate_left(shown.count * PROTOTYPES);
        wanted
    }

    /// One step; `teacher` has the weights of the teacher, unless a network is distilled. Gives the loss before it; a teacher of another network is a
    /// loss that is not a number.
    pub(super) fn step(&mut self, training: &mut Training<f32>, teacher: &mut [f32], shown: &Shown<'_>, rng: &Pcg64) -> f64 {
        if self.fixed.is_none() && teacher.len() != training.params.len() {
            return f64::NAN;
        }
        let wanted = self.wanted(teacher, shown, rng.clone());
        let (views, elastic) = (2 * shown.count, self.objective.elastic());
        training.gradient.fill(0.0);
        let (mut loss, mut own) = (0.0_f64, Vec::new());
        if self.objective != Objective::WithoutIntact {
            let mut pass = Pass::new(&mut training.params, &mut self.arena, Mode::Train, rng.clone());
            let found = self.net.cosines(&mut pass, shown.pixels, views, SIDE);
            own = pass.value(found).to_vec();
            loss += learn(pass, found, &wanted, if elastic { LAMBDA } else { 1.0 }, &mut training.gradient);
        }
        if let Some(part) = self.parts.get_mut(shown.size) {
            let mut wanted = wanted;
            if matches!(self.objective, Objective::Elastic | Objective::WithoutOther) {
                own.iter_mut().for_each(|v| *v /= STUDENT as f32);
                own.chunks_exact_mut(PROTOTYPES).for_each(|row| {
                    nets::kernels::softmax(row);
                });
                if self.objective == Objective::WithoutOther {
                    wanted.fill(0.0);
                }
                // Both losses have the same scores, so that what is wanted of them adds up.
                nets::kernels::add(&mut wanted, &own);
            }
            part.cut.take(&training.params.values, &mut part.params.values);
            part.gradient.fill(0.0);
            let mut pass = Pass::new(&mut part.params, &mut self.arena, Mode::Train, rng.clone());
            let found = part.net.cosines(&mut pass, shown.pixels, views, SIDE);
            loss += learn(pass, found, &wanted, 1.0 - LAMBDA, &mut part.gradient);
            part.cut.give_back(&part.gradient, &mut training.gradient);
        }
        if !loss.is_finite() {
            return loss;
        }
        nets::optim::clip(&mut training.gradient, training.clip);
        training.adam.step(&mut training.params.values, &training.gradient, shown.rate, &training.groups);
        if self.fixed.is_none() {
            follow(teacher, &training.params.values, KEEP, shown.done);
        }
        loss
    }
}

/// Adds the gradient of a weighted mean cross-entropy of cosines with what is wanted; gives that mean.
fn learn(mut pass: Pass<'_, f32>, cosines: Var, wanted: &[f32], weight: f64, gradient: &mut [f32]) -> f64 {
    let scores = pass.affine(cosines, STUDENT.recip(), 0.0);
    let wanted = pass.input(wanted, cosines.rows, cosines.cols);
    let errors = losses::soft_cross_entropy(&mut pass, scores, wanted);
    let mean = pass.mean(errors);
    let loss = pass.affine(mean, weight, 0.0);
    let value = pass.scalar(loss);
    pass.backward(loss, gradient);
    value
}
