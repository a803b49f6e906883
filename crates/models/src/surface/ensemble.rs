//! `ensemble`: loss of an ensemble of K members, L = E + A K^−α.
//!
//! `e` is the loss of infinitely many members. The same form serves the asymptote over sizes of the members,
//! and over seed tokens. K is a count.
//!
//! Source: Kim, Kotha, Liang and Hashimoto 2025, who fit A/x^B + C.

use crate::Domain::{NonNegative, Positive};
use crate::{At, Base, Formula, Param, Scalar, Term};

/// L = E + A K^−α.
pub struct Ensemble;

impl Formula for Ensemble {
    const NAME: &'static str = "ensemble";
    const TITLE: &'static str = "Ensemble law";
    const FORMULA: &'static str = "e + a * members^-alpha";
    const INPUTS: &'static [&'static str] = &["members"];
    const PARAMS: &'static [Param] = &[
        Param::new("e", NonNegative, 2.0, [0.5, 4.0], "loss of infinitely many"),
        Param::new("a", Positive, 1.0, [0.01, 2.0], "what a single one lacks"),
        Param::new("alpha", Positive, 0.5, [0.1, 2.0], "rate"),
    ];
    const CITE: &'static str = "kim2025infinite";
    const SUM: Option<&'static [Term]> = Some(&[Term::one(0), Term::power(1, Base::Input(0), 2)]);

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [e, a, alpha] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        e + a * super::falling(at.input(0), alpha)
    }
}
