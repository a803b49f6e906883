//! The distance of Gromov and Wasserstein between step functions of one size (Mémoli, 2011; with entropy: Peyré, Cuturi and Solomon, ICML 2016),
//! and the convex combination of some of them that is nearest to another one.
//!
//! `min over T of Σ (A_ik − B_jl)² T_ij T_kl`, where rows and columns of T sum to 1/size: places of two graphons are matched so that linked pairs
//! meet linked pairs. T is found by fixed points of Sinkhorn's method on the slope, in logarithms; the distance is taken at that T, without the
//! entropy and with the sums that T has. It is no convex problem: searches begin at the product of the margins and at the diagonal, and the smaller
//! end counts.

/// How T is found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search {
    /// Steps along each side.
    pub(crate) size: usize,
    /// Weight of the entropy.
    pub(crate) entropy: f64,
    /// Slopes taken for a first T, and for one that goes on from another.
    pub(crate) first: usize,
    pub(crate) further: usize,
    /// Sweeps of Sinkhorn's method for each of them.
    pub(crate) sweeps: usize,
    /// Steps down the slope of the weights of a combination.
    pub(crate) descent: usize,
    /// Their rate.
    pub(crate) rate: f64,
}

/// A matching of places, with its potentials.
struct Coupling {
    plan: Vec<f64>,
    rows: Vec<f64>,
    columns: Vec<f64>,
}

/// A distance, and the weights of the combination that has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Nearest {
    /// The distance, squared.
    pub(crate) distance: f64,
    /// One weight for each of the functions combined; they sum to one.
    pub(crate) weights: Vec<f64>,
}

/// The product of two square matrices.
fn product(a: &[f64], b: &[f64], size: usize) -> Vec<f64> {
    let mut out = vec![0.0; size * size];
    for (row, to) in a.chunks_exact(size).zip(out.chunks_exact_mut(size)) {
        for (factor, from) in row.iter().zip(b.chunks_exact(size)) {
            to.iter_mut().zip(from).for_each(|(t, f)| *t += factor * f);
        }
    }
    out
}

/// ln Σ exp.
fn log_sum(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let top = values.clone().fold(f64::NEG_INFINITY, f64::max);
    top + values.map(|v| (v - top).exp()).sum::<f64>().ln()
}

/// Σ_k x_ik² m_k for every i.
fn squares(x: &[f64], margin: &[f64]) -> Vec<f64> {
    x.chunks_exact(margin.len()).map(|row| row.iter().zip(margin).map(|(v, m)| v * v * m).sum()).collect()
}

impl Coupling {
    /// The product of the margins, or the diagonal.
    fn new(size: usize, diagonal: bool) -> Self {
        let even = 1.0 / size as f64;
        let entry = |at: usize| match (diagonal, at / size == at % size) {
            (true, true) => even,
            (true, false) => 0.0,
            (false, _) => even * even,
        };
        Self { plan: (0..size * size).map(entry).collect(), rows: vec![0.0; size], columns: vec![0.0; size] }
    }

    /// Goes on for some slopes.
    fn improve(&mut self, a: &[f64], b: &[f64], search: &Search, slopes: usize) {
        let (n, entropy) = (search.size, search.entropy);
        let even = vec![1.0 / n as f64; n];
        let (of_a, of_b, margin) = (squares(a, &even), squares(b, &even), (n as f64).recip().ln());
        for _ in 0..slopes {
            let moved = product(&product(a, &self.plan, n), b, n);
            // In units of the entropy.
            let slope: Vec<f64> = (0..n * n).map(|at| 2.0 * (of_a[at / n] + of_b[at % n] - 2.0 * moved[at]) / entropy).collect();
            for _ in 0..search.sweeps {
                for (row, potential) in slope.chunks_exact(n).zip(&mut self.rows) {
                    *potential = margin - log_sum(row.iter().zip(&self.columns).map(|(s, c)| c - s));
                }
                for (j, potential) in self.columns.iter_mut().enumerate() {
                    *potential = margin - log_sum(self.rows.iter().enumerate().map(|(i, r)| r - slope[i * n + j]));
                }
            }
            let (rows, columns) = (&self.rows, &self.columns);
            self.plan.iter_mut().zip(&slope).enumerate().for_each(|(at, (entry, s))| *entry = (rows[at / n] + columns[at % n] - s).exp());
        }
    }

    /// What the rows and the columns sum to.
    fn margins(&self, n: usize) -> (Vec<f64>, Vec<f64>) {
        let mut columns = vec![0.0; n];
        self.plan.chunks_exact(n).for_each(|row| columns.iter_mut().zip(row).for_each(|(c, v)| *c += v));
        (self.plan.chunks_exact(n).map(|row| row.iter().sum()).collect(), columns)
    }

    /// The distance, squared, and its slope by the entries of `a`.
    fn distance(&self, a: &[f64], b: &[f64], n: usize) -> (f64, Vec<f64>) {
        let (rows, columns) = self.margins(n);
        let weighed = |x: &[f64], margin: &[f64]| squares(x, margin).iter().zip(margin).map(|(s, m)| s * m).sum::<f64>();
        let transposed: Vec<f64> = (0..n * n).map(|at| self.plan[at % n * n + at / n]).collect();
        let met = product(&product(&self.plan, b, n), &transposed, n);
        let cross = a.iter().zip(&met).map(|(x, m)| x * m).sum::<f64>();
        let slope = (0..n * n).map(|at| 2.0 * (a[at] * rows[at / n] * rows[at % n] - met[at])).collect();
        (weighed(a, &rows) + weighed(b, &columns) - 2.0 * cross, slope)
    }
}

