//! What comes out of a training: curves of ways, and how they go with what the network answers.

use evaluation::stat::{pearson, spearman};
use rand::seq::SliceRandom;

use super::Settings;
use super::onset::{self, Memorised};
use super::record::{Domain, Look, written};
use super::relation::partial;
use super::world::World;
use crate::blocks::pathways::{self, Apart};
use crate::blocks::streams::{Purpose, stream};
use crate::{Outcome, Series, Status};

/// Looks in the mean of a beginning and of an end.
const WINDOW: usize = 5;

/// Along the steps.
pub(super) const SERIES: [(&str, &str); 17] = [
    ("sums-learned", "Share of right answers to sums that are learned"),
    ("sums-held-out", "Share of right answers to sums that are held out"),
    ("pairs-learned", "Share of right answers to pairs, which can be learned by heart only"),
    ("text-learned", "Share of words found that follow in texts that are learned"),
    ("text-held-out", "The same in texts that are held out"),
    ("loss", "Mean loss of all questions that are learned, in nats"),
    ("distance", "Distance of the ways of two sums: characters to be put in, taken out or replaced, mean over pairs"),
    ("distance-share", "The same over the characters of the longer way"),
    ("distance-permuted", "The same (as a share) of ways with experts dealt out at random and as much entropy"),
    ("distance-pairs", "The same (as a share) of the ways of two pairs"),
    ("distance-text", "The same (as a share) of the ways of two texts"),
    ("distance-across", "The same (as a share) of the way of a sum and that of a pair"),
    ("distance-early", "The same (as a share) of two sums of the half that was memorised first"),
    ("distance-late", "The same (as a share) of two sums of the half that was memorised last"),
    ("entropy", "Entropy of the weights of experts of a sum, mean over layers, in nats"),
    ("complexity", "Complexity of the way of a sum, median over sums"),
    ("alignment", "Cosine of the mean expert of a layer and that of the next, mean over layers and sums"),
];

pub(super) const SCALARS: [(&str, &str); 52] = [
    ("fit-step", "First look at which most sums that are learned are right"),
    ("general-step", "First look at which most sums that are held out are right"),
    ("text-step", "The same of texts that are held out"),
    ("delay", "Doublings of the step from the one to the other, of sums"),
    ("least-delay", "The same, with the last step in place of one that never came"),
    ("asynchrony", "Doublings of the step from texts to sums, with the last step in place of one that never came"),
    ("final-sums-learned", "Share of right answers to sums that are learned, at the end"),
    ("final-sums", "Share of right answers to sums that are held out, at the end"),
    ("final-pairs", "Share of right answers to pairs, at the end"),
    ("final-text", "Share of words found that follow in texts that are held out, at the end"),
    ("epsilon-sums", "Loss below which a sum counts as memorised"),
    ("epsilon-pairs", "The same of a pair"),
    ("epsilon-text", "The same of a text"),
    ("memorised-sums", "Share of sums that are memorised before the last look"),
    ("memorised-pairs", "The same of pairs"),
    ("memorised-text", "The same of texts"),
    ("when-sums", "Median step at which a sum is memorised"),
    ("when-pairs", "The same of a pair"),
    ("when-text", "The same of a text"),
    ("answered-sums", "Share of sums that are held out and answered for good"),
    ("answered-text", "The same of texts"),
    ("when-answered-sums", "Median step from which such a sum is answered for good"),
    ("when-answered-text", "The same of a text"),
    ("group-rank", "Rank correlation of when held-out sums are answered with when the sums were memorised that share a number with them"),
    ("end-string", "Distance of the ways of two sums at the end, in characters"),
    ("end-share", "The same over the characters of the longer way"),
    ("end-beyond", "How much smaller it is than that of ways with experts dealt out at random, at the end"),
    ("fall-string", "How much the distance of the ways of two sums falls from fit to end, in characters"),
    ("fall-share", "The same over the characters of the longer way"),
    ("fall-permuted", "The same of ways with experts dealt out at random and as much entropy"),
    ("fall-beyond", "How much more it falls than that"),
    ("fall-pairs", "How much the distance of the ways of two pairs falls from fit to end, as a share"),
    ("fall-contrast", "How much more that of sums falls"),
    ("fall-across", "How much the distance of the way of a sum and that of a pair falls from fit to end, as a share"),
    ("fall-early", "How much that of sums falls of the half that was memorised first"),
    ("fall-late", "How much that of sums falls of the half that was memorised last"),
    ("fall-entropy", "How much the entropy of weights falls from fit to end"),
    ("fall-complexity", "How much the complexity of the way of a sum falls from fit to end"),
    ("rank-distance", "Rank correlation from fit to end of the distance (in characters) with the share of held-out sums that are right"),
    ("rank-share", "The same of the distance as a share of the characters"),
    ("rank-complexity", "The same of the complexity; of the consistency, which is one less it, it has the other sign"),
    ("rank-step", "The same of the step"),
    ("rank-entropy", "The same of the entropy"),
    ("lead", "How much farther from zero that of the distance is than that of the step"),
    ("partial-distance", "Partial correlation of the distance (in characters) with the share of held-out sums that are right, given the logarithm of the step"),
    ("partial-share", "The same of the distance as a share of the characters"),
    ("partial-complexity", "The same of the complexity; of the consistency it has the other sign"),
    ("partial-beyond", "The same of the distance as a share, given the entropy as well"),
    ("partial-pairs", "The same of the distance of pairs as a share, which nothing generalises to"),
    ("entropy-distance", "Correlation over pairs of sums of the mean entropy of two ways with their distance, at the end"),
    ("score", "Mean of the five shares of right answers at the end: what rates are chosen by"),
    ("rate", "Learning rate, chosen for all arms on other seeds"),
];

