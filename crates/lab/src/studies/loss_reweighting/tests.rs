//! The study as a runner sees it, and limits in which the answer is known.

use std::collections::BTreeMap;

use super::deal::deal;
use super::world::{LENGTH, World};
use super::*;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A regression in a blink.
const LINE: &str = "dimension = 5\nsteps = 60\nbatch = 8\nrates = [0.1, 0.3]\ntuning-seeds = 1\n";
/// A language model in a blink.
const WORDS: &str = "task = 'language'\nwords = 6\nwidth = 8\nsteps = 20\nbatch = 4\nlooks = 3\nheld-out = 3\nrates = [1e-3, 1e-2]\n\
                     tuning-seeds = 1\nburn-in = 0.1\n";

const ALL: &str = "strategy = ['uniform', 'lin-upper', 'quadratic', 'extremes', 'matched-lin-upper', 'matched-quadratic', 'shuffled-lin-upper', \
                   'shuffled-quadratic', 'informed']";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&LossReweighting, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&LossReweighting, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&LossReweighting, with, arms, &NoFiles)
}

/// The only run of a regression with these settings, at the rate 0.1 and for 60 steps of 8 examples where they do not say otherwise.
fn line(with: &str) -> Outcome {
    let usual = "steps = 60\nbatch = 8\nfixed-rate = 0.1\n";
    let mut all: toml::Table = toml::from_str(usual).unwrap();
    all.extend(toml::from_str::<toml::Table>(with).unwrap());
    run_all(&toml::to_string(&all).unwrap(), "").remove("default/seed=0").unwrap()
}

#[test]
fn every_arm_gives_its_numbers() {
    for (task, data) in [LINE, WORDS].into_iter().flat_map(|task| ["clean", "outliers", "duplicates"].map(|data| (task, data))) {
        let all = run_all(&format!("{task}data = '{data}'\n"), ALL);
        // Two rates on one seed for choosing, and the run.
        assert_eq!(all.len(), 9 * 3);
        for arm in arms::product(&toml::from_str(ALL).unwrap()).unwrap() {
            let run = &all[&format!("{}/seed=0", arm.name)];
            let number = |name: &str| run.scalar(name).unwrap_or_else(|| panic!("{task} {data} {}: no {name}", arm.name));
            assert!(run.status == Status::Done && number("loss").is_finite() && number("score") > 0.0);
            assert!((number("focus") - 1.0).abs() < 1e-6 || !(data == "clean" || arm.name.contains("uniform") || arm.name.contains("matched")));
            assert_eq!((run.scalar("rarest").is_some(), run.scalar("stretch").is_some()), (task == WORDS, task == LINE));
            let rates: &[f64] = if task == LINE { &[0.1, 0.3] } else { &[1e-3, 1e-2] };
            assert!(rates.contains(&number("rate")));
        }
    }
}

#[test]
fn a_regression_with_all_inputs_alike_falls_as_it_must() {
    // With very many examples a step takes the share 1 − rate of every error, and its square of the loss.
    let outcome = line("dimension = 3\nleast = 1.0\nbatch = 4000\nsteps = 20");
    let curve = outcome.series("course").unwrap();
    let fell = curve.y[curve.y.len() - 1] / curve.y[0];
    assert!((fell / 0.9_f64.powi(40) - 1.0).abs() < 0.2, "{fell}");
    // 0.9 to the power of 44 is the first below a hundredth.
    assert!(line("dimension = 3\nleast = 1.0\nbatch = 4000\nsteps = 30").scalar("reached").is_some_and(|step| (21.0..=23.0).contains(&step)));
    assert_eq!(outcome.scalar("stretch"), Some(1.0));
}

#[test]
fn a_hot_softmax_is_uniform_and_a_cold_one_is_not() {
    let plain = line("").scalar("loss").unwrap();
    for strategy in ["lin-upper", "quadratic", "extremes", "matched-lin-upper", "shuffled-quadratic"] {
        let loss = |temperature: &str| line(&format!("strategy = '{strategy}'\ntemperature = {temperature}")).scalar("loss").unwrap();
        assert!((loss("1e12") / plain - 1.0).abs() < 1e-6, "{strategy}");
        assert!((loss("0.4") / plain - 1.0).abs() > 1e-6, "{strategy}");
    }
    assert_eq!(line("strategy = 'lin-upper'\nburn-in = 1.0").scalar("loss"), Some(plain));
    let clean = line("strategy = 'informed'").scalar("loss").unwrap();
    assert!((clean / plain - 1.0).abs() < 1e-9);
}

