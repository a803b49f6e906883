//! Documents that a filter of quality, or of toxicity, lets through.

use evaluation::stat::{auc, pearson};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::{Filter, Part, Settings, domains, gather, other};
use crate::blocks::genres::{self, BLANK, Piece, joined, words};
use crate::blocks::hashed_scorer::{HashedScorer, highest};
use crate::blocks::junk::{Junk, Maker};
use crate::blocks::ngram::NGram;
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::text_probes::Probes;
use crate::{Context, Outcome, StudyError};

/// Shares of the pieces that a scorer learns from, and that results are measured on.
const SHARES: [f64; 2] = [0.15, 0.2];

/// Planted words, and the share of the words of a document that they replace.
const PLANTED: usize = 30;
const REPLACED: f64 = 0.15;

/// Texts after which the next word is asked for, at most.
const PROMPTS: usize = 200;

/// A document of the pool.
struct Document {
    text: Vec<u8>,
    /// Whether it is junk, or has planted words.
    planted: bool,
    /// Its genre, where it is text.
    genre: Option<usize>,
}

/// Words that stand in no text: four letters, of which the first two are q and x.
pub(super) fn planted_words(rng: &mut Pcg64) -> Vec<Vec<u8>> {
    let mut ends: Vec<[u8; 2]> = (1..=26).flat_map(|a| (1..=26).map(move |b| [a, b])).collect();
    ends.shuffle(rng);
    ends.into_iter().take(PLANTED).map(|[a, b]| vec![17, 24, a, b]).collect()
}

/// A text some of whose words, and one at least, are planted ones.
pub(super) fn with_planted(text: &[u8], planted: &[Vec<u8>], rng: &mut Pcg64) -> Vec<u8> {
    let mut found = words(text);
    let sure = rng.random_range(0..found.len().max(1));
    for (place, word) in found.iter_mut().enumerate() {
        if (rng.random::<f64>() < REPLACED || place == sure) && !planted.is_empty() {
            *word = &planted[rng.random_range(0..planted.len())];
        }
    }
    joined(found)
}

/// The pool of a seed, in random order.
fn pool(own: &Settings, pieces: &[Piece], listed: &[Vec<u8>], seed: u64) -> Result<Vec<Document>, StudyError> {
    let planted = ((own.planted * own.documents as f64).round() as usize).min(own.documents);
    let wanted = if own.part == Part::Quality { own.documents - planted } else { own.documents };
    let Some(good) = pieces.get(..wanted).filter(|good| !good.is_empty()) else {
        return Err(other(format!("the pool has {wanted} pieces of text, and there are {} for it; take fewer documents", pieces.len())));
    };
    let mut rng = stream(seed, Purpose::Pictures, 1);
    let plain = |piece: &Piece| Document { text: piece.text.clone(), planted: false, genre: Some(piece.genre) };
    let mut all: Vec<Document> = good.iter().map(plain).collect();
    if own.part == Part::Quality {
        let maker = Maker::new(good, good, own.length, &mut rng);
        let kinds = Junk::ALL.into_iter().cycle().take(planted);
        all.extend(kinds.map(|kind| Document { text: maker.document(kind, &mut rng), planted: true, genre: None }));
    } else {
        // Pieces are in random order.
        for document in all.iter_mut().take(planted) {
            document.text = with_planted(&document.text, listed, &mut rng);
            document.planted = true;
        }
    }
    all.shuffle(&mut rng);
    Ok(all)
}

/// What the filter goes by: the highest are kept.
fn scores(own: &Settings, pool: &[Document], labelled: &[Piece], listed: &[Vec<u8>], seed: u64) -> Vec<f64> {
    let learned = || -> Vec<f64> {
        let texts: Vec<&[u8]> = labelled.iter().map(|piece| piece.text.as_slice()).collect();
        let scorer = if own.part == Part::Quality {
            let any: Vec<&[u8]> = pool.iter().take(texts.len()).map(|document| document.text.as_slice()).collect();
            HashedScorer::new(&texts, &any, false)
        } else {
            let mut rng = stream(seed, Purpose::Pictures, 2);
            let (clean, rest) = texts.split_at(texts.len() / 2);
            let bad: Vec<Vec<u8>> = rest.iter().map(|text| with_planted(text, listed, &mut rng)).collect();
            HashedScorer::new(clean, &bad.iter().map(Vec::as_slice).collect::<Vec<_>>(), false)
        };
        pool.iter().map(|document| scorer.score(&document.text)).collect()
    };
    match own.filter {
        Filter::None | Filter::Chance => vec![0.0; pool.len()],
        Filter::Scorer => learned(),
        Filter::Inverse => learned().into_iter().map(|score| -score).collect(),
        Filter::Oracle => pool.iter().map(|document| if document.planted { 0.0 } else { 1.0 }).collect(),
    }
}

