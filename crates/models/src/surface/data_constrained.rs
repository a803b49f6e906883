//! `data_constrained`: the Chinchilla law where data are repeated, L = E + A N′^−α + B D′^−β.
//!
//! Of D tokens only U are unique. Repetitions are worth less and less, and so are parameters beyond what the
//! unique tokens can use:
//!
//! - D′ = U + U R_D* (1 − e^(−R_D/R_D*)), with R_D = D/U − 1 repetitions (none where D ≤ U, and then U is D);
//! - N′ = U_N + U_N R_N* (1 − e^(−R_N/R_N*)), with U_N = min(N, N_opt(U)) and R_N = N/U_N − 1;
//! - N_opt(U) = G (G U)^(β/α), the size for which U tokens are optimal, G = (αA/(βB))^(1/(α+β)).
//!
//! `r_d` and `r_n` are R_D* and R_N*; towards infinity a repeated token is as good as a new one.
//!
//! Source: Muennighoff et al. 2023, and their code.

use crate::Domain::{NonNegative, Positive};
use crate::{At, Formula, Param, Scalar};

/// L = E + A N′^−α + B D′^−β.
pub struct DataConstrained;

impl Formula for DataConstrained {
    const NAME: &'static str = "data_constrained";
    const TITLE: &'static str = "Data-constrained law";
    const FORMULA: &'static str =
        "e + a * effective(params)^-alpha + b * effective(tokens)^-beta, with U + U * r * (1 - exp(-(X/U - 1) / r)) of what is unique";
    const INPUTS: &'static [&'static str] = &["params", "tokens", "unique_tokens"];
    const PARAMS: &'static [Param] = &[
        Param::new("e", NonNegative, 1.9, [1.5, 2.5], "irreducible loss"),
        Param::new("a", Positive, 500.0, [300.0, 900.0], "cost of a small model"),
        Param::new("b", Positive, 1500.0, [900.0, 2500.0], "cost of little data"),
        Param::new("alpha", Positive, 0.35, [0.33, 0.38], "rate in parameters"),
        Param::new("beta", Positive, 0.35, [0.33, 0.38], "rate in tokens"),
        Param::new("r_d", Positive, 10.0, [1.0, 100.0], "repetitions after which data lose their worth"),
        Param::new("r_n", Positive, 5.0, [1.0, 100.0], "the same for excess parameters"),
    ];
    const CITE: &'static str = "muennighoff2023datablations";

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [e, a, b, alpha, beta, r_d, r_n] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let (params, tokens) = (at.input(0), at.input(1));
        let unique = at.input(2).min(tokens);
        let g = (alpha * a / (beta * b)).powf((alpha + beta).recip());
        let n_opt = g * (g * unique).powf(beta / alpha);
        let base = if n_opt.re() < params { n_opt } else { S::from_f64(params) };
        let n = discounted(S::from_f64(params), base, r_n);
        let d = discounted(S::from_f64(tokens), S::from_f64(unique), r_d);
        e + a * n.powf(-alpha) + b * d.powf(-beta)
    }
}

/// base + base · r (1 − e^(−(total/base − 1)/r)): what a total is worth of which only a base is new.
fn discounted<S: Scalar>(total: S, base: S, r: S) -> S {
    let again = total / base - 1.0;
    base - base * r * (-again / r).exp_m1()
}

/// D′: what `tokens` are worth of which `unique` differ; `r_d` is R_D*.
pub fn effective_tokens(tokens: f64, unique: f64, r_d: f64) -> f64 {
    discounted(tokens, unique.min(tokens), r_d)
}

/// N′: what `params` are worth where `optimal` of them are what the unique data can use; `r_n` is R_N*.
pub fn effective_params(params: f64, optimal: f64, r_n: f64) -> f64 {
    discounted(params, optimal.min(params), r_n)
}
