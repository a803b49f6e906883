//! Training on curves streamed from a prior: AdamW, warm-up, half-cosine, resumable, deterministic.
//!
//! One thread, on purpose: the network is small, and whoever trains it shares the machine.

use std::path::{Path, PathBuf};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::episodes::{self, Episodes, Example};
use super::network::{Arena, Batch, Network, Shape};
use super::weights::{Card, Checkpoint};
use crate::{PfnError, Progress};

/// Everything that decides what a training run gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MixtureRecipe {
    /// The name of the model.
    pub name: String,
    /// The prior the curves are streamed from: `annealing` (a run and its schedule), `projects` (earlier runs beside it), `neural-scaling` (scaling curves of
    /// positive values), or one of [`priors::NAMES`]
    /// (every beginning of a curve on t = 1 … points).
    pub prior: String,
    /// The network.
    pub network: Shape,
    /// Curves seen in all, none of them twice.
    pub curves: u64,
    /// Curves per step.
    pub batch: usize,
    /// Peak learning rate.
    pub rate: f32,
    /// Share of the steps in which the rate rises linearly.
    pub warm_up: f64,
    /// Gradient-norm clip.
    pub clip: f32,
    /// Weight decay.
    pub decay: f32,
    /// Points seen of a curve, at most; also what longer curves are averaged to when the network answers.
    pub points: usize,
    /// Points asked of a curve.
    pub queries: usize,
    /// Earlier runs of the same project that are known, at most.
    #[serde(default)]
    pub earlier: usize,
    /// What is taken out, to see what it earns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<Without>,
    /// Seed of the initial weights and of the stream.
    pub seed: u64,
}

/// What a recipe may do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Without {
    /// Questions about every beginning of a curve at once: all that are asked of a curve are about one.
    Beginnings,
    /// The learning rate: the network is told of none, in training or when it answers.
    Rates,
    /// What a fall of the rate brings, in the prior.
    Gains,
    /// What no law explains, but for white noise, in the prior.
    Misfit,
    /// Curves that have no learning rate, in the prior.
    Free,
}

/// Curves computed at once: small enough for the cache, large enough for the matrix kernel.
const MICRO: usize = 16;

impl MixtureRecipe {
    /// What is wrong with the recipe, if anything.
    pub fn check(&self) -> Result<(), PfnError> {
        self.network.check().map_err(PfnError::Recipe)?;
        let bad = |what: &str| Err(PfnError::Recipe(what.to_owned()));
        if self.batch == 0 || self.curves < self.batch as u64 {
            return bad("batch must be at least 1 and curves at least one batch");
        }
        if !(self.rate > 0.0 && self.rate.is_finite() && self.clip > 0.0 && self.decay >= 0.0) {
            return bad("rate and clip must be positive, and decay not negative");
        }
        if !(0.0..1.0).contains(&self.warm_up) {
            return bad("warm_up must be in [0, 1)");
        }
        if !(16..=1024).contains(&self.points) || !(4..=1024).contains(&self.queries) {
            return bad("points must be from 16 to 1024, and queries from 4 to 1024");
        }
        if self.earlier > 64 {
            return bad("earlier must be at most 64");
        }
        let there = |without: &Without| match without {
            Without::Beginnings => self.network.causal,
            Without::Rates | Without::Gains | Without::Misfit | Without::Free => self.prior == priors::Projects::NAME,
        };
        if !self.without.iter().all(there) {
            return bad("`without` has what the prior does not have: `beginnings` is for curves on t = 1 … points, the others are for `projects`");
        }
        episodes::of(self).map(|_| ())
    }

    /// Whether it does without this.
    pub fn lacks(&self, what: Without) -> bool {
        self.without.contains(&what)
    }

    /// Steps in all.
    pub fn steps(&self) -> u64 {
        self.curves / self.batch as u64
    }

    /// The learning rate of step `step`, counted from 0.
    pub fn rate_at(&self, step: u64) -> f32 {
        let t = (step as f64 + 1.0) / self.steps() as f64;
        let factor = if t < self.warm_up { t / self.warm_up } else { 0.5 * (1.0 + (std::f64::consts::PI * (t - self.warm_up) / (1.0 - self.warm_up)).cos()) };
        self.rate * factor as f32
    }
}

