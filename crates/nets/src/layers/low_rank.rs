//! A linear map of low rank: two thin layers, with a gate on each direction if wanted.

use super::Linear;
use crate::{Init, Params, Pass, Real, Tensor, Var};

/// `y = ((x Aᵀ) ⊙ g) Bᵀ`, with A rank × ins, B outs × rank, g a gate per direction that begins at one, or absent.
#[derive(Clone, Copy, Debug)]
pub struct LowRank {
    /// A.
    pub down: Linear,
    /// B.
    pub up: Linear,
    /// g.
    pub gate: Option<Tensor>,
}

impl LowRank {
    /// A begins as PyTorch's linear layers do, B at zero: an addition to a layer that changes nothing yet (LoRA, arXiv 2106.09685).
    pub fn new<T: Real>(params: &mut Params<T>, name: &str, ins: usize, outs: usize, rank: usize) -> Self {
        let down = Linear::plain(params, &format!("{name}.down"), ins, rank, Init::torch(ins));
        Self { down, up: Linear::plain(params, &format!("{name}.up"), rank, outs, Init::Constant(0.0)), gate: None }
    }

    /// The same with gates.
    pub fn gated<T: Real>(self, params: &mut Params<T>, name: &str) -> Self {
        Self { gate: Some(params.add(&format!("{name}.gate"), 1, self.down.outs, Init::Constant(1.0))), ..self }
    }

    /// Rows × ins → rows × outs.
    pub fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var) -> Var {
        let mut inner = self.down.forward(pass, x);
        if let Some(gate) = self.gate {
            let gate = pass.weight(gate);
            inner = pass.mul(inner, gate);
        }
        self.up.forward(pass, inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{check, sample};

    #[test]
    fn gradients_are_those_of_differences() {
        for gated in [false, true] {
            check(
                |params| {
                    let layer = LowRank::new(params, "l", 4, 3, 2);
                    if gated { layer.gated(params, "l") } else { layer }
                },
                |layer, pass| {
                    let x = pass.leaf(&sample(5 * 4), 5, 4);
                    (layer.forward(pass, x), vec![x])
                },
            );
        }
    }
}
