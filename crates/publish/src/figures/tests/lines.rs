//! `lines` and `intervals`, and heat maps that are no pairs of models.

use evaluation::{Claim, Frame, Published};
use report::{Layer, Marker};

use super::{Tested, drawn, label_is_there, svg, with};

fn optima() -> Frame {
    let mut frame = Frame::new();
    for (method, flop, params, ends) in [
        ("converged", 1e21, 2.8e9, Some((2.4e9, 3.3e9))),
        ("converged", 1e18, 8e7, Some((7e7, 9e7))),
        ("hoffmann", 1e18, 8.1e7, None),
        ("hoffmann", 1e21, 1.8e9, None),
        ("hoffmann", 1e24, -1.0, None),
    ] {
        let numbers = [("flop", Some(flop)), ("params", Some(params)), ("params-low", ends.map(|e| e.0)), ("params-high", ends.map(|e| e.1))];
        frame.push_row(&[("method", method), ("status", "ok"), ("budget", &format!("{flop:e}"))], &numbers);
    }
    frame
}

#[test]
fn lines_join_rows_in_the_order_of_x_with_bands_where_there_are_ends() -> Tested {
    let text = "x = \"flop\"\ny = \"params\"\nlow = \"params-low\"\nhigh = \"params-high\"\nlog = [\"x\", \"y\"]\nlabel = \"FLOP\"";
    let figure = drawn("lines", text, &optima())?;
    let panel = &figure.panels[0];
    assert!(panel.x.log && panel.y.log && panel.x.label == "FLOP" && panel.y.label == "params");
    let joined: Vec<(&str, Vec<(f64, f64)>)> =
        panel.layers.iter().filter_map(|l| if let Layer::Line { label, points, .. } = l { Some((label.as_str(), points.clone())) } else { None }).collect();
    // What a log axis does not take has no place.
    assert_eq!(joined, [("converged", vec![(1e18, 8e7), (1e21, 2.8e9)]), ("hoffmann", vec![(1e18, 8.1e7), (1e21, 1.8e9)])]);
    let bands: Vec<(&Vec<f64>, &Vec<f64>)> =
        panel.layers.iter().filter_map(|l| if let Layer::Band { low, high, .. } = l { Some((low, high)) } else { None }).collect();
    assert_eq!(bands, [(&vec![7e7, 2.4e9], &vec![9e7, 3.3e9])]);
    assert!(label_is_there(&svg(&figure)?, "hoffmann"));

    let one = drawn("lines", "x = \"flop\"\ny = \"params\"\nlow = \"params-low\"", &optima());
    assert!(one.is_err_and(|e| e.contains("both or none")));
    let none = drawn("lines", "x = \"flop\"", &optima());
    assert!(none.is_err_and(|e| e.contains("missing field `y`")));
    let wrong = drawn("lines", "x = \"flop\"\ny = \"parms\"", &optima());
    assert!(wrong.is_err_and(|e| e.contains("params")));
    let backwards = drawn("lines", "x = \"flop\"\ny = \"params\"\nrange = [2.0, 1.0]", &optima());
    assert!(backwards.is_err_and(|e| e.contains("must be finite and increase")));
    let below = drawn("lines", "x = \"flop\"\ny = \"params\"\nlog = [\"y\"]\nrange = [0.0, 1.0]", &optima());
    assert!(below.is_err_and(|e| e.contains("positive")));
    Ok(())
}

