//! Windows to learn from, and windows that are tested.

use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::{Settings, Text, other};
use crate::blocks::corpora::{Domain, Language};
use crate::blocks::letters;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, StudyError};

/// Words of the made language.
pub(super) const WORDS: usize = 24;

/// The made language: what follows a word is sharp, and the word before it decides now and then.
const LANGUAGE: Language = Language { words: WORDS, zipf: 1.0, spread: 1.5, far: 0.3 };

/// Share of the corpus that windows which are tested come from: one in so many, at its end.
const TESTED: usize = 10;

impl Text {
    /// The dataset that it reads.
    pub(super) fn reads(self) -> Option<&'static str> {
        (self == Self::Brown).then_some(letters::DATASET)
    }
}

/// Windows one after the other, each of one token more than are predicted of it.
pub(super) struct Windows {
    pub(super) train: Vec<u32>,
    pub(super) test: Vec<u32>,
    /// The mean loss of one who knows the language on what is tested; of a corpus nobody knows it.
    pub(super) floor: Option<f64>,
}

/// The first so many places where a window can be cut from a text, in a random order.
fn cut(text: &[u32], length: usize, count: usize, rng: &mut Pcg64) -> Option<Vec<u32>> {
    let mut places: Vec<usize> = (0..text.len() / length).collect();
    places.shuffle(rng);
    let chosen = places.get(..count)?;
    Some(chosen.iter().flat_map(|place| text[place * length..(place + 1) * length].iter().copied()).collect())
}

impl Windows {
    /// So many windows to learn from and those that are tested, for the seed of the context.
    ///
    /// # Errors
    /// Files that are absent or damaged, and a corpus that has too few windows.
    pub(super) fn new(own: &Settings, count: usize, context: &Context<'_>) -> Result<Self, StudyError> {
        let length = own.length + 1;
        let (mut learned, mut tested) = (stream(context.seed, Purpose::Pictures, 0), stream(context.seed, Purpose::Pictures, 1));
        if own.text == Text::Made {
            let domain = Domain::new(LANGUAGE, &mut stream(context.seed, Purpose::Deal, 0));
            let draw = |count: usize, rng: &mut Pcg64| {
                let mut all = Vec::with_capacity(count * length);
                (0..count).for_each(|_| domain.text(length, 0.0, rng, &mut all));
                all
            };
            let (train, test) = (draw(count, &mut learned), draw(own.exam, &mut tested));
            // The first word of a window is given.
            let known: f64 = test.chunks_exact(length).flat_map(|window| domain.exact(window).into_iter().skip(1).map(|(loss, _)| loss)).sum();
            return Ok(Self { train, test, floor: Some(known / (own.exam * own.length) as f64) });
        }
        let all = letters::read(context.files)?;
        let (first, last) = all.split_at(all.len() - all.len() / TESTED);
        let few = |what: &str, has: usize| {
            let has = has / length;
            other(format!("{what} is asked for more windows than the {has} it has; take fewer tokens, or shorter windows"))
        };
        let train = cut(first, length, count, &mut learned).ok_or_else(|| few("the corpus", first.len()))?;
        let test = cut(last, length, own.exam, &mut tested).ok_or_else(|| few("its last tenth, which is tested,", last.len()))?;
        Ok(Self { train, test, floor: None })
    }
}
