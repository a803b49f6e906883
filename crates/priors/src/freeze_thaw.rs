//! `freeze-thaw`: the curves that FT-PFN is trained on, one configuration at a time.
//!
//! Four basis curves, mixed: each begins at a common value, closes all but 1/P of its gap at a saturation point of its own, and goes on from there at
//! another speed, which may be backwards, so that a curve may break or fall apart. On x = t/m in (0, 1], clipped to [0, 1].
//!
//! In the source a random network maps the hyperparameters of a configuration to 23 numbers, which are brought to fixed marginals by their ranks.
//! Here a configuration is drawn alone, so that only the marginals are left: what configurations of one data set have in common is not in this
//! prior.
//!
//! Source: Rakotoarison et al. 2024 (ifBO), Appendix A and the authors' code as a survey of ours read it.

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution as _, Exp1, StandardNormal};
use rand_pcg::Pcg64;

use crate::prior::{Density, Draw, Prior};

/// How a basis curve closes its gap.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Basis {
    Power,
    Exponential,
    Logarithm,
    Hill,
}

const BASES: [Basis; 4] = [Basis::Power, Basis::Exponential, Basis::Logarithm, Basis::Hill];

/// A basis curve: its shape, the gap that is left at saturation as one over `precision`, where that is, and the speed after it.
#[derive(Clone, Copy, Debug)]
struct Piece {
    basis: Basis,
    shape: f64,
    precision: f64,
    saturation: f64,
    after: f64,
}

impl Piece {
    /// The share of the gap that is left at r ≥ 0, in units of the saturation point: 1 at 0, 1/P at 1.
    fn left(&self, r: f64) -> f64 {
        let (a, p) = (self.shape, self.precision);
        match self.basis {
            Basis::Power => ((p.powf(1.0 / a) - 1.0) * r + 1.0).powf(-a),
            Basis::Exponential => p.powf(-r.powf(a)),
            // a^P is beyond what a number holds for the largest a and P; there the sum is its first term.
            Basis::Logarithm => {
                let (l, top) = (a.ln(), p * a.ln());
                l / if top > 600.0 { (top + r.ln()).max(l) } else { ((top.exp() - a) * r + a).ln() }
            }
            Basis::Hill => 1.0 / (r.powf(a) * (p - 1.0) + 1.0),
        }
    }

    /// By how much the share that is left falls with r at 0; infinite for shapes below one of an exponential or a Hill curve.
    fn slope(&self) -> f64 {
        let (a, p) = (self.shape, self.precision);
        let power = |times: f64| if a < 1.0 { f64::INFINITY } else { f64::from(u8::from(a == 1.0)) * times };
        match self.basis {
            Basis::Power => a * (p.powf(1.0 / a) - 1.0),
            Basis::Exponential => power(p.ln()),
            Basis::Logarithm => ((p * a.ln()).exp() - a) / (a * a.ln()),
            Basis::Hill => power(p - 1.0),
        }
    }

    /// The value at x ≥ 0, from `first` on towards `last`.
    fn at(&self, x: f64, first: f64, last: f64) -> f64 {
        let x = if x < self.saturation { x } else { self.after * (x - self.saturation) + self.saturation };
        let r = x / self.saturation;
        if r < 0.0 {
            // Further back than where it began: an exponential towards zero that goes on from there.
            let fall = self.slope() * (last - first);
            return if fall > 0.0 { first * (r * fall / first).exp() } else { first };
        }
        last - (last - first) * self.left(r)
    }
}

/// The prior on t = 1 … horizon.
#[derive(Clone, Debug)]
pub struct FreezeThaw {
    horizon: usize,
}

fn normal(rng: &mut Pcg64, mean: f64, sd: f64) -> f64 {
    let z: f64 = StandardNormal.sample(rng);
    mean + sd * z
}

fn exponential(rng: &mut Pcg64) -> f64 {
    Exp1.sample(rng)
}

impl FreezeThaw {
    /// The name it has in a spec.
    pub const NAME: &'static str = "freeze-thaw";

    /// On x = 1/m … 1; FT-PFN has up to a thousand points.
    pub fn new(horizon: usize) -> Self {
        Self { horizon }
    }

    /// The noise and the curve without it.
    fn curve(&self, rng: &mut Pcg64) -> (f64, Vec<f64>) {
        let (one, other): (f64, f64) = (rng.random(), rng.random());
        let first = one.min(other).max(f64::MIN_POSITIVE);
        let top = if rng.random::<f64>() < 0.25 { one.max(other) } else { 1.0 };
        let last = first + (top - first) * rng.random::<f64>();
        let weights: [f64; 4] = std::array::from_fn(|_| exponential(rng));
        let farthest = 10f64.powf(normal(rng, 0.0, 1.0));
        let relative: [f64; 4] = std::array::from_fn(|_| exponential(rng).max(1e-6));
        let most = relative.iter().copied().fold(0.0, f64::max);
        let pieces: [Piece; 4] = std::array::from_fn(|k| {
            let shape = match BASES[k] {
                Basis::Power => normal(rng, 1.0, 1.0).exp(),
                Basis::Exponential => normal(rng, 0.0, 1.0).exp(),
                Basis::Logarithm => 1.0 + normal(rng, -4.0, 1.0).exp(),
                Basis::Hill => normal(rng, 0.5, 0.5).exp(),
            };
            let precision = 10f64.powf(3.0 * rng.random::<f64>());
            Piece { basis: BASES[k], shape, precision, saturation: farthest * relative[k] / most, after: 1.0 - exponential(rng) }
        });
        let sigma = normal(rng, -5.0, 1.0).exp();
        let total: f64 = weights.iter().sum();
        let at = |x: f64| pieces.iter().zip(weights).map(|(piece, w)| w * piece.at(x, first, last)).sum::<f64>() / total;
        (sigma, (1..=self.horizon).map(|t| at(t as f64 / self.horizon as f64).clamp(0.0, 1.0)).collect())
    }
}

