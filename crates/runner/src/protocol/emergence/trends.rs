//! Views `similarity`, `movement` and `domain`: do tasks and models move together once both have stopped just rising?

use evaluation::emergence::trajectory::{Combine, combine};
use evaluation::emergence::trend::{CoMovement, Detrend, block_correlation, blocks, co_movement, detrended, prediction_error};
use evaluation::emergence::{grid, interval_of_draws};
use evaluation::stat::{Interval, pearson, resample};
use rayon::prelude::*;

use super::data::{Data, Series};
use super::moves;
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

/// A correlation with its interval, or why there is none; and the mean correlation with unrelated tasks, with how many.
struct Answer {
    own: Result<(f64, Option<Interval>), &'static str>,
    unrelated: Option<(f64, usize)>,
}

/// All tasks of two models without one trend, on the checkpoints that both cover.
struct Sides {
    left: Vec<Option<Vec<f64>>>,
    right: Vec<Option<Vec<f64>>>,
}

/// The `smoothing` column of rows about trends.
fn smoothing(asked: &EmergenceSpec) -> String {
    if asked.trend.smooth { asked.smooth.word() } else { "none".into() }
}

/// The mean correlation of a task in one model with tasks of other families in the other model, both ways round, and over
/// how many pairs: what two curves have in common that are not of one task. Tasks that are known not to move are left out.
fn unrelated(data: &Data, sides: &Sides, (a, b): (usize, usize), t: usize) -> Option<(f64, usize)> {
    let still = |m: usize, u: usize| data.models[m].curves[u].as_ref().is_some_and(|s| s.moves == Some(false));
    let foreign: Vec<usize> = (0..data.tasks.len()).filter(|u| data.tasks[*u].family != data.tasks[t].family).collect();
    let (own_left, own_right) = (sides.left[t].as_ref()?, sides.right[t].as_ref()?);
    let with_right = foreign.iter().filter(|u| !still(b, **u)).filter_map(|u| pearson(own_left, sides.right[*u].as_ref()?));
    let with_left = foreign.iter().filter(|u| !still(a, **u)).filter_map(|u| pearson(sides.left[*u].as_ref()?, own_right));
    let all: Vec<f64> = with_right.chain(with_left).collect();
    (!all.is_empty()).then(|| (all.iter().sum::<f64>() / all.len() as f64, all.len()))
}

