//! What documents are kept, and what a model of these can do.

use evaluation::stat::{pearson, quantile};
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::ladder::Ladder;
use super::world::World;
use super::{Method, Settings, gather};
use crate::blocks::genres::SYMBOLS;
use crate::blocks::hashed_scorer::{HashedScorer, highest};
use crate::blocks::ngram::NGram;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// Shares of what is kept at which the model is looked at, in eighths.
const LOOKS: [usize; 4] = [1, 2, 4, 8];

/// Why documents are kept.
#[derive(Debug, Default)]
struct Reasons {
    /// The strength, or correlation, of every document, where there is one.
    strength: Option<Vec<f64>>,
    /// The highest scores are kept.
    score: Vec<f64>,
}

/// Share of pairs of models, put in the order of their abilities, of which the abler one takes fewer bits: 1 where bits order models as abilities do.
pub(super) fn strength(abilities: &[f64], bits: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..abilities.len().min(bits.len())).collect();
    order.sort_by(|a, b| abilities[*a].total_cmp(&abilities[*b]));
    let (mut right, mut pairs) = (0, 0);
    for (k, abler) in order.iter().enumerate() {
        right += order[..k].iter().filter(|other| bits[**other] > bits[*abler]).count();
        pairs += k;
    }
    right as f64 / pairs.max(1) as f64
}

/// The scores of all documents by a scorer of words that has learned the ends of these strengths on the first documents, which are any.
fn learned(own: &Settings, world: &World, strength: &[f64], rng: &mut Pcg64) -> Vec<f64> {
    let texts = &world.pool.texts;
    let scored = &strength[..own.part(own.scored).min(strength.len())];
    let end = ((own.ends * scored.len() as f64).round() as usize).max(1);
    let order = highest(scored, scored.len(), rng);
    let of = |places: &[usize]| -> Vec<&[u8]> { places.iter().map(|place| texts[*place].as_slice()).collect() };
    let (best, worst) = (of(&order[..end.min(order.len())]), of(&order[order.len().saturating_sub(end)..]));
    let scorer = HashedScorer::new(&best, &worst, own.pairs);
    texts.iter().map(|text| scorer.score(text)).collect()
}

/// Why this method keeps what it keeps.
fn reasons(own: &Settings, world: &World, ladder: &Ladder, seed: u64) -> Reasons {
    let documents = world.pool.texts.len();
    let each = |of: &dyn Fn(Vec<f64>) -> f64| -> Vec<f64> { (0..documents).map(|document| of(ladder.of(document))).collect() };
    // The model that has learned from most stands last.
    let last = |bits: Vec<f64>| bits.last().copied().unwrap_or(0.0);
    let plain = |score: Vec<f64>| Reasons { strength: None, score };
    let mut ties = stream(seed, Purpose::Order, 0);
    match own.method {
        Method::Direct => {
            let strength = each(&|bits| strength(&ladder.abilities, &bits));
            Reasons { score: strength.clone(), strength: Some(strength) }
        }
        Method::Preselect | Method::Mixed | Method::Shuffled | Method::Correlation => {
            let mut abilities = ladder.abilities.clone();
            if own.method == Method::Shuffled {
                abilities.shuffle(&mut stream(seed, Purpose::Deal, 1));
            }
            let strength = if own.method == Method::Correlation {
                each(&|bits| pearson(&abilities, &bits).map_or(0.0, |r| -r))
            } else {
                each(&|bits| strength(&abilities, &bits))
            };
            let score = learned(own, world, &strength, &mut ties);
            Reasons { strength: Some(strength), score }
        }
        Method::Perplexity => plain(each(&|bits| -last(bits))),
        Method::Middle => {
            let bits = each(&last);
            let middle = quantile(&bits, 0.5).unwrap_or(0.0);
            plain(bits.into_iter().map(|bits| -(bits - middle).abs()).collect())
        }
        Method::Gap => plain(each(&|bits| bits.first().copied().unwrap_or(0.0) - last(bits))),
        Method::Classifier => {
            let good: Vec<&[u8]> = world.curated.iter().map(|piece| piece.text.as_slice()).collect();
            let bad: Vec<&[u8]> = world.pool.texts.iter().take(good.len()).map(Vec::as_slice).collect();
            let scorer = HashedScorer::new(&good, &bad, own.pairs);
            plain(world.pool.texts.iter().map(|text| scorer.score(text)).collect())
        }
        Method::Oracle => plain(world.pool.junk.iter().map(|junk| f64::from(u8::from(junk.is_none()))).collect()),
        Method::Random | Method::All => plain(vec![0.0; documents]),
    }
}

/// Chooses, and counts what was chosen.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let world = World::new(own, seed, context.files)?;
    let ladder = if own.method.models().is_some() { gather::ladder(needs)? } else { Ladder::default() };
    let reasons = reasons(own, &world, &ladder, seed);
    let count = if own.method == Method::All { world.pool.texts.len() } else { own.part(own.kept) };
    // In the order of the pool, which is random: what is kept is learned from in no order of scores.
    let mut kept = highest(&reasons.score, count, &mut stream(seed, Purpose::Order, 1));
    kept.sort_unstable();
    let mut model = NGram::new(own.order, SYMBOLS);
    let (mut curve, mut symbols, mut bits): (Vec<[f64; 2]>, usize, Vec<Option<f64>>) = (Vec::new(), 0, Vec::new());
    let mut done = 0;
    for look in LOOKS {
        let until = (kept.len() * look / 8).max(1).min(kept.len());
        if until == done {
            continue;
        }
        for place in &kept[done..until] {
            model.add(&world.pool.texts[*place], 1);
            symbols += world.pool.texts[*place].len();
        }
        done = until;
        bits = world.test.bits(&model);
        curve.push([symbols as f64, gather::mean(&bits).unwrap_or(0.0)]);
    }
    let ability = world.test.measure(&model);
    let useful = kept.iter().filter(|place| world.pool.junk[**place].is_none()).count() as f64 / kept.len().max(1) as f64;
    let mut found = gather::bits(&bits);
    found.extend([
        ("ability", Some(ability.mean())),
        ("in-order", Some(ability.order)),
        ("cloze", Some(ability.cloze)),
        ("genre", Some(ability.genre)),
        ("symbols", Some(symbols as f64)),
        ("useful-kept", Some(useful)),
        ("score-auc", evaluation::stat::auc(&reasons.score, &world.pool.good())),
    ]);
    if let Some(strength) = &reasons.strength {
        found.extend(gather::areas(strength, &world.pool));
        let highest = strength.iter().filter(|s| **s >= 1.0).count();
        found.push(("ties", Some(highest as f64 / strength.len().max(1) as f64)));
        found.extend(gather::together(&ladder, &world.pool));
    }
    Ok(gather::outcome(&curve, &found, None, Status::Done))
}
