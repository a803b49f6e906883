//! Losses and sizes that are known, and the study as a runner sees it. Networks that are cut out are tested in `blocks::elastic`.

use std::collections::BTreeMap;

use nets::{Params, Training};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::data::{SIDE, first, second};
use super::plan::{Counts, Objective, Piece, Pretraining};
use super::pretraining::begin;
use super::step::{Lesson, Shown, drawn};
use super::*;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A study that is done in a blink.
const SMALL: &str = "world = 'made'\nwidths = [2, 4]\ndepths = [1, 2]\nwidth = 2\nblocks = 1\npictures = 32\nsteps = 8\nbatch = 4\nknown = 24\n\
                     valid = 16\ntest = 20\nrates = [1e-3, 1e-2]\n";

const ALL: &str = "method = ['poa', 'scrambled', 'without-same', 'without-other', 'without-intact', 'slim', 'alone', 'alone-longer', 'distilled', 'random']\n";

const COUNTS: Counts = Counts { pictures: 40, known: 12, valid: 10, test: 14 };

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&Poa, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&Poa, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&Poa, with, arms, &NoFiles)
}

/// One rate: nothing to choose.
fn single() -> String {
    SMALL.replace("[1e-3, 1e-2]", "[1e-2]")
}

/// The pretrainings of these arms.
fn pretrainings(with: &str, arms: &str) -> Vec<Pretraining> {
    let all = stages(with, arms).unwrap().into_iter().map(|stage| crate::settings::parse::<Piece>(&stage.settings).unwrap());
    all.filter_map(|piece| if let Piece::Pretraining(own) = piece { Some(own) } else { None }).collect()
}

#[test]
fn pictures_are_shared_and_labelled_ones_are_not_learned_from() {
    let (learn, parts) = first(World::Made, &COUNTS, false, 5, &NoFiles).unwrap();
    let (scrambled, same) = first(World::Made, &COUNTS, true, 5, &NoFiles).unwrap();
    assert_eq!((learn.labels.len(), parts.known.labels.len(), parts.valid.labels.len(), parts.test.labels.len()), (40, 12, 10, 14));
    assert!(scrambled.pixels != learn.pixels && scrambled.labels == learn.labels && same.test == parts.test);
    let sum = |pixels: &[f32]| pixels.iter().map(|v| f64::from(*v)).sum::<f64>();
    assert!((sum(&scrambled.pixels[..SIDE * SIDE]) - sum(&learn.pixels[..SIDE * SIDE])).abs() < 1e-3);
    let other = second(&COUNTS, 5);
    assert!(other.known.pixels != parts.known.pixels && other.test.labels.iter().all(|shape| *shape < 8) && other.classes == 8);
    assert!(first(World::Real, &COUNTS, false, 5, &NoFiles).is_err());
}

#[test]
fn sizes_are_drawn_equally_often() {
    let mut counts = [0; 9];
    (0..36).for_each(|k| counts[drawn(3, k, 9)] += 1);
    assert_eq!(counts, [4; 9]);
    let order = |seed: u64, from: u64| (from..from + 9).map(|k| drawn(seed, k, 9)).collect::<Vec<usize>>();
    assert!(order(3, 0) != order(3, 9) && order(3, 0) != order(4, 0));
    assert_eq!(drawn(1, 5, 0), 0);
}

/// The gradient of a step of a network of one size, and its loss.
fn gradient(objective: Objective, sizes: &[Size]) -> (f64, Vec<f32>) {
    let all = pretrainings(&single(), "method = 'poa'");
    let own = Pretraining { objective, sizes: sizes.to_vec(), ..all[0].clone() };
    let (net, params) = begin(own.network, 3);
    let mut lesson = Lesson::new(&own, net, &params, None).unwrap();
    let mut teacher: Vec<f32> = params.values.iter().enumerate().map(|(k, v)| v + 0.05 * (k as f32).sin()).collect();
    let mut training = Training::new(params, 0.0);
    let pixels: Vec<f32> = (0..2 * 6 * SIDE * SIDE).map(|k| (k as f32 * 0.7).sin() + (k as f32 * 0.013).cos()).collect();
    let shown = Shown { pixels: &pixels, count: 6, size: 0, rate: 1e-3, done: 0.5 };
    let loss = lesson.step(&mut training, &mut teacher, &shown, &Pcg64::seed_from_u64(1));
    assert!(lesson.step(&mut training, &mut [0.0; 3], &shown, &Pcg64::seed_from_u64(1)).is_nan());
    (loss, training.gradient)
}

