//! What a pretrained model is worth: bits of what is missing, genres from frozen features, genres after a few labels.

use nets::{Params, Training};

use super::exam::{AXES, Exam};
use super::gather::{self, NAMES};
use super::genre::{self, Teller};
use super::pretraining::trained;
use super::world::{CLASSES, Parts, Text};
use super::{Budget, Method, Settings, objective, other};
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::genres::SYMBOLS;
use crate::blocks::prefix_model::PrefixModel;
use crate::blocks::probes::{accuracy, chosen_ridge};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

type Found = Vec<(&'static str, Option<f64>)>;

/// Steps of the fit; of `longer` as many more as take the operations of the mixture's pretraining.
pub(super) fn steps(own: &Settings) -> usize {
    if own.method != Method::Longer {
        return own.steps;
    }
    let mixture = Settings { method: Method::Ul2, budget: Budget::Tokens, ..own.clone() };
    let pretraining = objective::flops(&mixture, objective::steps(&mixture));
    own.steps + (pretraining / (3.0 * genre::flops(own, own.fit_batch))).round() as usize
}

/// Operations of the fit.
pub(super) fn flops(own: &Settings) -> f64 {
    3.0 * genre::flops(own, own.fit_batch) * steps(own) as f64
}

fn labels(texts: &[Text]) -> Vec<u32> {
    texts.iter().map(|text| text.genre).collect()
}

/// Shares of the letters of texts, text after text.
fn letters(texts: &[Text]) -> Vec<f32> {
    let mut all = vec![0.0; texts.len() * SYMBOLS];
    for (row, text) in all.chunks_exact_mut(SYMBOLS).zip(texts) {
        for letter in &text.symbols {
            if let Some(share) = row.get_mut(*letter as usize) {
                *share += 1.0 / text.symbols.len() as f32;
            }
        }
    }
    all
}

/// The first weights of a seed, or those of the pretraining. `None` where that diverged.
fn weights(own: &Settings, first: Option<&Outcome>, seed: u64) -> Result<Option<(PrefixModel, Params<f32>)>, StudyError> {
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let model = PrefixModel::new(&mut params, own.size());
    if let Some(first) = first {
        let Some(bytes) = first.handed_over()? else { return Ok(None) };
        params.read(bytes).map_err(other)?;
    }
    Ok(Some((model, params)))
}

/// The stages that a fit needs: its pretraining, if any, and those that its rate is chosen by.
fn parted<'a>(own: &Settings, needs: &'a [Outcome]) -> Result<(Option<&'a Outcome>, &'a [Outcome]), StudyError> {
    let found = needs.split_at_checked(usize::from(!own.method.asks().is_empty()));
    let (first, tried) = found.ok_or_else(|| other("a fit lacks the pretraining that it starts from"))?;
    Ok((first.first(), tried))
}

/// A fit by which a rate is chosen: genres of other texts alone.
pub(super) fn trial(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (first, tried) = parted(own, needs)?;
    let seed = context.seed;
    let Some((model, mut params)) = weights(own, first, seed)? else { return Ok(gather::diverged("its pretraining diverged".to_owned())) };
    let parts = Parts::new(own, seed, context.files)?;
    let teller = Teller::new(&mut params, own, &model);
    let mut training = trained(params);
    match tune(own, &teller, &mut training, &parts, tried, context)? {
        Ok(found) => Ok(gather::outcome(&gather::curve(first), &found, None, Status::Done)),
        Err(why) => Ok(gather::diverged(why)),
    }
}

/// Genres by all weights. Gives what was found, or why the fit diverged.
fn tune(
    own: &Settings,
    teller: &Teller<'_>,
    training: &mut Training<f32>,
    parts: &Parts,
    tried: &[Outcome],
    context: &mut Context<'_>,
) -> Result<Result<Found, String>, StudyError> {
    let seed = context.seed;
    let scores: Vec<f64> = tried.iter().map(|o| o.scalar("genre-valid").unwrap_or(0.0)).collect();
    let rate = best(&own.fit_rates, &scores).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let course = Course { steps: steps(own) as u64, points: 1, rate };
    let (_, ended) = course::run(training, &mut Vec::new(), course, context, |training, _, step, rate| {
        teller.step(training, &parts.few, rate, stream(seed, Purpose::Steps, step))
    })?;
    if let Some(why) = ended {
        return Ok(Err(why));
    }
    let mut right = |texts: &[Text]| Some(accuracy(&teller.genres(training, texts), &labels(texts)));
    Ok(Ok(vec![
        ("genre-known", right(&parts.few)),
        ("genre-valid", right(&parts.held)),
        ("genre-tuned", right(&parts.asked)),
        ("fit-rate", Some(rate)),
        ("fit-edge", gather::edge(&own.fit_rates, rate)),
        ("fit-operations", Some(1e-12 * flops(own))),
    ]))
}

