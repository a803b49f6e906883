//! The networks: a graph isomorphism network (Xu et al., arXiv 1810.00826) and a graph convolutional one (Kipf and Welling,
//! arXiv 1609.02907), both with a vector for every kind of bond, as in the authors' code (`chem/model.py`).
//!
//! A layer of the first is `MLP(x_i + Σ_j (x_j + e_ij))`, of the second `Σ_j (W x_j + e_ij)/√(d_i d_j) + W x_i/d_i`, where j runs over the
//! neighbours of i and d is their number plus one. Batch norm follows, and a ReLU except after the last layer.

use nets::layers::{BatchNorm, Embedding, Linear, messages};
use nets::{Params, Pass, Real, Var};

use super::Network;
use super::graph::{Alphabet, Batch};

/// What the tensors are called of the network that is handed from stage to stage.
pub(super) const BODY: &str = "body";

struct Layer {
    bonds: Embedding,
    first: Linear,
    /// The second half of the small perceptron of a graph isomorphism network.
    second: Option<Linear>,
    norm: BatchNorm,
}

/// A network from graphs to a vector for every node.
pub(super) struct Net {
    colours: Embedding,
    layers: Vec<Layer>,
    /// The token of a node whose colour is hidden.
    pub(super) mask: u32,
}

impl Net {
    pub(super) fn new<T: Real>(params: &mut Params<T>, name: &str, kind: Network, alphabet: Alphabet, width: usize, layers: usize) -> Self {
        // Xavier's spread, as in the authors' code.
        let spread = |rows: usize| (2.0 / (rows + width) as f64).sqrt();
        let tokens = alphabet.colours + 1;
        let colours = Embedding::new(params, &format!("{name}.colours"), tokens, width, spread(tokens));
        let mut layer = |k: usize| {
            let name = format!("{name}.{k}");
            let bonds = Embedding::new(params, &format!("{name}.bonds"), alphabet.bonds, width, spread(alphabet.bonds));
            let first = Linear::new(params, &format!("{name}.first"), width, width);
            let second = (kind == Network::Gin).then(|| Linear::new(params, &format!("{name}.second"), width, width));
            let norm = BatchNorm::new(params, &format!("{name}.norm"), width);
            Layer { bonds, first, second, norm: if k + 1 == layers { norm.plain() } else { norm } }
        };
        let layers = (0..layers).map(&mut layer).collect();
        Self { colours, layers, mask: alphabet.colours as u32 }
    }

    /// A vector for every node: nodes × width.
    pub(super) fn nodes<T: Real>(&self, pass: &mut Pass<'_, T>, batch: &Batch) -> Var {
        let edges = batch.edges();
        let mut x = self.colours.forward(pass, &batch.tokens);
        let convolves = self.layers.iter().any(|layer| layer.second.is_none());
        let roots = convolves.then(|| {
            let (nodes, from) = batch.inverse_roots();
            let mut column = |v: &[f64]| {
                let v: Vec<T> = v.iter().map(|x| T::of(*x)).collect();
                pass.input(&v, v.len(), 1)
            };
            (column(&nodes), column(&from))
        });
        for layer in &self.layers {
            let bonds = layer.bonds.forward(pass, &batch.bonds);
            x = match (layer.second, roots) {
                (None, Some((nodes, from))) => {
                    let own = layer.first.forward(pass, x);
                    let own = pass.mul(own, nodes);
                    let bonds = pass.mul(bonds, from);
                    let sum = messages::send(pass, own, &edges, 1.0, Some(bonds));
                    pass.mul(sum, nodes)
                }
                (second, _) => {
                    let sum = messages::send(pass, x, &edges, 1.0, Some(bonds));
                    let hidden = layer.first.forward(pass, sum);
                    let hidden = pass.relu(hidden);
                    second.map_or(hidden, |second| second.forward(pass, hidden))
                }
            };
            x = layer.norm.forward(pass, x);
        }
        x
    }
}
