//! Plain operations on values, for what no layer covers: element by element, with broadcasting, reductions, rows and columns.
//!
//! They are simple rather than fast. A shape that does not fit is a mistake of the code that builds the network, and panics.

use std::sync::Arc;

use curves::vector::vector;

use crate::product::{Mat, matmul};
use crate::{Pass, Real, Var, kernels};

#[cfg(test)]
mod tests;

impl<T: Real> Pass<'_, T> {
    /// `f` of every number; `f` gives the value and its derivative.
    pub fn map(&mut self, x: Var, f: impl Fn(T) -> (T, T)) -> Var {
        let learns = x.learns && self.records();
        let mut out = self.take(x.len());
        if !learns {
            self.vector(
                #[inline(always)]
                || {
                    for (o, v) in out.iter_mut().zip(self.value(x)) {
                        *o = f(*v).0;
                    }
                },
            );
            return self.push(out, x.rows, x.cols, false);
        }
        let mut slope = self.take(x.len());
        self.vector(
            #[inline(always)]
            || {
                for ((o, s), v) in out.iter_mut().zip(slope.iter_mut()).zip(self.value(x)) {
                    (*o, *s) = f(*v);
                }
            },
        );
        let y = self.push(out, x.rows, x.cols, true);
        self.record(y, move |flow, mut dy| {
            vector(
                flow.arch(),
                #[inline(always)]
                || {
                    for (d, s) in dy.iter_mut().zip(&slope) {
                        *d *= *s;
                    }
                },
            );
            flow.give(x, dy);
            flow.free(slope);
        });
        y
    }

    /// The exact GELU.
    pub fn gelu(&mut self, x: Var) -> Var {
        self.map(
            x,
            #[inline(always)]
            |v| v.gelu(),
        )
    }

    /// max(x, 0), with derivative 0 at 0.
    pub fn relu(&mut self, x: Var) -> Var {
        self.map(
            x,
            #[inline(always)]
            |v| if v > T::ZERO { (v, T::ONE) } else { (T::ZERO, T::ZERO) },
        )
    }

    /// Hyperbolic tangent.
    pub fn tanh(&mut self, x: Var) -> Var {
        self.map(
            x,
            #[inline(always)]
            |v| {
                let t = v.tanh();
                (t, T::ONE - t * t)
            },
        )
    }

    /// 1/(1 + e⁻ˣ).
    pub fn sigmoid(&mut self, x: Var) -> Var {
        self.map(
            x,
            #[inline(always)]
            |v| {
                let half = T::of(0.5);
                let s = half * (v * half).tanh() + half;
                (s, s * (T::ONE - s))
            },
        )
    }

    /// eˣ.
    pub fn exp(&mut self, x: Var) -> Var {
        self.map(
            x,
            #[inline(always)]
            |v| (v.exp(), v.exp()),
        )
    }

    /// Natural logarithm of positive numbers.
    pub fn ln(&mut self, x: Var) -> Var {
        self.map(x, |v| (v.ln(), T::ONE / v))
    }

    /// x².
    pub fn square(&mut self, x: Var) -> Var {
        self.map(x, |v| (v * v, v + v))
    }

    /// √x of positive numbers.
    pub fn sqrt(&mut self, x: Var) -> Var {
        self.map(x, |v| (v.sqrt(), T::of(0.5) / v.sqrt()))
    }

    /// 1/x.
    pub fn reciprocal(&mut self, x: Var) -> Var {
        self.map(x, |v| (T::ONE / v, -T::ONE / (v * v)))
    }

    /// a·x + b.
    pub fn affine(&mut self, x: Var, a: f64, b: f64) -> Var {
        let (a, b) = (T::of(a), T::of(b));
        self.map(x, move |v| (a.mul_add(v, b), a))
    }

    /// x + y, where y is of the same shape, a row, a column or one number.
    pub fn add(&mut self, x: Var, y: Var) -> Var {
        if (x.rows, x.cols) != (y.rows, y.cols) {
            return self.pair(x, y, |a, b| a + b, |_, _| (T::ONE, T::ONE));
        }
        let mut out = self.take(x.len());
        let (left, right) = (self.value(x), self.value(y));
        self.vector(
            #[inline(always)]
            || {
                for ((o, a), b) in out.iter_mut().zip(left).zip(right) {
                    *o = *a + *b;
                }
            },
        );
        let z = self.push(out, x.rows, x.cols, x.learns || y.learns);
        self.record(z, move |flow, dz| {
            if y.learns {
                let mut dy = flow.take(y.len());
                dy.copy_from_slice(&dz);
                flow.give(y, dy);
            }
            flow.give(x, dz);
        });
        z
    }

    /// x − y, shapes as in [`Pass::add`].
    pub fn sub(&mut self, x: Var, y: Var) -> Var {
        self.pair(x, y, |a, b| a - b, |_, _| (T::ONE, -T::ONE))
    }

    /// x · y element by element, shapes as in [`Pass::add`].
    pub fn mul(&mut self, x: Var, y: Var) -> Var {
        self.pair(x, y, |a, b| a * b, |a, b| (b, a))
    }

    /// `f(x, y)` element by element with its two derivatives.
    fn pair(&mut self, x: Var, y: Var, f: impl Fn(T, T) -> T, slopes: impl Fn(T, T) -> (T, T) + 'static) -> Var {
        let fits = (y.rows == x.rows || y.rows == 1) && (y.cols == x.cols || y.cols == 1);
        assert!(fits, "{} × {} does not broadcast to {} × {}", y.rows, y.cols, x.rows, x.cols);
        let (by_row, by_col) = (usize::from(y.rows > 1) * y.cols, usize::from(y.cols > 1));
        let cols = x.cols.max(1);
        let mut out = self.take(x.len());
        let (left, right) = (self.value(x), self.value(y));
        for (r, (row, from)) in out.chunks_exact_mut(cols).zip(left.chunks_exact(cols)).enumerate() {
            let other = &right[r * by_row..];
            for (c, (o, a)) in row.iter_mut().zip(from).enumerate() {
                *o = f(*a, other[c * by_col]);
            }
        }
        let z = self.push(out, x.rows, x.cols, x.learns || y.learns);
        self.record(z, move |flow, mut dz| {
            let (left, right) = (flow.value(x), flow.value(y));
            if y.learns {
                let mut dy = flow.zeros(y.len());
                for (r, (row, from)) in dz.chunks_exact(cols).zip(left.chunks_exact(cols)).enumerate() {
                    for (c, (d, a)) in row.iter().zip(from).enumerate() {
                        let k = r * by_row + c * by_col;
                        dy[k] += *d * slopes(*a, right[k]).1;
                    }
                }
                flow.give(y, dy);
            }
            for (r, (row, from)) in dz.chunks_exact_mut(cols).zip(left.chunks_exact(cols)).enumerate() {
                for (c, (d, a)) in row.iter_mut().zip(from).enumerate() {
                    *d *= slopes(*a, right[r * by_row + c * by_col]).0;
                }
            }
            flow.give(x, dz);
        });
        z
    }

    /// x · y of two matrices.
    pub fn product(&mut self, x: Var, y: Var) -> Var {
        assert_eq!(x.cols, y.rows, "inner dimensions");
        let mut out = self.take(x.rows * y.cols);
        matmul(&mut out, y.cols, false, Mat::new(self.value(x), x.rows, x.cols), Mat::new(self.value(y), y.rows, y.cols), T::ONE);
        let z = self.push(out, x.rows, y.cols, x.learns || y.learns);
        self.record(z, move |flow, dz| {
            let d = Mat::new(&dz, x.rows, y.cols);
            if x.learns {
                let mut dx = flow.take(x.len());
                matmul(&mut dx, x.cols, false, d, Mat::new(flow.value(y), y.rows, y.cols).t(), T::ONE);
                flow.give(x, dx);
            }
            if y.learns {
                let mut dy = flow.take(y.len());
                matmul(&mut dy, y.cols, false, Mat::new(flow.value(x), x.rows, x.cols).t(), d, T::ONE);
                flow.give(y, dy);
            }
            flow.free(dz);
        });
        z
    }

    /// The transpose.
    pub fn transpose(&mut self, x: Var) -> Var {
        let turn = |from: &[T], to: &mut [T], rows: usize, cols: usize| {
            for (r, row) in from.chunks_exact(cols.max(1)).enumerate() {
                row.iter().enumerate().for_each(|(c, v)| to[c * rows + r] = *v);
            }
        };
        let mut out = self.take(x.len());
        turn(self.value(x), &mut out, x.rows, x.cols);
        let y = self.push(out, x.cols, x.rows, x.learns);
        self.record(y, move |flow, dy| {
            let mut dx = flow.take(x.len());
            turn(&dy, &mut dx, x.cols, x.rows);
            flow.give(x, dx);
            flow.free(dy);
        });
        y
    }

    /// The same numbers in another shape.
    pub fn reshape(&mut self, x: Var, rows: usize, cols: usize) -> Var {
        assert_eq!(x.len(), rows * cols, "as many numbers as before");
        let mut out = self.take(x.len());
        out.copy_from_slice(self.value(x));
        let y = self.push(out, rows, cols, x.learns);
        self.record(y, move |flow, dy| flow.give(x, dy));
        y
    }

    /// The sum of all numbers.
    pub fn sum(&mut self, x: Var) -> Var {
        self.total(x, 1.0)
    }

    /// The mean of all numbers.
    pub fn mean(&mut self, x: Var) -> Var {
        self.total(x, 1.0 / x.len().max(1) as f64)
    }

    fn total(&mut self, x: Var, factor: f64) -> Var {
        let total: f64 = self.value(x).iter().map(|v| v.wide()).sum();
        let mut out = self.take(1);
        out[0] = T::of(total * factor);
        let y = self.push(out, 1, 1, x.learns);
        self.record(y, move |flow, dy| {
            let mut dx = flow.take(x.len());
            dx.fill(dy[0] * T::of(factor));
            flow.give(x, dx);
            flow.free(dy);
        });
        y
    }

    /// The sum of every row: rows × 1.
    pub fn sum_columns(&mut self, x: Var) -> Var {
        let cols = x.cols.max(1);
        let mut out = self.take(x.rows);
        out.iter_mut().zip(self.value(x).chunks_exact(cols)).for_each(|(o, row)| *o = kernels::sum(row, |v| v));
        let y = self.push(out, x.rows, 1, x.learns);
        self.record(y, move |flow, dy| {
            let mut dx = flow.take(x.len());
            dx.chunks_exact_mut(cols).zip(&dy).for_each(|(row, d)| row.fill(*d));
            flow.give(x, dx);
            flow.free(dy);
        });
        y
    }

    /// The sum of every column: 1 × cols.
    pub fn sum_rows(&mut self, x: Var) -> Var {
        let cols = x.cols.max(1);
        let mut out = self.zeros(x.cols);
        self.value(x).chunks_exact(cols).for_each(|row| kernels::add(&mut out, row));
        let y = self.push(out, 1, x.cols, x.learns);
        self.record(y, move |flow, dy| {
            let mut dx = flow.take(x.len());
            dx.chunks_exact_mut(cols).for_each(|row| row.copy_from_slice(&dy));
            flow.give(x, dx);
            flow.free(dy);
        });
        y
    }

    /// Softmax over every row.
    pub fn softmax(&mut self, x: Var) -> Var {
        let cols = x.cols.max(1);
        let mut out = self.take(x.len());
        out.copy_from_slice(self.value(x));
        self.vector(
            #[inline(always)]
            || {
                for row in out.chunks_exact_mut(cols) {
                    kernels::softmax(row);
                }
            },
        );
        let y = self.push(out, x.rows, x.cols, x.learns);
        self.record(y, move |flow, mut dy| {
            for (d, p) in dy.chunks_exact_mut(cols).zip(flow.value(y).chunks_exact(cols)) {
                let along = kernels::dot(d, p);
                d.iter_mut().zip(p).for_each(|(d, p)| *d = *p * (*d - along));
            }
            flow.give(x, dy);
        });
        y
    }

    /// Row `rows[k]` of `x` as row k; a row may be taken several times (an embedding, a selection, a repetition).
    pub fn gather(&mut self, x: Var, rows: Arc<[usize]>) -> Var {
        let cols = x.cols;
        let mut out = self.take(rows.len() * cols);
        let from = self.value(x);
        out.chunks_exact_mut(cols.max(1)).zip(rows.iter()).for_each(|(o, &r)| o.copy_from_slice(&from[r * cols..][..cols]));
        let y = self.push(out, rows.len(), cols, x.learns);
        self.record(y, move |flow, dy| {
            let mut dx = flow.zeros(x.len());
            dy.chunks_exact(cols.max(1)).zip(rows.iter()).for_each(|(d, &r)| kernels::add(&mut dx[r * cols..][..cols], d));
            flow.give(x, dx);
            flow.free(dy);
        });
        y
    }

    /// `n` rows, row k the sum of the rows of `x` whose entry in `to` is k (the opposite of [`Pass::gather`]; a sum over segments).
    pub fn scatter(&mut self, x: Var, to: Arc<[usize]>, n: usize) -> Var {
        assert_eq!(x.rows, to.len(), "a place for every row");
        let cols = x.cols;
        let mut out = self.zeros(n * cols);
        self.value(x).chunks_exact(cols.max(1)).zip(to.iter()).for_each(|(row, &r)| kernels::add(&mut out[r * cols..][..cols], row));
        let y = self.push(out, n, cols, x.learns);
        self.record(y, move |flow, dy| {
            let mut dx = flow.take(x.len());
            dx.chunks_exact_mut(cols.max(1)).zip(to.iter()).for_each(|(row, &r)| row.copy_from_slice(&dy[r * cols..][..cols]));
            flow.give(x, dx);
            flow.free(dy);
        });
        y
    }

    /// The rows of all, one after the other.
    pub fn stack(&mut self, parts: &[Var]) -> Var {
        let cols = parts.first().map_or(0, |p| p.cols);
        let rows: usize = parts.iter().map(|p| p.rows).sum();
        let mut out = self.take(rows * cols);
        let mut at = 0;
        for part in parts {
            assert_eq!(part.cols, cols, "columns of what is stacked");
            out[at..at + part.len()].copy_from_slice(self.value(*part));
            at += part.len();
        }
        let y = self.push(out, rows, cols, parts.iter().any(|p| p.learns));
        let parts = parts.to_vec();
        self.record(y, move |flow, dy| {
            let mut at = 0;
            for part in parts {
                let mut dx = flow.take(part.len());
                dx.copy_from_slice(&dy[at..at + part.len()]);
                at += part.len();
                flow.give(part, dx);
            }
            flow.free(dy);
        });
        y
    }

    /// The columns of all, side by side.
    pub fn beside(&mut self, parts: &[Var]) -> Var {
        let rows = parts.first().map_or(0, |p| p.rows);
        let cols: usize = parts.iter().map(|p| p.cols).sum();
        let mut out = self.take(rows * cols);
        let mut at = 0;
        for part in parts {
            assert_eq!(part.rows, rows, "rows of what is put side by side");
            let from = self.value(*part);
            for (o, v) in out.chunks_exact_mut(cols.max(1)).zip(from.chunks_exact(part.cols.max(1))) {
                o[at..at + part.cols].copy_from_slice(v);
            }
            at += part.cols;
        }
        let y = self.push(out, rows, cols, parts.iter().any(|p| p.learns));
        let parts = parts.to_vec();
        self.record(y, move |flow, dy| {
            let mut at = 0;
            for part in parts {
                let mut dx = flow.take(part.len());
                for (d, o) in dx.chunks_exact_mut(part.cols.max(1)).zip(dy.chunks_exact(cols.max(1))) {
                    d.copy_from_slice(&o[at..at + part.cols]);
                }
                at += part.cols;
                flow.give(part, dx);
            }
            flow.free(dy);
        });
        y
    }

    /// Columns `from .. from + n`.
    pub fn columns(&mut self, x: Var, from: usize, n: usize) -> Var {
        assert!(from + n <= x.cols, "columns that are there");
        let cols = x.cols.max(1);
        let mut out = self.take(x.rows * n);
        out.chunks_exact_mut(n.max(1)).zip(self.value(x).chunks_exact(cols)).for_each(|(o, row)| o.copy_from_slice(&row[from..from + n]));
        let y = self.push(out, x.rows, n, x.learns);
        self.record(y, move |flow, dy| {
            let mut dx = flow.zeros(x.len());
            dx.chunks_exact_mut(cols).zip(dy.chunks_exact(n.max(1))).for_each(|(row, d)| row[from..from + n].copy_from_slice(d));
            flow.give(x, dx);
            flow.free(dy);
        });
        y
    }

    /// Every row divided by its length (plus 1e-12).
    pub fn unit_rows(&mut self, x: Var) -> Var {
        let squares = self.square(x);
        let lengths = self.sum_columns(squares);
        let lengths = self.affine(lengths, 1.0, 1e-24);
        let lengths = self.sqrt(lengths);
        let inverse = self.reciprocal(lengths);
        self.mul(x, inverse)
    }
}
