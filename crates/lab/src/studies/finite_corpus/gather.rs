//! What comes out of a run.

use super::{Recipe, Settings};
use crate::{Outcome, Series, Status};

/// Along the steps.
pub(super) const SERIES: [(&str, &str); 1] = [("test-loss", "Cross-entropy of the next token in windows that are tested, in nats")];

pub(super) const SCALARS: [(&str, &str); 18] = [
    ("loss", "Cross-entropy of the next token in windows that are tested, in nats, at the end"),
    ("least", "The least of it along the way"),
    ("gap", "How far it lies above that of windows which were learned from"),
    ("excess", "How far it lies above what one who knows the language has; of a corpus it does not exist"),
    ("kind", "What is trained, as a number: 0 usual, 1 tuned, 2 an ensemble, 3 its pupil, 4 self-taught"),
    ("params", "Weights of the matrices of the blocks"),
    ("total", "The same of all members of an ensemble"),
    ("active", "Mean number of them that were not pruned, over the steps"),
    ("left", "Number of them that are not pruned in the end"),
    ("tokens", "Tokens that were processed in training, repeated ones each time"),
    ("unique", "Distinct tokens among them"),
    ("perstep", "Tokens of a step"),
    ("compute", "6 × active × tokens, of all members"),
    ("rate", "Peak of the learning rate, chosen on other seeds where there is a choice"),
    ("decay", "Weight decay, chosen likewise"),
    ("passes", "Passes over the corpus, chosen likewise"),
    ("members-mean", "Mean loss of the members of an ensemble, one by one"),
    ("score", "What recipes are chosen by, higher is better: e to the power of minus the loss"),
];

/// A training that came to its end.
pub(super) struct Run {
    pub(super) recipe: Recipe,
    pub(super) steps: u64,
    pub(super) windows: usize,
    /// Mean share of weights that were active.
    pub(super) active: f64,
    /// Weights that are left.
    pub(super) left: f64,
    /// Mean loss of windows that were learned from.
    pub(super) learned: f64,
    pub(super) floor: Option<f64>,
}

fn recipe_of(own: &Settings, recipe: Recipe) -> [(&'static str, Option<f64>); 6] {
    [
        ("kind", Some(f64::from(own.method as u8))),
        ("rate", Some(recipe.rate)),
        ("decay", Some(recipe.decay)),
        ("passes", Some(recipe.passes)),
        ("params", Some(own.weights())),
        ("perstep", Some((own.batch * own.length) as f64)),
    ]
}

/// A run that ended early.
pub(super) fn diverged(own: &Settings, recipe: Recipe, why: String) -> Outcome {
    Outcome::gathered(Vec::new(), &SCALARS, &recipe_of(own, recipe), None, Status::Diverged(why))
}

/// A model with its curve.
pub(super) fn done(own: &Settings, run: &Run, curve: &[(f64, f64)], weights: Option<Vec<u8>>) -> Outcome {
    let loss = curve.last().map(|point| point.1);
    let tokens = run.steps as f64 * (own.batch * own.length) as f64;
    let active = run.active * own.weights();
    let mut found = recipe_of(own, run.recipe).to_vec();
    found.extend([
        ("loss", loss),
        ("least", curve.iter().map(|point| point.1).reduce(f64::min)),
        ("gap", loss.map(|loss| loss - run.learned)),
        ("excess", loss.zip(run.floor).map(|(loss, floor)| loss - floor)),
        ("total", Some(own.weights())),
        ("active", Some(active)),
        ("left", Some(run.left)),
        ("tokens", Some(tokens)),
        ("unique", Some(((run.windows * own.length) as f64).min(tokens))),
        ("compute", Some(6.0 * active * tokens)),
        ("score", loss.map(|loss| (-loss).exp())),
    ]);
    let series = Series::through(SERIES[0].0, curve.iter().copied());
    Outcome::gathered(series.into_iter().collect(), &SCALARS, &found, weights, Status::Done)
}

/// An ensemble, whose curve is one point, after the steps of a member.
pub(super) fn together(own: &Settings, recipe: Recipe, members: &[Outcome], loss: f64, floor: Option<f64>) -> Outcome {
    let all = |name: &str| members.iter().filter_map(|member| member.scalar(name)).collect::<Vec<f64>>();
    let first = |name: &str| all(name).first().copied();
    let losses = all("loss");
    let mut found = recipe_of(own, recipe).to_vec();
    found.extend([
        ("loss", Some(loss)),
        ("least", Some(loss)),
        ("excess", floor.map(|floor| loss - floor)),
        ("total", Some(members.len() as f64 * own.weights())),
        ("active", first("active")),
        ("left", first("left")),
        ("tokens", first("tokens")),
        ("unique", first("unique")),
        ("compute", Some(all("compute").iter().sum())),
        ("members-mean", (!losses.is_empty()).then(|| losses.iter().sum::<f64>() / losses.len() as f64)),
        ("score", Some((-loss).exp())),
    ]);
    let steps = first("tokens").unwrap_or(1.0) / (own.batch * own.length) as f64;
    let series = Series::through(SERIES[0].0, [(steps, loss)]);
    Outcome::gathered(series.into_iter().collect(), &SCALARS, &found, None, Status::Done)
}
