//! Layer norm (Ba et al., arXiv 1607.06450) over the features of every row.

use curves::vector::vector;

use crate::{Init, Params, Pass, Real, Tensor, Var, kernels};

/// Layer norm with gain and bias. `dim` may be fewer than it has (elastic width).
#[derive(Clone, Copy, Debug)]
pub struct LayerNorm {
    /// 1 × features, begins at one.
    pub gain: Tensor,
    /// 1 × features, begins at zero.
    pub bias: Tensor,
}

impl LayerNorm {
    /// Over `dim` features.
    pub fn new<T: Real>(params: &mut Params<T>, name: &str, dim: usize) -> Self {
        let gain = params.add(&format!("{name}.weight"), 1, dim, Init::Constant(1.0));
        Self { gain, bias: params.add(&format!("{name}.bias"), 1, dim, Init::Constant(0.0)) }
    }

    /// The same layer over its first `dim` features.
    pub fn narrow(self, dim: usize) -> Self {
        let cols = dim.min(self.gain.cols);
        Self { gain: Tensor { cols, ..self.gain }, bias: Tensor { cols, ..self.bias } }
    }

    /// Rows × features → the same shape.
    pub fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var) -> Var {
        let Self { gain, bias } = *self;
        let w = pass.weights();
        let (mut hat, mut inv, mut out) = (pass.take(x.len()), pass.take(x.rows), pass.take(x.len()));
        pass.vector(
            #[inline(always)]
            || kernels::layer_norm(pass.value(x), &w[gain.range()], &w[bias.range()], &mut hat, &mut inv, &mut out),
        );
        let learns = pass.records();
        let y = pass.push(out, x.rows, x.cols, learns);
        if !learns {
            pass.free(hat);
            pass.free(inv);
            return y;
        }
        pass.record(y, move |flow, mut dy| {
            let (mut dg, mut db) = (flow.zeros(gain.len()), flow.zeros(bias.len()));
            vector(
                flow.arch(),
                #[inline(always)]
                || kernels::layer_norm_back(&mut dy, &flow.weights()[gain.range()], &hat, &inv, &mut dg, &mut db),
            );
            kernels::add(flow.weight_grad(gain), &dg);
            kernels::add(flow.weight_grad(bias), &db);
            flow.give(x, dy);
            [hat, inv, dg, db].into_iter().for_each(|buffer| flow.free(buffer));
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
        check(
            |params| LayerNorm::new(params, "n", 7).narrow(5),
            |layer, pass| {
                let x = pass.leaf(&sample(4 * 5), 4, 5);
                (layer.forward(pass, x), vec![x])
            },
        );
    }
}
