//! The quadrature against closed forms, rules against a minimum and a count, the search against a step, real curves against a file by hand.

use std::cell::Cell;
use std::io::Write;

use super::exact::{ErrorRate, PAIRS, below};
use super::lbfgs::Objective;
use super::logistic::Logistic;
use super::mixture::{Draws, Linear, Mixture, Sample, labels};
use super::naive::Moments;
use super::search::{Point, from_bytes, next, to_bytes};
use super::*;
use crate::{DynStudy, Files, Go, Memory, NoFiles, arms};
use curves::normal;

fn small() -> Settings {
    Settings { classes: 3, dim: 20, repeats: 2, excess: 0.05, ..Settings::default() }
}

fn mixture(settings: &Settings) -> Mixture {
    Mixture::new(settings, &mut Draws::new(7)).unwrap()
}

fn context<'a>(memory: &'a mut Memory, files: &'a dyn Files, watch: &'a dyn Fn(f64) -> Go) -> Context<'a> {
    Context { seed: 11, checkpoint: memory, files, watch }
}

/// Every stage of the default arm with these settings, through the face that a runner holds; the last outcome.
fn run(with: &str, files: &dyn Files) -> Vec<Outcome> {
    let stages = GenVsDisc.stages(&toml::from_str(with).unwrap(), &arms::product(&toml::Table::new()).unwrap(), 0..1).unwrap();
    let mut outcomes: Vec<Outcome> = Vec::new();
    for stage in &stages {
        let needs: Vec<Outcome> = stage.needs.iter().map(|n| outcomes[*n].clone()).collect();
        outcomes.push(GenVsDisc.run(stage, &needs, &mut context(&mut Memory::default(), files, &|_| Go::On)).unwrap());
    }
    outcomes
}

#[test]
fn normal_probabilities_below_limits() {
    // Independent coordinates: a product, to rounding.
    let mut unit = [[0.0; PAIRS]; PAIRS];
    (0..PAIRS).for_each(|i| unit[i][i] = 1.0);
    let by_hand = normal::cdf(0.3) * normal::cdf(-0.5) * normal::cdf(1.0);
    assert!((below(&[0.3, -0.5, 1.0], &unit) - by_hand).abs() < 1e-12);
    assert!((below(&[0.7], &unit) - normal::cdf(0.7)).abs() < 1e-15);
    // Correlations of a half: the orthant of d dimensions has 1/(d + 1). A thousand points of the lattice err by 1e-4 at most.
    let half = unit.map(|row| row.map(|v| 0.5 * v + 0.5));
    for d in 2..=PAIRS {
        assert!((below(&[0.0; PAIRS][..d], &half) - 1.0 / (d as f64 + 1.0)).abs() < 2e-4, "{d}");
    }
    // The same coordinate twice is one limit.
    let ones = [[1.0; PAIRS]; PAIRS];
    assert!((below(&[0.9, 0.4], &ones) - normal::cdf(0.4)).abs() < 1e-12);
}

#[test]
fn the_best_rule_has_its_closed_form() {
    // Two classes 2 apart in every feature, with variance n in half of them: Φ(−√(2 + 2n)/2).
    for dim in [2, 4, 10, 20] {
        let of = mixture(&Settings { dim, ..Settings::default() });
        let error = ErrorRate::new(&of).of(&of, &of.best());
        let exact = normal::cdf(-(2.0 + 2.0 * dim as f64).sqrt() / 2.0);
        assert!((error - exact).abs() < 1e-13, "{dim}: {error} {exact}");
        // Naive Bayes is well specified.
        assert_eq!(of.best(), of.naive_limit());
    }
    // No rule at all: scores are equal, and each of the two other classes is beaten in half of the cases.
    let of = mixture(&small());
    let none = ErrorRate::new(&of).of(&of, &Linear::zero(3, 20));
    assert!((none - 0.75).abs() < 1e-12, "{none}");
}

