//! Parts, groups and costs that are known, and the study as a runner sees it. The autoencoder and the thorax are tested beside themselves.

use std::collections::BTreeMap;

use nets::Params;
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::data::{Counts, task, unlabelled};
use super::method::{Domain, Network, Task};
use super::network::{Net, Shape, handed_over, taken_over};
use super::plan::Piece;
use super::*;
use crate::blocks::samples::Samples;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A study that is done in a blink.
const SMALL: &str = "world = 'made'\npatch = 14\nwidth = 8\ndepth = 1\nheads = 2\ndecoder = 4\nchannels = 2\nunlabelled = 32\nsteps = 20\nbatch = 4\n\
                     few = 6\nmore = 8\nnatural-few = 6\nvalid = 12\ntest = 12\nnear = 4\nparts = 2\ntune-steps = 3\ntune-batch = 4\n\
                     rates = [1e-3, 1e-2]\ntuning-seeds = 1\n";

const ALL: &str = "method = ['scratch', 'scratch-longer', 'natural', 'medical', 'dealt', 'supervised', 'cnn', 'cnn-supervised', 'own']\n";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&MaeThorax, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&MaeThorax, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&MaeThorax, with, arms, &NoFiles)
}

/// What stages are made of.
fn pieces(stages: &[Stage]) -> Vec<Piece> {
    stages.iter().map(|stage| crate::settings::parse(&stage.settings).unwrap()).collect()
}

/// One rate: nothing to choose.
fn single() -> String {
    SMALL.replace("[1e-3, 1e-2]", "[1e-3]")
}

#[test]
fn few_are_among_more_and_both_among_those_of_pretraining() {
    let counts = Counts { unlabelled: 40, few: 6, more: 9, natural: 5, valid: 4, test: 7, near: 3 };
    let of = |which: Task| task(World::Made, which, &counts, 5, &NoFiles).unwrap();
    let (few, more, natural) = (of(Task::Few), of(Task::More), of(Task::Natural));
    let [learn, held] = unlabelled(World::Made, Domain::Medical, &counts, 5, &NoFiles).unwrap();
    assert_eq!((few.known.labels.len(), more.known.labels.len(), few.test.labels.len()), (6, 9, 7));
    assert!(more.known.pixels.starts_with(&few.known.pixels) && learn.pixels.starts_with(&more.known.pixels));
    assert!(held == few.valid && few.test == more.test && few.near == few.test);
    // A natural picture has one kind, as a bit; what is learned from before is none of them.
    assert!(natural.known.labels.iter().all(|bits| bits.count_ones() == 1) && natural.known.labels.len() == 32);
    let [others, _] = unlabelled(World::Made, Domain::Natural, &counts, 5, &NoFiles).unwrap();
    let picture = |samples: &Samples, k: usize| samples.pixels[k * 784..(k + 1) * 784].to_vec();
    assert!((0..others.labels.len()).all(|k| picture(&others, k) != picture(&natural.known, 0)));
    assert!(task(World::Real, Task::Few, &counts, 5, &NoFiles).is_err());
}

#[test]
fn rates_of_layers_decay_and_weights_are_handed_over() {
    for (network, features) in [(Network::Vit, 8), (Network::Cnn, 12)] {
        let shape = Shape { network, patch: 14, width: 8, depth: 2, heads: 2, decoder: 4, channels: 3 };
        let mut params = shape.params(1);
        let net = Net::new(&mut params, &shape, 5);
        let groups = net.groups(&params, &shape, 0.5);
        assert_eq!(groups.iter().map(|g| g.at.len()).sum::<usize>(), params.len());
        let mut rates: Vec<f64> = groups.iter().map(|g| g.rate).collect();
        rates.dedup();
        // Embeddings, two blocks, and what is above them.
        assert_eq!(rates, if network == Network::Vit { vec![0.125, 0.25, 0.5, 1.0] } else { vec![1.0] });
        assert!(groups.iter().any(|g| g.decay > 0.0) && groups.iter().any(|g| g.decay == 0.0));
        assert_eq!(shape.features(), features);
        let body = params.len() - (features + 1) * 5;
        let mut other = Params::<f32>::new(Pcg64::seed_from_u64(9));
        Net::new(&mut other, &shape, 3);
        let head = other.values[body..].to_vec();
        taken_over(&mut other, body, &handed_over(&params, body)).unwrap();
        assert!(other.values[..body] == params.values[..body] && other.values[body..] == head[..] && other.state == params.state);
        assert!(taken_over(&mut other, body, &[0; 8]).is_err());
    }
}

