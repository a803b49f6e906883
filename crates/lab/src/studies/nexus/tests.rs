//! Directions by hand and against differences, quadratic losses whose end is known, and the study as a runner sees it.

use std::collections::BTreeMap;

use super::direction::{Room, Sources, similarity};
use super::gather::{at_level, chosen};
use super::quadratic::Forms;
use super::world::{LENGTH, World as Domains, learned, unseen};
use super::*;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A training in a blink.
const SMALL: &str = "words = 6\nwidth = 8\nstyles = 3\nsteps = 20\nbatch = 1\nlooks = 2\nheld-out = 1\nfine-steps = 1\nrates = [1e-3, 1e-2]\n\
                     strengths = [0.01, 0.1]\ntuning-seeds = 1\n";
/// Quadratic losses, with nothing to choose.
const EXACT: &str = "world = 'quadratic'\nrates = [0.03]\nstrengths = [0.1]\nsteps = 3000\n";

const ALL: &str = "method = ['adamw', 'normalised', 'nexus', 'nexus-order', 'nexus-mixed', 'reptile', 'sam', 'penalty']";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&Nexus, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&Nexus, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&Nexus, with, arms, &NoFiles)
}

/// Bowls ½ |θ − c|² at two places.
struct Bowls;

const PLACES: [[f64; 2]; 2] = [[4.0, 0.0], [0.0, 3.0]];

impl Sources<f64> for Bowls {
    fn count(&self) -> usize {
        2
    }

    fn gradient(&mut self, source: usize, at: &[f64], to: &mut [f64]) -> f64 {
        to.iter_mut().zip(at).zip(PLACES[source]).for_each(|((t, a), c)| *t = a - c);
        0.5 * to.iter().map(|g| g * g).sum::<f64>()
    }
}

fn direction(sources: &mut impl Sources<f64>, method: Method, strength: f64, at: &[f64]) -> Vec<f64> {
    let order: Vec<usize> = (0..sources.count()).collect();
    let mut room = Room::<f64>::new(at.len());
    room.fill(sources, method, strength, &order, at);
    room.direction
}

fn near(found: &[f64], wanted: &[f64]) {
    assert!(found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?} {wanted:?}");
}

#[test]
fn directions_by_hand() {
    let at = |method: Method, strength: f64| direction(&mut Bowls, method, strength, &[0.0, 0.0]);
    near(&at(Method::Adamw, 9.0), &[-2.0, -1.5]);
    // Unit gradients (−1, 0) and (0, −1), of mean length 3.5.
    near(&at(Method::Normalised, 9.0), &[-1.75, -1.75]);
    near(&at(Method::Nexus, 0.0), &[-1.75, -1.75]);
    // The second gradient is taken at (4, 0) after a step of 4: (4, −3), of length 5 beside the first of length 4.
    near(&at(Method::Nexus, 4.0), &[4.5 * (-1.0 + 0.8) / 2.0, 4.5 * -0.6 / 2.0]);
    near(&at(Method::Reptile, 0.0), &[-2.0, -1.5]);
    near(&at(Method::Reptile, 1.0), &[0.0, -1.5]);
    // Half a unit uphill along (−2, −1.5) / 2.5.
    near(&at(Method::Sam, 0.5), &[-2.4, -1.8]);
    assert!(similarity(&mut Bowls, &[0.0, 0.0]).abs() < 1e-12);
    // Between two bowls gradients point apart: the least cosine that there can be of two.
    assert!((similarity(&mut Bowls, &[2.0, 1.5]) + 1.0).abs() < 1e-12);
}

#[test]
fn the_penalty_is_the_slope_of_what_it_is_of() {
    let mut forms = Forms::new(&Settings::default(), 3).unwrap();
    let at: Vec<f64> = (0..12).map(|k| f64::from(k).sin()).collect();
    let slope = direction(&mut forms, Method::Penalty, 0.7, &at);
    let mut value = |at: &[f64]| {
        let mut room = Room::<f64>::new(12);
        room.fill(&mut forms, Method::Adamw, 0.0, &[], at) - 0.7 * similarity(&mut forms, at)
    };
    for k in 0..12 {
        let mut moved = at.clone();
        moved[k] += 1e-5;
        let up = value(&moved);
        moved[k] -= 2e-5;
        let difference = (up - value(&moved)) / 2e-5;
        assert!((difference - slope[k]).abs() < 1e-6, "{k}: {difference} {}", slope[k]);
    }
}