#[test]
fn the_error_is_what_a_count_finds() {
    // 40,000 fresh examples: within four standard errors, in all but 6 of 100,000 seeds.
    for covariance in [Covariance::Diagonal, Covariance::Correlated] {
        let settings = Settings { covariance, ..small() };
        let mut draws = Draws::new(3);
        let of = Mixture::new(&settings, &mut draws).unwrap();
        let (mut sample, mut moments, mut rule) = (Sample::new(20), Moments::new(3, 20), Linear::zero(3, 20));
        sample.extend(&of, &labels(3, 30, &mut draws.labels), &mut draws.features);
        moments.measure(&sample, 30);
        moments.rule(&mut rule);
        let error = ErrorRate::new(&of).of(&of, &rule);
        sample.clear();
        let n = 40_000;
        sample.extend(&of, &labels(3, n, &mut draws.labels), &mut draws.features);
        let score = |k: usize, x: &[f64]| dot(&rule.weights[k * 20..(k + 1) * 20], x) + rule.offsets[k];
        let wrong = (0..n).filter(|i| (0..3).any(|k| score(k, sample.row(*i)) > score(sample.labels[*i], sample.row(*i)))).count();
        let (count, se) = (wrong as f64 / n as f64, (error * (1.0 - error) / n as f64).sqrt());
        assert!((count - error).abs() < 4.0 * se, "{covariance:?}: {count} {error} ± {se}");
    }
}

#[test]
fn a_correlated_covariance_is_that_of_its_best_rule() {
    let of = mixture(&Settings { covariance: Covariance::Correlated, dim: 30, ..Settings::default() });
    // The second class has the mean 1, so that its weights are Σ⁻¹ 1.
    let best = of.best();
    let mut back = vec![0.0; 30];
    of.times(&best.weights[30..], &mut back);
    assert!(back.iter().all(|one| (one - 1.0).abs() < 1e-6), "{back:?}");
    let mut rate = ErrorRate::new(&of);
    let (best, limit) = (rate.of(&of, &best), rate.of(&of, &of.naive_limit()));
    assert!(best < limit && limit < 0.5, "{best} {limit}");
}

/// Nine examples in a plane; the first six are of two classes.
const ROWS: [([f64; 2], usize); 9] = [
    ([0.0, 1.0], 0),
    ([1.0, 0.5], 0),
    ([-0.5, 2.0], 0),
    ([2.0, -1.0], 1),
    ([1.5, 0.0], 1),
    ([0.5, -2.0], 1),
    ([3.0, 3.0], 2),
    ([2.5, 2.0], 2),
    ([0.2, 1.2], 2),
];

fn plane(m: usize, classes: usize) -> (Sample, Moments) {
    let rows: Vec<(&[f64], usize)> = ROWS.iter().map(|(x, class)| (x.as_slice(), *class)).collect();
    let (sample, mut moments) = (Sample::of(&rows), Moments::new(classes, 2));
    moments.measure(&sample, m);
    (sample, moments)
}

#[test]
fn naive_bayes_by_hand() {
    let (_, moments) = plane(6, 2);
    let mut rule = Linear::zero(2, 2);
    moments.rule(&mut rule);
    // Means (1/6, 7/6) and (4/3, −1), squares within classes 7/3 and 19/6 over six examples.
    let (v, w) = (7.0 / 18.0, 19.0 / 36.0);
    let by_hand = [1.0 / 6.0 / v, 7.0 / 6.0 / w, 4.0 / 3.0 / v, -1.0 / w];
    assert!(rule.weights.iter().zip(by_hand).all(|(a, b)| (a - b).abs() < 1e-7), "{:?}", rule.weights);
    let offset = 0.5_f64.ln() - 0.5 * (16.0 / 9.0 / v + 1.0 / w);
    assert!((rule.offsets[1] - offset).abs() < 1e-7);
}

