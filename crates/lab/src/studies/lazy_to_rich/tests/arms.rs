//! The arms beside the student: the network, the twin, aligned and centred starts, and the kernel.

use super::super::*;
use super::{example, inner, largest_difference, run, small, weights};
use crate::DynStudy;

#[test]
fn network_and_statistics_have_the_same_losses() {
    // In exact arithmetic they are equal: the training losses, and the test loss of the network by a cubature of degree five against the three terms.
    for (alpha, eps, aligned) in [(1.0, 0.25, 0.0), (4.0, 1.0, 0.0), (1.0, 0.5, 20.0)] {
        let outcome = run(&Settings { explicit: true, alpha, eps, aligned, ..small() }, 5);
        let (train, test) = (outcome.scalar("network-train-gap").unwrap(), outcome.scalar("network-test-gap").unwrap());
        assert!(train < 1e-10 && test < 1e-10, "{train} {test}");
        assert!(outcome.scalar("final-train-loss").unwrap() < 0.5 * outcome.scalar("initial-train-loss").unwrap());
        // And the student is the one without a network.
        let alone = run(&Settings { alpha, eps, aligned, ..small() }, 5);
        assert_eq!((outcome.series.clone(), alone.scalar("network-test-gap")), (alone.series, None));
    }
    // One dimension has no pairs of axes.
    let line = run(&Settings { explicit: true, dim: 1, train: 5, steps: 50, rate: 0.05, ..small() }, 5);
    assert!(line.scalar("network-test-gap").unwrap() < 1e-12);
}

#[test]
fn the_twin_is_the_linearised_arm() {
    let both = run(&Settings { twin: true, alpha: 4.0, ..small() }, 3);
    let (rich, lazy) = (run(&Settings { alpha: 4.0, ..small() }, 3), run(&Settings { alpha: 4.0, linearised: true, ..small() }, 3));
    assert_eq!((&both.series, rich.scalar("twin-gap")), (&rich.series, None));
    // Over the recorded points, until a quarter of the training loss is left, the gap by hand is near that of all steps.
    let (train, test) = (rich.series("train-loss").unwrap(), rich.series("test-loss").unwrap());
    let other = &lazy.series("test-loss").unwrap().y;
    let quarter = 0.25 * rich.scalar("initial-train-loss").unwrap();
    let until = train.y.iter().position(|loss| *loss <= quarter).unwrap();
    let by_hand = test.y[..=until].iter().zip(other).map(|(a, b)| (a / b).ln().abs()).fold(0.0, f64::max);
    let gap = both.scalar("twin-gap").unwrap();
    let before = test.y[..until].iter().zip(other).map(|(a, b)| (a / b).ln().abs()).fold(0.0, f64::max);
    assert!(gap >= before && gap <= 1.05 * by_hand, "{before} {gap} {by_hand}");
    // A linear activation has no features to learn: the two are one.
    let linear = run(&Settings { twin: true, eps: 0.0, ..small() }, 3);
    assert!(linear.scalar("twin-gap").unwrap() < 1e-12, "{:?}", linear.scalars);
    assert_eq!(linear.scalar("twin-train-share"), None);
}

#[test]
fn a_lazier_student_stays_nearer_to_its_twin() {
    let of = |alpha: f64, name: &str| run(&Settings { twin: true, alpha, steps: 1_500, ..small() }, 4).scalar(name);
    let (lazy, rich) = (of(100.0, "twin-gap").unwrap(), of(0.25, "twin-gap").unwrap());
    assert!(lazy < 0.3 * rich, "{lazy} {rich}");
    assert!(of(0.25, "twin-train-share").unwrap() <= 1.0);
}

#[test]
fn an_aligned_start_is_that_of_stretched_weights() {
    let settings = Settings { aligned: 8.0, ..small() };
    let mut draws = Draws::new(2);
    let data = Data::draw(&settings, &mut draws);
    let mut state = State::first(&settings, &mut draws);
    state.align(&data.teacher, 8.0);
    // (√9 − 1) = 2 more of what lies along the teacher.
    let (d, n, length) = (settings.dim, settings.width as f64, inner(&data.teacher, &data.teacher));
    let mut w = weights(&settings, 2);
    for unit in &mut w {
        let along = 2.0 * inner(unit, &data.teacher) / length;
        unit.iter_mut().zip(&data.teacher).for_each(|(w, b)| *w += along * b);
    }
    let mean: Vec<f64> = (0..d).map(|i| w.iter().map(|w| w[i]).sum::<f64>() / n).collect();
    let second: Vec<f64> = (0..d * d).map(|at| w.iter().map(|w| w[at / d] * w[at % d]).sum::<f64>() / n).collect();
    assert!(largest_difference(&state.mean, &mean) < 1e-12 && largest_difference(&state.second, &second) < 1e-12);
    assert!((0..d * d).all(|at| state.second[at] == state.second[at % d * d + at / d]), "not symmetric");
    let explicit: Vec<f64> = network::first_weights(&settings, &data, 2);
    assert!(largest_difference(&explicit, &w.concat()) < 1e-12);
}

