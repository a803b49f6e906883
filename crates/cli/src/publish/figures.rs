//! Figures of a spec, drawn from rows; fans ask their methods again about a few curves.

use std::collections::BTreeMap;

use evaluation::{Cell, Frame, Strings};
use fitters::Question;
use report::{Axis, Colour, Figure, Layer, Marker, Panel, Style};
use runner::method::answer_name;
use runner::spec::{FigureKind, FigureSpec};
use runner::{Gathered, Plan};

/// Draws one figure, or says why it cannot be.
pub fn draw(spec: &FigureSpec, plan: &Plan, gathered: &Gathered) -> Result<Figure, String> {
    match spec.kind {
        FigureKind::Fans => fans(spec, plan),
        FigureKind::ScoreVsSeconds => score_vs_seconds(spec, &gathered.frame),
        FigureKind::Calibration => calibration(spec, &gathered.frame),
        FigureKind::Regret => regret(spec, gathered),
    }
}

fn wanted<'a>(spec: &'a FigureSpec, column: &str) -> Option<&'a str> {
    spec.select.get(column).and_then(|s| s.0.first()).map(String::as_str)
}

/// Bands of 50 and 90 % around the median of each answer, over what was seen and what came.
fn fans(spec: &FigureSpec, plan: &Plan) -> Result<Figure, String> {
    let e = &plan.experiment.spec;
    let ask = wanted(spec, "ask").and_then(|id| e.asks.iter().find(|a| a.id == id)).ok_or("it selects no ask")?;
    let seen = wanted(spec, "seen").ok_or("it selects no `seen`")?;
    let cases = plan.cases.get(&ask.source).ok_or_else(|| format!("the data of source {} are not here", ask.source))?;
    let n = spec.curves.unwrap_or(4);
    let mut figure = Figure::new(&spec.id, &spec.title).with_columns(spec.answers.len().max(1)).with_panel_size(380, 260);
    // Curves that move: flat ones show nothing of a forecast. The first ones in the source's order that gain at least a tenth of the unit scale.
    let moving = (0..cases.len()).map(|k| cases.case(k)).filter(|c| c.curve.as_ref().is_ok_and(|c| c.last().1 - c.y()[0] > 0.1 && c.len() > 10)).take(n);
    for case in moving {
        let Ok(curve) = &case.curve else { continue };
        let Ok((beginning, x, _)) = runner::protocol::extrapolate::view(seen).and_then(|v| v.split(curve).map_err(|e| e.to_string())) else { continue };
        for (k, wanted) in spec.answers.iter().enumerate() {
            let found =
                e.methods.iter().zip(&plan.methods).find_map(|(m, f)| f.answers().iter().position(|a| answer_name(&m.id, a) == *wanted).map(|i| (m, f, i)));
            let (method, forecaster, index) = found.ok_or_else(|| format!("no answer is called {wanted:?}"))?;
            let seed = fitters::seed::of(&[&e.experiment.seed.to_string(), &ask.source, &case.id, seen, &method.id]);
            let answer = forecaster.forecast(&Question { seen: &beginning, at: x, neighbours: &[] }, seed).swap_remove(index);
            let title = if case.task.is_empty() { format!("{wanted}: curve {}", case.id) } else { format!("{wanted}: {}", case.id) };
            let low = curve.y().iter().fold(1.0f64, |a, b| a.min(*b));
            let axis = Axis::linear("unit scale, higher is better").between((low - 0.1).max(-0.05), 1.05);
            let mut panel = Panel::new(title, Axis::linear("epoch"), axis);
            let colour = Colour::nth(k);
            if let Ok(f) = &answer.forecast {
                let q = |p: f64| (0..f.len()).map(|i| f.quantile(i, p)).collect::<Vec<f64>>();
                panel = panel
                    .with(Layer::Band { label: "90 %".into(), x: x.to_vec(), low: q(0.05), high: q(0.95), colour })
                    .with(Layer::Band { label: "50 %".into(), x: x.to_vec(), low: q(0.25), high: q(0.75), colour })
                    .with(Layer::Line { label: "median".into(), points: x.iter().copied().zip(q(0.5)).collect(), style: Style::solid(colour) });
            }
            let points: Vec<(f64, f64)> = curve.x().iter().copied().zip(curve.y().iter().copied()).collect();
            let (before, after) = points.split_at(beginning.len());
            panel = panel
                .with(Layer::Points { label: "seen".into(), points: before.to_vec(), error: None, marker: Marker::Circle, colour: Colour::BLACK })
                .with(Layer::Points { label: "came".into(), points: after.to_vec(), error: None, marker: Marker::Ring, colour: Colour::GREY });
            panel.legend = figure.panels.is_empty();
            figure = figure.with_panel(panel);
        }
    }
    if figure.panels.is_empty() {
        return Err("no curve of the source moves enough to show a forecast".into());
    }
    Ok(figure.with_caption("Bands hold 50 and 90 % of the forecast, the line is its median; dots were seen, rings came later."))
}

