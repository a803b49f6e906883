use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::language::{self, Op, TASKS, Task};
use super::outcome::{self, Seen};
use super::training::Model;
use super::{ImplicitCurriculumLab, Settings};
use crate::{Context, Go, Memory, NoFiles, Outcome, Stage, Status, StudyError, arms};
use crate::{DynStudy, settings};

fn small() -> Settings {
    Settings { width: 16, layers: 1, steps: 120, batch: 8, checkpoints: 6, items: 8, ..Settings::default() }
}

fn stage(settings: &Settings) -> Stage {
    let table = settings::table(settings).unwrap();
    ImplicitCurriculumLab.stages(&table, &arms::product(&toml::Table::new()).unwrap(), 0..1).unwrap().remove(0)
}

fn run(settings: &Settings, memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    ImplicitCurriculumLab.run(&stage(settings), &[], &mut Context { seed: 5, checkpoint: memory, files: &NoFiles, watch })
}

#[test]
fn the_list_of_composites_is_what_its_rule_gives() {
    let mut rng = Pcg64::seed_from_u64(1);
    let table = language::table(&mut rng);
    let words: Vec<_> = (0..400).map(|_| language::word(&mut rng)).collect();
    let answers = |task: Task| words.iter().map(|w| task.apply(w, &table)).collect::<Vec<_>>();
    let one = |first: Op| Task { name: "", first, second: None };
    let mut kept: Vec<Task> = Op::ALL.into_iter().map(one).collect();
    for a in Op::ALL.into_iter().skip(1) {
        for b in Op::ALL.into_iter().skip(1).filter(|b| *b != a) {
            let both = Task { name: "", first: a, second: Some(b) };
            let changed = |shorter: Task| answers(shorter).iter().zip(answers(both)).filter(|(x, y)| *x != y).count() as f64 / words.len() as f64;
            let new = kept.iter().all(|known| answers(*known) != answers(both));
            if new && changed(one(a)) >= 0.2 && changed(one(b)) >= 0.2 {
                kept.push(both);
            }
        }
    }
    let names = |tasks: &[Task]| {
        let name = |t: &Task| t.second.map_or(t.first.name().to_owned(), |b| format!("{}-{}", t.first.name(), b.name()));
        tasks.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(&TASKS), names(&kept));
    assert!(TASKS.iter().zip(names(&kept)).all(|(t, name)| t.name == name));
}

#[test]
fn operations_do_what_they_are_called() {
    let table = std::array::from_fn(|k| (k as u8 + 2) % 26);
    // "aBzY" as symbols.
    let word = [0, 27, 25, 50];
    let answers: Vec<Vec<u8>> = Op::ALL.into_iter().map(|op| op.apply(&word, &table)).collect();
    let wanted: [&[u8]; 8] = [&[0, 27, 25, 50], &[26, 27, 51, 50], &[0, 1, 25, 24], &[0], &[50], &[50, 25, 27, 0], &[1, 28, 0, 51], &[2, 29, 1, 26]];
    assert_eq!(answers, wanted);
    let table = language::table(&mut Pcg64::seed_from_u64(3));
    let mut sorted = table;
    sorted.sort_unstable();
    assert!((0..26).all(|k| sorted[k] == k as u8 && table[k] != k as u8));
}

#[test]
fn without_a_task_all_other_sequences_stay() {
    let mut with = Model::new(&small(), None, 5);
    let mut without = Model::new(&small(), Some(Op::Reverse), 5);
    // The same first weights, and a first loss that differs only by the sequences that became copies.
    let (a, b) = (with.step(0), without.step(0));
    assert!((a - b).abs() < 0.5 && a > 3.0, "{a} {b}");
    let (first, _) = Model::new(&small(), None, 5).look();
    let (second, _) = Model::new(&small(), Some(Op::Reverse), 5).look();
    assert_eq!(first, second);
}

