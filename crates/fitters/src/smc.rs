//! `Smc`: sequential Monte Carlo from the prior to the posterior, our reference for what MCMC approximates.
//!
//! Likelihood tempering (Del Moral, Doucet & Jasra 2006): particles from the prior, the likelihood's
//! exponent raised from 0 to 1 in steps that keep half of the effective sample size, systematic
//! resampling, then differential-evolution moves (ter Braak 2006) in random subspaces. Several
//! independent populations give R-hat and an effective sample size that correlated particles cannot
//! flatter.

use priors::Prior;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

use crate::diagnostics::{effective_size, r_hat};
use crate::target::Scratch;
use crate::{Answer, FitError, Forecaster, Question, Target};

/// The sampler's settings.
pub struct Smc {
    /// The prior.
    pub prior: Box<dyn Prior>,
    /// Independent populations, at least 2.
    pub groups: usize,
    /// Particles of each, at least 20.
    pub particles: usize,
    /// Moves of every particle per temperature.
    pub sweeps: usize,
}

/// Share of the effective sample size that one step of the temperature may leave.
const KEEP: f64 = 0.5;
/// Temperatures after which a run is given up: enough for any likelihood met so far, ten times over.
const MOST_STEPS: usize = 400;

/// One population at the end of its run.
struct Population {
    u: Vec<f64>,
    ln_l: Vec<f64>,
}

/// The largest increase of the exponent that keeps the effective sample size of the weights.
fn next_exponent(from: f64, ln_l: &[f64]) -> f64 {
    let top = ln_l.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    let size = |step: f64| {
        let (mut s, mut s2) = (0.0, 0.0);
        for l in ln_l {
            let w = (step * (l - top)).exp();
            s += w;
            s2 += w * w;
        }
        s * s / s2
    };
    let goal = KEEP * ln_l.len() as f64;
    let (mut lo, mut hi) = (0.0, 1.0 - from);
    if size(hi) >= goal {
        return 1.0;
    }
    for _ in 0..50 {
        let mid = 0.5 * (lo + hi);
        if size(mid) >= goal { lo = mid } else { hi = mid }
    }
    from + hi
}

impl Smc {
    /// What is wrong with the settings, if anything.
    pub fn check(&self) -> Result<(), FitError> {
        if self.groups < 2 || self.particles < 20 || self.sweeps == 0 {
            return Err(FitError::Setting("smc needs at least 2 groups of 20 particles and one sweep".into()));
        }
        Ok(())
    }

    fn population(&self, target: &Target<'_>, seed: u64, scratch: &mut Scratch) -> Result<Population, FitError> {
        let n = self.particles;
        let d = target.density().coordinates().len();
        let mut rng = Pcg64::seed_from_u64(seed);
        let mut p = Population { u: Vec::with_capacity(n * d), ln_l: Vec::with_capacity(n) };
        for k in 0..n {
            let u = self.prior.draw(crate::seed::of(&["particle", &seed.to_string(), &k.to_string()])).coordinates;
            p.ln_l.push(target.ln_likelihood(&u, scratch));
            p.u.extend_from_slice(&u);
        }
        let mut ln_prior: Vec<f64> = p.u.chunks_exact(d).map(|u| target.density().ln_density(u)).collect();
        let mut exponent = 0.0;
        for _ in 0..MOST_STEPS {
            let next = next_exponent(exponent, &p.ln_l);
            let step = next - exponent;
            exponent = next;
            self.resample(&mut p, &mut ln_prior, d, step, &mut rng);
            let sweeps = if exponent >= 1.0 { 2 * self.sweeps } else { self.sweeps };
            for _ in 0..sweeps {
                self.sweep(target, &mut p, &mut ln_prior, d, exponent, &mut rng, scratch);
            }
            if exponent >= 1.0 {
                return Ok(p);
            }
        }
        Err(FitError::NotFinite { who: "smc: the likelihood is too narrow to reach from the prior".into() })
    }

    fn resample(&self, p: &mut Population, ln_prior: &mut Vec<f64>, d: usize, step: f64, rng: &mut Pcg64) {
        let n = p.ln_l.len();
        let top = p.ln_l.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        let weights: Vec<f64> = p.ln_l.iter().map(|l| (step * (l - top)).exp()).collect();
        let total: f64 = weights.iter().sum();
        let offset: f64 = rng.random();
        let mut picked = Vec::with_capacity(n);
        let (mut i, mut filled) = (0, weights[0]);
        for k in 0..n {
            let u = (k as f64 + offset) / n as f64 * total;
            while filled < u && i + 1 < n {
                i += 1;
                filled += weights[i];
            }
            picked.push(i);
        }
        p.u = picked.iter().flat_map(|&i| p.u[i * d..(i + 1) * d].to_vec()).collect();
        p.ln_l = picked.iter().map(|&i| p.ln_l[i]).collect();
        *ln_prior = picked.iter().map(|&i| ln_prior[i]).collect();
    }

