//! `joint_ensemble`: an ensemble of K members of N parameters each, L = E + A N^−α + B K^−β.
//!
//! `e` is the limit of both, of infinitely many members of infinite size. This is our form for one step; the
//! source takes the limits one after the other: K → ∞ for every N by [`ensemble`](super::ensemble), then N → ∞ by
//! the same law over those asymptotes. N and K are counts.
//!
//! Source: Kim, Kotha, Liang and Hashimoto 2025, for the question and the sum of powers of their joint fit.

use crate::Domain::{NonNegative, Positive};
use crate::{At, Base, Formula, Param, Scalar, Term};

/// L = E + A N^−α + B K^−β.
pub struct JointEnsemble;

impl Formula for JointEnsemble {
    const NAME: &'static str = "joint_ensemble";
    const TITLE: &'static str = "Joint law of size and members";
    const FORMULA: &'static str = "e + a * params^-alpha + b * members^-beta";
    const INPUTS: &'static [&'static str] = &["params", "members"];
    const PARAMS: &'static [Param] = &[
        Param::new("e", NonNegative, 2.0, [0.5, 4.0], "loss in both limits"),
        Param::new("a", Positive, 100.0, [10.0, 1e4], "cost of small members"),
        Param::new("b", Positive, 0.3, [0.01, 2.0], "cost of few members"),
        Param::new("alpha", Positive, 0.35, [0.2, 1.0], "rate in parameters"),
        Param::new("beta", Positive, 1.0, [0.1, 2.0], "rate in members"),
    ];
    const CITE: &'static str = "kim2025infinite";
    const SUM: Option<&'static [Term]> = Some(&[Term::one(0), Term::power(1, Base::Input(0), 3), Term::power(2, Base::Input(1), 4)]);

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [e, a, b, alpha, beta] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        e + a * super::falling(at.input(0), alpha) + b * super::falling(at.input(1), beta)
    }
}
