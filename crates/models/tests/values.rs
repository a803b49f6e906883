//! Values of the laws that are known by hand.

use std::f64::consts::E;

use models::{At, find};

fn y(law: &str, x: f64, theta: &[f64]) -> f64 {
    find(law).unwrap().eval(&At::at(&[x]), theta)
}

#[track_caller]
fn close(have: f64, want: f64) {
    assert!((have - want).abs() <= 1e-12 * (1.0 + want.abs()), "{have} is not {want}");
}

#[test]
fn power_laws() {
    close(y("pow2", 1.0, &[0.3, 0.7]), 0.3);
    close(y("pow2", 4.0, &[0.3, -0.5]), 0.6);
    close(y("pow3", 1.0, &[0.8, 0.3, 0.7]), 0.8 - 0.3);
    close(y("pow3", 4.0, &[0.8, 0.3, 0.5]), 0.8 - 0.15);
    // (2·3 + 3)^−½ = 1/3
    close(y("pow4", 3.0, &[0.8, 2.0, 3.0, 0.5]), 0.8 - 1.0 / 3.0);
    // (6 + 3)^−½ = 1/3, and without a shift it is pow3.
    close(y("pow4_lcdb", 3.0, &[0.8, 0.6, 0.5, 6.0]), 0.6);
    close(y("pow4_lcdb", 5.0, &[0.8, 0.6, 0.7, 0.0]), y("pow3", 5.0, &[0.8, 0.6, 0.7]));
}

#[test]
fn logarithms() {
    close(y("ilog2", E - 1.0, &[0.9, 0.2]), 0.7);
    close(y("log_linear", E, &[0.9, 0.2]), 1.1);
    close(y("loglog_linear", E, &[0.5, 1.5]), 2.0_f64.ln());
    // Half of the asymptote at x = e^b.
    close(y("log_power", 2.0_f64.exp(), &[0.8, 2.0, -0.7]), 0.4);
    close(y("log_power", 1.0, &[0.8, 0.0, -3.0]), 0.4);
    close(y("vap", 2.0, &[0.1, 0.4, 3.0]), 8.0 * 0.3_f64.exp());
}

#[test]
fn exponentials() {
    close(y("exp3", 2.0, &[0.9, 0.5, 0.3]), 0.9 - (-0.7_f64).exp());
    close(y("exp4", 2.0, &[0.9, 0.5, 0.3, 1.0]), y("exp3", 2.0, &[0.9, 0.5, 0.3]));
    close(y("exp4", 4.0, &[0.9, 0.5, 0.0, 0.5]), 0.9 - 1.0 / E);
    close(y("janoschek", 4.0, &[0.9, 0.1, 0.5, 0.5]), 0.9 - 0.8 / E);
    close(y("weibull", 4.0, &[0.9, 0.1, 0.25, 3.0]), 0.9 - 0.8 / E);
    let (kappa, delta) = (0.3_f64, 1.7);
    let same = y("janoschek", 2.0, &[0.9, 0.1, kappa.powf(delta), delta]);
    close(y("weibull", 2.0, &[0.9, 0.1, kappa, delta]), same);
}

#[test]
fn sigmoids() {
    close(y("mmf", 4.0, &[0.9, 0.1, 0.25, 3.0]), 0.5);
    // MMF4 as the learning-curve database writes it.
    let (a, b, c, d, x) = (0.1, 0.7, 0.9, 1.6, 3.0_f64);
    let mmf4 = (a * b + c * x.powf(d)) / (b + x.powf(d));
    close(y("mmf", x, &[c, a, f64::powf(b, -1.0 / d), d]), mmf4);
    close(y("hill3", 5.0, &[0.8, 2.0, 5.0]), 0.4);
    close(y("hill3", 2.0, &[0.8, 2.0, 4.0]), 0.16);
    close(y("hill4", 2.0, &[0.3, 0.8, 2.0, 4.0]), 0.46);
    close(y("gompertz", 2.0, &[0.8, 3.0, 0.5]), 0.8 * (-3.0 / E).exp());
    close(y("logistic", 7.0, &[0.8, 0.3, 7.0]), 0.4);
    close(y("logistic", 9.0, &[0.8, 0.5, 7.0]), 0.8 * E / (1.0 + E));
    close(y("sat_growth", 20.0, &[0.8, 20.0]), 0.4);
    close(y("sat_growth", 60.0, &[0.8, 20.0]), 0.6);
}

#[test]
fn far_out_a_sigmoid_is_its_asymptote() {
    let far = 1e300;
    close(y("mmf", far, &[0.9, 0.1, 50.0, 10.0]), 0.9);
    close(y("hill3", far, &[0.8, 10.0, 0.1]), 0.8);
    close(y("log_power", far, &[0.8, -1.0, -3.0]), 0.8);
    close(y("logistic", far, &[0.8, 1.0, 0.0]), 0.8);
}

