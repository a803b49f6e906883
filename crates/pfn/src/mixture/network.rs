//! The transformer: its shape, the forward pass over a ragged batch of curves, and its loss.
//!
//! One token per point, made from its features by two linear layers. Pre-LayerNorm blocks; every token attends to seen points
//! of its curve, queries to nothing else, so that an answer does not depend on what else is asked. The head gives every query
//! a mixture of normals. Tokens are ordered all contexts first, then all queries, so that the last block is evaluated for
//! queries only.
//!
//! A causal network's seen points attend to themselves and to those before them, and each of its queries to the first few of
//! them: one pass answers for every beginning of a curve, and a new point leaves what is known of the others as it is.

mod backward;
mod kept;

use std::ops::Range;

use curves::vector::Arch;
use curves::vector::vector;
use serde::{Deserialize, Serialize};

use nets::product::{Mat, matmul};
use nets::{Real, kernels as math};

pub(crate) use self::kept::Cache;

/// The shape of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Width of a token; a multiple of `heads`.
    pub width: usize,
    /// Blocks.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// Normals in the mixture that answers.
    pub normals: usize,
    /// Numbers that a token is made from.
    #[serde(default = "alone")]
    pub inputs: usize,
    /// Do seen points attend only to themselves and to those before them?
    #[serde(default)]
    pub causal: bool,
}

/// The tokens of a curve alone under its schedule: what networks had before a card said how many numbers a token has.
fn alone() -> usize {
    super::frame::FEATURES
}

impl Shape {
    /// What is wrong with it, if anything.
    pub fn check(&self) -> Result<(), String> {
        let Self { width, layers, heads, normals, inputs, .. } = *self;
        let positive = width > 0 && layers > 0 && heads > 0 && normals > 0 && inputs > 0;
        if !positive || width % heads != 0 || width > 2048 || layers > 32 || normals > 64 || inputs > 256 {
            return Err(format!(
                "a network of width {width}, {layers} layers, {heads} heads, {normals} normals and {inputs} inputs cannot be built: all must be positive, width a multiple of heads and at most 2048, layers at most 32, normals at most 64, inputs at most 256"
            ));
        }
        Ok(())
    }
}

struct LayerAt {
    g1: Range<usize>,
    n1: Range<usize>,
    wq: Range<usize>,
    bq: Range<usize>,
    wkv: Range<usize>,
    bkv: Range<usize>,
    wo: Range<usize>,
    bo: Range<usize>,
    g2: Range<usize>,
    n2: Range<usize>,
    w1: Range<usize>,
    b1: Range<usize>,
    w2: Range<usize>,
    b2: Range<usize>,
}

/// Where every tensor lies in the flat vector of parameters; matrices are row-major, outputs × inputs.
pub(crate) struct Layout {
    we: Range<usize>,
    be: Range<usize>,
    wf: Range<usize>,
    bf: Range<usize>,
    layers: Vec<LayerAt>,
    gn: Range<usize>,
    nn: Range<usize>,
    wh: Range<usize>,
    bh: Range<usize>,
    wl: Range<usize>,
    bl: Range<usize>,
    /// Name, shape and place of every tensor, in order.
    pub tensors: Vec<(String, Vec<usize>, Range<usize>)>,
}

