//! Saturation, the steps of an arm, and settling.

use nets::layers::Linear;
use nets::optim::{AdamW, Group, norm};
use nets::{Arena, Mode, Pass, Training, losses};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::data::{Batch, Data};
use super::measure::{self, Exam};
use super::{Method, Settings, gather, other};
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::masked_model::MaskedModel;
use crate::blocks::schedules::Schedule;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// β₂ of AdamW.
const SECOND: f64 = 0.99;
/// The peak of the rate of settling.
const SETTLING: f64 = 2e-3;
/// The rate of the adversary's head over that of the network.
const HEAD: f64 = 10.0;
/// Steps of warm-up, as a share of a phase.
const WARM_UP: f64 = 0.05;

/// Operations of the matrix products of so many texts passed forward.
fn passed(own: &Settings, texts: usize) -> f64 {
    texts as f64 * 2.0 * own.shape().multiplications()
}

/// What a saturation costs.
pub(super) fn saturation_flops(own: &Settings) -> f64 {
    3.0 * passed(own, own.saturation_steps * own.batch) + passed(own, own.exam)
}

/// Steps before which the excess is looked at; the end is looked at as well.
fn grid(own: &Settings) -> Vec<u64> {
    let (steps, looks) = ((own.own_steps() + own.settling_steps) as u64, own.looks as u64);
    let mut grid: Vec<u64> = (0..looks).map(|k| k * steps / looks).collect();
    grid.dedup();
    grid
}

/// What an arm costs, with its settling; `measured` is whether all is measured in the end. The adversary's head is left out.
pub(super) fn branch_flops(own: &Settings, measured: bool) -> f64 {
    let trained = own.own_steps() * own.method.passes() * own.noise_batch + own.settling_steps * own.batch;
    let looked_at = (grid(own).len() + 1) * own.exam;
    3.0 * passed(own, trained) + passed(own, looked_at) + if measured { measured_flops(own) } else { 0.0 }
}

/// What it costs to measure a model.
pub(super) fn measured_flops(own: &Settings) -> f64 {
    let one = |own: &Settings| 4.0 * passed(own, own.traced);
    let embedded = if own.hidden < own.largest { one(&Settings { hidden: own.largest, ..own.clone() }) } else { 0.0 };
    one(own) + embedded + passed(own, measure::examples(own))
}

/// AdamW that has not made a step.
fn fresh(training: &mut Training<f32>) {
    training.adam = AdamW::new(training.params.len());
    training.adam.second = SECOND;
}

/// Up along a line, then down to zero along a cosine.
fn falling(steps: usize) -> Schedule {
    Schedule::Cosine { first: 0.0, rise: (WARM_UP * steps as f64).round() as u64, length: steps as u64, last: 0.0 }
}

/// Brings a model from its first weights near the least loss there can be.
pub(super) fn saturate(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let scores: Vec<f64> = needs.iter().map(|need| need.scalar("score").unwrap_or(0.0)).collect();
    let rate = best(&own.saturation_rates, &scores).ok_or_else(|| other("there is no rate of saturation to choose from"))?;
    let (model, params) = MaskedModel::new(own.shape(), stream(seed, Purpose::Weights, 0));
    let mut training = Training::new(params, 0.0);
    training.adam.second = SECOND;
    let data = Data::new(own, seed);
    let schedule = falling(own.saturation_steps);
    let course = Course { steps: own.saturation_steps as u64, points: 1, rate };
    let (_, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, step, _| {
        let batch = data.batch(own.batch, true, stream(seed, Purpose::Pretraining, step));
        training.step(rate * schedule.at(step), Pcg64::seed_from_u64(0), |pass| model.loss(pass, &batch.masked))
    })?;
    if let Some(why) = ended {
        return Ok(gather::diverged(format!("saturation: {why}")));
    }
    let excess = Exam::new(own, seed).excess(&model, &mut training);
    if !excess.is_finite() {
        return Ok(gather::diverged("saturation: what the model says is not finite; lower the rate".to_owned()));
    }
    let found = [("excess", Some(excess)), ("score", Some((-excess).exp())), ("rate", Some(rate))];
    Ok(gather::measured(&[(own.saturation_steps as f64, excess)], &found, Some(training.params.to_bytes().map_err(other)?)))
}

