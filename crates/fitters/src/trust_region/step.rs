//! The step that is tried: the model's own, or the best of three that stay inside the bounds.

use models::MAX_PARAMS;

use super::Vector;
use super::model::Model;
use super::reduce::{dot, norm};

/// Where a step begins.
pub(super) struct Place<'a> {
    pub x: &'a [f64],
    pub bounds: &'a [(f64, f64)],
    /// A scaled step times this is a step.
    pub scale: &'a Vector,
    /// A step goes so far towards a bound.
    pub share: f64,
}

/// A step, the same scaled, and how much the model says it lowers the value.
pub(super) struct Step {
    pub real: Vector,
    pub scaled: Vector,
    pub gain: f64,
}

impl Place<'_> {
    /// The step that is tried, given the model's lowest within the radius.
    pub fn step(&self, model: &Model, lowest: Vector, radius: f64) -> Step {
        let whole = self.real(&lowest);
        if self.x.iter().zip(&whole).zip(self.bounds).all(|((x, s), (low, high))| (*low..=*high).contains(&(x + s))) {
            return Step { real: whole, scaled: lowest, gain: -model.value(&lowest) };
        }
        let (part, hit) = self.to_bound(self.x, &whole);
        let on_bound = lowest.map(|s| s * part);
        let short = self.of(model, on_bound.map(|s| s * self.share));
        let mirrored = self.reflected(model, &lowest, &hit, part, &on_bound, radius);
        let steep = self.steepest(model, radius);
        let turned = mirrored.as_ref().map_or(f64::NEG_INFINITY, |r| r.gain);
        if short.gain > turned && short.gain > steep.gain {
            return short;
        }
        // Of equal gains the steepest descent is taken.
        match mirrored {
            Some(r) if r.gain > short.gain && r.gain > steep.gain => r,
            _ => steep,
        }
    }

    fn real(&self, scaled: &Vector) -> Vector {
        let mut real = *scaled;
        real.iter_mut().zip(self.scale).for_each(|(r, s)| *r *= s);
        real
    }

    fn of(&self, model: &Model, scaled: Vector) -> Step {
        Step { real: self.real(&scaled), gain: -model.value(&scaled), scaled }
    }

    /// How many times `along` it is from a point to the first bound, and which variables meet theirs there.
    fn to_bound(&self, from: &[f64], along: &Vector) -> (f64, [bool; MAX_PARAMS]) {
        let mut each = [f64::INFINITY; MAX_PARAMS];
        for (k, (x, (low, high))) in from.iter().zip(self.bounds).enumerate() {
            if along[k] != 0.0 {
                each[k] = ((low - x) / along[k]).max((high - x) / along[k]);
            }
        }
        let first = each.iter().copied().fold(f64::INFINITY, f64::min);
        (first, each.map(|t| t == first && t.is_finite()))
    }

    /// To the bound, and from there on with the variables that met it turned back.
    fn reflected(&self, model: &Model, lowest: &Vector, hit: &[bool; MAX_PARAMS], part: f64, on_bound: &Vector, radius: f64) -> Option<Step> {
        let mut back = *lowest;
        back.iter_mut().zip(hit).filter(|(_, hit)| **hit).for_each(|(b, _)| *b = -*b);
        let mut at = [0.0; MAX_PARAMS];
        let there = self.real(on_bound);
        for ((at, x), s) in at.iter_mut().zip(self.x).zip(&there) {
            *at = x + s;
        }
        let (to_bound, _) = self.to_bound(&at[..self.x.len()], &self.real(&back));
        let to_radius = to_radius(on_bound, &back, radius);
        let end = to_bound.min(to_radius);
        if end <= 0.0 || end.is_nan() {
            return None;
        }
        // As far from this bound as a shortened step would stay.
        let least = (1.0 - self.share) * part / end;
        let most = if end == to_bound { self.share * to_bound } else { to_radius };
        if least > most {
            return None;
        }
        let (square, slope) = model.along(on_bound, &back);
        let t = lowest_between(square, slope, least, most);
        let mut scaled = *on_bound;
        scaled.iter_mut().zip(&back).for_each(|(s, b)| *s += t * b);
        Some(self.of(model, scaled))
    }

    fn steepest(&self, model: &Model, radius: f64) -> Step {
        let descent = model.descent();
        let to_radius = radius / norm(&descent);
        let (to_bound, _) = self.to_bound(self.x, &self.real(&descent));
        let most = if to_bound < to_radius { self.share * to_bound } else { to_radius };
        let (square, slope) = model.along(&[0.0; MAX_PARAMS], &descent);
        let t = lowest_between(square, slope, 0.0, most);
        self.of(model, descent.map(|d| d * t))
    }
}

/// How many times `along` it is from a point within the radius to the radius.
fn to_radius(from: &Vector, along: &Vector, radius: f64) -> f64 {
    let (a, b, c) = (dot(along, along), dot(from, along), dot(from, from) - radius * radius);
    let root = (b * b - a * c).max(0.0).sqrt();
    // The two solutions without a difference of near numbers.
    let q = -(b + root.copysign(b));
    (q / a).max(c / q)
}

/// Where square t² + slope t is lowest between two points.
fn lowest_between(square: f64, slope: f64, least: f64, most: f64) -> f64 {
    let value = |t: f64| t * (square * t + slope);
    let mut best = if value(most) < value(least) { most } else { least };
    if square != 0.0 {
        let bottom = -0.5 * slope / square;
        if least < bottom && bottom < most && value(bottom) < value(best) {
            best = bottom;
        }
    }
    best
}
