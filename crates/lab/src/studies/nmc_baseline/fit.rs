//! The two kinds of stages: pretraining, and a stream of classes.

use nets::layers::Linear;
use nets::models::Cnn;
use nets::product::{Mat, matmul};
use nets::{Mode, Params, Training, losses};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::data::{self, Stream};
use super::gather::{self, Table};
use super::learner::{Examples, Learner, Model};
use super::plan::{self, Candidate, Pretraining};
use super::{Method, Settings, other};
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::encoder::{self, HEAD};
use crate::blocks::pictures::PIXELS;
use crate::blocks::probes::{Discriminant, Means, accuracy, largest, unit_rows};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Go, Outcome, Status, StudyError};

/// How far the final accuracy moves without tasks.
type Gap = Option<f64>;

/// Steps between two looks at the watch.
const PIECE: usize = 4;

/// Pretrains, and hands over the weights.
pub(super) fn pretrain(own: &Pretraining, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let mut pictures = data::pretraining(own.world, seed, own.pictures, context.files)?;
    if pictures.len() == 0 {
        return Err(other("there are no pictures for pretraining"));
    }
    if own.shuffled {
        pictures.labels.shuffle(&mut stream(seed, Purpose::Deal, 2));
    }
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let net = encoder::build(&mut params, own.width, own.world.classes());
    let mut training = Training::new(params, 0.0);
    let course = Course { steps: own.steps as u64, points: 1, rate: own.rate };
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    let (_, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        pixels.clear();
        labels.clear();
        for _ in 0..own.batch {
            let at = rng.random_range(0..pictures.len());
            pixels.extend_from_slice(&pictures.pixels[at * PIXELS..(at + 1) * PIXELS]);
            labels.push(pictures.labels[at]);
        }
        let shape = encoder::shape(own.batch);
        training.step(rate, rng, |pass| {
            let x = pass.input(&pixels, shape.rows(), 1);
            let scores = net.scores(pass, x, shape);
            let errors = losses::cross_entropy(pass, scores, &labels, 0.0);
            pass.mean(errors)
        })
    })?;
    if let Some(why) = ended {
        return Ok(gather::diverged(why));
    }
    let right = right(&net, &mut training, &pictures.pixels, &pictures.labels);
    let found = [("passed", Some((own.steps * own.batch) as f64)), ("pretraining-accuracy", Some(right))];
    let weights = training.params.to_bytes().map_err(other)?;
    Ok(gather::outcome(&[right], &found, Some(weights), Status::Done))
}

/// Share of right answers among all classes.
fn right(net: &Cnn, training: &mut Training<f32>, pixels: &[f32], labels: &[u32]) -> f64 {
    let mut found = Vec::with_capacity(labels.len());
    for block in pixels.chunks(200 * PIXELS) {
        let shape = encoder::shape(block.len() / PIXELS);
        training.infer(stream(0, Purpose::Weights, 0), |pass| {
            let x = pass.input(block, shape.rows(), 1);
            let scores = net.scores(pass, x, shape);
            let rows = pass.value(scores).chunks_exact(scores.cols.max(1));
            found.extend(rows.map(|row| largest(row.iter().map(|s| f64::from(*s)))));
        });
    }
    accuracy(&found, labels)
}

