//! `m3`: the shifted power law, y = b (1/x + γ)^c.
//!
//! `b` is the scale, `γ` (here `g`) what keeps the error from zero: the curve ends at b γ^c; `c` is the
//! rate.
//!
//! Source: Alabdulmohsin, Neyshabur and Zhai 2022; they find γ on a grid, so
//! its start is ours.

use crate::Domain::{NonNegative, Positive};
use crate::{At, Formula, Param, Scalar};

/// y = b (1/x + γ)^c.
pub struct M3;

impl Formula for M3 {
    const NAME: &'static str = "m3";
    const TITLE: &'static str = "Shifted power law, M3";
    const FORMULA: &'static str = "b * (1/x + g)^c";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("b", Positive, 1.0, [0.01, 100.0], "scale"),
        Param::new("g", NonNegative, 0.1, [0.0, 1.0], "shift of 1/x"),
        Param::new("c", Positive, 0.5, [0.05, 2.0], "rate"),
    ];
    const CITE: &'static str = "alabdulmohsin2022revisiting";
    const LINEAR: &'static [usize] = &[0];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[b, g, c] = theta else { return None };
        Some(vec![b * x.powf(-c) / y, g * x, c])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [b, g, c] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        b * (g + at.input(0).recip()).powf(c)
    }
}
