//! Labels of which a picture may have several: bit `k` of a number says whether it has the k-th.

use evaluation::stat::auc;

/// A 1 for every label that a picture has, and a 0 for every other one: picture by picture, so many each.
pub(crate) fn targets(bits: &[u32], labels: usize) -> Vec<f32> {
    bits.iter().flat_map(|bits| (0..labels).map(move |k| if has(*bits, k) { 1.0 } else { 0.0 })).collect()
}

/// Whether a picture has a label.
pub(crate) fn has(bits: u32, label: usize) -> bool {
    bits.checked_shr(label as u32).is_some_and(|rest| rest & 1 == 1)
}

/// The mean over labels of the area under the ROC curve, of those that some pictures have and others do not. `None` where there is none, and with
/// scores that are not finite.
pub(crate) fn mean_area(scores: &[f32], bits: &[u32], labels: usize) -> Option<f64> {
    if labels == 0 || scores.len() != bits.len() * labels || scores.iter().any(|s| !s.is_finite()) {
        return None;
    }
    let area = |k: usize| {
        let own: Vec<f64> = scores.iter().skip(k).step_by(labels).map(|s| f64::from(*s)).collect();
        let positive: Vec<bool> = bits.iter().map(|bits| has(*bits, k)).collect();
        auc(&own, &positive)
    };
    let areas: Vec<f64> = (0..labels).filter_map(area).collect();
    (!areas.is_empty()).then(|| areas.iter().sum::<f64>() / areas.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_targets() {
        assert_eq!(targets(&[0b101, 0b010], 3), [1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
        assert!(has(1 << 31, 31) && !has(u32::MAX, 32));
    }

    #[test]
    fn areas_by_hand() {
        // The first label is ranked right, the second wrong; nobody has the third.
        let scores = [2.0, 1.0, 0.0, 1.0, 2.0, 5.0];
        assert_eq!(mean_area(&scores, &[0b11, 0b00], 3), Some(0.5));
        assert_eq!(mean_area(&scores[..3], &[0b11], 3), None);
        assert_eq!(mean_area(&[f32::NAN, 1.0], &[1, 0], 1), None);
        assert_eq!(mean_area(&[0.0, 1.0], &[1, 0], 2), None);
    }
}
