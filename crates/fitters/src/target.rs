//! `Target`: the posterior of a prior's parameters given the beginning of a curve.

use curves::{Curve, Forecast, Mixture, Shape};
use priors::{Density, Grid, Prior};

use crate::FitError;

/// p(u | seen) ∝ p(u) · Π N(y_i; f(x_i; u), σ²) on the curves the prior keeps.
pub struct Target<'a> {
    density: &'a dyn Density,
    grid: Grid,
    y: Vec<f64>,
    horizon: usize,
}

/// What one evaluation needs; made once per run, so that nothing is allocated inside a sampler.
pub struct Scratch {
    seen: Vec<f64>,
    whole: Vec<f64>,
}

impl<'a> Target<'a> {
    /// A target. Every x must be at least 1 and at most the prior's horizon: that is where it has curves.
    pub fn new(prior: &'a dyn Prior, seen: &Curve) -> Result<Self, FitError> {
        let Some(density) = prior.density() else {
            return Err(FitError::Setting(format!("prior {:?} has no density, so nothing can be sampled from its posterior", prior.name())));
        };
        in_range(seen.x(), prior.horizon(), prior.name())?;
        Ok(Self { density, grid: Grid::new(seen.x()), y: seen.y().to_vec(), horizon: prior.horizon() })
    }

    /// Buffers for [`Target::ln_likelihood`] and [`Target::admissible`].
    pub fn scratch(&self) -> Scratch {
        Scratch { seen: vec![0.0; self.grid.len()], whole: vec![0.0; self.horizon] }
    }

    /// The prior's density.
    pub fn density(&self) -> &'a dyn Density {
        self.density
    }

    /// The observations.
    pub fn observed(&self) -> &[f64] {
        &self.y
    }

    /// Σ ln N(y_i; f(x_i), σ²) without the constant −n ln √(2π); −∞ where it is not finite.
    #[inline]
    pub fn ln_likelihood(&self, u: &[f64], scratch: &mut Scratch) -> f64 {
        self.density.curve(u, &self.grid, &mut scratch.seen);
        let sigma = self.density.sigma(u);
        // Four partial sums in a fixed order: vector code, and the same bytes everywhere.
        let mut sums = [0.0; 4];
        let (f, y) = (scratch.seen.chunks_exact(4), self.y.chunks_exact(4));
        let rest: f64 = f.remainder().iter().zip(y.remainder()).map(|(f, y)| (f - y) * (f - y)).sum();
        for (f, y) in f.zip(y) {
            for ((s, f), y) in sums.iter_mut().zip(f).zip(y) {
                *s += (f - y) * (f - y);
            }
        }
        let squares = sums.iter().sum::<f64>() + rest;
        let l = -0.5 * squares / (sigma * sigma) - self.y.len() as f64 * sigma.ln();
        if l.is_finite() { l } else { f64::NEG_INFINITY }
    }

    /// Is this curve one that the prior keeps?
    #[inline]
    pub fn admissible(&self, u: &[f64], scratch: &mut Scratch) -> bool {
        self.density.admissible(u, &mut scratch.whole)
    }

    /// The posterior predictive at `at` from draws of the coordinates, laid end to end.
    pub fn forecast(&self, draws: &[f64], at: &[f64], who: &str) -> Result<Forecast, FitError> {
        in_range(at, self.horizon, who)?;
        let d = self.density.coordinates().len();
        let grid = Grid::new(at);
        let mut locations = vec![0.0; draws.len() / d * at.len()];
        for (row, u) in locations.chunks_exact_mut(at.len()).zip(draws.chunks_exact(d)) {
            self.density.curve(u, &grid, row);
        }
        let scales = draws.chunks_exact(d).map(|u| self.density.sigma(u)).collect();
        Ok(Forecast::new(at.to_vec(), Shape::Mixture(Mixture::new(at.len(), locations, scales, Vec::new())?))?)
    }
}

/// Refuses resource values a prior on 1 … horizon says nothing about.
pub(crate) fn in_range(x: &[f64], horizon: usize, who: &str) -> Result<(), FitError> {
    match x.iter().find(|v| !(1.0..=horizon as f64).contains(*v)) {
        Some(&x) => Err(FitError::OutsideRange { x, horizon: horizon as f64, who: who.to_owned() }),
        None => Ok(()),
    }
}
