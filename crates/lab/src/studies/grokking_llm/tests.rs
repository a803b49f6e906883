//! The study as a runner sees it, its worlds, its controls, and that ways do what they are said to.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::gather::SERIES;
use super::network::{Network, held, router_rows};
use super::world::World;
use super::*;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A training of a moment.
const SMALL: &str = "modulus = 5\nkeys = 4\npairs = 8\nwords = 5\ntexts = 12\nwidth = 8\nhidden = 4\nexperts = 4\nbatch = 16\nsteps = 60\n\
                     looks = 20\ntracked = 6\nrates = [3e-3, 3e-2]\ntuning-seeds = 1\n";

const ALL: &str = "method = ['learned', 'sharp', 'frozen', 'held', 'no-decay', 'random-sums']";

fn small(method: Method) -> Settings {
    let sizes = Settings { modulus: 5, keys: 4, pairs: 8, words: 5, texts: 12, width: 8, hidden: 4, experts: 4, ..Settings::default() };
    Settings { method, batch: 16, steps: 60, looks: 20, tracked: 6, rates: vec![1e-2], ..sizes }
}

fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&GrokkingLlm, with, arms, &NoFiles)
}

#[test]
fn every_arm_is_a_run_at_the_rate_that_is_chosen_for_all() {
    let all = run_all(SMALL, ALL);
    // Six arms, and the learned router at two rates, one of which is that of every arm.
    assert_eq!(all.len(), 6 + 2);
    let rate = all["method=learned/seed=0"].scalar("rate");
    assert!(all.values().all(|o| o.status == Status::Done && o.series.len() == SERIES.len()));
    for name in ["learned", "sharp", "frozen", "held", "no-decay", "random-sums"] {
        let run = &all[&format!("method={name}/seed=0")];
        assert!([Some(3e-3), Some(3e-2)].contains(&rate) && run.scalar("rate") == rate, "{name}");
        assert!((0.0..=1.0).contains(&run.scalar("score").unwrap()), "{name}");
        let steps = &run.series("distance").unwrap().x;
        assert!(steps.len() >= 20 && steps.last() == Some(&60.0), "{name}: {steps:?}");
    }
}

#[test]
fn arms_share_questions_and_random_answers_say_nothing() {
    let (world, random) = (World::new(&small(Method::Learned), 3), World::new(&small(Method::RandomSums), 3));
    // 18 of 25 sums, 8 pairs and 12 texts are learned.
    assert_eq!((world.starts, world.sums.len(), world.text.len()), ([0, 18, 26, 38], 7, 12));
    assert_eq!((&world.learned.first, &world.learned.second, &world.sums.first), (&random.learned.first, &random.learned.second, &random.sums.first));
    assert!((0..18).all(|k| (world.learned.first[k] + world.learned.second[k]) % 5 == world.learned.wanted[k]));
    assert_eq!(world.learned.wanted[18..], random.learned.wanted[18..]);
    let held_out: Vec<(u32, u32)> = world.sums.first.iter().copied().zip(world.sums.second.iter().copied()).collect();
    assert!((0..18).all(|k| !held_out.contains(&(world.learned.first[k], world.learned.second[k]))));
    // Over many worlds a random answer is the sum as often as chance has it: a fifth of 2,500 within five standard deviations (of 20).
    let right: usize = (0..100)
        .map(|seed| {
            let random = World::new(&small(Method::RandomSums), seed);
            (0..18).filter(|k| (random.learned.first[*k] + random.learned.second[*k]) % 5 == random.learned.wanted[*k]).count()
                + (0..7).filter(|k| (random.sums.first[*k] + random.sums.second[*k]) % 5 == random.sums.wanted[*k]).count()
        })
        .sum();
    assert!((400..600).contains(&right), "{right}");
    // Batches are those of every other arm, and only pairs are ever given with another answer.
    let draw = |world: &World| world.batch(500, &mut Pcg64::seed_from_u64(1));
    let (one, other) = (draw(&world), draw(&random));
    assert_eq!((&one.first, &one.second), (&other.first, &other.second));
    let wrong = |first: u32, second: u32, wanted: u32| {
        (0..38).all(|k| (world.learned.first[k], world.learned.second[k], world.learned.wanted[k]) != (first, second, wanted))
    };
    let slips: Vec<u32> = (0..500).filter(|k| wrong(one.first[*k], one.second[*k], one.wanted[*k])).map(|k| one.first[k]).collect();
    assert!(!slips.is_empty() && slips.iter().all(|first| (5..9).contains(first)), "{slips:?}");
}

#[test]
fn a_frozen_router_stays_and_others_move() {
    for (method, stays) in [(Method::Frozen, true), (Method::Learned, false), (Method::Sharp, false)] {
        let own = small(method);
        let world = World::new(&own, 1);
        let (net, mut training) = Network::new(&own, Pcg64::seed_from_u64(2));
        let (before, other) = (router_rows(&training.params, 1).to_vec(), training.params.values.clone());
        assert_eq!(before.len(), 4 * 8);
        let batch = world.batch(16, &mut Pcg64::seed_from_u64(3));
        training.step(0.01, Pcg64::seed_from_u64(0), |pass| {
            let said = net.forward(pass, &batch);
            let errors = nets::losses::cross_entropy(pass, said.scores, &batch.wanted, 0.0);
            pass.mean(errors)
        });
        assert_eq!(router_rows(&training.params, 1) == before.as_slice(), stays, "{method:?}");
        assert!(training.params.values != other);
    }
    assert!(router_rows(&Network::new(&small(Method::Learned), Pcg64::seed_from_u64(2)).1.params, 3).is_empty());
}

