use std::collections::BTreeMap;

use nets::optim;
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::fit::chosen;
use super::problem::Problem;
use super::surrogate::{Plan, Surrogate};
use super::*;
use crate::blocks::TUNING;
use crate::{Files, Go, Memory, NoFiles, Status, trial};

/// A study that is done in a blink.
const SMALL: &str = "points = 60\nwidth = 8\nsteps = 30\nbatch = 16\ncandidates = 8\nascent-steps = 10\nstrengths = [0.1, 1.0]\ntuning-seeds = 1\n";

const ARMS: &str = "regulariser = ['none', 'longer', 'decay', 'input-gradient', 'ignite', 'ignite-2']";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&Ignite, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], files: &dyn Files, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&Ignite, stage, needs, files, &mut Memory::default(), watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str, files: &dyn Files) -> BTreeMap<String, Outcome> {
    trial::run_all(&Ignite, with, arms, files)
}

/// A table in which a sequence binds by its number of A's, and a hair by its number.
struct Table;

impl Files for Table {
    fn read(&self, _: &str, _: &str) -> Result<Vec<u8>, String> {
        let mut text = "8-mer\t8-mer\tE-score\tMedian\tZ-score\n".to_owned();
        for code in 0..binding::SEQUENCES {
            let sequence: String = (0..8).map(|k| char::from(b"ACGT"[(code >> (14 - 2 * k)) % 4])).collect();
            let score = sequence.matches('A').count() as f64 + code as f64 / 1e6;
            text.push_str(&format!("{sequence}\t{sequence}\t{score}\t1\t1\n"));
        }
        Ok(text.into_bytes())
    }
}

fn surrogate(regulariser: Regulariser, strength: f64) -> (Surrogate, Problem) {
    let problem = Problem::new("hartmann", 200, 10, &mut Pcg64::seed_from_u64(5), &NoFiles).unwrap();
    let plan = Plan { regulariser, strength, width: 12, batch: 32, rate: 1e-2 };
    (Surrogate::new(plan, problem.dim, Pcg64::seed_from_u64(3)), problem)
}

#[test]
fn arms_choose_strengths_on_seeds_of_their_own() {
    let all = stages(SMALL, ARMS).unwrap();
    let fits = |arm: &str| all.iter().filter(|s| s.arm == format!("regulariser={arm}") && s.settings["piece"].as_str() == Some("fit")).count();
    // Three tasks; and for what has a strength, two strengths on one more seed.
    assert_eq!(["none", "longer", "decay", "input-gradient", "ignite", "ignite-2"].map(fits), [3, 3, 9, 9, 3, 9]);
    assert!(all.iter().all(|s| s.seed == 0 || s.seed == TUNING));
    let arm = all.iter().find(|s| s.id == "regulariser=ignite-2/seed=0").unwrap();
    assert_eq!(arm.needs.len(), 3);
    assert!(arm.needs.iter().all(|n| all[*n].needs.len() == 6 && all[*n].seed == 0));
    // One strength leaves nothing to choose; and only TFBind8 reads.
    let one = stages("strengths = [0.1]\ntasks = ['tf-bind-8', 'hartmann']", "regulariser = ['decay']").unwrap();
    assert_eq!(one.iter().map(|s| s.reads.len()).collect::<Vec<_>>(), [1, 0, 0]);
    for (with, what) in [
        ("tasks = ['sphere']", "sphere"),
        ("tasks = ['ackley', 'ackley']", "ackley"),
        ("rate = 0.0", "rate"),
        ("points = 100", "candidates"),
        ("width = 1", "width"),
    ] {
        assert!(stages(with, "regulariser = ['none']").unwrap_err().to_string().contains(what), "{with}");
    }
}