#[test]
fn nothing_leads_along_flat_directions() {
    let mut forms = Forms::new(&Settings::default(), 3).unwrap();
    let at: Vec<f64> = (0..12).map(|k| f64::from(k).cos()).collect();
    for method in [Method::Adamw, Method::Normalised, Method::Nexus, Method::Reptile, Method::Sam, Method::Penalty] {
        let found = direction(&mut forms, method, 0.3, &at);
        assert!(forms.along_flat(&found, &[0.0; 12]) < 1e-9 && found.iter().any(|d| d.abs() > 1e-3), "{method:?}");
    }
    let (inner, zeros) = (forms.inner(&at), [0.0; 12]);
    near(&forms.inner(&forms.outer(&inner)), &inner);
    assert!(forms.along_flat(&forms.outer(&inner), &zeros) < 1e-9);
}

#[test]
fn quadratic_trainings_end_where_theory_has_them() {
    let arms = "method = ['adamw', 'normalised', 'nexus', 'reptile', 'sam', 'penalty']";
    let all = run_all(EXACT, arms);
    let number = |method: &str, name: &str| all[&format!("method={method}/seed=0")].scalar(name).unwrap();
    for method in ["adamw", "normalised", "nexus", "reptile", "sam", "penalty"] {
        assert!(number(method, "error") < 0.01, "{method}: {}", number(method, "error"));
    }
    assert!(number("adamw", "from-sum") < 1e-3 && number("normalised", "from-sum") > 1e-2);
    assert!((number("normalised", "similarity") + 1.0 / 3.0).abs() < 1e-3 && number("adamw", "similarity") > -1.0 / 3.0);
    assert_eq!((number("adamw", "ood-gap"), number("adamw", "train-gap")), (0.0, 0.0));
}

#[test]
fn a_minimum_in_common_is_found_by_adamw() {
    let all = run_all(&format!("{EXACT}apart = 0.0\n"), "method = ['adamw', 'nexus']");
    let number = |method: &str, name: &str| all[&format!("method={method}/seed=0")].scalar(name).unwrap();
    assert!(number("adamw", "from-minima") < 1e-3 && number("adamw", "ood") < 1e-6);
    assert!(number("nexus", "from-minima") < 0.5);
    assert_eq!(all["method=nexus/seed=0"].scalar("error"), None);
}

#[test]
fn domains_share_their_parts() {
    for styles in [3, 4, 5] {
        let (seen, other) = (learned(styles), unseen(styles));
        assert_eq!((seen.len(), other.len()), (2 * styles, styles * (styles - 2)));
        for k in 0..styles {
            assert_eq!((seen.iter().filter(|p| p.0 == k).count(), seen.iter().filter(|p| p.1 == k).count()), (2, 2));
        }
        assert!(other.iter().all(|pair| !seen.contains(pair)));
    }
    let own = Settings { batch: 2, ..Settings::default() };
    let world = Domains::new(&own, 5);
    let (mut documents, mut mixed) = (Vec::new(), Vec::new());
    world.documents(3, &mut documents);
    assert_eq!(documents.len(), 8 * 2 * (LENGTH + 1));
    let names = |documents: &[u32]| documents.chunks_exact(LENGTH + 1).map(|d| (d[0] as usize - 24, d[1] as usize - 28)).collect::<Vec<_>>();
    assert_eq!(names(&documents), learned(4).into_iter().flat_map(|pair| [pair, pair]).collect::<Vec<_>>());
    let other = Settings { method: Method::NexusMixed, ..own.clone() };
    Domains::new(&other, 5).documents(3, &mut mixed);
    let sorted = |documents: &[u32]| {
        let mut all: Vec<Vec<u32>> = documents.chunks_exact(LENGTH + 1).map(<[u32]>::to_vec).collect();
        all.sort();
        all
    };
    // The same documents, of which no part is a domain.
    assert!(mixed != documents && sorted(&mixed) == sorted(&documents));
    // An alphabet writes all words, and moves about half of them.
    for alphabet in &world.alphabets[1..] {
        let mut all = alphabet.clone();
        all.sort_unstable();
        let moved = (0..24).filter(|k| alphabet[*k as usize] != *k).count();
        assert!(all == (0..24).collect::<Vec<u32>>() && (6..=12).contains(&moved), "{alphabet:?}");
    }
    let same = Settings { permuted: 0.0, shared: 1.0, ..Settings::default() };
    let world = Domains::new(&same, 5);
    assert!(world.chains.iter().all(|chain| *chain == world.chains[0]) && world.alphabets.iter().all(|a| *a == world.alphabets[0]));
}

