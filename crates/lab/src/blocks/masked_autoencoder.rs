//! A masked autoencoder (MAE; He et al., arXiv 2111.06377) on a tiny vision transformer: an encoder sees a few patches of a picture, and a light
//! decoder says what the others look like.
//!
//! - The `encoder` is given the patches that are seen and no others, so that its cost falls with them, and a token of its own (the class token).
//! - The `decoder`, one block, has its tokens in their places, and one token for all patches that are hidden.
//! - The loss is the mean squared difference on hidden patches alone, each of which has mean 0 and variance 1 (`target`), as in the authors' code.
//!
//! Tensors of the encoder come first, so that networks that differ in what follows share its first weights.

mod decoder;
mod encoder;
mod masked;
mod target;

use std::sync::Arc;

use nets::{Params, Pass, Training, Var, losses};
use rand_pcg::Pcg64;

pub(crate) use encoder::Encoder;
pub(crate) use masked::{Masked, View};

use decoder::Decoder;
use target::{cut, hidden, normalised, picked};

/// How large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// The side of a picture.
    pub(crate) side: usize,
    /// The side of a patch; what is left at the right and bottom edge is not seen.
    pub(crate) patch: usize,
    /// Numbers of a token.
    pub(crate) width: usize,
    /// Blocks of the encoder.
    pub(crate) depth: usize,
    /// Heads of attention; their number divides both widths.
    pub(crate) heads: usize,
    /// Numbers of a token in the decoder.
    pub(crate) decoder: usize,
}

impl Size {
    /// Patches of a picture.
    pub(crate) fn tokens(&self) -> usize {
        (self.side / self.patch.max(1)).pow(2)
    }

    /// Pixels of a patch.
    fn pixels(&self) -> usize {
        self.patch * self.patch
    }

    /// How many patches are seen where this share is hidden: rounded, at least one, and at least one is hidden.
    pub(crate) fn seen(&self, mask: f64) -> usize {
        let seen = ((1.0 - mask) * self.tokens() as f64).round() as usize;
        seen.clamp(1, self.tokens().saturating_sub(1).max(1))
    }

    /// Multiplications of the encoder, which sees so many patches of a picture.
    fn encoded(&self, seen: usize) -> f64 {
        let (w, rows) = (self.width as f64, seen as f64 + 1.0);
        let block = 12.0 * w * w + 2.0 * rows * w;
        (seen * self.pixels()) as f64 * w + rows * (w + self.depth as f64 * block)
    }

    /// Multiplications of a whole picture passed forward through the encoder.
    pub(crate) fn multiplications(&self) -> f64 {
        self.encoded(self.tokens())
    }

    /// Multiplications of a picture passed forward through encoder and decoder, where this share of its patches is hidden.
    pub(crate) fn masked_multiplications(&self, mask: f64) -> f64 {
        let seen = self.seen(mask);
        let (w, e, rows) = (self.width as f64, self.decoder as f64, self.tokens() as f64 + 1.0);
        let lowered = (seen as f64 + 1.0) * w * e;
        let block = rows * (e + 12.0 * e * e + 2.0 * rows * e);
        self.encoded(seen) + lowered + block + ((self.tokens() - seen) * self.pixels()) as f64 * e
    }
}

/// Encoder and decoder.
#[derive(Clone, Debug)]
pub(crate) struct Autoencoder {
    /// What is used afterwards.
    pub(crate) encoder: Encoder,
    decoder: Decoder,
}

impl Autoencoder {
    /// Adds its tensors, those of the encoder first.
    pub(crate) fn new(params: &mut Params<f32>, size: Size) -> Self {
        Self { encoder: Encoder::new(params, size), decoder: Decoder::new(params, size) }
    }

    /// How far the hidden patches are from what is said of them, mean over their normalised pixels. `seen` are rows of patches, picture after picture
    /// and as many of each.
    pub(crate) fn loss(&self, pass: &mut Pass<'_, f32>, pixels: &[f32], count: usize, seen: &Arc<[usize]>) -> Var {
        let size = self.encoder.size;
        let rows = cut(pixels, size);
        let hidden = hidden(seen, count * size.tokens());
        let mut wanted = picked(&rows, &hidden, size.pixels());
        normalised(&mut wanted, size.pixels());
        let tokens = self.encoder.visible(pass, &picked(&rows, seen, size.pixels()), seen, count);
        let found = self.decoder.forward(pass, tokens, seen, &hidden, count);
        let wanted = pass.input(&wanted, hidden.len(), size.pixels());
        let errors = losses::squared_error(pass, found, wanted);
        pass.mean(errors)
    }

