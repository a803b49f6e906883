//! Data and masks by hand, and the study as a runner sees it.

use std::collections::{BTreeMap, HashSet};

use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::data::{Masked, Sequences, draw, majority, mask, told_by_marks};
use super::fit::steps;
use super::plan::Piece;
use super::*;
use crate::blocks::long_encoder::Mixer;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A training in a blink.
const SMALL: &str = "values = 3\narguments = 3\nshortest = 4\nlongest = 12\nside = 4\npath = 3\nwidth = 4\nlayers = 1\nhidden = 6\nstates = 2\n\
                     labels = 12\ntuning-labels = 12\ntest = 10\nsteps = 6\npretraining-steps = 6\nbatch = 3\nrates = [1e-3, 1e-2]\nlooks = 3\n\
                     draws = 500\ntuning-seeds = 1\n";

const ALL: &str = "mixer = ['attention', 'structured', 'random']\nstart = ['scratch', 'longer', 'pretrained', 'shuffled', 'other']";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&NeverFromScratch, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&NeverFromScratch, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&NeverFromScratch, with, arms, &NoFiles)
}

fn small() -> Settings {
    toml::from_str(SMALL).unwrap()
}

#[test]
fn sequences_are_there_once_and_fewer_are_the_first() {
    for task in [Task::Lists, Task::Paths] {
        let own = small();
        let (train, test) = draw(&own, task, 5).unwrap();
        assert_eq!((train.len(), test.len(), train.tokens.len()), (12, 10, 12 * own.length(task)));
        let all: HashSet<&[u32]> = train.tokens.chunks(train.length).chain(test.tokens.chunks(test.length)).collect();
        assert_eq!(all.len(), 22);
        let (few, same) = draw(&Settings { labels: 5, ..own.clone() }, task, 5).unwrap();
        assert!(same == test && few.tokens == train.tokens[..5 * train.length] && few.answers == train.answers[..5]);
        assert!(draw(&own, task, 6).unwrap().0 != train);
    }
    // The two tasks have no token in common.
    let own = small();
    let tokens = |task| draw(&own, task, 5).unwrap().0.tokens.into_iter().filter(|t| *t != own.filler()).collect::<HashSet<u32>>();
    assert!(tokens(Task::Lists).is_disjoint(&tokens(Task::Paths)));
    assert!(own.size().vocabulary == own.mask() as usize + 1 && own.size().length == 16 && own.length(Task::Lists) == 12);
    let e = draw(&Settings { side: 3, path: 3, labels: 400, ..small() }, Task::Paths, 5).unwrap_err().to_string();
    assert!(e.contains("too few different sequences"), "{e}");
}

#[test]
fn masks_hide_what_is_wanted_and_nothing_else() {
    let own = small();
    let sequence: Vec<u32> = [3, 0, 1, 2, 7].into_iter().chain([own.filler(); 3]).collect();
    let mut rng = Pcg64::seed_from_u64(1);
    let mut counts = 0;
    for k in 0..200 {
        let mut masked = Masked { tokens: vec![9; 2], ..Masked::default() };
        mask(&own, &sequence, 0.4, false, &mut rng, &mut masked);
        assert!(masked.tokens.len() == 10 && masked.places.len() == masked.wanted.len() && !masked.places.is_empty());
        let mut whole = masked.tokens.clone();
        for (place, wanted) in masked.places.iter().zip(&masked.wanted) {
            assert_eq!((whole[*place], *wanted != own.filler()), (own.mask(), true), "{k}");
            whole[*place] = *wanted;
        }
        assert_eq!(whole[2..], sequence);
        counts += masked.places.len();
    }
    // Two of five, and one where there would be none.
    assert!((350..480).contains(&counts), "{counts}");
    // In random order the counts of tokens are left, and what fills up stays at the end.
    let mut orders = HashSet::new();
    for _ in 0..100 {
        let mut masked = Masked::default();
        mask(&own, &sequence, 0.01, true, &mut rng, &mut masked);
        let mut whole = masked.tokens.clone();
        masked.places.iter().zip(&masked.wanted).for_each(|(place, wanted)| whole[*place] = *wanted);
        orders.insert(whole.clone());
        assert_eq!(whole[5..], sequence[5..]);
        whole.sort_unstable();
        let mut sorted = sequence.clone();
        sorted.sort_unstable();
        assert_eq!(whole, sorted);
    }
    assert!(orders.len() > 40, "{}", orders.len());
    assert_eq!((majority(&[0, 1, 1, 2], 3), majority(&[], 3)), (0.5, 0.0));
}

