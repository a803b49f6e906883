//! The study as a runner sees it, the table of a stream by hand, and what each method does.

use std::collections::BTreeMap;

use super::data::{self, Stream};
use super::gather::Table;
use super::*;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A stream that is learned in a blink.
const SMALL: &str = "width = 2\npretraining-pictures = 4\npretraining-steps = 4\npretraining-batch = 8\n\
                     pictures = 4\ntest = 3\nsteps = 2\nbatch = 4\nrates = [1e-3, 1e-2]\n\
                     strengths = [1.0, 100.0]\nkept = 2\nprojection = 8\ntuning-seeds = 1\n";

const ALL: &str = "method = ['nmc', 'nmc-random', 'nmc-shuffled', 'nmc-pixels', 'random-lda', \
                   'fine-tune', 'head', 'ewc', 'replay', 'joint', 'joint-longer']";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&NmcBaseline, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&NmcBaseline, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&NmcBaseline, with, arms, &NoFiles)
}

#[test]
fn methods_share_pretraining_and_are_runs_of_their_own() {
    let all = stages(SMALL, ALL).unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // With labels for one seed and one to choose on, and with shuffled labels for one seed.
    assert_eq!(count("pretraining"), 3);
    // Eleven methods; six of them choose from two rates, and one of these from two strengths as well.
    assert_eq!(count("fit"), 11 + 5 * 2 + 4);
    let needed: Vec<usize> = all.iter().flat_map(|s| s.needs.clone()).collect();
    let runs: Vec<&Stage> = all.iter().enumerate().filter(|(k, _)| !needed.contains(k)).map(|(_, s)| s).collect();
    assert!(runs.len() == 11 && runs.iter().all(|s| s.id == format!("{}/seed=0", s.arm)));
    assert!(all.iter().all(|s| s.flops > 0.0 && s.reads.is_empty()));
    assert!(stages("world = 'digits'", "").unwrap().iter().all(|s| s.reads == ["mnist_t10k"]));
}

#[test]
fn every_method_learns_the_stream() {
    let all = run_all(SMALL, ALL);
    let arm = |name: &str| &all[&format!("method={name}/seed=0")];
    let number = |name: &str, scalar: &str| arm(name).scalar(scalar).unwrap_or_else(|| panic!("{name} has no {scalar}"));
    assert!(all.values().all(|o| o.status == Status::Done));
    for name in ["nmc", "nmc-random", "nmc-shuffled", "nmc-pixels", "random-lda", "fine-tune", "head", "ewc", "replay", "joint", "joint-longer"] {
        let curve = &arm(name).series("accuracy").unwrap().y;
        assert!(curve.len() == 8 && curve.iter().all(|v| (0.0..=1.0).contains(v)), "{name}");
        assert!((number(name, "average") - curve.iter().sum::<f64>() / 8.0).abs() < 1e-12 && number(name, "final") == curve[7], "{name}");
    }
    // Tasks are nothing to a mean.
    assert!(["nmc", "nmc-random", "nmc-shuffled", "nmc-pixels"].iter().all(|name| number(name, "order-gap") == 0.0));
    assert_eq!((arm("head").scalar("order-gap"), arm("nmc").scalar("rate"), arm("replay").scalar("strength")), (None, None, None));
    assert!(number("ewc", "strength") >= 1.0 && number("fine-tune", "rate") >= 1e-3);
    assert_eq!((number("nmc", "passed"), number("nmc-pixels", "passed"), number("joint", "passed")), (32.0, 0.0, 32.0 + 64.0));
    // As many pictures, up to a step on each task.
    assert!((0.0..=32.0).contains(&(number("joint-longer", "passed") - number("joint", "passed"))));
}

#[test]
fn a_table_by_hand() {
    let table = Table { rows: vec![vec![1.0], vec![0.5, 0.8], vec![0.25, 0.4, 1.0]], counts: vec![2, 2, 4] };
    assert_eq!(table.curve(), [1.0, 0.65, 0.6625]);
    let scalars = table.scalars();
    let of = |name: &str| scalars.iter().find(|s| s.0 == name).unwrap().1.unwrap();
    assert!((of("forgetting") - (0.75 + 0.4) / 2.0).abs() < 1e-12 && of("first") == 1.0 && of("final") == 0.6625);
}

#[test]
fn the_stream_has_every_class_once_and_none_of_pretraining() {
    let own = Settings { pictures: 2, test: 1, task: 3, ..Settings::default() };
    let stream = Stream::new(&own, 5, &NoFiles).unwrap();
    assert_eq!((data::tasks(&own), stream.seen.clone()), (5, vec![3, 6, 9, 12, 16]));
    assert_eq!((stream.tasks[4].clone(), stream.come(0)), ((24..32, 12..16), 3));
    let earlier = data::pretraining(own.world, 5, 1, &NoFiles).unwrap().labels;
    let mut both: Vec<u32> = earlier.into_iter().chain(stream.classes.iter().map(|c| *c as u32)).collect();
    both.sort_unstable();
    assert_eq!(both, (0..32).collect::<Vec<u32>>());
}

#[test]
fn pretraining_helps_even_here() {
    let with = "width = 8\npretraining-pictures = 40\npretraining-steps = 200\npretraining-batch = 32\npictures = 20\ntest = 20\n";
    let all = run_all(with, "method = ['nmc', 'nmc-random']");
    let of = |name: &str| all[&format!("method={name}/seed=0")].scalar("average").unwrap();
    assert!(of("nmc") > of("nmc-random") + 0.05, "{} {}", of("nmc"), of("nmc-random"));
}

#[test]
fn stopped_stages_begin_anew_or_go_on() {
    let all = stages(SMALL, "method = 'fine-tune'").unwrap();
    let mut done: Vec<Outcome> = Vec::new();
    for stage in &all {
        let needs: Vec<Outcome> = stage.needs.iter().map(|n| done[*n].clone()).collect();
        let whole = run_stage(stage, &needs, &mut Memory::default(), &|_| Go::On).unwrap();
        let mut memory = Memory::default();
        match run_stage(stage, &needs, &mut memory, &|_| Go::Stop) {
            Err(StudyError::Interrupted) => assert_eq!(run_stage(stage, &needs, &mut memory, &|_| Go::On).unwrap(), whole),
            found => assert_eq!(found.unwrap(), whole, "{}", stage.id),
        }
        done.push(whole);
    }
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    // A pretraining at this rate has no numbers left.
    let all = run_all(&format!("{SMALL}pretraining-rate = 1e30\n").replace("pretraining-steps = 4", "pretraining-steps = 20"), "method = 'nmc'");
    assert!(matches!(&all["method=nmc/seed=0"].status, Status::Diverged(why) if why.contains("pretraining diverged")), "{all:?}");
    let stages = stages(SMALL, "method = 'nmc'").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("width = 0").contains("width: there is 0"));
    assert!(refused("task = 1").contains("task: there is 1"));
    assert!(refused("world = 'digits'\ntask = 7").contains("2 to 6"));
    assert!(refused("rates = [0.0]").contains("rates has 0"));
    assert!(refused("method = 'l2p'").contains("l2p"));
    let late = NmcBaseline.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let used = trial::cost(&NmcBaseline, &SMALL.replace("width = 2", "width = 8"), ALL, &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
