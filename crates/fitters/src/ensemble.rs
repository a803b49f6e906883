//! `Ensemble`: affine-invariant ensemble MCMC, as Domhan et al. (2015) and LC-PFN's MCMC-PP run it.
//!
//! Goodman & Weare (2010), stretch move with a = 2, the ensemble split in two halves that move in
//! turn (Foreman-Mackey et al. 2013, emcee). Walkers start within 10⁻⁶ of one point: every family
//! fitted alone by least squares, equal weights, σ the residual's standard deviation. Parameters
//! move as they are written in the formula (`raw`), as the published sampler has it, or in the
//! coordinates of the prior (`line`).

mod space;
mod stretch;

use priors::Prior;
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::space::Space;
use self::stretch::Walkers;
use crate::target::Scratch;
use crate::{Answer, FitError, Forecaster, Loss, Question, Search, Target, least_squares};

/// Which states of the chain make one answer: a row of LC-PFN's Table 3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reading {
    /// The answer's name.
    pub name: String,
    /// Steps kept after burn-in, before thinning.
    pub samples: usize,
    /// Steps thrown away first.
    pub burn_in: usize,
    /// Every how many steps a state is kept.
    pub thin: usize,
}

/// In which space walkers move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Coordinates {
    /// The parameters of the formulas.
    Raw,
    /// The prior's coordinates (logarithms where the prior has them).
    Line,
}

/// A sampler for one prior's posterior.
pub struct Ensemble {
    /// The prior.
    pub prior: Box<dyn Prior>,
    /// Walkers; even, and more than twice the number of coordinates.
    pub walkers: usize,
    /// The answers, all read off one chain.
    pub readings: Vec<Reading>,
    /// At most this many states make a forecast, evenly spaced.
    pub draws: usize,
    /// In which space walkers move.
    pub coordinates: Coordinates,
}

/// Radius of the ball the walkers start in (Domhan et al.'s code).
const BALL: f64 = 1e-6;
/// Prior curves tried when the least-squares start is not one the prior keeps.
const RESCUE: usize = 500;

/// Least squares of every family alone, clamped into the prior's support; else the likeliest of some prior curves.
fn start(prior: &dyn Prior, target: &Target<'_>, q: &Question<'_>, seed: u64, scratch: &mut Scratch) -> Vec<f64> {
    let names = target.density().coordinates();
    let mut u = vec![f64::NAN; names.len()];
    let data = q.seen.samples();
    let mut residual = 0.0;
    let mut families = 0;
    for (i, (name, _)) in names.iter().enumerate() {
        let Some(family) = name.strip_suffix(".weight") else { continue };
        families += 1;
        u[i] = f64::NEG_INFINITY; // replaced below, once the number of families is known
        let Ok(law) = models::find(family) else { continue };
        let Ok(fit) = least_squares::fit(law, &data, Loss::Squares, Search { starts: 1, patience: 60 }, seed) else { continue };
        residual += (fit.loss / data.len() as f64).sqrt();
        for (p, value) in law.params().iter().zip(&fit.theta) {
            if let Some(k) = names.iter().position(|(n, _)| *n == format!("{family}.{}", p.name)) {
                u[k] = names[k].1.coordinate(*value);
            }
        }
    }
    let last = u.len() - 1;
    for (u, (name, d)) in u.iter_mut().zip(names) {
        if name.ends_with(".weight") {
            *u = d.coordinate(1.0 / f64::from(families.max(1)));
        }
        *u = d.clamp(*u);
    }
    u[last] = names[last].1.clamp(names[last].1.coordinate((residual / f64::from(families.max(1))).max(1e-4)));
    if target.admissible(&u, scratch) && target.ln_likelihood(&u, scratch).is_finite() {
        return u;
    }
    let mut best = (f64::NEG_INFINITY, u);
    for k in 0..RESCUE {
        let mut candidate = prior.draw(crate::seed::of(&["rescue", &seed.to_string(), &k.to_string()])).coordinates;
        candidate[last] = best.1[last];
        let l = target.ln_likelihood(&candidate, scratch);
        if l > best.0 && target.admissible(&candidate, scratch) {
            best = (l, candidate);
        }
    }
    best.1
}

