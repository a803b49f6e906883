//! Text of several years.

use evaluation::stat::pearson;
use rand::RngExt;
use rand_pcg::Pcg64;

use super::{Settings, gather};
use crate::blocks::corpora::{Domain, Language};
use crate::blocks::genres::{self, SYMBOLS};
use crate::blocks::ngram::NGram;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Go, Outcome, StudyError};

/// Words there are.
const WORDS: usize = 240;

/// Symbols of a made word with its blank, about.
const SYMBOLS_OF_A_WORD: usize = 6;

/// Documents of a year that models meet.
const MET: usize = 60;

/// Of the documents of a year, one in so many is counted when a model is tuned, and so often.
const TUNED: usize = 10;
const TIMES: u32 = 4;

/// The words of each year.
fn lexicons(years: usize, drift: f64, rng: &mut Pcg64) -> Vec<Vec<Vec<u8>>> {
    let mut now = genres::lexicon(WORDS, rng);
    let mut all = vec![now.clone()];
    while all.len() < years {
        for (word, new) in now.iter_mut().zip(genres::lexicon(WORDS, rng)) {
            if rng.random::<f64>() < drift {
                *word = new;
            }
        }
        all.push(now.clone());
    }
    all
}

/// Documents of a year.
struct Year {
    learned: Vec<Vec<u8>>,
    tuned: Vec<Vec<u8>>,
    met: Vec<Vec<u8>>,
}

fn years(own: &Settings, seed: u64) -> Vec<Year> {
    let mut rng = stream(seed, Purpose::Pictures, 0);
    let domain = Domain::new(Language { words: WORDS, zipf: 0.9, spread: 1.0, far: 0.3 }, &mut rng);
    let lexicons = lexicons(own.years, own.drift, &mut rng);
    let length = (own.length / SYMBOLS_OF_A_WORD).max(1);
    let mut document = |lexicon: &[Vec<u8>]| genres::made_document(&domain, lexicon, length, &mut rng);
    let mut documents = |lexicon: &[Vec<u8>], count: usize| (0..count).map(|_| document(lexicon)).collect::<Vec<Vec<u8>>>();
    let year = |lexicon: &Vec<Vec<u8>>| Year {
        learned: documents(lexicon, own.documents),
        tuned: documents(lexicon, own.documents.div_ceil(TUNED)),
        met: documents(lexicon, MET),
    };
    lexicons.iter().map(year).collect()
}

/// Bits per symbol of texts.
fn bits(model: &NGram, texts: &[Vec<u8>]) -> f64 {
    texts.iter().map(|text| model.bits_per_symbol(text)).sum::<f64>() / texts.len().max(1) as f64
}

/// The slope of what is lost in the years between, and their correlation. `lost` has a row for every year learned from, and a column for every year
/// met; both losses and years are taken less their means over the column, so that a year that is hard for all says nothing.
pub(super) fn degradation(lost: &[Vec<f64>]) -> (Option<f64>, Option<f64>) {
    let years = lost.len();
    let (mut gaps, mut losses) = (Vec::new(), Vec::new());
    for met in 0..years {
        let gap = |learned: usize| learned.abs_diff(met) as f64;
        let mean_gap = (0..years).map(gap).sum::<f64>() / years as f64;
        let mean_loss = lost.iter().map(|row| row[met]).sum::<f64>() / years as f64;
        for (learned, row) in lost.iter().enumerate() {
            gaps.push(gap(learned) - mean_gap);
            losses.push(row[met] - mean_loss);
        }
    }
    let squares: f64 = gaps.iter().map(|g| g * g).sum();
    let products: f64 = gaps.iter().zip(&losses).map(|(g, l)| g * l).sum();
    ((squares > 0.0).then(|| products / squares), pearson(&gaps, &losses))
}

/// Learns from every year, and meets every year.
pub(super) fn run(own: &Settings, context: &Context<'_>) -> Result<Outcome, StudyError> {
    let years = years(own, context.seed);
    let (mut plain, mut tuned, mut curve) = (Vec::new(), Vec::new(), Vec::new());
    for (k, year) in years.iter().enumerate() {
        let texts: Vec<&[u8]> = year.learned.iter().map(Vec::as_slice).collect();
        let (model, points) = if k == 0 {
            gather::count(own.order, &texts, |model| bits(model, &year.met))
        } else {
            (NGram::of(own.order, SYMBOLS, texts.iter().copied()), Vec::new())
        };
        curve.extend(points);
        plain.push(years.iter().map(|met| bits(&model, &met.met)).collect::<Vec<f64>>());
        let after = |met: &Year| {
            let mut model = model.clone();
            met.tuned.iter().for_each(|text| model.add(text, TIMES));
            bits(&model, &met.met)
        };
        tuned.push(years.iter().map(after).collect::<Vec<f64>>());
        if (context.watch)((k + 1) as f64 / years.len() as f64) == Go::Stop && k + 1 < years.len() {
            // A few seconds of work, which begin anew.
            return Err(StudyError::Interrupted);
        }
    }
    let (td, r) = degradation(&plain);
    let (td_tuned, r_tuned) = degradation(&tuned);
    let cells = (years.len() * years.len()) as f64;
    let all = |lost: &[Vec<f64>]| lost.iter().flatten().sum::<f64>() / cells;
    let found = [
        ("bits", Some(all(&plain))),
        ("documents-seen", Some(own.documents as f64)),
        ("td", td),
        ("td-r", r),
        ("td-tuned", td_tuned),
        ("td-tuned-r", r_tuned),
        ("tuned", Some(all(&plain) - all(&tuned))),
    ];
    Ok(gather::outcome(&curve, &found))
}