/// The outcome of a training that ended early, at this rate.
pub(super) fn diverged(rate: f64, why: String) -> Outcome {
    Outcome::gathered(Vec::new(), &SCALARS, &[("rate", Some(rate))], None, Status::Diverged(why))
}

/// The ways of the tracked sums with the experts of every layer dealt out anew: as many, with the same weights. It is the same deal at every look.
fn permuted(look: &Look<'_>, share: f64, seed: u64) -> Vec<Vec<u8>> {
    let mut rng = stream(seed, Purpose::Order, 0);
    let mut ways = look.weights(Domain::Sums);
    ways.iter_mut().flatten().for_each(|weights| weights.shuffle(&mut rng));
    ways.iter().map(|layers| written(layers, share)).collect()
}

/// The mean entropy of a way's layers.
fn entropy(layers: &[Vec<f64>]) -> f64 {
    layers.iter().map(|weights| pathways::entropy(weights)).sum::<f64>() / layers.len().max(1) as f64
}

/// The ways at these places.
fn chosen(ways: &[Vec<u8>], places: &[usize]) -> Vec<Vec<u8>> {
    places.iter().filter_map(|k| ways.get(*k).cloned()).collect()
}

/// All numbers of a look, in the order of [`SERIES`].
fn measured(own: &Settings, look: &Look<'_>, halves: &[Vec<usize>; 2], seed: u64) -> [f64; SERIES.len()] {
    let ways = |domain| look.ways(domain, own.weight_share);
    let (sums, pairs, text) = (ways(Domain::Sums), ways(Domain::Pairs), ways(Domain::Text));
    let share = |ways: &[Vec<u8>]| pathways::within(ways).share;
    let Apart { edits, share: apart } = pathways::within(&sums);
    let entropies: Vec<f64> = look.weights(Domain::Sums).iter().map(|layers| entropy(layers)).collect();
    let [right_sums, right_pairs, right_text, held_sums, held_text, loss, complexity, cosine] = look.numbers;
    [
        right_sums,
        held_sums,
        right_pairs,
        right_text,
        held_text,
        loss,
        edits,
        apart,
        share(&permuted(look, own.weight_share, seed)),
        share(&pairs),
        share(&text),
        pathways::between(&sums, &pairs).share,
        share(&chosen(&sums, &halves[0])),
        share(&chosen(&sums, &halves[1])),
        entropies.iter().sum::<f64>() / entropies.len().max(1) as f64,
        complexity,
        cosine,
    ]
}

/// The mean of some numbers.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The curves of a training.
struct Curves {
    steps: Vec<f64>,
    rows: Vec<[f64; SERIES.len()]>,
}

