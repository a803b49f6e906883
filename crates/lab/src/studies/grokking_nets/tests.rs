use super::learner::Learner;
use super::progress::{self, Progress, Seen};
use super::{GrokkingNets, PIXELS, Setting, Settings};
use crate::blocks::digits::{IMAGE_FILE, LABEL_FILE};
use crate::{Context, DynStudy, Files, Go, Memory, NoFiles, Outcome, Stage, Status, StudyError, arms, settings};

fn student() -> Settings {
    Settings { width: 12, train: 20, test: 30, dim: 5, steps: 60, points: 12, rate: 0.2, ..Settings::default() }
}

fn modular() -> Settings {
    let (setting, rate, decay, centred, fit, general) = (Setting::Modular, 1e-2, 0.1, false, 0.99, 0.9);
    let small = Settings { width: 16, modulus: 7, train: 35, test: 14, batch: 16, steps: 80, points: 12, ..Settings::default() };
    Settings { setting, rate, decay, centred, fit, general, ..small }
}

fn mnist() -> Settings {
    let (setting, rate, decay, centred, fit, general) = (Setting::Mnist, 1e-2, 0.1, false, 0.99, 0.7);
    let small = Settings { width: 16, train: 40, test: 20, steps: 60, points: 12, ..Settings::default() };
    Settings { setting, rate, decay, centred, fit, general, ..small }
}

/// Sixty images: bright in a block of rows that stands for the class, with a little of something else.
struct Pictures;

impl Files for Pictures {
    fn read(&self, _: &str, file: &str) -> Result<Vec<u8>, String> {
        let header = |words: &[u32]| words.iter().flat_map(|w| w.to_be_bytes()).collect::<Vec<u8>>();
        if file == LABEL_FILE {
            return Ok([header(&[2049, 60]), (0..60).map(|k| k % 10).collect()].concat());
        }
        let pixel = |k: usize, p: usize| if p / 78 == k % 10 { 200 } else { ((k * 31 + p * 17) % 40) as u8 };
        Ok([header(&[2051, 60, 28, 28]), (0..60).flat_map(|k| (0..PIXELS).map(move |p| pixel(k, p))).collect()].concat())
    }
}

fn stage(settings: &Settings) -> Stage {
    let table = settings::table(settings).unwrap();
    GrokkingNets.stages(&table, &arms::product(&toml::Table::new()).unwrap(), 0..1).unwrap().remove(0)
}

fn run(settings: &Settings, memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    GrokkingNets.run(&stage(settings), &[], &mut Context { seed: 9, checkpoint: memory, files: &Pictures, watch })
}

fn learner(settings: &Settings) -> Learner<f64> {
    Learner::new(settings, 9, &Pictures).unwrap()
}

fn close(a: f64, b: f64, within: f64, what: &str) {
    assert!((a - b).abs() <= within * (1.0 + a.abs().max(b.abs())), "{what}: {a} and {b}");
}

/// The student by hand: outputs, and those of the tangent at `first`, before the scale.
fn by_hand(settings: &Settings, inputs: &[f64], first: Option<&[f64]>, weights: &[f64]) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let units = |x: &[f64]| -> f64 {
        let at = |k: usize, w: &[f64]| dot(&w[k * settings.dim..(k + 1) * settings.dim], x);
        (0..settings.width).map(|k| if at(k, first.unwrap_or(weights)) > 0.0 { at(k, weights) } else { 0.0 }).sum()
    };
    inputs.chunks_exact(settings.dim).map(|x| units(x) / settings.width as f64).collect()
}

