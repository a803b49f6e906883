//! Pictures, measures, rankings and costs that are known, and the study as a runner sees it. Objectives and temperatures are tested beside
//! themselves.

use std::collections::BTreeMap;

use super::data::{SIDE, source, task};
use super::gather::agreement;
use super::measure::{Decisions, worth};
use super::strategy::Source;
use super::task::Counts;
use super::*;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A study that is done in a blink.
const SMALL: &str = "world = 'made'\nwidth = 2\npictures = 32\nsteps = 6\nbatch = 4\nneighbours = 2\nqueue = 8\npoints = 60\nlabels = 8\nvalid = 8\n\
                     test = 20\ntune-steps = 5\ntune-batch = 4\npretraining-rates = [1e-3, 1e-2]\nrates = [1e-2, 1e-1]\ntuning-seeds = 1\n";

const ALL: &str =
    "strategy = ['scratch', 'kinds', 'masked', 'distilled', 'look', 'fractals', 'in-domain', 'out-of-domain', 'scrambled']\nbudget = ['steps', 'operations']\n";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&TransferMatrix, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&TransferMatrix, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&TransferMatrix, with, arms, &NoFiles)
}

/// One rate: nothing to choose.
fn single() -> String {
    SMALL.replace("[1e-3, 1e-2]", "[1e-2]").replace("[1e-2, 1e-1]", "[3e-2]")
}

#[test]
fn targets_have_the_pictures_that_they_say() {
    let counts = |labels: usize| Counts { labels, valid: 5, test: 7 };
    let of = |target: Target, labels: usize| task(World::Made, target, &counts(labels), 3, &NoFiles).unwrap();
    for target in Target::ALL {
        let ([few, valid, test], [many, same_valid, same_test]) = (of(target, 6), of(target, 9));
        assert_eq!((few.labels.len(), valid.labels.len(), test.labels.len(), many.side), (6, 5, 7, SIDE), "{target:?}");
        assert!(many.pixels.starts_with(&few.pixels) && many.labels.starts_with(&few.labels), "{target:?}");
        assert!(valid == same_valid && test == same_test, "{target:?}");
        // What is pretrained on is none of it, whatever the target.
        let known = [&many, &valid, &test];
        for from in [target.own(), target.elsewhere(), Source::Bank] {
            let learn = source(World::Made, from, 8, 21, 3, &NoFiles).unwrap();
            let there = |one: &[f32]| known.iter().any(|part| part.pixels.chunks_exact(SIDE * SIDE).any(|other| other == one));
            assert_eq!(learn.labels.len(), 8);
            assert!(!learn.pixels.chunks_exact(SIDE * SIDE).any(there), "{target:?} {from:?}");
        }
    }
    let ([plain, ..], [turned, ..], [negative, ..]) = (of(Target::Digits, 1), of(Target::Turned, 1), of(Target::Negative, 1));
    // The top right corner comes to the top left one; black becomes white.
    assert_eq!((turned.pixels[0], turned.pixels[SIDE - 1]), (plain.pixels[SIDE - 1], plain.pixels[SIDE * SIDE - 1]));
    assert!(negative.pixels.iter().zip(&plain.pixels).all(|(n, p)| (n + p - 1.0).abs() < 1e-6));
    let sorted = |pixels: &[f32]| {
        let mut all = pixels.to_vec();
        all.sort_by(f32::total_cmp);
        all
    };
    assert_eq!(sorted(&turned.pixels), sorted(&plain.pixels));
    let (bank, scrambled) = (Source::Bank, Source::Scrambled);
    let of = |from: Source| source(World::Made, from, 8, 0, 3, &NoFiles).unwrap();
    assert!(of(bank).labels == of(scrambled).labels && of(bank).pixels != of(scrambled).pixels);
    assert!(source(World::Made, Source::Fractals, 8, 0, 3, &NoFiles).is_err());
    assert!(task(World::Real, Target::Xrays, &counts(6), 3, &NoFiles).is_err());
}

