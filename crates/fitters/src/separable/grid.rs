//! The coarse grid over the shapes: the best cells, with the best coefficients in each.

use curves::vector::vector;

use super::column::MOST;
use super::nnls::{self, COLUMNS};
use super::spec::Term;
use super::{LANES, Separable, dot};

/// The most shapes of a law.
pub(super) const SHAPES: usize = 4;
/// So many cells, the best by squares, are held against the loss itself.
const SCORED: usize = 256;
/// Cells nearer than this (in steps of the grid, along every shape) polish to the same place.
const APART: usize = 2;

/// A cell of the grid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// In the order of the terms, for targets over their scale.
    pub coefficients: [f64; COLUMNS],
    /// In the order of the shapes.
    pub shapes: [f64; SHAPES],
    at: [usize; SHAPES],
    squares: f64,
    score: f64,
}

/// How many basis functions a term has on the grid.
fn combinations(term: &Term, points: &[Vec<f64>]) -> usize {
    term.shapes().iter().map(|s| points[*s].len()).product()
}

/// Every basis function of the grid over all rows, term by term; of a log loss divided by the target.
pub(super) fn dictionary(p: &Separable) -> Vec<f64> {
    let n = p.y.len();
    let mut out = Vec::new();
    let mut spare = vec![0.0; MOST * n];
    for (term, column) in p.spec.terms.iter().zip(&p.columns) {
        let shapes = term.shapes();
        for index in 0..combinations(term, &p.points) {
            let mut values = [0.0; MOST];
            let mut rest = index;
            for (value, s) in values.iter_mut().zip(shapes).rev() {
                let points = &p.points[*s];
                *value = points[rest % points.len()];
                rest /= points.len();
            }
            let from = out.len();
            out.resize(from + n, 0.0);
            let mut slopes: [&mut [f64]; MOST] = Default::default();
            for (slot, part) in slopes.iter_mut().zip(spare.chunks_mut(n)) {
                *slot = part;
            }
            column.fill(&values[..shapes.len()], false, &mut out[from..], &mut slopes[..shapes.len()]);
            for (o, y) in out[from..].iter_mut().zip(&p.y) {
                *o *= if p.loss.is_log() { term.sign / y } else { term.sign };
            }
        }
    }
    out
}

/// The best `keep` cells under weights that sum to one (fewer where the grid has fewer), the best first.
pub(super) fn best(p: &Separable, w: &[f64], keep: usize) -> Vec<Cell> {
    let (n, q) = (p.y.len(), p.columns.len());
    let basis: Vec<&[f64]> = p.dictionary.chunks_exact(n).collect();
    let size = basis.len();
    // Term by term: where its basis functions begin.
    let mut begin = [0usize; COLUMNS + 1];
    for (k, term) in p.spec.terms.iter().enumerate() {
        begin[k + 1] = begin[k] + combinations(term, &p.points);
    }
    let ones = vec![1.0; n];
    let target: &[f64] = if p.loss.is_log() { &ones } else { &p.y };
    let (mut gram, mut right) = (vec![0.0; size * size], vec![0.0; size]);
    let mut weighted = vec![0.0; n];
    vector(
        p.arch,
        #[inline(always)]
        || {
            for k in 0..q {
                for a in begin[k]..begin[k + 1] {
                    for ((o, w), v) in weighted.iter_mut().zip(w).zip(basis[a]) {
                        *o = w * v;
                    }
                    right[a] = dot(&weighted, target);
                    gram[a * size + a] = dot(&weighted, basis[a]);
                    // Functions of one term never meet in a cell.
                    for b in 0..begin[k] {
                        gram[a * size + b] = dot(&weighted, basis[b]);
                    }
                }
            }
        },
    );
    let whole: f64 = w.iter().zip(target).map(|(w, t)| w * t * t).sum();
    let mut cells = all_cells(p, &begin, &gram, &right, size, whole);
    cells.sort_by(|a, b| a.squares.total_cmp(&b.squares));
    cells.truncate(SCORED);
    let mut fitted = vec![0.0; n];
    for cell in &mut cells {
        cell.score = vector(
            p.arch,
            #[inline(always)]
            || {
                fitted.iter_mut().zip(target).for_each(|(f, t)| *f = -t);
                for (k, term) in p.spec.terms.iter().enumerate() {
                    let v = basis[begin[k] + place(term, &cell.at, p)];
                    for (f, v) in fitted.iter_mut().zip(v) {
                        *f += cell.coefficients[k] * v;
                    }
                }
                score(&fitted, w, p.loss.delta().map(|d| if p.loss.is_log() { d } else { d / p.scale }))
            },
        );
    }
    cells.sort_by(|a, b| a.score.total_cmp(&b.score));
    let mut kept: Vec<Cell> = Vec::new();
    for cell in cells {
        let near = |other: &Cell| other.at.iter().zip(&cell.at).all(|(a, b)| a.abs_diff(*b) < APART);
        if cell.score.is_finite() && !kept.iter().any(near) {
            kept.push(cell);
        }
        if kept.len() == keep {
            break;
        }
    }
    kept
}

/// Every cell with its coefficients and its sum of squares.
fn all_cells(p: &Separable, begin: &[usize], gram: &[f64], right: &[f64], size: usize, whole: f64) -> Vec<Cell> {
    let q = p.columns.len();
    let count: usize = p.points.iter().map(Vec::len).product();
    let mut cells = Vec::with_capacity(count);
    for index in 0..count {
        let (mut at, mut shapes, mut rest) = ([0usize; SHAPES], [0.0; SHAPES], index);
        for ((at, shape), points) in at.iter_mut().zip(&mut shapes).zip(&p.points) {
            *at = rest % points.len();
            *shape = points[*at];
            rest /= points.len();
        }
        let mut chosen = [0usize; COLUMNS];
        for (k, (chosen, term)) in chosen.iter_mut().zip(&p.spec.terms).enumerate() {
            *chosen = begin[k] + place(term, &at, p);
        }
        let (mut small, mut b) = ([0.0; COLUMNS * COLUMNS], [0.0; COLUMNS]);
        for i in 0..q {
            b[i] = right[chosen[i]];
            for j in 0..=i {
                small[i * q + j] = gram[chosen[i] * size + chosen[j]];
            }
        }
        let s = nnls::solve(&small[..q * q], &b[..q], q);
        cells.push(Cell { coefficients: s.coefficients, shapes, at, squares: whole - s.gain, score: f64::INFINITY });
    }
    cells
}

/// Which of its basis functions a term has in a cell.
#[inline(always)]
fn place(term: &Term, at: &[usize; SHAPES], p: &Separable) -> usize {
    term.shapes().iter().fold(0, |index, s| index * p.points[*s].len() + at[*s])
}

/// Σ w ρ(r), with Huber's ρ in units of its threshold, or the square.
#[inline(always)]
fn score(r: &[f64], w: &[f64], threshold: Option<f64>) -> f64 {
    let mut sums = [0.0; LANES];
    let (r, w) = (r.chunks_exact(LANES), w.chunks_exact(LANES));
    match threshold {
        Some(d) => {
            for (r, w) in r.zip(w) {
                for lane in 0..LANES {
                    let a = r[lane].abs();
                    let near = a.min(d);
                    // a ≤ d: a² / 2d; beyond: a − d / 2.
                    sums[lane] += w[lane] * (near * near / (2.0 * d) + (a - near));
                }
            }
        }
        None => {
            for (r, w) in r.zip(w) {
                for lane in 0..LANES {
                    sums[lane] += w[lane] * r[lane] * r[lane];
                }
            }
        }
    }
    sums.iter().sum()
}
