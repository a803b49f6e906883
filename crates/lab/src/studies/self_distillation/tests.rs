//! Losses, distances and costs that are known, and the study as a runner sees it. The autoencoder is tested beside itself.

use std::collections::BTreeMap;

use nets::{Arena, Init, Mode, Params, Pass, Training, Var};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::data::{Counts, source, target};
use super::further::{Anchor, distillation};
use super::method::Target;
use super::network::{Shape, class_tokens};
use super::piece::{Further, Piece};
use super::*;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A study that is done in a blink.
const SMALL: &str = "world = 'made'\npatch = 14\nwidth = 8\ndepth = 1\nheads = 2\ndecoder = 4\nsource = 32\nsource-steps = 8\nunlabelled = 12\n\
                     labels = 6\nvalid = 40\ntest = 24\nnear = 4\nparts = 2\nsteps = 8\nbatch = 4\npulls = [1e-2]\ntune-steps = 3\ntune-batch = 4\n\
                     rates = [1e-3, 1e-2]\ntuning-seeds = 1\n";

const ALL: &str = "method = ['scratch', 'ft', 'fp', 'fp-twice', 'fp-matched', 'fp-l2', 'fp-dealt', 'sd', 'sd-random']\n";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&SelfDistillation, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&SelfDistillation, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&SelfDistillation, with, arms, &NoFiles)
}

/// One rate: nothing to choose.
fn single() -> String {
    SMALL.replace("[1e-3, 1e-2]", "[1e-3]")
}

/// What networks go on with, as stages have it, without those that a rate is chosen by.
fn goings_on(with: &str, arms: &str) -> Vec<Further> {
    let piece = |stage: &Stage| if let Piece::Further(own) = crate::settings::parse(&stage.settings).unwrap() { Some(own) } else { None };
    stages(with, arms).unwrap().iter().filter_map(piece).collect()
}

