//! At which steps a training is looked at.

/// At most `points` whole numbers from `first` (at least 1) to `last`, evenly spaced in their logarithm, both ends among them.
pub(crate) fn log_spaced(first: u64, last: u64, points: usize) -> Vec<u64> {
    let first = first.clamp(1, last.max(1));
    let gap = (last.max(1) as f64 / first as f64).ln() / points.saturating_sub(1).max(1) as f64;
    let mut grid: Vec<u64> = (0..points).map(|k| ((first as f64 * (gap * k as f64).exp()).round() as u64).clamp(first, last.max(1))).collect();
    if let Some(end) = grid.last_mut() {
        *end = last;
    }
    grid.dedup();
    grid
}

#[cfg(test)]
mod tests {
    use super::log_spaced;

    #[test]
    fn both_ends_are_there_once_and_steps_grow() {
        assert_eq!(log_spaced(1, 1000, 4), [1, 10, 100, 1000]);
        assert_eq!(log_spaced(5, 5, 3), [5]);
        assert_eq!(log_spaced(9, 4, 2), [4]);
        let many = log_spaced(20, 3_000, 40);
        assert!(many.windows(2).all(|w| w[0] < w[1]) && many[0] == 20 && many[many.len() - 1] == 3_000);
    }
}
