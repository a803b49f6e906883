//! Pieces, forecasts and errors by hand, and the study as a runner sees it.

use std::collections::BTreeMap;

use nets::{Params, Training};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::data::{Channels, Source, Target};
use super::forecast::Errors;
use super::learner::Learner;
use super::linear::trend;
use super::network::{self, Net, Shape};
use super::plan::Mixture;
use super::*;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// Forecasts in a blink.
const SMALL: &str = "piece = 4\npieces = 3\npooling = [2, 1]\nwidth = 8\nhorizon = 8\ntrain = 200\nvalid = 40\ntest = 60\nstride = 2\n\
                     pretraining-steps = 5\npretraining-batch = 6\nsteps = 6\nbatch = 4\nrates = [1e-3, 1e-2]\ntuning-seeds = 1\nshare = 0.5\n";

const ALL: &str = "method = ['gpht', 'flat', 'causal', 'real', 'synthetic', 'shuffled', 'random-heads', 'scratch', 'longer', 'dlinear', 'naive']";

fn small(method: Method) -> Settings {
    let table: toml::Table = toml::from_str(SMALL).unwrap();
    Settings { method, ..settings::over(&Settings::default(), &table).unwrap() }
}

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&Gpht, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&Gpht, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&Gpht, with, arms, &NoFiles)
}

/// A network of first weights, and the piece after a window.
fn next(shape: &Shape, window: &[f32]) -> Vec<f32> {
    let mut params = Params::new(Pcg64::seed_from_u64(1));
    let net = Net::new(&mut params, shape.clone());
    Training::new(params, 0.0).infer(Pcg64::seed_from_u64(0), |pass| net.next(pass, window))
}

#[test]
fn a_forecast_moves_with_the_level_and_the_scale_of_its_window() {
    let window: Vec<f32> = (0..12).map(|k| (k as f32).sin() * 3.0).collect();
    let moved: Vec<f32> = window.iter().map(|v| 5.0 + 2.0 * v).collect();
    for pooling in [vec![2, 1], vec![1, 4, 2]] {
        let shape = Shape { piece: 4, pieces: 3, pooling, width: 8, heads: 2, layers: 1, causal: false };
        let (a, b) = (next(&shape, &window), next(&shape, &moved));
        assert!(a.len() == 4 && a.iter().zip(&b).all(|(a, b)| (5.0 + 2.0 * a - b).abs() < 1e-2), "{a:?} {b:?}");
    }
}

#[test]
fn what_a_stage_said_before_is_taken_from_what_the_next_one_sees() {
    // With heads that say nothing, the second stage sees the series itself, and all that is said is the mean of the window.
    let shape = Shape { piece: 4, pieces: 3, pooling: vec![2, 1], width: 8, heads: 2, layers: 1, causal: false };
    let mut params = Params::new(Pcg64::seed_from_u64(1));
    let net = Net::new(&mut params, shape);
    let heads = params.mask(network::in_head);
    assert_eq!(heads.iter().filter(|head| **head).count(), 2 * (8 * 4 + 4));
    params.values.iter_mut().zip(&heads).filter(|(_, head)| **head).for_each(|(v, _)| *v = 0.0);
    let window: Vec<f32> = (0..24).map(|k| k as f32).collect();
    let said = Training::new(params, 0.0).infer(Pcg64::seed_from_u64(0), |pass| net.next(pass, &window));
    assert!(said.iter().zip([5.5, 5.5, 5.5, 5.5, 17.5, 17.5, 17.5, 17.5]).all(|(a, b)| (a - b).abs() < 1e-4), "{said:?}");
}

