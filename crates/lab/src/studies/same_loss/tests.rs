//! Flatness by hand, the same function in other numbers, and the study as a runner sees it.

use std::collections::BTreeMap;

use nets::Training;
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::data::Data;
use super::measure::{Exam, flatness};
use super::plan::Piece;
use super::reparametrise::{embed, rescale};
use super::train::chosen;
use super::*;
use crate::blocks::masked_model::MaskedModel;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A training in a blink.
const SMALL: &str = "states = 3\nsymbols = 4\nlength = 3\nwidth = 8\nlayers = 1\nhidden = 6\nlargest = 8\nsizes = [6]\nsaturation-rates = [1e-3, 1e-2]\n\
                     saturation-steps = 8\ntrial-steps = 4\nsettling-steps = 8\nbatch = 4\nrates = [1e-2, 0.1]\nnoise-steps = 8\nnoise-batch = 4\n\
                     looks = 2\nexam = 6\ntraced = 3\nlabels = 12\nfew = 4\ntuning-seeds = 1\nslack = 10.0\n";
/// The diagonal world.
const EXACT: &str = "world = 'diagonal'\nmethod = 'sgd'\nsymbols = 4\nnoise-steps = 4000\n";

const ALL: &str = "method = ['base', 'short', 'longer', 'exact', 'sgd', 'sgd-exact', 'sam', 'adversarial', 'rescaled', 'table', 'random', 'shuffled']";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&SameLoss, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&SameLoss, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&SameLoss, with, arms, &NoFiles)
}

fn small() -> Settings {
    toml::from_str(SMALL).unwrap()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-4 * (1.0 + b.abs())
}

#[test]
fn a_model_of_zeros_has_a_trace_that_is_known() {
    let own = small();
    let (model, mut params) = MaskedModel::new(own.shape(), Pcg64::seed_from_u64(1));
    params.values.fill(0.0);
    // All five are equally likely, and only the bias of the scores has a gradient: a fifth of one, less one for the symbol that was drawn.
    let (trace, relative) = flatness(&own, &model, &mut Training::new(params, 0.0), 3);
    assert!(near(trace, 0.8) && relative == 0.0, "{trace} {relative}");
}

#[test]
fn the_same_function_in_other_numbers() {
    let own = Settings { traced: 20, exam: 20, ..small() };
    let (model, params) = MaskedModel::new(own.shape(), Pcg64::seed_from_u64(1));
    let exam = Exam::new(&own, 3);
    let mut first = Training::new(params.clone(), 0.0);
    let (excess, (trace, relative)) = (exam.excess(&model, &mut first), flatness(&own, &model, &mut first, 3));
    let features = model.features(&mut first, &[0, 4, 2, 1, 1, 3]);
    let large = Settings { hidden: 9, ..own.clone() };
    let (wide, mut more) = MaskedModel::new(large.shape(), Pcg64::seed_from_u64(2));
    embed(&params, &mut more);
    let mut embedded = Training::new(more, 0.0);
    assert!(near(exam.excess(&wide, &mut embedded), excess) && near(flatness(&large, &wide, &mut embedded, 3).0, trace));
    let mut scaled = params.clone();
    rescale(&mut scaled, 1, &mut Pcg64::seed_from_u64(4));
    let mut other = Training::new(scaled, 0.0);
    let (moved, same) = flatness(&own, &model, &mut other, 3);
    assert!(near(exam.excess(&model, &mut other), excess) && near(same, relative) && !near(moved, trace), "{same} {relative} {moved} {trace}");
    let again = model.features(&mut other, &[0, 4, 2, 1, 1, 3]);
    assert!(features.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-4));
}

#[test]
fn texts_of_a_seed_are_the_same_for_all() {
    let own = small();
    let draw = |method: Method, count: usize, exact: bool| Data::new(&Settings { method, ..own.clone() }, 3).batch(count, exact, Pcg64::seed_from_u64(5));
    let (hard, soft, few) = (draw(Method::Base, 8, false), draw(Method::Base, 8, true), draw(Method::Longer, 3, false));
    assert!(hard.whole == soft.whole && hard.masked.texts == soft.masked.texts && hard.masked.symbols == soft.masked.symbols);
    assert!(hard.whole[..9] == few.whole && hard.masked.places[..3] == few.masked.places && hard.states[..9] == few.states);
    assert!(hard.masked.shares.is_empty() && soft.masked.shares.len() == 8 * 5);
    for (row, place) in soft.masked.shares.chunks_exact(5).zip(&soft.masked.places) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5 && row[4] == 0.0 && soft.masked.texts[*place] == 4);
    }
    // In random order there is no exact distribution to learn.
    let mixed = draw(Method::Shuffled, 40, true);
    assert!(mixed.masked.shares.is_empty() && mixed.whole != draw(Method::Base, 40, true).whole);
}

