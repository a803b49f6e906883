//! What a drawn figure must have, whatever it looks like.

use super::*;
use crate::ReportError;

type Tested = Result<(), ReportError>;

fn line(label: &str, points: &[(f64, f64)]) -> Layer {
    Layer::Line { label: label.into(), points: points.to_vec(), style: Style::nth(0) }
}

fn one(id: &str, x: Axis, y: Axis, layer: Layer) -> Figure {
    Figure::new(id, "").with_panel(Panel::new("", x, y).with(layer))
}

/// Every kind of layer, two panels.
fn sample() -> Figure {
    let x: Vec<f64> = (1..=40).map(f64::from).collect();
    let loss = |x: f64| 1.0 + 3.0 * x.powf(-0.5);
    let curve: Vec<(f64, f64)> = x.iter().map(|&x| (x, loss(x))).collect();
    let band = Layer::Band {
        label: "forecast & interval".into(),
        low: x.iter().map(|&x| loss(x) - 0.1).collect(),
        high: x.iter().map(|&x| loss(x) + 0.1).collect(),
        x: x.clone(),
        colour: Colour::BLUE,
        shade: Shade::Light,
    };
    let points = Layer::Points { label: "seen".into(), points: curve[..5].to_vec(), error: Some(vec![0.2; 5]), marker: Marker::Ring, colour: Colour::BLACK };
    let steps = Layer::Steps { label: "best so far".into(), points: curve.clone(), style: Style::nth(3) };
    let cells = Layer::Cells {
        label: "score".into(),
        xs: vec!["small".into(), "large".into()],
        ys: vec!["first".into(), "second".into()],
        values: vec![vec![0.1, 0.25], vec![f64::NAN, 0.9]],
        decimals: 2,
        range: None,
    };
    let curves = Panel::new("Curves <a>", Axis::log("step"), Axis::linear("loss"))
        .with(line("forecast & interval", &curve))
        .with(band)
        .with(points)
        .with(steps)
        .with(Layer::VLine { label: "cutoff".into(), x: 10.0 })
        .with(Layer::HLine { label: "published".into(), y: 1.4 });
    let map = Panel::new("Map", Axis::linear("width"), Axis::linear("order")).with(cells);
    Figure::new("sample", "All layers").with_caption("Two panels.").with_columns(2).with_panel(curves).with_panel(map)
}

/// How many strokes of the SVG have a colour.
fn strokes(svg: &str, colour: &str) -> usize {
    svg.matches(&format!("stroke=\"{colour}\"")).count()
}

#[test]
fn every_label_is_there_once_escaped() -> Tested {
    let svg = sample().to_svg()?;
    for label in [
        "All layers",
        "Curves &lt;a&gt;",
        "step",
        "loss",
        "forecast &amp; interval",
        "seen",
        "best so far",
        "cutoff",
        "published",
        "Map",
        "width",
        "order",
        "small",
        "second",
        "0.25",
        "0.90",
    ] {
        assert!(svg.contains(&format!("\n{label}\n")), "`{label}` is not in the figure");
    }
    // Line and band share one line of the legend.
    assert_eq!(svg.matches("\nforecast &amp; interval\n").count(), 1);
    assert!(svg.starts_with("<svg width=\"960\" ") && svg.ends_with("</svg>\n"));
    assert!(svg.contains("<title>All layers</title>\n<desc>Two panels.</desc>"));
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
    Ok(())
}

#[test]
fn the_same_figure_is_the_same_bytes() -> Tested {
    assert_eq!(sample().to_svg()?, sample().to_svg()?);
    assert_eq!(sample().to_csv(), sample().to_csv());
    Ok(())
}

