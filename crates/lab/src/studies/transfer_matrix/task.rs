//! A target: the network of a strategy, with a new head, is trained on its labelled pictures.

use nets::layers::{Images, Linear};
use nets::{Params, Pass, Training, Var, losses};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::data::{self, SIDE};
use super::measure::{Decisions, worth};
use super::other;
use super::outcome::{SERIES, diverged, outcome};
use super::piece::Task;
use super::strategy::{Target, Tuning};
use crate::blocks::encoder::HEAD;
use crate::blocks::few_shot::{FewShot, at_end};
use crate::blocks::handover::taken_over;
use crate::blocks::label_bits::targets;
use crate::blocks::samples::standardise;
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::{best, encoder, sized_encoder, temperature};
use crate::{Context, Outcome, Status, StudyError};

/// How many pictures are for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Counts {
    pub(super) labels: usize,
    pub(super) valid: usize,
    pub(super) test: usize,
}

/// Runs a target; its rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Task, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let parted = needs.split_at_checked(usize::from(own.pretrained));
    let (begun, tunings) = parted.ok_or_else(|| other("a target lacks its pretraining"))?;
    let tried: Vec<f64> = tunings.iter().map(|o| o.scalar("valid").unwrap_or(0.0)).collect();
    let rate = best(&own.rates, &tried).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let (target, seed, body) = (own.target, context.seed, encoder::below_head(own.width));
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let net = encoder::build(&mut params, own.width, target.outs());
    // The head is new for all strategies alike.
    let mut head = Params::<f32>::new(stream(seed, Purpose::Head, target as u64));
    Linear::new(&mut head, HEAD, encoder::features_of(own.width), target.outs());
    if let Some(last) = params.values.get_mut(body..).filter(|last| last.len() == head.values.len()) {
        last.copy_from_slice(&head.values);
    }
    let mut before = vec![[1.0, 0.0]];
    let mut found: Vec<(&str, Option<f64>)> = vec![("rate", Some(rate))];
    let mut edges = usize::from(at_end(&own.rates, rate));
    if let Some(begun) = begun.first() {
        before = begun.points(SERIES[0].0);
        let Some(weights) = begun.handed_over()? else { return Ok(diverged(&before, "its pretraining diverged".to_owned())) };
        taken_over(&mut params, body, weights)?;
        found.extend(["work", "rate-pretraining"].map(|name| (name, begun.scalar(name))));
        edges += usize::from(begun.scalar("rate-pretraining").is_some_and(|rate| at_end(&own.pretraining_rates, rate)));
    } else {
        found.push(("work", Some(1e-9 * own.work(own.more_steps))));
    }
    found.push(("edges", Some(edges as f64)));
    let mut parts = data::task(own.world, target, &own.counts, seed, context.files)?;
    standardise(&mut parts);
    let [mut known, valid, test] = parts;
    if own.null {
        known.labels.shuffle(&mut stream(seed, Purpose::Deal, target as u64));
    }
    let mut training = Training::new(params, 0.0);
    if own.tuning == Tuning::Head {
        // What is below the head keeps its weights; batch norm has the statistics of the target's pictures, as with the whole network.
        training.groups = nets::optim::groups(&training.params, |name| (if name.starts_with(HEAD) { 1.0 } else { 0.0 }, 0.0));
    }
    let course = FewShot { steps: own.steps + own.more_steps, batch: own.batch, rate, number: target as u64 };
    let ended = course.run(&mut training, &known, context, |training, batch, rng, rate| {
        training.step(rate, rng, |pass| {
            let shape = Images { batch: batch.labels.len(), height: SIDE, width: SIDE };
            let x = pass.input(&batch.pixels, shape.rows(), 1);
            let scores = net.scores(pass, x, shape);
            loss(pass, target, scores, &batch.labels)
        })
    })?;
    if let Some(why) = ended {
        return Ok(diverged(&before, why));
    }
    let [chosen_by, scores] = [&valid, &test].map(|samples| sized_encoder::scores(&net, &mut training, samples));
    if chosen_by.iter().chain(&scores).any(|s| !s.is_finite()) {
        return Ok(diverged(&before, "scores are no longer finite; lower the rate".to_owned()));
    }
    found.push(("valid", worth(target, &chosen_by, &valid.labels).map(|[_, skill]| skill)));
    if let Some([value, skill]) = worth(target, &scores, &test.labels) {
        found.extend([("value", Some(value)), ("skill", Some(skill))]);
    }
    let (fitted_to, asked) = (Decisions::new(target, &chosen_by, &valid.labels), Decisions::new(target, &scores, &test.labels));
    found.extend(calibrated(&fitted_to, &asked).unwrap_or_default());
    Ok(outcome(&before, &found, None, Status::Done))
}

/// Mean cross-entropy of scores, not weighted by how frequent labels are, so that probabilities mean what they say.
fn loss(pass: &mut Pass<'_, f32>, target: Target, scores: Var, labels: &[u32]) -> Var {
    let errors = if target.several() {
        losses::binary_cross_entropy(pass, scores, &targets(labels, target.outs()))
    } else {
        losses::cross_entropy(pass, scores, labels, 0.0)
    };
    pass.mean(errors)
}

/// Calibration of `asked` before and after a temperature that is fitted to others.
fn calibrated(fitted_to: &Decisions, asked: &Decisions) -> Option<Vec<(&'static str, Option<f64>)>> {
    let hot = temperature::likeliest(&fitted_to.scores, &fitted_to.right, fitted_to.classes)?;
    let ([fitted, _], [fitted_scaled, _]) = (fitted_to.calibration(1.0)?, fitted_to.calibration(hot)?);
    let ([nll, ece], [nll_scaled, ece_scaled]) = (asked.calibration(1.0)?, asked.calibration(hot)?);
    let found = [
        ("temperature", hot),
        ("valid-drop", fitted - fitted_scaled),
        ("nll", nll),
        ("nll-scaled", nll_scaled),
        ("nll-drop", nll - nll_scaled),
        ("ece", ece),
        ("ece-scaled", ece_scaled),
        ("ece-drop", ece - ece_scaled),
    ];
    Some(found.into_iter().map(|(name, value)| (name, Some(value))).collect())
}
