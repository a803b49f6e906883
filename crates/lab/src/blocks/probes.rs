//! Probes of frozen features: nearest class mean, nearest neighbours, a ridge classifier, a linear discriminant. All are without chance.
//!
//! Features lie row by row. Sums are in 64 bits, so that an order of examples moves them by rounding alone.

use linalg::solve_spd;
use ndarray::Array2;
use nets::product::{Mat, matmul};

use crate::StudyError;

/// Queries that are held against all known examples at once.
const BLOCK: usize = 128;

fn failed(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("probe: {what}"))
}

/// Divides every row by its length; a row of zeros stays.
pub(crate) fn unit_rows(features: &mut [f32], dim: usize) {
    for row in features.chunks_exact_mut(dim.max(1)) {
        let length = row.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
        if length > 0.0 {
            row.iter_mut().for_each(|v| *v = (f64::from(*v) / length) as f32);
        }
    }
}

/// Share of right answers; 0 of none.
pub(crate) fn accuracy(found: &[u32], wanted: &[u32]) -> f64 {
    found.iter().zip(wanted).filter(|(a, b)| a == b).count() as f64 / wanted.len().max(1) as f64
}

/// Means of classes, updated example by example.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Means {
    dim: usize,
    sums: Vec<f64>,
    counts: Vec<f64>,
}

impl Means {
    /// Of so many classes, all without examples.
    pub(crate) fn new(classes: usize, dim: usize) -> Self {
        Self { dim: dim.max(1), sums: vec![0.0; classes * dim.max(1)], counts: vec![0.0; classes] }
    }

    /// One more example; a class that is not there is passed over.
    pub(crate) fn add(&mut self, row: &[f32], class: u32) {
        let class = class as usize;
        if let (Some(sum), Some(count)) = (self.sums.chunks_exact_mut(self.dim).nth(class), self.counts.get_mut(class)) {
            sum.iter_mut().zip(row).for_each(|(s, v)| *s += f64::from(*v));
            *count += 1.0;
        }
    }

    /// The mean of a class with examples.
    fn mean(&self, class: usize) -> Option<impl Iterator<Item = f64>> {
        let count = *self.counts.get(class).filter(|count| **count > 0.0)?;
        Some(self.sums.chunks_exact(self.dim).nth(class)?.iter().map(move |s| s / count))
    }

    /// The class whose mean is nearest, among those with examples; the first of equals, and 0 where there is none.
    pub(crate) fn nearest(&self, row: &[f32]) -> u32 {
        let mut best = (f64::INFINITY, 0);
        for class in 0..self.counts.len() {
            if let Some(mean) = self.mean(class) {
                let gap: f64 = mean.zip(row).map(|(m, v)| (m - f64::from(*v)).powi(2)).sum();
                if gap < best.0 {
                    best = (gap, class as u32);
                }
            }
        }
        best.1
    }
}

/// For every row of `asked` the class of most of its `k` nearest neighbours among `known` (Euclidean); of classes with equally many, the one whose
/// nearest neighbour is nearer.
pub(crate) fn neighbours(known: &[f32], labels: &[u32], asked: &[f32], dim: usize, k: usize) -> Vec<u32> {
    let dim = dim.max(1);
    let n = labels.len().min(known.len() / dim);
    if n == 0 {
        return vec![0; asked.len() / dim];
    }
    let square = |row: &[f32]| row.iter().map(|v| v * v).sum::<f32>();
    let lengths: Vec<f32> = known.chunks_exact(dim).map(square).collect();
    let mut gaps = vec![0.0_f32; BLOCK * n];
    let mut order: Vec<usize> = Vec::with_capacity(n);
    let (k, mut found) = (k.clamp(1, n), Vec::with_capacity(asked.len() / dim));
    for block in asked.chunks(BLOCK * dim) {
        let rows = block.len() / dim;
        // |a − b|² less |a|², which is the same for all b.
        matmul(&mut gaps, n, false, Mat::new(block, rows, dim), Mat::new(known, n, dim).t(), -2.0);
        for gaps in gaps.chunks_exact_mut(n).take(rows) {
            gaps.iter_mut().zip(&lengths).for_each(|(g, l)| *g += l);
            order.clear();
            order.extend(0..n);
            let nearer = |a: &usize, b: &usize| gaps[*a].total_cmp(&gaps[*b]).then(a.cmp(b));
            order.select_nth_unstable_by(k - 1, nearer);
            order.truncate(k);
            order.sort_unstable_by(nearer);
            let votes = |class: u32| order.iter().filter(|j| labels[**j] == class).count();
            let mut best = (0, 0);
            for j in &order {
                let votes = votes(labels[*j]);
                if votes > best.0 {
                    best = (votes, labels[*j]);
                }
            }
            found.push(best.1);
        }
    }
    found
}