#[test]
fn every_arm_gives_its_numbers() {
    let listed = stages(SMALL, ALL).unwrap();
    let count = |piece: &str| listed.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // Two rates of saturation on one seed for choosing, that seed and the first; and texts in random order. Two rates of three arms, and the base;
    // the adversary has that of longer training.
    assert_eq!([count("saturation"), count("try"), count("branch"), count("given"), count("run")], [4 + 3, 2 * 3 + 1, 9, 3, 12]);
    let all = run_all(SMALL, ALL);
    for arm in arms::product(&toml::from_str(ALL).unwrap()).unwrap() {
        let run = &all[&format!("{}/seed=0", arm.name)];
        let number = |name: &str| run.scalar(name).unwrap_or_else(|| panic!("{}: no {name}", arm.name));
        assert!(run.status == Status::Done && run.series.len() == 1);
        for name in ["probe", "probe-few", "probe-all", "ceiling"] {
            assert!((0.0..=1.0).contains(&number(name)), "{} {name}", arm.name);
        }
        let ended = |names: &[&str]| names.iter().any(|name| arm.name == format!("method={name}"));
        assert_eq!(run.scalar("trace").is_none(), ended(&["table"]));
        assert!(number("excess") > -1e-6 && (number("excess") == 0.0) == ended(&["table"]));
        let noisy = ended(&["short", "longer", "exact", "sgd", "sgd-exact", "sam", "adversarial"]);
        assert_eq!((run.scalar("rate").is_some(), run.scalar("drift").is_some()), (noisy, noisy));
        if run.scalar("trace").is_some() && !ended(&["adversarial"]) {
            assert!(near(number("trace-embedded"), number("trace")), "{}: {} {}", arm.name, number("trace-embedded"), number("trace"));
        }
    }
    let of = |name: &str, scalar: &str| all[&format!("method={name}/seed=0")].scalar(scalar);
    // Any rate will do with so much slack, so that the largest is taken; arms without noise, and the adversary, take that of the arm that they are
    // held against.
    assert_eq!([of("longer", "rate"), of("exact", "rate"), of("sgd-exact", "rate"), of("adversarial", "rate")], [Some(0.1); 4]);
    // As many texts in half as many steps; twice as many in all of them.
    assert_eq!([of("longer", "passed"), of("sam", "passed"), of("adversarial", "passed"), of("short", "passed")].map(Option::unwrap), [64.0, 64.0, 96.0, 40.0]);
    assert_eq!(of("base", "excess-gap"), Some(0.0));
    let apart = |scalar: &str| (of("rescaled", scalar).unwrap() - of("base", scalar).unwrap()).abs();
    assert!(apart("excess") < 1e-4 && apart("probe") < 0.1 && apart("relative") < 1e-3 * of("base", "relative").unwrap());
}

#[test]
fn a_relation_is_over_its_members() {
    let with = format!("{SMALL}method = 'relation'\nmembers = ['base', 'longer', 'sgd', 'adversarial']\n");
    let all = run_all(&with, "");
    let run = &all["default/seed=0"];
    assert!(run.status == Status::Done && run.scalar("members") == Some(4.0));
    assert!(["rank-trace", "rank-few", "rank-relative", "rank-excess"].iter().all(|name| run.scalar(name).is_none_or(|r| (-1.0..=1.0).contains(&r))));
    let member = |excess: f64, trace: f64, probe: f64| {
        gather::measured(&[(0.0, excess)], &[("excess", Some(excess)), ("trace", Some(trace)), ("relative", Some(trace)), ("probe", Some(probe))], None)
    };
    let own = Settings { members: vec![Method::Base, Method::Longer, Method::Sgd, Method::Adversarial], sizes: vec![1], slack: 0.1, ..small() };
    let members = [member(1.0, 3.0, 0.1), member(1.05, 2.0, 0.2), member(1.08, 1.0, 0.3), member(1.3, 9.0, 0.9)];
    let is = |found: Option<f64>, wanted: f64| found.is_some_and(|r| (r - wanted).abs() < 1e-12);
    // Three have no rank correlation.
    let few = gather::relation(&own, &members).unwrap();
    assert!(is(few.scalar("members"), 3.0) && few.scalar("rank-trace").is_none() && few.scalar("rank-lead").is_none());
    let all = gather::relation(&Settings { slack: 1.0, ..own.clone() }, &members).unwrap();
    // 3, 2, 1, 9 with 1, 2, 3, 4: squared differences of ranks 4, 0, 4, 0 of 60 at most. The loss ranks them as the probe does: no lead.
    assert!(is(all.scalar("rank-trace"), 0.2) && is(all.scalar("rank-excess"), 1.0) && is(all.scalar("rank-lead"), -1.2));
    assert!(all.scalar("rank-natural").is_none());
    let five = Settings { members: [own.members.as_slice(), &[Method::Sam]].concat(), slack: 1.0, ..own };
    let more = [members.as_slice(), &[member(1.02, 0.5, 0.4)]].concat();
    assert!(is(gather::relation(&five, &more).unwrap().scalar("rank-natural"), -1.0));
}

