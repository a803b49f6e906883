//! IsoFLOP profiles (Approach 2): per budget the size of least loss, then a power law of those sizes in compute.
//!
//! The least loss of one budget is that of a parabola through the losses in ln N, or of Akima's interpolation, which
//! does not bend to points far away. Either is drawn through the losses or through their logarithms ([`Values`]): Akima's
//! curve is not the logarithm of the one through the logarithms, so the two have different minima. A minimum outside the
//! points is not one, and is said to be so. The parabola is biased where the profile is not symmetric (α ≠ β) or the points
//! are not centred; [`Surface`](crate::allocation::Surface) has no such bias.
//!
//! Sources: Hoffmann et al. 2022, 3.2; Porian et al. 2024 for Akima and the demand for an interior minimum; Akima 1970.

use crate::FitError;

/// What is drawn through the points of one budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A parabola by least squares; three sizes or more.
    Parabola,
    /// Akima's interpolation; five sizes or more.
    Akima,
}

/// Of what a profile is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Values {
    /// Of the losses.
    #[default]
    Loss,
    /// Of the logarithms of the losses, which have to be positive.
    LnLoss,
}

/// The best size of one budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Minimum {
    /// ln of the size there.
    pub ln_x: f64,
    /// The loss there.
    pub loss: f64,
    /// Sizes (in ln) between which the loss exceeds the least by no more than the slack asked for.
    pub near: (f64, f64),
    /// Does it lie strictly between the smallest and the largest size?
    pub interior: bool,
}

/// Of the interpolation, this many places between neighbours are looked at before the best is refined.
const STEPS: usize = 64;

/// The minimum of one budget: `ln_x` logarithms of sizes (or of tokens) in any order, `loss` the losses, `of` whether they or
/// their logarithms are drawn; sizes within `slack` (0.001 for a tenth of a percent) of the least loss make the near range,
/// cut at the points. The loss of the answer is a loss either way.
///
/// # Errors
/// Columns of different lengths, values that are not finite, losses without a logarithm where it is asked for, too few
/// different sizes, a slack below zero, and a parabola that opens downwards.
pub fn minimum(ln_x: &[f64], loss: &[f64], profile: Profile, of: Values, slack: f64) -> Result<Minimum, FitError> {
    if ln_x.len() != loss.len() {
        return Err(FitError::Setting(format!("{} sizes and {} losses; they must be as many", ln_x.len(), loss.len())));
    }
    if ln_x.iter().chain(loss).any(|v| !v.is_finite()) || slack.is_nan() || slack < 0.0 {
        return Err(FitError::Setting("an IsoFLOP profile needs finite sizes and losses, and a slack of 0 or more".to_owned()));
    }
    match of {
        Values::Loss => drawn(ln_x, loss, profile, &|least| slack * least.abs()),
        Values::LnLoss if loss.iter().any(|v| *v <= 0.0) => Err(FitError::Setting("an IsoFLOP profile of ln loss needs losses above 0".to_owned())),
        Values::LnLoss => {
            let ln: Vec<f64> = loss.iter().map(|v| v.ln()).collect();
            // A share of the loss is a distance of its logarithm.
            let found = drawn(ln_x, &ln, profile, &|_| slack.ln_1p())?;
            Ok(Minimum { loss: found.loss.exp(), ..found })
        }
    }
}

/// By how much a nearly best value may exceed the least.
type Rise<'a> = &'a dyn Fn(f64) -> f64;

fn drawn(ln_x: &[f64], y: &[f64], profile: Profile, rise: Rise<'_>) -> Result<Minimum, FitError> {
    let points = merged(ln_x, y);
    let need = if profile == Profile::Parabola { 3 } else { 5 };
    let [first, .., last] = points[..] else {
        return Err(FitError::TooFewPoints { have: points.len(), need, who: "an IsoFLOP profile".to_owned() });
    };
    if points.len() < need {
        return Err(FitError::TooFewPoints { have: points.len(), need, who: "an IsoFLOP profile".to_owned() });
    }
    match profile {
        Profile::Parabola => parabola(ln_x, y, (first.0, last.0), rise),
        Profile::Akima => Ok(akima(&points, rise)),
    }
}

