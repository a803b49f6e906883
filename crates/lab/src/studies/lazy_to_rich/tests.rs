//! The reduction against an explicit network, the population loss against Monte Carlo, the linearisation against its kernel.

mod arms;

use crate::NoFiles;
use std::cell::Cell;

use super::data::standard_normal;
use super::*;
use crate::{DynStudy, Memory};

/// Small enough for loops over everything.
pub(super) fn small() -> Settings {
    Settings { dim: 8, train: 40, width: 20, steps: 300, ..Settings::default() }
}

/// Data, first state and the dynamics' own state after so many steps.
fn after(settings: &Settings, seed: u64, steps: usize) -> (Data, State, State, Vec<f64>) {
    let mut draws = Draws::new(seed);
    let data = Data::draw(settings, &mut draws);
    let first = State::first(settings, &mut draws);
    let mut dynamics = Dynamics::new(settings, &data, settings.linearised.then(|| first.clone()));
    let mut state = first.clone();
    for _ in 0..steps {
        dynamics.observe(&state);
        dynamics.step(&mut state);
    }
    dynamics.observe(&state);
    let residuals = dynamics.residuals().to_vec();
    (data, first, state, residuals)
}

/// The same weights that the first state is made of, vector after vector.
pub(super) fn weights(settings: &Settings, seed: u64) -> Vec<Vec<f64>> {
    let mut draws = Draws::new(seed);
    (0..settings.width).map(|_| (0..settings.dim).map(|_| standard_normal(&mut draws.weights)).collect()).collect()
}

pub(super) fn example(data: &Data, k: usize) -> Vec<f64> {
    (0..data.dim).map(|i| data.coordinate(i)[k]).collect()
}

pub(super) fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(super) fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// A stage of the study with one arm.
pub(super) fn run(settings: &Settings, seed: u64) -> Outcome {
    let mut memory = Memory::default();
    train(settings, &mut Context { seed, checkpoint: &mut memory, files: &NoFiles, watch: &|_| Go::On }).unwrap()
}

#[test]
fn the_reduction_is_an_explicit_network() {
    // Gradient descent on all N × D weights of (1/P) Σ (f − y)²/α², with every derivative written out. In exact arithmetic
    // both are the same; 300 steps of some hundred sums each round to about 1e-13 of numbers near 1, and 1e-10 leaves room.
    for (alpha, eps) in [(1.0, 0.25), (4.0, 1.0)] {
        let settings = Settings { alpha, eps, ..small() };
        let (data, _, state, residuals) = after(&settings, 5, settings.steps);
        let mut w = weights(&settings, 5);
        let (n, p) = (settings.width as f64, settings.train);
        let lr = settings.rate * n;
        let outputs = |w: &[Vec<f64>]| -> Vec<f64> {
            let f = |x: &[f64]| w.iter().map(|w| inner(w, x)).map(|z| z + 0.5 * eps * z * z).sum::<f64>() * alpha / n;
            (0..p).map(|k| f(&example(&data, k))).collect()
        };
        for _ in 0..settings.steps {
            let f = outputs(&w);
            for unit in &mut w {
                let mut gradient = vec![0.0; settings.dim];
                for (k, (f, y)) in f.iter().zip(&data.targets).enumerate() {
                    let x = example(&data, k);
                    let slope = 2.0 * (f - y) / (p as f64 * alpha * alpha) * alpha / n * (1.0 + eps * inner(unit, &x));
                    gradient.iter_mut().zip(&x).for_each(|(g, x)| *g += slope * x);
                }
                unit.iter_mut().zip(&gradient).for_each(|(w, g)| *w -= lr * g);
            }
        }
        let d = settings.dim;
        let mean: Vec<f64> = (0..d).map(|i| w.iter().map(|w| w[i]).sum::<f64>() / n).collect();
        let second: Vec<f64> = (0..d * d).map(|at| w.iter().map(|w| w[at / d] * w[at % d]).sum::<f64>() / n).collect();
        let off: Vec<f64> = outputs(&w).iter().zip(&data.targets).map(|(f, y)| f - y).collect();
        assert!(largest_difference(&state.mean, &mean) < 1e-10);
        assert!(largest_difference(&state.second, &second) < 1e-10);
        assert!(largest_difference(&residuals, &off) < 1e-10);
    }
}