/// A classifier that is linear in the features and least in squared error on one-hot classes, plus a penalty. Features are centred and divided
/// by their standard deviation, as they are among the examples that it learns from.
#[derive(Clone, Debug)]
pub(crate) struct Ridge {
    centre: Vec<f64>,
    /// One over the standard deviation; 0 where there is none.
    scale: Vec<f64>,
    /// Features × classes.
    weights: Array2<f64>,
    /// What is said of the mean example.
    bias: Vec<f64>,
}

impl Ridge {
    /// Learns; `penalty` is per example.
    ///
    /// # Errors
    /// No example, or features that are not finite.
    pub(crate) fn new(known: &[f32], labels: &[u32], classes: usize, dim: usize, penalty: f64) -> Result<Self, StudyError> {
        let n = labels.len();
        if n == 0 || known.len() != n * dim || classes == 0 {
            return Err(failed("no examples to learn from"));
        }
        let mut centre = vec![0.0; dim];
        known.chunks_exact(dim.max(1)).for_each(|row| centre.iter_mut().zip(row).for_each(|(c, v)| *c += f64::from(*v) / n as f64));
        let mut spread = vec![0.0; dim];
        for row in known.chunks_exact(dim.max(1)) {
            spread.iter_mut().zip(row).zip(&centre).for_each(|((s, v), c)| *s += (f64::from(*v) - c).powi(2) / n as f64);
        }
        let scale: Vec<f64> = spread.iter().map(|s: &f64| if *s > 1e-12 { s.sqrt().recip() } else { 0.0 }).collect();
        let x = Array2::from_shape_fn((n, dim), |(i, j)| (f64::from(known[i * dim + j]) - centre[j]) * scale[j]);
        let shares: Vec<f64> = (0..classes).map(|c| labels.iter().filter(|l| **l as usize == c).count() as f64 / n as f64).collect();
        let y = Array2::from_shape_fn((n, classes), |(i, c)| f64::from(u8::from(labels[i] as usize == c)) - shares[c]);
        let mut gram = x.t().dot(&x);
        gram.diag_mut().iter_mut().for_each(|v| *v += penalty * n as f64);
        let weights = solve_spd(gram.view(), x.t().dot(&y).view()).map_err(failed)?;
        Ok(Self { centre, scale, weights, bias: shares })
    }

    /// The class of every row.
    pub(crate) fn classes(&self, asked: &[f32]) -> Vec<u32> {
        let dim = self.centre.len();
        let n = asked.len() / dim.max(1);
        let x = Array2::from_shape_fn((n, dim), |(i, j)| (f64::from(asked[i * dim + j]) - self.centre[j]) * self.scale[j]);
        let scores = x.dot(&self.weights);
        scores.outer_iter().map(|row| largest(row.iter().zip(&self.bias).map(|(s, b)| s + b))).collect()
    }
}

/// Where the largest score stands, the first of equals.
pub(crate) fn largest(scores: impl Iterator<Item = f64>) -> u32 {
    let mut best = (f64::NEG_INFINITY, 0);
    for (k, score) in scores.enumerate() {
        if score > best.0 {
            best = (score, k as u32);
        }
    }
    best.1
}

/// The penalties that a ridge classifier is chosen from.
const PENALTIES: [f64; 3] = [1e-3, 1e-2, 1e-1];

/// A ridge classifier whose penalty does best on examples that it does not learn from, and its accuracy there.
///
/// # Errors
/// As [`Ridge::new`].
pub(crate) fn chosen_ridge(known: (&[f32], &[u32]), valid: (&[f32], &[u32]), classes: usize, dim: usize) -> Result<(Ridge, f64), StudyError> {
    let mut best: Option<(Ridge, f64)> = None;
    for penalty in PENALTIES {
        let ridge = Ridge::new(known.0, known.1, classes, dim, penalty)?;
        let score = accuracy(&ridge.classes(valid.0), valid.1);
        if best.as_ref().is_none_or(|(_, highest)| score > *highest) {
            best = Some((ridge, score));
        }
    }
    best.ok_or_else(|| failed("no penalty to choose from"))
}