#[test]
fn a_day_repeated_and_a_trend_by_hand() {
    let own = small(Method::Naive);
    let mut params = Params::new(Pcg64::seed_from_u64(1));
    let learner = Learner::new(&mut params, &own);
    let window: Vec<f32> = (0..12).map(|k| k as f32).collect();
    let said = learner.forecasts(&mut Training::new(params, 0.0), &own, &window);
    assert_eq!(said, [8.0, 9.0, 10.0, 11.0, 8.0, 9.0, 10.0, 11.0]);
    assert!(trend(&[2.0; 30]).iter().all(|v| (v - 2.0).abs() < 1e-6));
    // Of 0, 1, 2, … the trend in the middle is the middle; at the first hour thirteen of 25 are the first.
    let line = trend(&(0..40).map(|k| k as f32).collect::<Vec<f32>>());
    assert!((line[20] - 20.0).abs() < 1e-4 && (line[0] - 78.0 / 25.0).abs() < 1e-4, "{line:?}");
}

#[test]
fn errors_by_hand() {
    // One channel that is 1 at all hours but the last two of the test part, where it is 3; the last piece again is always 1.
    let own = Settings { stride: 1, ..small(Method::Naive) };
    let mut values = vec![1.0_f32; 300];
    values[298..].fill(3.0);
    let target = Target { channels: Channels(vec![values]), ..Target::new(&own, 1, &NoFiles).unwrap() };
    let mut params = Params::new(Pcg64::seed_from_u64(1));
    let learner = Learner::new(&mut params, &own);
    let found = Errors::of(&learner, &mut Training::new(params, 0.0), &own, &target, 291..293, 1);
    // Forecasts of eight hours from 291 and from 292 on: one and two hours of a gap of two.
    assert_eq!(found.by_hour, [0.5, 1.0]);
    assert_eq!((found.first, found.whole), ((0.0, 0.0), (0.75, 0.375)));
    assert_eq!((target.valid.clone(), target.test.clone()), (200..233, 240..293));
}

#[test]
fn windows_that_mixtures_have_in_common_are_the_same() {
    let draw = |mixture: Mixture| {
        let mut batch = Vec::new();
        Source::new(mixture, true, 200, 1, &NoFiles).unwrap().draw(&mut Pcg64::seed_from_u64(3), 40, 16, &mut batch);
        batch
    };
    let (mixed, real, synthetic, shuffled) = (draw(Mixture::Mixed), draw(Mixture::Real), draw(Mixture::Synthetic), draw(Mixture::Shuffled));
    let from = |other: &[f32]| mixed.chunks_exact(16).zip(other.chunks_exact(16)).filter(|(a, b)| a == b).count();
    assert_eq!((from(&real) + from(&synthetic), mixed.len()), (40, 640));
    assert!(from(&real) > 8 && from(&synthetic) > 8 && from(&shuffled) == 0);
    let sum = |batch: &[f32]| batch[..16].iter().map(|v| f64::from(*v)).sum::<f64>();
    assert!((sum(&mixed) - sum(&shuffled)).abs() < 1e-4);
}

#[test]
fn arms_share_pretraining_and_rivals() {
    let all = stages(SMALL, ALL).unwrap();
    let count = |work: &str| all.iter().filter(|s| s.settings["work"].as_str() == Some(work)).count();
    // Six networks are pretrained, for one seed and one to choose on; ten learn, each at two rates on one other seed.
    assert_eq!((count("pretraining"), count("fit"), count("arm")), (12, 10 * 3 + 1, 11));
    let needed: Vec<usize> = all.iter().flat_map(|s| s.needs.clone()).collect();
    let runs: Vec<&Stage> = all.iter().enumerate().filter(|(k, _)| !needed.contains(k)).map(|(_, s)| s).collect();
    assert!(runs.len() == 11 && runs.iter().all(|s| s.id == format!("{}/seed=0", s.arm)));
    assert!(all.iter().all(|s| s.flops > 0.0 && s.reads.is_empty()));
    let real = stages("world = 'ett'", "method = 'gpht'").unwrap();
    assert!(real.iter().all(|s| (s.reads == ["ett"]) == (s.settings["work"].as_str() != Some("arm"))));
    // Without a share nothing is learned, and only what is pretrained forecasts.
    assert_eq!(stages(&SMALL.replace("share = 0.5", "share = 0.0"), "method = 'gpht'").unwrap().len(), 4);
}