#[test]
fn the_population_loss_is_its_monte_carlo_mean() {
    // 200,000 fresh inputs: the mean of the squared errors lies within four of its standard errors, in all but 6 of 100,000
    // seeds. Once at the start, where all three terms count, and once on the way.
    let settings = Settings { alpha: 2.0, ..small() };
    for steps in [0, 50] {
        let (data, _, state, _) = after(&settings, 6, steps);
        let seen = Dynamics::new(&settings, &data, None).observe(&state);
        let d = settings.dim;
        let mut draws = Draws::new(77);
        let (mut sum, mut squares, n) = (0.0, 0.0, 200_000.0_f64);
        for _ in 0..200_000 {
            let x: Vec<f64> = (0..d).map(|_| standard_normal(&mut draws.weights) / (d as f64).sqrt()).collect();
            let form: f64 = (0..d).map(|i| x[i] * inner(&state.second[i * d..(i + 1) * d], &x)).sum();
            let f = settings.alpha * (inner(&state.mean, &x) + 0.5 * settings.eps * form);
            let error = (f - inner(&data.teacher, &x).powi(2)).powi(2);
            sum += error;
            squares += error * error;
        }
        let mean = sum / n;
        let se = ((squares / n - mean * mean) / n).sqrt();
        assert!((seen.test - mean).abs() < 4.0 * se, "after {steps}: {} against {mean} ± {se}", seen.test);
        assert_eq!(seen.test, seen.variance + seen.misalignment + seen.linear);
    }
}

#[test]
fn a_perfect_student_has_no_loss() {
    // α ε M = 2ββᵀ and w̄ = 0. Rounding leaves some 1e-16 of targets of up to 100, squared.
    let settings = small();
    let data = Data::draw(&settings, &mut Draws::new(7));
    let d = settings.dim;
    let second = (0..d * d).map(|at| 2.0 * data.teacher[at / d] * data.teacher[at % d] / (settings.alpha * settings.eps)).collect();
    let seen = Dynamics::new(&settings, &data, None).observe(&State { mean: vec![0.0; d], second });
    assert!(seen.train < 1e-26 && seen.test < 1e-26, "{seen:?}");
    assert!((seen.alignment - 1.0).abs() < 1e-14, "{seen:?}");
}

#[test]
fn the_linearisation_is_gradient_descent_with_the_first_kernel() {
    // f ← f − (2 rate/P) K r on the training set, with K = x·x' (1/N) Σ φ'(w·x) φ'(w·x') from the weights themselves. Both
    // round to about 1e-13; a wrong term would show in the third digit.
    let settings = Settings { linearised: true, alpha: 2.0, ..small() };
    let (data, _, _, residuals) = after(&settings, 8, settings.steps);
    let w = weights(&settings, 8);
    let p = settings.train;
    let x: Vec<Vec<f64>> = (0..p).map(|k| example(&data, k)).collect();
    let slopes: Vec<Vec<f64>> = x.iter().map(|x| w.iter().map(|w| 1.0 + settings.eps * inner(w, x)).collect()).collect();
    let kernel = |j: usize, k: usize| inner(&x[j], &x[k]) * inner(&slopes[j], &slopes[k]) / settings.width as f64;
    let outputs = |x: &[f64]| w.iter().map(|w| inner(w, x)).map(|z| z + 0.5 * settings.eps * z * z).sum::<f64>() / settings.width as f64;
    let mut r: Vec<f64> = x.iter().zip(&data.targets).map(|(x, y)| settings.alpha * outputs(x) - y).collect();
    for _ in 0..settings.steps {
        let moved: Vec<f64> = (0..p).map(|j| (0..p).map(|k| kernel(j, k) * r[k]).sum()).collect();
        r.iter_mut().zip(&moved).for_each(|(r, m)| *r -= 2.0 * settings.rate / p as f64 * m);
    }
    assert!(largest_difference(&residuals, &r) < 1e-8, "{}", largest_difference(&residuals, &r));
    // And it has moved: a step that does nothing would agree with itself.
    let start = after(&settings, 8, 0).3;
    assert!(largest_difference(&residuals, &start) > 0.1);
}

