//! What unlabelled data are worth (Ge, Tang, Fan and Jin, ICLR 2024, arXiv 2303.01566): pretraining on m unlabelled inputs and then
//! regression or classification on n labelled ones, against supervised learning on the n alone.
//!
//! **What the paper claims.** Maximum likelihood on m unlabelled inputs in a class Φ of latent variable models, followed by empirical
//! risk minimisation over a class Ψ on n labelled ones, has an excess risk of order `√(C_Φ/m) + √(C_Ψ/n)`, where supervised learning of
//! the composite class has `√(C_Φ∘Ψ/n)`, provided that the unlabelled data are informative. Factor models, Gaussian mixtures and
//! contrastive learning are cases of it. Only the abstract could be had: the constants of its theorems are not known here.
//!
//! **What is computed.** The smallest instance of each case, with all data drawn anew in every trial, and the excess risk over the best
//! prediction there is:
//!
//! - `factor`: a linear factor model with Gaussian noise, its maximum likelihood subspace, and least squares on it;
//! - `mixture`: a Gaussian mixture, expectation maximisation from k-means++, and a label for each cluster;
//! - `contrastive`: pairs of inputs of the factor model that share their factors and nothing else; linear features that minimise
//!   `−2 E f(x)·f(x′) + ‖WᵀW‖²`, the spectral contrastive loss for inputs of unit second moment, which are the leading eigenvectors of the
//!   symmetric part of the cross moment; least squares on them. The paper, as we remember it, learns to tell true pairs from others by
//!   maximum likelihood instead.
//!
//! `oracle` has the true representation (infinitely many unlabelled inputs), `supervised` none: least squares on all inputs, or the
//! same mixture fitted to the labelled inputs.
//!
//! **Closed forms,** each with its derivation in its file: the exact means of least squares on all inputs, `s² d/(n − d − 1)`, and on the
//! true features, `s² r/(n − r − 1)`; the angle between learned and true subspaces for many inputs; the exact probability of a cluster
//! without a label. Risks are squared and models are right, so that rates are 1/m and 1/n: faster than the roots of the paper's bound.
//!
//! **Controls.** Labels that depend on a direction outside the factors (`off`), which pretraining throws away; fewer unlabelled inputs
//! than labelled ones; and noise that is larger along one direction (`stray`), which the factor model takes for a factor and pairs do not.
//!
//! Arms of one seed share their data: labelled ones always, unlabelled ones as far as they go.

mod factor;
mod mixture;
mod totals;

#[cfg(test)]
mod tests;

use std::ops::Range;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use crate::{Arm, Context, Go, Outcome, Series, Stage, Status, Study, StudyError, settings};

use factor::Model;
use totals::Totals;

/// The study.
pub struct ProvablePretraining;

/// Which of the paper's cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// A factor model; regression.
    Factor,
    /// Pairs that share their factors; regression.
    Contrastive,
    /// A Gaussian mixture; classification.
    Mixture,
}

/// Where the representation comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Learner {
    /// There is none.
    Supervised,
    /// From unlabelled data.
    Pretrained,
    /// It is the true one.
    Oracle,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The case.
    pub case: Case,
    /// Where the representation comes from.
    pub learner: Learner,
    /// Unlabelled inputs m, or pairs of them; at least 2, and as many as clusters. Only `pretrained` has them.
    pub unlabeled: usize,
    /// Labelled inputs n. For regression at least two more than it has features.
    pub labeled: usize,
    /// Dimension d of the inputs; more than there are factors, and no fewer than clusters.
    pub dim: usize,
    /// Factors: standard deviation ν of the label's own noise, 0 or more.
    pub noise: f64,
    /// Factors: squared lengths ℓ > 0 of their columns, from the largest on.
    pub spikes: Vec<f64>,
    /// Factors: what the label has of each, β.
    pub signal: Vec<f64>,
    /// Factors: what the label has of one direction that no factor reaches.
    pub off: f64,
    /// Factors: variance > 0 of inputs along that direction.
    pub stray: f64,
    /// Mixture: clusters K, at least 2.
    pub clusters: usize,
    /// Mixture: distance Δ > 0 between any two centres.
    pub separation: f64,
    /// Mixture: beginnings of expectation maximisation, at least 1.
    pub restarts: usize,
    /// Mixture: inputs on which errors are counted, at least 100.
    pub test: usize,
    /// Draws of all data, at least 2.
    pub trials: usize,
    /// Points of the curve, evenly spaced in the logarithm of the number of labels; at least 1.
    pub points: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            case: Case::Factor,
            learner: Learner::Pretrained,
            unlabeled: 2_000,
            labeled: 60,
            dim: 40,
            noise: 0.3,
            spikes: vec![4.0, 3.0, 2.0],
            signal: vec![1.0, -1.0, 0.5],
            off: 0.0,
            stray: 1.0,
            clusters: 3,
            separation: 4.0,
            restarts: 5,
            test: 2_000,
            trials: 100,
            points: 12,
        }
    }
}

