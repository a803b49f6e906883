//! A small convolutional network: convolutions with batch norm and ReLU, a mean over the image, a linear head.

use crate::layers::{BatchNorm, Conv, Images, Linear, pooling};
use crate::{Params, Pass, Real, Var};

/// The network.
#[derive(Clone, Debug)]
pub struct Cnn {
    stages: Vec<(Conv, BatchNorm)>,
    head: Linear,
}

impl Cnn {
    /// For images of `channels` channels: a 3 × 3 convolution for every (channels, stride) of `stages`, and scores of `classes`.
    pub fn new<T: Real>(params: &mut Params<T>, channels: usize, stages: &[(usize, usize)], classes: usize) -> Self {
        let mut ins = channels;
        let mut built = Vec::new();
        for (k, &(outs, stride)) in stages.iter().enumerate() {
            let conv = Conv::new(params, &format!("stages.{k}.conv"), ins, outs, 3, stride);
            built.push((conv, BatchNorm::new(params, &format!("stages.{k}.norm"), outs)));
            ins = outs;
        }
        Self { stages: built, head: Linear::new(params, "head", ins, classes) }
    }

    /// Features of every image, before the head.
    pub fn features<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var, images: Images) -> Var {
        let (mut x, mut shape) = (x, images);
        for (conv, norm) in &self.stages {
            x = conv.forward(pass, x, shape);
            shape = conv.shape(shape);
            x = norm.forward(pass, x);
        }
        pooling::pool(pass, x, &pooling::equal_parts(shape.batch, shape.height * shape.width), true)
    }

    /// Images → scores of every class.
    pub fn scores<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var, images: Images) -> Var {
        let features = self.features(pass, x, images);
        self.head.forward(pass, features)
    }
}