fn stream(seed: u64, what: &str, index: u64) -> u64 {
    fitters::seed::of(&[&seed.to_string(), what, &index.to_string()])
}

/// Curves of a recipe as tokens, for a program that trains the same network elsewhere.
///
/// A record a curve, all of one length, single precision in little-endian order: how many tokens are seen; those tokens, filled up with zeros to the
/// most there can be; the tokens of the points asked; how many seen points each of them is told; the truth there.
pub struct MixtureRecords {
    recipe: MixtureRecipe,
    source: Box<dyn Episodes>,
    example: Example,
}

impl MixtureRecords {
    /// Records of a recipe.
    pub fn new(recipe: MixtureRecipe) -> Result<Self, PfnError> {
        recipe.check()?;
        let source = episodes::of(&recipe)?;
        Ok(Self { recipe, source, example: Example::default() })
    }

    /// The most tokens that are seen of a curve.
    pub fn most(&self) -> usize {
        self.source.most()
    }

    /// Numbers in a record.
    pub fn numbers(&self) -> usize {
        1 + self.source.most() * self.recipe.network.inputs + self.recipe.queries * (self.recipe.network.inputs + 2)
    }

    /// Appends the record of curve `index`, the one that training would see under that number.
    pub fn append(&mut self, index: u64, out: &mut Vec<u8>) {
        self.source.draw(stream(self.recipe.seed, "curves", index), &mut self.example);
        let (e, inputs) = (&self.example, self.recipe.network.inputs);
        let seen = e.context.len() / inputs;
        let zeros = self.source.most() * inputs - e.context.len();
        let told = (0..self.recipe.queries).map(|k| e.prefix.get(k).copied().unwrap_or(seen) as f32);
        let numbers = [seen as f32].into_iter().chain(e.context.iter().copied()).chain(std::iter::repeat_n(0.0, zeros));
        numbers.chain(e.query.iter().copied()).chain(told).chain(e.target.iter().copied()).for_each(|v| out.extend_from_slice(&v.to_le_bytes()));
    }
}

/// The loss of a network, from the bytes of its file, on curves `first` and after of its own prior, in nats a point in the units of the network.
/// Curves numbered beyond those that its card counts were not seen in training.
///
/// # Errors
/// A file that is no network of this kind.
pub fn fresh_loss(data: &[u8], first: u64, curves: u64) -> Result<f64, PfnError> {
    let (card, net, weights) = super::weights::read(data)?;
    let source = episodes::of(&card.recipe)?;
    let (mut batch, mut target, mut arena, mut loss) = (Batch::default(), Vec::new(), Arena::default(), 0.0);
    for from in (first..first + curves).step_by(MICRO) {
        let upto = (from + MICRO as u64).min(first + curves);
        episodes::batch(source.as_ref(), (from..upto).map(|k| stream(card.recipe.seed, "curves", k)), &mut batch, &mut target);
        let weight = vec![1.0; target.len()];
        net.forward(&weights, &batch, &mut arena);
        loss += net.loss(&mut arena, &target, &weight) / (card.recipe.queries as f64);
    }
    Ok(loss / curves.max(1) as f64)
}

/// A training run in memory.
pub struct MixtureTrainer {
    recipe: MixtureRecipe,
    source: Box<dyn Episodes>,
    net: Network,
    state: Checkpoint,
    arena: Arena,
    gradient: Vec<f32>,
}

impl MixtureTrainer {
    /// A fresh run.
    pub fn new(recipe: MixtureRecipe) -> Result<Self, PfnError> {
        recipe.check()?;
        let net = Network::new(recipe.network);
        let mut rng = Pcg64::seed_from_u64(stream(recipe.seed, "weights", 0));
        let w = net.initial(|| rng.random::<f32>());
        let state = Checkpoint::new(w);
        let source = episodes::of(&recipe)?;
        Ok(Self { recipe, source, net, state, arena: Arena::default(), gradient: Vec::new() })
    }

