//! `chinchilla_gamma`: the Chinchilla law with a power over the sum, L = E + (A N^−α + B D^−β)^γ.
//!
//! γ = 1 is [`chinchilla`](super::chinchilla); γ ≠ 1 lets a lack of size and a lack of data weigh on each other,
//! as in [`kaplan`](super::kaplan), which it contains at E = 0.
//!
//! Source: the generalised law that the xLSTM scaling study fits.

use crate::Domain::{NonNegative, Positive};
use crate::{At, Formula, Param, Scalar};

/// L = E + (A N^−α + B D^−β)^γ.
pub struct ChinchillaGamma;

impl Formula for ChinchillaGamma {
    const NAME: &'static str = "chinchilla_gamma";
    const TITLE: &'static str = "Chinchilla law, generalised";
    const FORMULA: &'static str = "e + (a * params^-alpha + b * tokens^-beta)^gamma";
    const INPUTS: &'static [&'static str] = &["params", "tokens"];
    const PARAMS: &'static [Param] = &[
        Param::new("e", NonNegative, 1.5, [0.5, 2.5], "irreducible loss"),
        Param::new("a", Positive, 400.0, [10.0, 1e4], "cost of a small model"),
        Param::new("b", Positive, 1000.0, [10.0, 1e5], "cost of little data"),
        Param::new("alpha", Positive, 0.35, [0.15, 0.7], "rate in parameters"),
        Param::new("beta", Positive, 0.35, [0.15, 0.7], "rate in tokens"),
        Param::new("gamma", Positive, 1.0, [0.4, 2.0], "power over the sum"),
    ];
    const CITE: &'static str = "beck2025xlstm";

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [e, a, b, alpha, beta, gamma] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        e + (a * super::falling(at.input(0), alpha) + b * super::falling(at.input(1), beta)).powf(gamma)
    }
}
