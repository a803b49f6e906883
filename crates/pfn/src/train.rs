//! Training on curves streamed from a prior: AdamW, warm-up, half-cosine, resumable, deterministic.
//!
//! The loss is LC-PFN's: the mean negative log density of the noisy values at the points not seen.
//! What differs from the authors' recipe is in [`Recipe`] and so in every model card: no dropout (the
//! stream never repeats a curve), a cutoff per curve instead of per batch, a sample of the points to
//! predict instead of all of them, and a learning rate of its own.

use std::path::{Path, PathBuf};

use priors::Prior;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::PfnError;
use crate::config::Config;
use crate::network::{Arena, Batch, Network};
use crate::weights::{Checkpoint, ModelCard};
use curves::Bins;

/// Everything that decides what a training run gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The name of the model.
    pub name: String,
    /// The prior the curves are streamed from.
    pub prior: String,
    /// The network.
    pub network: Config,
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
    /// At most this many points to predict are sampled from a curve; 0 takes all of them.
    pub queries: usize,
    /// Seed of the initial weights and of the stream.
    pub seed: u64,
}

/// Curves a lane computes at once: small enough for the cache, large enough for the matrix kernel.
const MICRO: usize = 8;
/// Lanes whose gradients are added in order. Fixed, so that one thread and many give the same bytes.
const LANES: usize = 2;
/// Curves of the first batches that fix the borders of the bins.
const BORDER_CURVES: usize = 10_000;

/// One line of the network's own learning curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// Curves seen.
    pub curves: u64,
    /// Learning rate of the last step.
    pub rate: f32,
    /// Mean negative log density over the steps since the last line, nats per point.
    pub loss: f64,
}

