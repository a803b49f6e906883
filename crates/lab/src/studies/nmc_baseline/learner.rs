//! What is trained on the stream by gradients: the network, or a linear head on its features.

use nets::layers::Linear;
use nets::models::Cnn;
use nets::optim::AdamW;
use nets::{Arena, Mode, Pass, Training, Var, losses};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::blocks::encoder;
use crate::blocks::probes::largest;

/// Examples that are looked at side by side.
const LOOK: usize = 200;

/// Pictures of a task whose squared gradients say which weights matter.
const IMPORTANT: usize = 32;

/// The score that is added to that of a class which has not come yet.
const ABSENT: f32 = -1e9;

/// What gives scores.
pub(super) enum Model {
    Network(Cnn),
    Head(Linear),
}

impl Model {
    /// Examples (pixels or features) → scores of all classes.
    fn scores(&self, pass: &mut Pass<'_, f32>, inputs: &[f32], count: usize) -> Var {
        match self {
            Self::Network(net) => {
                let shape = encoder::shape(count);
                let x = pass.input(inputs, shape.rows(), 1);
                net.scores(pass, x, shape)
            }
            Self::Head(layer) => {
                let x = pass.input(inputs, count, layer.ins);
                layer.forward(pass, x)
            }
        }
    }
}

/// Numbers that lie example by example, and their classes.
#[derive(Clone, Copy)]
pub(super) struct Examples<'a> {
    pub(super) inputs: &'a [f32],
    /// Numbers of an example.
    pub(super) size: usize,
    pub(super) labels: &'a [u32],
}

/// What holds weights that mattered.
struct Hold {
    strength: f32,
    importance: Vec<f32>,
    anchor: Vec<f32>,
}

/// A training in progress.
pub(super) struct Learner<'a> {
    model: Model,
    pub(super) training: Training<f32>,
    train: Examples<'a>,
    mode: Mode,
    /// Added to the scores: nothing for a class that has come.
    mask: Vec<f32>,
    hold: Option<Hold>,
    arena: Arena<f32>,
    batch: Vec<f32>,
    classes: Vec<u32>,
}

impl<'a> Learner<'a> {
    /// `classes` is how many scores there are; `strength` of what holds weights, 0 for nothing.
    pub(super) fn new(model: Model, training: Training<f32>, train: Examples<'a>, mode: Mode, classes: usize, strength: f64) -> Self {
        let n = training.params.len();
        let hold = (strength > 0.0).then(|| Hold { strength: strength as f32, importance: vec![0.0; n], anchor: training.params.values.clone() });
        let (arena, mask) = (Arena::new(), vec![ABSENT; classes]);
        Self { model, training, train, mode, mask, hold, arena, batch: Vec::new(), classes: Vec::new() }
    }

    /// A task begins: these classes have come. Moments of the optimiser begin anew.
    pub(super) fn begin(&mut self, classes: &[usize]) {
        for class in classes {
            if let Some(mask) = self.mask.get_mut(*class) {
                *mask = 0.0;
            }
        }
        self.training.adam = AdamW::new(self.training.params.len());
    }

    /// The loss on these examples, and its gradient.
    fn descend(&mut self, rows: &[usize], mode: Mode) -> f64 {
        let Self { model, training, train, mask, arena, batch, classes, .. } = self;
        batch.clear();
        classes.clear();
        for &row in rows {
            batch.extend_from_slice(&train.inputs[row * train.size..][..train.size]);
            classes.push(train.labels[row]);
        }
        training.gradient.fill(0.0);
        let params = &mut training.params;
        let mut pass = Pass::with(&params.values, &mut params.state, arena, mode, Pcg64::seed_from_u64(0));
        let scores = model.scores(&mut pass, batch, rows.len());
        let absent = pass.input(mask.as_slice(), 1, mask.len());
        let scores = pass.add(scores, absent);
        let errors = losses::cross_entropy(&mut pass, scores, classes, 0.0);
        let loss = pass.mean(errors);
        let value = pass.scalar(loss);
        pass.backward(loss, &mut training.gradient);
        value
    }

    /// One step on `count` examples that are drawn from `pool`; gives the loss before it. A loss that is not finite moves nothing.
    pub(super) fn step(&mut self, pool: &[usize], count: usize, rate: f64, mut rng: Pcg64, rows: &mut Vec<usize>) -> f64 {
        rows.clear();
        if !pool.is_empty() {
            rows.extend((0..count).map(|_| pool[rng.random_range(0..pool.len())]));
        }
        let loss = self.descend(rows, self.mode);
        if !loss.is_finite() {
            return loss;
        }
        let Self { training, hold, .. } = self;
        let Training { params, adam, groups, gradient, .. } = training;
        if let Some(hold) = hold {
            let held = params.values.iter().zip(&hold.anchor).zip(&hold.importance);
            gradient.iter_mut().zip(held).for_each(|(g, ((w, anchor), importance))| *g += hold.strength * importance * (w - anchor));
        }
        adam.step(&mut params.values, gradient, rate, groups);
        loss
    }

    /// A task ends: where weights are held, those that matter for these examples are held as they are now.
    pub(super) fn end(&mut self, rows: std::ops::Range<usize>) {
        if self.hold.is_none() || rows.is_empty() {
            return;
        }
        let (apart, share) = (rows.len().div_ceil(IMPORTANT), (rows.len() as f32 / rows.len().div_ceil(IMPORTANT) as f32).max(1.0).recip());
        for row in rows.step_by(apart) {
            self.descend(&[row], Mode::Frozen);
            if let Some(hold) = &mut self.hold {
                hold.importance.iter_mut().zip(&self.training.gradient).for_each(|(i, g)| *i += share * g * g);
            }
        }
        if let Some(hold) = &mut self.hold {
            hold.anchor.clone_from(&self.training.params.values);
        }
    }

    /// The class of each of the first `count` examples, among those that have come.
    pub(super) fn answers(&mut self, examples: Examples<'_>, count: usize) -> Vec<u32> {
        let Self { model, training, mask, .. } = self;
        let mut found = Vec::with_capacity(count);
        for block in examples.inputs.chunks(LOOK * examples.size.max(1)) {
            if found.len() >= count {
                break;
            }
            let rows = block.len() / examples.size.max(1);
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let scores = model.scores(pass, block, rows);
                let scores = pass.value(scores).chunks_exact(mask.len().max(1));
                found.extend(scores.map(|row| largest(row.iter().zip(mask.iter()).map(|(s, m)| f64::from(s + m)))));
            });
        }
        found.truncate(count);
        found
    }
}