#[test]
fn a_model_learns_to_copy_and_a_resumed_one_is_the_same() {
    let settings = Settings { steps: 400, batch: 32, width: 32, rate: 3e-3, ..small() };
    let whole = run(&settings, &mut Memory::default(), &|_| Go::On).unwrap();
    assert_eq!(whole.status, Status::Done);
    let last = |name: &str| *whole.series(name).unwrap().y.last().unwrap();
    let first_letter = (last("upper-first") + last("first")) / 2.0;
    // By chance it would be one in 26.
    assert!(first_letter > 0.2, "{first_letter}");
    let mut memory = Memory::default();
    let stopped = run(&settings, &mut memory, &|share| if share >= 0.5 { Go::Stop } else { Go::On });
    assert!(matches!(stopped, Err(StudyError::Interrupted)));
    assert_eq!(run(&settings, &mut memory, &|_| Go::On).unwrap(), whole);
    // Progress cut short is progress lost, not a wrong result.
    let Memory(Some(bytes)) = &memory else { panic!("nothing was kept") };
    let mut cut = Memory(Some(bytes[..bytes.len() / 2].to_vec()));
    assert_eq!(run(&settings, &mut cut, &|_| Go::On).unwrap(), whole);
}

#[test]
fn a_rate_that_is_too_high_is_an_outcome_with_a_reason() {
    let outcome = run(&Settings { rate: 1e30, ..small() }, &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(matches!(&outcome.status, Status::Diverged(why) if why.contains("lower the rate")), "{:?}", outcome.status);
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |text: &str| {
        let with = toml::from_str(text).unwrap();
        ImplicitCurriculumLab.stages(&with, &arms::product(&toml::Table::new()).unwrap(), 0..1).unwrap_err().to_string()
    };
    assert!(refused("width = 7").contains("width is 7; it must be 8 to 512"));
    assert!(refused("width = 10").contains("a multiple of 4"));
    assert!(refused("tilt = 0.0").contains("tilt is 0"));
    assert!(refused("without = 'copy'").contains("one of upper, lower, first, last, reverse, successor, lookup"));
    assert!(refused("threshold = 1.5").contains("threshold is 1.5"));
}

/// Curves made by hand: elementary tasks emerge at step 2, composites with `reverse` at 8, all others at 4.
fn by_hand() -> Seen {
    let mut seen = Seen::default();
    for (k, step) in [2, 4, 8].into_iter().enumerate() {
        let share = |t: &Task| match (t.second, t.has(Op::Reverse)) {
            (None, _) => 1.0,
            (_, true) => f64::from(u8::from(k == 2)),
            (_, false) => f64::from(u8::from(k >= 1)),
        };
        seen.push(step, TASKS.iter().map(share).collect());
    }
    seen
}

#[test]
fn numbers_about_the_order_are_those_of_hand_made_curves() {
    let settings = Settings { steps: 8, ..small() };
    let vectors: Vec<Vec<f64>> = TASKS.iter().enumerate().map(|(k, t)| vec![f64::from(u8::from(t.has(Op::Reverse))), 0.1 * k as f64, 1.0]).collect();
    let outcome = outcome::of(&by_hand(), &vectors, &settings, 1);
    assert_eq!(outcome.scalar("emerged"), Some(26.0));
    assert_eq!(outcome.scalar("composites-emerged"), Some(18.0));
    assert_eq!(outcome.scalar("order-share"), Some(1.0));
    assert_eq!(outcome.scalar("lag-reverse"), Some(1.0));
    // Of the five composites with `upper` one has `reverse`, of the thirteen others three.
    assert!((outcome.scalar("lag-upper").unwrap() - (1.0 / 5.0 - 3.0 / 13.0)).abs() < 1e-12);
    // The product and the minimum of components that are right from the start are 1 throughout.
    let wanted = (14.0 / 3.0 + 4.0 * 2.0 / 3.0) / 18.0;
    assert!((outcome.scalar("product-error").unwrap() - wanted).abs() < 1e-12);
    assert_eq!(outcome.scalar("product-error"), outcome.scalar("minimum-error"));
    let (own, shuffled) = (outcome.scalar("vectors-error").unwrap(), outcome.scalar("shuffled-error").unwrap());
    assert!(own < shuffled);
    assert!((outcome.scalar("gain-over-shuffled").unwrap() - (1.0 - own / shuffled)).abs() < 1e-12);
}

#[test]
fn what_never_emerges_counts_as_late() {
    let mut seen = by_hand();
    let place = TASKS.iter().position(|t| t.name == "upper-reverse").unwrap();
    seen.shares[place] = vec![0.0; 3];
    let outcome = outcome::of(&seen, &[], &Settings { steps: 8, ..small() }, 1);
    // One of four at step 16 in place of 8.
    assert!((outcome.scalar("lag-reverse").unwrap() - 1.25).abs() < 1e-12);
    assert_eq!(outcome.scalar("emerged"), Some(25.0));
    assert_eq!(outcome.scalar("vectors-error"), None);
}
