//! What comes out of a training, and how it is held against AdamW at equal loss.

use super::{Method, Settings, other};
use crate::{Outcome, Series, Status, StudyError};

/// Along the documents passed.
pub(super) const SERIES: [(&str, &str); 3] = [
    ("train-loss", "Loss of the sources that are learned, on what was not seen: nats a word above the entropy of the chains, or the quadratic"),
    ("ood-loss", "Loss of the sources that are never learned, likewise"),
    ("cosine", "Mean cosine of the gradients of two sources that are learned"),
];

pub(super) const SCALARS: [(&str, &str); 24] = [
    ("train", "Loss of the sources that are learned, at the end: nats a word above the entropy of the chains, or the quadratic"),
    ("ood", "Loss of the sources that are never learned, at the end"),
    ("beyond", "The second less the first"),
    ("knowledge", "Share of places in domains that are never learned at which the likeliest word is that of the chain, at the end"),
    ("met-at", "Training loss at which the arm is held against AdamW of its seed: the lowest that both reach"),
    ("ood-matched", "Loss of the sources that are never learned, at that training loss"),
    ("ood-gap", "The same less that of AdamW"),
    ("knowledge-gap", "Share of places at which the likeliest word is that of the chain, at the end, less that of AdamW"),
    ("train-gap", "Training loss at the end less that of AdamW"),
    ("similarity", "Mean cosine of the gradients of two sources that are learned, at the end"),
    ("similarity-matched", "The same at the training loss at which arms are held against AdamW"),
    ("similarity-gap", "The same less that of AdamW"),
    ("distance", "Mean distance of the minima of two domains, fine-tuned from the end, over the length of the weights"),
    ("distance-noise", "The same of two fine-tunings to one domain, with different documents"),
    ("distance-gap", "Logarithm of the distance of minima over that of AdamW"),
    ("agrees", "1 where minima nearer than AdamW's go with a lower loss out of distribution, or farther ones with a higher one; 0 otherwise"),
    ("from-minima", "Mean distance to the minimum of a source: by fine-tuning, over the length of the weights; of a quadratic exactly"),
    ("error", "Quadratic: distance of the end from where theory has it, over that of minima from their mean"),
    ("from-sum", "Quadratic: distance of the end from the minimum of the sum of losses"),
    ("flat-moved", "Quadratic: how far the training moved along the flat directions"),
    ("score", "e to the power of minus the training loss: what rates are chosen by"),
    ("rate", "Peak of the learning rate, chosen on other seeds"),
    ("strength", "Strength, chosen on other seeds"),
    ("passed", "Documents passed forward and backward, or gradients of quadratic losses"),
];

/// A look at a training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    /// Documents passed so far.
    pub(super) passes: f64,
    pub(super) train: f64,
    pub(super) ood: f64,
    /// NaN where there are no words.
    pub(super) knowledge: f64,
    pub(super) cosine: f64,
}

impl Look {
    /// How many numbers it has.
    pub(super) const NUMBERS: usize = 5;

    pub(super) fn of([passes, train, ood, knowledge, cosine]: [f64; Self::NUMBERS]) -> Self {
        Self { passes, train, ood, knowledge, cosine }
    }
}

fn outcome(series: Vec<Series>, found: &[(&str, Option<f64>)], status: Status) -> Outcome {
    Outcome::gathered(series, &SCALARS, found, None, status)
}

/// The outcome of a training that ended early, at this rate.
pub(super) fn diverged(rate: f64, why: String) -> Outcome {
    outcome(Vec::new(), &[("rate", Some(rate))], Status::Diverged(why))
}

