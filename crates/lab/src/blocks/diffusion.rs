//! Denoising diffusion (Ho et al., arXiv 2006.11239): rows of numbers, more and more noise, and the way back.
//!
//! After step t a row is `√ᾱ_t x + √(1 − ᾱ_t) ε`, with the cosine schedule `ᾱ_t = cos²(π/2 · e (t + 1)/T)` (Nichol and Dhariwal, arXiv 2102.09672);
//! e is a little less than one, so that something is left of x in the end and the way back begins without a division by nearly nothing. A network
//! says ε; the way back takes the row that this makes of it, bounded, and draws the row before from the posterior.

use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;

/// e of the schedule.
const END: f64 = 0.97;

/// Numbers that say a time.
pub(crate) const TIME: usize = 32;

/// The largest frequency of a time over the smallest.
const SCALE: f64 = 1_000.0;

/// A schedule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Diffusion {
    /// ᾱ of every step.
    kept: Vec<f64>,
}

/// Standard normal numbers.
pub(crate) fn noise(count: usize, rng: &mut Pcg64) -> Vec<f32> {
    (0..count).map(|_| rng.sample::<f32, _>(StandardNormal)).collect()
}

impl Diffusion {
    /// Of so many steps.
    pub(crate) fn new(steps: usize) -> Self {
        let angle = |t: usize| std::f64::consts::FRAC_PI_2 * END * (t + 1) as f64 / steps.max(1) as f64;
        Self { kept: (0..steps).map(|t| angle(t).cos().powi(2)).collect() }
    }

    /// How many.
    pub(crate) fn steps(&self) -> usize {
        self.kept.len()
    }

    fn kept(&self, time: usize) -> f64 {
        self.kept.get(time).copied().unwrap_or(1.0)
    }

    /// Rows with noise, each after a step of its own.
    pub(crate) fn noised(&self, rows: &[f32], noise: &[f32], times: &[usize]) -> Vec<f32> {
        let dim = (rows.len() / times.len().max(1)).max(1);
        let mut made = Vec::with_capacity(rows.len());
        for ((row, noise), time) in rows.chunks_exact(dim).zip(noise.chunks_exact(dim)).zip(times) {
            let kept = self.kept(*time);
            let (keep, add) = (kept.sqrt() as f32, (1.0 - kept).sqrt() as f32);
            made.extend(row.iter().zip(noise).map(|(x, e)| keep * x + add * e));
        }
        made
    }

    /// Sines and cosines of a time, as [`TIME`] numbers.
    pub(crate) fn said(&self, time: usize) -> Vec<f32> {
        let half = TIME / 2;
        let at = SCALE * time as f64 / self.steps().max(1) as f64;
        let angles: Vec<f64> = (0..half).map(|k| at * (-SCALE.ln() * k as f64 / half as f64).exp()).collect();
        angles.iter().map(|a| a.sin()).chain(angles.iter().map(|a| a.cos())).map(|v| v as f32).collect()
    }

    /// New rows of `dim` numbers, none beyond `bound`: `predict` says the noise in all rows after a step.
    pub(crate) fn sample(&self, count: usize, dim: usize, bound: f64, rng: &mut Pcg64, mut predict: impl FnMut(&[f32], usize) -> Vec<f32>) -> Vec<f32> {
        let mut rows = noise(count * dim, rng);
        for time in (0..self.steps()).rev() {
            let said = predict(&rows, time);
            let (kept, before) = (self.kept(time), if time == 0 { 1.0 } else { self.kept(time - 1) });
            let spread = (1.0 - before) / (1.0 - kept) * (1.0 - kept / before);
            let straight = (1.0 - before - spread).max(0.0).sqrt();
            let fresh = if time == 0 { Vec::new() } else { noise(rows.len(), rng) };
            for (k, (x, e)) in rows.iter_mut().zip(&said).enumerate() {
                let (now, e) = (f64::from(*x), f64::from(*e));
                let clean = ((now - (1.0 - kept).sqrt() * e) / kept.sqrt()).clamp(-bound, bound);
                // The noise that goes with what was bounded.
                let rest = (now - kept.sqrt() * clean) / (1.0 - kept).sqrt();
                let drawn = fresh.get(k).map_or(0.0, |v| f64::from(*v));
                *x = (before.sqrt() * clean + straight * rest + spread.sqrt() * drawn) as f32;
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn noise_grows_and_nearly_nothing_is_left() {
        let diffusion = Diffusion::new(50);
        assert!(diffusion.kept.windows(2).all(|w| w[0] > w[1]) && diffusion.kept[0] > 0.99 && diffusion.kept[49] > 1e-3 && diffusion.kept[49] < 1e-2);
        let made = diffusion.noised(&[1.0, 2.0, 1.0, 2.0], &[0.0, 1.0, 0.0, 1.0], &[0, 49]);
        let keep = diffusion.kept[49].sqrt() as f32;
        assert!((made[2] - keep).abs() < 1e-6 && (made[3] - 2.0 * keep - (1.0 - diffusion.kept[49]).sqrt() as f32).abs() < 1e-6);
        assert!(made[0] > 0.99 && diffusion.said(0)[..16] == [0.0; 16] && diffusion.said(0)[16..] == [1.0; 16] && diffusion.said(7) != diffusion.said(8));
    }

    #[test]
    fn the_exact_noise_leads_back_to_the_distribution() {
        // Normal rows of mean 0.5 and standard deviation 0.6: the mean of the noise given the row is linear in it.
        let (mean, variance) = (0.5, 0.36);
        let diffusion = Diffusion::new(50);
        let exact = |rows: &[f32], time: usize| -> Vec<f32> {
            let kept = diffusion.kept[time];
            let all = kept * variance + 1.0 - kept;
            rows.iter().map(|x| ((1.0 - kept).sqrt() / all * (f64::from(*x) - kept.sqrt() * mean)) as f32).collect()
        };
        let rows = diffusion.sample(20_000, 1, 10.0, &mut Pcg64::seed_from_u64(1), exact);
        let found = rows.iter().map(|v| f64::from(*v)).sum::<f64>() / 20_000.0;
        let spread = rows.iter().map(|v| (f64::from(*v) - found).powi(2)).sum::<f64>() / 20_000.0;
        // A bounded row in place of a draw of it makes the variance too small by an eighth in fifty steps.
        assert!((found - mean).abs() < 0.02 && (0.8..1.0).contains(&(spread / variance)), "{found} {spread}");
        let bounded = diffusion.sample(100, 1, 0.4, &mut Pcg64::seed_from_u64(1), exact);
        assert!(bounded.iter().all(|v| v.abs() <= 0.4 + 1e-6));
    }
}
