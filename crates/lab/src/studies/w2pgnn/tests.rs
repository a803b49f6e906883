//! The study as a runner sees it: stages, controls, stops; and the parts that it trains.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::plan::Start;
use super::pretraining::{Contexts, Course};
use super::roles::{BUCKETS, Batch, cuts, labelled};
use super::world::{PAIRS, SETS, TARGETS, World};
use super::*;
use crate::blocks::TUNING;
use crate::blocks::graphons::{FAMILIES, Graph};
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// Trained in a blink.
const SMALL: &str = "width = 8\ngraphs = 6\npretraining-steps = 3\npretraining-batch = 4\nexamples = 2\nvalid = 2\ntest = 2\nobserved = 3\n\
                     steps = 4\nrates = [1e-3, 1e-2]\ntuning-seeds = 1\nresolution = 8\ndescent = 30\npermutations = 19\n";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&W2pgnn, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&W2pgnn, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&W2pgnn, with, arms, &NoFiles)
}

/// A path 0 – 1 – … – 4.
fn path() -> Graph {
    Graph::drawn(5, &mut Pcg64::seed_from_u64(1), |a, b| f64::from(u8::from(a == b + 1)))
}

#[test]
fn a_batch_and_roles_by_hand() {
    let mut batch = Batch::default();
    assert_eq!((batch.whole(&path()), batch.part(&path(), &[1, 2, 4])), (0, 5));
    // Degrees 1 and 2 of at most 4: buckets 2 and 4 of 8.
    assert_eq!(batch.tokens, [2, 4, 4, 4, 2, 4, 4, 2]);
    let pairs = batch.edges().pairs;
    assert_eq!(pairs[8..], [(5, 6), (6, 5)]);
    assert_eq!((pairs.len(), BUCKETS), (10, 8));
    // Neighbours' mean degrees: 2, 1.5, 2, 1.5, 2, over 4.
    let cuts = cuts(&[path()]);
    assert_eq!(labelled(&[path()], &[0.2, 0.4]).1, [2, 1, 2, 1, 2]);
    assert!(cuts.iter().all(|cut| (0.375..=0.5).contains(cut)), "{cuts:?}");
}

#[test]
fn contexts_hold_all_but_the_centre_up_to_four_links_away() {
    let graph = path();
    let drawn: Vec<&Graph> = vec![&graph; 20];
    let found = Contexts::draw(&drawn, 2, &mut Pcg64::seed_from_u64(3));
    assert_eq!((found.centres.len(), found.graphs.tokens.len(), found.rings.tokens.len()), (20, 100, 80));
    let mut from = 0;
    for (k, (centre, end)) in found.centres.iter().zip(&found.ends).enumerate() {
        // Nodes at most two links away, the centre left out.
        let wanted = [2, 3, 4, 3, 2][centre - 5 * k];
        assert_eq!(end - from, wanted);
        from = *end;
    }
    let alone = Graph::drawn(3, &mut Pcg64::seed_from_u64(1), |_, _| 0.0);
    assert!(Contexts::draw(&[&alone], 2, &mut Pcg64::seed_from_u64(3)).centres.is_empty());
}

