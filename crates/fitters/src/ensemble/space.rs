//! `Space`: where walkers move, and how it lies to the prior's coordinates.

use super::Coordinates;
use crate::Target;
use crate::target::Scratch;

/// The moving space v of a target whose coordinates are u.
pub(super) struct Space<'a> {
    pub(super) target: &'a Target<'a>,
    pub(super) coordinates: Coordinates,
}

impl Space<'_> {
    /// How many coordinates.
    pub(super) fn dim(&self) -> usize {
        self.target.density().coordinates().len()
    }

    /// The prior's coordinates of a position.
    pub(super) fn to_u(&self, v: &[f64], u: &mut [f64]) {
        for ((u, v), (_, d)) in u.iter_mut().zip(v).zip(self.target.density().coordinates()) {
            *u = if self.coordinates == Coordinates::Raw { d.coordinate(*v) } else { *v };
        }
    }

    /// The position of the prior's coordinates.
    pub(super) fn to_v(&self, u: &[f64], v: &mut [f64]) {
        for ((v, u), (_, d)) in v.iter_mut().zip(u).zip(self.target.density().coordinates()) {
            *v = if self.coordinates == Coordinates::Raw { d.value(*u) } else { *u };
        }
    }

    /// ln prior in the moving space, −∞ outside the support.
    pub(super) fn ln_prior(&self, u: &[f64]) -> f64 {
        let mut total = 0.0;
        for (u, (_, d)) in u.iter().zip(self.target.density().coordinates()) {
            let l = d.ln_density(*u) + if self.coordinates == Coordinates::Raw { d.ln_slope(*u) } else { 0.0 };
            if l.is_nan() || l == f64::NEG_INFINITY {
                return f64::NEG_INFINITY;
            }
            total += l;
        }
        total
    }

    /// ln posterior in the moving space up to a constant, −∞ outside the support; whether the prior keeps the curve is not asked.
    pub(super) fn ln_posterior(&self, u: &[f64], scratch: &mut Scratch) -> f64 {
        let prior = self.ln_prior(u);
        if prior == f64::NEG_INFINITY { prior } else { prior + self.target.ln_likelihood(u, scratch) }
    }

    /// For rows of positions, as vector code: the parameter takes the place of what moves, and ln prior is added to `sum`, −∞
    /// or NaN outside the support. `u` is scratch. The last digits may differ from those of [`Space::ln_prior`].
    #[inline(always)]
    pub(super) fn add_ln_prior(&self, i: usize, row: &mut [f64], u: &mut [f64], sum: &mut [f64]) {
        let d = &self.target.density().coordinates()[i].1;
        if self.coordinates == Coordinates::Raw {
            d.coordinates(row, u);
            d.add_ln_slopes(u, sum);
        } else {
            u.copy_from_slice(row);
            d.values(u, row);
        }
        d.add_ln_densities(u, sum);
    }
}
