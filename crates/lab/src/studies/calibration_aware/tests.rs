use std::collections::BTreeMap;

use nets::params::normal;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::calibrator::{Data, loss_before, quality, train};
use super::scores::{Scores, Views};
use super::*;
use crate::{Go, Memory, NoFiles, Status, trial};

/// A study that is done in a blink.
const SMALL: &str = "world = 'tree'\ntrain = 64\ncalibration = 64\ntest = 64\nwidth = 8\nsteps = 40\nbatch = 16\nrate = 0.01\ncalibrator-steps = 20\n\
                     rates = [0.01, 0.1]\ntuning-seeds = 1\n";

const ARMS: &str = "calibrator = ['none', 'global-ce', 'own-ce', 'own-ca', 'trans-ce', 'trans-ca', 'trans-ca-balanced', 'trans-mse']";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&CalibrationAware, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&CalibrationAware, stage, needs, &NoFiles, &mut Memory::default(), watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&CalibrationAware, with, arms, &NoFiles)
}

/// Views without copies.
fn plain(own: Vec<f32>) -> Views {
    Views { own, ..Views::default() }
}

#[test]
fn arms_share_networks_and_choose_rates_on_seeds_of_their_own() {
    let all = stages(SMALL, ARMS).unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // A network for seed 0 and one for seed 1000; one arm without a rate, and seven with two rates on one more seed.
    assert_eq!((count("base"), count("calibration")), (2, 1 + 7 * 3));
    let arm = all.iter().find(|s| s.id == "calibrator=trans-ca/seed=0").unwrap();
    assert_eq!(arm.needs.len(), 3);
    assert!(arm.needs.iter().skip(1).all(|n| all[*n].seed == TUNING));
    let digits = stages("rates = [0.01]", "calibrator = ['trans-ce']").unwrap();
    assert_eq!(digits.iter().map(|s| s.reads.len()).collect::<Vec<_>>(), [1, 0]);
    for (with, what) in [("train = 9000", "13000 together"), ("rates = [0.0]", "rates"), ("width = 2", "width")] {
        assert!(stages(with, "calibrator = ['none']").unwrap_err().to_string().contains(what), "{with}");
    }
    assert!(run_stage(&digits[0], &[], &|_| Go::On).is_err());
}

#[test]
fn every_arm_runs_and_none_changes_an_answer() {
    let all = run_all(SMALL, ARMS);
    assert!(all.values().all(|o| o.status == Status::Done));
    let number = |arm: &str, scalar: &str| all[&format!("calibrator={arm}/seed=0")].scalar(scalar);
    for arm in ["global-ce", "own-ce", "own-ca", "trans-ce", "trans-ca", "trans-ca-balanced", "trans-mse"] {
        assert_eq!((number(arm, "accuracy"), number(arm, "accuracy-ood")), (number("none", "accuracy"), number("none", "accuracy-ood")));
        assert!([0.01, 0.1].contains(&number(arm, "rate").unwrap()), "{arm}");
        let mean = ["ece-turned", "ece-noisy", "ece-hidden"].map(|name| number(arm, name).unwrap()).iter().sum::<f64>() / 3.0;
        assert!((number(arm, "ece-ood").unwrap() - mean).abs() < 1e-12, "{arm}");
        assert_eq!(number(arm, "narrow"), number("none", "narrow"));
    }
    assert_eq!((number("none", "temperature"), number("none", "rate")), (Some(1.0), None));
    assert_ne!(number("trans-ce", "ece-ood"), number("trans-ca", "ece-ood"));
}

#[test]
fn losses_by_hand() {
    let log = |p: f32| p.ln();
    // Right with .75, wrong with .75 (the true class has .25).
    let views = plain([0.25, 0.75, 0.25, 0.75].map(log).to_vec());
    let data = Data::new(Calibrator::GlobalCe, 2, &views, &[1, 0]);
    let close = |kind: Calibrator, wanted: f64| {
        let found = loss_before(kind, &data);
        assert!((found - wanted).abs() < 1e-6, "{kind:?}: {found}, {wanted}");
    };
    close(Calibrator::GlobalCe, -(0.75f64.ln() + 0.25f64.ln()) / 2.0);
    close(Calibrator::OwnCa, (0.0625 + 0.5625) / 2.0);
    // Half are right, so that right and wrong weigh a half each.
    close(Calibrator::TransCaBalanced, 0.5 * (0.0625 + 0.5625) / 2.0);
    close(Calibrator::TransMse, (2.0 * 0.0625 + 2.0 * 0.5625) / 4.0);
    let measured = quality(&data, &[1.0, 1.0]);
    // One bin holds both: confidence .75, half right.
    assert!((measured.ece.unwrap() - 0.25).abs() < 1e-6);
    assert_eq!(measured.narrow.0, 0.0);
    // The true class with .4 of a wrong answer is narrow.
    let views = plain([0.4, 0.6].map(log).to_vec());
    let narrow = quality(&Data::new(Calibrator::None, 2, &views, &[0]), &[1.0]).narrow;
    assert!(narrow.0 == 1.0 && (narrow.1.unwrap() - 0.6).abs() < 1e-6 && narrow.2 == Some(1.0));
}

