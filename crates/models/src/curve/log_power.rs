//! `log_power`: the logistic curve in ln x, y = a / (1 + (x / e^b)^c).
//!
//! `a` is the asymptote for c < 0, `b` the logarithm of where half of it is reached, `c` the slope there.
//!
//! Source: Domhan, Springenberg and Hutter 2015.

use crate::Domain::Real;
use crate::{At, Formula, Param, Scalar};

/// y = a / (1 + (x / e^b)^c).
pub struct LogPower;

impl Formula for LogPower {
    const NAME: &'static str = "log_power";
    const TITLE: &'static str = "Logistic power curve";
    const FORMULA: &'static str = "a / (1 + (x / e^b)^c)";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("a", Real, 0.77, [0.5, 1.0], "asymptote"),
        Param::new("b", Real, 2.98, [-1.0, 5.0], "log of half-way"),
        Param::new("c", Real, -0.51, [-3.0, 0.0], "slope"),
    ];
    const CITE: &'static str = "domhan2015speeding";
    const LINEAR: &'static [usize] = &[0];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[a, b, c] = theta else { return None };
        Some(vec![a / y, b - x.ln(), c])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [a, b, c] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let u = at.input(0).ln();
        a * (c * (b - u)).logistic()
    }
}
