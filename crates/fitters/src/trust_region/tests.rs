//! Ends, evaluations and reasons are those of SciPy 1.17.1, `least_squares(method="trf")` with exact Jacobians.

use super::*;
use crate::{Loss, Rows};
use curves::Samples;

const FREE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// Residuals and slopes as functions; a row of slopes per residual.
struct Made<F> {
    n: usize,
    m: usize,
    of: F,
}

impl<F: Fn(&[f64], usize) -> (f64, Vec<f64>)> Residuals for Made<F> {
    fn variables(&self) -> usize {
        self.n
    }
    fn rows(&self) -> usize {
        self.m
    }
    fn residuals(&mut self, x: &[f64], out: &mut [f64]) {
        for (i, out) in out.iter_mut().enumerate() {
            *out = (self.of)(x, i).0;
        }
    }
    fn slopes(&mut self, x: &[f64], out: &mut [f64]) {
        for i in 0..self.m {
            for (k, slope) in (self.of)(x, i).1.into_iter().enumerate() {
                out[k * self.m + i] = slope;
            }
        }
    }
}

fn valley(x: &[f64], i: usize) -> (f64, Vec<f64>) {
    if i == 0 { (10.0 * (x[1] - x[0] * x[0]), vec![-20.0 * x[0], 10.0]) } else { (1.0 - x[0], vec![-1.0, 0.0]) }
}

fn rosenbrock(start: [f64; 2], bounds: [(f64, f64); 2], stop: Stop) -> ([f64; 2], End) {
    let mut x = start;
    let end = minimise(&mut Made { n: 2, m: 2, of: valley }, &mut x, &bounds, stop).unwrap();
    (x, end)
}

#[test]
fn the_valley_is_walked_as_scipy_walks_it() {
    for (start, bounds, want, evaluations, reason) in [
        ([-2.0, 1.0], [FREE, FREE], [1.0, 1.0], 18, Reason::Gradient),
        ([-2.0, 1.0], [(-3.0, 3.0), (-3.0, 3.0)], [1.0, 1.0], 25, Reason::Gradient),
        // Three that end on a bound.
        ([2.0, 2.0], [FREE, (1.5, f64::INFINITY)], [1.224_370_749_000_920_1, 1.5], 9, Reason::Value),
        ([-1.2, 1.0], [(-2.0, 0.5), (-1.0, 3.0)], [0.5, 0.249_999_999_633_749_44], 17, Reason::Value),
        ([-1.2, 0.1], [(-2.0, 0.5), (-1.0, 0.2)], [0.453_889_734_701_642_07, 0.2], 18, Reason::Gradient),
    ] {
        let (x, end) = rosenbrock(start, bounds, Stop::default());
        assert_eq!((end.evaluations, end.reason), (evaluations, reason), "{start:?} {bounds:?}: {x:?}");
        assert!((x[0] - want[0]).abs() < 1e-9 && (x[1] - want[1]).abs() < 1e-9, "{x:?}");
        assert!(x.iter().zip(bounds).all(|(x, (low, high))| low < *x && *x < high), "{x:?} is on a bound");
        assert_eq!(end.reason.status(), Status::Converged);
    }
}

#[test]
fn out_of_evaluations_it_says_so() {
    let (x, end) = rosenbrock([-2.0, 1.0], [FREE, FREE], Stop { evaluations: 5, ..Stop::default() });
    assert_eq!((end.evaluations, end.reason, end.reason.status()), (5, Reason::Budget, Status::BudgetSpent));
    assert!((x[0] + 0.314_510_644_671_057_3).abs() < 1e-9 && (x[1] + 0.581_063_082_891_738).abs() < 1e-9, "{x:?}");
    assert!((end.value - 23.982_611_075_633_457).abs() < 1e-9 && (end.gradient - 67.998_002_850_314_21).abs() < 1e-7, "{end:?}");
}

