//! The study as a runner sees it, what each phase reads, and limits in which the answer is known.

use std::collections::BTreeMap;

use super::part::Part;
use super::plan::Piece;
use super::world::{LENGTH, PHRASE, Source};
use super::*;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A training in a blink.
const SMALL: &str = "words = 6\nwidth = 8\nlayers = 1\nsteps = 20\nbatch = 2\nlooks = 4\nheld-out = 3\nrates = [1e-3, 1e-2]\ntuning-seeds = 1\n";

const SCHEDULES: &str = "method = ['cosine', 'cosine-known', 'infinite', 'wsd', 'constant', 'hold']";
const DATA: &str = "method = ['cosine', 'hold', 'scratch', 'scratch-longer', 'shuffled', 'subset', 'quality', 'replay', 'all']";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&ContinualPretraining, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&ContinualPretraining, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&ContinualPretraining, with, arms, &NoFiles)
}

/// The parts of a plan.
fn parts(stages: &[Stage]) -> Vec<Part> {
    let part = |stage: &Stage| match settings::parse::<Piece>(&stage.settings).unwrap() {
        Piece::Part(part) => Some(part),
        Piece::Run(_) => None,
    };
    stages.iter().filter_map(part).collect()
}

/// The last part of an arm that is asked for alone.
fn last_part(with: &str, arms: &str) -> Part {
    parts(&stages(with, arms).unwrap()).pop().unwrap()
}

/// Stages that no other needs.
fn runs(stages: &[Stage]) -> Vec<&Stage> {
    let needed: Vec<usize> = stages.iter().flat_map(|s| s.needs.clone()).collect();
    stages.iter().enumerate().filter(|(k, _)| !needed.contains(k)).map(|(_, s)| s).collect()
}

#[test]
fn every_arm_is_a_run_and_what_is_alike_is_shared() {
    let chain = format!("{SMALL}choice = 'chain'\n");
    for (with, arms, count) in [
        (&chain, format!("{SCHEDULES}\nstop = [0.5, 1.0]"), 12),
        (&chain, format!("{SCHEDULES}\nthird = true"), 6),
        (&format!("{SMALL}factors = [0.5, 1.0]\n"), DATA.to_owned(), 9),
        (&SMALL.to_owned(), "checkpoint = [0.25, 1.0]\nwarm-up = [0.0, 0.1]\nfactor = [0.5, 2.0]".to_owned(), 8),
    ] {
        let all = stages(with, &arms).unwrap();
        let runs = runs(&all);
        assert_eq!(runs.len(), count, "{arms}");
        assert!(runs.iter().all(|s| s.id == format!("{}/seed=0", s.arm) && s.settings["piece"].as_str() == Some("run")));
        assert!(all.iter().all(|s| s.flops > 0.0 && s.reads.is_empty()));
    }
    // Two rates on one seed for choosing, the pretraining, two later phases: the pretraining is that of both.
    let all = stages(SMALL, "warm-up = [0.0, 0.1]").unwrap();
    assert_eq!((all.len(), parts(&all).len()), (2 + 1 + 2 + 2, 5));
    // A cosine for as many steps as there are is one.
    assert_eq!(parts(&stages(&chain, "method = ['cosine', 'cosine-known']").unwrap()).len(), 2 * 2 + 2);
    // Pretraining up to its annealing, that, and the rest; the second phase whole; the third up to its annealing, and that. Trials come before.
    let all = parts(&stages(&chain, "method = 'infinite'\nthird = true").unwrap());
    assert_eq!(all.len(), 2 * 3 + 3 + 1 + 2);
    let spans: Vec<(usize, usize, usize)> = all[6..].iter().map(|p| (p.phase, p.from, p.to)).collect();
    assert_eq!(spans, [(0, 0, 18), (0, 18, 20), (0, 18, 20), (1, 0, 20), (2, 0, 18), (2, 18, 20)]);
}