#[test]
fn error_laws() {
    close(y("m1", 4.0, &[3.0, -0.5]), 1.5);
    close(y("m2", 4.0, &[0.2, 3.0, -0.5]), 1.7);
    // (1/4 + 2)^½ = 3/2
    close(y("m3", 4.0, &[2.0, 2.0, 0.5]), 3.0);
    close(y("m3", 4.0, &[3.0, 0.0, 0.5]), y("m1", 4.0, &[3.0, -0.5]));
}

#[test]
fn m4_satisfies_its_equation() {
    let (e_inf, e_0, c) = (0.1, 0.999, -0.5);
    for a in [0.05, 0.3, 1.0, 2.5] {
        for b in [0.5, 1.0, 3.0] {
            for x in [10.0, 100.0, 1000.0_f64] {
                let e = y("m4", x, &[e_inf, e_0, a, b, c]);
                assert!(e_inf < e && e < e_0, "{e} at x = {x}, a = {a}, b = {b}");
                let left = (e - e_inf) / (e_0 - e).powf(a);
                let right = b * x.powf(c);
                assert!((left / right - 1.0).abs() <= 1e-12, "{left} is not {right}");
            }
        }
    }
}

#[test]
fn m4_in_closed_form() {
    // With a = 1 the equation is linear: y − e_inf = f gap / (1 + f).
    let f = 3.0 * 4.0_f64.powf(-0.5);
    close(y("m4", 4.0, &[0.1, 0.9, 1.0, 3.0, -0.5]), 0.1 + 0.8 * f / (1.0 + f));
    // With a = 0 it is m2, above e_0 too.
    for x in [1.0, 2.0, 50.0, 1e6] {
        let m2 = y("m2", x, &[0.1, 2.0, -0.4]);
        close(y("m4", x, &[0.1, 0.999, 0.0, 2.0, -0.4]), m2);
    }
    // Far from its start it is m2 with the scale b gap^a.
    let m2 = y("m2", 1e30, &[0.0, 2.0 * 0.9_f64.powf(1.5), -0.5]);
    let m4 = y("m4", 1e30, &[0.0, 0.9, 1.5, 2.0, -0.5]);
    assert!((m4 / m2 - 1.0).abs() < 1e-12, "{m4} is not {m2}");
    assert!(y("m4", 2.0, &[0.9, 0.1, 1.0, 1.0, -0.5]).is_nan());
}

#[test]
fn m4_gradient_at_a_equal_to_zero() {
    // y = e_inf + f (e_0 − y)^a, so ∂y/∂a = f ln(e_0 − y) where a = 0.
    let theta = [0.1, 0.999, 0.0, 2.0, -0.5];
    let mut slopes = [f64::NAN; 5];
    let e = find("m4").unwrap().grad(&At::at(&[100.0]), &theta, &mut slopes);
    close(e, 0.3);
    close(slopes[0], 1.0);
    close(slopes[1], 0.0);
    close(slopes[2], 0.2 * 0.699_f64.ln());
    close(slopes[3], 0.1);
    close(slopes[4], 0.2 * 100.0_f64.ln());
}

#[test]
fn broken_laws() {
    // At the break (1 + 1)^(−c f) = 2^−½ and b x^−c0 = 2 · 4^−½ = 1.
    let one = [0.1, 2.0, 0.5, 1.0, 4.0, 0.5];
    close(y("bnsl1", 4.0, &one), 0.1 + 0.5_f64.sqrt());
    // (1 + 2²)^−½ = 5^−½ and 2 · 8^−½
    close(y("bnsl1", 8.0, &one), 0.1 + 2.0 / 40.0_f64.sqrt());
    // A second break, (1 + (8/2)^1)^1 = 5.
    let two = [0.1, 2.0, 0.5, 1.0, 4.0, 0.5, -1.0, 2.0, 1.0];
    close(y("bnsl2", 8.0, &two), 0.1 + 5.0 * 2.0 / 40.0_f64.sqrt());
    // A break without a change of slope is none.
    let idle = [&two[..], &[0.0, 3.0, 0.2][..]].concat();
    close(y("bnsl3", 8.0, &idle), y("bnsl2", 8.0, &two));
    // A third break, (1 + (8/8)^4)^−¼.
    let three = [&two[..], &[1.0, 8.0, 0.25][..]].concat();
    let want = 10.0 / 40.0_f64.sqrt() * 2.0_f64.powf(-0.25);
    close(y("bnsl3", 8.0, &three), 0.1 + want);
}

#[test]
fn a_sharp_break_does_not_overflow() {
    // Beyond the break the slope is −(c0 + c1), however sharp the break: (x/d)^(1/f) alone is 10^1000.
    let theta = [0.0, 1.0, 0.25, 0.5, 1e10, 0.01];
    let slope = (y("bnsl1", 1e21, &theta) / y("bnsl1", 1e20, &theta)).log10();
    assert!((slope + 0.75).abs() < 1e-12, "{slope}");
}
