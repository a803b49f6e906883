//! The emergence point of one accuracy curve: the checkpoint at which a skill counts as there.
//!
//! Definitions of arXiv 2604.08510 and of its authors' `get_emergence_point.py`, on a curve that is smoothed already:
//! - fixed: the first checkpoint with `y ≥ θ`;
//! - stable: the first of `run` checkpoints in a row that all have it;
//! - relative: the first with `y ≥ share · max y`.
//!
//! Two more read the whole curve and are never censored:
//! - area: the place u of a step from 0 to 1 (or to the curve's own maximum) that has the same area under it,
//!   `u = 1 − ∫ y` with the axis scaled to [0, 1] and the trapezoid rule;
//! - elbow: the checkpoint farthest above the chord, both axes scaled to [0, 1]; where none is above it, the one farthest
//!   below. That is Kneedle (Satopää et al. 2011) without its fitted polynomial and its sensitivity.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the axis counts, for interpolation, areas and elbows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// Checkpoints.
    Index,
    /// The resource.
    Tokens,
    /// Its logarithm; x must be positive.
    #[default]
    LogTokens,
}

/// When a skill counts as emerged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Definition {
    /// At the first checkpoint at `threshold` or above.
    Fixed {
        /// In the units of the curve.
        threshold: f64,
    },
    /// At the first of `run` checkpoints in a row at `threshold` or above.
    Stable {
        /// In the units of the curve.
        threshold: f64,
        /// At least 1.
        run: usize,
    },
    /// At the first checkpoint at `share` of the curve's maximum or above.
    Relative {
        /// Above 0, at most 1.
        share: f64,
        /// A curve whose maximum is not above this never emerges.
        floor: f64,
    },
    /// Where a step of the same area would be.
    Area {
        /// Of a step to the curve's own maximum rather than to 1: timing without level.
        own_maximum: bool,
    },
    /// At the point farthest from the chord.
    Elbow,
}

/// A definition with the axis it is read on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// When a skill counts as emerged.
    pub definition: Definition,
    /// The axis of interpolation, area and elbow.
    pub axis: Axis,
    /// Where the threshold is crossed on the straight line from the checkpoint before, rather than the checkpoint itself.
    pub interpolate: bool,
}

/// When a skill emerged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Emergence {
    /// It did.
    At {
        /// Where, in units of the resource.
        x: f64,
        /// The checkpoint before it; `None` when it was there at the first.
        after: Option<f64>,
    },
    /// Not by the last checkpoint.
    Never {
        /// The last checkpoint.
        last: f64,
    },
    /// The curve does not say, and why in a word.
    NoCurve(&'static str),
}

impl Emergence {
    /// Where it emerged; `None` when it did not, or nothing is known.
    pub fn x(&self) -> Option<f64> {
        if let Emergence::At { x, .. } = self { Some(*x) } else { None }
    }

    /// Did it emerge? `None` when nothing is known.
    pub fn emerged(&self) -> Option<bool> {
        match self {
            Emergence::At { .. } => Some(true),
            Emergence::Never { .. } => Some(false),
            Emergence::NoCurve(_) => None,
        }
    }

    /// Where it emerged, and +∞ when it did not, so that all that never emerged share the last rank (as in the code of arXiv 2604.08510).
    pub fn bottom(&self) -> Option<f64> {
        self.emerged().map(|_| self.x().unwrap_or(f64::INFINITY))
    }
}

impl Rule {
    /// Is every setting in its range? Says which is not.
    pub fn check(&self) -> Result<(), String> {
        match self.definition {
            Definition::Fixed { threshold } | Definition::Stable { threshold, .. } if !threshold.is_finite() => {
                Err(format!("threshold is {threshold}; it must be a number"))
            }
            Definition::Stable { run: 0, .. } => Err("run is 0; a skill needs at least 1 checkpoint".to_string()),
            Definition::Relative { share, .. } if !(share > 0.0 && share <= 1.0) => Err(format!("share is {share}; it must be above 0 and at most 1")),
            Definition::Relative { floor, .. } if floor.is_nan() => Err("floor is NaN; it must be a number".to_string()),
            _ => Ok(()),
        }
    }

