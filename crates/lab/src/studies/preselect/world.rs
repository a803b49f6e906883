//! Texts, the pool, the reference and the questions of a seed.

use super::{Settings, Text, other};
use crate::blocks::genres::{self, Genre, Piece};
use crate::blocks::junk::{Maker, Pool};
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::text_probes::Probes;
use crate::{Files, StudyError};

/// Shares of the pieces that abilities are measured on, that results are measured on, and that the reference is of; the pool has the rest.
const SHARES: [f64; 3] = [0.12, 0.15, 0.25];

/// All that the stages of a seed share.
pub(super) struct World {
    /// What the models of the ladder learn from, mixed as the pool is; a larger model's documents are a smaller one's and more.
    pub(super) reference: Pool,
    /// What is chosen from.
    pub(super) pool: Pool,
    /// Text that is known to be good: what abilities are measured on.
    pub(super) curated: Vec<Piece>,
    /// Questions that abilities are measured by.
    pub(super) valid: Probes,
    /// Questions that results are measured by.
    pub(super) test: Probes,
}

fn texts(own: &Settings, seed: u64, files: &dyn Files) -> Result<Vec<Genre>, StudyError> {
    match own.text {
        Text::Made => {
            let mut rng = stream(seed, Purpose::Pictures, 0);
            Ok(genres::made(genres::GENRES.len(), own.made_documents, own.made_words, &mut rng))
        }
        Text::English => genres::read(files),
    }
}

/// The first so many of these.
fn first<'a>(pieces: &'a [Piece], count: usize, what: &str) -> Result<&'a [Piece], StudyError> {
    let too_few = || other(format!("{what} has {count} useful documents, and there are {} pieces of text for it; take fewer documents", pieces.len()));
    pieces.get(..count).ok_or_else(too_few)
}

impl World {
    /// The world of a seed.
    ///
    /// # Errors
    /// Files that are absent or damaged, or more documents than there is text for.
    pub(super) fn new(own: &Settings, seed: u64, files: &dyn Files) -> Result<Self, StudyError> {
        let texts = texts(own, seed, files)?;
        let parts = genres::deal(&texts, &SHARES, own.length, &mut stream(seed, Purpose::Deal, 0));
        let [valid, test, reference, pool]: [Vec<Piece>; 4] = parts.try_into().map_err(|_| other("text was dealt out to another number of parts"))?;
        let mixed = |good: &[Piece], count: usize, what: &str, k: u64| {
            // Both makers repeat the same phrases, as pages of one site do.
            let maker = Maker::new(good, &reference, own.length, &mut stream(seed, Purpose::Pictures, 1));
            let useful = ((own.useful * count as f64).round() as usize).max(1);
            Ok::<Pool, StudyError>(Pool::new(first(good, useful, what)?, count, &maker, &mut stream(seed, Purpose::Pictures, k)))
        };
        let questions = |pieces: &[Piece], k: u64| Probes::new(pieces, texts.len(), own.shots, &mut stream(seed, Purpose::Pictures, k));
        Ok(Self {
            reference: mixed(&reference, own.reference, "the reference", 2)?,
            pool: mixed(&pool, own.documents, "the pool", 3)?,
            valid: questions(&valid, 4),
            test: questions(&test, 5),
            curated: valid,
        })
    }
}