/// Points in order of size, those of the same size averaged.
fn merged(ln_x: &[f64], loss: &[f64]) -> Vec<(f64, f64)> {
    let mut pairs: Vec<(f64, f64)> = ln_x.iter().copied().zip(loss.iter().copied()).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let same = |a: &(f64, f64), b: &(f64, f64)| b.0 - a.0 <= 1e-9 * (1.0 + a.0.abs());
    pairs.chunk_by(same).map(|g| (g[0].0, g.iter().map(|p| p.1).sum::<f64>() / g.len() as f64)).collect()
}

fn parabola(x: &[f64], y: &[f64], ends: (f64, f64), rise: Rise<'_>) -> Result<Minimum, FitError> {
    // Centred and scaled to [−1, 1], so that the sums below are of order one.
    let (centre, half) = (0.5 * (ends.0 + ends.1), 0.5 * (ends.1 - ends.0));
    let mut s = [0.0; 5];
    let mut t = [0.0; 3];
    for (x, y) in x.iter().zip(y) {
        let u = (x - centre) / half;
        let mut power = 1.0;
        for (k, s) in s.iter_mut().enumerate() {
            *s += power;
            if let Some(t) = t.get_mut(k) {
                *t += power * y;
            }
            power *= u;
        }
    }
    let mut gram = [s[0], s[1], s[2], s[1], s[2], s[3], s[2], s[3], s[4]];
    if !crate::newton::cholesky_solve(&mut gram, 3, &mut t) || t[2] <= 0.0 {
        return Err(FitError::Setting("the parabola through this budget opens downwards: its sizes do not straddle the best one".to_owned()));
    }
    let [c, b, a] = t;
    let u = -0.5 * b / a;
    let loss = c - 0.25 * b * b / a;
    let reach = (rise(loss) / a).sqrt();
    let clipped = |u: f64| centre + half * u.clamp(-1.0, 1.0);
    Ok(Minimum { ln_x: centre + half * u, loss, near: (clipped(u - reach), clipped(u + reach)), interior: u.abs() < 1.0 })
}

fn akima(points: &[(f64, f64)], rise: Rise<'_>) -> Minimum {
    let slopes = akima_slopes(points);
    let at = |x: f64| -> f64 {
        let i = points.partition_point(|p| p.0 <= x).clamp(1, points.len() - 1) - 1;
        let ((x0, y0), (x1, y1)) = (points[i], points[i + 1]);
        let h = x1 - x0;
        let u = (x - x0) / h;
        let (v, w) = (u * u, 1.0 - u);
        y0 * (1.0 + 2.0 * u) * w * w + h * slopes[i] * u * w * w + y1 * v * (3.0 - 2.0 * u) - h * slopes[i + 1] * v * w
    };
    let grid: Vec<f64> = points
        .windows(2)
        .flat_map(|w| (0..STEPS).map(move |k| w[0].0 + (w[1].0 - w[0].0) * k as f64 / STEPS as f64))
        .chain(points.last().map(|p| p.0))
        .collect();
    let best = (0..grid.len()).min_by(|&a, &b| at(grid[a]).total_cmp(&at(grid[b]))).unwrap_or(0);
    let end = grid.len() - 1;
    let ln_x = golden(&at, grid[best.saturating_sub(1)], grid[(best + 1).min(end)]);
    let loss = at(ln_x);
    let limit = loss + rise(loss);
    let low = (0..best).rev().take_while(|&k| at(grid[k]) <= limit).last().map_or(ln_x, |k| grid[k]);
    let high = (best + 1..=end).take_while(|&k| at(grid[k]) <= limit).last().map_or(ln_x, |k| grid[k]);
    let interior = best > 0 && best < end;
    Minimum { ln_x, loss, near: (low.min(ln_x), high.max(ln_x)), interior }
}