impl Settings {
    /// The fewest labels of the curve: those with which there is a mean, or a label for each cluster.
    fn fewest(&self) -> usize {
        match (self.case, self.learner) {
            (Case::Mixture, _) => self.clusters,
            (_, Learner::Supervised) => self.dim + 2,
            _ => self.spikes.len() + 2,
        }
    }

    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        let wrong = |what: String| Err(StudyError::Setting(format!("provable-pretraining: {what}")));
        let rank = self.spikes.len();
        let many = 1_000_000_000;
        for (name, value, low, high) in [
            ("unlabeled", self.unlabeled, if self.case == Case::Mixture { self.clusters.max(2) } else { 2 }, many),
            ("dim", self.dim, if self.case == Case::Mixture { self.clusters } else { rank + 1 }, 1_000),
            ("clusters", self.clusters, 2, 100),
            ("restarts", self.restarts, 1, 1_000),
            ("test", self.test, 100, 10_000_000),
            ("trials", self.trials, 2, many),
            ("points", self.points, 1, 100_000),
            ("labeled", self.labeled, self.fewest(), many),
        ] {
            if !(low..=high).contains(&value) {
                return wrong(format!("{name} is {value}; it must be {low} to {high}"));
            }
        }
        if rank == 0 || rank != self.signal.len() {
            let signals = self.signal.len();
            return wrong(format!("spikes has {rank} numbers and signal {signals}; each factor needs one of both, and there is at least one"));
        }
        if self.spikes.iter().any(|spike| !(spike.is_finite() && *spike > 0.0)) || !self.spikes.is_sorted_by(|a, b| a >= b) {
            return wrong("spikes must be positive and finite, from the largest on".to_owned());
        }
        if self.signal.iter().chain([&self.off]).any(|beta| !beta.is_finite()) {
            return wrong("signal and off must be finite".to_owned());
        }
        let sensible = self.noise >= 0.0 && self.noise.is_finite();
        if !sensible {
            return wrong(format!("noise is {}; it must be 0 or more, and finite", self.noise));
        }
        for (name, value) in [("stray", self.stray), ("separation", self.separation)] {
            let sensible = value > 0.0 && value.is_finite();
            if !sensible {
                return wrong(format!("{name} is {value}; it must be positive and finite"));
            }
        }
        Ok(())
    }

    /// Operations of one trial, about: 24 for a number drawn.
    fn flops_per_trial(&self) -> f64 {
        let (d, k, m, n) = (self.dim as f64, self.clusters as f64, self.unlabeled as f64, self.labeled as f64);
        let pretrained = self.learner == Learner::Pretrained;
        match self.case {
            Case::Mixture => {
                let search = if pretrained { m * (24.0 * d + self.restarts as f64 * 25.0 * k * (3.0 * d + 20.0)) } else { 0.0 };
                search + self.test as f64 * d * (24.0 + 2.0 * k * (2 + self.points) as f64) + n * d * 24.0
            }
            Case::Factor | Case::Contrastive => {
                let search = if pretrained { m * d * (24.0 + d) + 60.0 * d * d * d } else { 0.0 };
                search + n * d * (24.0 + d) + self.points as f64 * d * d * d
            }
        }
    }
}

/// What one trial says; numbers that its case does not have are 0.
#[derive(Clone, Debug, Default, PartialEq)]
struct Trial {
    /// Excess risk at each number of labels of the grid.
    curve: Vec<f64>,
    /// The last of them less that of the true representation on the same labelled data.
    extra: f64,
    /// Its expectation over labelled data, given what was learned.
    expected: f64,
    /// Sum of the squared sines of the angles between the learned and the true subspace.
    angle: f64,
    /// Error of the best classifier on the same inputs.
    bayes: f64,
}

/// Where the random numbers of one trial come from: a stream for each thing that is drawn.
#[derive(Clone, Copy, Debug)]
struct Streams([u64; 4]);

/// Far apart and odd: the seeds of the trials are all different.
const STRIDE: u64 = 0x9e37_79b9_7f4a_7c15;

impl Streams {
    fn new(seed: u64, trial: u64) -> Self {
        let mut master = Pcg64::seed_from_u64(seed.wrapping_add(trial.wrapping_mul(STRIDE)));
        Self([(); 4].map(|()| master.random()))
    }

    fn unlabeled(&self) -> Pcg64 {
        Pcg64::seed_from_u64(self.0[0])
    }

    fn labeled(&self) -> Pcg64 {
        Pcg64::seed_from_u64(self.0[1])
    }

    fn test(&self) -> Pcg64 {
        Pcg64::seed_from_u64(self.0[2])
    }

    /// Beginnings of a search.
    fn search(&self) -> Pcg64 {
        Pcg64::seed_from_u64(self.0[3])
    }
}

/// About a tenth of a second's work: how often the watch is asked.
const WATCH_FLOPS: f64 = 2e8;

