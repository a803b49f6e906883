//! Does theory equal measurement? Point by point: the relative error, how many standard errors apart, and whether both fit.

use serde::Serialize;

use crate::stat::{median, wilson};

/// One point of theory against the measurement of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// |measured − theory| / |theory|; `None` where theory says 0 or a value is not finite.
    pub relative: Option<f64>,
    /// (measured − theory) / se; `None` without a standard error, or with one that is not positive and finite.
    pub z: Option<f64>,
    /// Whether they agree: |measured − theory| ≤ rel |theory| + z se, a tolerance on the theory and one on the noise at once.
    pub within: bool,
    /// Whether the noise is small enough to tell: z se ≤ rel |theory|. Where it is not, agreement is weak evidence.
    pub resolved: bool,
}

/// All points at once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// How many points.
    pub n: usize,
    /// How many agree.
    pub within: usize,
    /// How many of them all have noise small enough to tell.
    pub resolved: usize,
    /// Share that agree.
    pub share: f64,
    /// Lower end of Wilson's interval of that share, as if points were independent.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Median relative error of the points that have one.
    pub median: Option<f64>,
    /// Largest relative error.
    pub largest: Option<f64>,
}

/// Compares theory with measurement at the same points. `se` are standard errors of the measurements, where there are any;
/// `rel` is how much of |theory| may be missing (0.01 is one percent), `z` how many standard errors are allowed (3, say).
///
/// There are as many answers as the longer of the two has points: a point that the other lacks, or that is not finite, does
/// not agree. A standard error that is missing or negative counts as 0, and so only narrows what is allowed.
///
/// ```
/// let points = evaluation::agree::agree(&[2.0, 4.0], &[2.01, 4.5], None, 0.01, 3.0);
/// assert!(points[0].within && !points[1].within);
/// ```
pub fn agree(theory: &[f64], measured: &[f64], se: Option<&[f64]>, rel: f64, z: f64) -> Vec<Agreement> {
    let nothing = Agreement { relative: None, z: None, within: false, resolved: false };
    let point = |k: usize| {
        let (Some(&theory), Some(&measured)) = (theory.get(k), measured.get(k)) else { return nothing };
        if !theory.is_finite() || !measured.is_finite() {
            return nothing;
        }
        let off = measured - theory;
        let se = se.and_then(|se| se.get(k)).copied().filter(|se| *se > 0.0 && se.is_finite());
        let (allowed, noise) = (rel * theory.abs(), se.map_or(0.0, |se| z * se));
        let relative = off.abs() / theory.abs();
        let relative = relative.is_finite().then_some(relative);
        Agreement { relative, z: se.map(|se| off / se), within: off.abs() <= allowed + noise, resolved: noise <= allowed }
    };
    (0..theory.len().max(measured.len())).map(point).collect()
}

