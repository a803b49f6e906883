//! `Columns`: many parameter vectors, or curves, side by side.
//!
//! A loop along a row does the same to every vector, so it is vector code whatever the vectors'
//! length, and there are enough of them to hide how long each operation takes.

use std::ops::Range;

use crate::family::{Family, Formula, Loop};
use crate::fast::ln;
use crate::grid::{Grid, LANES};
use crate::real::{Four, Real};

/// A table by rows: row i holds value i of every vector, and column k is vector k.
///
/// Rows are filled up to whole registers. What lies beyond the last column is unspecified.
#[derive(Clone, Debug)]
pub struct Columns {
    stride: usize,
    len: usize,
    /// Where the first row begins, so that every row begins with a cache line.
    start: usize,
    values: Vec<f64>,
}

/// Bytes of a cache line.
const LINE: usize = 64;

impl Columns {
    /// `rows` rows for at most `most` columns, all there and zero.
    pub fn new(rows: usize, most: usize) -> Self {
        let stride = most.next_power_of_two().max(LANES);
        let values = vec![0.0; rows * stride + LINE / size_of::<f64>()];
        // `align_offset` may decline, and then rows begin anywhere.
        let start = values.as_ptr().align_offset(LINE).min(LINE / size_of::<f64>());
        Self { stride, len: most, start, values }
    }

    /// How many columns.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when no column is left.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many columns loops run over: whole registers.
    #[inline(always)]
    pub fn width(&self) -> usize {
        Self::width_of(self.len)
    }

    /// How many columns loops run over where there are `len`.
    #[inline(always)]
    pub fn width_of(len: usize) -> usize {
        len.next_multiple_of(LANES)
    }

    /// Says how many columns there are from now on.
    ///
    /// # Panics
    /// On more columns than it was made for.
    #[inline(always)]
    pub fn resize(&mut self, len: usize) {
        assert!(len <= self.stride, "{len} columns in a table for {}", self.stride);
        self.len = len;
    }

    /// Row `i`, [`Columns::width`] values.
    #[inline(always)]
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[self.start + i * self.stride..][..self.width()]
    }

    /// Writes value k = `from[.]` of row `i` for every index, in order.
    #[inline(always)]
    pub fn gather(&self, i: usize, from: &[usize], out: &mut [f64]) {
        let row = &self.values[self.start + i * self.stride..][..self.stride];
        for (out, &k) in out.iter_mut().zip(from) {
            *out = row[k & (row.len() - 1)];
        }
    }

    /// Row `i`, to be written.
    #[inline(always)]
    pub fn row_mut(&mut self, i: usize) -> &mut [f64] {
        let width = self.width();
        &mut self.values[self.start + i * self.stride..][..width]
    }

    /// Columns in registers, rows `i` to `i` + 3, to be written.
    #[inline(always)]
    fn four_mut(&mut self, i: usize) -> [&mut [[f64; LANES]]; 4] {
        let width = self.width();
        let rows = &mut self.values[self.start + i * self.stride..][..4 * self.stride];
        let (a, rows) = rows.split_at_mut(self.stride);
        let (b, rows) = rows.split_at_mut(self.stride);
        let (c, d) = rows.split_at_mut(self.stride);
        [a[..width].as_chunks_mut().0, b[..width].as_chunks_mut().0, c[..width].as_chunks_mut().0, d[..width].as_chunks_mut().0]
    }

    /// A register of columns, the first rows of it.
    #[inline(always)]
    pub(crate) fn block<const ROWS: usize>(&self, group: usize) -> [[f64; LANES]; ROWS] {
        let mut block = [[0.0; LANES]; ROWS];
        for (i, row) in block.iter_mut().enumerate() {
            row.copy_from_slice(&self.row(i)[group * LANES..][..LANES]);
        }
        block
    }

    /// Copies the first values of column `k`.
    #[inline(always)]
    pub fn column(&self, k: usize, out: &mut [f64]) {
        for (out, row) in out.iter_mut().zip(self.values[self.start..].chunks_exact(self.stride)) {
            *out = row[k];
        }
    }

    /// Keeps these columns, given in rising order, and drops the others.
    #[inline(always)]
    pub fn keep(&mut self, which: &[usize]) {
        for row in self.values[self.start..].chunks_exact_mut(self.stride) {
            for (to, &from) in which.iter().enumerate() {
                row[to & (row.len() - 1)] = row[from & (row.len() - 1)];
            }
        }
        self.len = which.len();
    }
}

/// Adds weight × family of every column of `p` to the rows of `out`, one row a position, four positions at a time.
#[inline(always)]
pub(crate) fn add_columns(family: Family, p: &Columns, weight: usize, params: Range<usize>, grid: &Grid, at: Range<usize>, out: &mut Columns) {
    let row = |i: usize| p.row(i).as_chunks::<LANES>().0;
    // A family of fewer parameters does not read the others.
    let of = |i: usize| row(params.start + i.min(params.len() - 1));
    family.formula(AcrossColumns { w: row(weight), p: [of(0), of(1), of(2), of(3)], grid, at, out });
}

/// Many curves at four positions, and the next four.
struct AcrossColumns<'a> {
    w: &'a [[f64; LANES]],
    p: [&'a [[f64; LANES]]; 4],
    grid: &'a Grid,
    at: Range<usize>,
    out: &'a mut Columns,
}

impl Loop for AcrossColumns<'_> {
    #[inline(always)]
    fn run<F: Formula>(self) {
        let groups = self.w.len();
        for (row, i) in self.at.step_by(4).enumerate() {
            let x = self.grid.four(i);
            let [r0, r1, r2, r3] = self.out.four_mut(4 * row);
            for g in 0..groups {
                // Copies, so that the compiler knows that nothing overlaps.
                let (w, [a, b, c, d]) = (self.w[g], self.p.map(|p| p[g]));
                let mut sum = [r0[g], r1[g], r2[g], r3[g]];
                for k in 0..LANES {
                    let mut p = [a[k], b[k], c[k], d[k]];
                    if let Some(logged) = F::LOGGED {
                        p[logged] = ln(p[logged]);
                    }
                    let value = F::value(Four::all(w[k]), p.map(Four::all), x);
                    for (sum, v) in sum.iter_mut().zip(value.0) {
                        sum[k] += v;
                    }
                }
                [r0[g], r1[g], r2[g], r3[g]] = sum;
            }
        }
    }
}
