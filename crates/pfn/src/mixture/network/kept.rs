//! Passes that keep what was seen: one more point costs one token, and questions pass in groups of one size.

use curves::vector::vector;
use nets::kernels as math;

use super::{Arena, Batch, Network, size};

/// Questions that pass together.
const GROUP: usize = 16;

/// What a network keeps of the points seen: keys and values of every block, and buffers for a few rows.
pub(crate) struct Cache {
    /// Of every block: a row of keys and values a point.
    kv: Vec<Vec<f32>>,
    points: usize,
    rows: Rows,
}

/// Buffers of a few rows that pass through the network.
#[derive(Default)]
struct Rows {
    x: Vec<f32>,
    a: Vec<f32>,
    q: Vec<f32>,
    kv: Vec<f32>,
    p: Vec<f32>,
    o: Vec<f32>,
    h: Vec<f32>,
    hat: Vec<f32>,
    inv: Vec<f32>,
    raw: Vec<f32>,
}

impl Cache {
    /// How many points have been seen.
    pub fn len(&self) -> usize {
        self.points
    }
}

/// Passes that keep what was seen.
impl Network {
    /// Nothing seen yet; there is room for `points` points before memory is asked for again.
    pub fn cache(&self, points: usize) -> Cache {
        let room = || Vec::with_capacity(points * 2 * self.shape.width);
        Cache { kv: (0..self.shape.layers).map(|_| room()).collect(), points: 0, rows: Rows::default() }
    }

    /// Takes in the token of one more point.
    pub fn extend(&self, w: &[f32], token: &[f32], cache: &mut Cache) {
        self.pass(w, token, cache, true);
        cache.points += 1;
    }

