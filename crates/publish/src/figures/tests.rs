//! What each kind of figure makes of rows.

mod fans;
mod lines;
mod read;
mod regret;

use std::collections::BTreeMap;

use evaluation::{Claim, Frame};
use report::{Figure, Layer, Marker, ReportError};

use super::Inputs;

/// Three texts and two numbers of a row.
type Row = (&'static str, &'static str, &'static str, Option<f64>, Option<f64>);

type Tested = Result<(), Box<dyn std::error::Error>>;

/// A figure of this kind with these keys, drawn from rows alone.
fn drawn(kind: &str, keys: &str, frame: &Frame) -> Result<Figure, String> {
    with(kind, keys, frame, &Frame::new(), &[])
}

/// The same from rows, series and claims; read, checked and drawn as a spec's figures are.
fn with(kind: &str, keys: &str, frame: &Frame, series: &Frame, claims: &[Claim]) -> Result<Figure, String> {
    let text = format!("[[figure]]\nid = \"f\"\ntitle = \"A title\"\n[figure.{kind}]\n{keys}\n");
    let resources = BTreeMap::from([("checkpoints".to_owned(), "tokens seen".to_owned())]);
    let inputs = Inputs { frame, series, claims, resources: &resources };
    let figures = super::read(&text, "spec.toml").map_err(|e| e.to_string())?;
    let figure = figures.first().ok_or("no figure")?;
    figure.kind.check(&figure.head)?;
    figure.draw(&inputs)
}

/// Draws it as the report does: what a figure promises is nothing if it cannot be rendered.
fn svg(figure: &Figure) -> Result<String, ReportError> {
    figure.to_svg()
}

fn label_is_there(svg: &str, label: &str) -> bool {
    svg.contains(&format!("\n{label}\n"))
}

/// Three models, four tasks; `d` is in two models only, `c` emerges nowhere.
fn points() -> Frame {
    let mut frame = Frame::new();
    let rows: [Row; 11] = [
        ("a", "elementary", "1B", Some(10.0), None),
        ("a", "elementary", "70M", Some(10.0), None),
        ("a", "elementary", "12B", Some(300.0), Some(200.0)),
        ("b", "composite", "1B", Some(20.0), Some(10.0)),
        ("b", "composite", "70M", None, None),
        ("b", "composite", "12B", Some(100.0), None),
        ("c", "composite", "1B", None, None),
        ("c", "composite", "70M", None, None),
        ("c", "composite", "12B", None, None),
        ("d", "elementary", "1B", Some(20.0), Some(10.0)),
        ("d", "elementary", "12B", Some(100.0), None),
    ];
    for (task, kind, model, emergence, after) in rows {
        let keys = [("task", task), ("kind", kind), ("model", model), ("status", "ok")];
        frame.push_row(&keys, &[("emergence", emergence), ("after", after), ("last-x", Some(400.0))]);
    }
    frame.push_row(&[("task", "e"), ("kind", "elementary"), ("model", "1B"), ("status", "not-rising")], &[]);
    frame
}

#[test]
fn a_heat_map_is_symmetric_in_order_of_size_and_on_one_scale() -> Tested {
    let mut frame = Frame::new();
    let rows = [("all", "12B", "70M", 0.31), ("all", "12B", "1B", 0.5), ("all", "12B", "1B", 0.7), ("all", "12B", "1B", 0.9), ("both", "1B", "70M", -0.02)];
    for (subset, a, b, value) in rows {
        frame.push_row(&[("subset", subset), ("model", a), ("model-b", b), ("status", "ok")], &[("correlation", Some(value))]);
    }
    frame.push_row(&[("subset", "both"), ("model", "12B"), ("model-b", "70M"), ("status", "constant")], &[("correlation", None)]);
    let figure = drawn("heat-map", "panels = \"subset\"\nselect = { subset = [\"both\", \"all\"] }", &frame)?;
    assert_eq!(figure.panels.iter().map(|p| p.title.as_str()).collect::<Vec<_>>(), ["both", "all"]);
    let Layer::Cells { xs, ys, values, range, .. } = &figure.panels[1].layers[0] else { return Err("no cells".into()) };
    assert_eq!(xs, &["70M", "1B", "12B"]);
    assert_eq!(xs, ys);
    // The median of three, and nothing on the diagonal.
    assert_eq!((values[1][2], values[2][1], values[0][2]), (0.7, 0.7, 0.31));
    assert!(values[0][0].is_nan() && values[0][1].is_nan());
    let Some((low, high)) = range else { return Err("no range".into()) };
    assert!((low + 0.1).abs() < 1e-9 && (high - 0.7).abs() < 1e-9);
    assert!(figure.caption.contains("median over the rows of its pair, 3 at most"));
    let svg = svg(&figure)?;
    assert!(label_is_there(&svg, "0.70") && label_is_there(&svg, "-0.02") && label_is_there(&svg, "correlation"));

    let wrong = drawn("heat-map", "range = [1.0, 0.0]", &frame);
    assert!(wrong.is_err_and(|e| e.contains("must be finite and increase")));
    let nothing = drawn("heat-map", "select = { subset = \"none\" }", &frame);
    assert!(nothing.is_err_and(|e| e.contains("no rows")));
    let metric = drawn("heat-map", "metric = \"correlatoin\"", &frame);
    assert!(metric.is_err_and(|e| e.contains("correlation")));
    Ok(())
}

#[test]
fn a_heat_map_of_many_models_has_room_for_every_number() -> Tested {
    let mut frame = Frame::new();
    let names: Vec<String> = (0..16).map(|i| format!("{}M-deduped", 10 + i)).collect();
    for (i, a) in names.iter().enumerate() {
        for (j, b) in names.iter().enumerate().skip(i + 1) {
            frame.push_row(&[("model", a.as_str()), ("model-b", b.as_str())], &[("correlation", Some(-0.11 - 0.01 * (i * 16 + j) as f64 / 4.0))]);
        }
    }
    let svg = svg(&drawn("heat-map", "", &frame)?)?;
    // 120 pairs, twice each; every number begins with -0.
    assert_eq!(svg.lines().filter(|l| l.starts_with("-0.") && l.len() == 5).count(), 240);
    Ok(())
}

#[test]
fn a_bump_chart_ranks_what_all_models_have_and_marks_what_never_emerges() -> Tested {
    let figure = drawn("bump", "curves = 1", &points())?;
    assert!(figure.caption.starts_with("The 2 tasks that every model has"));
    assert!(figure.caption.contains("; 1 more emerge in none"));
    let panel = &figure.panels[0];
    assert_eq!(panel.x.names, ["70M", "1B", "12B"]);
    let lines: Vec<(&str, &Vec<(f64, f64)>)> =
        panel.layers.iter().filter_map(|l| if let Layer::Line { label, points, .. } = l { Some((label.as_str(), points)) } else { None }).collect();
    // Of 70M, 1B and 12B, `a` is first, first and second; it moves as much as `b` and comes before it.
    assert_eq!(lines, [("other tasks", &vec![(0.0, 2.0), (1.0, 2.0), (2.0, 1.0)]), ("elementary", &vec![(0.0, 1.0), (1.0, 1.0), (2.0, 2.0)])]);
    let bars = panel.layers.iter().filter(|l| matches!(l, Layer::Band { .. })).count();
    // `b` in 70M, as a light bar under a dark one.
    assert_eq!(bars, 2);
    assert!(label_is_there(&svg(&figure)?, "never"));
    Ok(())
}

#[test]
fn tied_tasks_of_a_bump_chart_stand_in_a_bar() -> Tested {
    let mut frame = Frame::new();
    for (task, first, second) in [("a", 1.0, 5.0), ("b", 1.0, 3.0), ("c", 2.0, 9.0)] {
        frame.push_row(&[("task", task), ("kind", ""), ("model", "1B")], &[("emergence", Some(first))]);
        frame.push_row(&[("task", task), ("kind", ""), ("model", "2B")], &[("emergence", Some(second))]);
    }
    let figure = drawn("bump", "", &frame)?;
    let bar =
        figure.panels[0].layers.iter().find_map(|l| if let Layer::Band { label, low, high, .. } = l { Some((label.as_str(), low[0], high[0])) } else { None });
    assert_eq!(bar, Some(("at one checkpoint", 0.6, 2.4)));
    // In the bar `b` stands first, because it is first in the other model.
    assert!(figure.to_csv().contains(",tags,,2B,1,,,b\n"));
    assert!(figure.to_csv().contains(",line,,1B,1,,,\n"));
    svg(&figure)?;

    let alone = drawn("bump", "select = { model = \"1B\" }", &frame);
    assert!(alone.is_err_and(|e| e.contains("fewer than two models")));
    let mut twice = frame.clone();
    twice.extend(&frame);
    assert!(drawn("bump", "", &twice).is_err_and(|e| e.contains("two rows for model")));
    Ok(())
}

#[test]
fn a_timeline_has_a_row_a_task_and_an_empty_mark_where_it_never_emerged() -> Tested {
    let figure = drawn("timeline", "label = \"billion tokens\"", &points())?;
    let panel = &figure.panels[0];
    // Medians over models: a 10, d 60, b 100.
    assert_eq!(panel.y.names, ["a", "d", "b"]);
    assert!(panel.y.down && panel.x.log && panel.x.label == "billion tokens");
    let small: Vec<(Marker, usize)> =
        panel.layers.iter().filter_map(|l| if let Layer::Points { marker, points, .. } = l { Some((*marker, points.len())) } else { None }).collect();
    // 70M knows a, and not b; 1B and 12B know all three; the last is there for the legend.
    assert_eq!(small[..3], [(Marker::Circle, 1), (Marker::Ring, 1), (Marker::Square, 3)]);
    assert!(figure.caption.contains("the 3 tasks that emerge in any model; 1 emerge in none"));
    assert!(figure.caption.contains("4 times a task was there at the first checkpoint"));
    assert!(figure.to_csv().contains(",points,,400,b,,,\n"));
    assert!(label_is_there(&svg(&figure)?, "empty: not by the last checkpoint"));
    Ok(())
}

#[test]
fn along_x_stands_the_resource_of_the_source_where_the_figure_says_nothing() -> Tested {
    let mut frame = Frame::new();
    frame.push_row(&[("source", "checkpoints"), ("task", "a"), ("model", "1B")], &[("emergence", Some(3.0)), ("last-x", Some(9.0))]);
    assert_eq!(drawn("timeline", "", &frame)?.panels[0].x.label, "tokens seen");
    assert_eq!(drawn("timeline", "label = \"steps\"", &frame)?.panels[0].x.label, "steps");
    assert_eq!(drawn("timeline", "", &points())?.panels[0].x.label, "resource");
    Ok(())
}

#[test]
fn a_timeline_of_many_tasks_says_how_many_it_leaves_out() -> Tested {
    let mut frame = Frame::new();
    for i in 0..95 {
        let task = format!("blimp_task_{i:02}");
        frame.push_row(&[("task", task.as_str()), ("model", "1B")], &[("emergence", Some(f64::from(i + 2))), ("after", Some(1.0)), ("last-x", Some(99.0))]);
    }
    for task in ["early", "at once"] {
        frame.push_row(&[("task", task), ("model", "1B")], &[("emergence", Some(1.0)), ("after", None), ("last-x", Some(99.0))]);
    }
    let figure = drawn("timeline", "strip = [\"blimp_\"]\nlabel = \"tokens\"", &frame)?;
    let rows = &figure.panels[0].y.names;
    assert_eq!((rows.len(), rows[0].as_str(), rows[39].as_str()), (40, "task_00", "task_94"));
    assert!(figure.caption.contains("40 of 95 tasks") && figure.caption.contains("; 2 more were there at the first checkpoint of every model"));
    let svg = svg(&figure)?;
    assert!(rows.iter().all(|row| label_is_there(&svg, row)));
    Ok(())
}

#[test]
fn a_survival_curve_starts_at_one_and_its_band_has_both_sides_of_each_step() -> Tested {
    let mut frame = Frame::new();
    for (model, x, survival, low, censored) in [("1B", 6.0, 0.5, Some(0.3), 0.0), ("1B", 300.0, 0.5, Some(0.3), 9.0), ("70M", 6.0, 1.0, None, 4.0)] {
        let keys = [("model", model), ("group", "kind:composite"), ("status", "ok")];
        frame.push_row(&keys, &[("x", Some(x)), ("survival", Some(survival)), ("low", low), ("high", low.map(|l| l + 0.4)), ("censored", Some(censored))]);
    }
    let figure = drawn("survival", "panels = \"model\"\nlabel = \"tokens\"", &frame)?;
    assert_eq!(figure.panels.iter().map(|p| p.title.as_str()).collect::<Vec<_>>(), ["70M", "1B"]);
    let layers = &figure.panels[1].layers;
    let Layer::Band { label, x, low, high, .. } = &layers[0] else { return Err("no band".into()) };
    assert_eq!(label, "composite");
    assert_eq!(x, &[3.0, 6.0, 6.0, 300.0, 300.0]);
    assert_eq!(low, &[1.0, 1.0, 0.3, 0.3, 0.3]);
    assert_eq!(high, &[1.0, 1.0, 0.7, 0.7, 0.7]);
    let Layer::Steps { points, .. } = &layers[1] else { return Err("no steps".into()) };
    assert_eq!(points, &[(3.0, 1.0), (6.0, 0.5), (300.0, 0.5)]);
    let Layer::Points { points, marker, .. } = &layers[2] else { return Err("no points".into()) };
    assert_eq!((points.as_slice(), *marker), (&[(300.0, 0.5)][..], Marker::Plus));
    svg(&figure)?;

    // Without a choice of group, the curves of two groups would be one zigzag.
    frame.push_row(&[("model", "1B"), ("group", "all"), ("status", "ok")], &[("x", Some(6.0)), ("survival", Some(0.8))]);
    let mixed = drawn("survival", "label = \"tokens\"", &frame);
    assert!(mixed.is_err_and(|e| e.contains("several curves fall into one")));
    Ok(())
}

#[test]
fn a_scatter_has_equal_axes_a_diagonal_bars_and_names() -> Tested {
    let mut frame = Frame::new();
    for (method, model, task, predicted, low) in [
        ("two-step", "7B", "PIQA", 70.0, Some(60.0)),
        ("two-step", "13B", "PIQA", 80.0, Some(75.0)),
        ("two-step", "13B", "MMLU", 40.0, Some(35.0)),
        ("largest-run", "13B", "MMLU", 30.0, None),
    ] {
        let keys = [("method", method), ("model", model), ("task", task), ("status", "ok")];
        frame.push_row(&keys, &[("predicted", Some(predicted)), ("actual", Some(predicted + 2.0)), ("low", low), ("high", low.map(|l| l + 15.0))]);
    }
    let figure = drawn("scatter", "panels = \"method\"\nselect = { model = [\"13B\", \"7B\"] }", &frame)?;
    let panel = &figure.panels[1];
    assert_eq!(panel.title, "two-step");
    // From 30 to 90 and a twentieth of that at both ends, in every panel.
    assert!(figure.panels.iter().all(|p| p.x.range == Some((27.0, 93.0)) && p.y.range == p.x.range));
    let bars: usize = panel.layers.iter().map(|l| if let Layer::Bars { x, .. } = l { x.len() } else { 0 }).sum();
    assert_eq!(bars, 3);
    let words = panel.layers.iter().find_map(|l| if let Layer::Words { words, .. } = l { Some(words.clone()) } else { None });
    assert_eq!(words, Some(vec!["PIQA".to_owned(), "MMLU".to_owned()]));
    // A line joins the two points of PIQA, beside the diagonal.
    assert_eq!(panel.layers.iter().filter(|l| matches!(l, Layer::Line { .. })).count(), 2);
    let svg = svg(&figure)?;
    assert!(label_is_there(&svg, "PIQA") && label_is_there(&svg, "predicted = actual") && label_is_there(&svg, "13B"));
    Ok(())
}
