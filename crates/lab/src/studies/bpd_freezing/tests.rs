//! Recipes, folds and intervals that are known, and the study as a runner sees it.

use std::collections::BTreeMap;

use nets::Training;

use super::course::{Course, correction, one_cycle, plan};
use super::data::{Counts, apart, deal, source, target};
use super::gather::{DOMAIN, compared};
use super::method::Source;
use super::network::{Net, multiplications};
use super::plan::Piece;
use super::published::half_width;
use super::*;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A study that is done in a blink.
const SMALL: &str = "world = 'made'\nwidth = 2\nhalf = 6\nfresh = 20\nnoise = 0\nsource = 40\nheld = 40\nsource-steps = 8\nsource-batch = 4\n\
                     folds = 2\nrepeats = 2\nsteps = 6\nbatch = 4\nrates = [1e-3, 1e-2]\ntuning-seeds = 1\n";

const COUNTS: Counts = Counts { half: 6, fresh: 10, source: 40, held: 40 };

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&BpdFreezing, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&BpdFreezing, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&BpdFreezing, with, arms, &NoFiles)
}

/// One rate: nothing to choose.
fn single() -> String {
    SMALL.replace("[1e-3, 1e-2]", "[1e-3]")
}

/// Weights and running statistics after some steps of a recipe, and those before.
fn trained(recipe: Recipe) -> [(Vec<f32>, Vec<f32>); 2] {
    let (net, params) = Net::first(2, 1, 3);
    let before = (params.values.clone(), params.state.clone());
    let mut training = Training::new(params, 0.0);
    let known = target(World::Made, &COUNTS, 0.5, 3, &NoFiles).unwrap().known;
    let mut memory = Memory::default();
    let context = Context { seed: 3, checkpoint: &mut memory, files: &NoFiles, watch: &|_| Go::On };
    let course = Course { recipe, steps: 10, batch: 4, rate: 1e-2, number: 0 };
    assert_eq!(course.run(&net, &mut training, &known, &context, |done| done).unwrap(), None);
    [before, (training.params.values, training.params.state)]
}

#[test]
fn stages_are_unfrozen_from_above() {
    let factors = |recipe: Recipe, step: usize| plan(recipe, step, 300).0;
    assert_eq!(factors(Recipe::Full, 0), [0.25; 4]);
    let progressive = [0, 29, 30, 90, 180, 299].map(|step| factors(Recipe::Progressive, step));
    let (last, two, three) = ([0.0, 0.0, 0.0, 0.5], [0.0, 0.0, 0.25, 0.5], [0.0, 0.1, 0.25, 0.5]);
    assert_eq!(progressive, [[0.0; 4], [0.0; 4], last, two, three, three]);
    assert_eq!((factors(Recipe::Graded, 0), factors(Recipe::Probe, 299)), (three, [0.0; 4]));
    // A third is the probe, whose rate is constant; what follows has a cycle of its own.
    assert_eq!((plan(Recipe::ProbeFull, 99, 300), plan(Recipe::ProbeFull, 100, 300)), (([0.0; 4], None), ([0.25; 4], Some(0.0))));
    assert_eq!(factors(Recipe::ProbeProgressiveMix, 100 + 20), last);
    assert!((one_cycle(0.0) - 0.04).abs() < 1e-12 && (one_cycle(0.3) - 1.0).abs() < 1e-12 && one_cycle(1.0) < 1e-5);
    assert!((one_cycle(0.15) - 0.52).abs() < 1e-12 && (one_cycle(0.65) - 0.5).abs() < 1e-3);
}

#[test]
fn moments_of_a_stage_are_counted_from_the_step_in_which_it_is_unfrozen() {
    assert_eq!(correction(7, 7), 1.0);
    // The first step of Adam is as long as the rate, whatever the gradient: with a hundred steps counted it would not be.
    let (m, v) = (0.1 / (1.0 - 0.9_f64.powi(100)), 0.001 / (1.0 - 0.999_f64.powi(100)));
    assert!((m / v.sqrt() * correction(100, 1) - 1.0).abs() < 1e-12);
}

#[test]
fn frozen_stages_keep_their_weights_and_statistics_where_they_are_still() {
    let (net, params) = Net::first(2, 1, 3);
    let body = net.body();
    assert_eq!(params.len() - body, 17);
    let [before, after] = trained(Recipe::Probe);
    assert!(before.0[..body] == after.0[..body] && before.0[body..] != after.0[body..]);
    // As the authors have it, statistics drift.
    assert_ne!(before.1, after.1);
    // Mean and variance of the first stage, which never learns, are the first of the statistics.
    let first = 2 * 9 + 4;
    let [before, after] = trained(Recipe::ProgressiveStill);
    assert!(before.0[..first] == after.0[..first] && before.0[first..body] != after.0[first..body]);
    assert!(before.1[..4] == after.1[..4] && before.1[4..] != after.1[4..]);
    let [before, after] = trained(Recipe::Progressive);
    assert!(before.0[..first] == after.0[..first] && before.1[..4] != after.1[..4]);
    let [before, after] = trained(Recipe::Full);
    assert!(before.0[..first] != after.0[..first]);
    assert_ne!(trained(Recipe::FullMix)[1], after);
    assert_eq!(trained(Recipe::Full)[1], after);
}

