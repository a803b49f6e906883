//! What features are worth, in a size and a normalisation; and an arm, which holds them against others.

use nets::{Params, Training};

use super::data::{Parts, resized, scale};
use super::network::build;
use super::outcome::{diverged, outcome};
use super::plan::Measure;
use super::{Encoder, other};
use crate::blocks::encoder;
use crate::blocks::probes::{accuracy, chosen_ridge, neighbours};
use crate::blocks::resizing::averaged;
use crate::blocks::samples::{Samples, rescale};
use crate::blocks::sized_encoder::features;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// Parts from top to bottom whose means are among the statistics of a picture.
const PARTS: usize = 4;

/// Numbers of a picture's statistics: mean, standard deviation, minimum, maximum, and means of parts.
const STATISTICS: usize = 4 + PARTS * PARTS;

/// How many features an encoder has.
pub(super) fn dimension(encoder: Encoder, width: usize, side: usize) -> usize {
    match encoder {
        Encoder::Statistics => STATISTICS,
        Encoder::Pixels => side * side,
        _ => encoder::features_of(width),
    }
}

/// Mean, standard deviation, minimum and maximum of every picture, and means of its parts.
pub(super) fn statistics(samples: &Samples) -> Vec<f32> {
    let mut all = Vec::with_capacity(samples.labels.len() * STATISTICS);
    for picture in samples.pixels.chunks_exact((samples.side * samples.side).max(1)) {
        let n = picture.len() as f32;
        let mean = picture.iter().sum::<f32>() / n;
        let square = picture.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / n;
        let (low, high) = picture.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
        all.extend([mean, square.sqrt(), low, high]);
        averaged(picture, samples.side, PARTS, &mut all);
    }
    all
}

/// Measures features.
pub(super) fn run(own: &Measure, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let parts = Parts::new(own.world, own.counts(), seed, context.files)?;
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let net = build(&mut params, own.width, own.world.half(), &mut stream(seed, Purpose::Weights, 1));
    let (mut curve, mut about) = (vec![[1.0, 0.0]], [("valid", None), ("rate", None), ("passed", Some(0.0))]);
    if own.encoder.learns() {
        let need = needs.first().ok_or_else(|| other("features lack the pretraining of their network"))?;
        let Some(trained) = need.handed_over()? else { return Ok(diverged(&[], "its pretraining diverged".to_owned())) };
        params.read(trained).map_err(other)?;
        about = ["valid", "rate", "passed"].map(|name| (name, need.scalar(name)));
        if let Some(loss) = need.series.first() {
            curve = loss.x.iter().zip(&loss.y).map(|(x, y)| [*x, *y]).collect();
        }
    }
    let mut training = Training::new(params, 0.0);
    let scale = scale(own.encoder, own.normalisation, &parts.of(own.encoder));
    let mut of = |samples: &Samples| {
        let mut fed = resized(samples, own.size);
        rescale(&mut fed.pixels, scale);
        match own.encoder {
            Encoder::Statistics => statistics(&fed),
            Encoder::Pixels => fed.pixels,
            _ => features(&net, &mut training, &fed),
        }
    };
    let (known, valid, test) = (of(&parts.known), of(&parts.valid), of(&parts.test));
    if known.iter().chain(&valid).chain(&test).any(|v| !v.is_finite()) {
        return Ok(diverged(&curve, "features are not finite; lower the rate".to_owned()));
    }
    let dim = dimension(own.encoder, own.width, own.size);
    let answers = neighbours(&known, &parts.known.labels, &test, dim, own.neighbours);
    let (learnt, held) = ((known.as_slice(), parts.known.labels.as_slice()), (valid.as_slice(), parts.valid.labels.as_slice()));
    let (ridge, _) = chosen_ridge(learnt, held, own.world.half(), dim)?;
    let found = [("neighbours", Some(accuracy(&answers, &parts.test.labels))), ("probe", Some(accuracy(&ridge.classes(&test), &parts.test.labels)))];
    Ok(outcome(&curve, &[found.as_slice(), about.as_slice()].concat(), None, Status::Done))
}

/// An arm: its features, held against those of pictures as they come and against those with the normalisation of pretraining.
pub(super) fn gather(needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let [this, native, own] = needs else { return Err(other("an arm lacks what it is held against")) };
    for one in needs {
        if let Status::Diverged(why) = &one.status {
            return Ok(diverged(&[], why.clone()));
        }
    }
    let less = |a: &Outcome, b: &Outcome, name: &str| Some(a.scalar(name)? - b.scalar(name)?);
    let mut found: Vec<(&str, Option<f64>)> = ["neighbours", "probe", "valid", "rate", "passed"].map(|name| (name, this.scalar(name))).to_vec();
    found.extend([("size-gain", less(this, native, "neighbours")), ("probe-size-gain", less(this, native, "probe"))]);
    found.extend([("normalisation-loss", less(own, this, "neighbours")), ("probe-normalisation-loss", less(own, this, "probe"))]);
    let curve: Vec<[f64; 2]> = this.series.first().map_or_else(Vec::new, |s| s.x.iter().zip(&s.y).map(|(x, y)| [*x, *y]).collect());
    Ok(outcome(&curve, &found, None, Status::Done))
}
