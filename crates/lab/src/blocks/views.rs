//! A picture as it might have been taken otherwise: a part of it, brighter or darker, with more contrast or less.

use nets::params::normal;
use rand::RngExt;
use rand_pcg::Pcg64;

use super::cropping::crop;

/// Least share of a picture's area that is kept.
const CROP: f64 = 0.3;

/// Contrast is multiplied by 1 less or more than this.
const CONTRAST: f64 = 0.4;

/// Standard deviation of what is added to brightness, of pictures whose pixels have one of 1.
const BRIGHTNESS: f64 = 0.4;

/// A view of each of these standardised pictures.
pub(crate) fn views(pixels: &[f32], side: usize, rng: &mut Pcg64) -> Vec<f32> {
    let mut seen = Vec::with_capacity(pixels.len());
    for picture in pixels.chunks_exact((side * side).max(1)) {
        let from = seen.len();
        crop(picture, side, CROP, rng, &mut seen);
        let contrast = (1.0 - CONTRAST + 2.0 * CONTRAST * rng.random::<f64>()) as f32;
        let brightness = (BRIGHTNESS * normal(rng)) as f32;
        seen[from..].iter_mut().for_each(|v| *v = contrast * *v + brightness);
    }
    seen
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn a_flat_picture_stays_flat_and_others_change() {
        let flat = views(&[0.5; 2 * 49], 7, &mut Pcg64::seed_from_u64(1));
        assert!(flat.len() == 98 && flat.chunks_exact(49).all(|p| p.iter().all(|v| (v - p[0]).abs() < 1e-5)));
        assert!((flat[0] - flat[49]).abs() > 1e-3);
        let picture: Vec<f32> = (0..49).map(|k| (k as f32 * 0.3).sin()).collect();
        let mut rng = Pcg64::seed_from_u64(2);
        let (first, second) = (views(&picture, 7, &mut rng), views(&picture, 7, &mut rng));
        assert!(first != second && first.iter().all(|v| v.is_finite()));
        assert_eq!(first, views(&picture, 7, &mut Pcg64::seed_from_u64(2)));
    }
}