#[test]
fn every_arm_is_held_against_adamw_after_as_many_documents() {
    let listed = stages(SMALL, ALL).unwrap();
    // Of six arms with a strength: two rates, two strengths each with its run, the training and the run. One without; and AdamW, once more on the
    // seed for choosing.
    assert_eq!(listed.len(), 6 * 8 + 4 + 5);
    let all = run_all(SMALL, ALL);
    for arm in arms::product(&toml::from_str(ALL).unwrap()).unwrap() {
        let run = &all[&format!("{}/seed=0", arm.name)];
        let number = |name: &str| run.scalar(name).unwrap_or_else(|| panic!("{}: no {name}", arm.name));
        assert!(run.status == Status::Done && run.series.len() == 3);
        assert_eq!((number("passed"), run.series("train-loss").unwrap().x.clone()), (120.0, vec![0.0, 60.0, 120.0]));
        for name in ["train", "ood", "knowledge", "met-at", "ood-matched", "ood-gap", "similarity-gap", "distance", "distance-noise", "from-minima"] {
            assert!(number(name).is_finite());
        }
        let plain = arm.name.ends_with("adamw");
        assert_eq!((run.scalar("agrees").is_none(), run.scalar("strength").is_none()), (plain, plain || arm.name.ends_with("normalised")));
        assert!(!plain || [number("ood-gap"), number("similarity-gap"), number("distance-gap")] == [0.0; 3]);
        assert!([1e-3, 1e-2].contains(&number("rate")) && number("met-at") >= number("train"));
    }
}

#[test]
fn without_an_inner_step_nexus_is_normalised() {
    let loss = |arm: &str, strength: &str| {
        let with = SMALL.replace("[0.01, 0.1]", strength).replace("[1e-3, 1e-2]", "[1e-2]");
        run_all(&with, &format!("method = '{arm}'"))[&format!("method={arm}/seed=0")].scalar("train").unwrap()
    };
    let none = loss("normalised", "[1.0]");
    assert!((loss("nexus", "[1e-9]") - none).abs() < 2e-4 && (loss("nexus-order", "[1e-9]") - none).abs() < 2e-4);
    assert!((loss("nexus", "[2.0]") - none).abs() > 1e-3);
    assert!((loss("reptile", "[1e-9]") - loss("adamw", "[1.0]")).abs() < 2e-4);
}

#[test]
fn curves_meet_a_level_and_strengths_are_chosen() {
    let (along, of) = ([4.0, 2.0, 3.0, 1.0], [10.0, 20.0, 30.0, 50.0]);
    assert_eq!([at_level(9.0, &along, &of), at_level(3.0, &along, &of), at_level(1.5, &along, &of)], [Some(10.0), Some(15.0), Some(45.0)]);
    assert_eq!(at_level(0.5, &along, &of), None);
    let run = |train: f64, gap: f64| Outcome {
        series: Vec::new(),
        scalars: vec![("train-gap".to_owned(), Some(train)), ("ood-gap".to_owned(), Some(gap))],
        weights: None,
        status: Status::Done,
    };
    let tried = [run(0.0, -0.1), run(0.01, -0.1), run(0.0, -0.3), run(0.03, -0.3), run(0.1, -0.9), run(0.0, -0.9)];
    assert_eq!((chosen(&[1.0, 2.0, 3.0], &tried, 0.02), chosen(&[1.0, 2.0, 3.0], &tried, 0.06)), (2.0, 3.0));
    assert_eq!((chosen(&[2.0, 1.0], &tried[4..], -1.0), chosen(&[0.5], &[], 0.0), chosen(&[], &[], 0.0)), (1.0, 0.5, 0.0));
}

