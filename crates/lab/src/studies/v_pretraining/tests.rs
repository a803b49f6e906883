//! The study as a runner sees it, and limits in which the answer is known.

use std::collections::BTreeMap;

use super::course::{flops_of_step, smoothness};
use super::designer::Designer;
use super::learner::{Learner, dot};
use super::world::World;
use super::*;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A run in a blink.
const SMALL: &str = "contexts = 16\nfeatures = 4\ntokens = 6\nsources = 2\nfeedback = 12\nbatch = 8\nsteps = 40\ntop = 3\nlooks = 8\nrates = [1.0, 4.0]\n\
                     shares = [0.2, 0.6]\ntuning-seeds = 1\n";

const ALL: &str = "design = ['plain', 'plain-longer', 'value', 'value-less', 'random', 'shuffled', 'oracle', 'smoothing', 'distillation', 'labels']";

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&VPretraining, with, arms, &NoFiles)
}

fn own() -> Settings {
    toml::from_str(SMALL).unwrap()
}

#[test]
fn every_arm_gives_its_numbers() {
    let all = run_all(SMALL, ALL);
    for arm in arms::product(&toml::from_str(ALL).unwrap()).unwrap() {
        let run = &all[&format!("{}/seed=0", arm.name)];
        let number = |name: &str| run.scalar(name).unwrap_or_else(|| panic!("{}: no {name}", arm.name));
        assert!(run.status == Status::Done && number("task") >= 0.0 && number("stream") >= 0.0 && (0.0..=1.0).contains(&number("accuracy")));
        // The bound holds whatever the step goes along.
        assert!(number("slack") >= -1e-12, "{}: {}", arm.name, number("slack"));
        assert_eq!(run.scalar("share").is_some(), !arm.name.contains("plain"), "{}", arm.name);
        assert!([1.0, 4.0].contains(&number("rate")));
    }
    let work = |name: &str| all[&format!("design={name}/seed=0")].scalar("work").unwrap();
    assert!((work("plain-longer") / work("value") - 1.0).abs() < 0.05 && work("plain") < work("value") && work("value-less") < work("value"));
}

#[test]
fn a_designer_without_a_share_is_none() {
    let task = |design: &str| run_all(&format!("{SMALL}design = '{design}'\n").replace("[0.2, 0.6]", "[0.0]"), "").remove("default/seed=0").unwrap();
    let plain = task("plain");
    for design in ["value", "random", "oracle", "smoothing", "distillation", "labels"] {
        let found = task(design);
        assert_eq!((found.scalar("task"), found.series("task-course")), (plain.scalar("task"), plain.series("task-course")), "{design}");
    }
}

#[test]
fn short_steps_bring_what_they_promise() {
    let with = SMALL.replace("rates = [1.0, 4.0]", "rates = [0.01]").replace("[0.2, 0.6]", "[0.6]");
    for design in ["plain", "value", "labels"] {
        let run = run_all(&format!("{with}design = '{design}'\n"), "").remove("default/seed=0").unwrap();
        let number = |name: &str| run.scalar(name).unwrap();
        assert!((number("slope") - 1.0).abs() < 0.01 && number("value-r") > 0.999, "{design}: {} {}", number("slope"), number("value-r"));
    }
}

/// The value of a step's targets, from its definition.
fn value(own: &Settings, designer: &mut Designer, world: &World, learner: &Learner, down: &[f64]) -> f64 {
    let (mut pre, mut p) = (vec![0.0; learner.weights.len()], vec![0.0; own.tokens]);
    designer.begin();
    let mut targets = Vec::new();
    for (context, came) in world.tokens(0) {
        let mut q = vec![0.0; own.tokens];
        learner.probabilities(&world.features[context], &mut p);
        designer.target(context, &world.features[context], came, &p, &mut q);
        assert!((q.iter().sum::<f64>() - 1.0).abs() < 1e-12 && q.iter().all(|q| *q >= 0.0));
        targets.push((context, q));
    }
    learner.loss(targets.iter().map(|(context, q)| (world.features[*context].as_slice(), q.as_slice())), Some(&mut pre));
    dot(down, &pre)
}