#[test]
fn documents_are_those_that_are_said() {
    let read = |part: &Part, step: u64| {
        let mut found = Vec::new();
        Source::new(part, 5).documents(step, &mut found);
        found.chunks_exact(LENGTH + 1).map(<[u32]>::to_vec).collect::<Vec<Vec<u32>>>()
    };
    let whole = last_part(SMALL, "method = 'cosine'");
    assert!(read(&whole, 3).len() == 2 && read(&whole, 3) == read(&whole, 3) && read(&whole, 3) != read(&whole, 8));
    // A quarter of forty documents, again and again.
    let subset = last_part(SMALL, "method = 'subset'");
    assert!(subset.pool == 10 && read(&subset, 3) == read(&subset, 8) && read(&subset, 3) == read(&whole, 3));
    // All of the pretraining's.
    let replay = last_part(SMALL, "method = 'replay'\nreplay = 1.0");
    let first = parts(&stages(SMALL, "method = 'replay'\nreplay = 1.0").unwrap()).remove(0);
    let earlier: Vec<Vec<u32>> = (0..20).flat_map(|step| read(&first, step)).collect();
    assert!((0..20).flat_map(|step| read(&replay, step)).all(|document| earlier.contains(&document)));
    // Good documents repeat without a slip.
    let bad = format!("{SMALL}bad = 1.0\nnoise = 1.0\ndomain-repeats = 1.0\n");
    let repeats = |document: &Vec<u32>| (PHRASE + 1..=LENGTH).all(|k| document[k] == document[k - PHRASE]);
    assert!(read(&last_part(&bad, "method = 'quality'"), 0).iter().all(repeats));
    assert!(!read(&last_part(&bad, "method = 'cosine'"), 0).iter().any(repeats));
    // The same words in another order.
    let (own, mixed) = (parts(&stages(SMALL, "").unwrap()).remove(0), parts(&stages(SMALL, "method = 'shuffled'").unwrap()).remove(0));
    for (a, b) in read(&own, 0).iter().zip(&read(&mixed, 0)) {
        let sorted = |document: &[u32]| {
            let mut words = document[1..].to_vec();
            words.sort_unstable();
            words
        };
        assert!(a != b && a[0] == b[0] && sorted(a) == sorted(b));
    }
}

#[test]
fn every_method_gives_its_numbers() {
    for (with, arms) in
        [(format!("{SMALL}choice = 'chain'\n"), format!("{SCHEDULES}\nthird = [false, true]")), (format!("{SMALL}factors = [0.5, 1.0]\n"), DATA.to_owned())]
    {
        let all = run_all(&with, &arms);
        assert!(all.values().all(|o| o.status == Status::Done));
        for arm in arms::product(&toml::from_str(&arms).unwrap()).unwrap() {
            let run = &all[&format!("{}/seed=0", arm.name)];
            let number = |name: &str| run.scalar(name).unwrap_or_else(|| panic!("{} has no {name}", arm.name));
            for share in ["accuracy", "accuracy-first", "knowledge", "tasks", "general", "tasks-early", "depth", "area", "recovered"] {
                assert!((0.0..=1.0).contains(&number(share)), "{} {share}", arm.name);
            }
            assert!(["rise-first", "rise-now", "uphill"].iter().all(|name| number(name) >= 0.0) && number("loss-b") > 0.0);
            let scratch = arm.name.contains("scratch");
            assert_eq!((run.scalar("forgetting").is_some(), run.scalar("loss-c").is_some()), (!scratch, arm.name.contains("true")));
            let steps = if arm.name.contains("true") { 60.0 } else { 40.0 };
            let steps = if arm.name.ends_with("scratch") { 20.0 } else { steps };
            assert_eq!((number("steps"), number("passed")), (steps, 2.0 * steps), "{}", arm.name);
            assert!(number("rate") >= 5e-4);
        }
    }
}

