//! Text: letters of genres, or the words of a chain. All windows and texts of a seed are shared by all arms.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::{Settings, World, other};
use crate::blocks::corpora::{Domain, Language};
use crate::blocks::denoisers::Alphabet;
use crate::blocks::genres::{self, GENRES, Piece, SYMBOLS};
use crate::blocks::missing_words::Filler;
use crate::blocks::streams::{Purpose, stream};
use crate::{Files, StudyError};

/// Genres that are told apart.
pub(super) const CLASSES: usize = GENRES.len();

/// Made documents of a genre, and words of each.
const MADE: (usize, usize) = (30, 100);

/// Shares of the text: what labels are known of, what is chosen by, what is measured on; the rest is for pretraining.
const SHARES: [f64; 3] = [0.06, 0.06, 0.14];

/// A text and its genre.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    pub(super) genre: u32,
    pub(super) symbols: Vec<u32>,
}

/// Where windows come from.
enum Source {
    /// Pieces of documents, and all of their symbols one after the other.
    Pieces { pieces: Vec<Vec<u32>>, letters: Vec<u32> },
    /// A chain, which makes new ones.
    Chain(Box<Domain>),
}

/// The text of a seed.
pub(super) struct Parts {
    source: Source,
    window: usize,
    /// Windows to choose by.
    pub(super) valid: Vec<Vec<u32>>,
    /// Windows to measure on.
    pub(super) test: Vec<Vec<u32>>,
    /// Texts whose genres are known, all of one length.
    pub(super) few: Vec<Text>,
    /// Texts to choose by.
    pub(super) held: Vec<Text>,
    /// Texts to measure on.
    pub(super) asked: Vec<Text>,
}

/// The tokens of a world.
pub(super) fn alphabet(own: &Settings) -> Alphabet {
    Alphabet::new(if own.world.exact() { own.words } else { SYMBOLS }, own.window)
}

impl Source {
    /// Of the pieces that are long enough.
    fn pieces(pieces: Vec<Piece>, window: usize) -> Result<Self, StudyError> {
        let long = pieces.into_iter().filter(|piece| piece.text.len() >= window);
        let pieces: Vec<Vec<u32>> = long.map(|piece| piece.text.into_iter().map(u32::from).collect()).collect();
        if pieces.is_empty() {
            return Err(other("there is no text as long as a window; ask for a shorter one"));
        }
        let letters = pieces.concat();
        Ok(Self::Pieces { pieces, letters })
    }

    /// So many windows.
    fn windows(&self, count: usize, window: usize, rng: &mut Pcg64) -> Vec<Vec<u32>> {
        let one = |_| match self {
            Self::Pieces { pieces, .. } => {
                let piece = &pieces[rng.random_range(0..pieces.len())];
                let start = rng.random_range(0..=piece.len() - window);
                piece[start..start + window].to_vec()
            }
            Self::Chain(domain) => {
                let mut text = Vec::with_capacity(window);
                domain.text(window, 0.0, rng, &mut text);
                text
            }
        };
        (0..count).map(one).collect()
    }
}

/// The first symbols of the pieces that have as many, `most` of each genre at most.
fn texts(pieces: &[Piece], length: usize, most: usize) -> Vec<Text> {
    let mut left = [most; CLASSES];
    let mut found = Vec::new();
    for piece in pieces {
        let Some(symbols) = piece.text.get(..length) else { continue };
        let Some(left) = left.get_mut(piece.genre).filter(|left| **left > 0) else { continue };
        *left -= 1;
        found.push(Text { genre: piece.genre as u32, symbols: symbols.iter().map(|s| u32::from(*s)).collect() });
    }
    found
}

impl Parts {
    /// The text of a seed.
    ///
    /// # Errors
    /// Files that are absent or damaged, or too little text.
    pub(super) fn new(own: &Settings, seed: u64, files: &dyn Files) -> Result<Self, StudyError> {
        let mut rng = stream(seed, Purpose::Deal, 0);
        let (mut valid_rng, mut test_rng) = (stream(seed, Purpose::Pictures, 1), stream(seed, Purpose::Pictures, 2));
        let documents = match own.world {
            World::Chain | World::Null => {
                let spread = if own.world == World::Null { 0.0 } else { own.spread };
                let language = Language { words: own.words, zipf: 0.9, spread, far: own.far };
                let source = Source::Chain(Box::new(Domain::new(language, &mut rng)));
                let (valid, test) = (source.windows(own.valid, own.window, &mut valid_rng), source.windows(own.asked, own.window, &mut test_rng));
                return Ok(Self { source, window: own.window, valid, test, few: Vec::new(), held: Vec::new(), asked: Vec::new() });
            }
            World::English => genres::read(files)?,
            World::Made => genres::made(CLASSES, MADE.0, MADE.1, &mut rng),
        };
        let length = own.windows * own.window;
        let mut parts = genres::deal(&documents, &SHARES, length, &mut rng).into_iter();
        let mut part = || parts.next().unwrap_or_default();
        let (known, held, asked, rest) = (part(), part(), part(), part());
        let few = texts(&known, length, own.few);
        if (0..CLASSES as u32).any(|genre| few.iter().all(|text| text.genre != genre)) {
            return Err(other("there is a genre of which no text is known; ask for shorter texts"));
        }
        let (chosen, measured) = (texts(&held, length, own.texts.div_ceil(CLASSES)), texts(&asked, length, own.texts.div_ceil(CLASSES)));
        Ok(Self {
            source: Source::pieces(rest, own.window)?,
            window: own.window,
            valid: Source::pieces(held, own.window)?.windows(own.valid, own.window, &mut valid_rng),
            test: Source::pieces(asked, own.window)?.windows(own.asked, own.window, &mut test_rng),
            few,
            held: chosen,
            asked: measured,
        })
    }

    /// Windows to learn from; with `scrambled` every symbol of them is drawn by itself from all of the text, so that nothing is left of its order,
    /// of its words and of what is found together in a document.
    pub(super) fn draw(&self, count: usize, scrambled: bool, rng: &mut Pcg64) -> Vec<Vec<u32>> {
        match &self.source {
            Source::Pieces { letters, .. } if scrambled => {
                let mut letter = |_| letters[rng.random_range(0..letters.len())];
                (0..count).map(|_| (0..self.window).map(&mut letter).collect()).collect()
            }
            source => source.windows(count, self.window, rng),
        }
    }

    /// What is known exactly of missing words, where it is.
    pub(super) fn filler(&self, own: &Settings) -> Option<Filler> {
        match &self.source {
            Source::Chain(domain) => Some(Filler::new(domain, own.words)),
            Source::Pieces { .. } => None,
        }
    }
}
