//! Pictures, weights and costs that are known, and the study as a runner sees it. Self-distillation and the thorax are tested beside themselves.

use std::collections::BTreeMap;

use super::data::{Counts, source, task};
use super::head::Standard;
use super::plan::Piece;
use super::task::{Objective, Task};
use super::tune::positive_weights;
use super::*;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A study that is done in a blink.
const SMALL: &str = "world = 'made'\nwidth = 2\npictures = 32\ntimes = 2\nsteps = 9\nbatch = 4\nfew = 8\nmany = 12\nvalid = 16\ntest = 16\nnear = 4\n\
                     parts = 2\ntune-steps = 5\ntune-batch = 4\nrates = [1e-3, 1e-2]\ntuning-seeds = 1\n";

const ALL: &str = "method = ['scratch', 'scratch-longer', 'sl', 'sl-many', 'ssl', 'ssl-many', 'scrambled', 'medical']\n";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&MedicalInit, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&MedicalInit, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&MedicalInit, with, arms, &NoFiles)
}

/// One rate: nothing to choose.
fn single() -> String {
    SMALL.replace("[1e-3, 1e-2]", "[1e-2]")
}

#[test]
fn fewer_pictures_are_the_first_of_more_and_tasks_share_theirs() {
    let (few, many) = (source(Objective::Kinds, 4, 5), source(Objective::Distilled, 9, 5));
    assert!(many.pixels.starts_with(&few.pixels) && many.labels.starts_with(&few.labels) && many.labels.len() == 9);
    let scrambled = source(Objective::Scrambled, 9, 5);
    assert!(scrambled.labels == many.labels && scrambled.pixels != many.pixels);
    let medical = source(Objective::Findings, 50, 5);
    assert!(medical.labels.iter().all(|bits| *bits < 16) && medical.labels.iter().any(|bits| *bits > 0));
    let counts = Counts { few: 6, many: 9, valid: 4, test: 7, near: 3 };
    let of = |which: Task| task(World::Made, which, &counts, 5, &NoFiles).unwrap();
    let (few, many, xrays) = (of(Task::ThoraxFew), of(Task::ThoraxMany), of(Task::XraysFew));
    assert_eq!((few.known.labels.len(), many.known.labels.len(), few.test.labels.len()), (6, 9, 7));
    assert!(many.known.pixels.starts_with(&few.known.pixels) && few.test == many.test && few.valid == many.valid);
    // Another set of pictures, with one label, and no picture of either among those that `medical` learns from.
    assert!(xrays.test.pixels != few.test.pixels && xrays.known.labels.iter().all(|label| *label <= 1));
    assert!(medical.pixels[..784] != few.known.pixels[..784] && medical.pixels[..784] != xrays.known.pixels[..784]);
    assert!(task(World::Real, Task::XraysFew, &counts, 5, &NoFiles).is_err());
}

#[test]
fn losses_are_weighted_and_features_standardised() {
    // The first label: one of four has it; the second: all; the third: nobody.
    assert_eq!(positive_weights(&[0b011, 0b010, 0b010, 0b010], 3), [3.0, 1.0, 1.0]);
    let mut features = [1.0, 5.0, 3.0, 5.0];
    let standard = Standard::new(&features, 2);
    standard.apply(&mut features);
    assert_eq!(features, [-1.0, 0.0, 1.0, 0.0]);
}

#[test]
fn arms_share_pretrainings_and_tasks() {
    let all = stages(SMALL, ALL).unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // Six pretrainings: at two rates, at the chosen one on the seed to choose on, and on seed 0. Of eight arms four tasks, each at two rates and once
    // more, and of those with a pretraining each at two rates to choose that of the pretraining by.
    assert_eq!((count("pretraining"), count("task"), count("arm")), (6 * 4, 8 * 4 * 3 + 6 * 4 * 2, 8));
    assert!(all.iter().all(|s| s.flops > 0.0 && s.reads.is_empty()));
    // Heads have the pretraining of whole networks.
    let both = stages(SMALL, "method = 'ssl'\ntuning = ['whole', 'head']").unwrap();
    assert_eq!(both.iter().filter(|s| s.settings["piece"].as_str() == Some("pretraining")).count(), 4);
    // X-rays are read by their tasks alone, and the arm that is held against another has a task of it.
    let real = stages("rates = [1e-3]", "method = 'ssl-many'").unwrap();
    let reads: Vec<bool> = real.iter().map(|s| !s.reads.is_empty()).collect();
    assert_eq!(reads, [false, true, true, false, false, false, true, false]);
    assert_eq!(real.last().unwrap().needs.len(), 5);
}

