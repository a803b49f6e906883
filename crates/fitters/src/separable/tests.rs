//! Truth, invariances and numbers of SciPy 1.17 (L-BFGS-B from 108 starts, `least_squares` from 9, on the same rows).

use curves::Samples;
use models::schedule::shapes;
use models::{At, Law, Schedule};

use super::*;
use crate::Status;

const HUBER: Loss = Loss::LogHuber { delta: 1e-3 };

fn law(name: &str) -> &'static dyn Law {
    models::find(name).unwrap()
}

/// Six sizes by eight token counts, with a wave of one percent instead of noise.
fn chinchilla(n_unit: f64, d_unit: f64, noise: f64) -> Samples {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for i in 0..48i32 {
        let (n, d) = (1e7 * 3f64.powi(i / 8), 4e8 * 2.2f64.powi(i % 8));
        let clean = law("chinchilla").eval(&At::at(&[n, d]), &[1.8, 480.0, 2100.0, 0.35, 0.37]);
        x.extend([n / n_unit, d / d_unit]);
        y.push(clean * (1.0 + noise * (1.7 * f64::from(i) + 0.3 * f64::from(i % 5)).sin()));
    }
    Samples::new(2, x, y, vec![]).unwrap()
}

fn fit(name: &str, data: &Samples, loss: Loss) -> Fit {
    let rows = Rows::new(data);
    Separable::of(law(name), rows, loss, 0).unwrap().fit(rows, 4).unwrap()
}

#[track_caller]
fn near(have: &[f64], want: &[f64], tolerance: f64) {
    for (a, b) in have.iter().zip(want) {
        assert!((a - b).abs() <= tolerance * b.abs(), "{have:?} is not {want:?}");
    }
}

#[test]
fn reaches_the_optimum_that_scipy_finds_with_many_starts() {
    let data = chinchilla(1.0, 1.0, 0.01);
    let f = fit("chinchilla", &data, HUBER);
    assert_eq!(f.status, Status::Converged);
    assert!(f.loss <= 2.614_906_655_962_57e-4 * (1.0 + 1e-9), "{:e}", f.loss);
    near(&f.theta, &[1.778_267, 453.0, 1305.5, 0.346_535, 0.346_419], 1e-4);
    assert!((f.loss - HUBER.total(f.law, &f.theta, &data)).abs() < 1e-12);
    let squares = fit("chinchilla", &data, Loss::Squares);
    assert!((squares.loss - 0.026_258_269_074_6).abs() < 1e-9, "{}", squares.loss);
    near(&squares.theta, &[1.792_472, 479.85, 1892.94, 0.349_727, 0.364_866], 1e-4);
}

#[test]
fn noiseless_rows_give_their_law_back() {
    let truth = [1.8, 480.0, 2100.0, 0.35, 0.37];
    for loss in [Loss::Squares, Loss::LogSquares, HUBER, Loss::Huber { delta: 1e-3 }] {
        let f = fit("chinchilla", &chinchilla(1.0, 1.0, 0.0), loss);
        near(&f.theta, &truth, 1e-6);
    }
}

#[test]
fn every_sum_of_powers_gives_its_law_back() {
    for (name, theta, bases) in [
        ("chinchilla_tied", vec![1.7, 300.0, 900.0, 0.31], vec![1e7, 1e9]),
        ("ensemble", vec![3.34, 0.25, 1.02], vec![1.0]),
        ("joint_ensemble", vec![3.17, 90.0, 0.3, 0.3, 1.0], vec![1.5e8, 1.0]),
        ("average_params", vec![1.8, 480.0, 2100.0, 0.35, 0.37], vec![1e7, 1e9]),
        ("over_training", vec![1.6, 150.0, 250.0, 0.12], vec![1e18, 5.0]),
        ("kaplan_steps", vec![8.8e13, 0.076, 2.1e3, 0.76], vec![1e6, 3e3]),
        ("vocabulary", vec![5.5, 300.0, 60.0, 900.0, 0.4, 0.35, 0.42], vec![3e7, 2e6, 1e9]),
        ("width_depth", vec![1.5, 40.0, 0.9, 900.0, 0.7, 0.8, 0.4], vec![256.0, 3.0, 1e9]),
    ] {
        let inputs = bases.len();
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for i in 0..4usize.pow(inputs as u32) * if inputs == 1 { 2 } else { 1 } {
            let row: Vec<f64> =
                bases.iter().enumerate().map(|(k, b)| b * 2.7f64.powi((i / 4usize.pow(k as u32) % if inputs == 1 { 8 } else { 4 }) as i32)).collect();
            y.push(law(name).eval(&At::at(&row), &theta));
            x.extend(row);
        }
        let f = fit(name, &Samples::new(inputs, x, y, vec![]).unwrap(), Loss::Squares);
        // Three powers and a constant are nearly dependent: digits of the parameters are lost, not of the loss.
        near(&f.theta, &theta, if inputs == 3 { 1e-2 } else { 1e-4 });
        assert!(f.loss < 1e-16, "{name}: {:e}", f.loss);
    }
}