/// The value of a loss, and its gradient.
fn gradient(params: &mut Params<f32>, of: impl FnOnce(&mut Pass<'_, f32>) -> Var) -> (f64, Vec<f32>) {
    let mut slope = vec![0.0; params.len()];
    let mut arena = Arena::new();
    let mut pass = Pass::new(params, &mut arena, Mode::Train, Pcg64::seed_from_u64(1));
    let found = of(&mut pass);
    let value = pass.scalar(found);
    pass.backward(found, &mut slope);
    (value, slope)
}

#[test]
fn distances_by_hand() {
    let mut params = Params::<f32>::new(Pcg64::seed_from_u64(1));
    params.add("a", 1, 2, Init::Constant(3.0));
    params.add("b", 2, 1, Init::Constant(4.0));
    let anchor = Anchor::new(&params);
    params.values.copy_from_slice(&[3.0, 5.0, 4.0, 1.0]);
    let (value, slope) = gradient(&mut params, |pass| anchor.pull(pass));
    assert_eq!((value, slope), (4.0 + 9.0, vec![0.0, 4.0, 0.0, -6.0]));
    // Of the first two, 2 of √18; of all, √13 of √50.
    assert!((anchor.distance(&params.values, 2) - 2.0 / 18.0_f64.sqrt()).abs() < 1e-9);
    assert!((anchor.distance(&params.values, 4) - (13.0_f64 / 50.0).sqrt()).abs() < 1e-9);
}

#[test]
fn distillation_by_hand() {
    let mut params = Params::<f32>::new(Pcg64::seed_from_u64(1));
    let tensor = params.add("a", 2, 2, Init::Constant(1.0));
    let (value, slope) = gradient(&mut params, |pass| {
        let found = pass.weight(tensor);
        distillation(pass, found, &[1.0, 3.0, 1.0, 0.0])
    });
    // Summed over numbers, and the mean over two pictures.
    assert_eq!((value, slope), ((4.0 + 1.0) / 2.0, vec![0.0, -2.0, 0.0, 1.0]));
}

#[test]
fn a_student_that_is_its_teacher_has_nothing_to_learn_from_it() {
    let shape = Shape { patch: 14, width: 8, depth: 2, heads: 2, decoder: 4 };
    let (net, mut params) = shape.autoencoder(5, 0);
    let pixels: Vec<f32> = (0..3 * 784).map(|k| (k as f32 * 0.37).sin()).collect();
    let mut training = Training::new(params.clone(), 0.0);
    let wanted = training.infer(Pcg64::seed_from_u64(0), |pass| {
        let found = class_tokens(pass, &net.encoder, &pixels, 3);
        pass.value(found).to_vec()
    });
    let of = |params: &mut Params<f32>| {
        gradient(params, |pass| {
            let found = class_tokens(pass, &net.encoder, &pixels, 3);
            distillation(pass, found, &wanted)
        })
    };
    let (value, slope) = of(&mut params);
    assert!(value < 1e-9 && slope.iter().all(|g| g.abs() < 1e-4), "{value}");
    // Another one has, and only its encoder is moved by it.
    let (value, slope) = of(&mut shape.autoencoder(6, 0).1);
    let encoder = shape.encoder();
    assert!(value > 0.1 && slope[..encoder].iter().any(|g| g.abs() > 1e-3) && slope[encoder..].iter().all(|g| *g == 0.0), "{value}");
    assert_eq!(params.tensors()[params.tensors().partition_point(|(_, t)| t.start < encoder)].0, "decoder.lower.weight");
}

#[test]
fn targets_share_no_picture_with_the_source_and_fewer_are_the_first_of_more() {
    let counts = Counts { source: 20, unlabelled: 8, labels: 3, valid: 5, test: 6, near: 2 };
    let of = |which: Target, counts: &Counts| target(World::Made, which, counts, 5, &NoFiles).unwrap();
    let [learn, held] = source(World::Made, &Counts { unlabelled: 0, labels: 0, test: 0, near: 0, ..counts }, 5, &NoFiles).unwrap();
    assert_eq!((learn.labels.len(), held.labels.len()), (20, 5));
    for which in Target::ALL {
        let (more, fewer) = (of(which, &counts), of(which, &Counts { unlabelled: 4, ..counts }));
        assert_eq!(more.unlabelled.those(0..4), fewer.unlabelled, "{which:?}");
        assert!(more.valid == fewer.valid && more.test == fewer.test && more.near == more.test);
        assert!(more.unlabelled.labels.iter().all(|class| (*class as usize) < which.classes(World::Made)));
    }
    // Turned by a right angle and inverted: the upper left corner comes from the lower left one.
    let turned = of(Target::Turned, &counts);
    assert!((turned.valid.pixels[0] - (1.0 - held.pixels[27 * 28])).abs() < 1e-4);
    assert!((turned.valid.pixels[27] - (1.0 - held.pixels[0])).abs() < 1e-4);
    assert!(target(World::Real, Target::Xrays, &counts, 5, &NoFiles).is_err());
}

#[test]
fn arms_share_the_first_pretraining_and_the_teacher() {
    let all = stages(SMALL, ALL).unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // Everything at two rates and at the chosen one on the seed to choose on, and on seed 0: the source, and for each target seven ways of going on.
    // Nine arms with two targets, each at two rates and once more.
    assert_eq!((count("source"), count("further"), count("target"), count("arm")), (4, 2 * 7 * 4, 9 * 2 * 3, 9));
    let needed: Vec<usize> = all.iter().flat_map(|s| s.needs.clone()).collect();
    let runs: Vec<&Stage> = all.iter().enumerate().filter(|(k, _)| !needed.contains(k)).map(|(_, s)| s).collect();
    assert!(runs.len() == 9 && runs.iter().all(|s| s.id == format!("{}/seed=0", s.arm)));
    assert!(all.iter().all(|s| s.flops > 0.0 && s.reads.is_empty()));
    // The factor of a pull is chosen with the rate.
    let pulled = stages(&SMALL.replace("[1e-2]", "[1e-2, 1e-1]"), "method = 'fp-l2'").unwrap();
    assert_eq!(pulled.iter().filter(|s| s.settings["piece"].as_str() == Some("further")).count(), 2 * (4 + 2));
    let real = stages("rates = [1e-3]", "method = 'sd'").unwrap();
    let reads: Vec<usize> = real.iter().map(|s| s.reads.len()).collect();
    // The source, and for each target the teacher, the student and the labels; the arm reads nothing.
    assert_eq!(reads, [1, 1, 1, 1, 1, 1, 1, 0]);
}

#[test]
fn operations_are_matched_and_lengths_share_their_rate() {
    let work = |method: &str| goings_on("rates = [1e-3]", &format!("method = '{method}'")).iter().map(Further::work).collect::<Vec<_>>();
    // For each target: the teacher and the student.
    let (taught, matched, twice, once) = (work("sd"), work("fp-matched"), work("fp-twice"), work("fp"));
    assert_eq!((taught.len(), matched.len(), once.len()), (4, 2, 2));
    assert!((matched[0] / (taught[0] + taught[1]) - 1.0).abs() < 0.01, "{matched:?} {taught:?}");
    assert!(taught[0] == once[0] && twice[0] == 2.0 * once[0] && matched[0] > twice[0]);
    // Rates are tried with T steps, whatever the length.
    let steps = |arms: &str| goings_on(SMALL, arms).iter().filter(|own| own.target == Target::Xrays).map(|own| own.steps).collect::<Vec<_>>();
    assert_eq!(steps("method = 'fp'\nlength = 4"), [8, 8, 32, 32]);
    assert_eq!(steps("method = 'fp-twice'"), [16, 16, 16, 16]);
}

#[test]
fn every_method_ends_in_numbers() {
    let all = run_all(SMALL, ALL);
    assert!(all.values().all(|o| o.status == Status::Done), "{all:?}");
    let number = |name: &str, scalar: &str| all[&format!("method={name}/seed=0")].scalar(scalar);
    for name in ["scratch", "ft", "fp", "fp-twice", "fp-matched", "fp-l2", "fp-dealt", "sd", "sd-random"] {
        for scalar in ["xrays", "xrays-near", "turned", "valid-xrays", "valid-turned"] {
            assert!(number(name, scalar).is_some_and(|v| (0.0..=1.0).contains(&v)), "{name} {scalar}");
        }
        let goes_on = !["scratch", "ft"].contains(&name);
        assert!(number(name, "new-turned").is_some() == goes_on && number(name, "work").is_some_and(|w| (w > 0.0) == goes_on), "{name}");
        assert_eq!(number(name, "pull-xrays").is_some(), name == "fp-l2", "{name}");
        // Of two rates both are at an end; of one factor it is not said.
        let rates = if name == "scratch" { 2.0 } else { 3.0 + if goes_on { 2.0 } else { 0.0 } };
        assert_eq!(number(name, "edges"), Some(rates), "{name}");
    }
    assert_eq!((number("scratch", "explained"), number("ft", "explained")), (None, number("sd", "explained")));
    assert!(number("sd", "teaching") == number("fp", "work") && number("fp", "teaching") == Some(0.0));
    assert!((number("fp-matched", "work").unwrap() / number("sd", "work").unwrap() - 1.0).abs() < 0.1);
    assert_ne!(number("sd", "new-xrays"), number("sd-random", "new-xrays"));
    assert_ne!(number("fp", "new-xrays"), number("fp-dealt", "new-xrays"));
}

#[test]
fn without_weight_a_student_goes_on_as_by_itself() {
    let with = single().replace("\nsteps = 8", "\nsteps = 30");
    let all = run_all(&format!("{with}weight = 1e-12\n"), "method = ['fp', 'sd']");
    let number = |name: &str| all[&format!("method={name}/seed=0")].scalar("new-xrays").unwrap();
    assert!((number("fp") - number("sd")).abs() < 1e-3, "{} {}", number("fp"), number("sd"));
    let strong = run_all(&format!("{with}weight = 10\n"), "method = ['fp', 'sd']");
    let number = |name: &str| strong[&format!("method={name}/seed=0")].scalar("new-xrays").unwrap();
    assert_ne!(number("fp"), number("sd"));
}

#[test]
fn what_is_pulled_stays_nearer() {
    let with = single().replace("\nsteps = 8", "\nsteps = 60").replace("pulls = [1e-2]", "pulls = [10]");
    let all = run_all(&with, "method = ['fp', 'fp-l2']");
    let number = |name: &str| all[&format!("method={name}/seed=0")].scalar("distance-xrays").unwrap();
    assert!(number("fp-l2") < 0.8 * number("fp"), "{} {}", number("fp-l2"), number("fp"));
}

#[test]
fn stopped_and_resumed_is_the_same() {
    for method in ["sd", "fp-l2"] {
        let (all, resumed) = trial::resumed(&SelfDistillation, &single(), &format!("method = '{method}'"), &NoFiles);
        // All but the arm, which puts numbers together.
        assert_eq!(resumed + 1, all, "{method}");
    }
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let with = single().replace("[1e-3]", "[1e30]").replace("source-steps = 8", "source-steps = 20").replace("tune-steps = 3", "tune-steps = 20");
    let all = run_all(&with, "method = ['sd', 'ft', 'scratch']");
    for (arm, why) in [("sd", "diverged"), ("ft", "diverged"), ("scratch", "xrays: ")] {
        assert!(matches!(&all[&format!("method={arm}/seed=0")].status, Status::Diverged(found) if found.contains(why)), "{all:?}");
    }
    let stages = stages(&single(), "method = 'ft'").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("labels = 501").contains("unlabelled: there is 500, where 501"));
    assert!(refused("heads = 5").contains("5 heads do not divide"));
    assert!(refused("mask = 1.0").contains("mask is below 1"));
    assert!(refused("pulls = [-1.0]").contains("pulls has -1"));
    assert!(refused("source = 8_000").contains("there are 10,000 digits"));
    assert!(refused("near = 4_000\nunlabelled = 800").contains("there are 4,708 X-rays"));
    assert!(refused("method = 'rifle'").contains("rifle"));
    let late = SelfDistillation.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let with = single().replace("patch = 14", "patch = 7");
    let used = trial::cost(&SelfDistillation, &with, ALL, &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