#[test]
fn text_that_is_numbers_is_a_place_and_rows_that_share_it_become_their_median() -> Tested {
    let mut frame = Frame::new();
    for (subset, seen, are) in [("3", "100%", 4.0), ("3", "50%", 8.0), ("3", "50%", 2.0), ("3", "50%", 3.0), ("10", "50%", 1.0)] {
        frame.push_row(&[("method", "recipe"), ("subset", subset), ("seen", seen)], &[("are", Some(are)), ("actual", Some(9.0))]);
    }
    let figure = drawn("lines", "x = \"seen\"\ny = \"are\"\npoints = \"actual\"\npanels = \"subset\"\nat = 4.0", &frame)?;
    assert_eq!(figure.panels.iter().map(|p| p.title.as_str()).collect::<Vec<_>>(), ["3", "10"]);
    let layers = &figure.panels[0].layers;
    assert!(layers.iter().any(|l| matches!(l, Layer::HLine { y, .. } if *y == 4.0)));
    assert!(layers.iter().any(|l| matches!(l, Layer::Line { points, .. } if *points == [(50.0, 3.0), (100.0, 4.0)])));
    assert!(layers.iter().any(|l| matches!(l, Layer::Points { points, marker: Marker::Dot, .. } if *points == [(50.0, 9.0), (100.0, 9.0)])));
    assert!(figure.caption.contains("medians") && figure.caption.contains("Small points are actual, lines are"));
    svg(&figure)?;

    // `all` is no number: names stand side by side, and clouds are not joined.
    frame.push_row(&[("method", "recipe"), ("subset", "all"), ("seen", "50%")], &[("are", Some(0.5))]);
    let figure = drawn("lines", "x = \"subset\"\ny = \"are\"\njoin = false", &frame)?;
    let panel = &figure.panels[0];
    assert_eq!(panel.x.names, ["3", "10", "all"]);
    assert!(!panel.layers.iter().any(|l| matches!(l, Layer::Line { .. })));
    let points = panel.layers.iter().find_map(|l| if let Layer::Points { points, .. } = l { Some(points.len()) } else { None });
    assert_eq!(points, Some(6));
    svg(&figure)?;
    Ok(())
}

#[test]
fn rows_to_mark_are_no_series_and_too_many_series_are_refused() -> Tested {
    let mut frame = Frame::new();
    for (view, budget, params, loss) in [("table", "1e17", 1e7, 3.4), ("table", "1e17", 1e8, 3.1), ("isoflop", "1e17", 6e7, 3.0), ("isoflop", "4e17", 6e7, 2.9)]
    {
        frame.push_row(&[("view", view), ("budget", budget)], &[("params", Some(params)), ("loss", Some(loss))]);
    }
    let text = "x = \"params\"\ny = \"loss\"\nseries = \"budget\"\nlog = [\"x\"]\nmarks = { view = \"isoflop\" }";
    let figure = drawn("lines", text, &frame)?;
    let labels: Vec<&str> = figure.panels[0].layers.iter().filter(|l| matches!(l, Layer::Line { .. })).map(Layer::label).collect();
    assert_eq!(labels, ["1e17"]);
    let marked = figure.panels[0].layers.iter().find_map(|l| {
        if let Layer::Points { label, points, .. } = l
            && label == "isoflop"
        {
            Some(points.len())
        } else {
            None
        }
    });
    assert_eq!(marked, Some(2));
    svg(&figure)?;

    for k in 0..40 {
        frame.push_row(&[("view", "table"), ("budget", &format!("{k}"))], &[("params", Some(1e7)), ("loss", Some(3.0))]);
    }
    assert!(drawn("lines", text, &frame).is_err_and(|e| e.contains("41 series")));
    // As many as can be told apart still leave room for the lines.
    let most = format!("{text}\nselect = {{ view = \"table\", budget = [{}] }}", (0..35).map(|k| format!("\"{k}\"")).collect::<Vec<_>>().join(", "));
    svg(&drawn("lines", &most, &frame)?)?;
    Ok(())
}

fn claims() -> Result<Vec<Claim>, toml::de::Error> {
    let text = r#"
        [[claim]]
        id = "alpha"
        says = "alpha is 0.348"
        where = "table"
        kind = "value"
        level = "statement"
        source = "paper"
        published = 0.348
        of = { select = { method = "likelihood", view = "fit" }, metric = "alpha" }
        within = { abs = 0.001 }

        [[claim]]
        id = "all"
        says = "something of all ways"
        where = "table"
        kind = "value"
        level = "statement"
        source = "paper"
        published = 0.5
        of = { select = { view = "fit" }, metric = "exponent" }
        within = { abs = 0.001 }
    "#;
    toml::from_str::<Published>(text).map(|p| p.claims)
}