#[test]
fn an_exponential_with_and_without_a_bound_in_the_way() {
    let y = [2.55, 1.93, 1.60, 1.29, 1.13, 0.95, 0.83, 0.79, 0.71, 0.68, 0.64];
    let decay = |x: &[f64], i: usize| {
        let t = 0.5 * i as f64;
        let e = (-x[1] * t).exp();
        (x[0] * e + x[2] - y[i], vec![e, -x[0] * t * e, 1.0])
    };
    for (cap, want, value, evaluations) in [
        (f64::INFINITY, [1.947_727_813_311_666_4, 0.664_549_914_068_657_9, 0.580_788_738_665_138_8], 0.002_530_371_659_723_845, 8),
        (0.5, [2.000_703_128_345_794_6, 0.590_924_883_981_896_8, 0.5], 0.006_146_414_431_535_685, 11),
    ] {
        let mut x = [1.0, 1.0, 0.0];
        let bounds = [(0.0, f64::INFINITY), (0.0, f64::INFINITY), (0.0, cap)];
        let end = minimise(&mut Made { n: 3, m: 11, of: decay }, &mut x, &bounds, Stop::default()).unwrap();
        assert_eq!((end.evaluations, end.reason), (evaluations, Reason::Value));
        assert!(x.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-9), "{x:?}");
        assert!((end.value - value).abs() < 1e-13, "{end:?}");
    }
}

#[test]
fn where_residuals_are_not_defined_steps_are_shortened() {
    // The first full step leads from 5 to below zero, where there is no logarithm.
    let logarithm = |x: &[f64], i: usize| if i == 0 { (x[0].ln() + 3.0, vec![x[0].recip()]) } else { (0.1 * x[0], vec![0.1]) };
    let mut x = [5.0];
    let end = minimise(&mut Made { n: 1, m: 2, of: logarithm }, &mut x, &[FREE], Stop::default()).unwrap();
    assert!((x[0] - 0.049_785_834_336_813_01).abs() < 1e-12, "{x:?}");
    assert_eq!((end.evaluations, end.reason), (15, Reason::Gradient));
}

#[test]
fn what_cannot_begin_is_refused() {
    let ask = |of: fn(&[f64], usize) -> (f64, Vec<f64>), m: usize, mut x: Vec<f64>, bounds: Vec<(f64, f64)>| {
        minimise(&mut Made { n: 2, m, of }, &mut x, &bounds, Stop::default()).err()
    };
    let setting = |e: Option<FitError>| matches!(e, Some(FitError::Setting(_)));
    let free = || vec![FREE, FREE];
    assert_eq!(ask(valley, 2, vec![0.0, 0.0], free()), None);
    assert!(setting(ask(valley, 2, vec![0.0], free())));
    assert!(setting(ask(valley, 2, vec![0.0, 0.0], vec![FREE])));
    assert!(setting(ask(valley, 2, vec![0.0, f64::NAN], free())));
    assert!(setting(ask(valley, 2, vec![0.0, 2.0], vec![FREE, (0.0, 1.0)])));
    assert!(setting(ask(valley, 2, vec![0.0, 1.0], vec![FREE, (1.0, 1.0)])));
    assert!(setting(ask(valley, 2, vec![0.0, 1.0], vec![FREE, (f64::NAN, 2.0)])));
    assert!(matches!(ask(valley, 1, vec![0.0, 0.0], free()), Some(FitError::TooFewPoints { have: 1, need: 2, .. })));
    assert!(matches!(ask(valley, 0, vec![0.0, 0.0], free()), Some(FitError::TooFewPoints { have: 0, need: 2, .. })));
    assert!(matches!(ask(|_, _| (f64::NAN, vec![0.0; 2]), 2, vec![0.0, 0.0], free()), Some(FitError::NotFinite { .. })));
    assert!(matches!(ask(|_, _| (1.0, vec![f64::INFINITY; 2]), 2, vec![0.0, 0.0], free()), Some(FitError::NotFinite { .. })));
    assert!(setting(minimise(&mut Made { n: 0, m: 1, of: valley }, &mut [], &[], Stop::default()).err()));
}

#[test]
fn slopes_that_vanish_or_depend_on_each_other_do_no_harm() {
    // Only the sum of the first two matters: they share the way to it, and the third stays.
    let sum = |x: &[f64], i: usize| if i == 0 { (x[0] + x[1] - 7.0, vec![1.0, 1.0, 0.0]) } else { (0.0, vec![0.0; 3]) };
    let mut x = [1.0, 2.0, 3.0];
    let end = minimise(&mut Made { n: 3, m: 5, of: sum }, &mut x, &[FREE; 3], Stop::default()).unwrap();
    assert!((x[0] + x[1] - 7.0).abs() < 1e-6 && (x[1] - x[0] - 1.0).abs() < 1e-6 && (x[2] - 3.0).abs() < 1e-12, "{x:?} {end:?}");
}

