//! The lower envelope of training curves (Approach 1): at every compute the run of least loss, then power laws of its
//! size and tokens in compute.
//!
//! Source: Hoffmann et al. 2022, 3.1.

use std::collections::BTreeMap;

use crate::FitError;
use crate::iso_flop::Power;

/// The points of least loss, at most one per bin of compute, by row, the least compute first; every one is below all before it.
///
/// `compute` is cut into `bins` of equal width in its logarithm, from the least to the largest. A bin without a point has none, and neither has
/// one whose best is no better than what less compute has reached: where points are fewer than bins, the best of a bin is just a point.
/// Of two points of equal loss the one of less compute counts.
///
/// # Errors
/// Columns of different lengths, compute that is not positive, losses that are not finite, no bins.
pub fn lower(compute: &[f64], loss: &[f64], bins: usize) -> Result<Vec<usize>, FitError> {
    if compute.len() != loss.len() || bins == 0 {
        return Err(FitError::Setting(format!(
            "{} values of compute, {} losses and {bins} bins; as many losses as compute, and a bin or more",
            compute.len(),
            loss.len()
        )));
    }
    if compute.iter().any(|c| !(*c > 0.0 && c.is_finite())) || loss.iter().any(|l| !l.is_finite()) {
        return Err(FitError::Setting("an envelope needs positive compute and finite losses".to_owned()));
    }
    let logs: Vec<f64> = compute.iter().map(|c| c.ln()).collect();
    let (low, high) = logs.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
    let width = (high - low) / bins as f64;
    let mut best: BTreeMap<usize, usize> = BTreeMap::new();
    for (row, c) in logs.iter().enumerate() {
        let bin = if width > 0.0 { (((c - low) / width) as usize).min(bins - 1) } else { 0 };
        let better = |b: &usize| loss[row].total_cmp(&loss[*b]).then(compute[row].total_cmp(&compute[*b])).is_lt();
        if best.get(&bin).is_none_or(better) {
            best.insert(bin, row);
        }
    }
    let mut least = f64::INFINITY;
    let below = |row: &usize| {
        let lower = loss[*row] < least;
        least = least.min(loss[*row]);
        lower
    };
    Ok(best.into_values().filter(below).collect())
}

/// Power laws of the best size and the best number of tokens in compute, over the rows of an envelope.
///
/// # Errors
/// Columns of different lengths, a row that is not there, fewer than two budgets, values that are not positive.
pub fn fit(envelope: &[usize], compute: &[f64], params: &[f64], tokens: &[f64]) -> Result<(Power, Power), FitError> {
    let pick = |v: &[f64]| -> Result<Vec<f64>, FitError> {
        let missing = |row: &usize| FitError::Setting(format!("row {row} is on the envelope and not in a column of {}", v.len()));
        envelope.iter().map(|row| v.get(*row).copied().ok_or_else(|| missing(row))).collect()
    };
    let c = pick(compute)?;
    Ok((Power::fit(&c, &pick(params)?, &[])?, Power::fit(&c, &pick(tokens)?, &[])?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocation::Surface;

    #[test]
    fn the_envelope_of_a_surface_has_its_exponents() {
        let surface = Surface { e: 1.69, a: 406.4, b: 410.7, alpha: 0.34, beta: 0.28 };
        let (mut c, mut n, mut d, mut l) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for i in 0..60 {
            for j in 0..300 {
                let (params, tokens) = (1e7 * 1.12f64.powi(i), 1e8 * 1.04f64.powi(j));
                c.push(6.0 * params * tokens);
                n.push(params);
                d.push(tokens);
                l.push(surface.loss(params, tokens));
            }
        }
        let rows = lower(&c, &l, 200).unwrap();
        // The outer budgets have their best size off the grid.
        let inner: Vec<usize> = rows.into_iter().filter(|r| n[*r] > 3e7 && n[*r] < 3e9 && d[*r] > 3e8 && d[*r] < 3e12).collect();
        let (size, data) = fit(&inner, &c, &n, &d).unwrap();
        assert!((size.exponent - 0.28 / 0.62).abs() < 0.02 && (data.exponent - 0.34 / 0.62).abs() < 0.02, "{size:?} {data:?}");
    }

    #[test]
    fn each_bin_keeps_its_best_and_ties_go_to_less_compute() {
        assert_eq!(lower(&[1.0, 1.1, 10.0, 100.0, 90.0], &[3.0, 2.0, 1.5, 1.0, 1.0], 2).unwrap(), [1, 4]);
        // A bin whose best is no better than a cheaper point is not on the envelope.
        assert_eq!(lower(&[1.0, 10.0, 100.0, 1000.0], &[3.0, 2.0, 2.5, 1.0], 4).unwrap(), [0, 1, 3]);
        assert_eq!(lower(&[1.0, 2.0], &[2.0, 1.0], usize::MAX).unwrap(), [0, 1]);
        assert_eq!(lower(&[5.0, 5.0], &[2.0, 1.0], 3).unwrap(), [1]);
        assert_eq!(lower(&[], &[], 3).unwrap(), Vec::<usize>::new());
    }

    #[test]
    fn bad_columns_are_refused() {
        assert!(lower(&[1.0], &[1.0], 0).is_err() && lower(&[1.0], &[], 1).is_err());
        assert!(lower(&[0.0], &[1.0], 1).is_err() && lower(&[1.0], &[f64::NAN], 1).is_err());
        assert!(fit(&[3], &[1.0], &[1.0], &[1.0]).is_err());
    }
}
