//! Colours that colour-blind readers tell apart, and dashes and markers that differ with them, so
//! that a figure can be read when printed in grey.

use plotters::style::RGBAColor;
use serde::{Deserialize, Serialize};

/// A colour: red, green and blue, from 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colour(pub u8, pub u8, pub u8);

// The palette of Okabe and Ito (2008), "Color universal design".
impl Colour {
    /// Of words and frames.
    pub const INK: Colour = Colour(40, 40, 40);
    /// Black.
    pub const BLACK: Self = Self(0, 0, 0);
    /// Orange.
    pub const ORANGE: Self = Self(230, 159, 0);
    /// Sky blue.
    pub const SKY: Self = Self(86, 180, 233);
    /// Bluish green.
    pub const GREEN: Self = Self(0, 158, 115);
    /// Yellow: only for areas, it is too pale for a line.
    pub const YELLOW: Self = Self(240, 228, 66);
    /// Blue.
    pub const BLUE: Self = Self(0, 114, 178);
    /// Vermillion.
    pub const VERMILLION: Self = Self(213, 94, 0);
    /// Reddish purple.
    pub const PURPLE: Self = Self(204, 121, 167);
    /// Grey, for what is not a series: reference lines, missing cells.
    pub const GREY: Self = Self(90, 90, 90);

    /// The colour of the `index`-th series; they repeat after seven, when [`Dash::nth`] still differs.
    pub fn nth(index: usize) -> Self {
        const SERIES: [Colour; 7] = [Colour::BLUE, Colour::VERMILLION, Colour::GREEN, Colour::PURPLE, Colour::ORANGE, Colour::SKY, Colour::BLACK];
        SERIES[index % SERIES.len()]
    }

    /// As ink that covers what is under it.
    pub(super) fn solid(self) -> RGBAColor {
        self.sheer(1.0)
    }

    /// As ink through which `1 − alpha` of what is under it is seen.
    pub(super) fn sheer(self, alpha: f64) -> RGBAColor {
        RGBAColor(self.0, self.1, self.2, alpha)
    }

    /// The colour `share` of the way from this one to `other`.
    pub(super) fn towards(self, other: Self, share: f64) -> Self {
        let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// Whether black on it is hard to read (by ITU-R BT.601 luma).
    pub(super) fn is_dark(self) -> bool {
        0.299 * f64::from(self.0) + 0.587 * f64::from(self.1) + 0.114 * f64::from(self.2) < 140.0
    }
}

/// How a line is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dash {
    /// Not at all.
    #[default]
    Solid,
    /// Strokes.
    Dashed,
    /// Dots.
    Dotted,
    /// Strokes and dots.
    DashDot,
    /// Long strokes.
    Long,
}

impl Dash {
    /// The dash of the `index`-th series; they repeat after five.
    pub fn nth(index: usize) -> Self {
        const SERIES: [Dash; 5] = [Dash::Solid, Dash::Dashed, Dash::Dotted, Dash::DashDot, Dash::Long];
        SERIES[index % SERIES.len()]
    }

    /// Lengths in pixels of stroke, gap, stroke, gap …; empty for a line that is not broken.
    pub(super) fn pattern(self) -> &'static [f64] {
        match self {
            Self::Solid => &[],
            Self::Dashed => &[6.0, 4.0],
            Self::Dotted => &[2.0, 3.0],
            Self::DashDot => &[8.0, 3.0, 2.0, 3.0],
            Self::Long => &[14.0, 4.0],
        }
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Style {
    /// Its colour.
    pub colour: Colour,
    /// How it is broken.
    pub dash: Dash,
    /// Its width in pixels.
    #[serde(with = "crate::kept")]
    pub width: f64,
}

impl Style {
    /// The style of the `index`-th series: 35 of them differ, each in colour or dash.
    pub fn nth(index: usize) -> Self {
        Self { colour: Colour::nth(index), dash: Dash::nth(index), width: 2.0 }
    }

