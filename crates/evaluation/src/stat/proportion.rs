//! Proportions and their intervals.

use curves::normal;

/// Wilson's interval of a proportion `share` (0 to 1) of `n` > 0 units at a `level` between 0 and 1 (Wilson 1927, doi 10.2307/2276774). Unlike
/// a bootstrap it does not shrink to nothing when all units agree.
pub(crate) fn wilson(share: f64, n: f64, level: f64) -> (f64, f64) {
    let z = normal::quantile(0.5 * (1.0 + level));
    let middle = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_by_a_known_case() {
        // 8 of 10 at 95 %: (0.4902, 0.9433).
        let (low, high) = wilson(0.8, 10.0, 0.95);
        assert!((low - 0.490_2).abs() < 1e-4 && (high - 0.943_3).abs() < 1e-4, "{low} {high}");
        assert!(wilson(1.0, 10.0, 0.95).0 < 0.75);
    }
}
