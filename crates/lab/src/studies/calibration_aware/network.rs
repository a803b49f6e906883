//! The network that is calibrated: a perceptron, trained on few pictures until it is too sure of itself.

use nets::models::Mlp;
use nets::models::mlp::Activation;
use nets::{Params, Training, losses};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::samples::{self, Samples, TESTS, TRANSFORMS};
use super::scores::{Scores, Views};
use super::{Base, outcome};
use crate::blocks::confidence::largest;
use crate::blocks::distortions::Distortion;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Go, Outcome, Status, StudyError};

/// Pictures that are looked at side by side.
const LOOK: usize = 250;

/// Steps between two looks at the watch.
const PIECE: usize = 10;

/// How often the training loss is kept, at most.
const POINTS: usize = 20;

/// Scores of all pictures.
fn scores(net: &Mlp, training: &mut Training<f32>, pixels: &[f32], dim: usize) -> Vec<f32> {
    let mut all = Vec::new();
    for part in pixels.chunks(LOOK * dim.max(1)) {
        training.infer(Pcg64::seed_from_u64(0), |pass| {
            let x = pass.input(part, part.len() / dim.max(1), dim);
            let found = net.forward(pass, x);
            all.extend_from_slice(pass.value(found));
        });
    }
    all
}

/// Every picture with this done to it.
fn distorted(distortion: Distortion, pixels: &[f32], side: usize, rng: &mut Pcg64) -> Vec<f32> {
    let mut to = Vec::with_capacity(pixels.len());
    pixels.chunks_exact((side * side).max(1)).for_each(|picture| distortion.append(picture, side, rng, &mut to));
    to
}

/// Scores of pictures and of their copies.
fn views(net: &Mlp, training: &mut Training<f32>, pixels: &[f32], side: usize) -> Views {
    let mut found = Views { own: scores(net, training, pixels, side * side), ..Views::default() };
    for (copy, transform) in found.copies.iter_mut().zip(TRANSFORMS) {
        // None of the transforms draws.
        let moved = distorted(transform, pixels, side, &mut Pcg64::seed_from_u64(0));
        *copy = scores(net, training, &moved, side * side);
    }
    found
}

/// Trains the network, and looks at everything with it.
pub(super) fn run(own: &Base, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (seed, side, classes) = (context.seed, samples::side(own.world), samples::classes(own.world));
    let dim = side * side;
    let [train, calibration, test] = samples::draw(own, seed, context.files)?;
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let net = Mlp::new(&mut params, "net", &[dim, own.width, own.width / 2, classes], Activation::Relu);
    let mut training = Training::new(params, 0.0);
    let points = POINTS.min(own.steps);
    let (mut curve, mut open): (Vec<[f64; 2]>, [f64; 2]) = (Vec::with_capacity(points), [0.0; 2]);
    let mut batch = Samples { pixels: Vec::with_capacity(own.batch * dim), labels: Vec::with_capacity(own.batch) };
    for step in 0..own.steps {
        let mut rng = stream(seed, Purpose::Steps, step as u64);
        batch.pixels.clear();
        batch.labels.clear();
        for _ in 0..own.batch {
            let k = rng.random_range(0..train.labels.len());
            batch.pixels.extend_from_slice(&train.pixels[k * dim..(k + 1) * dim]);
            batch.labels.push(train.labels[k]);
        }
        let loss = training.step(own.rate, rng, |pass| {
            let x = pass.input(&batch.pixels, batch.labels.len(), dim);
            let found = net.forward(pass, x);
            let errors = losses::cross_entropy(pass, found, &batch.labels, 0.0);
            pass.mean(errors)
        });
        if !loss.is_finite() {
            let why = format!("the loss of the network is no longer finite at step {step} of {}; lower the rate", own.steps);
            return Ok(outcome::outcome(&curve, &[], None, Status::Diverged(why)));
        }
        open = [open[0] + loss, open[1] + 1.0];
        if (step + 1) * points / own.steps > curve.len() {
            curve.push([(step + 1) as f64, open[0] / open[1]]);
            open = [0.0; 2];
        }
        if step.is_multiple_of(PIECE) && (context.watch)(0.5 * step as f64 / own.steps as f64) == Go::Stop {
            return Err(StudyError::Interrupted);
        }
    }
    let calibrated_on = views(&net, &mut training, &calibration.pixels, side);
    let (calibration_labels, test_labels) = (calibration.labels, test.labels);
    let mut found = Scores { classes, calibration: calibrated_on, calibration_labels, test_labels, ..Scores::default() };
    for (k, (to, distortion)) in found.tests.iter_mut().zip(TESTS).enumerate() {
        if (context.watch)(0.5 + 0.5 * k as f64 / TESTS.len() as f64) == Go::Stop {
            return Err(StudyError::Interrupted);
        }
        *to = match distortion {
            None => views(&net, &mut training, &test.pixels, side),
            // Holes and noise are the same for all arms of a seed.
            Some(distortion) => {
                let moved = distorted(distortion, &test.pixels, side, &mut stream(seed, Purpose::Pictures, 1 + k as u64));
                views(&net, &mut training, &moved, side)
            }
        };
    }
    let all = std::iter::once(&found.calibration).chain(&found.tests);
    if !all.flat_map(|views| std::iter::once(&views.own).chain(&views.copies)).flatten().all(|z| z.is_finite()) {
        let why = format!("scores of the network are no longer finite after {} steps; lower the rate", own.steps);
        return Ok(outcome::outcome(&curve, &[], None, Status::Diverged(why)));
    }
    let right = found.tests[0].own.chunks_exact(classes.max(1)).zip(&found.test_labels).filter(|(z, label)| largest(z) == **label as usize).count();
    let accuracy = right as f64 / found.test_labels.len().max(1) as f64;
    Ok(outcome::outcome(&curve, &[("accuracy", Some(accuracy))], Some(found.to_bytes()), Status::Done))
}
