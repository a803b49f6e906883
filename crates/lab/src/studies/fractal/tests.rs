//! The tasks, and the study as a runner sees it. What fractals are is tested beside them.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::data::{Task, task};
use super::plan::{candidates, tune_steps};
use super::pretraining::random_classes;
use super::*;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A study that is done in a blink.
const SMALL: &str = "world = 'made'\nwidth = 2\nsystems = 4\npoints = 60\npictures = 4\nsteps = 5\nbatch = 8\npretraining-rates = [1e-3, 1e-2]\n\
                     digits-few = 2\ndigits-more = 3\nxrays-few = 4\nxrays-more = 6\ndigits-held = 2\nxrays-held = 4\ndigits-test = 2\n\
                     tune-steps = 3\ntune-batch = 4\nrates = [1e-3, 1e-2]\ntuning-seeds = 1\n";

const ALL: &str = "pretraining = ['scratch', 'scratch-longer', 'fractal-db', 'fractal-db-jittered', 'multi-class', 'multi-class-background', \
                   'multi-instance', 'multi-instance-random', 'random-labels', 'supervised']";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&Fractal, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&Fractal, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&Fractal, with, arms, &NoFiles)
}

/// The settings above.
fn small() -> Settings {
    crate::settings::over(&Settings::default(), &toml::from_str(SMALL).unwrap()).unwrap()
}

/// One rate each: nothing to choose.
fn single() -> String {
    SMALL.replace("[1e-3, 1e-2]", "[1e-3]")
}

#[test]
fn a_smaller_task_is_a_part_of_the_larger_one() {
    let own = small();
    for (few, more) in [(Task::DigitsFew, Task::DigitsMore), (Task::XraysFew, Task::XraysMore)] {
        let ([a, held, test], [b, other_held, other_test]) = (task(&own, few, 5, &NoFiles).unwrap(), task(&own, more, 5, &NoFiles).unwrap());
        assert!(a.labels.len() < b.labels.len());
        let classes = few.classes(own.world) as u32;
        let count = |labels: &[u32], class: u32| labels.iter().filter(|l| **l == class).count();
        let each = a.labels.len() / classes as usize;
        assert!((0..classes).all(|class| count(&a.labels, class) == each && count(&b.labels, class) > each), "{:?}", a.labels);
        assert_eq!((held.labels, test.labels), (other_held.labels, other_test.labels));
        // Both are scaled by themselves, which is the same but for a shift and a factor.
        let (first, second) = (&a.pixels[..784], &b.pixels[..784]);
        let slope = f64::from(first[1] - first[0]) / f64::from(second[1] - second[0]);
        assert!(first.iter().zip(second).all(|(x, y)| (f64::from(x - first[0]) - slope * f64::from(y - second[0])).abs() < 1e-3));
    }
    assert!(task(&Settings { world: World::Digits, ..own }, Task::XraysFew, 5, &NoFiles).is_err());
}

#[test]
fn arms_choose_a_pair_of_rates_and_share_what_they_can() {
    let own = small();
    assert_eq!(candidates(&own), [(1e-3, 1e-3), (1e-3, 1e-2), (1e-2, 1e-3), (1e-2, 1e-2)]);
    assert_eq!(candidates(&Settings { pretraining: Pretraining::Scratch, ..own.clone() }), [(0.0, 1e-3), (0.0, 1e-2)]);
    assert_eq!((tune_steps(&own), tune_steps(&Settings { pretraining: Pretraining::ScratchLonger, ..own })), (3, 13));
    let all = stages(SMALL, ALL).unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // Eight are pretrained: at two rates on one other seed, and once more; their tasks at four pairs of rates, and once more.
    assert_eq!((count("pretraining"), count("arm")), (8 * 3, 8 * 5 + 2 * 3));
    let needed: Vec<usize> = all.iter().flat_map(|s| s.needs.clone()).collect();
    let runs: Vec<&Stage> = all.iter().enumerate().filter(|(k, _)| !needed.contains(k)).map(|(_, s)| s).collect();
    assert!(runs.len() == 10 && runs.iter().all(|s| s.id == format!("{}/seed=0", s.arm)));
    assert!(all.iter().all(|s| s.flops > 0.0 && s.reads.is_empty()));
    let real = stages("rates = [1e-3]\npretraining-rates = [1e-3]", "pretraining = ['multi-class', 'supervised']").unwrap();
    let reads: Vec<usize> = real.iter().map(|s| s.reads.len()).collect();
    // Fractals read nothing.
    assert_eq!(reads, [0, 2, 1, 2]);
}