    /// Goes on from the checkpoint at `path` if there is one; it must come from the same recipe.
    pub fn resume(recipe: MixtureRecipe, path: &Path) -> Result<Self, PfnError> {
        let mut t = Self::new(recipe)?;
        if path.exists() {
            t.state = Checkpoint::read(path, &t.recipe, t.net.layout.len())?;
        }
        Ok(t)
    }

    /// Steps done.
    pub fn step(&self) -> u64 {
        self.state.step
    }

    /// The network's own learning curve so far.
    pub fn log(&self) -> &[Progress] {
        &self.state.log
    }

    /// One step; returns its loss in nats per point.
    pub fn advance(&mut self) -> f64 {
        let (step, size) = (self.state.step, self.recipe.batch);
        let (mut batch, mut target, mut loss) = (Batch::default(), Vec::new(), 0.0);
        let mut arena = std::mem::take(&mut self.arena);
        let mut gradient = std::mem::take(&mut self.gradient);
        gradient.clear();
        gradient.resize(self.state.weights.len(), 0.0);
        for first in (0..size).step_by(MICRO) {
            let curves = MICRO.min(size - first);
            let from = step * size as u64 + first as u64;
            let seeds = (from..from + curves as u64).map(|k| stream(self.recipe.seed, "curves", k));
            episodes::batch(self.source.as_ref(), seeds, &mut batch, &mut target);
            let weight = vec![1.0 / (size * self.recipe.queries) as f32; target.len()];
            self.net.forward(&self.state.weights, &batch, &mut arena);
            loss += self.net.loss(&mut arena, &target, &weight);
            self.net.backward(&self.state.weights, &batch, &mut arena, &mut gradient);
        }
        self.update(&gradient);
        (self.arena, self.gradient) = (arena, gradient);
        self.state.loss_sum += loss;
        self.state.loss_steps += 1;
        loss
    }

    /// AdamW, β = (0.9, 0.999), ε = 1e-8.
    fn update(&mut self, gradient: &[f32]) {
        let norm = gradient.iter().map(|g| f64::from(*g) * f64::from(*g)).sum::<f64>().sqrt() as f32;
        let clip = if norm > self.recipe.clip { self.recipe.clip / norm } else { 1.0 };
        let rate = self.recipe.rate_at(self.state.step);
        self.state.step += 1;
        let t = self.state.step.min(1 << 30) as i32;
        let (c1, c2) = (1.0 - 0.9f64.powi(t), 1.0 - 0.999f64.powi(t));
        let size = (f64::from(rate) / c1) as f32;
        let root = c2.sqrt() as f32;
        let left = 1.0 - rate * self.recipe.decay;
        let s = &mut self.state;
        for (((w, m), v), g) in s.weights.iter_mut().zip(&mut s.first).zip(&mut s.second).zip(gradient) {
            let g = g * clip;
            *m = 0.9 * *m + 0.1 * g;
            *v = 0.999 * *v + 0.001 * g * g;
            *w = *w * left - size * *m / (v.sqrt() / root + 1e-8);
        }
    }