#[test]
fn intervals_have_whiskers_to_the_ends_that_are_there_and_marks_where_claims_say() -> Tested {
    let mut frame = Frame::new();
    for (method, parameter, estimate, low, high) in [
        ("likelihood", "alpha", 0.347, Some(0.31), Some(0.37)),
        ("likelihood", "beta", 0.366, None, Some(0.41)),
        ("hoffmann", "alpha", 0.34, None, None),
        ("hoffmann", "beta", 0.28, None, None),
    ] {
        frame.push_row(&[("method", method), ("parameter", parameter)], &[("estimate", Some(estimate)), ("low", low), ("high", high)]);
    }
    let text = "rows = \"method\"\npanels = \"parameter\"\nselect = { method = [\"likelihood\", \"hoffmann\"] }\npublished = [\"alpha\"]";
    let figure = with("intervals", text, &frame, &Frame::new(), &claims()?)?;
    assert_eq!(figure.panels.iter().map(|p| p.title.as_str()).collect::<Vec<_>>(), ["alpha", "beta"]);
    assert!(figure.panels.iter().all(|p| p.y.names == ["likelihood", "hoffmann"] && p.y.down));
    let whiskers = |k: usize| -> Vec<Vec<(f64, f64)>> {
        figure.panels[k].layers.iter().filter_map(|l| if let Layer::Line { points, .. } = l { Some(points.clone()) } else { None }).collect()
    };
    assert_eq!(whiskers(0), [vec![(0.31, 0.0), (0.37, 0.0)]]);
    // Only the upper end was found.
    assert_eq!(whiskers(1), [vec![(0.366, 0.0), (0.41, 0.0)]]);
    assert!(figure.caption.contains("other end was not found"));
    let published = |k: usize| {
        figure.panels[k].layers.iter().find_map(|l| {
            if let Layer::Points { label, points, .. } = l
                && label == "published"
            {
                Some(points.clone())
            } else {
                None
            }
        })
    };
    assert_eq!((published(0), published(1)), (Some(vec![(0.348, 0.0)]), Some(Vec::new())));
    assert!(figure.to_csv().contains("alpha,points,published,0.348,likelihood,,,\n"));
    assert!(label_is_there(&svg(&figure)?, "hoffmann"));

    let nobody = with("intervals", &text.replace("[\"alpha\"]", "[\"gamma\"]"), &frame, &Frame::new(), &claims()?);
    assert!(nobody.is_err_and(|e| e.contains("no claim is called \"gamma\"")));
    let nowhere = with("intervals", &text.replace("[\"alpha\"]", "[\"all\"]"), &frame, &Frame::new(), &claims()?);
    assert!(nowhere.is_err_and(|e| e.contains("which method")));
    let twice = drawn("intervals", "rows = \"method\"", &frame);
    assert!(twice.is_err_and(|e| e.contains("has several rows")));
    let means = drawn("intervals", "rows = \"parameter\"\nmean = true", &frame)?;
    // Of 0.347 and 0.34 the mean is 0.3435, and its standard error half of the difference; `beta` comes second.
    let Some(Layer::Line { points, .. }) = means.panels[0].layers.first() else { return Err("no whisker".into()) };
    let ends: Vec<f64> = points.iter().map(|p| p.0).collect();
    assert!((ends[0] - 0.3365).abs() < 1e-12 && (ends[1] - 0.3505).abs() < 1e-12, "{ends:?}");
    Ok(())
}

