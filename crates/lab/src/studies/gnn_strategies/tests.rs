//! The study as a runner sees it: stages, arms, controls, stops; parts of it in the files below.

mod molecules;
mod parts;

use std::cell::Cell;
use std::collections::BTreeMap;

use super::*;
use crate::blocks::TUNING;
use crate::{DynStudy, Files, Go, Memory, NoFiles, Status, arms, trial};

/// A twin that is trained in a blink.
const SMALL: &str = "width = 8\nlayers = 2\npretraining-epochs = 2\nepochs = 3\ngraphs = 60\nexamples = 16\nrates = [1e-3, 1e-2]\ntuning-seeds = 1\n";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&GnnStrategies, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], files: &dyn Files, memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&GnnStrategies, stage, needs, files, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str, files: &dyn Files) -> BTreeMap<String, Outcome> {
    trial::run_all(&GnnStrategies, with, arms, files)
}

#[test]
fn arms_share_pretraining_and_baseline() {
    let all = stages(SMALL, "strategy = ['none', 'supervised', 'supervised+context-pred', 'context-pred', 'none-longer']").unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // One seed to choose by and one to measure: three targets at two rates and once, for each of five arms.
    assert_eq!(count("fit"), 5 * (3 * 2 + 3));
    // Labels, contexts, and labels after contexts.
    assert_eq!(count("pretraining"), 2 * 3);
    assert_eq!(count("arm"), 5);
    let wanted = |s: &Stage| s.id == format!("{}/seed=0", s.arm);
    assert!(all.iter().filter(|s| s.settings["piece"].as_str() == Some("arm")).all(|s| wanted(s) && s.needs.len() == 6 && s.reads.is_empty()));
    // No arm is what another stage needs, so that each is a run of its own.
    let needed: Vec<usize> = all.iter().flat_map(|s| s.needs.clone()).collect();
    assert!(all.iter().enumerate().all(|(k, s)| (s.settings["piece"].as_str() == Some("arm")) != needed.contains(&k)));
    assert!(all.iter().all(|s| s.seed == 0 || s.seed == TUNING));
    // One rate leaves nothing to choose; and molecules are read by all but the arm itself.
    let one = stages("world = 'molecules'\ntargets = ['bbbp']\nrates = [1e-3]", "strategy = ['attr-mask']").unwrap();
    assert_eq!(one.len(), 4);
    assert!(one.iter().all(|s| s.reads.is_empty() == (s.id == "strategy=attr-mask/seed=0")), "{one:?}");
}

#[test]
fn every_strategy_runs_on_the_twin_and_is_held_against_none() {
    let strategies = "strategy = ['none', 'none-longer', 'none-frozen', 'attr-mask', 'context-pred', 'supervised', 'shuffled', \
                      'supervised+attr-mask', 'supervised+context-pred', 'shuffled+context-pred', 'supervised+context-pred-frozen']";
    let all = run_all(SMALL, strategies, &NoFiles);
    let arm = |name: &str| &all[&format!("strategy={name}/seed=0")];
    let number = |name: &str, scalar: &str| arm(name).scalar(scalar).unwrap_or_else(|| panic!("{name} has no {scalar}"));
    assert!(all.values().all(|o| o.status == Status::Done));
    assert_eq!((number("none", "gain"), number("none", "worst-gain"), number("none", "epochs")), (0.0, 0.0, 3.0));
    for name in ["none-longer", "attr-mask", "supervised+context-pred", "supervised+context-pred-frozen"] {
        let gain = number(name, "auc") - number("none", "auc");
        assert!((number(name, "gain") - gain).abs() < 1e-12, "{name}");
        let mean = (number(name, "auc-seen") + number(name, "auc-new") + number(name, "auc-noise")) / 3.0;
        assert!((number(name, "auc") - mean).abs() < 1e-12 && [1e-3, 1e-2].iter().any(|r| (r - number(name, "rate")).abs() < 1e-12), "{name}");
    }
    assert_eq!(arm("none").scalar("auc-bbbp"), None);
    assert_eq!((number("supervised", "source-graphs"), arm("none").scalar("right")), (60.0, None));
    // As many atoms as the strategy of the paper, up to one epoch of 16 graphs.
    let (longer, paper) = (number("none-longer", "atoms"), number("supervised+context-pred", "atoms"));
    assert!((-1e-6..600.0).contains(&(longer - paper)) && number("none-longer", "epochs") > 3.0, "{longer} {paper}");
    // Whoever trains for longer is looked at as often, the last time at the end.
    let looks = |name: &str| arm(name).series("validation").map(|s| (s.x.len(), s.x[s.x.len() - 1])).unwrap();
    assert_eq!((looks("none"), looks("none-longer").0), ((3, 3.0), 3));
    assert!((looks("none-longer").1 - number("none-longer", "epochs")).abs() < 1e-9);
    // With random features there is nothing to be learned but the head.
    assert_ne!(number("none-frozen", "auc"), number("none", "auc"));
}

