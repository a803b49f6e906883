//! Attention (Vaswani et al., arXiv 1706.03762): every row takes a weighted mean of rows of its own sequence.
//!
//! What a row may see is data, not code: how many first rows of its sequence, and whether itself. So one kernel serves
//! bidirectional, causal and prefix masks, and queries that see a part of a context (as in a prior-data fitted network).

use std::sync::Arc;

use curves::vector::vector;

use super::Linear;
use crate::product::{Mat, matmul};
use crate::{Params, Pass, Real, Var, kernels};

/// What a row of a sequence attends to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The first so many rows of its sequence.
    pub first: usize,
    /// Itself, where it is not among them.
    pub own: bool,
}

/// How the rows of a value are cut into sequences, and what each of them sees.
#[derive(Clone, Debug)]
pub struct Sequences {
    /// Where each sequence begins, and where the last one ends.
    starts: Arc<[usize]>,
    seen: Arc<[Seen]>,
}

impl Sequences {
    /// Sequences of these lengths; `sees(sequence, row)` says what a row of one attends to (clipped to its length). A row that
    /// would see nothing sees itself.
    pub fn new(lengths: &[usize], sees: impl Fn(usize, usize) -> Seen) -> Self {
        let mut starts = vec![0];
        let mut seen = Vec::new();
        for (k, &length) in lengths.iter().enumerate() {
            seen.extend((0..length).map(|row| {
                let Seen { first, own } = sees(k, row);
                Seen { first: first.min(length), own: (own || first == 0) && first <= row }
            }));
            starts.push(seen.len());
        }
        Self { starts: starts.into(), seen: seen.into() }
    }

    /// `count` sequences of one length in which every row sees all.
    pub fn all(count: usize, length: usize) -> Self {
        Self::new(&vec![length; count], |_, _| Seen { first: length, own: false })
    }

    /// `count` sequences of one length in which every row sees itself and those before it.
    pub fn causal(count: usize, length: usize) -> Self {
        Self::new(&vec![length; count], |_, row| Seen { first: row + 1, own: false })
    }

    /// The same, and every row sees the first `prefix` rows.
    pub fn prefix(count: usize, length: usize, prefix: usize) -> Self {
        Self::new(&vec![length; count], |_, row| Seen { first: prefix.max(row + 1), own: false })
    }

    /// Rows of all sequences.
    pub fn rows(&self) -> usize {
        self.seen.len()
    }

    /// Where each sequence begins, and where the last one ends.
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// Blocks of rows whose scores are computed at once: first row of the sequence, first row and number of rows of the block, keys.
    fn blocks(&self) -> impl Iterator<Item = (usize, usize, usize, usize)> + '_ {
        self.starts.windows(2).flat_map(move |w| {
            (w[0]..w[1]).step_by(BLOCK).map(move |first| {
                let rows = BLOCK.min(w[1] - first);
                let keys = self.seen[first..first + rows].iter().map(|s| s.first).max().unwrap_or(0);
                (w[0], first, rows, keys)
            })
        })
    }
}

/// Rows of a block: enough for the matrix kernel, few enough that a causal mask saves half.
const BLOCK: usize = 64;

/// Whether scores are turned into weights by a softmax, or are the weights (linear attention, Katharopoulos et al.,
/// arXiv 2006.16236, without feature map and normalisation).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// softmax(q·k/√d).
    Softmax,
    /// q·k/√d.
    Linear,
}

/// Attention with its projections: queries, keys and values from one linear layer, and one after it.
#[derive(Clone, Copy, Debug)]
pub struct Attention {
    /// width → 3 · width: queries, keys, values.
    pub project: Linear,
    /// width → width.
    pub out: Linear,
    heads: usize,
    weights: Weights,
}

impl Attention {
    /// Of `heads` heads, whose number must divide the width.
    ///
    /// # Panics
    ///
    /// A number of heads that does not: a mistake of the code that builds the network.
    pub fn new<T: Real>(params: &mut Params<T>, name: &str, width: usize, heads: usize) -> Self {
        assert!(heads > 0 && width.is_multiple_of(heads), "{heads} heads do not divide a width of {width}");
        let project = Linear::new(params, &format!("{name}.project"), width, 3 * width);
        Self { project, out: Linear::new(params, &format!("{name}.out"), width, width), heads, weights: Weights::Softmax }
    }

    /// The same without the softmax.
    pub fn linear(self) -> Self {
        Self { weights: Weights::Linear, ..self }
    }