#[test]
fn logistic_regression_is_at_the_minimum_of_another_program() {
    // SciPy 1.17, BFGS with slopes of 1e-9. Slopes of 1e-4 leave weights that are right to about 1e-4; three times that is allowed.
    let (sample, moments) = plane(6, 2);
    let mut logistic = Logistic::new(&sample, &moments, 6, 2);
    let mut x = vec![0.0; Logistic::size(2, 2)];
    assert_eq!(logistic.train(&mut x, &mut || true), Some(true));
    let scipy = [0.576_474_7, -0.973_240_9, -0.418_371_5];
    assert!(x.iter().zip(scipy).all(|(a, b)| (a - b).abs() < 3e-4), "{x:?}");
    let mut g = vec![0.0; 3];
    assert!((logistic.value(&x, &mut g) - 2.284_157_407).abs() < 1e-7);
    let mut rule = Linear::zero(2, 2);
    logistic.rule(&x, &mut rule);
    assert_eq!((rule.weights[0], rule.weights[2], rule.offsets[1]), (0.0, x[0], x[2]));

    let (sample, moments) = plane(9, 3);
    let mut logistic = Logistic::new(&sample, &moments, 9, 3);
    let mut x = vec![0.0; Logistic::size(3, 2)];
    assert_eq!(logistic.train(&mut x, &mut || true), Some(true));
    // Equal shifts of all intercepts change nothing: theirs add up to 0.
    let shift = (x[2] + x[5] + x[8]) / 3.0;
    [2, 5, 8].into_iter().for_each(|k| x[k] -= shift);
    let scipy = [-0.663_951_5, 0.234_086_3, 0.742_330_1, 0.350_961_3, -0.966_122_3, 0.125_309_7, 0.312_990_2, 0.732_036_1, -0.867_639_8];
    assert!(x.iter().zip(scipy).all(|(a, b)| (a - b).abs() < 3e-4), "{x:?}");
    assert!((logistic.value(&x, &mut [0.0; 9]) - 5.106_644_657).abs() < 1e-7);
    assert_eq!(logistic.train(&mut [0.0; 9], &mut || false), None);
}

#[test]
fn gradients_are_finite_differences_and_the_preconditioner_is_an_inverse() {
    let (sample, moments) = plane(9, 3);
    let mut logistic = Logistic::new(&sample, &moments, 9, 3);
    let x: Vec<f64> = (0..9).map(|k| 0.3 * f64::from(k) - 1.0).collect();
    let mut g = vec![0.0; 9];
    for k in 0..9 {
        let mut at = |by: f64| {
            let mut moved = x.clone();
            moved[k] += by;
            logistic.value(&moved, &mut g)
        };
        let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
        logistic.value(&x, &mut g);
        assert!((slope - g[k]).abs() < 1e-7, "{k}: {slope} {}", g[k]);
    }
    // H v of the model Hessian by hand, from the chances at x.
    logistic.precondition();
    let score = |k: usize, row: &[f64]| x[3 * k] * row[0] + x[3 * k + 1] * row[1] + x[3 * k + 2];
    let v: Vec<f64> = (0..9).map(|k| 1.0 - 0.2 * f64::from(k)).collect();
    let mut product = vec![0.0; 9];
    for block in 0..3 {
        let mut hessian = [[0.0; 3]; 3];
        for class in 0..3 {
            let own = ROWS.iter().filter(|(_, label)| *label == class).map(|(row, _)| {
                let total: f64 = (0..3).map(|k| score(k, row).exp()).sum();
                let p = score(block, row).exp() / total;
                p * (1.0 - p)
            });
            let s: f64 = own.sum::<f64>() + 1e-6;
            let u = [moments.means[2 * class], moments.means[2 * class + 1], 1.0];
            for i in 0..3 {
                for j in 0..3 {
                    hessian[i][j] += s * u[i] * u[j];
                }
            }
            hessian[0][0] += s * moments.variances[0];
            hessian[1][1] += s * moments.variances[1];
        }
        (0..3).for_each(|i| hessian[i][i] += if i < 2 { 1.0 } else { 1e-6 });
        for i in 0..3 {
            product[3 * block + i] = (0..3).map(|j| hessian[i][j] * v[3 * block + j]).sum();
        }
    }
    let mut back = vec![0.0; 9];
    logistic.apply(&product, &mut back);
    // The diagonal of an intercept is 1e-6, which costs Woodbury's identity six digits.
    assert!(back.iter().zip(&v).all(|(a, b)| (a - b).abs() < 1e-7), "{back:?}");
}

