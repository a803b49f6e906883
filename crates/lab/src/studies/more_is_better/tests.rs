//! The eigenframework against its equations and known cases, the law against it, our trials against theory, and the readers on made tables.

use std::collections::BTreeMap;

use super::eigenframework::{Regression, Spectrum, best_ridge, kernel_at, solve};
use super::table::{POOL, TRIAL, Table};
use super::*;
use crate::{DynStudy, Files, Go, Memory, NoFiles, arms};

const KERNEL: f64 = f64::INFINITY;

fn regression(samples: f64, features: f64, ridge: f64, noise: f64) -> Regression {
    Regression { samples, features, ridge, noise }
}

/// Stages of some settings and arms, each run after what it needs.
fn run(with: &str, arm: &str, seeds: u64, files: &dyn Files) -> Vec<(Stage, Result<Outcome, StudyError>)> {
    let arms = arms::product(&toml::from_str(arm).unwrap()).unwrap();
    let stages = MoreIsBetter.stages(&toml::from_str(with).unwrap(), &arms, 0..seeds).unwrap();
    let mut done: Vec<(Stage, Result<Outcome, StudyError>)> = Vec::new();
    for stage in stages {
        let needs: Vec<Outcome> = stage.needs.iter().map(|need| done[*need].1.clone().unwrap()).collect();
        let mut memory = Memory::default();
        let mut context = Context { seed: 7 + stage.seed, checkpoint: &mut memory, files, watch: &|_| Go::On };
        let outcome = MoreIsBetter.run(&stage, &needs, &mut context);
        done.push((stage, outcome));
    }
    done
}

/// The one row of some settings.
fn row(with: &str, files: &dyn Files) -> Result<Outcome, StudyError> {
    run(with, "", 1, files).pop().unwrap().1
}

fn number(outcome: &Outcome, name: &str) -> f64 {
    outcome.scalar(name).unwrap_or_else(|| panic!("{name}: {:?}", outcome.scalars))
}

#[test]
fn the_root_solves_both_equations_in_few_passes() {
    let spectrum = Spectrum::power_law(1.5, 1.5, 10_000).unwrap();
    for (n, k) in [(256.0, 10.0), (256.0, 255.0), (256.0, 256.0), (256.0, 1e4), (10.0, 256.0), (1e4, 256.0), (256.0, KERNEL)] {
        for ridge in [1e-6, 1e-3, 0.1, 10.0, 1e4] {
            let p = solve(&spectrum, &regression(n, k, ridge, 0.5)).unwrap();
            let z: f64 = spectrum.modes().map(|(l, _, count)| count * l / (l + p.gamma)).sum();
            // Each side is a sum of 10,000 terms, and γ is known to thirteen digits.
            assert!((z + ridge / p.kappa - n).abs() < 1e-9 * n, "{n} {k} {ridge}: {p:?}");
            let features = if k.is_finite() { (z + k * p.kappa / p.gamma - k).abs() / k } else { (p.kappa / p.gamma - 1.0).abs() };
            assert!(features < 1e-9, "{n} {k} {ridge}: {p:?}");
            assert!((p.train / p.test - (ridge / (n * p.kappa)).powi(2)).abs() < 1e-9 && p.passes <= 60, "{n} {k} {ridge}: {p:?}");
        }
    }
}

