//! `pow2`: the two-parameter power law, y = a x^−α.
//!
//! `a` is the value at x = 1, `α` the rate: a falling curve for α > 0, a rising one for α < 0.
//!
//! Source: Domhan, Springenberg and Hutter 2015, unused there.

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = a x^−α.
pub struct Pow2;

impl Formula for Pow2 {
    const NAME: &'static str = "pow2";
    const TITLE: &'static str = "Two-parameter power law";
    const FORMULA: &'static str = "a * x^-alpha";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] =
        &[Param::new("a", Positive, 0.1, [0.01, 100.0], "value at x = 1"), Param::new("alpha", Real, -0.3, [-1.0, 1.0], "rate of fall")];
    const CITE: &'static str = "domhan2015speeding";
    const LINEAR: &'static [usize] = &[0];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[a, alpha] = theta else { return None };
        Some(vec![a * x.powf(-alpha) / y, alpha])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [a, alpha] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let x = S::from_f64(at.input(0));
        a * x.powf(-alpha)
    }
}