#[test]
fn a_world_is_dealt_out_as_the_design_says() {
    let world = World::new(&Settings { graphs: 12, ..Settings::default() }, 5);
    let mut families: Vec<usize> = world.sets.iter().flatten().copied().collect();
    families.sort_unstable();
    families.dedup();
    assert_eq!(families, (0..FAMILIES).collect::<Vec<_>>());
    assert!((0..SETS.len()).all(|set| world.sources(set).iter().map(Vec::len).sum::<usize>() == 12));
    for (target, set) in [(0, 0), (1, 2), (2, 4)] {
        assert!((world.shared(set, target) - 1.0).abs() < 1e-12, "a target in the space of a set");
    }
    assert!(world.targets.iter().all(|target| (target.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12));
    // The control keeps sizes, and densities but for chance, and nothing else.
    let (sources, random) = (world.sources(0), world.random_graphs(0, 5));
    let gap: f64 = sources[0].iter().zip(&random).map(|(a, b)| a.density() - b.density()).sum::<f64>() / 12.0;
    assert!(gap.abs() < 0.05 && sources[0].iter().zip(&random).all(|(a, b)| a.nodes == b.nodes && *a != b), "{gap}");
}

#[test]
fn pretraining_moves_the_network_and_shuffled_answers_move_it_elsewhere() {
    let own: Settings = settings::over(&Settings::default(), &toml::from_str(SMALL).unwrap()).unwrap();
    let world = World::new(&own, 5);
    let graphs: Vec<&Graph> = world.sources(2).into_iter().flatten().collect();
    let (first, _) = network::first(&own, 5);
    for contexts in [false, true] {
        let body = |shuffled: bool| Course { own: &own, graphs: &graphs, contexts, shuffled, rate: 1e-2, set: 2 }.run(5).unwrap().values;
        assert_eq!(body(false).len(), first.values.len());
        assert!(body(false) == body(false) && body(false) != first.values && body(false) != body(true), "{contexts}");
    }
}

#[test]
fn arms_share_what_they_have_in_common() {
    let all = stages(SMALL, "predictor = ['domain', 'topology', 'random']\npretraining = ['sources', 'planted']").unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // Without pretraining and with either method, at two rates and once more.
    assert_eq!((count("fit"), count("forecast"), count("arm")), (3 * 3, 3, 6));
    let needed: Vec<usize> = all.iter().flat_map(|s| s.needs.clone()).collect();
    assert!(all.iter().enumerate().all(|(k, s)| (s.settings["piece"].as_str() == Some("arm")) != needed.contains(&k)));
    assert!(all.iter().all(|s| s.seed == 0 || s.seed == TUNING));
}

#[test]
fn every_forecast_and_control_is_a_run() {
    let one = SMALL.replace("rates = [1e-3, 1e-2]", "rates = [1e-2]");
    let predictors = "predictor = ['domain', 'topo', 'integrated', 'uniform', 'known', 'topology', 'density', 'random']";
    let all = run_all(&one, &format!("{predictors}\npretraining = 'planted'"));
    for (id, outcome) in &all {
        assert!(outcome.status == Status::Done && outcome.series.iter().all(|series| series.y.len() == PAIRS), "{id}");
    }
    let number = |predictor: &str, name: &str| all[&format!("predictor={predictor}/seed=0")].scalar(name);
    // Gains are the weights that both share: three pairs at least lie inside, and these have the largest.
    assert!(number("random", "inside").is_some_and(|v| v > 0.2) && number("known", "possible") == number("random", "possible"));
    assert!(number("known", "rho").is_some_and(|rho| rho > 0.0), "{:?}", number("known", "rho"));
    assert!(number("known", "slope-falling") < number("known", "slope-flat") && number("known", "alpha-gap").is_some());
    assert_eq!(number("domain", "alpha-gap"), None);
    let all = run_all(&one, "pretraining = ['sources', 'shuffled', 'random-graphs', 'longer']");
    let arm = |name: &str| &all[&format!("pretraining={name}/seed=0")];
    for name in ["sources", "shuffled", "random-graphs", "longer"] {
        let number = |scalar: &str| arm(name).scalar(scalar).unwrap();
        assert!((number("accuracy") - number("scratch") - number("gain")).abs() < 1e-12 && number("possible") >= number("choice") - 1e-12, "{name}");
    }
    // What is the same for all sources cannot choose among them.
    assert!(arm("longer").scalar("possible").is_some_and(|v| v.abs() < 1e-9) && arm("longer").scalar("rho-within").is_none());
}

#[test]
fn fine_tuning_for_longer_passes_the_nodes_of_both_methods() {
    let own = Settings::default();
    let steps = |start: Start| start.steps(&own);
    let passed = 3 * own.pretraining_steps * own.pretraining_batch;
    assert_eq!((steps(Start::Longer) - steps(Start::Scratch)) * own.examples, passed);
    // Operations agree: all sets and methods before one target's fine-tunings, against one target's longer one.
    let before = (Start::AttrMask.flops(&own) + Start::ContextPred.flops(&own)) / SETS.len() as f64 - 2.0 * Start::Scratch.flops(&own);
    let more = (Start::Longer.flops(&own) - Start::Scratch.flops(&own)) / TARGETS as f64;
    assert!((before / more - 1.0).abs() < 1e-9, "{before} {more}");
}

#[test]
fn stopped_and_resumed_is_the_same() {
    let all = stages(&SMALL.replace("rates = [1e-3, 1e-2]", "rates = [1e-2]"), "pretraining = ['sources', 'longer']").unwrap();
    for stage in all.iter().filter(|s| s.settings["piece"].as_str() == Some("fit")) {
        let whole = run_stage(stage, &[], &mut Memory::default(), &|_| Go::On).unwrap();
        let mut memory = Memory::default();
        assert_eq!(run_stage(stage, &[], &mut memory, &|_| Go::Stop), Err(StudyError::Interrupted));
        assert!(memory.0.is_some());
        assert_eq!(run_stage(stage, &[], &mut memory, &|_| Go::On).unwrap(), whole, "{}", stage.id);
        let mut odd = Memory(Some(b"odd".to_vec()));
        assert_eq!(run_stage(stage, &[], &mut odd, &|_| Go::On).unwrap(), whole);
    }
}

#[test]
fn what_diverges_says_so() {
    let with = SMALL.replace("rates = [1e-3, 1e-2]", "rates = [1e30]").replace("steps = 4", "steps = 20");
    let all = run_all(&with, "pretraining = 'sources'");
    let ended = &all["pretraining=sources/seed=0"].status;
    assert!(matches!(ended, Status::Diverged(why) if why.contains("lower the rate")), "{ended:?}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("graphs = 3").contains("graphs: there is 3, where 6"));
    assert!(refused("pretraining-batch = 2").contains("pretraining-batch: there is 2"));
    assert!(refused("rates = [-1.0]").contains("rates has -1"));
    assert!(refused("entropy = 0.0").contains("entropy has 0"));
    assert!(refused("predictor = 'usvt'").contains("usvt"));
    let late = W2pgnn.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let used = trial::cost(&W2pgnn, &SMALL.replace("width = 8", "width = 32"), "pretraining = ['sources', 'longer']", &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