#[test]
fn what_scores_are_worth_is_known_by_hand() {
    // Three of four digits are right: chance has a tenth.
    let scores: Vec<f32> = [2, 5, 5, 9].iter().flat_map(|at| (0..10).map(move |k| if k == *at { 1.0 } else { 0.0 })).collect();
    let [value, skill] = worth(Target::Digits, &scores, &[2, 5, 4, 9]).unwrap();
    assert!((value - 0.75).abs() < 1e-12 && (skill - 0.65 / 0.9).abs() < 1e-12);
    assert_eq!(worth(Target::Xrays, &[0.1, 0.9, 0.4], &[0, 1, 0]), Some([1.0, 1.0]));
    assert_eq!(worth(Target::Xrays, &[0.5, 0.5, 0.5], &[0, 1, 0]), Some([0.5, 0.0]));
    let bits = Decisions::new(Target::Thorax, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[0b100_001]);
    assert_eq!((bits.classes, bits.right, bits.scores[10..].to_vec()), (2, vec![1, 0, 0, 0, 0, 1], vec![0.0, 6.0]));
    // Sure of two decisions of which one is right: wrong by a half; at no temperature to speak of it says nothing, and is right as often.
    let sure = Decisions { scores: vec![0.0, 40.0, 0.0, 40.0], right: vec![1, 0], classes: 2 };
    let ([nll, ece], [cold, fair]) = (sure.calibration(1.0).unwrap(), sure.calibration(1e6).unwrap());
    assert!((nll - 20.0).abs() < 1e-6 && (ece - 0.5).abs() < 1e-9 && (cold - 2.0f64.ln()).abs() < 1e-6 && fair < 1e-4);
}

#[test]
fn rankings_that_are_known_agree_as_they_must() {
    // Four strategies on two targets: seed by seed, at equal steps and at equal operations.
    let all = |rows: [[f64; 4]; 4]| rows.iter().flat_map(|row| [*row, *row]).flatten().map(Some).collect::<Vec<Option<f64>>>();
    let (steps, operations) = ([0.0, 0.1, 0.2, 0.3], [0.9, 0.1, 0.2, 0.3]);
    let of = |skills: &[Option<f64>], name: &str| agreement(skills, 4, 2).into_iter().find(|(known, _)| *known == name).and_then(|(_, v)| v);
    let found = all([steps, operations, steps, operations]);
    let close = |name: &str, wanted: f64| (of(&found, name).unwrap() - wanted).abs() < 1e-9;
    // From the last place to the first: without it nothing has changed.
    assert!(close("again", 1.0) && close("matched", -0.2) && close("lost", 1.2) && close("lost-pretrained", 0.0));
    assert!(close("scratch-place", 4.0) && close("scratch-place-matched", 1.0) && close("scratch-rise", 3.0));
    // Rankings that matching does not change lose nothing, however little seeds agree.
    let (first, second) = ([0.0, 0.1, 0.2, 0.3], [0.3, 0.0, 0.2, 0.1]);
    let noisy = all([first, first, second, second]);
    assert!(of(&noisy, "again").unwrap() < 0.5 && of(&noisy, "lost").unwrap().abs() < 1e-9);
    // A skill that is missing leaves no ranking.
    let mut broken = found;
    broken[3] = None;
    assert!(of(&broken, "again").is_none() && of(&broken, "scratch-place").is_none() && of(&broken, "scratch-place-matched").is_some());
}

