//! Layers of experts one after the other, between an embedding of two tokens and scores of an answer.
//!
//! `x ← x + experts(norm(x))`, layer after layer; a question is one row, so that its way is that of one row.

use nets::layers::mixture::Routes;
use nets::layers::{Embedding, LayerNorm, Linear, Mixture};
use nets::optim::groups;
use nets::{Init, Params, Pass, Training, Var};
use rand_pcg::Pcg64;

use super::world::Examples;
use super::{Method, Settings};

/// The second moment of AdamW.
const SECOND: f64 = 0.98;

/// A network; its numbers are those of a [`Training`].
pub(super) struct Network {
    first: Embedding,
    second: Embedding,
    layers: Vec<(LayerNorm, Mixture)>,
    norm: LayerNorm,
    head: Linear,
}

/// What a network says of questions, and which way they went.
pub(super) struct Said {
    /// Questions × tokens.
    pub(super) scores: Var,
    /// Of every layer the weights of experts, as a value and as numbers.
    pub(super) layers: Vec<(Var, Routes)>,
}

/// The tensor of a router's weights.
fn router(layer: usize) -> String {
    format!("layers.{layer}.router.weight")
}

impl Network {
    /// With its first weights, and its training. Norms and biases do not decay; a router that is frozen stays as it is.
    pub(super) fn new(own: &Settings, rng: Pcg64) -> (Self, Training<f32>) {
        let mut params = Params::<f32>::new(rng);
        let (width, tokens) = (own.width, own.tokens());
        let sd = (width as f64).sqrt().recip();
        let layer = |params: &mut Params<f32>, k: usize| {
            let norm = LayerNorm::new(params, &format!("norms.{k}"), width);
            (norm, Mixture::new(params, &format!("layers.{k}"), width, own.hidden, own.experts, own.chosen))
        };
        let net = Self {
            first: Embedding::new(&mut params, "first", tokens, width, sd),
            second: Embedding::new(&mut params, "second", tokens, width, sd),
            layers: (0..own.layers).map(|k| layer(&mut params, k)).collect(),
            norm: LayerNorm::new(&mut params, "norms.last", width),
            head: Linear::plain(&mut params, "head", width, tokens, Init::torch(width)),
        };
        let mut training = Training::new(params, 0.0);
        let method = own.method;
        training.groups = groups(&training.params, |name| {
            let is_router = name.contains(".router.");
            let decays = name.ends_with("weight") && !name.starts_with("norms") && method != Method::NoDecay && !(is_router && method == Method::Sharp);
            (if is_router && method == Method::Frozen { 0.0 } else { 1.0 }, if decays { own.decay } else { 0.0 })
        });
        training.clip = 1.0;
        training.adam.second = SECOND;
        (net, training)
    }

    /// What it says of questions.
    pub(super) fn forward(&self, pass: &mut Pass<'_, f32>, asked: &Examples) -> Said {
        let (first, second) = (self.first.forward(pass, &asked.first), self.second.forward(pass, &asked.second));
        let mut x = pass.add(first, second);
        let mut layers = Vec::with_capacity(self.layers.len());
        for (norm, mixture) in &self.layers {
            let normed = norm.forward(pass, x);
            let (out, weights, routes) = mixture.forward(pass, normed);
            x = pass.add(x, out);
            layers.push((weights, routes));
        }
        let normed = self.norm.forward(pass, x);
        Said { scores: self.head.forward(pass, normed), layers }
    }
}

/// The rows of a layer's router, one of an expert after the other, each of the width of the network; nothing where there is no such layer.
pub(super) fn router_rows(params: &Params<f32>, layer: usize) -> &[f32] {
    let name = router(layer);
    let found = params.tensors().iter().find(|(known, _)| *known == name);
    found.and_then(|(_, tensor)| params.values.get(tensor.range())).unwrap_or_default()
}

/// Multiplications of a question on its way forward.
pub(super) fn multiplications(own: &Settings) -> f64 {
    let layer = own.experts * own.width + own.chosen * 2 * own.width * own.hidden;
    (own.layers * layer + own.width * own.tokens()) as f64
}

/// What is added to the loss of a layer so that experts are chosen equally often (Fedus et al., arXiv 2101.03961, which OLMoE follows): the number of
/// experts times the sum over them of the share of choices that fell on each, times the mean of its weights.
pub(super) fn balance(pass: &mut Pass<'_, f32>, (weights, routes): &(Var, Routes)) -> Var {
    let experts = weights.cols;
    let mut chosen = vec![0.0_f32; experts];
    for k in routes.chosen.iter().flatten() {
        chosen[*k] += 1.0;
    }
    let all = chosen.iter().sum::<f32>().max(1.0);
    chosen.iter_mut().for_each(|c| *c /= all);
    let share = pass.input(&chosen, 1, experts);
    let sums = pass.sum_rows(*weights);
    let product = pass.mul(sums, share);
    let sum = pass.sum(product);
    pass.affine(sum, experts as f64 / weights.rows.max(1) as f64, 0.0)
}

/// The mean over questions of the squared distance of the entropy of their weights from one that is to be held.
pub(super) fn held(pass: &mut Pass<'_, f32>, weights: Var, entropy: f64) -> Var {
    /// Keeps the logarithm of no weight finite.
    const LITTLE: f64 = 1e-9;
    let safe = pass.affine(weights, 1.0, LITTLE);
    let logarithms = pass.ln(safe);
    let products = pass.mul(weights, logarithms);
    let sums = pass.sum_columns(products);
    // Minus the sum is the entropy.
    let gap = pass.affine(sums, 1.0, entropy);
    let squares = pass.square(gap);
    pass.mean(squares)
}
