//! A weighted combination of families with Gaussian noise, kept only where it looks like a learning curve.
//!
//! `y_t = Σ_k w_k f_k(t; θ_k) + ε_t`, `ε_t ~ N(0, σ²)` (Domhan et al. 2015 §3; Adriaensen et al. 2023
//! §3.1). Everything is redrawn until the noiseless curve rises, f(m) > f(1), and stays in [0, 1] for
//! t = 1 … m. Noise is added afterwards and may leave the unit interval; noisy values are not clipped.

use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_distr::{Distribution as _, StandardNormal};
use rand_pcg::Pcg64;

use crate::bounds::{Bounds, Knots};
use crate::columns::{Columns, add_columns};
use crate::distribution::Distribution;
use crate::family::{Family, Linear};
use crate::grid::{Grid, STRETCH};
use crate::prior::{Density, Draw, Prior};
use curves::vector::vector;

/// One family with the distribution of each of its parameters, in the family's order.
#[derive(Clone, Debug)]
pub struct Component {
    /// The family.
    pub family: Family,
    /// Parameter names and distributions.
    pub params: &'static [(&'static str, Distribution)],
}

/// The most components a combination has.
pub(crate) const MOST_COMPONENTS: usize = 11;

/// A prior over noisy curves on t = 1 … m.
///
/// The coordinates are the parameters of every component in order, then one weight per component,
/// then ln σ, each in the coordinate of its [`Distribution`].
#[derive(Clone, Debug)]
pub struct Combination {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) cite: &'static str,
    pub(crate) components: &'static [Component],
    pub(crate) weight: Distribution,
    pub(crate) noise: Distribution,
    coordinates: Vec<(String, Distribution)>,
    linear: Vec<Pair>,
    grid: Grid,
    ends: Grid,
    knots: Knots,
}

/// Where the level, the amplitude and the weight of a linear component stand among the coordinates.
#[derive(Clone, Copy, Debug)]
struct Pair {
    level: usize,
    weight: usize,
    kind: Linear,
}

/// The most coordinates a combination has: eleven families need 36 parameters, 11 weights and a noise.
pub const MOST: usize = 64;

impl Combination {
    /// A prior on t = 1 … `horizon` (at least 2).
    pub fn new(
        name: &'static str,
        title: &'static str,
        cite: &'static str,
        components: &'static [Component],
        weight: Distribution,
        noise: Distribution,
        horizon: usize,
    ) -> Self {
        let mut coordinates = Vec::new();
        for c in components {
            coordinates.extend(c.params.iter().map(|(n, d)| (format!("{}.{n}", c.family.law()), *d)));
        }
        coordinates.extend(components.iter().map(|c| (format!("{}.weight", c.family.law()), weight)));
        coordinates.push(("sigma".to_owned(), noise));
        let plain = |d: &Distribution| matches!(d, Distribution::Uniform(..) | Distribution::Normal(..));
        let params: usize = components.iter().map(|c| c.params.len()).sum();
        let mut linear = Vec::new();
        let mut at = 0;
        for (k, c) in components.iter().enumerate() {
            if let (Some(kind), true) = (c.family.linear(), plain(&weight) && c.params.iter().take(2).all(|p| plain(&p.1))) {
                linear.push(Pair { level: at, weight: params + k, kind });
            }
            at += c.params.len();
        }
        let horizon = horizon.max(2);
        let grid = Grid::up_to(horizon);
        let ends = Grid::new(&[1.0, horizon as f64]);
        Self { name, title, cite, components, weight, noise, coordinates, linear, grid, ends, knots: Knots::up_to(horizon) }
    }

    /// The components, in the order of the coordinates.
    pub fn components(&self) -> &'static [Component] {
        self.components
    }

    /// Weights and parameters of the components at coordinates `u`, filled up with zeros.
    #[inline(always)]
    fn parameters(&self, u: &[f64]) -> ([f64; MOST_COMPONENTS], [[f64; 4]; MOST_COMPONENTS]) {
        let weights = u.len() - 1 - self.components.len();
        let mut p = [[0.0; 4]; MOST_COMPONENTS];
        let mut w = [0.0; MOST_COMPONENTS];
        let mut at = 0;
        for (k, c) in self.components.iter().enumerate() {
            for (slot, (value, (_, d))) in p[k].iter_mut().zip(u[at..].iter().zip(c.params)) {
                *slot = d.value(*value);
            }
            w[k] = self.weight.value(u[weights + k]);
            at += c.params.len();
        }
        (w, p)
    }

    /// Does the noiseless curve rise and stay in [0, 1]? `values` is scratch as long as the horizon.
    #[inline]
    fn rises_inside(&self, u: &[f64], values: &mut [f64]) -> bool {
        let mut ends = [0.0; 2];
        self.curve(u, &self.ends, &mut ends);
        // NaN fails every comparison, so it is rejected too.
        if !(ends[1] > ends[0] && ends[0] >= 0.0 && ends[1] <= 1.0) {
            return false;
        }
        self.curve(u, &self.grid, values);
        values.iter().all(|v| (0.0..=1.0).contains(v))
    }

    /// Redraws coordinates until the curve is admissible; leaves the noiseless curve in `noiseless`.
    /// Returns how many draws it took.
    #[inline]
    pub fn draw_into<R: Rng>(&self, rng: &mut R, u: &mut [f64], noiseless: &mut [f64]) -> u32 {
        for tries in 1.. {
            for (slot, (_, d)) in u.iter_mut().zip(&self.coordinates) {
                *slot = d.draw(rng);
            }
            if self.rises_inside(u, noiseless) {
                return tries;
            }
        }
        u32::MAX
    }
}

