//! Pretraining: the next piece of a series, whosever it is.

use nets::{Params, Training};

use super::data::Source;
use super::network::Net;
use super::plan::Pretraining;
use super::{gather, other};
use crate::blocks::course::{self, Course};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// Points of the curve of the loss.
const POINTS: u64 = 20;

/// Pretrains, and hands over the weights.
pub(super) fn run(own: &Pretraining, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let source = Source::new(own.mixture, own.made, own.train, seed, context.files)?;
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let net = Net::new(&mut params, own.shape());
    let mut training = Training::new(params, 0.0);
    training.clip = 1.0;
    let course = Course { steps: own.steps as u64, points: POINTS, rate: own.rate };
    let mut batch = Vec::new();
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        source.draw(&mut rng, own.batch, net.window() + own.piece, &mut batch);
        training.step(rate, rng, |pass| net.loss(pass, &batch))
    })?;
    let curve: Vec<(f64, f64)> = curve.iter().map(|point| (point[0], point[1])).collect();
    if let Some(why) = ended {
        return Ok(gather::outcome(&curve, &[], None, Status::Diverged(why)));
    }
    if training.params.values.iter().any(|w| !w.is_finite()) {
        let why = "weights are no longer finite at the end; lower the rate".to_owned();
        return Ok(gather::outcome(&curve, &[], None, Status::Diverged(why)));
    }
    let found = [("pretraining-loss", curve.last().map(|(_, loss)| *loss)), ("passed", Some((own.steps * own.batch) as f64))];
    let weights = training.params.to_bytes().map_err(other)?;
    Ok(gather::outcome(&curve, &found, Some(weights), Status::Done))
}