#[test]
fn the_linearised_twin_does_not_grok() {
    // D = 20, P = 110 is less than half of the D (D + 1)/2 + D numbers of a quadratic, so a linear method can fit the training
    // set and not the teacher. Measured for these seeds: the rich student is below 5 % on the population after 344 and 293
    // steps; its twin fits the training set at 2,682 and 1,452, and keeps 51 % and 48 % of its first test loss at 4,000.
    for seed in [1, 2] {
        let settings = Settings { dim: 20, train: 110, steps: 4_000, ..Settings::default() };
        let rich = run(&settings, seed);
        let lazy = run(&Settings { linearised: true, ..settings }, seed);
        let last = |o: &Outcome| o.scalar("final-test-loss").unwrap() / o.scalar("initial-test-loss").unwrap();
        assert_eq!((rich.scalar("censored"), lazy.scalar("censored")), (Some(0.0), Some(1.0)));
        assert!(rich.scalar("test-step").unwrap() < 600.0 && last(&rich) < 0.01, "{seed}: {:?}", rich.scalars);
        assert!(lazy.scalar("train-step").is_some() && lazy.scalar("test-step").is_none(), "{seed}: {:?}", lazy.scalars);
        assert!(last(&lazy) > 0.3, "{seed}: {}", last(&lazy));
        // One start for both.
        assert_eq!(rich.scalar("initial-test-loss"), lazy.scalar("initial-test-loss"));
    }
}

#[test]
fn the_delay_grows_with_the_output_scale() {
    // Measured in a prototype at D = 20, P = 110, N = 500, seeds 1 to 5: test step over training step 1.9, 6.8, 3.9, 3.1, 3.5
    // at α = 0.25; 1.9, 5.5, 4.5, 3.6, 3.2 at α = 1; 2.9, 7.4, 5.6, 4.9, 3.8 at α = 4. From 0.25 to 1 nothing is to be seen at
    // this size (3.5 and 3.6 in geometric mean); at 4 the ratio is the largest for each seed, 4.7 in geometric mean.
    let ratio = |alpha: f64, steps: usize, seed: u64| {
        let outcome = run(&Settings { dim: 20, train: 110, alpha, steps, ..Settings::default() }, seed);
        outcome.scalar("delay-ratio").unwrap()
    };
    let mut gain = 0.0;
    for seed in 1..=5 {
        let (quarter, one, four) = (ratio(0.25, 1_000, seed), ratio(1.0, 2_500, seed), ratio(4.0, 9_000, seed));
        assert!(quarter > 1.0 && one > 1.0 && four > quarter && four > one, "{seed}: {quarter} {one} {four}");
        gain += (four / quarter).ln() / 5.0;
    }
    // 1.33 measured; a step more or less in the smallest training steps (18) moves it by a percent or two.
    assert!((1.2..1.5).contains(&gain.exp()), "{}", gain.exp());
}

#[test]
fn a_stopped_run_ends_in_the_same_numbers() {
    let others = [Settings { twin: true, explicit: true, ..small() }, Settings { twin: true, centred: true, aligned: 9.0, ..small() }];
    for settings in [small(), Settings { linearised: true, width: 0, ..small() }].into_iter().chain(others) {
        let whole = run(&settings, 9);
        let mut memory = Memory::default();
        let mut sittings = 0;
        let resumed = loop {
            // Says stop at the third question of every sitting; there are 50 in all.
            let asked = Cell::new(0);
            let watch = |share: f64| {
                assert!((0.0..=1.0).contains(&share));
                asked.set(asked.get() + 1);
                if asked.get() == 3 { Go::Stop } else { Go::On }
            };
            sittings += 1;
            match train(&settings, &mut Context { seed: 9, checkpoint: &mut memory, files: &NoFiles, watch: &watch }) {
                Ok(outcome) => break outcome,
                Err(e) => assert_eq!(e, StudyError::Interrupted),
            }
        };
        assert_eq!(resumed, whole);
        assert_eq!(sittings, 17);
    }
}