    /// The raw outputs for the tokens of one group of questions.
    fn ask<'c>(&self, w: &[f32], tokens: &[f32], cache: &'c mut Cache) -> &'c [f32] {
        self.pass(w, tokens, cache, false);
        let m = tokens.len() / self.shape.inputs;
        let (d, outs, at) = (self.shape.width, 3 * self.shape.normals, &self.layout);
        let r = &mut cache.rows;
        self.norm(&r.x, w, &at.gn, &at.nn, m, &mut r.hat, &mut r.inv, &mut r.a);
        self.few(size(&mut r.h, m * d), &r.a, &w[at.wh.clone()], &w[at.bh.clone()], m, d);
        self.gelu(&mut r.h[..m * d], &mut []);
        self.few(size(&mut r.raw, m * outs), &r.h, &w[at.wl.clone()], &w[at.bl.clone()], m, d);
        &r.raw[..m * outs]
    }

    /// The raw outputs for every question about one curve, from the tokens of what is seen and of what is asked.
    ///
    /// What is seen passes once; questions then pass in groups of one size, filled up where there are fewer, so that the bytes of an answer do
    /// not depend on what else is asked.
    pub fn answers(&self, w: &[f32], seen: &[f32], asked: &[f32], arena: &mut Arena) -> Vec<f32> {
        let d = self.shape.width;
        let points = seen.len() / self.shape.inputs;
        let batch = Batch { context: vec![points], query: vec![0], tokens: seen.to_vec(), prefix: Vec::new() };
        self.forward(w, &batch, arena);
        let kv = arena.blocks.iter().take(self.shape.layers).map(|z| z.kv[..points * 2 * d].to_vec()).collect();
        self.grouped(w, asked, &mut Cache { kv, points, rows: Rows::default() })
    }

    /// The raw outputs for questions about what has been seen, in groups of one size.
    pub fn grouped(&self, w: &[f32], asked: &[f32], cache: &mut Cache) -> Vec<f32> {
        let (inputs, outs) = (self.shape.inputs, 3 * self.shape.normals);
        let mut raw = Vec::with_capacity(asked.len() / inputs * outs);
        let mut group = vec![0.0; GROUP * inputs];
        for tokens in asked.chunks(GROUP * inputs) {
            group[..tokens.len()].copy_from_slice(tokens);
            raw.extend_from_slice(&self.ask(w, &group, cache)[..tokens.len() / inputs * outs]);
        }
        raw
    }

    fn pass(&self, w: &[f32], tokens: &[f32], cache: &mut Cache, seen: bool) {
        let (d, h, at) = (self.shape.width, 2 * self.shape.width, &self.layout);
        let (m, dh) = (tokens.len() / self.shape.inputs, d / self.shape.heads);
        let scale = 1.0 / (dh as f32).sqrt();
        let r = &mut cache.rows;
        self.few(size(&mut r.h, m * d), tokens, &w[at.we.clone()], &w[at.be.clone()], m, self.shape.inputs);
        self.gelu(&mut r.h[..m * d], &mut []);
        self.few(size(&mut r.x, m * d), &r.h, &w[at.wf.clone()], &w[at.bf.clone()], m, d);
        for (l, (t, kept)) in at.layers.iter().zip(&mut cache.kv).enumerate() {
            self.norm(&r.x, w, &t.g1, &t.n1, m, &mut r.hat, &mut r.inv, &mut r.a);
            if seen {
                self.few(size(&mut r.kv, m * 2 * d), &r.a, &w[t.wkv.clone()], &w[t.bkv.clone()], m, d);
                kept.extend_from_slice(&r.kv[..m * 2 * d]);
                // Nothing above the last block looks at a seen point.
                if l + 1 == self.shape.layers {
                    return;
                }
            }
            self.few(size(&mut r.q, m * d), &r.a, &w[t.wq.clone()], &w[t.bq.clone()], m, d);
            let (q, o, n) = (&r.q, size(&mut r.o, m * d), kept.len() / (2 * d));
            let p = size(&mut r.p, n);
            vector(
                self.arch,
                #[inline(always)]
                || {
                    for (q, o) in q.chunks_exact(dh).zip(o.chunks_exact_mut(dh)).enumerate().map(|(k, (q, o))| ((k % self.shape.heads, q), o)) {
                        let (head, q) = q;
                        for (p, kv) in p.iter_mut().zip(kept.chunks_exact(2 * d)) {
                            *p = scale * math::dot(q, &kv[head * dh..][..dh]);
                        }
                        math::softmax(p);
                        o.fill(0.0);
                        for (p, kv) in p.iter().zip(kept.chunks_exact(2 * d)) {
                            for (o, v) in o.iter_mut().zip(&kv[d + head * dh..][..dh]) {
                                *o = p.mul_add(*v, *o);
                            }
                        }
                    }
                },
            );
            self.few(size(&mut r.a, m * d), &r.o, &w[t.wo.clone()], &w[t.bo.clone()], m, d);
            math::add(&mut r.x[..m * d], &r.a[..m * d]);
            self.norm(&r.x, w, &t.g2, &t.n2, m, &mut r.hat, &mut r.inv, &mut r.a);
            self.few(size(&mut r.h, m * h), &r.a, &w[t.w1.clone()], &w[t.b1.clone()], m, d);
            self.gelu(&mut r.h[..m * h], &mut []);
            self.few(size(&mut r.a, m * d), &r.h, &w[t.w2.clone()], &w[t.b2.clone()], m, h);
            math::add(&mut r.x[..m * d], &r.a[..m * d]);
        }
    }

    /// `linear` for a few rows: a product of a matrix and one row is a row of dot products, and packs nothing.
    fn few(&self, out: &mut [f32], x: &[f32], w: &[f32], b: &[f32], rows: usize, ins: usize) {
        if rows > 3 {
            return self.linear(out, x, w, b, rows, ins);
        }
        vector(
            self.arch,
            #[inline(always)]
            || {
                for (out, x) in out.chunks_exact_mut(b.len()).zip(x.chunks_exact(ins)) {
                    for ((o, w), b) in out.iter_mut().zip(w.chunks_exact(ins)).zip(b) {
                        *o = b + math::dot(w, x);
                    }
                }
            },
        );
    }
}