#[test]
fn a_panel_of_intervals_has_the_rows_that_it_is_about() -> Tested {
    let mut frame = Frame::new();
    for (method, parameter, estimate) in [("likelihood", "alpha", 0.5), ("hoffmann", "alpha", 0.25), ("hoffmann", "beta", 1.0)] {
        frame.push_row(&[("method", method), ("parameter", parameter)], &[("estimate", Some(estimate))]);
    }
    let text = "rows = \"method\"\npanels = \"parameter\"";
    let names = |figure: &report::Figure, k: usize| figure.panels[k].y.names.clone();
    let figure = drawn("intervals", text, &frame)?;
    assert_eq!((names(&figure, 0), names(&figure, 1)), (vec!["hoffmann".into(), "likelihood".into()], vec!["hoffmann".to_owned()]));
    // A number that was published has its row, though nothing was measured of it.
    let mut frame = Frame::new();
    for (method, parameter) in [("hoffmann", "alpha"), ("likelihood", "beta"), ("hoffmann", "beta")] {
        frame.push_row(&[("method", method), ("parameter", parameter)], &[("estimate", Some(1.0))]);
    }
    let figure = with("intervals", &format!("{text}\npublished = [\"alpha\"]"), &frame, &Frame::new(), &claims()?)?;
    assert_eq!(names(&figure, 0), ["hoffmann", "likelihood"]);
    Ok(())
}

#[test]
fn intervals_of_one_number_take_its_own_ends_and_series_stand_apart() -> Tested {
    let mut frame = Frame::new();
    for (group, method, exponent) in [("hot", "d3", 0.71), ("hot", "d4", 0.72), ("cool", "d3", 0.66)] {
        let numbers = [("exponent", Some(exponent)), ("exponent-low", Some(exponent - 0.1)), ("exponent-high", Some(1e13))];
        frame.push_row(&[("group", group), ("method", method)], &numbers);
    }
    let figure = drawn("intervals", "x = \"exponent\"\nrows = \"group\"\nseries = \"method\"\nrange = [0.4, 1.0]", &frame)?;
    let panel = &figure.panels[0];
    assert_eq!((panel.x.range, panel.x.label.as_str()), (Some((0.4, 1.0)), "exponent"));
    let y: Vec<f64> =
        panel.layers.iter().filter_map(|l| if let Layer::Points { points, .. } = l { Some(points.clone()) } else { None }).flatten().map(|p| p.1).collect();
    assert_eq!(y, [-0.125, 0.875, 1.125]);
    assert!(figure.caption.contains("cut off"));
    svg(&figure)?;
    let nothing = drawn("intervals", "x = \"exponent\"\nrows = \"group\"\nseries = \"method\"\nrange = [2.0, 3.0]", &frame);
    assert!(nothing.is_err_and(|e| e.contains("that the axis shows")));
    Ok(())
}

#[test]
fn a_heat_map_of_two_texts_is_not_mirrored() -> Tested {
    let mut frame = Frame::new();
    for (subset, seen, are) in [("3", "10%", 9.0), ("3", "100%", 4.0), ("10", "10%", 1.5)] {
        frame.push_row(&[("subset", subset), ("seen", seen)], &[("are", Some(are))]);
    }
    let text = "metric = \"are\"\nrows = \"subset\"\ncols = \"seen\"\nlabel-y = \"models\"\nlabel-x = \"share seen\"";
    let figure = drawn("heat-map", text, &frame)?;
    let Layer::Cells { xs, ys, values, .. } = &figure.panels[0].layers[0] else { return Err("no cells".into()) };
    assert_eq!((xs.as_slice(), ys.as_slice()), (&["10%".to_owned(), "100%".to_owned()][..], &["3".to_owned(), "10".to_owned()][..]));
    assert_eq!((values[0][0], values[0][1], values[1][0]), (9.0, 4.0, 1.5));
    assert!(values[1][1].is_nan());
    assert_eq!(figure.caption, "A grey cell has no number.");
    let svg = svg(&figure)?;
    assert!(label_is_there(&svg, "9.00") && label_is_there(&svg, "share seen"));
    Ok(())
}
