//! Genres that are left out.

use std::collections::BTreeMap;

use super::{Domain, Settings, Text, Volume, gather, other};
use crate::blocks::corpora::{self, Language};
use crate::blocks::genres::{self, GENRES, Genre, Piece, words};
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::text_probes::Probes;
use crate::{Context, Files, Outcome, StudyError};

/// Share of the pieces that results are measured on.
const TEST: f64 = 0.2;

/// Words of the made genres, and of the one that has few.
const WORDS: usize = 240;
const FEW: usize = 40;

/// Share of the rows that made genres have in common with one that is none of them.
const SHARED: f64 = 0.4;

/// The made genres: a mixture of the next four, four relatives, and one with few words.
fn made(own: &Settings, seed: u64) -> Vec<Genre> {
    let mut rng = stream(seed, Purpose::Pictures, 0);
    let language = |words: usize| Language { words, zipf: 0.9, spread: 1.0, far: 0.3 };
    let lexicon = genres::lexicon(WORDS, &mut rng);
    let first = corpora::Domain::new(language(WORDS), &mut rng);
    let relatives: Vec<corpora::Domain> = (0..GENRES.len() - 2).map(|_| first.relative(SHARED, &mut rng)).collect();
    let few = corpora::Domain::new(language(FEW), &mut rng);
    let kinds = (0..GENRES.len()).map(|genre| match genre {
        0 => relatives.iter().collect(),
        genre => vec![relatives.get(genre - 1).unwrap_or(&few)],
    });
    let kinds: Vec<Vec<&corpora::Domain>> = kinds.collect();
    let mut all = Vec::with_capacity(kinds.len());
    for kinds in kinds {
        let each = kinds.into_iter().cycle().take(own.made_documents);
        all.push(each.map(|domain| genres::made_document(domain, &lexicon, own.made_words, &mut rng)).collect());
    }
    all
}

/// Texts of all genres.
///
/// # Errors
/// Files that are absent or damaged.
pub(super) fn texts(own: &Settings, seed: u64, files: &dyn Files) -> Result<Vec<Genre>, StudyError> {
    match own.text {
        Text::Made => Ok(made(own, seed)),
        Text::English => genres::read(files),
    }
}

/// The entropy of words, in bits: of the first so many.
pub(super) fn entropy(texts: &[&[u8]], count: usize) -> f64 {
    let mut counts: BTreeMap<&[u8], f64> = BTreeMap::new();
    let all: Vec<&[u8]> = texts.iter().flat_map(|text| words(text)).take(count).collect();
    all.iter().for_each(|word| *counts.entry(*word).or_insert(0.0) += 1.0);
    let total = all.len().max(1) as f64;
    counts.values().map(|n| -n / total * (n / total).log2()).sum()
}

/// The numbers of the widest and of the narrowest genre, by as many words of each.
fn ends(of: &[Vec<&[u8]>]) -> (usize, usize) {
    let lengths = of.iter().map(|texts| texts.iter().map(|text| words(text).len()).sum::<usize>());
    let count = lengths.min().unwrap_or(0);
    let entropies: Vec<f64> = of.iter().map(|texts| entropy(texts, count)).collect();
    let mut order: Vec<usize> = (0..of.len()).collect();
    order.sort_by(|a, b| entropies[*a].total_cmp(&entropies[*b]));
    (order.last().copied().unwrap_or(0), order.first().copied().unwrap_or(0))
}

/// Learns from all genres but one, or from one alone.
pub(super) fn run(own: &Settings, context: &Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let texts = texts(own, seed, context.files)?;
    let parts = genres::deal(&texts, &[TEST], own.length, &mut stream(seed, Purpose::Deal, 0));
    let [mut test, train]: [Vec<Piece>; 2] = parts.try_into().map_err(|_| other("text was dealt out to another number of parts"))?;
    let mut of: Vec<Vec<&[u8]>> = vec![Vec::new(); texts.len()];
    train.iter().for_each(|piece| of[piece.genre].push(&piece.text));
    if let Some(empty) = of.iter().position(Vec::is_empty) {
        return Err(other(format!("there is no piece of {} symbols of genre {}; take shorter ones", own.length, empty + 1)));
    }
    let (widest, narrowest) = ends(&of);
    let dropped = match own.drop {
        Domain::None => None,
        Domain::Widest => Some(widest),
        Domain::Narrowest => Some(narrowest),
        Domain::Answers => Some(0),
        Domain::Email => Some(1),
        Domain::Newsgroup => Some(2),
        Domain::Reviews => Some(3),
        Domain::Weblog => Some(4),
        Domain::Shakespeare => Some(5),
    };
    let kept: Vec<usize> = (0..of.len()).filter(|genre| (Some(*genre) == dropped) == own.only).collect();
    let share = if own.volume == Volume::Fixed { kept.len() } else { of.len() };
    let each = (own.documents / share.max(1)).max(1);
    // Genre after genre, document by document, and again from the beginning where there are too few.
    let learned = (0..each).flat_map(|k| kept.iter().map(move |genre| (k, *genre)));
    let learned: Vec<&[u8]> = learned.map(|(k, genre)| of[genre][k % of[genre].len()]).collect();
    let different: usize = kept.iter().map(|genre| of[*genre].len().min(each)).sum();
    test.truncate(gather::ASKED);
    let test = Probes::new(&test, texts.len(), own.shots, &mut stream(seed, Purpose::Pictures, 5));
    let (model, curve) = gather::count(own.order, &learned, |model| gather::mean(&test.bits(model)).unwrap_or(0.0));
    let (mut found, bits) = gather::standard(&test, &model);
    let rest: Vec<Option<f64>> = (0..bits.len()).filter(|genre| *genre != widest && *genre != narrowest).map(|genre| bits[genre]).collect();
    found.extend([
        ("bits-rest", gather::mean(&rest)),
        ("widest", Some((widest + 1) as f64)),
        ("narrowest", Some((narrowest + 1) as f64)),
        ("documents-seen", Some(learned.len() as f64)),
        ("repeats", Some(learned.len() as f64 / different.max(1) as f64)),
    ]);
    Ok(gather::outcome(&curve, &found))
}