#[test]
fn the_search_climbs_and_then_halves() {
    // An error that falls to nothing at 93 examples.
    let mut points: Vec<Point> = Vec::new();
    while let Some(m) = next(&points, 0, 4, 10_000, 0.01) {
        points.push(Point { m, naive: 0.0, logistic: if m < 93 { 0.3 } else { 0.0 }, settled: true });
    }
    let order: Vec<usize> = points.iter().map(|p| p.m).collect();
    assert_eq!(order[..6], [4, 6, 8, 11, 16, 23]);
    let first = order.iter().filter(|m| **m >= 93).min().unwrap();
    let before = order.iter().filter(|m| **m < 93).max().unwrap();
    assert!(*first <= before + 2 && order.len() < 20, "{order:?}");
    // Never near enough: the last rung is the most there are. At once: nothing is halved. One size: one point.
    let never = |m| vec![Point { m, naive: 0.0, logistic: 0.3, settled: true }];
    assert_eq!((next(&never(90), 0, 4, 100, 0.01), next(&never(100), 0, 4, 100, 0.01)), (Some(100), None));
    assert_eq!(next(&[Point { m: 4, naive: 0.0, logistic: 0.0, settled: true }], 0, 4, 100, 0.01), None);
    assert_eq!((next(&[], 50, 4, 100, 0.01), next(&never(50), 50, 4, 100, 0.01)), (Some(50), None));
}

#[test]
fn a_stopped_stage_ends_in_the_same_numbers() {
    let settings = small();
    let whole = search::run(&settings, &mut context(&mut Memory::default(), &NoFiles, &|_| Go::On)).unwrap();
    assert!(whole.scalar("lr-first").is_some() && whole.scalar("nb-first").is_some(), "{:?}", whole.scalars);
    assert_eq!(whole.scalar("unsettled"), Some(0.0));
    let mut memory = Memory::default();
    let mut limit = 0.1;
    let mut sittings = 1;
    let resumed = loop {
        let asked = Cell::new(0.0);
        let watch = |share: f64| {
            assert!((0.0..=1.0).contains(&share));
            asked.set(share);
            if share > limit { Go::Stop } else { Go::On }
        };
        match search::run(&settings, &mut context(&mut memory, &NoFiles, &watch)) {
            Ok(outcome) => break outcome,
            Err(e) => assert_eq!(e, StudyError::Interrupted),
        }
        limit = asked.get();
        sittings += 1;
    };
    assert_eq!(resumed, whole);
    assert!(sittings > 3, "{sittings}");
}

#[test]
fn progress_survives_its_bytes_and_anything_else_is_no_progress() {
    let points = [Point { m: 6, naive: 0.2, logistic: 0.4, settled: true }, Point { m: 8, naive: 0.1, logistic: 0.3, settled: false }];
    let bytes = to_bytes(&points, &[1.0, -2.0]);
    assert_eq!(from_bytes(&bytes, 2), Some((points.to_vec(), vec![1.0, -2.0])));
    assert_eq!((from_bytes(&bytes, 3), from_bytes(&bytes[..bytes.len() - 1], 2), from_bytes(b"", 2)), (None, None, None));
    let mut damaged = Memory(Some(b"gvsd0001 and then something else".to_vec()));
    let settings = Settings { samples: 40, ..small() };
    let whole = search::run(&settings, &mut context(&mut Memory::default(), &NoFiles, &|_| Go::On)).unwrap();
    assert_eq!(search::run(&settings, &mut context(&mut damaged, &NoFiles, &|_| Go::On)).unwrap(), whole);
    assert_eq!((whole.series[0].x.as_slice(), whole.scalar("lr-first")), ([40.0].as_slice(), None));
}

