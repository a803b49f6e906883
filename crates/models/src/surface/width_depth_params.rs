//! `width_depth_params`: a law of shape and size, L = E + A w^−α + B d^−β + G N^−δ + C D^−γ.
//!
//! w is the width, d the depth (layers), N the parameters, D the tokens.
//!
//! Source: McLeish et al. 2025, "Gemstones", the law of four terms.

use crate::Domain::{NonNegative, Positive};
use crate::{At, Base, Formula, Param, Scalar, Term};

/// L = E + A w^−α + B d^−β + G N^−δ + C D^−γ.
pub struct WidthDepthParams;

impl Formula for WidthDepthParams {
    const NAME: &'static str = "width_depth_params";
    const TITLE: &'static str = "Width–depth–size law";
    const FORMULA: &'static str = "e + a * width^-alpha + b * depth^-beta + g * params^-delta + c * tokens^-gamma";
    const INPUTS: &'static [&'static str] = &["width", "depth", "params", "tokens"];
    const PARAMS: &'static [Param] = &[
        Param::new("e", NonNegative, 1.5, [0.5, 2.5], "irreducible loss"),
        Param::new("a", Positive, 50.0, [1.0, 1e3], "cost of a narrow model"),
        Param::new("b", Positive, 1.0, [0.1, 10.0], "cost of a shallow model"),
        Param::new("g", Positive, 400.0, [10.0, 1e4], "cost of a small model"),
        Param::new("c", Positive, 1000.0, [10.0, 1e5], "cost of little data"),
        Param::new("alpha", Positive, 0.7, [0.2, 1.5], "rate in width"),
        Param::new("beta", Positive, 0.7, [0.2, 1.5], "rate in depth"),
        Param::new("delta", Positive, 0.35, [0.15, 0.7], "rate in parameters"),
        Param::new("gamma", Positive, 0.35, [0.15, 0.7], "rate in tokens"),
    ];
    const CITE: &'static str = "mcleish2025gemstones";
    const SUM: Option<&'static [Term]> = Some(&[
        Term::one(0),
        Term::power(1, Base::Input(0), 5),
        Term::power(2, Base::Input(1), 6),
        Term::power(3, Base::Input(2), 7),
        Term::power(4, Base::Input(3), 8),
    ]);

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [e, a, b, g, c, alpha, beta, delta, gamma] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let shape = a * super::falling(at.input(0), alpha) + b * super::falling(at.input(1), beta);
        e + shape + g * super::falling(at.input(2), delta) + c * super::falling(at.input(3), gamma)
    }
}