/// Gradient descent by hand: w ← w − (2 rate/α) (1/P) Σ r x over the inputs at which a unit is active, at its own weights or at the first ones.
fn descend_by_hand(settings: &Settings, learner: &Learner<f64>, steps: usize) -> Vec<f64> {
    let (inputs, targets, first) = (&learner.train.inputs, &learner.train.targets, &learner.first);
    let held = settings.linearised.then_some(first.as_slice());
    let before = by_hand(settings, inputs, None, first);
    let mut weights = first.clone();
    for _ in 0..steps {
        let outputs = by_hand(settings, inputs, held, &weights);
        let mut next = weights.clone();
        for (((x, y), f), f0) in inputs.chunks_exact(settings.dim).zip(targets).zip(&outputs).zip(&before) {
            let r = settings.alpha * (f - f0) - y;
            for k in 0..settings.width {
                let at = k * settings.dim..(k + 1) * settings.dim;
                let field: f64 = held.unwrap_or(&weights)[at.clone()].iter().zip(x).map(|(w, x)| w * x).sum();
                if field > 0.0 {
                    next[at].iter_mut().zip(x).for_each(|(w, x)| *w -= 2.0 * settings.rate / settings.alpha / settings.train as f64 * r * x);
                }
            }
        }
        weights = next;
    }
    weights
}

#[test]
fn a_student_and_its_tangent_are_the_formulas_written_out() {
    for (linearised, within) in [(false, 1e-10), (true, 1e-4)] {
        let settings = Settings { linearised, alpha: 2.0, ..student() };
        let mut learner = learner(&settings);
        let wanted = descend_by_hand(&settings, &learner, 25);
        for step in 0..25 {
            learner.step(step);
        }
        for (w, wanted) in learner.training.params.values.iter().zip(&wanted) {
            close(*w, *wanted, within, "weight");
        }
        let held = linearised.then_some(learner.first.as_slice());
        let outputs = by_hand(&settings, &learner.train.inputs, held, &wanted);
        let before = by_hand(&settings, &learner.train.inputs, None, &learner.first);
        let errors = outputs.iter().zip(&before).zip(&learner.train.targets).map(|((f, f0), y)| (settings.alpha * (f - f0) - y).powi(2));
        let loss = errors.sum::<f64>() / settings.train as f64;
        close(learner.look().train_loss, loss, within, "loss");
    }
}

#[test]
fn a_lazy_student_is_its_tangent_which_does_not_feel_the_scale() {
    let after = |alpha: f64, linearised: bool| {
        let mut learner = learner(&Settings { alpha, linearised, ..student() });
        for step in 0..40 {
            learner.step(step);
        }
        learner.look()
    };
    let (lazy, tangent, rich) = (after(1e5, false), after(1.0, true), after(0.5, false));
    close(lazy.test_loss, tangent.test_loss, 1e-3, "lazy");
    close(after(16.0, true).test_loss, tangent.test_loss, 1e-3, "scale");
    assert!((rich.test_loss - tangent.test_loss).abs() > 0.02 * tangent.test_loss, "{} {}", rich.test_loss, tangent.test_loss);
    assert!(lazy.moved < 1e-3 && rich.moved > 0.1);
}

#[test]
fn the_tangent_is_straight_and_touches_the_network() {
    for settings in [Settings { linearised: true, ..modular() }, Settings { linearised: true, ..student() }] {
        let mut learner = learner(&settings);
        let first = learner.first.clone();
        let along = |by: f64| -> Vec<f64> { first.iter().enumerate().map(|(k, w)| w + by * (0.3 + k as f64).sin()).collect() };
        let at = learner.forward(&first);
        assert_eq!(learner.tangent(&first), at);
        let (one, two, near) = (learner.tangent(&along(0.1)), learner.tangent(&along(0.2)), learner.forward(&along(1e-6)));
        for (((at, one), two), near) in at.iter().zip(&one).zip(&two).zip(&near) {
            close(two - at, 2.0 * (one - at), 1e-5, "straight");
            close(near - at, (one - at) * 1e-5, 1e-8, "touches");
        }
    }
}

#[test]
fn the_gradient_of_the_tangent_is_that_of_its_loss() {
    let settings = Settings { linearised: true, batch: 0, alpha: 3.0, ..modular() };
    let mut learner = learner(&settings);
    for step in 0..5 {
        learner.step(step);
    }
    let weights = learner.training.params.values.clone();
    let direction: Vec<f64> = (0..weights.len()).map(|k| (1.0 + 0.7 * k as f64).cos()).collect();
    let mut loss = |by: f64| {
        learner.training.params.values = weights.iter().zip(&direction).map(|(w, d)| w + by * d).collect();
        let value = learner.descend(0);
        let slope: f64 = learner.training.gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
        (value, slope)
    };
    let (up, down, slope) = (loss(1e-4).0, loss(-1e-4).0, loss(0.0).1);
    close((up - down) / 2e-4, slope, 1e-3, "slope");
}