/// Akima's slopes at the points, with his two segments added at both ends; at least three points.
fn akima_slopes(points: &[(f64, f64)]) -> Vec<f64> {
    let inner: Vec<f64> = points.windows(2).map(|w| (w[1].1 - w[0].1) / (w[1].0 - w[0].0)).collect();
    let n = inner.len();
    let before = 2.0 * inner[0] - inner[1];
    let after = 2.0 * inner[n - 1] - inner[n - 2];
    let mut m = vec![2.0 * before - inner[0], before];
    m.extend(&inner);
    m.extend([after, 2.0 * after - inner[n - 1]]);
    m.windows(4)
        .map(|w| {
            let (left, right) = ((w[3] - w[2]).abs(), (w[1] - w[0]).abs());
            if left + right > 1e-9 * w.iter().map(|v| v.abs()).fold(0.0, f64::max) {
                (left * w[1] + right * w[2]) / (left + right)
            } else {
                0.5 * (w[1] + w[2])
            }
        })
        .collect()
}

/// The least value between two places, by golden section.
fn golden(f: &dyn Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let share = 0.5 * (5.0_f64.sqrt() - 1.0);
    for _ in 0..60 {
        let (a, b) = (high - share * (high - low), low + share * (high - low));
        if f(a) <= f(b) { high = b } else { low = a }
    }
    0.5 * (low + high)
}

/// y = coefficient · x^exponent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Power {
    /// The factor.
    pub coefficient: f64,
    /// The exponent.
    pub exponent: f64,
    /// Standard error of the exponent; NaN with two points.
    pub se: f64,
}

impl Power {
    /// The straight line through logarithms, by weighted least squares; `w` may be empty for equal weights.
    ///
    /// # Errors
    /// Columns of different lengths, values that are not positive, weights that are negative, fewer than two different x.
    pub fn fit(x: &[f64], y: &[f64], w: &[f64]) -> Result<Self, FitError> {
        let weights_fit = w.is_empty() || w.len() == x.len();
        if x.len() != y.len() || !weights_fit {
            return Err(FitError::Setting(format!("{} x, {} y and {} weights; they must be as many", x.len(), y.len(), w.len())));
        }
        if x.iter().chain(y).any(|v| !(*v > 0.0 && v.is_finite())) || w.iter().any(|v| !(*v >= 0.0 && v.is_finite())) {
            return Err(FitError::Setting("a power law needs positive x and y, and weights of 0 or more".to_owned()));
        }
        let rows: Vec<(f64, f64, f64)> = x.iter().zip(y).enumerate().map(|(i, (x, y))| (x.ln(), y.ln(), w.get(i).copied().unwrap_or(1.0))).collect();
        let total: f64 = rows.iter().map(|r| r.2).sum();
        let mean = |of: &dyn Fn(&(f64, f64, f64)) -> f64| rows.iter().map(|r| r.2 * of(r)).sum::<f64>() / total;
        let (mx, my) = (mean(&|r| r.0), mean(&|r| r.1));
        let (sxx, sxy) = (mean(&|r| (r.0 - mx).powi(2)), mean(&|r| (r.0 - mx) * (r.1 - my)));
        let count = rows.iter().filter(|r| r.2 > 0.0).count();
        if count < 2 || sxx.is_nan() || sxx <= 1e-18 {
            return Err(FitError::TooFewPoints { have: count.min(1), need: 2, who: "a power law (different x)".to_owned() });
        }
        let exponent = sxy / sxx;
        let rest = mean(&|r| (r.1 - my - exponent * (r.0 - mx)).powi(2));
        let se = if count > 2 { (rest / sxx / (count - 2) as f64).sqrt() } else { f64::NAN };
        Ok(Self { coefficient: (my - exponent * mx).exp(), exponent, se })
    }

