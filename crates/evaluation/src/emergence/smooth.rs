//! Gaussian smoothing of a curve, over the index of its points or over the logarithm of its resource.
//!
//! Over the index it is what the authors of arXiv 2604.08510 call (`gaussian_filter1d` of SciPy with its defaults): weights
//! `exp(−k²/2σ²)` at whole distances `k ≤ ⌊4σ + ½⌋`, normalised to one, the curve continued beyond each end by its mirror
//! image `… y₁ y₀ | y₀ y₁ …` (mode `reflect`). Where checkpoints are not evenly spaced, or grids differ between models,
//! that is another width in tokens; over the logarithm it is the same one everywhere.

/// Where the kernel is cut, in standard deviations.
const TRUNCATE: f64 = 4.0;

/// The widest kernel, in points: wider than any curve, and it bounds the work that a mistyped width can ask for.
const WIDEST: f64 = 1_000.0;

/// `y` smoothed over its index with a standard deviation of `sigma` points, `0 ≤ sigma ≤ 1000`; 0 leaves it as it is.
///
/// `None` for a width outside that range and for a value that is not finite.
pub fn over_index(y: &[f64], sigma: f64) -> Option<Vec<f64>> {
    if !usable(y, sigma) {
        return None;
    }
    let radius = (TRUNCATE * sigma + 0.5) as usize;
    if radius == 0 || y.is_empty() {
        return Some(y.to_vec());
    }
    let mut weights: Vec<f64> = (0..=radius).map(|k| (-0.5 * (k as f64 / sigma).powi(2)).exp()).collect();
    let total = 2.0 * weights.iter().sum::<f64>() - weights[0];
    weights.iter_mut().for_each(|w| *w /= total);
    let n = y.len();
    // The mirror image repeats with period 2n, which also serves kernels longer than the curve.
    let mirrored = |k: usize| {
        let k = k % (2 * n);
        if k < n { y[k] } else { y[2 * n - 1 - k] }
    };
    let whole = 2 * n * radius.div_ceil(2 * n);
    let at = |i: usize| weights[0] * y[i] + (1..=radius).map(|k| weights[k] * (mirrored(whole + i - k) + mirrored(i + k))).sum::<f64>();
    Some((0..n).map(at).collect())
}

/// `y` smoothed over ln x with a standard deviation of `sigma` (1 is a factor of e in x), `0 ≤ sigma ≤ 1000`; 0 leaves it as it is.
///
/// A mean weighted by `exp(−(ln x − ln xᵢ)²/2σ²)` over the points within 4σ; at the ends the weights that are there are
/// normalised, so that nothing is made up beyond them. `None` also when x is not positive, finite and strictly increasing,
/// or not as long as y.
pub fn over_log(x: &[f64], y: &[f64], sigma: f64) -> Option<Vec<f64>> {
    let fits = x.len() == y.len() && x.iter().all(|v| v.is_finite() && *v > 0.0) && x.windows(2).all(|w| w[0] < w[1]);
    if !fits || !usable(y, sigma) {
        return None;
    }
    if sigma == 0.0 {
        return Some(y.to_vec());
    }
    let t: Vec<f64> = x.iter().map(|v| v.ln()).collect();
    let at = |i: usize| {
        let weight = |k: &usize| {
            let d = (t[*k] - t[i]) / sigma;
            (d.abs() <= TRUNCATE).then(|| (-0.5 * d * d).exp())
        };
        let near = (0..=i).rev().map_while(|k| Some((k, weight(&k)?))).chain((i + 1..t.len()).map_while(|k| Some((k, weight(&k)?))));
        let (top, bottom) = near.fold((0.0, 0.0), |(a, b), (k, w)| (a + w * y[k], b + w));
        top / bottom
    };
    Some((0..t.len()).map(at).collect())
}

fn usable(y: &[f64], sigma: f64) -> bool {
    (0.0..=WIDEST).contains(&sigma) && y.iter().all(|v| v.is_finite())
}
