//! A network, or its tangent at the first weights, in training.

use nets::{Arena, Mode, Params, Pass, Real, Training, Var, losses};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::{Files, StudyError};

use super::examples::{self, Examples, Streams};
use super::network::Net;
use super::progress::Seen;
use super::{Setting, Settings};

/// Everything that is needed for a step and for a look.
pub(super) struct Learner<T: Real> {
    settings: Settings,
    net: Net,
    /// Weights, moments of AdamW, and the last gradient.
    pub(super) training: Training<T>,
    /// The first weights.
    pub(super) first: Vec<T>,
    pub(super) train: Examples<T>,
    pub(super) test: Examples<T>,
    /// The examples of a step, where these are not all.
    batch: Examples<T>,
    picks: Vec<usize>,
    streams: Streams,
    /// The mean target of a regression, on whose sides outputs lie.
    middle: f64,
    room: Room<T>,
}

/// Buffers that are used again.
struct Room<T> {
    arena: Arena<T>,
    /// Outputs before the scale.
    outputs: Vec<T>,
    /// Weights moved along a direction, and the outputs there.
    moved: Vec<T>,
    up: Vec<T>,
}

/// Length of the step of a difference, relative to the weights' root mean square (plus one).
const STEP: f64 = 1e-5;

/// Nothing here is random on its way forward.
fn unused() -> Pcg64 {
    Pcg64::seed_from_u64(0)
}

impl<T: Real> Learner<T> {
    pub(super) fn new(settings: &Settings, seed: u64, files: &dyn Files) -> Result<Self, StudyError> {
        let mut streams = Streams::new(seed);
        let (mut train, mut test) = examples::draw::<T>(settings, &mut streams, files)?;
        let mut params = Params::new(streams.weights.clone());
        let net = Net::new(&mut params, settings);
        let first = params.values.clone();
        let mut training = Training::new(params, settings.decay);
        if settings.setting == Setting::Modular {
            // As in the papers on sums modulo a number: the usual 0.999 remembers the first steps for too long.
            training.adam.second = 0.98;
        }
        let mut room = Room { arena: Arena::new(), outputs: Vec::new(), moved: Vec::new(), up: Vec::new() };
        if settings.centred {
            for examples in [&mut train, &mut test] {
                forward(&net, &first, &mut room.arena, examples, &mut room.outputs);
                examples.first.clone_from(&room.outputs);
            }
        }
        let batch = train.room(settings.batch);
        let middle = train.targets.iter().map(|y| y.wide()).sum::<f64>() / train.targets.len().max(1) as f64;
        let picks = Vec::with_capacity(settings.batch);
        Ok(Self { settings: settings.clone(), net, training, first, train, test, batch, picks, streams, middle, room })
    }

    /// One step; gives the loss before it.
    pub(super) fn step(&mut self, step: u64) -> f64 {
        let loss = self.descend(step);
        if loss.is_finite() {
            let Self { settings, training, .. } = self;
            if settings.setting == Setting::StudentTeacher {
                let by = T::of(settings.rate * settings.width as f64 / (settings.alpha * settings.alpha));
                training.params.values.iter_mut().zip(&training.gradient).for_each(|(w, g)| *w -= by * *g);
            } else {
                training.adam.step(&mut training.params.values, &training.gradient, settings.rate, &training.groups);
            }
        }
        loss
    }

    /// The loss on the examples of this step, and its gradient.
    pub(super) fn descend(&mut self, step: u64) -> f64 {
        let Self { settings, net, training, first, train, batch, picks, streams, room, .. } = self;
        let examples = if settings.batch == 0 {
            &*train
        } else {
            let mut rng = streams.step(step);
            picks.clear();
            picks.extend((0..settings.batch).map(|_| rng.random_range(0..train.count)));
            batch.gather(train, picks);
            &*batch
        };
        let (weights, gradient) = (&training.params.values, &mut training.gradient);
        gradient.fill(T::ZERO);
        if !settings.linearised {
            let mut pass = Pass::with(weights, &mut [], &mut room.arena, Mode::Train, unused());
            let outputs = net.outputs(&mut pass, examples);
            let scaled = scale(&mut pass, outputs, examples, settings.alpha);
            let loss = loss(&mut pass, scaled, examples);
            let value = pass.scalar(loss);
            pass.backward(loss, gradient);
            return value;
        }
        tangent(net, first, weights, room, examples);
        let mut pass = Pass::with(first, &mut [], &mut room.arena, Mode::Train, unused());
        let outputs = pass.leaf(&room.outputs, examples.count, room.outputs.len() / examples.count.max(1));
        let scaled = scale(&mut pass, outputs, examples, settings.alpha);
        let loss = loss(&mut pass, scaled, examples);
        let value = pass.scalar(loss);
        // No weight is in this pass, so that nothing is added to the gradient.
        let slopes = pass.backward_to(loss, gradient, &[outputs]);
        let mut pass = Pass::with(first, &mut [], &mut room.arena, Mode::Train, unused());
        let outputs = net.outputs(&mut pass, examples);
        let slopes = pass.input(slopes.first().map(Vec::as_slice).unwrap_or_default(), outputs.rows, outputs.cols);
        let product = pass.mul(outputs, slopes);
        let along = pass.sum(product);
        pass.backward(along, gradient);
        value
    }