#[test]
fn pretrainings_and_longer_tasks_take_as_many_operations() {
    let all: Vec<Piece> = stages("rates = [1e-3]", ALL).unwrap().iter().map(|stage| crate::settings::parse(&stage.settings).unwrap()).collect();
    let work: Vec<f64> = all.iter().filter_map(|p| if let Piece::Pretraining(own) = p { Some(own.work()) } else { None }).collect();
    assert_eq!(work.len(), 6);
    assert!(work.iter().all(|w| (w / work[0] - 1.0).abs() < 0.01), "{work:?}");
    let longer: Vec<f64> = all.iter().filter_map(|p| if let Piece::Task(own) = p { Some(own.work(own.more_steps)) } else { None }).collect();
    let longer: Vec<f64> = longer.into_iter().filter(|w| *w > 0.0).collect();
    assert!(longer.len() == 4 && longer.iter().all(|w| (w / work[0] - 1.0).abs() < 0.01), "{longer:?} {work:?}");
}

#[test]
fn every_method_ends_in_numbers() {
    let all = run_all(SMALL, ALL);
    assert!(all.values().all(|o| o.status == Status::Done), "{all:?}");
    let number = |name: &str, scalar: &str| all[&format!("method={name}/seed=0")].scalar(scalar);
    for name in ["scratch", "scratch-longer", "sl", "sl-many", "ssl", "ssl-many", "scrambled", "medical"] {
        for scalar in ["xrays-few", "near-many", "thorax-few", "thorax-many", "macro", "valid-thorax-few"] {
            assert!(number(name, scalar).is_some_and(|v| (0.0..=1.0).contains(&v)), "{name} {scalar}");
        }
        let pretrained = !name.starts_with("scratch");
        assert!(number(name, "kinds").is_some() == pretrained && number(name, "delong-p").is_none(), "{name}");
        // Of two rates both are at an end.
        assert_eq!(number(name, "edges"), Some(if pretrained { 5.0 } else { 4.0 }), "{name}");
    }
    assert_eq!(number("scratch", "work"), Some(0.0));
    // The objective and the pictures make a difference.
    let valid = |name: &str| number(name, "kinds");
    assert!(valid("ssl") != valid("scrambled") || number("ssl", "macro") != number("scrambled", "macro"));
}

#[test]
fn a_head_alone_leaves_features_as_they_are() {
    let all = run_all(&single(), "tuning = ['whole', 'head']\nmethod = ['scratch', 'ssl']");
    let of = |method: &str, tuning: &str| all[&format!("method={method},tuning={tuning}/seed=0")].scalar("macro").unwrap();
    assert!(["scratch", "ssl"].iter().all(|m| (0.0..=1.0).contains(&of(m, "head"))));
    assert_ne!(of("ssl", "head"), of("ssl", "whole"));
}

#[test]
fn findings_are_learned_and_labels_dealt_out_are_not() {
    let with = "world = 'made'\nwidth = 6\nfew = 240\nmany = 240\nvalid = 16\ntest = 200\nnear = 4\ntune-steps = 90\nrates = [2e-2]\n";
    let all = run_all(with, "method = 'scratch'\nnull = [false, true]");
    let area = |null: bool| all[&format!("null={null}/seed=0")].scalar("thorax-few").unwrap();
    assert!(area(false) > 0.6 && (0.38..0.62).contains(&area(true)), "{} {}", area(false), area(true));
}

#[test]
fn stopped_and_resumed_is_the_same() {
    for method in ["ssl-many", "medical"] {
        let (done, resumed) = trial::resumed(&MedicalInit, &single(), &format!("method = '{method}'"), &NoFiles);
        // All but the arm, which puts numbers together.
        assert_eq!((done, resumed), (6, 5), "{method}");
    }
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let with = single().replace("[1e-2]", "[1e30]").replace("tune-steps = 5", "tune-steps = 20");
    let all = run_all(&with, "method = ['ssl', 'scratch']");
    assert!(matches!(&all["method=ssl/seed=0"].status, Status::Diverged(why) if why.contains("pretraining diverged")), "{all:?}");
    assert!(matches!(&all["method=scratch/seed=0"].status, Status::Diverged(why) if why.contains("thorax-few: ")), "{all:?}");
    let stages = stages(&single(), "method = 'sl'").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("width = 0").contains("width: there is 0"));
    assert!(refused("many = 4_000").contains("4,708 X-rays at most"));
    assert!(refused("rates = []").contains("rates: there is 0"));
    assert!(refused("method = 'moco'").contains("moco"));
    let late = MedicalInit.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let with = single().replace("steps = 9", "steps = 30");
    let used = trial::cost(&MedicalInit, &with, ALL, &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