impl Layout {
    fn new(s: &Shape) -> Self {
        let (d, h) = (s.width, 2 * s.width);
        let (mut tensors, mut end) = (Vec::new(), 0);
        let mut take = |name: String, shape: &[usize]| {
            let at = end..end + shape.iter().product::<usize>();
            end = at.end;
            tensors.push((name, shape.to_vec(), at.clone()));
            at
        };
        let we = take("token.in.weight".into(), &[d, s.inputs]);
        let be = take("token.in.bias".into(), &[d]);
        let wf = take("token.out.weight".into(), &[d, d]);
        let bf = take("token.out.bias".into(), &[d]);
        let layers = (0..s.layers)
            .map(|l| {
                let mut t = |name: &str, shape: &[usize]| take(format!("layers.{l}.{name}"), shape);
                LayerAt {
                    g1: t("norm1.weight", &[d]),
                    n1: t("norm1.bias", &[d]),
                    wq: t("attention.query.weight", &[d, d]),
                    bq: t("attention.query.bias", &[d]),
                    wkv: t("attention.keys.weight", &[2 * d, d]),
                    bkv: t("attention.keys.bias", &[2 * d]),
                    wo: t("attention.out.weight", &[d, d]),
                    bo: t("attention.out.bias", &[d]),
                    g2: t("norm2.weight", &[d]),
                    n2: t("norm2.bias", &[d]),
                    w1: t("feed.in.weight", &[h, d]),
                    b1: t("feed.in.bias", &[h]),
                    w2: t("feed.out.weight", &[d, h]),
                    b2: t("feed.out.bias", &[d]),
                }
            })
            .collect();
        let gn = take("norm.weight".into(), &[d]);
        let nn = take("norm.bias".into(), &[d]);
        let wh = take("head.hidden.weight".into(), &[d, d]);
        let bh = take("head.hidden.bias".into(), &[d]);
        let wl = take("head.out.weight".into(), &[3 * s.normals, d]);
        let bl = take("head.out.bias".into(), &[3 * s.normals]);
        Self { we, be, wf, bf, layers, gn, nn, wh, bh, wl, bl, tensors }
    }

    /// How many parameters there are.
    pub fn len(&self) -> usize {
        self.bl.end
    }
}

/// One ragged batch: `context[i]` points seen and `query[i]` points asked of curve `i`, a row of features each, contexts of
/// all curves first.
#[derive(Default)]
pub(crate) struct Batch {
    pub context: Vec<usize>,
    pub query: Vec<usize>,
    pub tokens: Vec<f32>,
    /// Of a causal network: how many of its curve's seen points each query is told, at least one.
    pub prefix: Vec<usize>,
}

impl Batch {
    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.context.clear();
        self.query.clear();
        self.tokens.clear();
        self.prefix.clear();
    }
}

#[derive(Default)]
struct Block {
    hat1: Vec<f32>,
    inv1: Vec<f32>,
    a: Vec<f32>,
    q: Vec<f32>,
    kv: Vec<f32>,
    p: Vec<f32>,
    o: Vec<f32>,
    mid: Vec<f32>,
    hat2: Vec<f32>,
    inv2: Vec<f32>,
    b: Vec<f32>,
    h: Vec<f32>,
    slope: Vec<f32>,
    out: Vec<f32>,
}

/// Every buffer a pass needs, kept between passes.
#[derive(Default)]
pub(crate) struct Arena {
    embed: Vec<f32>,
    embed_slope: Vec<f32>,
    input: Vec<f32>,
    blocks: Vec<Block>,
    hat: Vec<f32>,
    inv: Vec<f32>,
    top: Vec<f32>,
    head: Vec<f32>,
    head_slope: Vec<f32>,
    /// Raw outputs of every query, `3 normals` each; after `loss` their gradient.
    pub raw: Vec<f32>,
    d: Vec<f32>,
    d_mid: Vec<f32>,
    dh: Vec<f32>,
    dq: Vec<f32>,
    dkv: Vec<f32>,
    dp: Vec<f32>,
    d_in: Vec<f32>,
}

fn size(v: &mut Vec<f32>, n: usize) -> &mut [f32] {
    if v.len() < n {
        v.resize(n, 0.0);
    }
    &mut v[..n]
}

/// Logarithms of standard deviations lie between −7.5 and 4.5, softly.
fn ln_sd(raw: f64) -> f64 {
    6.0 * (raw / 6.0).tanh() - 1.5
}

/// One normal of a mixture, in the units of the network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub weight: f64,
    pub mean: f64,
    pub sd: f64,
}

/// The network's shape with the place of every tensor.
pub(crate) struct Network {
    pub shape: Shape,
    pub layout: Layout,
    arch: Arch,
}

/// The rows of one curve, and where its attention weights begin.
struct Span {
    context: (usize, usize),
    query: (usize, usize),
    p: usize,
    /// The number of its first query.
    asked: usize,
}

