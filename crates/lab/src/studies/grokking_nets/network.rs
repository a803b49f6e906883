//! The three networks, put together from layers.

use nets::layers::attention::{Weights, attend};
use nets::layers::{Embedding, Linear};
use nets::models::Mlp;
use nets::models::mlp::Activation;
use nets::{Init, Params, Pass, Real, Var};

use super::examples::{Examples, LENGTH};
use super::{HEADS, PIXELS, Setting, Settings};
use crate::blocks::digits::CLASSES;

/// A network.
pub(super) enum Net {
    /// Two hidden layers of ReLU.
    Perceptron(Mlp),
    /// One layer of attention and one of ReLU, without layer norm; it answers at the last token.
    Transformer(Box<Transformer>),
    /// The mean of ReLUs.
    Committee(Linear),
}

/// The layers of a transformer.
pub(super) struct Transformer {
    tokens: Embedding,
    places: Embedding,
    project: Linear,
    out: Linear,
    widen: Linear,
    narrow: Linear,
    head: Linear,
}

impl Net {
    /// With its first weights.
    pub(super) fn new<T: Real>(params: &mut Params<T>, settings: &Settings) -> Self {
        let width = settings.width;
        let net = match settings.setting {
            Setting::Mnist => Self::Perceptron(Mlp::new(params, "net", &[PIXELS, width, width, CLASSES], Activation::Relu)),
            Setting::Modular => Self::Transformer(Box::new(Transformer::new(params, settings.modulus, width))),
            Setting::StudentTeacher => {
                let sd = (settings.dim as f64).sqrt().recip();
                Self::Committee(Linear::plain(params, "units", settings.dim, width, Init::Normal(sd)))
            }
        };
        let factor = T::of(settings.init);
        params.values.iter_mut().for_each(|v| *v *= factor);
        net
    }

    /// Outputs before the scale: examples × outputs.
    pub(super) fn outputs<T: Real>(&self, pass: &mut Pass<'_, T>, examples: &Examples<T>) -> Var {
        match self {
            Self::Perceptron(net) => {
                let x = pass.input(&examples.inputs, examples.count, examples.cols);
                net.forward(pass, x)
            }
            Self::Transformer(net) => net.outputs(pass, examples),
            Self::Committee(units) => {
                let x = pass.input(&examples.inputs, examples.count, examples.cols);
                let fields = units.forward(pass, x);
                let active = pass.relu(fields);
                let sum = pass.sum_columns(active);
                pass.affine(sum, 1.0 / units.outs as f64, 0.0)
            }
        }
    }
}

impl Transformer {
    fn new<T: Real>(params: &mut Params<T>, modulus: usize, width: usize) -> Self {
        let sd = (width as f64).sqrt().recip();
        let plain = |params: &mut Params<T>, name: &str, ins: usize, outs: usize| Linear::plain(params, name, ins, outs, Init::torch(ins));
        Self {
            tokens: Embedding::new(params, "tokens", modulus + 1, width, sd),
            places: Embedding::new(params, "places", LENGTH, width, sd),
            project: plain(params, "project", width, 3 * width),
            out: plain(params, "out", width, width),
            widen: Linear::with(params, "widen", width, 4 * width, Init::torch(width)),
            narrow: Linear::with(params, "narrow", 4 * width, width, Init::torch(4 * width)),
            head: plain(params, "head", width, modulus),
        }
    }

    fn outputs<T: Real>(&self, pass: &mut Pass<'_, T>, examples: &Examples<T>) -> Var {
        let all = &examples.tokens;
        let (embedded, placed) = (self.tokens.forward(pass, &all.tokens), self.places.forward(pass, &all.places));
        let x = pass.add(embedded, placed);
        let projected = self.project.forward(pass, x);
        let seen = attend(pass, projected, HEADS, &all.sequences, Weights::Softmax);
        // From here on only the last token matters.
        let (x, seen) = (pass.gather(x, all.last.clone()), pass.gather(seen, all.last.clone()));
        let attended = self.out.forward(pass, seen);
        let x = pass.add(x, attended);
        let wide = self.widen.forward(pass, x);
        let wide = pass.relu(wide);
        let fed = self.narrow.forward(pass, wide);
        let x = pass.add(x, fed);
        self.head.forward(pass, x)
    }
}
