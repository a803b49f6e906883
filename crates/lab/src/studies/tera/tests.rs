//! Lessons, probes and fits by hand, and the study as a runner sees it.

use std::collections::{BTreeMap, BTreeSet};

use super::data::{Data, Part, Sound};
use super::lesson::{Lesson, lesson};
use super::probe::{Asked, Features, thirds};
use super::*;
use crate::blocks::log_mel::MELS;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// An encoder in a blink.
const SMALL: &str = "size = 'small'\ndigits = 3\nspeakers = 3\ntrain = 3\nvalid = 1\ntest = 2\nfew = 2\nframes = 20\nsteps = 9\nbatch = 3\n\
                     rates = [1e-3, 1e-2]\nfit-steps = 6\nfit-batch = 3\nfit-rates = [1e-3, 1e-2]\ntuning-seeds = 1\n";

const ALL: &str = "method = ['tera', 't', 'f', 'm', 'tf', 'apc', 'shuffled', 'noise', 'elsewhere', 'random', 'log-mel', 'longer']";

fn small(method: Method) -> Settings {
    let table: toml::Table = toml::from_str(SMALL).unwrap();
    Settings { method, ..settings::over(&Settings::default(), &table).unwrap() }
}

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&Tera, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&Tera, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&Tera, with, arms, &NoFiles)
}

#[test]
fn takes_are_for_one_thing_each_and_are_dealt_anew() {
    let own = small(Method::Tera);
    let data = Data::new(&own, 5, &NoFiles).unwrap();
    let count = |part: Part| data.of(part, |_| true).len();
    assert_eq!([count(Part::Train), count(Part::Known), count(Part::Valid), count(Part::Test)], [9, 18, 9, 18]);
    assert_eq!((data.pool.len(), data.digits, data.speakers), (27, 3, 3));
    assert!(data.sounds.iter().all(|sound| sound.frames.len() <= 20 * MELS && sound.frames.len() % MELS == 0));
    // No sound is there twice.
    let all: BTreeSet<Vec<u32>> = data.sounds.iter().map(|sound| sound.frames.iter().map(|v| v.to_bits()).collect()).collect();
    assert_eq!(all.len(), data.sounds.len());
    assert!(Data::new(&own, 6, &NoFiles).unwrap().sounds != data.sounds);
    assert!(Data::new(&Settings { world: World::Fsdd, ..own }, 5, &NoFiles).is_err());
}

#[test]
fn with_transfer_nobody_is_pretrained_on_and_asked_about() {
    let own = Settings { transfer: true, speakers: 6, ..small(Method::Tera) };
    let data = Data::new(&own, 5, &NoFiles).unwrap();
    assert_eq!((data.speakers, data.pool.len(), data.sounds.len()), (3, 27, 3 * 3 * 6));
    let asked: BTreeSet<u32> = data.sounds.iter().map(|sound| sound.speaker).collect();
    assert_eq!(asked, [0, 1, 2].into());
    assert!(data.pool.iter().all(|frames| data.sounds.iter().all(|sound| sound.frames != *frames)));
    // What is learned elsewhere is nothing that is asked about either.
    let data = Data::new(&Settings { train: 2, few: 1, ..small(Method::Elsewhere) }, 5, &NoFiles).unwrap();
    assert_eq!((data.pool.len(), data.sounds.len()), (120, 9 * 5));
    assert!(data.pool.iter().all(|frames| data.sounds.iter().all(|sound| sound.frames != *frames)));
}

#[test]
fn arms_see_the_same_sounds_altered_in_the_same_places() {
    let data = Data::new(&small(Method::Tera), 5, &NoFiles).unwrap();
    let of = |method: Method| lesson(&Settings { batch: 40, ..small(method) }, &data.pool, 2, 5);
    let (tera, t, f, m, tf, apc) = (of(Method::Tera), of(Method::T), of(Method::F), of(Method::M), of(Method::Tf), of(Method::Apc));
    assert!([&t, &f, &m, &tf].iter().all(|other| other.wanted == tera.wanted && other.lengths == tera.lengths));
    // What one axis marks, and both together.
    assert!(tf.marks.iter().zip(t.marks.iter().zip(&f.marks)).all(|(both, (t, f))| *both == t.max(*f)));
    assert!(tera.marks == tf.marks && m.marks.iter().all(|mark| *mark == 1.0));
    let untouched = |lesson: &Lesson| lesson.read.iter().zip(&lesson.wanted).zip(&lesson.marks).all(|((r, w), m)| *m == 1.0 || r == w);
    assert!(untouched(&t) && untouched(&f) && untouched(&tf));
    assert!(m.read != m.wanted && m.read.iter().zip(&m.wanted).filter(|(r, w)| r == w).count() > m.read.len() / 2);
    // The third frame to come, where there is one.
    let length = apc.lengths[0];
    assert_eq!((apc.wanted[..MELS].to_vec(), apc.read.clone()), (apc.read[3 * MELS..4 * MELS].to_vec(), tera.wanted.clone()));
    assert_eq!(apc.marks[..length * MELS].iter().filter(|m| **m == 1.0).count(), (length - 3) * MELS);
    // In random order a sound has the same frames; of noise nothing is left.
    let sorted = |frames: &[f32]| {
        let mut all: Vec<Vec<u32>> = frames.chunks(MELS).map(|frame| frame.iter().map(|v| v.to_bits()).collect()).collect();
        all.sort();
        all
    };
    let (shuffled, noise) = (of(Method::Shuffled), of(Method::Noise));
    assert!(shuffled.wanted != tera.wanted && sorted(&shuffled.wanted[..length * MELS]) == sorted(&tera.wanted[..length * MELS]));
    let product: f64 = noise.wanted.iter().zip(&tera.wanted).map(|(a, b)| f64::from(a * b)).sum::<f64>() / noise.wanted.len() as f64;
    assert!(product.abs() < 0.05 && noise.lengths == tera.lengths, "{product}");
}