impl Network {
    pub fn new(shape: Shape) -> Self {
        Self { shape, layout: Layout::new(&shape), arch: Arch::new() }
    }

    /// Weights to begin with: each block as the identity, normals spread over a drop.
    pub fn initial(&self, mut uniform: impl FnMut() -> f32) -> Vec<f32> {
        let mut w = vec![0.0f32; self.layout.len()];
        let at = &self.layout;
        let mut fill = |w: &mut [f32], bound: f32| w.iter_mut().for_each(|v| *v = (2.0 * uniform() - 1.0) * bound);
        let d = self.shape.width as f32;
        fill(&mut w[at.we.clone()], (3.0 / self.shape.inputs as f32).sqrt());
        fill(&mut w[at.be.clone()], 0.5);
        fill(&mut w[at.wf.clone()], (3.0 / d).sqrt());
        for l in &at.layers {
            for r in [&l.wq, &l.wkv] {
                fill(&mut w[r.clone()], (1.5 / d).sqrt());
            }
            fill(&mut w[l.w1.clone()], (3.0 / d).sqrt());
            fill(&mut w[l.wo.clone()], 0.3 / d.sqrt());
            fill(&mut w[l.w2.clone()], 0.3 / d.sqrt());
            w[l.g1.clone()].fill(1.0);
            w[l.g2.clone()].fill(1.0);
        }
        w[at.gn.clone()].fill(1.0);
        fill(&mut w[at.wh.clone()], (3.0 / d).sqrt());
        fill(&mut w[at.wl.clone()], 0.1 / d.sqrt());
        let k = self.shape.normals;
        for i in 0..k {
            let share = if k > 1 { i as f32 / (k - 1) as f32 } else { 0.5 };
            w[at.bl.start + k + i] = 0.2 - share;
            w[at.bl.start + 2 * k + i] = 1.0;
        }
        w
    }

    fn spans(&self, b: &Batch, last: bool) -> (Vec<Span>, usize) {
        let total: usize = b.context.iter().sum();
        let (mut c0, mut q0, mut p0) = (0, total, 0);
        let mut spans = Vec::with_capacity(b.context.len());
        for (&c, &q) in b.context.iter().zip(&b.query) {
            spans.push(Span { context: (c0, c), query: (q0, q), p: p0, asked: q0 - total });
            c0 += c;
            q0 += q;
            p0 += self.shape.heads * c * if last { q } else { c + q };
        }
        (spans, p0)
    }