#[test]
fn neither_units_nor_sums_nor_order_move_the_answer() {
    let plain = fit("chinchilla", &chinchilla(1.0, 1.0, 0.01), HUBER);
    let [e, a, b, alpha, beta] = plain.theta[..] else { panic!() };
    for (n_unit, d_unit) in [(1e6, 1e9), (1e9, 1.0), (1.0, 1e12)] {
        let other = fit("chinchilla", &chinchilla(n_unit, d_unit, 0.01), HUBER);
        // A N^−α = A u^−α (N/u)^−α.
        near(&other.theta, &[e, a * n_unit.powf(-alpha), b * d_unit.powf(-beta), alpha, beta], 1e-7);
        near(&[other.loss], &[plain.loss], 1e-10);
    }
    let data = chinchilla(1.0, 1.0, 0.01);
    let p = Separable::of(plain.law, Rows::new(&data), HUBER, 0).unwrap();
    let mean = p.solve(&[1.0 / 48.0; 48], 4).unwrap();
    near(&mean.theta, &plain.theta, 1e-8);
    near(&[mean.loss * 48.0], &[plain.loss], 1e-10);
    let order: Vec<usize> = (0..48).map(|i| i * 29 % 48).collect();
    let x = order.iter().flat_map(|i| data.row(*i).to_vec()).collect();
    let y = order.iter().map(|i| data.targets()[*i]).collect();
    near(&fit("chinchilla", &Samples::new(2, x, y, vec![]).unwrap(), HUBER).theta, &plain.theta, 1e-7);
    // A row of weight two is the row twice, and one of weight zero is not there.
    let mut weights = vec![1.0; 48];
    (weights[3], weights[7]) = (2.0, 0.0);
    let kept: Vec<usize> = (0..48).filter(|i| *i != 7).chain([3]).collect();
    let x = kept.iter().flat_map(|i| data.row(*i).to_vec()).collect();
    let y = kept.iter().map(|i| data.targets()[*i]).collect();
    near(&p.solve(&weights, 4).unwrap().theta, &fit("chinchilla", &Samples::new(2, x, y, vec![]).unwrap(), HUBER).theta, 1e-7);
}

#[test]
fn where_nothing_is_left_over_the_floor_is_zero() {
    // A pure power law: its best E is 0, on the bound.
    let x: Vec<f64> = (0..12).map(|i| 2f64.powi(i)).collect();
    let y = x.iter().map(|x| 3.0 / x.powf(0.2) - 0.05).collect();
    let f = fit("ensemble", &Samples::new(1, x, y, vec![]).unwrap(), HUBER);
    assert!(f.theta[0] < 1e-6 && f.law.contains(&f.theta), "{:?}", f.theta);
}

#[test]
fn outliers_weigh_as_the_loss_says() {
    let clean = chinchilla(1.0, 1.0, 0.0);
    let mut y = clean.targets().to_vec();
    (y[5], y[30]) = (9.0, 0.4);
    let x: Vec<f64> = (0..48).flat_map(|i| clean.row(i).to_vec()).collect();
    let f = fit("chinchilla", &Samples::new(2, x, y, vec![]).unwrap(), HUBER);
    near(&f.theta, &[1.8, 480.0, 2100.0, 0.35, 0.37], 2e-2);
}

/// A cosine and a two-stage schedule, some steps of each.
fn annealed(name: &str, theta: &[f64]) -> (Samples, Vec<Schedule>, Vec<usize>) {
    let schedules = vec![shapes::cosine(2000, 100, 3e-3, 3e-4).unwrap(), shapes::two_stage(1500, 100, 800, 3e-3, 6e-4).unwrap()];
    let (mut x, mut y, mut which) = (Vec::new(), Vec::new(), Vec::new());
    for (k, schedule) in schedules.iter().enumerate() {
        for step in (120..schedule.steps()).step_by(40) {
            x.push(step as f64);
            y.push(law(name).eval(&At::at(&[step as f64]).with_schedule(schedule), theta));
            which.push(k);
        }
    }
    (Samples::new(1, x, y, vec![]).unwrap(), schedules, which)
}