impl Prior for Combination {
    fn name(&self) -> &'static str {
        self.name
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn cite(&self) -> &'static str {
        self.cite
    }

    fn horizon(&self) -> usize {
        self.grid.len()
    }

    fn draw(&self, seed: u64) -> Draw {
        let mut rng = Pcg64::seed_from_u64(seed);
        let mut u = vec![0.0; self.coordinates.len()];
        let mut noiseless = vec![0.0; self.horizon()];
        self.draw_into(&mut rng, &mut u, &mut noiseless);
        let sigma = self.sigma(&u);
        let noisy = noiseless
            .iter()
            .map(|v| {
                let z: f64 = StandardNormal.sample(&mut rng);
                v + sigma * z
            })
            .collect();
        Draw { noiseless, noisy, sigma, coordinates: u }
    }

    fn fill(&self, seed: u64, curves: usize, noisy: &mut [f32]) {
        let m = self.horizon();
        let mut rng = Pcg64::seed_from_u64(seed);
        let mut u = [0.0; MOST];
        let u = &mut u[..self.coordinates.len()];
        let mut noiseless = vec![0.0; m];
        for row in noisy.chunks_exact_mut(m).take(curves) {
            self.draw_into(&mut rng, u, &mut noiseless);
            let sigma = self.sigma(u);
            for (o, v) in row.iter_mut().zip(&noiseless) {
                let z: f64 = StandardNormal.sample(&mut rng);
                *o = (v + sigma * z) as f32;
            }
        }
    }

    fn density(&self) -> Option<&dyn Density> {
        Some(self)
    }
}

impl Density for Combination {
    fn coordinates(&self) -> &[(String, Distribution)] {
        &self.coordinates
    }

    fn curve(&self, u: &[f64], grid: &Grid, out: &mut [f64]) {
        let out = &mut out[..grid.len()];
        let (w, p) = self.parameters(u);
        vector(
            grid.arch,
            #[inline(always)]
            || {
                let mut sums = [0.0; STRETCH];
                for (s, out) in out.chunks_mut(STRETCH).enumerate() {
                    let from = s * STRETCH;
                    let at = from..grid.padded().min(from + STRETCH);
                    let sums = &mut sums[..at.len()];
                    sums.fill(0.0);
                    for (c, (w, p)) in self.components.iter().zip(w.iter().zip(&p)) {
                        c.family.add(*w, *p, grid, at.clone(), sums);
                    }
                    out.copy_from_slice(&sums[..out.len()]);
                }
            },
        );
    }

    fn curves(&self, p: &Columns, grid: &Grid, at: Range<usize>, out: &mut Columns) {
        assert!(at.start.is_multiple_of(4), "positions are done four at a time, not from {}", at.start);
        out.resize(p.len());
        vector(
            grid.arch,
            #[inline(always)]
            || {
                for row in 0..at.len().next_multiple_of(4) {
                    out.row_mut(row).fill(0.0);
                }
                let mut first = 0;
                for (k, c) in self.components.iter().enumerate() {
                    let weight = self.coordinates.len() - 1 - self.components.len() + k;
                    add_columns(c.family, p, weight, first..first + c.params.len(), grid, at.clone(), out);
                    first += c.params.len();
                }
            },
        );
    }

    fn sigma(&self, u: &[f64]) -> f64 {
        self.noise.value(u[u.len() - 1])
    }

    // v has weight × level and weight × amplitude; the first of the levels holds their sum, which is what data tell.
    fn straighten(&self, u: &[f64], v: &mut [f64]) {
        v.copy_from_slice(u);
        let mut sum = 0.0;
        for p in &self.linear {
            let (w, level, second) = (u[p.weight], u[p.level], u[p.level + 1]);
            v[p.level] = w * level;
            v[p.level + 1] = w * if p.kind == Linear::Apart { second } else { level - second };
            sum += v[p.level];
        }
        if let Some(first) = self.linear.first() {
            v[first.level] = sum;
        }
    }

    fn bend(&self, v: &[f64], u: &mut [f64]) -> f64 {
        u.copy_from_slice(v);
        if let Some((first, others)) = self.linear.split_first() {
            u[first.level] -= others.iter().map(|p| v[p.level]).sum::<f64>();
        }
        let mut weights = 1.0;
        for p in &self.linear {
            let w = u[p.weight];
            let level = u[p.level] / w;
            let amplitude = u[p.level + 1] / w;
            u[p.level] = level;
            u[p.level + 1] = if p.kind == Linear::Apart { amplitude } else { level - amplitude };
            weights *= w;
        }
        -2.0 * weights.ln()
    }

    fn surely_admissible(&self, p: &Columns, work: &mut Bounds, sure: &mut Vec<bool>) {
        vector(
            self.grid.arch,
            #[inline(always)]
            || self.knots.sure(self.components, p, work, sure),
        );
    }

    fn admissible(&self, u: &[f64], scratch: &mut [f64]) -> bool {
        let (w, p) = self.parameters(u);
        // Eight positions tell nearly always; else every one is looked at.
        self.knots.verdict(self.components, &w, &p).unwrap_or_else(|| self.rises_inside(u, &mut scratch[..self.grid.len()]))
    }
}