#[test]
fn modes_that_are_alike_have_a_closed_form() {
    // M modes of eigenvalue 1, infinitely many features: n κ² + (n − M − δ) κ = δ, and every sum is a product.
    let (modes, n, ridge, noise) = (40.0, 25.0, 3.0, 0.7);
    let spectrum = Spectrum::new(vec![1.0; 40], vec![0.1; 40]).unwrap();
    let b: f64 = n - modes - ridge;
    let kappa = (-b + (b * b + 4.0 * n * ridge).sqrt()) / (2.0 * n);
    let missed = kappa / (1.0 + kappa);
    let test = n / (n - modes * (1.0 - missed) * (1.0 - missed)) * (missed * missed * 4.0 + noise);
    let p = solve(&spectrum, &regression(n, KERNEL, ridge, noise)).unwrap();
    assert!((p.kappa / kappa - 1.0).abs() < 1e-11 && (p.test / test - 1.0).abs() < 1e-11, "{p:?} {kappa} {test}");
    assert!((kernel_at(&spectrum, n, noise, kappa).test / test - 1.0).abs() < 1e-11);
    // Ordinary least squares: with more samples than modes and no ridge σ² n/(n − M), and σ² (n − M)/n on the training set.
    for features in [50.0, 100.0, KERNEL] {
        let p = solve(&spectrum, &regression(60.0, features, 0.0, noise)).unwrap();
        assert!((p.test / (noise * 3.0) - 1.0).abs() < 1e-12 && (p.train / (noise / 3.0) - 1.0).abs() < 1e-12, "{features}: {p:?}");
    }
}

#[test]
fn limits_are_reached() {
    let spectrum = Spectrum::power_law(1.5, 1.5, 10_000).unwrap();
    let test = |n: f64, k: f64, ridge: f64| solve(&spectrum, &regression(n, k, ridge, 0.5)).unwrap();
    for ridge in [0.0, 1e-3, 1.0] {
        assert!((test(256.0, 1e9, ridge).test / test(256.0, KERNEL, ridge).test - 1.0).abs() < 1e-6, "{ridge}");
    }
    // Without a ridge everything is fitted by more features than samples; by fewer, all but (n − k)/n of it.
    let (bare, tiny) = (test(256.0, 1_000.0, 0.0), test(256.0, 1_000.0, 1e-12));
    assert!(bare.train == 0.0 && tiny.train < 1e-12 && (tiny.test / bare.test - 1.0).abs() < 1e-6, "{bare:?} {tiny:?}");
    let few = test(256.0, 64.0, 0.0);
    assert!((few.root_ratio - 0.75).abs() < 1e-10 && (test(256.0, 64.0, 1e-12).test / few.test - 1.0).abs() < 1e-6, "{few:?}");
    // The peak where both are equal is at any height, and without a ridge there is none to say.
    assert!(test(256.0, 256.0, 1e-6).test > 20.0 * test(256.0, 256.0, 1.0).test);
    assert!(solve(&spectrum, &regression(256.0, 256.0, 0.0, 0.5)).unwrap_err().to_string().contains("give a ridge"));
    // Knowing nothing.
    let total: f64 = spectrum.modes().map(|(_, power, _)| power).sum::<f64>() + 0.5;
    assert!((test(256.0, 1_000.0, 1e9).test / total - 1.0).abs() < 1e-5);
    let (ridge, best) = best_ridge(&spectrum, &regression(256.0, 251.0, 0.0, 0.5), 1e-3, 1e2).unwrap();
    for other in [0.9, 1.1] {
        assert!(best.test < test(256.0, 251.0, other * ridge).test, "{ridge}");
    }
}

#[test]
fn spectra_say_what_is_wrong_and_tails_sum_up() {
    let wrong = |eigenvalues: &[f64], powers: &[f64]| Spectrum::new(eigenvalues.to_vec(), powers.to_vec()).unwrap_err().to_string();
    assert!(wrong(&[], &[]).contains("at least one") && wrong(&[1.0], &[]).contains("as many"));
    assert!(wrong(&[1.0, 0.0], &[1.0, 1.0]).contains("eigenvalue 1 is 0") && wrong(&[1.0], &[f64::NAN]).contains("power of mode 0"));
    let short = Spectrum::power_law(1.5, 1.3, 500).unwrap();
    assert!(short.clone().with_tail(1.0, 1.3).unwrap_err().to_string().contains("above 1"));
    let (short, long) = (short.with_tail(1.5, 1.3).unwrap(), Spectrum::power_law(1.5, 1.3, 50_000).unwrap().with_tail(1.5, 1.3).unwrap());
    // ζ(3/2) and ζ(1.3).
    let power: f64 = long.modes().map(|(_, power, count)| count * power).sum();
    assert!((long.trace() - 2.612_375_348_685_488).abs() < 1e-9 && (power - 3.931_949_211_809_5).abs() < 1e-6, "{} {power}", long.trace());
    let test = |spectrum: &Spectrum| solve(spectrum, &regression(30.0, KERNEL, 0.1, 0.0)).unwrap().test;
    assert!((test(&short) / test(&long) - 1.0).abs() < 1e-6);
}

