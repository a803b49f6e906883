//! The four tasks: the network of an arm, with a new head, is trained on a few pictures of each.

use evaluation::stat::{auc, delong};
use nets::layers::{Images, Linear};
use nets::models::Cnn;
use nets::{Params, Training, losses};

use super::data::{self, Task};
use super::outcome::{SERIES, diverged, outcome};
use super::plan::{Source, candidates, tune_steps};
use super::{Settings, other};
use crate::blocks::best;
use crate::blocks::encoder::{self, HEAD};
use crate::blocks::halves::SIDE;
use crate::blocks::probes::{accuracy, largest};
use crate::blocks::samples::{Batch, Samples};
use crate::blocks::sized_encoder::scores;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Go, Outcome, Status, StudyError};

/// Steps between two looks at the watch.
const PIECE: usize = 4;

/// What a task is worth on pictures to choose by and to test on, and for X-rays the standard error of the latter over pictures; or why its training
/// diverged.
type Worth = Result<[Option<f64>; 3], String>;

/// Trains on all tasks; their rates are chosen by the outcomes that it needs.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let pretrained = own.pretraining.source() != Source::Nothing;
    let parted = needs.split_at_checked(usize::from(pretrained));
    let (begun, tunings) = parted.ok_or_else(|| other("an arm lacks its pretraining"))?;
    let mut curve = vec![[1.0, 0.0]];
    let mut found: Vec<(&str, Option<f64>)> = vec![("passed", Some(0.0))];
    let (mut trained, mut classes, mut rate) = (None, own.world.half(), 0.0);
    if let Some(begun) = begun.first() {
        curve = begun.series(SERIES[0].0).map_or_else(Vec::new, |s| s.x.iter().zip(&s.y).map(|(x, y)| [*x, *y]).collect());
        let Some(bytes) = begun.handed_over()? else { return Ok(diverged(&curve, "its pretraining diverged".to_owned())) };
        found = ["passed", "pretext", "chance", "rate"].map(|name| (name, begun.scalar(name))).to_vec();
        rate = begun.scalar("rate").unwrap_or(0.0);
        classes = if own.pretraining.source() == Source::Digits { classes } else { own.systems };
        trained = Some(bytes);
    }
    let mut params = Params::<f32>::new(stream(context.seed, Purpose::Weights, 0));
    encoder::build(&mut params, own.width, classes);
    if let Some(bytes) = trained {
        params.read(bytes).map_err(other)?;
    }
    if tune_steps(own) > own.tune_steps {
        found = vec![("passed", Some(((tune_steps(own) - own.tune_steps) * own.tune_batch) as f64))];
    }
    let (mut all, mut above) = (Vec::with_capacity(Task::ALL.len()), Vec::with_capacity(Task::ALL.len()));
    let mut edges = usize::from(pretrained && at_end(&own.pretraining_rates, rate));
    for task in Task::ALL {
        let (name, valid_name) = task.names();
        let chosen = task_rate(own, rate, valid_name, tunings)?;
        match learn(own, task, &params, chosen, context)? {
            Ok([valid, test, se]) => {
                found.extend([(name, test), (valid_name, valid)]);
                if task == Task::XraysMore {
                    found.push(("xrays-se", se));
                }
                let chance = 1.0 / task.classes(own.world) as f64;
                all.push(test);
                above.push(test.map(|value| (value - chance) / (1.0 - chance)));
                edges += usize::from(at_end(&own.rates, chosen));
            }
            Err(why) => return Ok(diverged(&curve, format!("{name}: {why}"))),
        }
    }
    let mean = |all: &[Option<f64>]| all.iter().copied().sum::<Option<f64>>().map(|sum| sum / all.len() as f64);
    found.extend([("mean", mean(&all)), ("above", mean(&above)), ("edges", Some(edges as f64))]);
    Ok(outcome(&curve, &found, None, Status::Done))
}

/// Whether a rate is the lowest or the highest of several.
fn at_end(rates: &[f64], rate: f64) -> bool {
    rates.len() > 1 && (rates.iter().all(|other| *other <= rate) || rates.iter().all(|other| *other >= rate))
}