#[test]
fn a_png_is_written() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("sample.png");
    sample().to_png(&path)?;
    let bytes = std::fs::read(&path)?;
    assert!(bytes.starts_with(&[0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n']));
    assert!(bytes.len() > 10_000, "{} bytes", bytes.len());

    sample().to_png(folder.path().join("again.png"))?;
    assert_eq!(bytes, std::fs::read(folder.path().join("again.png"))?);

    assert!(sample().to_png(folder.path().join("sample.jpg")).is_err());
    assert!(sample().to_png(folder.path().join("no/such/folder.png")).is_err());
    Ok(())
}

#[test]
fn a_failed_figure_leaves_no_file() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("empty.png");
    assert!(Figure::new("empty", "").to_png(&path).is_err());
    assert!(!path.exists());
    Ok(())
}

#[test]
fn points_that_are_not_finite_leave_a_gap() -> Tested {
    let points = [(0.0, 0.0), (1.0, 1.0), (2.0, f64::NAN), (3.0, 3.0), (4.0, 4.0)];
    let svg = one("gap", Axis::linear("x"), Axis::linear("y"), line("", &points)).to_svg()?;
    assert_eq!(strokes(&svg, "#0072B2"), 2);
    assert!(!svg.contains("NaN"));
    Ok(())
}

#[test]
fn what_is_not_positive_is_left_out_of_a_log_axis() -> Tested {
    let points = [(-1.0, 1.0), (0.0, 1.0), (1.0, 1.0), (10.0, 2.0), (1000.0, 3.0)];
    let figure = one("log", Axis::log("x"), Axis::linear("y"), line("", &points));
    let svg = figure.to_svg()?;
    assert_eq!(strokes(&svg, "#0072B2"), 1);
    for label in ["1", "10", "100", "1k"] {
        assert!(svg.contains(&format!("\n{label}\n")), "`{label}` is not in the figure");
    }
    // It is not hidden: the data behind the figure still has it.
    assert!(figure.to_csv().contains("1,line,,-1,1,,,\n"));
    Ok(())
}

#[test]
fn a_figure_without_data_is_an_error_that_names_it() {
    let nothing = [
        Figure::new("nothing", "no panels"),
        one("nothing", Axis::linear("x"), Axis::linear("y"), line("a", &[])),
        one("nothing", Axis::linear("x"), Axis::linear("y"), line("a", &[(f64::NAN, 1.0)])),
        one("nothing", Axis::linear("x"), Axis::log("y"), line("a", &[(1.0, 0.0), (2.0, -1.0)])),
        one("nothing", Axis::linear("x"), Axis::linear("y"), Layer::HLine { label: "only".into(), y: 1.0 }),
    ];
    for figure in nothing {
        let error = figure.to_svg().map_err(|e| e.to_string());
        assert!(error.is_err_and(|e| e.contains("`nothing`") && e.contains("nothing to draw")));
    }
}

#[test]
fn one_panel_without_data_says_so() -> Tested {
    let empty = Panel::new("Lost", Axis::linear("x"), Axis::linear("y"));
    let svg = sample().with_panel(empty).to_svg()?;
    assert!(svg.contains("\nno data\n") && svg.contains("\nLost\n"));
    Ok(())
}

#[test]
fn contradictions_are_errors_that_name_the_panel() {
    let band = Layer::Band { label: "b".into(), x: vec![1.0, 2.0], low: vec![1.0], high: vec![1.0, 2.0], colour: Colour::BLUE, shade: Shade::Light };
    let (x, y) = (Axis::linear("x"), Axis::linear("y"));
    let wrong = [
        one("wrong", x.clone(), y.clone(), band),
        one("wrong", x.clone().between(2.0, 1.0), y.clone(), line("a", &[(1.0, 1.0)])),
        one("wrong", x, Axis::log("y").between(-1.0, 1.0), line("a", &[(1.0, 1.0)])),
    ];
    for figure in wrong {
        let error = figure.to_svg().map_err(|e| e.to_string());
        assert!(error.is_err_and(|e| e.contains("figure `wrong`, panel 1")));
    }
}

#[test]
fn what_lies_outside_a_range_is_cut_off() -> Tested {
    let x = Axis::linear("x").between(0.0, 1.0);
    let y = Axis::linear("y").between(0.0, 1.0);
    let svg = one("cut", x, y, line("", &[(-1e9, 0.5), (0.5, 0.5), (0.6, 1e12)])).to_svg()?;
    let numbers = svg.lines().filter(|l| l.contains("#0072B2")).flat_map(|l| l.split([' ', ',', '"']));
    for number in numbers.filter_map(|n| n.parse::<i64>().ok()) {
        assert!((0..=480 * 4).contains(&number), "{number} is off the paper");
    }
    Ok(())
}

#[test]
fn a_legend_that_would_hide_data_goes_below() -> Tested {
    let grid: Vec<(f64, f64)> = (0..900).map(|i| (f64::from(i % 30), f64::from(i / 30))).collect();
    let points =
        |label: &str, points: Vec<(f64, f64)>| Layer::Points { label: label.into(), points, error: None, marker: Marker::Circle, colour: Colour::GREEN };
    let full = one("full", Axis::linear("x"), Axis::linear("y"), points("dots", grid)).to_svg()?;
    let free = one("free", Axis::linear("x"), Axis::linear("y"), points("dots", vec![(0.0, 0.0), (1.0, 1.0)])).to_svg()?;
    // The height at which the label is written.
    let height = |svg: &str| {
        let tag = svg.split("\ndots\n").next().and_then(|head| head.rsplit("<text ").next()).unwrap_or_default();
        tag.split(" y=\"").nth(1).and_then(|y| y.split('"').next()).and_then(|y| y.parse::<f64>().ok()).unwrap_or(0.0)
    };
    assert!(height(&full) > 0.93 * 340.0 * 4.0, "{}", height(&full));
    assert!(height(&free) < 0.5 * 340.0 * 4.0, "{}", height(&free));
    Ok(())
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    let small = sample().with_panel_size(20, 20).to_svg().map_err(|e| e.to_string());
    assert!(small.is_err_and(|e| e.contains("at least 160 × 120")));
    assert!(sample().with_panel_size(50_000, 50_000).to_svg().is_err());
}

#[test]
fn the_data_behind_a_figure_is_complete() {
    let csv = sample().to_csv();
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("panel,layer,label,x,y,low,high,value"));
    assert!(csv.contains("Curves <a>,line,forecast & interval,1,4,,,\n"));
    assert!(csv.contains("Curves <a>,band,forecast & interval,1,,3.9,4.1,\n"));
    assert!(csv.contains("Curves <a>,points,seen,1,4,3.8,4.2,\n"));
    assert!(csv.contains("Curves <a>,vline,cutoff,10,,,,\n"));
    assert!(csv.contains("Curves <a>,hline,published,,1.4,,,\n"));
    assert!(csv.contains("Map,cells,score,large,first,,,0.25\n"));
    assert!(csv.contains("Map,cells,score,small,second,,,\n"));
    assert!(lines.all(|line| line.split(',').count() == 8));
}

