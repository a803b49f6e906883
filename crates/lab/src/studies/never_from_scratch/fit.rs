//! Pretraining on masked tokens, and training on labels.

use std::sync::Arc;

use nets::layers::Linear;
use nets::{Params, Pass, Training, Var, losses};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::asked::Start;
use super::data::{self, Masked, Sequences};
use super::{Settings, gather, other};
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::long_encoder::LongEncoder;
use crate::blocks::probes::{accuracy, largest};
use crate::blocks::schedules::Schedule;
use crate::blocks::streams::{Purpose, stream};
use crate::grid::log_spaced;
use crate::{Context, Outcome, StudyError};

/// What the tensors of an encoder begin with.
const ENCODER: &str = "encoder";
/// Steps of warm-up, as a share of all.
const WARM_UP: f64 = 0.1;
/// Weight decay.
const DECAY: f64 = 0.01;
/// The longest gradient that is followed as it is.
const LONGEST: f64 = 1.0;
/// Sequences that are looked at side by side.
const LOOK: usize = 100;

/// Operations of the matrix products of a sequence that is pretrained on, passed forward.
fn restored_flops(own: &Settings) -> f64 {
    let (size, length) = (own.size(), own.length(own.pretraining_task()));
    2.0 * length as f64 * (size.multiplications(own.mixer, length) + (size.width * size.vocabulary) as f64)
}

/// The same of one that is answered.
fn answered_flops(own: &Settings) -> f64 {
    let (size, length) = (own.size(), own.length(own.task));
    2.0 * (length as f64 * size.multiplications(own.mixer, length) + (size.width * own.answers()) as f64)
}

/// What a pretraining costs, with its look at the test.
pub(super) fn pretraining_flops(own: &Settings) -> f64 {
    restored_flops(own) * (3 * own.pretraining_steps * own.batch + own.test) as f64
}

/// Steps on labels. Of `longer` there are as many more as make the operations of the matrix products of a pretraining on the task; state spaces run
/// along as many tokens in a step of either.
pub(super) fn steps(own: &Settings) -> usize {
    if own.start != Start::Longer {
        return own.steps;
    }
    own.steps + (own.pretraining_steps as f64 * restored_flops(own) / answered_flops(own)).round() as usize
}

/// Steps before which there is a look at the test; there is one at the end as well.
fn grid(own: &Settings) -> Vec<u64> {
    let last = steps(own) as u64;
    let (first, looks) = ((last / 8).max(1), own.looks);
    log_spaced(first, last, looks).into_iter().filter(|step| *step < last).collect()
}

/// What training on labels costs, with its looks: at the test, and in the end at what it learned from.
pub(super) fn fit_flops(own: &Settings) -> f64 {
    answered_flops(own) * (3 * steps(own) * own.batch + (grid(own).len() + 1) * own.test + own.labels) as f64
}

/// An encoder with something on top.
struct Model {
    encoder: LongEncoder,
    head: Linear,
    filler: u32,
}

impl Model {
    /// With first weights; those of the encoder are the same whatever is on top, and come first.
    fn new(own: &Settings, outs: usize, seed: u64) -> (Self, Params<f32>) {
        let mut params = Params::new(stream(seed, Purpose::Weights, 0));
        let encoder = LongEncoder::new(&mut params, ENCODER, own.size(), own.mixer, &mut stream(seed, Purpose::Weights, 1));
        let head = Linear::new(&mut params, "head", own.width, outs);
        (Self { encoder, head, filler: own.filler() }, params)
    }

    /// Scores of tokens at every place.
    fn restore(&self, pass: &mut Pass<'_, f32>, tokens: &[u32], length: usize) -> Var {
        let rows = self.encoder.forward(pass, tokens, length);
        self.head.forward(pass, rows)
    }