#[test]
fn a_centred_student_begins_at_nothing_and_learns_shifted_targets() {
    // Its first losses are those of f = 0, whatever the start: on the population 3‖β‖⁴/D².
    let plain = run(&Settings { centred: true, ..small() }, 6);
    let other = run(&Settings { centred: true, aligned: 50.0, alpha: 3.0, eps: 1.0, rate: 0.1, ..small() }, 6);
    let first = |outcome: &Outcome| (outcome.scalar("initial-train-loss").unwrap(), outcome.scalar("initial-test-loss").unwrap());
    assert_eq!(first(&plain), first(&other));
    let data = Data::draw(&small(), &mut Draws::new(6));
    let length = inner(&data.teacher, &data.teacher);
    assert!((first(&plain).1 - 3.0 * (length / 8.0).powi(2)).abs() < 1e-10, "{:?}", first(&plain));
    // f − f₀ learns y as f learns y + f₀.
    let mut draws = Draws::new(6);
    let mut data = Data::draw(&small(), &mut draws);
    let start = State::first(&small(), &mut draws);
    let mut centred = Dynamics::new(&small(), &data, None).centred(Some(start.clone()));
    let mut one = start.clone();
    for _ in 0..100 {
        centred.observe(&one);
        centred.step(&mut one);
    }
    let mut plain = Dynamics::new(&small(), &data, None);
    plain.observe(&start);
    let outputs: Vec<f64> = plain.residuals().iter().zip(&data.targets).map(|(r, y)| r + y).collect();
    data.targets.iter_mut().zip(&outputs).for_each(|(y, f)| *y += f);
    let mut shifted = Dynamics::new(&small(), &data, None);
    let mut two = start;
    for _ in 0..100 {
        shifted.observe(&two);
        shifted.step(&mut two);
    }
    assert!(largest_difference(&one.second, &two.second) < 1e-10 && largest_difference(&one.mean, &two.mean) < 1e-10);
}

#[test]
fn the_kernel_is_that_of_the_weights() {
    // K = x·x' (1/N) Σ φ'(w·x) φ'(w·x') from the weights themselves, now against other weights as the first ones.
    let settings = Settings { eps: 0.7, ..small() };
    let mut draws = Draws::new(9);
    let data = Data::draw(&settings, &mut draws);
    let first = State::first(&settings, &mut draws);
    let mut now = first.clone();
    now.align(&data.teacher, 30.0);
    let p = settings.train;
    let x: Vec<Vec<f64>> = (0..p).map(|k| example(&data, k)).collect();
    let kernel = |w: &[Vec<f64>]| -> Vec<f64> {
        let slope = |w: &[f64], x: &[f64]| 1.0 + settings.eps * inner(w, x);
        let of = |j: usize, k: usize| inner(&x[j], &x[k]) * w.iter().map(|w| slope(w, &x[j]) * slope(w, &x[k])).sum::<f64>() / w.len() as f64;
        (0..p * p).map(|at| of(at / p, at % p)).collect()
    };
    let before = kernel(&weights(&settings, 9));
    let stretched = network::first_weights(&Settings { aligned: 30.0, ..settings.clone() }, &data, 9);
    let after = kernel(&stretched.chunks(settings.dim).map(<[f64]>::to_vec).collect::<Vec<_>>());
    let norm = |k: &[f64]| inner(k, k).sqrt();
    let distance = 1.0 - inner(&before, &after) / (norm(&before) * norm(&after));
    let mean = data.targets.iter().sum::<f64>() / p as f64;
    let y: Vec<f64> = data.targets.iter().map(|y| y - mean).collect();
    let columns: Vec<f64> = (0..p).map(|k| (0..p).map(|j| after[j * p + k]).sum::<f64>() / p as f64).collect();
    let centred: Vec<f64> = after.iter().enumerate().map(|(at, v)| v - columns[at % p]).collect();
    let along: f64 = (0..p * p).map(|at| y[at / p] * centred[at] * y[at % p]).sum();
    let alignment = along / (norm(&centred) * inner(&y, &y));
    let seen = Kernels::new(&settings, &data, first.clone()).observe(&now);
    assert!((seen.distance - distance).abs() < 1e-10 && (seen.alignment - alignment).abs() < 1e-10, "{seen:?} {distance} {alignment}");
    assert!(distance > 0.01);
    // A linearised student keeps its first kernel.
    let stays = Kernels::new(&Settings { linearised: true, ..settings }, &data, first).observe(&now);
    assert!(stays.distance < 1e-12 && stays.alignment < seen.alignment, "{stays:?}");
}

#[test]
fn new_scalars_and_curves_say_the_same() {
    let outcome = run(&small(), 1);
    let last = |name: &str| outcome.series(name).and_then(|s| s.y.last().copied());
    assert_eq!(last("kernel-alignment"), outcome.scalar("final-kernel-alignment"));
    assert_eq!(last("kernel-distance"), outcome.scalar("final-kernel-distance"));
    let share = outcome.scalar("final-test-loss").unwrap() / outcome.scalar("initial-test-loss").unwrap();
    assert_eq!(last("test-share"), Some(share));
    assert!(outcome.scalar("initial-kernel-alignment").unwrap() < outcome.scalar("final-kernel-alignment").unwrap());
}

#[test]
fn arms_that_cannot_be_are_named_and_cost_what_they_do() {
    let of = |with: &str| LazyToRich.stages(&toml::from_str(with).unwrap(), &crate::arms::product(&toml::Table::new()).unwrap(), 0..1);
    for with in ["explicit = true\nwidth = 0", "explicit = true\nlinearised = true", "explicit = true\ncentred = true"] {
        assert!(of(with).unwrap_err().to_string().contains("explicit is the network itself"), "{with}");
    }
    assert!(of("twin = true\nlinearised = true").unwrap_err().to_string().contains("twin is the linearisation"));
    assert!(of("aligned = -1").unwrap_err().to_string().contains("aligned is -1"));
    let flops = |with: &str| of(with).unwrap()[0].flops;
    assert_eq!(flops("twin = true"), 2.0 * flops(""));
    // 4 N P D a step.
    assert_eq!(flops("explicit = true") - flops(""), 4.0 * 500.0 * 220.0 * 40.0 * 20_000.0);
}