/// The probability that the next word is one of these, mean over texts.
pub(super) fn next_word(model: &NGram, texts: &[Piece], of: &[Vec<u8>]) -> Option<f64> {
    let one = |piece: &Piece| {
        let before = words(&piece.text);
        let mut prompt = joined(before[..before.len() / 2].iter().copied());
        prompt.push(BLANK);
        let of = of.iter().map(|word| (-model.bits_after(&prompt, &[word.as_slice(), &[BLANK]].concat())).exp2());
        of.sum::<f64>()
    };
    let found: Vec<Option<f64>> = texts.iter().take(PROMPTS).map(|piece| Some(one(piece))).collect();
    gather::mean(&found)
}

/// Filters, and counts what is kept.
pub(super) fn run(own: &Settings, context: &Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let texts = domains::texts(own, seed, context.files)?;
    let parts = genres::deal(&texts, &SHARES, own.length, &mut stream(seed, Purpose::Deal, 0));
    let [labelled, mut test, rest]: [Vec<Piece>; 3] = parts.try_into().map_err(|_| other("text was dealt out to another number of parts"))?;
    test.truncate(gather::ASKED);
    let listed = planted_words(&mut stream(seed, Purpose::Pictures, 3));
    let pool = pool(own, &rest, &listed, seed)?;
    let scores = scores(own, &pool, &labelled, &listed, seed);
    let count = if own.filter == Filter::None { pool.len() } else { ((own.keep * pool.len() as f64).round() as usize).max(1) };
    // In the order of the pool, which is random.
    let mut kept = highest(&scores, count, &mut stream(seed, Purpose::Order, 0));
    kept.sort_unstable();
    let standard = Probes::new(&test, texts.len(), own.shots, &mut stream(seed, Purpose::Pictures, 5));
    let bits = |model: &NGram| gather::mean(&standard.bits(model)).unwrap_or(0.0);
    let learned: Vec<&[u8]> = kept.iter().map(|place| pool[*place].text.as_slice()).collect();
    let (model, curve) = gather::count(own.order, &learned, bits);
    let (mut found, by_genre) = gather::standard(&standard, &model);
    let planted = kept.iter().filter(|place| pool[**place].planted).count();
    let known: Vec<bool> = pool.iter().map(|document| !document.planted).collect();
    found.extend([
        ("documents-seen", Some(kept.len() as f64)),
        ("planted-kept", Some(planted as f64 / kept.len().max(1) as f64)),
        ("score-auc", auc(&scores, &known)),
    ]);
    if kept.len() < pool.len() {
        let whole = NGram::of(own.order, genres::SYMBOLS, pool.iter().map(|document| document.text.as_slice()));
        found.push(("foretold", foretold(&pool, &kept, &standard.bits(&whole), &by_genre)));
    }
    if own.part == Part::Toxicity {
        let toxic = next_word(&model, &test, &listed);
        let mut rng = stream(seed, Purpose::Pictures, 6);
        let pieces = test.iter().enumerate().map(|(k, piece)| {
            let text = if k % 2 == 1 { with_planted(&piece.text, &listed, &mut rng) } else { piece.text.clone() };
            Piece { genre: k % 2, text }
        });
        let pieces: Vec<Piece> = pieces.collect();
        let probes = Probes::new(&pieces, 2, own.shots, &mut stream(seed, Purpose::Pictures, 7));
        let identified = probes.measure(&model).genre;
        found.extend([("toxic", toxic), ("toxic-log", toxic.map(f64::ln)), ("identified", Some(identified))]);
    }
    Ok(gather::outcome(&curve, &found))
}

/// The share of the variance of what a filter does to the bits of genres that the share of their text which it keeps explains.
fn foretold(pool: &[Document], kept: &[usize], before: &[Option<f64>], after: &[Option<f64>]) -> Option<f64> {
    let mut all = vec![0.0_f64; before.len()];
    let mut left = vec![0.0_f64; before.len()];
    pool.iter().filter_map(|document| document.genre).for_each(|genre| all[genre] += 1.0);
    kept.iter().filter_map(|place| pool[*place].genre).for_each(|genre| left[genre] += 1.0);
    let shares: Vec<f64> = left.iter().zip(&all).map(|(left, all)| left / all.max(1.0)).collect();
    let effects: Option<Vec<f64>> = after.iter().zip(before).map(|(after, before)| Some((*after)? - (*before)?)).collect();
    pearson(&shares, &effects?).map(|r| r * r)
}
