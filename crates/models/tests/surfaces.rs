//! Laws of several inputs, of schedules, and links: values by hand, identities between laws, and numbers of an
//! independent implementation (NumPy 2.4, formulas written from the papers).

use models::schedule::lr_annealing::gains;
use models::schedule::shapes;
use models::surface::average_params::{Pruning, average};
use models::surface::critical_batch::{critical_batch, min_steps};
use models::surface::data_constrained::{effective_params, effective_tokens};
use models::{At, Schedule, find};

fn y(law: &str, x: &[f64], theta: &[f64]) -> f64 {
    find(law).unwrap().eval(&At::at(x), theta)
}

fn at_step(law: &str, schedule: &Schedule, step: usize, theta: &[f64]) -> f64 {
    find(law).unwrap().eval(&At::at(&[step as f64]).with_schedule(schedule), theta)
}

#[track_caller]
fn close(have: f64, want: f64) {
    assert!((have - want).abs() <= 1e-12 * (1.0 + want.abs()), "{have} is not {want}");
}

#[test]
fn sums_of_powers() {
    // 4 / √4 + 9 / √9
    close(y("chinchilla", &[4.0, 9.0], &[1.5, 4.0, 9.0, 0.5, 0.5]), 6.5);
    close(y("chinchilla_tied", &[4.0, 9.0], &[1.5, 4.0, 9.0, 0.5]), 6.5);
    close(y("chinchilla_gamma", &[4.0, 9.0], &[1.5, 4.0, 9.0, 0.5, 0.5, 2.0]), 26.5);
    close(y("chinchilla_gamma", &[4.0, 9.0], &[1.5, 4.0, 9.0, 0.5, 0.5, 1.0]), 6.5);
    close(y("chinchilla_guided", &[1e9, 2e10], &[1.87, 500.0, 1500.0]), 2.500870983225908); // Python
    close(y("average_params", &[4.0, 9.0], &[1.5, 4.0, 9.0, 0.5, 0.5]), 6.5);
    close(y("ensemble", &[4.0], &[3.25, 0.5, 0.5]), 3.5);
    close(y("joint_ensemble", &[4.0, 8.0], &[3.0, 4.0, 2.0, 0.5, 1.0]), 5.25);
    close(y("vocabulary", &[4.0, 9.0, 8.0], &[5.0, 4.0, 9.0, 2.0, 0.5, 0.5, 1.0]), 0.25);
    close(y("width_depth", &[4.0, 9.0, 8.0], &[1.0, 4.0, 9.0, 2.0, 0.5, 0.5, 1.0]), 6.25);
    close(y("width_depth_params", &[4.0, 9.0, 2.0, 8.0], &[1.0, 4.0, 9.0, 6.0, 2.0, 0.5, 0.5, 1.0, 1.0]), 9.25);
}

#[test]
fn kaplan_laws() {
    // (1 + 3)^½
    close(y("kaplan", &[7.0, 5.0], &[7.0, 0.5, 15.0, 0.5]), 2.0);
    // With plenty of data it is (N_c/N)^α_N.
    close(y("kaplan", &[1.0, 1e300], &[16.0, 0.25, 15.0, 0.5]), 2.0);
    close(y("kaplan_steps", &[1.0, 1.0], &[4.0, 0.5, 9.0, 0.5]), 5.0);
}

#[test]
fn a_finite_batch_solves_its_equation() {
    let (alpha_n, s_c, alpha_s, b_star, alpha_b) = (0.076, 2.1e3, 0.76, 2.1e8, 0.21);
    let theta = [8.8e13, alpha_n, s_c, alpha_s, b_star, alpha_b];
    for params in [1e5, 1e8, 1e11] {
        for steps in [30.0, 1e4, 1e7] {
            for batch in [1e3, 5e5, 1e9] {
                let loss = y("critical_batch", &[params, steps, batch], &theta);
                let least = min_steps(steps, batch, critical_batch(loss, b_star, alpha_b));
                let again = y("kaplan_steps", &[params, least], &theta[..4]);
                assert!((again / loss - 1.0).abs() < 1e-12, "{loss} {again} at {params} {steps} {batch}");
            }
            // A batch far above the critical one wastes no steps.
            let wide = y("critical_batch", &[params, steps, 1e30], &theta);
            let plain = y("kaplan_steps", &[params, steps], &theta[..4]);
            assert!((wide / plain - 1.0).abs() < 1e-12, "{wide} {plain}");
        }
    }
    // At the critical batch a run takes twice the least steps.
    close(min_steps(200.0, 3.0, 3.0), 100.0);
}

/// Muennighoff et al. 2023, their code: the fit to C4 with tied exponents.
fn muennighoff() -> [f64; 7] {
    [0.625_480_4_f64.exp(), 6.255_414_f64.exp(), 7.304_997_4_f64.exp(), 0.352_659_6, 0.352_659_6, 15.387_756, 5.309_743]
}

