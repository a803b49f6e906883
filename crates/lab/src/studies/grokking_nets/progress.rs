//! What was seen at every look: the curves of a run, and the steps at which it fits and generalises.

use crate::{Outcome, Series, Status};

use super::Settings;

/// Measures of a look.
const MEASURES: usize = 6;

pub(super) const SERIES: [(&str, &str); MEASURES] = [
    ("train-loss", "Loss on the training set: mean squared error, or cross-entropy in nats"),
    ("test-loss", "The same on held-out examples"),
    ("train-accuracy", "Share of the training set with the right class; of a regression, on the teacher's side of its mean"),
    ("test-accuracy", "The same of held-out examples"),
    ("test-share", "Test loss over the first one"),
    ("moved", "Distance of the weights from the first ones, over the length of these"),
];

pub(super) const SCALARS: [(&str, &str); 19] = [
    ("fit-step", "First look at which the training set is fitted"),
    ("general-step", "First look at which the network generalises"),
    ("delay", "Steps from the one to the other"),
    ("delay-ratio", "The later over the earlier: the step of generalising over that of fitting"),
    ("least-delay", "The delay, with the last step in place of a generalisation that never came"),
    ("least-ratio", "The ratio, with the last step in place of a generalisation that never came"),
    ("censored", "1 where the network never generalised"),
    ("unfitted", "1 where the training set was never fitted"),
    ("gap-at-fit", "Share of right answers on the training set less that on held-out examples, when the training set is fitted"),
    ("test-share-at-fit", "Test loss over the first one, when the training set is fitted"),
    ("moved-at-fit", "Distance of the weights from the first ones, over the length of these, when the training set is fitted"),
    ("moved-at-end", "The same after the last step"),
    ("initial-train-loss", "Training loss before the first step"),
    ("initial-test-loss", "Test loss before the first step"),
    ("final-train-loss", "Training loss after the last step"),
    ("final-test-loss", "Test loss after the last step"),
    ("final-train-accuracy", "Share of right answers on the training set after the last step"),
    ("final-test-accuracy", "Share of right answers on held-out examples after the last step"),
    ("best-test-accuracy", "The largest share of right answers on held-out examples"),
];

/// What a look sees.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) train_loss: f64,
    pub(super) test_loss: f64,
    pub(super) train_accuracy: f64,
    pub(super) test_accuracy: f64,
    pub(super) moved: f64,
}

impl Seen {
    pub(super) fn is_finite(&self) -> bool {
        [self.train_loss, self.test_loss, self.moved].iter().all(|v| v.is_finite())
    }

    /// The measures, in the order of [`SERIES`]; the first look says what a share is of.
    fn measures(&self, first: &Self) -> [f64; MEASURES] {
        let share = if first.test_loss > 0.0 { self.test_loss / first.test_loss } else { 1.0 };
        [self.train_loss, self.test_loss, self.train_accuracy, self.test_accuracy, share, self.moved]
    }
}

/// How far a run has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Progress {
    /// Steps done.
    pub(super) done: u64,
    /// What was seen before the first step.
    pub(super) first: Seen,
    /// What was seen after some of the others.
    pub(super) looks: Vec<(u64, Seen)>,
}

impl Progress {
    pub(super) fn record(&mut self, seen: &Seen) {
        self.looks.push((self.done, *seen));
    }

    /// The first look, that before the first step aside, which passes.
    fn find(&self, passes: impl Fn(&Seen) -> bool) -> Option<(f64, &Seen)> {
        self.looks.iter().find(|(_, seen)| passes(seen)).map(|(step, seen)| (*step as f64, seen))
    }

    /// Curves, and scalars where the run came to its end.
    pub(super) fn outcome(&self, settings: &Settings, status: Status) -> Outcome {
        let first = &self.first;
        let mut series = Vec::new();
        if !self.looks.is_empty() {
            let x: Vec<f64> = self.looks.iter().map(|(step, _)| *step as f64).collect();
            let all: Vec<[f64; MEASURES]> = self.looks.iter().map(|(_, seen)| seen.measures(first)).collect();
            series.extend(SERIES.iter().enumerate().map(|(k, (name, _))| {
                let y = all.iter().map(|measures| measures[k]).collect();
                Series { name: (*name).to_owned(), x: x.clone(), y }
            }));
        }
        let values = if status == Status::Done { self.scalars(settings) } else { [None; SCALARS.len()] };
        let scalars = SCALARS.iter().zip(values).map(|((name, _), value)| ((*name).to_owned(), value)).collect();
        Outcome { series, scalars, weights: None, status }
    }