#[test]
fn thirds_by_hand() {
    assert_eq!(thirds(&[1.0, 3.0, 5.0, 7.0, 9.0, 11.0], 1), [2.0, 6.0, 10.0]);
    assert_eq!(thirds(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], 2), [1.0, 2.0, 3.0, 4.0, 6.0, 7.0]);
    assert_eq!((thirds(&[4.0], 1), thirds(&[4.0, 6.0], 1)), (vec![4.0; 3], vec![4.0, 4.0, 6.0]));
    // A mean over a whole normalised sound is 0: nothing could be told by it.
    let data = Data::new(&small(Method::LogMel), 5, &NoFiles).unwrap();
    for sound in &data.sounds {
        let count = (sound.frames.len() / MELS) as f32;
        assert!((0..MELS).all(|band| sound.frames.iter().skip(band).step_by(MELS).sum::<f32>().abs() / count < 1e-4));
    }
}

#[test]
fn probes_find_what_is_there_and_nothing_else() {
    // Two frames a sound: its digit in one number, its speaker in another.
    let sound = |digit: u32, speaker: u32, part: Part| Sound { frames: Vec::new(), digit, speaker, part };
    let of = |part: Part| (0..12).map(move |k| (k % 3, k / 3, part));
    let all = of(Part::Known).chain(of(Part::Valid)).chain(of(Part::Test));
    let sounds: Vec<Sound> = all.map(|(digit, speaker, part)| sound(digit, speaker, part)).collect();
    let one = |on: bool| f32::from(u8::from(on));
    let known = |with: bool| {
        let frame = |s: &Sound| -> Vec<f32> { (0..3).map(|d| one(s.digit == d)).chain((0..4).map(|k| one(with && s.speaker == k))).collect() };
        Features { frames: sounds.iter().map(|s| frame(s).repeat(6)).collect(), dim: 7 }
    };
    let data = Data { sounds: sounds.clone(), pool: Vec::new(), digits: 3, speakers: 4 };
    let (both, digits) = (known(true), known(false));
    assert_eq!((both.digits(&data).unwrap().test, both.speakers(&data).unwrap().test, both.by_frames(&data).unwrap()), (1.0, 1.0, (1.0, 1.0)));
    assert_eq!((digits.digits(&data).unwrap().test, digits.speakers(&data).unwrap().test), (1.0, 0.25));
    assert_eq!((both.valid(&data).unwrap(), Asked::Speaker.classes(&data)), (1.0, 4));
}

#[test]
fn every_arm_is_a_run() {
    let all = stages(SMALL, ALL).unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // Nine are pretrained at two rates on another seed and once more; eleven are fitted at two rates; twelve arms.
    assert_eq!((count("pretraining"), count("chosen"), count("trial"), count("fit")), (27, 9, 22, 12));
    let needed: Vec<usize> = all.iter().flat_map(|s| s.needs.clone()).collect();
    let runs: Vec<&Stage> = all.iter().enumerate().filter(|(k, _)| !needed.contains(k)).map(|(_, s)| s).collect();
    assert!(runs.len() == 12 && runs.iter().all(|s| s.id == format!("{}/seed=0", s.arm)));
    assert!(all.iter().all(|s| s.flops > 0.0 && s.reads.is_empty()));
    let real = stages("world = 'fsdd'", "method = 'tera'").unwrap();
    assert!(real.iter().filter(|s| s.settings["piece"].as_str() != Some("chosen")).all(|s| s.reads == ["fsdd"]));
}