/// Where a label is written, in pixels from the left and from the top.
fn at(svg: &str, label: &str) -> Option<(f64, f64)> {
    let tag = svg.split(&format!("\n{label}\n")).next().filter(|head| head.len() < svg.len())?.rsplit("<text ").next()?;
    let field = |name: &str| tag.split(&format!("{name}=\"")).nth(1)?.split('"').next()?.parse::<f64>().ok();
    Some((field("x")? / 4.0, field(" y")? / 4.0))
}

fn marks(label: &str, points: &[(f64, f64)], marker: Marker) -> Layer {
    Layer::Points { label: label.into(), points: points.to_vec(), error: None, marker, colour: Colour::GREEN }
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("name {i}")).collect()
}

#[test]
fn rows_of_names_go_down_and_none_is_left_out() -> Tested {
    let n = 40;
    let points: Vec<(f64, f64)> = (0..n).map(|i| (10f64.powi(i % 3), f64::from(i) + 0.2)).collect();
    let panel = Panel::new("", Axis::log("tokens"), Axis::named("", names(n as usize)).downwards()).with(marks("", &points, Marker::OpenDiamond));
    let figure = Figure::new("rows", "").with_panel_size(600, 800).with_panel(panel);
    let svg = figure.to_svg()?;
    let heights: Vec<f64> = (0..n).filter_map(|i| at(&svg, &format!("name {i}"))).map(|p| p.1).collect();
    assert_eq!(heights.len(), n as usize);
    assert!(heights.windows(2).all(|pair| pair[1] - pair[0] > 12.0));
    // The way by which a mark stands beside its row is no data.
    assert!(figure.to_csv().contains("1,points,,10,name 1,,,\n"));
    Ok(())
}

