//! What a network of this kind learns from: curves of a prior, cut into what is seen and what is asked, as tokens.

use priors::annealing::{Earlier, Episode, Plainer};
use priors::{Annealing, NeuralScaling, Prior, Projects};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::frame::{ABOVE_ZERO, FEATURES, Frame, IN_A_PROJECT};
use super::network::{Batch, Shape};
use super::prefix::{self, Prefix};
use super::train::{MixtureRecipe, Without};
use crate::PfnError;

/// One curve as tokens: those of what is seen, those of what is asked, and the truth there in the units of the network.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Example {
    pub context: Vec<f32>,
    pub query: Vec<f32>,
    /// How many seen points each query is told; empty where all are.
    pub prefix: Vec<usize>,
    pub target: Vec<f32>,
}

impl Example {
    fn clear(&mut self) {
        self.context.clear();
        self.query.clear();
        self.prefix.clear();
        self.target.clear();
    }
}

/// A source of examples. Pure: the same seed gives the same example.
pub(crate) trait Episodes: Send + Sync {
    /// What the network has to be like: numbers a token, and whether seen points look back only.
    fn needs(&self) -> (usize, bool);
    /// The most tokens of what is seen.
    fn most(&self) -> usize;
    /// One example, in place of what `into` held.
    fn draw(&self, seed: u64, into: &mut Example);
}

/// Targets further out than this many units of the network are moved to it.
const FAR: f64 = 50.0;

/// Pushes one more row and hands it out.
fn row(rows: &mut Vec<f32>, inputs: usize) -> &mut [f32] {
    let n = rows.len();
    rows.resize(n + inputs, 0.0);
    &mut rows[n..]
}

/// A run and its schedule.
fn alone(run: &Episode, frame: &Frame<'_>, inputs: usize, into: &mut Example) {
    run.seen.iter().zip(&run.y).for_each(|(t, y)| frame.token(*t, Some(*y), row(&mut into.context, inputs)));
    run.asked.iter().for_each(|t| frame.token(*t, None, row(&mut into.query, inputs)));
    into.target.extend(run.truth.iter().map(|y| frame.relative(*y).clamp(-FAR, FAR) as f32));
}

impl Episodes for Annealing {
    fn needs(&self) -> (usize, bool) {
        (FEATURES, false)
    }

    fn most(&self) -> usize {
        Annealing::most(self)
    }

    fn draw(&self, seed: u64, into: &mut Example) {
        into.clear();
        let run = Annealing::draw(self, seed);
        alone(&run, &Frame::new(run.path.as_ref(), &run.seen, &run.y), FEATURES, into);
    }
}

/// The tokens of an earlier run: a solved example, in units of its own, with how those lie to the units of the run that is predicted.
pub(crate) fn earlier(run: &Earlier, own: &Frame<'_>, rows: &mut Vec<f32>) {
    let frame = Frame::new(run.path.as_ref(), &run.t[..run.cut], &run.y[..run.cut]);
    for (t, y) in run.t.iter().zip(&run.y) {
        let token = row(rows, IN_A_PROJECT);
        frame.token(*t, Some(*y), token);
        frame.beside(own, &mut token[FEATURES..]);
    }
}

impl Episodes for Projects {
    fn needs(&self) -> (usize, bool) {
        (IN_A_PROJECT, false)
    }

    fn most(&self) -> usize {
        self.seen() + self.earlier() * 2 * priors::annealing::HALF
    }

    fn draw(&self, seed: u64, into: &mut Example) {
        into.clear();
        let project = Projects::draw(self, seed);
        let frame = Frame::new(project.own.path.as_ref(), &project.own.seen, &project.own.y);
        alone(&project.own, &frame, IN_A_PROJECT, into);
        project.earlier.iter().for_each(|run| earlier(run, &frame, &mut into.context));
    }
}

impl Episodes for NeuralScaling {
    fn needs(&self) -> (usize, bool) {
        (ABOVE_ZERO, false)
    }

    fn most(&self) -> usize {
        NeuralScaling::most(self)
    }

    fn draw(&self, seed: u64, into: &mut Example) {
        into.clear();
        let run = NeuralScaling::draw(self, seed);
        alone(&run, &Frame::new(None, &run.seen, &run.y), ABOVE_ZERO, into);
    }
}

/// Curves of a prior on t = 1 … horizon, every beginning of them at once.
struct Beginnings {
    prior: Box<dyn Prior>,
    queries: usize,
    /// All questions about a curve are about the same beginning.
    one: bool,
}

impl Episodes for Beginnings {
    fn needs(&self) -> (usize, bool) {
        (prefix::INPUTS, true)
    }

    fn most(&self) -> usize {
        self.prior.horizon()
    }

