//! A few rows that stand for many: centres of clusters (k-means), the rows nearest to such, and herding.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::unrolled::square_distance;

/// Rounds of k-means.
const ROUNDS: usize = 20;

/// Which of these centres is nearest to a row, the first of equals.
fn nearest(row: &[f64], centres: &[f64], dim: usize) -> usize {
    let gap = |k: usize| centres.get(k * dim..(k + 1) * dim).map_or(f64::INFINITY, |centre| square_distance(row, centre));
    (0..centres.len() / dim.max(1)).min_by(|a, b| gap(*a).total_cmp(&gap(*b))).unwrap_or(0)
}

/// Centres of so many clusters of rows, one after the other. The first is a row drawn at random, each of the others a row drawn by its squared
/// distance from those before (k-means++; Arthur and Vassilvitskii 2007); of fewer rows than clusters some are the same.
pub(crate) fn centres(rows: &[f64], dim: usize, k: usize, rng: &mut Pcg64) -> Vec<f64> {
    let dim = dim.max(1);
    let all: Vec<&[f64]> = rows.chunks_exact(dim).collect();
    let Some(first) = all.get(rng.random_range(0..all.len().max(1))) else { return Vec::new() };
    let mut found = first.to_vec();
    while found.len() < k * dim {
        let gaps: Vec<f64> = all.iter().map(|row| square_distance(row, &found[nearest(row, &found, dim) * dim..][..dim])).collect();
        let mut left = rng.random::<f64>() * gaps.iter().sum::<f64>();
        let next = gaps.iter().position(|gap| {
            left -= gap;
            left < 0.0
        });
        found.extend_from_slice(all[next.unwrap_or(0)]);
    }
    for _ in 0..ROUNDS {
        let (mut sums, mut counts) = (vec![0.0; k * dim], vec![0.0; k]);
        for row in &all {
            let own = nearest(row, &found, dim);
            counts[own] += 1.0;
            sums[own * dim..][..dim].iter_mut().zip(*row).for_each(|(s, v)| *s += v);
        }
        for ((centre, sum), count) in found.chunks_exact_mut(dim).zip(sums.chunks_exact(dim)).zip(&counts).filter(|(_, count)| **count > 0.0) {
            centre.iter_mut().zip(sum).for_each(|(c, s)| *c = s / count);
        }
    }
    found
}

/// For every centre the row that is nearest to it and was not taken before; where all are taken, the first.
pub(crate) fn nearest_rows(rows: &[f64], dim: usize, centres: &[f64]) -> Vec<usize> {
    let dim = dim.max(1);
    let mut taken: Vec<usize> = Vec::new();
    for centre in centres.chunks_exact(dim) {
        let free = rows.chunks_exact(dim).enumerate().filter(|(k, _)| !taken.contains(k));
        let best = free.min_by(|a, b| square_distance(a.1, centre).total_cmp(&square_distance(b.1, centre)));
        taken.push(best.map_or(0, |(k, _)| k));
    }
    taken
}

/// So many rows whose mean keeps as near to that of all as it can, one after the other (herding; Welling 2009), none twice.
pub(crate) fn herding(rows: &[f64], dim: usize, k: usize) -> Vec<usize> {
    let dim = dim.max(1);
    let n = (rows.len() / dim).max(1) as f64;
    let mut mean = vec![0.0; dim];
    rows.chunks_exact(dim).for_each(|row| mean.iter_mut().zip(row).for_each(|(m, v)| *m += v / n));
    let (mut taken, mut sum): (Vec<usize>, Vec<f64>) = (Vec::new(), vec![0.0; dim]);
    for count in 1..=k {
        // The row that brings the mean nearest.
        let wanted: Vec<f64> = mean.iter().zip(&sum).map(|(m, s)| count as f64 * m - s).collect();
        let free = rows.chunks_exact(dim).enumerate().filter(|(k, _)| !taken.contains(k));
        let Some((best, row)) = free.min_by(|a, b| square_distance(a.1, &wanted).total_cmp(&square_distance(b.1, &wanted))) else { break };
        sum.iter_mut().zip(row).for_each(|(s, v)| *s += v);
        taken.push(best);
    }
    taken
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    const ROWS: [f64; 12] = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 10.0, 10.0, 10.0, 11.0, 11.0, 10.0];

    #[test]
    fn clusters_far_apart_are_found() {
        for seed in 0..5 {
            let found = centres(&ROWS, 2, 2, &mut Pcg64::seed_from_u64(seed));
            let mut sums: Vec<f64> = found.chunks_exact(2).map(|c| c[0] + c[1]).collect();
            sums.sort_by(f64::total_cmp);
            assert!((sums[0] - 2.0 / 3.0).abs() < 1e-12 && (sums[1] - 62.0 / 3.0).abs() < 1e-12, "{found:?}");
        }
        // One centre is the mean.
        assert!(centres(&ROWS, 2, 1, &mut Pcg64::seed_from_u64(1)).iter().all(|v| (v - 32.0 / 6.0).abs() < 1e-12));
        assert!(centres(&[], 2, 3, &mut Pcg64::seed_from_u64(1)).is_empty());
    }

    #[test]
    fn no_row_is_taken_twice() {
        assert_eq!(nearest_rows(&ROWS, 2, &[0.1, 0.1, 0.1, 0.0, 10.1, 10.1]), [0, 2, 3]);
        assert_eq!(nearest_rows(&ROWS[..2], 2, &[0.0, 0.0, 1.0, 1.0]), [0, 0]);
    }

    #[test]
    fn herding_by_hand() {
        // The mean of 0, 1, 5 is 2: 1 is nearest; then 2 · 2 − 1 = 3 is wanted, and 5 is nearer to it than 0.
        assert_eq!(herding(&[0.0, 1.0, 5.0], 1, 2), [1, 2]);
        assert_eq!(herding(&[0.0, 1.0, 5.0], 1, 9).len(), 3);
    }
}
