//! `y = x Wᵀ + b`, and the same with fewer inputs and outputs (elastic width).

use curves::vector::vector;

use crate::product::{Mat, matmul};
use crate::{Init, Params, Pass, Real, Tensor, Var, kernels};

/// A linear layer. `ins` and `outs` may be fewer than the weight has: then its first columns and rows are used.
#[derive(Clone, Copy, Debug)]
pub struct Linear {
    /// outs × ins.
    pub weight: Tensor,
    /// 1 × outs.
    pub bias: Option<Tensor>,
    /// Inputs in use.
    pub ins: usize,
    /// Outputs in use.
    pub outs: usize,
}

impl Linear {
    /// With a bias; both begin as in PyTorch, uniform within 1/√ins.
    pub fn new<T: Real>(params: &mut Params<T>, name: &str, ins: usize, outs: usize) -> Self {
        let weight = params.add(&format!("{name}.weight"), outs, ins, Init::torch(ins));
        let bias = Some(params.add(&format!("{name}.bias"), 1, outs, Init::torch(ins)));
        Self { weight, bias, ins, outs }
    }

    /// Without a bias, the weight beginning as said.
    pub fn plain<T: Real>(params: &mut Params<T>, name: &str, ins: usize, outs: usize, init: Init) -> Self {
        Self { weight: params.add(&format!("{name}.weight"), outs, ins, init), bias: None, ins, outs }
    }

    /// With a bias that begins at zero, the weight beginning as said.
    pub fn with<T: Real>(params: &mut Params<T>, name: &str, ins: usize, outs: usize, init: Init) -> Self {
        let plain = Self::plain(params, name, ins, outs, init);
        Self { bias: Some(params.add(&format!("{name}.bias"), 1, outs, Init::Constant(0.0))), ..plain }
    }

    /// The same layer with its first `ins` inputs and `outs` outputs only; what is more than it has is all it has.
    pub fn narrow(self, ins: usize, outs: usize) -> Self {
        Self { ins: ins.min(self.weight.cols), outs: outs.min(self.weight.rows), ..self }
    }

    /// `x` (rows × ins) → rows × outs.
    pub fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var) -> Var {
        let Self { weight, bias, ins, outs } = *self;
        let rows = x.rows;
        let w = pass.weights();
        let mut out = pass.take(rows * outs);
        if let Some(bias) = bias {
            let b = &w[bias.start..][..outs];
            out.chunks_exact_mut(outs.max(1)).for_each(|row| row.copy_from_slice(b));
        }
        matmul(&mut out, outs, bias.is_some(), Mat::new(pass.value(x), rows, ins), Mat::strided(&w[weight.range()], outs, ins, weight.cols).t(), T::ONE);
        let learns = pass.records();
        let y = pass.push(out, rows, outs, learns);
        pass.record(y, move |flow, dy| {
            let seen = flow.value(x);
            matmul(flow.weight_grad(weight), weight.cols, true, Mat::new(&dy, rows, outs).t(), Mat::new(seen, rows, ins), T::ONE);
            if let Some(bias) = bias {
                let arch = flow.arch();
                let db = flow.weight_grad(bias);
                vector(
                    arch,
                    #[inline(always)]
                    || dy.chunks_exact(outs.max(1)).for_each(|row| kernels::add(db, row)),
                );
            }
            if x.learns {
                let mut dx = flow.take(rows * ins);
                matmul(&mut dx, ins, false, Mat::new(&dy, rows, outs), Mat::strided(&flow.weights()[weight.range()], outs, ins, weight.cols), T::ONE);
                flow.give(x, dx);
            }
            flow.free(dy);
        });
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{check, sample};

    #[test]
    fn gradients_are_those_of_differences() {
        for narrow in [false, true] {
            check(
                |params| {
                    let layer = Linear::new(params, "l", 5, 4);
                    if narrow { layer.narrow(3, 2) } else { layer }
                },
                |layer, pass| {
                    let x = pass.leaf(&sample(6 * layer.ins), 6, layer.ins);
                    (layer.forward(pass, x), vec![x])
                },
            );
        }
    }
}
