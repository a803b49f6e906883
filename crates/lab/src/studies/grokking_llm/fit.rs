//! A training, and looks at it.

use evaluation::stat::median;
use nets::{Training, losses};

use super::gather;
use super::network::{Network, balance, held, multiplications, router_rows};
use super::record::{Look, Shape};
use super::world::{Examples, World};
use super::{Method, Settings};
use crate::blocks::course::{self, Course};
use crate::blocks::pathways;
use crate::blocks::probes::largest;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, StudyError};

/// Questions that are looked at side by side.
const BLOCK: usize = 512;

/// Operations of the matrix products of a training and of its looks.
pub(super) fn flops(own: &Settings) -> f64 {
    let questions = own.modulus.pow(2) + own.pairs + 2 * own.texts + 3 * own.tracked;
    let looks = (own.grid().len() + 1) * questions;
    2.0 * multiplications(own) * (3 * own.steps * own.batch + looks) as f64
}

/// Part of a list of questions.
fn part(of: &Examples, at: std::ops::Range<usize>) -> Examples {
    let cut = |list: &[u32]| list.get(at.clone()).unwrap_or_default().to_vec();
    Examples { first: cut(&of.first), second: cut(&of.second), wanted: cut(&of.wanted) }
}

/// What looks at a network.
struct Looker<'a> {
    own: &'a Settings,
    net: &'a Network,
    world: &'a World,
    /// The first questions of every domain, whose ways are kept.
    tracked: Examples,
    seed: u64,
}

/// The loss of every question, and whether the answer is right.
struct Marks {
    losses: Vec<f32>,
    right: Vec<f32>,
}

/// The mean.
fn mean(values: &[f32]) -> f64 {
    values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len().max(1) as f64
}

impl Looker<'_> {
    fn marks(&self, training: &mut Training<f32>, of: &Examples) -> Marks {
        let (mut found, mut right) = (Vec::with_capacity(of.len()), Vec::with_capacity(of.len()));
        for from in (0..of.len()).step_by(BLOCK) {
            let asked = part(of, from..(from + BLOCK).min(of.len()));
            training.infer(stream(self.seed, Purpose::Weights, 1), |pass| {
                let said = self.net.forward(pass, &asked);
                let errors = losses::cross_entropy(pass, said.scores, &asked.wanted, 0.0);
                found.extend_from_slice(pass.value(errors));
                let rows = pass.value(said.scores).chunks_exact(said.scores.cols.max(1));
                let answers = rows.map(|row| largest(row.iter().map(|s| f64::from(*s))));
                right.extend(answers.zip(&asked.wanted).map(|(answer, wanted)| if answer == *wanted { 1.0 } else { 0.0 }));
            });
        }
        Marks { losses: found, right }
    }

    /// Of every tracked question the weights of experts, layer after layer.
    fn weights(&self, training: &mut Training<f32>) -> Vec<Vec<Vec<f64>>> {
        let layers = training.infer(stream(self.seed, Purpose::Weights, 1), |pass| {
            let said = self.net.forward(pass, &self.tracked);
            said.layers.into_iter().map(|(_, routes)| routes.probabilities).collect::<Vec<_>>()
        });
        (0..self.tracked.len()).map(|k| layers.iter().map(|rows| rows.get(k).cloned().unwrap_or_default()).collect()).collect()
    }

    /// The complexity of the ways of sums, median over them, and the cosine in it, mean over them.
    fn complexity(&self, training: &Training<f32>, weights: &[Vec<Vec<f64>>]) -> [f64; 2] {
        let width = self.own.width.max(1);
        let (mut found, mut cosines) = (Vec::new(), 0.0);
        for layers in weights.iter().take(self.own.tracked) {
            let mean = |(k, weights): (usize, &Vec<f64>)| {
                let mut sum = vec![0.0; width];
                for (row, weight) in router_rows(&training.params, k).chunks_exact(width).zip(weights) {
                    sum.iter_mut().zip(row).for_each(|(s, v)| *s += weight * f64::from(*v));
                }
                sum
            };
            let means: Vec<Vec<f64>> = layers.iter().enumerate().map(mean).collect();
            let (complexity, cosine) = pathways::complexity(&means);
            found.extend(complexity);
            cosines += cosine;
        }
        [median(&found).unwrap_or(0.0), cosines / self.own.tracked.max(1) as f64]
    }

    /// Appends the numbers of a look after so many steps, in the order of [`Look`].
    fn look(&self, training: &mut Training<f32>, step: u64, to: &mut Vec<f32>) {
        let learned = self.marks(training, &self.world.learned);
        let (sums, text) = (self.marks(training, &self.world.sums), self.marks(training, &self.world.text));
        let weights = self.weights(training);
        let [complexity, cosine] = self.complexity(training, &weights);
        let starts = self.world.starts;
        let share = |domain: usize| mean(learned.right.get(starts[domain]..starts[domain + 1]).unwrap_or_default());
        to.push(step as f32);
        let shares = [share(0), share(1), share(2), mean(&sums.right), mean(&text.right)];
        to.extend(shares.into_iter().chain([mean(&learned.losses), complexity, cosine]).map(|v| v as f32));
        to.extend_from_slice(&learned.losses);
        to.extend_from_slice(&sums.right);
        to.extend_from_slice(&text.right);
        to.extend(weights.iter().flatten().flatten().map(|w| *w as f32));
    }

    /// The mean entropy of weights, layer by layer.
    fn entropies(&self, training: &mut Training<f32>) -> Vec<f64> {
        let weights = self.weights(training);
        let of = |layer: usize| weights.iter().filter_map(|layers| Some(pathways::entropy(layers.get(layer)?))).sum::<f64>();
        (0..self.own.layers).map(|layer| of(layer) / weights.len().max(1) as f64).collect()
    }
}

