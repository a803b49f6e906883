//! `Axis`: what is measured, on which scale, and over which range.

/// One axis of a panel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What is measured, with its unit; may be empty.
    pub label: String,
    /// Whether it is logarithmic. What is not positive is then not drawn.
    pub log: bool,
    /// From where to where; `None` for all of the data and a margin. What lies outside is cut off.
    pub range: Option<(f64, f64)>,
}

impl Axis {
    /// A linear axis over all of the data.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), log: false, range: None }
    }

    /// A logarithmic axis over all of the (positive) data.
    pub fn log(label: impl Into<String>) -> Self {
        Self { label: label.into(), log: true, range: None }
    }

    /// The same axis over this range.
    pub fn between(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }

    /// Whether a value has a place on this axis.
    pub(super) fn takes(&self, value: f64) -> bool {
        value.is_finite() && (!self.log || value > 0.0)
    }

    /// Whether a value lies in the range asked for; any does where none is.
    pub(super) fn shows(&self, value: f64) -> bool {
        self.takes(value) && self.range.is_none_or(|(low, high)| (low..=high).contains(&value))
    }

    /// Why the range asked for cannot be.
    pub(super) fn check(&self) -> Result<(), String> {
        match self.range {
            Some((low, high)) if !(low < high && (high - low).is_finite()) => {
                Err(format!("the range of axis `{}` is {low} to {high}; it must be finite and increase", self.label))
            }
            Some((low, _)) if self.log && low <= 0.0 => Err(format!("the range of log axis `{}` starts at {low}; it must be positive", self.label)),
            _ => Ok(()),
        }
    }
}
