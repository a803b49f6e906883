//! Are classes as often right as a classifier is confident?

/// Expected calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015): in equal bins of confidence from 0 to 1, the absolute difference of mean
/// confidence and share of right answers, weighted by how many answers a bin has. `None` without answers, with columns of other lengths, without
/// bins, or with a confidence outside [0, 1].
pub(crate) fn calibration_error(confidence: &[f64], right: &[bool], bins: usize) -> Option<f64> {
    let inside = confidence.iter().all(|c| (0.0..=1.0).contains(c));
    if confidence.is_empty() || confidence.len() != right.len() || bins == 0 || !inside {
        return None;
    }
    // Confidence less right answers, summed over a bin: its absolute value is the weighted difference.
    let mut gaps = vec![0.0; bins];
    for (c, right) in confidence.iter().zip(right) {
        gaps[((c * bins as f64) as usize).min(bins - 1)] += c - f64::from(u8::from(*right));
    }
    Some(gaps.iter().map(|gap: &f64| gap.abs()).sum::<f64>() / confidence.len() as f64)
}

/// Probabilities of classes from scores over a temperature; all are not a number where a score or the temperature is not.
pub(crate) fn probabilities(scores: &[f32], temperature: f64, to: &mut Vec<f64>) {
    let top = scores.iter().map(|z| f64::from(*z)).fold(f64::NEG_INFINITY, f64::max);
    to.clear();
    to.extend(scores.iter().map(|z| ((f64::from(*z) - top) / temperature).exp()));
    let all: f64 = to.iter().sum();
    to.iter_mut().for_each(|p| *p /= all);
}

/// Where the largest of some numbers stands; the first of equals, and 0 of none.
pub(crate) fn largest<T: PartialOrd>(numbers: &[T]) -> usize {
    let mut best = 0;
    for (k, number) in numbers.iter().enumerate() {
        if *number > numbers[best] {
            best = k;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_by_hand() {
        // Two bins: (.2, wrong) and (.4, right) have mean .3 and a half right; (.9, right) twice and (.6, wrong) have .8 and two thirds.
        let (confidence, right) = ([0.2, 0.4, 0.9, 0.9, 0.6], [false, true, true, true, false]);
        let wanted = (2.0 * (0.3f64 - 0.5).abs() + 3.0 * (0.8f64 - 2.0 / 3.0).abs()) / 5.0;
        assert!((calibration_error(&confidence, &right, 2).unwrap() - wanted).abs() < 1e-15);
        // One bin sees the means alone, and confidence 1 is in the last one.
        assert!((calibration_error(&[1.0, 0.0], &[true, false], 10).unwrap()).abs() < 1e-15);
        assert!((calibration_error(&[1.0, 1.0], &[true, false], 10).unwrap() - 0.5).abs() < 1e-15);
        assert_eq!(calibration_error(&[], &[], 10), None);
        assert_eq!(calibration_error(&[0.5], &[true, false], 10), None);
        assert_eq!(calibration_error(&[f64::NAN], &[true], 10), None);
        assert_eq!(calibration_error(&[0.5], &[true], 0), None);
    }

    #[test]
    fn probabilities_by_hand() {
        let mut p = Vec::new();
        probabilities(&[0.0, 3.0f32.ln()], 1.0, &mut p);
        assert!((p[0] - 0.25).abs() < 1e-7 && (p[1] - 0.75).abs() < 1e-7);
        // At half the temperature the odds are squared.
        probabilities(&[0.0, 3.0f32.ln()], 0.5, &mut p);
        assert!((p[0] - 0.1).abs() < 1e-7);
        probabilities(&[1_000.0, 0.0], 1.0, &mut p);
        assert_eq!(p, [1.0, 0.0]);
        assert_eq!((largest(&[1.0, 3.0, 3.0]), largest::<f64>(&[])), (1, 0));
    }
}