/// D1: the same task in two models, on the checkpoints that both cover, and how much more alike than unrelated tasks.
pub(super) fn similarity(about: &About, ask: &AskHead, asked: &EmergenceSpec, data: &Data, panels: &[Panel], rows: &mut RowWriter<'_>) {
    let how = &asked.trend;
    let pairs: Vec<(usize, usize)> = (0..panels.len()).flat_map(|a| (a + 1..panels.len()).map(move |b| (a, b))).collect();
    let shared: Vec<Vec<f64>> = pairs.iter().map(|&(a, b)| grid::shared(&panels[a].x, &panels[b].x)).collect();
    let places: Vec<(usize, Detrend)> = (0..pairs.len()).flat_map(|p| how.detrend.iter().map(move |d| (p, *d))).collect();
    let sides: Vec<Sides> = places
        .par_iter()
        .map(|&(p, detrend)| {
            let of = |m: usize| (0..data.tasks.len()).map(|t| panels[m].without_trend(t, &shared[p], detrend)).collect();
            Sides { left: of(pairs[p].0), right: of(pairs[p].1) }
        })
        .collect();
    let mut jobs: Vec<(usize, usize, usize)> = Vec::new();
    for (p, &(a, b)) in pairs.iter().enumerate() {
        let both = |t: &usize| panels[a].y[*t].is_some() && panels[b].y[*t].is_some();
        jobs.extend((0..data.tasks.len()).filter(both).flat_map(|t| (0..how.detrend.len()).map(move |d| (p, t, d))));
    }
    let name = |m: usize| data.models[m].name.as_str();
    let seed = about.seed.to_string();
    let answers: Vec<Answer> = jobs
        .par_iter()
        .map(|&(p, t, d)| {
            let (a, b) = pairs[p];
            if shared[p].len() < how.min_points {
                return Answer { own: Err("too-few-points"), unrelated: None };
            }
            let sides = &sides[p * how.detrend.len() + d];
            let Some((left, right)) = sides.left[t].as_ref().zip(sides.right[t].as_ref()) else {
                return Answer { own: Err("no-trend"), unrelated: None };
            };
            let seed = fitters::seed::of(&[&seed, &ask.source, &ask.id, "similarity", how.detrend[d].name(), &data.tasks[t].name, name(a), name(b)]);
            let (r, interval) = block_correlation(left, right, how.block, how.resamples, seed, how.confidence);
            Answer { own: r.ok_or("constant").map(|r| (r, interval)), unrelated: unrelated(data, sides, (a, b), t) }
        })
        .collect();
    let smoothing = smoothing(asked);
    for (&(p, t, d), answer) in jobs.iter().zip(&answers) {
        let ((a, b), task) = (pairs[p], &data.tasks[t]);
        let pair = format!("{} | {}", name(a), name(b));
        let moves = |m: usize| data.models[m].curves[t].as_ref().and_then(|s| s.moves);
        let texts = [
            ("detrend", how.detrend[d].name()),
            ("smoothing", &smoothing),
            ("task", &task.name),
            ("family", &data.families[task.family]),
            ("pair", &pair),
            ("model", name(a)),
            ("model-b", name(b)),
            ("relation", relation(data, a, b)),
            ("moving", moves::word(moves(a), moves(b))),
        ];
        let (own, unrelated) = (answer.own.ok(), answer.unrelated.map(|u| u.0));
        let interval = own.and_then(|found| found.1);
        let numbers = [
            ("correlation", own.map(|found| found.0)),
            ("low", interval.map(|i| i.low)),
            ("high", interval.map(|i| i.high)),
            ("se", interval.map(|i| i.se)),
            ("unrelated", unrelated),
            ("excess", own.zip(unrelated).map(|(own, u)| own.0 - u)),
            ("pairs-unrelated", count(answer.unrelated.map_or(0, |u| u.1))),
            ("n", count(shared[p].len())),
        ];
        rows.push("similarity", EACH, answer.own.err().unwrap_or(OK), &texts, &numbers);
    }
}

/// D2 and D3: tasks of one family among themselves and with others, in one model.
pub(super) fn movement(about: &About, ask: &AskHead, asked: &EmergenceSpec, data: &Data, panels: &[Panel], rows: &mut RowWriter<'_>) {
    let jobs: Vec<(usize, Detrend)> = (0..panels.len()).flat_map(|m| asked.trend.detrend.iter().map(move |d| (m, *d))).collect();
    let answers: Vec<Moved> = jobs.par_iter().map(|&(m, detrend)| moved(about, ask, asked, data, &panels[m], m, detrend)).collect();
    let smoothing = smoothing(asked);
    for (&(m, detrend), answer) in jobs.iter().zip(&answers) {
        let model = data.models[m].name.as_str();
        for f in 0..=data.families.len() {
            let whole = f == data.families.len();
            let Some(draws) = answer.draws.get(f) else {
                if whole {
                    rows.push(
                        "movement",
                        ALL,
                        "too-few-points",
                        &[("detrend", detrend.name()), ("smoothing", &smoothing), ("model", model), ("family", "")],
                        &[("n", count(answer.n))],
                    );
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
            let texts = [("detrend", detrend.name()), ("smoothing", smoothing.as_str()), ("model", model), ("family", family)];
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
    let smoothing = smoothing(asked);
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
            let texts = [("smoothing", smoothing.as_str()), ("model", &model.name), ("task", &data.tasks[t].name), ("family", &data.families[family])];
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
