//! What every metric owes: a unique name, honesty, and agreement with its definition.

use std::collections::BTreeSet;
use std::sync::Arc;

use curves::{Bins, Forecast, Histogram, Mixture, Normals, Pool, Scale, Shape, normal};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::*;

fn one(shape: Shape) -> Forecast {
    Forecast::new(vec![1.0], shape).unwrap()
}

fn normal_at(mean: f64, sd: f64) -> Forecast {
    one(Shape::Normal { mean: vec![mean], sd: vec![sd] })
}

fn histogram() -> Forecast {
    let bins = Arc::new(Bins::new(vec![0.0, 0.1, 0.3, 0.6, 1.0]).unwrap());
    one(Shape::Histogram(Histogram::new(bins, vec![1.0, 3.0, 4.0, 2.0]).unwrap()))
}

fn mixture(draws: u32) -> Forecast {
    let locations = (0..draws).map(|k| 0.3 + 0.3 * (f64::from(k) + 0.5) / f64::from(draws)).collect();
    let scales = (0..draws).map(|k| 0.05 + 0.05 * f64::from(k % 3)).collect();
    one(Shape::Mixture(Mixture::new(1, locations, scales, vec![]).unwrap()))
}

fn normals() -> Forecast {
    one(Shape::Normals(Normals::new(3, vec![0.2, 0.5, 0.3], vec![0.1, 0.4, 0.8], vec![0.05, 0.1, 0.3]).unwrap()))
}

fn pool() -> Forecast {
    one(Shape::Pool(Pool::new(vec![(1.0, normal_at(0.4, 0.1)), (2.0, normals())]).unwrap()))
}

/// Student's t and a network that is a hundred times as sure.
fn sharp_pool() -> Forecast {
    let wide = one(Shape::Student { centre: vec![0.4], scale: vec![0.15] });
    one(Shape::Pool(Pool::new(vec![(1.0, wide), (1.0, normal_at(0.7, 0.0015))]).unwrap()))
}

/// ∫ (F − 1{x ≥ y})² by the midpoint rule, cut at the truth; good to 1e-5 on [−4, 5].
fn crps_by_force(f: &Forecast, y: f64, from: f64, to: f64) -> f64 {
    let part = |a: f64, b: f64, above: f64| {
        let n = 2_000;
        let dx = (b - a) / f64::from(n);
        (0..n).map(|k| (f.cdf(0, a + (f64::from(k) + 0.5) * dx) - above).powi(2) * dx).sum::<f64>()
    };
    part(from, y, 0.0) + part(y, to, 1.0)
}

