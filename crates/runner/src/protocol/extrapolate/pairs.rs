//! Which of two curves will end higher? The share of pairs that a forecast decides rightly.

use std::collections::BTreeMap;

use evaluation::Frame;

/// The column that is added.
pub(super) const COLUMN: &str = "pairs-right";

/// What a forecast says of the end of a curve, and what came.
#[derive(Clone, Copy, Debug, PartialEq)]
struct End {
    x: f64,
    median: f64,
    truth: f64,
}

/// For every row that answered: of the other curves of its source, cut at the same place and answered by the same method, the share that its median at
/// the last point puts on the right side of theirs. Curves that end alike are no pair; medians that are alike decide half of one.
///
/// Source: decision-making reliability (Vilares Ferro et al. 2017), here at the last point alone.
pub(super) fn right(rows: &Frame, kept: &Frame) -> Vec<(usize, f64)> {
    let mut ends: BTreeMap<[String; 3], BTreeMap<String, End>> = BTreeMap::new();
    let key = |frame: &Frame, r: usize| ["source", "seen", "method"].map(|c| frame.text(c, r).unwrap_or_default().to_owned());
    for r in (0..kept.len()).filter(|r| kept.text("view", *r) == Some("forecast")) {
        let (Some(x), Some(truth), Some(median)) = (kept.number("x", r), kept.number("y", r), kept.number("q50", r)) else { continue };
        let curve = kept.text("curve", r).unwrap_or_default().to_owned();
        let end = End { x, median, truth };
        ends.entry(key(kept, r))
            .or_default()
            .entry(curve)
            .and_modify(|e| {
                if x > e.x {
                    *e = end
                }
            })
            .or_insert(end);
    }
    let share = |r: usize| -> Option<f64> {
        let group = ends.get(&key(rows, r))?;
        let own = group.get(rows.text("curve", r)?)?;
        let (mut right, mut pairs) = (0.0, 0.0);
        for other in group.values().filter(|other| other.truth != own.truth) {
            pairs += 1.0;
            right += match (own.median - other.median) * (own.truth - other.truth) {
                product if product > 0.0 => 1.0,
                0.0 => 0.5,
                _ => 0.0,
            };
        }
        (pairs > 0.0).then(|| right / pairs)
    };
    (0..rows.len()).filter(|r| rows.is_ok(*r)).filter_map(|r| Some((r, share(r)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_three_curves_one_pair_is_decided_wrongly() {
        let (mut rows, mut kept) = (Frame::new(), Frame::new());
        // Truths 1, 2, 3; medians put the first two the wrong way round. What lies before the end does not count.
        for (curve, truth, median) in [("a", 1.0, 2.5), ("b", 2.0, 1.5), ("c", 3.0, 4.0)] {
            let keys = [("source", "s"), ("seen", "50%"), ("method", "m"), ("curve", curve)];
            rows.push_row(&[&keys[..], &[("status", "ok")]].concat(), &[]);
            for (x, median) in [(9.0, median), (8.0, -median)] {
                kept.push_row(&[&keys[..], &[("view", "forecast")]].concat(), &[("x", Some(x)), ("y", Some(truth)), ("q50", Some(median))]);
            }
        }
        assert_eq!(right(&rows, &kept), [(0, 0.5), (1, 0.5), (2, 1.0)]);
        // Another method is another group, and one curve alone has no pair.
        rows.push_row(&[("source", "s"), ("seen", "50%"), ("method", "other"), ("curve", "a"), ("status", "ok")], &[]);
        assert_eq!(right(&rows, &kept).len(), 3);
    }
}