#[test]
fn arms_share_pretrainings_and_tasks() {
    let all = stages(SMALL, ALL).unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // Five pretrainings: at two rates and at the chosen one on the seed to choose on, and on seed 0. Two tasks an arm, one of `own` that of
    // `medical`, each at two rates and once more.
    assert_eq!((count("pretraining"), count("task"), count("arm")), (5 * 4, 17 * 3, 9));
    let needed: Vec<usize> = all.iter().flat_map(|s| s.needs.clone()).collect();
    let runs: Vec<&Stage> = all.iter().enumerate().filter(|(k, _)| !needed.contains(k)).map(|(_, s)| s).collect();
    assert!(runs.len() == 9 && runs.iter().all(|s| s.id == format!("{}/seed=0", s.arm)));
    assert!(all.iter().all(|s| s.flops > 0.0 && s.reads.is_empty()));
    // What tasks do differently leaves their pretraining as it is.
    let decay = stages(SMALL, "layer-decay = [0.5, 1]").unwrap();
    assert_eq!(decay.iter().filter(|s| s.settings["piece"].as_str() == Some("pretraining")).count(), 4);
    let real = stages("rates = [1e-3]", "method = 'own'").unwrap();
    let reads: Vec<Vec<String>> = real.iter().map(|s| s.reads.clone()).collect();
    assert_eq!(reads[..5].concat(), ["pneumoniamnist", "pneumoniamnist", "mnist_t10k", "mnist_t10k"]);
}

#[test]
fn masks_and_crops_are_those_of_the_domain_unless_they_are_set() {
    let of = |arms: &str| {
        let all = pieces(&stages("rates = [1e-3]", arms).unwrap());
        let view = |piece: Piece| if let Piece::Pretraining(own) = piece { Some((own.domain, own.mask, own.crop)) } else { None };
        all.into_iter().filter_map(view).collect::<Vec<_>>()
    };
    assert_eq!(of("method = 'own'"), [(Domain::Medical, 0.9, 0.5), (Domain::Natural, 0.75, 0.2)]);
    assert_eq!(of("method = 'own'\nmask = 0.5"), [(Domain::Medical, 0.5, 0.5), (Domain::Natural, 0.5, 0.2)]);
    assert_eq!(of("method = 'own'\ncrop = 0.3"), [(Domain::Medical, 0.9, 0.3), (Domain::Natural, 0.75, 0.3)]);
}

#[test]
fn longer_tasks_and_labels_take_as_many_operations_as_the_dearest_pretraining() {
    let all = pieces(&stages("rates = [1e-3]", ALL).unwrap());
    let work = |objective: method::Objective, network: Network| {
        let own = all.iter().find_map(|piece| match piece {
            Piece::Pretraining(own) if own.domain == Domain::Natural && own.objective == objective && own.shape.network == network => Some(own),
            _ => None,
        });
        own.unwrap().work()
    };
    let natural = work(method::Objective::Masked, Network::Vit);
    let longer: Vec<f64> = all.iter().filter_map(|p| if let Piece::Task(own) = p { Some(own.work(own.more_steps)) } else { None }).collect();
    let (most, some) = (longer.iter().copied().fold(0.0, f64::max), longer.iter().filter(|w| **w > 0.0).count());
    assert!((most / natural - 1.0).abs() < 0.01 && some == 2, "{most} {natural}");
    for network in [Network::Vit, Network::Cnn] {
        let labels = work(method::Objective::Supervised, network);
        assert!((labels / natural - 1.0).abs() < 0.01, "{network:?}: {labels} {natural}");
    }
}