/// The rate of an arm: the largest with which the mean excess on other seeds ends at most `slack` above that of the base; the smallest where there is
/// none. There are as many outcomes of the base as of each rate, and they come first.
pub(super) fn chosen(rates: &[f64], tried: &[Outcome], slack: f64) -> Option<f64> {
    let each = tried.len() / (rates.len() + 1);
    let mean = |outcomes: &[Outcome]| Some(outcomes.iter().map(|o| o.scalar("excess")).sum::<Option<f64>>()? / outcomes.len() as f64);
    let smallest = rates.iter().copied().min_by(f64::total_cmp);
    if each == 0 {
        return smallest;
    }
    let mut parts = tried.chunks(each);
    let Some(base) = parts.next().and_then(mean) else { return smallest };
    let within = rates.iter().zip(parts).filter(|(_, outcomes)| mean(outcomes).is_some_and(|excess| excess <= base + slack));
    within.map(|(rate, _)| *rate).max_by(f64::total_cmp).or(smallest)
}

/// What makes the steps of an arm.
struct Mover<'a> {
    own: &'a Settings,
    model: &'a MaskedModel,
    /// The head of the adversary, where there is one.
    head: Option<Linear>,
    rate: f64,
    arena: Arena<f32>,
    gradient: Vec<f32>,
    moved: Vec<f32>,
}

impl Mover<'_> {
    /// One step; gives the loss before it. A loss that is not finite moves nothing.
    fn step(&mut self, training: &mut Training<f32>, batch: &Batch, share: f64) -> f64 {
        let rate = self.rate * share;
        let loss = match (self.own.method, self.head) {
            (Method::Adversarial, Some(head)) => self.against(training, batch, head),
            _ => self.model.gradient(&training.params.values, &mut self.arena, &batch.masked, &mut self.gradient),
        };
        if !loss.is_finite() {
            return loss;
        }
        if matches!(self.own.method, Method::Sgd | Method::SgdExact) {
            training.params.values.iter_mut().zip(&self.gradient).for_each(|(w, g)| *w = (-rate as f32).mul_add(*g, *w));
            return loss;
        }
        let length = norm(&self.gradient);
        if self.own.method == Method::Sam && length > 0.0 {
            let by = (self.own.radius / length) as f32;
            self.moved.clear();
            self.moved.extend(training.params.values.iter().zip(&self.gradient).map(|(w, g)| by.mul_add(*g, *w)));
            self.model.gradient(&self.moved, &mut self.arena, &batch.masked, &mut self.gradient);
        }
        training.adam.step(&mut training.params.values, &self.gradient, rate, &training.groups);
        loss
    }

    /// The gradient of the loss less λ times that of a head, which itself goes down its own loss; gives the first of the two losses. The head reads
    /// features that are divided by their root mean square, so that their length is no way out.
    fn against(&mut self, training: &Training<f32>, batch: &Batch, head: Linear) -> f64 {
        let weight = self.own.adversary;
        self.gradient.fill(0.0);
        let mut pass = Pass::with(&training.params.values, &mut [], &mut self.arena, Mode::Train, Pcg64::seed_from_u64(0));
        let loss = self.model.loss(&mut pass, &batch.masked);
        let features = self.model.representations(&mut pass, &batch.whole);
        let features = pass.unit_rows(features);
        let features = pass.affine(features, (self.own.width as f64).sqrt(), 0.0);
        let scores = head.forward(&mut pass, features);
        let errors = losses::cross_entropy(&mut pass, scores, &batch.states, 0.0);
        let found = pass.mean(errors);
        let found = pass.affine(found, -weight, 0.0);
        let both = pass.add(loss, found);
        let value = pass.scalar(loss);
        pass.backward(both, &mut self.gradient);
        let back = (-weight.recip()) as f32;
        for part in [Some(head.weight), head.bias].into_iter().flatten() {
            self.gradient[part.range()].iter_mut().for_each(|g| *g *= back);
        }
        value
    }
}