#[test]
fn progress_survives_its_bytes_and_anything_else_is_no_progress() {
    let settings = small();
    let mut memory = Memory::default();
    let stopped =
        train(&settings, &mut Context { seed: 3, checkpoint: &mut memory, files: &NoFiles, watch: &|share| if share > 0.5 { Go::Stop } else { Go::On } });
    assert_eq!(stopped, Err(StudyError::Interrupted));
    let bytes = memory.0.unwrap();
    let (progress, parts) = progress::from_bytes(&bytes, &settings).unwrap();
    assert!(progress.step > 150 && progress.step < 300);
    assert_eq!(progress::to_bytes(&progress, &parts), bytes);
    assert_eq!(progress::from_bytes(&bytes, &Settings { dim: 9, ..small() }), None);
    assert_eq!(progress::from_bytes(&bytes, &Settings { twin: true, ..small() }), None);
    assert_eq!(progress::from_bytes(&bytes[..bytes.len() - 8], &settings), None);
    assert_eq!(progress::from_bytes(&bytes[..bytes.len() - 1], &settings), None);
    assert_eq!(progress::from_bytes(b"", &settings), None);
    // Damaged progress is no reason to stop.
    let mut damaged = Memory(Some(b"l2rich02 and then something else".to_vec()));
    assert_eq!(train(&settings, &mut Context { seed: 3, checkpoint: &mut damaged, files: &NoFiles, watch: &|_| Go::On }).unwrap(), run(&settings, 3));
}

#[test]
fn a_save_that_fails_is_said() {
    struct Full;
    impl crate::Checkpoint for Full {
        fn load(&mut self) -> Option<Vec<u8>> {
            None
        }

        fn save(&mut self, _: &[u8]) -> Result<(), String> {
            Err("no space left".to_owned())
        }
    }
    let e = train(&small(), &mut Context { seed: 3, checkpoint: &mut Full, files: &NoFiles, watch: &|_| Go::Stop }).unwrap_err().to_string();
    assert!(e.contains("cannot save the progress at step 6: no space left"), "{e}");
}

#[test]
fn a_rate_too_large_is_a_status_and_not_an_error() {
    for linearised in [false, true] {
        let settings = Settings { rate: 1_000.0, linearised, ..small() };
        let arms = crate::arms::product(&toml::Table::new()).unwrap();
        let stages = LazyToRich.stages(&settings::table(&settings).unwrap(), &arms, 1..2).unwrap();
        // Through the face that a runner holds, which checks the outcome.
        let outcome =
            LazyToRich.run(&stages[0], &[], &mut Context { seed: 1, checkpoint: &mut Memory::default(), files: &NoFiles, watch: &|_| Go::On }).unwrap();
        let Status::Diverged(why) = &outcome.status else { panic!("{:?}", outcome.status) };
        assert!(why.contains("no longer finite after step") && why.contains("lower the rate"), "{why}");
        assert_eq!((outcome.scalar("final-test-loss"), outcome.scalar("test-step"), outcome.scalar("censored")), (None, None, Some(1.0)));
        assert!(outcome.scalar("initial-test-loss").is_some());
    }
}

#[test]
fn curves_and_scalars_say_the_same() {
    let settings = Settings { dim: 20, train: 110, steps: 1_000, ..Settings::default() };
    let outcome = run(&settings, 1);
    let (train, test) = (outcome.series("train-loss").unwrap(), outcome.series("test-loss").unwrap());
    assert_eq!(outcome.series.len(), LazyToRich::SERIES.len());
    assert_eq!((train.x[0], train.x.last()), (1.0, Some(&1_000.0)));
    assert!(train.x.len() <= 60 && train.x.len() > 40, "{}", train.x.len());
    assert_eq!((train.y.last().copied(), test.y.last().copied()), (outcome.scalar("final-train-loss"), outcome.scalar("final-test-loss")));
    // The first recorded step below the threshold is at or after the step found, and the one before it is earlier.
    let below = |series: &crate::Series, first: f64| series.x[series.y.iter().position(|y| *y < 0.05 * first).unwrap()];
    let step = outcome.scalar("test-step").unwrap();
    let recorded = below(test, outcome.scalar("initial-test-loss").unwrap());
    assert!(recorded >= step && recorded < 1.2 * step, "{recorded} {step}");
    assert_eq!(outcome.scalar("delay"), Some(step - outcome.scalar("train-step").unwrap()));
    assert!(outcome.scalar("max-over-initial").unwrap() >= 1.0);
}

