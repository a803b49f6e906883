//! Views `similarity`, `movement` and `domain`: do tasks and models move together once both have stopped just rising?

use evaluation::emergence::trajectory::{Combine, combine};
use evaluation::emergence::trend::{CoMovement, Detrend, block_correlation, blocks, co_movement, detrended, prediction_error};
use evaluation::emergence::{grid, interval_of_draws};
use evaluation::stat::{Interval, resample};
use rayon::prelude::*;

use super::data::{Data, Series};
use super::pairs::relation;
use super::spec::EmergenceSpec;
use super::trajectory::longest;
use crate::protocol::AskHead;
use crate::row_writer::{ALL, EACH, OK, RowWriter, count};
use crate::spec::About;

/// A model's tasks on one grid, with the mean of the others beside each.
pub(super) struct Panel {
    x: Vec<f64>,
    /// By task; `None` without a curve, or with one of fewer points than are asked for.
    y: Vec<Option<Vec<f64>>>,
    sum: Vec<f64>,
    tasks: usize,
}

impl Panel {
    /// The mean of all tasks of the model but one that is in it; `None` when there is no other.
    fn others(&self, own: &[f64]) -> Option<Vec<f64>> {
        (self.tasks > 1).then(|| self.sum.iter().zip(own).map(|(s, v)| (s - v) / (self.tasks - 1) as f64).collect())
    }

    /// A task without its trend at some of the points that the panel covers.
    fn without_trend(&self, task: usize, at: &[f64], how: Detrend) -> Option<Vec<f64>> {
        let own = self.y[task].as_ref()?;
        let common = if how == Detrend::Common { grid::linear(&self.x, &self.others(own)?, at)? } else { Vec::new() };
        detrended(at, &grid::linear(&self.x, own, at)?, &common, how)
    }
}

/// A panel for every model, on the checkpoints of its longest curve.
pub(super) fn panels(asked: &EmergenceSpec, data: &Data) -> Vec<Panel> {
    data.models
        .iter()
        .map(|model| {
            let x = longest(&model.curves);
            let values = |s: &Series| if asked.trend.smooth { grid::linear(&s.x, &s.y, &x) } else { grid::linear(&s.x, &s.raw, &x) };
            let y: Vec<Option<Vec<f64>>> = model.curves.iter().map(|c| c.as_ref().filter(|s| s.x.len() >= asked.trend.min_points).and_then(values)).collect();
            let mut sum = vec![0.0; x.len()];
            for curve in y.iter().flatten() {
                sum.iter_mut().zip(curve).for_each(|(s, v)| *s += v);
            }
            let tasks = y.iter().flatten().count();
            Panel { x, y, sum, tasks }
        })
        .collect()
}

/// A correlation with its interval, or why there is none.
type Answer = Result<(f64, Option<Interval>), &'static str>;

/// D1: the same task in two models, on the checkpoints that both cover.
pub(super) fn similarity(about: &About, ask: &AskHead, asked: &EmergenceSpec, data: &Data, panels: &[Panel], rows: &mut RowWriter<'_>) {
    let how = &asked.trend;
    let pairs: Vec<(usize, usize)> = (0..panels.len()).flat_map(|a| (a + 1..panels.len()).map(move |b| (a, b))).collect();
    let shared: Vec<Vec<f64>> = pairs.iter().map(|&(a, b)| grid::shared(&panels[a].x, &panels[b].x)).collect();
    let mut jobs: Vec<(usize, usize, Detrend)> = Vec::new();
    for (p, &(a, b)) in pairs.iter().enumerate() {
        let both = |t: &usize| panels[a].y[*t].is_some() && panels[b].y[*t].is_some();
        jobs.extend((0..data.tasks.len()).filter(both).flat_map(|t| how.detrend.iter().map(move |d| (p, t, *d))));
    }
    let name = |m: usize| data.models[m].name.as_str();
    let seed = about.seed.to_string();
    let answers: Vec<Answer> = jobs
        .par_iter()
        .map(|&(p, t, detrend)| -> Answer {
            let (a, b) = pairs[p];
            let at = &shared[p];
            if at.len() < how.min_points {
                return Err("too-few-points");
            }
            let sides = panels[a].without_trend(t, at, detrend).zip(panels[b].without_trend(t, at, detrend));
            let (left, right) = sides.ok_or("no-trend")?;
            let seed = fitters::seed::of(&[&seed, &ask.source, &ask.id, "similarity", detrend.name(), &data.tasks[t].name, name(a), name(b)]);
            let (r, interval) = block_correlation(&left, &right, how.block, how.resamples, seed, how.confidence);
            Ok((r.ok_or("constant")?, interval))
        })
        .collect();
    for (&(p, t, detrend), answer) in jobs.iter().zip(&answers) {
        let ((a, b), task) = (pairs[p], &data.tasks[t]);
        let pair = format!("{} | {}", name(a), name(b));
        let texts = [
            ("detrend", detrend.name()),
            ("task", &task.name),
            ("family", &data.families[task.family]),
            ("pair", &pair),
            ("model", name(a)),
            ("model-b", name(b)),
            ("relation", relation(data, a, b)),
        ];
        let interval = answer.ok().and_then(|found| found.1);
        let numbers = [
            ("correlation", answer.ok().map(|found| found.0)),
            ("low", interval.map(|i| i.low)),
            ("high", interval.map(|i| i.high)),
            ("se", interval.map(|i| i.se)),
            ("n", count(shared[p].len())),
        ];
        rows.push("similarity", EACH, answer.err().unwrap_or(OK), &texts, &numbers);
    }
}

