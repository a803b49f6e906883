//! `chinchilla`: loss of a model of N parameters after D tokens, L = E + A N^−α + B D^−β.
//!
//! `e` is the loss that neither size nor data removes, `a` and `alpha` what too small a model costs, `b`
//! and `beta` what too little data costs. N is a count, D tokens, L nats per token.
//!
//! Source: Hoffmann et al. 2022, eq. 2 (approach 3).

use crate::Domain::{NonNegative, Positive};
use crate::{At, Base, Formula, Param, Scalar, SizeAndData, Term};

/// L = E + A N^−α + B D^−β.
pub struct Chinchilla;

impl Formula for Chinchilla {
    const NAME: &'static str = "chinchilla";
    const TITLE: &'static str = "Chinchilla law";
    const FORMULA: &'static str = "e + a * params^-alpha + b * tokens^-beta";
    const INPUTS: &'static [&'static str] = &["params", "tokens"];
    const PARAMS: &'static [Param] = &[
        Param::new("e", NonNegative, 1.5, [0.5, 2.5], "irreducible loss"),
        Param::new("a", Positive, 400.0, [10.0, 1e4], "cost of a small model"),
        Param::new("b", Positive, 1000.0, [10.0, 1e5], "cost of little data"),
        Param::new("alpha", Positive, 0.35, [0.15, 0.7], "rate in parameters"),
        Param::new("beta", Positive, 0.35, [0.15, 0.7], "rate in tokens"),
    ];
    const CITE: &'static str = "hoffmann2022chinchilla";
    const SUM: Option<&'static [Term]> = Some(&[Term::one(0), Term::power(1, Base::Input(0), 3), Term::power(2, Base::Input(1), 4)]);
    const SIZE_AND_DATA: Option<SizeAndData> = Some(SizeAndData { e: 0, a: 1, b: 2, alpha: 3, beta: 4 });

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [e, a, b, alpha, beta] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        e + a * super::falling(at.input(0), alpha) + b * super::falling(at.input(1), beta)
    }
}
