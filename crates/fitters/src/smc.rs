//! `Smc`: sequential Monte Carlo from the prior to the posterior, our reference for what MCMC approximates.
//!
//! Likelihood tempering (Del Moral, Doucet & Jasra 2006): particles from the prior, the likelihood's
//! exponent raised from 0 to 1 in steps that keep half of the effective sample size, systematic
//! resampling, then differential-evolution moves (ter Braak 2006) in random subspaces of the prior's
//! straightened coordinates ([`priors::Density::straighten`]). Several
//! independent populations give R-hat and an effective sample size that correlated particles cannot
//! flatter.

use priors::Prior;
use rand::{RngExt, SeedableRng};
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
    /// Moves of every particle per temperature, at first.
    pub sweeps: usize,
    /// The largest R-hat at which the populations count as agreeing, above 1; ∞ accepts any.
    pub agree: f64,
    /// How often populations that do not agree run again, each time with four times the sweeps.
    pub retries: u32,
}

/// Share of the effective sample size that one step of the temperature may leave.
const KEEP: f64 = 0.5;
/// Temperatures after which a run is given up: enough for any likelihood met so far, ten times over.
const MOST_STEPS: usize = 400;

/// One population at the end of its run.
struct Population {
    /// Straightened coordinates, one particle after the other.
    v: Vec<f64>,
    /// ln prior density of v.
    ln_p: Vec<f64>,
    /// ln likelihood.
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

/// Systematic resampling: every particle as often as its weight says, give or take one.
fn resample(p: &mut Population, d: usize, step: f64, rng: &mut Pcg64) {
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
    p.v = picked.iter().flat_map(|&i| p.v[i * d..(i + 1) * d].to_vec()).collect();
    p.ln_l = picked.iter().map(|&i| p.ln_l[i]).collect();
    p.ln_p = picked.iter().map(|&i| p.ln_p[i]).collect();
}

fn sweep(target: &Target<'_>, p: &mut Population, d: usize, exponent: f64, rng: &mut Pcg64, scratch: &mut Scratch) {
    let n = p.ln_l.len();
    let half = n / 2;
    let mut proposal = vec![0.0; d];
    let mut u = vec![0.0; d];
    let mut chosen = vec![false; d];
    for (from, to, other, others) in [(0, half, half, n - half), (half, n, 0, half)] {
        for k in from..to {
            let a = other + rng.random_range(0..others);
            let b = other + rng.random_range(0..others);
            // A third of the moves take every coordinate, the others a random 5 in 16 of them, read off one word's bits.
            let all = rng.random_range(0..3) == 0;
            let mut count = 0;
            for chosen in chosen.chunks_mut(16) {
                let mut bits = rng.random::<u64>();
                for c in chosen {
                    *c = all || bits & 15 < 5;
                    count += usize::from(*c);
                    bits >>= 4;
                }
            }
            if count == 0 {
                let i = rng.random_range(0..d);
                chosen[i] = true;
                count = 1;
            }
            // 2.38/√(2d) is the best step for a Gaussian; these posteriors are bent and cut off, so steps down to a tenth of
            // it are taken too, evenly in the logarithm (of the choices tried, this made the populations agree best).
            let gamma = 2.38 / (2.0 * count as f64).sqrt() * 0.1f64.powf(rng.random::<f64>());
            // Steps are differences of particles; the jitter lets them leave the lattice these span.
            let jitter = 2e-6 * (rng.random::<f64>() - 0.5);
            for i in 0..d {
                let here = p.v[k * d + i];
                proposal[i] = if chosen[i] { here + gamma * (p.v[a * d + i] - p.v[b * d + i]) + jitter } else { here };
            }
            let limit = rng.random::<f64>().ln();
            let prior = target.density().bend(&proposal, &mut u) + target.density().ln_density(&u);
            if !prior.is_finite() {
                continue;
            }
            let l = target.ln_likelihood(&u, scratch);
            if l > f64::NEG_INFINITY && prior - p.ln_p[k] + exponent * (l - p.ln_l[k]) >= limit && target.admissible(&u, scratch) {
                p.v[k * d..(k + 1) * d].copy_from_slice(&proposal);
                p.ln_l[k] = l;
                p.ln_p[k] = prior;
            }
        }
    }
}

impl Smc {
    /// What is wrong with the settings, if anything.
    pub fn check(&self) -> Result<(), FitError> {
        if self.groups < 2 || self.particles < 20 || self.sweeps == 0 {
            return Err(FitError::Setting("smc needs at least 2 groups of 20 particles and one sweep".into()));
        }
        if self.agree.is_nan() || self.agree <= 1.0 || self.retries > 4 {
            return Err(FitError::Setting(format!("smc needs agree above 1 and at most 4 retries, not {} and {}", self.agree, self.retries)));
        }
        Ok(())
    }

