//! Whether a run was thinned by the tracker it was exported from.

/// How many rows an export that was sampled has: W&B's `run.history()` gives 500 unless asked otherwise, and a few
/// are lost where a metric was not logged.
const ROWS: std::ops::RangeInclusive<usize> = 475..=525;

/// Do these look like the 500 rows that W&B's `run.history()` draws at random from a longer run?
///
/// True for about 500 values of which at least a fifth of the neighbouring steps differ by more than half. A regular
/// or a logarithmic grid of 500 is none: neighbouring steps are alike there, except where rounding shows at its
/// beginning.
pub fn looks_sampled(x: &[f64]) -> bool {
    if !ROWS.contains(&x.len()) {
        return false;
    }
    let steps: Vec<f64> = x.windows(2).map(|w| w[1] - w[0]).collect();
    if !steps.iter().all(|s| *s > 0.0) {
        return false;
    }
    let uneven = steps.windows(2).filter(|s| s[1] > 1.5 * s[0] || s[0] > 1.5 * s[1]).count();
    5 * uneven >= steps.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 500 of `of` steps, drawn by a small linear congruential generator.
    fn drawn(of: u64) -> Vec<f64> {
        let mut state = 1_u64;
        let mut keys: Vec<(u64, u64)> = (0..of)
            .map(|step| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 20, step)
            })
            .collect();
        keys.sort_unstable();
        let mut steps: Vec<u64> = keys.into_iter().take(500).map(|(_, step)| step).collect();
        steps.sort_unstable();
        steps.into_iter().map(|s| s as f64).collect()
    }

    #[test]
    fn random_rows_are_seen() {
        assert!(looks_sampled(&drawn(100_000)));
        assert!(looks_sampled(&drawn(1_000)));
    }

    #[test]
    fn grids_are_not() {
        let regular: Vec<f64> = (0..500).map(|i| f64::from(i) * 10.0).collect();
        assert!(!looks_sampled(&regular));
        let mut logarithmic: Vec<f64> = (0..640).map(|i| 10f64.powf(f64::from(i) * 0.01).round()).collect();
        logarithmic.dedup();
        assert!(ROWS.contains(&logarithmic.len()), "{}", logarithmic.len());
        assert!(!looks_sampled(&logarithmic));
    }

    #[test]
    fn other_lengths_and_disorder_are_not() {
        let sampled = drawn(100_000);
        assert!(!looks_sampled(&sampled[..400]));
        let mut disordered = sampled;
        disordered.swap(3, 200);
        assert!(!looks_sampled(&disordered));
        assert!(!looks_sampled(&[]));
    }
}
