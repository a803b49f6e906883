//! Where a map is zero, by Newton's method with differences for slopes.

use linalg::solve;
use ndarray::Array2;

/// Step of the differences.
const STEP: f64 = 1e-6;
/// The length at which a value counts as zero.
const ZERO: f64 = 1e-9;
/// Steps of Newton's method at most.
const ROUNDS: usize = 100;
/// Halvings of a step at most.
const HALVINGS: usize = 30;

fn length(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// A zero of a map from as many numbers to as many, near a start; `None` where none is found.
pub(super) fn root(mut map: impl FnMut(&[f64]) -> Vec<f64>, start: &[f64]) -> Option<Vec<f64>> {
    let mut at = start.to_vec();
    let mut value = map(&at);
    for _ in 0..ROUNDS {
        if length(&value) < ZERO {
            break;
        }
        let n = at.len();
        let mut slopes = Array2::zeros((n, n));
        for k in 0..n {
            let mut moved = at.clone();
            moved[k] = at[k] + STEP;
            let up = map(&moved);
            moved[k] = at[k] - STEP;
            let down = map(&moved);
            for (row, (up, down)) in up.iter().zip(&down).enumerate() {
                slopes[(row, k)] = (up - down) / (2.0 * STEP);
            }
        }
        let wanted = Array2::from_shape_fn((n, 1), |(row, _)| -value[row]);
        // Slopes that do not span the numbers lead nowhere.
        let Ok(step) = solve(slopes.view(), wanted.view()) else { break };
        let mut share = 1.0;
        let mut better = None;
        for _ in 0..HALVINGS {
            let moved: Vec<f64> = at.iter().zip(step.iter()).map(|(x, d)| x + share * d).collect();
            let there = map(&moved);
            if length(&there) < length(&value) {
                better = Some((moved, there));
                break;
            }
            share *= 0.5;
        }
        match better {
            Some(found) => (at, value) = found,
            None => break,
        }
    }
    // Differences leave slopes, and rounding the value, a little off.
    (length(&value) < 10.0 * ZERO).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_is_found_and_what_has_none_says_so() {
        let found = root(|x| vec![x[0] * x[0] - 2.0, x[0] + x[1]], &[1.0, 0.0]).unwrap();
        assert!((found[0] - 2.0_f64.sqrt()).abs() < 1e-8 && (found[1] + 2.0_f64.sqrt()).abs() < 1e-8);
        assert_eq!(root(|x| vec![x[0] * x[0] + 1.0], &[1.5]), None);
        assert_eq!(root(|_| vec![1.0], &[0.0]), None);
    }
}
