//! First weights with biases.

use nets::Params;
use nets::models::Cnn;
use rand::RngExt;
use rand_pcg::Pcg64;

use crate::blocks::encoder;

/// First weights, with biases as those of convolutions begin in PyTorch: uniform within one over the root of a convolution's inputs.
pub(super) fn build(params: &mut Params<f32>, width: usize, outs: usize, rng: &mut Pcg64) -> Cnn {
    let net = encoder::build(params, width, outs);
    let mut inputs = 1;
    let places = params.tensors().to_vec();
    for (name, place) in places {
        if name.ends_with("conv.weight") {
            inputs = place.cols;
        }
        if name.ends_with("norm.bias") {
            let bound = (inputs.max(1) as f64).sqrt().recip();
            params.values[place.range()].iter_mut().for_each(|v| *v = ((2.0 * rng.random::<f64>() - 1.0) * bound) as f32);
        }
    }
    net
}
