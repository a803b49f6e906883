//! The simple ways to go on that [`Auto`](super::Auto) weighs: each is a line of text, a rule, and no search with a start.
//!
//! A power law or an exponential is linear in its level and its gap once its rate is held, so a rate is looked for on a grid and the rest
//! follows (variable projection). That takes tens of microseconds, and so every one of them can be asked again at many places of the past.

use super::past::{Part, Past};

/// An expert: its name, the fewest points it needs, and its answer at some places (resource values).
pub(super) struct Expert {
    /// Its name, in tables and reasons.
    pub name: &'static str,
    /// What it does, in a few words.
    pub says: &'static str,
    /// Points that it needs.
    pub needs: usize,
    /// What the square of its error usually is, over that of the median expert: what is believed before the first back-test.
    pub usual: f64,
    /// Its answers at these resource values; `None` where it has none.
    pub answer: fn(&Past, &[f64]) -> Option<Vec<f64>>,
}

/// All of them. One line is one expert.
pub(super) const EXPERTS: &[Expert] = &[
    Expert { name: "last", says: "the last value goes on", needs: 1, usual: 1.6, answer: last },
    Expert { name: "line-quarter", says: "a line in ln x through the last quarter of the points", needs: 4, usual: 1.0, answer: line_quarter },
    Expert { name: "line-octave", says: "a line in ln x through the last half of the axis", needs: 4, usual: 1.2, answer: line_octave },
    Expert { name: "log-line", says: "a power law without a floor through the last half of the axis", needs: 4, usual: 0.9, answer: log_line },
    Expert { name: "power", says: "a power law to a floor, all points", needs: 5, usual: 1.0, answer: power_all },
    Expert { name: "power-late", says: "a power law to a floor, the last seven eighths of the axis", needs: 6, usual: 0.9, answer: power_late },
    Expert { name: "power-half", says: "a power law to a floor, the last half of the axis", needs: 8, usual: 0.8, answer: power_half },
    Expert { name: "exponential", says: "an exponential to a level, the last three quarters of the axis", needs: 6, usual: 1.2, answer: exponential },
    Expert { name: "flat-power", says: "a power law to a floor, half of whose change is believed", needs: 5, usual: 0.8, answer: damped },
];

fn last(past: &Past, at: &[f64]) -> Option<Vec<f64>> {
    Some(vec![past.level(); at.len()])
}

fn line_quarter(past: &Past, at: &[f64]) -> Option<Vec<f64>> {
    let n = past.len();
    line(past.from(n - n.div_ceil(4).max(4).min(n)), at)
}

fn line_octave(past: &Past, at: &[f64]) -> Option<Vec<f64>> {
    line(past.from(past.beyond(0.5, 4)), at)
}

/// Least squares of y on ln x.
fn line(part: Part<'_>, at: &[f64]) -> Option<Vec<f64>> {
    let (a, b, _) = linear(part.l, part.y)?;
    finite(at.iter().map(|u| a + b * u.ln()).collect())
}

fn log_line(past: &Past, at: &[f64]) -> Option<Vec<f64>> {
    let part = past.from(past.beyond(0.5, 4));
    if part.y.iter().any(|y| *y <= 0.0) {
        return None;
    }
    let logs: Vec<f64> = part.y.iter().map(|y| y.ln()).collect();
    let (a, b, _) = linear(part.l, &logs)?;
    finite(at.iter().map(|u| (a + b * u.ln()).exp()).collect())
}

fn power_all(past: &Past, at: &[f64]) -> Option<Vec<f64>> {
    // The first points belong to the warm-up as often as to the law.
    let from = if past.len() >= 12 { past.len() / 12 } else { 0 };
    power(past.from(from), at)
}

fn power_late(past: &Past, at: &[f64]) -> Option<Vec<f64>> {
    power(past.from(past.beyond(0.125, 6)), at)
}

fn power_half(past: &Past, at: &[f64]) -> Option<Vec<f64>> {
    power(past.from(past.beyond(0.5, 8)), at)
}

fn damped(past: &Past, at: &[f64]) -> Option<Vec<f64>> {
    let full = power_late(past, at).or_else(|| power_all(past, at))?;
    let now = past.level();
    Some(full.into_iter().map(|v| now + 0.5 * (v - now)).collect())
}

/// Exponents from slow to fast.
const RATES: usize = 14;

fn power(part: Part<'_>, at: &[f64]) -> Option<Vec<f64>> {
    let end = *part.l.last()?;
    projected(
        part.y,
        (0..RATES).map(|k| 0.06 * 1.35f64.powi(k as i32)),
        |rate, k| (-rate * (part.l[k] - end)).exp(),
        |rate, u| (-rate * (u.ln() - end)).exp(),
        at,
    )
}

fn exponential(past: &Past, at: &[f64]) -> Option<Vec<f64>> {
    let part = past.from(past.beyond(0.25, 6));
    let (first, end) = (part.u[0], *part.u.last()?);
    let width = end - first;
    projected(
        part.y,
        (0..RATES).map(|k| 0.3 * 1.35f64.powi(k as i32)),
        |rate, k| (-rate * (part.u[k] - end) / width).exp(),
        |rate, u| (-rate * (u - end) / width).exp(),
        at,
    )
}

/// y = level + gap · basis(rate), the rate from a grid by least squares.
fn projected(y: &[f64], rates: impl Iterator<Item = f64>, seen: impl Fn(f64, usize) -> f64, beyond: impl Fn(f64, f64) -> f64, at: &[f64]) -> Option<Vec<f64>> {
    let mut basis = vec![0.0; y.len()];
    let mut best: Option<(f64, f64, f64, f64)> = None;
    for rate in rates {
        for (k, b) in basis.iter_mut().enumerate() {
            *b = seen(rate, k);
        }
        let Some((a, b, rss)) = linear(&basis, y) else { continue };
        if best.is_none_or(|t| rss < t.0) {
            best = Some((rss, rate, a, b));
        }
    }
    let (_, rate, a, b) = best?;
    finite(at.iter().map(|u| a + b * beyond(rate, *u)).collect())
}

/// Least squares of y on x: level, slope, and what is left.
fn linear(x: &[f64], y: &[f64]) -> Option<(f64, f64, f64)> {
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        xx += (x - mx) * (x - mx);
        xy += (x - mx) * (y - my);
        yy += (y - my) * (y - my);
    }
    let b = xy / xx;
    (xx > 0.0 && b.is_finite()).then(|| (my - b * mx, b, (yy - b * xy).max(0.0)))
}

fn finite(values: Vec<f64>) -> Option<Vec<f64>> {
    values.iter().all(|v| v.is_finite()).then_some(values)
}