impl Curves {
    /// One of them; zeros where there is none of this name.
    fn of(&self, name: &str) -> Vec<f64> {
        let place = SERIES.iter().position(|(known, _)| *known == name);
        self.rows.iter().map(|row| place.and_then(|k| row.get(k)).copied().unwrap_or(0.0)).collect()
    }

    /// The first look at which one of them is at least this.
    fn reaches(&self, name: &str, least: f64) -> Option<usize> {
        self.of(name).iter().position(|v| *v >= least)
    }

    /// The mean of the last looks.
    fn end(&self, name: &str) -> f64 {
        let all = self.of(name);
        mean(&all[all.len().saturating_sub(WINDOW)..])
    }

    /// How much one falls from a look on to the end: the mean of the looks from there on less that of the last ones. Nothing where these overlap.
    fn fall(&self, name: &str, from: Option<usize>) -> Option<f64> {
        let all = self.of(name);
        let part = all.get(from?..).filter(|part| part.len() >= 2 * WINDOW)?;
        Some(mean(&part[..WINDOW]) - self.end(name))
    }
}

/// The two halves of the tracked sums, by when they were memorised.
fn halves(own: &Settings, sums: &Memorised) -> [Vec<usize>; 2] {
    let mut order: Vec<usize> = (0..own.tracked).collect();
    order.sort_by_key(|k| sums.at.get(*k).copied().flatten().unwrap_or(usize::MAX));
    let late = order.split_off(order.len() / 2);
    [order, late]
}

