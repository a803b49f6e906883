//! Masked reconstruction on the shared convolutional encoder: some patches of a picture are blank, and what they look like is to be said.
//!
//! It is a masked autoencoder (He et al., arXiv 2111.06377) in what is asked, not in what is seen: a convolution passes over the whole picture, so
//! that blank patches cost as much as others (as in SimMIM; Xie et al., arXiv 2111.09886). The encoder halves a picture twice, so that every place
//! of its last map stands for a patch of four by four pixels; a decoder of two layers says the pixels of a blank patch from what the map has in its
//! place. A place sees 15 pixels each way in all, that is the patches around its own. Tensors of the encoder come first, with the first weights
//! that it has elsewhere.

use std::sync::Arc;

use nets::layers::patches::visible;
use nets::layers::{BatchNorm, Conv, Images, Linear};
use nets::{Params, Pass, Var, losses};
use rand_pcg::Pcg64;

use super::{encoder, sized_encoder};

/// The side of a patch: what the strides of the encoder come to.
const PATCH: usize = 4;

/// Numbers of the hidden layer of the decoder.
const HIDDEN: usize = 32;

/// Encoder and decoder.
#[derive(Clone, Debug)]
pub(crate) struct MaskedConvolution {
    stages: Vec<(Conv, BatchNorm)>,
    inner: Linear,
    outer: Linear,
    /// The side of a picture, a multiple of that of a patch.
    side: usize,
    /// Share of patches that are blank.
    mask: f64,
}

/// Patches of a picture, and how many of them are seen: rounded, at least one, and at least one is blank.
fn counts(side: usize, mask: f64) -> (usize, usize) {
    let tokens = (side / PATCH).pow(2);
    let seen = ((1.0 - mask) * tokens as f64).round() as usize;
    (tokens, seen.clamp(1, tokens.saturating_sub(1).max(1)))
}

/// Multiplications of a picture passed forward.
pub(crate) fn multiplications(width: usize, side: usize, mask: f64) -> f64 {
    let (tokens, seen) = counts(side, mask);
    let decoder = encoder::features_of(width) * HIDDEN + HIDDEN * PATCH * PATCH;
    sized_encoder::multiplications(width, side) + (tokens.saturating_sub(seen) * decoder) as f64
}

/// The pixels of the patch in this place of a picture, by where they are in it.
fn pixels(side: usize, place: usize) -> impl Iterator<Item = usize> {
    let across = (side / PATCH).max(1);
    let (top, left) = (place / across * PATCH, place % across * PATCH);
    (0..PATCH * PATCH).map(move |k| (top + k / PATCH) * side + left + k % PATCH)
}

impl MaskedConvolution {
    /// Adds its tensors, those of the encoder first.
    pub(crate) fn new(params: &mut Params<f32>, width: usize, side: usize, mask: f64) -> Self {
        let mut ins = 1;
        let mut stages = Vec::new();
        for (k, (outs, stride)) in [(width, 2), (2 * width, 2), (4 * width, 1)].into_iter().enumerate() {
            let conv = Conv::new(params, &format!("stages.{k}.conv"), ins, outs, 3, stride);
            stages.push((conv, BatchNorm::new(params, &format!("stages.{k}.norm"), outs)));
            ins = outs;
        }
        let inner = Linear::new(params, "decoder.0", ins, HIDDEN);
        Self { stages, inner, outer: Linear::new(params, "decoder.1", HIDDEN, PATCH * PATCH), side, mask }
    }

    /// The patches of so many pictures that are seen, picture after picture.
    pub(crate) fn seen(&self, count: usize, rng: &mut Pcg64) -> Arc<[usize]> {
        let (tokens, seen) = counts(self.side, self.mask);
        visible(rng, count, tokens, seen)
    }

