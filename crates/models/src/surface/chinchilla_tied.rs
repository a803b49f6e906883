//! `chinchilla_tied`: the Chinchilla law with one exponent, L = E + A N^−α + B D^−α.
//!
//! Size and data then share the compute-optimal budget equally, whatever A and B. It is what is left to fit
//! where sizes or token counts are too few for two exponents.
//!
//! Source: Muennighoff et al. 2023 tie the exponents in the first stage of their fit; [`chinchilla`](super::chinchilla)
//! is the free form.

use crate::Domain::{NonNegative, Positive};
use crate::{At, Base, Formula, Param, Scalar, SizeAndData, Term};

/// L = E + A N^−α + B D^−α.
pub struct ChinchillaTied;

impl Formula for ChinchillaTied {
    const NAME: &'static str = "chinchilla_tied";
    const TITLE: &'static str = "Chinchilla law with tied exponents";
    const FORMULA: &'static str = "e + a * params^-alpha + b * tokens^-alpha";
    const INPUTS: &'static [&'static str] = &["params", "tokens"];
    const PARAMS: &'static [Param] = &[
        Param::new("e", NonNegative, 1.5, [0.5, 2.5], "irreducible loss"),
        Param::new("a", Positive, 400.0, [10.0, 1e4], "cost of a small model"),
        Param::new("b", Positive, 1000.0, [10.0, 1e5], "cost of little data"),
        Param::new("alpha", Positive, 0.35, [0.15, 0.7], "rate in parameters and tokens"),
    ];
    const CITE: &'static str = "muennighoff2023datablations";
    const SUM: Option<&'static [Term]> = Some(&[Term::one(0), Term::power(1, Base::Input(0), 3), Term::power(2, Base::Input(1), 3)]);
    const SIZE_AND_DATA: Option<SizeAndData> = Some(SizeAndData { e: 0, a: 1, b: 2, alpha: 3, beta: 3 });

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [e, a, b, alpha] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        e + a * super::falling(at.input(0), alpha) + b * super::falling(at.input(1), alpha)
    }
}
