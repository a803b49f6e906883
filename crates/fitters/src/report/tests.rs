//! Every warning on rows made to deserve it, and influence against leaving rows out.

use curves::Samples;
use models::At;

use super::*;
use crate::global::{self, Global};

const HUBER: Loss = Loss::LogHuber { delta: 1e-3 };
const TRUTH: [f64; 5] = [1.8, 480.0, 2100.0, 0.35, 0.37];

fn samples(points: &[[f64; 2]], theta: &[f64], noise: f64) -> Samples {
    let law = models::find("chinchilla").unwrap();
    let wave = |i: usize| 1.0 + noise * (1.7 * i as f64 + 0.3 * (i % 5) as f64).sin();
    let y = points.iter().enumerate().map(|(i, x)| law.eval(&At::at(x), theta) * wave(i)).collect();
    Samples::new(2, points.concat(), y, vec![]).unwrap()
}

fn grid() -> Vec<[f64; 2]> {
    (0..48).map(|i| [1e7 * 3f64.powi(i / 8), 4e8 * 2.2f64.powi(i % 8)]).collect()
}

fn of(data: &Samples, loss: Loss) -> (Fit, Report) {
    let rows = Rows::new(data);
    let fit = global::fit(models::find("chinchilla").unwrap(), rows, loss, &Global::default(), 1).unwrap();
    let report = report(&fit, rows, loss, None).unwrap();
    (fit, report)
}

fn words(report: &Report) -> Vec<&'static str> {
    report.warnings.iter().map(Warning::word).collect()
}

#[test]
fn a_good_fit_has_nothing_to_say() {
    let (_, r) = of(&samples(&grid(), &TRUTH, 0.01), HUBER);
    assert!(r.gradient < 1e-8, "{}", r.gradient);
    assert!(r.warnings.is_empty() && r.bounds.is_empty() && r.suspects.is_empty(), "{:?}", r.warnings);
    assert!(r.condition > 1.0 && r.condition < ILL && r.distance.is_none());
    assert!((r.rows.iter().map(|p| p.influence).sum::<f64>() - 1.0).abs() < 1e-6);
}

#[test]
fn inputs_that_say_too_little_are_named() {
    let one: Vec<[f64; 2]> = (0..24).map(|i| [1e7 * 1.5f64.powi(i), 1e10]).collect();
    assert!(words(&of(&samples(&one, &TRUTH, 0.003), HUBER).1).contains(&"single-level"));
    let two: Vec<[f64; 2]> = (0..24).map(|i| [if i % 2 == 0 { 1e8 } else { 1e9 }, 1e9 * 1.3f64.powi(i)]).collect();
    let (_, r) = of(&samples(&two, &TRUTH, 0.003), HUBER);
    assert!(r.warnings.contains(&Warning::FewLevels { input: "params" }), "{:?}", r.warnings);
    let together: Vec<[f64; 2]> = (0..24).map(|i| [1e7 * 1.4f64.powi(i), 2e8 * 1.4f64.powi(i)]).collect();
    let (_, r) = of(&samples(&together, &TRUTH, 0.003), HUBER);
    assert!(r.warnings.contains(&Warning::Collinear { first: "params", other: "tokens" }), "{:?}", r.warnings);
}

#[test]
fn a_floor_that_went_to_zero_is_said() {
    let (fit, r) = of(&samples(&grid(), &[0.0, 20.0, 20.0, 0.12, 0.1], 0.01), HUBER);
    assert!(words(&r).contains(&"no-floor") || fit.theta[0] > 1e-3, "{:?} {:?}", fit.theta, r.warnings);
    let flat = Fit { theta: vec![0.0, 20.0, 20.0, 0.12, 0.1], ..fit };
    let data = samples(&grid(), &flat.theta, 0.01);
    let r = report(&flat, Rows::new(&data), HUBER, Some(&TRUTH)).unwrap();
    assert!(r.warnings.contains(&Warning::NoFloor { param: "e" }) && r.bounds == ["e"], "{:?}", r.warnings);
    assert!(r.distance.is_some_and(|d| d > 1.0));
}

#[test]
fn under_tuned_runs_are_suspected() {
    let clean = samples(&grid(), &TRUTH, 0.01);
    let mut y = clean.targets().to_vec();
    y[11] *= 1.2;
    y[20] *= 1.1;
    let x = grid().concat();
    let (_, r) = of(&Samples::new(2, x, y, vec![]).unwrap(), HUBER);
    assert_eq!(r.suspects, [11, 20]);
    assert!(r.warnings.contains(&Warning::UnderTuned { rows: 2 }));
}

#[test]
fn what_a_row_moves_is_what_leaving_it_out_does() {
    // Squares, where the first order is close: leave out the row that moves β the most.
    let data = samples(&grid(), &TRUTH, 0.01);
    let (fit, r) = of(&data, Loss::LogSquares);
    let row = (0..48).max_by(|&a, &b| r.rows[a].moves[4].abs().total_cmp(&r.rows[b].moves[4].abs())).unwrap();
    let mut w = vec![1.0; 48];
    w[row] = 0.0;
    let less = Samples::new(2, grid().concat(), data.targets().to_vec(), w).unwrap();
    let moved = of(&less, Loss::LogSquares).0.theta[4] - fit.theta[4];
    let told = r.rows[row].moves[4];
    assert!(moved * told > 0.0 && (moved / told - 1.0).abs() < 0.5, "{moved} {told}");
}

#[test]
fn values_that_lie_close_one_after_the_other_are_many_levels() {
    // Checkpoints of five sizes, every hundredth of a decade of tokens.
    let rows: Vec<[f64; 2]> = (0..1000).map(|k| [1e8 * 2f64.powi(k / 200), 1e9 * 10f64.powf(f64::from(k % 200) / 100.0)]).collect();
    let (_, r) = of(&samples(&rows, &TRUTH, 0.01), Loss::LogSquares);
    assert!(!r.warnings.iter().any(|w| matches!(w, Warning::SingleLevel { .. } | Warning::FewLevels { .. })), "{:?}", r.warnings);
    let one: Vec<[f64; 2]> = rows.iter().map(|r| [r[0], 1e9]).collect();
    let (_, r) = of(&samples(&one, &TRUTH, 0.01), Loss::LogSquares);
    assert!(r.warnings.contains(&Warning::SingleLevel { input: "tokens" }));
}

#[test]
fn every_warning_says_what_to_do() {
    for warning in [
        Warning::SingleLevel { input: "tokens" },
        Warning::AtBound { param: "alpha", value: 10.0 },
        Warning::IllConditioned { condition: 1e12 },
        Warning::FewRows { rows: 6, params: 5 },
        Warning::NotConverged { status: Status::Stalled },
    ] {
        let text = warning.to_string();
        assert!(text.len() > 40 && text.is_ascii() && !text.contains('\n'), "{text}");
    }
}