#[test]
fn what_is_never_near_enough_has_no_number() {
    // A millionth above the best error, with at most 200 examples in the plane.
    let settings = Settings { dim: 2, excess: 1e-6, repeats: 1, ..Settings::default() };
    let found = search::run(&settings, &mut context(&mut Memory::default(), &NoFiles, &|_| Go::On)).unwrap();
    assert_eq!((found.scalar("lr-first"), found.series[0].x.last()), (None, Some(&200.0)));
    assert!(found.scalar("lr-end").unwrap() < 0.2);
}

#[test]
fn logistic_regression_needs_as_many_examples_as_features_and_naive_bayes_few() {
    // Two classes, as in the pilot: about .95 n against 7. Here n is smaller, and the factor a little larger.
    let outcomes = run("dim = 0\ndims = [40, 80]\nrepeats = 40", &NoFiles);
    assert_eq!(outcomes.len(), 3);
    let scalar = |k: usize, name: &str| outcomes[k].scalar(name).unwrap();
    for (k, n) in [(0, 40.0), (1, 80.0)] {
        assert!((0.6..1.8).contains(&(scalar(k, "lr-first") / n)), "{:?}", outcomes[k].scalars);
        assert!((4.0..16.0).contains(&scalar(k, "nb-first")), "{:?}", outcomes[k].scalars);
        assert!(scalar(k, "log-speed-up") > 1.0);
    }
    assert!((0.3..1.7).contains(&scalar(2, "lr-slope")) && scalar(2, "nb-slope") < 0.6, "{:?}", outcomes[2].scalars);
    assert_eq!((outcomes[2].series.clone(), outcomes[2].scalar("lr-first")), (outcomes[1].series.clone(), None));
}

#[test]
fn slopes_and_regimes_by_hand() {
    assert!((slope(&[(1.0, 2.0), (2.0, 4.0), (4.0, 8.0)]).unwrap() - 2.0).abs() < 1e-12);
    assert_eq!(slope(&[(1.0, 2.0), (1.0, 3.0)]), None);
    let x = [1.0, 2.0, 3.0, 4.0];
    let of = |naive: [f64; 4], logistic: [f64; 4], name: &str| regimes(&x, &naive, &logistic, 0.01).iter().find(|n| n.0 == name).and_then(|n| n.1);
    let (flat, steep) = ([0.2; 4], [0.4, 0.3, 0.1, 0.1]);
    assert_eq!((of(flat, steep, "two-regimes"), of(flat, steep, "crossing")), (Some(1.0), Some(3.0)));
    assert_eq!((of(steep, flat, "two-regimes"), of(steep, flat, "crossing")), (Some(0.0), None));
    // By less than a hundredth at the end: it crosses, and is no regime.
    let near = [0.4, 0.3, 0.2, 0.195];
    assert_eq!((of(flat, near, "two-regimes"), of(flat, near, "crossing")), (None, Some(4.0)));
    assert_eq!((of(flat, flat, "two-regimes"), of(flat, flat, "crossing"), of(flat, flat, "gap-end")), (None, None, Some(0.0)));
}

/// Two data sets with curves, one without logistic regression, a learner that is not asked for, and an error that is missing.
struct Small;

impl Files for Small {
    fn read(&self, dataset: &str, file: &str) -> Result<Vec<u8>, String> {
        assert_eq!((dataset, file), ("lcdb11", "lcdb11_er_noFS.csv.gz"));
        let mut text = "openml_id,learner,anchor,train_mean,val_mean\n".to_owned();
        for set in [12, 3] {
            for (k, m) in [16, 18, 20, 21, 23].into_iter().enumerate() {
                let falls = [0.4, 0.3, 0.2, 0.105, 0.1][k];
                text.push_str(&format!("{set},GaussianNB,{m},0,{}\n", if set == 3 { 0.2 } else { 0.05 }));
                text.push_str(&format!("{set},LogisticRegression,{m},0,{falls}\n{set},KNN,{m},0,0.5\n"));
            }
        }
        text.push_str("5,GaussianNB,16,0,0.1\n3,GaussianNB,25,0,\n");
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).map_err(|e| e.to_string())?;
        packed.finish().map_err(|e| e.to_string())
    }
}