#[test]
fn the_law_is_the_limit_of_the_eigenframework() {
    // Tolerances of the notes: 1 % of the error at 1,000 samples, 0.006 of a fitting ratio. Measured in a prototype: 0.07 %, 0.0006.
    for (alpha, beta) in [(1.5, 1.5), (1.5, 1.3), (1.12, 1.36)] {
        for noise in [0.0, 0.5, 5.0] {
            let with = format!("part = 'law'\nfixed = 1000\nalpha = {alpha}\nbeta = {beta}\nnoise-ratio = {noise:?}");
            let found = row(&with, &NoFiles).unwrap();
            let of = |name: &str| number(&found, name);
            assert!(of("scale-error") < 0.01 && of("ratio-error") < 0.006 && of("threshold-error") < 0.01, "{with} {:?}", found.scalars);
            assert!((of("near-ratio") - of("law-near")).abs() < 0.01, "{with} {:?}", found.scalars);
        }
    }
    // By hand: no noise and α = β is just at the threshold; with r = 0 the shape is 1 + α σ².
    assert_eq!((law::best(1.5, 1.5, 0.0), law::threshold(1.5, 1.5), law::shape(1.5, 1.5, 2.0, 0.0)), (0.0, 0.0, 4.0));
    assert!((law::best(1.5, 1.3, 0.0) - 4.0 / 13.0).abs() < 1e-12);
    assert!((law::scale(1.5, 1.5, 1_000.0) - 0.118_93).abs() < 1e-5);
    assert!((law::scale(1.5, 2.5, 10.0) / law::scale(1.5, 2.5 + 1e-7, 10.0) - 1.0).abs() < 1e-5);
    assert!(row("part = 'law'\nalpha = 1.2\nbeta = 3.5", &NoFiles).unwrap_err().to_string().contains("below 2 alpha + 1"));
}

#[test]
fn the_least_test_error_never_rises() {
    let found = row("part = 'theorem-one'\nmodes = 300", &NoFiles).unwrap();
    assert!(number(&found, "largest-rise") < 1e-9 && number(&found, "compared") == 199.0, "{:?}", found.scalars);
}

const SMALL: &str = "modes = 40\nfixed = 8\nsmallest = 4\nlargest = 16\npoints = 3\ntrials = 3\n";

#[test]
fn rows_are_read_off_trials_that_are_made_once() {
    let mean = run(&format!("{SMALL}part = 'mean'"), "ridge = [0, 0.1]\nsize = [4, 16, 0]", 1, &NoFiles);
    let ids: Vec<&str> = mean.iter().map(|(stage, _)| stage.id.as_str()).collect();
    assert_eq!(ids.len(), 3 + 1 + 6, "{ids:?}");
    assert_eq!((ids[0], ids[3], ids[4]), ("draw=0/seed=0", "pool=3/seed=0", "ridge=0,size=4/seed=0"));
    let trial = run(&format!("{SMALL}part = 'trial'"), "ridge = [0, 0.1]\nsize = [4, 16, 0]", 3, &NoFiles);
    assert_eq!(trial.len(), 3 + 18);
    // The same stages in both, so that they are known to each other by content.
    assert_eq!(trial[0].0.settings, mean[0].0.settings);
    for (stage, outcome) in &mean[4..] {
        let outcome = outcome.as_ref().unwrap();
        let of = trial.iter().filter(|(s, _)| s.arm == stage.arm && s.id.starts_with("ridge"));
        let of: Vec<f64> = of.map(|(_, o)| number(o.as_ref().unwrap(), "test-error")).collect();
        assert_eq!(of.len(), 3);
        let average = of.iter().sum::<f64>() / 3.0;
        let se = (of.iter().map(|v| (v - average).powi(2)).sum::<f64>() / 6.0).sqrt();
        assert!((number(outcome, "test-error") - average).abs() < 1e-12 && (number(outcome, "test-se") - se).abs() < 1e-12, "{}", stage.id);
        assert!(number(outcome, "theory-test") >= number(outcome, "best-theory") - 1e-12 && (0.0..=1.0).contains(&number(outcome, "agreeing")));
        assert_eq!(outcome.series[0].x.len(), 31);
    }
    let samples = run(&format!("{SMALL}part = 'mean'\nsweep = 'samples'"), "size = [4, 16]", 1, &NoFiles);
    assert!(samples.iter().all(|(_, outcome)| outcome.is_ok()) && samples.len() == 3 + 1 + 2);
    // A clone knows the trials without their tables.
    let (stage, needed) = (&mean[4].0, Outcome { weights: None, ..mean[3].1.clone().unwrap() });
    let mut memory = Memory::default();
    let mut context = Context { seed: 1, checkpoint: &mut memory, files: &NoFiles, watch: &|_| Go::On };
    assert!(MoreIsBetter.run(stage, &[needed], &mut context).unwrap_err().to_string().contains("runs.parquet"));
}

