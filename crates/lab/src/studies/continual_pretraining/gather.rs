//! What comes out of a part and of a run.

use super::{Settings, other};
use crate::{Outcome, Series, Status, StudyError};

/// Along the steps of the last phase, from its beginning on.
pub(super) const SERIES: [(&str, &str); 5] = [
    ("loss-of-first", "Loss on the domain of pretraining, in nats a word above the entropy of the chain"),
    ("loss-of-now", "Loss on the domain that is learned, in nats a word above the entropy of the chain"),
    ("skill-of-first", "Share of the words of a repeated phrase that are found, in the domain of pretraining"),
    ("skill-of-now", "The same in the domain that is learned"),
    ("knowledge-of-now", "Share of places at which the likeliest word is that of the chain, in the domain that is learned"),
];

pub(super) const SCALARS: [(&str, &str); 29] = [
    ("loss-a", "Loss on the domain of pretraining at the end, in nats a word above the entropy of the chain"),
    ("loss-b", "Loss on the second domain at the end"),
    ("loss-c", "Loss on the third domain at the end"),
    ("average", "Mean loss on all domains so far, at the end"),
    ("score-average", "e to the power of minus that: what peaks are chosen by, higher is better"),
    ("score-now", "The same of the loss on the domain that is learned"),
    ("forgetting", "Loss on the domain of pretraining at the end, less that at the end of pretraining"),
    ("accuracy", "Share of the words of a repeated phrase that are found at the end, in the domain that is learned"),
    ("accuracy-first", "The same in the domain of pretraining"),
    ("knowledge", "Share of places at which the likeliest word is that of the chain at the end, in the domain that is learned"),
    ("tasks", "Mean of both in the domain that is learned: what the model can do and knows in it"),
    ("general", "The same in the domain of pretraining"),
    ("tasks-early", "What it can do and knows in the domain that is learned after a tenth of the phase"),
    ("tasks-gain", "How much that rises from the beginning of the phase to its end"),
    ("general-gain", "How much what it can do and knows in the domain of pretraining rises from the end of pretraining to the end"),
    ("rise-first", "How far the loss on the domain of pretraining rises above its value at the beginning of the phase"),
    ("rise-now", "The same of the domain that is learned"),
    ("uphill", "How far the loss on the domain that is learned rises above its lowest value so far: 0 where it only falls"),
    ("depth", "How far the share of found words falls below its value at the beginning of the phase, in the domain that is learned"),
    ("depth-first", "The same in the domain of pretraining"),
    ("area", "Mean over the phase of what is missing to the share of found words at its beginning, in the domain that is learned"),
    ("area-first", "The same in the domain of pretraining"),
    ("recovered", "How far the share of found words rises from its lowest value to the end, in the domain that is learned"),
    ("bottom-top-early", "Relative change of the weights of the lowest block over that of the highest, after a hundredth of the phase"),
    ("bottom-top-late", "The same at the end of the phase"),
    ("rate", "Peak of the learning rate in the phase, chosen on other seeds"),
    ("steps", "Steps in all"),
    ("passed", "Documents passed forward and backward in all"),
    ("end", "Step of the phase at which it ends"),
];

/// An outcome with these curves and scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(series: Vec<Series>, found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    Outcome::gathered(series, &SCALARS, found, weights, status)
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(why: String) -> Outcome {
    outcome(Vec::new(), &[], None, Status::Diverged(why))
}

/// One curve after another: a point that stands at the end of one and at the beginning of the next is one point.
fn joined(parts: &[Outcome], name: &str) -> Series {
    let mut all = Series { name: name.to_owned(), x: Vec::new(), y: Vec::new() };
    for series in parts.iter().filter_map(|part| part.series(name)) {
        for (x, y) in series.x.iter().zip(&series.y) {
            if all.x.last().is_none_or(|last| x > last) {
                all.x.push(*x);
                all.y.push(*y);
            }
        }
    }
    all
}

/// The first, the lowest, the highest and the last value of a curve.
struct Span {
    first: f64,
    low: f64,
    high: f64,
    last: f64,
}

impl Span {
    fn of(curve: &Series) -> Option<Self> {
        let (first, last) = (*curve.y.first()?, *curve.y.last()?);
        let (low, high) = curve.y.iter().fold((first, first), |(low, high), y| (low.min(*y), high.max(*y)));
        Some(Self { first, low, high, last })
    }
}

/// How far a curve rises above its lowest value so far.
fn uphill(curve: &Series) -> Option<f64> {
    let mut low = *curve.y.first()?;
    let mut most = 0.0_f64;
    for y in &curve.y {
        low = low.min(*y);
        most = most.max(y - low);
    }
    Some(most)
}

