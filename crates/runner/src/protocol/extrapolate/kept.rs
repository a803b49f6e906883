//! Forecasts kept beside rows: a grid of quantiles and the log density of what came, point by point.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use curves::Curve;
use evaluation::metric::Outcome;
use evaluation::{Frame, metric};

use super::Row;
use crate::protocol::AskHead;

/// How many curves of an ask figures show: the first that move.
const SHOWN: usize = 4;

/// Among how many curves those are looked for.
pub(super) const LOOKED_AT: usize = 100;

/// A curve moves when it gains at least this much of the unit scale and has more than ten points: a flat one shows nothing of a forecast.
const GAIN: f64 = 0.1;

fn push(kept: &mut Frame, row: &Row<'_>, place: usize, view: &str, method: &str, numbers: &[(&str, Option<f64>)]) {
    let place = place.to_string();
    let keys = [
        ("ask", row.ask.id.as_str()),
        ("source", &row.ask.source),
        ("view", view),
        ("task", &row.curve.task),
        ("curve", &row.curve.id),
        ("place", &place),
        ("seen", row.cutoff),
        ("method", method),
    ];
    kept.push_row(&keys, numbers);
}

/// What was observed before the cutoff, and what was held out.
pub(super) fn observed(kept: &mut Frame, row: &Row<'_>, place: usize, seen: &Curve, x: &[f64], truth: &[f64]) {
    let before = seen.x().iter().zip(seen.y()).map(|p| (p, 0.0));
    for ((x, y), held_out) in before.chain(x.iter().zip(truth).map(|p| (p, 1.0))) {
        push(kept, row, place, "observed", "", &[("x", Some(*x)), ("y", Some(*y)), ("held-out", Some(held_out))]);
    }
}

/// One answer.
pub(super) fn forecast(kept: &mut Frame, row: &Row<'_>, place: usize, method: &str, outcome: &Outcome<'_>, x: &[f64]) {
    let names = columns();
    for (x, point) in x.iter().zip(outcome.kept()) {
        let mut numbers = vec![("x", Some(*x)), ("y", Some(point.truth)), ("log-density", point.log_density)];
        numbers.extend(names.iter().map(String::as_str).zip(point.quantiles.iter().map(|q| Some(*q))));
        push(kept, row, place, "forecast", method, &numbers);
    }
}

/// The names of the columns of quantiles: `q05`, `q50`, `q975`.
fn columns() -> Vec<String> {
    // Two digits are percent, three are thousandths.
    let name = |p: &f64| {
        let thousandths = format!("{:03}", (p * 1000.0).round());
        format!("q{}", thousandths.strip_suffix('0').unwrap_or(&thousandths))
    };
    metric::KEPT_QUANTILES.iter().map(name).collect()
}

/// Gives rows the metrics that they lack because they were made before there was such a metric, wherever kept forecasts can tell.
pub(super) fn rescore(rows: &mut Frame, kept: &dyn Fn() -> Frame) {
    let there = |name: &str| rows.number_columns().any(|c| c == name);
    let lacking: Vec<_> = metric::all().iter().filter(|m| !there(m.name())).filter_map(|m| Some((m.name(), m.of_kept()?))).collect();
    if lacking.is_empty() {
        return;
    }
    let kept = &kept();
    let key = |frame: &Frame, r: usize| ["curve", "seen", "method"].map(|c| frame.text(c, r).unwrap_or_default().to_owned());
    let names = columns();
    let mut points: HashMap<[String; 3], Vec<metric::KeptPoint>> = HashMap::new();
    for r in (0..kept.len()).filter(|r| kept.text("view", *r) == Some("forecast")) {
        let Some(truth) = kept.number("y", r) else { continue };
        // One that is missing must not let others stand in its place.
        let quantiles = names.iter().map(|n| kept.number(n, r)).collect::<Option<Vec<f64>>>().unwrap_or_default();
        points.entry(key(kept, r)).or_default().push(metric::KeptPoint { truth, log_density: kept.number("log-density", r), quantiles });
    }
    for (name, of_kept) in lacking {
        let scored = |r: usize| Some((r, of_kept(points.get(&key(rows, r))?)?));
        let values: Vec<(usize, f64)> = (0..rows.len()).filter(|r| rows.is_ok(*r)).filter_map(scored).collect();
        rows.add_numbers(name, &values);
    }
}

/// What figures show of an ask: the first curves that move, as observed and as every method forecast them.
pub(super) fn shown(ask: &AskHead, kept: &Frame) -> Frame {
    // A curve by its place in the source: its first and last value and how many points it has, whatever the cutoff.
    let mut ends: BTreeMap<usize, (f64, f64, BTreeSet<u64>)> = BTreeMap::new();
    for r in (0..kept.len()).filter(|r| kept.text("view", *r) == Some("observed")) {
        let (Some(place), Some(x), Some(y)) = (kept.text("place", r).and_then(|p| p.parse().ok()), kept.number("x", r), kept.number("y", r)) else { continue };
        let end = ends.entry(place).or_insert((y, y, BTreeSet::new()));
        // Points come in the order of x, cutoff after cutoff: the last one of every cutoff is the end of the curve.
        end.1 = y;
        end.2.insert(x.to_bits());
    }
    let moving: BTreeSet<usize> =
        ends.into_iter().filter(|(_, (first, last, points))| last - first > GAIN && points.len() > 10).map(|(p, _)| p).take(SHOWN).collect();
    let mut out = Frame::new();
    // Every method has left what was observed: once is enough.
    let mut told: BTreeSet<(String, String, u64)> = BTreeSet::new();
    let numbers: Vec<&str> = kept.number_columns().collect();
    let texts: Vec<&str> = kept.text_columns().collect();
    for r in 0..kept.len() {
        let place = kept.text("place", r).and_then(|p| p.parse::<usize>().ok());
        if kept.text("ask", r) == Some(ask.id.as_str()) && place.is_some_and(|p| moving.contains(&p)) {
            let text = |c: &str| kept.text(c, r).unwrap_or_default().to_owned();
            let again = text("view") == "observed" && !told.insert((text("curve"), text("seen"), kept.number("x", r).unwrap_or_default().to_bits()));
            if again {
                continue;
            }
            let keys: Vec<(&str, &str)> = texts.iter().map(|c| (*c, kept.text(c, r).unwrap_or_default())).collect();
            let values: Vec<(&str, Option<f64>)> = numbers.iter().map(|c| (*c, kept.number(c, r))).collect();
            out.push_row(&keys, &values);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn quantiles_are_named_by_percent_or_thousandths() {
        assert_eq!(super::columns(), ["q025", "q05", "q10", "q25", "q50", "q75", "q90", "q95", "q975"]);
    }
}
