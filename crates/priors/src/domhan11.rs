//! `domhan11`: all eleven families with LC-PFN's peaked priors, and `flat11`: the same with flat ones.
//!
//! The peaked table is in LC-PFN's code (`curves.py`) and was not used for the released networks. The
//! flat one stands for MCMC-OP, the original method of Domhan et al. (2015): their prior is improper
//! (constant inside bounds); ours is constant on bounds wide enough to hold every least-squares fit we
//! saw, in ln p for parameters that are positive by nature, and it keeps their rule that the curve
//! must rise and end in range.

use crate::combination::{Combination, Component};
use crate::distribution::Distribution::{LogNormal, LogOneMinusUniform, LogUniform, Normal, Uniform};
use crate::family::Family;

pub(crate) static PEAKED: [Component; 11] = [
    Component { family: Family::Pow3, params: &[("c", Uniform(0.0, 1.25)), ("a", Uniform(-0.6, 0.6)), ("alpha", LogNormal(0.0, 2.0))] },
    Component { family: Family::Ilog2, params: &[("c", Uniform(0.0, 1.0)), ("a", Uniform(-0.5, 0.5))] },
    Component {
        family: Family::Janoschek,
        params: &[("a", Uniform(0.0, 1.0)), ("beta", Uniform(0.0, 2.0)), ("k", LogNormal(-2.0, 1.0)), ("delta", LogNormal(0.0, 0.5))],
    },
    Component { family: Family::LogPower, params: &[("a", Normal(0.8, 0.1)), ("b", Normal(1.0, 1.0)), ("c", Uniform(-3.0, 0.0))] },
    Component {
        family: Family::Weibull,
        params: &[("alpha", Uniform(0.0, 1.5)), ("beta", Uniform(0.0, 1.0)), ("kappa", LogNormal(-2.0, 1.0)), ("delta", LogNormal(0.0, 0.5))],
    },
    Component {
        family: Family::Mmf,
        params: &[("alpha", Normal(0.8, 0.1)), ("beta", Normal(0.2, 0.1)), ("kappa", LogNormal(0.0, 2.0)), ("delta", LogNormal(0.0, 1.0))],
    },
    Component { family: Family::Vap, params: &[("a", Uniform(-2.0, 0.0)), ("b", Uniform(-4.0, 0.0)), ("c", LogUniform(-8.0, 0.0))] },
    Component { family: Family::LoglogLinear, params: &[("a", LogNormal(-2.0, 1.0)), ("b", LogUniform(0.0, 1.0))] },
    Component {
        family: Family::Exp4,
        params: &[("c", Normal(0.8, 0.1)), ("a", LogNormal(-2.0, 1.0)), ("b", LogNormal(0.0, 0.5)), ("alpha", LogNormal(0.0, 1.0))],
    },
    Component {
        family: Family::Pow4,
        params: &[("c", LogOneMinusUniform(-5.0, 0.0)), ("a", LogNormal(-3.0, 2.0)), ("b", LogUniform(0.0, 1.0)), ("alpha", LogNormal(0.0, 1.0))],
    },
    Component { family: Family::Hill3, params: &[("theta", Normal(0.8, 0.1)), ("eta", LogNormal(1.0, 1.0)), ("kappa", LogNormal(1.0, 2.0))] },
];

pub(crate) static FLAT: [Component; 11] = [
    Component { family: Family::Pow3, params: &[("c", Uniform(-1.0, 2.0)), ("a", Uniform(-2.0, 2.0)), ("alpha", LogUniform(-7.0, 4.0))] },
    Component { family: Family::Ilog2, params: &[("c", Uniform(-1.0, 2.0)), ("a", Uniform(-2.0, 2.0))] },
    Component {
        family: Family::Janoschek,
        params: &[("a", Uniform(-1.0, 2.0)), ("beta", Uniform(-1.0, 2.0)), ("k", LogUniform(-9.0, 4.0)), ("delta", LogUniform(-3.0, 2.0))],
    },
    Component { family: Family::LogPower, params: &[("a", Uniform(0.0, 2.0)), ("b", Uniform(-10.0, 10.0)), ("c", Uniform(-5.0, 0.0))] },
    Component {
        family: Family::Weibull,
        params: &[("alpha", Uniform(-1.0, 2.0)), ("beta", Uniform(-1.0, 2.0)), ("kappa", LogUniform(-9.0, 4.0)), ("delta", LogUniform(-3.0, 2.0))],
    },
    Component {
        family: Family::Mmf,
        params: &[("alpha", Uniform(-1.0, 2.0)), ("beta", Uniform(-1.0, 2.0)), ("kappa", LogUniform(-9.0, 4.0)), ("delta", LogUniform(-3.0, 2.0))],
    },
    Component { family: Family::Vap, params: &[("a", Uniform(-10.0, 2.0)), ("b", Uniform(-10.0, 2.0)), ("c", LogUniform(-12.0, 1.0))] },
    Component { family: Family::LoglogLinear, params: &[("a", LogUniform(-9.0, 2.0)), ("b", LogUniform(0.0, 1.0))] },
    Component {
        family: Family::Exp4,
        params: &[("c", Uniform(-1.0, 2.0)), ("a", LogUniform(-9.0, 3.0)), ("b", Uniform(-8.0, 3.0)), ("alpha", LogUniform(-4.0, 2.0))],
    },
    Component {
        family: Family::Pow4,
        params: &[("c", Uniform(-1.0, 2.0)), ("a", LogUniform(-9.0, 7.0)), ("b", LogUniform(-6.0, 6.0)), ("alpha", LogUniform(-6.0, 3.0))],
    },
    Component { family: Family::Hill3, params: &[("theta", Uniform(0.0, 2.0)), ("eta", LogUniform(-4.0, 3.0)), ("kappa", LogUniform(-6.0, 8.0))] },
];

/// Eleven families, peaked priors, on t = 1 … `horizon`.
pub fn domhan11(horizon: usize) -> Combination {
    let title = "all eleven Domhan families with LC-PFN's peaked priors";
    Combination::new("domhan11", title, "adriaensen2023lcpfn", &PEAKED, Uniform(0.0, 1.0), LogNormal(-4.0, 1.0), horizon)
}

/// Eleven families, flat priors on wide bounds, on t = 1 … `horizon`: what MCMC-OP assumes.
///
/// Drawing from it takes about 10⁴ tries a curve: it is meant for its density.
pub fn flat11(horizon: usize) -> Combination {
    let title = "all eleven Domhan families, flat: the prior of the original MCMC method";
    Combination::new("flat11", title, "domhan2015speeding", &FLAT, Uniform(0.0, 1.0), LogUniform(-9.0, 0.0), horizon)
}
