//! Pretraining, and the one of several rates that is best.

use nets::{Params, Training};

use super::data::{Data, Sound};
use super::lesson::lesson;
use super::network::Net;
use super::probe::Features;
use super::{Settings, gather, other, tune};
use crate::blocks::course::{self, Course};
use crate::blocks::schedules::Schedule;
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::{TUNING, best};
use crate::{Context, Outcome, Status, StudyError};

/// Points of the curve of the loss.
const POINTS: u64 = 20;

/// Steps of warm-up, as a share of all, as in the authors' configuration.
const WARM_UP: f64 = 0.07;

/// Weight decay.
const DECAY: f64 = 0.01;

/// A network of first weights.
pub(super) fn first(own: &Settings, seed: u64) -> (Net, Params<f32>) {
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let net = Net::new(&mut params, own);
    (net, params)
}

/// Frozen features of all sounds; none where they are not finite.
pub(super) fn features(net: &Net, training: &mut Training<f32>, data: &Data) -> Option<Features> {
    let sounds: Vec<&Sound> = data.sounds.iter().collect();
    let frames = net.frozen(training, &sounds);
    frames.iter().flatten().all(|v| v.is_finite()).then_some(Features { frames, dim: net.width })
}

/// The place of the best rate, of as many outcomes for each, and the rate. One that diverged is worse than any.
fn chosen_rate(own: &Settings, needs: &[Outcome]) -> Result<(usize, f64), StudyError> {
    let scores: Vec<f64> = needs.iter().map(|need| need.scalar("valid").unwrap_or(f64::NEG_INFINITY)).collect();
    let places: Vec<usize> = (0..own.rates.len()).collect();
    let found = best(&places, &scores).and_then(|place| Some((place, *own.rates.get(place)?)));
    found.ok_or_else(|| other("there is no learning rate to choose from"))
}

/// Runs a pretraining; its rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let (_, peak) = chosen_rate(own, needs)?;
    let data = Data::new(own, seed, context.files)?;
    let (net, params) = first(own, seed);
    let mut training = Training::new(params, DECAY);
    training.clip = 1.0;
    let steps = own.steps as u64;
    let schedule = Schedule::Cosine { first: 0.0, rise: (WARM_UP * steps as f64).ceil() as u64, length: steps, last: 0.0 };
    let course = Course { steps, points: POINTS, rate: peak };
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, step, _| {
        let lesson = lesson(own, &data.pool, step, seed);
        training.step(peak * schedule.at(step), stream(seed, Purpose::Head, step), |pass| net.loss(pass, &lesson))
    })?;
    let about = [("rate", Some(peak))];
    if let Some(why) = ended {
        return Ok(gather::outcome(&curve, &about, None, Status::Diverged(why)));
    }
    let Some(features) = features(&net, &mut training, &data) else {
        return Ok(gather::outcome(&curve, &about, None, Status::Diverged("features are not finite; lower the rate".to_owned())));
    };
    let found = [
        ("valid", Some(features.valid(&data)?)),
        ("pretraining-loss", curve.last().map(|point| point[1])),
        ("passed", Some((own.steps * own.batch) as f64)),
        ("operations", Some(1e-12 * tune::pretraining_flops(own))),
    ];
    let weights = training.params.to_bytes().map_err(other)?;
    Ok(gather::outcome(&curve, &[found.as_slice(), about.as_slice()].concat(), Some(weights), Status::Done))
}

/// Of the pretrainings that a rate is chosen by, the one with the best rate that has this seed.
pub(super) fn chosen(own: &Settings, seed: u64, needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let (place, _) = chosen_rate(own, needs)?;
    let each = needs.len() / own.rates.len().max(1);
    let found = needs.get(place * each + seed.saturating_sub(TUNING) as usize);
    found.cloned().ok_or_else(|| other("there is no pretraining to choose from"))
}
