//! Values that are known, and the study as a runner sees it. The network, the gradient through a student and clusters are tested beside themselves.

use std::collections::BTreeMap;

use nets::params::normal;
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::distil::{balance, perturbed};
use super::method::Kind;
use super::outcome::outcome;
use super::plan::{Piece, Set};
use super::set::{Choice, chosen};
use super::*;
use crate::blocks::two_layer::TwoLayer;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A study that is done in a blink.
const SMALL: &str = "world = 'made'\nhidden = 3\nlearn = 60\nvalid = 20\ntest = 30\nexperts = 2\nepochs = 3\nexpert-batch = 20\nspan = 2\nstudent-steps = 4\n\
                     steps = 6\nrates = [0.01, 0.1]\nstarts = [0, 1]\nnetwork-rates = [0.1, 1.0]\nnetwork-steps = 5\nnetworks = 2\ntuning-seeds = 1\n";

const ALL: &str = "method = ['random', 'centres', 'herding', 'search', 'mtt', 'mtt-longer', 'mtt-strong', 'smooth', 'smooth-clip', 'smooth-penalty', \
                   'ast', 'ast-strong', 'ast-random', 'ast-unbalanced', 'ast-ends', 'ast-unperturbed', 'shuffled', 'ridge']\n";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&DistillationTrajectories, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&DistillationTrajectories, stage, needs, &NoFiles, &mut Memory::default(), watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&DistillationTrajectories, with, arms, &NoFiles)
}

/// One rate and one start: nothing to choose.
fn single() -> String {
    SMALL.replace("[0.01, 0.1]", "[0.1]").replace("[0, 1]", "[1]").replace("[0.1, 1.0]", "[1.0]")
}

fn sets(stages: &[Stage]) -> Vec<Set> {
    let one = |stage: &Stage| match crate::settings::parse(&stage.settings).unwrap() {
        Piece::Set(own) => Some(own),
        _ => None,
    };
    stages.iter().filter_map(one).collect()
}

#[test]
fn losses_are_balanced_around_the_middle_and_weights_hardly_move() {
    // ln(12) / ln(5) at the end, its inverse at the beginning, ln(8) / ln(5) in the middle.
    assert!((balance(8, 8) - 12.0_f64.ln() / 5.0_f64.ln()).abs() < 1e-12 && (balance(0, 8) * balance(8, 8) - 1.0).abs() < 1e-12);
    assert!((balance(4, 8) - 8.0_f64.ln() / 5.0_f64.ln()).abs() < 1e-12);
    let net = TwoLayer { ins: 4, hidden: 3, outs: 2 };
    let weights = vec![2.0; net.weights()];
    let moved = perturbed(&net, &weights, &mut Pcg64::seed_from_u64(1));
    for at in net.matrices() {
        let length: f64 = moved[at].iter().map(|w| (w / 2.0 - 1.0).powi(2)).sum();
        assert!((length - 1.0).abs() < 1e-9, "{length}");
    }
    // Biases stay.
    assert_eq!((moved[12..15].to_vec(), moved[21..].to_vec()), (vec![2.0; 3], vec![2.0; 2]));
    assert_eq!((Kind::Smooth.clipped(0), Kind::Smooth.clipped(9), Kind::Clip.clipped(10), Kind::Strong.clipped(0)), (0.5, 0.95, 1.0, 1.0));
}

#[test]
fn as_many_points_as_the_rank_give_ridge_exactly_and_fewer_the_nearest() {
    let mut rng = Pcg64::seed_from_u64(1);
    let mut matrix = |rows: usize, cols: usize| ndarray::Array2::from_shape_fn((rows, cols), |_| normal(&mut rng));
    let (pictures, answers) = (matrix(40, 6), matrix(40, 3));
    let solution = ridge::ridge(&pictures, &answers).unwrap();
    let gap = |points: usize| {
        let (few, said, rest) = ridge::distilled(&solution, points).unwrap();
        assert_eq!((few.nrows(), said.nrows()), (points, points));
        let gap = ridge::ridge(&few, &said).unwrap() - &solution;
        (gap.iter().map(|v| v * v).sum::<f64>().sqrt(), rest)
    };
    assert!(gap(3).0 < 1e-12 && gap(3).1 < 1e-12);
    let (two, least) = gap(2);
    assert!(two > 1e-3 && (two - least).abs() < 1e-12, "{two} {least}");
}

