//! When tasks emerge: a row for each, a mark for each model.

use std::collections::BTreeMap;

use evaluation::Frame;
use report::{Axis, Colour, Figure, Layer, Marker, Panel};
use runner::spec::FigureSpec;

use super::names::stripped;
use super::rows::Rows;

/// Rows at most, unless the spec says how many.
const ROWS: usize = 40;

/// When one task emerged in one model.
#[derive(Clone, Copy)]
struct Seen {
    /// `None`: not by the last checkpoint.
    emergence: Option<f64>,
    /// Whether it was there at the first checkpoint.
    first: bool,
    /// The last checkpoint.
    last: f64,
}

/// Tasks from the one that emerges first in most models to the last; an empty mark at the last checkpoint where it never did. Where
/// there are too many, those that were there at the first checkpoint of every model give way, and then every so many.
pub(super) fn draw(spec: &FigureSpec, frame: &Frame, spent: &str) -> Result<Figure, String> {
    let rows = Rows::of(spec, frame)?;
    let series = spec.series.as_deref().unwrap_or("model");
    let models = rows.values(series)?;
    let mut found: BTreeMap<&str, BTreeMap<&str, Seen>> = BTreeMap::new();
    let mut at_first = 0;
    for r in rows.iter() {
        let emergence = rows.number("emergence", r);
        // What is there at the first checkpoint has none before it.
        let first = emergence.is_some() && rows.number("after", r).is_none();
        let seen = Seen { emergence, first, last: rows.number("last-x", r).unwrap_or(f64::NAN) };
        at_first += usize::from(first);
        if found.entry(rows.text("task", r)).or_default().insert(rows.text(series, r), seen).is_some() {
            return Err(format!("task {:?} has two rows for {series} {:?}; select one definition", rows.text("task", r), rows.text(series, r)));
        }
    }
    let all = found.len();
    found.retain(|_, of| of.values().any(|seen| seen.emergence.is_some()));
    let some = found.len();
    if some == 0 {
        return Err("no task emerges in any model".into());
    }
    let mut tasks: Vec<&str> = found.keys().copied().collect();
    tasks.sort_by_cached_key(|task| found.get(task).map(|of| key(of.values())));
    let most = spec.curves.unwrap_or(ROWS).max(1);
    let moving = |task: &&str| found.get(task).is_some_and(|of| !of.values().all(|seen| seen.first));
    if some > most && tasks.iter().any(moving) {
        tasks.retain(moving);
    }
    let early = some - tasks.len();
    let tasks = thinned(&tasks, most);

    let step = (0.8 / models.len() as f64).min(0.2);
    let mut panel = Panel::new("", Axis::log(spent), Axis::named("", stripped(&tasks, &spec.strip)).downwards());
    let mut marks = 0;
    for ((k, model), name) in models.iter().enumerate().zip(stripped(&models, &spec.strip)) {
        let beside = (k as f64 - (models.len() as f64 - 1.0) / 2.0) * step;
        let (mut reached, mut missed) = (Vec::new(), Vec::new());
        for (row, task) in tasks.iter().enumerate() {
            let Some(seen) = found.get(task).and_then(|of| of.get(model)) else { continue };
            let to = if seen.emergence.is_some() { &mut reached } else { &mut missed };
            to.push((seen.emergence.unwrap_or(seen.last), row as f64 + beside));
        }
        marks += reached.iter().filter(|mark: &&(f64, f64)| mark.0 > 0.0).count();
        let (filled, empty) = Marker::pair(k);
        let layer = |label: String, points, marker| Layer::Points { label, points, error: None, marker, colour: Colour::nth(k) };
        panel = panel.with(layer(name, reached, filled)).with(layer(String::new(), missed, empty));
    }
    if marks == 0 {
        return Err("no task emerges at a positive x".into());
    }
    // For the legend alone.
    panel = panel.with(Layer::Points {
        label: "empty: not by the last checkpoint".into(),
        points: Vec::new(),
        error: None,
        marker: Marker::Ring,
        colour: Colour::GREY,
    });
    let high = tasks.len() * (18 + 3 * models.len().saturating_sub(3)) + 110;
    let left = some - early;
    let mut thinned = if tasks.len() < left {
        format!("{} of {left} tasks that emerge in any model, taken evenly over their order", tasks.len())
    } else {
        format!("the {left} tasks that emerge in any model")
    };
    if early > 0 {
        thinned.push_str(&format!("; {early} more were there at the first checkpoint of every model"));
    }
    let never = if some < all { format!("; {} emerge in none", all - some) } else { String::new() };
    let first = if at_first > 0 {
        format!(" {at_first} times a task was there at the first checkpoint of a model: it emerged at an unknown time before that mark.")
    } else {
        String::new()
    };
    Ok(Figure::new(&spec.id, &spec.title).with_panel_size(760, u32::try_from(high).unwrap_or(u32::MAX)).with_panel(panel).with_caption(format!(
        "Rows are {thinned}{never}, in the order of the median over models.{first} An empty mark stands at the last checkpoint of a model in which the \
         task did not emerge."
    )))
}

/// What tasks are sorted by: the median over models, never being last; the share of models in which it never emerges; the mean of the others. As
/// bits, which sort like the numbers because none is negative.
fn key<'s>(seen: impl Iterator<Item = &'s Seen>) -> [u64; 3] {
    let mut all: Vec<f64> = seen.map(|s| s.emergence.unwrap_or(f64::INFINITY)).collect();
    all.sort_by(f64::total_cmp);
    let n = all.len();
    let middle = |i: usize| all.get(i).copied().unwrap_or(f64::INFINITY);
    let median = (middle(n.saturating_sub(1) / 2) + middle(n / 2)) / 2.0;
    let known: Vec<f64> = all.iter().copied().filter(|e| e.is_finite()).collect();
    let never = (n - known.len()) as f64 / n.max(1) as f64;
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    [median, never, mean].map(|v| v.max(0.0).to_bits())
}

/// So many of a list, evenly spread from its first to its last.
fn thinned<'a>(all: &[&'a str], most: usize) -> Vec<&'a str> {
    if all.len() <= most {
        return all.to_vec();
    }
    let (last, gaps) = (all.len() - 1, most.saturating_sub(1).max(1));
    (0..most).filter_map(|i| all.get((i * last + gaps / 2) / gaps)).copied().collect()
}
