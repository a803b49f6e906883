//! What ranks the stocks: a network that learns returns, or a rule.

use nets::layers::Linear;
use nets::{Params, Training, optim};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::frames::{Ask, Frames};
use super::measure::{APART, LOOKS, Said, gained, mean, sharpe};
use super::network::{self, Net};
use super::plan::{Candidate, candidates, steps};
use super::{Method, Ranking, Settings, gather, other, probe};
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// Days of the rule `momentum`.
const MOMENTUM: usize = 20;

/// Runs a fit.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let frames = Frames::new(&Ask::of(own), context.seed, context.files)?;
    if own.method.learns() {
        return learn(own, needs, &frames, context);
    }
    let valid = by_rule(own.method, &frames, frames.parts.valid.clone().collect());
    let test = by_rule(own.method, &frames, frames.parts.test.clone().collect());
    Ok(finished(own, &frames, &valid, &test, vec![("passed", Some(0.0))]))
}

/// What a rule says.
fn by_rule(method: Method, frames: &Frames, days: Vec<usize>) -> Said {
    let market = &frames.market;
    let score = |day: usize, stock: usize| match method {
        Method::Oracle => market.foreseen.as_ref().and_then(|all| all.get(day * market.stocks + stock).copied()).unwrap_or(0.0),
        Method::Momentum => market.price(day, stock) / market.price(day.saturating_sub(MOMENTUM), stock) - 1.0,
        _ => 1.0 - market.price(day, stock) / frames.scale(day, stock),
    };
    let score = &score;
    let scores = days.iter().flat_map(|day| (0..market.stocks).map(move |stock| score(*day, stock))).collect();
    Said { days, scores }
}

/// What a network says.
fn by_network(net: &Net, head: &Linear, training: &mut Training<f32>, frames: &Frames, days: Vec<usize>) -> Said {
    let (mut scores, mut windows) = (Vec::with_capacity(days.len() * frames.market.stocks), Vec::new());
    for day in &days {
        frames.day(*day, &mut windows);
        training.infer(Pcg64::seed_from_u64(0), |pass| {
            let features = net.features(pass, &windows);
            let said = head.forward(pass, features);
            scores.extend(pass.value(said).iter().map(|v| f64::from(*v)));
        });
    }
    Said { days, scores }
}

/// How much of the logarithm of volatilities is read from features: learned on every fifth day for validation, asked on every fifth test day.
/// Features that are not finite say nothing.
fn volatility(own: &Settings, net: &Net, training: &mut Training<f32>, frames: &Frames) -> Result<Option<f64>, StudyError> {
    let market = &frames.market;
    let deviation = |stock: usize| {
        let returns: Vec<f64> = (1..own.train).map(|day| market.price(day, stock) / market.price(day - 1, stock) - 1.0).collect();
        let middle = mean(&returns).unwrap_or(0.0);
        (returns.iter().map(|r| (r - middle).powi(2)).sum::<f64>() / returns.len().max(1) as f64).sqrt().max(1e-9).ln()
    };
    let known: Vec<f64> = (0..market.stocks).map(deviation).collect();
    let mut features = |days: std::ops::Range<usize>| {
        let (mut all, mut wanted, mut windows) = (Vec::new(), Vec::new(), Vec::new());
        for day in days.step_by(APART) {
            frames.day(day, &mut windows);
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let found = net.features(pass, &windows);
                all.extend_from_slice(pass.value(found));
            });
            wanted.extend_from_slice(&known);
        }
        (all, wanted)
    };
    let (learned, asked) = (features(frames.parts.valid.clone()), features(frames.parts.test.clone()));
    if learned.0.iter().chain(&asked.0).any(|v: &f32| !v.is_finite()) {
        return Ok(None);
    }
    probe::explained(&learned.0, &learned.1, &asked.0, &asked.1, own.width)
}

