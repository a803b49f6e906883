//! `m4`: a power law that saturates at both ends, (y − e_inf) / (e_0 − y)^a = b x^c.
//!
//! `e_inf` is the error at infinity and `e_0` that of a random guess; y lies between them. `a` sets how
//! long the curve lingers near `e_0` (a = 0 is [`m2`](super::m2)), `b` the scale, `c` the rate. NaN
//! unless e_0 > e_inf.
//!
//! Source: Alabdulmohsin, Neyshabur and Zhai 2022. They read y off a grid of 10,000 values; here the
//! equation is solved to rounding.

use std::f64::consts::LN_2;

use crate::Domain::{Negative, NonNegative, Positive};
use crate::{At, Formula, Param, Scalar};

/// (y − e_inf) / (e_0 − y)^a = b x^c.
pub struct M4;

impl Formula for M4 {
    const NAME: &'static str = "m4";
    const TITLE: &'static str = "Saturating power law, M4";
    const FORMULA: &'static str = "(y - e_inf) / (e_0 - y)^a = b * x^c";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("e_inf", NonNegative, 0.1, [0.0, 0.3], "error at infinity"),
        Param::new("e_0", Positive, 0.999, [0.9, 1.1], "error of a guess"),
        Param::new("a", NonNegative, 1.0, [0.0, 2.0], "slowness of the start"),
        Param::new("b", Positive, 1.0, [0.1, 100.0], "scale"),
        Param::new("c", Negative, -0.5, [-1.5, -0.1], "rate"),
    ];
    const CITE: &'static str = "alabdulmohsin2022revisiting";

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[e_inf, e_0, a, b, c] = theta else { return None };
        Some(vec![e_inf / y, e_0 / y, a, b * x.powf(c) * y.powf(a - 1.0), c])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [e_inf, e_0, a, b, c] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        // With y = e_inf + gap · logistic(z), the logarithm of the law is
        // a · softplus(z) − softplus(−z) = k, whose left side rises in z.
        let gap = e_0 - e_inf;
        let power = b.ln() + c * at.input(0).ln();
        let k = power + (a - 1.0) * gap.ln();
        if !k.re().is_finite() || a.re() < 0.0 {
            return S::from_f64(f64::NAN);
        }
        if a.re() == 0.0 && k.re() >= 0.0 {
            // Plain M2 where it exceeds e_0: the one case with no z.
            return e_inf + power.exp();
        }
        let root = solve(k.re(), a.re());
        // One Newton step in dual numbers from the root. Its value stays put, as the residual is
        // already zero; its partials become −(∂residual/∂θ) / (∂residual/∂z), which is the implicit
        // function theorem. So first derivatives are exact, and the solver need not be differentiated.
        let residual = a * root.softplus() - (-root).softplus() - k;
        let z = -residual / slope(root, a.re()) + root;
        e_inf + gap * z.logistic()
    }
}

/// The derivative of a · softplus(z) − softplus(−z).
fn slope(z: f64, a: f64) -> f64 {
    a * z.logistic() + (-z).logistic()
}

/// The root z of a · softplus(z) − softplus(−z) = k, by Newton's method inside a shrinking bracket.
fn solve(k: f64, a: f64) -> f64 {
    if a == 0.0 {
        // logistic(z) = e^k
        return k - (-k.exp_m1()).ln();
    }
    // softplus(z) lies between max(z, 0) and max(z, 0) + ln 2, which bounds the root on both sides.
    let mut low = (k - a * LN_2).min(0.0) - 1.0;
    let mut high = ((k + LN_2) / a).clamp(0.0, 1e300) + 1.0;
    let mut z = 0.0_f64;
    // Newton needs a handful of steps; bisection from the widest bracket, about a thousand.
    for _ in 0..1200 {
        let residual = a * z.softplus() - (-z).softplus() - k;
        if residual < 0.0 {
            low = z;
        } else {
            high = z;
        }
        let newton = z - residual / slope(z, a);
        if (newton - z).abs() <= 4.0 * f64::EPSILON * (1.0 + z.abs()) {
            return newton;
        }
        z = if low < newton && newton < high { newton } else { 0.5 * (low + high) };
    }
    z
}
