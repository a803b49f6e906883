//! What comes out of a stage, a run and a relation.

use evaluation::stat::spearman;

use super::{Method, Settings, other};
use crate::{Outcome, Series, Status, StudyError};

/// Fewer members than these have no rank correlation: that of three is one of few numbers, whatever they are.
const FEWEST: usize = 4;

/// Along the steps after saturation.
pub(super) const SERIES: [(&str, &str); 1] = [("above-least", "Loss above the least there can be, in nats; of a relation the mean over members")];

pub(super) const SCALARS: [(&str, &str); 22] = [
    ("excess", "Loss above the least there can be, at the end, in nats; of a relation the mean over members"),
    ("trace", "Trace of the Hessian, by symbols drawn from the model"),
    ("relative", "The same with the part of every tensor times its squared length"),
    ("trace-embedded", "Trace of the model put into the largest, where it is smaller"),
    ("probe", "Share of hidden states that a probe finds at their place, mean over places"),
    ("probe-few", "The same of a probe that learns from few texts"),
    ("probe-all", "Share of hidden states in the middle that a probe finds in the features of all places"),
    ("ceiling", "Share of hidden states that who knows the chain finds, mean over places"),
    ("drift", "Logarithm of the trace of the base of its seed over its own; of the diagonal world, of differences of squares at first over those at last"),
    ("drift-theory", "Diagonal world: the same as theory has it"),
    ("excess-gap", "Loss above that of the base of its seed, at the end"),
    ("rank-trace", "Rank correlation over members of the trace with what the probe finds"),
    ("rank-few", "The same of the probe that learns from few texts"),
    ("rank-relative", "Rank correlation over members of the relative trace with what the probe finds"),
    ("rank-excess", "Rank correlation over members of the loss with what the probe finds"),
    ("rank-lead", "How much lower that of the trace is than zero, less the size of that of the loss"),
    ("rank-natural", "Rank correlation of the trace with what the probe finds, without the adversarial member"),
    ("members", "Members whose loss is as near to that of the first as asked, the first among them"),
    ("score", "e to the power of minus the excess: what the rate of saturation is chosen by"),
    ("rate", "Learning rate between saturation and settling, chosen on other seeds where it is not given"),
    ("passed", "Texts passed forward and backward after saturation"),
    ("weights", "Numbers that are trained"),
];

fn outcome(series: Option<Series>, found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    Outcome::gathered(series.into_iter().collect(), &SCALARS, found, weights, status)
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(why: String) -> Outcome {
    outcome(None, &[], None, Status::Diverged(why))
}

/// The outcome of a stage with this curve of the excess and what else was found.
pub(super) fn measured(points: &[(f64, f64)], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>) -> Outcome {
    outcome(Series::through(SERIES[0].0, points.iter().copied()), found, weights, Status::Done)
}

/// Holds an arm against the base of its seed.
pub(super) fn run(own: &Settings, needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let [one, base] = needs else { return Err(other("a run lacks its arm or its base")) };
    if let Status::Diverged(why) = &one.status {
        return Ok(diverged(why.clone()));
    }
    let both = |name: &str| Some((base.scalar(name)?, one.scalar(name)?));
    let drift = both("trace").map(|(before, after)| (before / after).ln()).filter(|_| own.method.noisy());
    let mut found: Vec<(&str, Option<f64>)> = vec![("drift", drift), ("excess-gap", both("excess").map(|(before, after)| after - before))];
    found.extend(SCALARS.iter().filter(|(name, _)| !["drift", "excess-gap"].contains(name)).map(|(name, _)| (*name, one.scalar(name))));
    Ok(outcome(one.series.first().cloned(), &found, None, Status::Done))
}

/// Rank correlations over members whose excess is at most `slack` from that of the first. Members that diverged are none.
pub(super) fn relation(own: &Settings, needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let names = own.sizes.iter().flat_map(|_| own.members.iter().copied());
    let first = needs.first().ok_or_else(|| other("a relation has no members"))?;
    let Some(level) = first.scalar("excess") else { return Ok(diverged("the first member diverged".to_owned())) };
    let near = |outcome: &Outcome| outcome.scalar("excess").is_some_and(|excess| (excess - level).abs() <= own.slack);
    let members: Vec<(Method, &Outcome)> = names.zip(needs).filter(|(_, outcome)| near(outcome)).collect();
    let rank = |with: &str, found: &str, natural: bool| {
        let kept = members.iter().filter(|(method, _)| !(natural && *method == Method::Adversarial));
        let pairs: Option<Vec<(f64, f64)>> = kept.map(|(_, outcome)| Some((outcome.scalar(with)?, outcome.scalar(found)?))).collect();
        let (a, b): (Vec<f64>, Vec<f64>) = pairs.filter(|pairs| pairs.len() >= FEWEST)?.into_iter().unzip();
        spearman(&a, &b)
    };
    let mean = members.iter().filter_map(|(_, outcome)| outcome.scalar("excess")).sum::<f64>() / members.len().max(1) as f64;
    let (trace, excess) = (rank("trace", "probe", false), rank("excess", "probe", false));
    let found = [
        ("excess", Some(mean)),
        ("rank-trace", trace),
        ("rank-few", rank("trace", "probe-few", false)),
        ("rank-relative", rank("relative", "probe", false)),
        ("rank-excess", excess),
        ("rank-lead", excess.zip(trace).map(|(excess, trace)| -trace - excess.abs())),
        ("rank-natural", rank("trace", "probe", true)),
        ("members", Some(members.len() as f64)),
    ];
    Ok(measured(&[(0.0, mean)], &found, None))
}
