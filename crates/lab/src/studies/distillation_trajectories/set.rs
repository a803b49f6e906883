//! A set of pictures: where it comes from, and what it is worth.

use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::data::{self, CLASSES, Digits, PIXELS};
use super::distil::{self, Distilled};
use super::evaluate::Pupil;
use super::experts::{self, Trajectory};
use super::outcome::{VALID, diverged, outcome};
use super::plan::Set;
use super::{Method, other};
use crate::blocks::core_sets::{centres, herding, nearest_rows};
use crate::blocks::few_shot::at_end;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Go, Outcome, Status, StudyError};

/// Streams: pictures drawn at random, and clusters.
const DRAWN: u64 = 12;
const CLUSTERS: u64 = 13;

/// What is chosen of several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Choice {
    /// Rate of the pictures.
    pub(super) rate: f64,
    /// The last epoch that a trajectory may begin at.
    pub(super) most: usize,
    /// Rate of networks that learn from the pictures.
    pub(super) network: f64,
}

/// The choice of the highest mean accuracy on digits for validation, the first of equals; the first of all where nothing was tried. `tried` has as
/// many outcomes for each pair of a rate and a start, one pair after the other; what diverged is worth nothing.
pub(super) fn chosen(own: &Set, tried: &[Outcome]) -> Option<Choice> {
    let pairs = own.pairs();
    let each = (tried.len() / pairs.len().max(1)).max(1);
    let mut best: Option<(Choice, f64)> = None;
    for (k, (rate, most)) in pairs.iter().enumerate() {
        let outcomes = tried.get(k * each..(k + 1) * each).unwrap_or_default();
        for (network, name) in own.network_rates.iter().zip(VALID) {
            let mean = outcomes.iter().map(|o| o.scalar(name).unwrap_or(0.0)).sum::<f64>() / each as f64;
            if best.is_none_or(|(_, highest)| mean > highest) {
                best = Some((Choice { rate: *rate, most: *most, network: *network }, mean));
            }
        }
    }
    best.map(|(choice, _)| choice)
}

/// Makes a set and says what it is worth. To choose by, on digits for validation at every rate of the networks that learn from it; otherwise on
/// digits to test on, at the rate that is chosen by the outcomes that it needs.
pub(super) fn run(own: &Set, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let parted = needs.split_at_checked(usize::from(own.method.distils().is_some()));
    let (before, tried) = parted.ok_or_else(|| other("a set lacks its experts"))?;
    let choice = chosen(own, tried).ok_or_else(|| other("there is no rate to choose from"))?;
    let [learn, valid, test] = data::draw(own.world, &own.counts, context.seed, context.files)?;
    let pupil = Pupil { net: own.net(), steps: own.network_steps, seed: context.seed };
    let mut found: Vec<(&str, Option<f64>)> = Vec::new();
    let mut curve = Vec::new();
    let set = if let (Some((_, parts)), Some(begun)) = (own.method.distils(), before.first()) {
        let Some(weights) = begun.handed_over()? else { return Ok(diverged(&[], "its experts diverged".to_owned())) };
        let experts = experts::read(weights, own.net().weights(), own.kept)?;
        let from = beginning(own, parts.representative, &learn, &experts, context.seed);
        let Distilled { set, rate, curve: losses, ended } = distil::run(own, parts, from, &experts, (choice.rate, choice.most), context)?;
        if let Some(why) = ended {
            return Ok(diverged(&losses, why));
        }
        let matched = losses.last().map(|[_, loss]| *loss);
        curve = losses;
        found.extend([("matched", matched), ("student-rate", Some(rate)), ("pixel-rate", Some(choice.rate)), ("last-start", Some(choice.most as f64))]);
        found.extend(["expert-accuracy", "expert-path", "expert-straight"].map(|name| (name, begun.scalar(name))));
        found.push(("work", begun.scalar("work").map(|work| work + 1e-9 * own.distilling())));
        set
    } else {
        found.push(("work", Some(1e-9 * own.searching())));
        gathered(own, &learn, &valid, &pupil, context)?
    };
    if own.trial {
        let worth = own.network_rates.iter().zip(VALID).map(|(rate, name)| (name, Some(pupil.worth(0, &set, *rate, &valid))));
        found.extend(worth);
    } else {
        let worth: f64 = (0..own.networks as u64).map(|k| pupil.worth(k, &set, choice.network, &test)).sum();
        let ends = u8::from(own.method.distils().is_some() && at_end(&own.rates, choice.rate)) + u8::from(at_end(&own.network_rates, choice.network));
        found.extend([("accuracy", Some(worth / own.networks as f64)), ("rate", Some(choice.network)), ("edges", Some(f64::from(ends)))]);
    }
    Ok(outcome(&curve, &found, None, Status::Done))
}

