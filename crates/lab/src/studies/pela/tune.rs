//! The tasks downstream: the network of an arm, with a new head, is trained on a few pictures of each.

use evaluation::stat::{auc, delong};
use nets::layers::Linear;
use nets::{Params, Training, losses};

use super::data::{self, Task};
use super::network::{HEAD, Net, right};
use super::outcome::{SCALARS, SERIES, diverged, outcome};
use super::{Settings, other};
use crate::blocks::best;
use crate::blocks::samples::{Batch, Samples};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Files, Go, Outcome, Status, StudyError};

/// Steps between two looks at the watch.
const PIECE: usize = 4;

/// Why a task has no numbers.
enum Stopped {
    /// They are no longer finite.
    Diverged(String),
    /// Somebody asked for it, or files are wrong.
    Error(StudyError),
}

impl From<StudyError> for Stopped {
    fn from(e: StudyError) -> Self {
        Self::Error(e)
    }
}

/// Trains on both tasks; their rates are chosen by the outcomes that it needs.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (begun, tunings) = needs.split_first().ok_or_else(|| other("the tasks lack the network that they begin with"))?;
    let curve: Vec<[f64; 2]> = begun.series(SERIES[0].0).map_or_else(Vec::new, |s| s.x.iter().zip(&s.y).map(|(x, y)| [*x, *y]).collect());
    let Some(trained) = begun.handed_over()? else { return Ok(diverged(&curve, "the training before the tasks diverged".to_owned())) };
    // What is known of the network already; all that is about the tasks is new.
    let mut found: Vec<(&str, Option<f64>)> = SCALARS.iter().map(|(name, _)| (*name, begun.scalar(name))).collect();
    let mut set = |name: &str, value: Option<f64>| {
        if let Some(known) = found.iter_mut().find(|known| known.0 == name) {
            known.1 = value;
        }
    };
    let mut edges = usize::from(own.method.learns() && begun.scalar("rate").is_some_and(|rate| at_end(&own.rates, rate)));
    for task in Task::ALL {
        let (name, valid_name, rate_name) = match task {
            Task::Turned => ("turned", "valid-turned", "rate-turned"),
            Task::Xrays => ("xrays", "valid-xrays", "rate-xrays"),
        };
        let scores: Vec<f64> = tunings.iter().map(|o| o.scalar(valid_name).unwrap_or(0.0)).collect();
        let rate = best(&own.rates, &scores).ok_or_else(|| other("there is no learning rate to choose from"))?;
        match learn(own, task, trained, rate, context) {
            Ok([valid, test, se]) => {
                edges += usize::from(at_end(&own.rates, rate));
                if task == Task::Xrays {
                    set("xrays-se", se);
                }
                set(name, test);
                set(valid_name, valid);
                set(rate_name, Some(rate));
            }
            Err(Stopped::Diverged(why)) => return Ok(diverged(&curve, format!("{name}: {why}"))),
            Err(Stopped::Error(e)) => return Err(e),
        }
    }
    set("edges", Some(edges as f64));
    Ok(outcome(&curve, &found, None, Status::Done))
}

/// Whether a rate is the lowest or the highest of several.
fn at_end(rates: &[f64], rate: f64) -> bool {
    rates.len() > 1 && (rates.iter().all(|other| *other <= rate) || rates.iter().all(|other| *other >= rate))
}

/// Gives a network a new last layer, which is the last of its tensors: the same for all arms of a seed and a width.
fn new_head(params: &mut Params<f32>, seed: u64, task: Task, width: usize, classes: usize) {
    let mut fresh = Params::<f32>::new(stream(seed, Purpose::Head, task as u64));
    Linear::new(&mut fresh, HEAD, width, classes);
    let from = params.len().saturating_sub(fresh.len());
    params.values[from..].copy_from_slice(&fresh.values);
}

/// Trains on a task; gives what it is worth on pictures to choose by and to test on, and for X-rays the standard error of the latter over pictures.
fn learn(own: &Settings, task: Task, trained: &[u8], rate: f64, context: &Context<'_>) -> Result<[Option<f64>; 3], Stopped> {
    let (seed, files): (u64, &dyn Files) = (context.seed, context.files);
    let [few, held, later] = data::downstream(own, task, seed, files)?;
    // The body lies before the head, whose size is another one here.
    let mut before = Params::<f32>::new(stream(seed, Purpose::Weights, 1));
    Net::new(&mut before, own.shape(), own.world.classes());
    before.read(trained).map_err(other)?;
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 1));
    let classes = task.classes(own.world);
    let net = Net::new(&mut params, own.shape(), classes);
    let width = own.shape().width;
    let body = params.len() - (width + 1) * classes;
    params.values[..body].copy_from_slice(&before.values[..body]);
    new_head(&mut params, seed, task, width, classes);
    let mut training = Training::new(params, 0.0);
    let mut batch = Batch::default();
    for k in 0..own.tune_steps {
        let mut rng = stream(seed, Purpose::Order, ((task as u64) << 32) | k as u64);
        batch.draw(&few, own.tune_batch, &mut rng);
        let falling = rate * (1.0 - k as f64 / own.tune_steps as f64);
        let loss = training.step(falling, rng, |pass| {
            let (_, scores) = net.forward(pass, &batch.pixels, own.tune_batch);
            let errors = losses::cross_entropy(pass, scores, &batch.labels, 0.0);
            pass.mean(errors)
        });
        if !loss.is_finite() {
            return Err(Stopped::Diverged(format!("the loss is no longer finite at step {k} of {}; lower the rate", own.tune_steps)));
        }
        let done = (task as usize * own.tune_steps + k) as f64 / (Task::ALL.len() * own.tune_steps) as f64;
        if k.is_multiple_of(PIECE) && (context.watch)(done) == Go::Stop {
            return Err(Stopped::Error(StudyError::Interrupted));
        }
    }
    let mut worth = |samples: &Samples| match task {
        Task::Turned => [right(&net, &mut training, samples), None],
        Task::Xrays => area(&net.scores(&mut training, &samples.pixels), &samples.labels),
    };
    let ([valid, _], [test, se]) = (worth(&held), worth(&later));
    Ok([valid, test, se])
}

/// The area under the ROC curve of the second of two classes, and its standard error over pictures.
fn area(scores: &[f32], labels: &[u32]) -> [Option<f64>; 2] {
    let margins: Vec<f64> = scores.as_chunks::<2>().0.iter().map(|[no, yes]| f64::from(*yes) - f64::from(*no)).collect();
    let positive: Vec<bool> = labels.iter().map(|label| *label == 1).collect();
    // Scores that are all alike have an area of a half, whatever the pictures are.
    let alone = delong(&margins, &vec![0.0; margins.len()], &positive);
    [auc(&margins, &positive), alone.map(|found| found.se)]
}
