//! A graph isomorphism network (Xu et al., arXiv 1810.00826): neighbours are added up, and a small perceptron follows.

use std::sync::Arc;

use crate::layers::{BatchNorm, Edges, Linear, messages, pooling};
use crate::{Params, Pass, Real, Var};

/// The network.
#[derive(Clone, Debug)]
pub struct Gin {
    enter: Linear,
    layers: Vec<(Linear, BatchNorm, Linear, BatchNorm)>,
}

impl Gin {
    /// For nodes of `ins` features.
    pub fn new<T: Real>(params: &mut Params<T>, ins: usize, hidden: usize, layers: usize) -> Self {
        let enter = Linear::new(params, "enter", ins, hidden);
        let layer = |params: &mut Params<T>, k: usize| {
            let first = Linear::new(params, &format!("layers.{k}.in"), hidden, hidden);
            let inner = BatchNorm::new(params, &format!("layers.{k}.in_norm"), hidden);
            let second = Linear::new(params, &format!("layers.{k}.out"), hidden, hidden);
            (first, inner, second, BatchNorm::new(params, &format!("layers.{k}.out_norm"), hidden))
        };
        Self { enter, layers: (0..layers).map(|k| layer(params, k)).collect() }
    }

    /// Nodes × ins → nodes × hidden.
    pub fn nodes<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var, edges: &Edges) -> Var {
        let mut x = self.enter.forward(pass, x);
        for (first, inner, second, outer) in &self.layers {
            x = messages::send(pass, x, edges, 1.0, None);
            x = first.forward(pass, x);
            x = inner.forward(pass, x);
            x = second.forward(pass, x);
            x = outer.forward(pass, x);
        }
        x
    }

    /// The sum (or mean) of the nodes of every graph: graph k has the nodes `starts[k] .. starts[k + 1]`.
    pub fn graphs<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var, edges: &Edges, starts: &Arc<[usize]>, mean: bool) -> Var {
        let nodes = self.nodes(pass, x, edges);
        pooling::pool(pass, nodes, starts, mean)
    }
}