#[test]
fn stopped_stages_go_on_to_the_same_bytes() {
    let with = SMALL.replace("[0.01, 0.1]", "[0.1]").replace("[1e-3, 1e-2]", "[1e-2]");
    for method in ["nexus-order", "penalty"] {
        let stage = stages(&with, &format!("method = '{method}'")).unwrap().remove(0);
        let whole = run_stage(&stage, &[], &mut Memory::default(), &|_| Go::On).unwrap();
        let mut memory = Memory::default();
        assert_eq!(run_stage(&stage, &[], &mut memory, &|_| Go::Stop), Err(StudyError::Interrupted));
        assert!(memory.0.is_some());
        assert_eq!(run_stage(&stage, &[], &mut memory, &|_| Go::On).unwrap(), whole, "{method}");
    }
    let stage = stages(EXACT, "method = 'nexus'").unwrap().remove(0);
    let whole = run_stage(&stage, &[], &mut Memory::default(), &|_| Go::On).unwrap();
    let mut memory = Memory::default();
    assert_eq!(run_stage(&stage, &[], &mut memory, &|_| Go::Stop), Err(StudyError::Interrupted));
    assert_eq!(run_stage(&stage, &[], &mut memory, &|_| Go::On).unwrap(), whole);
}

#[test]
fn what_diverges_says_so() {
    let all = run_all(&SMALL.replace("[1e-3, 1e-2]", "[1e30]"), "method = ['adamw', 'nexus']");
    for method in ["adamw", "nexus"] {
        let status = &all[&format!("method={method}/seed=0")].status;
        assert!(matches!(status, Status::Diverged(why) if why.contains("lower the rate")), "{status:?}");
    }
    let all = run_all(&EXACT.replace("[0.03]", "[1e30]"), "method = 'reptile'");
    assert!(matches!(&all["method=reptile/seed=0"].status, Status::Diverged(why) if why.contains("lower the rate")));
    // A rate that diverges is not chosen.
    let all = run_all(&SMALL.replace("[1e-3, 1e-2]", "[1e30, 1e-2]"), "method = 'nexus'");
    assert_eq!(all["method=nexus/seed=0"].scalar("rate"), Some(1e-2));
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("width = 6").contains("width is 6; it must be a multiple of 4"));
    assert!(refused("steps = 21").contains("steps is 21; it must be even"));
    assert!(refused("styles = 2").contains("styles: there is 2"));
    assert!(refused("flat = 11").contains("flat: there is 11, where 1 to 10 can be"));
    assert!(refused("permuted = 1.5").contains("permuted is 1.5; it must be 0 to 1"));
    assert!(refused("apart = -1.0").contains("apart is -1; it must be 0 or more"));
    assert!(refused("strengths = []").contains("strengths: there is 0"));
    assert!(refused("strengths = [0.0]").contains("strengths has 0"));
    assert!(refused("world = 'quadratic'\nmethod = 'nexus-mixed'").contains("no documents"));
    assert!(refused("method = 'muon'").contains("muon"));
    let late = Nexus.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing rates and strengths"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let used = trial::cost(&Nexus, SMALL, ALL, &NoFiles);
    assert!((0.99..1.01).contains(&used), "{used} of what was planned");
    assert!(stages(EXACT, "method = ['adamw', 'sam']").unwrap().iter().all(|stage| stage.flops > 0.0 && stage.reads.is_empty()));
}
