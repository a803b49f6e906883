//! Images as sequences: patches as tokens (ViT, Dosovitskiy et al., arXiv 2010.11929), and masking of tokens (MAE, He et al., arXiv 2111.06377).

use std::sync::Arc;

use rand::RngExt;
use rand_pcg::Pcg64;

use super::conv::Images;
use crate::{Pass, Real, Tensor, Var};

/// Cuts images into patches of `size × size` pixels: (batch · patches) rows of size · size · channels numbers, row by row of the patch.
/// What is left at the right and bottom edge is not seen.
pub fn patches<T: Real>(pass: &mut Pass<'_, T>, x: Var, images: Images, size: usize) -> Var {
    let (down, across) = (images.height / size.max(1), images.width / size.max(1));
    let mut rows = Vec::with_capacity(images.batch * down * across * size * size);
    for image in 0..images.batch {
        for patch in 0..down * across {
            let (top, left) = (patch / across * size, patch % across * size);
            rows.extend((0..size * size).map(|k| (image * images.height + top + k / size) * images.width + left + k % size));
        }
    }
    let pixels = pass.gather(x, rows.into());
    pass.reshape(pixels, images.batch * down * across, size * size * x.cols)
}

/// Which tokens of every sequence are kept: `keep` of `length`, drawn without replacement, in their order.
pub fn visible(rng: &mut Pcg64, batch: usize, length: usize, keep: usize) -> Arc<[usize]> {
    let mut rows = Vec::with_capacity(batch * keep);
    for sequence in 0..batch {
        let mut order: Vec<usize> = (0..length).collect();
        let keep = keep.min(length);
        for k in 0..keep {
            let other = rng.random_range(k..length);
            order.swap(k, other);
        }
        order.truncate(keep);
        order.sort_unstable();
        rows.extend(order.into_iter().map(|k| sequence * length + k));
    }
    rows.into()
}

/// Puts kept tokens back to their places among `rows` rows, with the token `mask` everywhere else.
pub fn fill<T: Real>(pass: &mut Pass<'_, T>, kept: Var, places: &Arc<[usize]>, rows: usize, mask: Tensor) -> Var {
    let placed = pass.scatter(kept, places.clone(), rows);
    let mut hidden = vec![T::ONE; rows];
    places.iter().for_each(|&r| hidden[r] = T::ZERO);
    let hidden = pass.input(&hidden, rows, 1);
    let token = pass.weight(mask);
    let everywhere = pass.product(hidden, token);
    pass.add(placed, everywhere)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Init;
    use crate::check::{check, sample};
    use rand::SeedableRng;

    #[test]
    fn gradients_are_those_of_differences() {
        check(
            |params| params.add("mask", 1, 8, Init::Normal(1.0)),
            |mask, pass| {
                let images = Images { batch: 2, height: 4, width: 5 };
                let x = pass.leaf(&sample(images.rows() * 2), images.rows(), 2);
                let tokens = patches(pass, x, images, 2);
                assert_eq!((tokens.rows, tokens.cols), (8, 8));
                let places = visible(&mut Pcg64::seed_from_u64(3), 2, 4, 2);
                let kept = pass.gather(tokens, places.clone());
                (fill(pass, kept, &places, 8, *mask), vec![x])
            },
        );
    }

    #[test]
    fn every_sequence_keeps_as_many_tokens_in_order() {
        let places = visible(&mut Pcg64::seed_from_u64(1), 3, 6, 4);
        for (k, part) in places.chunks(4).enumerate() {
            assert!(part.windows(2).all(|w| w[0] < w[1]) && part.iter().all(|r| r / 6 == k), "{part:?}");
        }
        assert_eq!(visible(&mut Pcg64::seed_from_u64(1), 1, 2, 9).as_ref(), [0, 1]);
    }
}