#[test]
fn stages_are_shared_and_each_is_there_once() {
    let all = stages(SMALL, ALL).unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // Eight pretrainings at equal steps and four more at equal operations; each at two rates on another seed, at the chosen one there, and on seed 0.
    // Judges: all six targets of every one of them.
    assert_eq!((count("pretraining"), count("arm")), (12 * 4, 18));
    assert_eq!(count("task"), 2 * 12 * 6 + 14 * 3);
    let mut ids: Vec<&str> = all.iter().map(|s| s.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.len());
    // Two arms of one content have one task.
    let of = |name: &str| all.iter().find(|s| s.id == format!("budget={name}/seed=0")).unwrap();
    assert_eq!(of("steps,strategy=in-domain").needs, of("operations,strategy=in-domain").needs);
    assert_eq!(of("steps,strategy=scratch").needs.len(), 1);
    // More labels, and the head alone, have the same pretraining.
    let several = stages(&SMALL.replace("labels = 8\n", ""), "strategy = 'kinds'\nlabels = [100, 400]\ntuning = ['whole', 'head']").unwrap();
    assert_eq!(several.iter().filter(|s| s.settings["piece"].as_str() == Some("pretraining")).count(), 4);
    // A ranking has two seeds of its own, and what it needs is what arms need.
    let ranking = stages(&single(), "ranking = true").unwrap();
    assert_eq!(ranking.last().unwrap().needs.len(), 2 * 2 * 6 * 8);
    assert_eq!(ranking.iter().filter(|s| s.settings["piece"].as_str() == Some("task")).count(), 2 * 6 * (8 + 5));
    // Digits and X-rays are read by what is about them alone.
    let real = |target: &str| stages("rates = [1e-2]\npretraining-rates = [1e-2]", &format!("target = '{target}'\nstrategy = 'in-domain'")).unwrap();
    let reads = |target: &str| real(target).iter().map(|s| s.reads.len()).collect::<Vec<usize>>();
    assert_eq!((reads("thorax"), reads("negative"), reads("xrays")), (vec![0, 0, 0, 0], vec![1, 1, 1, 0], vec![1, 1, 1, 0]));
}

#[test]
fn with_equal_operations_all_have_as_many() {
    let all = stages("rates = [1e-2]\npretraining-rates = [1e-2]", ALL).unwrap();
    let pieces: Vec<Piece> = all.iter().map(|stage| crate::settings::parse(&stage.settings).unwrap()).collect();
    let work: Vec<f64> = pieces.iter().filter_map(|p| if let Piece::Pretraining(own) = p { Some(own.work()) } else { None }).collect();
    let dearest = work.iter().copied().fold(0.0, f64::max);
    // Four with equal operations and the four of self-distillation; four others are cheaper at equal steps.
    assert_eq!((work.len(), work.iter().filter(|w| (*w / dearest - 1.0).abs() < 0.01).count()), (12, 8), "{work:?}");
    assert!(work.iter().filter(|w| **w < 0.6 * dearest).count() == 4, "{work:?}");
    let longer: Vec<f64> = pieces.iter().filter_map(|p| if let Piece::Task(own) = p { Some(own.work(own.more_steps)) } else { None }).collect();
    let longer: Vec<f64> = longer.into_iter().filter(|w| *w > 0.0).collect();
    assert!(longer.len() == 1 && (longer[0] / dearest - 1.0).abs() < 0.01, "{longer:?} {dearest}");
}

#[test]
fn every_strategy_ends_in_numbers_on_every_target() {
    let with = single();
    for target in ["digits", "turned", "negative", "shapes", "xrays", "thorax"] {
        let all = run_all(&format!("{with}target = '{target}'\n"), ALL);
        assert!(all.values().all(|o| o.status == Status::Done), "{all:?}");
        let arms = all.iter().filter(|(id, _)| id.starts_with("budget=") && id.matches('/').count() == 1);
        let mut seen = 0;
        for (id, outcome) in arms {
            seen += 1;
            let number = |name: &str| outcome.scalar(name).unwrap_or_else(|| panic!("{target} {id} {name}"));
            assert!((0.0..=1.0).contains(&number("value")) && (0.0..=1.0).contains(&number("ece")) && number("nll") >= 0.0, "{target} {id}");
            assert!(number("valid-drop") >= -1e-9 && number("temperature") > 0.0 && number("edges") == 0.0, "{target} {id}");
            if id.contains("steps,strategy=scratch") {
                assert_eq!((number("gain"), number("work")), (0.0, 0.0), "{target}");
            }
        }
        assert_eq!(seen, 18, "{target}");
    }
}

