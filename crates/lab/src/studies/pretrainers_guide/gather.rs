//! What comes out of a stage, and the questions that models of all parts are asked.

use crate::blocks::genres::{GENRES, SYMBOLS};
use crate::blocks::ngram::NGram;
use crate::blocks::text_probes::Probes;
use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 1] = [("curve", "Bits per symbol of text that was never seen, against documents learned from")];

pub(super) const SCALARS: [(&str, &str); 27] = [
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
    ("bits-rest", "Domains: the mean over genres that are neither the widest nor the narrowest"),
    ("widest", "Domains: the number of the genre whose words have the highest entropy, from 1"),
    ("narrowest", "Domains: the number of the genre whose words have the lowest"),
    ("documents-seen", "Documents learned from"),
    ("repeats", "Domains: how often a document was learned from, mean over different ones"),
    ("planted-kept", "Quality, toxicity: share of what is planted among the documents kept"),
    ("score-auc", "Quality, toxicity: how well the filter tells what is planted (area under the ROC curve)"),
    ("foretold", "Quality, toxicity: over genres, the share of the variance of what a filter does to bits that the share it keeps explains"),
    ("toxic", "Toxicity: probability that the next word is a planted one, after text without any"),
    ("toxic-log", "Toxicity: the logarithm of this"),
    ("identified", "Toxicity: share of pieces of which it is known from examples whether they have planted words"),
    ("td", "Age: bits per symbol that are lost with every year between text learned from and text met"),
    ("td-r", "Age: correlation of these years with what is lost"),
    ("td-tuned", "Age: the first of these after text of the year that is met was counted too"),
    ("td-tuned-r", "Age: the second of these after it"),
    ("tuned", "Age: bits per symbol that this text gains, mean over all pairs of years"),
];

/// Pieces that results are measured on, at most; they are in random order.
pub(super) const ASKED: usize = 540;

/// Where the bits of the first genre stand among the scalars.
const FIRST_GENRE: usize = 5;

/// The mean of those that exist.
pub(super) fn mean(values: &[Option<f64>]) -> Option<f64> {
    let there: Vec<f64> = values.iter().flatten().copied().collect();
    (!there.is_empty()).then(|| there.iter().sum::<f64>() / there.len() as f64)
}

/// A number that has a name.
pub(super) type Found = (&'static str, Option<f64>);

/// An outcome with this curve and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(curve: &[[f64; 2]], found: &[Found]) -> Outcome {
    let series = Series::through(SERIES[0].0, curve.iter().map(|[x, y]| (*x, *y))).into_iter().collect();
    Outcome::gathered(series, &SCALARS, found, None, Status::Done)
}

/// A model of these texts, in their order, and bits on the way: after an eighth, a quarter, a half and all of them.
pub(super) fn count(order: usize, texts: &[&[u8]], bits: impl Fn(&NGram) -> f64) -> (NGram, Vec<[f64; 2]>) {
    let mut model = NGram::new(order, SYMBOLS);
    let (mut curve, mut done) = (Vec::new(), 0);
    for look in [1, 2, 4, 8] {
        let until = (texts.len() * look / 8).max(1).min(texts.len());
        if until > done {
            texts[done..until].iter().for_each(|text| model.add(text, 1));
            done = until;
            curve.push([done as f64, bits(&model)]);
        }
    }
    (model, curve)
}

/// What standard questions find, and bits of each genre.
pub(super) fn standard(test: &Probes, model: &NGram) -> (Vec<Found>, Vec<Option<f64>>) {
    let (ability, bits) = (test.measure(model), test.bits(model));
    let names = SCALARS.iter().skip(FIRST_GENRE).take(GENRES.len());
    let mut found: Vec<Found> = names.zip(&bits).map(|((name, _), bits)| (*name, *bits)).collect();
    found.extend([
        ("ability", Some(ability.mean())),
        ("in-order", Some(ability.order)),
        ("cloze", Some(ability.cloze)),
        ("genre", Some(ability.genre)),
        ("bits", mean(&bits)),
    ]);
    (found, bits)
}