#[test]
fn every_pretraining_ends_in_four_tasks() {
    let all = run_all(SMALL, ALL);
    assert!(all.values().all(|o| o.status == Status::Done), "{all:?}");
    let number = |name: &str, scalar: &str| all[&format!("pretraining={name}/seed=0")].scalar(scalar);
    let some = ["fractal-db", "fractal-db-jittered", "multi-class", "multi-instance", "multi-instance-random", "random-labels", "supervised"];
    for name in some.into_iter().chain(["scratch", "scratch-longer"]) {
        let tasks = ["digits-few", "digits-more", "xrays-few", "xrays-more"].map(|task| number(name, task).unwrap());
        assert!(tasks.iter().all(|v| (0.0..=1.0).contains(v)), "{name}");
        assert!((number(name, "mean").unwrap() - tasks.iter().sum::<f64>() / 4.0).abs() < 1e-12, "{name}");
        // Sixteen classes, and two.
        let above = (16.0 * (tasks[0] + tasks[1]) - 2.0) / 15.0 + 2.0 * (tasks[2] + tasks[3]) - 2.0;
        assert!((number(name, "above").unwrap() - above / 4.0).abs() < 1e-12, "{name}");
        // Of two rates both are at an end.
        assert_eq!(number(name, "edges"), Some(if name.starts_with("scratch") { 4.0 } else { 5.0 }), "{name}");
        assert!(number(name, "xrays-se").is_some_and(|se| (0.0..0.8).contains(&se)), "{name}");
    }
    assert_eq!((number("scratch", "passed"), number("scratch", "rate"), number("scratch", "pretext")), (Some(0.0), None, None));
    assert_eq!((number("scratch-longer", "passed"), number("multi-instance", "passed")), (Some(40.0), Some(40.0)));
    assert_eq!((number("multi-class", "chance"), number("supervised", "chance")), (Some(0.25), Some(1.0 / 16.0)));
    assert!(number("multi-instance", "chance").is_some_and(|c| c > 0.25 && c < 1.0));
    // As many systems in each picture.
    assert_eq!(number("multi-instance-random", "chance"), number("multi-instance", "chance"));
    assert!(["random-labels", "supervised"].iter().all(|name| number(name, "rate").is_some_and(|r| r == 1e-3 || r == 1e-2)));
}

#[test]
fn random_sets_of_labels_have_the_sizes_of_true_ones() {
    let shown = [vec![0], vec![0, 1, 2], vec![1, 3, 4, 5, 6], vec![2, 3]];
    let random = |seed: u64| {
        let mut sets = shown.clone();
        random_classes(&mut sets, 7, &mut Pcg64::seed_from_u64(seed));
        sets
    };
    assert_eq!(random(1), random(1));
    assert_ne!(random(1), random(2));
    for (mut found, before) in random(1).into_iter().zip(&shown) {
        found.sort_unstable();
        found.dedup();
        assert!(found.len() == before.len() && found.iter().all(|class| *class < 7), "{found:?}");
    }
    // There are no more than all.
    let mut all = [vec![0, 1, 2]];
    random_classes(&mut all, 2, &mut Pcg64::seed_from_u64(1));
    assert!(all == [[0, 1]] || all == [[1, 0]], "{all:?}");
}

#[test]
fn systems_are_learned_and_random_labels_are_not() {
    let with = "world = 'made'\nwidth = 6\nsystems = 4\npoints = 300\nsteps = 120\nbatch = 32\npretraining-rates = [1e-2]\nrates = [1e-3]\n\
                tune-steps = 1\ntune-batch = 2\ndigits-few = 1\ndigits-more = 1\nxrays-few = 4\nxrays-more = 4\n\
                digits-held = 1\nxrays-held = 4\ndigits-test = 1\n";
    let all = run_all(with, "pretraining = ['multi-class', 'random-labels']");
    let pretext = |name: &str| all[&format!("pretraining={name}/seed=0")].scalar("pretext").unwrap();
    assert!(pretext("multi-class") > 0.4 && pretext("random-labels") < 0.4, "{} {}", pretext("multi-class"), pretext("random-labels"));
}

#[test]
fn stopped_and_resumed_is_the_same() {
    for arm in ["multi-instance", "multi-instance-random", "supervised", "scratch"] {
        let mut done: Vec<Outcome> = Vec::new();
        for stage in stages(&single(), &format!("pretraining = '{arm}'")).unwrap() {
            let needs: Vec<Outcome> = stage.needs.iter().map(|n| done[*n].clone()).collect();
            let whole = run_stage(&stage, &needs, &mut Memory::default(), &|_| Go::On).unwrap();
            let mut memory = Memory::default();
            assert_eq!(run_stage(&stage, &needs, &mut memory, &|_| Go::Stop), Err(StudyError::Interrupted));
            assert_eq!(run_stage(&stage, &needs, &mut memory, &|_| Go::On).unwrap(), whole, "{}", stage.id);
            done.push(whole);
        }
        assert_eq!(done.len(), if arm == "scratch" { 1 } else { 2 });
    }
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let with = SMALL.replace("pretraining-rates = [1e-3, 1e-2]", "pretraining-rates = [1e30]").replace("rates = [1e-3, 1e-2]", "rates = [1e-3]");
    let all = run_all(&with.replace("\nsteps = 5", "\nsteps = 20"), "pretraining = 'multi-class'");
    assert!(matches!(&all["pretraining=multi-class/seed=0"].status, Status::Diverged(why) if why.contains("pretraining diverged")), "{all:?}");
    let stages = stages(&single(), "pretraining = 'fractal-db'").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("systems = 1").contains("systems: there is 1"));
    assert!(refused("digits-more = 5").contains("digits-more: there is 5, where 10"));
    assert!(refused("pretraining-rates = [-1.0]").contains("pretraining-rates has -1"));
    assert!(refused("pretraining = 'imagenet'").contains("imagenet"));
    let late = Fractal.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let used = trial::cost(&Fractal, &single().replace("width = 2", "width = 8"), ALL, &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