#[test]
fn every_method_forecasts() {
    let all = run_all(SMALL, ALL);
    assert!(all.values().all(|o| o.status == Status::Done), "{all:?}");
    let number = |name: &str, scalar: &str| all[&format!("method={name}/seed=0")].scalar(scalar);
    for name in ["gpht", "flat", "causal", "real", "synthetic", "shuffled", "random-heads", "scratch", "longer", "dlinear", "naive"] {
        let arm = &all[&format!("method={name}/seed=0")];
        let errors = &arm.series("error").unwrap().y;
        // Forecasts begin at every second of 53 hours.
        assert!(errors.len() == 27 && (number(name, "mse-whole").unwrap() - errors.iter().sum::<f64>() / 27.0).abs() < 1e-9, "{name}");
        assert!(number(name, "mse-first").is_some() && number(name, "mae-whole").is_some() && number(name, "valid").is_some());
        assert_eq!(number(name, "rate").is_some(), name != "naive", "{name}");
        // No one is held against itself.
        assert!(name != "longer" || number(name, "dm-longer").is_none());
        assert!(name != "naive" || number(name, "dm-naive").is_none());
    }
    assert_eq!((number("scratch", "passed"), number("gpht", "passed"), number("longer", "passed")), (Some(24.0), Some(54.0), Some(56.0)));
    // The linear forecast learns for as long as the network without pretraining.
    assert_eq!(number("dlinear", "passed"), number("longer", "passed"));
    assert_eq!((number("naive", "passed"), number("scratch", "pretraining-loss")), (Some(0.0), None));
}

#[test]
fn noise_cannot_be_forecast_and_a_day_can() {
    let with = "piece = 24\npieces = 2\npooling = [1]\nwidth = 16\nhorizon = 24\ntrain = 600\nvalid = 100\ntest = 200\nstride = 4\nshare = 1.0\n\
                pretraining-steps = 1\nsteps = 150\nbatch = 32\nrates = [1e-2]\n";
    let of = |world: &str, method: &str| run_all(with, &format!("method = '{method}'\nworld = '{world}'"));
    let error = |world: &str, method: &str| {
        let all = of(world, method);
        all[&format!("method={method},world={world}/seed=0")].scalar("mse-whole").unwrap()
    };
    let (naive, scratch) = (error("made", "naive"), error("made", "scratch"));
    assert!(naive < 1.3 && scratch < naive, "{naive} {scratch}");
    let (naive, scratch) = (error("noise", "naive"), error("noise", "scratch"));
    assert!((naive - 2.0).abs() < 0.3 && (0.85..1.6).contains(&scratch), "{naive} {scratch}");
}

#[test]
fn stopped_and_resumed_is_the_same() {
    let all = stages(SMALL, "method = 'causal'").unwrap();
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
    assert!(stopped > 4, "{stopped}");
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let one = SMALL.replace("rates = [1e-3, 1e-2]", "rates = [1e-3]");
    let with = format!("{one}pretraining-rate = 1e30\n").replace("pretraining-steps = 5", "pretraining-steps = 20");
    let all = run_all(&with, "method = 'gpht'");
    assert!(matches!(&all["method=gpht/seed=0"].status, Status::Diverged(why) if why.contains("pretraining diverged")), "{all:?}");
    let stages = stages(&one, "method = 'gpht'").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("pooling = [5, 1]").contains("pooling has 5"));
    assert!(refused("pooling = []").contains("pooling: there is 0"));
    assert!(refused("horizon = 100").contains("no multiple of a piece"));
    assert!(refused("share = 0.01").contains("86 hours"));
    assert!(refused("share = 1.5").contains("between 0 and 1"));
    assert!(refused("share = 0.0\nmethod = 'scratch'").contains("nothing but the target"));
    assert!(refused("heads = 5").contains("does not divide a width"));
    assert!(refused("method = 'patchtst'").contains("patchtst"));
    let late = Gpht.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let used = trial::cost(&Gpht, SMALL, "method = ['gpht', 'scratch', 'longer']", &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
