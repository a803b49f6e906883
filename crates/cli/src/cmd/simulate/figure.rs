//! The figure of a replay: what each policy looked at against its regret. The lower left is where one wants to be.

use curvecast::SimulateResult;
use report::{Axis, Colour, Figure, Layer, Marker, Panel};

/// Shares of what was looked at, in percent, against mean regrets.
pub fn draw(found: &SimulateResult) -> Figure {
    let place = |p: &curvecast::simulate::PolicyResult| (100.0 * p.points / found.points.max(1) as f64, p.regret);
    let places: Vec<(f64, f64)> = found.policies.iter().map(place).collect();
    let mut panel = Panel::new("", Axis::linear("points looked at, in percent of all"), Axis::linear("regret, in units of the measure"));
    for (k, (policy, at)) in found.policies.iter().zip(&places).enumerate() {
        let (marker, colour) = (Marker::nth(k), Colour::nth(k));
        panel = panel.with(Layer::Points { label: policy.policy.clone(), points: vec![*at], error: None, marker, colour });
    }
    let words = found.policies.iter().map(|p| p.policy.clone()).collect();
    panel = panel.with(Layer::Words { points: places, words, colour: Colour::INK });
    let title = format!("{} runs under {} policies", found.runs, found.policies.len());
    Figure::new("simulate", title).with_panel_size(640, 400).with_panel(panel)
}