/// D2 and D3: tasks of one family among themselves and with others, in one model.
pub(super) fn movement(about: &About, ask: &AskHead, asked: &EmergenceSpec, data: &Data, panels: &[Panel], rows: &mut RowWriter<'_>) {
    let jobs: Vec<(usize, Detrend)> = (0..panels.len()).flat_map(|m| asked.trend.detrend.iter().map(move |d| (m, *d))).collect();
    let answers: Vec<Moved> = jobs.par_iter().map(|&(m, detrend)| moved(about, ask, asked, data, &panels[m], m, detrend)).collect();
    for (&(m, detrend), answer) in jobs.iter().zip(&answers) {
        let model = data.models[m].name.as_str();
        for f in 0..=data.families.len() {
            let whole = f == data.families.len();
            let Some(draws) = answer.draws.get(f) else {
                if whole {
                    rows.push("movement", ALL, "too-few-points", &[("detrend", detrend.name()), ("model", model), ("family", "")], &[("n", count(answer.n))]);
                }
                continue;
            };
            let found = answer.values[f];
            // A family of one task has no pairs, and is no row.
            if found.is_none() && !whole {
                continue;
            }
            let interval = interval_of_draws(draws, answer.n, asked.trend.confidence);
            let family = if whole { "" } else { data.families[f].as_str() };
            let numbers = [
                ("within", found.map(|c| c.within)),
                ("across", found.map(|c| c.across)),
                ("difference", found.map(|c| c.within - c.across)),
                ("low", interval.map(|i| i.low)),
                ("high", interval.map(|i| i.high)),
                ("se", interval.map(|i| i.se)),
                ("pairs-within", found.and_then(|c| count(c.pairs_within))),
                ("pairs-across", found.and_then(|c| count(c.pairs_across))),
                ("n", count(answer.n)),
            ];
            let texts = [("detrend", detrend.name()), ("model", model), ("family", family)];
            rows.push("movement", if whole { ALL } else { EACH }, if found.is_some() { OK } else { "one-family" }, &texts, &numbers);
        }
    }
}

/// Co-movement of every family and of all, and the resamples of within minus across; nothing where there are too few points.
struct Moved {
    n: usize,
    values: Vec<Option<CoMovement>>,
    draws: Vec<Vec<f64>>,
}

fn moved(about: &About, ask: &AskHead, asked: &EmergenceSpec, data: &Data, panel: &Panel, m: usize, detrend: Detrend) -> Moved {
    let how = &asked.trend;
    let (series, family): (Vec<Vec<f64>>, Vec<usize>) =
        (0..data.tasks.len()).filter_map(|t| Some((panel.without_trend(t, &panel.x, detrend)?, data.tasks[t].family))).unzip();
    let n = series.first().map_or(0, Vec::len);
    if n < how.min_points.saturating_sub(1).max(3) {
        return Moved { n, values: Vec::new(), draws: Vec::new() };
    }
    let families = data.families.len();
    let whole: Vec<usize> = (0..n).collect();
    let values = co_movement(&series, &family, families, &whole);
    let difference = |c: &Option<CoMovement>| c.map_or(f64::NAN, |c| c.within - c.across);
    let mut draws: Vec<Vec<f64>> = values.iter().map(|c| vec![difference(c)]).collect();
    let seed = fitters::seed::of(&[&about.seed.to_string(), &ask.source, &ask.id, "movement", detrend.name(), &data.models[m].name]);
    let mut first = true;
    // One set of draws serves all families; what this call makes of them itself is not used.
    resample(&[n], how.resamples, seed, how.confidence, |drawn| {
        if !std::mem::take(&mut first) {
            let again = co_movement(&series, &family, families, &blocks(&drawn[0], n, how.block));
            draws.iter_mut().zip(&again).for_each(|(d, c)| d.push(difference(c)));
        }
        0.0
    });
    Moved { n, values, draws }
}

/// D2: the later part of each curve, predicted from the mean of its family's other tasks and from that of all other families.
pub(super) fn domain(asked: &EmergenceSpec, data: &Data, panels: &[Panel], rows: &mut RowWriter<'_>) {
    let how = &asked.trend;
    for (model, panel) in data.models.iter().zip(panels) {
        let fit = (how.fit * panel.x.len() as f64).floor() as usize;
        for (t, own) in panel.y.iter().enumerate().filter_map(|(t, y)| Some((t, y.as_ref()?))) {
            let family = data.tasks[t].family;
            let mean = |same: bool| {
                let keep = |k: usize| k != t && (data.tasks[k].family == family) == same;
                let curves: Vec<&[f64]> = panel.y.iter().enumerate().filter(|(k, _)| keep(*k)).filter_map(|(_, y)| y.as_deref()).collect();
                combine(Combine::Mean, &curves)
            };
            let errors = mean(true).zip(mean(false)).and_then(|(a, b)| prediction_error(&a, own, fit).zip(prediction_error(&b, own, fit)));
            // A line on a constant is the mean of what was fitted; the last value is the stronger baseline.
            let last = fit.checked_sub(1).and_then(|k| own.get(k)).map(|v| own[fit..].iter().map(|y| (y - v).abs()).sum::<f64>() / (own.len() - fit) as f64);
            let status = match (panel.x.len() < how.min_points, errors) {
                (true, _) => "too-few-points",
                (false, None) => "no-domain",
                (false, Some(_)) => OK,
            };
            let errors = errors.filter(|_| status == OK);
            let texts = [("model", model.name.as_str()), ("task", &data.tasks[t].name), ("family", &data.families[family])];
            let numbers = [
                ("mae-domain", errors.map(|e| e.0)),
                ("mae-others", errors.map(|e| e.1)),
                ("difference", errors.map(|e| e.0 - e.1)),
                ("mae-last", last),
                ("n-fit", count(fit)),
                ("n-ahead", count(own.len() - fit)),
            ];
            rows.push("domain", EACH, status, &texts, &numbers);
        }
    }
}
