//! What an improvement is worth in the currency of a resource: data efficiency and speed-up at equal loss.

use models::Law;
use models::sum::OnePower;

use crate::FitError;

/// The resource at which L = E + A x^−α reaches a loss, (A / (L − E))^(1/α); `None` where it never does.
pub fn resource_at(loss: f64, e: f64, a: f64, alpha: f64) -> Option<f64> {
    let x = (a / (loss - e)).powf(alpha.recip());
    (loss > e && a > 0.0 && alpha > 0.0 && x.is_finite()).then_some(x)
}

/// The resource at which a law of one input comes down to a loss: NaN where it never does, `None` for a law that cannot be solved for its input.
pub fn reach(law: &dyn Law, theta: &[f64], loss: f64) -> Option<f64> {
    let at = OnePower::of(law)?;
    let get = |k: usize| theta.get(k).copied().unwrap_or(f64::NAN);
    Some(resource_at(loss, get(at.e), get(at.a), get(at.alpha)).unwrap_or(f64::NAN))
}

/// How many times more of the resource the baseline law (E, A, α) needs for `loss` than for `baseline`.
///
/// Source: data efficiency of Kim, Kotha, Liang and Hashimoto 2025. `None` where either is out of reach.
pub fn efficiency(loss: f64, baseline: f64, [e, a, alpha]: [f64; 3]) -> Option<f64> {
    Some(resource_at(loss, e, a, alpha)? / resource_at(baseline, e, a, alpha)?)
}

/// The resource at which a curve first comes down to a loss, straight between points in logarithms of both.
///
/// `x` increasing and positive, `y` positive. `None` where the curve does not come so far; its first x where it begins there.
///
/// # Errors
/// Columns of different lengths or none, values that are not positive, x that do not increase.
pub fn reached(x: &[f64], y: &[f64], loss: f64) -> Result<Option<f64>, FitError> {
    let positive = x.iter().chain(y).chain([&loss]).all(|v| *v > 0.0 && v.is_finite());
    if x.len() != y.len() || x.is_empty() || !positive || !x.is_sorted_by(|a, b| a < b) {
        return Err(FitError::Setting("a curve to be crossed needs as many losses as resources, all positive, resources increasing".to_owned()));
    }
    let Some(i) = y.iter().position(|v| *v <= loss) else {
        return Ok(None);
    };
    if i == 0 {
        return Ok(Some(x[0]));
    }
    let share = (y[i - 1] / loss).ln() / (y[i - 1] / y[i]).ln();
    Ok(Some(x[i - 1] * (x[i] / x[i - 1]).powf(share)))
}

/// How many times sooner the fast curve reaches a loss than the slow one; `None` where one of them does not.
///
/// Source: the speed-ups of Komatsuzaki 2019 are such ratios of compute at equal loss.
///
/// # Errors
/// As [`reached`].
pub fn speed_up(slow: (&[f64], &[f64]), fast: (&[f64], &[f64]), loss: f64) -> Result<Option<f64>, FitError> {
    let (slow, fast) = (reached(slow.0, slow.1, loss)?, reached(fast.0, fast.1, loss)?);
    Ok(slow.zip(fast).map(|(slow, fast)| slow / fast))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_is_inverted() {
        // 2 + 4 / √x = 3 at x = 16, and = 4 at x = 4.
        assert_eq!(resource_at(3.0, 2.0, 4.0, 0.5), Some(16.0));
        assert_eq!(efficiency(3.0, 4.0, [2.0, 4.0, 0.5]), Some(4.0));
        assert_eq!(resource_at(2.0, 2.0, 4.0, 0.5), None);
        assert_eq!(resource_at(1.0, 2.0, 4.0, 0.5), None);
        assert_eq!(resource_at(f64::NAN, 2.0, 4.0, 0.5), None);
        let law = |name: &str| models::find(name).unwrap();
        assert_eq!(reach(law("ensemble"), &[2.0, 4.0, 0.5], 3.0), Some(16.0));
        assert!(reach(law("ensemble"), &[2.0, 4.0, 0.5], 1.0).is_some_and(f64::is_nan));
        assert_eq!(reach(law("chinchilla"), &[1.0; 5], 3.0), None);
    }

    #[test]
    fn power_laws_are_crossed_exactly() {
        let x: Vec<f64> = (0..10).map(|i| 2f64.powi(i)).collect();
        let slow: Vec<f64> = x.iter().map(|x| 6.0 * x.powf(-0.25)).collect();
        let fast: Vec<f64> = x.iter().map(|x| 6.0 * (2.5 * x).powf(-0.25)).collect();
        // The fast curve is the slow one at 2.5 times the resource; both are straight in logarithms.
        let s = speed_up((&x, &slow), (&x, &fast), 2.3).unwrap().unwrap();
        assert!((s - 2.5).abs() < 1e-12, "{s}");
        assert_eq!(speed_up((&x, &slow), (&x, &fast), 0.1), Ok(None));
        assert_eq!(reached(&x, &slow, 100.0), Ok(Some(1.0)));
    }

    #[test]
    fn bad_curves_are_refused() {
        assert!(reached(&[], &[], 1.0).is_err() && reached(&[1.0], &[1.0, 2.0], 1.0).is_err());
        assert!(reached(&[1.0, 1.0], &[2.0, 1.0], 1.0).is_err() && reached(&[1.0], &[-1.0], 1.0).is_err());
        assert!(reached(&[1.0], &[1.0], f64::NAN).is_err());
    }
}