    /// Losses and shares of right answers on the training set and on what is held out, and how far the weights have come.
    pub(super) fn look(&mut self) -> Seen {
        let (train, test) = (self.judge(false), self.judge(true));
        let (mut apart, mut length) = (0.0, 0.0);
        for (w, first) in self.training.params.values.iter().zip(&self.first) {
            let (w, first) = (w.wide(), first.wide());
            apart += (w - first) * (w - first);
            length += first * first;
        }
        let moved = if length > 0.0 { (apart / length).sqrt() } else { 0.0 };
        Seen { train_loss: train.0, test_loss: test.0, train_accuracy: train.1, test_accuracy: test.1, moved }
    }

    /// Loss and share of right answers.
    fn judge(&mut self, held_out: bool) -> (f64, f64) {
        let Self { settings, net, training, first, train, test, middle, room, .. } = self;
        let (examples, weights) = (if held_out { &*test } else { &*train }, &training.params.values);
        if settings.linearised {
            tangent(net, first, weights, room, examples);
        } else {
            forward(net, weights, &mut room.arena, examples, &mut room.outputs);
        }
        let cols = (room.outputs.len() / examples.count.max(1)).max(1);
        let mut pass = Pass::with(&[], &mut [], &mut room.arena, Mode::Infer, unused());
        let outputs = pass.input(&room.outputs, examples.count, cols);
        let scaled = scale(&mut pass, outputs, examples, settings.alpha);
        let loss = loss(&mut pass, scaled, examples);
        let values = pass.value(scaled);
        let right = if examples.classes.is_empty() {
            values.iter().zip(&examples.targets).filter(|(f, y)| (f.wide() > *middle) == (y.wide() > *middle)).count()
        } else {
            values.chunks_exact(cols).zip(&examples.classes).filter(|(scores, class)| largest(scores) == **class).count()
        };
        (pass.scalar(loss), right as f64 / examples.count.max(1) as f64)
    }

    /// Outputs of the tangent at these weights, before the scale.
    #[cfg(test)]
    pub(super) fn tangent(&mut self, weights: &[T]) -> Vec<T> {
        tangent(&self.net, &self.first, weights, &mut self.room, &self.train);
        self.room.outputs.clone()
    }

    /// Outputs of the network with these weights, before the scale.
    #[cfg(test)]
    pub(super) fn forward(&mut self, weights: &[T]) -> Vec<T> {
        forward(&self.net, weights, &mut self.room.arena, &self.train, &mut self.room.outputs);
        self.room.outputs.clone()
    }
}

/// Outputs with these weights, before the scale.
fn forward<T: Real>(net: &Net, weights: &[T], arena: &mut Arena<T>, examples: &Examples<T>, to: &mut Vec<T>) {
    let mut pass = Pass::with(weights, &mut [], arena, Mode::Infer, unused());
    let outputs = net.outputs(&mut pass, examples);
    to.clear();
    to.extend_from_slice(pass.value(outputs));
}

/// Outputs of the tangent at the first weights, g(w₀) + g′(w₀)(w − w₀), before the scale: the slope is the central difference of outputs at
/// two points next to w₀. A ReLU whose kink lies between them is counted in part, which happens to about one of a hundred thousand.
fn tangent<T: Real>(net: &Net, first: &[T], weights: &[T], room: &mut Room<T>, examples: &Examples<T>) {
    let Room { arena, outputs, moved, up } = room;
    let apart = |w: &T, first: &T| w.wide() - first.wide();
    let length = weights.iter().zip(first).map(|(w, first)| apart(w, first).powi(2)).sum::<f64>().sqrt();
    if length == 0.0 {
        forward(net, first, arena, examples, outputs);
        return;
    }
    let size = 1.0 + (first.iter().map(|w| w.wide() * w.wide()).sum::<f64>() / first.len().max(1) as f64).sqrt();
    let step = STEP * size / length;
    moved.clear();
    moved.extend(weights.iter().zip(first).map(|(w, first)| T::of(first.wide() + step * apart(w, first))));
    forward(net, moved, arena, examples, up);
    moved.clear();
    moved.extend(weights.iter().zip(first).map(|(w, first)| T::of(first.wide() - step * apart(w, first))));
    forward(net, moved, arena, examples, outputs);
    up.iter_mut().zip(outputs.iter()).for_each(|(up, down)| *up = T::of((up.wide() - down.wide()) / (2.0 * step)));
    forward(net, first, arena, examples, outputs);
    outputs.iter_mut().zip(up.iter()).for_each(|(out, slope)| *out += *slope);
}

/// Outputs less those that are taken off, times the scale.
fn scale<T: Real>(pass: &mut Pass<'_, T>, outputs: Var, examples: &Examples<T>, alpha: f64) -> Var {
    if examples.first.is_empty() {
        return pass.affine(outputs, alpha, 0.0);
    }
    let first = pass.input(&examples.first, outputs.rows, outputs.cols);
    let rest = pass.sub(outputs, first);
    pass.affine(rest, alpha, 0.0)
}

/// Mean squared error where there are targets, and mean cross-entropy where there are classes alone.
fn loss<T: Real>(pass: &mut Pass<'_, T>, outputs: Var, examples: &Examples<T>) -> Var {
    if examples.targets.is_empty() {
        let errors = losses::cross_entropy(pass, outputs, &examples.classes, 0.0);
        return pass.mean(errors);
    }
    let targets = pass.input(&examples.targets, outputs.rows, outputs.cols);
    let errors = losses::squared_error(pass, outputs, targets);
    pass.mean(errors)
}

/// The class with the largest score.
fn largest<T: Real>(scores: &[T]) -> u32 {
    let mut best = 0;
    for (k, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = k;
        }
    }
    best as u32
}