    /// A solid line of this colour.
    pub fn solid(colour: Colour) -> Self {
        Self { colour, dash: Dash::Solid, width: 2.0 }
    }
}

impl Default for Style {
    fn default() -> Self {
        Self::nth(0)
    }
}

/// How strongly an area is tinted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shade {
    /// Faintly: an interval that is alone, or the outer of two.
    #[default]
    Light,
    /// Strongly: the inner of two intervals. It is meant to lie on a light one, and the legend shows it so.
    Dark,
}

impl Shade {
    /// Its own ink, as [`Colour::sheer`] takes it.
    pub(super) fn alpha(self) -> f64 {
        match self {
            Self::Light => 0.22,
            Self::Dark => 0.4,
        }
    }

    /// The inks that lie on one another where it is seen, from below.
    pub(super) fn inks(self) -> &'static [Shade] {
        match self {
            Self::Light => &[Self::Light],
            Self::Dark => &[Self::Light, Self::Dark],
        }
    }
}

/// What stands for one point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Marker {
    /// A filled circle.
    #[default]
    Circle,
    /// A filled square.
    Square,
    /// A filled triangle, pointing up.
    Triangle,
    /// A filled diamond.
    Diamond,
    /// A cross.
    Cross,
    /// An empty circle.
    Ring,
    /// A filled triangle, pointing down.
    Down,
    /// An empty square.
    OpenSquare,
    /// An empty triangle, pointing up.
    OpenTriangle,
    /// An empty diamond.
    OpenDiamond,
    /// An empty triangle, pointing down.
    OpenDown,
    /// A small filled circle, where points lie close.
    Dot,
    /// A small empty circle, where points lie close.
    SmallRing,
    /// An upright cross, such as the mark of what was not seen to its end.
    Plus,
}

impl Marker {
    /// The marker of the `index`-th series; they repeat after six.
    pub fn nth(index: usize) -> Self {
        const SERIES: [Marker; 6] = [Marker::Circle, Marker::Square, Marker::Triangle, Marker::Diamond, Marker::Cross, Marker::Ring];
        SERIES[index % SERIES.len()]
    }

    /// The filled marker of the `index`-th series, and the empty one of the same shape for points of it that are different; they repeat after five.
    pub fn pair(index: usize) -> (Self, Self) {
        const SERIES: [(Marker, Marker); 5] = [
            (Marker::Circle, Marker::Ring),
            (Marker::Square, Marker::OpenSquare),
            (Marker::Triangle, Marker::OpenTriangle),
            (Marker::Diamond, Marker::OpenDiamond),
            (Marker::Down, Marker::OpenDown),
        ];
        SERIES[index % SERIES.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_five_styles_differ() {
        let styles: Vec<Style> = (0..35).map(Style::nth).collect();
        for (i, style) in styles.iter().enumerate() {
            assert!(!styles[..i].contains(style), "style {i} repeats");
        }
    }

    #[test]
    fn ten_markers_of_pairs_differ() {
        let markers: Vec<Marker> = (0..5).map(Marker::pair).flat_map(|(filled, empty)| [filled, empty]).collect();
        for (i, marker) in markers.iter().enumerate() {
            assert!(!markers[..i].contains(marker), "marker {i} repeats");
        }
    }

    #[test]
    fn two_shades_differ_in_grey() {
        let white = Colour(255, 255, 255);
        let luma = |c: Colour| 0.299 * f64::from(c.0) + 0.587 * f64::from(c.1) + 0.114 * f64::from(c.2);
        for k in 0..7 {
            let seen = |shade: Shade| luma(shade.inks().iter().fold(white, |under, ink| under.towards(Colour::nth(k), ink.alpha())));
            // The palest of the seven, orange and sky blue, lie near 165 themselves.
            assert!(seen(Shade::Light) - seen(Shade::Dark) > 25.0, "series {k}");
            assert!(255.0 - seen(Shade::Light) > 15.0, "series {k}");
        }
    }

    #[test]
    fn text_on_a_cell_is_readable() {
        assert!(Colour::BLUE.is_dark());
        assert!(!Colour::YELLOW.is_dark());
        assert_eq!(Colour::BLACK.towards(Colour(255, 255, 255), 0.2), Colour(51, 51, 51));
    }
}