/// The distinct values of a column among the rows a figure selects.
fn levels(spec: &FigureSpec, frame: &Frame, column: &str) -> Result<Vec<String>, String> {
    let filter: BTreeMap<String, Vec<String>> = spec.select.iter().map(|(k, v)| (k.clone(), v.0.clone())).collect();
    let rows = frame.select(&filter).map_err(|e| e.to_string())?;
    let mut out: Vec<String> = Vec::new();
    for r in rows {
        if let Some(t) = frame.text(column, r).filter(|t| !out.iter().any(|o| o == t)) {
            out.push(t.to_owned());
        }
    }
    if out.is_empty() { Err("it selects no rows".into()) } else { Ok(out) }
}

fn cell(spec: &FigureSpec, metric: &str, stat: evaluation::Stat, more: &[(&str, &str)]) -> Cell {
    let mut select = spec.select.clone();
    for (k, v) in more {
        select.insert((*k).to_owned(), Strings(vec![(*v).to_owned()]));
    }
    Cell { select, metric: metric.to_owned(), stat, ..Cell::default() }
}

fn value(c: &Cell, frame: &Frame) -> Option<(f64, f64)> {
    c.evaluate(frame, 0, 0, 0.95).ok().map(|v| (v.value, v.se.unwrap_or(0.0)))
}

/// One panel per cutoff: how good against how dear.
fn score_vs_seconds(spec: &FigureSpec, frame: &Frame) -> Result<Figure, String> {
    let by = spec.panels.as_deref().unwrap_or("seen");
    let methods = levels(spec, frame, "method")?;
    let mut figure = Figure::new(&spec.id, &spec.title).with_columns(2).with_panel_size(480, 340);
    for level in levels(spec, frame, by)? {
        let mut panel = Panel::new(format!("{by} {level}"), Axis::log("seconds a curve, one thread"), Axis::linear("log score, nats per point"));
        let mut scores = Vec::new();
        for (k, m) in methods.iter().enumerate() {
            let at = [("method", m.as_str()), (by, level.as_str())];
            let seconds = value(&cell(spec, "seconds", evaluation::Stat::Median, &at), frame);
            if let (Some((s, _)), Some((score, se))) = (seconds, value(&cell(spec, "log-score", evaluation::Stat::Mean, &at), frame)) {
                scores.push(score);
                panel = panel.with(Layer::Points {
                    label: m.clone(),
                    points: vec![(s, score)],
                    error: Some(vec![se]),
                    marker: Marker::nth(k),
                    colour: Colour::nth(k),
                });
            }
        }
        // Baselines can score arbitrarily low; the panel shows the upper two nats, and its table the rest.
        let top = scores.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        let bottom = scores.iter().fold(f64::INFINITY, |a, &b| a.min(b)).max(top - 2.0);
        panel.y = panel.y.between(bottom - 0.1, top + 0.1);
        figure = figure.with_panel(panel);
    }
    Ok(figure.with_caption("Mean log score with one standard error; a method more than two nats below the best lies under the panel."))
}