    /// Trains to the end, with a line of its learning curve and a checkpoint every `every` steps.
    ///
    /// `watch` sees each line and may stop the run by returning false; the checkpoint then waits for the next call.
    pub fn run(&mut self, checkpoint: &Path, every: u64, mut watch: impl FnMut(&Progress) -> bool) -> Result<(), PfnError> {
        let steps = self.recipe.steps();
        while self.state.step < steps {
            if !self.advance().is_finite() {
                return Err(PfnError::Diverged { step: self.state.step });
            }
            if self.state.step.is_multiple_of(every.max(1)) || self.state.step == steps {
                let line = Progress {
                    step: self.state.step,
                    steps,
                    curves: self.state.step * self.recipe.batch as u64,
                    rate: self.recipe.rate_at(self.state.step - 1),
                    loss: self.state.loss_sum / self.state.loss_steps.max(1) as f64,
                };
                (self.state.loss_sum, self.state.loss_steps) = (0.0, 0);
                self.state.log.push(line.clone());
                self.state.write(checkpoint, &self.recipe)?;
                if !watch(&line) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Writes the network as it is now, with its card.
    pub fn export(&self, path: &Path, commit: &str) -> Result<PathBuf, PfnError> {
        let card = Card {
            recipe: self.recipe.clone(),
            steps: self.state.step,
            curves: self.state.step * self.recipe.batch as u64,
            parameters: self.state.weights.len(),
            loss: self.state.log.last().map(|l| l.loss),
            commit: commit.to_owned(),
            how: None,
        };
        super::weights::write(path, &self.net.layout, &self.state.weights, &card)?;
        Ok(path.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> MixtureRecipe {
        MixtureRecipe {
            name: "small".into(),
            prior: "annealing".into(),
            network: Shape { width: 16, layers: 2, heads: 2, normals: 3, inputs: 24, causal: false },
            curves: 2400,
            batch: 8,
            rate: 3e-3,
            warm_up: 0.1,
            clip: 1.0,
            decay: 0.01,
            points: 24,
            queries: 6,
            earlier: 0,
            without: Vec::new(),
            seed: 7,
        }
    }

    #[test]
    fn training_learns_resumes_and_repeats() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("checkpoint.safetensors");
        let mut whole = MixtureTrainer::new(small()).unwrap();
        whole.run(&dir.path().join("other.safetensors"), 150, |_| true).unwrap();
        assert!(whole.log()[1].loss < whole.log()[0].loss, "{:?}", whole.log());
        let mut half = MixtureTrainer::new(small()).unwrap();
        half.run(&path, 150, |_| false).unwrap();
        assert_eq!(half.step(), 150);
        let mut rest = MixtureTrainer::resume(small(), &path).unwrap();
        rest.run(&path, 150, |_| true).unwrap();
        assert_eq!(rest.state, whole.state);
        let other = MixtureRecipe { seed: 8, ..small() };
        assert!(MixtureTrainer::resume(other, &path).is_err_and(|e| e.to_string().contains("another recipe")));
    }

    #[test]
    fn every_source_is_learnt_from() {
        for (prior, inputs, causal) in [("projects", 28, false), ("domhan3", 13, true)] {
            let network = Shape { inputs, causal, ..small().network };
            let recipe = MixtureRecipe { prior: prior.into(), network, earlier: 2, curves: 1600, ..small() };
            let dir = tempfile::tempdir().unwrap();
            let mut t = MixtureTrainer::new(recipe.clone()).unwrap();
            t.run(&dir.path().join("checkpoint.safetensors"), 100, |_| true).unwrap();
            assert!(t.log()[1].loss < t.log()[0].loss, "{prior}: {:?}", t.log());
            let mut records = MixtureRecords::new(recipe).unwrap();
            let mut bytes = Vec::new();
            (0..5).for_each(|k| records.append(k, &mut bytes));
            assert_eq!(bytes.len(), 5 * 4 * records.numbers());
            let numbers: Vec<f32> = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            for record in numbers.chunks_exact(records.numbers()) {
                let seen = record[0] as usize;
                assert!(seen > 0 && seen <= records.most());
                let told = &record[1 + records.most() * inputs + 6 * inputs..][..6];
                assert!(told.iter().all(|t| *t >= 1.0 && *t <= seen as f32), "{told:?}");
            }
        }
    }

    #[test]
    fn recipes_that_cannot_be_are_refused() {
        for bad in [
            MixtureRecipe { prior: "domhan3".into(), ..small() },
            MixtureRecipe { prior: "nothing".into(), ..small() },
            MixtureRecipe { prior: "projects".into(), ..small() },
            MixtureRecipe { earlier: 65, ..small() },
            MixtureRecipe { without: vec![Without::Beginnings], ..small() },
            MixtureRecipe { batch: 0, ..small() },
            MixtureRecipe { rate: f32::NAN, ..small() },
            MixtureRecipe { warm_up: 1.0, ..small() },
            MixtureRecipe { points: 2, ..small() },
        ] {
            assert!(matches!(MixtureTrainer::new(bad), Err(PfnError::Recipe(_))));
        }
    }
}