#[test]
fn every_arm_runs_and_the_longer_one_takes_as_many_passes() {
    let all = run_all(SMALL, ARMS, &NoFiles);
    let number = |arm: &str, scalar: &str| all[&format!("regulariser={arm}/seed=0")].scalar(scalar).unwrap_or_else(|| panic!("{arm}: {scalar}"));
    assert!(all.values().all(|o| o.status == Status::Done));
    assert_eq!((number("longer", "passes"), number("ignite", "passes"), number("none", "passes")), (90.0, 90.0, 30.0));
    for arm in ["none", "longer", "decay", "input-gradient", "ignite", "ignite-2"] {
        let mean = (number(arm, "best-ackley") + number(arm, "best-styblinski-tang") + number(arm, "best-hartmann")) / 3.0;
        assert!((number(arm, "best") - mean).abs() < 1e-12 && number(arm, "middle") <= number(arm, "best"), "{arm}");
        // The best offline design is below the median of all.
        assert!(number(arm, "start") < 1.0 && number(arm, "start") == number("none", "start"), "{arm}");
        let end = all[&format!("regulariser={arm}/seed=0")].series("norm").map(|s| s.x[s.x.len() - 1]);
        assert_eq!(end, Some(if arm == "longer" { 90.0 } else { 30.0 }));
    }
    assert!([0.1, 1.0].contains(&number("ignite-2", "strength")) && number("ignite-2", "multiplier") == number("ignite-2", "strength"));
    assert_eq!((all["regulariser=none/seed=0"].scalar("strength"), number("none", "multiplier")), (None, 0.0));
    assert_ne!(number("ignite", "multiplier"), 1e-3);
}

#[test]
fn what_the_bound_adds_is_the_gradient_of_the_gradients_norm() {
    let (mut surrogate, problem) = surrogate(Regulariser::Ignite, 0.0);
    for k in 0..100 {
        surrogate.step(&problem.offline, &mut Pcg64::seed_from_u64(k));
    }
    surrogate.take(&problem.seen);
    surrogate.multiplier = 1.0;
    surrogate.clear();
    let weights = surrogate.training.params.values.clone();
    let before = surrogate.at(&weights).0;
    surrogate.bound();
    // λ moves by η(ρ‖g‖ − ε).
    assert!((surrogate.multiplier - 1.0 - 1e-3 * (0.05 * before - 0.1)).abs() < 1e-6);
    let added = surrogate.training.gradient.clone();
    let length = optim::norm(&added);
    let step = 0.02;
    let at = |sign: f64| -> Vec<f32> { weights.iter().zip(&added).map(|(w, d)| w + (sign * step / length) as f32 * d).collect() };
    let change = (surrogate.at(&at(1.0)).0 - surrogate.at(&at(-1.0)).0) / (2.0 * step);
    // To first order in the radius, .05, along which the curvature changes too.
    assert!((length / (0.05 * change) - 1.0).abs() < 0.5, "{length} {change}");
}

#[test]
fn the_penalty_adds_its_own_gradient() {
    let (mut surrogate, problem) = surrogate(Regulariser::InputGradient, 0.5);
    for k in 0..100 {
        surrogate.step(&problem.offline, &mut Pcg64::seed_from_u64(k));
    }
    surrogate.take(&problem.seen);
    surrogate.clear();
    let weights = surrogate.training.params.values.clone();
    surrogate.penalise();
    let added = surrogate.training.gradient.clone();
    let length = optim::norm(&added);
    let step = 0.01;
    let at = |sign: f64| -> Vec<f32> { weights.iter().zip(&added).map(|(w, d)| w + (sign * step / length) as f32 * d).collect() };
    let change = 0.5 * (surrogate.at(&at(1.0)).1 - surrogate.at(&at(-1.0)).1) / (2.0 * step);
    assert!((length / change - 1.0).abs() < 0.05, "{length} {change}");
}

#[test]
fn a_strong_bound_makes_surrogates_flatter() {
    let ends = [0.0, 10.0].map(|strength| {
        let (mut surrogate, problem) = surrogate(Regulariser::Ignite2, strength);
        for k in 0..300 {
            surrogate.step(&problem.offline, &mut Pcg64::seed_from_u64(k));
        }
        surrogate.measure(&problem.seen).0
    });
    assert!(ends[1] < ends[0], "{ends:?}");
    // And with a multiplier of zero it is no other than no bound.
    let [plain, none] = [Regulariser::None, Regulariser::Ignite2].map(|regulariser| {
        let (mut surrogate, problem) = surrogate(regulariser, 0.0);
        (0..20).for_each(|k| {
            surrogate.step(&problem.offline, &mut Pcg64::seed_from_u64(k));
        });
        surrogate.training.params.values
    });
    assert_eq!(plain, none);
}

