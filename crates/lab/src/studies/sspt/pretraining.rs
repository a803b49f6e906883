//! Pretraining by one of the tasks.

use nets::layers::Linear;
use nets::{Arena, Mode, Params, Pass, Training, Var, losses};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::frames::{Frames, NUMBERS};
use super::network::{self, Heads, Net};
use super::plan::{Objective, Pretraining};
use super::{gather, other};
use crate::blocks::course::{self, Course};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// Points of the curve of the loss.
const POINTS: u64 = 20;

/// Share of numbers that are hidden.
const HIDDEN: f64 = 0.3;

/// Windows that `readable` is measured on.
const READ: usize = 500;

/// Windows of a step, and what is asked of them.
#[derive(Default)]
struct Room {
    /// Windows as the network sees them.
    frames: Vec<f32>,
    /// The same before anything is hidden.
    whole: Vec<f32>,
    /// One for every number that is hidden, zero for all others.
    hidden: Vec<f32>,
    codes: Vec<u32>,
    sectors: Vec<u32>,
    /// The mean over the window of the first number of a day.
    means: Vec<f32>,
}

/// Where windows come from.
struct Source<'a> {
    frames: &'a Frames,
    /// The code of every window, training day after training day.
    codes: Vec<u32>,
    objective: Objective,
}

impl<'a> Source<'a> {
    fn new(frames: &'a Frames, objective: Objective, seed: u64) -> Self {
        let stocks = frames.market.stocks as u32;
        let mut codes: Vec<u32> = frames.parts.train.clone().flat_map(|_| 0..stocks).collect();
        if objective == Objective::Shuffled {
            codes.shuffle(&mut stream(seed, Purpose::Deal, 0));
        }
        Self { frames, codes, objective }
    }

    /// Fills the room with windows of random stocks and training days.
    fn draw(&self, rng: &mut Pcg64, count: usize, room: &mut Room) {
        let Room { frames, whole, hidden, codes, sectors, means } = room;
        whole.clear();
        hidden.clear();
        codes.clear();
        sectors.clear();
        means.clear();
        let market = &self.frames.market;
        for _ in 0..count {
            let (day, stock) = (rng.random_range(self.frames.parts.train.clone()), rng.random_range(0..market.stocks));
            let from = whole.len();
            self.frames.window(day, stock, whole);
            let firsts = whole[from..].iter().step_by(NUMBERS);
            means.push(firsts.clone().sum::<f32>() / firsts.len().max(1) as f32);
            codes.push(self.codes.get((day - self.frames.parts.train.start) * market.stocks + stock).copied().unwrap_or(0));
            sectors.push(market.sector.get(stock).copied().unwrap_or(0));
        }
        frames.clone_from(whole);
        if self.objective.hides() {
            for number in frames.iter_mut() {
                let hide = rng.random::<f64>() < HIDDEN;
                hidden.push(f32::from(u8::from(hide)));
                if hide {
                    *number = 0.0;
                }
            }
        }
    }
}

/// How much of the mean of a window is read by the plain mean of the numbers of that column that are not hidden: a share of its variance.
fn readable(source: &Source<'_>, seed: u64) -> Option<f64> {
    let mut room = Room::default();
    // No step has this number.
    source.draw(&mut stream(seed, Purpose::Pretraining, u64::MAX), READ, &mut room);
    let each = room.frames.len() / READ;
    let said = room.frames.chunks_exact(each).zip(room.hidden.chunks_exact(each)).map(|(frames, hidden)| {
        let seen: Vec<f64> = frames.iter().zip(hidden).step_by(NUMBERS).filter(|(_, h)| **h == 0.0).map(|(v, _)| f64::from(*v)).collect();
        seen.iter().sum::<f64>() / seen.len().max(1) as f64
    });
    let wanted: Vec<f64> = room.means.iter().map(|m| f64::from(*m)).collect();
    let middle = wanted.iter().sum::<f64>() / wanted.len() as f64;
    let spread: f64 = wanted.iter().map(|w| (w - middle).powi(2)).sum();
    let error: f64 = said.zip(&wanted).map(|(s, w)| (s - w).powi(2)).sum();
    (spread > 0.0).then(|| 1.0 - error / spread)
}

/// The mean cross-entropy of classes.
fn named(pass: &mut Pass<'_, f32>, head: &Linear, features: Var, classes: &[u32]) -> Var {
    let scores = head.forward(pass, features);
    let errors = losses::cross_entropy(pass, scores, classes, 0.0);
    pass.mean(errors)
}