#[test]
fn a_model_learns_its_domain() {
    let with = "words = 6\nwidth = 8\nlayers = 1\nsteps = 200\nbatch = 8\nheld-out = 20\nrates = [1e-2]\nlooks = 3\n";
    let stage = stages(with, "").unwrap().remove(0);
    let outcome = run_stage(&stage, &[], &mut Memory::default(), &|_| Go::On).unwrap();
    let loss = &outcome.series("loss-of-now").unwrap().y;
    let (first, last) = (loss[0], loss[loss.len() - 1]);
    assert!(last > -0.05 && last < 0.7 * first, "{first} {last}");
    assert_eq!(outcome.series("loss-of-first").unwrap().y, *loss);
    assert!(outcome.scalar("bottom-top-early") == Some(1.0) && outcome.weights.is_some());
}

#[test]
fn where_nothing_moves_there_is_no_gap() {
    let with = SMALL.replace("rates = [1e-3, 1e-2]", "rates = [1e-12]");
    let all = run_all(&with, "method = ['hold', 'cosine']\nsecond = 'a'");
    for method in ["hold", "cosine"] {
        let run = &all[&format!("method={method}/seed=0")];
        for name in ["forgetting", "rise-first", "rise-now", "uphill", "depth", "area", "tasks-gain", "general-gain"] {
            assert!(run.scalar(name).is_some_and(|v| v.abs() < 1e-4), "{method} {name}: {:?}", run.scalar(name));
        }
        assert_eq!(run.scalar("loss-b"), None);
    }
}

#[test]
fn stopped_stages_go_on_to_the_same_bytes() {
    let with = format!("{SMALL}choice = 'chain'\n").replace("rates = [1e-3, 1e-2]", "rates = [1e-2]");
    let all = stages(&with, "method = 'infinite'").unwrap();
    let mut done: Vec<Outcome> = Vec::new();
    let mut stopped = 0;
    for stage in &all {
        let needs: Vec<Outcome> = stage.needs.iter().map(|n| done[*n].clone()).collect();
        let whole = run_stage(stage, &needs, &mut Memory::default(), &|_| Go::On).unwrap();
        let mut memory = Memory::default();
        match run_stage(stage, &needs, &mut memory, &|_| Go::Stop) {
            Err(StudyError::Interrupted) => {
                stopped += 1;
                assert_eq!(run_stage(stage, &needs, &mut memory, &|_| Go::On).unwrap(), whole, "{}", stage.id);
            }
            found => assert_eq!(found.unwrap(), whole, "{}", stage.id),
        }
        done.push(whole);
    }
    // An annealing of two steps is over before it is asked to stop.
    assert_eq!((all.len(), stopped), (6, 2));
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let all = run_all(&SMALL.replace("rates = [1e-3, 1e-2]", "rates = [1e30]"), "method = ['cosine', 'scratch']");
    for method in ["cosine", "scratch"] {
        let status = &all[&format!("method={method}/seed=0")].status;
        assert!(matches!(status, Status::Diverged(why) if why.contains("lower the rate")), "{status:?}");
    }
    let stages = stages(&SMALL.replace("rates = [1e-3, 1e-2]", "rates = [1e-3]"), "").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
    assert!(run_stage(&stages[2], &[], &mut Memory::default(), &|_| Go::On).is_err());
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("width = 6").contains("width is 6; it must be a multiple of 4"));
    assert!(refused("steps = 10").contains("steps: there is 10"));
    assert!(refused("stop = 0.1").contains("stop is 0.1; it must be 0.2 to 1"));
    assert!(refused("second = 'return'").contains("must be \"a\" or \"b\""));
    assert!(refused("method = 'scratch'\nthird = true").contains("third phase"));
    assert!(refused("method = 'infinite'").contains("choice = \"chain\""));
    assert!(refused("rates = [0.0]").contains("rates has 0"));
    assert!(refused("factors = [-1.0]").contains("factors has -1"));
    assert!(refused("method = 'ewc'").contains("ewc"));
    let late = ContinualPretraining.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing peaks"));
}

#[test]
fn the_plan_says_what_it_costs() {
    for (with, arms) in [(format!("{SMALL}choice = 'chain'\n"), format!("{SCHEDULES}\nthird = true")), (SMALL.to_owned(), DATA.to_owned())] {
        let used = trial::cost(&ContinualPretraining, &with, &arms, &NoFiles);
        assert!((0.99..1.01).contains(&used), "{used} of what was planned");
    }
}