#[test]
fn longer_makes_the_operations_of_a_pretraining() {
    for mixer in [Mixer::Attention, Mixer::Structured] {
        let own = Settings { mixer, steps: 100, pretraining_steps: 300, ..small() };
        let all = |start: Start| {
            let own = Settings { start, ..own.clone() };
            let first = if start.pretrained() { fit::pretraining_flops(&Settings { test: 0, ..own.clone() }) } else { 0.0 };
            first + fit::fit_flops(&Settings { test: 0, labels: 0, ..own })
        };
        let (longer, pretrained) = (all(Start::Longer), all(Start::Pretrained));
        assert!((longer / pretrained - 1.0).abs() < 0.01, "{mixer:?}: {longer} {pretrained}");
        assert!(steps(&Settings { start: Start::Longer, ..own.clone() }) > 400 && steps(&own) == 100);
    }
}

#[test]
fn longer_has_trials_of_its_own_length() {
    let listed = stages(SMALL, ALL).unwrap();
    let labelled = |stage: &Stage| match settings::parse::<Piece>(&stage.settings).unwrap() {
        Piece::Fit(own) => (own.start, steps(&own)),
        piece => panic!("{piece:?}"),
    };
    for mixer in ["attention", "structured"] {
        let find = |start: &str| listed.iter().find(|s| s.id == format!("mixer={mixer},start={start}/seed=0")).unwrap();
        let (longer, scratch) = (find("longer"), find("scratch"));
        assert!(longer.needs.len() == 2 && labelled(longer).1 > labelled(scratch).1);
        for need in &longer.needs {
            let trial = &listed[*need];
            assert!(labelled(trial) == labelled(longer) && trial.seed >= 1_000, "{}", trial.id);
        }
        assert!(scratch.needs.iter().all(|need| labelled(&listed[*need]) == labelled(scratch) && !longer.needs.contains(need)));
    }
}

#[test]
fn marks_alone_tell_nothing() {
    let own = Settings { labels: 600, test: 400, ..Settings::default() };
    let (train, test) = draw(&own, Task::Paths, 5).unwrap();
    let joined = |all: &Sequences| all.answers.iter().filter(|answer| **answer == 1).count();
    assert_eq!((joined(&train), joined(&test)), (300, 200));
    // Of 400 four standard errors are a tenth.
    assert!((0.4..0.6).contains(&told_by_marks(&own, &train, &test)), "{}", told_by_marks(&own, &train, &test));
    // Where answers are those that the marks have in common, they tell all.
    let first = |all: &Sequences, k: usize| u32::from(all.tokens(k).iter().position(|cell| *cell == own.cells() + 2).unwrap() > 4);
    let told = |all: &Sequences| Sequences { answers: (0..all.len()).map(|k| first(all, k)).collect(), ..all.clone() };
    assert!(told_by_marks(&own, &told(&train), &told(&train)) == 1.0);
}

#[test]
fn every_arm_is_a_run_and_trials_are_shared() {
    for task in ["lists", "paths"] {
        let with = format!("{SMALL}task = '{task}'\n");
        let listed = stages(&with, ALL).unwrap();
        let count = |piece: &str| listed.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
        // For each mixer two rates from scratch, two for longer and two pretrained, on one other seed; five arms, three of which are pretrained.
        assert_eq!([count("fit"), count("pretraining")], [3 * (6 + 5), 3 * (2 + 3)]);
        let all = run_all(&with, ALL);
        for mixer in ["attention", "structured", "random"] {
            let of = |start: &str, name: &str| all[&format!("mixer={mixer},start={start}/seed=0")].scalar(name);
            for start in ["scratch", "longer", "pretrained", "shuffled", "other"] {
                let run = &all[&format!("mixer={mixer},start={start}/seed=0")];
                assert!(run.status == Status::Done && run.series.len() == 1, "{mixer} {start}");
                for name in ["accuracy", "learned", "majority"] {
                    assert!(of(start, name).is_some_and(|share| (0.0..=1.0).contains(&share)), "{mixer} {start} {name}");
                }
                assert_eq!(of(start, "restored").is_some(), ["pretrained", "shuffled", "other"].contains(&start));
                assert_eq!(of(start, "majority"), of("scratch", "majority"));
            }
            let rate = |start: &str| of(start, "rate");
            assert_eq!((rate("shuffled"), rate("other")), (rate("pretrained"), rate("pretrained")));
            assert_eq!((of("scratch", "passed"), of("pretrained", "passed")), (Some(18.0), Some(36.0)));
            assert!(of("longer", "spent").unwrap() > 1.8 * of("scratch", "spent").unwrap());
        }
    }
}

