//! From a value to its place along an axis.

use super::axis::Axis;

/// The margin around data, as a share of what is shown.
const MARGIN: f64 = 0.05;

/// A stretch of numbers laid out evenly, by value or by logarithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub low: f64,
    pub high: f64,
    pub log: bool,
}

impl Scale {
    /// The scale of an axis: its own range, or else all the values it takes and a margin. `None`
    /// where there is neither.
    pub fn of(axis: &Axis, values: impl Iterator<Item = f64>) -> Result<Option<Self>, String> {
        axis.check()?;
        if let Some((low, high)) = axis.range {
            return Ok(Some(Self { low, high, log: axis.log }));
        }
        let (low, high) = values.filter(|&v| axis.takes(v)).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return Ok(None);
        }
        if !(high - low).is_finite() || (axis.log && (low < 1e-300 || high > 1e300)) {
            return Err(format!("axis `{}` would span {low:e} to {high:e}; give it a range", axis.label));
        }
        Ok(Some(if axis.log { Self::log_around(low, high) } else { Self::linear_around(low, high) }))
    }

    fn linear_around(low: f64, high: f64) -> Self {
        let size = low.abs().max(high.abs());
        // All but equal values get some room, or rounding would decide the ticks.
        let margin = if high - low > 1e-9 * size {
            MARGIN * (high - low)
        } else if size > 0.0 {
            0.1 * size
        } else {
            1.0
        };
        Self { low: low - margin, high: high + margin, log: false }
    }

    fn log_around(low: f64, high: f64) -> Self {
        let factor = if high > low * (1.0 + 1e-9) { (high / low).powf(MARGIN) } else { 2.0 };
        Self { low: low / factor, high: high * factor, log: true }
    }

    /// 0 at the low end, 1 at the high end, less or more outside; `None` for a value without a place.
    pub fn share(&self, value: f64) -> Option<f64> {
        if !value.is_finite() || (self.log && value <= 0.0) {
            return None;
        }
        let share = if self.log { (value.ln() - self.low.ln()) / (self.high.ln() - self.low.ln()) } else { (value - self.low) / (self.high - self.low) };
        // So far outside that only the direction matters; kept small enough to compute with.
        share.is_finite().then_some(share.clamp(-1e6, 1e6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_run_from_low_to_high() {
        let scale = Scale { low: 1.0, high: 100.0, log: true };
        assert_eq!(scale.share(1.0), Some(0.0));
        assert!(scale.share(10.0).is_some_and(|s| (s - 0.5).abs() < 1e-12));
        assert_eq!(scale.share(0.0), None);
        assert_eq!(scale.share(f64::NAN), None);
        assert_eq!(Scale { low: -1.0, high: 1.0, log: false }.share(0.0), Some(0.5));
    }

    #[test]
    fn what_an_axis_cannot_take_does_not_widen_it() {
        let values = [f64::NAN, -5.0, 0.0, 1.0, 100.0, f64::INFINITY];
        let scale = Scale::of(&Axis::log("x"), values.into_iter()).ok().flatten();
        assert!(scale.is_some_and(|s| s.low > 0.7 && s.high < 130.0));
        assert_eq!(Scale::of(&Axis::log("x"), [-1.0].into_iter()), Ok(None));
    }

    #[test]
    fn a_single_value_has_room_on_both_sides() {
        for axis in [Axis::linear("x"), Axis::log("x")] {
            for value in [1e-9, 3.0, 1e12] {
                let scale = Scale::of(&axis, [value, value].into_iter()).ok().flatten();
                assert!(scale.is_some_and(|s| s.low < value && value < s.high));
            }
        }
        assert_eq!(Scale::of(&Axis::linear("x"), [0.0].into_iter()), Ok(Some(Scale { low: -1.0, high: 1.0, log: false })));
    }

    #[test]
    fn a_range_that_cannot_be_is_refused() {
        let none = || std::iter::empty();
        assert!(Scale::of(&Axis::linear("x").between(1.0, 1.0), none()).is_err());
        assert!(Scale::of(&Axis::linear("x").between(f64::NAN, 1.0), none()).is_err());
        assert!(Scale::of(&Axis::log("x").between(0.0, 1.0), none()).is_err());
        assert!(Scale::of(&Axis::linear("x"), [-1e308, 1e308].into_iter()).is_err());
    }
}
