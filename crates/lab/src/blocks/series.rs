//! Series that are made here, of six families: to learn forecasting from where there are few real ones.
//!
//! Every series has parameters of its own, is of mean 0 and standard deviation 1, and has as many values as asked for.
//! - *seasonal*: three harmonics of a period of 12, 24 or 48, a slow wave of 168, and noise.
//! - *trend*: a line and a parabola, and noise.
//! - *autoregressive*: each value is 0.6 to 0.99 times the one before, and noise.
//! - *regimes*: a level and a noise that change together now and then.
//! - *spikes*: noise with a pulse every 12 to 48 values.
//! - *damped*: a wave that dies out, and noise.

use nets::params::normal;
use rand::RngExt;
use rand_pcg::Pcg64;

/// A full turn.
const TURN: f64 = std::f64::consts::TAU;

/// A kind of series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Harmonics of a period.
    Seasonal,
    /// A line and a parabola.
    Trend,
    /// What is left of the value before.
    Autoregressive,
    /// Levels that change.
    Regimes,
    /// A pulse now and then.
    Spikes,
    /// A wave that dies out.
    Damped,
}

/// All of them.
pub(crate) const FAMILIES: [Family; 6] = [Family::Seasonal, Family::Trend, Family::Autoregressive, Family::Regimes, Family::Spikes, Family::Damped];

/// Uniform between two numbers.
fn between(rng: &mut Pcg64, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

/// Mean 0 and standard deviation 1; a constant becomes zeros.
fn standardised(values: &mut [f64]) {
    let size = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / size;
    let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / size).sqrt().max(1e-6);
    values.iter_mut().for_each(|v| *v = (*v - mean) / deviation);
}

impl Family {
    /// Appends a series of `length` values.
    pub(crate) fn draw(self, rng: &mut Pcg64, length: usize, to: &mut Vec<f32>) {
        let mut values = self.values(rng, length);
        standardised(&mut values);
        to.extend(values.into_iter().map(|v| v as f32));
    }

    fn values(self, rng: &mut Pcg64, length: usize) -> Vec<f64> {
        let size = length.max(1) as f64;
        match self {
            Self::Seasonal => {
                let period = [12.0, 24.0, 24.0, 48.0][rng.random_range(0..4_usize)];
                let waves: [(f64, f64); 3] = std::array::from_fn(|k| (normal(rng) / (k + 1) as f64, between(rng, 0.0, TURN)));
                let (slow, shift) = (0.5 * normal(rng), between(rng, 0.0, TURN));
                let wave = |t: f64| waves.iter().zip(1..).map(|((a, p), k)| a * (TURN * f64::from(k) * t / period + p).sin()).sum::<f64>();
                (0..length).map(|t| wave(t as f64) + slow * (TURN * t as f64 / 168.0 + shift).sin() + 0.3 * normal(rng)).collect()
            }
            Self::Trend => {
                let (line, bend) = (3.0 * normal(rng), 3.0 * normal(rng));
                (0..length).map(|t| line * t as f64 / size + bend * (t as f64 / size).powi(2) + 0.3 * normal(rng)).collect()
            }
            Self::Autoregressive => {
                let (keep, mut last) = (between(rng, 0.6, 0.99), 0.0);
                let next = |_| {
                    last = keep * last + normal(rng);
                    last
                };
                (0..length).map(next).collect()
            }
            Self::Regimes => {
                let (mut level, mut noise) = (0.0, 0.3);
                let next = |_| {
                    if rng.random::<f64>() < 1.0 / 48.0 {
                        level = 2.0 * normal(rng);
                        noise = 0.3 * (0.5 * normal(rng)).exp();
                    }
                    level + noise * normal(rng)
                };
                (0..length).map(next).collect()
            }
            Self::Spikes => {
                let period = rng.random_range(12..=48_usize);
                let (shift, height) = (rng.random_range(0..period), 4.0 * normal(rng));
                (0..length).map(|t| 0.3 * normal(rng) + if t % period == shift { height } else { 0.0 }).collect()
            }
            Self::Damped => {
                let (period, life) = (between(rng, 8.0, 48.0), between(rng, 50.0, 300.0));
                (0..length).map(|t| 2.0 * (-(t as f64) / life).exp() * (TURN * t as f64 / period).sin() + 0.2 * normal(rng)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn series(family: Family, seed: u64) -> Vec<f32> {
        let mut all = Vec::new();
        family.draw(&mut Pcg64::seed_from_u64(seed), 480, &mut all);
        all
    }

    #[test]
    fn every_family_is_standardised_and_of_its_own() {
        for (k, family) in FAMILIES.into_iter().enumerate() {
            let found = series(family, 1);
            let mean = found.iter().map(|v| f64::from(*v)).sum::<f64>() / 480.0;
            let square = found.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / 480.0;
            assert!(found.len() == 480 && mean.abs() < 1e-5 && (square - 1.0).abs() < 1e-4, "{family:?}: {mean} {square}");
            assert!(found != series(family, 2) && found == series(family, 1));
            assert!(FAMILIES[..k].iter().all(|other| found != series(*other, 1)), "{family:?}");
        }
    }

    #[test]
    fn spikes_come_at_equal_distances() {
        // A spike stands out of the noise unless it is low: of ten series most have some.
        let gaps = (0..10).filter_map(|seed| {
            let found = series(Family::Spikes, seed);
            let far: Vec<usize> = (0..480).filter(|k| found[*k].abs() > 3.0).collect();
            let gaps: Vec<usize> = far.windows(2).map(|w| w[1] - w[0]).collect();
            (gaps.len() > 5).then(|| gaps.iter().all(|g| *g == gaps[0] && (12..=48).contains(g)))
        });
        let found: Vec<bool> = gaps.collect();
        assert!(found.len() > 3 && found.iter().filter(|equal| **equal).count() * 2 > found.len(), "{found:?}");
    }
}
