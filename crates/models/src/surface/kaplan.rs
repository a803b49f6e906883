//! `kaplan`: loss with limited size and data, L = ((N_c/N)^(α_N/α_D) + D_c/D)^α_D.
//!
//! With plenty of data it is (N_c/N)^α_N, with plenty of parameters (D_c/D)^α_D. There is no irreducible loss.
//! N is a count (of non-embedding parameters, in the source), D tokens, L nats per token.
//!
//! Source: Kaplan et al. 2020, eq. 1.5.

use crate::Domain::Positive;
use crate::{At, Formula, Param, Scalar};

/// L = ((N_c/N)^(α_N/α_D) + D_c/D)^α_D.
pub struct Kaplan;

impl Formula for Kaplan {
    const NAME: &'static str = "kaplan";
    const TITLE: &'static str = "Kaplan law";
    const FORMULA: &'static str = "((n_c / params)^(alpha_n / alpha_d) + d_c / tokens)^alpha_d";
    const INPUTS: &'static [&'static str] = &["params", "tokens"];
    const PARAMS: &'static [Param] = &[
        Param::new("n_c", Positive, 1e14, [1e12, 1e16], "size at which a converged model has loss one"),
        Param::new("alpha_n", Positive, 0.08, [0.04, 0.2], "rate in parameters"),
        Param::new("d_c", Positive, 5e13, [1e12, 1e16], "tokens at which a large model has loss one"),
        Param::new("alpha_d", Positive, 0.1, [0.04, 0.2], "rate in tokens"),
    ];
    const CITE: &'static str = "kaplan2020scaling";

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [n_c, alpha_n, d_c, alpha_d] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        ((n_c / at.input(0)).powf(alpha_n / alpha_d) + d_c / at.input(1)).powf(alpha_d)
    }
}
