//! What of a curve makes a forecast doubtful, before a wrong answer: points at its beginning that are no part of it, values that move the
//! wrong way, a bend at its end.

use curves::{Better, Curve};
use evaluation::stat::spearman;

use super::measure::{DIRECTION, Measure};
use crate::Warning;

/// Points from which on there is a direction.
const ENOUGH: usize = 4;
/// A first value this many ranges of all others away from the second is that of an untrained model, on another scale.
const UNTRAINED: f64 = 20.0;
/// A value this many times the best one, at the end, is an explosion.
const EXPLODED: f64 = 10.0;
/// The last tenth improves this many times faster than the tenth before: a bend.
const BENT: f64 = 1.5;
/// Beyond this many times what was seen the past says little.
const FAR: f64 = 20.0;

/// Is the first point no part of the curve? Why, if so.
pub(super) fn odd_first(curve: &Curve, better: Better) -> Option<Warning> {
    let (x, y) = (curve.x(), curve.y());
    let (first, rest) = (y[0], &y[1..]);
    if rest.len() < ENOUGH {
        return None;
    }
    let (least, most) = rest.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    // A zero before the first value is logged: no loss begins at the perfect value.
    let placeholder = first == 0.0 && better == Better::Lower && least > 0.0;
    let untrained = (first - rest[0]).abs() > UNTRAINED * (most - least) && most > least;
    (placeholder || untrained).then_some(Warning::FirstLeftOut { at: x[0], value: first, next: rest[0] })
}

/// What is doubtful about a curve that is asked about up to `end`.
pub(super) fn of(curve: &Curve, measure: &Measure, end: f64) -> Vec<Warning> {
    let mut found = Vec::new();
    let (x, y) = (curve.x(), curve.y());
    let (last, _) = curve.last();
    if y.iter().all(|v| *v == y[0]) && y.len() > 1 {
        found.push(Warning::Constant { value: y[0] });
        return found;
    }
    if measure.percent {
        found.push(Warning::Percent);
    }
    match (exploded(curve, measure.better), wrong_way(curve, measure.better)) {
        (Some(w), _) => found.push(w),
        (None, Some(w)) => found.push(w),
        (None, None) => found.extend(turned(curve, measure.better).or_else(|| bent(curve, measure.better))),
    }
    if x[0] > 0.0 && end > FAR * last {
        found.push(Warning::FarAhead { end, last });
    }
    found
}

/// A series that moves against the direction that is said to be good.
fn wrong_way(curve: &Curve, better: Better) -> Option<Warning> {
    if curve.len() < ENOUGH {
        return None;
    }
    let trend = spearman(curve.x(), curve.y())?;
    match better {
        Better::Lower if trend > DIRECTION => Some(Warning::WrongWay { rises: true }),
        Better::Higher if trend < -DIRECTION => Some(Warning::WrongWay { rises: false }),
        _ => None,
    }
}

/// A loss that ends far above its best.
fn exploded(curve: &Curve, better: Better) -> Option<Warning> {
    let best = curve.y().iter().copied().reduce(f64::min)?;
    let (_, last) = curve.last();
    let far = better == Better::Lower && best > 0.0 && last > EXPLODED * best && curve.y()[0] < last;
    far.then_some(Warning::Exploded { best, last })
}

/// A curve that was better before, by more than its noise: overfitting, as often as not.
fn turned(curve: &Curve, better: Better) -> Option<Warning> {
    let n = curve.len();
    if n < 2 * ENOUGH {
        return None;
    }
    let sign = if better == Better::Lower { 1.0 } else { -1.0 };
    // Means of eighths, so that one lucky point is no best.
    let eighth = n.div_ceil(8);
    let means: Vec<(f64, f64)> =
        curve.x().chunks(eighth).zip(curve.y().chunks(eighth)).map(|(x, y)| (x[x.len() / 2], y.iter().sum::<f64>() / y.len() as f64)).collect();
    let (end, best) = (means.last()?, means.iter().min_by(|a, b| (sign * a.1).total_cmp(&(sign * b.1)))?);
    let within: f64 = curve.y().chunks(eighth).map(spread).sum::<f64>() / means.len() as f64;
    let (first, lost) = (means.first()?, sign * (end.1 - best.1));
    let clear = lost > 3.0 * within / (eighth as f64).sqrt() && lost > 0.1 * sign * (first.1 - best.1) && best.0 < end.0;
    clear.then_some(Warning::TurnedWorse { at: best.0, best: best.1, last: end.1 })
}

