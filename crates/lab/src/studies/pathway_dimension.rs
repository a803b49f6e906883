//! How far apart ways through experts are and how many dimensions a kernel of experts has, exactly (Li et al., arXiv 2506.21551).
//!
//! **What the paper claims.** More structured ways make the model simpler: with experts whose kernels are K_k and weights g_k the kernel of a
//! mixture is `H_ij = Σ_k g_k(x_i) g_k(x_j) K_k(x_i, x_j)`, its effective dimension is `d = Tr(H (H + λI)⁻¹)`, and the bound on the error grows
//! with d. In the authors' toy (16 experts, clusters in 100 dimensions, 200 samples, a frozen router) d rises with the edit distance of ways.
//!
//! **What is computed.** Samples of clusters, `√(1 − s²)` times a centre and `s` times noise of their own, for a list of spreads s, so that the
//! length of a sample does not change with s. The router is a random matrix, its weights are a softmax. Every expert has the tangent kernel of a
//! network of two layers of ReLU and infinite width, `K(x, y) = |x| |y| / (2πn) · (sin θ + 2 (π − θ) cos θ)` with θ the angle between them and n
//! the dimension. Ways are written and held apart as in `blocks::pathways`. Nothing is trained.
//!
//! **Arms.** `inputs`: the router sees the samples, as in the paper; then the kernels of experts change with s as well, whatever the router does.
//! `apart`: the router sees samples of the same clusters with noise of their own and spread s, while experts see samples of one fixed spread: the
//! kernels stay, and what changes with s is ways alone. `dealt`: the same ways, dealt out to other samples: their distance is the same to the last
//! character, and they say nothing about the clusters.
//!
//! **Sources.** A survey of ours, which read the paper's full text. The kernel of an expert and λ are ours.

use std::ops::Range;

use evaluation::stat::spearman;
use linalg::eigh;
use ndarray::Array2;
use nets::params::normal;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use crate::blocks::pathways;
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::{positive, within};
use crate::{Arm, Context, Go, Outcome, Series, Stage, Status, Study, StudyError, settings};

#[cfg(test)]
mod tests;

/// The study.
pub struct PathwayDimension;

/// What the router sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Routed {
    /// The samples themselves.
    Inputs,
    /// Other samples of the same clusters.
    Apart,
    /// The same, and ways are dealt out at random.
    Dealt,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// What the router sees.
    pub routed: Routed,
    /// Spreads, between 0 and 1, each larger than the one before; at least 2.
    pub spreads: Vec<f64>,
    /// The spread of what experts see, where the router sees something else; between 0 and 1.
    pub fixed: f64,
    /// Experts, 2 to 100.
    pub experts: usize,
    /// Dimension of the samples, 1 to 10,000.
    pub dimension: usize,
    /// Clusters, 1 to 1,000.
    pub clusters: usize,
    /// Samples, 2 to 2,000.
    pub samples: usize,
    /// Standard deviation of the router's scores, 0 or more; 0 for even weights.
    pub sharpness: f64,
    /// λ, > 0.
    pub penalty: f64,
    /// The weight that the experts of a way add up to, between 0 and 1.
    pub weight_share: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            routed: Routed::Inputs,
            spreads: vec![0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95],
            fixed: 0.5,
            experts: 16,
            dimension: 100,
            clusters: 10,
            samples: 200,
            sharpness: 2.0,
            penalty: 0.1,
            weight_share: 0.7,
        }
    }
}

const SERIES: [(&str, &str); 2] =
    [("distance", "Edit distance of two ways over the characters of the longer one, mean over pairs"), ("dimension", "Effective dimension of the kernel")];

const SCALARS: [(&str, &str); 6] = [
    ("rank", "Rank correlation over spreads of the distance of ways with the effective dimension"),
    ("rise", "Logarithm of the effective dimension at the largest spread over that at the smallest"),
    ("first-distance", "Distance of ways at the smallest spread"),
    ("last-distance", "Distance of ways at the largest spread"),
    ("first-dimension", "Effective dimension at the smallest spread"),
    ("last-dimension", "Effective dimension at the largest spread"),
];

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        let name = PathwayDimension::NAME;
        within(
            name,
            &[
                ("spreads", self.spreads.len(), 2, 1_000),
                ("experts", self.experts, 2, 100),
                ("dimension", self.dimension, 1, 10_000),
                ("clusters", self.clusters, 1, 1_000),
                ("samples", self.samples, 2, 2_000),
            ],
        )?;
        let inside = |value: f64| value > 0.0 && value < 1.0;
        let all = self.spreads.iter().map(|s| ("spreads", *s)).chain([("fixed", self.fixed), ("weight-share", self.weight_share)]);
        if let Some((what, value)) = all.into_iter().find(|(_, value)| !inside(*value)) {
            return Err(StudyError::Setting(format!("{name}: {what} has {value}; it must be between 0 and 1")));
        }
        if !self.spreads.is_sorted_by(|a, b| a < b) {
            return Err(StudyError::Setting(format!("{name}: spreads must grow")));
        }
        let sensible = self.sharpness.is_finite() && self.sharpness >= 0.0;
        if !sensible {
            return Err(StudyError::Setting(format!("{name}: sharpness is {}; it must be 0 or more", self.sharpness)));
        }
        positive(name, &[("penalty", self.penalty)])
    }

    /// Operations: kernels, eigenvalues and edits.
    fn flops(&self) -> f64 {
        let (n, d, e) = (self.samples as f64, self.dimension as f64, self.experts as f64);
        self.spreads.len() as f64 * (2.0 * n * n * (d + e) + 10.0 * n.powi(3) + 200.0 * n * n)
    }
}

