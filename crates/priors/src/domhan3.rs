//! `domhan3`: the prior LC-PFN's networks are trained on.
//!
//! Three families, weights U(0, 1) each and not normalised, ln σ ~ N(−4, 1). Adriaensen et al. 2023,
//! Table 1 and §3.1, as the authors' code runs it; the paper's text has ln σ² ~ N(−8, 2), which their
//! README calls wrong. Both noises are here ([`Noise`]).

use crate::combination::{Combination, Component};
use crate::distribution::Distribution::{LogNormal, Uniform};
use crate::family::Family;

/// Which of the two published definitions of the noise is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// ln σ ~ N(−4, sd 1): the code, and what the released networks saw.
    Code,
    /// ln σ² ~ N(−8, variance 2), so ln σ has sd √2/2: the paper's text.
    Paper,
}

pub(crate) static COMPONENTS: [Component; 3] = [
    Component { family: Family::Pow3, params: &[("c", Uniform(0.0, 1.25)), ("a", Uniform(-0.6, 0.6)), ("alpha", LogNormal(0.0, 2.0))] },
    Component {
        family: Family::Janoschek,
        params: &[("a", Uniform(0.0, 1.0)), ("beta", Uniform(0.0, 2.0)), ("k", LogNormal(-2.0, 1.0)), ("delta", LogNormal(0.0, 0.5))],
    },
    Component { family: Family::Ilog2, params: &[("c", Uniform(0.0, 1.0)), ("a", Uniform(-0.5, 0.5))] },
];

/// The prior on t = 1 … `horizon`; LC-PFN uses 100.
pub fn domhan3(noise: Noise, horizon: usize) -> Combination {
    let (name, title, noise) = match noise {
        Noise::Code => ("domhan3", "LC-PFN's prior: pow3 + janoschek + ilog2, noise as in the code", LogNormal(-4.0, 1.0)),
        Noise::Paper => {
            let sd = std::f64::consts::FRAC_1_SQRT_2;
            ("domhan3-paper-noise", "LC-PFN's prior: pow3 + janoschek + ilog2, noise as in the paper's text", LogNormal(-4.0, sd))
        }
    };
    Combination::new(name, title, "adriaensen2023lcpfn", &COMPONENTS, Uniform(0.0, 1.0), noise, horizon)
}