#[test]
fn an_elastic_student_of_the_whole_size_is_the_whole_student() {
    let whole = Size { width: 4, blocks: 2 };
    let (loss, alone) = gradient(Objective::Alone, &[]);
    // Half of the loss, and half of the gradient, byte for byte.
    let (half, same) = gradient(Objective::WithoutIntact, &[whole]);
    assert_eq!(loss, 2.0 * half);
    assert!(alone.iter().zip(&same).all(|(a, b)| *a == 2.0 * b) && alone.iter().any(|g| *g != 0.0));
    // With both, the loss on the other view is the same twice, and a student that is to say what it says has nothing to learn.
    let close = |found: &[f32]| alone.iter().zip(found).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(close(&gradient(Objective::WithoutSame, &[whole]).1) && close(&gradient(Objective::Elastic, &[whole]).1));
    // From the whole student alone there is nothing to learn: half of the gradient is left.
    let half: Vec<f32> = gradient(Objective::WithoutOther, &[whole]).1.iter().map(|g| 2.0 * g).collect();
    assert!(close(&half));
    // A smaller one has something to say.
    let small = Size { width: 2, blocks: 1 };
    let (with, without) = (gradient(Objective::Elastic, &[small]).1, gradient(Objective::WithoutSame, &[small]).1);
    assert!(!close(&with) && !close(&without) && with != without);
}

#[test]
fn arms_share_pretrainings() {
    let all = stages(SMALL, ALL).unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // Ten pretrainings at two rates on the seed to choose on and once more on seed 0: `slim` has one whose rate is the best for what is cut out of
    // it, and the network that is distilled one whose rate is the best for the whole. That one is there on the seed to choose on as well.
    assert_eq!((count("pretraining"), count("arm")), (10 * 3 + 1, 10));
    assert!(all.iter().all(|s| s.flops > 0.0 && s.reads.is_empty()));
    // Sizes that are cut out of one network share it.
    let sizes = stages(SMALL, "method = 'poa'\nwidth = [2, 4]\nblocks = [1, 2]").unwrap();
    assert_eq!(sizes.iter().filter(|s| s.settings["piece"].as_str() == Some("pretraining")).count(), 3);
    // The rate of `slim` is chosen by all sizes, and that of `alone` by its own: of the whole size, too, they are two pretrainings.
    let whole = pretrainings(&SMALL.replace("width = 2\nblocks = 1", "width = 4\nblocks = 2"), "method = ['slim', 'alone']");
    assert_eq!(whole.len(), 6);
    // All stages read digits, where there are any.
    assert!(stages("rates = [1e-3]", "method = ['poa', 'random']").unwrap().iter().all(|s| s.reads == ["mnist_t10k"]));
}

#[test]
fn longer_pretrainings_take_as_many_operations() {
    for size in ["", "width = 8\nblocks = 2\n", "width = 12\nblocks = 3\n"] {
        let all = pretrainings("rates = [1e-3]", &format!("{size}method = ['poa', 'scrambled', 'without-same', 'alone-longer']"));
        let work: Vec<f64> = all.iter().map(Pretraining::work).collect();
        assert!(work.len() == 4 && work.iter().all(|w| (w / work[0] - 1.0).abs() < 0.01), "{work:?}");
    }
    // A pretraining alone is less, of a small network much less.
    let all = pretrainings("rates = [1e-3]\nwidth = 8\nblocks = 2", "method = ['poa', 'slim', 'alone']");
    let work: Vec<f64> = all.iter().map(Pretraining::work).collect();
    assert!(work[1] < 0.8 * work[0] && work[2] < 0.2 * work[1], "{work:?}");
}

