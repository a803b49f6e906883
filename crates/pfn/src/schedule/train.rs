//! Training on runs streamed from the annealing prior: AdamW, warm-up, half-cosine, resumable, deterministic.
//!
//! One thread, on purpose: the network is small, and whoever trains it shares the machine.

use std::path::{Path, PathBuf};

use priors::Annealing;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::features::{FEATURES, Frame};
use super::network::{Arena, Batch, Network, Shape};
use super::weights::{Card, Checkpoint};
use crate::{PfnError, Progress};

/// Everything that decides what a training run gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleRecipe {
    /// The name of the model.
    pub name: String,
    /// The prior the runs are streamed from: [`Annealing::NAME`].
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
    /// Seed of the initial weights and of the stream.
    pub seed: u64,
}

/// Curves computed at once: small enough for the cache, large enough for the matrix kernel.
const MICRO: usize = 16;
/// Targets further out than this many drops are moved to it.
const FAR: f64 = 50.0;

impl ScheduleRecipe {
    /// What is wrong with the recipe, if anything.
    pub fn check(&self) -> Result<(), PfnError> {
        self.network.check().map_err(PfnError::Recipe)?;
        let bad = |what: &str| Err(PfnError::Recipe(what.to_owned()));
        if self.prior != Annealing::NAME {
            return bad("a network that knows the schedule learns from the prior \"annealing\"");
        }
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
        Ok(())
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

/// A training run in memory.
pub struct ScheduleTrainer {
    recipe: ScheduleRecipe,
    prior: Annealing,
    net: Network,
    state: Checkpoint,
    arena: Arena,
    gradient: Vec<f32>,
}

impl ScheduleTrainer {
    /// A fresh run.
    pub fn new(recipe: ScheduleRecipe) -> Result<Self, PfnError> {
        recipe.check()?;
        let net = Network::new(recipe.network);
        let mut rng = Pcg64::seed_from_u64(stream(recipe.seed, "weights", 0));
        let w = net.initial(|| rng.random::<f32>());
        let state = Checkpoint::new(w);
        let prior = Annealing::new(recipe.points, recipe.queries);
        Ok(Self { recipe, prior, net, state, arena: Arena::default(), gradient: Vec::new() })
    }

    /// Goes on from the checkpoint at `path` if there is one; it must come from the same recipe.
    pub fn resume(recipe: ScheduleRecipe, path: &Path) -> Result<Self, PfnError> {
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

    /// Curves from the prior as a batch, with what is to be predicted.
    fn draw(&self, first: u64, curves: usize, batch: &mut Batch, target: &mut Vec<f32>) {
        batch.context.clear();
        batch.query.clear();
        batch.tokens.clear();
        target.clear();
        let runs: Vec<_> = (0..curves as u64).map(|k| self.prior.draw(stream(self.recipe.seed, "curves", first + k))).collect();
        let frames: Vec<_> = runs.iter().map(|r| Frame::new(r.path.as_ref(), &r.seen, &r.y)).collect();
        let mut push = |frame: &Frame<'_>, t: f64, y: Option<f64>| {
            let n = batch.tokens.len();
            batch.tokens.resize(n + FEATURES, 0.0);
            frame.token(t, y, &mut batch.tokens[n..]);
        };
        for (run, frame) in runs.iter().zip(&frames) {
            run.seen.iter().zip(&run.y).for_each(|(t, y)| push(frame, *t, Some(*y)));
            batch.context.push(run.seen.len());
            batch.query.push(run.asked.len());
        }
        for (run, frame) in runs.iter().zip(&frames) {
            run.asked.iter().for_each(|t| push(frame, *t, None));
            target.extend(run.truth.iter().map(|y| frame.relative(*y).clamp(-FAR, FAR) as f32));
        }
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
            self.draw(step * size as u64 + first as u64, curves, &mut batch, &mut target);
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
        };
        super::weights::write(path, &self.net.layout, &self.state.weights, &card)?;
        Ok(path.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> ScheduleRecipe {
        ScheduleRecipe {
            name: "small".into(),
            prior: Annealing::NAME.into(),
            network: Shape { width: 16, layers: 2, heads: 2, normals: 3 },
            curves: 2400,
            batch: 8,
            rate: 3e-3,
            warm_up: 0.1,
            clip: 1.0,
            decay: 0.01,
            points: 24,
            queries: 6,
            seed: 7,
        }
    }

    #[test]
    fn training_learns_resumes_and_repeats() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("checkpoint.safetensors");
        let mut whole = ScheduleTrainer::new(small()).unwrap();
        whole.run(&dir.path().join("other.safetensors"), 150, |_| true).unwrap();
        assert!(whole.log()[1].loss < whole.log()[0].loss, "{:?}", whole.log());
        let mut half = ScheduleTrainer::new(small()).unwrap();
        half.run(&path, 150, |_| false).unwrap();
        assert_eq!(half.step(), 150);
        let mut rest = ScheduleTrainer::resume(small(), &path).unwrap();
        rest.run(&path, 150, |_| true).unwrap();
        assert_eq!(rest.state, whole.state);
        let other = ScheduleRecipe { seed: 8, ..small() };
        assert!(ScheduleTrainer::resume(other, &path).is_err_and(|e| e.to_string().contains("another recipe")));
    }

    #[test]
    fn recipes_that_cannot_be_are_refused() {
        for bad in [
            ScheduleRecipe { prior: "domhan3".into(), ..small() },
            ScheduleRecipe { batch: 0, ..small() },
            ScheduleRecipe { rate: f32::NAN, ..small() },
            ScheduleRecipe { warm_up: 1.0, ..small() },
            ScheduleRecipe { points: 2, ..small() },
        ] {
            assert!(matches!(ScheduleTrainer::new(bad), Err(PfnError::Recipe(_))));
        }
    }
}