#[test]
fn columns_of_names_stand_upright_where_they_are_wide() -> Tested {
    let points: Vec<(f64, f64)> = (0..20).map(|i| (f64::from(i), f64::from(i))).collect();
    let drawn = |n: usize| one("columns", Axis::named("", names(n)), Axis::linear("rank").downwards(), line("", &points[..n])).to_svg();
    assert!(drawn(20)?.contains("rotate(270"));
    // The words along y alone.
    assert_eq!(drawn(3)?.matches("rotate(270").count(), 1);
    Ok(())
}

#[test]
fn names_at_the_edge_keep_apart() -> Tested {
    let lines = |n: usize| {
        let points: Vec<(f64, f64)> = (0..n).map(|i| (1.0, 50.0 + 0.1 * i as f64)).collect();
        let tags = Layer::Tags { points, words: (0..n).map(|i| format!("tag {i}")).collect(), colour: Colour::BLUE };
        Figure::new("edge", "")
            .with_panel(Panel::new("", Axis::linear("x"), Axis::linear("y").between(0.0, 100.0)).with(line("", &[(0.0, 0.0), (1.0, 50.0)])).with(tags))
    };
    let svg = lines(12).to_svg()?;
    let mut heights: Vec<f64> = (0..12).filter_map(|i| at(&svg, &format!("tag {i}"))).map(|p| p.1).collect();
    heights.sort_by(f64::total_cmp);
    assert_eq!(heights.len(), 12);
    assert!(heights.windows(2).all(|pair| pair[1] - pair[0] > 12.0), "{heights:?}");
    assert!(lines(12).to_csv().contains("1,tags,,1,50,,,tag 0\n"));

    let error = lines(60).to_svg().map_err(|e| e.to_string());
    assert!(error.is_err_and(|e| e.contains("60 names at the right edge do not fit")));
    Ok(())
}

#[test]
fn words_are_written_beside_their_points_and_not_over_each_other() -> Tested {
    let points = [(50.0, 50.0), (50.5, 50.0), (51.0, 50.5), (80.0, 20.0)];
    let words = Layer::Words { points: points.to_vec(), words: names(4), colour: Colour::BLACK };
    let (x, y) = (Axis::linear("x").between(0.0, 100.0), Axis::linear("y").between(0.0, 100.0));
    let figure = Figure::new("words", "").with_panel(Panel::new("", x, y).with(marks("dots", &points, Marker::Plus)).with(words));
    let svg = figure.to_svg()?;
    let placed: Vec<(f64, f64)> = (0..4).filter_map(|i| at(&svg, &format!("name {i}"))).collect();
    assert_eq!(placed.len(), 4);
    for (i, a) in placed.iter().enumerate() {
        // "name 0" is about 40 pixels wide and 11 high.
        assert!(placed[..i].iter().all(|b| (a.0 - b.0).abs() > 38.0 || (a.1 - b.1).abs() > 11.0), "{placed:?}");
    }
    assert!(figure.to_csv().contains("1,words,,80,20,,,name 3\n"));
    Ok(())
}

#[test]
fn bars_have_caps_and_reach_the_axis() -> Tested {
    let bars = Layer::Bars { label: "95 %".into(), x: vec![1.0, 2.0, 3.0], low: vec![0.0, 1.0, f64::NAN], high: vec![4.0, 9.0, 2.0], colour: Colour::PURPLE };
    let figure = one("bars", Axis::linear("x"), Axis::linear("y"), bars);
    let svg = figure.to_svg()?;
    // Two that can be drawn and the one of the legend, three strokes each.
    assert_eq!(strokes(&svg, "#CC79A7"), 9);
    assert!(svg.contains("\n8\n"), "the axis does not reach the upper end");
    assert!(figure.to_csv().contains("1,bars,95 %,2,,1,9,\n"));

    let short = Layer::Bars { label: "b".into(), x: vec![1.0], low: vec![], high: vec![1.0], colour: Colour::BLUE };
    assert!(one("short", Axis::linear("x"), Axis::linear("y"), short).to_svg().is_err());
    Ok(())
}

