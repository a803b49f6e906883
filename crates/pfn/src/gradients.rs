//! The way back through the parts that both kinds of network have.

use std::ops::Range;

use curves::vector::{Arch, vector};
use nets::kernels as math;
use nets::product::{Mat, matmul};

/// Weights, and the gradient that is added up beside them in the same layout.
pub(crate) struct Back<'a> {
    pub arch: Arch,
    pub w: &'a [f32],
    pub g: &'a mut [f32],
}

impl Back<'_> {
    /// A linear layer of `ins` inputs whose weight and bias lie at `w_at` and `b_at`: from the gradient `dy` of its outputs and its inputs `x`, `rows` of
    /// each. The gradient of the inputs goes to `dx`, added to what is there where that is said.
    #[expect(clippy::too_many_arguments, reason = "one linear layer: its gradient, input, sizes, weights and where the result goes")]
    pub fn linear(&mut self, dy: &[f32], x: &[f32], rows: usize, ins: usize, w_at: &Range<usize>, b_at: &Range<usize>, dx: Option<(&mut [f32], bool)>) {
        let outs = b_at.len();
        let dy_m = Mat::new(dy, rows, outs);
        matmul(&mut self.g[w_at.clone()], ins, true, dy_m.t(), Mat::new(x, rows, ins), 1.0);
        let db = &mut self.g[b_at.clone()];
        vector(
            self.arch,
            #[inline(always)]
            || {
                for row in dy.chunks_exact(outs).take(rows) {
                    math::add(db, row);
                }
            },
        );
        if let Some((dx, keep)) = dx {
            matmul(dx, ins, keep, dy_m, Mat::new(&self.w[w_at.clone()], outs, ins), 1.0);
        }
    }

    /// A layer norm whose gain and bias lie at `g_at` and, right behind it, `b_at`: `dy` becomes the gradient of its input. `hat` and `inv` are what the
    /// forward pass kept.
    pub fn norm(&mut self, dy: &mut [f32], g_at: &Range<usize>, b_at: &Range<usize>, hat: &[f32], inv: &[f32]) {
        let (dg, db) = self.g[g_at.start..b_at.end].split_at_mut(g_at.len());
        let gain = &self.w[g_at.clone()];
        vector(
            self.arch,
            #[inline(always)]
            || math::layer_norm_back(dy, gain, hat, inv, dg, db),
        );
    }

    /// An activation, by its slopes.
    pub fn scale(&self, v: &mut [f32], slope: &[f32]) {
        vector(
            self.arch,
            #[inline(always)]
            || {
                for (v, s) in v.iter_mut().zip(slope) {
                    *v *= s;
                }
            },
        );
    }
}

/// How far a gradient is from central differences of the loss, at the worst weight.
#[cfg(test)]
pub(crate) fn worst_gap(w: &mut [f32], g: &[f32], mut loss: impl FnMut(&[f32]) -> f64) -> f64 {
    let mut worst = 0.0f64;
    for i in 0..w.len() {
        let was = w[i];
        let step = 4e-3;
        let mut at = |v: f32| {
            w[i] = v;
            loss(w)
        };
        let diff = (at(was + step) - at(was - step)) / (2.0 * f64::from(step));
        w[i] = was;
        worst = worst.max((diff - f64::from(g[i])).abs());
    }
    worst
}
