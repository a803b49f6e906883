//! `over_training`: loss in compute and over-training, L = E + (a M^η + b M^−η) C^−η.
//!
//! C is the compute in FLOP, M = D/N the tokens per parameter. With C = 6 N D and one exponent for size and
//! data, it is the Chinchilla law in other coordinates (η = α/2): along a constant M the excess loss falls as
//! one power of compute, and over-training moves only the factor in front.
//!
//! Source: Gadre et al. 2024.

use crate::Domain::{NonNegative, Positive};
use crate::{At, Base, Formula, Param, Scalar, Term};

/// L = E + (a M^η + b M^−η) C^−η.
pub struct OverTraining;

impl Formula for OverTraining {
    const NAME: &'static str = "over_training";
    const TITLE: &'static str = "Over-training law";
    const FORMULA: &'static str = "e + (a * tokens_per_param^eta + b * tokens_per_param^-eta) * compute^-eta";
    const INPUTS: &'static [&'static str] = &["compute", "tokens_per_param"];
    const PARAMS: &'static [Param] = &[
        Param::new("e", NonNegative, 1.5, [0.5, 2.5], "irreducible loss"),
        Param::new("a", Positive, 200.0, [10.0, 1e4], "cost of a small model"),
        Param::new("b", Positive, 200.0, [10.0, 1e4], "cost of little data"),
        Param::new("eta", Positive, 0.12, [0.05, 0.3], "rate in compute"),
    ];
    const CITE: &'static str = "gadre2024overtraining";
    const SUM: Option<&'static [Term]> = Some(&[Term::one(0), Term::power(1, Base::Ratio(0, 1), 3), Term::power(2, Base::Product(0, 1), 3)]);

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [e, a, b, eta] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let (c, m) = (at.input(0), at.input(1));
        e + a * super::falling(c / m, eta) + b * super::falling(c * m, eta)
    }
}