type Found = Vec<(&'static str, Option<f64>)>;

/// When questions are memorised and answered, and how the one follows the other.
fn onsets(world: &World, steps: &[f64], looks: &[Look<'_>], memorised: &[Memorised; 3]) -> Found {
    let [sums, pairs, text] = memorised;
    let when = |of: &Memorised| onset::typical(&of.at, steps).1;
    let right = |of: fn(&Look<'_>) -> Vec<f32>| looks.iter().map(of).collect::<Vec<_>>();
    let (right_sums, right_text) = (right(|look| look.sums.to_vec()), right(|look| look.text.to_vec()));
    let answered = |right: &[Vec<f32>]| onset::answered(&right.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let (answered_sums, answered_text) = (answered(&right_sums), answered(&right_text));
    let (of_sums, of_text) = (onset::typical(&answered_sums, steps), onset::typical(&answered_text, steps));
    vec![
        ("epsilon-sums", Some(sums.epsilon)),
        ("epsilon-pairs", Some(pairs.epsilon)),
        ("epsilon-text", Some(text.epsilon)),
        ("memorised-sums", Some(sums.share(looks.len()))),
        ("memorised-pairs", Some(pairs.share(looks.len()))),
        ("memorised-text", Some(text.share(looks.len()))),
        ("when-sums", when(sums)),
        ("when-pairs", when(pairs)),
        ("when-text", when(text)),
        ("answered-sums", Some(of_sums.0)),
        ("answered-text", Some(of_text.0)),
        ("when-answered-sums", of_sums.1),
        ("when-answered-text", of_text.1),
        ("group-rank", onset::follows(&world.learned, &sums.at, &world.sums, &answered_sums)),
    ]
}

/// How far curves fall, and how they go with what is answered, from a look on.
fn relations(curves: &Curves, fit: Option<usize>) -> Found {
    let fall = |name: &str| curves.fall(name, fit);
    let less = |a: Option<f64>, b: Option<f64>| Some(a? - b?);
    let after = |values: Vec<f64>| fit.and_then(|k| values.get(k..).map(<[f64]>::to_vec)).unwrap_or_default();
    let of = |name: &str| after(curves.of(name));
    let (right, steps) = (of("sums-held-out"), after(curves.steps.clone()));
    let logarithm: Vec<f64> = steps.iter().map(|step| step.ln()).collect();
    let (distance, share, entropy, complexity) = (of("distance"), of("distance-share"), of("entropy"), of("complexity"));
    let rank = |curve: &[f64]| spearman(curve, &right);
    let part = |curve: &[f64]| partial(curve, &right, &[&logarithm]);
    vec![
        ("fall-string", fall("distance")),
        ("fall-share", fall("distance-share")),
        ("fall-permuted", fall("distance-permuted")),
        ("fall-beyond", less(fall("distance-share"), fall("distance-permuted"))),
        ("fall-pairs", fall("distance-pairs")),
        ("fall-contrast", less(fall("distance-share"), fall("distance-pairs"))),
        ("fall-across", fall("distance-across")),
        ("fall-early", fall("distance-early")),
        ("fall-late", fall("distance-late")),
        ("fall-entropy", fall("entropy")),
        ("fall-complexity", fall("complexity")),
        ("rank-distance", rank(&distance)),
        ("rank-share", rank(&share)),
        ("rank-complexity", rank(&complexity)),
        ("rank-step", rank(&steps)),
        ("rank-entropy", rank(&entropy)),
        ("lead", less(rank(&distance).map(f64::abs), rank(&steps).map(f64::abs))),
        ("partial-distance", part(&distance)),
        ("partial-share", part(&share)),
        ("partial-complexity", part(&complexity)),
        ("partial-beyond", partial(&share, &right, &[&logarithm, &entropy])),
        ("partial-pairs", part(&of("distance-pairs"))),
    ]
}

/// How the mean entropy of two ways goes with their distance, over pairs of tracked sums.
fn entropy_distance(own: &Settings, look: &Look<'_>) -> Option<f64> {
    let (weights, ways) = (look.weights(Domain::Sums), look.ways(Domain::Sums, own.weight_share));
    let entropies: Vec<f64> = weights.iter().map(|layers| entropy(layers)).collect();
    let (mut means, mut distances) = (Vec::new(), Vec::new());
    for (k, (way, one)) in ways.iter().zip(&entropies).enumerate() {
        for (other, two) in ways.iter().zip(&entropies).take(k) {
            means.push((one + two) / 2.0);
            distances.push(pathways::edits(way, other) as f64);
        }
    }
    pearson(&means, &distances)
}

/// The outcome of a training that came to its end.
pub(super) fn trained(own: &Settings, world: &World, rate: f64, looks: &[Look<'_>], seed: u64) -> Outcome {
    let [a, b, c, d] = world.starts;
    let memorised = [(a, b), (b, c), (c, d)].map(|(from, to)| {
        let losses: Vec<&[f32]> = looks.iter().map(|look| look.losses.get(from..to).unwrap_or_default()).collect();
        onset::memorised(&losses, own.delta)
    });
    let halves = halves(own, &memorised[0]);
    let steps: Vec<f64> = looks.iter().map(|look| look.step).collect();
    let rows = looks.iter().map(|look| measured(own, look, &halves, seed)).collect();
    let curves = Curves { steps, rows };
    let (fit, general) = (curves.reaches("sums-learned", own.fit), curves.reaches("sums-held-out", own.general));
    let text = curves.reaches("text-held-out", own.general);
    let at = |look: Option<usize>| look.and_then(|k| curves.steps.get(k)).copied();
    let doublings = |from: Option<f64>, to: Option<f64>| Some((to? / from?).log2());
    let last = Some(own.steps as f64);
    let final_of = |name: &str| curves.of(name).last().copied();
    let shares: Option<Vec<f64>> = SERIES[..5].iter().map(|(name, _)| final_of(name)).collect();
    let mut found: Found = vec![
        ("fit-step", at(fit)),
        ("general-step", at(general)),
        ("text-step", at(text)),
        ("delay", doublings(at(fit), at(general))),
        ("least-delay", doublings(at(fit), at(general).or(last))),
        ("asynchrony", doublings(at(text), at(general).or(last))),
        ("final-sums-learned", final_of("sums-learned")),
        ("final-sums", final_of("sums-held-out")),
        ("final-pairs", final_of("pairs-learned")),
        ("final-text", final_of("text-held-out")),
        ("end-string", Some(curves.end("distance"))),
        ("end-share", Some(curves.end("distance-share"))),
        ("end-beyond", Some(curves.end("distance-permuted") - curves.end("distance-share"))),
        ("entropy-distance", looks.last().and_then(|look| entropy_distance(own, look))),
        ("score", shares.map(|shares| mean(&shares))),
        ("rate", Some(rate)),
    ];
    found.extend(onsets(world, &curves.steps, looks, &memorised));
    found.extend(relations(&curves, fit));
    let series = SERIES.iter().filter_map(|(name, _)| Series::through(name, curves.steps.iter().copied().zip(curves.of(name)))).collect();
    Outcome::gathered(series, &SCALARS, &found, None, Status::Done)
}
