//! A small network that says the noise in a row, whose layers are whole matrices, learngenes, tailors, or sums of these.
//!
//! `h ← gelu(W₁x + time + class)`, `h ← h + gelu(W₂h + time)`, `ε = x + W₃h`. A part of low rank is `U diag(s) Vᵀ`, as in KIND; learngenes are one
//! such part, and tailors another, in which every class has directions of its own: a gate leaves those of the other classes out.

use nets::layers::{Embedding, Linear, LowRank};
use nets::{Init, Params, Pass, Tensor, Var, losses};
use rand_pcg::Pcg64;

use super::data::{CLASSES, HALF};
use crate::blocks::diffusion::TIME;

/// Standard deviation of what says a class, at first.
const CLASS: f64 = 0.3;

/// What a network is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Numbers of a row.
    pub(super) dim: usize,
    /// Hidden units.
    pub(super) width: usize,
    /// Whether there are whole matrices.
    pub(super) dense: bool,
    /// Directions of learngenes; 0 for none.
    pub(super) common: usize,
    /// Directions of the tailor of a class; 0 for none.
    pub(super) tailor: usize,
    /// Tailors that there are: one for each class of a half, or one that is in use for all.
    pub(super) places: usize,
    /// Whether tailors add nothing at first.
    pub(super) silent: bool,
}

impl Shape {
    /// Inputs and outputs of every layer.
    pub(super) fn sizes(&self) -> [(usize, usize); 3] {
        [(self.dim, self.width), (self.width, self.width), (self.width, self.dim)]
    }

    /// Multiplications of a row, with so many of its tailors in use.
    pub(super) fn multiplications(&self, tailors: usize) -> f64 {
        let rank = self.common + tailors.min(self.places) * self.tailor;
        let layer = |(ins, outs): (usize, usize)| (ins + outs) * rank + if self.dense { ins * outs } else { 0 };
        (self.sizes().into_iter().map(layer).sum::<usize>() + 2 * TIME * self.width) as f64
    }
}

/// A layer.
struct Layer {
    dense: Option<Linear>,
    common: Option<LowRank>,
    tailor: Option<LowRank>,
}

/// A network; its numbers are those of a training.
pub(super) struct Network {
    classes: Embedding,
    times: [Linear; 2],
    layers: Vec<Layer>,
}

/// Rows with noise, and what goes with them.
pub(super) struct Asked {
    /// Rows with noise.
    pub(super) rows: Vec<f32>,
    /// What says the time of each.
    pub(super) times: Vec<f32>,
    /// The class of each.
    pub(super) classes: Vec<u32>,
    /// Of each, a 1 for every direction of tailors that is in use; empty where all are.
    pub(super) gates: Vec<f32>,
}

/// A part of low rank; `up` is how its last matrix begins.
fn part(params: &mut Params<f32>, name: &str, (ins, outs): (usize, usize), rank: usize, up: Init) -> LowRank {
    let down = Linear::plain(params, &format!("{name}.down"), ins, rank, Init::torch(ins));
    let up = Linear::plain(params, &format!("{name}.up"), rank, outs, up);
    LowRank { down, up, gate: Some(params.add(&format!("{name}.scale"), 1, rank, Init::Constant(1.0))) }
}

/// What a part makes of rows, with gates on its directions if there are any.
fn through(pass: &mut Pass<'_, f32>, part: &LowRank, x: Var, gates: Option<Var>) -> Var {
    let mut inner = part.down.forward(pass, x);
    if let Some(scale) = part.gate {
        let scale = pass.weight(scale);
        inner = pass.mul(inner, scale);
    }
    if let Some(gates) = gates {
        inner = pass.mul(inner, gates);
    }
    part.up.forward(pass, inner)
}

impl Layer {
    fn new(params: &mut Params<f32>, k: usize, size: (usize, usize), shape: Shape) -> Self {
        let (ins, outs) = size;
        let bias: Tensor = params.add(&format!("layers.{k}.bias"), 1, outs, Init::Constant(0.0));
        let mut dense = shape.dense.then(|| Linear::plain(params, &format!("layers.{k}.dense"), ins, outs, Init::torch(ins)));
        // Directions that are in use at once begin with the same variance of what they give as a whole matrix.
        let uniform = Init::Uniform((3.0 / (shape.common + shape.tailor).max(1) as f64).sqrt());
        let mut common = (shape.common > 0).then(|| part(params, &format!("layers.{k}.common"), size, shape.common, uniform));
        let first = if shape.silent { Init::Constant(0.0) } else { uniform };
        let tailor = (shape.tailor > 0).then(|| part(params, &format!("layers.{k}.tailor"), size, shape.places * shape.tailor, first));
        match (&mut dense, &mut common) {
            (Some(dense), _) => dense.bias = Some(bias),
            (None, Some(common)) => common.up.bias = Some(bias),
            (None, None) => {}
        }
        Self { dense, common, tailor }
    }