/// A linear discriminant with one covariance for all classes, updated example by example.
#[derive(Clone, Debug)]
pub(crate) struct Discriminant {
    means: Means,
    /// Sum of products of features.
    products: Vec<f64>,
}

/// Share of the mean variance that is added to every variance.
const SHRINK: f64 = 1e-2;

impl Discriminant {
    /// Of so many classes, all without examples.
    pub(crate) fn new(classes: usize, dim: usize) -> Self {
        Self { means: Means::new(classes, dim), products: vec![0.0; dim.max(1) * dim.max(1)] }
    }

    /// One more example.
    pub(crate) fn add(&mut self, row: &[f32], class: u32) {
        self.means.add(row, class);
        for (a, to) in row.iter().zip(self.products.chunks_exact_mut(self.means.dim)) {
            to.iter_mut().zip(row).for_each(|(p, b)| *p += f64::from(*a) * f64::from(*b));
        }
    }

    /// The class of every row: the nearest mean, by the covariance within classes.
    ///
    /// # Errors
    /// Features that are not finite.
    pub(crate) fn classes(&self, asked: &[f32]) -> Result<Vec<u32>, StudyError> {
        let dim = self.means.dim;
        let known: Vec<usize> = (0..self.means.counts.len()).filter(|c| self.means.counts[*c] > 0.0).collect();
        let n: f64 = self.means.counts.iter().sum::<f64>().max(1.0);
        let means: Vec<Vec<f64>> = known.iter().filter_map(|c| Some(self.means.mean(*c)?.collect())).collect();
        let mut covariance = Array2::from_shape_fn((dim, dim), |(i, j)| self.products[i * dim + j] / n);
        for (class, mean) in known.iter().zip(&means) {
            let share = self.means.counts[*class] / n;
            for (i, a) in mean.iter().enumerate() {
                covariance.row_mut(i).iter_mut().zip(mean).for_each(|(v, b)| *v -= share * a * b);
            }
        }
        // Rounding may leave the two halves a hair apart.
        let mut covariance = Array2::from_shape_fn((dim, dim), |(i, j)| 0.5 * (covariance[(i, j)] + covariance[(j, i)]));
        let ridge = SHRINK * covariance.diag().sum() / dim as f64 + 1e-9;
        covariance.diag_mut().iter_mut().for_each(|v| *v += ridge);
        if means.is_empty() {
            return Ok(vec![0; asked.len() / dim]);
        }
        let columns = Array2::from_shape_fn((dim, means.len()), |(i, c)| means[c][i]);
        let weights = solve_spd(covariance.view(), columns.view()).map_err(failed)?;
        let half: Vec<f64> = (0..means.len()).map(|c| -0.5 * weights.column(c).dot(&columns.column(c))).collect();
        let x = Array2::from_shape_fn((asked.len() / dim, dim), |(i, j)| f64::from(asked[i * dim + j]));
        let scores = x.dot(&weights);
        let answer = |place: u32| known.get(place as usize).map_or(0, |class| *class as u32);
        Ok(scores.outer_iter().map(|row| answer(largest(row.iter().zip(&half).map(|(s, h)| s + h)))).collect())
    }
}

