//! What an arm is worth: frozen features by probes, and all weights after a few labels.

use nets::{Params, Training};

use super::data::Data;
use super::network::Net;
use super::probe::{Asked, Features};
use super::{Method, Settings, gather, other, pretraining, tune};
use crate::blocks::best;
use crate::blocks::log_mel::MELS;
use crate::{Context, Outcome, Status, StudyError};

type Found = Vec<(&'static str, Option<f64>)>;

/// What is found of a task, by name.
struct Names {
    asked: Asked,
    test: &'static str,
    valid: &'static str,
    known: &'static str,
    rate: &'static str,
    edge: &'static str,
}

/// Of both tasks.
const NAMES: [Names; 2] = [
    Names { asked: Asked::Digit, test: "digit-tuned", valid: "digit-valid", known: "digit-known", rate: "digit-rate", edge: "digit-edge" },
    Names { asked: Asked::Speaker, test: "speaker-tuned", valid: "speaker-valid", known: "speaker-known", rate: "speaker-rate", edge: "speaker-edge" },
];

/// What a fit starts from.
struct Start<'a> {
    net: Net,
    params: Params<f32>,
    /// The pretraining, if any.
    before: Option<&'a Outcome>,
    /// The fits that rates are chosen by.
    tried: &'a [Outcome],
}

/// What an arm starts from; none where its pretraining diverged.
fn start<'a>(own: &Settings, needs: &'a [Outcome], seed: u64) -> Result<Option<Start<'a>>, StudyError> {
    let parted = needs.split_at_checked(usize::from(own.method.pretrained()));
    let (before, tried) = parted.ok_or_else(|| other("a fit lacks the pretraining that it starts from"))?;
    let (net, mut params) = pretraining::first(own, seed);
    if let Some(before) = before.first() {
        let Some(weights) = before.handed_over()? else { return Ok(None) };
        params.read(weights).map_err(other)?;
    }
    Ok(Some(Start { net, params, before: before.first(), tried }))
}

/// Both tasks by all weights, each at the rate that did best on other seeds. Gives what was found, or why a fit diverged.
fn tuned(
    own: &Settings,
    (net, params): (&Net, &Params<f32>),
    data: &Data,
    tried: &[Outcome],
    context: &mut Context<'_>,
) -> Result<Result<Found, String>, StudyError> {
    let mut found = Found::new();
    for names in NAMES {
        let scores: Vec<f64> = tried.iter().map(|o| o.scalar(names.valid).unwrap_or(0.0)).collect();
        let rate = best(&own.fit_rates, &scores).ok_or_else(|| other("there is no learning rate to choose from"))?;
        let shares = match tune::run(own, (net, params.clone()), data, names.asked, rate, context)? {
            Ok(shares) => shares,
            Err(why) => return Ok(Err(why)),
        };
        found.extend([(names.test, Some(shares.test)), (names.valid, Some(shares.valid)), (names.known, Some(shares.known))]);
        found.extend([(names.rate, Some(rate)), (names.edge, gather::edge(&own.fit_rates, rate))]);
    }
    found.push(("fit-operations", Some(2e-12 * tune::flops(own))));
    Ok(Ok(found))
}

/// A fit by which rates are chosen.
pub(super) fn trial(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let Some(Start { net, params, before, tried }) = start(own, needs, context.seed)? else {
        return Ok(gather::diverged("its pretraining diverged".to_owned()));
    };
    let data = Data::new(own, context.seed, context.files)?;
    match tuned(own, (&net, &params), &data, tried, context)? {
        Ok(found) => Ok(gather::outcome(&gather::curve(before), &found, None, Status::Done)),
        Err(why) => Ok(gather::diverged(why)),
    }
}

/// What frozen features know.
fn probed(features: &Features, data: &Data) -> Result<Found, StudyError> {
    let (digits, speakers) = (features.digits(data)?, features.speakers(data)?);
    let (digit_frames, speaker_frames) = features.by_frames(data)?;
    Ok(vec![
        ("digit", Some(digits.test)),
        ("speaker", Some(speakers.test)),
        ("digit-frames", Some(digit_frames)),
        ("speaker-frames", Some(speaker_frames)),
        ("frozen", Some(0.5 * (digits.test + speakers.test))),
        ("valid", Some(0.5 * (digits.valid + speakers.valid))),
    ])
}

/// Measures an arm.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let Some(Start { net, params, before, tried }) = start(own, needs, context.seed)? else {
        return Ok(gather::diverged("its pretraining diverged".to_owned()));
    };
    let data = Data::new(own, context.seed, context.files)?;
    let mut found: Found = vec![("chance", Some(1.0 / data.speakers.max(1) as f64))];
    if own.method.probed() {
        let features = if own.method == Method::LogMel {
            Some(Features { frames: data.sounds.iter().map(|sound| sound.frames.clone()).collect(), dim: MELS })
        } else {
            pretraining::features(&net, &mut Training::new(params.clone(), 0.0), &data)
        };
        let Some(features) = features else { return Ok(gather::diverged("features are not finite; lower the rate".to_owned())) };
        found.extend(probed(&features, &data)?);
    }
    if own.method.fitted() {
        match tuned(own, (&net, &params), &data, tried, context)? {
            Ok(more) => found.extend(more),
            Err(why) => return Ok(gather::diverged(why)),
        }
        let share = |name: &str| found.iter().find(|(known, _)| *known == name).and_then(|(_, value)| *value).unwrap_or(f64::NAN);
        let both = 0.5 * (share("digit-tuned") + share("speaker-tuned"));
        found.extend([("tuned", Some(both)), ("weights", Some(params.len() as f64))]);
    }
    if let Some(before) = before {
        found.extend(["rate", "pretraining-loss", "passed", "operations"].map(|name| (name, before.scalar(name))));
        found.push(("rate-edge", before.scalar("rate").and_then(|rate| gather::edge(&own.rates, rate))));
    } else {
        found.extend(["passed", "operations"].map(|name| (name, Some(0.0))));
    }
    Ok(gather::outcome(&gather::curve(before), &found, None, Status::Done))
}
