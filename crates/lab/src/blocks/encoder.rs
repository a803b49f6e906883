//! The encoder that studies of pretraining share: three convolutions and a mean over the picture.

use nets::layers::Images;
use nets::models::Cnn;
use nets::{Params, Training};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::pictures::{PIXELS, SIDE};

/// Pictures that are looked at side by side.
const LOOK: usize = 200;

/// What the tensors of its last layer are called.
pub(crate) const HEAD: &str = "head";

/// A network of `width`, twice and four times as many channels (strides 2, 2 and 1), and `outs` outputs on top.
pub(crate) fn build(params: &mut Params<f32>, width: usize, outs: usize) -> Cnn {
    Cnn::new(params, 1, &[(width, 2), (2 * width, 2), (4 * width, 1)], outs)
}

/// How many features it has.
pub(crate) fn features_of(width: usize) -> usize {
    4 * width
}

/// Weights below the head of a network of this width, which come first.
pub(crate) fn below_head(width: usize) -> usize {
    let mut params = Params::<f32>::new(Pcg64::seed_from_u64(0));
    build(&mut params, width, 1);
    params.len() - (features_of(width) + 1)
}

/// Multiplications of a picture passed forward, about.
pub(crate) fn multiplications(width: usize) -> f64 {
    let (pixels, w) = (PIXELS as f64, width as f64);
    pixels / 4.0 * 9.0 * w + pixels / 16.0 * (18.0 * w * w + 72.0 * w * w)
}

/// The shape of so many pictures.
pub(crate) fn shape(count: usize) -> Images {
    Images { batch: count, height: SIDE, width: SIDE }
}

/// Features of all pictures, frozen.
pub(crate) fn features(net: &Cnn, training: &mut Training<f32>, pixels: &[f32]) -> Vec<f32> {
    let mut all = Vec::new();
    for block in pixels.chunks(LOOK * PIXELS) {
        let shape = shape(block.len() / PIXELS);
        training.infer(Pcg64::seed_from_u64(0), |pass| {
            let x = pass.input(block, shape.rows(), 1);
            let found = net.features(pass, x, shape);
            all.extend_from_slice(pass.value(found));
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_do_not_depend_on_what_is_looked_at_beside_them() {
        let mut params = Params::new(Pcg64::seed_from_u64(1));
        let net = build(&mut params, 2, 3);
        let mut training = Training::new(params, 0.0);
        let pixels: Vec<f32> = (0..205 * PIXELS).map(|k| ((k * k) as f32 * 0.1).sin()).collect();
        let all = features(&net, &mut training, &pixels);
        assert_eq!(all.len(), 205 * features_of(2));
        let last = features(&net, &mut training, &pixels[204 * PIXELS..]);
        assert!(last.iter().zip(&all[204 * 8..]).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn the_count_of_multiplications_is_that_of_the_products() {
        let mut params = Params::new(Pcg64::seed_from_u64(1));
        let net = build(&mut params, 4, 3);
        let mut training = Training::new(params, 0.0);
        let before = nets::product::operations();
        features(&net, &mut training, &vec![0.0; 10 * PIXELS]);
        let spent = (nets::product::operations() - before) as f64;
        assert!((spent / (20.0 * multiplications(4)) - 1.0).abs() < 1e-9, "{spent}");
    }
}
