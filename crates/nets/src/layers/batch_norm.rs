//! Batch norm (Ioffe and Szegedy, arXiv 1502.03167) over the rows of every feature, fused with the ReLU that follows it.
//!
//! In [`Mode::Train`] it takes mean and variance of the batch and moves its running statistics by a tenth, as PyTorch does
//! (the running variance is the unbiased one); in the other modes it uses the running ones, frozen.

use std::ops::Range;

use curves::vector::vector;

use crate::{Init, Mode, Params, Pass, Real, Tensor, Var, kernels};

/// Share by which running statistics move.
const MOMENTUM: f64 = 0.1;

/// Rows, of about 256 numbers each, whose sum is taken in the type of the network before it is added in 64 bits.
const ROWS: usize = 32;

/// How many numbers are treated at once: whole rows, about 256 numbers, so that loops over few columns are long all the same.
fn tile(d: usize) -> usize {
    d * (256 / d.max(1)).max(1)
}

/// A row of numbers again and again, `long` of them.
fn repeat<T: Copy>(row: impl Iterator<Item = T> + Clone, long: usize) -> Vec<T> {
    row.cycle().take(long).collect()
}

/// Batch norm with gain and bias, and a ReLU unless it is `plain`.
#[derive(Clone, Debug)]
pub struct BatchNorm {
    gain: Tensor,
    bias: Tensor,
    mean: Range<usize>,
    variance: Range<usize>,
    relu: bool,
}

impl BatchNorm {
    /// Over `dim` features, with a ReLU after it.
    pub fn new<T: Real>(params: &mut Params<T>, name: &str, dim: usize) -> Self {
        Self {
            gain: params.add(&format!("{name}.weight"), 1, dim, Init::Constant(1.0)),
            bias: params.add(&format!("{name}.bias"), 1, dim, Init::Constant(0.0)),
            mean: params.add_state(dim, 0.0),
            variance: params.add_state(dim, 1.0),
            relu: true,
        }
    }

    /// The same without the ReLU.
    pub fn plain(self) -> Self {
        Self { relu: false, ..self }
    }

    /// Mean and biased variance of every column.
    fn moments<T: Real>(pass: &Pass<'_, T>, x: Var) -> (Vec<f64>, Vec<f64>) {
        let (d, n) = (x.cols, x.rows.max(1) as f64);
        let long = tile(d);
        let column_means = |center: &[T], square: bool| -> Vec<f64> {
            let mut total = vec![0.0; d];
            let mut part = vec![T::ZERO; long];
            for block in pass.value(x).chunks(ROWS * long) {
                part.fill(T::ZERO);
                pass.vector(
                    #[inline(always)]
                    || {
                        for rows in block.chunks(long) {
                            for ((p, v), m) in part.iter_mut().zip(rows).zip(center) {
                                let gap = *v - *m;
                                *p = if square { gap.mul_add(gap, *p) } else { *p + gap };
                            }
                        }
                    },
                );
                part.chunks_exact(d.max(1)).for_each(|row| total.iter_mut().zip(row).for_each(|(t, p)| *t += p.wide()));
            }
            total.iter_mut().for_each(|t| *t /= n);
            total
        };
        let mean = column_means(&vec![T::ZERO; long], false);
        let variance = column_means(&repeat(mean.iter().map(|m| T::of(*m)), long), true);
        (mean, variance)
    }