    /// The loss on these pictures, standardised as they are, without learning: with patches hidden by this stream of random numbers.
    pub(crate) fn held_out(&self, training: &mut Training<f32>, pixels: &[f32], mask: f64, mut rng: Pcg64) -> f64 {
        let size = self.encoder.size;
        let each = size.side * size.side;
        let (mut sum, mut pictures) = (0.0, 0.0);
        for part in pixels.chunks(LOOK * each.max(1)) {
            let count = part.len() / each.max(1);
            let seen = nets::layers::patches::visible(&mut rng, count, size.tokens(), size.seen(mask));
            let loss = training.infer(rng.clone(), |pass| {
                let loss = self.loss(pass, part, count, &seen);
                pass.scalar(loss)
            });
            sum += loss * count as f64;
            pictures += count as f64;
        }
        sum / f64::max(pictures, 1.0)
    }
}

/// Pictures that are looked at side by side.
const LOOK: usize = 250;

#[cfg(test)]
mod tests {
    use nets::layers::patches::visible;
    use rand::SeedableRng;

    use super::*;

    const SIZE: Size = Size { side: 8, patch: 2, width: 8, depth: 2, heads: 2, decoder: 4 };

    fn net() -> (Autoencoder, Training<f32>) {
        let mut params = Params::new(Pcg64::seed_from_u64(1));
        let net = Autoencoder::new(&mut params, SIZE);
        (net, Training::new(params, 0.0))
    }

    fn pixels(count: usize) -> Vec<f32> {
        (0..count * 64).map(|k| (k as f32 * 0.7).sin() + (k as f32 * 0.13).cos()).collect()
    }

    #[test]
    fn so_many_patches_are_seen() {
        assert_eq!((SIZE.tokens(), SIZE.seen(0.75), SIZE.seen(0.9), SIZE.seen(0.5), SIZE.seen(0.0), SIZE.seen(1.0)), (16, 4, 2, 8, 15, 1));
    }

    #[test]
    fn multiplications_are_those_of_the_products() {
        let (net, mut training) = net();
        for mask in [0.5, 0.9] {
            let before = nets::product::operations();
            net.held_out(&mut training, &pixels(3), mask, Pcg64::seed_from_u64(2));
            let spent = (nets::product::operations() - before) as f64;
            assert!((spent / (6.0 * SIZE.masked_multiplications(mask)) - 1.0).abs() < 1e-9, "{mask}: {spent}");
        }
        let before = nets::product::operations();
        training.infer(Pcg64::seed_from_u64(0), |pass| net.encoder.whole(pass, &pixels(3), 3, 0.0));
        let spent = (nets::product::operations() - before) as f64;
        assert!((spent / (6.0 * SIZE.multiplications()) - 1.0).abs() < 1e-9, "{spent}");
    }

    #[test]
    fn hidden_pixels_are_wanted_and_not_seen() {
        let (net, mut training) = net();
        let seen = visible(&mut Pcg64::seed_from_u64(3), 2, 16, 4);
        let mut look = |pixels: &[f32]| {
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let rows = cut(pixels, SIZE);
                let tokens = net.encoder.visible(pass, &picked(&rows, &seen, 4), &seen, 2);
                let loss = net.loss(pass, pixels, 2, &seen);
                (pass.value(tokens).to_vec(), pass.scalar(loss))
            })
        };
        let (tokens, loss) = look(&pixels(2));
        // A pixel of a patch that is hidden moves the loss, and nothing that the encoder says.
        let patch = (0..16).find(|k| !seen.contains(k)).unwrap();
        let mut other = pixels(2);
        other[(patch / 4 * 2) * 8 + patch % 4 * 2] += 3.0;
        let (same, moved) = look(&other);
        assert!(tokens == same && (loss - moved).abs() > 1e-6, "{loss} {moved}");
        // What patches are shifted and stretched by does not matter: each is normalised.
        let brighter: Vec<f32> = pixels(2).iter().map(|v| 2.0 * v + 1.0).collect();
        let shown = |pixels: &[f32]| {
            let mut wanted = picked(&cut(pixels, SIZE), &hidden(&seen, 32), 4);
            normalised(&mut wanted, 4);
            wanted
        };
        assert!(shown(&brighter).iter().zip(shown(&pixels(2))).all(|(a, b)| (a - b).abs() < 1e-3));
    }

    #[test]
    fn what_has_structure_is_learned() {
        let (net, mut training) = net();
        // Every picture is a grating of one of two directions: a patch that is seen tells all others.
        let line = |k: usize, i: usize| if k.is_multiple_of(2) { i % 8 } else { i / 8 };
        let pixels: Vec<f32> = (0..40 * 64).map(|i| if line(i / 64, i % 64).is_multiple_of(2) { 1.0 } else { -1.0 }).collect();
        let before = net.held_out(&mut training, &pixels, 0.75, Pcg64::seed_from_u64(9));
        for k in 0..300 {
            let seen = visible(&mut Pcg64::seed_from_u64(100 + k), 40, 16, 4);
            training.step(1e-2, Pcg64::seed_from_u64(k), |pass| net.loss(pass, &pixels, 40, &seen));
        }
        let after = net.held_out(&mut training, &pixels, 0.75, Pcg64::seed_from_u64(9));
        assert!(after < 0.2 * before, "{before} {after}");
    }
}