/// How many points agree, with Wilson's interval at `level`. `None` without points or with a level outside (0, 1).
pub fn summary(points: &[Agreement], level: f64) -> Option<Summary> {
    let n = points.len();
    let sensible = n > 0 && level > 0.0 && level < 1.0;
    if !sensible {
        return None;
    }
    let within = points.iter().filter(|p| p.within).count();
    let share = within as f64 / n as f64;
    let (low, high) = wilson(share, n as f64, level);
    let relative: Vec<f64> = points.iter().filter_map(|p| p.relative).collect();
    let largest = relative.iter().copied().reduce(f64::max);
    let resolved = points.iter().filter(|p| p.resolved).count();
    Some(Summary { n, within, resolved, share, low, high, median: median(&relative), largest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::normal;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64;

    #[test]
    fn points_by_hand() {
        let points = agree(&[2.0, -4.0, 0.0, 1.0], &[2.02, -4.4, 0.0, 1.2], None, 0.01 + 1e-12, 3.0);
        assert!((points[0].relative.unwrap() - 0.01).abs() < 1e-12 && points[0].within);
        assert!((points[1].relative.unwrap() - 0.1).abs() < 1e-12 && !points[1].within);
        assert_eq!(points[2], Agreement { relative: None, z: None, within: true, resolved: true });
        assert!(points.iter().all(|p| p.resolved && p.z.is_none()));
    }

    #[test]
    fn noise_widens_what_is_allowed_and_says_when_it_rules() {
        // 10 ± 0.1: one percent of theory is 0.1, three standard errors 0.3.
        let of = |measured: f64, se: f64| agree(&[10.0], &[measured], Some(&[se]), 0.01, 3.0)[0];
        let fine = of(10.35, 0.1);
        assert!((fine.z.unwrap() - 3.5).abs() < 1e-12 && fine.within && !fine.resolved);
        assert!(!of(10.45, 0.1).within);
        assert!(of(10.1, 0.03).resolved);
        // Far off, but so noisy that nothing follows: it agrees, and says that it tells nothing.
        let blurred = of(20.0, 5.0);
        assert!(blurred.within && !blurred.resolved && blurred.relative == Some(1.0));
        // A standard error that is none does not help.
        assert!([0.0, -1.0, f64::NAN, f64::INFINITY].iter().all(|se| !of(11.0, *se).within && of(11.0, *se).z.is_none()));
    }

    #[test]
    fn what_is_missing_does_not_agree() {
        let points = agree(&[1.0, 2.0, f64::NAN], &[1.0], None, 0.1, 3.0);
        assert_eq!(points.iter().map(|p| p.within).collect::<Vec<_>>(), vec![true, false, false]);
        assert_eq!(agree(&[], &[1.0, 2.0], None, 0.1, 3.0).len(), 2);
        assert!(!agree(&[1.0], &[f64::INFINITY], Some(&[1.0]), 0.1, 3.0)[0].within);
        assert_eq!(agree(&[], &[], None, 0.1, 3.0), vec![]);
    }

    #[test]
    fn summaries_by_hand() {
        // Eight of ten within: Wilson at 95 % is (0.4902, 0.9433). Relative errors 0, .01, … .07, .5, 1: median (.04 + .05)/2.
        let theory = [1.0; 10];
        let measured = [1.0, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07, 1.5, 2.0];
        let s = summary(&agree(&theory, &measured, None, 0.1, 3.0), 0.95).unwrap();
        assert_eq!((s.n, s.within, s.resolved, s.share), (10, 8, 10, 0.8));
        assert!((s.low - 0.490_2).abs() < 1e-4 && (s.high - 0.943_3).abs() < 1e-4, "{s:?}");
        assert!((s.median.unwrap() - 0.045).abs() < 1e-12 && s.largest == Some(1.0), "{s:?}");
        assert_eq!(summary(&[], 0.95), None);
        assert_eq!(summary(&agree(&theory, &measured, None, 0.1, 3.0), 1.0), None);
        let zero = summary(&agree(&[0.0], &[0.0], None, 0.1, 3.0), 0.95).unwrap();
        assert_eq!((zero.within, zero.median, zero.largest), (1, None, None));
    }

    #[test]
    fn a_true_theory_is_refused_as_rarely_as_z_says() {
        // No tolerance on the theory: |z| > 2 in 2 Φ(−2) = 4.55 % of cases, 182 of 4,000 with sd 13.2; four of them either way.
        // A theory that is 3 standard errors off passes in Φ(−1) = 15.9 %, 635 with sd 23.1.
        let mut rng = Pcg64::seed_from_u64(21);
        let mut refused = |shift: f64| {
            let measured: Vec<f64> = (0..4_000).map(|_| 5.0 + 0.1 * (shift + normal::quantile(rng.random_range(1e-9..1.0)))).collect();
            agree(&[5.0; 4_000], &measured, Some(&[0.1; 4_000]), 0.0, 2.0).iter().filter(|p| !p.within).count()
        };
        let (right, wrong) = (refused(0.0), refused(3.0));
        assert!((130..=234).contains(&right), "{right}");
        assert!((4_000 - 727..=4_000 - 543).contains(&wrong), "{wrong}");
    }
}