#[test]
fn a_relation_holds_runs_of_a_seed_against_one_another() {
    let with = format!("{SMALL}start = 'relation'\nfew = 5\n");
    let listed = stages(&with, "").unwrap();
    let last = listed.iter().find(|s| s.id == "default/seed=0").unwrap();
    assert_eq!((last.needs.len(), gather::members(&small()).len()), (12, 8));
    let all = run_all(&with, "");
    let run = &all["default/seed=0"];
    let named = ["gap-scratch", "closed", "match", "growth-attention", "structure-lost"];
    assert!(run.status == Status::Done && named.iter().all(|name| run.scalar(name).is_some()));
    // Attention from scratch, for longer, pretrained; structured; random from scratch and pretrained; few labels.
    let accuracies = [0.5, 0.6, 0.8, 0.7, 0.75, 0.85, 0.6, 0.84, 0.4, 0.75, 0.5, 0.7];
    let needs: Vec<Outcome> = accuracies.iter().map(|a| gather::done(&[(0.0, *a)], &[("accuracy", Some(*a))], None)).collect();
    let own = Settings { few: 5, ..small() };
    let found = gather::relation(&own, &needs).unwrap();
    let is = |name: &str, wanted: f64| assert!((found.scalar(name).unwrap() - wanted).abs() < 1e-12, "{name}: {:?}", found.scalar(name));
    is("gap-scratch", 0.2);
    is("gap-longer", 0.15);
    is("gap-pretrained", 0.05);
    is("closed", 0.15);
    is("closed-longer", 0.1);
    is("match", 0.1);
    is("structure-scratch", 0.1);
    is("structure-pretrained", 0.01);
    is("structure-lost", 0.09);
    is("growth-attention", 0.05);
    is("growth-structured", 0.05);
    // What needs a run that diverged does not exist.
    let mut lost = needs.clone();
    lost[2] = gather::diverged("lost".to_owned());
    let found = gather::relation(&own, &lost).unwrap();
    assert!(found.scalar("gap-pretrained").is_none() && found.scalar("gap-scratch").is_some());
    assert!(gather::relation(&own, &needs[1..]).unwrap_err().to_string().contains("lacks runs"));
}

#[test]
fn what_is_known_of_data_and_layer() {
    let all = run_all(&format!("{SMALL}start = 'statistics'\n"), "");
    let run = &all["default/seed=0"];
    let number = |name: &str| run.scalar(name).unwrap();
    // Five standard errors of a half in 500 draws.
    assert!(number("statistics-gap") < 0.12 && number("search-agreement") == 1.0 && number("convolution-gap") < 1e-4);
    assert!((0.0..=1.0).contains(&number("marks-alone")));
    assert!((1.0 / 3.0..1.0).contains(&number("majority")), "{}", number("majority"));
}

#[test]
fn stopped_stages_go_on_to_the_same_bytes() {
    let with = SMALL.replace("[1e-3, 1e-2]", "[1e-2]");
    for arm in ["start = 'pretrained'\nmixer = 'structured'", "start = 'longer'", "start = 'shuffled'\ntask = 'lists'"] {
        let (all, stopped) = trial::resumed(&NeverFromScratch, &with, arm, &NoFiles);
        assert_eq!(stopped, all, "{arm}");
    }
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let all = run_all(&SMALL.replace("[1e-3, 1e-2]", "[1e30]"), "start = ['scratch', 'pretrained']");
    for (start, why) in [("scratch", "lower the rate"), ("pretrained", "pretraining diverged")] {
        let status = &all[&format!("start={start}/seed=0")].status;
        assert!(matches!(status, Status::Diverged(text) if text.contains(why)), "{start}: {status:?}");
    }
    let listed = stages(&SMALL.replace("[1e-3, 1e-2]", "[1e-2]"), "start = 'pretrained'").unwrap();
    assert!(matches!(settings::parse::<Piece>(&listed[0].settings).unwrap(), Piece::Pretraining(_)));
    let mut kept = run_stage(&listed[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&listed[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("width = 6").contains("width is 6; it must be a multiple of 4"));
    assert!(refused("values = 11").contains("values: there is 11, where 2 to 10 can be"));
    assert!(refused("shortest = 30\nlongest = 40").contains("shortest is 30; the longest list there is has 26 tokens"));
    assert!(refused("longest = 6").contains("longest: there is 6"));
    assert!(refused("few = 2000").contains("few: there is 2000"));
    assert!(refused("path = 2").contains("path: there is 2, where 3 to 10"));
    assert!(refused("masked-paths = 1.5").contains("masked-paths is 1.5"));
    assert!(refused("rates = [0.0]").contains("rates has 0"));
    assert!(refused("mixer = 'lstm'").contains("lstm"));
    let late = NeverFromScratch.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    for task in ["lists", "paths"] {
        let used = trial::cost(&NeverFromScratch, &format!("{SMALL}task = '{task}'\n"), ALL, &NoFiles);
        assert!((0.99..1.01).contains(&used), "{task}: {used} of what was planned");
    }
    assert!(stages(SMALL, "start = ['relation', 'statistics']").unwrap().iter().all(|stage| stage.flops > 0.0 && stage.reads.is_empty()));
}
