//! Sequences of the tasks with their answers, masks, and what is known of all of them exactly.

use std::collections::HashSet;

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::asked::Task;
use super::{Settings, gather, other};
use crate::blocks::long_encoder::{Mixer, convolution_gap};
use crate::blocks::streams::{Purpose, stream};
use crate::{Outcome, StudyError};

/// Draws of a new sequence before there are called too few.
const TRIES: usize = 20_000;

/// Sequences of one length, one after the other, with their answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sequences {
    pub(super) tokens: Vec<u32>,
    pub(super) answers: Vec<u32>,
    pub(super) length: usize,
}

impl Sequences {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.answers.len()
    }

    /// The tokens of one.
    pub(super) fn tokens(&self, k: usize) -> &[u32] {
        self.tokens.get(k * self.length..(k + 1) * self.length).unwrap_or_default()
    }
}

/// A list or a picture, filled up, with its answer; none where a list is too short or too long, or a picture has no room.
fn one(own: &Settings, task: Task, rng: &mut Pcg64) -> Option<(Vec<u32>, u32)> {
    let mut tokens = Vec::new();
    match task {
        Task::Lists => {
            let value = own.grammar().draw(rng, &mut tokens);
            let fits = (own.shortest..=own.length(task)).contains(&tokens.len());
            tokens.resize(own.length(task).max(tokens.len()), own.filler());
            fits.then_some((tokens, value as u32))
        }
        Task::Paths => {
            let joined = own.pathfinder().draw(rng, &mut tokens)?;
            tokens.iter_mut().for_each(|cell| *cell += own.cells());
            Some((tokens, u32::from(joined)))
        }
    }
}

/// Sequences of a task to learn from and to test on, none of them twice. With fewer labels they are the first of those with more.
pub(super) fn draw(own: &Settings, task: Task, seed: u64) -> Result<(Sequences, Sequences), StudyError> {
    let mut seen = HashSet::new();
    let mut part = |count: usize, k: u64| -> Result<Sequences, StudyError> {
        let mut rng = stream(seed, Purpose::Pictures, 2 * task as u64 + k);
        let mut found = Sequences { length: own.length(task), ..Sequences::default() };
        while found.len() < count {
            let new = (0..TRIES).find_map(|_| one(own, task, &mut rng).filter(|(tokens, _)| !seen.contains(tokens)));
            let (tokens, answer) = new.ok_or_else(|| other("there are too few different sequences; make lists or pictures larger"))?;
            found.tokens.extend_from_slice(&tokens);
            found.answers.push(answer);
            seen.insert(tokens);
        }
        Ok(found)
    };
    // The test comes first, so that it is the same whatever there is to learn from.
    let test = part(own.test, 0)?;
    Ok((part(own.labels, 1)?, test))
}

/// Sequences in which tokens are masked, and what is wanted there.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Masked {
    pub(super) tokens: Vec<u32>,
    /// Where masks stand among all tokens.
    pub(super) places: Vec<usize>,
    /// The tokens that were there.
    pub(super) wanted: Vec<u32>,
}

/// Masks tokens of a sequence, each with this share and at least one, and none that fill it up; where it is shuffled, its tokens are dealt out
/// before, and what fills it up stays.
pub(super) fn mask(own: &Settings, sequence: &[u32], share: f64, shuffled: bool, rng: &mut Pcg64, to: &mut Masked) {
    let start = to.tokens.len();
    let mut tokens = sequence.to_vec();
    let full = tokens.iter().take_while(|token| **token != own.filler()).count();
    if shuffled {
        tokens[..full].shuffle(rng);
    }
    let mut chosen: Vec<usize> = (0..full).filter(|_| rng.random::<f64>() < share).collect();
    if chosen.is_empty() && full > 0 {
        chosen.push(rng.random_range(0..full));
    }
    for place in chosen {
        to.places.push(start + place);
        to.wanted.push(std::mem::replace(&mut tokens[place], own.mask()));
    }
    to.tokens.extend(tokens);
}

/// The share of the most frequent answer.
pub(super) fn majority(answers: &[u32], count: usize) -> f64 {
    let most = (0..count as u32).map(|answer| answers.iter().filter(|a| **a == answer).count()).max();
    most.unwrap_or(0) as f64 / answers.len().max(1) as f64
}

/// What is known: root values of lists, answers of pictures, and the layer as a convolution.
pub(super) fn statistics(own: &Settings, seed: u64) -> Result<Outcome, StudyError> {
    let (grammar, mut rng) = (own.grammar(), stream(seed, Purpose::Deal, 0));
    let shares = grammar.shares();
    let mut counts = vec![0.0; own.values];
    for _ in 0..own.draws {
        counts[grammar.draw(&mut rng, &mut Vec::new())] += 1.0;
    }
    let apart = |(share, count): (&f64, &f64)| (share - count / own.draws as f64).abs();
    let gap = shares.iter().zip(&counts).map(apart).fold(0.0, f64::max);
    let (pictures, _) = draw(own, Task::Paths, seed)?;
    let plain = |k: usize| pictures.tokens(k).iter().map(|cell| cell - own.cells()).collect::<Vec<u32>>();
    let right = (0..pictures.len()).filter(|k| u32::from(own.pathfinder().connected(&plain(*k))) == pictures.answers[*k]).count();
    let length = own.size().length;
    let layer = |mixer: Mixer, k: u64| convolution_gap(mixer, own.width, own.states, length, &mut stream(seed, Purpose::Weights, k));
    let found = [
        ("majority", Some(shares.iter().copied().fold(0.0, f64::max))),
        ("statistics-gap", Some(gap)),
        ("search-agreement", Some(right as f64 / pictures.len().max(1) as f64)),
        ("convolution-gap", Some(layer(Mixer::Structured, 0).max(layer(Mixer::Random, 1)))),
    ];
    Ok(gather::done(&[(0.0, gap)], &found, None))
}