#[test]
fn the_largest_rate_with_little_excess_is_chosen() {
    let one = |excess: Option<f64>| gather::measured(&[(0.0, 0.0)], &[("excess", excess)], None);
    let tried = [0.1, 0.2, 0.1, 0.21, 0.3, 0.21].map(|excess| one(Some(excess)));
    assert_eq!((chosen(&[1.0, 3.0], &tried, 0.01), chosen(&[1.0, 3.0], &tried, 0.2)), (Some(1.0), Some(3.0)));
    let lost = [one(Some(0.1)), one(None), one(Some(0.5))];
    assert_eq!((chosen(&[2.0, 1.0], &lost, 0.01), chosen(&[2.0, 1.0], &lost, 1.0), chosen(&[0.5], &[], 0.0)), (Some(1.0), Some(1.0), Some(0.5)));
    assert_eq!(chosen(&[], &[], 0.0), None);
}

#[test]
fn the_drift_along_minima_is_that_of_theory() {
    let all = run_all(EXACT, "noise-batch = [1, 4]\nnoise-rate = [0.02, 0.04]");
    let of = |arm: &str, name: &str| all[&format!("{arm}/seed=0")].scalar(name).unwrap();
    for arm in ["noise-batch=1,noise-rate=0.02", "noise-batch=1,noise-rate=0.04", "noise-batch=4,noise-rate=0.02", "noise-batch=4,noise-rate=0.04"] {
        assert!((of(arm, "drift") / of(arm, "drift-theory") - 1.0).abs() < 0.25, "{arm}: {} {}", of(arm, "drift"), of(arm, "drift-theory"));
    }
    let (one, four) = (of("noise-batch=1,noise-rate=0.02", "drift-theory"), of("noise-batch=4,noise-rate=0.04", "drift-theory"));
    assert!((one / four - 1.0).abs() < 1e-9);
}

#[test]
fn stopped_stages_go_on_to_the_same_bytes() {
    let with = SMALL.replace("[1e-3, 1e-2]", "[1e-2]").replace("[1e-2, 0.1]", "[0.1]");
    for method in ["adversarial", "sgd", "sam"] {
        let mut done: Vec<Outcome> = Vec::new();
        for stage in &stages(&with, &format!("method = '{method}'")).unwrap() {
            let needs: Vec<Outcome> = stage.needs.iter().map(|n| done[*n].clone()).collect();
            let whole = run_stage(stage, &needs, &mut Memory::default(), &|_| Go::On).unwrap();
            let mut memory = Memory::default();
            match run_stage(stage, &needs, &mut memory, &|_| Go::Stop) {
                Err(StudyError::Interrupted) => assert_eq!(run_stage(stage, &needs, &mut memory, &|_| Go::On).unwrap(), whole, "{}", stage.id),
                found => {
                    assert!(found.unwrap() == whole && !matches!(settings::parse::<Piece>(&stage.settings).unwrap(), Piece::Saturation(_)), "{}", stage.id)
                }
            }
            done.push(whole);
        }
    }
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let all = run_all(&SMALL.replace("[1e-3, 1e-2]", "[1e30]"), "method = 'longer'");
    assert!(matches!(&all["method=longer/seed=0"].status, Status::Diverged(why) if why.contains("saturation")), "{all:?}");
    let all = run_all(&format!("{SMALL}noise-rate = 1e30\n"), "method = ['sgd', 'longer']");
    for method in ["sgd", "longer"] {
        let status = &all[&format!("method={method}/seed=0")].status;
        assert!(matches!(status, Status::Diverged(why) if why.contains("lower the rate")), "{status:?}");
    }
    let with = SMALL.replace("[1e-3, 1e-2]", "[1e-2]");
    let stages = stages(&with, "").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("width = 6").contains("width is 6; it must be a multiple of 4"));
    assert!(refused("noise-steps = 3").contains("noise-steps: there is 3"));
    assert!(refused("few = 3000").contains("few: there is 3000, where 2 to 2000 can be"));
    assert!(refused("sizes = [0]").contains("sizes: there is 0"));
    assert!(refused("noise-rate = -1.0").contains("noise-rate is -1"));
    assert!(refused("rates = [0.0]").contains("rates has 0"));
    assert!(refused("slack = 0.0").contains("slack has 0"));
    assert!(refused("members = ['table']").contains("no member of a relation"));
    assert!(refused("world = 'diagonal'").contains("ask for method"));
    assert!(refused("method = 'lamb'").contains("lamb"));
    let late = SameLoss.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    // The adversary's head is not planned, and the scores of what it reads are not passed back.
    let used = trial::cost(&SameLoss, SMALL, ALL, &NoFiles);
    assert!((0.95..1.05).contains(&used), "{used} of what was planned");
    assert!(stages(EXACT, "noise-rate = 0.1").unwrap().iter().all(|stage| stage.flops > 0.0 && stage.reads.is_empty()));
}
