//! Where a curve turns: its rises and falls that are large enough, one after the other.
//!
//! A curve is smoothed by a running mean. A turn is found where it has come back from its farthest point by the hysteresis, so that what is smaller
//! than that is no turn, however often it goes to and fro.

/// A rise or a fall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Leg {
    /// The point that it begins at.
    pub(crate) from: usize,
    /// The point that it ends at.
    pub(crate) to: usize,
    /// What the curve changes by.
    pub(crate) change: f64,
}

/// The mean of every point and of up to so many on either side of it; as many on the one side as on the other, so that ends stay what they are.
pub(crate) fn smoothed(values: &[f64], window: usize) -> Vec<f64> {
    let mean = |k: usize| {
        let half = window.min(k).min(values.len() - 1 - k);
        let part = &values[k - half..=k + half];
        part.iter().sum::<f64>() / part.len() as f64
    };
    (0..values.len()).map(mean).collect()
}

/// Rises and falls of at least this size, in their order; one follows the other.
pub(crate) fn legs(values: &[f64], hysteresis: f64) -> Vec<Leg> {
    let leg = |from: usize, to: usize| Leg { from, to, change: values[to] - values[from] };
    let (mut found, mut low, mut high) = (Vec::new(), 0, 0);
    // Where the leg that is open begins, and its farthest point; none before something is large enough.
    let mut open: Option<(usize, usize)> = None;
    for (k, value) in values.iter().copied().enumerate() {
        open = match open {
            None => {
                low = if value < values[low] { k } else { low };
                high = if value > values[high] { k } else { high };
                let risen = (value - values[low] >= hysteresis).then_some((low, k));
                risen.or((values[high] - value >= hysteresis).then_some((high, k)))
            }
            Some((from, far)) => {
                let farther = if values[far] > values[from] { value - values[far] } else { values[far] - value };
                if farther > 0.0 {
                    Some((from, k))
                } else if -farther >= hysteresis {
                    found.push(leg(from, far));
                    Some((far, k))
                } else {
                    Some((from, far))
                }
            }
        };
    }
    found.extend(open.map(|(from, far)| leg(from, far)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(values: &[f64], hysteresis: f64) -> Vec<(usize, usize)> {
        legs(values, hysteresis).into_iter().map(|leg| (leg.from, leg.to)).collect()
    }

    #[test]
    fn only_what_is_large_enough_turns() {
        let curve = [5.0, 5.2, 3.0, 3.3, 2.0, 4.0, 3.8, 6.0, 5.5, 4.0, 4.1];
        assert_eq!(ends(&curve, 1.0), [(1, 4), (4, 7), (7, 9)]);
        assert_eq!(legs(&curve, 1.0)[1].change, 4.0);
        // With less to come back from there are more turns, with more fewer.
        assert_eq!(ends(&curve, 0.25), [(1, 2), (2, 3), (3, 4), (4, 7), (7, 9)]);
        assert_eq!(ends(&curve, 3.5), [(4, 7)]);
        assert!(ends(&curve, 9.0).is_empty() && ends(&[], 1.0).is_empty());
        assert_eq!(ends(&[0.0, 1.0, 2.0, 3.0], 0.5), [(0, 3)]);
    }

    #[test]
    fn noise_around_a_level_has_no_turns() {
        let noise: Vec<f64> = (0..200_u32).map(|k| f64::from(k * k % 17) / 17.0).collect();
        assert!(ends(&noise, 1.0).is_empty());
    }

    #[test]
    fn smoothing_keeps_ends_and_lines() {
        let line: Vec<f64> = (0..9).map(f64::from).collect();
        assert!(smoothed(&line, 2).iter().zip(&line).all(|(a, b)| (a - b).abs() < 1e-12));
        let found = smoothed(&[1.0, 4.0, 1.0, 4.0, 1.0], 1);
        assert_eq!(found, [1.0, 2.0, 3.0, 2.0, 1.0]);
        assert_eq!((smoothed(&[], 3), smoothed(&[2.0], 3)), (vec![], vec![2.0]));
    }
}
