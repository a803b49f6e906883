//! `extrapolate`: given the start of a curve, where does it go?
//!
//! One row per curve, share seen and answer, with every metric; a curve that is none, or a method
//! that fails on it, is a row with a status.

use std::time::Instant;

use curves::View;
use evaluation::{Frame, metric};
use fitters::{Forecaster, Question};

use crate::job::Output;
use crate::method::answer_name;
use crate::source::{Case, Cases};
use crate::spec::{About, Ask, Method};

/// `"10%"` is a share, `"10"` a number of points.
pub fn view(text: &str) -> Result<View, String> {
    let bad = || format!("{text:?} is no part of a curve; write a share such as \"10%\" or a number of points such as \"10\"");
    match text.strip_suffix('%') {
        Some(p) => match p.trim().parse::<f64>() {
            Ok(v) if v > 0.0 && v < 100.0 => Ok(View::Fraction(v / 100.0)),
            _ => Err(bad()),
        },
        None => match text.trim().parse::<usize>() {
            Ok(n) if n > 0 => Ok(View::Points(n)),
            _ => Err(bad()),
        },
    }
}

/// Asks one method about the cases `range` of a source.
pub(crate) fn run(about: &About, ask: &Ask, method: &Method, forecaster: &dyn Forecaster, cases: &Cases, range: std::ops::Range<usize>) -> Output {
    let mut out = Output::default();
    for k in range {
        let case = cases.case(k);
        for seen in &ask.seen {
            one(about, ask, method, forecaster, &case, seen, &mut out);
        }
    }
    out
}

fn one(about: &About, ask: &Ask, method: &Method, forecaster: &dyn Forecaster, case: &Case, seen: &str, out: &mut Output) {
    let split = view(seen).and_then(|v| {
        let curve = case.curve.as_ref().map_err(Clone::clone)?;
        let (beginning, x, y) = v.split(curve).map_err(|e| e.to_string())?;
        Ok((beginning, x.to_vec(), y.to_vec()))
    });
    let (beginning, x, truth) = match split {
        Ok(s) => s,
        Err(_) => {
            // The curve itself is no curve, or too short for this view: a row for every answer, so that nothing is missing from a count.
            let status = if case.curve.is_err() { "no-curve" } else { "nothing-to-foresee" };
            for answer in forecaster.answers() {
                row(&mut out.rows, ask, case, seen, &answer_name(&method.id, &answer), status, &[], &[]);
            }
            return;
        }
    };
    let seed = fitters::seed::of(&[&about.seed.to_string(), &ask.source, &case.id, seen, &method.id]);
    let started = Instant::now();
    let answers = forecaster.forecast(&Question { seen: &beginning, at: &x, neighbours: &[] }, seed);
    let seconds = started.elapsed().as_secs_f64();
    for a in answers {
        let name = answer_name(&method.id, &a.name);
        match &a.forecast {
            Ok(f) => {
                let scores = metric::score_all(f, &truth);
                row(&mut out.rows, ask, case, seen, &name, "ok", &scores, &a.notes);
            }
            Err(e) => row(&mut out.rows, ask, case, seen, &name, e.word(), &[], &a.notes),
        }
        out.seconds.push((case.id.clone(), seen.to_owned(), name, seconds * a.share));
    }
}

#[expect(clippy::too_many_arguments, reason = "one row: what it is about, how it went, and its numbers")]
fn row(rows: &mut Frame, ask: &Ask, case: &Case, seen: &str, method: &str, status: &str, scores: &[(&str, Option<f64>)], notes: &[(&str, f64)]) {
    let keys = [
        ("ask", ask.id.as_str()),
        ("source", &ask.source),
        ("task", &case.task),
        ("quality", &case.quality),
        ("curve", &case.id),
        ("seen", seen),
        ("method", method),
        ("status", status),
    ];
    // A log density of −∞ is a forecast that ruled out what happened: a number no mean survives, so a status says it.
    let ruled_out = scores.iter().any(|(n, v)| *n == "log-score" && v.is_some_and(|v| !v.is_finite()));
    let mut keys = keys;
    if ruled_out {
        keys[7].1 = "ruled-out-the-truth";
    }
    let finite = |v: Option<f64>| v.filter(|v| v.is_finite());
    let mut numbers: Vec<(&str, Option<f64>)> = metric::all().iter().map(|m| (m.name(), None)).collect();
    for (slot, (_, v)) in numbers.iter_mut().zip(scores) {
        slot.1 = finite(*v);
    }
    numbers.extend(notes.iter().map(|(n, v)| (*n, finite(Some(*v)))));
    rows.push_row(&keys, &numbers);
}

/// Adds `rank-METRIC` to the rows of an ask: the rank of each answer among the rivals on the same curve and view, 1 for the best.
///
/// A failed answer ranks behind all that answered; curves that not every rival was asked about get no rank.
pub(crate) fn ranks(frame: &Frame, ask: &Ask) -> Vec<(String, Vec<(usize, f64)>)> {
    let Some(spec) = &ask.rank else { return Vec::new() };
    let mut groups: std::collections::BTreeMap<(String, String), Vec<usize>> = std::collections::BTreeMap::new();
    for row in 0..frame.len() {
        let is = |c: &str, v: &str| frame.text(c, row) == Some(v);
        if is("ask", &ask.id) && frame.text("method", row).is_some_and(|m| spec.among.iter().any(|a| a == m)) && frame.text("status", row) != Some("no-curve") {
            let key = |c: &str| frame.text(c, row).unwrap_or_default().to_owned();
            groups.entry((key("curve"), key("seen"))).or_default().push(row);
        }
    }
    spec.metrics
        .iter()
        .map(|m| {
            let sign = if metric::direction(m) == Some(curves::Better::Lower) { 1.0 } else { -1.0 };
            let mut ranked = Vec::new();
            for rows in groups.values().filter(|r| r.len() == spec.among.len()) {
                let costs: Vec<f64> = rows.iter().map(|&r| frame.number(m, r).filter(|_| frame.is_ok(r)).map_or(f64::MAX, |v| sign * v)).collect();
                if let Some(ranks) = evaluation::stat::ranks(&costs) {
                    ranked.extend(rows.iter().copied().zip(ranks));
                }
            }
            (format!("rank-{m}"), ranked)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_shares_or_points() {
        assert_eq!(view("10%"), Ok(View::Fraction(0.1)));
        assert_eq!(view("7"), Ok(View::Points(7)));
        for bad in ["0%", "100%", "0", "-3", "ten", "", "nan%"] {
            assert!(view(bad).is_err(), "{bad}");
        }
    }
}