/// Learns a stream of classes.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let data = Stream::new(own, seed, context.files)?;
    let pretrained = own.method.pretrained().is_some();
    let parted = needs.split_at_checked(usize::from(pretrained));
    let (first, tunings) = parted.ok_or_else(|| other("a stream lacks the pretraining that it starts from"))?;
    let classes = own.world.classes();
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let net = encoder::build(&mut params, own.width, classes);
    let mut about = vec![("passed", Some(0.0))];
    if let Some(first) = first.first() {
        let Some(weights) = first.handed_over()? else { return Ok(gather::diverged("its pretraining diverged".to_owned())) };
        params.read(weights).map_err(other)?;
        about = vec![("passed", first.scalar("passed")), ("pretraining-accuracy", first.scalar("pretraining-accuracy"))];
    }
    if own.method.learns() {
        return learn(own, &data, (net, params), tunings, about, context);
    }
    let (table, gap) = match own.method {
        Method::RandomLda => (by_discriminant(own, &data, seed)?, None),
        Method::NmcPixels => by_means(&data, (data.train.pixels.clone(), data.test.pixels.clone()), PIXELS, classes, seed)?,
        _ => {
            let mut training = Training::new(params, 0.0);
            let mut of = |pixels: &[f32]| encoder::features(&net, &mut training, pixels);
            let features = (of(&data.train.pixels), of(&data.test.pixels));
            by_means(&data, features, encoder::features_of(own.width), classes, seed)?
        }
    };
    about.push(("order-gap", gap));
    Ok(finished(&table, about))
}

