//! `regret`, drawn from the replays of a run.

use evaluation::Frame;
use report::{Colour, Layer};

use super::{Tested, svg, with};

/// Three policies on one task and on all.
fn series() -> Frame {
    let mut series = Frame::new();
    for task in ["imdb", "all"] {
        for (policy, regret) in [("no-stop", 0.5), ("patience-5", 0.4), ("p1", 0.3)] {
            for epochs in [1.0, 10.0] {
                let keys = [("view", "regret"), ("ask", "stopping"), ("source", "taskset"), ("task", task), ("method", policy)];
                series.push_row(&keys, &[("epochs", Some(epochs)), ("regret", Some(regret / epochs)), ("se", Some(0.01))]);
            }
        }
    }
    series
}

/// Label and colour of the lines of a panel.
fn lines(figure: &report::Figure, panel: usize) -> Vec<(&str, Colour)> {
    let of = figure.panels[panel].layers.iter();
    of.filter_map(|l| if let Layer::Line { label, style, .. } = l { Some((label.as_str(), style.colour)) } else { None }).collect()
}

#[test]
fn every_policy_is_drawn_where_none_is_listed() -> Tested {
    let figure = with("regret", "select = { ask = \"stopping\" }", &Frame::new(), &series(), &[])?;
    assert_eq!(figure.panels.iter().map(|p| (p.title.as_str(), p.legend)).collect::<Vec<_>>(), [("all", true), ("imdb", false)]);
    assert_eq!(lines(&figure, 0), [("no-stop", Colour::nth(0)), ("patience-5", Colour::nth(1)), ("p1", Colour::nth(2))]);
    // Bands over tasks, in the first panel alone.
    let bands = |panel: usize| figure.panels[panel].layers.iter().filter(|l| matches!(l, Layer::Band { .. })).count();
    assert_eq!((bands(0), bands(1)), (3, 0));
    svg(&figure)?;
    Ok(())
}

#[test]
fn the_listed_policies_have_the_colours_of_their_places() -> Tested {
    let figure = with("regret", "select = { ask = \"stopping\", method = [\"p1\", \"no-stop\"] }", &Frame::new(), &series(), &[])?;
    assert_eq!(lines(&figure, 1), [("no-stop", Colour::nth(1)), ("p1", Colour::nth(0))]);
    Ok(())
}

#[test]
fn without_a_replay_it_says_so() {
    for series in [Frame::new(), series()] {
        let why = with("regret", "select = { ask = \"other\" }", &Frame::new(), &series, &[]);
        assert!(why.is_err_and(|e| e.contains("its data are not here")));
    }
    let why = with("regret", "", &Frame::new(), &series(), &[]);
    assert!(why.is_err_and(|e| e.contains("one `ask`")));
}
