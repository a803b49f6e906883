//! Phases by hand, what theory says of the toy, rewards and pairs, and the study as a runner sees it.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::exam::{Exam, answer, pass_at};
use super::gather::Look;
use super::phases::Phases;
use super::toy::Toy;
use super::world::{drawn, right};
use super::*;
use crate::blocks::language_model::LanguageModel;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A training in a blink.
const SMALL: &str = "words = 8\nfew-words = 5\nlength = 7\nphrase = 3\nwidth = 8\nlayers = 1\nbatch = 4\nsteps = 20\ntrial-steps = 8\n\
                     rates = [1e-3, 1e-2]\npoints = 6\nprobe = 12\ntexts = 6\ncopies = 5\nfirst-rank = 1\nlast-rank = 6\nafter-steps = 8\n\
                     reward-steps = 5\nafter-rates = [1e-3, 1e-2]\nafter-documents = 9\nprompts = 2\nsamples = 3\nanswer = 2\ntest-prompts = 3\n\
                     test-samples = 4\nmany = 2\ntoy-steps = 1500\ntuning-seeds = 1\n";

const PARTS: &str = "without = ['nothing', 'skew', 'bottleneck', 'entropy']";
const LATER: &str = "after = ['base', 'continue', 'sft', 'dpo', 'dpo-random', 'rl', 'rl-random']";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&RepresentationGeometry, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&RepresentationGeometry, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&RepresentationGeometry, with, arms, &NoFiles)
}

fn small() -> Settings {
    toml::from_str(SMALL).unwrap()
}

#[test]
fn phases_by_hand() {
    let of = |ranks: &[f64]| Phases::of(ranks, 0, 0.25);
    let all = of(&[8.0, 4.0, 2.0, 4.0, 16.0, 15.0, 8.0]);
    let ln2 = 2.0_f64.ln();
    assert!((all.collapse - 2.0 * ln2).abs() < 1e-12 && (all.expansion - 3.0 * ln2).abs() < 1e-12 && (all.compression - ln2).abs() < 1e-12);
    assert!(all.expanded == Some((2, 4)) && all.compressed == Some((4, 6)) && all.legs == 3 && (all.depth() - ln2).abs() < 1e-12);
    // A rise before the first fall is no phase; what never falls only expands; what ends high is not compressed.
    let up = of(&[2.0, 4.0, 2.0, 8.0]);
    assert!((up.collapse - ln2).abs() < 1e-12 && (up.expansion - 2.0 * ln2).abs() < 1e-12 && up.compression == 0.0 && up.expanded == Some((2, 3)));
    let only = of(&[2.0, 4.0, 8.0]);
    assert!(only.collapse == 0.0 && (only.expansion - 2.0 * ln2).abs() < 1e-12 && only.compression == 0.0);
    let open = of(&[4.0, 2.0, 4.0, 3.9]);
    assert!(open.compression == 0.0 && open.compressed.is_none() && open.depth() == 0.0 && open.legs == 2);
    assert_eq!(of(&[3.0, 3.1, 2.9, 3.0]), Phases::default());
    // Numbers of a training with these ranks, in which all that is copied is learned along the compression.
    let look = |k: usize, rank: f64| {
        let (alignment, copying) = (k.min(3) as f64, k.saturating_sub(4) as f64);
        Look { step: k as f64, rank, alignment, copying, ..Look::of([0.5; 9]) }
    };
    let looks: Vec<Look> = [8.0, 4.0, 2.0, 4.0, 16.0, 15.0, 8.0].into_iter().enumerate().map(|(k, rank)| look(k, rank)).collect();
    let found = phases::numbers(&Settings { window: 0, ..small() }, &looks);
    let number = |name: &str| found.iter().find(|(known, _)| *known == name).and_then(|(_, value)| *value).unwrap();
    assert_eq!([number("sequence"), number("least-step"), number("most-step"), number("factor")], [1.0, 2.0, 4.0, 8.0]);
    assert_eq!([number("copying-expansion"), number("copying-compression")], [0.0, 2.0]);
    // A third of what the alignment gains, up to the third step.
    assert!((number("aligned-expansion") - 1.0 / 3.0).abs() < 1e-12 && (number("peak-gap") - (4.0_f64 / 3.0).ln()).abs() < 1e-12);
}

