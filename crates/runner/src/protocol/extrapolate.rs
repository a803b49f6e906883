//! `extrapolate`: given the start of a curve, where does it go?
//!
//! One row per curve, cutoff and answer, with every metric; a curve that is none, or a method that fails on it, is a row with a status.
//! Forecasts are kept beside the rows as quantiles and the log density of what came, so that a metric that is added later scores them.

mod kept;

use curves::View;
use evaluation::metric::Outcome;
use evaluation::{Frame, metric};
use fitters::Question;
use serde::{Deserialize, Serialize};

use super::{AskHead, At, Input, Inputs, Kept, Names, Part, Protocol, Settled, Shape, Sizes};
use crate::eval_curves::EvalCurve;
use crate::job::{CHUNK, Output};
use crate::method::Built;
use crate::set::twice;
use crate::stopwatch::Stopwatch;

/// Which methods are asked, and how much of each curve they see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Extrapolate {
    /// The methods that answer, by their ids.
    pub methods: Vec<String>,
    /// How much of a curve is shown, as `"10%"` or a number of points. It is the column `seen` of rows.
    pub cutoffs: Vec<String>,
    /// A column `rank-METRIC` among some answers is added for some metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<Rank>,
    /// Of how many curves, the first ones, forecasts are kept beside the rows; all of them when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<usize>,
}

/// Ranks of answers on the same question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rank {
    /// By which metrics.
    pub metrics: Vec<String>,
    /// Among which answers.
    pub among: Vec<String>,
}

impl Protocol for Extrapolate {
    fn epoch(&self) -> u32 {
        1
    }

    fn check(&self, _: &AskHead, names: &Names<'_>) -> Result<(), String> {
        known_methods(&self.methods, names)?;
        if self.cutoffs.is_empty() {
            return Err("extrapolate: `cutoffs` is empty; show at least one share of the curve, such as \"20%\"".into());
        }
        let mut views = Vec::new();
        for cutoff in &self.cutoffs {
            let view = view(cutoff).map_err(|e| format!("extrapolate: {e}"))?;
            if views.contains(&view) {
                return Err(format!("extrapolate: the cutoff {cutoff:?} is there twice"));
            }
            views.push(view);
        }
        let Some(rank) = &self.rank else { return Ok(()) };
        if let Some(m) = rank.among.iter().find(|m| !names.answers.contains(m)) {
            return Err(format!("extrapolate: rank: {}", curves::no_such("answer", m, names.answers.iter().map(String::as_str))));
        }
        if let Some(m) = twice(rank.among.iter().map(String::as_str)) {
            return Err(format!("extrapolate: rank: {m:?} is there twice"));
        }
        for m in &rank.metrics {
            metric::find(m).map_err(|e| format!("extrapolate: rank: {e}"))?;
        }
        Ok(())
    }

    fn reads(&self, ask: &AskHead) -> Vec<Input> {
        vec![Input::new(&ask.source, Shape::EvalCurves)]
    }

    fn parts(&self, ask: &AskHead, sizes: &Sizes<'_>) -> Vec<Part> {
        curve_by_curve(&self.methods, ask, sizes, self.cutoffs.len() as f64)
    }

    // Methods have jobs of their own, and ranks are settled afterwards.
    fn decides(&self) -> Option<String> {
        Some(self.cutoffs.join(","))
    }

    fn run(&self, part: &Part, inputs: &dyn Inputs, at: &At<'_>) -> Output {
        let mut out = Output::default();
        let (Some(curves), Some(method)) = (inputs.eval_curves(&at.ask.source), at.method) else { return out };
        for k in part.range.clone() {
            let curve = curves.curve(k);
            let keep = self.keep.is_none_or(|n| k < n);
            for cutoff in &self.cutoffs {
                one(at, method, &curve, k, cutoff, keep, &mut out);
            }
        }
        out
    }

    fn answers(&self, _: &AskHead, methods: &[Built]) -> Option<Vec<String>> {
        Some(answers_of(&self.methods, methods))
    }

    fn rests_on_all_parts(&self) -> bool {
        false
    }

    fn refresh(&self, rows: &mut Frame, kept: &dyn Fn() -> Frame) {
        kept::rescore(rows, kept);
    }

    fn settle(&self, at: &At<'_>, mut rows: Frame, kept: &dyn Kept, _: Option<&dyn Inputs>, _: bool) -> Settled {
        for (name, values) in self.ranks(&rows) {
            rows.add_numbers(&name, &values);
        }
        Settled { rows, series: kept::shown(at.ask, &kept.first(kept::LOOKED_AT)) }
    }
}

/// That every method is one of the spec.
pub(super) fn known_methods(methods: &[String], names: &Names<'_>) -> Result<(), String> {
    if methods.is_empty() {
        return Err("`methods` is empty; name at least one".into());
    }
    if let Some(m) = twice(methods.iter().map(String::as_str)) {
        return Err(format!("method {m:?} is named twice"));
    }
    match methods.iter().find(|m| !names.methods.contains(m)) {
        Some(m) => Err(curves::no_such("method", m, names.methods.iter().map(String::as_str))),
        None => Ok(()),
    }
}

/// The names of all answers of some methods.
pub(super) fn answers_of(ids: &[String], methods: &[Built]) -> Vec<String> {
    methods.iter().filter(|m| ids.contains(&m.id)).flat_map(|m| m.answers.iter().cloned()).collect()
}