    fn forward(&self, pass: &mut Pass<'_, f32>, x: Var, gates: Option<Var>) -> Var {
        let mut parts: Vec<Var> = Vec::with_capacity(3);
        if let Some(dense) = &self.dense {
            parts.push(dense.forward(pass, x));
        }
        if let Some(common) = &self.common {
            parts.push(through(pass, common, x, None));
        }
        if let Some(tailor) = &self.tailor {
            parts.push(through(pass, tailor, x, gates));
        }
        let mut all = parts.into_iter();
        let first = all.next().unwrap_or(x);
        all.fold(first, |sum, part| pass.add(sum, part))
    }
}

impl Network {
    /// With its first weights. What all shapes have comes first, so that it begins with the same numbers.
    pub(super) fn new(shape: Shape, rng: Pcg64) -> (Self, Params<f32>) {
        let mut params = Params::<f32>::new(rng);
        let classes = Embedding::new(&mut params, "classes", CLASSES, shape.width, CLASS);
        let times = [0, 1].map(|k| Linear::plain(&mut params, &format!("times.{k}"), TIME, shape.width, Init::torch(TIME)));
        let layers = shape.sizes().into_iter().enumerate().map(|(k, size)| Layer::new(&mut params, k, size, shape)).collect();
        (Self { classes, times, layers }, params)
    }

    /// The noise in rows.
    pub(super) fn forward(&self, pass: &mut Pass<'_, f32>, asked: &Asked) -> Var {
        let count = asked.classes.len();
        let x = pass.input(&asked.rows, count, asked.rows.len() / count.max(1));
        let times = pass.input(&asked.times, count, TIME);
        let gates = (!asked.gates.is_empty()).then(|| pass.input(&asked.gates, count, asked.gates.len() / count.max(1)));
        let mut hidden = self.classes.forward(pass, &asked.classes);
        for (k, layer) in self.layers.iter().enumerate() {
            let from = if k == 0 { x } else { hidden };
            let made = layer.forward(pass, from, gates);
            let Some(time) = self.times.get(k) else { return pass.add(x, made) };
            let when = time.forward(pass, times);
            let sum = pass.add(made, when);
            // Only the first layer is told the class.
            let sum = if k == 0 { pass.add(sum, hidden) } else { sum };
            let active = pass.gelu(sum);
            hidden = if k == 0 { active } else { pass.add(hidden, active) };
        }
        hidden
    }

    /// The mean squared error of the noise that it says.
    pub(super) fn loss(&self, pass: &mut Pass<'_, f32>, asked: &Asked, noise: &[f32]) -> Var {
        let said = self.forward(pass, asked);
        let wanted = pass.input(noise, said.rows, said.cols);
        let errors = losses::squared_error(pass, said, wanted);
        pass.mean(errors)
    }
}

/// Gates of tailors of `tailor` directions: those at its place for every row, or nothing where there are none.
pub(super) fn gates(places: impl Iterator<Item = usize>, tailor: usize) -> Vec<f32> {
    places.flat_map(move |place| (0..HALF * tailor).map(move |k| if k / tailor.max(1) == place { 1.0 } else { 0.0 })).collect()
}

/// Copies tensors whose names pass and that both networks have in the same shape.
pub(super) fn inherit(to: &mut Params<f32>, from: &Params<f32>, passes: impl Fn(&str) -> bool) {
    let places: Vec<(Tensor, Tensor)> = to
        .tensors()
        .iter()
        .filter(|(name, _)| passes(name))
        .filter_map(|(name, at)| Some((*at, from.tensors().iter().find(|(other, _)| other == name)?.1)))
        .filter(|(at, of)| (at.rows, at.cols) == (of.rows, of.cols))
        .collect();
    for (at, of) in places {
        to.values[at.range()].copy_from_slice(&from.values[of.range()]);
    }
}

/// The tensor of this name.
pub(super) fn tensor(params: &Params<f32>, name: &str) -> Option<Tensor> {
    params.tensors().iter().find(|(known, _)| known == name).map(|(_, at)| *at)
}
