//! Names at the right edge of a panel, each at the height of its point: a legend in which nothing needs to be looked up.

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::canvas::{Canvas, Drawn};
use super::clip::Point;
use super::font::Face;
use super::frame::Frame;
use super::style::Colour;
use super::{Layer, Panel};

const LEADER: Colour = Colour(150, 150, 150);
/// From the edge to the end of a leader, and from there to the name.
const OUT: (f64, f64) = (12.0, 3.0);
/// From one name to the next below.
const APART: f64 = 13.0;

/// Every name of a panel with its point and colour.
fn tags(panel: &Panel) -> impl Iterator<Item = (Point, &str, Colour)> {
    let layers = panel.layers.iter().filter_map(|layer| match layer {
        Layer::Tags { points, words, colour } => Some((points, words, *colour)),
        _ => None,
    });
    layers.flat_map(|(points, words, colour)| points.iter().zip(words).map(move |(&at, word)| (at, word.as_str(), colour)))
}

/// The width the names need beside the panel's area, in pixels; 0 without names.
pub(super) fn room(panel: &Panel) -> Result<f64, String> {
    let widest = Face::TINY.widest(tags(panel).map(|(_, word, _)| word))?;
    Ok(if widest > 0.0 { OUT.0 + OUT.1 + widest } else { 0.0 })
}

/// Writes the names, moved apart where they would touch, and leads each to its point.
pub(super) fn draw<DB: DrawingBackend>(canvas: &Canvas<'_, DB>, panel: &Panel, frame: &Frame) -> Drawn {
    let placed = tags(panel).filter_map(|((x, y), word, colour)| Some((frame.place(x, y)?, word, colour)));
    let mut placed: Vec<(Point, &str, Colour)> = placed.filter(|(at, ..)| frame.area.holds(*at)).collect();
    placed.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
    let (top, bottom) = (frame.area.top + APART / 2.0, frame.area.bottom - APART / 2.0);
    let needed = placed.len().saturating_sub(1) as f64 * APART;
    if needed > bottom - top {
        let (names, has) = (placed.len(), frame.area.height());
        return Err(format!("{names} names at the right edge do not fit on {has:.0} pixels; make the panel higher or name fewer"));
    }
    let wanted: Vec<f64> = placed.iter().map(|(at, ..)| at.1).collect();
    let end = frame.area.right + OUT.0;
    for ((at, word, colour), down) in placed.iter().zip(spread(&wanted, APART, top, bottom)) {
        canvas.stroke(&[(at.0 + 6.0, at.1), (end, down)], LEADER.solid(), 1.0)?;
        canvas.text(word, (end + OUT.1, down), Face::TINY, *colour, HPos::Left, false)?;
    }
    Ok(())
}

/// The places nearest to those wanted (rising) that are `apart` from each other and lie between `top` and `bottom`: the isotonic
/// regression of what is wanted less the gaps before it, by pooling adjacent violators.
fn spread(wanted: &[f64], apart: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (i, &at) in wanted.iter().enumerate() {
        let mut pool = (at - i as f64 * apart, 1);
        while let Some(&(sum, count)) = pools.last() {
            if sum / count as f64 <= pool.0 / pool.1 as f64 {
                break;
            }
            pool = (pool.0 + sum, pool.1 + count);
            pools.pop();
        }
        pools.push(pool);
    }
    let last = (bottom - wanted.len().saturating_sub(1) as f64 * apart).max(top);
    let means = pools.iter().flat_map(|&(sum, count)| std::iter::repeat_n(sum / count as f64, count));
    means.enumerate().map(|(i, at)| at.max(top).min(last) + i as f64 * apart).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_have_room_stay_where_they_are() {
        assert_eq!(spread(&[10.0, 50.0, 70.0], 13.0, 0.0, 100.0), [10.0, 50.0, 70.0]);
        assert!(spread(&[], 13.0, 0.0, 100.0).is_empty());
    }

    #[test]
    fn names_that_touch_share_the_way() {
        // Both want 50: 6.5 up and 6.5 down. Three at 20, 20, 21 stand around their mean.
        assert_eq!(spread(&[50.0, 50.0], 13.0, 0.0, 100.0), [43.5, 56.5]);
        let three = spread(&[20.0, 20.0, 21.0], 10.0, 0.0, 100.0);
        assert!((three.iter().sum::<f64>() / 3.0 - 61.0 / 3.0).abs() < 1e-9);
        assert!(three.windows(2).all(|pair| (pair[1] - pair[0] - 10.0).abs() < 1e-9));
    }

    #[test]
    fn names_stay_beside_the_panel() {
        assert_eq!(spread(&[-5.0, 1.0], 10.0, 0.0, 40.0), [0.0, 10.0]);
        assert_eq!(spread(&[39.0, 40.0, 41.0], 10.0, 0.0, 40.0), [20.0, 30.0, 40.0]);
    }
}
