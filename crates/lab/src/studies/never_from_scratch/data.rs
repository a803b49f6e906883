//! Sequences of the tasks with their answers, masks, and what is known of all of them exactly.

use std::collections::{HashMap, HashSet};

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::asked::Task;
use super::{Settings, gather, other};
use crate::blocks::long_encoder::{Mixer, convolution_gap};
use crate::blocks::pathfinder::MARK;
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

/// A list, filled up, or a pair of pictures whose marks lie alike, with their answers; none where a list is too short or too long, or where pictures
/// have no room.
fn fresh(own: &Settings, task: Task, rng: &mut Pcg64) -> Option<Vec<(Vec<u32>, u32)>> {
    match task {
        Task::Lists => {
            let mut tokens = Vec::new();
            let value = own.grammar().draw(rng, &mut tokens);
            let fits = (own.shortest..=own.length(task)).contains(&tokens.len());
            tokens.resize(own.length(task).max(tokens.len()), own.filler());
            fits.then(|| vec![(tokens, value as u32)])
        }
        Task::Paths => {
            let [joined, apart] = own.pathfinder().pair(rng)?;
            let told = |picture: Vec<u32>| picture.into_iter().map(|cell| cell + own.cells()).collect::<Vec<u32>>();
            Some(vec![(told(joined), 1), (told(apart), 0)])
        }
    }
}

/// Sequences of a task to learn from and to test on, none of them twice. With fewer labels they are the first of those with more. Pictures are there
/// pair by pair, so that among those to learn from and among those to test on as many have either answer, and their marks lie alike.
pub(super) fn draw(own: &Settings, task: Task, seed: u64) -> Result<(Sequences, Sequences), StudyError> {
    let mut seen: HashSet<Vec<u32>> = HashSet::new();
    let mut part = |count: usize, k: u64| -> Result<Sequences, StudyError> {
        let mut rng = stream(seed, Purpose::Pictures, 2 * task as u64 + k);
        let mut found = Sequences { length: own.length(task), ..Sequences::default() };
        while found.len() < count {
            let unseen = |all: &Vec<(Vec<u32>, u32)>| all.iter().all(|(tokens, _)| !seen.contains(tokens));
            let drawn = (0..TRIES).find_map(|_| fresh(own, task, &mut rng).filter(unseen));
            let drawn = drawn.ok_or_else(|| other("there are too few different sequences; make lists or pictures larger"))?;
            for (tokens, answer) in drawn.into_iter().take(count - found.len()) {
                found.tokens.extend_from_slice(&tokens);
                found.answers.push(answer);
                seen.insert(tokens);
            }
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

/// Share of pictures that are answered rightly by nothing but the cells that their marks are on: each as most of those to learn from whose marks are
/// on the same ones, and as not joined where these are even.
pub(super) fn told_by_marks(own: &Settings, train: &Sequences, test: &Sequences) -> f64 {
    let marks = |all: &Sequences, k: usize| -> Vec<usize> {
        let marked = all.tokens(k).iter().enumerate().filter(|(_, cell)| **cell == own.cells() + MARK);
        marked.map(|(place, _)| place).collect()
    };
    let mut votes: HashMap<Vec<usize>, i64> = HashMap::new();
    for (k, answer) in train.answers.iter().enumerate() {
        *votes.entry(marks(train, k)).or_default() += if *answer == 1 { 1 } else { -1 };
    }
    let right = |(k, answer): &(usize, &u32)| votes.get(&marks(test, *k)).is_some_and(|votes| *votes > 0) == (**answer == 1);
    test.answers.iter().enumerate().filter(right).count() as f64 / test.len().max(1) as f64
}

/// What is known: root values of lists, answers of pictures, what their marks alone tell, and the layer as a convolution.
pub(super) fn statistics(own: &Settings, seed: u64) -> Result<Outcome, StudyError> {
    let (grammar, mut rng) = (own.grammar(), stream(seed, Purpose::Deal, 0));
    let shares = grammar.shares();
    let mut counts = vec![0.0; own.values];
    for _ in 0..own.draws {
        counts[grammar.draw(&mut rng, &mut Vec::new())] += 1.0;
    }
    let apart = |(share, count): (&f64, &f64)| (share - count / own.draws as f64).abs();
    let gap = shares.iter().zip(&counts).map(apart).fold(0.0, f64::max);
    let (pictures, test) = draw(own, Task::Paths, seed)?;
    let plain = |k: usize| pictures.tokens(k).iter().map(|cell| cell - own.cells()).collect::<Vec<u32>>();
    let right = (0..pictures.len()).filter(|k| u32::from(own.pathfinder().connected(&plain(*k))) == pictures.answers[*k]).count();
    let length = own.size().length;
    let layer = |mixer: Mixer, k: u64| convolution_gap(mixer, own.width, own.states, length, &mut stream(seed, Purpose::Weights, k));
    let found = [
        ("majority", Some(shares.iter().copied().fold(0.0, f64::max))),
        ("statistics-gap", Some(gap)),
        ("search-agreement", Some(right as f64 / pictures.len().max(1) as f64)),
        ("marks-alone", Some(told_by_marks(own, &pictures, &test))),
        ("convolution-gap", Some(layer(Mixer::Structured, 0).max(layer(Mixer::Random, 1)))),
    ];
    Ok(gather::done(&[(0.0, gap)], &found, None))
}
