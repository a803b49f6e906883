//! Pictures of the hierarchy at any size, of kinds drawn at random: the first of more are the same as fewer.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::hierarchical_images::{CLASSES, Tree};
use super::pictures;
use super::resizing::bilinear;
use super::samples::Samples;

/// So many pictures of this side, with their kinds.
pub(crate) fn draw(tree: &mut Tree, count: usize, side: usize, rng: &mut Pcg64) -> Samples {
    let mut samples = Samples::new(side);
    let mut drawn = Vec::with_capacity(pictures::PIXELS);
    for _ in 0..count {
        let kind = rng.random_range(0..CLASSES);
        drawn.clear();
        tree.draw(kind, 1, &mut drawn);
        bilinear(&drawn, pictures::SIDE, side, &mut samples.pixels);
        samples.labels.push(kind as u32);
    }
    samples
}

/// The same pictures, the pixels of each in an order of its own: a picture keeps its brightness and contrast, and nothing else.
pub(crate) fn scrambled(samples: &Samples, rng: &mut Pcg64) -> Samples {
    samples.each(samples.side, |picture, to| {
        let from = to.len();
        to.extend_from_slice(picture);
        to[from..].shuffle(rng);
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn some(count: usize) -> Samples {
        let mut rng = Pcg64::seed_from_u64(1);
        draw(&mut Tree::new(rng.clone()), count, 28, &mut rng)
    }

    #[test]
    fn fewer_are_the_first_of_more() {
        let (few, many) = (some(5), some(40));
        assert_eq!((many.labels.len(), many.pixels.len(), many.side), (40, 40 * 784, 28));
        assert!(many.pixels.starts_with(&few.pixels) && many.labels.starts_with(&few.labels));
        assert!(many.labels.iter().all(|kind| (*kind as usize) < CLASSES));
    }

    #[test]
    fn a_scrambled_picture_keeps_its_numbers_and_not_their_places() {
        let before = some(3);
        let after = scrambled(&before, &mut Pcg64::seed_from_u64(2));
        let sorted = |samples: &Samples, k: usize| {
            let mut own = samples.pixels[k * 784..(k + 1) * 784].to_vec();
            own.sort_by(f32::total_cmp);
            own
        };
        assert!((0..3).all(|k| sorted(&before, k) == sorted(&after, k)) && after.labels == before.labels);
        // Neighbours no longer have to do with each other.
        let rough = |samples: &Samples| samples.pixels.windows(2).map(|w| f64::from(w[0] - w[1]).powi(2)).sum::<f64>();
        assert!(rough(&after) > 1.5 * rough(&before), "{} {}", rough(&after), rough(&before));
    }
}