#[test]
fn the_best_pair_and_rate_are_chosen_together() {
    let own = sets(&stages(SMALL, "method = 'mtt'").unwrap()).pop().unwrap();
    assert_eq!(own.pairs(), [(0.01, 0), (0.01, 1), (0.1, 0), (0.1, 1)]);
    let of = |first: f64, second: f64| outcome(&[], &[("valid-1", Some(first)), ("valid-2", Some(second))], None, Status::Done);
    let tried = [of(0.1, 0.2), of(0.3, 0.1), of(0.1, 0.7), of(0.2, 0.2)];
    assert_eq!(chosen(&own, &tried), Some(Choice { rate: 0.1, most: 0, network: 1.0 }));
    // Nothing was tried.
    assert_eq!(chosen(&own, &[]), Some(Choice { rate: 0.01, most: 0, network: 0.1 }));
}

#[test]
fn arms_share_experts_and_what_they_cost_is_matched() {
    let all = stages(SMALL, ALL).unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // Six kinds of experts, on a seed to choose on and on seed 0. Thirteen methods distil, four do not.
    assert_eq!((count("experts"), count("set"), count("ridge")), (6 * 2, 13 * 5 + 4 * 2, 1));
    let needed: Vec<usize> = all.iter().flat_map(|s| s.needs.clone()).collect();
    let runs: Vec<&Stage> = all.iter().enumerate().filter(|(k, _)| !needed.contains(k)).map(|(_, s)| s).collect();
    assert!(runs.len() == 18 && runs.iter().all(|s| s.id == format!("{}/seed=0", s.arm)));
    assert!(all.iter().all(|s| s.flops > 0.0 && s.reads.is_empty()));
    let real = stages("network-rates = [1.0]\nrates = [0.1]\nstarts = [1]", ALL).unwrap();
    assert!(real.iter().all(|s| s.reads == ["mnist_t10k"]));
    // With the experts that they need, longer matching costs what smooth matching costs, and a search what plain matching costs.
    let experts = |kind: Kind| {
        let find = |stage: &Stage| match crate::settings::parse(&stage.settings).unwrap() {
            Piece::Experts(own) if own.kind == kind => Some(own.work()),
            _ => None,
        };
        real.iter().find_map(find).unwrap()
    };
    let set = |method: Method| sets(&real).into_iter().find(|own| own.method == method).unwrap();
    let (plain, smooth) = (experts(Kind::Plain), experts(Kind::Smooth));
    let whole = smooth + set(Method::Ast).distilling();
    assert!(((plain + set(Method::MttLonger).distilling()) / whole - 1.0).abs() < 0.01);
    assert!((set(Method::Search).searching() / (plain + set(Method::Mtt).distilling()) - 1.0).abs() < 0.02);
}