    /// Scores of answers: of the mean over the places of a sequence that do not fill it up.
    fn answer(&self, pass: &mut Pass<'_, f32>, tokens: &[u32], length: usize) -> Var {
        let rows = self.encoder.forward(pass, tokens, length);
        let count = tokens.len() / length.max(1);
        let kept: Vec<usize> = (0..tokens.len()).filter(|row| tokens[*row] != self.filler).collect();
        let of: Arc<[usize]> = kept.iter().map(|row| row / length.max(1)).collect();
        let mut shares = vec![0.0_f32; count];
        of.iter().for_each(|k| shares[*k] += 1.0);
        shares.iter_mut().for_each(|share| *share = share.max(1.0).recip());
        let rows = pass.gather(rows, Arc::from(kept));
        let sums = pass.scatter(rows, of, count);
        let shares = pass.input(&shares, count, 1);
        let means = pass.mul(sums, shares);
        self.head.forward(pass, means)
    }

    /// Share of right answers.
    fn right(&self, training: &mut Training<f32>, sequences: &Sequences) -> f64 {
        let mut said = Vec::with_capacity(sequences.len());
        for tokens in sequences.tokens.chunks(LOOK * sequences.length.max(1)) {
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let scores = self.answer(pass, tokens, sequences.length);
                let rows = pass.value(scores).chunks_exact(scores.cols.max(1));
                said.extend(rows.map(|row| largest(row.iter().map(|s| f64::from(*s)))));
            });
        }
        accuracy(&said, &sequences.answers)
    }
}

/// Up along a line and down to zero along a cosine.
fn schedule(steps: usize) -> Schedule {
    Schedule::Cosine { first: 0.0, rise: (WARM_UP * steps as f64).round() as u64, length: steps as u64, last: 0.0 }
}

fn prepared(params: Params<f32>) -> Training<f32> {
    let mut training = Training::new(params, DECAY);
    training.clip = LONGEST;
    training
}

/// The rate that trials chose.
fn chosen(own: &Settings, trials: &[Outcome]) -> Result<f64, StudyError> {
    let scores: Vec<f64> = trials.iter().map(|trial| trial.scalar("accuracy").unwrap_or(0.0)).collect();
    best(&own.rates, &scores).ok_or_else(|| other("there is no learning rate to choose from"))
}

/// Share of masked tokens that are restored, and the share of the most frequent one among them.
fn restored(own: &Settings, model: &Model, training: &mut Training<f32>, sequences: &Sequences, rng: &mut Pcg64) -> (f64, f64) {
    let (mut said, mut wanted) = (Vec::new(), Vec::new());
    let share = own.masked(own.pretraining_task());
    for tokens in sequences.tokens.chunks(LOOK * sequences.length.max(1)) {
        let mut masked = Masked::default();
        tokens.chunks_exact(sequences.length.max(1)).for_each(|one| data::mask(own, one, share, own.start == Start::Shuffled, rng, &mut masked));
        training.infer(Pcg64::seed_from_u64(0), |pass| {
            let scores = model.restore(pass, &masked.tokens, sequences.length);
            let (all, columns) = (pass.value(scores), scores.cols);
            said.extend(masked.places.iter().map(|place| largest(all[place * columns..(place + 1) * columns].iter().map(|s| f64::from(*s)))));
        });
        wanted.extend(masked.wanted);
    }
    (accuracy(&said, &wanted), data::majority(&wanted, own.size().vocabulary))
}

/// Learns to restore masked tokens, and hands over the weights.
pub(super) fn pretrain(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (seed, rate) = (context.seed, chosen(own, needs)?);
    let (train, test) = data::draw(own, own.pretraining_task(), seed)?;
    let (model, params) = Model::new(own, own.size().vocabulary, seed);
    let mut training = prepared(params);
    let (schedule, share) = (schedule(own.pretraining_steps), own.masked(own.pretraining_task()));
    let course = Course { steps: own.pretraining_steps as u64, points: 1, rate };
    let (_, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, step, _| {
        let mut rng = stream(seed, Purpose::Pretraining, step);
        let mut masked = Masked::default();
        for _ in 0..own.batch {
            let one = train.tokens(rng.random_range(0..train.len().max(1)));
            data::mask(own, one, share, own.start == Start::Shuffled, &mut rng, &mut masked);
        }
        training.step(rate * schedule.at(step), Pcg64::seed_from_u64(0), |pass| {
            let scores = model.restore(pass, &masked.tokens, train.length);
            let scores = pass.gather(scores, Arc::from(masked.places.as_slice()));
            let errors = losses::cross_entropy(pass, scores, &masked.wanted, 0.0);
            pass.mean(errors)
        })
    })?;
    if let Some(why) = ended {
        return Ok(gather::diverged(format!("pretraining: {why}")));
    }
    let (right, most) = restored(own, &model, &mut training, &test, &mut stream(seed, Purpose::Head, 0));
    let weights = training.params.to_bytes().map_err(other)?;
    let found = [
        ("restored", Some(right)),
        ("restored-guess", Some(most)),
        ("rate", Some(rate)),
        ("passed", Some((own.pretraining_steps * own.batch) as f64)),
        ("spent", Some(3.0 * restored_flops(own) * (own.pretraining_steps * own.batch) as f64)),
    ];
    Ok(gather::done(&[(own.pretraining_steps as f64, right)], &found, Some(weights)))
}

