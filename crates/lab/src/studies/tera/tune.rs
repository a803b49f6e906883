//! Digits and speakers by all weights, which learn from a few labels.

use nets::layers::Linear;
use nets::{Params, Training, losses};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::data::{Data, Part, Sound};
use super::network::{self, Net};
use super::probe::Asked;
use super::{Method, Settings, other};
use crate::blocks::probes::{accuracy, largest};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Go, StudyError};

/// Sounds that are looked at side by side.
const LOOK: usize = 32;

/// Steps between two looks at the watch.
const PIECE: usize = 4;

/// Shares of right answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shares {
    /// Among what labels are known of.
    pub(super) known: f64,
    /// Among takes to choose by.
    pub(super) valid: f64,
    /// Among takes to measure on.
    pub(super) test: f64,
}

/// Operations of a step of a fit.
fn step_flops(own: &Settings) -> f64 {
    3.0 * network::flops(own).0 * own.fit_batch as f64
}

/// Operations of pretraining.
pub(super) fn pretraining_flops(own: &Settings) -> f64 {
    let (encoder, head) = network::flops(own);
    3.0 * (encoder + head) * (own.steps * own.batch) as f64
}

/// Steps of a fit; of `longer` as many more as take the operations of pretraining.
pub(super) fn steps(own: &Settings) -> usize {
    let more = if own.method == Method::Longer { pretraining_flops(own) / step_flops(own) } else { 0.0 };
    own.fit_steps + more.round() as usize
}

/// Operations of a fit.
pub(super) fn flops(own: &Settings) -> f64 {
    step_flops(own) * steps(own) as f64
}

/// The speakers who are left out of a fit to digits: two, of fewer than five one.
pub(super) fn left_out(data: &Data, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..data.speakers as u32).collect();
    order.shuffle(&mut stream(seed, Purpose::Deal, 2));
    order.truncate(if data.speakers < 5 { 1 } else { 2 });
    order
}

/// A network with a head for answers.
struct Learner<'a> {
    net: &'a Net,
    head: Linear,
    asked: Asked,
}

impl Learner<'_> {
    fn step(&self, training: &mut Training<f32>, known: &[&Sound], count: usize, rate: f64, mut rng: Pcg64) -> f64 {
        let batch: Vec<&Sound> = (0..count).filter_map(|_| known.get(rng.random_range(0..known.len().max(1))).copied()).collect();
        let answers: Vec<u32> = batch.iter().map(|sound| self.asked.of(sound)).collect();
        training.step(rate, rng, |pass| {
            let means = self.net.means(pass, &batch);
            let scores = self.head.forward(pass, means);
            let errors = losses::cross_entropy(pass, scores, &answers, 0.0);
            pass.mean(errors)
        })
    }

    fn right(&self, training: &mut Training<f32>, sounds: &[&Sound]) -> f64 {
        let mut found = Vec::with_capacity(sounds.len());
        for block in sounds.chunks(LOOK) {
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let means = self.net.means(pass, block);
                let scores = self.head.forward(pass, means);
                let rows = pass.value(scores).chunks_exact(scores.cols.max(1));
                found.extend(rows.map(|row| largest(row.iter().map(|s| f64::from(*s)))));
            });
        }
        let wanted: Vec<u32> = sounds.iter().map(|sound| self.asked.of(sound)).collect();
        accuracy(&found, &wanted)
    }
}

/// Fits all weights at a rate; gives the shares, or why it diverged. A fit is short, and begins anew when it is stopped.
pub(super) fn run(
    own: &Settings,
    (net, mut params): (&Net, Params<f32>),
    data: &Data,
    asked: Asked,
    rate: f64,
    context: &mut Context<'_>,
) -> Result<Result<Shares, String>, StudyError> {
    let seed = context.seed;
    let head = Linear::new(&mut params, "answer", net.width, asked.classes(data));
    let learner = Learner { net, head, asked };
    let out = if asked == Asked::Digit { left_out(data, seed) } else { Vec::new() };
    let learned = |sound: &Sound| !out.contains(&sound.speaker);
    let (known, valid) = (data.of(Part::Known, learned), data.of(Part::Valid, learned));
    let test = data.of(Part::Test, |sound| out.is_empty() || !learned(sound));
    if known.is_empty() {
        return Err(other("there are no labels to learn from"));
    }
    let mut training = Training::new(params, 0.01);
    training.clip = 1.0;
    let last = steps(own);
    for step in 0..last {
        let now = rate * (1.0 - step as f64 / last as f64);
        let rng = stream(seed, Purpose::Steps, 2 * step as u64 + asked as u64);
        let loss = learner.step(&mut training, &known, own.fit_batch, now, rng);
        if !loss.is_finite() {
            return Ok(Err(format!("the loss of a fit is no longer finite at step {step} of {last}; lower the rate")));
        }
        let share = (step + last * asked as usize) as f64 / (2 * last) as f64;
        if step % PIECE == 0 && (context.watch)(share) == Go::Stop {
            return Err(StudyError::Interrupted);
        }
    }
    let mut right = |sounds: &[&Sound]| learner.right(&mut training, sounds);
    Ok(Ok(Shares { known: right(&known), valid: right(&valid), test: right(&test) }))
}
