//! A perceptron with one hidden layer whose second derivatives are exact: `p = softmax(tanh(x W₁ + b₁) W₂ + b₂)`, in 64 bits.
//!
//! The loss is the mean cross-entropy times a factor. Along a direction v of the weights, the derivative of its gradient by the weights is H·v, and
//! that of its gradient by the pictures is the mixed product ∂²/∂x∂w · v: both by one tangent forward and one backward (Pearlmutter 1994,
//! doi 10.1162/neco.1994.6.1.147). Weights lie in one row: W₁ (inputs × hidden), b₁, W₂ (hidden × classes), b₂.

use nets::product::{Mat, matmul};
use rand::RngExt;
use rand_pcg::Pcg64;

/// How large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TwoLayer {
    pub(crate) ins: usize,
    pub(crate) hidden: usize,
    pub(crate) outs: usize,
}

/// Weights by what they are.
struct Parts<'a> {
    first: Mat<'a, f64>,
    first_bias: &'a [f64],
    last: Mat<'a, f64>,
    last_weights: &'a [f64],
    last_bias: &'a [f64],
}

/// What a pass forward leaves: hidden values and probabilities, row by row.
struct Seen {
    hidden: Vec<f64>,
    found: Vec<f64>,
}

/// What a pass backward leaves: slopes of the loss by scores, by hidden values, and by what is under the tanh.
struct Slopes {
    scores: Vec<f64>,
    hidden: Vec<f64>,
    under: Vec<f64>,
}

/// A product of `rows` by `cols` numbers.
fn times(a: Mat<'_, f64>, b: Mat<'_, f64>, rows: usize, cols: usize) -> Vec<f64> {
    let mut out = vec![0.0; rows * cols];
    matmul(&mut out, cols, false, a, b, 1.0);
    out
}

/// Adds a product to what is there.
fn plus(to: &mut [f64], a: Mat<'_, f64>, b: Mat<'_, f64>, cols: usize) {
    matmul(to, cols, true, a, b, 1.0);
}

/// Adds a row to every row.
fn add_row(to: &mut [f64], row: &[f64]) {
    to.chunks_exact_mut(row.len().max(1)).for_each(|own| own.iter_mut().zip(row).for_each(|(a, b)| *a += b));
}

/// Puts the sums of columns somewhere.
fn column_sums(of: &[f64], to: &mut [f64]) {
    to.fill(0.0);
    of.chunks_exact(to.len().max(1)).for_each(|row| to.iter_mut().zip(row).for_each(|(t, v)| *t += v));
}

impl TwoLayer {
    /// How many weights it has.
    pub(crate) fn weights(&self) -> usize {
        (self.ins + 1) * self.hidden + (self.hidden + 1) * self.outs
    }

    /// Where W₁ and W₂ lie.
    pub(crate) fn matrices(&self) -> [std::ops::Range<usize>; 2] {
        let (first, next) = (self.ins * self.hidden, (self.ins + 1) * self.hidden);
        [0..first, next..next + self.hidden * self.outs]
    }

    /// First weights, uniform within one over the root of a layer's inputs, as in PyTorch.
    pub(crate) fn first(&self, rng: &mut Pcg64) -> Vec<f64> {
        let mut draw = |count: usize, inputs: usize| -> Vec<f64> {
            let bound = (inputs.max(1) as f64).sqrt().recip();
            (0..count).map(|_| bound * (2.0 * rng.random::<f64>() - 1.0)).collect()
        };
        let below = draw((self.ins + 1) * self.hidden, self.ins);
        [below, draw((self.hidden + 1) * self.outs, self.hidden)].concat()
    }

    /// Operations of a gradient with this many rows.
    pub(crate) fn gradient_work(&self, rows: usize) -> f64 {
        let (below, above) = (self.ins * self.hidden, self.hidden * self.outs);
        (rows * (4 * below + 6 * above)) as f64
    }

    /// The same of a second derivative.
    pub(crate) fn second_work(&self, rows: usize) -> f64 {
        let (below, above) = (self.ins * self.hidden, self.hidden * self.outs);
        (rows * (10 * below + 16 * above)) as f64
    }

    /// The same of the gradient of a penalty on slopes.
    pub(crate) fn penalty_work(&self, rows: usize) -> f64 {
        (rows * 10 * self.ins * self.hidden) as f64
    }

    /// The same of looking at this many rows.
    pub(crate) fn look_work(&self, rows: usize) -> f64 {
        (rows * 2 * (self.ins * self.hidden + self.hidden * self.outs)) as f64
    }

