//! Distributions of one parameter, and the coordinate in which a sampler moves it.

use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use crate::fast::{exp, ln};

/// How one parameter p is distributed.
///
/// Every variant has a coordinate u in which its density is plain: p itself, or ln p, or ln(1 − p).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution {
    /// p ~ U(low, high); u = p.
    Uniform(f64, f64),
    /// p ~ N(mean, sd²); u = p.
    Normal(f64, f64),
    /// ln p ~ N(mean, sd²); u = ln p.
    LogNormal(f64, f64),
    /// ln p ~ U(low, high); u = ln p.
    LogUniform(f64, f64),
    /// ln(1 − p) ~ U(low, high); u = ln(1 − p).
    LogOneMinusUniform(f64, f64),
}

impl Distribution {
    /// Draws the coordinate u.
    #[inline(always)]
    pub fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        match *self {
            Self::Uniform(a, b) | Self::LogUniform(a, b) | Self::LogOneMinusUniform(a, b) => a + (b - a) * rng.random::<f64>(),
            Self::Normal(m, s) | Self::LogNormal(m, s) => {
                let z: f64 = rng.sample(StandardNormal);
                m + s * z
            }
        }
    }

    /// The parameter at coordinate `u`.
    #[inline(always)]
    pub fn value(&self, u: f64) -> f64 {
        match self {
            Self::Uniform(..) | Self::Normal(..) => u,
            Self::LogNormal(..) | Self::LogUniform(..) => u.exp(),
            Self::LogOneMinusUniform(..) => 1.0 - u.exp(),
        }
    }

    /// The coordinate of parameter `p`, −∞ or NaN when there is none.
    pub fn coordinate(&self, p: f64) -> f64 {
        match self {
            Self::Uniform(..) | Self::Normal(..) => p,
            Self::LogNormal(..) | Self::LogUniform(..) => p.ln(),
            Self::LogOneMinusUniform(..) => (1.0 - p).ln(),
        }
    }

    /// ln |du/dp| at coordinate `u`: added to the coordinate's log density it gives that of p.
    #[inline(always)]
    pub fn ln_slope(&self, u: f64) -> f64 {
        match self {
            Self::Uniform(..) | Self::Normal(..) => 0.0,
            Self::LogNormal(..) | Self::LogUniform(..) | Self::LogOneMinusUniform(..) => -u,
        }
    }

    /// ln density of the coordinate, up to a constant; −∞ outside the support.
    #[inline(always)]
    pub fn ln_density(&self, u: f64) -> f64 {
        match *self {
            Self::Uniform(a, b) | Self::LogUniform(a, b) | Self::LogOneMinusUniform(a, b) => {
                if u >= a && u <= b {
                    0.0
                } else {
                    f64::NEG_INFINITY
                }
            }
            Self::Normal(m, s) | Self::LogNormal(m, s) => {
                let z = (u - m) / s;
                -0.5 * z * z
            }
        }
    }

    /// [`Distribution::coordinate`] of a row of parameters, as vector code; the last digits may differ.
    #[inline(always)]
    pub fn coordinates(&self, p: &[f64], u: &mut [f64]) {
        let pairs = u.iter_mut().zip(p);
        match self {
            Self::Uniform(..) | Self::Normal(..) => pairs.for_each(|(u, &p)| *u = p),
            Self::LogNormal(..) | Self::LogUniform(..) => pairs.for_each(|(u, &p)| *u = ln(p)),
            Self::LogOneMinusUniform(..) => pairs.for_each(|(u, &p)| *u = ln(1.0 - p)),
        }
    }

    /// [`Distribution::value`] of a row of coordinates, as vector code; the last digits may differ.
    #[inline(always)]
    pub fn values(&self, u: &[f64], p: &mut [f64]) {
        let pairs = p.iter_mut().zip(u);
        match self {
            Self::Uniform(..) | Self::Normal(..) => pairs.for_each(|(p, &u)| *p = u),
            Self::LogNormal(..) | Self::LogUniform(..) => pairs.for_each(|(p, &u)| *p = exp(u)),
            Self::LogOneMinusUniform(..) => pairs.for_each(|(p, &u)| *p = 1.0 - exp(u)),
        }
    }

    /// Adds [`Distribution::ln_density`] of a row of coordinates to `sum`, as vector code.
    #[inline(always)]
    pub fn add_ln_densities(&self, u: &[f64], sum: &mut [f64]) {
        let pairs = sum.iter_mut().zip(u);
        match *self {
            Self::Uniform(a, b) | Self::LogUniform(a, b) | Self::LogOneMinusUniform(a, b) => {
                pairs.for_each(|(s, &u)| *s += if u >= a && u <= b { 0.0 } else { f64::NEG_INFINITY });
            }
            Self::Normal(m, s) | Self::LogNormal(m, s) => pairs.for_each(|(sum, &u)| {
                let z = (u - m) / s;
                *sum += -0.5 * z * z;
            }),
        }
    }

    /// Adds [`Distribution::ln_slope`] of a row of coordinates to `sum`, as vector code.
    #[inline(always)]
    pub fn add_ln_slopes(&self, u: &[f64], sum: &mut [f64]) {
        if !matches!(self, Self::Uniform(..) | Self::Normal(..)) {
            sum.iter_mut().zip(u).for_each(|(s, &u)| *s -= u);
        }
    }

    /// The coordinate nearest to `u` that is well inside the support.
    pub fn clamp(&self, u: f64) -> f64 {
        match *self {
            Self::Uniform(a, b) | Self::LogUniform(a, b) | Self::LogOneMinusUniform(a, b) => {
                let margin = 1e-3 * (b - a);
                if u.is_nan() { 0.5 * (a + b) } else { u.clamp(a + margin, b - margin) }
            }
            Self::Normal(m, s) | Self::LogNormal(m, s) => {
                if u.is_nan() {
                    m
                } else {
                    u.clamp(m - 5.0 * s, m + 5.0 * s)
                }
            }
        }
    }

    /// The distribution in words, for the catalogue.
    pub fn describe(&self) -> String {
        match self {
            Self::Uniform(a, b) => format!("U({a}, {b})"),
            Self::Normal(m, s) => format!("N({m}, sd {s})"),
            Self::LogNormal(m, s) => format!("ln ~ N({m}, sd {s})"),
            Self::LogUniform(a, b) => format!("ln ~ U({a}, {b})"),
            Self::LogOneMinusUniform(a, b) => format!("ln(1 - p) ~ U({a}, {b})"),
        }
    }
}