/// What is left of classes within their groups: the squared distance of class means from the mean of their group, over that of examples from the mean
/// of their class, both averaged over examples. `None` where examples of a class do not differ.
pub(crate) fn structure(features: &[f32], labels: &[u32], groups: &[u32], dim: usize) -> Option<f64> {
    let dim = dim.max(1);
    let group = |label: u32| groups.get(label as usize).copied().unwrap_or(0);
    let (mut classes, mut whole) = (Means::new(groups.len(), dim), Means::new(groups.len(), dim));
    for (row, label) in features.chunks_exact(dim).zip(labels) {
        classes.add(row, *label);
        whole.add(row, group(*label));
    }
    let (mut between, mut within) = (0.0, 0.0);
    for (row, label) in features.chunks_exact(dim).zip(labels) {
        let (own, all) = (classes.mean(*label as usize)?, whole.mean(group(*label) as usize)?);
        for ((v, mean), all) in row.iter().zip(own).zip(all) {
            within += (f64::from(*v) - mean).powi(2);
            between += (mean - all).powi(2);
        }
    }
    (within > 0.0).then(|| between / within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_by_hand_in_any_order() {
        let rows: [([f32; 2], u32); 4] = [([0.0, 0.0], 0), ([2.0, 0.0], 0), ([4.0, 1.0], 2), ([6.0, 1.0], 2)];
        let (mut first, mut second) = (Means::new(3, 2), Means::new(3, 2));
        rows.iter().for_each(|(row, class)| first.add(row, *class));
        rows.iter().rev().for_each(|(row, class)| second.add(row, *class));
        assert_eq!(first, second);
        assert_eq!(first.mean(2).unwrap().collect::<Vec<f64>>(), [5.0, 1.0]);
        assert_eq!((first.nearest(&[1.5, 0.0]), first.nearest(&[3.5, 0.0]), Means::new(3, 2).nearest(&[1.0, 1.0])), (0, 2, 0));
        assert!(first.mean(1).is_none());
        first.add(&[0.0, 0.0], 7);
        assert_eq!(first, second);
    }

    #[test]
    fn neighbours_vote_and_the_nearest_breaks_ties() {
        let known = [0.0, 1.0, 2.0, 10.0, 11.0];
        let labels = [3, 4, 4, 5, 5];
        assert_eq!(neighbours(&known, &labels, &[0.4, 10.2, 0.1], 1, 1), [3, 5, 3]);
        assert_eq!(neighbours(&known, &labels, &[0.1, 9.0], 1, 3), [4, 5]);
        assert_eq!(neighbours(&known, &labels, &[0.1], 1, 2), [3]);
        assert_eq!(neighbours(&known, &labels, &[0.1], 1, 50), [4]);
        assert_eq!(neighbours(&[], &[], &[0.1, 0.2], 1, 1), [0, 0]);
    }

    #[test]
    fn unit_rows_have_length_one() {
        let mut rows = [3.0, 4.0, 0.0, 0.0];
        unit_rows(&mut rows, 2);
        assert_eq!(rows, [0.6, 0.8, 0.0, 0.0]);
        assert_eq!(accuracy(&[1, 2, 3], &[1, 0, 3]), 2.0 / 3.0);
    }

    #[test]
    fn a_ridge_finds_what_is_linear() {
        let rows: Vec<f32> = (0..40).flat_map(|k| [(k % 20) as f32, if k < 20 { 0.0 } else { 0.1 }, 7.0]).collect();
        let labels: Vec<u32> = (0..40).map(|k| u32::from(k >= 20)).collect();
        let ridge = Ridge::new(&rows, &labels, 2, 3, 1e-3).unwrap();
        assert_eq!(ridge.classes(&rows), labels);
        assert_eq!(ridge.classes(&[0.0, 0.02, 7.0, 0.0, 0.08, 0.0]), [0, 1]);
        let all = (rows.as_slice(), labels.as_slice());
        assert_eq!(chosen_ridge(all, all, 2, 3).unwrap().1, 1.0);
        assert!(Ridge::new(&[], &[], 2, 3, 1e-3).is_err());
        // One feature, two classes at ±1, penalty 1: the weight of a standardised feature is halved.
        let ridge = Ridge::new(&[-1.0, 1.0], &[0, 1], 2, 1, 1.0).unwrap();
        assert!((ridge.weights[(0, 1)] - 0.25).abs() < 1e-12 && (ridge.weights[(0, 0)] + 0.25).abs() < 1e-12);
    }

    #[test]
    fn a_discriminant_looks_along_the_covariance() {
        // Two classes, wide in the first feature and narrow in the second, in which alone they differ.
        let mut known = Discriminant::new(3, 2);
        for k in -10..=10 {
            let wide = k as f32;
            known.add(&[wide, 0.01 * (k % 3) as f32], 0);
            known.add(&[wide + 0.2, 0.3 + 0.01 * (k % 2) as f32], 2);
        }
        assert_eq!(known.classes(&[8.0, 0.02, -8.0, 0.28, 30.0, 0.3]).unwrap(), [0, 2, 2]);
        assert_eq!(Discriminant::new(2, 2).classes(&[1.0, 1.0]).unwrap(), [0]);
    }

    #[test]
    fn structure_by_hand() {
        // Classes 0 and 1 in group 0 at ±1 with examples at ±0.5 around them: 1/0.25.
        let found = structure(&[-1.5, -0.5, 0.5, 1.5], &[0, 0, 1, 1], &[0, 0], 1).unwrap();
        assert!((found - 4.0).abs() < 1e-12);
        // In groups of their own, nothing is left within.
        assert_eq!(structure(&[-1.5, -0.5, 0.5, 1.5], &[0, 0, 1, 1], &[0, 1], 1), Some(0.0));
        assert_eq!(structure(&[1.0, 1.0], &[0, 0], &[0], 1), None);
    }
}