impl Recipe {
    /// What is wrong with the recipe, if anything.
    pub fn check(&self) -> Result<(), PfnError> {
        self.network.check().map_err(PfnError::Recipe)?;
        let bad = |what: &str| Err(PfnError::Recipe(what.to_owned()));
        if self.batch == 0 || self.curves < self.batch as u64 {
            return bad("batch must be at least 1 and curves at least one batch");
        }
        if !(self.rate > 0.0 && self.rate.is_finite() && self.clip > 0.0) {
            return bad("rate and clip must be positive");
        }
        if !(0.0..1.0).contains(&self.warm_up) {
            return bad("warm_up must be in [0, 1)");
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

/// Seeds of independent streams are hashes of what they are for.
fn stream(seed: u64, what: &str, index: u64) -> u64 {
    fitters::seed::of(&[&seed.to_string(), what, &index.to_string()])
}

/// Weights as the authors start: PyTorch's defaults, all layers alike, each block beginning as the identity.
fn initial(net: &Network, seed: u64) -> Vec<f32> {
    let mut rng = Pcg64::seed_from_u64(stream(seed, "weights", 0));
    let mut w = vec![0.0f32; net.layout.len()];
    let d = net.config.width;
    let mut uniform = |w: &mut [f32], bound: f32| w.iter_mut().for_each(|v| *v = (2.0 * rng.random::<f32>() - 1.0) * bound);
    let at = &net.layout;
    for r in [&at.wx, &at.bx, &at.wy, &at.by] {
        uniform(&mut w[r.clone()], 1.0); // Linear(1, d): bound 1/√1
    }
    let first = &at.layers[0];
    uniform(&mut w[first.wqkv.clone()], (6.0 / (4.0 * d as f32)).sqrt()); // Xavier over 3d × d
    uniform(&mut w[first.w1.clone()], 1.0 / (d as f32).sqrt());
    uniform(&mut w[first.b1.clone()], 1.0 / (d as f32).sqrt());
    w[first.g1.clone()].fill(1.0);
    w[first.g2.clone()].fill(1.0);
    for l in &at.layers[1..] {
        w.copy_within(first.wqkv.start..first.n2.end, l.wqkv.start);
    }
    uniform(&mut w[at.wh.clone()], 1.0 / (d as f32).sqrt());
    uniform(&mut w[at.bh.clone()], 1.0 / (d as f32).sqrt());
    let hidden = net.config.hidden() as f32;
    uniform(&mut w[at.wl.clone()], 1.0 / hidden.sqrt());
    uniform(&mut w[at.bl.clone()], 1.0 / hidden.sqrt());
    w
}

/// Borders at equal-mass quantiles of 10,000 noisy prior curves.
pub fn borders(prior: &dyn Prior, bins: usize, seed: u64) -> Result<Bins, PfnError> {
    let m = prior.horizon();
    let mut sample = vec![0.0f32; BORDER_CURVES * m];
    prior.fill(stream(seed, "borders", 0), BORDER_CURVES, &mut sample);
    Ok(Bins::equal_mass(sample.iter().map(|v| f64::from(*v)).collect(), bins)?)
}

#[derive(Default)]
struct Lane {
    arena: Arena,
    gradient: Vec<f32>,
    batch: Batch,
    target: Vec<u32>,
    weight: Vec<f32>,
    loss: f64,
}

/// A training run in memory.
pub struct Trainer {
    recipe: Recipe,
    prior: Box<dyn Prior>,
    net: Network,
    bins: Bins,
    state: Checkpoint,
    lanes: Vec<Lane>,
    curves: Vec<f32>,
}

impl Trainer {
    /// A fresh run.
    pub fn new(recipe: Recipe) -> Result<Self, PfnError> {
        recipe.check()?;
        let prior = priors::find(&recipe.prior, recipe.network.horizon).map_err(|e| PfnError::Recipe(e.to_string()))?;
        let bins = borders(prior.as_ref(), recipe.network.bins, recipe.seed)?;
        let net = Network::new(recipe.network);
        let w = initial(&net, recipe.seed);
        let n = w.len();
        let state = Checkpoint { step: 0, weights: w, first: vec![0.0; n], second: vec![0.0; n], loss_sum: 0.0, loss_steps: 0, log: Vec::new() };
        Ok(Self { recipe, prior, net, bins, state, lanes: (0..LANES).map(|_| Lane::default()).collect(), curves: Vec::new() })
    }

    /// Goes on from the checkpoint at `path` if there is one; it must come from the same recipe.
    pub fn resume(recipe: Recipe, path: &Path) -> Result<Self, PfnError> {
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

    /// Draws the curves of one micro-batch and cuts each into what is seen and what is asked.
    fn cut(&self, lane: &mut Lane, curves: &[f32], rng: &mut Pcg64, share: f32) {
        let m = self.recipe.network.horizon;
        lane.batch.clear();
        lane.target.clear();
        lane.weight.clear();
        let seen: Vec<usize> = curves.chunks_exact(m).map(|_| rng.random_range(1..m)).collect();
        for (row, &c) in curves.chunks_exact(m).zip(&seen) {
            lane.batch.context.push(c);
            lane.batch.x.extend((1..=c).map(|t| t as f32));
            lane.batch.y.extend_from_slice(&row[..c]);
        }
        for (row, &c) in curves.chunks_exact(m).zip(&seen) {
            let mut rest: Vec<usize> = (c..m).collect();
            let q = if self.recipe.queries == 0 { rest.len() } else { self.recipe.queries.min(rest.len()) };
            for i in 0..q {
                let j = rng.random_range(i..rest.len());
                rest.swap(i, j);
            }
            for &i in &rest[..q] {
                lane.batch.x.push((i + 1) as f32);
                lane.target.push(self.bins.index(f64::from(row[i])) as u32);
                lane.weight.push(share / q as f32);
                lane.loss -= f64::from(share / q as f32) * self.bins.ln_unit_density(lane.target[lane.target.len() - 1] as usize, f64::from(row[i]));
            }
            lane.batch.query.push(q);
        }
    }

    /// One step; returns its loss in nats per point.
    pub fn advance(&mut self) -> f64 {
        let m = self.recipe.network.horizon;
        let (step, batch) = (self.state.step, self.recipe.batch);
        let mut curves = std::mem::take(&mut self.curves);
        curves.resize(batch * m, 0.0);
        let mut lanes = std::mem::take(&mut self.lanes);
        self.prior.fill(stream(self.recipe.seed, "curves", step), batch, &mut curves);
        let n = self.state.weights.len();
        lanes.par_iter_mut().enumerate().for_each(|(id, lane)| {
            lane.gradient.clear();
            lane.gradient.resize(n, 0.0);
            lane.loss = 0.0;
            for (k, rows) in curves.chunks(MICRO * m).enumerate().filter(|(k, _)| k % LANES == id) {
                let mut rng = Pcg64::seed_from_u64(stream(self.recipe.seed, "cuts", step * 4096 + k as u64));
                self.cut(lane, rows, &mut rng, 1.0 / batch as f32);
                self.net.forward(&self.state.weights, &lane.batch, &mut lane.arena, true);
                lane.loss += self.net.loss(&mut lane.arena, &lane.target, &lane.weight);
                self.net.backward(&self.state.weights, &lane.batch, &mut lane.arena, &mut lane.gradient);
            }
        });
        let loss = lanes.iter().map(|l| l.loss).sum();
        let (sum, others) = lanes.split_at_mut(1);
        for other in others {
            for (a, b) in sum[0].gradient.iter_mut().zip(&other.gradient) {
                *a += b;
            }
        }
        self.update(&sum[0].gradient);
        self.lanes = lanes;
        self.curves = curves;
        self.state.loss_sum += loss;
        self.state.loss_steps += 1;
        loss
    }

    /// AdamW without decay (the authors' weight decay is 0), β = (0.9, 0.999), ε = 1e-8.
    fn update(&mut self, gradient: &[f32]) {
        let norm = gradient.iter().map(|g| f64::from(*g) * f64::from(*g)).sum::<f64>().sqrt() as f32;
        let clip = if norm > self.recipe.clip { self.recipe.clip / norm } else { 1.0 };
        let rate = self.recipe.rate_at(self.state.step);
        self.state.step += 1;
        let t = self.state.step as i32;
        let (c1, c2) = (1.0 - 0.9f64.powi(t), 1.0 - 0.999f64.powi(t));
        let size = (f64::from(rate) / c1) as f32;
        let root = c2.sqrt() as f32;
        let s = &mut self.state;
        for (((w, m), v), g) in s.weights.iter_mut().zip(&mut s.first).zip(&mut s.second).zip(gradient) {
            let g = g * clip;
            *m = 0.9 * *m + 0.1 * g;
            *v = 0.999 * *v + 0.001 * g * g;
            *w -= size * *m / (v.sqrt() / root + 1e-8);
        }
    }

    /// Trains to the end, with a line of its learning curve and a checkpoint every `every` steps.
    ///
    /// `watch` sees each line and may stop the run by returning false; the checkpoint then waits for the next call.
    pub fn run(&mut self, checkpoint: &Path, every: u64, mut watch: impl FnMut(&Progress) -> bool) -> Result<(), PfnError> {
        let steps = self.recipe.steps();
        while self.state.step < steps {
            let loss = self.advance();
            if !loss.is_finite() {
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
        let card = ModelCard {
            recipe: self.recipe.clone(),
            steps: self.state.step,
            curves: self.state.step * self.recipe.batch as u64,
            parameters: self.state.weights.len(),
            loss: self.state.log.last().map(|l| l.loss),
            commit: commit.to_owned(),
        };
        crate::weights::write(path, &self.net.layout, &self.state.weights, &self.bins, &card)?;
        Ok(path.to_owned())
    }
}