#[test]
fn folds_have_as_many_of_each_class_and_every_picture_once() {
    let samples = target(World::Made, &COUNTS, 0.5, 5, &NoFiles).unwrap();
    assert_eq!((samples.known.labels.iter().sum::<u32>(), samples.known.labels.len(), samples.fresh.labels.len()), (6, 12, 10));
    let folds = deal(&samples.known.labels, 3, 5, 0);
    assert_ne!(folds, deal(&samples.known.labels, 3, 5, 1));
    for fold in 0..3 {
        let [test, known] = apart(&samples.known, &folds, fold);
        assert_eq!((test.labels.iter().sum::<u32>(), test.labels.len(), known.labels.len()), (2, 4, 8));
        assert!(test.pixels.chunks(784).all(|own| known.pixels.chunks(784).all(|other| own != other)));
    }
}

#[test]
fn pictures_to_pretrain_on_are_others_with_labels_of_another_kind() {
    for which in [Source::Thorax, Source::Xrays, Source::Digits] {
        let [learn, held] = source(World::Made, which, &COUNTS, 5, &NoFiles).unwrap();
        assert_eq!((learn.labels.len(), held.labels.len()), (40, 40), "{which:?}");
        let labels = which.labels(World::Made);
        assert!(learn.labels.iter().all(|bits| labels >= 32 || *bits < 1 << labels), "{which:?}");
        assert!(learn.labels.iter().any(|bits| *bits != learn.labels[0]), "{which:?}");
    }
    assert!(target(World::Real, &COUNTS, 0.0, 5, &NoFiles).is_err());
    // The target does not depend on how many others there are.
    let fewer = target(World::Made, &Counts { source: 8, held: 8, ..COUNTS }, 0.5, 5, &NoFiles).unwrap();
    assert_eq!(fewer.known, target(World::Made, &COUNTS, 0.5, 5, &NoFiles).unwrap().known);
}

#[test]
fn the_corrected_interval_is_that_of_its_formula() {
    // Student's t with 29 degrees of freedom, 2.04523, times the root of 1/30 + 1/4.
    let wanted = 2.045_23 * (1.0_f64 / 30.0 + 0.25).sqrt();
    assert!((half_width(0.1).unwrap() - 0.1 * wanted).abs() < 1e-5);
    assert_eq!(half_width(0.0), None);
    let all = run_all("init = 'published'", "alike = [0, 0.5]\ngap = [0.014, 0.058]");
    let number = |arm: &str, name: &str| all[&format!("{arm}/seed=0")].scalar(name).unwrap();
    let half = wanted * 0.1 * 2.0_f64.sqrt();
    assert!((number("alike=0,gap=0.014", "published-low") - (0.014 - half)).abs() < 1e-5);
    assert!((number("alike=0.5,gap=0.058", "published-high") - (0.058 + 0.1 * wanted)).abs() < 1e-5);
}

#[test]
fn the_correction_makes_p_larger_and_equal_folds_show_nothing() {
    let (own, others) = ([0.8, 0.7, 0.9, 0.75, 0.8], [0.7, 0.68, 0.8, 0.7, 0.72]);
    let found = compared(DOMAIN, &own, &others, (128, 32));
    let number = |name: &str| found.iter().find(|(known, _)| *known == name).and_then(|(_, value)| *value);
    assert!((number("domain").unwrap() - 0.07).abs() < 1e-12);
    assert!(number("domain-p") > number("domain-plain-p") && number("domain-plain-seen") == Some(1.0));
    let same = compared(DOMAIN, &own, &own, (128, 32));
    assert!(same.contains(&("domain", Some(0.0))) && same.contains(&("domain-seen", Some(0.0))) && same.contains(&("domain-p", None)));
    assert!(compared(DOMAIN, &own, &others[..4], (128, 32)).is_empty());
}