#[test]
fn turning_rows_keeps_their_products() {
    let columns: Vec<f64> = (0..33).map(|i| (1.3 * f64::from(i)).sin() + 0.1).collect();
    let side: Vec<f64> = (0..11).map(|i| (0.7 * f64::from(i)).cos()).collect();
    let (mut turned, mut with) = (columns.clone(), side.clone());
    let r = reduce(&mut turned, &mut with, 3);
    for (a, p) in columns.chunks_exact(11).zip(r.triangle.chunks_exact(3)) {
        for (b, q) in columns.chunks_exact(11).zip(r.triangle.chunks_exact(3)) {
            assert!((dot(a, b) - dot(p, q)).abs() < 1e-13);
        }
        assert!((dot(a, &side) - dot(p, &r.side[..3])).abs() < 1e-13);
    }
}

/// Six sizes by five numbers of tokens, and losses that no law gives exactly.
fn thirty(weights: Vec<f64>) -> Samples {
    let at = |i: usize| [1e8 * 4f64.powi(i as i32 / 5), 2e9 * 5f64.powi(i as i32 % 5)];
    let loss = |i: usize| {
        let [n, d] = at(i);
        1.69 + 406.4 * n.powf(-0.34) + 410.7 * d.powf(-0.28) + 0.01 * (((7 * i) % 11) as f64 - 5.0) / 5.0
    };
    Samples::new(2, (0..30).flat_map(at).collect(), (0..30).map(loss).collect(), weights).unwrap()
}

/// The start of Choshen et al. 2024, from Muennighoff et al. 2023: E, A, B, α, β.
fn usual() -> [f64; 5] {
    [0.625_480_4_f64.exp(), 6.255_414_f64.exp(), 7.304_997_4_f64.exp(), 0.352_659_6, 0.352_659_6]
}

const FORMS: [Form; 5] = [Form::Logarithm, Form::Logarithm, Form::Logarithm, Form::Value, Form::Value];

fn chinchilla(data: &Samples, loss: Loss, pinned: &[Option<f64>], forms: &[Form]) -> crate::Fit {
    fit(models::find("chinchilla").unwrap(), Rows::new(data), loss, pinned, &usual(), forms, Stop::default()).unwrap()
}

#[test]
fn a_law_of_thirty_rows_ends_where_curve_fit_ends() {
    let weights: Vec<f64> = (0..30).map(|i| f64::from(1 + i % 3)).collect();
    // ln A, ln B, ln E, α, β and ½ Σ w r².
    for (weights, loss, want, value) in [
        (
            vec![],
            Loss::Squares,
            [6.071_977_250_960_245, 6.070_666_960_255_813, 0.529_706_629_847_256, 0.343_688_107_619_607_2, 0.282_706_890_611_749_7],
            0.000_588_952_117_010_847_1,
        ),
        (
            weights,
            Loss::Squares,
            [6.130_247_244_575_54, 6.107_166_028_700_084, 0.533_363_201_973_333_2, 0.347_156_921_981_180_26, 0.284_500_003_815_733_37],
            0.001_114_834_893_432_241_7,
        ),
        (
            vec![],
            Loss::LogSquares,
            [6.066_432_788_715_721, 6.080_818_610_471_372, 0.529_166_789_068_918_8, 0.343_254_094_700_132_2, 0.283_149_653_456_394_15],
            9.718_264_061_248_662e-5,
        ),
    ] {
        let f = chinchilla(&thirty(weights), loss, &[], &FORMS);
        let got = [f.theta[1].ln(), f.theta[2].ln(), f.theta[0].ln(), f.theta[3], f.theta[4]];
        assert!(got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-9), "{got:?}");
        assert!((0.5 * f.loss / value - 1.0).abs() < 1e-9, "{}", f.loss);
        assert_eq!((f.evaluations, f.status, f.agreeing), (6, Status::Converged, (1, 1)));
    }
}