#[test]
fn every_method_ends_in_numbers() {
    let all = run_all(SMALL, ALL);
    assert!(all.values().all(|o| o.status == Status::Done), "{all:?}");
    let number = |method: &str, scalar: &str| all[&format!("method={method}/seed=0")].scalar(scalar);
    for method in ["poa", "scrambled", "without-same", "without-other", "without-intact", "slim", "alone", "alone-longer", "distilled", "random"] {
        for scalar in ["knn-digits", "ridge-digits", "knn-shapes", "ridge-shapes"] {
            assert!(number(method, scalar).is_some_and(|v| (0.0..=1.0).contains(&v)), "{method} {scalar}");
        }
        assert!(number(method, "effective-rank").is_some_and(|v| (0.9..2.1).contains(&v)), "{method}");
        let trained = method != "random";
        assert_eq!((number(method, "used").is_some(), number(method, "edge")), (trained, trained.then_some(1.0)), "{method}");
        assert_eq!(number(method, "work") == Some(0.0), !trained);
    }
    // A distillation costs the network that it distils, too.
    assert!(number("distilled", "work") > number("slim", "work"));
    assert!(number("poa", "used").is_some_and(|used| (1.0..=16.0).contains(&used)));
}

#[test]
fn labels_dealt_out_at_random_are_not_learned() {
    let with = single().replace("known = 24", "known = 300").replace("test = 20", "test = 600").replace("width = 2\nblocks = 1", "width = 4\nblocks = 2");
    let all = run_all(&with, "method = 'random'\nnull = [false, true]");
    let of = |null: bool, scalar: &str| all[&format!("null={null}/seed=0")].scalar(scalar).unwrap();
    assert!((0.06..0.19).contains(&of(true, "ridge-digits")) && (0.06..0.19).contains(&of(true, "knn-digits")));
    assert_eq!(of(true, "effective-rank"), of(false, "effective-rank"));
}

#[test]
fn stopped_and_resumed_is_the_same() {
    for method in ["poa", "distilled"] {
        let (done, resumed) = trial::resumed(&Poa, &single(), &format!("method = '{method}'"), &NoFiles);
        assert_eq!(resumed, done - 1, "{method}");
    }
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let all = run_all(&single().replace("[1e-2]", "[1e30]"), "method = ['poa', 'distilled']");
    assert!(matches!(&all["method=poa/seed=0"].status, Status::Diverged(why) if why.contains("pretraining diverged")), "{all:?}");
    assert!(matches!(&all["method=distilled/pretraining/seed=0"].status, Status::Diverged(why) if why.contains("it distils")), "{all:?}");
    let stages = stages(&single(), "method = 'poa'").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("width = 10").contains("width is 10"));
    assert!(refused("widths = [8, 8, 16]").contains("have to grow"));
    assert!(refused("widths = [8, 11, 16]").contains("have to be even"));
    assert!(refused("depths = [3, 4]").contains("depths: there is 2"));
    assert!(refused("pictures = 7_000").contains("10,000 digits"));
    assert!(refused("rates = []").contains("rates: there is 0"));
    assert!(refused("method = 'moco'").contains("moco"));
    let late = Poa.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn a_network_that_is_cut_out_whole_is_itself() {
    let (_, params): (_, Params<f32>) = begin(Size { width: 4, blocks: 2 }, 7);
    let whole = Size { width: 4, blocks: 2 };
    let (_, training) = super::look::cut_out(&params, whole, whole).unwrap();
    assert_eq!(training.params.values, params.values);
    assert!(super::look::cut_out(&params, whole, Size { width: 6, blocks: 2 }).is_err());
}

#[test]
fn the_plan_says_what_it_costs() {
    let with = single().replace("steps = 8", "steps = 32");
    let used = trial::cost(&Poa, &with, ALL, &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
