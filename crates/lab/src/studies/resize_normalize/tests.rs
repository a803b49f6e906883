//! Features whose answers are known, and the study as a runner sees it.

use std::collections::BTreeMap;

use nets::{Params, Training};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::data::{Counts, LARGE, NATIVE, Parts, scale};
use super::measure::statistics;
use super::network::build;
use super::*;
use crate::blocks::samples::{Samples, rescale};
use crate::blocks::sized_encoder::features;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A study that is done in a blink.
const SMALL: &str = "world = 'made'\nwidth = 2\npictures = 4\nsteps = 5\nbatch = 8\nrates = [1e-3, 1e-2]\nknown = 3\nvalid = 2\ntest = 2\n\
                     neighbours = 2\ntuning-seeds = 1\n";

const ENCODERS: &str = "encoder = ['pretrained', 'divided', 'small', 'shuffled', 'target-only', 'random', 'statistics', 'pixels']\n";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&ResizeNormalize, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&ResizeNormalize, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&ResizeNormalize, with, arms, &NoFiles)
}

#[test]
fn pictures_of_pretraining_are_large_and_of_other_classes() {
    let counts = Counts { pictures: 2, known: 3, valid: 1, test: 2 };
    let parts = Parts::new(World::Made, counts, 5, &NoFiles).unwrap();
    assert_eq!((parts.source.side, parts.source.labels.len(), parts.source.pixels.len()), (LARGE, 32, 32 * LARGE * LARGE));
    assert_eq!((parts.known.side, parts.known.labels.len(), parts.test.labels.len()), (NATIVE, 48, 32));
    assert_eq!(parts.known.labels[..4], [0, 0, 0, 1]);
    assert_eq!((parts.of(Encoder::Small).side, parts.of(Encoder::TargetOnly)), (NATIVE, parts.known.clone()));
    // The same classes and pictures for another number of them at the end.
    let again = Parts::new(World::Made, Counts { test: 1, ..counts }, 5, &NoFiles).unwrap();
    assert_eq!((again.source, again.known), (parts.source, parts.known));
    assert!(Parts::new(World::Digits, counts, 5, &NoFiles).is_err());
}

#[test]
fn scales_by_hand() {
    let samples = Samples { pixels: vec![0.0, 2.0, 4.0, 2.0], labels: vec![0], side: 2 };
    let of = |encoder, normalisation| {
        let mut pixels = vec![2.0, 255.0];
        rescale(&mut pixels, scale(encoder, normalisation, &samples));
        pixels
    };
    let standard = of(Encoder::Pretrained, Normalisation::Own);
    assert!(standard[0] == 0.0 && (standard[1] - 253.0 / 2.0_f32.sqrt()).abs() < 1e-3, "{standard:?}");
    assert_eq!(of(Encoder::Pretrained, Normalisation::Other)[1], 1.0);
    assert_eq!(of(Encoder::Divided, Normalisation::Own)[1], 1.0);
    assert_eq!(of(Encoder::Divided, Normalisation::Other), standard);
    assert_eq!(of(Encoder::Divided, Normalisation::Raw), [2.0, 255.0]);
}

#[test]
fn statistics_by_hand() {
    let picture: Vec<f32> = (0..16).map(|k| k as f32).collect();
    let found = statistics(&Samples { pixels: picture.clone(), labels: vec![0], side: 4 });
    assert!((found[0] - 7.5).abs() < 1e-6 && (found[1] - (21.25_f32).sqrt()).abs() < 1e-5, "{found:?}");
    assert_eq!((found[2], found[3], &found[4..]), (0.0, 15.0, &picture[..]));
}

#[test]
fn a_network_has_biases_from_the_start() {
    let mut params = Params::<f32>::new(Pcg64::seed_from_u64(1));
    let net = build(&mut params, 3, 5, &mut Pcg64::seed_from_u64(2));
    let biases = params.mask(|name| name.ends_with("norm.bias"));
    let some: Vec<f32> = params.values.iter().zip(biases).filter(|(_, is)| *is).map(|(v, _)| *v).collect();
    // A third of nine inputs at first, less for more inputs.
    assert!(some.len() == 21 && some[..3].iter().all(|b| b.abs() <= 1.0 / 3.0) && some[3..].iter().all(|b| b.abs() <= 0.2), "{some:?}");
    assert!(some.iter().any(|b| b.abs() > 0.05));
    let mut training = Training::new(params, 0.0);
    // Features of twice the input are not twice the features.
    let of = |training: &mut Training<f32>, by: f32| {
        let samples = Samples { pixels: (0..196).map(|k| by * (k as f32 * 0.3).sin()).collect(), labels: vec![0], side: 14 };
        features(&net, training, &samples)
    };
    let (one, two) = (of(&mut training, 1.0), of(&mut training, 2.0));
    assert!(one.iter().zip(&two).any(|(a, b)| (2.0 * a - b).abs() > 1e-3), "{one:?} {two:?}");
}

