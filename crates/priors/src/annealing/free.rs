//! What curves look like whose learning rate nobody knows, or that have none: accuracies, errors by the size of a training
//! set, benchmarks by scale.
//!
//! A curve is a broken power law with up to three breaks, or a saturating one, now and then two of them in turn; some have the
//! hump of a double descent, a few fall apart at their end, some hardly move. Sources: Caballero et al. 2023 (broken neural scaling laws), Nakkiran
//! et al. 2020 (double descent); the distributions are ours, and wide on purpose.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::{chance, log_normal, log_uniform, normal, uniform};

/// One smooth curve in the logarithm of the resource that falls, or for a broken power now and then turns and rises.
#[derive(Clone, Debug)]
enum Fall {
    /// (x + shift)^−power with breaks: where each lies, by how much the power changes, how gently.
    Broken { shift: f64, power: f64, breaks: Vec<(f64, f64, f64)> },
    /// exp(−(x/scale)^power).
    Exponential { scale: f64, power: f64 },
    /// 1 / (1 + (x/scale)^power): a logistic curve in ln x.
    Logistic { scale: f64, power: f64 },
}

impl Fall {
    fn draw(rng: &mut Pcg64) -> Self {
        match rng.random_range(0..10) {
            0..6 => {
                let power = log_normal(rng, 0.35, 0.7).min(2.0);
                let breaks =
                    (0..rng.random_range(0..4)).map(|_| (log_uniform(rng, 3e-3, 2.0).ln(), power * 0.8 * normal(rng), uniform(rng, 0.1, 1.2))).collect();
                Fall::Broken { shift: if chance(rng, 0.5) { 0.0 } else { log_uniform(rng, 1e-4, 0.1) }, power, breaks }
            }
            6..8 => Fall::Exponential { scale: log_uniform(rng, 0.02, 1.0), power: log_normal(rng, 0.8, 0.4) },
            _ => Fall::Logistic { scale: log_uniform(rng, 5e-3, 2.0), power: log_uniform(rng, 0.6, 5.0) },
        }
    }

    /// A relative: parameters moved by about `far` of their usual spread.
    fn near(&self, rng: &mut Pcg64, far: f64) -> Self {
        let mut factor = |spread: f64| (far * spread * normal(rng)).exp();
        match self {
            Fall::Broken { shift, power, breaks } => {
                let (shift, power) = (shift * factor(1.0), power * factor(0.7));
                let breaks = breaks.iter().map(|(at, change, gentle)| (at + factor(1.0).ln(), change * factor(0.8), gentle * factor(0.3))).collect();
                Fall::Broken { shift, power, breaks }
            }
            Fall::Exponential { scale, power } => Fall::Exponential { scale: scale * factor(1.0), power: power * factor(0.4) },
            Fall::Logistic { scale, power } => Fall::Logistic { scale: scale * factor(1.0), power: power * factor(0.5) },
        }
    }

    fn at(&self, x: f64) -> f64 {
        match self {
            Fall::Broken { shift, power, breaks } => {
                let l = (x + shift).ln();
                let bent: f64 = breaks.iter().map(|(at, change, gentle)| change * gentle * ((l - at) / gentle).exp().ln_1p()).sum();
                (-power * l - bent).min(60.0).exp()
            }
            Fall::Exponential { scale, power } => (-(x / scale).powf(*power)).exp(),
            Fall::Logistic { scale, power } => 1.0 / (1.0 + (x / scale).powf(*power)),
        }
    }
}

/// A curve without a schedule, and without noise.
#[derive(Clone, Debug)]
pub(super) struct Free {
    falls: Vec<(Fall, f64)>,
    /// Where a hump lies in ln x, how wide it is and how high.
    hump: Option<(f64, f64, f64)>,
    /// Where it begins to fall apart, and how fast.
    end: Option<(f64, f64)>,
    /// One over the unit of the curve; negative where it rises.
    unit: f64,
}

impl Free {
    pub fn draw(rng: &mut Pcg64) -> Self {
        let mut falls = vec![(Fall::draw(rng), 1.0)];
        if chance(rng, 0.3) {
            falls.push((Fall::draw(rng), log_uniform(rng, 0.05, 2.0)));
        }
        let hump = chance(rng, 0.12).then(|| (log_uniform(rng, 0.01, 1.5).ln(), uniform(rng, 0.1, 0.6), log_uniform(rng, 0.03, 1.0)));
        let end = chance(rng, 0.05).then(|| (uniform(rng, 0.2, 1.2), log_uniform(rng, 0.1, 3.0)));
        // Every fall is measured by its own drop, so that none hides the others.
        for (fall, share) in &mut falls {
            let drop = (fall.at(0.01) - fall.at(1.0)).abs().max(1e-12);
            *share /= drop;
        }
        let mut free = Self { falls, hump, end, unit: 1.0 };
        let (late, all) = ((free.smooth(0.125) - free.smooth(1.0)).abs(), (free.smooth(0.01) - free.smooth(1.0)).abs());
        free.unit = 1.0 / late.max(0.1 * all).max(1e-12);
        // Some hardly move, and a few move the wrong way.
        if chance(rng, 0.15) {
            free.unit *= log_uniform(rng, 1e-3, 1.0);
        }
        if chance(rng, 0.06) {
            free.unit = -free.unit;
        }
        free
    }

    /// A relative, in the unit of this one.
    pub fn near(&self, rng: &mut Pcg64, far: f64) -> Self {
        let falls = self.falls.iter().map(|(fall, share)| (fall.near(rng, far), share * (0.5 * far * normal(rng)).exp())).collect();
        let hump = self.hump.map(|(at, width, height)| (at + far * normal(rng), width, height * (far * normal(rng)).exp()));
        Self { falls, hump, end: self.end.filter(|_| chance(rng, 0.5)), unit: self.unit }
    }

    fn smooth(&self, x: f64) -> f64 {
        self.falls.iter().map(|(fall, share)| share * fall.at(x)).sum()
    }

    /// At a resource x that is 1 at the end of the run.
    pub fn at(&self, x: f64) -> f64 {
        let mut y = self.unit * self.smooth(x);
        if let Some((at, width, height)) = self.hump {
            let z = (x.ln() - at) / width;
            y += height * (-0.5 * z * z).exp();
        }
        if let Some((from, fast)) = self.end
            && x > from
        {
            y += fast * (x - from).sqrt();
        }
        y.clamp(-1e4, 1e4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn curves_are_finite_and_most_fall() {
        let mut rng = Pcg64::seed_from_u64(5);
        let mut down = 0;
        for _ in 0..2000 {
            let free = Free::draw(&mut rng);
            let near = free.near(&mut rng, 0.1);
            for x in [1e-3, 0.05, 0.5, 1.0, 2.0] {
                assert!(free.at(x).is_finite() && near.at(x).is_finite(), "{free:?}");
            }
            down += u32::from(free.at(0.05) > free.at(1.0));
        }
        assert!(down > 1650, "{down}");
    }

    #[test]
    fn a_relative_that_is_no_distance_away_is_the_same() {
        let mut rng = Pcg64::seed_from_u64(6);
        for _ in 0..100 {
            let free = Free { end: None, ..Free::draw(&mut rng) };
            let same = free.near(&mut rng, 0.0);
            assert!((same.at(0.3) - free.at(0.3)).abs() < 1e-9 * (1.0 + free.at(0.3).abs()));
        }
    }
}
