//! The large network.

use nets::{Params, Training, losses};

use super::data;
use super::network::{Net, right};
use super::other;
use super::outcome::{diverged, outcome};
use super::plan::Dense;
use crate::blocks::course::{self, Course};
use crate::blocks::samples::Batch;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// Points of the curve of a loss.
pub(super) const POINTS: u64 = 20;

/// Trains the large network.
pub(super) fn run(own: &Dense, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let classes = own.world.classes();
    let [train, valid, test] = data::upstream(own.world, [own.train, own.valid, own.test], seed, context.files)?;
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let net = Net::new(&mut params, own.shape(), classes);
    let mut training = Training::new(params, 0.0);
    let course = Course { steps: own.steps as u64, points: POINTS, rate: own.rate };
    let mut batch = Batch::default();
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        batch.draw(&train, own.batch, &mut rng);
        training.step(rate, rng, |pass| {
            let (_, scores) = net.forward(pass, &batch.pixels, own.batch);
            let errors = losses::cross_entropy(pass, scores, &batch.labels, 0.0);
            pass.mean(errors)
        })
    })?;
    if let Some(why) = ended {
        return Ok(diverged(&curve, why));
    }
    let found = [
        ("upstream", right(&net, &mut training, &test)),
        ("valid", right(&net, &mut training, &valid)),
        ("weights", Some(training.params.len() as f64)),
        ("multiplications", Some(own.shape().multiplications(classes))),
        ("distance", Some(0.0)),
        ("work", Some(0.0)),
        ("passed", Some(0.0)),
        ("rate", Some(own.rate)),
    ];
    if found[0].1.is_none() {
        return Ok(diverged(&curve, "scores are no longer finite; lower the rate".to_owned()));
    }
    let weights = training.params.to_bytes().map_err(other)?;
    Ok(outcome(&curve, &found, Some(weights), Status::Done))
}