#[test]
fn slopes_of_the_toy_are_those_of_differences() {
    for without in [Without::Nothing, Without::Entropy] {
        let toy = Toy::new(&Settings { without, start: 0.7, ..small() }, 3);
        let loss = |toy: &Toy| -> f64 {
            let scores = toy.features.dot(&toy.weights);
            let labels = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3];
            let rows = scores.rows().into_iter().zip(labels).map(|(row, label): (_, usize)| match without {
                Without::Entropy => row.iter().enumerate().map(|(k, v)| (v - f64::from(u8::from(k == label))).powi(2)).sum::<f64>(),
                _ => row.iter().map(|v| v.exp()).sum::<f64>().ln() - row[label],
            });
            rows.sum::<f64>() / 15.0
        };
        let slope = toy.slope().dot(&toy.weights.t());
        for place in [(0, 0), (9, 1), (14, 0)] {
            let moved = |by: f64| {
                let mut other = toy.clone();
                other.features[place] += by;
                loss(&other)
            };
            let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((difference - slope[place]).abs() < 1e-8, "{without:?} {place:?}: {difference} {}", slope[place]);
        }
    }
}

#[test]
fn the_flow_keeps_what_theory_says() {
    let toy = Toy::balanced(&small(), 3).unwrap();
    let gap = &toy.features.t().dot(&toy.features) - &toy.weights.dot(&toy.weights.t());
    assert!(gap.iter().all(|v| v.abs() < 1e-12), "{gap}");
    let all = run_all("world = 'balanced'\ntoy-steps = 6000\n", "");
    let run = &all["default/seed=0"];
    let number = |name: &str| run.scalar(name).unwrap();
    assert!(number("balance") < 0.01 && number("singular-gap") < 0.01, "{} {}", number("balance"), number("singular-gap"));
    assert!((number("speed-slope") - 1.0).abs() < 0.02 && number("speed-bound") <= 1.0, "{} {}", number("speed-slope"), number("speed-bound"));
    assert!(number("speed-bound") > 0.01);
}

#[test]
fn the_toy_learns_its_samples_whatever_is_taken_out() {
    let all = run_all("world = 'toy'\n", PARTS);
    for part in ["nothing", "skew", "bottleneck", "entropy"] {
        let run = &all[&format!("without={part}/seed=0")];
        let known = run.series("known").unwrap();
        assert!(run.status == Status::Done && known.y[known.y.len() - 1] > 0.5, "{part}: {:?}", known.y);
        let rank = run.series("effective-rank").unwrap();
        let dimensions = if part == "bottleneck" { 3.0 } else { 2.0 };
        assert!(rank.y.iter().all(|r| (1.0..=dimensions + 1e-3).contains(r)), "{part}");
    }
    // Equal frequencies have no order to agree with.
    assert!(all["without=skew/seed=0"].series("alignment").unwrap().y.iter().all(|v| *v == 0.0));
}

#[test]
fn endings_are_right_word_by_word() {
    assert!(right(&[9, 1, 2, 3, 1, 2], 3) && !right(&[9, 1, 2, 3, 1, 1], 3) && !right(&[9, 1, 2, 3], 3) && !right(&[], 3));
    // Two of four are right: one of two drawn, 1 − (2·1)/(4·3).
    assert!((pass_at(4, 2, 2) - 5.0 / 6.0).abs() < 1e-12 && (pass_at(4, 1, 1) - 0.25).abs() < 1e-12);
    assert_eq!([pass_at(4, 0, 2), pass_at(4, 4, 1), pass_at(4, 3, 4)], [0.0, 1.0, 1.0]);
    let mut rng = Pcg64::seed_from_u64(1);
    let many: Vec<u32> = (0..4_000).map(|_| drawn([0.25, 0.0, 0.75].into_iter(), &mut rng)).collect();
    let first = many.iter().filter(|k| **k == 0).count();
    assert!((850..1_150).contains(&first) && many.iter().all(|k| *k != 1), "{first}");
}

