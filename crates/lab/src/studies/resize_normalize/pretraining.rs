//! Pretraining of a network.

use nets::layers::Images;
use nets::{Params, Training, losses};
use rand::seq::SliceRandom;

use super::data::{Parts, resized, scale};
use super::network::build;
use super::outcome::{diverged, outcome};
use super::plan::Pretraining;
use super::{Encoder, Normalisation, other};
use crate::blocks::course::{self, Course};
use crate::blocks::probes::{accuracy, neighbours};
use crate::blocks::samples::{Batch, Samples, rescale};
use crate::blocks::sized_encoder::features;
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::{best, encoder};
use crate::{Context, Outcome, Status, StudyError};

/// Points of the curve of the loss.
const POINTS: u64 = 20;

/// Runs a pretraining; its rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Pretraining, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let scores: Vec<f64> = needs.iter().map(|o| o.scalar("valid").unwrap_or(0.0)).collect();
    let rate = best(&own.rates, &scores).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let parts = Parts::new(own.world, own.counts(), seed, context.files)?;
    let mut pictures = parts.of(own.encoder);
    let scale = scale(own.encoder, Normalisation::Own, &pictures);
    rescale(&mut pictures.pixels, scale);
    if own.encoder == Encoder::Shuffled {
        pictures.labels.shuffle(&mut stream(seed, Purpose::Deal, 2));
    }
    if pictures.labels.is_empty() {
        return Err(other("there are no pictures to learn from"));
    }
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let net = build(&mut params, own.width, own.world.half(), &mut stream(seed, Purpose::Weights, 1));
    let mut training = Training::new(params, 0.0);
    let course = Course { steps: own.steps as u64, points: POINTS, rate };
    let shape = Images { batch: own.batch, height: pictures.side, width: pictures.side };
    let mut batch = Batch::default();
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        batch.draw(&pictures, own.batch, &mut rng);
        training.step(rate, rng, |pass| {
            let x = pass.input(&batch.pixels, shape.rows(), 1);
            let scores = net.scores(pass, x, shape);
            let errors = losses::cross_entropy(pass, scores, &batch.labels, 0.0);
            pass.mean(errors)
        })
    })?;
    if let Some(why) = ended {
        return Ok(diverged(&curve, why));
    }
    let mut of = |samples: &Samples| {
        let mut fed = resized(samples, pictures.side);
        rescale(&mut fed.pixels, scale);
        features(&net, &mut training, &fed)
    };
    let (known, valid) = (of(&parts.known), of(&parts.valid));
    if known.iter().chain(&valid).any(|v| !v.is_finite()) {
        return Ok(diverged(&curve, "features are not finite; lower the rate".to_owned()));
    }
    let answers = neighbours(&known, &parts.known.labels, &valid, encoder::features_of(own.width), own.neighbours);
    let found = [("valid", Some(accuracy(&answers, &parts.valid.labels))), ("rate", Some(rate)), ("passed", Some((own.steps * own.batch) as f64))];
    let weights = training.params.to_bytes().map_err(other)?;
    Ok(outcome(&curve, &found, Some(weights), Status::Done))
}