/// Pictures that are drawn at random, so many of each class.
fn drawn(own: &Set, learn: &Digits, rng: &mut Pcg64) -> Digits {
    let mut which: Vec<usize> = Vec::new();
    for class in 0..CLASSES {
        let mut all = learn.of_class(class);
        all.shuffle(rng);
        which.extend(all.into_iter().take(own.per_class));
    }
    learn.those(&which)
}

/// Pictures that a distillation begins with: at random, or those nearest to centres of what the first expert says of their class at its end.
fn beginning(own: &Set, representative: bool, learn: &Digits, experts: &[Trajectory], seed: u64) -> Digits {
    let Some(expert) = experts.first().filter(|_| representative) else {
        return drawn(own, learn, &mut stream(seed, Purpose::Pictures, DRAWN));
    };
    let (net, mut rng) = (own.net(), stream(seed, Purpose::Pictures, CLUSTERS));
    let mut which: Vec<usize> = Vec::new();
    for class in 0..CLASSES {
        let all = learn.of_class(class);
        let said = net.look(&expert.end, &learn.those(&all).pixels);
        let near = nearest_rows(&said, net.outs, &centres(&said, net.outs, own.per_class, &mut rng));
        which.extend(near.into_iter().filter_map(|k| all.get(k).copied()));
    }
    learn.those(&which)
}

/// Pictures of a method that does not distil.
fn gathered(own: &Set, learn: &Digits, valid: &Digits, pupil: &Pupil, context: &Context<'_>) -> Result<Digits, StudyError> {
    let seed = context.seed;
    match own.method {
        Method::Centres => {
            let (mut set, mut rng) = (Digits::default(), stream(seed, Purpose::Pictures, CLUSTERS));
            for class in 0..CLASSES {
                let found = centres(&learn.those(&learn.of_class(class)).pixels, PIXELS, own.per_class, &mut rng);
                set.labels.resize(set.labels.len() + found.len() / PIXELS, class as u32);
                set.pixels.extend(found);
            }
            Ok(set)
        }
        Method::Herding => {
            let mut which: Vec<usize> = Vec::new();
            for class in 0..CLASSES {
                let all = learn.of_class(class);
                which.extend(herding(&learn.those(&all).pixels, PIXELS, own.per_class).into_iter().filter_map(|k| all.get(k).copied()));
            }
            Ok(learn.those(&which))
        }
        Method::Search => {
            let middle = own.network_rates.get(own.network_rates.len() / 2).copied().unwrap_or(own.student_rate);
            let mut best: Option<(Digits, f64)> = None;
            for k in 0..own.sets {
                let set = drawn(own, learn, &mut stream(seed, Purpose::Order, k as u64));
                let worth = pupil.worth(0, &set, middle, valid);
                if best.as_ref().is_none_or(|(_, highest)| worth > *highest) {
                    best = Some((set, worth));
                }
                if (context.watch)((k + 1) as f64 / own.sets as f64) == Go::Stop {
                    return Err(StudyError::Interrupted);
                }
            }
            best.map(|(set, _)| set).ok_or_else(|| other("no set was tried"))
        }
        _ => Ok(drawn(own, learn, &mut stream(seed, Purpose::Pictures, DRAWN))),
    }
}
