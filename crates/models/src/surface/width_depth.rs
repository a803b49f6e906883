//! `width_depth`: a Chinchilla law of shape, L = E + A w^−α + B d^−β + C D^−γ.
//!
//! w is the width, d the depth (layers), D the tokens. It asks how a given size is best shaped.
//!
//! Source: McLeish et al. 2025, "Gemstones", the law in width, depth and tokens.

use crate::Domain::{NonNegative, Positive};
use crate::{At, Base, Formula, Param, Scalar, Term};

/// L = E + A w^−α + B d^−β + C D^−γ.
pub struct WidthDepth;

impl Formula for WidthDepth {
    const NAME: &'static str = "width_depth";
    const TITLE: &'static str = "Width–depth law";
    const FORMULA: &'static str = "e + a * width^-alpha + b * depth^-beta + c * tokens^-gamma";
    const INPUTS: &'static [&'static str] = &["width", "depth", "tokens"];
    const PARAMS: &'static [Param] = &[
        Param::new("e", NonNegative, 1.5, [0.5, 2.5], "irreducible loss"),
        Param::new("a", Positive, 50.0, [1.0, 1e3], "cost of a narrow model"),
        Param::new("b", Positive, 1.0, [0.1, 10.0], "cost of a shallow model"),
        Param::new("c", Positive, 1000.0, [10.0, 1e5], "cost of little data"),
        Param::new("alpha", Positive, 0.7, [0.2, 1.5], "rate in width"),
        Param::new("beta", Positive, 0.7, [0.2, 1.5], "rate in depth"),
        Param::new("gamma", Positive, 0.35, [0.15, 0.7], "rate in tokens"),
    ];
    const CITE: &'static str = "mcleish2025gemstones";
    const SUM: Option<&'static [Term]> =
        Some(&[Term::one(0), Term::power(1, Base::Input(0), 4), Term::power(2, Base::Input(1), 5), Term::power(3, Base::Input(2), 6)]);

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [e, a, b, c, alpha, beta, gamma] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        e + a * super::falling(at.input(0), alpha) + b * super::falling(at.input(1), beta) + c * super::falling(at.input(2), gamma)
    }
}
