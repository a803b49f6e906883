//! The shared encoder in pictures of any size: what it costs, its features and its scores.

use nets::layers::Images;
use nets::models::Cnn;
use nets::{Pass, Training, Var};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::samples::Samples;

/// Numbers of pictures that are looked at side by side, about.
const LOOK: usize = 1 << 17;

/// Multiplications of a picture of this side passed forward; strides are 2, 2 and 1, as in `encoder::build`.
pub(crate) fn multiplications(width: usize, side: usize) -> f64 {
    let half = |n: usize| n.saturating_sub(1) / 2 + 1;
    let (first, second) = (half(side), half(half(side)));
    let (w, first, second) = (width as f64, (first * first) as f64, (second * second) as f64);
    first * 9.0 * w + second * (18.0 * w * w + 72.0 * w * w)
}

/// Features of all pictures, frozen.
pub(crate) fn features(net: &Cnn, training: &mut Training<f32>, samples: &Samples) -> Vec<f32> {
    look(training, samples, |pass, x, shape| net.features(pass, x, shape))
}

/// Scores of all classes for all pictures, frozen.
pub(crate) fn scores(net: &Cnn, training: &mut Training<f32>, samples: &Samples) -> Vec<f32> {
    look(training, samples, |pass, x, shape| net.scores(pass, x, shape))
}

/// What `of` makes of all pictures, some of them at a time.
fn look(training: &mut Training<f32>, samples: &Samples, of: impl Fn(&mut Pass<'_, f32>, Var, Images) -> Var) -> Vec<f32> {
    let each = (samples.side * samples.side).max(1);
    let mut all = Vec::new();
    for block in samples.pixels.chunks((LOOK / each).max(1) * each) {
        let shape = Images { batch: block.len() / each, height: samples.side, width: samples.side };
        training.infer(Pcg64::seed_from_u64(0), |pass| {
            let x = pass.input(block, shape.rows(), 1);
            let found = of(pass, x, shape);
            all.extend_from_slice(pass.value(found));
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::encoder;
    use super::*;
    use nets::Params;

    #[test]
    fn any_size_will_do_and_its_cost_is_known() {
        let mut params = Params::<f32>::new(Pcg64::seed_from_u64(1));
        let net = encoder::build(&mut params, 3, 5);
        let mut training = Training::new(params, 0.0);
        for side in [7, 14, 20, 28, 42] {
            let pixels: Vec<f32> = (0..3 * side * side).map(|k| (k as f32 * 0.3).sin()).collect();
            let samples = Samples { pixels, labels: vec![0; 3], side };
            let before = nets::product::operations();
            assert_eq!(features(&net, &mut training, &samples).len(), 3 * encoder::features_of(3));
            let spent = (nets::product::operations() - before) as f64;
            assert_eq!(spent, 3.0 * 2.0 * multiplications(3, side), "{side}");
            assert_eq!(scores(&net, &mut training, &samples).len(), 3 * 5);
        }
    }
}
