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
    };
    let points = Layer::Points { label: "seen".into(), points: curve[..5].to_vec(), error: Some(vec![0.2; 5]), marker: Marker::Ring, colour: Colour::BLACK };
    let steps = Layer::Steps { label: "best so far".into(), points: curve.clone(), style: Style::nth(3) };
    let cells = Layer::Cells {
        label: "score".into(),
        xs: vec!["small".into(), "large".into()],
        ys: vec!["first".into(), "second".into()],
        values: vec![vec![0.1, 0.25], vec![f64::NAN, 0.9]],
        decimals: 2,
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
    let band = Layer::Band { label: "b".into(), x: vec![1.0, 2.0], low: vec![1.0], high: vec![1.0, 2.0], colour: Colour::BLUE };
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