#[test]
fn what_holds_the_entropy_is_zero_where_it_is_held() {
    let (_, mut training) = Network::new(&small(Method::Held), Pcg64::seed_from_u64(2));
    let even = 4.0_f64.ln();
    let [kept, sharp] = [[0.25_f32; 4], [1.0, 0.0, 0.0, 0.0]].map(|weights| {
        training.infer(Pcg64::seed_from_u64(0), |pass| {
            let weights = pass.input(&weights, 1, 4);
            let gap = held(pass, weights, even);
            pass.scalar(gap)
        })
    });
    assert!(kept < 1e-9 && (sharp - even * even).abs() < 1e-5, "{kept} {sharp}");
}

#[test]
fn holding_the_entropy_does_so() {
    let with = SMALL.replace("rates = [3e-3, 3e-2]", "rates = [3e-2]").replace("steps = 60", "steps = 300") + "hold = 30.0\ndecay = 0.1\n";
    let all = run_all(&with, "method = ['sharp', 'held']");
    let moved = |name: &str| {
        let entropy = &all[&format!("method={name}/seed=0")].series("entropy").unwrap().y;
        (entropy[0] - entropy[entropy.len() - 1]).abs()
    };
    assert!(moved("held") < moved("sharp") && moved("held") < 0.3, "{} {}", moved("held"), moved("sharp"));
}

#[test]
fn sums_are_learned_and_ways_are_followed() {
    // Most sums are learned in these steps, so that falls and ranks exist.
    let with = SMALL.replace("rates = [3e-3, 3e-2]", "rates = [1e-2]").replace("steps = 60", "steps = 400");
    let with = with.replace("width = 8\nhidden = 4\n", "width = 16\nhidden = 8\n") + "decay = 0.1\nfit = 0.8\n";
    let all = run_all(&with, "method = ['learned', 'random-sums']");
    for name in ["learned", "random-sums"] {
        let run = &all[&format!("method={name}/seed=0")];
        let of = |scalar: &str| run.scalar(scalar).unwrap_or_else(|| panic!("{name} has no {scalar}"));
        assert!(of("final-sums-learned") > 0.9 && of("fit-step") < 400.0);
        let gap = of("fall-share") - of("fall-permuted");
        assert!((of("fall-beyond") - gap).abs() < 1e-12 && of("end-share") > 0.0);
        assert!(of("memorised-sums") > 0.0 && of("when-sums") < 400.0 && of("epsilon-sums") >= 0.1);
        // Where no more sums are answered from fit to end than before, nothing goes with them.
        if let (Some(step), Some(distance), Some(lead)) = (run.scalar("rank-step"), run.scalar("rank-distance"), run.scalar("lead")) {
            assert!((lead - (distance.abs() - step.abs())).abs() < 1e-12);
        }
    }
}

#[test]
fn a_stopped_training_goes_on_to_the_same() {
    for method in ["learned", "held"] {
        let stage = trial::stages(&GrokkingLlm, &SMALL.replace("rates = [3e-3, 3e-2]", "rates = [1e-2]"), &format!("method = '{method}'")).unwrap().remove(0);
        let run = |memory: &mut Memory, watch: &dyn Fn(f64) -> Go| trial::run_stage(&GrokkingLlm, &stage, &[], &NoFiles, memory, watch);
        let whole = run(&mut Memory::default(), &|_| Go::On).unwrap();
        let mut memory = Memory::default();
        let stopped = run(&mut memory, &|share| if share >= 0.5 { Go::Stop } else { Go::On });
        assert!(matches!(stopped, Err(StudyError::Interrupted)));
        assert_eq!(run(&mut memory, &|_| Go::On).unwrap(), whole);
    }
}

#[test]
fn what_diverges_says_so() {
    let all = run_all(&SMALL.replace("rates = [3e-3, 3e-2]", "rates = [1e30]"), "method = 'learned'");
    let run = &all["method=learned/seed=0"];
    assert!(matches!(&run.status, Status::Diverged(why) if why.contains("lower the rate")), "{:?}", run.status);
    assert_eq!((run.scalar("score"), run.scalar("rate")), (None, Some(1e30)));
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| trial::stages(&GrokkingLlm, with, "").unwrap_err().to_string();
    assert!(refused("layers = 2").contains("layers: there is 2"));
    assert!(refused("experts = 4\nchosen = 5").contains("chosen: there is 5"));
    assert!(refused("learned = 1.0").contains("learned is 1"));
    assert!(refused("tracked = 300").contains("tracked: there is 300"));
    assert!(refused("noise = 2.0").contains("noise is 2"));
    assert!(refused("rates = [0.0]").contains("rates has 0"));
    let late = GrokkingLlm.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let used = trial::cost(&GrokkingLlm, SMALL, ALL, &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
