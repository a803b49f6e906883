//! The pictures of a step of pretraining, and which of their patches are seen.

use std::sync::Arc;

use nets::layers::patches::visible;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::super::cropping::crop;
use super::super::samples::{Batch, Samples};
use super::Size;

/// How pictures are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct View {
    /// Share of patches that are hidden.
    pub(crate) mask: f64,
    /// Least share of its area that is kept of a picture; 1 where it is not cropped.
    pub(crate) crop: f64,
    /// Whether the patches of every place are dealt out among the pictures of the step. A patch that is seen then says nothing of one that is hidden,
    /// while patches, places and steps are what they were.
    pub(crate) dealt: bool,
}

/// The pictures of a step.
#[derive(Clone, Debug)]
pub(crate) struct Masked {
    /// Numbers, picture by picture.
    pub(crate) pixels: Vec<f32>,
    /// How many there are.
    pub(crate) count: usize,
    /// The patches that are seen, picture after picture and as many of each.
    pub(crate) seen: Arc<[usize]>,
}

impl Masked {
    /// Draws so many pictures, which may be the same. Which ones does not depend on how they are looked at.
    pub(crate) fn draw(samples: &Samples, count: usize, view: View, size: Size, rng: &mut Pcg64) -> Self {
        let mut batch = Batch::default();
        batch.draw(samples, count, rng);
        let (each, count) = (samples.side * samples.side, batch.labels.len());
        let mut pixels = batch.pixels;
        if view.crop < 1.0 {
            let whole = std::mem::take(&mut pixels);
            whole.chunks_exact(each.max(1)).for_each(|picture| crop(picture, samples.side, view.crop, rng, &mut pixels));
        }
        if view.dealt {
            deal(&mut pixels, count, size, rng);
        }
        let seen = visible(rng, count, size.tokens(), size.seen(view.mask));
        Self { pixels, count, seen }
    }
}

/// Deals the patches of every place out among the pictures.
fn deal(pixels: &mut [f32], count: usize, size: Size, rng: &mut Pcg64) {
    let Size { side, patch, .. } = size;
    let (before, across, each) = (pixels.to_vec(), side / patch.max(1), side * side);
    let mut order: Vec<usize> = (0..count).collect();
    for place in 0..across * across {
        order.shuffle(rng);
        let (top, left) = (place / across * patch, place % across * patch);
        for (to, from) in order.iter().enumerate() {
            for row in top..top + patch {
                let at = row * side + left;
                pixels[to * each + at..][..patch].copy_from_slice(&before[from * each + at..][..patch]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    const SIZE: Size = Size { side: 4, patch: 2, width: 4, depth: 1, heads: 1, decoder: 4 };

    /// Pictures whose pixels all have the picture's number.
    fn flat(count: usize) -> Samples {
        Samples { pixels: (0..count).flat_map(|k| [k as f32; 16]).collect(), labels: vec![0; count], side: 4 }
    }

    fn draw(view: View) -> Masked {
        Masked::draw(&flat(50), 12, view, SIZE, &mut Pcg64::seed_from_u64(3))
    }

    #[test]
    fn arms_see_the_same_pictures() {
        let plain = draw(View { mask: 0.5, crop: 1.0, dealt: false });
        assert_eq!((plain.count, plain.pixels.len(), plain.seen.len()), (12, 12 * 16, 24));
        // A crop of a flat picture is the picture.
        let cropped = draw(View { mask: 0.75, crop: 0.2, dealt: false });
        assert!(cropped.seen.len() == 12 && cropped.pixels.iter().zip(&plain.pixels).all(|(a, b)| (a - b).abs() < 1e-3));
    }

    #[test]
    fn what_is_dealt_out_keeps_every_place_and_breaks_every_picture() {
        let (plain, dealt) = (draw(View { mask: 0.5, crop: 1.0, dealt: false }), draw(View { mask: 0.5, crop: 1.0, dealt: true }));
        let at = |all: &[f32], pixel: usize| {
            let mut found: Vec<f32> = all.iter().skip(pixel).step_by(16).copied().collect();
            found.sort_by(f32::total_cmp);
            found
        };
        assert!((0..16).all(|pixel| at(&dealt.pixels, pixel) == at(&plain.pixels, pixel)));
        // Patches are whole, and pictures are not.
        assert!(dealt.pixels.chunks_exact(16).all(|p| p[0] == p[1] && p[0] == p[4] && p[10] == p[15]));
        let torn = dealt.pixels.chunks_exact(16).filter(|p| p.iter().any(|v| *v != p[0])).count();
        assert!(torn >= 10, "{torn}");
    }
}