/// Bits on the three axes. `None` where they are not finite.
fn bits(own: &Settings, model: &PrefixModel, training: &mut Training<f32>, parts: &Parts, seed: u64) -> Option<Found> {
    let (choosing, asking) = (Exam::new(&parts.valid, seed, 1), Exam::new(&parts.test, seed, 2));
    let (mut found, mut fill, mut gaps) = (Found::new(), Vec::new(), Vec::new());
    for (axis, names) in AXES.into_iter().zip(NAMES) {
        let Some(mark) = choosing.mark(&asking, own, model, training, axis) else { return Some(Found::new()) };
        if !mark.bits.is_finite() {
            return None;
        }
        found.extend([(names.bits, Some(mark.bits)), (names.format, Some(mark.format.code()))]);
        fill.push(-mark.bits.ln());
        gaps.extend(mark.mode_gap);
        if let Some((both, left)) = asking.exact(own, parts, axis) {
            found.extend([(names.floor, Some(both)), (names.excess, Some(mark.bits - both))]);
            found.extend(names.over_left.map(|name| (name, Some(mark.bits - left))));
        }
    }
    let mean = |all: &[f64]| (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64);
    found.extend([("fill", mean(&fill)), ("mode-gap", mean(&gaps))]);
    Some(found)
}

/// The mean of the logarithms of all measures; none where there are no bits.
pub(super) fn score(found: &[(&str, Option<f64>)]) -> Option<f64> {
    let of = |name: &str| found.iter().find(|(known, _)| *known == name).and_then(|(_, value)| *value);
    let fill = of("fill")?;
    let genres: Vec<f64> = ["genre-tuned", "genre-frozen"].into_iter().filter_map(of).map(f64::ln).collect();
    let count = AXES.len() + genres.len();
    Some((AXES.len() as f64 * fill + genres.iter().sum::<f64>()) / count as f64)
}

/// Measures a model, and fits it to the labels where there are genres.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (first, tried) = parted(own, needs)?;
    let seed = context.seed;
    let Some((model, mut params)) = weights(own, first, seed)? else { return Ok(gather::diverged("its pretraining diverged".to_owned())) };
    let parts = Parts::new(own, seed, context.files)?;
    let teller = (!own.world.exact()).then(|| Teller::new(&mut params, own, &model));
    let mut training = trained(params);
    let Some(mut found) = bits(own, &model, &mut training, &parts, seed) else {
        return Ok(gather::diverged("bits are not finite; lower the rate of pretraining".to_owned()));
    };
    if let Some(teller) = &teller {
        let mut of = |texts: &[Text]| teller.frozen(&mut training, texts);
        let (known, held, asked) = (of(&parts.few), of(&parts.held), of(&parts.asked));
        let (few, valid) = (labels(&parts.few), labels(&parts.held));
        let probe = |known: &[f32], held: &[f32], asked: &[f32], dim: usize| -> Result<Option<f64>, StudyError> {
            let (ridge, _) = chosen_ridge((known, few.as_slice()), (held, valid.as_slice()), CLASSES, dim)?;
            Ok(Some(accuracy(&ridge.classes(asked), &labels(&parts.asked))))
        };
        found.push(("genre-frozen", probe(&known, &held, &asked, own.width)?));
        found.push(("genre-letters", probe(&letters(&parts.few), &letters(&parts.held), &letters(&parts.asked), SYMBOLS)?));
        match tune(own, teller, &mut training, &parts, tried, context)? {
            Ok(more) => found.extend(more),
            Err(why) => return Ok(gather::diverged(why)),
        }
    }
    found.push(("score", score(&found)));
    if let Some(first) = first {
        found.extend(["rate", "own-loss", "passed", "operations", "steps"].map(|name| (name, first.scalar(name))));
        found.push(("rate-edge", first.scalar("rate").and_then(|rate| gather::edge(&own.rates, rate))));
    } else {
        found.extend(["passed", "operations", "steps"].map(|name| (name, Some(0.0))));
    }
    Ok(gather::outcome(&gather::curve(first), &found, None, Status::Done))
}
