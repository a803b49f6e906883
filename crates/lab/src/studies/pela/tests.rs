//! Cuts, losses and costs that are known, and the study as a runner sees it.

use std::collections::BTreeMap;

use nets::layers::LowRank;
use nets::{Arena, Mode, Params, Pass, Training, Var};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::network::{Layer, Net, cut};
use super::shape::{Shape, rank};
use super::terms::{feature_gap, largest_gap, mean_gap};
use super::*;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A study that is done in a blink.
const SMALL: &str = "world = 'made'\nratio = 2\nwidth = 12\ndepth = 2\nheads = 2\ntrain = 32\nvalid = 32\ntest = 32\nteacher-steps = 5\nsteps = 5\n\
                     batch = 8\nrates = [1e-3, 1e-2]\nfew = 4\nheld = 4\nlater = 4\ntune-steps = 3\ntune-batch = 4\ntuning-seeds = 1\n";

const ALL: &str = "method = ['teacher', 'teacher-longer', 'small', 'svd', 'svd-ce', 'svd-ce-longer', 'svd-ce-shuffled', 'svd-fd', 'svd-fd-wp', \
                   'svd-fd-wp-all', 'svd-fd-untrained', 'random-ce', 'random-fd']";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&Pela, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&Pela, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&Pela, with, arms, &NoFiles)
}

fn vit() -> String {
    format!("{SMALL}network = 'vit'\n")
}

fn shape(network: Network, ratio: usize) -> Shape {
    Shape { network, side: 16, width: 12, depth: 2, heads: 2, ratio }
}

fn params(seed: u64) -> Params<f32> {
    Params::new(Pcg64::seed_from_u64(seed))
}

#[test]
fn weights_and_multiplications_are_counted_as_they_are() {
    for network in [Network::Mlp, Network::Vit] {
        for ratio in [0, 1, 3] {
            let shape = shape(network, ratio);
            let mut params = params(1);
            let net = Net::new(&mut params, shape, 5);
            assert_eq!(params.len(), shape.weights(5), "{shape:?}");
            let mut training = Training::new(params, 0.0);
            let before = nets::product::operations();
            net.scores(&mut training, &[0.5; 3 * 256]);
            assert_eq!((nets::product::operations() - before) as f64, 3.0 * 2.0 * shape.multiplications(5), "{shape:?}");
        }
        let (thin, small) = (shape(network, 3), shape(network, 3).small(5));
        let wider = Shape { width: small.width + if network == Network::Vit { 2 } else { 1 }, ..small };
        assert!(small.weights(5) <= thin.weights(5) && wider.weights(5) > thin.weights(5), "{small:?}");
    }
    // As in the authors' code: 768 · 3072 over 2 · (768 + 3072).
    assert_eq!((rank(768, 3072, 2), rank(3, 3, 64)), (307, 1));
}

#[test]
fn layers_of_low_rank_are_cut_without_loss() {
    for network in [Network::Mlp, Network::Vit] {
        let (mut from, mut to) = (params(1), params(2));
        let (whole, thin) = (Net::new(&mut from, shape(network, 0), 5), Net::new(&mut to, shape(network, 3), 5));
        for layer in whole.layers() {
            let Layer::Whole(layer) = layer else { panic!("a whole network has whole layers") };
            // Rank one.
            for k in 0..layer.weight.len() {
                let (row, column) = (k / layer.weight.cols, k % layer.weight.cols);
                from.values[layer.weight.start + k] = 0.3 * (row as f32 + 0.5).sin() * (column as f32 - 1.5).cos();
            }
        }
        let before = to.values.clone();
        cut(&whole, &from, &thin, &mut to).unwrap();
        assert_ne!(before, to.values);
        let pixels: Vec<f32> = (0..2 * 256).map(|k| (k as f32 * 0.37).sin()).collect();
        let (large, small) = (whole.scores(&mut Training::new(from, 0.0), &pixels), thin.scores(&mut Training::new(to, 0.0), &pixels));
        assert!(large.iter().zip(&small).all(|(a, b)| (a - b).abs() < 1e-4), "{large:?} {small:?}");
    }
}

/// A thin layer of rank 1: up (2 × 1) has 1 and 2, down (1 × 2) has 3 and 4, so that the product is [[3, 4], [6, 8]].
fn thin() -> (Params<f32>, LowRank) {
    let mut params = params(1);
    let layer = LowRank::new(&mut params, "l", 2, 2, 1);
    params.values[layer.up.weight.range()].copy_from_slice(&[1.0, 2.0]);
    params.values[layer.down.weight.range()].copy_from_slice(&[3.0, 4.0]);
    (params, layer)
}