/// Observed against nominal coverage of central intervals.
fn calibration(spec: &FigureSpec, frame: &Frame) -> Result<Figure, String> {
    let by = spec.panels.as_deref().unwrap_or("source");
    let methods = levels(spec, frame, "method")?;
    let mut figure = Figure::new(&spec.id, &spec.title).with_columns(2).with_panel_size(480, 400);
    for level in levels(spec, frame, by)? {
        let mut panel =
            Panel::new(format!("{by} {level}"), Axis::linear("nominal coverage").between(0.45, 1.0), Axis::linear("observed coverage").between(0.0, 1.02));
        panel = panel.with(Layer::Line {
            label: "calibrated".into(),
            points: vec![(0.45, 0.45), (1.0, 1.0)],
            style: Style { colour: Colour::GREY, dash: report::Dash::Dotted, width: 1.5 },
        });
        for (k, m) in methods.iter().enumerate() {
            let points: Vec<(f64, f64)> = [50, 80, 90, 95]
                .iter()
                .filter_map(|p| {
                    value(&cell(spec, &format!("coverage-{p}"), evaluation::Stat::Mean, &[("method", m), (by, &level)]), frame)
                        .map(|v| (f64::from(*p) / 100.0, v.0))
                })
                .collect();
            if !points.is_empty() {
                panel = panel.with(Layer::Line { label: m.clone(), points: points.clone(), style: Style::nth(k) }).with(Layer::Points {
                    label: m.clone(),
                    points,
                    error: None,
                    marker: Marker::nth(k),
                    colour: Colour::nth(k),
                });
            }
        }
        figure = figure.with_panel(panel);
    }
    Ok(figure.with_caption(
        "Share of later points inside the central 50, 80, 90 and 95 % intervals, all cutoffs together; below the dotted line a method is overconfident.",
    ))
}

/// Mean regret against epochs, over all tasks and for each.
fn regret(spec: &FigureSpec, gathered: &Gathered) -> Result<Figure, String> {
    let ask = wanted(spec, "ask").ok_or("it selects no ask")?;
    let (_, replay) = gathered.replays.iter().find(|r| r.0 == ask).ok_or("its data are not here, or not all of its forecasts are made")?;
    let shown = ["no-stop", "patience-5", "p1-fine", "p1-fine-999", "p1-coarse", "ls-coarse"];
    let mut tasks: Vec<&str> = Vec::new();
    for (t, ..) in &replay.regret {
        if !tasks.contains(&t.as_str()) {
            tasks.push(t);
        }
    }
    tasks.sort_by_key(|t| (*t != "all", t.to_owned()));
    let mut figure = Figure::new(&spec.id, &spec.title).with_columns(3).with_panel_size(360, 280);
    for task in tasks {
        let mut panel = Panel::new(task, Axis::log("epochs spent"), Axis::log("mean regret, unit scale"));
        for (_, policy, mean, se) in replay.regret.iter().filter(|r| r.0 == task) {
            let Some(k) = shown.iter().position(|s| s == policy) else { continue };
            let points: Vec<(f64, f64)> = thin(mean).map(|i| ((i + 1) as f64, mean[i])).collect();
            if task == "all" {
                let at: Vec<usize> = thin(mean).collect();
                panel = panel.with(Layer::Band {
                    label: policy.clone(),
                    x: at.iter().map(|i| (i + 1) as f64).collect(),
                    low: at.iter().map(|&i| mean[i] - se[i]).collect(),
                    high: at.iter().map(|&i| mean[i] + se[i]).collect(),
                    colour: Colour::nth(k),
                });
            }
            panel = panel.with(Layer::Line { label: policy.clone(), points, style: Style::nth(k) });
        }
        panel.legend = task == "all";
        figure = figure.with_panel(panel);
    }
    Ok(figure.with_caption("Mean over random orders; the band of the first panel is one standard error over tasks."))
}

/// About two hundred indices, even on a log axis.
fn thin(v: &[f64]) -> impl Iterator<Item = usize> + '_ {
    let n = v.len();
    let mut last = usize::MAX;
    (0..=200).filter_map(move |k| {
        let i = ((n as f64).powf(f64::from(k) / 200.0).round() as usize).saturating_sub(1).min(n.saturating_sub(1));
        (n > 0 && i != last).then(|| {
            last = i;
            i
        })
    })
}
