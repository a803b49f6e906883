//! `chinchilla_guided`: the Chinchilla law with exponents that follow from the coefficients,
//! L = E + A N^−α + B D^−β with α = 0.0116280 + 0.05004588 ln A and β = 0.23710262 + 0.03844353 ln B.
//!
//! Three parameters in place of five: over the families of the Hitchhiker's Guide fitted coefficients and exponents lie near
//! lines, whose constants are these. Below A = 0.80 and B = 0.0021 an exponent is negative, and loss would grow with size or data.
//!
//! Source: Choshen, Zhang and Andreas 2024, the lines as written in their code.

use crate::Domain::{NonNegative, Positive};
use crate::{At, Formula, Param, Scalar};

/// L = E + A N^−α(A) + B D^−β(B).
pub struct ChinchillaGuided;

impl Formula for ChinchillaGuided {
    const NAME: &'static str = "chinchilla_guided";
    const TITLE: &'static str = "Chinchilla law, exponents from coefficients";
    const FORMULA: &'static str = "e + a * params^-(0.0116280 + 0.05004588 ln a) + b * tokens^-(0.23710262 + 0.03844353 ln b)";
    const INPUTS: &'static [&'static str] = &["params", "tokens"];
    const PARAMS: &'static [Param] = &[
        Param::new("e", NonNegative, 1.5, [0.5, 2.5], "irreducible loss"),
        Param::new("a", Positive, 500.0, [10.0, 1e4], "cost of a small model, and how fast it falls"),
        Param::new("b", Positive, 1000.0, [1.0, 1e5], "cost of little data, and how fast it falls"),
    ];
    const CITE: &'static str = "choshen2024hitchhiker";

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [e, a, b] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let alpha = a.ln() * 0.050_045_88 + 0.011_628_0;
        let beta = b.ln() * 0.038_443_53 + 0.237_102_62;
        e + a * super::falling(at.input(0), alpha) + b * super::falling(at.input(1), beta)
    }
}