/// A value of a pass, and its gradient by the weights of [`thin`].
fn gradient(of: impl FnOnce(&mut Pass<'_, f32>, LowRank) -> Var) -> (f64, Vec<f32>, LowRank) {
    let (mut params, layer) = thin();
    let mut arena = Arena::new();
    let mut slope = vec![0.0; params.len()];
    let mut pass = Pass::new(&mut params, &mut arena, Mode::Train, Pcg64::seed_from_u64(1));
    let found = of(&mut pass, layer);
    let value = pass.scalar(found);
    pass.backward(found, &mut slope);
    (value, slope, layer)
}

#[test]
fn weight_perturbation_by_hand() {
    let wanted = [3.0, 4.5, 6.0, 6.0];
    // The largest entry is 8, where 6 was: (2 − 0.5)².
    let (value, slope, layer) = gradient(|pass, layer| largest_gap(pass, layer, &wanted, 0.5, &mut Vec::new()));
    assert!((value - 2.25).abs() < 1e-5, "{value}");
    // Its slope is 2 · 1.5 times those of 8 = 2 · 4, and that of all else is 0.
    assert_eq!((slope[layer.up.weight.range()].to_vec(), slope[layer.down.weight.range()].to_vec()), (vec![0.0, 12.0], vec![0.0, 6.0]));
    // Below the tolerance it is drawn up.
    let near = [3.0, 4.0, 6.0, 8.25];
    let (value, slope, layer) = gradient(|pass, layer| largest_gap(pass, layer, &near, 0.5, &mut Vec::new()));
    assert!((value - 0.0625).abs() < 1e-5 && slope[layer.up.weight.start + 1] > 0.0, "{value} {slope:?}");
    let (value, slope, layer) = gradient(|pass, layer| mean_gap(pass, layer, &wanted));
    let length = 9.0 + 20.25 + 36.0 + 36.0;
    assert!((value - 4.25 / length).abs() < 1e-6, "{value}");
    // Half of both rows: 2 (4 − 4.5) 4 and 2 (8 − 6) 4.
    let up = &slope[layer.up.weight.range()];
    assert!((f64::from(up[0]) + 4.0 / length).abs() < 1e-6 && (f64::from(up[1]) - 16.0 / length).abs() < 1e-6, "{up:?}");
}

#[test]
fn feature_distillation_by_hand() {
    let (mut params, mut arena) = (params(1), Arena::new());
    let mut pass = Pass::new(&mut params, &mut arena, Mode::Train, Pcg64::seed_from_u64(1));
    let features = [pass.leaf(&[1.0, 2.0], 1, 2), pass.leaf(&[3.0, 4.0, 5.0, 6.0], 2, 2)];
    let found = feature_gap(&mut pass, &features, &[vec![1.0, 4.0], vec![3.0, 4.0, 5.0, 8.0]]).unwrap();
    assert!((pass.scalar(found) - (2.0 + 1.0) / 2.0).abs() < 1e-6);
    assert!(feature_gap(&mut pass, &features, &[]).is_none());
}

#[test]
fn arms_share_the_large_network_and_what_is_cut() {
    let all = stages(SMALL, ALL).unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // For seed 0 and for one to choose on.
    assert_eq!((count("dense"), count("cut")), (2, 2));
    // Eleven methods train: at two rates on one other seed, there at the chosen one, and on seed 0. All thirteen choose from two rates downstream.
    assert_eq!((count("middle"), count("arm")), (11 * 4, 13 * 3));
    let needed: Vec<usize> = all.iter().flat_map(|s| s.needs.clone()).collect();
    let runs: Vec<&Stage> = all.iter().enumerate().filter(|(k, _)| !needed.contains(k)).map(|(_, s)| s).collect();
    assert!(runs.len() == 13 && runs.iter().all(|s| s.id == format!("{}/seed=0", s.arm)));
    assert!(all.iter().all(|s| s.flops > 0.0 && s.reads.is_empty()));
    // What is not cut is the same whatever others are cut to.
    let of = |method: &str, ratio: usize| {
        let all = stages(&SMALL.replace("ratio = 2", &format!("ratio = {ratio}")), &format!("method = '{method}'")).unwrap();
        all.into_iter().map(|stage| stage.settings).collect::<Vec<_>>()
    };
    assert!(of("teacher", 2) == of("teacher", 3) && of("teacher-longer", 2) == of("teacher-longer", 3) && of("svd", 2) != of("svd", 3));
    let digits = stages("rates = [1e-3]", "method = 'svd'").unwrap();
    assert_eq!(digits.iter().map(|s| s.reads.len()).collect::<Vec<_>>(), [1, 1, 2]);
}

#[test]
fn every_method_gives_a_network_and_numbers() {
    for with in [SMALL.to_owned(), vit()] {
        let all = run_all(&with, ALL);
        assert!(all.values().all(|o| o.status == Status::Done), "{all:?}");
        let number = |name: &str, scalar: &str| all[&format!("method={name}/seed=0")].scalar(scalar);
        for (name, outcome) in all.iter().filter(|(name, _)| name.matches('/').count() == 1) {
            for share in ["upstream", "turned", "xrays"] {
                assert!(outcome.scalar(share).is_some_and(|v| (0.0..=1.0).contains(&v)), "{name} {share}");
            }
            assert!(["rate-turned", "rate-xrays"].iter().all(|r| outcome.scalar(r).is_some_and(|r| r == 1e-3 || r == 1e-2)), "{name}");
            // Of two rates both are at an end; two methods train nothing before the tasks.
            let trains = !["method=teacher/", "method=svd/"].iter().any(|still| name.starts_with(still));
            assert_eq!(outcome.scalar("edges"), Some(if trains { 3.0 } else { 2.0 }), "{name}");
            assert!(outcome.scalar("xrays-se").is_some_and(|se| (0.0..0.8).contains(&se)), "{name}");
        }
        assert!(number("svd-fd-wp", "weights") < number("teacher", "weights"));
        assert!(number("small", "weights") <= number("svd-fd-wp", "weights"));
        assert_eq!((number("teacher", "work"), number("teacher", "deviation"), number("small", "distance")), (Some(0.0), None, None));
        assert_eq!((number("svd-ce", "passed"), number("small", "passed")), (Some(40.0), Some(80.0)));
        // As many operations, to a step.
        let (longer, both) = (number("svd-ce-longer", "work").unwrap(), number("svd-fd-wp", "work").unwrap());
        assert!((longer / both - 1.0).abs() < 0.11, "{longer} {both}");
        assert_ne!(number("svd-fd", "distance"), number("svd-fd-untrained", "distance"));
        assert_ne!(number("svd-fd", "deviation"), number("svd-fd-wp-all", "deviation"));
    }
}

#[test]
fn distilled_features_stay_nearer() {
    let with = vit().replace("steps = 5", "steps = 60").replace("[1e-3, 1e-2]", "[3e-3]");
    let all = run_all(&with, "method = ['svd-ce', 'svd-fd']");
    let number = |name: &str| all[&format!("method={name}/seed=0")].scalar("distance").unwrap();
    assert!(number("svd-fd") < number("svd-ce"), "{} {}", number("svd-fd"), number("svd-ce"));
}

#[test]
fn stopped_and_resumed_is_the_same() {
    let found = trial::resumed(&Pela, &SMALL.replace("[1e-3, 1e-2]", "[1e-3]"), "method = 'svd-fd-wp'", &NoFiles);
    // All but the cut.
    assert_eq!(found, (4, 3));
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let with = SMALL.replace("[1e-3, 1e-2]", "[1e-3]");
    let all = run_all(&format!("{with}teacher-rate = 1e30\n").replace("teacher-steps = 5", "teacher-steps = 20"), "method = ['teacher', 'svd-ce']");
    for arm in ["teacher", "svd-ce"] {
        assert!(matches!(&all[&format!("method={arm}/seed=0")].status, Status::Diverged(why) if why.contains("diverged")), "{all:?}");
    }
    let stages = stages(&with, "method = 'svd'").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("ratio = 0").contains("ratio: there is 0"));
    assert!(refused("network = 'vit'\nheads = 5").contains("5 heads do not divide"));
    assert!(refused("train = 9000").contains("there are 10,000 digits"));
    assert!(refused("rates = [-1.0]").contains("rates has -1"));
    assert!(refused("method = 'lora'").contains("lora"));
    let late = Pela.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    for with in [SMALL.replace("steps = 5", "steps = 20"), vit().replace("steps = 5", "steps = 20")] {
        let used = trial::cost(&Pela, &with, ALL, &NoFiles);
        assert!((0.5..2.0).contains(&used), "{used} of what was planned");
    }
}