#[test]
fn a_ranking_has_every_number_of_its_own() {
    let all = run_all(&single().replace("test = 20", "test = 40"), "ranking = true");
    let found = &all["ranking=true/seed=0"];
    for name in ["again", "matched", "lost", "again-pretrained", "matched-pretrained", "lost-pretrained"] {
        assert!(found.scalar(name).is_some_and(|v| (-2.0..=2.0).contains(&v)), "{name}");
    }
    assert!(found.scalar("scratch-place").is_some_and(|v| (1.0..=8.0).contains(&v)));
    assert!(found.scalar("value").is_none());
}

#[test]
fn a_head_alone_is_another_training_and_tells_features_apart() {
    let all = run_all(&single(), "tuning = ['whole', 'head']\nstrategy = ['scratch', 'kinds']\ntarget = 'thorax'");
    let nll = |strategy: &str, tuning: &str| {
        let found = all.iter().find(|(id, _)| id.contains(&format!("strategy={strategy},tuning={tuning}/seed=0")));
        found.and_then(|(_, o)| o.scalar("nll")).unwrap_or_else(|| panic!("{strategy} {tuning}: {:?}", all.keys()))
    };
    assert!(nll("scratch", "head") != nll("scratch", "whole") && nll("scratch", "head") != nll("kinds", "head"));
}

#[test]
fn findings_are_learned_and_labels_dealt_out_are_not() {
    let with = "world = 'made'\ntarget = 'thorax'\nwidth = 6\nlabels = 240\nvalid = 16\ntest = 200\ntune-steps = 90\nrates = [3e-2]\n";
    let all = run_all(with, "strategy = 'scratch'\nnull = [false, true]");
    let value = |null: bool| all[&format!("null={null}/seed=0")].scalar("value").unwrap();
    assert!(value(false) > 0.58 && (0.38..0.62).contains(&value(true)), "{} {}", value(false), value(true));
}

#[test]
fn stopped_and_resumed_is_the_same() {
    for strategy in ["kinds", "masked", "distilled", "look", "fractals"] {
        let (done, resumed) = trial::resumed(&TransferMatrix, &single(), &format!("strategy = '{strategy}'"), &NoFiles);
        // The pretraining, the target, and the target from scratch; not the arm, which puts numbers together.
        assert_eq!((done, resumed), (4, 3), "{strategy}");
    }
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let with = single().replace("[1e-2]", "[1e30]").replace("[3e-2]", "[1e30]").replace("tune-steps = 5", "tune-steps = 20");
    let all = run_all(&with, "strategy = ['kinds', 'scratch']");
    assert!(matches!(&all["strategy=kinds/seed=0"].status, Status::Diverged(why) if why.contains("pretraining diverged")), "{all:?}");
    assert!(matches!(&all["strategy=scratch/seed=0"].status, Status::Diverged(_)), "{all:?}");
    let stages = stages(&single(), "strategy = 'masked'").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("width = 0").contains("width: there is 0"));
    assert!(refused("labels = 2_000").contains("labels: there is 2000"));
    assert!(refused("mask = 1.0").contains("mask has 1"));
    assert!(refused("pictures = 4_700").contains("4708 X-rays"));
    assert!(refused("rates = []").contains("rates: there is 0"));
    assert!(refused("strategy = 'moco'").contains("moco"));
    let with: toml::Table = toml::from_str("ranking = true").unwrap();
    let late = TransferMatrix.stages(&with, &arms::product(&toml::Table::new()).unwrap(), 499..501).unwrap_err();
    assert!(late.to_string().contains("a ranking has two seeds"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let with = single().replace("steps = 6", "steps = 30");
    let used = trial::cost(&TransferMatrix, &with, ALL, &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