impl Prior for FreezeThaw {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn title(&self) -> &'static str {
        "FT-PFN's prior, one configuration at a time: four basis curves that saturate, break and may fall apart"
    }

    fn cite(&self) -> &'static str {
        "rakotoarison2024context"
    }

    fn horizon(&self) -> usize {
        self.horizon
    }

    fn draw(&self, seed: u64) -> Draw {
        let rng = &mut Pcg64::seed_from_u64(seed);
        let (sigma, noiseless) = self.curve(rng);
        let noisy = noiseless.iter().map(|y| (y + normal(rng, 0.0, sigma)).clamp(0.0, 1.0)).collect();
        Draw { noiseless, noisy, sigma, coordinates: Vec::new() }
    }

    fn fill(&self, seed: u64, curves: usize, noisy: &mut [f32]) {
        let rng = &mut Pcg64::seed_from_u64(seed);
        for row in noisy.chunks_exact_mut(self.horizon.max(1)).take(curves) {
            let (sigma, curve) = self.curve(rng);
            row.iter_mut().zip(curve).for_each(|(out, y)| *out = (y + normal(rng, 0.0, sigma)).clamp(0.0, 1.0) as f32);
        }
    }

    fn density(&self) -> Option<&dyn Density> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_basis_begins_at_one_and_leaves_what_its_precision_says() {
        for basis in BASES {
            for (shape, precision) in [(1.5, 10.0), (3.0, 900.0), (1.02, 1.5)] {
                let piece = Piece { basis, shape, precision, saturation: 0.3, after: 0.5 };
                assert!((piece.left(0.0) - 1.0).abs() < 1e-12, "{basis:?}");
                assert!((piece.left(1.0) * precision - 1.0).abs() < 1e-6, "{basis:?} {shape} {precision}: {}", piece.left(1.0));
                assert!(piece.left(0.2) > piece.left(0.9) && piece.left(4.0) < piece.left(1.0), "{basis:?}");
                // The slope at 0 is that of the curve, where it has one.
                let (h, slope) = (1e-7, piece.slope());
                let found = (1.0 - piece.left(h)) / h;
                assert!(!(1e-3..1e4).contains(&slope) || (found / slope - 1.0).abs() < 0.02, "{basis:?} {shape} {precision}: {found} for {slope}");
            }
        }
    }

    #[test]
    fn after_saturation_a_curve_goes_on_at_its_own_speed_and_back_beyond_where_it_began() {
        let at = |after: f64, x: f64| Piece { basis: Basis::Power, shape: 1.0, precision: 10.0, saturation: 0.2, after }.at(x, 0.2, 0.8);
        assert!((at(0.0, 0.9) - at(0.0, 0.2)).abs() < 1e-12);
        assert!((at(0.5, 0.6) - at(1.0, 0.4)).abs() < 1e-12);
        // At speed −1 it is back at its beginning after .4, and below it later, continuously.
        assert!((at(-1.0, 0.4) - 0.2).abs() < 1e-9 && at(-1.0, 0.5) < 0.2 && at(-1.0, 0.5) > 0.0);
        assert!((at(-1.0, 0.400_001) - at(-1.0, 0.399_999)).abs() < 1e-3);
    }

    #[test]
    fn marginals_are_those_of_the_source() {
        // ln σ ~ N(−5, 1); one curve in two speeds up or slows down by at least ln 2, and a speed is backwards in e⁻¹ of the cases, which shows as
        // curves that end below where they were: means over 4,000 draws to three standard errors, but for the last, which is a range.
        let prior = FreezeThaw::new(50);
        let (mut ln, mut fell) = (0.0, 0);
        for seed in 0..4000 {
            let d = prior.draw(seed);
            assert!(d.noisy.iter().chain(&d.noiseless).all(|y| (0.0..=1.0).contains(y)), "{seed}");
            ln += d.sigma.ln() / 4000.0;
            let best = d.noiseless.iter().copied().fold(0.0, f64::max);
            fell += u32::from(best - d.noiseless[49] > 0.05);
            if seed < 20 {
                assert_eq!(d, prior.draw(seed));
            }
        }
        assert!((ln + 5.0).abs() < 3.0 / 4000f64.sqrt(), "{ln}");
        assert!((200..1200).contains(&fell), "{fell}");
        let mut rows = vec![0.0f32; 3 * 50];
        prior.fill(7, 3, &mut rows);
        assert!(rows.iter().all(|y| (0.0..=1.0).contains(y)) && rows[..50] != rows[50..100]);
    }
}
