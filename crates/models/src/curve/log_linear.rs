//! `log_linear`: a line in ln x, y = a + b ln x.
//!
//! `a` is the value at x = 1, `b` the slope. It has no asymptote.
//!
//! Source: Domhan, Springenberg and Hutter 2015, unused there.

use crate::Domain::Real;
use crate::{At, Formula, Param, Scalar};

/// y = a + b ln x.
pub struct LogLinear;

impl Formula for LogLinear {
    const NAME: &'static str = "log_linear";
    const TITLE: &'static str = "Line in ln x";
    const FORMULA: &'static str = "a + b * ln(x)";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[Param::new("a", Real, 0.046506, [-1.0, 1.0], "value at x = 1"), Param::new("b", Real, 0.378106, [-0.5, 0.5], "slope")];
    const CITE: &'static str = "domhan2015speeding";
    const LINEAR: &'static [usize] = &[0, 1];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[a, b] = theta else { return None };
        Some(vec![(a + b * x.ln()) / y, b / y])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [a, b] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        a + b * at.input(0).ln()
    }
}
