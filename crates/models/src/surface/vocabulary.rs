//! `vocabulary`: loss against a unigram model, L_u = −E + A₁ N_nv^−α₁ + A₂ N_v^−α₂ + B D^−β.
//!
//! L_u is the loss less that of the unigram distribution of the same vocabulary, which makes losses of different
//! vocabularies comparable; it is negative for a model worth having. N_nv and N_v count the parameters outside
//! and inside the vocabulary's matrices, D counts tokens.
//!
//! Source: Tao et al. 2024, "Scaling laws with vocabulary".

use crate::Domain::{NonNegative, Positive};
use crate::{At, Base, Formula, Param, Scalar, Term};

/// L_u = −E + A₁ N_nv^−α₁ + A₂ N_v^−α₂ + B D^−β.
pub struct Vocabulary;

impl Formula for Vocabulary {
    const NAME: &'static str = "vocabulary";
    const TITLE: &'static str = "Vocabulary law";
    const FORMULA: &'static str = "-e + a1 * non_vocab_params^-alpha1 + a2 * vocab_params^-alpha2 + b * tokens^-beta";
    const INPUTS: &'static [&'static str] = &["non_vocab_params", "vocab_params", "tokens"];
    const PARAMS: &'static [Param] = &[
        Param::new("e", NonNegative, 5.0, [2.0, 8.0], "what is to be gained over the unigram"),
        Param::new("a1", Positive, 200.0, [10.0, 1e4], "cost of a small network"),
        Param::new("a2", Positive, 200.0, [10.0, 1e4], "cost of a small vocabulary"),
        Param::new("b", Positive, 1000.0, [10.0, 1e5], "cost of little data"),
        Param::new("alpha1", Positive, 0.4, [0.2, 0.8], "rate in the network's parameters"),
        Param::new("alpha2", Positive, 0.4, [0.2, 0.8], "rate in the vocabulary's parameters"),
        Param::new("beta", Positive, 0.4, [0.2, 0.8], "rate in tokens"),
    ];
    const CITE: &'static str = "tao2024vocabulary";
    const SUM: Option<&'static [Term]> =
        Some(&[Term::one(0).minus(), Term::power(1, Base::Input(0), 4), Term::power(2, Base::Input(1), 5), Term::power(3, Base::Input(2), 6)]);

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [e, a1, a2, b, alpha1, alpha2, beta] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        a1 * super::falling(at.input(0), alpha1) + a2 * super::falling(at.input(1), alpha2) + b * super::falling(at.input(2), beta) - e
    }
}