#[test]
fn held_out_examples_are_others_and_all_arms_share_them() {
    let (a, b) = (learner(&modular()), learner(&Settings { alpha: 30.0, linearised: true, train: 20, ..modular() }));
    let pairs = |tokens: &[u32]| tokens.chunks_exact(3).map(|t| (t[0], t[1])).collect::<Vec<_>>();
    let (train, test) = (pairs(&a.train.tokens.tokens), pairs(&a.test.tokens.tokens));
    assert!(train.iter().all(|pair| !test.contains(pair)) && train.len() + test.len() == 49);
    for ((x, y), class) in train.iter().zip(&a.train.classes) {
        assert_eq!((x + y) % 7, *class);
    }
    assert_eq!((pairs(&b.train.tokens.tokens), pairs(&b.test.tokens.tokens)), (train[..20].to_vec(), test));
    assert_eq!(a.first, b.first);
    // A teacher is the same for every student.
    let (a, b) = (learner(&student()), learner(&Settings { alpha: 4.0, train: 10, width: 7, ..student() }));
    assert_eq!((&a.train.inputs[..50], &a.train.targets[..10]), (&b.train.inputs[..], &b.train.targets[..]));
    assert_eq!(a.test.targets, b.test.targets);
    // Images go with their classes.
    let c = learner(&mnist());
    for (image, class) in c.train.inputs.chunks_exact(PIXELS).zip(&c.train.classes) {
        close(image[78 * *class as usize], 200.0 / 255.0, 1e-12, "pixel");
    }
}

#[test]
fn all_three_learn_and_a_resumed_one_is_the_same() {
    for settings in [student(), Settings { steps: 400, batch: 0, ..modular() }, mnist(), Settings { linearised: true, ..modular() }] {
        let whole = run(&settings, &mut Memory::default(), &|_| Go::On).unwrap();
        assert_eq!(whole.status, Status::Done);
        let (first, last) = (whole.scalar("initial-train-loss").unwrap(), whole.scalar("final-train-loss").unwrap());
        assert!(last < 0.98 * first, "{:?}: {first} {last}", settings.setting);
        let mut memory = Memory::default();
        let stopped = run(&settings, &mut memory, &|share| if share >= 0.5 { Go::Stop } else { Go::On });
        assert!(matches!(stopped, Err(StudyError::Interrupted)));
        assert_eq!(run(&settings, &mut memory, &|_| Go::On).unwrap(), whole);
        // Progress cut short is progress lost, not a wrong result.
        let Memory(Some(bytes)) = &memory else { panic!("nothing was kept") };
        for cut in [bytes.len() / 2, 100, 20, 0] {
            assert_eq!(run(&settings, &mut Memory(Some(bytes[..cut].to_vec())), &|_| Go::On).unwrap(), whole);
        }
    }
    let sums = run(&Settings { steps: 400, batch: 0, decay: 0.0, ..modular() }, &mut Memory::default(), &|_| Go::On).unwrap();
    assert_eq!(sums.scalar("final-train-accuracy"), Some(1.0));
}

#[test]
fn a_rate_that_is_too_high_is_an_outcome_with_a_reason() {
    for settings in [Settings { rate: 1e30, ..student() }, Settings { rate: 1e30, ..modular() }] {
        let outcome = run(&settings, &mut Memory::default(), &|_| Go::On).unwrap();
        assert!(matches!(&outcome.status, Status::Diverged(why) if why.contains("lower the rate")), "{:?}", outcome.status);
    }
}

