//! `kaplan_steps`: loss of a model of N parameters after S steps, L = (N_c/N)^α_N + (S_c/S)^α_S.
//!
//! S is the least number of steps: what a run would have taken at a batch far above the critical one. What a
//! run with a finite batch needs is [`critical_batch`](super::critical_batch). N is a count.
//!
//! Source: Kaplan et al. 2020, eq. 1.6; Su et al. 2024 estimate its constants in the order of their recipe.

use crate::Domain::Positive;
use crate::{At, Base, Formula, Param, Scalar, Term};

/// L = (N_c/N)^α_N + (S_c/S)^α_S.
pub struct KaplanSteps;

impl Formula for KaplanSteps {
    const NAME: &'static str = "kaplan_steps";
    const TITLE: &'static str = "Kaplan law in steps";
    const FORMULA: &'static str = "(n_c / params)^alpha_n + (s_c / steps)^alpha_s";
    const INPUTS: &'static [&'static str] = &["params", "steps"];
    const PARAMS: &'static [Param] = &[
        Param::new("n_c", Positive, 1e14, [1e12, 1e16], "size at which a converged model has loss one"),
        Param::new("alpha_n", Positive, 0.08, [0.04, 0.2], "rate in parameters"),
        Param::new("s_c", Positive, 2e3, [1e2, 1e5], "steps at which what training lacks costs one"),
        Param::new("alpha_s", Positive, 0.75, [0.3, 1.2], "rate in steps"),
    ];
    const CITE: &'static str = "kaplan2020scaling";
    const SUM: Option<&'static [Term]> = Some(&[Term::root(0, Base::Input(0), 1), Term::root(2, Base::Input(1), 3)]);

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [n_c, alpha_n, s_c, alpha_s] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        (n_c / at.input(0)).powf(alpha_n) + (s_c / at.input(1)).powf(alpha_s)
    }
}