#[test]
fn repeated_data_give_the_values_of_the_authors_code() {
    let theta = muennighoff();
    close(y("data_constrained", &[6.34e9, 242e9, 25e9], &theta), 2.225_644_088_998_447_7);
    close(y("data_constrained", &[8.67e9, 178e9, 25e9], &theta), 2.226_963_407_508_786_7);
}

#[test]
fn without_repetition_or_without_decay_it_is_chinchilla() {
    let theta = muennighoff();
    // All tokens unique and the model small for them; more unique tokens than are seen change nothing.
    close(y("data_constrained", &[1e8, 25e9, 25e9], &theta), y("chinchilla", &[1e8, 25e9], &theta[..5]));
    close(y("data_constrained", &[1e8, 25e9, 1e14], &theta), y("data_constrained", &[1e8, 25e9, 25e9], &theta));
    // r → ∞: a repeated token is as good as a new one, and every parameter counts.
    let mut free = theta;
    (free[5], free[6]) = (1e12, 1e12);
    let plain = y("chinchilla", &[8e9, 200e9], &theta[..5]);
    assert!((y("data_constrained", &[8e9, 200e9, 25e9], &free) - plain).abs() < 1e-9);
    // Four epochs of U with R* = 3: U (1 + 3 (1 − 1/e)).
    close(effective_tokens(4.0, 1.0, 3.0), 4.0 - 3.0 / std::f64::consts::E);
    close(effective_tokens(2.0, 5.0, 3.0), 2.0);
    close(effective_params(4.0, 1.0, 3.0), 4.0 - 3.0 / std::f64::consts::E);
}

#[test]
fn the_average_of_a_pruning_schedule_is_its_integral() {
    let schedule = Pruning { dense: 1e9, kept: 0.2, from: 0.25, to: 0.75 };
    close(schedule.average() / 1e9, 0.2 + 0.8 * (0.25 + 0.125));
    let times: Vec<f64> = (0..=10_000).map(|i| f64::from(i) / 10_000.0).collect();
    let sizes: Vec<f64> = times.iter().map(|&t| schedule.params(t)).collect();
    // The trapezoid rule errs by h² N″ / 12, below 1e-7 here.
    assert!((average(&times, &sizes).unwrap() / schedule.average() - 1.0).abs() < 1e-7);
    assert_eq!((schedule.params(0.0), schedule.params(0.25), schedule.params(1.0)), (1e9, 1e9, 2e8));
    let at_once = Pruning { dense: 1e9, kept: 0.5, from: 0.5, to: 0.5 };
    close(at_once.average() / 1e9, 0.75);
    assert!(Pruning { dense: 1e9, kept: 1.5, from: 0.0, to: 1.0 }.average().is_nan());
    assert!(Pruning { dense: 1e9, kept: 0.5, from: 0.8, to: 0.2 }.params(0.5).is_nan());
}

#[test]
fn runs_of_equal_average_and_data_have_equal_loss() {
    let pruned = Pruning { dense: 1.6e9, kept: 0.25, from: 0.25, to: 0.75 };
    let at_once = Pruning { dense: 2.0 * pruned.average() / 1.5, kept: 0.5, from: 0.5, to: 0.5 };
    let theta = [1.7, 400.0, 410.0, 0.34, 0.28];
    let loss = |s: &Pruning| y("average_params", &[s.average(), 1e11], &theta);
    close(loss(&pruned), loss(&at_once));
    close(loss(&pruned), y("chinchilla", &[pruned.average(), 1e11], &theta));
}

#[test]
fn an_average_of_no_table_is_none() {
    assert_eq!(average(&[0.0], &[1.0]), None);
    assert_eq!(average(&[], &[]), None);
    assert_eq!(average(&[0.0, 0.0], &[1.0, 2.0]), None);
    assert_eq!(average(&[0.0, 1.0], &[1.0, f64::NAN]), None);
    assert_eq!(average(&[0.0, 1.0, 2.0], &[1.0, 2.0]), None);
    assert_eq!(average(&[0.0, 1.0, 3.0], &[2.0, 4.0, 4.0]), Some(11.0 / 3.0));
}

#[test]
fn over_training_is_chinchilla_in_other_coordinates() {
    // C = 6 N D, M = D / N, η = α / 2: a = A 6^η, b = B 6^η.
    let (e, a, b, alpha) = (1.7_f64, 400.0, 1200.0, 0.3_f64);
    let six = 6.0_f64.powf(alpha / 2.0);
    for (n, d) in [(1e8, 1e10), (3e9, 2e10), (7e9, 1e12)] {
        let have = y("over_training", &[6.0 * n * d, d / n], &[e, a * six, b * six, alpha / 2.0]);
        close(have, y("chinchilla_tied", &[n, d], &[e, a, b, alpha]));
    }
}

