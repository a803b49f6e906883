//! The two trainings: on the classes that come first, and on those that are new.

use evaluation::stat::mean_se;
use nets::optim::groups;
use nets::{Params, Training};

use super::data::Data;
use super::judge::{Judge, Marks, halved};
use super::learner::Lesson;
use super::method;
use super::network::Network;
use super::plan::Pretraining;
use super::{Settings, Target, gather, other};
use crate::blocks::best;
use crate::blocks::diffusion::Diffusion;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, StudyError};

/// The rate with the best score on other seeds.
fn chosen(rates: &[f64], tried: &[Outcome]) -> Result<f64, StudyError> {
    let scores: Vec<f64> = tried.iter().map(|outcome| outcome.scalar("score").unwrap_or(0.0)).collect();
    best(rates, &scores).ok_or_else(|| other("there is no learning rate to choose from"))
}

/// Pretrains, and hands over the weights.
pub(super) fn pretrain(own: &Pretraining, tried: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (seed, shape, rate) = (context.seed, own.shape(), chosen(&own.rates, tried)?);
    let data = Data::new(own.ground, Target::Same, seed, context.files)?;
    let (rows, dealt) = (own.source.rows(&data, shape.dim, seed), own.source.dealt(&data, seed));
    let (net, params) = Network::new(shape, stream(seed, Purpose::Weights, 0));
    let mut training = Training::new(params, 0.0);
    let diffusion = Diffusion::new(own.times);
    let gated = if own.source.gated() { own.tailor } else { 0 };
    let lesson = Lesson { net: &net, diffusion: &diffusion, rows: &rows, dim: shape.dim, place: &data.place, dealt: &dealt, gated, batch: own.batch, seed };
    let (curve, ended) = lesson.run(&mut training, Purpose::Pretraining, own.steps, rate, context)?;
    if let Some(why) = ended {
        return Ok(gather::diverged(&curve, why));
    }
    let loss = lesson.loss(&mut training);
    let found = [("pretraining-loss", Some(loss)), ("score", Some(1.0 / (1.0 + loss))), ("rate", Some(rate))];
    let weights = training.params.to_bytes().map_err(other)?;
    Ok(gather::done(&curve, &found, Some(weights)))
}

/// The mean over draws.
fn mean(marks: &[Marks], of: impl Fn(&Marks) -> f64) -> f64 {
    marks.iter().map(of).sum::<f64>() / marks.len().max(1) as f64
}

/// The numbers that an earlier stage handed over; nothing where it diverged.
fn numbers(own: &Pretraining, outcome: &Outcome) -> Result<Option<Params<f32>>, StudyError> {
    let mut params = Network::new(own.shape(), stream(0, Purpose::Weights, 0)).1;
    let Some(weights) = outcome.handed_over()? else { return Ok(None) };
    params.read(weights).map_err(other)?;
    Ok(Some(params))
}

/// Trains on the new classes, generates rows of them, and has these judged.
pub(super) fn adapt(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let (ground, shape) = (own.ground(), own.shape());
    let sources = own.method.sources();
    let parted = needs.split_first().and_then(|(judge, rest)| Some((judge, rest.split_at_checked(sources.len())?)));
    let (judged, (before, tried)) = parted.ok_or_else(|| other("an arm lacks its judge or its pretraining"))?;
    let gone = |what: &str| Ok(gather::diverged(&[], format!("its {what} diverged")));
    let Some(mut judge) = Judge::handed_over(&ground, own.target, seed, judged)? else { return gone("judge") };
    let mut pretrained = Vec::with_capacity(sources.len());
    for (source, outcome) in sources.iter().zip(before) {
        let Some(params) = numbers(&own.pretraining(*source), outcome)? else { return gone("pretraining") };
        pretrained.push(params);
    }
    let rate = chosen(&own.rates, tried)?;
    let data = Data::new(ground, own.target, seed, context.files)?;
    let (net, params) = method::start(own, seed, &pretrained)?;
    let mut training = Training::new(params, 0.0);
    training.groups = groups(&training.params, |name| (if own.method.trains(name) { 1.0 } else { 0.0 }, 0.0));
    let trained: usize = training.params.tensors().iter().filter(|(name, _)| own.method.trains(name)).map(|(_, at)| at.len()).sum();
    let diffusion = Diffusion::new(own.times);
    let gated = if own.method.gated() { own.tailor } else { 0 };
    let lesson = Lesson { net: &net, diffusion: &diffusion, rows: &data.novel, dim: shape.dim, place: &data.place, dealt: &[], gated, batch: own.batch, seed };
    let steps = own.own_steps();
    let (curve, ended) = lesson.run(&mut training, Purpose::Steps, steps, rate, context)?;
    if let Some(why) = ended {
        return Ok(gather::diverged(&curve, why));
    }
    let loss = lesson.loss(&mut training);
    let mut marks = Vec::with_capacity(own.draws);
    for k in 0..own.draws {
        let made = lesson.generate(&mut training, &data.new, own.reference, ground.bound(), k as u64);
        if made.values.iter().any(|v| !v.is_finite()) {
            return Ok(gather::diverged(&curve, "what is generated is not finite; lower the rate".to_owned()));
        }
        marks.push(judge.marks(&made, &data.reference)?);
    }
    let distance = mean(&marks, |m| m.distance);
    let distances: Vec<f64> = marks.iter().map(|m| m.distance).collect();
    let spread = mean_se(&distances).and_then(|m| m.se).map(|se| se * (distances.len() as f64).sqrt());
    let floor = judge.marks(&data.second, &data.reference)?;
    let (second, reference) = (halved(&data.second, own.reference, shape.dim), halved(&data.reference, own.reference, shape.dim));
    let half = judge.marks(&second, &reference)?;
    let (cost, each) = own.costs();
    let found = [
        ("fd", Some(distance)),
        ("fd-class", Some(mean(&marks, |m| m.by_class))),
        ("fd-random", Some(mean(&marks, |m| m.random))),
        ("fd-spread", spread),
        ("right", Some(mean(&marks, |m| m.right))),
        ("floor", Some(floor.distance)),
        ("floor-half", Some(half.distance)),
        ("floor-class", Some(floor.by_class)),
        ("floor-random", Some(floor.random)),
        ("judge-right", Some(floor.right)),
        ("above-floor", Some(distance - floor.distance)),
        ("end-loss", Some(loss)),
        ("trained", Some(trained as f64)),
        ("sample-cost", Some(2.0 * shape.multiplications(own.method.in_use()) / 1e3)),
        ("steps-made", Some(steps as f64)),
        ("operations", Some((cost + steps as f64 * each) / 1e9)),
        ("pretraining-loss", before.last().and_then(|outcome| outcome.scalar("pretraining-loss"))),
        ("pretraining-rate", before.last().and_then(|outcome| outcome.scalar("rate"))),
        ("score", Some(1.0 / (1.0 + distance))),
        ("rate", Some(rate)),
    ];
    Ok(gather::done(&curve, &found, None))
}