impl Ensemble {
    /// What is wrong with the settings, if anything.
    pub fn check(&self) -> Result<(), FitError> {
        let bad = |s: String| Err(FitError::Setting(s));
        let Some(density) = self.prior.density() else {
            return bad(format!("prior {:?} has no density, so nothing can be sampled from its posterior", self.prior.name()));
        };
        let d = density.coordinates().len();
        if self.walkers % 2 == 1 || self.walkers < 2 * d {
            return bad(format!("{} walkers; the ensemble needs an even number of at least {} (twice the {d} coordinates)", self.walkers, 2 * d));
        }
        if self.readings.is_empty() || self.draws == 0 || self.readings.iter().any(|r| r.samples == 0 || r.thin == 0 || r.thin > r.samples) {
            return bad("an ensemble needs at least one reading with samples ≥ thin ≥ 1, and at least one draw".into());
        }
        Ok(())
    }

    /// The steps (counted from 1) whose states make the answer.
    fn kept(&self, r: &Reading) -> Vec<usize> {
        let all: Vec<usize> = (1..=r.samples / r.thin).map(|k| r.burn_in + k * r.thin).collect();
        let most = (self.draws / self.walkers).max(1);
        if all.len() <= most {
            return all;
        }
        (1..=most).map(|k| all[k * all.len() / most - 1]).collect()
    }

    fn sample(&self, q: &Question<'_>, seed: u64) -> Result<(Vec<Vec<f64>>, f64), FitError> {
        self.check()?;
        let target = Target::new(self.prior.as_ref(), q.seen)?;
        let space = Space { target: &target, coordinates: self.coordinates };
        let (d, n) = (space.dim(), self.walkers);
        let mut scratch = target.scratch();
        let mut rng = Pcg64::seed_from_u64(seed);
        let centre = start(self.prior.as_ref(), &target, q, seed, &mut scratch);
        let mut walkers = Walkers::new(&space, n);
        let (mut v, mut u) = (vec![0.0; d], vec![0.0; d]);
        for k in 0..n {
            space.to_v(&centre, &mut v);
            for x in v.iter_mut() {
                let z: f64 = StandardNormal.sample(&mut rng);
                *x += BALL * z;
            }
            walkers.place(k, &v);
        }
        let steps = self.readings.iter().map(|r| r.burn_in + r.samples).max().unwrap_or(0);
        let kept: Vec<Vec<usize>> = self.readings.iter().map(|r| self.kept(r)).collect();
        let mut draws: Vec<Vec<f64>> = kept.iter().map(|k| Vec::with_capacity(k.len() * n * d)).collect();
        let mut next = vec![0usize; kept.len()];
        let mut accepted = 0u64;
        for step in 1..=steps {
            accepted += walkers.step(&mut rng);
            for ((draws, kept), next) in draws.iter_mut().zip(&kept).zip(&mut next) {
                if kept.get(*next) == Some(&step) {
                    *next += 1;
                    for k in (0..n).filter(|&k| walkers.inside(k)) {
                        walkers.at(k, &mut v);
                        space.to_u(&v, &mut u);
                        draws.extend_from_slice(&u);
                    }
                }
            }
        }
        if draws.iter().any(Vec::is_empty) {
            return Err(FitError::NotFinite { who: format!("every walker under prior {:?}", self.prior.name()) });
        }
        Ok((draws, accepted as f64 / (steps * n) as f64))
    }
}

impl Forecaster for Ensemble {
    fn answers(&self) -> Vec<String> {
        self.readings.iter().map(|r| r.name.clone()).collect()
    }

    fn forecast(&self, q: &Question<'_>, seed: u64) -> Vec<Answer> {
        let longest = self.readings.iter().map(|r| r.burn_in + r.samples).max().unwrap_or(1).max(1);
        let sampled = self.sample(q, seed);
        self.readings
            .iter()
            .enumerate()
            .map(|(k, r)| {
                let forecast = match &sampled {
                    Ok((draws, _)) => Target::new(self.prior.as_ref(), q.seen).and_then(|t| t.forecast(&draws[k], q.at, self.prior.name())),
                    Err(e) => Err(e.clone()),
                };
                let notes = sampled.as_ref().map_or(Vec::new(), |s| vec![("acceptance", s.1)]);
                Answer { name: r.name.clone(), forecast, share: (r.burn_in + r.samples) as f64 / longest as f64, notes }
            })
            .collect()
    }
}