    /// Fills `arena.raw` with one row of `3 normals` outputs per query and keeps what `backward` needs.
    pub fn forward(&self, w: &[f32], b: &Batch, arena: &mut Arena) {
        let (d, h) = (self.shape.width, 2 * self.shape.width);
        let n = b.tokens.len() / self.shape.inputs;
        let nc: usize = b.context.iter().sum();
        let at = &self.layout;
        if arena.blocks.len() < self.shape.layers {
            arena.blocks.resize_with(self.shape.layers, Block::default);
        }
        self.linear(size(&mut arena.embed, n * d), &b.tokens, &w[at.we.clone()], &w[at.be.clone()], n, self.shape.inputs);
        self.gelu(&mut arena.embed[..n * d], size(&mut arena.embed_slope, n * d));
        self.linear(size(&mut arena.input, n * d), &arena.embed, &w[at.wf.clone()], &w[at.bf.clone()], n, d);
        for l in 0..self.shape.layers {
            let last = l + 1 == self.shape.layers;
            let r0 = if last { nc } else { 0 };
            let m = n - r0;
            let (before, rest) = arena.blocks.split_at_mut(l);
            let x: &[f32] = if l == 0 { &arena.input[..n * d] } else { &before[l - 1].out[..n * d] };
            let Some(z) = rest.first_mut() else { return };
            let t = &at.layers[l];
            self.norm(x, w, &t.g1, &t.n1, n, &mut z.hat1, &mut z.inv1, &mut z.a);
            self.linear(size(&mut z.q, m * d), &z.a[r0 * d..], &w[t.wq.clone()], &w[t.bq.clone()], m, d);
            self.linear(size(&mut z.kv, n * 2 * d), &z.a, &w[t.wkv.clone()], &w[t.bkv.clone()], n, d);
            self.attend(b, last, z, r0, m);
            let mid = size(&mut z.mid, m * d);
            self.linear(mid, &z.o, &w[t.wo.clone()], &w[t.bo.clone()], m, d);
            math::add(mid, &x[r0 * d..]);
            self.norm(mid, w, &t.g2, &t.n2, m, &mut z.hat2, &mut z.inv2, &mut z.b);
            self.linear(size(&mut z.h, m * h), &z.b, &w[t.w1.clone()], &w[t.b1.clone()], m, d);
            self.gelu(&mut z.h[..m * h], size(&mut z.slope, m * h));
            let out = size(&mut z.out, m * d);
            self.linear(out, &z.h, &w[t.w2.clone()], &w[t.b2.clone()], m, h);
            math::add(out, &z.mid[..m * d]);
        }
        let nq = n - nc;
        let x = &arena.blocks[self.shape.layers - 1].out[..nq * d];
        self.norm(x, w, &at.gn, &at.nn, nq, &mut arena.hat, &mut arena.inv, &mut arena.top);
        self.linear(size(&mut arena.head, nq * d), &arena.top, &w[at.wh.clone()], &w[at.bh.clone()], nq, d);
        self.gelu(&mut arena.head[..nq * d], size(&mut arena.head_slope, nq * d));
        self.linear(size(&mut arena.raw, nq * 3 * self.shape.normals), &arena.head, &w[at.wl.clone()], &w[at.bl.clone()], nq, d);
    }

    /// The mixture of one query.
    pub fn mixture(&self, raw: &[f32]) -> Vec<Part> {
        let k = self.shape.normals;
        let top = raw[..k].iter().copied().fold(f32::MIN, f32::max);
        let weights: Vec<f64> = raw[..k].iter().map(|v| f64::from(v - top).exp()).collect();
        let total: f64 = weights.iter().sum();
        (0..k).map(|i| Part { weight: weights[i] / total, mean: f64::from(raw[k + i]), sd: ln_sd(f64::from(raw[2 * k + i])).exp() }).collect()
    }

    /// Turns raw outputs into their gradient for Σ weight · NLL over all queries, and returns that sum.
    pub fn loss(&self, arena: &mut Arena, target: &[f32], weight: &[f32]) -> f64 {
        let k = self.shape.normals;
        let mut total = 0.0;
        let (mut share, mut log) = (vec![0.0f64; k], vec![0.0f64; k]);
        for ((row, &y), &w) in arena.raw.chunks_exact_mut(3 * k).zip(target).zip(weight) {
            let (y, w) = (f64::from(y), f64::from(w));
            let top = row[..k].iter().copied().fold(f32::MIN, f32::max);
            share.iter_mut().zip(&row[..k]).for_each(|(s, v)| *s = f64::from(v - top).exp());
            let norm: f64 = share.iter().sum();
            for i in 0..k {
                share[i] /= norm;
                let ls = ln_sd(f64::from(row[2 * k + i]));
                let z = (y - f64::from(row[k + i])) / ls.exp();
                log[i] = share[i].ln() - 0.5 * z * z - ls - curves::normal::LN_SQRT_2PI;
            }
            let best = log.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let density: f64 = log.iter().map(|l| (l - best).exp()).sum();
            let ln_density = best + density.ln();
            total -= w * ln_density;
            for i in 0..k {
                let r = (log[i] - ln_density).exp();
                let raw = f64::from(row[2 * k + i]);
                let sd = ln_sd(raw).exp();
                let z = (y - f64::from(row[k + i])) / sd;
                let soft = 1.0 - (raw / 6.0).tanh().powi(2);
                row[i] = (w * (share[i] - r)) as f32;
                row[k + i] = (-w * r * z / sd) as f32;
                row[2 * k + i] = (-w * r * (z * z - 1.0) * soft) as f32;
            }
        }
        total
    }