#[test]
fn documents_of_a_seed_are_those_of_the_chain() {
    let own = small();
    let world = world::World::new(&own, 5);
    let mut rng = Pcg64::seed_from_u64(2);
    let prompt = world.prompt(&mut rng);
    assert!(prompt.len() == 4 && prompt[0] == 9 && prompt[1..].iter().all(|word| *word < 8));
    let [chosen, refused] = world.pair(&mut rng);
    assert!(chosen.len() == 8 && refused.len() == 8 && chosen[..4] == refused[..4] && chosen[0] == 8);
    // The ending that a domain writes is likelier by that domain, over many pairs.
    let loss = |domain: &crate::blocks::corpora::Domain, text: &[u32]| domain.exact(&text[1..]).iter().map(|e| e.0).sum::<f64>();
    let (mut near, mut home) = (0.0, 0.0);
    for _ in 0..200 {
        let [chosen, refused] = world.pair(&mut rng);
        near += loss(&world.near, &refused) - loss(&world.near, &chosen);
        home += loss(&world.home, &chosen) - loss(&world.home, &refused);
    }
    assert!(near > 0.0 && home > 0.0, "{near} {home}");
    let exam = Exam::new(&own, &world, 5);
    let (model, mut training) = LanguageModel::new(own.size(), Pcg64::seed_from_u64(1));
    let look = exam.look(&model, &mut training, 7);
    assert!(look.is_finite() && look.step == 7.0 && (1.0..=8.001).contains(&look.rank) && look.alignment.abs() <= 1.0);
    let mut documents = vec![prompt.clone(), prompt];
    answer(&model, &mut training, 2, &mut documents, &mut rng);
    assert!(documents.iter().all(|document| document.len() == 6 && document[5] < 10));
}

#[test]
fn every_part_that_is_taken_out_is_a_run_of_its_own() {
    let listed = stages(SMALL, PARTS).unwrap();
    // Four parts, each at two rates on one other seed and once more.
    assert_eq!(listed.len(), 4 * 3);
    let all = run_all(SMALL, PARTS);
    for part in ["nothing", "skew", "bottleneck", "entropy"] {
        let run = &all[&format!("without={part}/seed=0")];
        assert!(run.status == Status::Done && run.series.len() == gather::SERIES.len(), "{part}");
        let rank = run.series("effective-rank").unwrap();
        assert!(rank.x[0] == 0.0 && rank.x[rank.x.len() - 1] == 20.0 && rank.y.iter().all(|r| (1.0..=8.001).contains(r)));
        for name in ["collapse", "expansion", "compression", "depth", "copied", "aligned", "fit", "rate", "log-rank"] {
            assert!(run.scalar(name).is_some_and(f64::is_finite), "{part} {name}");
        }
        assert_eq!(run.scalar("pass-one"), None);
    }
    // All begin from the same first weights where they have as many words.
    let first = |part: &str| all[&format!("without={part}/seed=0")].series("inner-rank").unwrap().y[0];
    assert!((first("nothing") - first("entropy")).abs() < 1e-9);
}

