//! The transformer: the forward pass over a ragged batch of curves, and its loss.
//!
//! One token per point. A context token is Wx x̃ + Wy ỹ, a query token Wx x̃ alone; x̃ and ỹ are
//! centred and scaled to unit variance of a uniform. Every token attends to all context tokens of
//! its curve and to itself; queries never see each other. Post-LayerNorm encoder, GELU, head
//! Linear–GELU–Linear to the histogram's logits (LC-PFN §3.2 and its code).
//!
//! Tokens are ordered all contexts first, then all queries, so that no mask is needed, the head runs
//! on contiguous rows, and the last layer is evaluated for queries only.

mod backward;

use curves::vector::Arch;
use curves::vector::vector;

use crate::config::{Config, Layout};
use nets::product::{Mat, matmul};
use nets::{Real, kernels as math};

/// One ragged batch: `context[i]` points seen and `query[i]` points asked of curve `i`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    pub context: Vec<usize>,
    pub query: Vec<usize>,
    /// Resource of every token, contexts of all curves first, then queries.
    pub x: Vec<f32>,
    /// Value of every context token.
    pub y: Vec<f32>,
}

impl Batch {
    pub fn clear(&mut self) {
        self.context.clear();
        self.query.clear();
        self.x.clear();
        self.y.clear();
    }
}

/// 1/√(1/12): the standard deviation of a uniform, undone.
const UNIT: f32 = 3.464_101_6;

#[derive(Default)]
struct LayerBuffers {
    q: Vec<f32>,
    kv: Vec<f32>,
    p: Vec<f32>,
    o: Vec<f32>,
    hat1: Vec<f32>,
    inv1: Vec<f32>,
    a: Vec<f32>,
    slope: Vec<f32>,
    h: Vec<f32>,
    hat2: Vec<f32>,
    inv2: Vec<f32>,
    out: Vec<f32>,
}

/// Every buffer a pass needs, kept between passes so that a pass allocates nothing once warm.
#[derive(Default)]
pub(crate) struct Arena {
    input: Vec<f32>,
    layers: Vec<LayerBuffers>,
    tmp: Vec<f32>,
    head: Vec<f32>,
    head_slope: Vec<f32>,
    /// Logits of every query, one row each; after `loss` their gradient.
    pub logits: Vec<f32>,
    d: Vec<f32>,
    da: Vec<f32>,
    dh: Vec<f32>,
    dq: Vec<f32>,
    dkv: Vec<f32>,
    dp: Vec<f32>,
    d_in: Vec<f32>,
}

fn size(v: &mut Vec<f32>, n: usize) -> &mut [f32] {
    // Growing only: a shorter batch after a longer one touches no new memory.
    if v.len() < n {
        v.resize(n, 0.0);
    }
    &mut v[..n]
}

/// A network's shape with the place of every tensor.
pub(crate) struct Network {
    pub config: Config,
    pub layout: Layout,
    arch: Arch,
}

/// Where the rows of one curve are, and its attention weights in `p`.
struct Span {
    context: (usize, usize),
    query: (usize, usize),
    p: usize,
}

impl Network {
    pub fn new(config: Config) -> Self {
        Self { config, layout: Layout::new(&config), arch: Arch::new() }
    }

    /// Attention weights per head: context rows see `c` keys, query rows `c` and themselves; rows are `c + 1` wide.
    fn spans(&self, b: &Batch, last: bool) -> (Vec<Span>, usize) {
        let total: usize = b.context.iter().sum();
        let (mut c0, mut q0, mut p0) = (0, total, 0);
        let mut spans = Vec::with_capacity(b.context.len());
        for (&c, &q) in b.context.iter().zip(&b.query) {
            spans.push(Span { context: (c0, c), query: (q0, q), p: p0 });
            let rows = if last { q } else { c + q };
            c0 += c;
            q0 += q;
            p0 += self.config.heads * rows * (c + 1);
        }
        (spans, p0)
    }