/// The curves of a source in parts of [`CHUNK`], method by method; a method that is slow is asked about the first curves only.
pub(super) fn curve_by_curve(ids: &[String], ask: &AskHead, sizes: &Sizes<'_>, questions: f64) -> Vec<Part> {
    let all = (sizes.curves)(&ask.source);
    let mut parts = Vec::new();
    for id in ids {
        let Some(method) = sizes.methods.iter().find(|m| m.id == *id) else { continue };
        let most = method.most(&ask.source).min(all);
        let mut from = 0;
        while from < most {
            let to = (from + CHUNK).min(most);
            parts.push(Part { method: Some(id.clone()), range: from..to, cost: (to - from) as f64 * questions * method.cost });
            from = to;
        }
    }
    parts
}

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

/// Asks one method about one curve at one cutoff.
fn one(at: &At<'_>, method: &Built, curve: &EvalCurve, place: usize, cutoff: &str, keep: bool, out: &mut Output) {
    let split = view(cutoff).and_then(|v| {
        let whole = curve.curve.as_ref().map_err(Clone::clone)?;
        let (seen, x, y) = v.split(whole).map_err(|e| e.to_string())?;
        Ok((seen, x.to_vec(), y.to_vec()))
    });
    let row = Row { ask: at.ask, curve, cutoff };
    let (seen, x, truth) = match split {
        Ok(s) => s,
        Err(_) => {
            // The curve itself is no curve, or too short for this cutoff: a row for every answer, so that nothing is missing from a count.
            let status = if curve.curve.is_err() { "no-curve" } else { "nothing-to-foresee" };
            for answer in &method.answers {
                row.push(&mut out.rows, answer, status, &[], &[]);
            }
            return;
        }
    };
    let seed = fitters::seed::of(&[&at.about.seed.to_string(), &at.ask.source, &curve.id, cutoff, &method.id]);
    let started = Stopwatch::start();
    let answers = method.forecaster.forecast(&Question { seen: &seen, at: &x, neighbours: &[] }, seed);
    let seconds = started.seconds();
    if keep {
        kept::observed(&mut out.kept, &row, place, &seen, &x, &truth);
    }
    for a in answers {
        let name = crate::method::answer_name(&method.id, &a.name);
        match &a.forecast {
            Ok(f) => {
                let outcome = Outcome::new(f, &truth);
                row.push(&mut out.rows, &name, "ok", &metric::score_outcome(outcome.as_ref()), &a.notes);
                if let Some(outcome) = outcome.filter(|_| keep) {
                    kept::forecast(&mut out.kept, &row, place, &name, &outcome, &x);
                }
            }
            Err(e) => row.push(&mut out.rows, &name, e.word(), &[], &a.notes),
        }
        out.seconds.push((curve.id.clone(), cutoff.to_owned(), name, seconds * a.share));
    }
}

/// What a row is about.
struct Row<'a> {
    ask: &'a AskHead,
    curve: &'a EvalCurve,
    cutoff: &'a str,
}

impl Row<'_> {
    fn push(&self, rows: &mut Frame, method: &str, status: &str, scores: &[(&str, Option<f64>)], notes: &[(&str, f64)]) {
        // A log density of −∞ is a forecast that ruled out what happened: a number no mean survives, so a status says it.
        let ruled_out = scores.iter().any(|(n, v)| *n == "log-score" && v.is_some_and(|v| !v.is_finite()));
        let keys = [
            ("ask", self.ask.id.as_str()),
            ("source", &self.ask.source),
            ("task", &self.curve.task),
            ("quality", &self.curve.quality),
            ("curve", &self.curve.id),
            ("seen", self.cutoff),
            ("method", method),
            ("status", if ruled_out { "ruled-out-the-truth" } else { status }),
        ];
        let finite = |v: Option<f64>| v.filter(|v| v.is_finite());
        let mut numbers: Vec<(&str, Option<f64>)> = metric::all().iter().map(|m| (m.name(), None)).collect();
        for (slot, (_, v)) in numbers.iter_mut().zip(scores) {
            slot.1 = finite(*v);
        }
        numbers.extend(notes.iter().map(|(n, v)| (*n, finite(Some(*v)))));
        rows.push_row(&keys, &numbers);
    }
}

impl Extrapolate {
    /// `rank-METRIC`: the rank of each answer among the rivals on the same curve and cutoff, 1 for the best.
    ///
    /// A failed answer ranks behind all that answered; curves that not every rival was asked about get no rank.
    fn ranks(&self, frame: &Frame) -> Vec<(String, Vec<(usize, f64)>)> {
        let Some(rank) = &self.rank else { return Vec::new() };
        let mut groups: std::collections::BTreeMap<(String, String), Vec<usize>> = std::collections::BTreeMap::new();
        for row in 0..frame.len() {
            let asked = frame.text("method", row).is_some_and(|m| rank.among.iter().any(|a| a == m));
            if asked && frame.text("status", row) != Some("no-curve") {
                let key = |c: &str| frame.text(c, row).unwrap_or_default().to_owned();
                groups.entry((key("curve"), key("seen"))).or_default().push(row);
            }
        }
        rank.metrics
            .iter()
            .map(|m| {
                let sign = if metric::direction(m) == Some(curves::Better::Lower) { 1.0 } else { -1.0 };
                let mut ranked = Vec::new();
                for rows in groups.values().filter(|r| r.len() == rank.among.len()) {
                    let costs: Vec<f64> = rows.iter().map(|&r| frame.number(m, r).filter(|_| frame.is_ok(r)).map_or(f64::MAX, |v| sign * v)).collect();
                    if let Some(ranks) = evaluation::stat::ranks(&costs) {
                        ranked.extend(rows.iter().copied().zip(ranks));
                    }
                }
                (format!("rank-{m}"), ranked)
            })
            .collect()
    }
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