#[test]
fn a_stage_that_is_stopped_goes_on_to_the_same_numbers() {
    let with = format!("{SMALL}targets = ['seen']\n");
    let stages = stages(&with, "strategy = ['shuffled+context-pred']").unwrap();
    let mut whole: Vec<Outcome> = Vec::new();
    for stage in &stages {
        let needs: Vec<Outcome> = stage.needs.iter().map(|n| whole[*n].clone()).collect();
        let outcome = run_stage(stage, &needs, &NoFiles, &mut Memory::default(), &|_| Go::On).unwrap();
        let mut memory = Memory::default();
        let asked = Cell::new(0);
        let stop = |_: f64| {
            asked.set(asked.get() + 1);
            if asked.get() == 1 { Go::Stop } else { Go::On }
        };
        // A stage may be too short to be asked twice; what it then gives is whole.
        match run_stage(stage, &needs, &NoFiles, &mut memory, &stop) {
            Err(StudyError::Interrupted) => {
                let resumed = run_stage(stage, &needs, &NoFiles, &mut memory, &|_| Go::On).unwrap();
                assert_eq!(resumed, outcome, "{}", stage.id);
            }
            other => assert_eq!(other.unwrap(), outcome, "{}", stage.id),
        }
        let mut odd = Memory(Some(b"odd".to_vec()));
        assert_eq!(run_stage(stage, &needs, &NoFiles, &mut odd, &|_| Go::On).unwrap(), outcome);
        whole.push(outcome);
    }
}

#[test]
fn a_long_stage_stops_in_the_middle_of_an_epoch_and_goes_on() {
    // 30 steps an epoch, and the watch is asked every 25.
    let with = format!("{SMALL}pretraining-batch = 2\n");
    let stage = stages(&with, "strategy = ['supervised']").unwrap().remove(0);
    let whole = run_stage(&stage, &[], &NoFiles, &mut Memory::default(), &|_| Go::On).unwrap();
    let mut memory = Memory::default();
    assert!(matches!(run_stage(&stage, &[], &NoFiles, &mut memory, &|_| Go::Stop), Err(StudyError::Interrupted)));
    assert_eq!(run_stage(&stage, &[], &NoFiles, &mut memory, &|_| Go::On).unwrap(), whole);
    let Memory(Some(bytes)) = &memory else { panic!("nothing was kept") };
    let mut cut = Memory(Some(bytes[..bytes.len() / 2].to_vec()));
    assert_eq!(run_stage(&stage, &[], &NoFiles, &mut cut, &|_| Go::On).unwrap(), whole);
}

#[test]
fn a_rate_that_is_too_high_is_an_outcome_with_a_reason() {
    let short = SMALL.replace("rates = [1e-3, 1e-2]", "rates = [1e30]").replace("epochs = 3", "epochs = 20");
    let all = run_all(&short, "strategy = ['none']", &NoFiles);
    assert!(matches!(&all["strategy=none/seed=0"].status, Status::Diverged(why) if why.contains("lower the rate")), "{all:?}");
    let with = format!("{SMALL}pretraining-rate = 1e30\n").replace("pretraining-epochs = 2", "pretraining-epochs = 20");
    let all = run_all(&with, "strategy = ['supervised+attr-mask']", &NoFiles);
    let ended = &all["strategy=supervised+attr-mask/seed=0"].status;
    assert!(matches!(ended, Status::Diverged(why) if why.contains("its pretraining diverged")), "{ended:?}");
}

#[test]
fn numbers_without_weights_are_no_pretraining() {
    let all = stages(SMALL, "strategy = ['supervised']").unwrap();
    let mut kept = run_stage(&all[0], &[], &NoFiles, &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some() && all[1].needs == [0]);
    let e = run_stage(&all[1], &[kept], &NoFiles, &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("width = 2").contains("width: there is 2"));
    assert!(refused("layers = 1").contains("layers: there is 1"));
    assert!(refused("targets = ['bbbp']").contains("this world has seen, new, noise"));
    assert!(refused("world = 'molecules'").contains("\"seen\""));
    assert!(refused("targets = ['seen', 'seen']").contains("each once at most"));
    assert!(refused("rates = []").contains("rates: there is 0"));
    assert!(refused("rates = [-1.0]").contains("rates has -1"));
    assert!(refused("dropout = 1.0").contains("dropout is 1"));
    assert!(refused("strategy = 'edge-pred'").contains("edge-pred"));
    let late = GnnStrategies.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let used =
        trial::cost(&GnnStrategies, &SMALL.replace("width = 8", "width = 64"), "strategy = ['none', 'supervised+context-pred', 'none-longer']", &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
