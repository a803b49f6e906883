//! What comes out of a stage.

use evaluation::stat::{auc, pearson};

use super::ladder::Ladder;
use super::other;
use crate::blocks::genres::GENRES;
use crate::blocks::junk::{Junk, Pool};
use crate::{Outcome, Series, Status, StudyError};

pub(super) const SERIES: [(&str, &str); 1] = [("curve", "Bits per symbol of text that was never seen, mean over genres, against symbols learned from")];

pub(super) const SCALARS: [(&str, &str); 24] = [
    ("ability", "Mean share of right answers in three kinds of questions: words in order, gaps, genres"),
    ("in-order", "Share of stretches of text that take fewer bits than their words in random order"),
    ("cloze", "Share of gaps in which the right word of four takes the fewest bits"),
    ("genre", "Share of pieces whose genre is known from examples"),
    ("bits", "Bits per symbol of text that was never seen, mean over genres"),
    ("bits-answers", "The same of answers, or of the first made genre"),
    ("bits-email", "The same of e-mail, or of the second made genre"),
    ("bits-newsgroup", "The same of newsgroups, or of the third made genre"),
    ("bits-reviews", "The same of reviews, or of the fourth made genre"),
    ("bits-weblog", "The same of weblogs, or of the fifth made genre"),
    ("bits-shakespeare", "The same of plays, or of the sixth made genre"),
    ("symbols", "Symbols learned from"),
    ("useful-kept", "Share of useful documents among those kept"),
    ("score-auc", "How well what documents are kept by tells useful ones from junk (area under the ROC curve)"),
    ("strength-auc", "The same of the strength, or correlation, that a scorer learns from or that decides"),
    ("auc-letters", "The same against symbols in random order alone"),
    ("auc-words", "The same against words in random order alone"),
    ("auc-repeats", "The same against repeated phrases alone"),
    ("auc-strings", "The same against random symbols alone"),
    ("auc-babble", "The same against babble alone"),
    ("ties", "Share of documents whose strength is the highest there can be"),
    ("correlation-useful", "Correlation of the abilities of models with minus their bits on useful documents"),
    ("correlation-junk", "The same on junk"),
    ("steps-up", "Share of neighbours on the ladder of which the one that has learned from more is the abler one"),
];

/// Where the bits of the first genre stand among the scalars.
const FIRST_GENRE: usize = 5;

/// The mean of those that exist.
pub(super) fn mean(values: &[Option<f64>]) -> Option<f64> {
    let there: Vec<f64> = values.iter().flatten().copied().collect();
    (!there.is_empty()).then(|| there.iter().sum::<f64>() / there.len() as f64)
}

/// An outcome with this curve and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(curve: &[[f64; 2]], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    let series = Series::through(SERIES[0].0, curve.iter().map(|[x, y]| (*x, *y))).into_iter().collect();
    Outcome::gathered(series, &SCALARS, found, weights, status)
}

/// What is said where the models are wanted and not there.
const GONE: &str = "the models are known by their numbers alone, without what they say of documents (committed results hold none of it); run them again";

/// What the models of a stage say.
///
/// # Errors
/// A stage whose models are gone: results that are committed do not hold them.
pub(super) fn ladder(needs: &[Outcome]) -> Result<Ladder, StudyError> {
    let bytes = needs.first().and_then(|need| need.weights.as_deref());
    bytes.and_then(Ladder::from_bytes).filter(|ladder| !ladder.bits.is_empty()).ok_or_else(|| other(GONE))
}

/// The scalars of bits of each genre, and of all.
pub(super) fn bits(found: &[Option<f64>]) -> Vec<(&'static str, Option<f64>)> {
    let names = SCALARS.iter().skip(FIRST_GENRE).take(GENRES.len());
    names.zip(found).map(|((name, _), bits)| (*name, *bits)).chain([("bits", mean(found))]).collect()
}

/// How well scores tell useful documents from junk, of all kinds and of each.
pub(super) fn areas(scores: &[f64], pool: &Pool) -> Vec<(&'static str, Option<f64>)> {
    let against = |kind: Junk| {
        let pairs = scores.iter().zip(&pool.junk).filter(|(_, junk)| junk.is_none_or(|junk| junk == kind));
        let (scores, good): (Vec<f64>, Vec<bool>) = pairs.map(|(score, junk)| (*score, junk.is_none())).unzip();
        auc(&scores, &good)
    };
    let names = ["auc-letters", "auc-words", "auc-repeats", "auc-strings", "auc-babble"];
    names.into_iter().zip(Junk::ALL.map(against)).chain([("strength-auc", auc(scores, &pool.good()))]).collect()
}

/// How abilities and bits go together.
pub(super) fn together(ladder: &Ladder, pool: &Pool) -> Vec<(&'static str, Option<f64>)> {
    let good = pool.good();
    let correlation = |wanted: bool| {
        let mean = |bits: &Vec<f32>| {
            let there: Vec<f64> = bits.iter().zip(&good).filter(|(_, good)| **good == wanted).map(|(b, _)| -f64::from(*b)).collect();
            there.iter().sum::<f64>() / there.len() as f64
        };
        pearson(&ladder.abilities, &ladder.bits.iter().map(mean).collect::<Vec<_>>())
    };
    let up = ladder.abilities.windows(2).filter(|pair| pair[0] < pair[1]).count();
    let pairs = ladder.abilities.len().saturating_sub(1);
    let steps = (pairs > 0).then(|| up as f64 / pairs as f64);
    vec![("correlation-useful", correlation(true)), ("correlation-junk", correlation(false)), ("steps-up", steps)]
}