/// An outcome of a whole stream.
fn finished(table: &Table, about: Vec<(&'static str, Option<f64>)>) -> Outcome {
    gather::outcome(&table.curve(), &[table.scalars(), about].concat(), None, Status::Done)
}

/// Nearest means of what is divided by its length; and how far the final accuracy moves without tasks, picture by picture.
fn by_means(data: &Stream, features: (Vec<f32>, Vec<f32>), dim: usize, classes: usize, seed: u64) -> Result<(Table, Gap), StudyError> {
    let (mut train, mut test) = features;
    unit_rows(&mut train, dim);
    unit_rows(&mut test, dim);
    let example = |k: usize| (&train[k * dim..(k + 1) * dim], data.train.labels[k]);
    let answers = |means: &Means, count: usize| test.chunks_exact(dim).take(count).map(|row| means.nearest(row)).collect::<Vec<u32>>();
    let mut means = Means::new(classes, dim);
    let table = data.table(|t| {
        for k in data.tasks[t].0.clone() {
            let (row, class) = example(k);
            means.add(row, class);
        }
        Ok(answers(&means, data.come(t)))
    })?;
    let mut order: Vec<usize> = (0..data.train.len()).collect();
    order.shuffle(&mut stream(seed, Purpose::Order, 0));
    let mut others = Means::new(classes, dim);
    for k in order {
        let (row, class) = example(k);
        others.add(row, class);
    }
    let right = accuracy(&answers(&others, data.test.len()), &data.test.labels);
    let gap = table.curve().last().map(|end| (end - right).abs());
    Ok((table, gap))
}

/// A linear discriminant on a random projection of pixels with a ReLU.
fn by_discriminant(own: &Settings, data: &Stream, seed: u64) -> Result<Table, StudyError> {
    let dim = own.projection;
    let mut rng = stream(seed, Purpose::Projection, 0);
    let directions: Vec<f32> = (0..dim * PIXELS).map(|_| (nets::params::normal(&mut rng) / (PIXELS as f64).sqrt()) as f32).collect();
    let project = |pixels: &[f32]| {
        let rows = pixels.len() / PIXELS;
        let mut out = vec![0.0_f32; rows * dim];
        matmul(&mut out, dim, false, Mat::new(pixels, rows, PIXELS), Mat::new(&directions, dim, PIXELS).t(), 1.0);
        out.iter_mut().for_each(|v| *v = v.max(0.0));
        out
    };
    let (train, test) = (project(&data.train.pixels), project(&data.test.pixels));
    let mut known = Discriminant::new(own.world.classes(), dim);
    data.table(|t| {
        for k in data.tasks[t].0.clone() {
            known.add(&train[k * dim..(k + 1) * dim], data.train.labels[k]);
        }
        known.classes(&test[..data.come(t) * dim])
    })
}

/// Gives the network a new last layer; it is the last of its tensors.
fn new_head(params: &mut Params<f32>, rng: Pcg64, width: usize, classes: usize) {
    let mut fresh = Params::<f32>::new(rng);
    Linear::new(&mut fresh, HEAD, encoder::features_of(width), classes);
    let from = params.len().saturating_sub(fresh.len());
    params.values[from..].copy_from_slice(&fresh.values);
}

/// The examples that task t is trained on: its own, and those of earlier tasks that are kept.
fn pool(own: &Settings, data: &Stream, t: usize) -> Vec<usize> {
    let now = data.tasks[t].0.clone();
    let kept = match own.method {
        Method::Replay => own.kept.min(data.each),
        Method::Joint | Method::JointLonger => data.each,
        _ => 0,
    };
    // Pictures lie class by class, as many of each.
    let earlier = (0..now.start).filter(|k| k % data.each.max(1) < kept);
    earlier.chain(now.clone()).collect()
}

/// A stream that is learned by gradients.
fn learn(
    own: &Settings,
    data: &Stream,
    (net, mut params): (Cnn, Params<f32>),
    tunings: &[Outcome],
    mut about: Vec<(&'static str, Option<f64>)>,
    context: &mut Context<'_>,
) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let scores: Vec<f64> = tunings.iter().map(|o| o.scalar("average").unwrap_or(0.0)).collect();
    let (rate, strength): Candidate = best(&plan::candidates(own), &scores).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let (classes, dim) = (own.world.classes(), encoder::features_of(own.width));
    let fresh = stream(seed, Purpose::Head, 0);
    let train_features: Vec<f32>;
    let test_features: Vec<f32>;
    let (model, training, train, test) = if own.method == Method::Head {
        let mut frozen = Training::new(params, 0.0);
        train_features = encoder::features(&net, &mut frozen, &data.train.pixels);
        test_features = encoder::features(&net, &mut frozen, &data.test.pixels);
        let mut params = Params::<f32>::new(fresh);
        let head = Linear::new(&mut params, HEAD, dim, classes);
        (Model::Head(head), Training::new(params, 0.0), (train_features.as_slice(), dim), (test_features.as_slice(), dim))
    } else {
        new_head(&mut params, fresh, own.width, classes);
        (Model::Network(net), Training::new(params, 0.0), (data.train.pixels.as_slice(), PIXELS), (data.test.pixels.as_slice(), PIXELS))
    };
    let examples = |(inputs, size), labels| Examples { inputs, size, labels };
    let (train, test) = (examples(train, data.train.labels.as_slice()), examples(test, data.test.labels.as_slice()));
    // From first weights there are no running means yet.
    let mode = if own.method == Method::JointLonger { Mode::Train } else { Mode::Frozen };
    let mut learner = Learner::new(model, training, train, mode, classes, strength);
    let (steps, tasks) = (plan::steps(own), data.tasks.len());
    let (mut rows, mut ended) = (Vec::with_capacity(own.batch), None);
    let table = data.table(|t| {
        if ended.is_some() {
            return Ok(Vec::new());
        }
        learner.begin(data.classes.get(..data.seen[t]).unwrap_or(&data.classes));
        let pool = pool(own, data, t);
        for k in 0..steps {
            let done = t * steps + k;
            let loss = learner.step(&pool, own.batch, rate, stream(seed, Purpose::Steps, done as u64), &mut rows);
            if !loss.is_finite() {
                ended = Some(format!("the loss is no longer finite at step {k} of task {}; lower the rate", t + 1));
                return Ok(Vec::new());
            }
            if done.is_multiple_of(PIECE) && (context.watch)(done as f64 / (steps * tasks) as f64) == Go::Stop {
                return Err(StudyError::Interrupted);
            }
        }
        learner.end(data.tasks[t].0.clone());
        Ok(learner.answers(test, data.come(t)))
    })?;
    if let Some(why) = ended {
        return Ok(gather::diverged(why));
    }
    if let Some(passed) = about.iter_mut().find(|(name, _)| *name == "passed") {
        passed.1 = Some(passed.1.unwrap_or(0.0) + (steps * tasks * own.batch) as f64);
    }
    about.extend([("rate", Some(rate)), ("strength", Some(strength).filter(|s| *s > 0.0))]);
    Ok(finished(&table, about))
}