/// Rows of random numbers.
fn gaussian(rows: usize, cols: usize, rng: &mut Pcg64) -> Vec<Vec<f64>> {
    (0..rows).map(|_| (0..cols).map(|_| normal(rng)).collect()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Samples of this spread.
fn samples(centres: &[Vec<f64>], noise: &[Vec<f64>], spread: f64) -> Vec<Vec<f64>> {
    let keep = (1.0 - spread * spread).sqrt();
    let one = |(k, own): (usize, &Vec<f64>)| {
        let centre = &centres[k % centres.len()];
        own.iter().zip(centre).map(|(n, c)| keep * c + spread * n).collect()
    };
    noise.iter().enumerate().map(one).collect()
}

/// The softmax of a router's scores, sample by sample.
fn weights(router: &[Vec<f64>], seen: &[Vec<f64>], factor: f64) -> Vec<Vec<f64>> {
    let one = |x: &Vec<f64>| {
        let scores: Vec<f64> = router.iter().map(|row| factor * dot(row, x)).collect();
        let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let raised: Vec<f64> = scores.iter().map(|s| (s - top).exp()).collect();
        let all: f64 = raised.iter().sum();
        raised.into_iter().map(|v| v / all).collect()
    };
    seen.iter().map(one).collect()
}

/// The tangent kernel of an expert, by the product of two samples and their lengths.
fn kernel(product: f64, lengths: f64, dimension: f64) -> f64 {
    let cosine = if lengths > 0.0 { (product / lengths).clamp(-1.0, 1.0) } else { 1.0 };
    let angle = cosine.acos();
    lengths / (std::f64::consts::TAU * dimension) * (angle.sin() + 2.0 * (std::f64::consts::PI - angle) * cosine)
}

/// The effective dimension of the kernel of a mixture.
fn effective(inputs: &[Vec<f64>], weights: &[Vec<f64>], penalty: f64) -> Result<f64, StudyError> {
    let n = inputs.len();
    let dimension = inputs.first().map_or(1, Vec::len).max(1) as f64;
    let lengths: Vec<f64> = inputs.iter().map(|x| dot(x, x).sqrt()).collect();
    // Products and sums are the same whichever of the two comes first, so that the matrix is symmetric to the last bit.
    let entry = |(i, j): (usize, usize)| dot(&weights[i], &weights[j]) * kernel(dot(&inputs[i], &inputs[j]), lengths[i] * lengths[j], dimension);
    let h = Array2::from_shape_fn((n, n), entry);
    let (values, _) = eigh(h.view()).map_err(|e| StudyError::Other(format!("{}: {e}", PathwayDimension::NAME)))?;
    Ok(values.iter().map(|v| v.max(0.0)).map(|v| v / (v + penalty)).sum())
}

impl Study for PathwayDimension {
    const NAME: &'static str = "pathway-dimension";
    const TITLE: &'static str = "Edit distance of ways through experts and the effective dimension of the kernel of a mixture, exactly";
    const CITE: &'static str = "li2025grokking";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "spread";
    const SERIES: &'static [(&'static str, &'static str)] = &SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        settings::stages(settings, arms, seeds, |own: &Settings| {
            own.check()?;
            Ok(own.flops())
        })
    }

    fn run(stage: &Stage, _needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        let own: Settings = settings::parse(&stage.settings)?;
        own.check()?;
        let seed = context.seed;
        let centres = gaussian(own.clusters, own.dimension, &mut stream(seed, Purpose::Pictures, 0));
        let noise = gaussian(own.samples, own.dimension, &mut stream(seed, Purpose::Pictures, 1));
        let others = gaussian(own.samples, own.dimension, &mut stream(seed, Purpose::Pictures, 2));
        let router = gaussian(own.experts, own.dimension, &mut stream(seed, Purpose::Weights, 0));
        let factor = own.sharpness / (own.dimension as f64).sqrt();
        let (mut distance, mut dimension) = (Vec::new(), Vec::new());
        for (k, spread) in own.spreads.iter().enumerate() {
            let inputs = samples(&centres, &noise, if own.routed == Routed::Inputs { *spread } else { own.fixed });
            let mut found = match own.routed {
                Routed::Inputs => weights(&router, &inputs, factor),
                Routed::Apart | Routed::Dealt => weights(&router, &samples(&centres, &others, *spread), factor),
            };
            if own.routed == Routed::Dealt {
                found.shuffle(&mut stream(seed, Purpose::Deal, 0));
            }
            let ways: Vec<Vec<u8>> = found.iter().map(|weights| pathways::written(&[pathways::experts(weights, own.weight_share)])).collect();
            distance.push(pathways::within(&ways).share);
            dimension.push(effective(&inputs, &found, own.penalty)?);
            if (context.watch)((k + 1) as f64 / own.spreads.len() as f64) == Go::Stop {
                return Err(StudyError::Interrupted);
            }
        }
        let ends = |values: &[f64]| (values.first().copied(), values.last().copied());
        let ((first_distance, last_distance), (first_dimension, last_dimension)) = (ends(&distance), ends(&dimension));
        let found = [
            ("rank", spearman(&distance, &dimension)),
            ("rise", first_dimension.zip(last_dimension).map(|(first, last)| (last / first).ln())),
            ("first-distance", first_distance),
            ("last-distance", last_distance),
            ("first-dimension", first_dimension),
            ("last-dimension", last_dimension),
        ];
        let curve = |name: &str, values: &[f64]| Series::through(name, own.spreads.iter().copied().zip(values.iter().copied()));
        let series = curve("distance", &distance).into_iter().chain(curve("dimension", &dimension)).collect();
        Ok(Outcome::gathered(series, &SCALARS, &found, None, Status::Done))
    }
}