/// e to the power of every number, over their sum.
fn softmax(scores: &[f64]) -> Vec<f64> {
    let all = log_sum(scores.iter().copied());
    scores.iter().map(|score| (score - all).exp()).collect()
}

/// The convex combination of `bases` that is nearest to `target`: weights by softmax, all the same at first, and Adam on the slope at the T of each
/// step (which is the slope of the least distance, by the envelope theorem). The nearest of all steps counts. Without a base there is no distance.
pub(crate) fn nearest(bases: &[Vec<f64>], target: &[f64], search: &Search) -> Option<Nearest> {
    const FIRST: f64 = 0.9;
    const SECOND: f64 = 0.99;
    let mut best: Option<Nearest> = None;
    for diagonal in [true, false] {
        let mut coupling = Coupling::new(search.size, diagonal);
        let mut scores = vec![0.0; bases.len()];
        let (mut first, mut second) = (scores.clone(), scores.clone());
        let steps = if bases.len() > 1 { search.descent.max(1) } else { bases.len() };
        for step in 0..steps {
            let weights = softmax(&scores);
            let mut mixed = vec![0.0; target.len()];
            for (weight, base) in weights.iter().zip(bases) {
                mixed.iter_mut().zip(base).for_each(|(m, b)| *m += weight * b);
            }
            coupling.improve(&mixed, target, search, if step == 0 { search.first } else { search.further });
            let (distance, slope) = coupling.distance(&mixed, target, search.size);
            let by_weight: Vec<f64> = bases.iter().map(|base| base.iter().zip(&slope).map(|(b, s)| b * s).sum()).collect();
            let mean: f64 = weights.iter().zip(&by_weight).map(|(w, s)| w * s).sum();
            let (left, left_squares) = (1.0 - FIRST.powi(step as i32 + 1), 1.0 - SECOND.powi(step as i32 + 1));
            for (k, score) in scores.iter_mut().enumerate() {
                let slope = weights[k] * (by_weight[k] - mean);
                first[k] = FIRST * first[k] + (1.0 - FIRST) * slope;
                second[k] = SECOND * second[k] + (1.0 - SECOND) * slope * slope;
                *score -= search.rate * (first[k] / left) / ((second[k] / left_squares).sqrt() + 1e-12);
            }
            if distance.is_finite() && best.as_ref().is_none_or(|known| distance < known.distance) {
                best = Some(Nearest { distance, weights });
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::graphons::{exact, pure};

    const SEARCH: Search = Search { size: 12, entropy: 1e-3, first: 30, further: 3, sweeps: 10, descent: 150, rate: 0.05 };

    #[test]
    fn a_function_is_at_no_distance_from_itself_in_another_order() {
        let steps = exact(&pure(0), 12);
        let order: Vec<usize> = (0..12).map(|k| k * 5 % 12).collect();
        let other: Vec<f64> = (0..144).map(|at| steps[order[at / 12] * 12 + order[at % 12]]).collect();
        let found = nearest(&[other], &steps, &SEARCH).unwrap();
        assert!(found.distance < 2e-3 && found.weights == [1.0], "{found:?}");
    }

    #[test]
    fn two_constants_are_as_far_apart_as_they_differ() {
        // Whatever is matched with what: (0.7 − 0.2)².
        let found = nearest(&[vec![0.7; 144]], &[0.2; 144], &SEARCH).unwrap();
        assert!((found.distance - 0.25).abs() < 1e-6, "{found:?}");
        assert_eq!(nearest(&[], &[0.2; 144], &SEARCH), None);
    }

    #[test]
    fn planted_weights_are_found_where_the_combination_tells_them() {
        // Constants: the only combination of 0.2 and 0.8 that is 0.5 has halves, and 0.35 has a quarter of the second.
        for (value, second) in [(0.5, 0.5), (0.35, 0.25)] {
            let found = nearest(&[vec![0.2; 144], vec![0.8; 144]], &[value; 144], &SEARCH).unwrap();
            assert!((found.weights[1] - second).abs() < 0.05 && found.distance < 1e-3, "{found:?}");
        }
    }

    #[test]
    fn slopes_are_those_of_differences() {
        let (a, b) = (exact(&pure(1), 12), exact(&pure(3), 12));
        let mut coupling = Coupling::new(12, false);
        coupling.improve(&a, &b, &SEARCH, 3);
        let (_, slope) = coupling.distance(&a, &b, 12);
        for at in [0, 17, 143] {
            let moved = |by: f64| {
                let mut a = a.clone();
                a[at] += by;
                coupling.distance(&a, &b, 12).0
            };
            let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((difference - slope[at]).abs() < 1e-8, "{at}: {difference} {}", slope[at]);
        }
    }

    #[test]
    fn rows_and_columns_sum_to_their_margins() {
        let (a, b) = (exact(&pure(0), 12), exact(&pure(4), 12));
        let mut coupling = Coupling::new(12, true);
        coupling.improve(&a, &b, &Search { entropy: 0.1, sweeps: 200, ..SEARCH }, 2);
        let (rows, columns) = coupling.margins(12);
        assert!(rows.iter().chain(&columns).all(|m| (m - 1.0 / 12.0).abs() < 1e-4), "{rows:?} {columns:?}");
    }
}