/// Learns from labels. A model that was pretrained needs its pretraining, whose rate it takes; others need trials.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let (train, test) = data::draw(own, own.task, seed)?;
    let (model, mut params) = Model::new(own, own.answers(), seed);
    let (mut about, mut before, mut spent) = (Vec::new(), 0.0, 0.0);
    let rate = if own.start.pretrained() {
        let first = needs.first().ok_or_else(|| other("a model lacks the pretraining that it begins with"))?;
        let Some(weights) = first.handed_over()? else { return Ok(gather::diverged("its pretraining diverged".to_owned())) };
        let (_, mut pretrained) = Model::new(own, own.size().vocabulary, seed);
        pretrained.read(weights).map_err(other)?;
        // The encoder comes first in both; what is on top is new.
        let encoder: usize = params.tensors().iter().filter(|(name, _)| name.starts_with(ENCODER)).map(|(_, tensor)| tensor.len()).sum();
        params.values[..encoder].copy_from_slice(&pretrained.values[..encoder]);
        about.extend(["restored", "restored-guess"].map(|name| (name, first.scalar(name))));
        before = first.scalar("passed").unwrap_or(0.0);
        spent = first.scalar("spent").unwrap_or(0.0);
        first.scalar("rate").ok_or_else(|| other("a pretraining does not say its rate"))?
    } else {
        chosen(own, needs)?
    };
    let mut training = prepared(params);
    let (steps, grid) = (steps(own), grid(own));
    let (schedule, course) = (schedule(steps), Course { steps: steps as u64, points: 1, rate });
    let mut memory = Vec::new();
    let (_, ended) = course::run(&mut training, &mut memory, course, context, |training, memory, step, _| {
        if grid.binary_search(&step).is_ok() {
            memory.extend([step as f32, model.right(training, &test) as f32]);
        }
        let mut rng = stream(seed, Purpose::Steps, step);
        let (mut tokens, mut answers) = (Vec::with_capacity(own.batch * train.length), Vec::with_capacity(own.batch));
        for _ in 0..own.batch {
            let k = rng.random_range(0..train.len().max(1));
            tokens.extend_from_slice(train.tokens(k));
            answers.push(train.answers[k]);
        }
        training.step(rate * schedule.at(step), Pcg64::seed_from_u64(0), |pass| {
            let scores = model.answer(pass, &tokens, train.length);
            let errors = losses::cross_entropy(pass, scores, &answers, 0.0);
            pass.mean(errors)
        })
    })?;
    if let Some(why) = ended {
        return Ok(gather::diverged(why));
    }
    let right = model.right(&mut training, &test);
    let mut looks: Vec<(f64, f64)> = memory.as_chunks::<2>().0.iter().map(|look| (f64::from(look[0]), f64::from(look[1]))).collect();
    looks.push((steps as f64, right));
    let learned = steps * own.batch;
    about.extend([
        ("accuracy", Some(right)),
        ("learned", Some(model.right(&mut training, &train))),
        ("majority", Some(data::majority(&test.answers, own.answers()))),
        ("rate", Some(rate)),
        ("passed", Some(before + learned as f64)),
        ("spent", Some(spent + 3.0 * answered_flops(own) * learned as f64)),
    ]);
    Ok(gather::done(&looks, &about, None))
}