#[test]
fn arms_share_networks_and_measures() {
    let all = stages(SMALL, &format!("{ENCODERS}size = [14, 28]")).unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // Five networks are trained at two rates on one other seed, and once more; sixteen arms with as many measures.
    assert_eq!((count("pretraining"), count("measure"), count("arm")), (5 * 3, 16, 16));
    let needed: Vec<usize> = all.iter().flat_map(|s| s.needs.clone()).collect();
    let runs: Vec<&Stage> = all.iter().enumerate().filter(|(k, _)| !needed.contains(k)).map(|(_, s)| s).collect();
    assert!(runs.len() == 16 && runs.iter().all(|s| s.id == format!("{}/seed=0", s.arm)));
    assert!(all.iter().all(|s| s.flops > 0.0 && s.reads.is_empty()));
    // An arm in raw numbers is held against small pictures in raw numbers, and against its own normalisation.
    let raw = stages(SMALL, "encoder = 'pixels'\nnormalisation = 'raw'").unwrap();
    assert_eq!(raw.iter().filter(|s| s.settings["piece"].as_str() == Some("measure")).count(), 3);
    assert!(stages("rates = [1e-3]", "").unwrap().iter().filter(|s| s.settings["piece"].as_str() != Some("arm")).all(|s| s.reads == ["mnist_t10k"]));
}

#[test]
fn every_encoder_is_measured_and_held_against_itself() {
    let all = run_all(SMALL, &format!("{ENCODERS}size = [14, 28]\nnormalisation = ['own', 'other', 'raw']"));
    assert!(all.values().all(|o| o.status == Status::Done));
    let of = |encoder: &str, size: usize, normalisation: &str| &all[&format!("encoder={encoder},normalisation={normalisation},size={size}/seed=0")];
    for encoder in ["pretrained", "divided", "small", "shuffled", "target-only", "random", "statistics", "pixels"] {
        for normalisation in ["own", "other", "raw"] {
            let (native, large) = (of(encoder, 14, normalisation), of(encoder, 28, normalisation));
            let number = |o: &Outcome, name: &str| o.scalar(name).unwrap();
            assert!([native, large].iter().all(|o| (0.0..=1.0).contains(&number(o, "neighbours")) && (0.0..=1.0).contains(&number(o, "probe"))));
            assert_eq!((number(native, "size-gain"), number(of(encoder, 28, "own"), "normalisation-loss")), (0.0, 0.0));
            let gain = number(large, "neighbours") - number(native, "neighbours");
            assert!((number(large, "size-gain") - gain).abs() < 1e-12, "{encoder} {normalisation}");
            let loss = number(of(encoder, 28, "own"), "neighbours") - number(large, "neighbours");
            assert!((number(large, "normalisation-loss") - loss).abs() < 1e-12, "{encoder} {normalisation}");
        }
    }
    // Distances of pixels only change by a factor.
    assert!(["other", "raw"].iter().all(|n| of("pixels", 28, n).scalar("normalisation-loss") == Some(0.0)));
    assert_eq!((of("random", 28, "own").scalar("rate"), of("small", 28, "own").scalar("passed")), (None, Some(40.0)));
}

#[test]
fn features_know_more_than_a_guess() {
    let with = "world = 'made'\nwidth = 6\npictures = 40\nsteps = 150\nbatch = 32\nrates = [1e-2]\nknown = 20\nvalid = 4\ntest = 10\n";
    let all = run_all(with, "encoder = 'pretrained'");
    let found = &all["encoder=pretrained/seed=0"];
    assert!(["neighbours", "probe"].iter().all(|name| found.scalar(name).is_some_and(|v| v > 2.0 / World::Made.half() as f64)), "{found:?}");
    let loss = &found.series("loss").unwrap().y;
    assert!(loss[loss.len() - 1] < 0.8 * loss[0], "{loss:?}");
}

#[test]
fn stopped_and_resumed_is_the_same() {
    let stage = stages(&SMALL.replace("[1e-3, 1e-2]", "[1e-3]"), "").unwrap().remove(0);
    let whole = run_stage(&stage, &[], &mut Memory::default(), &|_| Go::On).unwrap();
    let mut memory = Memory::default();
    assert_eq!(run_stage(&stage, &[], &mut memory, &|_| Go::Stop), Err(StudyError::Interrupted));
    assert!(memory.0.is_some());
    assert_eq!(run_stage(&stage, &[], &mut memory, &|_| Go::On).unwrap(), whole);
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let with = SMALL.replace("[1e-3, 1e-2]", "[1e30]").replace("steps = 5", "steps = 20");
    let all = run_all(&with, "encoder = 'pretrained'");
    assert!(matches!(&all["encoder=pretrained/seed=0"].status, Status::Diverged(why) if why.contains("pretraining diverged")), "{all:?}");
    let stages = stages(&SMALL.replace("[1e-3, 1e-2]", "[1e-3]"), "encoder = 'pretrained'").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("size = 2").contains("size: there is 2"));
    assert!(refused("rates = [0.0]").contains("rates has 0"));
    assert!(refused("encoder = 'seco'").contains("seco"));
    assert!(refused("known = 0").contains("known: there is 0"));
    let late = ResizeNormalize.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let used = trial::cost(&ResizeNormalize, &SMALL.replace("width = 2", "width = 8"), &format!("{ENCODERS}size = [14, 28]"), &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
