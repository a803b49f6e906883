//! `extrapolate`: given the start of a curve, where does it go?
//!
//! One row per curve, cutoff and answer, with every metric; a curve that is none, or a method that fails on it, is a row with a status.
//! Forecasts are kept beside the rows as quantiles and the log density of what came, so that a metric that is added later scores them.

mod kept;
mod pairs;

use curves::View;
use evaluation::metric::Outcome;
use evaluation::{Frame, metric};
use fitters::{Question, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AskHead, At, Input, Inputs, Kept, Names, Part, Protocol, Settled, Shape, Sizes};
use crate::eval_curves::{EvalCurve, EvalCurves};
use crate::job::{CHUNK, Output};
use crate::method::Built;
use crate::set::twice;
use crate::source::{Axis, Offer};
use crate::stopwatch::Stopwatch;

/// Which methods are asked, and how much of each curve they see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Extrapolate {
    /// The methods that answer, by their ids.
    pub methods: Vec<String>,
    /// How much of a curve is shown, as `"10%"`, a number of points, or `"given"`: what the dataset marks as given. It is the column `cutoff` of rows, which carry it as `seen`.
    pub cutoffs: Vec<String>,
    /// On which scale forecasts are scored: the one on which methods are asked, or that of the data. Default: asked.
    #[serde(default, skip_serializing_if = "ScoredOn::is_asked")]
    pub scored_on: ScoredOn,
    /// A column `kept-out` tells apart a third of the curves, by a hash of their ids (`yes`), from the others (`no`): what is tuned looks at the
    /// others alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept_out: bool,
    /// So many other curves of the same task are known to their ends, and given to methods as earlier runs; which, by a hash of their ids. A
    /// curve that is not kept out is given none that is. It needs a dataset with `axis = "resource"` and without a `scale`, since earlier runs
    /// are in the units of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<usize>,
    /// A column `rank-METRIC` among some answers is added for some metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<Rank>,
    /// A column `pairs-right` is added: of the other curves of the source, the share that the forecast at the end of a curve puts on the right side of it
    /// (decision-making reliability). Every pair is looked at, so this is for some hundred curves, whose forecasts are all kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pairs: bool,
    /// Of how many curves, the first ones, forecasts are kept beside the rows; all of them when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<usize>,
}

/// The scale of scores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScoredOn {
    /// The scale on which methods are asked: the source's `scale`, or that of the data where it has none.
    #[default]
    Asked,
    /// The scale of the data.
    Data,
}

impl ScoredOn {
    fn is_asked(&self) -> bool {
        *self == Self::Asked
    }
}

/// Ranks of answers on the same question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rank {
    /// By which metrics.
    pub metrics: Vec<String>,
    /// Among which answers.
    pub among: Vec<String>,
    /// A column `best-METRIC` is added as well: the share of a win. Scores are cut (not rounded) to so many decimals; 1 for the best of them, shared
    /// equally by those that tie, 0 for all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_to: Option<u32>,
}

/// The cutoff at which the part seen is what the dataset marks.
const GIVEN: &str = "given";

impl Protocol for Extrapolate {
    fn epoch(&self) -> u32 {
        1
    }

