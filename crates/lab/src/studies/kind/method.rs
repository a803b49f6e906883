//! What each method begins with, what of it is trained, and what a pretraining is of.

use linalg::svd;
use ndarray::Array2;
use nets::Params;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::data::{Data, Rows, permuted};
use super::network::{Network, Shape, inherit, tensor};
use super::{Method, Settings, other};
use crate::StudyError;
use crate::blocks::streams::{Purpose, stream};

/// What is pretrained, on what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Source {
    /// Learngenes and tailors, each class with its own.
    Gated,
    /// The same, and all tailors are in use for every class.
    Ungated,
    /// Whole matrices.
    Dense,
    /// As `gated`, on classes that are dealt out at random.
    Shuffled,
    /// As `gated`, on rows whose numbers are in another order.
    Wrong,
}

impl Source {
    /// What the network is made of.
    pub(super) fn shape(self, dim: usize, width: usize, common: usize, tailor: usize) -> Shape {
        let dense = Shape { dim, width, dense: true, common: 0, tailor: 0, silent: false };
        if self == Self::Dense { dense } else { Shape { dense: false, common, tailor, ..dense } }
    }

    /// Whether every class has a tailor of its own.
    pub(super) fn gated(self) -> bool {
        matches!(self, Self::Gated | Self::Shuffled | Self::Wrong)
    }

    /// The rows that it learns.
    pub(super) fn rows(self, data: &Data, dim: usize, seed: u64) -> Rows {
        match self {
            Self::Wrong => permuted(&data.base, dim, &mut stream(seed, Purpose::Deal, 7)),
            Self::Shuffled => {
                let mut rows = data.base.clone();
                rows.labels.shuffle(&mut stream(seed, Purpose::Deal, 8));
                rows
            }
            _ => data.base.clone(),
        }
    }
}

impl Method {
    /// What it begins with, if anything is pretrained.
    pub(super) fn source(self) -> Option<Source> {
        match self {
            Self::Kind | Self::KindTuned => Some(Source::Gated),
            Self::Ungated => Some(Source::Ungated),
            Self::Svd | Self::Lora | Self::LoraGated | Self::Pissa | Self::Full => Some(Source::Dense),
            Self::Shuffled => Some(Source::Shuffled),
            Self::Wrong => Some(Source::Wrong),
            Self::Random | Self::Scratch | Self::ScratchLonger => None,
        }
    }

    /// Whether its network has learngenes.
    fn has_learngenes(self) -> bool {
        matches!(self, Self::Kind | Self::KindTuned | Self::Ungated | Self::Svd | Self::Shuffled | Self::Wrong | Self::Random)
    }

    /// Whether it has parts of low rank that are trained on the new classes.
    fn has_tailors(self) -> bool {
        !matches!(self, Self::Full | Self::Scratch | Self::ScratchLonger)
    }

    /// Whether every new class has parts of its own.
    pub(super) fn gated(self) -> bool {
        self.has_tailors() && !matches!(self, Self::Lora | Self::Pissa)
    }

    /// Whether a tensor of this name is trained on the new classes.
    pub(super) fn trains(self, name: &str) -> bool {
        self == Self::KindTuned || !self.has_tailors() || name.contains(".tailor.") || name.starts_with("classes")
    }
}

impl Settings {
    /// What its network on the new classes is made of.
    pub(super) fn shape(&self) -> Shape {
        let (dim, width) = (self.ground().dim(), self.width);
        let (common, dense) = if self.method.has_learngenes() { (self.common, false) } else { (0, true) };
        let tailor = if self.method.has_tailors() { self.tailor } else { 0 };
        Shape { dim, width, dense, common, tailor, silent: true }
    }
}

/// Whether a tensor of this name goes over from pretraining: all but what is of its classes.
fn goes_over(name: &str) -> bool {
    !name.starts_with("classes") && !name.contains(".tailor.")
}

/// A whole matrix as it lies in the network, outputs by inputs.
fn whole(params: &Params<f32>, layer: usize) -> Result<Array2<f64>, StudyError> {
    let at = tensor(params, &format!("layers.{layer}.dense.weight")).ok_or_else(|| other("there is no whole matrix to take apart"))?;
    let values = &params.values[at.range()];
    Ok(Array2::from_shape_fn((at.rows, at.cols), |(i, j)| f64::from(values[i * at.cols + j])))
}

/// Writes the first singular directions of a matrix into a part of low rank. Singular values are in `scale`; or their roots are in both matrices, where
/// `split` (as in PiSSA, Meng et al., arXiv 2404.02948). Gives the product that is in the part now.
fn write(to: &mut Params<f32>, part: &str, matrix: &Array2<f64>, split: bool) -> Result<Array2<f64>, StudyError> {
    let (u, s, vt) = svd(matrix.view()).map_err(other)?;
    let of = |name: &str| tensor(to, &format!("{part}.{name}")).ok_or_else(|| other(format!("there is no part `{part}`")));
    let (down, up, scale) = (of("down.weight")?, of("up.weight")?, of("scale")?);
    let rank = scale.cols.min(s.len());
    let root = |k: usize| if split { s[k].sqrt() } else { 1.0 };
    let mut product = Array2::zeros(matrix.raw_dim());
    for k in 0..rank {
        for j in 0..down.cols {
            to.values[down.start + k * down.cols + j] = (root(k) * vt[(k, j)]) as f32;
        }
        for i in 0..up.rows {
            to.values[up.start + i * up.cols + k] = (root(k) * u[(i, k)]) as f32;
            for j in 0..down.cols {
                product[(i, j)] += u[(i, k)] * s[k] * vt[(k, j)];
            }
        }
        to.values[scale.start + k] = if split { 1.0 } else { s[k] as f32 };
    }
    Ok(product)
}

/// The network with which a method begins on the new classes. `pretrained` are the numbers of its pretraining, if it has one.
pub(super) fn start(own: &Settings, seed: u64, pretrained: Option<&Params<f32>>) -> Result<(Network, Params<f32>), StudyError> {
    let shape = own.shape();
    if matches!(own.method, Method::Scratch | Method::ScratchLonger) {
        // The first weights of the pretraining of whole matrices.
        return Ok(Network::new(shape, stream(seed, Purpose::Weights, 0)));
    }
    let (net, mut params) = Network::new(shape, stream(seed, Purpose::Head, 0));
    let untrained = Network::new(Source::Gated.shape(shape.dim, shape.width, own.common, own.tailor), stream(seed, Purpose::Weights, 0)).1;
    let from = match (own.method, pretrained) {
        (Method::Random, _) => &untrained,
        (_, Some(from)) => from,
        (_, None) => return Err(other("a method lacks the pretraining that it begins with")),
    };
    inherit(&mut params, from, goes_over);
    for layer in 0..shape.sizes().len() {
        match own.method {
            Method::Svd => {
                let matrix = whole(from, layer)?;
                write(&mut params, &format!("layers.{layer}.common"), &matrix, false)?;
            }
            Method::Pissa => {
                let matrix = whole(from, layer)?;
                let principal = write(&mut params, &format!("layers.{layer}.tailor"), &matrix, true)?;
                let at = tensor(&params, &format!("layers.{layer}.dense.weight")).ok_or_else(|| other("there is no whole matrix to leave the rest in"))?;
                for (value, rest) in params.values[at.range()].iter_mut().zip((&matrix - &principal).iter()) {
                    *value = *rest as f32;
                }
            }
            _ => {}
        }
    }
    Ok((net, params))
}