    fn population(&self, target: &Target<'_>, sweeps: usize, seed: u64, scratch: &mut Scratch) -> Result<Population, FitError> {
        let n = self.particles;
        let d = target.density().coordinates().len();
        let mut rng = Pcg64::seed_from_u64(seed);
        let mut p = Population { v: vec![0.0; n * d], ln_p: Vec::with_capacity(n), ln_l: Vec::with_capacity(n) };
        let mut back = vec![0.0; d];
        for (k, v) in p.v.chunks_exact_mut(d).enumerate() {
            let u = self.prior.draw(crate::seed::of(&["particle", &seed.to_string(), &k.to_string()])).coordinates;
            target.density().straighten(&u, v);
            p.ln_p.push(target.density().bend(v, &mut back) + target.density().ln_density(&u));
            p.ln_l.push(target.ln_likelihood(&u, scratch));
        }
        let mut exponent = 0.0;
        for _ in 0..MOST_STEPS {
            let next = next_exponent(exponent, &p.ln_l);
            let step = next - exponent;
            exponent = next;
            resample(&mut p, d, step, &mut rng);
            let sweeps = if exponent >= 1.0 { 2 * sweeps } else { sweeps };
            for _ in 0..sweeps {
                sweep(target, &mut p, d, exponent, &mut rng, scratch);
            }
            if exponent >= 1.0 {
                return Ok(p);
            }
        }
        Err(FitError::NotFinite { who: "smc: the likelihood is too narrow to reach from the prior".into() })
    }

    /// Draws from the posterior, one vector of coordinates after the other, with what says how far to trust them.
    ///
    /// Populations that disagree run again with more sweeps; [`FitError::NotConverged`] when they still do after the last retry.
    pub fn sample(&self, q: &Question<'_>, seed: u64) -> Result<Sampled, FitError> {
        self.check()?;
        let mut worst = f64::INFINITY;
        for retry in 0..=self.retries {
            let s = self.attempt(q, self.sweeps << (2 * retry), crate::seed::of(&["attempt", &seed.to_string(), &retry.to_string()]))?;
            if s.r_hat <= self.agree {
                return Ok(s);
            }
            worst = s.r_hat;
        }
        Err(FitError::NotConverged { r_hat: worst, agree: self.agree })
    }

    fn attempt(&self, q: &Question<'_>, sweeps: usize, seed: u64) -> Result<Sampled, FitError> {
        let target = Target::new(self.prior.as_ref(), q.seen)?;
        let mut scratch = target.scratch();
        let mut draws = Vec::new();
        let (mut likelihoods, mut ends) = (Vec::new(), Vec::new());
        let end = priors::Grid::new(&[self.prior.horizon() as f64]);
        let d = target.density().coordinates().len();
        let (mut u, mut value) = (vec![0.0; d], [0.0]);
        for g in 0..self.groups {
            let mut at_end = Vec::with_capacity(self.particles);
            let p = self.population(&target, sweeps, crate::seed::of(&["group", &seed.to_string(), &g.to_string()]), &mut scratch)?;
            for v in p.v.chunks_exact(d) {
                target.density().bend(v, &mut u);
                target.density().curve(&u, &end, &mut value);
                at_end.push(value[0]);
                draws.extend_from_slice(&u);
            }
            ends.push(at_end);
            likelihoods.push(p.ln_l);
        }
        let worst = [r_hat(&likelihoods), r_hat(&ends)].into_iter().flatten().fold(1.0, f64::max);
        let least = [effective_size(&likelihoods), effective_size(&ends)].into_iter().flatten().fold(f64::INFINITY, f64::min);
        Ok(Sampled { draws, r_hat: worst, effective_size: least, sweeps })
    }
}

/// Draws, and how far to trust them.
pub struct Sampled {
    /// One vector of coordinates after the other.
    pub draws: Vec<f64>,
    /// R-hat over the populations, the worse of the log likelihood and the curve's end.
    pub r_hat: f64,
    /// Effective sample size, the smaller of the same two.
    pub effective_size: f64,
    /// The sweeps it took.
    pub sweeps: usize,
}

impl Forecaster for Smc {
    fn forecast(&self, q: &Question<'_>, seed: u64) -> Vec<Answer> {
        let sampled = self.sample(q, seed);
        let notes = match &sampled {
            Ok(s) => vec![("r-hat", s.r_hat), ("effective-size", s.effective_size), ("sweeps", s.sweeps as f64)],
            Err(FitError::NotConverged { r_hat, .. }) => vec![("r-hat", *r_hat)],
            Err(_) => Vec::new(),
        };
        let forecast = sampled.and_then(|s| Target::new(self.prior.as_ref(), q.seen)?.forecast(&s.draws, q.at, self.prior.name()));
        vec![Answer { name: String::new(), forecast, share: 1.0, notes }]
    }
}