#[test]
fn every_method_ends_in_numbers() {
    let all = run_all(SMALL, ALL);
    assert!(all.values().all(|o| o.status == Status::Done), "{all:?}");
    for arm in ALL.split('\'').filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase())).filter(|word| *word != "ridge" && !word.contains('=')) {
        let own = &all[&format!("method={arm}/seed=0")];
        assert!(own.scalar("accuracy").is_some_and(|v| (0.0..=1.0).contains(&v)) && own.scalar("valid-1").is_none(), "{arm}");
        let distils = !["random", "centres", "herding", "search"].contains(&arm);
        assert!(own.scalar("matched").is_some() == distils && own.scalar("expert-path").is_some() == distils, "{arm}");
    }
    let ridge = &all["method=ridge/seed=0"];
    assert!(ridge.scalar("ridge-gap").is_some_and(|gap| gap < 1e-8) && ridge.scalar("accuracy").is_none());
    // One part taken out makes a difference, and so do experts.
    let matched = |arm: &str| all[&format!("method={arm}/seed=0")].scalar("matched");
    for other in ["ast-strong", "ast-random", "ast-unbalanced", "ast-ends", "ast-unperturbed"] {
        assert_ne!(matched("ast"), matched(other), "{other}");
    }
    assert_ne!(matched("mtt"), matched("mtt-strong"));
}

#[test]
fn distillation_brings_a_student_along_and_pictures_are_worth_more() {
    let with = "world = 'made'\nhidden = 8\nlearn = 400\nvalid = 50\ntest = 300\nexperts = 2\nepochs = 6\nexpert-batch = 20\nsteps = 80\nstudent-steps = 8\n\
                rates = [0.1]\nstarts = [2]\nnetwork-rates = [0.3]\nnetwork-steps = 60\nnetworks = 2\n";
    let all = run_all(with, "method = ['random', 'mtt']");
    let curve = all["method=mtt/seed=0"].series("loss").unwrap().y.clone();
    assert!(curve[curve.len() - 1] < 0.8 * curve[0], "{curve:?}");
    let accuracy = |arm: &str| all[&format!("method={arm}/seed=0")].scalar("accuracy").unwrap();
    assert!(accuracy("mtt") > accuracy("random"), "{} {}", accuracy("mtt"), accuracy("random"));
}

#[test]
fn stopped_and_begun_anew_is_the_same() {
    let mut done: Vec<Outcome> = Vec::new();
    let mut stopped = 0;
    for stage in stages(&single(), "method = ['ast', 'search']").unwrap() {
        let needs: Vec<Outcome> = stage.needs.iter().map(|n| done[*n].clone()).collect();
        let whole = run_stage(&stage, &needs, &|_| Go::On).unwrap();
        stopped += usize::from(run_stage(&stage, &needs, &|_| Go::Stop) == Err(StudyError::Interrupted));
        assert_eq!(run_stage(&stage, &needs, &|_| Go::On).unwrap(), whole, "{}", stage.id);
        done.push(whole);
    }
    assert_eq!((done.len(), stopped), (3, 3));
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let all = run_all(&format!("{}expert-rate = 1e200\n", single()), "method = ['mtt-strong', 'random']");
    assert!(matches!(&all["method=mtt-strong/seed=0"].status, Status::Diverged(why) if why.contains("experts diverged")), "{all:?}");
    assert_eq!(all["method=random/seed=0"].status, Status::Done);
    let all = run_all(&single().replace("rates = [0.1]\nstarts", "rates = [1e308]\nstarts"), "method = 'mtt'");
    assert!(matches!(&all["method=mtt/seed=0"].status, Status::Diverged(why) if why.contains("no longer finite at step")), "{all:?}");
    let stages = stages(&single(), "method = 'mtt'").unwrap();
    let mut kept = run_stage(&stages[0], &[], &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("per-class = 0").contains("per-class: there is 0"));
    assert!(refused("starts = [11]").contains("begins at epoch 11 and spans 2 is longer than 12"));
    assert!(refused("test = 9_000").contains("there are 10,000 digits"));
    assert!(refused("rates = [0.0]").contains("rates has 0"));
    assert!(refused("student-steps = 1").contains("student-steps: there is 1"));
    assert!(refused("method = 'dm'").contains("dm"));
    let late = DistillationTrajectories.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let used = trial::cost(&DistillationTrajectories, &single(), ALL, &NoFiles);
    assert!((0.7..1.4).contains(&used), "{used} of what was planned");
}