#[test]
fn the_legend_shows_an_inner_interval_as_the_panel_does() -> Tested {
    let band = |label: &str, shade: Shade, half: f64| {
        let x: Vec<f64> = (0..10).map(f64::from).collect();
        Layer::Band {
            label: label.into(),
            low: x.iter().map(|x| x - half).collect(),
            high: x.iter().map(|x| x + half).collect(),
            x,
            colour: Colour::BLUE,
            shade,
        }
    };
    let panel = Panel::new("", Axis::linear("x"), Axis::linear("y")).with(band("90 %", Shade::Light, 2.0)).with(band("50 %", Shade::Dark, 1.0));
    let svg = Figure::new("fan", "").with_panel(panel).to_svg()?;
    // Faint: the outer band, its swatch, and what lies under the swatch of the inner one.
    assert_eq!(svg.matches("opacity=\"0.22\"").count(), 3);
    assert_eq!(svg.matches("opacity=\"0.4\"").count(), 2);
    Ok(())
}

#[test]
fn one_label_has_one_swatch_of_a_kind() -> Tested {
    let tie =
        |x: f64| Layer::Band { label: "tied".into(), x: vec![x, x + 0.2], low: vec![0.0; 2], high: vec![1.0; 2], colour: Colour::GREY, shade: Shade::Light };
    let panel = Panel::new("", Axis::linear("x"), Axis::linear("y")).with(tie(0.0)).with(tie(1.0)).with(tie(2.0));
    let svg = Figure::new("ties", "").with_panel(panel).to_svg()?;
    assert_eq!(svg.matches("opacity=\"0.22\"").count(), 4);
    Ok(())
}

#[test]
fn a_heat_map_has_the_scale_of_its_colours() -> Tested {
    let map = |range: Option<(f64, f64)>| {
        let cells =
            Layer::Cells { label: "correlation".into(), xs: names(2), ys: names(2), values: vec![vec![0.31, 0.52], vec![0.52, f64::NAN]], decimals: 2, range };
        Figure::new("map", "").with_panel(Panel::new("", Axis::linear(""), Axis::linear("")).with(cells))
    };
    let svg = map(Some((0.0, 1.0))).to_svg()?;
    for label in ["correlation", "0.2", "0.8", "1.0", "0.31", "–"] {
        assert!(svg.contains(&format!("\n{label}\n")), "`{label}` is not in the figure");
    }
    assert!(!map(None).to_svg()?.contains("\n0.8\n"));
    let mut bare = map(Some((0.0, 1.0)));
    bare.panels[0].legend = false;
    assert!(!bare.to_svg()?.contains("\n0.8\n"));
    assert!(map(Some((1.0, 0.0))).to_svg().is_err());
    Ok(())
}

#[test]
fn long_words_along_an_axis_are_wrapped() -> Tested {
    let words = "a measure with a long name and its unit, higher is better";
    let figure = one("wrapped", Axis::linear("x"), Axis::linear(words), line("", &[(0.0, 0.0), (1.0, 1.0)])).with_panel_size(380, 240);
    let svg = figure.to_svg()?;
    assert!(!svg.contains(&format!("\n{words}\n")) && svg.contains("\na measure"));
    Ok(())
}

#[test]
fn panels_side_by_side_begin_at_one_height() -> Tested {
    let panel = |title: &str| Panel::new(title, Axis::linear("x"), Axis::linear("y")).with(line("", &[(0.0, 0.0), (1.0, 1.0)]));
    let long = "a title that is so long that it takes two lines above a panel of this width";
    let svg = Figure::new("row", "").with_columns(2).with_panel_size(300, 240).with_panel(panel("short")).with_panel(panel(long)).to_svg()?;
    let axes = svg.lines().filter(|l| l.contains("stroke=\"#282828\""));
    let tops: Vec<&str> = axes.filter_map(|l| l.split("points=\"").nth(1)?.split([' ', ',']).nth(1)).collect();
    assert_eq!(tops.len(), 2);
    assert_eq!(tops[0], tops[1]);
    Ok(())
}