#[test]
fn arms_share_pretrainings_and_what_they_are_compared_with() {
    let all = stages(SMALL, "init = ['thorax', 'digits', 'shuffled', 'random']\nrecipe = ['full', 'progressive']").unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // Thorax and digits at two rates and at the chosen one, on the seed to choose on and on seed 0, and labels dealt out at the rate of the thorax.
    // Eight kinds of folds at two rates and once more; what they are compared with is among them.
    assert_eq!((count("pretraining"), count("folds"), count("arm")), (2 * 4 + 2, 8 * 3, 8));
    let needed: Vec<usize> = all.iter().flat_map(|s| s.needs.clone()).collect();
    let runs: Vec<&Stage> = all.iter().enumerate().filter(|(k, _)| !needed.contains(k)).map(|(_, s)| s).collect();
    assert!(runs.len() == 8 && runs.iter().all(|s| s.id == format!("{}/seed=0", s.arm)));
    assert!(all.iter().all(|s| s.flops > 0.0 && s.reads.is_empty()));
    // Dealt labels need the same choice as those that are not.
    let pretrainings: Vec<(bool, Vec<usize>)> = all
        .iter()
        .filter_map(|s| match crate::settings::parse::<Piece>(&s.settings).unwrap() {
            Piece::Pretraining(own) if s.seed == 0 && own.source == Source::Thorax => Some((own.shuffled, s.needs.clone())),
            _ => None,
        })
        .collect();
    assert!(pretrainings.len() == 2 && pretrainings[0].0 != pretrainings[1].0 && pretrainings[0].1 == pretrainings[1].1);
    let real = stages("rates = [1e-3]", "init = ['thorax', 'xrays', 'digits']\nrecipe = 'full'").unwrap();
    let reads: Vec<&str> = real.iter().flat_map(|s| s.reads.iter().map(String::as_str)).collect();
    assert!(reads.contains(&"mnist_t10k") && reads.contains(&"pneumoniamnist"));
}

#[test]
fn longer_training_holds_the_operations_of_pretraining() {
    let all = run_all(&single(), "init = ['thorax', 'longer', 'random']\nrecipe = 'full'");
    let number = |init: &str, name: &str| all[&format!("init={init}/seed=0")].scalar(name).unwrap();
    assert!((number("longer", "work-all") / number("thorax", "work-all") - 1.0).abs() < 1e-9);
    assert!(number("random", "work-all") < number("longer", "work-all"));
    // All stages learn in every step: what is done is needed.
    assert!((number("random", "work") - number("random", "work-done")).abs() < 1e-12);
    assert_eq!(multiplications(6), [10_584.0, 31_752.0, 41_472.0, 41_472.0]);
}

#[test]
fn every_arm_ends_in_numbers() {
    let recipes = "recipe = ['full', 'progressive', 'probe-full', 'probe-progressive', 'probe-progressive-mix', 'full-mix', 'graded', \
                   'progressive-still', 'probe-progressive-mix-still', 'probe']";
    let all = run_all(&single(), &format!("init = ['thorax', 'xrays', 'digits', 'shuffled', 'random', 'longer']\n{recipes}"));
    assert!(all.values().all(|o| o.status == Status::Done));
    let ended: Vec<&Outcome> = all.iter().filter(|(id, _)| id.matches('/').count() == 1).map(|(_, o)| o).collect();
    assert_eq!(ended.len(), 60);
    for outcome in ended {
        for name in ["auroc", "fold-mean", "fresh"] {
            assert!(outcome.scalar(name).is_some_and(|v| (0.0..=1.0).contains(&v)), "{name}");
        }
        assert!(outcome.series("folds").is_some_and(|s| s.x.len() == 4) && outcome.scalar("work").is_some() && outcome.scalar("edges").is_some());
    }
    let number = |arm: &str, name: &str| all[&format!("{arm}/seed=0")].scalar(name);
    assert!(number("init=thorax,recipe=progressive", "domain").is_some() && number("init=thorax,recipe=progressive", "thaw").is_some());
    assert_eq!((number("init=digits,recipe=full", "domain"), number("init=thorax,recipe=full", "thaw")), (None, None));
    assert!(number("init=thorax,recipe=progressive", "work") < number("init=thorax,recipe=full", "work"));
    assert_eq!(number("init=random,recipe=full", "explained"), None);
}

#[test]
fn stopped_and_resumed_is_the_same() {
    let (_, resumed) = trial::resumed(&BpdFreezing, &single(), "recipe = 'probe-progressive-mix'", &NoFiles);
    // Two pretrainings, and folds of the arm and of two that it is compared with.
    assert_eq!(resumed, 5);
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let with = single().replace("[1e-3]", "[1e40]");
    let all = run_all(&with, "init = 'random'\nrecipe = ['full', 'probe-full']");
    assert!(matches!(&all["recipe=full/seed=0"].status, Status::Diverged(why) if why.contains("lower the rate")), "{all:?}");
    let stages = stages(&single(), "recipe = 'full'").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("half = 3").contains("half: there is 3, where 5"));
    assert!(refused("noise = -1").contains("noise is 0 or more"));
    assert!(refused("alike = 1").contains("below 1"));
    assert!(refused("source = 4_000").contains("there are 4,708 X-rays"));
    assert!(refused("rates = [0.0]").contains("rates has 0"));
    assert!(refused("init = 'thorx'").contains("thorx"));
    let late = BpdFreezing.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let used = trial::cost(&BpdFreezing, &single().replace("width = 2", "width = 6"), "recipe = ['full', 'probe']", &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