    fn parts<'a>(&self, weights: &'a [f64]) -> Parts<'a> {
        let (first, rest) = weights.split_at(self.ins * self.hidden);
        let (first_bias, rest) = rest.split_at(self.hidden);
        let (last, last_bias) = rest.split_at(self.hidden * self.outs);
        Parts { first: Mat::new(first, self.ins, self.hidden), first_bias, last: Mat::new(last, self.hidden, self.outs), last_weights: last, last_bias }
    }

    fn parts_mut<'a>(&self, weights: &'a mut [f64]) -> [&'a mut [f64]; 4] {
        let (first, rest) = weights.split_at_mut(self.ins * self.hidden);
        let (first_bias, rest) = rest.split_at_mut(self.hidden);
        let (last, last_bias) = rest.split_at_mut(self.hidden * self.outs);
        [first, first_bias, last, last_bias]
    }

    fn hidden(&self, parts: &Parts<'_>, x: &[f64], rows: usize) -> Vec<f64> {
        let mut hidden = times(Mat::new(x, rows, self.ins), parts.first, rows, self.hidden);
        add_row(&mut hidden, parts.first_bias);
        hidden.iter_mut().for_each(|v| *v = v.tanh());
        hidden
    }

    fn scores(&self, parts: &Parts<'_>, hidden: &[f64], rows: usize) -> Vec<f64> {
        let mut scores = times(Mat::new(hidden, rows, self.hidden), parts.last, rows, self.outs);
        add_row(&mut scores, parts.last_bias);
        scores
    }

    fn forward(&self, parts: &Parts<'_>, x: &[f64], rows: usize) -> Seen {
        let hidden = self.hidden(parts, x, rows);
        let mut found = self.scores(parts, &hidden, rows);
        for row in found.chunks_exact_mut(self.outs.max(1)) {
            let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            row.iter_mut().for_each(|v| *v = (*v - top).exp());
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|v| *v /= sum);
        }
        Seen { hidden, found }
    }

    fn backward(&self, parts: &Parts<'_>, seen: &Seen, labels: &[u32], factor: f64) -> Slopes {
        let rows = labels.len();
        let by = factor / rows.max(1) as f64;
        let mut scores = seen.found.clone();
        for (row, label) in scores.chunks_exact_mut(self.outs.max(1)).zip(labels) {
            if let Some(right) = row.get_mut(*label as usize) {
                *right -= 1.0;
            }
            row.iter_mut().for_each(|v| *v *= by);
        }
        let hidden = times(Mat::new(&scores, rows, self.outs), parts.last.t(), rows, self.hidden);
        let under = hidden.iter().zip(&seen.hidden).map(|(d, a)| d * (1.0 - a * a)).collect();
        Slopes { scores, hidden, under }
    }

    /// Scores of all classes, row by row.
    pub(crate) fn look(&self, weights: &[f64], x: &[f64]) -> Vec<f64> {
        let (parts, rows) = (self.parts(weights), x.len() / self.ins.max(1));
        let hidden = self.hidden(&parts, x, rows);
        self.scores(&parts, &hidden, rows)
    }

    /// The gradient of the loss by the weights.
    pub(crate) fn gradient(&self, weights: &[f64], x: &[f64], labels: &[u32], factor: f64, to: &mut [f64]) {
        let (parts, rows) = (self.parts(weights), labels.len());
        let seen = self.forward(&parts, x, rows);
        let slopes = self.backward(&parts, &seen, labels, factor);
        let [first, first_bias, last, last_bias] = self.parts_mut(to);
        matmul(first, self.hidden, false, Mat::new(x, rows, self.ins).t(), Mat::new(&slopes.under, rows, self.hidden), 1.0);
        matmul(last, self.outs, false, Mat::new(&seen.hidden, rows, self.hidden).t(), Mat::new(&slopes.scores, rows, self.outs), 1.0);
        column_sums(&slopes.under, first_bias);
        column_sums(&slopes.scores, last_bias);
    }

    /// Along a direction of the weights, the derivative of the gradient by the weights, and that of the gradient by `x`.
    pub(crate) fn second(&self, weights: &[f64], x: &[f64], labels: &[u32], factor: f64, direction: &[f64], (product, mixed): (&mut [f64], &mut [f64])) {
        let (parts, along, rows) = (self.parts(weights), self.parts(direction), labels.len());
        let (h, c) = (self.hidden, self.outs);
        let by = factor / rows.max(1) as f64;
        let seen = self.forward(&parts, x, rows);
        let slopes = self.backward(&parts, &seen, labels, factor);
        let hidden = Mat::new(&seen.hidden, rows, h);
        // How hidden values, scores and probabilities move.
        let mut moved = times(Mat::new(x, rows, self.ins), along.first, rows, h);
        add_row(&mut moved, along.first_bias);
        moved.iter_mut().zip(&seen.hidden).for_each(|(m, a)| *m *= 1.0 - a * a);
        let mut scores = times(Mat::new(&moved, rows, h), parts.last, rows, c);
        plus(&mut scores, hidden, along.last, c);
        add_row(&mut scores, along.last_bias);
        for (row, p) in scores.chunks_exact_mut(c.max(1)).zip(seen.found.chunks_exact(c.max(1))) {
            let mean: f64 = row.iter().zip(p).map(|(s, p)| s * p).sum();
            row.iter_mut().zip(p).for_each(|(s, p)| *s = by * p * (*s - mean));
        }
        // How the slopes move.
        let mut under = times(Mat::new(&scores, rows, c), parts.last.t(), rows, h);
        plus(&mut under, Mat::new(&slopes.scores, rows, c), along.last.t(), h);
        for (((u, d), a), m) in under.iter_mut().zip(&slopes.hidden).zip(&seen.hidden).zip(&moved) {
            *u = *u * (1.0 - a * a) - 2.0 * d * a * m;
        }
        let [first, first_bias, last, last_bias] = self.parts_mut(product);
        matmul(first, h, false, Mat::new(x, rows, self.ins).t(), Mat::new(&under, rows, h), 1.0);
        matmul(last, c, false, Mat::new(&moved, rows, h).t(), Mat::new(&slopes.scores, rows, c), 1.0);
        plus(last, hidden.t(), Mat::new(&scores, rows, c), c);
        column_sums(&under, first_bias);
        column_sums(&scores, last_bias);
        matmul(mixed, self.ins, false, Mat::new(&under, rows, h), parts.first.t(), 1.0);
        plus(mixed, Mat::new(&slopes.under, rows, h), along.first.t(), self.ins);
    }

    /// Adds the gradient of a penalty by the weights: `factor` times the mean over pictures of (‖∂ Σ scores / ∂x‖ − 1)².
    pub(crate) fn penalty(&self, weights: &[f64], x: &[f64], factor: f64, to: &mut [f64]) {
        let (parts, rows, h) = (self.parts(weights), x.len() / self.ins.max(1), self.hidden);
        let hidden = self.hidden(&parts, x, rows);
        let sums: Vec<f64> = parts.last_weights.chunks_exact(self.outs.max(1)).map(|row| row.iter().sum()).collect();
        let gates: Vec<f64> = hidden.iter().map(|a| 1.0 - a * a).collect();
        let gated: Vec<f64> = gates.iter().zip(sums.iter().cycle()).map(|(g, s)| g * s).collect();
        let mut slopes = times(Mat::new(&gated, rows, h), parts.first.t(), rows, self.ins);
        for row in slopes.chunks_exact_mut(self.ins.max(1)) {
            let length = row.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-12);
            let by = 2.0 * factor / rows.max(1) as f64 * (length - 1.0) / length;
            row.iter_mut().for_each(|v| *v *= by);
        }
        let back = times(Mat::new(&slopes, rows, self.ins), parts.first, rows, h);
        let [first, first_bias, last, _] = self.parts_mut(to);
        plus(first, Mat::new(&slopes, rows, self.ins).t(), Mat::new(&gated, rows, h), h);
        let under: Vec<f64> = back.iter().zip(sums.iter().cycle()).zip(&hidden).zip(&gates).map(|(((b, s), a), g)| -2.0 * b * s * a * g).collect();
        plus(first, Mat::new(x, rows, self.ins).t(), Mat::new(&under, rows, h), h);
        under.chunks_exact(h.max(1)).for_each(|row| first_bias.iter_mut().zip(row).for_each(|(t, v)| *t += v));
        let mut by_sum = vec![0.0; h];
        for (back, gates) in back.chunks_exact(h.max(1)).zip(gates.chunks_exact(h.max(1))) {
            by_sum.iter_mut().zip(back).zip(gates).for_each(|((t, b), g)| *t += b * g);
        }
        last.chunks_exact_mut(self.outs.max(1)).zip(&by_sum).for_each(|(row, s)| row.iter_mut().for_each(|v| *v += s));
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    const NET: TwoLayer = TwoLayer { ins: 5, hidden: 4, outs: 3 };

    fn numbers(count: usize, seed: u64) -> Vec<f64> {
        let mut rng = Pcg64::seed_from_u64(seed);
        (0..count).map(|_| nets::params::normal(&mut rng)).collect()
    }

    /// The loss, with the labels 0, 2, 1.
    fn loss(weights: &[f64], x: &[f64], factor: f64) -> f64 {
        let seen = NET.forward(&NET.parts(weights), x, 3);
        [0, 2, 1].iter().zip(seen.found.chunks_exact(3)).map(|(label, p)| -factor / 3.0 * p[*label].ln()).sum()
    }

    /// The penalty by its definition, with slopes by differences.
    fn penalty(weights: &[f64], x: &[f64]) -> f64 {
        let sum = |x: &[f64]| NET.look(weights, x).iter().sum::<f64>();
        let slope = |row: &[f64], k: usize| {
            let moved = |by: f64| -> Vec<f64> { row.iter().enumerate().map(|(i, v)| if i == k { v + by } else { *v }).collect() };
            (sum(&moved(1e-5)) - sum(&moved(-1e-5))) / 2e-5
        };
        let length = |row: &[f64]| (0..5).map(|k| slope(row, k).powi(2)).sum::<f64>().sqrt();
        x.chunks_exact(5).map(|row| (length(row) - 1.0).powi(2)).sum::<f64>() / (x.len() / 5) as f64
    }

    /// Central differences of a function of some numbers.
    fn differences(at: &[f64], by: f64, f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        let moved = |k: usize, by: f64| {
            let mut to = at.to_vec();
            to[k] += by;
            f(&to)
        };
        (0..at.len()).map(|k| (moved(k, by) - moved(k, -by)) / (2.0 * by)).collect()
    }

    fn near(found: &[f64], wanted: &[f64], within: f64) {
        assert_eq!(found.len(), wanted.len());
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < within), "{found:?}\n{wanted:?}");
    }

    #[test]
    fn gradients_are_those_of_differences() {
        let (w, x) = (numbers(NET.weights(), 1), numbers(15, 2));
        let mut found = vec![9.0; NET.weights()];
        NET.gradient(&w, &x, &[0, 2, 1], 0.7, &mut found);
        near(&found, &differences(&w, 1e-5, |w| loss(w, &x, 0.7)), 1e-8);
    }

    #[test]
    fn second_derivatives_are_those_of_differences_to_a_millionth() {
        let (w, x, v) = (numbers(NET.weights(), 1), numbers(15, 2), numbers(NET.weights(), 3));
        let (mut product, mut mixed) = (vec![9.0; w.len()], vec![9.0; 15]);
        NET.second(&w, &x, &[0, 2, 1], 0.7, &v, (&mut product, &mut mixed));
        // What both are gradients of: the slope of the loss along the direction.
        let along = |w: &[f64], x: &[f64]| {
            let mut g = vec![0.0; w.len()];
            NET.gradient(w, x, &[0, 2, 1], 0.7, &mut g);
            g.iter().zip(&v).map(|(g, v)| g * v).sum::<f64>()
        };
        near(&product, &differences(&w, 1e-5, |w| along(w, &x)), 1e-6);
        near(&mixed, &differences(&x, 1e-5, |x| along(&w, x)), 1e-6);
    }

    #[test]
    fn the_penalty_is_that_of_its_definition() {
        let (w, x) = (numbers(NET.weights(), 1), numbers(15, 2));
        let mut found = vec![0.0; w.len()];
        NET.penalty(&w, &x, 1.0, &mut found);
        near(&found, &differences(&w, 1e-4, |w| penalty(w, &x)), 1e-4);
    }

    #[test]
    fn work_is_counted() {
        let (w, x) = (numbers(NET.weights(), 1), numbers(15, 2));
        let mut to = vec![0.0; w.len()];
        let spent = |f: &mut dyn FnMut()| {
            let before = nets::product::operations();
            f();
            (nets::product::operations() - before) as f64
        };
        let gradient = spent(&mut || NET.gradient(&w, &x, &[0, 2, 1], 1.0, &mut to));
        assert_eq!(gradient, NET.gradient_work(3));
        let (mut product, mut mixed) = (vec![0.0; w.len()], vec![0.0; 15]);
        assert_eq!(spent(&mut || NET.second(&w, &x, &[0, 2, 1], 1.0, &w, (&mut product, &mut mixed))), NET.second_work(3));
        assert_eq!(spent(&mut || NET.penalty(&w, &x, 1.0, &mut product)), NET.penalty_work(3));
        assert_eq!(
            spent(&mut || {
                NET.look(&w, &x);
            }),
            NET.look_work(3)
        );
        assert_eq!(NET.matrices().map(|at| at.len()), [20, 12]);
        assert_eq!(NET.first(&mut Pcg64::seed_from_u64(1)).len(), NET.weights());
    }
}
