//! Pictures that are changed at random, in the manner of RandAugment (Cubuk et al., arXiv 1909.13719): two changes of one strength, drawn anew for
//! every picture.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::distortions::Distortion;

/// Changes of a picture.
const CHANGES: usize = 2;

/// The magnitude at which a change is as strong as it gets.
const MOST: f64 = 10.0;

/// A kind of change at this share of its full strength: a turn of up to 30 degrees, contrast by a factor from 0.1 to 1.9, noise of up to 0.2, or a
/// hole whose side is up to four tenths of the picture's.
fn drawn(strength: f64, rng: &mut Pcg64) -> Distortion {
    let sign = if rng.random::<f64>() < 0.5 { -1.0 } else { 1.0 };
    match rng.random_range(0..4) {
        0 => Distortion::Turn(30.0 * strength * sign),
        1 => Distortion::Contrast(1.0 + 0.9 * strength * sign),
        2 => Distortion::Noise(0.2 * strength),
        _ => Distortion::Occlude(0.4 * strength),
    }
}

/// Changes pictures of this side, of numbers from 0 to 1. Magnitudes go from 0 (nothing is changed, and nothing drawn) to 10.
pub(crate) fn augment(pixels: &mut Vec<f32>, side: usize, magnitude: f64, rng: &mut Pcg64) {
    if magnitude <= 0.0 {
        return;
    }
    let mut to = Vec::with_capacity(pixels.len());
    for _ in 0..CHANGES {
        to.clear();
        for picture in pixels.chunks_exact((side * side).max(1)) {
            drawn(magnitude / MOST, rng).append(picture, side, rng, &mut to);
        }
        std::mem::swap(pixels, &mut to);
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn changed(magnitude: f64, seed: u64) -> Vec<f32> {
        let mut pixels: Vec<f32> = (0..20 * 36).map(|k| 0.5 + 0.4 * (k as f32 * 0.7).sin()).collect();
        augment(&mut pixels, 6, magnitude, &mut Pcg64::seed_from_u64(seed));
        pixels
    }

    #[test]
    fn stronger_changes_go_farther() {
        let plain = changed(0.0, 1);
        let gap = |magnitude: f64| changed(magnitude, 1).iter().zip(&plain).map(|(a, b)| (a - b).abs()).sum::<f32>();
        assert!(gap(0.0) == 0.0 && gap(3.0) > 0.0 && gap(9.0) > 1.5 * gap(3.0), "{} {}", gap(3.0), gap(9.0));
        assert!(changed(6.0, 1) == changed(6.0, 1) && changed(6.0, 1) != changed(6.0, 2));
        assert!(changed(9.0, 1).len() == plain.len() && changed(9.0, 1).iter().all(|v| (0.0..=1.0).contains(v)));
    }
}