    /// Rows × features → the same shape.
    pub fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var) -> Var {
        let Self { gain, bias, relu, .. } = *self;
        let (d, from_batch) = (x.cols, pass.mode == Mode::Train);
        let (mean, variance) = if from_batch {
            let (mean, variance) = Self::moments(pass, x);
            let unbiased = x.rows as f64 / (x.rows.max(2) - 1) as f64;
            let toward = |old: &mut T, new: f64| *old = T::of(old.wide() + MOMENTUM * (new - old.wide()));
            pass.state(self.mean.clone()).iter_mut().zip(&mean).for_each(|(old, new)| toward(old, *new));
            pass.state(self.variance.clone()).iter_mut().zip(&variance).for_each(|(old, new)| toward(old, new * unbiased));
            (mean, variance)
        } else {
            let wide = |v: &[T]| v.iter().map(|x| x.wide()).collect::<Vec<f64>>();
            (wide(pass.state(self.mean.clone())), wide(pass.state(self.variance.clone())))
        };
        let long = tile(d);
        let inv = repeat(variance.iter().map(|v| T::of((v + kernels::EPS).sqrt().recip())), long);
        let mean = repeat(mean.iter().map(|m| T::of(*m)), long);
        let g = repeat(pass.weights()[gain.range()].iter().copied(), long);
        let b = repeat(pass.weights()[bias.range()].iter().copied(), long);
        let mut out = pass.take(x.len());
        let low = if relu { T::ZERO } else { T::NONE };
        pass.vector(
            #[inline(always)]
            || {
                for (rows, out) in pass.value(x).chunks(long).zip(out.chunks_mut(long)) {
                    for (((((o, v), m), s), g), b) in out.iter_mut().zip(rows).zip(&mean).zip(&inv).zip(&g).zip(&b) {
                        *o = ((*v - *m) * *s).mul_add(*g, *b).larger(low);
                    }
                }
            },
        );
        let learns = pass.records();
        let y = pass.push(out, x.rows, d, learns);
        pass.record(y, move |flow, mut dy| {
            let seen = flow.value(x);
            // Σ dy and Σ dy·hat of every column, after the ReLU's gate, which is computed once more: that is faster than to read what was made.
            let (mut dg, mut db) = (vec![0.0; d], vec![0.0; d]);
            let (mut part_g, mut part_b) = (flow.take(long), flow.take(long));
            for (dy, x) in dy.chunks_mut(ROWS * long).zip(seen.chunks(ROWS * long)) {
                part_g.fill(T::ZERO);
                part_b.fill(T::ZERO);
                vector(
                    flow.arch(),
                    #[inline(always)]
                    || {
                        for (dy, x) in dy.chunks_mut(long).zip(x.chunks(long)) {
                            let sums = part_g.iter_mut().zip(part_b.iter_mut());
                            let columns = mean.iter().zip(&inv).zip(g.iter().zip(&b)).zip(sums);
                            for ((dy, x), (((m, s), (g, b)), (pg, pb))) in dy.iter_mut().zip(x).zip(columns) {
                                let hat = (*x - *m) * *s;
                                *dy = if !relu || hat.mul_add(*g, *b) > T::ZERO { *dy } else { T::ZERO };
                                *pg = dy.mul_add(hat, *pg);
                                *pb += *dy;
                            }
                        }
                    },
                );
                part_g.chunks_exact(d.max(1)).for_each(|row| dg.iter_mut().zip(row).for_each(|(t, p)| *t += p.wide()));
                part_b.chunks_exact(d.max(1)).for_each(|row| db.iter_mut().zip(row).for_each(|(t, p)| *t += p.wide()));
            }
            let n = dy.len() as f64 / d.max(1) as f64;
            // What the batch's own moments take back; nothing where they are frozen.
            let share = if from_batch { n.max(1.0).recip() } else { 0.0 };
            let scale: Vec<T> = g.iter().zip(&inv).map(|(g, s)| *g * *s).collect();
            part_g.iter_mut().zip(dg.iter().cycle()).for_each(|(p, t)| *p = T::of(t * share));
            part_b.iter_mut().zip(db.iter().cycle()).for_each(|(p, t)| *p = T::of(t * share));
            flow.weight_grad(gain).iter_mut().zip(&dg).for_each(|(g, t)| *g += T::of(*t));
            flow.weight_grad(bias).iter_mut().zip(&db).for_each(|(g, t)| *g += T::of(*t));
            if x.learns {
                vector(
                    flow.arch(),
                    #[inline(always)]
                    || {
                        for (dy, x) in dy.chunks_mut(long).zip(seen.chunks(long)) {
                            for ((((((dy, x), m), s), a), pg), pb) in dy.iter_mut().zip(x).zip(&mean).zip(&inv).zip(&scale).zip(&part_g).zip(&part_b) {
                                let hat = (*x - *m) * *s;
                                *dy = *a * (*dy - *pb - hat * *pg);
                            }
                        }
                    },
                );
                flow.give(x, dy);
            } else {
                flow.free(dy);
            }
            flow.free(part_g);
            flow.free(part_b);
        });
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Arena;
    use crate::check::{check, sample};
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    #[test]
    fn gradients_are_those_of_differences() {
        for relu in [true, false] {
            check(
                |params| {
                    let layer = BatchNorm::new(params, "n", 3);
                    if relu { layer } else { layer.plain() }
                },
                |layer, pass| {
                    let x = pass.leaf(&sample(8 * 3), 8, 3);
                    (layer.forward(pass, x), vec![x])
                },
            );
        }
    }

    #[test]
    fn running_statistics_move_by_a_tenth_in_training_alone() {
        let mut params = Params::<f64>::new(Pcg64::seed_from_u64(1));
        let layer = BatchNorm::new(&mut params, "n", 1).plain();
        let mut arena = Arena::new();
        for mode in [Mode::Frozen, Mode::Infer] {
            let mut pass = Pass::new(&mut params, &mut arena, mode, Pcg64::seed_from_u64(1));
            let x = pass.input(&[1.0, 5.0], 2, 1);
            let y = layer.forward(&mut pass, x);
            assert!((pass.value(y)[1] - 5.0).abs() < 1e-4);
            drop(pass);
            assert_eq!(params.state, [0.0, 1.0]);
        }
        let mut pass = Pass::new(&mut params, &mut arena, Mode::Train, Pcg64::seed_from_u64(1));
        let x = pass.input(&[1.0, 5.0], 2, 1);
        let y = layer.forward(&mut pass, x);
        assert!((pass.value(y)[1] - 1.0).abs() < 1e-5);
        drop(pass);
        // Mean 3; unbiased variance 8.
        assert!((params.state[0] - 0.3).abs() < 1e-12 && (params.state[1] - 1.7).abs() < 1e-12);
    }
}