/// The rate of a task, among those that were tried with this rate of pretraining.
fn task_rate(own: &Settings, pretraining: f64, valid: &str, tunings: &[Outcome]) -> Result<f64, StudyError> {
    let pairs = candidates(own);
    let each = (tunings.len() / pairs.len().max(1)).max(1);
    let tried = pairs.iter().zip(tunings.chunks(each)).filter(|(pair, _)| pair.0 == pretraining);
    let scores: Vec<f64> = tried.flat_map(|(_, outcomes)| outcomes.iter().map(|o| o.scalar(valid).unwrap_or(0.0))).collect();
    best(&own.rates, &scores).ok_or_else(|| other("there is no learning rate to choose from"))
}

/// The network with the weights and running statistics of `before`, and a new head for a task: the same for all arms of a seed.
fn begin(own: &Settings, task: Task, before: &Params<f32>, seed: u64) -> (Cnn, Params<f32>) {
    let (classes, features) = (task.classes(own.world), encoder::features_of(own.width));
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let net = encoder::build(&mut params, own.width, classes);
    let mut head = Params::<f32>::new(stream(seed, Purpose::Head, task as u64));
    Linear::new(&mut head, HEAD, features, classes);
    // The head is the last of the tensors.
    let body = params.len().saturating_sub(head.len());
    params.values[..body].copy_from_slice(&before.values[..body]);
    params.values[body..].copy_from_slice(&head.values);
    params.state.clone_from(&before.state);
    (net, params)
}

/// Trains on a task.
fn learn(own: &Settings, task: Task, before: &Params<f32>, rate: f64, context: &Context<'_>) -> Result<Worth, StudyError> {
    let seed = context.seed;
    let [few, held, test] = data::task(own, task, seed, context.files)?;
    let (net, params) = begin(own, task, before, seed);
    let mut training = Training::new(params, 0.0);
    let (steps, mut batch) = (tune_steps(own), Batch::default());
    let shape = Images { batch: own.tune_batch, height: SIDE, width: SIDE };
    for k in 0..steps {
        let mut rng = stream(seed, Purpose::Steps, ((task as u64) << 32) | k as u64);
        batch.draw(&few, own.tune_batch, &mut rng);
        let falling = rate * (1.0 - k as f64 / steps as f64);
        let loss = training.step(falling, rng, |pass| {
            let x = pass.input(&batch.pixels, shape.rows(), 1);
            let found = net.scores(pass, x, shape);
            let errors = losses::cross_entropy(pass, found, &batch.labels, 0.0);
            pass.mean(errors)
        });
        if !loss.is_finite() {
            return Ok(Err(format!("the loss is no longer finite at step {k} of {steps}; lower the rate")));
        }
        let done = (task as usize * steps + k) as f64 / (Task::ALL.len() * steps) as f64;
        if k.is_multiple_of(PIECE) && (context.watch)(done) == Go::Stop {
            return Err(StudyError::Interrupted);
        }
    }
    let classes = task.classes(own.world);
    let mut worth = |samples: &Samples| -> [Option<f64>; 2] {
        let found = scores(&net, &mut training, samples);
        let rows = found.chunks_exact(classes.max(1));
        if !task.is_of_xrays() {
            let answers: Vec<u32> = rows.map(|row| largest(row.iter().map(|s| f64::from(*s)))).collect();
            return [Some(accuracy(&answers, &samples.labels)).filter(|_| found.iter().all(|s| s.is_finite())), None];
        }
        let margins: Vec<f64> = rows.map(|row| row.iter().rev().map(|s| f64::from(*s)).reduce(|yes, no| yes - no).unwrap_or(f64::NAN)).collect();
        let positive: Vec<bool> = samples.labels.iter().map(|label| *label == 1).collect();
        // Scores that are all alike have an area of a half, whatever the pictures are.
        let alone = delong(&margins, &vec![0.0; margins.len()], &positive);
        [auc(&margins, &positive), alone.map(|found| found.se)]
    };
    let ([valid, _], [tested, se]) = (worth(&held), worth(&test));
    Ok(Ok([valid, tested, se]))
}