#[test]
fn routed_networks() {
    let theta = [-0.1, -0.2, 0.01, 1.0, 2.0, 300.0];
    let bilinear = |x: f64| 10.0_f64.powf(-0.1 * 8.0 - 0.2 * x.log10() + 0.01 * 8.0 * x.log10() + 1.0);
    close(y("routed", &[1e8, 1.0], &theta), bilinear(2.0));
    close(y("routed", &[1e8, 1e300], &theta), bilinear(300.0));
    assert!(y("routed", &[1e8, 8.0], &[-0.1, -0.2, 0.01, 1.0, 300.0, 300.0]).is_nan());
}

#[test]
fn links() {
    close(y("sigmoid_link", &[1.0], &[-0.7, 1.0, 3.0, 1.0]), 0.65);
    close(y("sigmoid_link", &[1e6], &[-0.7, 1.0, 3.0, 1.0]), 0.3);
    close(y("exp_link", &[2.0], &[0.9, 3.0, 0.5]), 0.9 - 3.0 / std::f64::consts::E);
}

#[test]
fn annealing_on_a_two_stage_schedule() {
    // Before the fall there is no gain, warm-up or not; after it S₂ = Δη (1 − λ^(steps since)) / (1 − λ).
    let schedule = shapes::two_stage(30, 4, 20, 0.5, 0.2).unwrap();
    let theta = [2.0, 0.6, 0.5, 1.5, 0.9];
    let before: f64 = schedule.rates()[..=19].iter().sum();
    close(at_step("lr_annealing", &schedule, 19, &theta), 2.0 + 0.6 / before.sqrt());
    let after: f64 = schedule.rates()[..=24].iter().sum();
    let gain = 0.3 * (1.0 - 0.9_f64.powi(5)) / (1.0 - 0.9);
    close(at_step("lr_annealing", &schedule, 24, &theta), 2.0 + 0.6 / after.sqrt() - 1.5 * gain);
    close(gains(schedule.rates(), 0.9)[24], gain);
    assert_eq!(gains(schedule.rates(), 0.9).len(), 31);
}

#[test]
fn multi_power_on_a_two_stage_schedule() {
    let schedule = shapes::two_stage(30, 0, 20, 0.5, 0.2).unwrap();
    let [l0, a, alpha, b, c, beta, gamma] = [2.0, 0.6, 0.5, 1.5, 2.0, 0.4, 0.7_f64];
    let grown = |rate: f64, since: f64| 1.0 - (1.0 + c * rate.powf(-gamma) * since).powf(-beta);
    // Twenty steps at 0.5, then five at 0.2.
    let want = l0 + a * 11.0_f64.powf(-alpha) + b * (0.5 * grown(0.5, 11.0) - 0.3 * grown(0.2, 1.0));
    close(at_step("multi_power", &schedule, 24, &[l0, a, alpha, b, c, beta, gamma]), want);
}

#[test]
fn schedule_laws_agree_with_an_independent_implementation() {
    let cosine = shapes::cosine(24_000, 2160, 3e-4, 3e-5).unwrap();
    let stages = shapes::two_stage(16_000, 2160, 8000, 3e-4, 9e-5).unwrap();
    let near = |have: f64, want: f64| assert!((have - want).abs() < 1e-9, "{have} is not {want}");
    let theta = [3.0, 0.5, 0.5, 400.0, 2.0, 0.6, 0.65];
    for (step, want) in [(2160, 3.989_394_559_335_259), (12_000, 3.370_161_597_175_516_6), (20_000, 3.280_344_016_192_751_5), (24_000, 3.266_175_415_558_639)] {
        near(at_step("multi_power", &cosine, step, &theta), want);
    }
    for (step, want) in [(7999, 3.465_416_053_316_691), (8000, 3.461_763_606_861_435_2), (16_000, 3.335_467_689_568_192_3)] {
        near(at_step("multi_power", &stages, step, &theta), want);
    }
    let theta = [3.1, 0.5, 0.5, 2.0, 0.995];
    for (step, want) in [(2160, 3.978_207_195_978_450_6), (12_000, 3.350_763_702_583_180_7), (24_000, 3.244_337_525_138_510_3)] {
        near(at_step("lr_annealing", &cosine, step, &theta), want);
    }
}

#[test]
fn a_law_of_schedules_without_one_or_beyond_its_end_is_nan() {
    let schedule = shapes::constant(10, 0, 0.1).unwrap();
    for law in ["lr_annealing", "multi_power"] {
        let law = find(law).unwrap();
        let theta: Vec<f64> = law.params().iter().map(|p| p.start).collect();
        assert!(law.eval(&At::at(&[5.0]), &theta).is_nan(), "{law:?}");
        for step in [11.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(law.eval(&At::at(&[step]).with_schedule(&schedule), &theta).is_nan(), "{law:?} at {step}");
        }
        assert!(law.eval(&At::at(&[10.0]).with_schedule(&schedule), &theta).is_finite(), "{law:?}");
    }
}
