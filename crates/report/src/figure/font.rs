//! The font that comes with the crate: without one, plotters cannot measure or draw a word.

use std::sync::OnceLock;

use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

use crate::ReportError;

const REGULAR: &[u8] = include_bytes!("../../assets/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("../../assets/DejaVuSans-Bold.ttf");

/// What plotters calls a font's size is its line height, 1.24 times the size that CSS means.
const CSS_TO_PLOTTERS: f64 = 1.24;

/// Size and weight of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Face {
    /// Height in pixels, as in CSS.
    pub px: f64,
    pub bold: bool,
}

impl Face {
    pub const FIGURE_TITLE: Self = Self { px: 16.0, bold: true };
    pub const PANEL_TITLE: Self = Self { px: 13.0, bold: true };
    pub const AXIS: Self = Self { px: 13.0, bold: false };
    pub const SMALL: Self = Self { px: 12.0, bold: false };
    pub const TINY: Self = Self { px: 11.0, bold: false };

    /// The size in plotters' sense, on paper with `scale` units to a pixel.
    pub fn size(self, scale: f64) -> f64 {
        self.px * CSS_TO_PLOTTERS * scale
    }

    /// The font at that size.
    pub fn font(self, scale: f64) -> FontDesc<'static> {
        let style = if self.bold { FontStyle::Bold } else { FontStyle::Normal };
        FontDesc::new(FontFamily::SansSerif, self.size(scale), style)
    }

    /// From one line to the next, in pixels.
    pub fn line(self) -> f64 {
        self.px * 1.4
    }

    /// How wide a text is, in pixels. A little too much for SVG, which is drawn somewhat smaller.
    pub fn width(self, text: &str) -> Result<f64, String> {
        // plotters measures in whole units: measured large, little is lost.
        const FINE: f64 = 8.0;
        let ((left, _), (right, _)) = self.font(FINE).layout_box(text).map_err(|e| e.to_string())?;
        Ok(f64::from(right - left) / FINE)
    }

    /// The widest of some texts.
    pub fn widest<'t>(self, texts: impl Iterator<Item = &'t str>) -> Result<f64, String> {
        let mut widest = 0.0_f64;
        for text in texts {
            widest = widest.max(self.width(text)?);
        }
        Ok(widest)
    }

    /// A text broken between words into lines no wider than `room`, as far as its words allow.
    pub fn wrap(self, text: &str, room: f64) -> Result<Vec<String>, String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            if let Some(line) = lines.last_mut() {
                let longer = format!("{line} {word}");
                if self.width(&longer)? <= room {
                    *line = longer;
                    continue;
                }
            }
            lines.push(word.to_owned());
        }
        Ok(lines)
    }
}

/// Makes the fonts known to plotters, once in a process.
pub(super) fn ready() -> Result<(), ReportError> {
    static READY: OnceLock<bool> = OnceLock::new();
    let ready =
        *READY.get_or_init(|| register_font("sans-serif", FontStyle::Normal, REGULAR).is_ok() && register_font("sans-serif", FontStyle::Bold, BOLD).is_ok());
    if ready { Ok(()) } else { Err(ReportError::Font) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_widths_and_lines_have_room() -> Result<(), String> {
        ready().map_err(|e| e.to_string())?;
        let narrow = Face::SMALL.width("i")?;
        let wide = Face::SMALL.width("WWW ±–≈¬")?;
        assert!(narrow > 1.0 && wide > 5.0 * narrow);
        let lines = Face::SMALL.wrap("one two three four", Face::SMALL.width("one two thr")?)?;
        assert_eq!(lines, ["one two", "three four"]);
        Ok(())
    }
}