/// A curve that improves faster at its end than before, per unit of the resource: under a falling learning rate, as often as not.
fn bent(curve: &Curve, better: Better) -> Option<Warning> {
    let n = curve.len();
    if n < 20 {
        return None;
    }
    let sign = if better == Better::Lower { -1.0 } else { 1.0 };
    let tenth = (n / 10).max(4);
    let (x, y) = (curve.x(), curve.y());
    let slope = |from: usize, to: usize| -> Option<(f64, f64)> {
        let (x, y) = (&x[from..to], &y[from..to]);
        let m = x.len() as f64;
        let (mx, my) = (x.iter().sum::<f64>() / m, y.iter().sum::<f64>() / m);
        let xx: f64 = x.iter().map(|v| (v - mx).powi(2)).sum();
        let b = x.iter().zip(y).map(|(a, b)| (a - mx) * (b - my)).sum::<f64>() / xx;
        let left: f64 = x.iter().zip(y).map(|(a, v)| (v - my - b * (a - mx)).powi(2)).sum();
        (xx > 0.0).then(|| (sign * b, (left / (m - 2.0).max(1.0) / xx).sqrt()))
    };
    let ((late, late_se), (before, before_se)) = (slope(n - tenth, n)?, slope(n - 2 * tenth, n - tenth)?);
    let clear = late - before > 3.0 * (late_se * late_se + before_se * before_se).sqrt();
    (clear && late > 0.0 && late > BENT * before.max(0.0)).then_some(Warning::Bends)
}

/// The standard deviation of what does not follow a line from the first to the last value.
fn spread(y: &[f64]) -> f64 {
    let n = y.len();
    if n < 3 {
        return 0.0;
    }
    let off: f64 = (1..n - 1).map(|i| (y[i] - 0.5 * (y[i - 1] + y[i + 1])).powi(2) / 1.5).sum();
    (off / (n - 2) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(n: u32, f: impl Fn(f64) -> f64) -> Curve {
        Curve::on_grid((1..=n).map(|t| f(f64::from(t))).collect()).unwrap()
    }

    fn doubts(curve: &Curve, name: &str) -> Vec<Warning> {
        let measure = Measure::of(name, curve.x(), curve.y(), None, None).unwrap();
        of(curve, &measure, 2.0 * curve.last().0)
    }

    #[test]
    fn a_plain_curve_has_none() {
        for noise in [0.0, 0.02] {
            let plain = curve(100, |t| 1.0 + 2.0 * t.powf(-0.4) + noise * (t * t).sin());
            assert_eq!(doubts(&plain, "loss"), [], "{noise}");
            assert_eq!(odd_first(&plain, Better::Lower), None);
        }
    }

    #[test]
    fn first_points_that_are_no_part_are_found() {
        let zero = curve(41, |t| if t == 1.0 { 0.0 } else { 1.1 + 1.2 * (t - 1.0).powf(-0.4) });
        assert!(matches!(odd_first(&zero, Better::Lower), Some(Warning::FirstLeftOut { value: 0.0, .. })));
        let untrained = curve(41, |t| if t == 1.0 { 9_000.0 } else { 1.1 + 1.2 * (t - 1.0).powf(-0.4) });
        assert!(odd_first(&untrained, Better::Lower).is_some());
        // An accuracy begins at zero as often as not.
        assert_eq!(odd_first(&curve(30, |t| 1.0 - 1.0 / t), Better::Higher), None);
    }

    #[test]
    fn what_moves_the_wrong_way_is_said() {
        assert!(matches!(doubts(&curve(20, |t| 1.0 + 0.1 * t), "loss")[..], [Warning::WrongWay { rises: true }]));
        assert!(matches!(doubts(&curve(30, |t| if t < 20.0 { 2.0 / t } else { 1e9 }), "loss")[..], [Warning::Exploded { .. }]));
        let overfits = curve(60, |t| 1.0 + (t / 20.0 - 1.0).powi(2) * if t < 20.0 { 3.0 } else { 0.2 });
        assert!(matches!(doubts(&overfits, "val_loss")[..], [Warning::TurnedWorse { .. } | Warning::WrongWay { .. }]), "{:?}", doubts(&overfits, "val_loss"));
        assert!(matches!(doubts(&curve(9, |_| 0.0), "loss")[..], [Warning::Constant { value: 0.0 }]));
        assert!(matches!(doubts(&curve(9, |t| 10.0 * t), "acc")[..], [Warning::Percent]));
    }

    #[test]
    fn a_bend_at_the_end_is_said() {
        let decay = curve(200, |t| 2.0 + 2.0 * t.powf(-0.4) - if t > 175.0 { 0.01 * (t - 175.0) } else { 0.0 });
        assert!(doubts(&decay, "loss").contains(&Warning::Bends));
    }
}