/// Trains a network on returns, and asks it.
fn learn(own: &Settings, needs: &[Outcome], frames: &Frames, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let parted = needs.split_at_checked(usize::from(own.method.objective().is_some()));
    let (first, tunings) = parted.ok_or_else(|| other("a fit lacks the pretraining that it starts from"))?;
    // A fit that diverged is the worst there can be.
    let scores: Vec<f64> = tunings.iter().map(|o| o.scalar("valid").unwrap_or(-1.0)).collect();
    let (rate, weight): Candidate = best(&candidates(own), &scores).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let net = Net::new(&mut params, network::size(own.window, own.width, own.heads, own.layers));
    let mut about = vec![("rate", Some(rate)), ("weight", Some(weight))];
    let mut before = 0.0;
    if let Some(first) = first.first() {
        let Some(weights) = first.handed_over()? else { return Ok(gather::diverged("its pretraining diverged".to_owned())) };
        params.read(weights).map_err(other)?;
        before = first.scalar("passed").unwrap_or(0.0);
        about.extend(["pretraining-loss", "readable"].map(|name| (name, first.scalar(name))));
    }
    let head = Linear::new(&mut params, "head", own.width, 1);
    let mut training = Training::new(params, 0.0);
    training.clip = 1.0;
    about.push(("volatility", volatility(own, &net, &mut training, frames)?));
    if own.method.frozen() {
        training.groups = optim::groups(&training.params, |name| (if network::in_front(name) { 0.0 } else { 1.0 }, 0.0));
    }
    let ranking = if own.ranking == Ranking::Released { Ranking::Released } else { Ranking::Mended };
    let steps = steps(own);
    let few: Vec<usize> = frames.parts.test.clone().step_by(APART).collect();
    let apart = (steps as u64 / (LOOKS + 1)).max(1);
    let course = Course { steps: steps as u64, points: 1, rate };
    let (mut looks, mut windows) = (Vec::new(), Vec::new());
    let (_, ended) = course::run(&mut training, &mut looks, course, context, |training, looks, k, rate| {
        if k > 0 && k.is_multiple_of(apart) {
            let said = by_network(&net, &head, training, frames, few.clone());
            looks.push(mean(&said.correlations(frames)).unwrap_or(0.0) as f32);
        }
        let mut rng = stream(seed, Purpose::Steps, k);
        let day = rng.random_range(frames.parts.train.clone());
        frames.day(day, &mut windows);
        let wanted = frames.wanted(day);
        training.step(rate, rng, |pass| {
            let features = net.features(pass, &windows);
            let said = head.forward(pass, features);
            network::loss(pass, said, &wanted, ranking, weight)
        })
    })?;
    if let Some(why) = ended {
        return Ok(gather::diverged(why));
    }
    let mut say = |days: Vec<usize>| by_network(&net, &head, &mut training, frames, days);
    let (valid, test, last) = (say(frames.parts.valid.clone().collect()), say(frames.parts.test.clone().collect()), say(few.clone()));
    if !valid.sound() || !test.sound() {
        return Ok(gather::diverged("what the network says is no longer finite; lower the rate".to_owned()));
    }
    let last = mean(&last.correlations(frames)).unwrap_or(0.0);
    let peek = looks.iter().map(|look| f64::from(*look)).fold(last, f64::max) - last;
    about.extend([("peek", Some(peek)), ("passed", Some(before + (steps * frames.market.stocks) as f64))]);
    let mut done = finished(own, frames, &valid, &test, about);
    // Scores are enlarged returns.
    if let Some((_, Some(spread))) = done.scalars.iter_mut().find(|(name, _)| name == "spread") {
        *spread /= super::frames::RETURNS;
    }
    Ok(done)
}

/// An outcome of what was said.
fn finished(own: &Settings, frames: &Frames, valid: &Said, test: &Said, about: Vec<(&'static str, Option<f64>)>) -> Outcome {
    let daily = test.correlations(frames);
    let (held, all) = (test.held(frames, own.hold), test.held(frames, frames.market.stocks));
    let oracle = by_rule(Method::Oracle, frames, test.days.clone());
    let found = [
        ("rank-ic", mean(&daily)),
        ("irr", Some(gained(&held))),
        ("sharpe", sharpe(&held)),
        ("market-irr", Some(gained(&all))),
        ("market-sharpe", sharpe(&all)),
        ("valid", mean(&valid.correlations(frames))),
        ("spread", test.spread(frames)),
        ("oracle-ic", mean(&oracle.correlations(frames)).filter(|_| frames.market.foreseen.is_some())),
    ];
    let curve: Vec<(f64, f64)> = daily.iter().enumerate().map(|(k, ic)| ((k + 1) as f64, *ic)).collect();
    gather::outcome(&curve, &[found.as_slice(), about.as_slice()].concat(), None, Status::Done)
}
