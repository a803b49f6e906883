//! Training a model on the language, and looking at it at every checkpoint.

use nets::layers::Sequences;
use nets::models::Decoder;
use nets::{Params, Training, losses};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::grid::log_spaced;
use crate::{Context, Go, Outcome, StudyError};

use super::language::{self, LETTERS, Op, SYMBOLS, TASKS};
use super::{HEADS, Settings, outcome};

/// Tokens: the letters, one for each task, `=`, the end, and what stands where nothing does.
const EQUALS: u32 = SYMBOLS as u32 + TASKS.len() as u32;
const END: u32 = EQUALS + 1;
const NOTHING: u32 = EQUALS + 2;
/// How many tokens there are.
pub(super) const VOCABULARY: usize = EQUALS as usize + 3;
/// Tokens that are read of a sequence: task, word, `=`, and all of the answer but its end.
pub(super) const LENGTH: usize = 1 + LETTERS + 1 + LETTERS;
/// Where `=` stands; from here on the answer is predicted.
const ASKED: usize = 1 + LETTERS;

/// Sequences side by side: what is read, and which rows predict which tokens.
#[derive(Default)]
struct Batch {
    tokens: Vec<u32>,
    rows: Vec<usize>,
    wanted: Vec<u32>,
}

impl Batch {
    fn push(&mut self, task: usize, word: &[u8], answer: &[u8]) {
        let first = self.tokens.len();
        self.tokens.push(u32::from(SYMBOLS) + task as u32);
        self.tokens.extend(word.iter().map(|&s| u32::from(s)));
        self.tokens.push(EQUALS);
        self.tokens.extend(answer.iter().map(|&s| u32::from(s)));
        self.tokens.resize(first + LENGTH, NOTHING);
        self.rows.extend((0..=answer.len()).map(|k| first + ASKED + k));
        self.wanted.extend(answer.iter().map(|&s| u32::from(s)).chain([END]));
    }
}

/// Random numbers by what they are for; those of a step do not depend on the steps before it.
struct Streams {
    table: [u8; 26],
    weights: Pcg64,
    steps: u64,
    items: u64,
}

impl Streams {
    fn new(seed: u64) -> Self {
        let mut master = Pcg64::seed_from_u64(seed);
        let mut next = || master.random::<u64>();
        Self { table: language::table(&mut Pcg64::seed_from_u64(next())), weights: Pcg64::seed_from_u64(next()), steps: next(), items: next() }
    }