#[test]
fn the_slope_of_the_value_is_that_of_differences() {
    let own = own();
    let world = World::new(&own, 3);
    let mut learner = Learner::new(own.features, own.tokens);
    learner.weights.iter_mut().enumerate().for_each(|(k, w)| *w = (k as f64 * 0.7).sin());
    let down: Vec<f64> = (0..learner.weights.len()).map(|k| (k as f64 * 1.3).cos()).collect();
    let mut designer = Designer::new(&own, 0.6);
    // Away from where it begins, so that nothing is even.
    for k in 0..designer.numbers() {
        designer.nudge(k, (k as f64 * 0.9).sin() * 0.2);
    }
    value(&own, &mut designer, &world, &learner, &down);
    let slope = designer.slope_of(&down, &world.features);
    for (k, slope) in slope.into_iter().enumerate() {
        let mut side = |by: f64| {
            designer.nudge(k, by);
            let found = value(&own, &mut designer, &world, &learner, &down);
            designer.nudge(k, -by);
            found
        };
        let found = (side(1e-5) - side(-1e-5)) / 2e-5;
        assert!((found - slope).abs() < 1e-8, "{k}: {found} {slope}");
    }
}

#[test]
fn the_loss_changes_its_slope_no_more_than_said() {
    let own = own();
    let world = World::new(&own, 1);
    let beta = smoothness(&world);
    let slope = |weights: &[f64]| {
        let mut learner = Learner::new(own.features, own.tokens);
        learner.weights.copy_from_slice(weights);
        let mut gradient = vec![0.0; weights.len()];
        learner.loss(world.labels.iter().map(|(context, label)| (world.features[*context].as_slice(), label.as_slice())), Some(&mut gradient));
        gradient
    };
    let numbers = own.features * own.tokens;
    for turn in 0..20 {
        let one: Vec<f64> = (0..numbers).map(|k| ((k * 7 + turn * 13) as f64).sin()).collect();
        let other: Vec<f64> = one.iter().enumerate().map(|(k, w)| w + 0.1 * ((k * 3 + turn) as f64).cos()).collect();
        let gap = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        assert!(gap(&slope(&one), &slope(&other)) <= beta * gap(&one, &other));
    }
}

#[test]
fn shuffled_labels_are_the_same_labels_of_the_same_contexts() {
    let labels = |design: Design| World::new(&Settings { design, ..own() }, 5).labels;
    let (right, dealt) = (labels(Design::Value), labels(Design::Shuffled));
    let contexts = |of: &[(usize, Vec<f64>)]| of.iter().map(|one| one.0).collect::<Vec<_>>();
    let sums = |of: &[(usize, Vec<f64>)]| (0..6).map(|v| of.iter().map(|one| one.1[v]).sum::<f64>()).collect::<Vec<_>>();
    assert!(contexts(&right) == contexts(&dealt) && sums(&right) == sums(&dealt) && right != dealt);
    assert!(right.iter().all(|(context, _)| *context < 8));
}

#[test]
fn a_stopped_run_is_made_again_to_the_same_bytes() {
    let with = format!("{SMALL}steps = 200\n").replace("steps = 40\n", "").replace("rates = [1.0, 4.0]", "rates = [1.0]").replace("[0.2, 0.6]", "[0.6]");
    let stage = trial::stages(&VPretraining, &with, "").unwrap().remove(0);
    let run = |watch: &dyn Fn(f64) -> Go, memory: &mut Memory| trial::run_stage(&VPretraining, &stage, &[], &NoFiles, memory, watch);
    let whole = run(&|_| Go::On, &mut Memory::default()).unwrap();
    let mut memory = Memory::default();
    assert!(matches!(run(&|_| Go::Stop, &mut memory), Err(StudyError::Interrupted)));
    assert_eq!(run(&|_| Go::On, &mut memory).unwrap(), whole);
}

#[test]
fn what_diverges_says_so_and_settings_out_of_range_are_named() {
    let with = SMALL.replace("rates = [1.0, 4.0]", "rates = [1e308]").replace("[0.2, 0.6]", "[0.6]");
    let run = run_all(&format!("{with}design = 'value'\n"), "").remove("default/seed=0").unwrap();
    assert!(matches!(&run.status, Status::Diverged(why) if why.contains("lower the rate")), "{:?}", run.status);
    for (wrong, says) in [("top = 40", "top"), ("less = 0.0", "less is 0"), ("related = 2.0", "related has 2"), ("shares = [-0.1]", "shares has -0.1")] {
        let why = VPretraining.stages(&toml::from_str(wrong).unwrap(), &arms::product(&toml::Table::new()).unwrap(), 0..1).unwrap_err().to_string();
        assert!(why.contains(says), "{why}");
    }
    assert!(flops_of_step(&own(), Design::Oracle) > flops_of_step(&own(), Design::Plain));
}
