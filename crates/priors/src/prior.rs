//! The two promises: a `Prior` draws whole curves; a `Density` also says how likely parameters are.

use std::ops::Range;

use crate::bounds::Bounds;
use crate::columns::Columns;
use crate::distribution::Distribution;
use crate::grid::Grid;

/// One curve from a prior, on t = 1 … horizon, with what is true of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// The curve without noise.
    pub noiseless: Vec<f64>,
    /// The curve as it would be observed.
    pub noisy: Vec<f64>,
    /// The noise's standard deviation.
    pub sigma: f64,
    /// The parameters it was made from, in the coordinates of the prior's [`Density`] if it has one.
    pub coordinates: Vec<f64>,
}

/// A distribution over whole curves. Pure: the same seed gives the same curve.
pub trait Prior: Send + Sync {
    /// The name it has in a spec.
    fn name(&self) -> &'static str;
    /// What it is, in one line.
    fn title(&self) -> &'static str;
    /// Key into `references.bib`.
    fn cite(&self) -> &'static str;
    /// How many points a curve has.
    fn horizon(&self) -> usize;
    /// One curve.
    fn draw(&self, seed: u64) -> Draw;
    /// Fills `noisy` with `curves` curves of `horizon` points each, for training.
    fn fill(&self, seed: u64, curves: usize, noisy: &mut [f32]);
    /// The density over parameters, where there is one.
    fn density(&self) -> Option<&dyn Density>;
}

/// A prior over parameters in coordinates u that a sampler can move freely.
pub trait Density: Send + Sync {
    /// Name and distribution of every coordinate; the last is the noise.
    fn coordinates(&self) -> &[(String, Distribution)];

    /// The noiseless curve at every position of `grid`; `out` at least as long as it.
    fn curve(&self, u: &[f64], grid: &Grid, out: &mut [f64]);

    /// The noiseless curves of many parameter vectors at the positions `at` of `grid`: one row of `out` a position, one column a curve.
    /// They are done four at a time: `at` begins at a multiple of four, `out` has a multiple of four rows, and what lies beyond the
    /// last position is unspecified.
    ///
    /// Row i of `p` holds coordinate i as a parameter, that is as its [`Distribution::value`]; further rows are not read. The
    /// last digits may differ from those of [`Density::curve`].
    ///
    /// # Panics
    /// When `at` begins elsewhere.
    fn curves(&self, p: &Columns, grid: &Grid, at: Range<usize>, out: &mut Columns);

    /// The standard deviation of the noise.
    fn sigma(&self, u: &[f64]) -> f64;

    /// Is the curve one that the prior keeps? `scratch` holds at least `horizon` values.
    fn admissible(&self, u: &[f64], scratch: &mut [f64]) -> bool;

    /// Says of every column of `p`, laid out as for [`Density::curves`], whether [`Density::admissible`] surely says yes to it.
    /// False says nothing. `work` holds as many columns.
    fn surely_admissible(&self, p: &Columns, work: &mut Bounds, sure: &mut Vec<bool>);

    /// Coordinates v of the same curve in which the likelihood is as straight as it can be: where u holds a weight and what
    /// it multiplies, v holds the products. A sampler whose steps are straight lines crosses v, and gets stuck in u.
    fn straighten(&self, u: &[f64], v: &mut [f64]) {
        v.copy_from_slice(u);
    }

    /// The inverse of [`Density::straighten`]; returns ln |du/dv|. Where v belongs to no u, u or the result is not finite.
    fn bend(&self, v: &[f64], u: &mut [f64]) -> f64 {
        u.copy_from_slice(v);
        0.0
    }

    /// ln density of the coordinates up to a constant, before the curve is asked to be admissible.
    fn ln_density(&self, u: &[f64]) -> f64 {
        u.iter().zip(self.coordinates()).map(|(u, (_, d))| d.ln_density(*u)).sum()
    }
}