impl Study for ProvablePretraining {
    const NAME: &'static str = "provable-pretraining";
    const TITLE: &'static str = "Excess risk after unsupervised pretraining: factor models, Gaussian mixtures and pairs, with closed forms";
    const CITE: &'static str = "ge2024provable";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "label";
    const SERIES: &'static [(&'static str, &'static str)] = &[("excess-by-labels", "Excess risk, mean over trials")];
    const SCALARS: &'static [(&'static str, &'static str)] = &[
        ("excess", "Excess risk with all labels, mean over trials"),
        ("excess-se", "Its standard error"),
        ("theory-excess", "The same in closed form: exact for supervised and oracle, for many unlabelled inputs otherwise"),
        ("extra", "Excess risk beyond that of the true representation on the same labelled data"),
        ("extra-se", "Its standard error"),
        ("extra-expected", "Its exact expectation over labelled data, given the learned representation"),
        ("theory-extra", "The same in closed form, for many unlabelled inputs"),
        ("angle", "Sum of the squared sines between the learned and the true subspace"),
        ("theory-angle", "The same in closed form, for many unlabelled inputs"),
        ("bayes-risk", "Risk of the best prediction"),
        ("missing", "Probability that an input's cluster has no label"),
    ];
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        settings::stages(settings, arms, seeds, |own| own.check().map(|_| own.trials as f64 * own.flops_per_trial()))
    }

    fn run(stage: &Stage, _needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        let settings: Settings = settings::parse(&stage.settings)?;
        settings.check()?;
        repeat(&settings, context)
    }
}

/// Runs the trials that are not done yet, until the watch says stop.
fn repeat(settings: &Settings, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let grid = grid(settings);
    let model = Model::new(settings);
    let last = settings.trials as u64;
    let saved = context.checkpoint.load().and_then(|bytes| Totals::from_bytes(&bytes, grid.len())).filter(|totals| totals.trials <= last);
    let mut totals = saved.unwrap_or_else(|| Totals::new(grid.len()));
    let piece = ((WATCH_FLOPS / settings.flops_per_trial()) as u64).max(1);
    while totals.trials < last {
        let streams = Streams::new(context.seed, totals.trials);
        let trial = if settings.case == Case::Mixture { mixture::trial(settings, &grid, &streams) } else { model.trial(&grid, &streams)? };
        if trial.curve.iter().chain([&trial.extra, &trial.expected]).any(|v| !v.is_finite()) {
            let why = format!("the excess risk is not finite in trial {}; choose smaller spikes, signals and noise", totals.trials + 1);
            return Ok(outcome(settings, &model, &grid, None, Status::Diverged(why)));
        }
        totals.add(&trial);
        if totals.trials.is_multiple_of(piece) && (context.watch)(totals.trials as f64 / last as f64) == Go::Stop {
            let saved = context.checkpoint.save(&totals.to_bytes());
            saved.map_err(|e| StudyError::Other(format!("provable-pretraining: cannot save the progress at trial {}: {e}", totals.trials)))?;
            return Err(StudyError::Interrupted);
        }
    }
    Ok(outcome(settings, &model, &grid, Some(&totals), Status::Done))
}

fn outcome(settings: &Settings, model: &Model<'_>, grid: &[usize], totals: Option<&Totals>, status: Status) -> Outcome {
    let mixture = settings.case == Case::Mixture;
    let learned = settings.learner == Learner::Pretrained && !mixture;
    let regression = |value: Option<f64>| value.filter(|_| !mixture);
    let subspace = |value: Option<f64>| value.filter(|_| learned);
    let values: [Option<f64>; 11] = [
        totals.map(|t| t.excess().0),
        totals.map(|t| t.excess().1),
        regression(model.theory()),
        totals.map(|t| t.extra().0),
        totals.map(|t| t.extra().1),
        subspace(totals.map(Totals::expected)),
        subspace(model.extra()),
        subspace(totals.map(Totals::angle)),
        subspace(model.angle()),
        if mixture { totals.map(Totals::bayes) } else { Some(model.bayes_risk()) },
        mixture.then(|| (1.0 - 1.0 / settings.clusters as f64).powf(settings.labeled as f64)),
    ];
    let scalars = ProvablePretraining::SCALARS.iter().zip(values);
    let scalars = scalars.map(|((name, _), value)| ((*name).to_owned(), value.filter(|v| v.is_finite()))).collect();
    let series = totals.map(|t| {
        let x = grid.iter().map(|labels| *labels as f64).collect();
        Series { name: ProvablePretraining::SERIES[0].0.to_owned(), x, y: t.curve() }
    });
    Outcome { series: series.into_iter().collect(), scalars, weights: None, status }
}

/// At most `points` numbers of labels from the fewest to all, evenly spaced in their logarithm, the last among them.
fn grid(settings: &Settings) -> Vec<usize> {
    let (low, high) = (settings.fewest(), settings.labeled);
    let gap = (high as f64 / low as f64).ln() / settings.points.saturating_sub(1).max(1) as f64;
    let at = |k: usize| (low as f64 * (gap * k as f64).exp()).round() as usize;
    let mut grid: Vec<usize> = (0..settings.points).map(|k| at(k).clamp(low, high)).collect();
    if let Some(end) = grid.last_mut() {
        *end = high;
    }
    grid.dedup();
    grid
}