#[test]
fn designs_are_divided_at_the_median_and_scored_from_zero_to_one() {
    let problem = Problem::new("ackley", 100, 5, &mut Pcg64::seed_from_u64(1), &NoFiles).unwrap();
    let (offline, unseen) = (problem.scores(&problem.offline.x), problem.scores(&problem.unseen.x));
    let most = |v: &[f64]| v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = |v: &[f64]| v.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!((offline.len(), unseen.len(), problem.starts.len()), (50, 50, 40));
    assert!(least(&offline) == 0.0 && most(&unseen) == 1.0 && most(&offline) <= least(&unseen));
    assert_eq!(most(&problem.scores(&problem.starts)), most(&offline));
    let mean = problem.offline.y.iter().sum::<f32>() / 50.0;
    assert!(mean.abs() < 1e-5);
    // Above the best point there is room up to the maximum.
    assert!(problem.scores(&[0.0; 8])[0] > 1.0);
}

#[test]
fn sequences_are_read_written_as_ones_and_read_off_again() {
    for code in [0, 1, 27, 4_660, binding::SEQUENCES - 1] {
        let x: Vec<f32> = binding::one_hot(code).collect();
        assert_eq!((x.len(), x.iter().sum::<f32>(), binding::decode(&x)), (32, 8.0, code));
    }
    let scores = binding::read(&Table).unwrap();
    assert_eq!((scores[0], scores[binding::SEQUENCES - 1].floor()), (8.0, 0.0));
    let problem = Problem::new("tf-bind-8", 100, 5, &mut Pcg64::seed_from_u64(1), &Table).unwrap();
    assert_eq!((problem.offline.y.len(), problem.starts.len(), problem.bounded), (32_768, 160, false));
    assert_eq!(problem.scores(&binding::one_hot(0).collect::<Vec<f32>>()), [1.0]);
    struct Broken(&'static str);
    impl Files for Broken {
        fn read(&self, _: &str, _: &str) -> Result<Vec<u8>, String> {
            Ok(self.0.as_bytes().to_vec())
        }
    }
    for (text, what) in [("h\nAAAAAAAA\tTTTTTTTT\t0.5", "65534 of 65536"), ("h\nAAAAAAAA\t0.5", "line 2"), ("h\nAXAAAAAA\tTTTTTTTT\t1", "line 2")] {
        assert!(binding::read(&Broken(text)).unwrap_err().to_string().contains(what), "{text:?}");
    }
    assert!(binding::read(&NoFiles).is_err());
}

#[test]
fn the_strength_with_the_highest_score_is_chosen() {
    let scored = |best: f64| gather::outcome(&[], &[("best", Some(best))], Status::Done);
    let diverged = gather::outcome(&[], &[], Status::Diverged("x".to_owned()));
    assert_eq!(chosen(&[0.1, 1.0], &[scored(0.5), scored(0.9), scored(0.8), scored(0.7)]), 1.0);
    assert_eq!(chosen(&[0.1, 1.0], &[scored(0.5), diverged]), 0.1);
    assert_eq!((chosen(&[0.3], &[]), chosen(&[], &[])), (0.3, 0.0));
}

#[test]
fn a_run_that_diverges_or_is_stopped_says_so() {
    let with = format!("{SMALL}tasks = ['ackley']\nrate = 1e20\n");
    let all = run_all(&with, "regulariser = ['none']", &NoFiles);
    let arm = &all["regulariser=none/seed=0"];
    assert!(matches!(&arm.status, Status::Diverged(why) if why.starts_with("ackley")), "{:?}", arm.status);
    let stage = stages(SMALL, "regulariser = ['ignite']").unwrap().remove(0);
    assert_eq!(run_stage(&stage, &[], &NoFiles, &|_| Go::Stop), Err(StudyError::Interrupted));
    let twice = [0, 1].map(|_| run_stage(&stage, &[], &NoFiles, &|_| Go::On).unwrap());
    assert_eq!(twice[0], twice[1]);
}

#[test]
fn the_plan_says_what_it_costs() {
    let used = trial::cost(&Ignite, &SMALL.replace("width = 8", "width = 64"), ARMS, &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
