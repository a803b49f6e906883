//! Experts: networks that learn from all digits, and where they were after every epoch.

use rand::seq::SliceRandom;

use super::data::{self, Digits};
use super::evaluate::accuracy;
use super::method::Kind;
use super::other;
use super::outcome::{diverged, outcome};
use super::plan::Experts;
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::two_layer::TwoLayer;
use crate::blocks::unrolled::square_distance;
use crate::{Context, Go, Outcome, Status, StudyError};

/// The rate of a strong expert in the second half of its epochs, over that in the first.
const FALL: f64 = 0.6;

/// Stream of first weights of experts: none that a fresh network begins with.
const FIRST: u64 = 100;

/// Where an expert was.
pub(super) struct Trajectory {
    /// At the beginning, and after every epoch up to the last that is wanted.
    pub(super) passed: Vec<Vec<f64>>,
    /// After all of them.
    pub(super) end: Vec<f64>,
}

/// Trains experts.
pub(super) fn run(own: &Experts, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let [mut learn, _, test] = data::draw(own.world, &own.counts, context.seed, context.files)?;
    if own.kind == Kind::Shuffled {
        learn.labels.shuffle(&mut stream(context.seed, Purpose::Deal, 2));
    }
    let net = own.net();
    let (mut bytes, mut found) = (Vec::new(), [0.0; 3]);
    for number in 0..own.experts {
        let Trajectory { passed, end } = train(own, &net, &learn, number as u64, context)?;
        if end.iter().any(|w| !w.is_finite()) {
            return Ok(diverged(&[], format!("expert {number} is no longer finite; lower its rate")));
        }
        let moves: Vec<f64> = passed.windows(2).filter_map(|w| Some(square_distance(w.first()?, w.get(1)?).sqrt())).collect();
        let path: f64 = moves.iter().sum();
        let straight = passed.first().zip(passed.last()).map_or(0.0, |(first, last)| square_distance(first, last).sqrt() / path);
        let mean = own.experts as f64;
        found.iter_mut().zip([accuracy(&net, &end, &test), path, straight]).for_each(|(sum, v)| *sum += v / mean);
        bytes.extend(passed.iter().flatten().chain(&end).flat_map(|w| (*w as f32).to_le_bytes()));
    }
    let [expert, path, straight] = found.map(Some);
    let found = [("expert-accuracy", expert), ("expert-path", path), ("expert-straight", straight), ("work", Some(1e-9 * own.work()))];
    Ok(outcome(&[], &found, Some(bytes), Status::Done))
}

/// Trains the expert of this number.
fn train(own: &Experts, net: &TwoLayer, learn: &Digits, number: u64, context: &Context<'_>) -> Result<Trajectory, StudyError> {
    let seed = context.seed;
    let (momentum, decay) = own.kind.strength();
    let mut weights = net.first(&mut stream(seed, Purpose::Weights, FIRST + number));
    let (mut velocity, mut gradient) = (vec![0.0; weights.len()], vec![0.0; weights.len()]);
    let mut passed = vec![weights.clone()];
    for epoch in 0..own.epochs {
        let late = own.kind.strong() && 2 * epoch >= own.epochs;
        let (rate, factor) = (if late { FALL * own.rate } else { own.rate }, own.kind.clipped(epoch));
        let mut order: Vec<usize> = (0..learn.labels.len()).collect();
        order.shuffle(&mut stream(seed, Purpose::Pretraining, (number << 32) | epoch as u64));
        for batch in order.chunks(own.batch.max(1)) {
            let shown = learn.those(batch);
            net.gradient(&weights, &shown.pixels, &shown.labels, factor, &mut gradient);
            if own.kind.penalty() > 0.0 {
                net.penalty(&weights, &shown.pixels, own.kind.penalty(), &mut gradient);
            }
            for ((w, v), g) in weights.iter_mut().zip(&mut velocity).zip(&gradient) {
                *v = momentum * *v + g + decay * *w;
                *w -= rate * *v;
            }
        }
        if epoch < own.kept {
            passed.push(weights.clone());
        }
        let done = (number as f64 + (epoch + 1) as f64 / own.epochs as f64) / own.experts as f64;
        if (context.watch)(done) == Go::Stop {
            return Err(StudyError::Interrupted);
        }
    }
    Ok(Trajectory { passed, end: weights })
}

/// Trajectories from what a stage handed over: of `weights` numbers, at the beginning and after `kept` epochs, and at the end.
///
/// # Errors
/// Bytes of other experts.
pub(super) fn read(bytes: &[u8], weights: usize, kept: usize) -> Result<Vec<Trajectory>, StudyError> {
    let numbers: Vec<f64> = bytes.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect();
    let each = (kept + 2) * weights;
    if numbers.is_empty() || each == 0 || !numbers.len().is_multiple_of(each) {
        return Err(other(format!("experts hand over {} numbers, where a multiple of {each} is expected", numbers.len())));
    }
    let one = |own: &[f64]| {
        let mut passed: Vec<Vec<f64>> = own.chunks_exact(weights).map(<[f64]>::to_vec).collect();
        let end = passed.pop().unwrap_or_default();
        Trajectory { passed, end }
    };
    Ok(numbers.chunks_exact(each).map(one).collect())
}