/// The first questions of every domain.
fn tracked(own: &Settings, world: &World) -> Examples {
    let mut made = Examples::default();
    for start in &world.starts[..3] {
        let one = part(&world.learned, *start..start + own.tracked);
        (0..one.len()).for_each(|k| made.push(one.first[k], one.second[k], one.wanted[k]));
    }
    made
}

/// Trains at a rate that falls to zero.
pub(super) fn run(own: &Settings, rate: f64, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let world = World::new(own, seed);
    let (net, mut training) = Network::new(own, stream(seed, Purpose::Weights, 0));
    let looker = Looker { own, net: &net, world: &world, tracked: tracked(own, &world), seed };
    // Of the first weights, which are the same when a training is taken up again.
    let first = if own.method == Method::Held { looker.entropies(&mut training) } else { Vec::new() };
    let (steps, grid) = (own.steps as u64, own.grid());
    let mut memory = Vec::new();
    let course = Course { steps, points: 1, rate };
    let (_, ended) = course::run(&mut training, &mut memory, course, context, |training, memory, step, rate| {
        if grid.binary_search(&step).is_ok() {
            looker.look(training, step, memory);
        }
        let batch = world.batch(own.batch, &mut stream(seed, Purpose::Steps, step));
        training.step(rate, stream(seed, Purpose::Weights, 1), |pass| {
            let said = net.forward(pass, &batch);
            let errors = losses::cross_entropy(pass, said.scores, &batch.wanted, 0.0);
            let mut loss = pass.mean(errors);
            for (k, layer) in said.layers.iter().enumerate() {
                let even = balance(pass, layer);
                let even = pass.affine(even, own.balance, 0.0);
                loss = pass.add(loss, even);
                if let Some(entropy) = first.get(k) {
                    let kept = held(pass, layer.0, *entropy);
                    let kept = pass.affine(kept, own.hold, 0.0);
                    loss = pass.add(loss, kept);
                }
            }
            loss
        })
    })?;
    if let Some(why) = ended {
        return Ok(gather::diverged(rate, why));
    }
    looker.look(&mut training, steps, &mut memory);
    if memory.iter().any(|v| !v.is_finite()) {
        return Ok(gather::diverged(rate, "what the network says is no longer finite; lower the rate".to_owned()));
    }
    let looks = Look::all(&memory, Shape::of(own, &world));
    Ok(gather::trained(own, &world, rate, &looks, seed))
}