#[test]
fn arms_of_one_seed_share_what_they_do_not_vary() {
    let draw = |settings: &Settings| {
        let mut draws = Draws::new(4);
        let data = Data::draw(settings, &mut draws);
        (data, State::first(settings, &mut draws))
    };
    let (data, first) = draw(&small());
    assert_eq!(draw(&Settings { alpha: 16.0, eps: 2.0, steps: 7, ..small() }), (data.clone(), first.clone()));
    assert_eq!(draw(&Settings { width: 0, ..small() }).0, data);
    // A smaller training set is the beginning of a larger one, and the weights stay.
    let (fewer, same) = draw(&Settings { train: 10, ..small() });
    assert_eq!((example(&fewer, 9), fewer.targets[9], &same), (example(&data, 9), data.targets[9], &first));
    assert_ne!(Data::draw(&small(), &mut Draws::new(5)), data);
    // A large width is close to an infinite one: entries of M − I have standard deviation √(2/N) at most.
    let (_, wide) = draw(&Settings { width: 20_000, ..small() });
    let (_, infinite) = draw(&Settings { width: 0, ..small() });
    assert!(largest_difference(&wide.second, &infinite.second) < 5.0 * (2.0f64 / 20_000.0).sqrt());
}

#[test]
fn stages_are_arms_times_seeds_and_bad_settings_are_named() {
    let arms = crate::arms::product(&toml::from_str("alpha = [0.25, 4]\nlinearised = [false, true]").unwrap()).unwrap();
    let stages = LazyToRich.stages(&toml::from_str("steps = 100").unwrap(), &arms, 1..4).unwrap();
    assert_eq!(stages.len(), 12);
    assert_eq!((stages[0].id.as_str(), stages[11].id.as_str()), ("alpha=0.25,linearised=false/seed=1", "alpha=4,linearised=true/seed=3"));
    let parsed: Settings = settings::parse(&stages[11].settings).unwrap();
    assert_eq!(parsed, Settings { alpha: 4.0, linearised: true, steps: 100, ..Settings::default() });
    // (2 P D² + 3 D³ + 8 P D) × 100 at D = 40, P = 220.
    assert_eq!(stages[0].flops, 96_640_000.0);

    let refused = |with: &str| LazyToRich.stages(&toml::from_str(with).unwrap(), &arms, 0..1).unwrap_err().to_string();
    assert!(refused("alhpa = 1").contains("unknown setting `alhpa`; did you mean `alpha`?"));
    assert!(refused("threshold = 1.5").contains("threshold is 1.5"));
    assert!(refused("dim = 0").contains("dim is 0"));
    assert!(refused("rate = 0").contains("rate is 0"));
    assert!(refused("eps = -1").contains("eps is -1"));
    assert!(refused("steps = 'few'").contains("`steps`"));
    assert!(LazyToRich.stages(&toml::Table::new(), &arms, 3..3).unwrap_err().to_string().contains("no seed"));
    assert!(LazyToRich.stages(&toml::Table::new(), &[], 0..1).unwrap_err().to_string().contains("no arm"));
}

#[test]
fn the_grid_is_even_in_the_logarithm() {
    assert_eq!(log_spaced(1, 1_000, 4), [1, 10, 100, 1_000]);
    assert_eq!(log_spaced(1, 5, 60), [1, 2, 3, 4, 5]);
    assert_eq!(log_spaced(1, 5, 1), [5]);
    assert_eq!(log_spaced(1, 1, 60), [1]);
    let grid = log_spaced(1, 20_000, 60);
    assert!(grid.windows(2).all(|w| w[0] < w[1]) && grid.len() > 45 && grid.len() <= 60, "{}", grid.len());
}