#[test]
fn real_curves_by_hand() {
    let all = run("data = 'lcdb'", &Small);
    // The shared stage, and data set 3, the first by its number.
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].series("nb-error").map(|s| (s.x.len(), s.y[0])), Some((5, 0.125)));
    let found = &all[1];
    assert_eq!(found.series("lr-error").map(|s| s.y.clone()), Some(vec![0.4, 0.3, 0.2, 0.105, 0.1]));
    let number = |name: &str| found.scalar(name);
    assert_eq!((number("nb-first"), number("lr-first"), number("crossing"), number("two-regimes")), (Some(16.0), Some(21.0), Some(21.0), Some(1.0)));
    assert!((number("log-speed-up").unwrap() - (21.0_f64 / 16.0).ln()).abs() < 1e-12);
    assert_eq!((number("nb-start"), number("lr-end"), number("bayes-error")), (Some(0.2), Some(0.1), None));
}

#[test]
fn a_data_set_too_many_and_a_broken_file_are_said() {
    let with = toml::from_str("data = 'lcdb'").unwrap();
    let stages = GenVsDisc.stages(&with, &arms::product(&toml::Table::new()).unwrap(), 0..3).unwrap();
    assert_eq!((stages.len(), stages[0].reads.as_slice(), stages[3].needs.as_slice()), (4, ["lcdb11".to_owned()].as_slice(), [0].as_slice()));
    let file = GenVsDisc.run(&stages[0], &[], &mut context(&mut Memory::default(), &Small, &|_| Go::On)).unwrap();
    let e = GenVsDisc.run(&stages[3], &[file], &mut context(&mut Memory::default(), &Small, &|_| Go::On)).unwrap_err().to_string();
    assert!(e.contains("2 data sets have curves of GaussianNB and LogisticRegression; ask for at most 2 seeds"), "{e}");

    struct Broken;
    impl Files for Broken {
        fn read(&self, _: &str, _: &str) -> Result<Vec<u8>, String> {
            Ok(b"no gzip file".to_vec())
        }
    }
    let e = GenVsDisc.run(&stages[0], &[], &mut context(&mut Memory::default(), &Broken, &|_| Go::On)).unwrap_err().to_string();
    assert!(e.contains("cannot be unpacked"), "{e}");
    assert!(GenVsDisc.run(&stages[0], &[], &mut context(&mut Memory::default(), &NoFiles, &|_| Go::On)).is_err());
}

#[test]
fn stages_are_shared_and_bad_settings_are_named() {
    let of = |with: &str, lists: &str| {
        let arms = arms::product(&toml::from_str(lists).unwrap()).unwrap();
        GenVsDisc.stages(&toml::from_str(with).unwrap(), &arms, 0..2)
    };
    // Two slopes for two seeds, of two numbers of features each; those of an arm of `dim` are the same stages.
    let slopes = of("dim = 0\ndims = [40, 80]", "classes = [2, 3]").unwrap();
    let single = of("", "classes = [2, 3]\ndim = [40, 80]").unwrap();
    assert_eq!((slopes.len(), single.len(), slopes[2].needs.as_slice()), (12, 8, [0, 1].as_slice()));
    assert_eq!((&slopes[0].settings, slopes[0].id.as_str()), (&single[0].settings, "classes=2/seed=0/dim=40"));

    for (with, says) in [
        ("classes = 8", "classes is 8"),
        ("dim = 1", "1 features"),
        ("dim = 501\ncovariance = 'correlated'", "501 features"),
        ("dim = 0\ndims = [40]", "dims"),
        ("dim = 0\ndims = [40, 40]", "dims"),
        ("samples = 3", "samples is 3"),
        ("repeats = 0", "repeats is 0"),
        ("excess = 0", "excess is 0"),
        ("data = 'mnist'", "mnist"),
        ("smaples = 10", "did you mean `samples`?"),
    ] {
        let why = of(with, "").unwrap_err().to_string();
        assert!(why.contains(says), "{with}: {why}");
    }
}