#[test]
fn parameters_as_values_take_another_way_to_the_same_end() {
    let f = chinchilla(&thirty(vec![]), Loss::Squares, &[], &[]);
    let want = [0.529_706_629_847_256_f64.exp(), 6.071_977_250_960_245_f64.exp(), 6.070_666_960_255_813_f64.exp(), 0.343_688_107_619_607, 0.282_706_890_611_75];
    assert!(f.theta.iter().zip(want).all(|(a, b)| (a / b - 1.0).abs() < 1e-5), "{:?}", f.theta);
    assert!(f.evaluations > 20, "logarithms are the shorter way, and this took {}", f.evaluations);
}

#[test]
fn held_parameters_stay() {
    // One model: A and α held, E, B and β from its five rows.
    let data = thirty((0..30).map(|i| if (10..15).contains(&i) { 1.0 } else { 0.0 }).collect());
    let start = usual();
    let pinned = [None, Some(start[1]), None, Some(start[3]), None];
    let f = chinchilla(&data, Loss::Squares, &pinned, &FORMS);
    assert_eq!((f.theta[1], f.theta[3]), (start[1], start[3]));
    let got = [f.theta[2].ln(), f.theta[0].ln(), f.theta[4]];
    let want = [6.302_004_516_066_167, 0.544_497_441_797_066_9, 0.294_676_792_097_352_26];
    assert!(got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-9), "{got:?}");
    assert_eq!(f.evaluations, 6);
}

#[test]
fn laws_are_refused_what_does_not_suit_them() {
    let law = models::find("chinchilla").unwrap();
    let data = thirty(vec![]);
    let ask = |data: &Samples, loss: Loss, pinned: &[Option<f64>], start: &[f64], forms: &[Form]| {
        fit(law, Rows::new(data), loss, pinned, start, forms, Stop::default()).err()
    };
    let setting = |e: Option<FitError>| matches!(e, Some(FitError::Setting(_)));
    let start = usual();
    assert!(setting(ask(&data, Loss::LogHuber { delta: 1e-3 }, &[], &start, &FORMS)));
    assert!(setting(ask(&data, Loss::Squares, &[], &start[1..], &FORMS)));
    assert!(setting(ask(&data, Loss::Squares, &[None], &start, &FORMS)));
    assert!(setting(ask(&data, Loss::Squares, &[], &start, &FORMS[1..])));
    assert!(setting(ask(&data, Loss::Squares, &[Some(1.0); 5], &start, &FORMS)));
    assert!(setting(ask(&data, Loss::Squares, &[Some(-1.0), None, None, None, None], &start, &FORMS)));
    // A rate of zero lies outside its domain, a floor of zero has no logarithm.
    assert!(setting(ask(&data, Loss::Squares, &[], &[1.0, 1.0, 1.0, 0.0, 1.0], &FORMS)));
    assert!(setting(ask(&data, Loss::Squares, &[], &[0.0, 1.0, 1.0, 1.0, 1.0], &FORMS)));
    let few = thirty((0..30).map(|i| if i < 4 { 1.0 } else { 0.0 }).collect());
    assert!(matches!(ask(&few, Loss::Squares, &[], &start, &FORMS), Some(FitError::TooFewPoints { have: 4, need: 5, .. })));
    let one = Samples::new(1, vec![1.0; 6], vec![1.0; 6], vec![]).unwrap();
    assert!(setting(ask(&one, Loss::Squares, &[], &start, &FORMS)));
    assert!(matches!(ask(&data, Loss::Squares, &[], &[1.0, f64::MAX, 1.0, 1.0, 1.0], &FORMS), Some(FitError::NotFinite { .. })));
}

#[test]
fn a_point_without_slopes_is_no_optimum() {
    // One step leads from 5 to 0, where there is a value and no slope.
    let edge = |x: &[f64], _: usize| (x[0], vec![if x[0] < 1.0 { f64::NAN } else { 1.0 }]);
    let mut x = [5.0];
    let end = minimise(&mut Made { n: 1, m: 1, of: edge }, &mut x, &[FREE], Stop::default()).unwrap();
    assert_eq!((end.reason, end.reason.status(), end.evaluations), (Reason::NoSlopes, Status::Stalled, 2));
    assert!(x[0].abs() < 1e-12 && end.gradient.is_nan());
}
