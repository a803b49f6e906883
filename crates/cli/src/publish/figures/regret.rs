//! Regret against epochs spent.

use report::{Axis, Colour, Figure, Layer, Panel, Shade, Style};
use runner::Gathered;
use runner::spec::FigureSpec;

use super::wanted;

/// Mean regret against epochs, over all tasks and for each.
pub(super) fn draw(spec: &FigureSpec, gathered: &Gathered) -> Result<Figure, String> {
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
                    shade: Shade::Light,
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
