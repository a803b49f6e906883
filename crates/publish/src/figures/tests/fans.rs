//! `fans`, drawn from the forecasts that a run kept.

use evaluation::Frame;
use report::{Layer, Marker};

use super::{Tested, label_is_there, svg, with};

/// Two curves of three points, of which two are held out; `p1` answers both, `ls` the first only.
fn series() -> Frame {
    let mut series = Frame::new();
    for (curve, first) in [("b", 0.2), ("a", 0.4)] {
        for (k, held_out) in [0.0, 1.0, 1.0].into_iter().enumerate() {
            let x = k as f64 + 1.0;
            let keys = [("view", "observed"), ("ask", "forecast"), ("source", "prior"), ("curve", curve), ("task", ""), ("seen", "20%")];
            series.push_row(&keys, &[("x", Some(x)), ("y", Some(first + 0.1 * x)), ("held-out", Some(held_out))]);
        }
    }
    for (curve, method) in [("b", "p1"), ("a", "p1"), ("b", "ls")] {
        for x in [2.0, 3.0] {
            let keys = [("view", "forecast"), ("ask", "forecast"), ("source", "prior"), ("curve", curve), ("task", ""), ("seen", "20%"), ("method", method)];
            let quantiles = [("q05", 0.1), ("q25", 0.3), ("q50", 0.5), ("q75", 0.7), ("q95", 0.9)].map(|(q, v)| (q, Some(v)));
            series.push_row(&keys, &[&[("x", Some(x))][..], &quantiles].concat());
        }
    }
    series
}

const SELECT: &str = "select = { ask = \"forecast\", seen = \"20%\" }";

#[test]
fn a_curve_has_a_panel_for_each_answer_with_what_was_observed_and_what_was_held_out() -> Tested {
    let frame = Frame::new();
    let figure = with("fans", &format!("{SELECT}\nanswers = [\"p1\", \"ls\"]"), &frame, &series(), &[])?;
    assert_eq!(figure.columns, 2);
    let titles: Vec<&str> = figure.panels.iter().map(|p| p.title.as_str()).collect();
    // In the order in which they were kept.
    assert_eq!(titles, ["p1: curve b", "ls: curve b", "p1: curve a", "ls: curve a"]);
    let points = |panel: usize| -> Vec<(String, usize, Marker)> {
        let of = figure.panels[panel].layers.iter();
        of.filter_map(|l| if let Layer::Points { label, points, marker, .. } = l { Some((label.clone(), points.len(), *marker)) } else { None }).collect()
    };
    assert_eq!(points(0), [("observed".to_owned(), 1, Marker::Dot), ("held out".to_owned(), 2, Marker::SmallRing)]);
    let bands = |panel: usize| -> Vec<(f64, f64)> {
        let of = figure.panels[panel].layers.iter();
        of.filter_map(|l| if let Layer::Band { low, high, .. } = l { Some((low[0], high[0])) } else { None }).collect()
    };
    assert_eq!(bands(0), [(0.1, 0.9), (0.3, 0.7)]);
    // A method that failed on a curve has no band there, and the curve is shown.
    assert_eq!((bands(3).len(), points(3).len()), (0, 2));
    let svg = svg(&figure)?;
    assert!(label_is_there(&svg, "observed") && label_is_there(&svg, "held out") && label_is_there(&svg, "median"));
    Ok(())
}

#[test]
fn fewer_curves_are_shown_where_so_many_are_asked_for() -> Tested {
    let figure = with("fans", &format!("{SELECT}\nanswers = [\"p1\"]\ncurves = 1"), &Frame::new(), &series(), &[])?;
    assert_eq!(figure.panels.len(), 1);
    Ok(())
}

#[test]
fn what_is_not_kept_is_said() {
    let why = |keys: &str, series: &Frame| with("fans", keys, &Frame::new(), series, &[]).err().unwrap_or_default();
    let unknown = why(&format!("{SELECT}\nanswers = [\"p2\"]"), &series());
    assert!(unknown.contains("no kept forecast is called \"p2\" (there are p1, ls); did you mean \"p1\"?"), "{unknown}");
    let absent = why(&format!("{SELECT}\nanswers = [\"p1\"]"), &Frame::new());
    assert!(absent.contains("no curve of ask \"forecast\" is kept with its forecasts at 20%"), "{absent}");
    let none = why(SELECT, &series());
    assert!(none.contains("it needs `answers`"), "{none}");
    let all = why("select = { ask = \"forecast\" }\nanswers = [\"p1\"]", &series());
    assert!(all.contains("name one `cutoff`"), "{all}");
    let both = format!("{}\nanswers = [\"p1\"]", SELECT.replace("seen", "cutoff"));
    assert!(with("fans", &both, &Frame::new(), &series(), &[]).is_ok());
    let more = why("select = { ask = \"forecast\", seen = \"20%\", method = \"p1\" }\nanswers = [\"p1\"]", &series());
    assert!(more.contains("\"method\""), "{more}");
}