    /// Fills `arena.logits` with one row of `bins` logits per query; with `learning` also what `backward` needs.
    pub fn forward(&self, w: &[f32], b: &Batch, arena: &mut Arena, learning: bool) {
        let (d, h, bins) = (self.config.width, self.config.hidden(), self.config.bins);
        let (n, nc) = (b.x.len(), b.y.len());
        let at = &self.layout;
        if arena.layers.len() < self.config.layers {
            arena.layers.resize_with(self.config.layers, LayerBuffers::default);
        }
        let steps = (self.config.horizon + 1) as f32;
        vector(
            self.arch,
            #[inline(always)]
            || {
                let rows = size(&mut arena.input, n * d).chunks_exact_mut(d);
                for (i, row) in rows.enumerate() {
                    let x = (b.x[i] / steps - 0.5) * UNIT;
                    for ((o, wx), bx) in row.iter_mut().zip(&w[at.wx.clone()]).zip(&w[at.bx.clone()]) {
                        *o = wx.mul_add(x, *bx);
                    }
                    if i < nc {
                        let y = (b.y[i] - 0.5) * UNIT;
                        for ((o, wy), by) in row.iter_mut().zip(&w[at.wy.clone()]).zip(&w[at.by.clone()]) {
                            *o += wy.mul_add(y, *by);
                        }
                    }
                }
            },
        );
        for l in 0..self.config.layers {
            let last = l + 1 == self.config.layers;
            let r0 = if last { nc } else { 0 };
            let m = n - r0;
            let (before, rest) = arena.layers.split_at_mut(l);
            let x: &[f32] = if l == 0 { &arena.input[..n * d] } else { &before[l - 1].out[..n * d] };
            let Some(z) = rest.first_mut() else { return };
            let t = &at.layers[l];
            let (wq, wkv) = w[t.wqkv.clone()].split_at(d * d);
            let (bq, bkv) = w[t.bqkv.clone()].split_at(d);
            self.linear(size(&mut z.q, m * d), &x[r0 * d..], wq, bq, m, d, d);
            self.linear(size(&mut z.kv, n * 2 * d), x, wkv, bkv, n, d, 2 * d);
            self.attend(b, last, z, r0, m);
            let tmp = size(&mut arena.tmp, m * d);
            self.linear(tmp, &z.o, &w[t.wo.clone()], &w[t.bo.clone()], m, d, d);
            vector(
                self.arch,
                #[inline(always)]
                || {
                    math::add(tmp, &x[r0 * d..]);
                    let (hat, inv, out) = (size(&mut z.hat1, m * d), size(&mut z.inv1, m), size(&mut z.a, m * d));
                    math::layer_norm(tmp, &w[t.g1.clone()], &w[t.n1.clone()], hat, inv, out);
                },
            );
            self.linear(size(&mut z.h, m * h), &z.a, &w[t.w1.clone()], &w[t.b1.clone()], m, d, h);
            self.gelu(&mut z.h[..m * h], size(&mut z.slope, if learning { m * h } else { 0 }));
            self.linear(tmp, &z.h, &w[t.w2.clone()], &w[t.b2.clone()], m, h, d);
            vector(
                self.arch,
                #[inline(always)]
                || {
                    math::add(tmp, &z.a);
                    let (hat, inv, out) = (size(&mut z.hat2, m * d), size(&mut z.inv2, m), size(&mut z.out, m * d));
                    math::layer_norm(tmp, &w[t.g2.clone()], &w[t.n2.clone()], hat, inv, out);
                },
            );
        }
        let nq = n - nc;
        let top = &arena.layers[self.config.layers - 1].out;
        self.linear(size(&mut arena.head, nq * h), top, &w[at.wh.clone()], &w[at.bh.clone()], nq, d, h);
        self.gelu(&mut arena.head[..nq * h], size(&mut arena.head_slope, if learning { nq * h } else { 0 }));
        self.linear(size(&mut arena.logits, nq * bins), &arena.head, &w[at.wl.clone()], &w[at.bl.clone()], nq, h, bins);
    }

    /// `out (rows × outs) = x (rows × ins) · wᵀ + b`.
    #[expect(clippy::too_many_arguments, reason = "one linear layer: where it goes, its input, weight, bias and three sizes")]
    fn linear(&self, out: &mut [f32], x: &[f32], w: &[f32], b: &[f32], rows: usize, ins: usize, outs: usize) {
        for row in out.chunks_exact_mut(outs).take(rows) {
            row.copy_from_slice(b);
        }
        matmul(out, outs, true, Mat::new(x, rows, ins), Mat::new(w, outs, ins).t(), 1.0);
    }

    /// GELU in place, its derivative into `slope` unless that is empty.
    fn gelu(&self, v: &mut [f32], slope: &mut [f32]) {
        vector(
            self.arch,
            #[inline(always)]
            || {
                if slope.is_empty() {
                    v.iter_mut().for_each(|v| *v = Real::gelu(*v).0);
                    return;
                }
                for (v, s) in v.iter_mut().zip(slope.iter_mut()) {
                    (*v, *s) = Real::gelu(*v);
                }
            },
        );
    }