#[test]
fn what_is_wrong_is_named() {
    let refused = |text: &str| {
        let with = toml::from_str(text).unwrap();
        GrokkingNets.stages(&with, &arms::product(&toml::Table::new()).unwrap(), 0..1).unwrap_err().to_string()
    };
    assert!(refused("width = 0").contains("width is 0; it must be 1 to 4096"));
    assert!(refused("setting = 'modular'\nwidth = 10").contains("a multiple of 4"));
    assert!(refused("setting = 'modular'\nmodulus = 5").contains("train is 250; it must be 1 to 25"));
    assert!(refused("setting = 'mnist'\ntrain = 9500").contains("10500 together"));
    assert!(refused("alpha = 0.0").contains("alpha is 0"));
    assert!(refused("decay = 1.0").contains("gradient descent alone"));
    assert!(refused("general = 1.0").contains("general is 1"));
    assert!(refused("teacher = 31").contains("teacher is 31; it must be 1 to 30"));
    let mut nothing = Context { seed: 1, checkpoint: &mut Memory::default(), files: &NoFiles, watch: &|_| Go::On };
    let missing = GrokkingNets.run(&stage(&mnist()), &[], &mut nothing);
    assert!(missing.unwrap_err().to_string().contains("mnist_t10k"));
    let more = run(&Settings { train: 50, ..mnist() }, &mut Memory::default(), &|_| Go::On);
    assert!(more.unwrap_err().to_string().contains("there are 60 images"));
    struct Damaged;
    impl Files for Damaged {
        fn read(&self, dataset: &str, file: &str) -> Result<Vec<u8>, String> {
            let whole = Pictures.read(dataset, file)?;
            Ok(if file == IMAGE_FILE { whole[..whole.len() - 1].to_vec() } else { whole })
        }
    }
    let damaged = Learner::<f32>::new(&mnist(), 1, &Damaged).err().unwrap().to_string();
    assert!(damaged.contains("it has 47039 numbers"), "{damaged}");
}

fn seen(train_loss: f64, test_loss: f64, train_accuracy: f64, test_accuracy: f64) -> Seen {
    Seen { train_loss, test_loss, train_accuracy, test_accuracy, moved: 1.0 - train_loss }
}

#[test]
fn scalars_are_those_of_hand_made_looks() {
    let looks = vec![(10, seen(0.5, 0.9, 0.6, 0.2)), (20, seen(0.05, 0.8, 1.0, 0.4)), (80, seen(0.01, 0.05, 1.0, 0.95))];
    let progress = Progress { done: 80, first: seen(1.0, 1.0, 0.1, 0.1), looks };
    let bytes = progress::to_bytes(&progress, &[1, 2, 3]);
    assert_eq!(progress::from_bytes(&bytes), Some((progress.clone(), vec![1, 2, 3])));
    assert!((0..bytes.len() - 3).all(|cut| progress::from_bytes(&bytes[..cut]).is_none()));
    for settings in [Settings { steps: 80, ..student() }, Settings { steps: 80, ..modular() }] {
        let outcome = progress.outcome(&settings, Status::Done);
        let wanted = [("fit-step", 20.0), ("general-step", 80.0), ("delay", 60.0), ("delay-ratio", 4.0), ("least-ratio", 4.0), ("censored", 0.0)];
        for (name, value) in wanted {
            assert_eq!(outcome.scalar(name), Some(value), "{name}");
        }
        close(outcome.scalar("gap-at-fit").unwrap(), 0.6, 1e-12, "gap");
        close(outcome.scalar("test-share-at-fit").unwrap(), 0.8, 1e-12, "share");
        close(outcome.scalar("moved-at-fit").unwrap(), 0.95, 1e-12, "moved");
        assert_eq!(outcome.series("test-share").unwrap().y, [0.9, 0.8, 0.05]);
        assert_eq!((outcome.scalar("unfitted"), outcome.scalar("best-test-accuracy")), (Some(0.0), Some(0.95)));
        // A generalisation that never came counts as the last step, from below.
        let never = Progress { looks: progress.looks[..2].to_vec(), ..progress.clone() }.outcome(&settings, Status::Done);
        assert_eq!((never.scalar("delay-ratio"), never.scalar("least-ratio"), never.scalar("least-delay")), (None, Some(4.0), Some(60.0)));
        assert_eq!((never.scalar("censored"), never.scalar("general-step")), (Some(1.0), None));
        let unfitted = Progress { looks: progress.looks[..1].to_vec(), ..progress.clone() }.outcome(&settings, Status::Done);
        assert_eq!((unfitted.scalar("unfitted"), unfitted.scalar("least-ratio"), unfitted.scalar("gap-at-fit")), (Some(1.0), None, None));
    }
}
