//! Going on with pictures of a target: by itself, with a pull to the beginning, or with a teacher.

use nets::{Params, Pass, Tensor, Training, Var, losses};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::data;
use super::method::Added;
use super::network::{class_tokens, groups};
use super::other;
use super::outcome::{diverged, outcome};
use super::piece::Further;
use super::source::{CLIP, HELD, POINTS, SECOND};
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::masked_autoencoder::{Autoencoder, Masked, View};
use crate::blocks::samples::{moments, rescale};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// Which first weights a teacher has that was never trained: none that a network begins with.
const UNTRAINED: u64 = 3;

/// A network that is looked at and not trained.
struct Teacher {
    net: Autoencoder,
    training: Training<f32>,
}

impl Teacher {
    /// Its class tokens of whole pictures.
    fn features(&mut self, pixels: &[f32], count: usize) -> Vec<f32> {
        let net = &self.net;
        self.training.infer(Pcg64::seed_from_u64(0), |pass| {
            let found = class_tokens(pass, &net.encoder, pixels, count);
            pass.value(found).to_vec()
        })
    }
}

/// Where all weights began.
pub(super) struct Anchor {
    tensors: Vec<Tensor>,
    values: Vec<f32>,
}

impl Anchor {
    pub(super) fn new(params: &Params<f32>) -> Self {
        Self { tensors: params.tensors().iter().map(|(_, tensor)| *tensor).collect(), values: params.values.clone() }
    }

    /// The square of the distance of all weights from there.
    pub(super) fn pull(&self, pass: &mut Pass<'_, f32>) -> Var {
        let mut all: Vec<Var> = Vec::with_capacity(self.tensors.len());
        for tensor in &self.tensors {
            let now = pass.weight(*tensor);
            let before = pass.input(&self.values[tensor.range()], tensor.rows, tensor.cols);
            let gaps = losses::squared_error(pass, now, before);
            all.push(pass.sum(gaps));
        }
        let all = pass.stack(&all);
        pass.sum(all)
    }

    /// The distance of the first so many weights from there, over their length there.
    pub(super) fn distance(&self, values: &[f32], first: usize) -> f64 {
        let gap: f64 = self.values.iter().zip(values).take(first).map(|(a, b)| f64::from(b - a).powi(2)).sum();
        let length: f64 = self.values.iter().take(first).map(|v| f64::from(*v).powi(2)).sum();
        (gap / length).sqrt()
    }
}

/// Mean over pictures of the squared distance of class tokens from those of a teacher, summed over their numbers.
pub(super) fn distillation(pass: &mut Pass<'_, f32>, found: Var, wanted: &[f32]) -> Var {
    let wanted = pass.input(wanted, found.rows, found.cols);
    let gaps = losses::squared_error(pass, found, wanted);
    let all = pass.sum(gaps);
    pass.affine(all, 1.0 / found.rows.max(1) as f64, 0.0)
}

/// Runs it; its rate and the factor of its pull are chosen by the outcomes that it needs.
pub(super) fn run(own: &Further, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let parted = needs.split_at_checked(1 + usize::from(own.added == Added::Teacher));
    let (before, tunings) = parted.ok_or_else(|| other("a network that goes on lacks its beginning"))?;
    let [seen, new, distance, rate_name, pull_name] = own.target.names().further;
    let tried: Vec<f64> = tunings.iter().map(|o| o.scalar(new).unwrap_or(f64::NEG_INFINITY)).collect();
    let (rate, pull) = best(&own.candidates(), &tried).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let begun = before.first().ok_or_else(|| other("a network that goes on lacks its beginning"))?;
    let Some(weights) = begun.handed_over()? else { return Ok(diverged(&[], "the first pretraining diverged".to_owned())) };
    let (net, params) = own.shape.trained(seed, weights)?;
    let mut teacher = match (own.added, before.get(1)) {
        (Added::Teacher, Some(taught)) => {
            let Some(weights) = taught.handed_over()? else { return Ok(diverged(&[], "the teacher diverged".to_owned())) };
            Some(own.shape.trained(seed, weights)?)
        }
        (Added::Untrained, _) => Some(own.shape.autoencoder(seed, UNTRAINED)),
        _ => None,
    }
    .map(|(net, params)| Teacher { net, training: Training::new(params, 0.0) });
    let parts = data::target(own.world, own.target, &own.counts, seed, context.files)?;
    let (mut learn, mut held) = (parts.unlabelled, parts.valid);
    if learn.labels.is_empty() || held.labels.is_empty() {
        return Err(other("there are no pictures to go on with"));
    }
    let scale = moments(&learn);
    [&mut learn, &mut held].into_iter().for_each(|samples| rescale(&mut samples.pixels, scale));
    let anchor = Anchor::new(&params);
    let mut training = Training::new(params, 0.0);
    training.groups = groups(&training.params);
    (training.clip, training.adam.second) = (CLIP, SECOND);
    let (size, view) = (own.shape.size(), View { mask: own.mask, crop: 1.0, dealt: own.dealt });
    let course = Course { steps: own.steps as u64, points: POINTS, rate };
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let mut rng = stream(seed, Purpose::Order, k);
        let shown = Masked::draw(&learn, own.batch, view, size, &mut rng);
        let wanted = teacher.as_mut().map(|teacher| teacher.features(&shown.pixels, shown.count));
        training.step(rate, rng, |pass| {
            let mut loss = net.loss(pass, &shown.pixels, shown.count, &shown.seen);
            if let Some(wanted) = &wanted {
                let found = class_tokens(pass, &net.encoder, &shown.pixels, shown.count);
                let gap = distillation(pass, found, wanted);
                let gap = pass.affine(gap, own.weight, 0.0);
                loss = pass.add(loss, gap);
            }
            if pull > 0.0 {
                let gap = anchor.pull(pass);
                let gap = pass.affine(gap, pull, 0.0);
                loss = pass.add(loss, gap);
            }
            loss
        })
    })?;
    if let Some(why) = ended {
        return Ok(diverged(&curve, why));
    }
    let mut explained = |pixels: &[f32]| 1.0 - net.held_out(&mut training, pixels, own.mask, stream(seed, Purpose::Pretraining, HELD));
    let (of_seen, of_new) = (explained(&learn.pixels), explained(&held.pixels));
    if !of_seen.is_finite() || !of_new.is_finite() {
        return Ok(diverged(&curve, "it is no longer finite; lower the rate".to_owned()));
    }
    let taught = before.get(1).and_then(|o| o.scalar("work")).unwrap_or(0.0);
    let found = [
        (seen, Some(of_seen)),
        (new, Some(of_new)),
        (distance, Some(anchor.distance(&training.params.values, own.shape.encoder()))),
        (rate_name, Some(rate)),
        (pull_name, Some(pull).filter(|pull| *pull > 0.0)),
        ("work", Some(1e-9 * own.work() + taught)),
        ("teaching", Some(taught)),
        ("steps", Some(own.steps as f64)),
        ("explained", begun.scalar("explained")),
        ("rate-source", begun.scalar("rate-source")),
    ];
    let weights = training.params.to_bytes().map_err(other)?;
    Ok(outcome(&curve, &found, Some(weights), Status::Done))
}