/// The mean along a curve of what is missing to its first value, by trapezoids.
fn missing(curve: &Series) -> Option<f64> {
    let (first, from, to) = (*curve.y.first()?, *curve.x.first()?, *curve.x.last()?);
    let lack = |y: f64| (first - y).max(0.0);
    let pieces = curve.x.windows(2).zip(curve.y.windows(2));
    let area: f64 = pieces.map(|(x, y)| (x[1] - x[0]) * 0.5 * (lack(y[0]) + lack(y[1]))).sum();
    (to > from).then(|| area / (to - from))
}

/// The value of a curve at the first point where this share of it is done.
fn after(curve: &Series, share: f64) -> Option<f64> {
    let (from, to) = (*curve.x.first()?, *curve.x.last()?);
    let at = curve.x.iter().position(|x| *x >= from + share * (to - from))?;
    curve.y.get(at).copied()
}

/// Gathers a run from the end of its pretraining, if it has any, and the parts of its last phase.
pub(super) fn run(own: &Settings, needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let split = needs.split_at_checked(usize::from(!own.method.scratch()));
    let (pretraining, parts) = split.filter(|(_, parts)| !parts.is_empty()).ok_or_else(|| other("a run lacks the parts that it is made of"))?;
    if let Some(why) = needs.iter().find_map(|need| if let Status::Diverged(why) = &need.status { Some(why) } else { None }) {
        return Ok(diverged(why.clone()));
    }
    let (Some(begun), Some(last)) = (parts.first(), parts.last()) else { return Err(other("a run has no parts")) };
    let series: Vec<Series> = SERIES.iter().map(|(name, _)| joined(parts, name)).collect();
    let [loss_first, loss_now, skill_first, skill_now, knowledge] = series.as_slice() else { return Err(other("a run lacks a curve")) };
    let both = |share: f64| Some(0.5 * (after(skill_now, share)? + after(knowledge, share)?));
    let less = |name: &str| Some(last.scalar(name)? - pretraining.first()?.scalar(name)?);
    let of = |curve: &Series, number: fn(&Span) -> f64| Span::of(curve).map(|span| number(&span));
    let (rise, fall) = (|span: &Span| span.high - span.first, |span: &Span| span.first - span.low);
    let mut found: Vec<(&str, Option<f64>)> = vec![
        ("forgetting", less("loss-a")),
        ("tasks-early", both(0.1)),
        ("tasks-gain", last.scalar("tasks").zip(both(0.0)).map(|(end, start)| end - start)),
        ("general-gain", less("general")),
        ("rise-first", of(loss_first, rise)),
        ("rise-now", of(loss_now, rise)),
        ("uphill", uphill(loss_now)),
        ("depth", of(skill_now, fall)),
        ("depth-first", of(skill_first, fall)),
        ("area", missing(skill_now)),
        ("area-first", missing(skill_first)),
        ("recovered", of(skill_now, |span| span.last - span.low)),
        ("bottom-top-early", begun.scalar("bottom-top-early")),
    ];
    // The rest is as it is at the end of the last part.
    let known: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
    found.extend(SCALARS.iter().filter(|(name, _)| !known.contains(name)).map(|(name, _)| (*name, last.scalar(name))));
    Ok(outcome(series, &found, None, Status::Done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_by_hand() {
        let curve = |x: &[f64], y: &[f64]| Series { name: "skill-of-now".to_owned(), x: x.to_vec(), y: y.to_vec() };
        let one = curve(&[10.0, 11.0, 13.0, 20.0], &[0.8, 0.6, 0.6, 1.0]);
        assert!(Span::of(&one).is_some_and(|span| [span.first, span.low, span.high, span.last] == [0.8, 0.6, 1.0, 1.0]));
        assert!((uphill(&one).unwrap() - 0.4).abs() < 1e-12);
        // 0.1 over a step, 0.2 over two, and 0.1 over seven on average.
        assert!((missing(&one).unwrap() - (0.1 + 0.4 + 0.7) / 10.0).abs() < 1e-12);
        assert_eq!((after(&one, 0.0), after(&one, 0.1), after(&one, 0.2), after(&one, 1.0)), (Some(0.8), Some(0.6), Some(0.6), Some(1.0)));
        let part = |series: Series| outcome(vec![series], &[], None, Status::Done);
        let both = joined(&[part(one.clone()), part(curve(&[20.0, 25.0], &[1.0, 0.5]))], "skill-of-now");
        assert_eq!((both.x, both.y), (vec![10.0, 11.0, 13.0, 20.0, 25.0], vec![0.8, 0.6, 0.6, 1.0, 0.5]));
        let empty = curve(&[], &[]);
        assert!(Span::of(&empty).is_none());
        assert_eq!((uphill(&empty), missing(&empty), after(&empty, 0.1)), (None, None, None));
    }
}