    /// Scaled dot-product attention into `z.o`, weights kept in `z.p`.
    fn attend(&self, b: &Batch, last: bool, z: &mut LayerBuffers, r0: usize, m: usize) {
        let (d, heads) = (self.config.width, self.config.heads);
        let dh = d / heads;
        let (spans, total) = self.spans(b, last);
        let p_all = size(&mut z.p, total);
        let o = size(&mut z.o, m * d);
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
                    let p = &mut p_all[p0..p0 + rows * width];
                    matmul(p, width, false, Mat::strided(&z.q[local * d + head * dh..], rows, dh, d), k.t(), scale);
                    let (qs, kv) = (&z.q, &z.kv);
                    vector(
                        self.arch,
                        #[inline(always)]
                        || {
                            for (r, row) in p.chunks_exact_mut(width).enumerate() {
                                let own = (first + r) * 2 * d + head * dh;
                                row[c] = if is_query {
                                    let q = &qs[(local + r) * d + head * dh..][..dh];
                                    scale * math::dot(q, &kv[own..own + dh])
                                } else {
                                    f32::NEG_INFINITY
                                };
                                math::softmax(row);
                            }
                        },
                    );
                    let dst = &mut o[local * d + head * dh..];
                    matmul(dst, d, false, Mat::strided(p, rows, c, width), v, 1.0);
                    if is_query {
                        vector(
                            self.arch,
                            #[inline(always)]
                            || {
                                for (r, row) in p.chunks_exact(width).enumerate() {
                                    let own = (first + r) * 2 * d + d + head * dh;
                                    math::axpy(&mut dst[r * d..r * d + dh], row[c], &kv[own..own + dh]);
                                }
                            },
                        );
                    }
                    p0 += rows * width;
                }
            }
        }
    }

    /// Turns logits into their gradient for `Σ weight · NLL` and returns that sum with the density's constant left out.
    ///
    /// `target` and `weight` hold one entry per query.
    pub fn loss(&self, arena: &mut Arena, target: &[u32], weight: &[f32]) -> f64 {
        let bins = self.config.bins;
        let mut total = 0.0;
        vector(
            self.arch,
            #[inline(always)]
            || {
                for ((row, &t), &w) in arena.logits.chunks_exact_mut(bins).zip(target).zip(weight) {
                    let picked = f64::from(row[t as usize]);
                    let (top, norm) = math::softmax(row);
                    total += f64::from(w) * (f64::from(top) + f64::from(norm).ln() - picked);
                    for v in row.iter_mut() {
                        *v *= w;
                    }
                    row[t as usize] -= w;
                }
            },
        );
        total
    }

    /// Probabilities in place of logits.
    pub fn probabilities(&self, logits: &mut [f32]) {
        vector(
            self.arch,
            #[inline(always)]
            || {
                for row in logits.chunks_exact_mut(self.config.bins) {
                    math::softmax(row);
                }
            },
        );
    }
}

/// The blocks of rows of one curve that attend: contexts (not in the last layer), then queries.
fn blocks(s: &Span, last: bool) -> impl Iterator<Item = (usize, usize, bool)> {
    let context = (!last).then_some((s.context.0, s.context.1, false));
    context.into_iter().chain([(s.query.0, s.query.1, true)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradients::worst_gap;
    use rand::{RngExt, SeedableRng};

    fn example(heads: usize) -> (Network, Vec<f32>, Batch, Vec<u32>, Vec<f32>) {
        let net = Network::new(Config { width: 8, layers: 2, heads, bins: 5, horizon: 20 });
        let mut rng = rand_pcg::Pcg64::seed_from_u64(1);
        let w = (0..net.layout.len()).map(|_| rng.random::<f32>() - 0.5).collect();
        let b = Batch { context: vec![3, 1], query: vec![2, 4], x: (0..10).map(|i| (i % 7 + 1) as f32).collect(), y: vec![0.1, 0.4, 0.5, 0.9] };
        (net, w, b, vec![0, 1, 2, 3, 4, 2], vec![0.3, 0.2, 0.1, 0.1, 0.2, 0.1])
    }

    #[test]
    fn backward_is_the_derivative_of_forward() {
        for heads in [1, 2] {
            let (net, mut w, b, target, weight) = example(heads);
            let mut arena = Arena::default();
            let mut g = vec![0.0; w.len()];
            net.forward(&w, &b, &mut arena, true);
            net.loss(&mut arena, &target, &weight);
            net.backward(&w, &b, &mut arena, &mut g);
            let worst = worst_gap(&mut w, &g, |w| {
                net.forward(w, &b, &mut arena, true);
                net.loss(&mut arena, &target, &weight)
            });
            // Central differences in f32: truncation and rounding leave about 1e-4 on gradients of order 0.1.
            assert!(worst < 5e-4, "{heads} heads: {worst}");
        }
    }

    #[test]
    fn a_curve_does_not_see_its_neighbours_nor_a_query_its_siblings() {
        let (net, w, b, ..) = example(2);
        let mut arena = Arena::default();
        net.forward(&w, &b, &mut arena, true);
        let both = arena.logits[..5].to_vec();
        let alone = Batch { context: vec![3], query: vec![1], x: vec![b.x[0], b.x[1], b.x[2], b.x[4]], y: b.y[..3].to_vec() };
        net.forward(&w, &alone, &mut arena, true);
        for (a, b) in both.iter().zip(&arena.logits[..5]) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}
