//! The losses by hand and against differences, and the study as a runner sees it.

use std::collections::BTreeMap;

use nets::{Arena, Mode, Params, Pass, Var};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::objectives::{look, marks, similarities, sup_con};
use super::pretraining::view;
use super::*;
use crate::blocks::pictures::PIXELS;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A pretraining in a blink.
const SMALL: &str = "width = 2\npictures = 3\nsteps = 5\nbatch = 8\nrates = [1e-3, 1e-2]\nneighbours = [2, 4]\nqueue = 16\n\
                     few = 2\nvalid = 2\ntest = 2\ntuning-seeds = 1\n";

const ALL: &str = "objective = ['look', 'ce', 'sup-con', 'contrastive', 'shuffled', 'classes', 'target-only', 'random', 'pixels']";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&Look, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&Look, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&Look, with, arms, &NoFiles)
}

/// A loss of outputs, and its slope.
fn loss(outputs: &[f32], rows: usize, queue: &[f32], of: impl Fn(&mut Pass<'_, f32>, Var) -> Var) -> (f64, Vec<f32>) {
    let mut params = Params::<f32>::new(Pcg64::seed_from_u64(1));
    let mut arena = Arena::new();
    let mut pass = Pass::new(&mut params, &mut arena, Mode::Train, Pcg64::seed_from_u64(1));
    let x = pass.leaf(outputs, rows, outputs.len() / rows);
    let z = pass.unit_rows(x);
    let similar = similarities(&mut pass, z, queue, 0.5);
    let found = of(&mut pass, similar);
    let value = pass.scalar(found);
    let slope = pass.backward_to(found, &mut [], &[x]).remove(0);
    (value, slope)
}

#[test]
fn the_nearest_are_marked_and_never_the_picture_itself() {
    // Two pictures of the step, three of the queue.
    let similar = [9.0, 3.0, 2.0, 1.0, 0.0, 3.0, 9.0, 0.0, 1.0, 2.0];
    let (near, same) = marks(&similar, &[0, 1], &[0, 1, 0, 1, 0], 2);
    // The second has none of its group among its two nearest: the nearest there is joins them.
    assert_eq!(near, [0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0]);
    assert_eq!(same, [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    // A group of one: nothing is asked, and the share is one.
    let (near, same) = marks(&similar[..5], &[7], &[7, 1, 0, 1, 0], 3);
    assert_eq!((near.clone(), near.iter().sum::<f32>()), (same, 3.0));
    // More neighbours than there are.
    assert_eq!(marks(&[1.0, 0.5, 0.5, 1.0], &[0, 0], &[0, 0], 100).1, [0.0, 1.0, 1.0, 0.0]);
}

#[test]
fn losses_by_hand() {
    // Four directions in the plane: the first and the third are of one group.
    let outputs = [1.0, 0.0, 0.6, 0.8, 0.0, 2.0, -1.0, 0.0];
    let groups = [0, 1, 0, 1];
    let (near, same) = ([0.0, 1.0, 1.0, 0.0].repeat(4), [0.0, 0.0, 1.0, 0.0].repeat(4));
    let (value, _) = loss(&outputs, 4, &[], |pass, similar| look(pass, similar, &near, &same, 2.0));
    let cosine = |a: (f64, f64), b: (f64, f64)| (2.0 * (a.0 * b.0 + a.1 * b.1)).exp();
    let all = [(1.0, 0.0), (0.6, 0.8), (0.0, 1.0), (-1.0, 0.0)];
    let wanted = all.map(|a| ((cosine(a, all[1]) + cosine(a, all[2])) / cosine(a, all[2])).ln()).iter().sum::<f64>() / 4.0;
    assert!((value - wanted).abs() < 1e-5, "{value} {wanted}");
    let (value, _) = loss(&outputs, 4, &[], |pass, similar| sup_con(pass, similar, &groups, &groups));
    let one = |i: usize, j: usize| -(cosine(all[i], all[j]) / (0..4).filter(|k| *k != i).map(|k| cosine(all[i], all[k])).sum::<f64>()).ln();
    let wanted = (one(0, 2) + one(2, 0) + one(1, 3) + one(3, 1)) / 4.0;
    assert!((value - wanted).abs() < 1e-5, "{value} {wanted}");
}

#[test]
fn slopes_are_those_of_differences() {
    let outputs = [1.0, 0.1, 0.6, 0.8, 0.2, 2.0, -1.0, 0.3];
    let (groups, queue, others) = ([0, 1, 0, 1], [0.6, -0.8, 0.0, 1.0], [0, 1, 0, 1, 0, 1]);
    let by_look = |pass: &mut Pass<'_, f32>, similar: Var| {
        let (near, same) = marks(pass.value(similar), &groups, &others, 2);
        look(pass, similar, &near, &same, 2.0)
    };
    let by_contrast = |pass: &mut Pass<'_, f32>, similar: Var| sup_con(pass, similar, &groups, &others);
    let check = |of: &dyn Fn(&mut Pass<'_, f32>, Var) -> Var| {
        let (_, slope) = loss(&outputs, 4, &queue, of);
        for k in 0..8 {
            let moved = |by: f32| {
                let mut at = outputs;
                at[k] += by;
                loss(&at, 4, &queue, of).0
            };
            let difference = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            assert!((difference - f64::from(slope[k])).abs() < 2e-3, "{k}: {difference} {}", slope[k]);
        }
    };
    check(&by_look);
    check(&by_contrast);
}

#[test]
fn a_view_without_luck_is_the_picture_moved() {
    let picture: Vec<f32> = (0..PIXELS).map(|k| (k % 7) as f32).collect();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let mut rng = Pcg64::seed_from_u64(1);
    view(&picture, &mut rng, &mut first);
    view(&picture, &mut rng, &mut second);
    assert_eq!((first.len(), second.len()), (PIXELS, PIXELS));
    assert!(first != second && first.iter().all(|v| v.abs() < 6.0 * 1.3 + 0.25));
}

#[test]
fn every_arm_is_a_run_with_a_pretraining_of_its_own() {
    let all = stages(SMALL, ALL).unwrap();
    // Seven objectives, each at two rates on one other seed and once more, one of them with two numbers of neighbours; nine arms.
    assert_eq!(all.len(), 7 * 3 + 2 + 9);
    let needed: Vec<usize> = all.iter().flat_map(|s| s.needs.clone()).collect();
    let runs: Vec<&Stage> = all.iter().enumerate().filter(|(k, _)| !needed.contains(k)).map(|(_, s)| s).collect();
    assert!(runs.len() == 9 && runs.iter().all(|s| s.id == format!("{}/seed=0", s.arm)));
    assert!(all.iter().all(|s| s.flops > 0.0));
}

#[test]
fn every_objective_gives_features() {
    let all = run_all(SMALL, ALL);
    assert!(all.values().all(|o| o.status == Status::Done));
    let number = |name: &str, scalar: &str| all[&format!("objective={name}/seed=0")].scalar(scalar);
    for name in ["look", "ce", "sup-con", "contrastive", "shuffled", "classes", "target-only", "random", "pixels"] {
        for share in ["probe", "fine", "group", "probe-group", "valid"] {
            assert!(number(name, share).is_some_and(|v| (0.0..=1.0).contains(&v)), "{name} {share}");
        }
        assert!(number(name, "probe") <= number(name, "probe-group"), "{name}");
    }
    assert_eq!((number("look", "passed"), number("contrastive", "passed"), number("pixels", "passed")), (Some(40.0), Some(80.0), Some(0.0)));
    assert_eq!((number("random", "rate"), number("ce", "neighbours")), (None, None));
    assert!(number("look", "neighbours").is_some_and(|k| k == 2.0 || k == 4.0));
    assert!(number("look", "rate").is_some_and(|r| r >= 1e-3));
}

#[test]
fn stopped_and_resumed_is_the_same_with_its_queue() {
    for objective in ["look", "contrastive"] {
        let stage = stages(SMALL, &format!("objective = '{objective}'")).unwrap().remove(0);
        let whole = run_stage(&stage, &[], &mut Memory::default(), &|_| Go::On).unwrap();
        let mut memory = Memory::default();
        assert_eq!(run_stage(&stage, &[], &mut memory, &|_| Go::Stop), Err(StudyError::Interrupted));
        assert!(memory.0.is_some());
        assert_eq!(run_stage(&stage, &[], &mut memory, &|_| Go::On).unwrap(), whole, "{objective}");
    }
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let with = SMALL.replace("rates = [1e-3, 1e-2]", "rates = [1e30]").replace("steps = 5", "steps = 20");
    let all = run_all(&with, "objective = 'ce'");
    assert!(matches!(&all["objective=ce/seed=0"].status, Status::Diverged(why) if why.contains("its pretraining")), "{all:?}");
    let stages = stages(&SMALL.replace("rates = [1e-3, 1e-2]", "rates = [1e-3]"), "objective = 'ce'").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("outputs = 16").contains("outputs: there is 16, where 32 to 512"));
    assert!(refused("batch = 2").contains("batch: there is 2"));
    assert!(refused("temperature = 0.01").contains("temperature is 0.01"));
    assert!(refused("rates = [-1.0]").contains("rates has -1"));
    assert!(refused("objective = 'dino'").contains("dino"));
    let late = Look.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let used = trial::cost(&Look, &SMALL.replace("width = 2", "width = 8"), ALL, &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