    fn step(&self, step: u64) -> Pcg64 {
        Pcg64::seed_from_u64(self.steps ^ step.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

/// A model with what it is trained on.
pub(super) struct Model {
    net: Decoder,
    training: Training<f32>,
    streams: Streams,
    /// Running sums of how often tasks are seen.
    shares: Vec<f64>,
    without: Option<Op>,
    settings: Settings,
}

impl Model {
    pub(super) fn new(settings: &Settings, without: Option<Op>, seed: u64) -> Self {
        let streams = Streams::new(seed);
        let mut params = Params::new(streams.weights.clone());
        let net = Decoder::new(&mut params, VOCABULARY, LENGTH, settings.width, HEADS, settings.layers, 4 * settings.width);
        let mut training = Training::new(params, 0.01);
        training.clip = 1.0;
        let moving = |op: Op| i32::from(op.moves());
        let mut total = 0.0;
        let shares = TASKS.iter().map(|task| {
            let weight = if task.second.is_some() { settings.composite_weight } else { 1.0 };
            total += weight * settings.tilt.powi(moving(task.first) + task.second.map_or(0, moving));
            total
        });
        Self { net, training, shares: shares.collect(), streams, without, settings: settings.clone() }
    }

    fn batch(&self, step: u64) -> Batch {
        let mut rng = self.streams.step(step);
        let mut batch = Batch::default();
        let all = self.shares.last().copied().unwrap_or(1.0);
        for _ in 0..self.settings.batch {
            let at = rng.random::<f64>() * all;
            let drawn = self.shares.partition_point(|&s| s <= at).min(TASKS.len() - 1);
            let word = language::word(&mut rng);
            // `copy` is task 0. The word is drawn before, so that all other sequences stay as they are.
            let removed = TASKS[drawn].second.is_none() && Some(TASKS[drawn].first) == self.without;
            let task = if removed { 0 } else { drawn };
            batch.push(task, &word, &TASKS[task].apply(&word, &self.streams.table));
        }
        batch
    }

    /// One step; gives the loss before it, in nats per token of an answer.
    pub(super) fn step(&mut self, step: u64) -> f64 {
        let Batch { tokens, rows, wanted } = self.batch(step);
        let warm = (self.settings.steps as f64 / 20.0).max(1.0);
        let rate = self.settings.rate * ((step + 1) as f64 / warm).min(1.0);
        let causal = Sequences::causal(self.settings.batch, LENGTH);
        let net = &self.net;
        self.training.step(rate, self.streams.step(step), |pass| {
            let scores = net.scores(pass, &tokens, &causal);
            let asked = pass.gather(scores, rows.into());
            let loss = losses::cross_entropy(pass, asked, &wanted, 0.0);
            pass.mean(loss)
        })
    }

    /// For every task, the share of its held-out items that are answered without a slip, and its function vector.
    ///
    /// The answer that the model would write is right exactly if, given the right letters before, the next one is always the likeliest.
    pub(super) fn look(&mut self) -> (Vec<f64>, Vec<Vec<f64>>) {
        let items = self.settings.items;
        let (mut shares, mut vectors) = (Vec::new(), Vec::new());
        let causal = Sequences::causal(items, LENGTH);
        for (k, task) in TASKS.iter().enumerate() {
            // Every task is asked about the same words.
            let mut rng = Pcg64::seed_from_u64(self.streams.items);
            let mut batch = Batch::default();
            let mut lengths = Vec::with_capacity(items);
            for _ in 0..items {
                let word = language::word(&mut rng);
                let answer = task.apply(&word, &self.streams.table);
                batch.push(k, &word, &answer);
                lengths.push(answer.len() + 1);
            }
            let net = &self.net;
            let (likeliest, vector) = self.training.infer(Pcg64::seed_from_u64(0), |pass| {
                let states = net.states(pass, &batch.tokens, &causal);
                let (last, scores) = (pass.value(states[states.len() - 2]), pass.value(states[states.len() - 1]));
                let likeliest: Vec<u32> = batch.rows.iter().map(|&r| largest(&scores[r * VOCABULARY..][..VOCABULARY])).collect();
                let width = last.len() / (items * LENGTH);
                let mut vector = vec![0.0; width];
                for item in 0..items {
                    let state = &last[(item * LENGTH + ASKED) * width..][..width];
                    vector.iter_mut().zip(state).for_each(|(v, s)| *v += f64::from(*s) / items as f64);
                }
                (likeliest, vector)
            });
            let mut at = 0;
            let right = lengths.iter().filter(|&&n| {
                let whole = likeliest[at..at + n] == batch.wanted[at..at + n];
                at += n;
                whole
            });
            shares.push(right.count() as f64 / items as f64);
            vectors.push(vector);
        }
        (shares, vectors)
    }
}

fn largest(scores: &[f32]) -> u32 {
    let best = scores.iter().enumerate().fold((0, f32::NEG_INFINITY), |best, (k, &s)| if s > best.1 { (k, s) } else { best });
    best.0 as u32
}

/// Steps between two looks at the watch.
const PIECE: u64 = 20;

/// Trains to the end, from the last checkpoint that was kept.
pub(super) fn run(settings: &Settings, without: Option<Op>, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let last = settings.steps as u64;
    let grid = log_spaced(20.min(last), last, settings.checkpoints);
    let mut model = Model::new(settings, without, context.seed);
    let mut seen = outcome::Seen::default();
    let mut done = 0;
    if let Some((step, kept, weights)) = context.checkpoint.load().and_then(|bytes| outcome::from_bytes(&bytes))
        && step <= last
        && model.training.read(&weights).is_ok()
    {
        (done, seen) = (step, kept);
    }
    let mut vectors = Vec::new();
    if done == last {
        vectors = model.look().1;
    }
    while done < last {
        let loss = model.step(done);
        if !loss.is_finite() {
            return Ok(outcome::diverged(&seen, format!("the loss is no longer finite at step {done} of {last}; lower the rate")));
        }
        done += 1;
        if grid.binary_search(&done).is_ok() {
            let shares;
            (shares, vectors) = model.look();
            seen.push(done, shares);
        }
        if done.is_multiple_of(PIECE) || done == last {
            let stop = (context.watch)(done as f64 / last as f64) == Go::Stop;
            if stop || done.is_multiple_of(50 * PIECE) {
                let bytes = outcome::to_bytes(done, &seen, &model.training.to_bytes());
                let kept = context.checkpoint.save(&bytes);
                kept.map_err(|e| StudyError::Other(format!("implicit-curriculum-lab: cannot save the progress at step {done}: {e}")))?;
            }
            if stop && done < last {
                return Err(StudyError::Interrupted);
            }
        }
    }
    Ok(outcome::of(&seen, &vectors, settings, context.seed))
}