#[test]
fn the_grids_are_those_of_the_authors() {
    let sizes = Settings::default().sizes();
    assert_eq!((&sizes[..12], sizes.len()), (&[10, 12, 15, 19, 25, 31, 39, 50, 63, 79, 100, 125][..], 32));
    assert_eq!(&sizes[28..], &[6309, 7943, 10_000, 0]);
    let ridges = rows::ridges();
    assert!((ridges[4] / 4.641_588_8e-3 - 1.0).abs() < 1e-6 && ridges[0] == 1e-3 && (ridges[30] / 100.0 - 1.0).abs() < 1e-12);
    assert_eq!(rows::place(&Settings { size: 251, ridge: 0.004641589, ..Settings::default() }), Ok((14, 4)));
    assert_eq!(rows::place(&Settings { size: 0, ..Settings::default() }), Ok((31, 31)));
}

#[test]
fn tables_survive_their_bytes_and_means_are_by_hand() {
    let mut one = Table::new(2, 3, TRIAL);
    let mut two = one.clone();
    one.put(1, 2, &[1.0, 0.5]);
    two.put(1, 2, &[3.0, 0.5]);
    one.put(2, 0, &[9.0, 9.0]);
    let pool = Table::pool(&[one.clone(), two.clone()]).unwrap();
    assert_eq!((pool.at(1, 2), pool.at(0, 0), pool.at(2, 0)), (&[2.0, 1.0, 0.5, 0.0][..], &[0.0; 4][..], &[][..]));
    assert_eq!(Table::from_bytes(&pool.to_bytes(), 2, 3, POOL), Some(pool.clone()));
    assert_eq!((Table::from_bytes(&pool.to_bytes(), 3, 2, POOL), Table::from_bytes(b"moreis01", 2, 3, POOL)), (None, None));
    assert_eq!((Table::pool(&[one.clone()]), Table::pool(&[one, Table::new(1, 3, TRIAL)])), (None, None));
}