/// The outcome of a training that came to its end, with what else was found.
pub(super) fn trained(looks: &[Look], mut found: Vec<(&'static str, Option<f64>)>) -> Outcome {
    let columns: [fn(&Look) -> f64; 3] = [|look| look.train, |look| look.ood, |look| look.cosine];
    let series = SERIES.iter().zip(columns).filter_map(|((name, _), of)| Series::through(name, looks.iter().map(|look| (look.passes, of(look)))));
    if let Some(last) = looks.last() {
        found.extend([
            ("train", Some(last.train)),
            ("ood", Some(last.ood)),
            ("beyond", Some(last.ood - last.train)),
            ("knowledge", Some(last.knowledge)),
            ("similarity", Some(last.cosine)),
            ("score", Some((-last.train).exp())),
        ]);
    }
    outcome(series.collect(), &found, Status::Done)
}

/// What a curve is worth where another along the same points first falls to a level, by straight lines between points.
pub(super) fn at_level(level: f64, along: &[f64], of: &[f64]) -> Option<f64> {
    let place = along.iter().position(|v| *v <= level)?;
    let (after, value) = (*along.get(place)?, *of.get(place)?);
    let Some(before) = place.checked_sub(1) else { return Some(value) };
    let (above, from) = (*along.get(before)?, *of.get(before)?);
    Some(from + (above - level) / (above - after) * (value - from))
}

/// The strength with the least mean `ood-gap` among those whose training loss ends at most `slack` above that of AdamW, by outcomes on other seeds,
/// as many for each strength; the smallest where there is none or nothing was tried, and 0 of none.
pub(super) fn chosen(strengths: &[f64], tried: &[Outcome], slack: f64) -> f64 {
    let each = (tried.len() / strengths.len().max(1)).max(1);
    let mut best: Option<(f64, f64)> = None;
    for (strength, outcomes) in strengths.iter().zip(tried.chunks(each)) {
        let mean = |name: &str| Some(outcomes.iter().map(|o| o.scalar(name)).sum::<Option<f64>>()? / outcomes.len() as f64);
        if let (Some(train), Some(gap)) = (mean("train-gap"), mean("ood-gap"))
            && train <= slack
            && best.is_none_or(|(_, least)| gap < least)
        {
            best = Some((*strength, gap));
        }
    }
    let smallest = strengths.iter().copied().fold(f64::INFINITY, f64::min);
    best.map_or(if smallest.is_finite() { smallest } else { 0.0 }, |(strength, _)| strength)
}

/// Holds a training against AdamW of its seed.
pub(super) fn run(own: &Settings, needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let [one, control] = needs else { return Err(other("a run lacks its training or that of AdamW")) };
    for (need, who) in [(one, ""), (control, "AdamW, against which it is held: ")] {
        if let Status::Diverged(why) = &need.status {
            return Ok(diverged(one.scalar("rate").unwrap_or(f64::NAN), format!("{who}{why}")));
        }
    }
    let both = |name: &str| Some((one.scalar(name)?, control.scalar(name)?));
    let level = both("train").map(|(a, b)| a.max(b));
    let at = |of: &Outcome, name: &str| at_level(level?, &of.series("train-loss")?.y, &of.series(name)?.y);
    let less = |a: Option<f64>, b: Option<f64>| Some(a? - b?);
    let (ood, cosine) = (at(one, "ood-loss"), at(one, "cosine"));
    let ood_gap = less(ood, at(control, "ood-loss"));
    let distance_gap = both("distance").map(|(a, b)| (a / b).ln());
    let agrees = distance_gap.zip(ood_gap).map(|(near, low)| if (near < 0.0) == (low < 0.0) { 1.0 } else { 0.0 });
    let mut found: Vec<(&str, Option<f64>)> = vec![
        ("met-at", level),
        ("ood-matched", ood),
        ("ood-gap", ood_gap),
        ("knowledge-gap", both("knowledge").map(|(a, b)| a - b)),
        ("train-gap", both("train").map(|(a, b)| a - b)),
        ("similarity-matched", cosine),
        ("similarity-gap", less(cosine, at(control, "cosine"))),
        ("distance-gap", distance_gap),
        ("agrees", agrees.filter(|_| own.method != Method::Adamw)),
    ];
    // The rest is as it is at the end of the training.
    let known: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
    found.extend(SCALARS.iter().filter(|(name, _)| !known.contains(name)).map(|(name, _)| (*name, one.scalar(name))));
    Ok(outcome(one.series.clone(), &found, Status::Done))
}