    /// Its value.
    pub fn at(&self, x: f64) -> f64 {
        self.coefficient * x.powf(self.exponent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_parabola_both_find_the_vertex() {
        let x: Vec<f64> = (0..9).map(|i| 18.0 + 0.4 * f64::from(i)).collect();
        let y: Vec<f64> = x.iter().map(|x| 2.5 + 0.04 * (x - 19.3).powi(2)).collect();
        let m = minimum(&x, &y, Profile::Parabola, Values::Loss, 1e-3).unwrap();
        assert!((m.ln_x - 19.3).abs() < 1e-9 && (m.loss - 2.5).abs() < 1e-12 && m.interior);
        // 0.04 d² = 0.0025.
        assert!((m.near.0 - 19.05).abs() < 1e-9 && (m.near.1 - 19.55).abs() < 1e-9, "{m:?}");
        let a = minimum(&x, &y, Profile::Akima, Values::Loss, 1e-3).unwrap();
        assert!((a.ln_x - 19.3).abs() < 0.02 && (a.loss - 2.5).abs() < 1e-4 && a.interior, "{a:?}");
        let mut shuffled: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
        shuffled.rotate_left(4);
        let (sx, sy): (Vec<f64>, Vec<f64>) = shuffled.into_iter().unzip();
        assert_eq!(minimum(&sx, &sy, Profile::Akima, Values::Loss, 1e-3).unwrap(), a);
    }

    #[test]
    fn akima_agrees_with_scipy() {
        // SciPy 1.17, Akima1DInterpolator (method "akima") on these points, minimised over 10⁶ places.
        let x = [0.0, 1.0, 2.5, 3.0, 4.2, 5.0];
        let y = [3.0, 2.2, 1.9, 1.95, 2.4, 3.1];
        let m = minimum(&x, &y, Profile::Akima, Values::Loss, 0.0).unwrap();
        assert!((m.ln_x - 2.479_719).abs() < 1e-4 && (m.loss - 1.899_942_063_772_38).abs() < 1e-9 && m.interior, "{m:?}");
    }

    #[test]
    fn a_profile_of_ln_loss_is_another_curve() {
        let x: Vec<f64> = (0..9).map(|i| 18.0 + 0.4 * f64::from(i)).collect();
        let y: Vec<f64> = x.iter().map(|x| (0.8 + 0.04 * (x - 19.3).powi(2)).exp()).collect();
        let m = minimum(&x, &y, Profile::Parabola, Values::LnLoss, 1e-2).unwrap();
        assert!((m.ln_x - 19.3).abs() < 1e-9 && (m.loss - 0.8f64.exp()).abs() < 1e-12 && m.interior, "{m:?}");
        // 0.04 d² = ln 1.01.
        assert!((m.near.1 - 19.3 - (1.01f64.ln() / 0.04).sqrt()).abs() < 1e-9, "{m:?}");
        // In other units of the loss the minimum stays where it is, and so does what is near it.
        let scaled: Vec<f64> = y.iter().map(|y| 7.0 * y).collect();
        for profile in [Profile::Parabola, Profile::Akima] {
            let (a, b) = (minimum(&x, &y, profile, Values::LnLoss, 1e-2).unwrap(), minimum(&x, &scaled, profile, Values::LnLoss, 1e-2).unwrap());
            assert!((a.ln_x - b.ln_x).abs() < 1e-6 && (b.loss / a.loss - 7.0).abs() < 1e-9 && (a.near.0 - b.near.0).abs() < 1e-6, "{a:?} {b:?}");
        }
        assert!(minimum(&x, &scaled.iter().map(|v| v - 16.0).collect::<Vec<_>>(), Profile::Parabola, Values::LnLoss, 0.0).is_err());
        // SciPy 1.17, Akima1DInterpolator (method "akima") through the logarithms of these losses, minimised over 4·10⁶ places.
        let (x, y) = ([0.0, 1.0, 2.5, 3.0, 4.2, 5.0], [3.0, 2.2, 1.9, 1.95, 2.4, 3.1]);
        let m = minimum(&x, &y, Profile::Akima, Values::LnLoss, 0.0).unwrap();
        assert!((m.ln_x - 2.512_516_25).abs() < 1e-4 && (m.loss - 1.899_971_476_912_547).abs() < 1e-9 && m.interior, "{m:?}");
    }

    #[test]
    fn the_bias_of_the_parabola_is_that_of_the_literature() {
        // Symmetric exponents and centred grids have none; Open Athena print it (their table: 0).
        let surface = crate::allocation::Surface { e: 1.69, a: 400.0, b: 400.0, alpha: 0.31, beta: 0.31 };
        let budgets = [1e18, 1e19, 1e20];
        let best: Vec<f64> = budgets
            .iter()
            .map(|c| {
                let centre = surface.optimum(*c, 6.0).unwrap().params.ln();
                let x: Vec<f64> = (-7..=7).map(|k| centre + 0.2 * f64::from(k)).collect();
                let y: Vec<f64> = x.iter().map(|x| surface.loss(x.exp(), c / 6.0 / x.exp())).collect();
                minimum(&x, &y, Profile::Parabola, Values::Loss, 0.0).unwrap().ln_x.exp()
            })
            .collect();
        let power = Power::fit(&budgets, &best, &[]).unwrap();
        assert!((power.exponent - 0.5).abs() < 1e-9 && power.se < 1e-9, "{power:?}");
        assert!((power.at(1e21) / surface.optimum(1e21, 6.0).unwrap().params - 1.0).abs() < 1e-9);
    }

    #[test]
    fn minima_that_are_none_are_said_or_refused() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0];
        let falling = [5.0, 4.0, 3.2, 2.8, 2.6];
        assert!(!minimum(&x, &falling, Profile::Akima, Values::Loss, 0.0).unwrap().interior);
        assert!(!minimum(&x, &falling, Profile::Parabola, Values::Loss, 0.0).unwrap().interior);
        assert!(minimum(&x, &[1.0, 2.0, 2.5, 2.0, 1.0], Profile::Parabola, Values::Loss, 0.0).is_err());
        assert!(matches!(minimum(&x[..2], &falling[..2], Profile::Parabola, Values::Loss, 0.0), Err(FitError::TooFewPoints { have: 2, need: 3, .. })));
        assert!(matches!(minimum(&x[..4], &falling[..4], Profile::Akima, Values::Loss, 0.0), Err(FitError::TooFewPoints { have: 4, need: 5, .. })));
        assert!(minimum(&[], &[], Profile::Parabola, Values::Loss, 0.0).is_err() && minimum(&x, &falling[..3], Profile::Akima, Values::Loss, 0.0).is_err());
        assert!(minimum(&[1.0, 1.0, 1.0], &[2.0, 2.1, 2.2], Profile::Parabola, Values::Loss, 0.0).is_err());
        assert!(minimum(&[1.0, f64::NAN, 3.0], &[2.0, 2.1, 2.2], Profile::Parabola, Values::Loss, 0.0).is_err());
    }

    #[test]
    fn powers() {
        let p = Power::fit(&[1.0, 10.0, 100.0], &[3.0, 3.0 * 10f64.sqrt(), 30.0], &[]).unwrap();
        assert!((p.coefficient - 3.0).abs() < 1e-12 && (p.exponent - 0.5).abs() < 1e-12);
        let w = Power::fit(&[1.0, 10.0, 100.0], &[3.0, 99.0, 30.0], &[1.0, 0.0, 1.0]).unwrap();
        assert!((w.exponent - 0.5).abs() < 1e-12 && w.se.is_nan());
        assert!(Power::fit(&[1.0, 1.0], &[3.0, 4.0], &[]).is_err() && Power::fit(&[1.0, -1.0], &[3.0, 4.0], &[]).is_err());
        assert!(Power::fit(&[], &[], &[]).is_err() && Power::fit(&[1.0], &[1.0, 2.0], &[]).is_err());
    }
}