    #[expect(clippy::needless_range_loop, reason = "particle k has a place in three arrays")]
    #[expect(clippy::too_many_arguments, reason = "one sweep: the target, the population with its two densities, and the machinery")]
    fn sweep(&self, target: &Target<'_>, p: &mut Population, ln_prior: &mut [f64], d: usize, exponent: f64, rng: &mut Pcg64, scratch: &mut Scratch) {
        let n = p.ln_l.len();
        let half = n / 2;
        let mut proposal = vec![0.0; d];
        let mut chosen = vec![false; d];
        for (from, to, other, others) in [(0, half, half, n - half), (half, n, 0, half)] {
            for k in from..to {
                let a = other + rng.random_range(0..others);
                let b = other + rng.random_range(0..others);
                // A third of the moves take every coordinate, the others a random third of them.
                let all = rng.random::<f64>() < 1.0 / 3.0;
                let mut count = 0;
                for c in chosen.iter_mut() {
                    *c = all || rng.random::<f64>() < 1.0 / 3.0;
                    count += usize::from(*c);
                }
                if count == 0 {
                    let i = rng.random_range(0..d);
                    chosen[i] = true;
                    count = 1;
                }
                let gamma = 2.38 / (2.0 * count as f64).sqrt() * (0.5 + rng.random::<f64>());
                for i in 0..d {
                    let here = p.u[k * d + i];
                    proposal[i] = if chosen[i] {
                        let z: f64 = StandardNormal.sample(rng);
                        here + gamma * (p.u[a * d + i] - p.u[b * d + i]) + 1e-6 * z
                    } else {
                        here
                    };
                }
                let limit = rng.random::<f64>().ln();
                let prior = target.density().ln_density(&proposal);
                if prior == f64::NEG_INFINITY {
                    continue;
                }
                let l = target.ln_likelihood(&proposal, scratch);
                if l > f64::NEG_INFINITY && prior - ln_prior[k] + exponent * (l - p.ln_l[k]) >= limit && target.admissible(&proposal, scratch) {
                    p.u[k * d..(k + 1) * d].copy_from_slice(&proposal);
                    p.ln_l[k] = l;
                    ln_prior[k] = prior;
                }
            }
        }
    }

    /// Draws from the posterior, one vector of coordinates after the other, with R-hat (the worst of two
    /// quantities) and effective sample size (the smaller).
    pub fn sample(&self, q: &Question<'_>, seed: u64) -> Result<(Vec<f64>, f64, f64), FitError> {
        self.check()?;
        let target = Target::new(self.prior.as_ref(), q.seen)?;
        let mut scratch = target.scratch();
        let mut all = Vec::new();
        let (mut likelihoods, mut ends) = (Vec::new(), Vec::new());
        let end = priors::Grid::new(&[self.prior.horizon() as f64]);
        let d = target.density().coordinates().len();
        for g in 0..self.groups {
            let p = self.population(&target, crate::seed::of(&["group", &seed.to_string(), &g.to_string()]), &mut scratch)?;
            ends.push(
                p.u.chunks_exact(d)
                    .map(|u| {
                        let mut v = [0.0];
                        target.density().curve(u, &end, &mut v);
                        v[0]
                    })
                    .collect::<Vec<_>>(),
            );
            likelihoods.push(p.ln_l);
            all.extend(p.u);
        }
        let worst = [r_hat(&likelihoods), r_hat(&ends)].into_iter().flatten().fold(1.0, f64::max);
        let least = [effective_size(&likelihoods), effective_size(&ends)].into_iter().flatten().fold(f64::INFINITY, f64::min);
        Ok((all, worst, least))
    }
}

impl Forecaster for Smc {
    fn forecast(&self, q: &Question<'_>, seed: u64) -> Vec<Answer> {
        let sampled = self.sample(q, seed);
        let notes = sampled.as_ref().map_or(Vec::new(), |s| vec![("r-hat", s.1), ("effective-size", s.2)]);
        let forecast = sampled.and_then(|(draws, ..)| Target::new(self.prior.as_ref(), q.seen)?.forecast(&draws, q.at, self.prior.name()));
        vec![Answer { name: String::new(), forecast, share: 1.0, notes }]
    }
}