#[test]
fn all_that_comes_afterwards_goes_on_from_one_base() {
    let listed = stages(SMALL, LATER).unwrap();
    let count = |piece: &str| listed.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // Two rates of pretraining; a base of the seed for choosing and one of the first seed; seven arms, and two rates of three.
    assert_eq!([count("trial"), count("base"), count("after")], [2, 2, 7 + 2 * 3]);
    let all = run_all(SMALL, LATER);
    let of = |after: &str, name: &str| all[&format!("after={after}/seed=0")].scalar(name);
    for after in ["base", "continue", "sft", "dpo", "dpo-random", "rl", "rl-random"] {
        for name in ["log-rank", "home-excess", "in-excess", "out-excess", "variety"] {
            assert!(of(after, name).is_some(), "{after} {name}");
        }
        for name in ["preferred", "pass-one", "pass-many", "distinct"] {
            assert!(of(after, name).is_some_and(|share| (0.0..=1.0).contains(&share)), "{after} {name}");
        }
        assert!(of(after, "pass-many") >= of(after, "pass-one"));
    }
    // Controls have the rates and the documents of what they are held against.
    for (one, other) in [("sft", "continue"), ("dpo", "dpo-random"), ("rl", "rl-random")] {
        assert_eq!((of(one, "rate"), of(one, "passed")), (of(other, "rate"), of(other, "passed")), "{one}");
        assert!(of(one, "log-rank") != of("base", "log-rank") && of(other, "log-rank") != of("base", "log-rank"));
    }
    assert_eq!((of("base", "rate"), of("base", "passed"), of("dpo", "passed"), of("rl", "passed")), (None, Some(0.0), Some(64.0), Some(30.0)));
}

#[test]
fn stopped_stages_go_on_to_the_same_bytes() {
    let single = SMALL.replace("[1e-3, 1e-2]", "[1e-2]");
    for arm in ["without = 'entropy'", "after = 'dpo'", "after = 'rl'", "after = 'sft'"] {
        let (all, stopped) = trial::resumed(&RepresentationGeometry, &single, arm, &NoFiles);
        assert_eq!(stopped, all, "{arm}");
    }
    let toy = &stages("world = 'toy'\ntoy-steps = 1500\n", "").unwrap()[0];
    assert_eq!(run_stage(toy, &[], &mut Memory::default(), &|_| Go::Stop), Err(StudyError::Interrupted));
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let all = run_all(&SMALL.replace("rates = [1e-3, 1e-2]\npoints", "rates = [1e30]\npoints"), "after = ['whole', 'sft']");
    for (arm, why) in [("whole", "lower the rate"), ("sft", "pretraining diverged")] {
        let status = &all[&format!("after={arm}/seed=0")].status;
        assert!(matches!(status, Status::Diverged(text) if text.contains(why)), "{arm}: {status:?}");
    }
    let listed = stages(&SMALL.replace("[1e-3, 1e-2]", "[1e-2]"), "after = 'base'").unwrap();
    let mut kept = run_stage(&listed[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&listed[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("width = 6").contains("width is 6; it must be a multiple of 4"));
    assert!(refused("length = 16").contains("length: there is 16, where 17 to 1024 can be"));
    assert!(refused("without = 'bottleneck'\nfew-words = 31").contains("few-words is 31"));
    assert!(refused("without = 'skew'\nafter = 'sft'").contains("from which nothing is taken"));
    assert!(refused("world = 'toy'\nafter = 'sft'").contains("from which nothing is taken"));
    assert!(refused("world = 'balanced'\nwithout = 'skew'").contains("theory is asked"));
    assert!(refused("many = 17").contains("many: there is 17, where 1 to 16 can be"));
    assert!(refused("last-rank = 3").contains("last-rank: there is 3"));
    assert!(refused("repeats = 1.5").contains("repeats is 1.5"));
    assert!(refused("hysteresis = 0.0").contains("hysteresis has 0"));
    assert!(refused("counts = [3]").contains("counts: there is 1"));
    assert!(refused("after = 'ppo'").contains("ppo"));
    let late = RepresentationGeometry.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    for arms in [PARTS, LATER] {
        let used = trial::cost(&RepresentationGeometry, SMALL, arms, &NoFiles);
        assert!((0.99..1.01).contains(&used), "{arms}: {used} of what was planned");
    }
    assert!(stages("world = 'toy'", PARTS).unwrap().iter().all(|stage| stage.flops > 0.0 && stage.reads.is_empty()));
}
