//! `Target`: the posterior of a prior's parameters given the beginning of a curve.

use curves::vector::Arch;
use curves::vector::vector;
use curves::{Curve, Forecast, Mixture, Shape};
use priors::{Columns, Density, Grid, Prior};

use crate::FitError;

/// p(u | seen) ∝ p(u) · Π N(y_i; f(x_i; u), σ²) on the curves the prior keeps.
pub struct Target<'a> {
    density: &'a dyn Density,
    grid: Grid,
    y: Vec<f64>,
    horizon: usize,
    spread: Spread,
    arch: Arch,
}

/// The points seen in an order in which few of them tell what all will: the last one, then ever finer halvings.
struct Spread {
    grid: Grid,
    y: Vec<f64>,
}

impl Spread {
    fn new(seen: &Curve) -> Self {
        let last = seen.y().len().saturating_sub(1);
        let mut order: Vec<usize> = (0..=last).collect();
        order.sort_by_key(|i| (last - i).reverse_bits());
        let of = |v: &[f64]| order.iter().filter_map(|&i| v.get(i).copied()).collect::<Vec<f64>>();
        Self { grid: Grid::new(&of(seen.x())), y: of(seen.y()) }
    }
}

/// Points looked at before curves that are already too far off are dropped.
pub(crate) const STAGE: usize = 8;

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
        Ok(Self { density, grid: Grid::new(seen.x()), y: seen.y().to_vec(), horizon: prior.horizon(), spread: Spread::new(seen), arch: Arch::new() })
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

    /// Sums (f − y)² of every column of `p`, and drops columns whose sum exceeds what they are allowed.
    ///
    /// Row `sum` of `p` holds the sums so far and the next one what they are allowed, the rows before them parameters as
    /// [`Density::curves`] wants them; `who` is dropped from as `p` is. `curves` holds [`STAGE`] rows of as many columns.
    pub(crate) fn sift(&self, p: &mut Columns, sum: usize, who: &mut Vec<usize>, curves: &mut Columns, kept: &mut Vec<usize>) {
        for from in (0..self.y.len()).step_by(STAGE) {
            let at = from..self.y.len().min(from + STAGE);
            self.density.curves(p, &self.spread.grid, at.clone(), curves);
            let last = at.end == self.y.len();
            vector(
                self.arch,
                #[inline(always)]
                || {
                    for (row, y) in self.spread.y[at.clone()].iter().enumerate() {
                        for (s, f) in p.row_mut(sum).iter_mut().zip(curves.row(row)) {
                            *s += (f - y) * (f - y);
                        }
                    }
                },
            );
            // NaN is no sum that is allowed.
            within(p.row(sum), p.row(sum + 1), p.len(), kept);
            // Loops run over whole registers: dropping pays only when it empties one. A sum too large stays too large.
            if last || Columns::width_of(kept.len()) < p.width() {
                keep(p, who, kept);
            }
            if p.is_empty() {
                return;
            }
        }
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

/// Which of the first `len` are at most what they are allowed.
pub(crate) fn within(values: &[f64], allowed: &[f64], len: usize, kept: &mut Vec<usize>) {
    kept.clear();
    kept.resize(len, 0);
    let mut n = 0;
    // Without a branch, because half of them say yes.
    for (k, (v, a)) in values.iter().zip(allowed).take(len).enumerate() {
        kept[n] = k;
        n += usize::from(v <= a);
    }
    kept.truncate(n);
}

/// Drops all but `kept` from `p` and from `who`.
pub(crate) fn keep(p: &mut Columns, who: &mut Vec<usize>, kept: &[usize]) {
    p.keep(kept);
    for (to, &from) in kept.iter().enumerate() {
        who[to] = who[from];
    }
    who.truncate(kept.len());
}

/// Refuses resource values a prior on 1 … horizon says nothing about.
pub(crate) fn in_range(x: &[f64], horizon: usize, who: &str) -> Result<(), FitError> {
    match x.iter().find(|v| !(1.0..=horizon as f64).contains(*v)) {
        Some(&x) => Err(FitError::OutsideRange { x, horizon: horizon as f64, who: who.to_owned() }),
        None => Ok(()),
    }
}
