//! Random learning-rate schedules of the kinds people run, on a run that lasts from time 0 to time 1.

use std::f64::consts::PI;

use rand::RngExt;
use rand_pcg::Pcg64;

use super::{chance, log_uniform, uniform};

/// How a rate comes down: the share of the way that is left when `u` of the time has gone.
#[derive(Clone, Copy)]
enum Fall {
    Linear,
    Cosine,
    Exponential,
    Root,
}

impl Fall {
    fn draw(rng: &mut Pcg64) -> Self {
        [Fall::Linear, Fall::Cosine, Fall::Exponential, Fall::Root][rng.random_range(0..4)]
    }

    /// From 1 at u = 0 to `floor` at u = 1.
    fn rate(self, u: f64, floor: f64) -> f64 {
        let u = u.clamp(0.0, 1.0);
        match self {
            Fall::Linear => 1.0 - (1.0 - floor) * u,
            Fall::Cosine => floor + (1.0 - floor) * 0.5 * (1.0 + (PI * u).cos()),
            Fall::Exponential => (floor.max(1e-3).ln() * u).exp(),
            Fall::Root => floor + (1.0 - floor) * (1.0 - u.sqrt()),
        }
    }
}

/// What comes after the warm-up.
enum Shape {
    Constant,
    /// One fall over the whole run; `period` > 1 was cut early.
    Fall {
        kind: Fall,
        floor: f64,
        period: f64,
    },
    /// Warm-up, stable, decay; after its end the floor stays.
    Decay {
        kind: Fall,
        floor: f64,
        from: f64,
        to: f64,
    },
    /// From each time on another rate.
    Steps(Vec<(f64, f64)>),
    InversePower {
        knee: f64,
        power: f64,
    },
    /// Two falls, the second from a height of its own.
    Rewarm {
        kind: Fall,
        floor: f64,
        at: f64,
        height: f64,
    },
}

/// A floor: often none or a tenth, else anything.
fn floor(rng: &mut Pcg64) -> f64 {
    match rng.random_range(0..10) {
        0..3 => 0.0,
        3..6 => 0.1,
        6..8 => log_uniform(rng, 0.005, 0.5),
        _ => uniform(rng, 0.0, 0.6),
    }
}

/// Fills `rates` with a random schedule at the times `t` of a run from 0 to 1.
pub(super) fn draw(rng: &mut Pcg64, t: &[f64], rates: &mut Vec<f64>) {
    let warm_up = match rng.random_range(0..10) {
        0..6 => log_uniform(rng, 5e-4, 0.12),
        6..8 => uniform(rng, 0.03, 0.4),
        _ => 0.0,
    };
    let shape = match uniform(rng, 0.0, 1.0) {
        u if u < 0.29 => {
            let period = if chance(rng, 0.35) { 1.0 / uniform(rng, 0.3, 1.0) } else { 1.0 };
            Shape::Fall { kind: Fall::Cosine, floor: floor(rng), period }
        }
        u if u < 0.40 => Shape::Fall { kind: Fall::Linear, floor: floor(rng), period: if chance(rng, 0.15) { 1.0 / uniform(rng, 0.4, 1.0) } else { 1.0 } },
        u if u < 0.70 => {
            let share = log_uniform(rng, 0.05, 0.9);
            // Now and then the run goes on at the floor, or ends before the decay does.
            let to = match rng.random_range(0..10) {
                0 => 1.0 - uniform(rng, 0.0, 0.4) * (1.0 - share),
                1 => 1.0 + uniform(rng, 0.0, 0.8) * share,
                _ => 1.0,
            };
            Shape::Decay { kind: Fall::draw(rng), floor: floor(rng), from: to - share, to }
        }
        u if u < 0.81 => Shape::Constant,
        u if u < 0.91 => {
            let (mut at, mut rate) = (0.0, 1.0);
            let mut steps = Vec::new();
            for _ in 0..rng.random_range(1..=3) {
                at += uniform(rng, 0.1, 1.0 - at);
                rate *= if chance(rng, 0.9) { log_uniform(rng, 0.05, 0.9) } else { uniform(rng, 1.0, 2.0) };
                steps.push((at, rate));
            }
            Shape::Steps(steps)
        }
        u if u < 0.96 => Shape::InversePower { knee: log_uniform(rng, 5e-3, 0.5), power: if chance(rng, 0.5) { 0.5 } else { uniform(rng, 0.2, 1.0) } },
        _ => Shape::Rewarm { kind: Fall::draw(rng), floor: floor(rng), at: uniform(rng, 0.25, 0.8), height: uniform(rng, 0.3, 1.0) },
    };
    let after = |t: f64| {
        let since = ((t - warm_up) / (1.0 - warm_up)).max(0.0);
        match &shape {
            Shape::Constant => 1.0,
            Shape::Fall { kind, floor, period } => kind.rate(since / period, *floor),
            Shape::Decay { kind, floor, from, to } => kind.rate((t - from) / (to - from), *floor),
            Shape::Steps(steps) => steps.iter().rev().find(|s| t >= s.0).map_or(1.0, |s| s.1),
            Shape::InversePower { knee, power } => (1.0 + since / knee).powf(-power),
            Shape::Rewarm { kind, floor, at, height } => {
                if t < *at {
                    kind.rate(since / ((at - warm_up) / (1.0 - warm_up)).max(1e-3), *floor)
                } else {
                    height * kind.rate((t - at) / (1.0 - at), *floor)
                }
            }
        }
    };
    // A shape that comes down before the warm-up is over begins where it then is.
    let at_top = after(warm_up);
    rates.clear();
    rates.extend(t.iter().map(|&t| if t < warm_up { at_top * t / warm_up } else { after(t) }));
}