    /// The scalars, in the order of [`SCALARS`].
    fn scalars(&self, settings: &Settings) -> [Option<f64>; SCALARS.len()] {
        let (first, last) = (&self.first, settings.steps as f64);
        let end = self.looks.last().map(|(_, seen)| seen);
        let gone = |loss: f64, first: f64, share: f64| loss < share * first;
        let fit =
            self.find(|seen| if settings.classes() { seen.train_accuracy >= settings.fit } else { gone(seen.train_loss, first.train_loss, settings.fit) });
        let general =
            self.find(|seen| if settings.classes() { seen.test_accuracy >= settings.general } else { gone(seen.test_loss, first.test_loss, settings.general) });
        let (fit_step, general_step) = (fit.map(|f| f.0), general.map(|g| g.0));
        let both = fit_step.zip(general_step);
        let least = fit_step.map(|fit| (fit, general_step.unwrap_or(last)));
        let yes = |whether: bool| Some(f64::from(u8::from(whether)));
        let best = self.looks.iter().map(|(_, seen)| seen.test_accuracy).reduce(f64::max);
        [
            fit_step,
            general_step,
            both.map(|(fit, general)| general - fit),
            both.map(|(fit, general)| general / fit),
            least.map(|(fit, general)| general - fit),
            least.map(|(fit, general)| general / fit),
            yes(general.is_none()),
            yes(fit.is_none()),
            fit.map(|(_, seen)| seen.train_accuracy - seen.test_accuracy),
            fit.map(|(_, seen)| seen.measures(first)[4]),
            fit.map(|(_, seen)| seen.moved),
            end.map(|seen| seen.moved),
            Some(first.train_loss),
            Some(first.test_loss),
            end.map(|seen| seen.train_loss),
            end.map(|seen| seen.test_loss),
            end.map(|seen| seen.train_accuracy),
            end.map(|seen| seen.test_accuracy),
            best,
        ]
    }
}

/// The first bytes of saved progress: the format and its version.
const MAGIC: [u8; 8] = *b"groknet1";

/// Numbers of a look.
const NUMBERS: usize = 5;

fn to_numbers(seen: &Seen) -> [f64; NUMBERS] {
    [seen.train_loss, seen.test_loss, seen.train_accuracy, seen.test_accuracy, seen.moved]
}

/// The numbers of one look, read one after the other.
fn look(number: &mut impl FnMut() -> Option<f64>) -> Option<Seen> {
    let mut numbers = [0.0; NUMBERS];
    for slot in &mut numbers {
        *slot = number()?;
    }
    let [train_loss, test_loss, train_accuracy, test_accuracy, moved] = numbers;
    Some(Seen { train_loss, test_loss, train_accuracy, test_accuracy, moved })
}

/// Progress as bytes, each number little-endian and 8 bytes long: [`MAGIC`]; the steps done and how many looks (u64); in f64 the numbers of the
/// first look, and of every other one its step and its numbers; and the weights in a format of their own.
pub(super) fn to_bytes(progress: &Progress, weights: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(progress.done.to_le_bytes());
    bytes.extend((progress.looks.len() as u64).to_le_bytes());
    let mut put = |v: f64| bytes.extend(v.to_le_bytes());
    to_numbers(&progress.first).into_iter().for_each(&mut put);
    for (step, seen) in &progress.looks {
        put(*step as f64);
        to_numbers(seen).into_iter().for_each(&mut put);
    }
    bytes.extend(weights);
    bytes
}

/// What [`to_bytes`] wrote; `None` when it did not. What is wrong with the weights is found when they are read.
pub(super) fn from_bytes(bytes: &[u8]) -> Option<(Progress, Vec<u8>)> {
    let mut rest = bytes.strip_prefix(&MAGIC)?;
    let mut word = || {
        let (head, tail) = rest.split_first_chunk::<8>()?;
        rest = tail;
        Some(u64::from_le_bytes(*head))
    };
    let (done, count) = (word()?, word()?);
    let mut number = || word().map(f64::from_bits).filter(|v| v.is_finite());
    let first = look(&mut number)?;
    // A count that is not right ends with the bytes.
    let mut looks: Vec<(u64, Seen)> = Vec::new();
    for _ in 0..count {
        let step = number()? as u64;
        looks.push((step, look(&mut number)?));
    }
    let in_order = looks.windows(2).all(|w| w[0].0 < w[1].0) && looks.last().is_none_or(|(step, _)| *step <= done);
    in_order.then(|| (Progress { done, first, looks }, rest.to_vec()))
}