#[test]
fn every_method_ends_in_numbers() {
    let all = run_all(SMALL, ALL);
    assert!(all.values().all(|o| o.status == Status::Done), "{all:?}");
    let number = |name: &str, scalar: &str| all[&format!("method={name}/seed=0")].scalar(scalar);
    for name in ["scratch", "scratch-longer", "natural", "medical", "dealt", "supervised", "cnn", "cnn-supervised"] {
        for scalar in ["few", "more", "whole-few", "near-more", "valid-few"] {
            assert!(number(name, scalar).is_some_and(|v| (0.0..=1.0).contains(&v)), "{name} {scalar}");
        }
        assert!(number(name, "natural").is_none() && number(name, "se").is_none(), "{name}");
        // Of two rates both are at an end.
        let chosen = if ["scratch", "scratch-longer", "cnn"].contains(&name) { 2.0 } else { 3.0 };
        assert_eq!((number(name, "chosen"), number(name, "edges")), (Some(chosen), Some(chosen)), "{name}");
    }
    assert_eq!((number("scratch", "work"), number("scratch", "explained"), number("cnn", "tokens")), (Some(0.0), None, None));
    assert!(number("own", "natural").is_some() && number("own", "few") == number("medical", "few") && number("own", "more").is_none());
    assert!(number("supervised", "explained").is_some_and(|v| (0.0..=1.0).contains(&v)));
    assert_ne!(number("dealt", "explained"), number("medical", "explained"));
    assert_eq!((number("medical", "tokens"), number("supervised", "tokens")), (Some(1.0), None));
}

#[test]
fn a_head_alone_leaves_features_as_they_are() {
    let all = run_all(&single(), "tuning = ['whole', 'head']\nmethod = ['scratch', 'medical']");
    let number = |arm: &str| all[&format!("{arm}/seed=0")].scalar("few").unwrap();
    let of = |method: &str, tuning: &str| number(&format!("method={method},tuning={tuning}"));
    assert!(["scratch", "medical"].iter().all(|m| (0.0..=1.0).contains(&of(m, "head"))));
    let valid = |arm: &str| all[&format!("{arm}/seed=0")].scalar("valid-more");
    assert_ne!(valid("method=medical,tuning=head"), valid("method=medical,tuning=whole"));
}

#[test]
fn findings_are_learned_and_labels_dealt_out_are_not() {
    let with = "world = 'made'\nwidth = 16\nunlabelled = 32\nfew = 300\nmore = 300\nvalid = 12\ntest = 300\nnear = 4\ntune-steps = 120\n\
                rates = [6e-3]\n";
    let all = run_all(with, "method = 'scratch'\nnull = [false, true]");
    let area = |null: bool| all[&format!("null={null}/seed=0")].scalar("few").unwrap();
    assert!(area(false) > 0.57 && (0.38..0.62).contains(&area(true)), "{} {}", area(false), area(true));
}

#[test]
fn stopped_and_resumed_is_the_same() {
    for method in ["medical", "cnn-supervised"] {
        let (done, resumed) = trial::resumed(&MaeThorax, &single(), &format!("method = '{method}'"), &NoFiles);
        // All but the arm, which puts numbers together.
        assert_eq!((done, resumed), (4, 3), "{method}");
    }
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let with = single().replace("[1e-3]", "[1e30]").replace("tune-steps = 3", "tune-steps = 20");
    let all = run_all(&with, "method = ['medical', 'scratch']");
    assert!(matches!(&all["method=medical/seed=0"].status, Status::Diverged(why) if why.contains("pretraining diverged")), "{all:?}");
    assert!(matches!(&all["method=scratch/seed=0"].status, Status::Diverged(why) if why.contains("few: ")), "{all:?}");
    let stages = stages(&single(), "method = 'medical'").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("patch = 1").contains("patch: there is 1"));
    assert!(refused("heads = 5").contains("5 heads do not divide"));
    assert!(refused("mask = 1.0").contains("mask has 1, where 0 to 0.999"));
    assert!(refused("layer-decay = 0.0").contains("layer-decay has 0"));
    assert!(refused("unlabelled = 9_000").contains("there are 10,000 digits"));
    assert!(refused("more = 3_950").contains("more is unlabelled at most"));
    assert!(refused("method = 'moco'").contains("moco"));
    let late = MaeThorax.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let with = single().replace("patch = 14", "patch = 7");
    let used = trial::cost(&MaeThorax, &with, ALL, &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
