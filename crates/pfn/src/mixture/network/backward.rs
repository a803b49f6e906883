//! The backward pass.

use curves::vector::vector;
use nets::kernels as math;
use nets::product::{Mat, matmul};

use super::{Arena, Batch, Block, Network, rows_of, size};
use crate::gradients::Back;

impl Network {
    /// Adds the gradient of the loss to `g`, after `forward` and `loss` on the same batch.
    pub fn backward(&self, w: &[f32], b: &Batch, arena: &mut Arena, g: &mut [f32]) {
        let (d, h) = (self.shape.width, 2 * self.shape.width);
        let n = b.tokens.len() / self.shape.inputs;
        let nc: usize = b.context.iter().sum();
        let nq = n - nc;
        let at = &self.layout;
        let mut back = Back { arch: self.arch, w, g };
        let dh = size(&mut arena.dh, n * h);
        back.linear(&arena.raw[..nq * 3 * self.shape.normals], &arena.head, nq, d, &at.wl, &at.bl, Some((dh, false)));
        back.scale(&mut dh[..nq * d], &arena.head_slope);
        let d_top = size(&mut arena.d, n * d);
        back.linear(&dh[..nq * d], &arena.top, nq, d, &at.wh, &at.bh, Some((d_top, false)));
        back.norm(&mut d_top[..nq * d], &at.gn, &at.nn, &arena.hat, &arena.inv);
        for l in (0..self.shape.layers).rev() {
            let last = l + 1 == self.shape.layers;
            let r0 = if last { nc } else { 0 };
            let m = n - r0;
            let z = &arena.blocks[l];
            let t = &at.layers[l];
            // arena.d holds d loss / d out, `m` rows.
            let d_out = &mut arena.d[..m * d];
            let dh = &mut arena.dh[..m * h];
            back.linear(d_out, &z.h, m, h, &t.w2, &t.b2, Some((dh, false)));
            back.scale(dh, &z.slope);
            let d_mid = size(&mut arena.d_mid, m * d);
            back.linear(dh, &z.b, m, d, &t.w1, &t.b1, Some((d_mid, false)));
            back.norm(d_mid, &t.g2, &t.n2, &z.hat2, &z.inv2);
            math::add(d_mid, d_out);
            let d_o = d_out;
            back.linear(d_mid, &z.o, m, d, &t.wo, &t.bo, Some((d_o, false)));
            let (dq, dkv) = (size(&mut arena.dq, m * d), size(&mut arena.dkv, n * 2 * d));
            dkv.fill(0.0);
            self.attend_back(b, last, z, r0, d_o, dq, dkv, &mut arena.dp);
            let d_in = size(&mut arena.d_in, n * d);
            back.linear(dkv, &z.a, n, d, &t.wkv, &t.bkv, Some((d_in, false)));
            back.linear(dq, &z.a[r0 * d..], m, d, &t.wq, &t.bq, Some((&mut d_in[r0 * d..], true)));
            back.norm(d_in, &t.g1, &t.n1, &z.hat1, &z.inv1);
            math::add(&mut d_in[r0 * d..], d_mid);
            std::mem::swap(&mut arena.d, &mut arena.d_in);
        }
        let dh = &mut arena.dh[..n * d];
        back.linear(&arena.d[..n * d], &arena.embed, n, d, &at.wf, &at.bf, Some((dh, false)));
        back.scale(dh, &arena.embed_slope);
        back.linear(dh, &b.tokens, n, self.shape.inputs, &at.we, &at.be, None);
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