    /// Mean squared error on the pixels of blank patches of these standardised pictures.
    pub(crate) fn loss(&self, pass: &mut Pass<'_, f32>, pictures: &[f32], count: usize, seen: &[usize]) -> Var {
        let (tokens, each) = (counts(self.side, self.mask).0, self.side * self.side);
        let mut there = vec![false; count * tokens];
        for row in seen {
            if let Some(there) = there.get_mut(*row) {
                *there = true;
            }
        }
        let blank: Arc<[usize]> = there.iter().enumerate().filter(|(_, there)| !**there).map(|(row, _)| row).collect();
        let mut shown = pictures.to_vec();
        let mut wanted = Vec::with_capacity(blank.len() * PATCH * PATCH);
        for row in blank.iter() {
            let first = row / tokens.max(1) * each;
            for at in pixels(self.side, row % tokens.max(1)) {
                if let Some(pixel) = shown.get_mut(first + at) {
                    wanted.push(std::mem::take(pixel));
                }
            }
        }
        let mut shape = Images { batch: count, height: self.side, width: self.side };
        let mut x = pass.input(&shown, shape.rows(), 1);
        for (conv, norm) in &self.stages {
            x = conv.forward(pass, x, shape);
            shape = conv.shape(shape);
            x = norm.forward(pass, x);
        }
        let rows = blank.len();
        let x = pass.gather(x, blank);
        let x = self.inner.forward(pass, x);
        let x = pass.gelu(x);
        let said = self.outer.forward(pass, x);
        let wanted = pass.input(&wanted, rows, PATCH * PATCH);
        let errors = losses::squared_error(pass, said, wanted);
        pass.mean(errors)
    }
}

#[cfg(test)]
mod tests {
    use nets::Training;
    use rand::SeedableRng;

    use super::*;

    const SIDE: usize = 12;

    fn net() -> (MaskedConvolution, Training<f32>) {
        let mut params = Params::new(Pcg64::seed_from_u64(1));
        let net = MaskedConvolution::new(&mut params, 3, SIDE, 0.6);
        (net, Training::new(params, 0.0))
    }

    #[test]
    fn the_encoder_is_the_shared_one() {
        let (_, training) = net();
        let mut shared = Params::<f32>::new(Pcg64::seed_from_u64(1));
        encoder::build(&mut shared, 3, 5);
        let body = shared.len() - (encoder::features_of(3) + 1) * 5;
        assert_eq!((&training.params.values[..body], &training.params.state), (&shared.values[..body], &shared.state));
        let names = |params: &Params<f32>| params.tensors().iter().take(9).map(|(name, _)| name.clone()).collect::<Vec<String>>();
        assert_eq!(names(&training.params), names(&shared));
    }

    #[test]
    fn so_many_patches_are_blank_and_what_it_costs_is_known() {
        assert_eq!((counts(20, 0.6), counts(20, 0.0), counts(20, 1.0)), ((25, 10), (25, 24), (25, 1)));
        assert_eq!(pixels(12, 4).collect::<Vec<usize>>()[..5], [52, 53, 54, 55, 64]);
        let (net, mut training) = net();
        let seen = net.seen(5, &mut Pcg64::seed_from_u64(2));
        assert_eq!(seen.len(), 5 * 4);
        let before = nets::product::operations();
        let pictures: Vec<f32> = (0..5 * SIDE * SIDE).map(|k| (k as f32 * 0.7).sin()).collect();
        training.infer(Pcg64::seed_from_u64(0), |pass| {
            net.loss(pass, &pictures, 5, &seen);
        });
        let spent = (nets::product::operations() - before) as f64;
        assert!((spent / (10.0 * multiplications(3, SIDE, 0.6)) - 1.0).abs() < 1e-9, "{spent}");
    }

    #[test]
    fn what_is_blank_is_wanted_and_not_seen() {
        let (net, mut training) = net();
        let seen = net.seen(1, &mut Pcg64::seed_from_u64(2));
        let blank = (0..9).find(|k| !seen.contains(k)).unwrap();
        let mut loss = |moved: usize, by: f32| {
            let mut pictures = vec![0.0; SIDE * SIDE];
            pictures[moved] += by;
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let loss = net.loss(pass, &pictures, 1, &seen);
                pass.scalar(loss)
            })
        };
        // A blank pixel enters as what is wanted alone: the loss is a parabola in it, whose second difference is 2 over the pixels that are blank.
        let at = pixels(SIDE, blank).next().unwrap();
        let second = loss(at, 1.0) + loss(at, -1.0) - 2.0 * loss(at, 0.0);
        assert!((second - 2.0 / (5.0 * 16.0)).abs() < 1e-4, "{second}");
    }

    #[test]
    fn what_has_structure_is_learned() {
        let (net, mut training) = net();
        // Every picture has one brightness.
        let pictures: Vec<f32> = (0..16 * SIDE * SIDE).map(|k| if (k / (SIDE * SIDE)).is_multiple_of(2) { 1.0 } else { -1.0 }).collect();
        let mut last = 0.0;
        for k in 0..150 {
            let mut rng = Pcg64::seed_from_u64(k);
            let seen = net.seen(16, &mut rng);
            last = training.step(1e-2, rng, |pass| net.loss(pass, &pictures, 16, &seen));
        }
        assert!(last < 0.5, "{last}");
    }
}
