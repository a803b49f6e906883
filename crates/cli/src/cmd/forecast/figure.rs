//! The figure of a forecast: what was seen, the median, and bands of 50 % and 90 %.

use curvecast::{Error, ForecastOptions, ForecastResult, Series};
use report::{Axis, Colour, Figure, Layer, Marker, Panel, Shade, Style};

/// Places of the fan between the last point seen and the furthest asked.
const PLACES: usize = 24;
/// An axis whose points span more than this factor is drawn in its logarithm.
const DECADES: f64 = 30.0;

/// Whether an axis from here to there is drawn in its logarithm.
fn in_decades(first: f64, end: f64) -> bool {
    first > 0.0 && end / first > DECADES
}

/// The places at which a fan has to be asked: from the last point seen to the furthest place, even on the axis that begins at `first`, and every
/// place asked.
fn places(first: f64, last: f64, at: &[f64]) -> Vec<f64> {
    let end = at.iter().copied().fold(last, f64::max);
    let logarithm = in_decades(first, end);
    let step = |k: usize| {
        let share = k as f64 / PLACES as f64;
        if logarithm { last * (end / last).powf(share) } else { last + share * (end - last) }
    };
    let mut all: Vec<f64> = (1..=PLACES).map(step).chain(at.iter().copied()).filter(|x| *x > last && *x <= end).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

/// Asks for the fan and draws it.
///
/// # Errors
/// As [`curvecast::forecast`].
pub fn draw(series: &Series, at: &[f64], options: &ForecastOptions, found: &ForecastResult) -> Result<Figure, Error> {
    // The bands have levels of their own, whatever is printed.
    let options = ForecastOptions { levels: ForecastOptions::default().levels, target: None, ..options.clone() };
    let seen: Vec<(f64, f64)> = series.x.iter().copied().zip(series.y.iter().copied()).collect();
    let first = seen.first().map_or(0.0, |p| p.0);
    let fan = curvecast::forecast(series, &places(first, found.last, at), &options)?;
    let end = at.iter().copied().fold(found.last, f64::max);
    let x = if in_decades(first, end) { Axis::log(&*series.resource) } else { Axis::linear(&*series.resource) };
    let quantile = |index: usize| -> Vec<f64> { fan.points.iter().map(|p| p.quantiles[index].value.unwrap_or(f64::NAN)).collect() };
    let band = |label: &str, low: usize, high: usize, shade: Shade| Layer::Band {
        label: label.into(),
        x: fan.points.iter().map(|p| p.at).collect(),
        low: quantile(low),
        high: quantile(high),
        colour: Colour::BLUE,
        shade,
    };
    let median = fan.points.iter().filter_map(|p| Some((p.at, p.median?))).collect();
    let asked = found.points.iter().filter_map(|p| Some((p.at, p.median?))).collect();
    let dots =
        |label: &str, points: Vec<(f64, f64)>, marker: Marker, colour: Colour| Layer::Points { label: label.into(), points, error: None, marker, colour };
    let mut panel = Panel::new("", x, Axis::linear(&*series.measure))
        .with(band("90 %", 0, 4, Shade::Light))
        .with(band("50 %", 1, 3, Shade::Dark))
        .with(dots("seen", seen, Marker::Dot, Colour::BLACK))
        .with(Layer::Line { label: "median".into(), points: median, style: Style { width: 2.0, ..Style::solid(Colour::BLUE) } })
        .with(dots("asked", asked, Marker::Circle, Colour::BLUE));
    if let Some(target) = &found.target {
        panel = panel.with(Layer::HLine { label: "target".into(), y: target.target });
    }
    Ok(Figure::new("forecast", format!("How {} goes on", series.measure)).with_panel_size(640, 400).with_panel(panel))
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn a_fan_begins_behind_the_last_point_and_ends_at_the_furthest_place() {
        let near = places(1.0, 10.0, &[15.0, 20.0]);
        assert!(near.iter().all(|x| *x > 10.0) && near.contains(&15.0) && near.last() == Some(&20.0) && near.is_sorted());
        // Even in the logarithm where it is far.
        let far = places(1.0, 1.0, &[1e6]);
        assert!((far[1] / far[0] - far[9] / far[8]).abs() < 1e-9 && far.last() == Some(&1e6), "{far:?}");
    }
}