    fn check(&self, ask: &AskHead, names: &Names<'_>) -> Result<(), String> {
        known_methods(&self.methods, names)?;
        if self.cutoffs.is_empty() {
            return Err("extrapolate: `cutoffs` is empty; show at least one share of the curve, such as \"20%\"".into());
        }
        let mut views = Vec::new();
        for cutoff in &self.cutoffs {
            let view = if cutoff == GIVEN { None } else { Some(view(cutoff).map_err(|e| format!("extrapolate: {e}"))?) };
            if view.is_none() && !(names.offer)(&ask.source).is_some_and(|o| o.given) {
                let mend = "name a cutoff such as \"50%\", or let `long` of its dataset.toml have `given`";
                return Err(format!("extrapolate: source {:?} does not say what is given; {mend}", ask.source));
            }
            if views.contains(&view) {
                return Err(format!("extrapolate: the cutoff {cutoff:?} is there twice"));
            }
            views.push(view);
        }
        let alike = |o: &Offer| o.recorded && o.axis == Axis::Resource;
        if self.earlier.is_some() && !(names.offer)(&ask.source).is_some_and(alike) {
            return Err(format!(
                "extrapolate: `earlier` takes curves of a dataset in their own units; let source {:?} be one with axis = \"resource\"",
                ask.source
            ));
        }
        if self.pairs && self.keep.is_some() {
            return Err("extrapolate: `pairs` compares the forecasts of all curves, and `keep` lets most of them go; leave one of the two out".into());
        }
        let Some(rank) = &self.rank else { return Ok(()) };
        if let Some(m) = rank.among.iter().find(|m| !names.answers.contains(m)) {
            return Err(format!("extrapolate: rank: {}", curves::no_such("answer", m, names.answers.iter().map(String::as_str))));
        }
        if let Some(m) = twice(rank.among.iter().map(String::as_str)) {
            return Err(format!("extrapolate: rank: {m:?} is there twice"));
        }
        if rank.best_to.is_some_and(|d| d > 15) {
            return Err("extrapolate: rank: `best-to` is a number of decimals, at most 15".into());
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
        let mut all = self.cutoffs.join(",");
        // Nothing of a default: keys of rows that are there stay as they are.
        if self.scored_on == ScoredOn::Data {
            all.push_str(" on data");
        }
        if self.kept_out {
            all.push_str(" kept-out");
        }
        if let Some(n) = self.earlier {
            all.push_str(&format!(" earlier {n}"));
        }
        Some(all)
    }

    fn run(&self, part: &Part, inputs: &dyn Inputs, at: &At<'_>) -> Output {
        let mut out = Output::default();
        let (Some(curves), Some(method)) = (inputs.eval_curves(&at.ask.source), at.method) else { return out };
        for k in part.range.clone() {
            let curve = curves.curve(k);
            let keep = self.keep.is_none_or(|n| k < n);
            let others = self.others(curves, &curve);
            let earlier: Vec<Run<'_>> = others.iter().filter_map(|c| Some(Run { curve: c.curve.as_ref().ok()?, schedule: c.schedule.as_deref() })).collect();
            for cutoff in &self.cutoffs {
                self.one(at, method, &curve, &earlier, k, cutoff, keep, &mut out);
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
        if self.pairs {
            let decided = pairs::right(&rows, &kept.first(usize::MAX));
            rows.add_numbers(pairs::COLUMN, &decided);
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

/// The part of a curve that a cutoff shows.
fn shown(cutoff: &str, curve: &EvalCurve) -> Result<View, String> {
    if cutoff == GIVEN { curve.given.map(View::Points).ok_or_else(|| "nothing is marked as given".into()) } else { view(cutoff) }
}

/// One curve in three is kept out, whichever data it is of.
fn is_kept_out(curve: &str) -> bool {
    fitters::seed::of(&["kept-out", curve]).is_multiple_of(3)
}

impl Extrapolate {
    /// The other curves of the task of a curve that are known to their ends.
    fn others<'c>(&self, curves: &'c EvalCurves, own: &EvalCurve) -> Vec<&'c EvalCurve> {
        let Some(most) = self.earlier else { return Vec::new() };
        let open = |id: &str| !self.kept_out || !is_kept_out(id);
        // Without a task all curves would be of one, and a scale may be of each curve's own.
        let alike = |c: &EvalCurve| c.task == own.task && !c.task.is_empty() && c.scale.is_none() && own.scale.is_none();
        let known = |c: &&EvalCurve| c.id != own.id && alike(c) && c.curve.is_ok() && (open(&c.id) || !open(&own.id));
        let mut others: Vec<&EvalCurve> = curves.recorded().iter().filter(known).collect();
        others.sort_by_cached_key(|c| fitters::seed::of(&["earlier", &own.id, &c.id]));
        others.truncate(most);
        others
    }

    /// Asks one method about one curve at one cutoff.
    #[expect(clippy::too_many_arguments, reason = "what one question is")]
    fn one(&self, at: &At<'_>, method: &Built, curve: &EvalCurve, earlier: &[Run<'_>], place: usize, cutoff: &str, keep: bool, out: &mut Output) {
        let split = shown(cutoff, curve).and_then(|v| {
            let whole = curve.curve.as_ref().map_err(Clone::clone)?;
            let (seen, x, y) = v.split(whole).map_err(|e| e.to_string())?;
            Ok((seen, x.to_vec(), y.to_vec()))
        });
        let row = Row { ask: at.ask, curve, cutoff, kept_out: self.kept_out.then(|| is_kept_out(&curve.id)) };
        let (mut seen, x, mut truth) = match split {
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
        let question = Question { bounds: curve.bounds, schedule: curve.schedule.as_deref(), earlier, ..Question::of(&seen, &x) };
        let answers = method.forecaster.forecast(&question, seed);
        let seconds = started.seconds();
        let back = curve.scale.as_ref().filter(|_| self.scored_on == ScoredOn::Data);
        if let Some(scale) = back {
            truth.iter_mut().for_each(|y| *y = scale.inverse(*y));
            // The inverse of a value on the unit scale is finite but at an open end, where figures keep what was asked.
            seen = seen.map_y(|y| scale.inverse(y)).unwrap_or(seen);
        }
        if keep {
            kept::observed(&mut out.kept, &row, place, &seen, &x, &truth);
        }
        for a in answers {
            let name = crate::method::answer_name(&method.id, &a.name);
            let forecast = match (a.forecast, back) {
                (Ok(f), Some(scale)) => Ok(f.on_raw_scale(*scale)),
                (other, _) => other,
            };
            match &forecast {
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
}

/// What a row is about.
struct Row<'a> {
    ask: &'a AskHead,
    curve: &'a EvalCurve,
    cutoff: &'a str,
    /// Is the curve kept out, where rows say so?
    kept_out: Option<bool>,
}

impl Row<'_> {
    fn push(&self, rows: &mut Frame, method: &str, status: &str, scores: &[(&str, Option<f64>)], notes: &[(&str, f64)]) {
        // A log density of −∞ is a forecast that ruled out what happened: a number no mean survives, so a status says it.
        let ruled_out = scores.iter().any(|(n, v)| *n == "log-score" && v.is_some_and(|v| !v.is_finite()));
        let mut keys = vec![
            ("ask", self.ask.id.as_str()),
            ("source", &self.ask.source),
            ("task", &self.curve.task),
            ("quality", &self.curve.quality),
            ("curve", &self.curve.id),
            ("seen", self.cutoff),
            ("method", method),
            ("status", if ruled_out { "ruled-out-the-truth" } else { status }),
        ];
        keys.extend(self.kept_out.map(|yes| ("kept-out", if yes { "yes" } else { "no" })));
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
    /// `rank-METRIC`: the rank of each answer among the rivals on the same curve and cutoff, 1 for the best; `best-METRIC`: its share of a win.
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
            .flat_map(|m| {
                let sign = if metric::direction(m) == Some(curves::Better::Lower) { 1.0 } else { -1.0 };
                let mut ranked = Vec::new();
                let mut won = Vec::new();
                for rows in groups.values().filter(|r| r.len() == rank.among.len()) {
                    let costs: Vec<f64> = rows.iter().map(|&r| frame.number(m, r).filter(|_| frame.is_ok(r)).map_or(f64::MAX, |v| sign * v)).collect();
                    if let Some(ranks) = evaluation::stat::ranks(&costs) {
                        ranked.extend(rows.iter().copied().zip(ranks));
                    }
                    if let Some(decimals) = rank.best_to {
                        won.extend(rows.iter().copied().zip(wins(&costs, decimals)));
                    }
                }
                let best = rank.best_to.map(|_| (format!("best-{m}"), won));
                std::iter::once((format!("rank-{m}"), ranked)).chain(best)
            })
            .collect()
    }
}

/// The share of each in a win: costs are cut to so many decimals, those that tie share, one that failed ([`f64::MAX`]) wins nothing.
fn wins(costs: &[f64], decimals: u32) -> Vec<f64> {
    let unit = 10f64.powf(f64::from(decimals));
    let cut: Vec<f64> = costs.iter().map(|c| if *c == f64::MAX { f64::MAX } else { (c * unit).trunc() / unit }).collect();
    let best = cut.iter().copied().fold(f64::MAX, f64::min);
    let tied = cut.iter().filter(|c| **c == best).count() as f64;
    cut.iter().map(|c| if *c == best && best < f64::MAX { tied.recip() } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::Curve;

    #[test]
    fn wins_are_shared_by_those_that_tie() {
        assert_eq!(wins(&[0.0301, 0.0309, 0.031, f64::MAX], 3), [0.5, 0.5, 0.0, 0.0]);
        assert_eq!(wins(&[0.0301, 0.0309], 4), [1.0, 0.0]);
        assert_eq!(wins(&[f64::MAX, f64::MAX], 3), [0.0, 0.0]);
    }

    #[test]
    fn one_curve_in_three_is_kept_out() {
        let out = (0..3_000).filter(|k| is_kept_out(&format!("task/{k}"))).count();
        assert!((900..1_100).contains(&out), "{out}");
    }

    #[test]
    fn views_are_shares_or_points() {
        assert_eq!(view("10%"), Ok(View::Fraction(0.1)));
        assert_eq!(view("7"), Ok(View::Points(7)));
        for bad in ["0%", "100%", "0", "-3", "ten", "", "nan%"] {
            assert!(view(bad).is_err(), "{bad}");
        }
    }

    fn case(id: String, task: &str) -> EvalCurve {
        EvalCurve {
            id,
            task: task.to_owned(),
            quality: String::new(),
            curve: Curve::on_grid(vec![1.0, 0.5, 0.4]).map_err(|e| e.to_string()),
            finite_prefix: None,
            scale: None,
            given: None,
            bounds: (f64::NEG_INFINITY, f64::INFINITY),
            schedule: None,
        }
    }

    #[test]
    fn earlier_runs_are_others_of_the_task_and_none_that_is_kept_out_for_one_that_is_not() {
        let ask = Extrapolate {
            methods: Vec::new(),
            cutoffs: Vec::new(),
            scored_on: ScoredOn::Asked,
            kept_out: true,
            earlier: Some(8),
            rank: None,
            pairs: false,
            keep: None,
        };
        let cases: Vec<EvalCurve> = (0..60).map(|k| case(format!("run-{k}"), if k % 2 == 0 { "a" } else { "b" })).collect();
        let listed = |asked: usize| EvalCurves::Listed { cases: cases.clone(), asked, longest: 3 };
        let (few, all) = (listed(6), listed(60));
        let (mut open, mut kept) = (0, 0);
        for k in 0..6 {
            let own = few.curve(k);
            let ids = |curves: &EvalCurves| ask.others(curves, &own).iter().map(|c| c.id.clone()).collect::<Vec<_>>();
            let others = ask.others(&few, &own);
            // However many are asked about, the same ones are known: a smaller size is a part of a larger.
            assert_eq!(ids(&few), ids(&all));
            assert_eq!(others.len(), 8);
            assert!(others.iter().all(|c| c.id != own.id && c.task == own.task));
            let withheld = others.iter().filter(|c| is_kept_out(&c.id)).count();
            if is_kept_out(&own.id) {
                kept += withheld;
            } else {
                assert_eq!(withheld, 0);
                open += 1;
            }
        }
        assert!(open > 0 && kept > 0, "{open} {kept}");
        assert!(ask.others(&all, &case("run-x".into(), "")).is_empty());
        assert!(Extrapolate { earlier: None, ..ask }.others(&all, &cases[0]).is_empty());
    }
}