/// The mean squared error of means of windows.
fn middle(pass: &mut Pass<'_, f32>, head: &Linear, features: Var, means: &[f32]) -> Var {
    let said = head.forward(pass, features);
    let wanted = pass.input(means, means.len(), 1);
    let errors = losses::squared_error(pass, said, wanted);
    pass.mean(errors)
}

/// The loss of a task.
fn loss(pass: &mut Pass<'_, f32>, net: &Net, heads: &Heads, room: &Room, objective: Objective) -> Var {
    let days = net.days(pass, &room.frames);
    if objective == Objective::Masked {
        let said = heads.numbers.forward(pass, days);
        let wanted = pass.input(&room.whole, days.rows, NUMBERS);
        let errors = losses::squared_error(pass, said, wanted);
        let hidden = pass.input(&room.hidden, days.rows, NUMBERS);
        let errors = pass.mul(errors, hidden);
        let sum = pass.sum(errors);
        return pass.affine(sum, f64::from(room.hidden.iter().sum::<f32>().max(1.0)).recip(), 0.0);
    }
    let features = net.mean(pass, days);
    match objective {
        Objective::Sector => named(pass, &heads.sector, features, &room.sectors),
        Objective::Mean => middle(pass, &heads.mean, features, &room.means),
        Objective::All => {
            let (code, sector) = (named(pass, &heads.code, features, &room.codes), named(pass, &heads.sector, features, &room.sectors));
            let both = pass.add(code, sector);
            let mean = middle(pass, &heads.mean, features, &room.means);
            pass.add(both, mean)
        }
        _ => named(pass, &heads.code, features, &room.codes),
    }
}

/// A step whose gradient is added to all earlier ones, which is what becomes of a step that never clears it.
fn uncleared(
    training: &mut Training<f32>,
    sum: &mut Vec<f32>,
    arena: &mut Arena<f32>,
    (rng, rate): (Pcg64, f64),
    of: impl FnOnce(&mut Pass<'_, f32>) -> Var,
) -> f64 {
    sum.resize(training.params.len(), 0.0);
    let mut pass = Pass::new(&mut training.params, arena, Mode::Train, rng);
    let out = of(&mut pass);
    let value = pass.scalar(out);
    pass.backward(out, sum);
    if value.is_finite() {
        training.adam.step(&mut training.params.values, sum, rate, &training.groups);
    }
    value
}

/// Pretrains, and hands over the weights.
pub(super) fn run(own: &Pretraining, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let frames = Frames::new(&own.ask(), seed, context.files)?;
    let source = Source::new(&frames, own.objective, seed);
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let net = Net::new(&mut params, network::size(own.window, own.width, own.heads, own.layers));
    let heads = Heads::new(&mut params, own.width, frames.market.stocks, frames.market.sectors);
    let mut training = Training::new(params, 0.0);
    training.clip = 1.0;
    let course = Course { steps: own.steps as u64, points: POINTS, rate: own.rate };
    let (mut room, mut arena) = (Room::default(), Arena::new());
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, sum, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        source.draw(&mut rng, own.batch, &mut room);
        let of = |pass: &mut Pass<'_, f32>| loss(pass, &net, &heads, &room, own.objective);
        if own.objective == Objective::Accumulated { uncleared(training, sum, &mut arena, (rng, rate), of) } else { training.step(rate, rng, of) }
    })?;
    let curve: Vec<(f64, f64)> = curve.iter().map(|point| (point[0], point[1])).collect();
    if let Some(why) = ended {
        return Ok(gather::outcome(&curve, &[], None, Status::Diverged(why)));
    }
    if training.params.values.iter().any(|w| !w.is_finite()) {
        let why = "weights are no longer finite at the end; lower the rate".to_owned();
        return Ok(gather::outcome(&curve, &[], None, Status::Diverged(why)));
    }
    let last = curve.last().map(|(_, loss)| *loss);
    let read = if own.objective.hides() { readable(&source, seed) } else { None };
    let found = [("pretraining-loss", last), ("readable", read), ("passed", Some((own.steps * own.batch) as f64))];
    let weights = training.params.to_bytes().map_err(other)?;
    Ok(gather::outcome(&curve, &found, Some(weights), Status::Done))
}
