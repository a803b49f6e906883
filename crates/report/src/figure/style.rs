//! Colours that colour-blind readers tell apart, and dashes and markers that differ with them, so
//! that a figure can be read when printed in grey.

use plotters::style::RGBAColor;

/// A colour: red, green and blue, from 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

// The palette of Okabe and Ito (2008), "Color universal design".
impl Colour {
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Its colour.
    pub colour: Colour,
    /// How it is broken.
    pub dash: Dash,
    /// Its width in pixels.
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

/// What stands for one point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
}

impl Marker {
    /// The marker of the `index`-th series; they repeat after six.
    pub fn nth(index: usize) -> Self {
        const SERIES: [Marker; 6] = [Marker::Circle, Marker::Square, Marker::Triangle, Marker::Diamond, Marker::Cross, Marker::Ring];
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
    fn text_on_a_cell_is_readable() {
        assert!(Colour::BLUE.is_dark());
        assert!(!Colour::YELLOW.is_dark());
        assert_eq!(Colour::BLACK.towards(Colour(255, 255, 255), 0.2), Colour(51, 51, 51));
    }
}