/// Goes on from a saturated model, settles, and measures.
pub(super) fn branch(own: &Settings, measured: bool, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (seed, noisy) = (context.seed, own.own_steps());
    let (first, tried) = needs.split_first().ok_or_else(|| other("an arm lacks the model that it goes on from"))?;
    if let Status::Diverged(why) = &first.status {
        return Ok(gather::diverged(why.clone()));
    }
    let rates = if own.noise_rate > 0.0 { vec![own.noise_rate] } else { own.rates.clone() };
    let rate = chosen(&rates, tried, own.slack / 2.0).ok_or_else(|| other("there is no rate to choose from"))?;
    let (model, mut params) = MaskedModel::new(own.shape(), stream(seed, Purpose::Weights, 0));
    params.read(first.handed_over()?.unwrap_or_default()).map_err(other)?;
    let base = params.len();
    let head = (own.method == Method::Adversarial).then(|| Linear::new(&mut params, "adversary", own.width, own.states));
    let mut training = Training::new(params, 0.0);
    let all = training.params.len();
    if head.is_some() {
        training.groups = vec![Group { at: 0..base, rate: 1.0, decay: 0.0 }, Group { at: base..all, rate: HEAD, decay: 0.0 }];
    }
    training.adam.second = SECOND;
    let (data, exam, grid) = (Data::new(own, seed), Exam::new(own, seed), grid(own));
    let exact = matches!(own.method, Method::Exact | Method::SgdExact);
    let settling = falling(own.settling_steps);
    let mut mover = Mover { own, model: &model, head, rate, arena: Arena::new(), gradient: vec![0.0; all], moved: Vec::new() };
    let steps = (noisy + own.settling_steps) as u64;
    let (mut looks, course) = (Vec::new(), Course { steps, points: 1, rate });
    let (_, ended) = course::run(&mut training, &mut looks, course, context, |training, looks, step, _| {
        if grid.binary_search(&step).is_ok() {
            looks.extend([step as f32, exam.excess(&model, training) as f32]);
        }
        let Some(settled) = step.checked_sub(noisy as u64) else {
            let batch = data.batch(own.noise_batch, exact, stream(seed, Purpose::Steps, step));
            let warm = (WARM_UP * noisy as f64).round().max(1.0);
            return mover.step(training, &batch, ((step + 1) as f64 / warm).min(1.0));
        };
        if settled == 0 {
            fresh(training);
        }
        let batch = data.batch(own.batch, true, stream(seed, Purpose::Order, settled));
        training.step(SETTLING * settling.at(settled), Pcg64::seed_from_u64(0), |pass| model.loss(pass, &batch.masked))
    })?;
    if let Some(why) = ended {
        return Ok(gather::diverged(why));
    }
    let excess = exam.excess(&model, &mut training);
    if !excess.is_finite() || looks.iter().any(|v| !v.is_finite()) {
        return Ok(gather::diverged("what the model says is not finite; lower the rate".to_owned()));
    }
    let mut points: Vec<(f64, f64)> = looks.as_chunks::<2>().0.iter().map(|look| (f64::from(look[0]), f64::from(look[1]))).collect();
    points.push((steps as f64, excess));
    let passed = (noisy * own.method.passes() * own.noise_batch + own.settling_steps * own.batch) as f64;
    let mut found = vec![("excess", Some(excess)), ("rate", own.method.noisy().then_some(rate)), ("passed", Some(passed))];
    if measured {
        match measure::measured(own, &model, &mut training, seed)? {
            Some(more) => found.extend(more),
            None => return Ok(gather::diverged("features are not finite; lower the rate".to_owned())),
        }
    }
    let kept = measured && own.method == Method::Base;
    let weights = if kept { Some(training.params.to_bytes().map_err(other)?) } else { None };
    Ok(gather::measured(&points, &found, weights))
}