#[test]
fn every_method_is_measured() {
    let all = run_all(SMALL, ALL);
    assert!(all.values().all(|o| o.status == Status::Done), "{:?}", all.iter().find(|(_, o)| o.status != Status::Done));
    let number = |name: &str, scalar: &str| all[&format!("method={name}/seed=0")].scalar(scalar);
    for name in ["tera", "t", "f", "m", "tf", "apc", "shuffled", "noise", "elsewhere", "random", "log-mel", "longer"] {
        let (probed, fitted) = (name != "longer", name != "log-mel");
        for scalar in ["digit", "speaker", "digit-frames", "speaker-frames", "frozen", "valid"] {
            assert_eq!(number(name, scalar).is_some_and(|v| (0.0..=1.0).contains(&v)), probed, "{name} {scalar}");
        }
        for scalar in ["digit-tuned", "speaker-tuned", "tuned", "digit-valid", "speaker-valid", "digit-known", "speaker-known"] {
            assert_eq!(number(name, scalar).is_some_and(|v| (0.0..=1.0).contains(&v)), fitted, "{name} {scalar}");
        }
        assert_eq!(number(name, "chance"), Some(1.0 / 3.0));
    }
    assert_eq!(
        (number("tera", "passed"), number("random", "passed"), number("random", "rate"), number("log-mel", "digit-rate")),
        (Some(27.0), Some(0.0), None, None)
    );
    assert!(number("tera", "rate").is_some_and(|r| r >= 1e-3) && number("random", "digit-rate").is_some_and(|r| r >= 1e-3));
    // Labels alone take the operations of pretraining on top, for each of the two tasks.
    let more = number("longer", "fit-operations").unwrap() - number("random", "fit-operations").unwrap();
    assert!((more / (2.0 * number("tera", "operations").unwrap()) - 1.0).abs() < 0.1, "{more}");
}

#[test]
fn speakers_are_told_where_they_differ_alone() {
    let with = "digits = 4\nspeakers = 4\ntrain = 10\nvalid = 4\ntest = 10\nfew = 10\nframes = 48\nmethod = 'log-mel'\n";
    let of = |world: &str| {
        let all = run_all(&format!("{with}world = '{world}'\n"), "");
        all["default/seed=0"].scalar("speaker").unwrap()
    };
    let (made, alike) = (of("made"), of("alike"));
    // 160 takes: a quarter, give or take four standard errors.
    assert!(made > 0.45 && (alike - 0.25).abs() < 0.14, "{made} {alike}");
}

#[test]
fn stopped_stages_go_on_or_begin_anew() {
    let all = stages(SMALL, "method = 'tera'").unwrap();
    let mut done: Vec<Outcome> = Vec::new();
    for stage in &all {
        let needs: Vec<Outcome> = stage.needs.iter().map(|n| done[*n].clone()).collect();
        let whole = run_stage(stage, &needs, &mut Memory::default(), &|_| Go::On).unwrap();
        let mut memory = Memory::default();
        match run_stage(stage, &needs, &mut memory, &|_| Go::Stop) {
            Err(StudyError::Interrupted) => {
                assert_eq!(memory.0.is_some(), stage.settings["piece"].as_str() == Some("pretraining"));
                assert_eq!(run_stage(stage, &needs, &mut memory, &|_| Go::On).unwrap(), whole);
            }
            found => assert_eq!(found.unwrap(), whole, "{}", stage.id),
        }
        done.push(whole);
    }
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let with = SMALL.replace("rates = [1e-3, 1e-2]\nfit-steps", "rates = [1e30]\nfit-steps");
    let all = run_all(&with, "method = 'tera'");
    assert!(matches!(&all["method=tera/seed=0"].status, Status::Diverged(why) if why.contains("pretraining diverged")), "{all:?}");
    let stages = stages(&SMALL.replace("[1e-3, 1e-2]", "[1e-3]"), "method = 'tera'").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("few = 21").contains("few: there is 21, where 1 to 20"));
    assert!(refused("world = 'fsdd'\ntrain = 40").contains("takes of all three kinds: there is 60, where 3 to 50"));
    assert!(refused("transfer = true\nspeakers = 4").contains("speakers is 4"));
    assert!(refused("rates = [0.0]").contains("rates has 0"));
    assert!(refused("fit-rates = [-1.0]").contains("fit-rates has -1"));
    assert!(refused("method = 'wav2vec'").contains("wav2vec"));
    let late = Tera.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let with = SMALL.replace("frames = 20", "frames = 48").replace("'small'", "'base'");
    let used = trial::cost(&Tera, &with, "method = ['tera', 'apc', 'random', 'log-mel', 'longer']", &NoFiles);
    assert!((0.7..1.4).contains(&used), "{used} of what was planned");
}