#[test]
fn names_are_unique_and_found() {
    let names: BTreeSet<_> = all().iter().map(|m| m.name()).collect();
    assert_eq!(names.len(), all().len());
    for m in all() {
        assert_eq!(find(m.name()).unwrap().name(), m.name());
        assert!(!m.title().is_empty());
        assert!(m.name().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{}", m.name());
    }
    let e = find("log-scor").err().unwrap();
    assert_eq!(e.to_string(), "unknown metric \"log-scor\"; did you mean \"log-score\"?");
}

#[test]
fn asking_all_at_once_changes_nothing() {
    for f in [normal_at(0.4, 0.1), normals(), pool(), histogram(), mixture(50), one(Shape::Points(vec![0.4]))] {
        for (name, score) in score_all(&f, &[0.5]) {
            assert_eq!(score, find(name).unwrap().score(&f, &[0.5]), "{name}");
        }
        assert!(score_all(&f, &[f64::NAN]).iter().all(|s| s.1.is_none()));
        assert!(score_all(&f, &[]).iter().all(|s| s.1.is_none()));
    }
}

#[test]
fn proper_scores_prefer_the_true_distribution() {
    // 4,000 truths from N(0.5, 0.1²): every rival is 5 or more standard errors of the paired difference away.
    let mut rng = Pcg64::seed_from_u64(7);
    let truth: Vec<f64> = (0..4000).map(|_| 0.5 + 0.1 * normal::quantile(rng.random_range(1e-9..1.0))).collect();
    let at: Vec<f64> = (1..=4000).map(f64::from).collect();
    let forecast = |mean: f64, sd: f64| Forecast::new(at.clone(), Shape::Normal { mean: vec![mean; 4000], sd: vec![sd; 4000] }).unwrap();
    let honest = forecast(0.5, 0.1);
    for name in ["log-score", "crps"] {
        let metric = find(name).unwrap();
        let better = metric.better().unwrap();
        let best = metric.score(&honest, &truth).unwrap();
        for (mean, sd) in [(0.53, 0.1), (0.47, 0.1), (0.5, 0.13), (0.5, 0.07)] {
            let rival = metric.score(&forecast(mean, sd), &truth).unwrap();
            assert!(better.prefers(best, rival), "{name}: N({mean}, {sd}) scores {rival}, the truth {best}");
        }
    }
    // E ln density of the true normal is −ln(σ√(2πe)).
    let expected = -(0.1f64.ln()) - normal::LN_SQRT_2PI - 0.5;
    assert!((find("log-score").unwrap().score(&honest, &truth).unwrap() - expected).abs() < 0.05);
}

#[test]
fn crps_is_the_integral_it_claims_to_be() {
    let crps = find("crps").unwrap();
    // Sampled shapes: 1,000 representatives of a spread of about 0.12 are good to 2e-3.
    let cases = [
        (normal_at(0.4, 0.1), 1e-5),
        (normals(), 1e-5),
        (pool(), 1e-4),
        (sharp_pool(), 2e-3),
        (histogram(), 1e-5),
        (mixture(1), 2e-3),
        (mixture(40), 2e-3),
        (mixture(1200), 2e-3),
    ];
    for (f, tolerance) in cases {
        for y in [-1.0, -0.05, 0.05, 0.1, 0.2, 0.42, 0.6, 0.8, 1.3, 2.5] {
            let (got, expected) = (crps.score(&f, &[y]).unwrap(), crps_by_force(&f, y, -4.0, 5.0));
            assert!((got - expected).abs() < tolerance, "{:?} at {y}: {got} against {expected}", f.shape());
        }
    }
    assert!((crps.score(&one(Shape::Points(vec![0.4])), &[0.1]).unwrap() - 0.3).abs() < 1e-15);
}

#[test]
fn crps_on_a_raw_scale_is_the_raw_integral() {
    let crps = find("crps").unwrap();
    for better in [Better::Higher, Better::Lower] {
        for f in [normal_at(0.5, 0.08), histogram(), mixture(40)] {
            let f = f.on_raw_scale(Scale::unit(better));
            for y in [0.2, 0.5, 0.9] {
                // The bounds hold what the unit scale puts beyond them, so all of the integral is on [0, 1].
                let (got, expected) = (crps.score(&f, &[y]).unwrap(), crps_by_force(&f, y, 0.0, 1.0));
                assert!((got - expected).abs() < 2e-3, "{better:?} at {y}: {got} against {expected}");
            }
        }
        let f = one(Shape::Points(vec![0.4])).on_raw_scale(Scale::unit(better));
        assert!((crps.score(&f, &[0.1]).unwrap() - (f.median(0) - 0.1).abs()).abs() < 1e-15);
    }
}

#[test]
fn coverage_counts_the_points_inside() {
    // Truths at 0, 1, 1.5, 1.8 and 3 sd: the central 50 % ends at 0.674, 80 % at 1.282, 90 % at 1.645, 95 % at 1.96.
    let f = Forecast::new((1..=5).map(f64::from).collect(), Shape::Normal { mean: vec![0.0; 5], sd: vec![1.0; 5] }).unwrap();
    let truth = [0.0, -1.0, 1.5, -1.8, 3.0];
    for (name, share) in [("coverage-50", 0.2), ("coverage-80", 0.4), ("coverage-90", 0.6), ("coverage-95", 0.8)] {
        let got = find(name).unwrap().score(&f, &truth).unwrap();
        assert!((got - share).abs() < 1e-12, "{name} {got}");
    }
    assert!((find("pit").unwrap().score(&f, &truth).unwrap() - normal::cdf(3.0)).abs() < 1e-15);
}

#[test]
fn bare_numbers_are_asked_only_what_applies() {
    let f = Forecast::new(vec![1.0, 2.0], Shape::Points(vec![0.5, 0.4])).unwrap();
    let truth = [0.6, 0.2];
    let expected: [(&str, Option<f64>); 6] = [
        ("log-score", None),
        ("coverage-90", None),
        ("pit", None),
        ("squared-error", Some((0.01 + 0.04) / 2.0)),
        ("absolute-error", Some(0.15)),
        ("final-squared-error", Some(0.04)),
    ];
    for (name, score) in expected {
        match (find(name).unwrap().score(&f, &truth), score) {
            (Some(got), Some(want)) => assert!((got - want).abs() < 1e-12, "{name}: {got}"),
            (got, want) => assert_eq!(got, want, "{name}"),
        }
    }
}

#[test]
fn rmsle_by_hand_and_only_where_logarithms_exist() {
    let rmsle = find("rmsle").unwrap();
    let f = Forecast::new(vec![1.0, 2.0], Shape::Points(vec![2.0, 8.0])).unwrap();
    // ln ratios are ln 2 and −ln 4, so the root mean square is ln 2 · √(5/2).
    let expected = 2f64.ln() * 2.5f64.sqrt();
    assert!((rmsle.score(&f, &[1.0, 32.0]).unwrap() - expected).abs() < 1e-12);
    assert_eq!(rmsle.score(&f, &[1.0, 0.0]), None);
    let negative = Forecast::new(vec![1.0], Shape::Points(vec![-1.0])).unwrap();
    assert_eq!(rmsle.score(&negative, &[1.0]), None);
}

#[test]
fn relative_errors_by_hand_from_the_forecast_and_from_what_is_kept() {
    let metric = find("relative-error").unwrap();
    let f = Forecast::new(vec![1.0, 2.0], Shape::Normal { mean: vec![2.0, -3.0], sd: vec![0.1, 0.1] }).unwrap();
    // |2 − 4| / 4 and |−3 + 4| / 4.
    assert!((metric.score(&f, &[4.0, -4.0]).unwrap() - 0.375).abs() < 1e-12);
    let outcome = crate::metric::Outcome::new(&f, &[4.0, -4.0]).unwrap();
    assert!((metric.of_kept().unwrap()(&outcome.kept()).unwrap() - 0.375).abs() < 1e-12);
    assert_eq!(metric.score(&f, &[4.0, 0.0]), None);
    let zero = crate::metric::Outcome::new(&f, &[4.0, 0.0]).unwrap();
    assert_eq!(metric.of_kept().unwrap()(&zero.kept()), None);
}
