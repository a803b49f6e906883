//! The same function in other numbers: in a larger model, and with norms and the weights after them scaled against one another.

use nets::{Params, Tensor};
use rand::RngExt;
use rand_pcg::Pcg64;

/// Factors of a rescaling lie between this and one over it.
const MOST: f64 = 4.0;

fn tensor(params: &Params<f32>, name: &str) -> Option<Tensor> {
    params.tensors().iter().find(|(known, _)| known == name).map(|(_, tensor)| *tensor)
}

/// Puts a model into one with more units in its feed-forward parts: units that are new take nothing in and give nothing out. No output changes, and
/// the gradient of every new number is zero, so that the trace is the same.
pub(super) fn embed(small: &Params<f32>, large: &mut Params<f32>) {
    for (name, from) in small.tensors() {
        let Some(to) = tensor(large, name) else { continue };
        large.values[to.range()].fill(0.0);
        for row in 0..from.rows.min(to.rows) {
            let count = from.cols.min(to.cols);
            let (a, b) = (from.start + row * from.cols, to.start + row * to.cols);
            large.values[b..b + count].copy_from_slice(&small.values[a..a + count]);
        }
    }
}

fn scale(params: &mut Params<f32>, name: &str, by: f64) {
    if let Some(tensor) = tensor(params, name) {
        params.values[tensor.range()].iter_mut().for_each(|v| *v = (f64::from(*v) * by) as f32);
    }
}

/// Multiplies gain and bias of every norm by a number, and divides the weights that read it by the same. No output changes, nor what stands at any
/// place after any block.
pub(super) fn rescale(params: &mut Params<f32>, layers: usize, rng: &mut Pcg64) {
    let mut pairs = vec![("norm".to_owned(), "head".to_owned())];
    for k in 0..layers {
        pairs.push((format!("blocks.{k}.norm"), format!("blocks.{k}.attention.project")));
        pairs.push((format!("blocks.{k}.feed_norm"), format!("blocks.{k}.widen")));
    }
    for (norm, reader) in pairs {
        let by = MOST.powf(2.0 * rng.random::<f64>() - 1.0);
        scale(params, &format!("{norm}.weight"), by);
        scale(params, &format!("{norm}.bias"), by);
        scale(params, &format!("{reader}.weight"), by.recip());
    }
}
