//! The backward pass: from the gradient of the logits to that of the weights.

use curves::vector::vector;

use nets::kernels::{self as math, axpy};
use nets::product::{Mat, matmul};

use super::{Arena, Batch, LayerBuffers, Network, UNIT, blocks, size};
use crate::gradients::Back;

impl Network {
    /// Adds the gradient of the loss to `g` (laid out as `w`), after `forward` and `loss` on the same batch.
    pub fn backward(&self, w: &[f32], b: &Batch, arena: &mut Arena, g: &mut [f32]) {
        let (d, h, bins) = (self.config.width, self.config.hidden(), self.config.bins);
        let (n, nc) = (b.x.len(), b.y.len());
        let nq = n - nc;
        let at = &self.layout;
        let mut back = Back { arch: self.arch, w, g };
        let top = &arena.layers[self.config.layers - 1].out;
        let dh = size(&mut arena.dh, nq.max(n) * h);
        back.linear(&arena.logits[..nq * bins], &arena.head, nq, h, &at.wl, &at.bl, Some((dh, false)));
        back.scale(&mut dh[..nq * h], &arena.head_slope);
        let d_top = size(&mut arena.d, n * d);
        back.linear(&dh[..nq * h], top, nq, d, &at.wh, &at.bh, Some((d_top, false)));
        for l in (0..self.config.layers).rev() {
            let last = l + 1 == self.config.layers;
            let r0 = if last { nc } else { 0 };
            let m = n - r0;
            let (before, rest) = arena.layers.split_at_mut(l);
            let x: &[f32] = if l == 0 { &arena.input[..n * d] } else { &before[l - 1].out[..n * d] };
            let Some(z) = rest.first_mut() else { return };
            let t = &at.layers[l];
            // arena.d holds d loss / d out, `m` rows.
            let dout = &mut arena.d[..m * d];
            back.norm(dout, &t.g2, &t.n2, &z.hat2, &z.inv2);
            let dh = &mut arena.dh[..m * h];
            back.linear(dout, &z.h, m, h, &t.w2, &t.b2, Some((dh, false)));
            back.scale(dh, &z.slope);
            let da = size(&mut arena.da, m * d);
            da.copy_from_slice(dout);
            back.linear(dh, &z.a, m, d, &t.w1, &t.b1, Some((da, true)));
            back.norm(da, &t.g1, &t.n1, &z.hat1, &z.inv1);
            // da is now the gradient of x + attention, on rows r0...
            let d_o = &mut arena.d[..m * d];
            back.linear(da, &z.o, m, d, &t.wo, &t.bo, Some((d_o, false)));
            let (dq, dkv) = (size(&mut arena.dq, m * d), size(&mut arena.dkv, n * 2 * d));
            dkv.fill(0.0);
            self.attend_back(b, last, z, r0, d_o, dq, dkv, &mut arena.dp);
            let d_in = size(&mut arena.d_in, n * d);
            d_in[..r0 * d].fill(0.0);
            d_in[r0 * d..].copy_from_slice(da);
            let (wq_at, wkv_at) = (t.wqkv.start..t.wqkv.start + d * d, t.wqkv.start + d * d..t.wqkv.end);
            let (bq_at, bkv_at) = (t.bqkv.start..t.bqkv.start + d, t.bqkv.start + d..t.bqkv.end);
            back.linear(dq, &x[r0 * d..], m, d, &wq_at, &bq_at, Some((&mut d_in[r0 * d..], true)));
            back.linear(dkv, x, n, d, &wkv_at, &bkv_at, Some((d_in, true)));
            std::mem::swap(&mut arena.d, &mut arena.d_in);
        }
        let g = back.g;
        let steps = (self.config.horizon + 1) as f32;
        vector(
            self.arch,
            #[inline(always)]
            || {
                for (i, row) in arena.d[..n * d].chunks_exact(d).enumerate() {
                    let x = (b.x[i] / steps - 0.5) * UNIT;
                    axpy(&mut g[at.wx.clone()], x, row);
                    axpy(&mut g[at.bx.clone()], 1.0, row);
                    if i < nc {
                        axpy(&mut g[at.wy.clone()], (b.y[i] - 0.5) * UNIT, row);
                        axpy(&mut g[at.by.clone()], 1.0, row);
                    }
                }
            },
        );
    }

    #[expect(clippy::too_many_arguments, reason = "the attention of one layer: what the forward pass kept, and three gradients")]
    fn attend_back(&self, b: &Batch, last: bool, z: &LayerBuffers, r0: usize, d_o: &[f32], dq: &mut [f32], dkv: &mut [f32], dp: &mut Vec<f32>) {
        let (d, heads) = (self.config.width, self.config.heads);
        let dh = d / heads;
        let (spans, _) = self.spans(b, last);
        let scale = 1.0 / (dh as f32).sqrt();
        for s in &spans {
            let (c0, c) = s.context;
            let width = c + 1;
            let mut p0 = s.p;
            for head in 0..heads {
                let k = Mat::strided(&z.kv[c0 * 2 * d + head * dh..], c, dh, 2 * d);
                let v = Mat::strided(&z.kv[c0 * 2 * d + d + head * dh..], c, dh, 2 * d);
                for (first, rows, is_query) in blocks(s, last) {
                    let local = first - r0;
                    let p = &z.p[p0..p0 + rows * width];
                    let dp = size(dp, rows * width);
                    let d_rows = Mat::strided(&d_o[local * d + head * dh..], rows, dh, d);
                    let dv = &mut dkv[c0 * 2 * d + d + head * dh..];
                    matmul(dv, 2 * d, true, Mat::strided(p, rows, c, width).t(), d_rows, 1.0);
                    matmul(dp, width, false, d_rows, v.t(), 1.0);
                    vector(
                        self.arch,
                        #[inline(always)]
                        || {
                            for r in 0..rows {
                                let (p, dp) = (&p[r * width..(r + 1) * width], &mut dp[r * width..(r + 1) * width]);
                                let d_row = &d_o[(local + r) * d + head * dh..][..dh];
                                let own = (first + r) * 2 * d + d + head * dh;
                                dp[c] = 0.0;
                                if is_query {
                                    dp[c] = math::dot(d_row, &z.kv[own..own + dh]);
                                    axpy(&mut dkv[own..own + dh], p[c], d_row);
                                }
                                let along = math::dot(p, dp);
                                for (dp, p) in dp.iter_mut().zip(p) {
                                    *dp = p * (*dp - along) * scale;
                                }
                            }
                        },
                    );
                    let ds = Mat::strided(dp, rows, c, width);
                    let q_rows = Mat::strided(&z.q[local * d + head * dh..], rows, dh, d);
                    matmul(&mut dq[local * d + head * dh..], d, false, ds, k, 1.0);
                    matmul(&mut dkv[c0 * 2 * d + head * dh..], 2 * d, true, ds.t(), q_rows, 1.0);
                    if is_query {
                        vector(
                            self.arch,
                            #[inline(always)]
                            || {
                                for r in 0..rows {
                                    let own = (first + r) * 2 * d + head * dh;
                                    let ds = dp[r * width + c];
                                    let at = (local + r) * d + head * dh;
                                    axpy(&mut dq[at..at + dh], ds, &z.kv[own..own + dh]);
                                    axpy(&mut dkv[own..own + dh], ds, &z.q[at..at + dh]);
                                }
                            },
                        );
                    }
                    p0 += rows * width;
                }
            }
        }
    }
}