    /// The emergence point of a curve with x finite and strictly increasing and y finite, higher being better.
    ///
    /// A curve that is none, or too short for the definition, is [`Emergence::NoCurve`] with one of the words `not-a-curve`,
    /// `zero-tokens` (a logarithm was asked of it), `too-few-points`, `not-rising`, `straight`.
    pub fn emergence(&self, x: &[f64], y: &[f64]) -> Emergence {
        let fits = !x.is_empty() && x.len() == y.len() && x.iter().chain(y).all(|v| v.is_finite());
        if !fits || x.windows(2).any(|w| w[0] >= w[1]) {
            return Emergence::NoCurve("not-a-curve");
        }
        let reads_axis = self.interpolate || matches!(self.definition, Definition::Area { .. } | Definition::Elbow);
        if reads_axis && self.axis == Axis::LogTokens && x[0] <= 0.0 {
            return Emergence::NoCurve("zero-tokens");
        }
        let top = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        match self.definition {
            Definition::Fixed { threshold } => self.crossing(x, y, threshold, 1),
            Definition::Stable { threshold, run } => self.crossing(x, y, threshold, run.max(1)),
            Definition::Relative { floor, .. } if top <= floor => never(x),
            Definition::Relative { share, .. } => self.crossing(x, y, share * top, 1),
            Definition::Area { own_maximum } => self.area(x, y, if own_maximum { top } else { 1.0 }),
            Definition::Elbow => self.elbow(x, y),
        }
    }

    fn crossing(&self, x: &[f64], y: &[f64], threshold: f64, run: usize) -> Emergence {
        let Some(i) = y.windows(run).position(|w| w.iter().all(|v| *v >= threshold)) else { return never(x) };
        if i == 0 {
            return Emergence::At { x: x[0], after: None };
        }
        // The value before is below the threshold, or the run would have begun there.
        let share = if self.interpolate { (threshold - y[i - 1]) / (y[i] - y[i - 1]) } else { 1.0 };
        Emergence::At { x: self.between(x[i - 1], x[i], share), after: Some(x[i - 1]) }
    }

    fn area(&self, x: &[f64], y: &[f64], top: f64) -> Emergence {
        if x.len() < 2 {
            return Emergence::NoCurve("too-few-points");
        }
        if top <= 0.0 {
            return never(x);
        }
        let at = self.scaled(x);
        if at.iter().any(|t| !t.is_finite()) {
            return Emergence::NoCurve("not-a-curve"); // all of x within rounding of one number
        }
        let area: f64 = at.windows(2).zip(y.windows(2)).map(|(t, v)| 0.5 * (t[1] - t[0]) * (v[0] + v[1])).sum();
        let u = (1.0 - area / top).clamp(0.0, 1.0);
        let k = at.partition_point(|t| *t < u).clamp(1, x.len() - 1);
        let width = at[k] - at[k - 1];
        let share = if width > 0.0 { ((u - at[k - 1]) / width).clamp(0.0, 1.0) } else { 1.0 };
        Emergence::At { x: self.between(x[k - 1], x[k], share), after: (u > 0.0).then_some(x[k - 1]) }
    }

    fn elbow(&self, x: &[f64], y: &[f64]) -> Emergence {
        if x.len() < 4 {
            return Emergence::NoCurve("too-few-points");
        }
        if y[y.len() - 1] <= y[0] {
            return Emergence::NoCurve("not-rising");
        }
        let low = y.iter().copied().fold(f64::INFINITY, f64::min);
        let high = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let above: Vec<f64> = self.scaled(x).iter().zip(y).map(|(t, v)| (v - low) / (high - low) - t).collect();
        if above.iter().any(|d| !d.is_finite()) {
            return Emergence::NoCurve("not-a-curve");
        }
        // Rounding leaves a straight line distances of about 1e-16.
        let farthest = |sign: f64| {
            let best = (0..above.len()).reduce(|a, b| if sign * above[b] > sign * above[a] { b } else { a })?;
            (sign * above[best] > 1e-12).then_some(best)
        };
        match farthest(1.0).or_else(|| farthest(-1.0)) {
            Some(i) => Emergence::At { x: x[i], after: (i > 0).then(|| x[i - 1]) },
            None => Emergence::NoCurve("straight"),
        }
    }

    /// The axis from 0 at the first checkpoint to 1 at the last.
    fn scaled(&self, x: &[f64]) -> Vec<f64> {
        let place = |(i, v): (usize, &f64)| match self.axis {
            Axis::Index => i as f64,
            Axis::Tokens => *v,
            Axis::LogTokens => v.ln(),
        };
        let at: Vec<f64> = x.iter().enumerate().map(place).collect();
        let (from, to) = (at[0], at[at.len() - 1]);
        at.iter().map(|t| (t - from) / (to - from)).collect()
    }

    fn between(&self, from: f64, to: f64, share: f64) -> f64 {
        if share >= 1.0 {
            to
        } else if self.axis == Axis::LogTokens {
            (from.ln() + share * (to.ln() - from.ln())).exp()
        } else {
            from + share * (to - from)
        }
    }
}

fn never(x: &[f64]) -> Emergence {
    Emergence::Never { last: x[x.len() - 1] }
}