/// Files that a test makes.
struct Made(BTreeMap<&'static str, String>);

impl Files for Made {
    fn read(&self, _: &str, file: &str) -> Result<Vec<u8>, String> {
        self.0.get(file).map(|text| text.clone().into_bytes()).ok_or_else(|| format!("no {file}"))
    }
}

/// Image data that follow power laws exactly: α = 1.3, β = 1.4, 50 eigenvalues of 1.
fn made() -> Made {
    let mut curves = "dataset,kernel,n,kappa_estimate_invTrKinv,kappa_from_eigvals,test_mse_mean\n".to_owned();
    for n in [10.0, 20.0, 25.0, 40.0f64] {
        curves += &format!("cifar10,myrtle10-clean,{n},{},{},{}\n", 2.0 * n.powf(-1.3), 50.0 / n - 1.0, 0.7 * n.powf(-0.4));
    }
    let mut ridges = "dataset,trial,noise_rel,ridge,train_mse,test_mse\n".to_owned();
    for (trial, by) in [(0, 1.0), (1, 2.0)] {
        for (ridge, ratio, test) in [(1.0, 0.36, 1.2), (0.01, 0.01, 1.0), (0.001, 0.0001, 1.005), (0.1, 0.09, 1.008)] {
            ridges += &format!("cifar10,{trial},0,{ridge},{},{}\n", ratio * test * by, test * by);
        }
    }
    let ones = "cifar10,myrtle10-clean,1,1.0\n".repeat(50);
    let eigenvalues = format!("dataset,kernel,i,eigenvalue\n{ones}cifar10,myrtle10-clean,51,-1e-24\n");
    Made(BTreeMap::from([("krr_learning_curves.csv", curves), ("krr_optimal_ridge.csv", ridges), ("kernel_eigenvalues.csv", eigenvalues)]))
}

#[test]
fn image_data_that_follow_power_laws_are_read_as_such() {
    let made = made();
    for (which, exponent) in [("alpha", 1.3), ("beta", 1.4)] {
        let found = row(&format!("part = 'exponent'\nleast = 10\nexponent = '{which}'"), &made).unwrap();
        assert!((number(&found, "estimate") - exponent).abs() < 1e-10 && number(&found, "departure") < 1e-10, "{:?}", found.scalars);
        assert!(number(&found, "low") <= exponent + 1e-10 && number(&found, "high") >= exponent - 1e-10);
    }
    let few = row("part = 'exponent'\nleast = 30", &made).unwrap_err().to_string();
    assert!(few.contains("1 sizes from 30 on are too few"), "{few}");
    let found = row("part = 'eigenvalues'", &made).unwrap();
    assert!(number(&found, "largest-error") < 1e-10 && number(&found, "compared") == 4.0, "{:?}", found.scalars);
    // The best ridge is 0.01, the first 0.001; 0.1 is within 1 % of the best. β > α, so that the law has no ridge.
    let found = row("part = 'fitting-ratio'\nleast = 10", &made).unwrap();
    let of = |name: &str| number(&found, name);
    assert!((of("best-ratio") - 0.01).abs() < 1e-12 && of("best-ratio-se") < 1e-12 && of("law-ratio") == 0.0, "{:?}", found.scalars);
    assert!((of("excess") - 1.005).abs() < 1e-12 && (of("near-ratio") - 0.09).abs() < 1e-12 && of("law-near") > 0.0, "{:?}", found.scalars);
    // Half way in r from 0.3 to 0.6.
    let found = row("part = 'near-optimum'\nleast = 10\nfitting-ratio = 0.2025", &made).unwrap();
    assert!((number(&found, "excess") - 0.5 * (1.008 + 1.2)).abs() < 1e-12, "{:?}", found.scalars);
    let found = row("part = 'real-spectrum'\nleast = 10\nfixed = 20", &made).unwrap();
    assert!((0.0..1.0).contains(&number(&found, "best-ratio")) && number(&found, "law-threshold") > 0.0, "{:?}", found.scalars);
}

#[test]
fn tables_of_the_authors_are_compared_point_by_point() {
    let spectrum = Spectrum::power_law(1.5, 1.5, 50).unwrap();
    let mut theory = "family,sweep,n,k,ridge,test_mse,kappa\n".to_owned();
    let mut trials = "family,sweep,n,k,ridge,trials,train_mse_mean,train_mse_std,test_mse_mean,test_mse_std\n".to_owned();
    for (n, k, ridge) in [(8.0, 4.0, 0.1), (8.0, 16.0, 0.1), (8.0, 16.0, 1.0)] {
        let p = solve(&spectrum, &regression(n, k, ridge, 0.5)).unwrap();
        theory += &format!("gaussian_powerlaw,grid,{n},{k},{ridge},{},{}\n", p.test, p.kappa);
        // One standard error off, of 45 trials.
        trials += &format!("gaussian_powerlaw,n256,{n},{k},{ridge},45,{},{},{},{}\n", p.train, 0.01, 1.1 * p.test, 0.1 * p.test * 44f64.sqrt());
    }
    theory += "gaussian_powerlaw,grid,50,4,0.1,77,0\nrelu_cifar10,n256,8,4,0.1,1,1\n";
    let made = Made(BTreeMap::from([("rf_theory.csv", theory), ("rf_experiment.csv", trials)]));
    let found = row("part = 'theory-table'\nmodes = 50", &made).unwrap();
    let of = |name: &str| number(&found, name);
    assert!(of("largest-error") < 1e-12, "{:?}", found.scalars);
    assert_eq!((of("compared"), of("left-out"), of("failures")), (3.0, 1.0, 1.0));
    let found = row("part = 'trial-table'\nmodes = 50", &made).unwrap();
    let of = |name: &str| number(&found, name);
    assert!((of("median-error") - 0.1).abs() < 1e-12 && of("largest-rise") < 0.0, "{:?}", found.scalars);
    assert_eq!((of("agreeing"), of("train-agreeing"), of("left-out")), (1.0, 1.0, 0.0));
    let found = run(&format!("{SMALL}part = 'against'\nridge = 0.1"), "", 1, &made).pop().unwrap().1.unwrap();
    assert_eq!((number(&found, "compared"), number(&found, "left-out")), (3.0, 0.0));
    for (part, wanted) in [("exponent", "no krr_learning_curves.csv"), ("trial-table'\nfamily = 'imitation", "no row of gaussian_imitation")] {
        let e = row(&format!("part = '{part}'"), &made).unwrap_err().to_string();
        assert!(e.contains(wanted), "{e}");
    }
    let broken = |text: &str| csv::Csv::parse(text, "t.csv", &[("a", "x")]).and_then(|csv| csv.numbers("b")).unwrap_err().to_string();
    assert!(broken("a,b\nx,1,2\n").contains("row 1 has 3 cells") && broken("a,c\nx,1\n").contains("no column \"b\""));
    assert!(broken("a,b\nx,one\n").contains("\"one\", which is no number") && broken("c\n1\n").contains("no column \"a\""));
}

#[test]
fn a_number_that_is_not_finite_is_a_status_and_a_stop_is_obeyed() {
    let found = row("modes = 40\nsize = 100\nfixed = 20\nridge = 0.001\nnoise = 1.5e308", &NoFiles).unwrap();
    assert!(matches!(&found.status, Status::Diverged(why) if why.contains("theory-test is not finite")), "{:?}", found.status);
    let arms = arms::product(&toml::Table::new()).unwrap();
    for part in ["trial", "theorem-one", "law"] {
        let stages = MoreIsBetter.stages(&toml::from_str(&format!("{SMALL}size = 8\npart = '{part}'")).unwrap(), &arms, 0..1).unwrap();
        let mut memory = Memory::default();
        let mut context = Context { seed: 1, checkpoint: &mut memory, files: &NoFiles, watch: &|_| Go::Stop };
        assert_eq!(MoreIsBetter.run(&stages[0], &[], &mut context), Err(StudyError::Interrupted), "{part}");
    }
}

#[test]
fn bad_settings_are_named() {
    let arms = arms::product(&toml::Table::new()).unwrap();
    let refused = |with: &str| MoreIsBetter.stages(&toml::from_str(with).unwrap(), &arms, 0..1).unwrap_err().to_string();
    assert!(refused("ridges = 1").contains("did you mean `ridge`?"));
    assert!(refused("alpha = 1").contains("alpha is 1;") && refused("noise = -1").contains("noise is -1"));
    assert!(refused("modes = 1").contains("modes is 1;") && refused("smallest = 20000").contains("smallest is 20000; it must be 1 to 10000"));
    assert!(refused("fitting-ratio = 1").contains("between 0 and 1") && refused("part = 'mien'").contains("mien"));
    assert!(refused("part = 'mean'\nsize = 300").contains("the nearest is 316") && refused("part = 'trial'\nridge = 0.2").contains("grid of 31"));
    assert!(refused("sweep = 'samples'\nsize = 0").contains("infinitely many features") && refused("part = 'pool'").contains("ask for `trial`"));
}