#[test]
fn inputs_are_the_largest_four_probabilities_in_the_order_of_the_sample() {
    let own: Vec<f32> = [0.1f32, 0.4, 0.05, 0.25, 0.2].iter().map(|p| p.ln()).collect();
    let copy: Vec<f32> = [0.3f32, 0.1, 0.3, 0.2, 0.1].iter().map(|p| p.ln()).collect();
    let views = Views { own, copies: [copy.clone(), copy.clone(), copy] };
    let close = |found: &[f32], wanted: &[f32]| found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-6);
    assert!(close(&Data::new(Calibrator::OwnCe, 5, &views, &[1]).inputs, &[0.4, 0.25, 0.2, 0.1]));
    let seen = Data::new(Calibrator::TransCa, 5, &views, &[1]).inputs;
    assert!(close(&seen, &[0.1, 0.2, 0.1, 0.3, 0.1, 0.2, 0.1, 0.3, 0.1, 0.2, 0.1, 0.3]), "{seen:?}");
    assert!(Data::new(Calibrator::GlobalCe, 5, &views, &[1]).inputs.is_empty());
}

#[test]
fn one_temperature_is_found_where_scores_are_too_large_by_a_factor() {
    // Labels follow the probabilities of scores that are then doubled: the temperature is 2.
    let mut rng = Pcg64::seed_from_u64(4);
    let (mut own, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..6_000 {
        let scores: Vec<f64> = (0..3).map(|_| 1.5 * normal(&mut rng)).collect();
        let all: f64 = scores.iter().map(|z| z.exp()).sum();
        let (mut left, mut label) = (rng.random::<f64>() * all, 0);
        while label < 2 && left > scores[label].exp() {
            left -= scores[label].exp();
            label += 1;
        }
        labels.push(label as u32);
        own.extend(scores.iter().map(|z| (2.0 * z) as f32));
    }
    let views = plain(own);
    let data = Data::new(Calibrator::GlobalCe, 3, &views, &labels);
    let (mut trained, ended) = train(Calibrator::GlobalCe, 0.05, 200, &data, Pcg64::seed_from_u64(1), &|_| Go::On).unwrap();
    let temperatures = trained.temperatures(&data);
    assert!(ended.is_none() && temperatures.iter().all(|t| (t - 2.0).abs() < 0.15), "{}", temperatures[0]);
    let (before, after) = (quality(&data, &[1.0; 6_000]), quality(&data, &temperatures));
    assert!(before.ece.unwrap() > 0.05 && after.ece.unwrap() < 0.04, "{before:?} {after:?}");
    assert!(trained.curve[trained.curve.len() - 1][1] < trained.curve[0][1]);
}

#[test]
fn scores_are_handed_over_as_bytes() {
    let views = |rows: usize, from: f32| {
        let column = |k: usize| (0..3 * rows).map(|i| from + (k * 100 + i) as f32).collect::<Vec<f32>>();
        Views { own: column(0), copies: [column(1), column(2), column(3)] }
    };
    let scores = Scores {
        classes: 3,
        calibration: views(2, 0.5),
        calibration_labels: vec![0, 2],
        tests: [views(1, 1.0), views(1, 2.0), views(1, 3.0), views(1, 4.0)],
        test_labels: vec![1],
    };
    let bytes = scores.to_bytes();
    assert_eq!(Scores::from_bytes(&bytes), Some(scores));
    assert_eq!((Scores::from_bytes(&bytes[..bytes.len() - 4]), Scores::from_bytes(b"odd")), (None, None));
    assert_eq!(Scores::from_bytes(&[bytes.clone(), vec![0; 4]].concat()), None);
    // A label that is no class.
    let mut wrong = bytes;
    wrong[24] = 9;
    assert_eq!(Scores::from_bytes(&wrong), None);
}

#[test]
fn what_diverges_or_is_stopped_says_so() {
    let all = run_all(&SMALL.replace("rate = 0.01\n", "rate = 1e300\n"), "calibrator = ['none', 'trans-ca']");
    for arm in ["none", "trans-ca"] {
        let status = &all[&format!("calibrator={arm}/seed=0")].status;
        assert_eq!(*status, Status::Diverged("its network diverged".to_owned()));
    }
    let stages = stages(SMALL, "calibrator = ['trans-ca']").unwrap();
    let network = run_stage(&stages[0], &[], &|_| Go::On).unwrap();
    assert_eq!(run_stage(&stages[0], &[], &|_| Go::Stop), Err(StudyError::Interrupted));
    assert_eq!(run_stage(&stages[1], std::slice::from_ref(&network), &|_| Go::Stop), Err(StudyError::Interrupted));
    // Known by its numbers alone.
    let bare = Outcome { weights: None, ..network };
    assert!(run_stage(&stages[1], &[bare], &|_| Go::On).unwrap_err().to_string().contains("run it again"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let used = trial::cost(&CalibrationAware, SMALL, ARMS, &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
