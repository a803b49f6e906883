//! Linear layers with an activation between them.

use crate::layers::Linear;
use crate::{Params, Pass, Real, Var};

/// What lies between two linear layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// max(x, 0).
    Relu,
    /// The exact GELU.
    Gelu,
    /// Hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// Applies it.
    pub fn forward<T: Real>(self, pass: &mut Pass<'_, T>, x: Var) -> Var {
        match self {
            Self::Relu => pass.relu(x),
            Self::Gelu => pass.gelu(x),
            Self::Tanh => pass.tanh(x),
        }
    }
}

/// A multilayer perceptron.
#[derive(Clone, Debug)]
pub struct Mlp {
    layers: Vec<Linear>,
    activation: Activation,
}

impl Mlp {
    /// Of these sizes, the first of the input, the last of the output.
    pub fn new<T: Real>(params: &mut Params<T>, name: &str, sizes: &[usize], activation: Activation) -> Self {
        let layers = sizes.windows(2).enumerate().map(|(k, w)| Linear::new(params, &format!("{name}.{k}"), w[0], w[1])).collect();
        Self { layers, activation }
    }

    /// Rows × first size → rows × last size.
    pub fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var) -> Var {
        let mut x = x;
        for (k, layer) in self.layers.iter().enumerate() {
            if k > 0 {
                x = self.activation.forward(pass, x);
            }
            x = layer.forward(pass, x);
        }
        x
    }
}
