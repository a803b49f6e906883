//! A pretraining, and what its rate is judged by.

use nets::{Params, Training};

use super::data::{self, Parts, SIDE};
use super::look::{self, cut_out};
use super::other;
use super::outcome::{diverged, outcome};
use super::plan::{Objective, Pretraining};
use super::step::{Lesson, Shown, drawn};
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::elastic::{Elastic, Size};
use crate::blocks::few_shot::at_end;
use crate::blocks::handover::{handed_over, taken_over};
use crate::blocks::probes::largest;
use crate::blocks::samples::Batch;
use crate::blocks::self_distilled::PROTOTYPES;
use crate::blocks::shaken::views;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// Points of the curve of the loss.
const POINTS: u64 = 20;

/// The longest gradient that is followed as it is.
const CLIP: f64 = 1.0;

/// Weight decay of matrices; norms, biases and prototypes have none.
const DECAY: f64 = 0.05;

/// A network of this size with the first weights of a seed.
pub(super) fn begin(size: Size, seed: u64) -> (Elastic, Params<f32>) {
    let mut params = Params::new(stream(seed, Purpose::Weights, 0));
    let net = Elastic::new(&mut params, size);
    (net, params)
}

/// Runs a pretraining; its rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Pretraining, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let distils = own.objective == Objective::Distilled;
    let parted = needs.split_at_checked(usize::from(distils));
    let (teacher, tunings) = parted.ok_or_else(|| other("a distillation lacks the network that it distils"))?;
    let tried: Vec<f64> = tunings.iter().map(|o| o.scalar("valid").unwrap_or(0.0)).collect();
    let rate = best(&own.rates, &tried).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let seed = context.seed;
    let (net, mut params) = begin(own.network, seed);
    let (mut fixed, mut work) = (None, own.work());
    if let Some(before) = teacher.first() {
        let Some(weights) = before.handed_over()? else { return Ok(diverged(&[], "the network that it distils diverged".to_owned())) };
        let (larger, mut taught) = begin(own.teacher, seed);
        let all = taught.len();
        taken_over(&mut taught, all, weights)?;
        work += 1e9 * before.scalar("work").unwrap_or(0.0);
        // Both are asked which prototype a view is like, so that they begin with the same ones.
        let (from, to) = (larger.projection().prototypes().range(), net.projection().prototypes().range());
        if let (Some(from), Some(to)) = (taught.values.get(from), params.values.get_mut(to)) {
            to.copy_from_slice(from);
        }
        fixed = Some((larger, taught));
    }
    let (learn, parts) = data::first(own.world, &own.counts, own.scrambled, seed, context.files)?;
    if learn.labels.is_empty() || parts.known.labels.is_empty() {
        return Err(other("there are no pictures to pretrain on"));
    }
    let lesson = Lesson::new(own, net.clone(), &params, fixed);
    let mut lesson = lesson.ok_or_else(|| other("a size is larger than the network that it is cut out of"))?;
    // What a training remembers beside itself is its teacher.
    let mut memory = if distils { Vec::new() } else { params.values.clone() };
    let mut training = Training::new(params, 0.0);
    let plain = |name: &str| name.ends_with("weight") && !name.contains("norm");
    training.groups = nets::optim::groups(&training.params, |name| (1.0, if plain(name) { DECAY } else { 0.0 }));
    training.clip = CLIP;
    let mut batch = Batch::default();
    let course = Course { steps: own.steps as u64, points: POINTS, rate };
    let (curve, ended) = course::run(&mut training, &mut memory, course, context, |training, teacher, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        batch.draw(&learn, own.batch, &mut rng);
        let mut pixels = views(&batch.pixels, SIDE, &mut rng);
        pixels.extend(views(&batch.pixels, SIDE, &mut rng));
        let (size, done) = (drawn(seed, k, own.sizes.len()), k as f64 / own.steps as f64);
        lesson.step(training, teacher, &Shown { pixels: &pixels, count: batch.labels.len(), size, rate, done }, &rng)
    })?;
    if let Some(why) = ended {
        return Ok(diverged(&curve, why));
    }
    let mut params = training.params;
    if !distils {
        params.values.copy_from_slice(&memory);
    }
    // Whoever takes the weights over gives batch norm the statistics of pictures of his own.
    params.state.fill(0.0);
    if params.values.iter().any(|v| !v.is_finite()) {
        return Ok(diverged(&curve, "weights are no longer finite; lower the rate".to_owned()));
    }
    let found = [
        ("valid", worth(own, &params, &parts)?),
        ("used", Some(used(&net, &params, &parts))),
        ("work", Some(1e-9 * work)),
        ("rate", Some(rate)),
        ("edge", Some(f64::from(u8::from(at_end(&own.rates, rate))))),
    ];
    let all = params.len();
    Ok(outcome(&curve, &found, Some(handed_over(&params, all)), Status::Done))
}

/// What the rate is judged by: the mean over sizes of nearest neighbours and ridge on pictures for validation; none where features are not finite.
fn worth(own: &Pretraining, params: &Params<f32>, parts: &Parts) -> Result<Option<f64>, StudyError> {
    let mut all = Vec::with_capacity(own.judged.len());
    for size in &own.judged {
        let (net, mut training) = cut_out(params, own.network, *size)?;
        match look::known(&net, &mut training, parts)? {
            Some(known) => all.push(known.valid),
            None => return Ok(None),
        }
    }
    Ok(Some(all.iter().sum::<f64>() / all.len().max(1) as f64))
}

/// How many prototypes are in use: e to the entropy of which one is nearest to how many pictures for validation.
fn used(net: &Elastic, params: &Params<f32>, parts: &Parts) -> f64 {
    let mut training = Training::new(params.clone(), 0.0);
    net.settle(&mut training.params, &parts.known);
    let mut counts = vec![0.0_f64; PROTOTYPES];
    for row in net.all_cosines(&mut training, &parts.valid).chunks_exact(PROTOTYPES) {
        if let Some(count) = counts.get_mut(largest(row.iter().map(|v| f64::from(*v))) as usize) {
            *count += 1.0;
        }
    }
    let all: f64 = counts.iter().sum();
    counts.iter().filter(|count| **count > 0.0).map(|count| -(count / all) * (count / all).ln()).sum::<f64>().exp()
}
