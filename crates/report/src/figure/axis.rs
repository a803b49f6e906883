//! `Axis`: what is measured, on which scale, and over which range.

use serde::{Deserialize, Serialize};

/// How far a named axis goes beyond its first and its last name.
const BEYOND: f64 = 0.6;

/// One axis of a panel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// What is measured, with its unit; may be empty.
    pub label: String,
    /// Whether it is logarithmic. What is not positive is then not drawn.
    pub log: bool,
    /// From where to where; `None` for all of the data and a margin. What lies outside is cut off.
    #[serde(with = "crate::kept")]
    pub range: Option<(f64, f64)>,
    /// Names written instead of numbers: the i-th, counted from 0, at i. Empty for numbers.
    pub names: Vec<String>,
    /// Whether it goes down instead of up, as the rows of a list do. Of y alone.
    pub down: bool,
}

impl Axis {
    /// A linear axis over all of the data.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// A logarithmic axis over all of the (positive) data.
    pub fn log(label: impl Into<String>) -> Self {
        Self { label: label.into(), log: true, ..Self::default() }
    }

    /// An axis of names: the i-th, counted from 0, stands at i.
    pub fn named(label: impl Into<String>, names: Vec<String>) -> Self {
        let last = names.len().saturating_sub(1) as f64;
        Self { label: label.into(), range: Some((-BEYOND, last + BEYOND)), names, ..Self::default() }
    }

    /// The same axis over this range.
    pub fn between(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }

    /// The same axis, from the top down.
    pub fn downwards(mut self) -> Self {
        self.down = true;
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

    /// The name nearest to a value, on an axis of names.
    pub(super) fn name(&self, value: f64) -> Option<&str> {
        // A cast makes 0 of what is negative or no number, so these are sorted out first.
        let nearest = Some(value).filter(|v| *v > -1.0).map(|v| v.round() as usize)?;
        self.names.get(nearest).map(String::as_str)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_between_names_has_the_nearest() {
        let axis = Axis::named("", vec!["first".into(), "second".into()]);
        assert_eq!(axis.name(0.3), Some("first"));
        assert_eq!(axis.name(-0.3), Some("first"));
        assert_eq!(axis.name(0.8), Some("second"));
        for none in [2.0, -5.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(axis.name(none), None);
        }
        assert_eq!(Axis::linear("x").name(0.0), None);
    }

    #[test]
    fn names_have_room_at_both_ends() {
        for n in [1, 2, 40] {
            let axis = Axis::named("", vec!["a".into(); n]);
            assert_eq!(axis.check(), Ok(()));
            assert!(axis.shows(0.0) && axis.shows((n - 1) as f64) && !axis.shows(n as f64));
        }
    }
}