#[test]
fn weights_find_what_is_news() {
    let of = |strategy: &str, data: &str| line(&format!("strategy = '{strategy}'\ndata = '{data}'\nsteps = 600\nbatch = 64\nfixed-rate = 0.05"));
    // The pool is learned, so that new examples have the higher losses; wrong targets have the highest of all.
    let focus = |strategy: &str, data: &str| of(strategy, data).scalar("focus").unwrap();
    assert!(focus("lin-upper", "duplicates") > 1.1 && focus("lin-upper", "outliers") < 1.0);
    assert!((focus("shuffled-lin-upper", "duplicates") - 1.0).abs() < 0.1);
    assert!((focus("informed", "duplicates") - 5.0).abs() < 0.5);
    let loss = |strategy: &str, data: &str| of(strategy, data).scalar("loss").unwrap();
    assert!(loss("informed", "outliers") < 0.7 * loss("uniform", "outliers"));
    assert!(loss("lin-upper", "clean") < loss("uniform", "clean"));
}

#[test]
fn documents_are_those_that_are_said() {
    let read = |data: &str, step: u64| {
        let own: Settings = toml::from_str(&format!("{WORDS}data = '{data}'\nduplicates = 1.0\noutliers = 1.0\npool = 1\nrepeats = 1.0\n")).unwrap();
        let (mut found, world) = (Vec::new(), World::new(&own, 5));
        world.documents(step, &deal(&own, 5, step), &mut found);
        found.chunks_exact(LENGTH + 1).map(<[u32]>::to_vec).collect::<Vec<_>>()
    };
    let repeats = |document: &Vec<u32>| (9..=LENGTH).all(|k| document[k] == document[k - 8]);
    let (clean, wrong, same) = (read("clean", 3), read("outliers", 3), read("duplicates", 3));
    assert!(clean.len() == 4 && clean == read("clean", 3) && clean != read("clean", 4));
    assert!(clean.iter().all(repeats) && !wrong.iter().any(repeats));
    assert!(same == read("duplicates", 4) && same.iter().all(|document| *document == same[0]));
}

#[test]
fn a_stopped_language_model_goes_on_to_the_same_bytes() {
    for strategy in ["lin-upper", "matched-quadratic", "shuffled-lin-upper"] {
        let stage = stages(&format!("{WORDS}fixed-rate = 1e-2\n"), &format!("strategy = '{strategy}'")).unwrap().remove(0);
        let whole = run_stage(&stage, &[], &mut Memory::default(), &|_| Go::On).unwrap();
        let mut memory = Memory::default();
        assert_eq!(run_stage(&stage, &[], &mut memory, &|_| Go::Stop), Err(StudyError::Interrupted));
        assert!(memory.0.is_some());
        assert_eq!(run_stage(&stage, &[], &mut memory, &|_| Go::On).unwrap(), whole, "{strategy}");
    }
    let stage = stages(&format!("{LINE}fixed-rate = 0.1\n"), "").unwrap().remove(0);
    let whole = run_stage(&stage, &[], &mut Memory::default(), &|_| Go::On).unwrap();
    let mut memory = Memory::default();
    assert_eq!(run_stage(&stage, &[], &mut memory, &|_| Go::Stop), Err(StudyError::Interrupted));
    assert_eq!(run_stage(&stage, &[], &mut memory, &|_| Go::On).unwrap(), whole);
}

#[test]
fn what_diverges_says_so() {
    for (task, rate) in [(LINE, "50.0"), (WORDS, "1e30")] {
        let all = run_all(&format!("{task}fixed-rate = {rate}\n"), "");
        let status = &all["default/seed=0"].status;
        assert!(matches!(status, Status::Diverged(why) if why.contains("lower the rate")), "{status:?}");
    }
    // A rate that diverges is not chosen.
    let all = run_all(&LINE.replace("[0.1, 0.3]", "[50.0, 0.1]"), "");
    assert_eq!(all["default/seed=0"].scalar("rate"), Some(0.1));
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("width = 6").contains("width is 6; it must be a multiple of 4"));
    assert!(refused("steps = 10").contains("steps: there is 10"));
    assert!(refused("duplicates = 1.5").contains("duplicates is 1.5; it must be 0 to 1"));
    assert!(refused("fixed-rate = -1.0").contains("fixed-rate is -1"));
    assert!(refused("rates = [0.0]").contains("rates has 0"));
    assert!(refused("temperature = 0.0").contains("temperature has 0"));
    assert!(refused("strategy = 'focal'").contains("focal"));
    let late = LossReweighting.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let used = trial::cost(&LossReweighting, WORDS, ALL, &NoFiles);
    assert!((0.99..1.01).contains(&used), "{used} of what was planned");
    assert!(stages(LINE, ALL).unwrap().iter().all(|stage| stage.flops > 0.0 && stage.reads.is_empty()));
}