    fn draw(&self, seed: u64, into: &mut Example) {
        into.clear();
        let horizon = self.prior.horizon();
        let mut y = vec![0.0f32; horizon];
        self.prior.fill(seed, 1, &mut y);
        let mut known = Prefix::new(horizon);
        let mut after = Vec::with_capacity(horizon);
        for (k, y) in y.iter().enumerate() {
            known.push((k + 1) as f64, f64::from(*y), row(&mut into.context, prefix::INPUTS));
            after.push(known.clone());
        }
        let rng = &mut Pcg64::seed_from_u64(seed ^ 0x5eed);
        let only = self.one.then(|| rng.random_range(1..horizon));
        for _ in 0..self.queries {
            let seen = only.unwrap_or_else(|| rng.random_range(1..horizon));
            let asked = rng.random_range(seen..horizon);
            let known = &after[seen - 1];
            known.ask((asked + 1) as f64, row(&mut into.query, prefix::INPUTS));
            into.prefix.push(seen);
            into.target.push(known.relative(f64::from(y[asked])).clamp(-FAR, FAR) as f32);
        }
    }
}

/// What a recipe learns from. One line adds a source.
pub(crate) fn of(recipe: &MixtureRecipe) -> Result<Box<dyn Episodes>, PfnError> {
    let (points, queries) = (recipe.points, recipe.queries);
    let found: Box<dyn Episodes> = match recipe.prior.as_str() {
        Annealing::NAME => Box::new(Annealing::new(points, queries)),
        NeuralScaling::NAME => Box::new(NeuralScaling::new(points, queries)),
        Projects::NAME => {
            let lacks = |what| recipe.lacks(what);
            let (rates, gains) = (lacks(Without::Rates), lacks(Without::Gains));
            let plainer = Plainer { rates, gains, misfit: lacks(Without::Misfit), free: lacks(Without::Free) };
            Box::new(Projects::new(points, queries, recipe.earlier).plainer(plainer))
        }
        other => {
            let prior = priors::find(other, points).map_err(|e| PfnError::Recipe(e.to_string()))?;
            Box::new(Beginnings { prior, queries, one: recipe.lacks(Without::Beginnings) })
        }
    };
    let (inputs, causal) = found.needs();
    let Shape { inputs: has, causal: is, .. } = recipe.network;
    if (has, is) != (inputs, causal) {
        return Err(PfnError::Recipe(format!(
            "a network that learns from the prior {:?} has inputs = {inputs} and causal = {causal}; the recipe says {has} and {is}",
            recipe.prior
        )));
    }
    Ok(found)
}

/// Examples as a batch, with what is to be predicted.
pub(crate) fn batch(source: &dyn Episodes, seeds: impl Iterator<Item = u64>, batch: &mut Batch, target: &mut Vec<f32>) {
    batch.clear();
    target.clear();
    let inputs = source.needs().0;
    let (mut example, mut queries) = (Example::default(), Vec::new());
    for seed in seeds {
        source.draw(seed, &mut example);
        batch.context.push(example.context.len() / inputs);
        batch.query.push(example.query.len() / inputs);
        batch.tokens.extend_from_slice(&example.context);
        batch.prefix.extend_from_slice(&example.prefix);
        queries.extend_from_slice(&example.query);
        target.extend_from_slice(&example.target);
    }
    batch.tokens.extend_from_slice(&queries);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_an_example_of_every_source() {
        let projects = Projects::new(64, 8, 3);
        let annealing = Annealing::new(64, 8);
        let beginnings = Beginnings { prior: priors::find("domhan3", 50).unwrap(), queries: 8, one: false };
        let scaling = NeuralScaling::new(64, 8);
        let sources: [&dyn Episodes; 4] = [&annealing, &projects, &beginnings, &scaling];
        for source in sources {
            let (inputs, causal) = source.needs();
            let (mut one, mut other) = (Example::default(), Example::default());
            for seed in 0..200 {
                source.draw(seed, &mut one);
                source.draw(seed, &mut other);
                assert_eq!(one, other);
                assert!(one.context.len() / inputs <= source.most() && one.query.len() == 8 * inputs && one.target.len() == 8);
                assert_eq!(one.prefix.len(), if causal { 8 } else { 0 });
                assert!(one.context.iter().chain(&one.query).chain(&one.target).all(|v| v.is_finite() && v.abs() < 200.0), "{seed}");
            }
        }
    }

    #[test]
    fn one_beginning_is_asked_about_where_there_is_one() {
        let source = |one: bool| Beginnings { prior: priors::find("domhan3", 50).unwrap(), queries: 8, one };
        let (mut all, mut one) = (Example::default(), Example::default());
        for seed in 0..20 {
            source(false).draw(seed, &mut all);
            source(true).draw(seed, &mut one);
            assert_eq!(all.context, one.context);
            assert!(one.prefix.windows(2).all(|p| p[0] == p[1]) && all.prefix.windows(2).any(|p| p[0] != p[1]), "{seed}");
        }
    }

    #[test]
    fn tokens_of_earlier_runs_are_marked() {
        let projects = Projects::new(64, 8, 3);
        let mut e = Example::default();
        let seed = (0..100).find(|s| !Projects::draw(&projects, *s).earlier.is_empty()).unwrap();
        Episodes::draw(&projects, seed, &mut e);
        let own = Projects::draw(&projects, seed).own.seen.len();
        for (k, token) in e.context.chunks_exact(IN_A_PROJECT).enumerate() {
            assert_eq!(token[FEATURES], f32::from(u8::from(k >= own)), "{k}");
        }
    }
}
