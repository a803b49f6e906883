//! The backward pass.

use std::ops::Range;

use curves::vector::vector;
use nets::kernels as math;
use nets::product::{Mat, matmul};

use super::{Arena, Batch, Block, Network, rows_of, size};

impl Network {
    /// Adds the gradient of the loss to `g`, after `forward` and `loss` on the same batch.
    pub fn backward(&self, w: &[f32], b: &Batch, arena: &mut Arena, g: &mut [f32]) {
        let (d, h) = (self.shape.width, 2 * self.shape.width);
        let n = b.tokens.len() / self.shape.inputs;
        let nc: usize = b.context.iter().sum();
        let nq = n - nc;
        let at = &self.layout;
        let dh = size(&mut arena.dh, n * h);
        self.linear_back(&arena.raw[..nq * 3 * self.shape.normals], &arena.head, w, nq, d, g, &at.wl, &at.bl, Some((dh, false)));
        self.scale_by(&mut dh[..nq * d], &arena.head_slope);
        let d_top = size(&mut arena.d, n * d);
        self.linear_back(&dh[..nq * d], &arena.top, w, nq, d, g, &at.wh, &at.bh, Some((d_top, false)));
        self.norm_back(&mut d_top[..nq * d], w, g, &at.gn, &at.nn, &arena.hat, &arena.inv);
        for l in (0..self.shape.layers).rev() {
            let last = l + 1 == self.shape.layers;
            let r0 = if last { nc } else { 0 };
            let m = n - r0;
            let z = &arena.blocks[l];
            let t = &at.layers[l];
            // arena.d holds d loss / d out, `m` rows.
            let d_out = &mut arena.d[..m * d];
            let dh = &mut arena.dh[..m * h];
            self.linear_back(d_out, &z.h, w, m, h, g, &t.w2, &t.b2, Some((dh, false)));
            self.scale_by(dh, &z.slope);
            let d_mid = size(&mut arena.d_mid, m * d);
            self.linear_back(dh, &z.b, w, m, d, g, &t.w1, &t.b1, Some((d_mid, false)));
            self.norm_back(d_mid, w, g, &t.g2, &t.n2, &z.hat2, &z.inv2);
            math::add(d_mid, d_out);
            let d_o = d_out;
            self.linear_back(d_mid, &z.o, w, m, d, g, &t.wo, &t.bo, Some((d_o, false)));
            let (dq, dkv) = (size(&mut arena.dq, m * d), size(&mut arena.dkv, n * 2 * d));
            dkv.fill(0.0);
            self.attend_back(b, last, z, r0, d_o, dq, dkv, &mut arena.dp);
            let d_in = size(&mut arena.d_in, n * d);
            self.linear_back(dkv, &z.a, w, n, d, g, &t.wkv, &t.bkv, Some((d_in, false)));
            self.linear_back(dq, &z.a[r0 * d..], w, m, d, g, &t.wq, &t.bq, Some((&mut d_in[r0 * d..], true)));
            self.norm_back(d_in, w, g, &t.g1, &t.n1, &z.hat1, &z.inv1);
            math::add(&mut d_in[r0 * d..], d_mid);
            std::mem::swap(&mut arena.d, &mut arena.d_in);
        }
        let dh = &mut arena.dh[..n * d];
        self.linear_back(&arena.d[..n * d], &arena.embed, w, n, d, g, &at.wf, &at.bf, Some((dh, false)));
        self.scale_by(dh, &arena.embed_slope);
        self.linear_back(dh, &b.tokens, w, n, self.shape.inputs, g, &at.we, &at.be, None);
    }

    #[expect(clippy::too_many_arguments, reason = "one linear layer: its gradient, input, weights, sizes and where the results go")]
    fn linear_back(
        &self,
        dy: &[f32],
        x: &[f32],
        w: &[f32],
        rows: usize,
        ins: usize,
        g: &mut [f32],
        w_at: &Range<usize>,
        b_at: &Range<usize>,
        dx: Option<(&mut [f32], bool)>,
    ) {
        let outs = b_at.len();
        let dy_m = Mat::new(dy, rows, outs);
        matmul(&mut g[w_at.clone()], ins, true, dy_m.t(), Mat::new(x, rows, ins), 1.0);
        let db = &mut g[b_at.clone()];
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
            matmul(dx, ins, keep, dy_m, Mat::new(&w[w_at.clone()], outs, ins), 1.0);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one LayerNorm: its gradient, weights and what the forward pass kept")]
    fn norm_back(&self, dy: &mut [f32], w: &[f32], g: &mut [f32], g_at: &Range<usize>, b_at: &Range<usize>, hat: &[f32], inv: &[f32]) {
        let (dg, db) = g[g_at.start..b_at.end].split_at_mut(g_at.len());
        vector(
            self.arch,
            #[inline(always)]
            || math::layer_norm_back(dy, &w[g_at.clone()], hat, inv, dg, db),
        );
    }

    fn scale_by(&self, v: &mut [f32], slope: &[f32]) {
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

    #[expect(clippy::too_many_arguments, reason = "the attention of one block: what the forward pass kept, and three gradients")]
    fn attend_back(&self, b: &Batch, last: bool, z: &Block, r0: usize, d_o: &[f32], dq: &mut [f32], dkv: &mut [f32], dp: &mut Vec<f32>) {
        let (d, heads) = (self.shape.width, self.shape.heads);
        let dh = d / heads;
        let (spans, _) = self.spans(b, last);
        let scale = 1.0 / (dh as f32).sqrt();
        for s in &spans {
            let (c0, c) = s.context;
            let mut p0 = s.p;
            for head in 0..heads {
                let k = Mat::strided(&z.kv[c0 * 2 * d + head * dh..], c, dh, 2 * d);
                let v = Mat::strided(&z.kv[c0 * 2 * d + d + head * dh..], c, dh, 2 * d);
                for (first, rows) in rows_of(s, last) {
                    let local = first - r0;
                    let p = &z.p[p0..p0 + rows * c];
                    let dp = size(dp, rows * c);
                    let d_rows = Mat::strided(&d_o[local * d + head * dh..], rows, dh, d);
                    matmul(&mut dkv[c0 * 2 * d + d + head * dh..], 2 * d, true, Mat::new(p, rows, c).t(), d_rows, 1.0);
                    matmul(dp, c, false, d_rows, v.t(), 1.0);
                    vector(
                        self.arch,
                        #[inline(always)]
                        || {
                            for (dp, p) in dp.chunks_exact_mut(c).zip(p.chunks_exact(c)) {
                                let along = math::dot(p, dp);
                                for (dp, p) in dp.iter_mut().zip(p) {
                                    *dp = p * (*dp - along) * scale;
                                }
                            }
                        },
                    );
                    let ds = Mat::new(dp, rows, c);
                    matmul(&mut dq[local * d + head * dh..], d, false, ds, k, 1.0);
                    matmul(&mut dkv[c0 * 2 * d + head * dh..], 2 * d, true, ds.t(), Mat::strided(&z.q[local * d + head * dh..], rows, dh, d), 1.0);
                    p0 += rows * c;
                }
            }
        }
    }
}