    /// `out (rows × outs) = x (rows × ins) · wᵀ + b`.
    fn linear(&self, out: &mut [f32], x: &[f32], w: &[f32], b: &[f32], rows: usize, ins: usize) {
        let outs = b.len();
        for row in out.chunks_exact_mut(outs).take(rows) {
            row.copy_from_slice(b);
        }
        if rows > 0 {
            matmul(out, outs, true, Mat::new(x, rows, ins), Mat::new(w, outs, ins).t(), 1.0);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one LayerNorm: its input, weights, rows and where the results go")]
    fn norm(&self, x: &[f32], w: &[f32], g: &Range<usize>, b: &Range<usize>, rows: usize, hat: &mut Vec<f32>, inv: &mut Vec<f32>, out: &mut Vec<f32>) {
        let n = rows * g.len();
        let (hat, inv, out) = (size(hat, n), size(inv, rows), size(out, n));
        vector(
            self.arch,
            #[inline(always)]
            || math::layer_norm(&x[..n], &w[g.clone()], &w[b.clone()], hat, inv, out),
        );
    }

    /// GELU in place, its derivative into `slope` unless that is empty.
    fn gelu(&self, v: &mut [f32], slope: &mut [f32]) {
        vector(
            self.arch,
            #[inline(always)]
            || {
                if slope.is_empty() {
                    for v in v.iter_mut() {
                        *v = Real::gelu(*v).0;
                    }
                    return;
                }
                for (v, s) in v.iter_mut().zip(slope.iter_mut()) {
                    (*v, *s) = Real::gelu(*v);
                }
            },
        );
    }

    /// Scaled dot-product attention into `z.o`, weights kept in `z.p`.
    fn attend(&self, b: &Batch, last: bool, z: &mut Block, r0: usize, m: usize) {
        let (d, heads) = (self.shape.width, self.shape.heads);
        let dh = d / heads;
        let (spans, total) = self.spans(b, last);
        let p_all = size(&mut z.p, total);
        let o = size(&mut z.o, m * d);
        let scale = 1.0 / (dh as f32).sqrt();
        for s in &spans {
            let (c0, c) = s.context;
            let mut p0 = s.p;
            for head in 0..heads {
                let k = Mat::strided(&z.kv[c0 * 2 * d + head * dh..], c, dh, 2 * d);
                let v = Mat::strided(&z.kv[c0 * 2 * d + d + head * dh..], c, dh, 2 * d);
                for (first, rows) in rows_of(s, last) {
                    let local = first - r0;
                    let p = &mut p_all[p0..p0 + rows * c];
                    matmul(p, c, false, Mat::strided(&z.q[local * d + head * dh..], rows, dh, d), k.t(), scale);
                    vector(
                        self.arch,
                        #[inline(always)]
                        || {
                            // A loop, not `for_each`: what is called through a function pointer is not vector code.
                            for (r, row) in p.chunks_exact_mut(c).enumerate() {
                                let (known, later) = row.split_at_mut(self.known(b, s, first, r));
                                math::softmax(known);
                                later.fill(0.0);
                            }
                        },
                    );
                    matmul(&mut o[local * d + head * dh..], d, false, Mat::new(p, rows, c), v, 1.0);
                    p0 += rows * c;
                }
            }
        }
    }

    /// How many seen points of its curve the row `first + r` attends to.
    #[inline(always)]
    fn known(&self, b: &Batch, s: &Span, first: usize, r: usize) -> usize {
        match (self.shape.causal, first == s.query.0) {
            (false, _) => s.context.1,
            (true, false) => r + 1,
            (true, true) => b.prefix[s.asked + r],
        }
    }
}

/// The rows of one curve that attend: contexts (not in the last block), then queries; first row and how many.
fn rows_of(s: &Span, last: bool) -> impl Iterator<Item = (usize, usize)> {
    (!last).then_some(s.context).into_iter().chain([s.query]).filter(|r| r.1 > 0)
}

#[cfg(test)]
mod tests;
