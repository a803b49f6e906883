//! `__NAME__`: what it is in a line, y = c + a x^−α.
//!
//! What each parameter means: `c` is the asymptote, `a` the gap to it at x = 1, `α` the rate.
//!
//! Source: authors and year; CONTRIBUTING.md has the steps that are left.

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = c + a x^−α.
pub struct __TYPE__;

impl Formula for __TYPE__ {
    const NAME: &'static str = "__NAME__";
    const TITLE: &'static str = "What it is in a few words";
    const FORMULA: &'static str = "c + a * x^-alpha";
    const INPUTS: &'static [&'static str] = &["resource"];
    // Name, domain, start, range of several starts, meaning.
    const PARAMS: &'static [Param] = &[
        Param::new("c", Real, 0.2, [0.0, 1.25], "asymptote"),
        Param::new("a", Real, 0.5, [-0.6, 0.6], "gap at x = 1"),
        Param::new("alpha", Positive, 0.5, [0.01, 4.0], "rate"),
    ];
    // A key of references.bib.
    const CITE: &'static str = "author2026word";

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [c, a, alpha] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let x = S::from_f64(at.input(0));
        c + a * x.powf(-alpha)
    }
}