    /// Rows × width → the same shape; the rows are those of `sequences`.
    pub fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var, sequences: &Sequences) -> Var {
        let projected = self.project.forward(pass, x);
        let attended = attend(pass, projected, self.heads, sequences, self.weights);
        self.out.forward(pass, attended)
    }
}

/// Attention itself, on rows of queries, keys and values side by side: rows × 3 width → rows × width.
///
/// # Panics
///
/// Rows that are not those of `sequences`: a mistake of the code that builds the network.
pub fn attend<T: Real>(pass: &mut Pass<'_, T>, qkv: Var, heads: usize, sequences: &Sequences, weights: Weights) -> Var {
    assert_eq!(qkv.rows, sequences.rows(), "rows of the sequences");
    let (stride, d) = (qkv.cols, qkv.cols / 3);
    let dh = d / heads;
    let scale = T::of((dh as f64).sqrt().recip());
    let total: usize = sequences.blocks().map(|(_, _, rows, keys)| heads * rows * (keys + 1)).sum();
    let (mut kept, mut out) = (pass.take(total), pass.take(qkv.rows * d));
    let from = pass.value(qkv);
    let mut p0 = 0;
    for (start, first, rows, keys) in sequences.blocks() {
        let width = keys + 1;
        for head in 0..heads {
            let part = |row: usize, which: usize, n: usize| Mat::strided(&from[row * stride + which * d + head * dh..], n, dh, stride);
            let p = &mut kept[p0..p0 + rows * width];
            matmul(p, width, false, part(first, 0, rows), part(start, 1, keys).t(), scale);
            let seen = &sequences.seen[first..first + rows];
            vector(
                pass.arch(),
                #[inline(always)]
                || {
                    for (r, (row, seen)) in p.chunks_exact_mut(width).zip(seen).enumerate() {
                        let own = &from[(first + r) * stride + head * dh..];
                        let hidden = if weights == Weights::Softmax { T::NONE } else { T::ZERO };
                        row[seen.first..].fill(hidden);
                        if seen.own {
                            row[keys] = scale * kernels::dot(&own[..dh], &own[d..d + dh]);
                        }
                        if weights == Weights::Softmax {
                            kernels::softmax(row);
                        }
                    }
                },
            );
            let to = &mut out[first * d + head * dh..];
            matmul(to, d, false, Mat::strided(p, rows, keys, width), part(start, 2, keys), T::ONE);
            for (r, _) in seen.iter().enumerate().filter(|(_, seen)| seen.own) {
                kernels::axpy(&mut to[r * d..r * d + dh], p[r * width + keys], &from[(first + r) * stride + 2 * d + head * dh..][..dh]);
            }
            p0 += rows * width;
        }
    }
    let learns = qkv.learns && pass.records();
    let y = pass.push(out, qkv.rows, d, learns);
    if !learns {
        pass.free(kept);
        return y;
    }
    let sequences = sequences.clone();
    pass.record(y, move |flow, dy| {
        let from = flow.value(qkv);
        let mut dx = flow.zeros(qkv.len());
        let mut ds = flow.take(0);
        let mut p0 = 0;
        for (start, first, rows, keys) in sequences.blocks() {
            let width = keys + 1;
            ds.resize(rows * width, T::ZERO);
            for head in 0..heads {
                let part = |row: usize, which: usize, n: usize| Mat::strided(&from[row * stride + which * d + head * dh..], n, dh, stride);
                let p = &kept[p0..p0 + rows * width];
                let dout = Mat::strided(&dy[first * d + head * dh..], rows, dh, d);
                let place = |row: usize, which: usize| row * stride + which * d + head * dh;
                matmul(&mut ds, width, false, dout, part(start, 2, keys).t(), T::ONE);
                matmul(&mut dx[place(start, 2)..], stride, true, Mat::strided(p, rows, keys, width).t(), dout, T::ONE);
                let seen = &sequences.seen[first..first + rows];
                vector(
                    flow.arch(),
                    #[inline(always)]
                    || {
                        for (r, ((ds, p), seen)) in ds.chunks_exact_mut(width).zip(p.chunks_exact(width)).zip(seen).enumerate() {
                            let g = &dy[(first + r) * d + head * dh..][..dh];
                            ds[keys] = T::ZERO;
                            if seen.own {
                                ds[keys] = kernels::dot(g, &from[place(first + r, 2)..][..dh]);
                                kernels::axpy(&mut dx[place(first + r, 2)..][..dh], p[keys], g);
                            }
                            if weights == Weights::Softmax {
                                let along = kernels::dot(ds, p);
                                for (ds, p) in ds.iter_mut().zip(p) {
                                    *ds = *p * (*ds - along);
                                }
                            } else {
                                ds[seen.first..keys].fill(T::ZERO);
                            }
                            if seen.own {
                                let by = scale * ds[keys];
                                let (q, k) = (place(first + r, 0), place(first + r, 1));
                                kernels::axpy(&mut dx[q..q + dh], by, &from[k..k + dh]);
                                kernels::axpy(&mut dx[k..k + dh], by, &from[q..q + dh]);
                            }
                        }
                    },
                );
                let ds = Mat::strided(&ds, rows, keys, width);
                matmul(&mut dx[place(first, 0)..], stride, true, ds, part(start, 1, keys), scale);
                matmul(&mut dx[place(start, 1)..], stride, true, ds.t(), part(first, 0, rows), scale);
                p0 += rows * width;
            }
        }
        flow.give(qkv, dx);
        [kept, ds, dy].into_iter().for_each(|buffer| flow.free(buffer));
    });
    y
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{check, sample};
    use crate::{Arena, Mode};
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    fn masks() -> [Sequences; 5] {
        [
            Sequences::all(2, 3),
            Sequences::causal(2, 3),
            Sequences::prefix(2, 3, 2),
            // Three points of context, three queries that see one, two and three of them, and themselves.
            Sequences::new(&[6], |_, row| if row < 3 { Seen { first: row + 1, own: false } } else { Seen { first: row - 2, own: true } }),
            // The first sees nothing but itself.
            Sequences::new(&[2, 4], |_, row| Seen { first: row / 2, own: true }),
        ]
    }

    #[test]
    fn gradients_are_those_of_differences() {
        for weights in [Weights::Softmax, Weights::Linear] {
            for mask in masks() {
                check(
                    |params| {
                        let layer = Attention::new(params, "a", 4, 2);
                        if weights == Weights::Linear { layer.linear() } else { layer }
                    },
                    |layer, pass| {
                        let x = pass.leaf(&sample(6 * 4), 6, 4);
                        (layer.forward(pass, x, &mask), vec![x])
                    },
                );
            }
        }
    }

    #[test]
    fn long_sequences_in_blocks_are_those_of_one_row_at_a_time() {
        let mut params = Params::<f64>::new(Pcg64::seed_from_u64(1));
        let layer = Attention::new(&mut params, "a", 4, 1);
        let (mut arena, n) = (Arena::new(), 150);
        let data = sample::<f64>(n * 4);
        let mut run = |rows: usize| {
            let mut pass = Pass::new(&mut params, &mut arena, Mode::Infer, Pcg64::seed_from_u64(1));
            let x = pass.input(&data, rows, 4);
            let y = layer.forward(&mut pass, x, &Sequences::causal(1, rows));
            pass.value(y).to_vec()
        };
        let whole = run(n);
        for rows in [1, 63, 64, 65, 128, 150] {
            for (a, b) in run(rows).iter().zip(&whole) {
                assert!((a - b).abs() < 1e-12, "row {rows}: {a} {b}");
            }
        }
    }

    #[test]
    fn hand_made_numbers_are_attended_to_as_said() {
        let mut params = Params::<f64>::new(Pcg64::seed_from_u64(1));
        let mut arena = Arena::new();
        let mut pass = Pass::new(&mut params, &mut arena, Mode::Infer, Pcg64::seed_from_u64(1));
        // One feature: queries 1, keys 0 and ln 3, values 4 and 8. Weights 1/4 and 3/4.
        let qkv = pass.input(&[1.0, 0.0, 4.0, 1.0, 3.0_f64.ln(), 8.0], 2, 3);
        let y = attend(&mut pass, qkv, 1, &Sequences::all(1, 2), Weights::Softmax);
        assert!(pass.value(y).iter().all(|v| (v - 7.0).abs() < 1e-12), "{:?}", pass.value(y));
        let causal = attend(&mut pass, qkv, 1, &Sequences::causal(1, 2), Weights::Linear);
        assert!((pass.value(causal)[0]).abs() < 1e-12 && (pass.value(causal)[1] - 8.0 * 3.0_f64.ln()).abs() < 1e-12);
    }
}