#[test]
fn laws_of_schedules_are_found_again() {
    for (name, theta, tolerance) in [("lr_annealing", vec![2.6, 0.5, 0.45, 4.0, 0.99], 1e-4), ("multi_power", vec![2.6, 0.5, 0.45, 60.0, 1.5, 0.5, 0.6], 2e-2)]
    {
        let (samples, schedules, which) = annealed(name, &theta);
        let rows = Rows::under(&samples, &schedules, &which).unwrap();
        let f = Separable::of(law(name), rows, HUBER, 0).unwrap().fit(rows, 4).unwrap();
        assert!(f.loss < 1e-12, "{name}: {:e} {:?}", f.loss, f.theta);
        near(&f.theta, &theta, tolerance);
    }
}

#[test]
fn what_cannot_be_fitted_says_why() {
    let data = chinchilla(1.0, 1.0, 0.01);
    let rows = Rows::new(&data);
    let why = |r: Result<Separable, FitError>| r.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(why(Separable::of(law("kaplan"), rows, HUBER, 0)).contains("not a sum"));
    assert!(why(Separable::of(law("ensemble"), rows, HUBER, 0)).contains("reads 1 inputs (members)"));
    let zero = Samples::new(2, vec![0.0, 1e9], vec![3.0], vec![]).unwrap();
    assert!(why(Separable::of(law("chinchilla"), Rows::new(&zero), HUBER, 0)).contains("`params` is 0 in row 0"));
    let negative = Samples::new(2, vec![1e9, 1e9], vec![-3.0], vec![]).unwrap();
    assert!(matches!(Separable::of(law("chinchilla"), Rows::new(&negative), HUBER, 0), Err(FitError::NotPositive { row: 0, .. })));
    let steps = Samples::new(1, vec![5.0], vec![3.0], vec![]).unwrap();
    assert!(why(Separable::of(law("lr_annealing"), Rows::new(&steps), HUBER, 0)).contains("schedule"));
    let short = [Schedule::new(vec![0.1; 3]).unwrap()];
    let beyond = Rows::under(&steps, &short, &[0]).unwrap();
    assert!(why(Separable::of(law("lr_annealing"), beyond, HUBER, 0)).contains("steps 0 to 2"));
    let p = Separable::of(law("chinchilla"), rows, HUBER, 0).unwrap();
    assert!(matches!(p.solve(&[1.0], 1), Err(FitError::Setting(_))));
    assert!(matches!(p.solve(&[f64::NAN; 48], 1), Err(FitError::Setting(_))));
    assert!(matches!(p.solve(&[0.0; 48], 1), Err(FitError::Setting(_))));
    let mut few = [0.0; 48];
    few[..4].fill(1.0);
    assert!(matches!(p.solve(&few, 1), Err(FitError::TooFewPoints { have: 4, need: 5, .. })));
}

#[test]
fn a_shape_that_is_held_stays_and_the_rest_is_as_good_as_a_local_search_can_make_it() {
    let data = chinchilla(1.0, 1.0, 0.01);
    let rows = Rows::new(&data);
    let held = [None, None, None, Some(0.3), None];
    let f = Separable::with_held(law("chinchilla"), rows, HUBER, 0, &held).unwrap().fit(rows, 4).unwrap();
    assert_eq!(f.theta[3], 0.3);
    let near_by = crate::global::fit_from(law("chinchilla"), rows, HUBER, &held, &f.theta).unwrap();
    assert!((f.loss / near_by.loss - 1.0).abs() < 1e-9, "{:e} {:e}", f.loss, near_by.loss);
    let free = fit("chinchilla", &data, HUBER);
    assert!(f.loss > free.loss * 1.01, "{:e} {:e}", f.loss, free.loss);
    // Held at its optimum it costs nothing.
    let held = [None, None, None, Some(free.theta[3]), None];
    let same = Separable::with_held(law("chinchilla"), rows, HUBER, 0, &held).unwrap().fit(rows, 4).unwrap();
    assert!((same.loss / free.loss - 1.0).abs() < 1e-9, "{:e} {:e}", same.loss, free.loss);
    for held in [[Some(1.8), None, None, None, None], [None, None, None, Some(-1.0), None]] {
        assert!(matches!(Separable::with_held(law("chinchilla"), rows, HUBER, 0, &held).err(), Some(FitError::Setting(_))));
    }
}
