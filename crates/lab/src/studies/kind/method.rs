//! What each method begins with, what of it is trained, and what a pretraining is of.

use linalg::svd;
use ndarray::Array2;
use nets::Params;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::data::{Data, HALF, Rows, permuted};
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
    /// Learngenes and one tailor, of as many directions as that of a class, which is in use for every class: as much is in use for a row, as much is
    /// left behind afterwards, and nothing parts the one from the other.
    Ungated,
    /// Whole matrices.
    Dense,
    /// As `gated`, with tailors that are dealt out to rows at random; what says a class stays right.
    Shuffled,
    /// As `gated`, on rows whose numbers are in another order.
    Wrong,
}

impl Source {
    /// What the network is made of.
    pub(super) fn shape(self, dim: usize, width: usize, common: usize, tailor: usize) -> Shape {
        let dense = Shape { dim, width, dense: true, common: 0, tailor: 0, places: HALF, silent: false };
        match self {
            Self::Dense => dense,
            Self::Ungated => Shape { dense: false, common, tailor, places: 1, ..dense },
            _ => Shape { dense: false, common, tailor, ..dense },
        }
    }

    /// Whether every class has a tailor of its own.
    pub(super) fn gated(self) -> bool {
        matches!(self, Self::Gated | Self::Shuffled | Self::Wrong)
    }

    /// Tailors in use for a row, of those that there are.
    pub(super) fn in_use(self) -> usize {
        if self.gated() { 1 } else { HALF }
    }

    /// The rows that it learns.
    pub(super) fn rows(self, data: &Data, dim: usize, seed: u64) -> Rows {
        match self {
            Self::Wrong => permuted(&data.base, dim, &mut stream(seed, Purpose::Deal, 7)),
            _ => data.base.clone(),
        }
    }

    /// The place of the tailor of every row, where that is not the one of its class: the places of all rows, dealt out anew, so that each tailor is
    /// in use as often and belongs to nothing.
    pub(super) fn dealt(self, data: &Data, seed: u64) -> Vec<usize> {
        if self != Self::Shuffled {
            return Vec::new();
        }
        let mut places: Vec<usize> = data.base.labels.iter().filter_map(|class| data.place.get(*class as usize).copied()).collect();
        places.shuffle(&mut stream(seed, Purpose::Deal, 8));
        places
    }
}

impl Method {
    /// What it begins with, if anything is pretrained. Of two, what is added last is of the first, and all else of the second.
    pub(super) fn sources(self) -> &'static [Source] {
        match self {
            // Random learngenes stand among what was pretrained as it is for `kind`: they alone are other ones.
            Self::Kind | Self::KindTuned | Self::Random => &[Source::Gated],
            Self::Wrong => &[Source::Gated, Source::Wrong],
            Self::Ungated => &[Source::Ungated],
            Self::Svd | Self::Lora | Self::LoraGated | Self::Pissa | Self::Full => &[Source::Dense],
            Self::Shuffled => &[Source::Shuffled],
            Self::Scratch | Self::ScratchLonger => &[],
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

    /// Tailors in use for a row, of those that there are.
    pub(super) fn in_use(self) -> usize {
        if self.gated() { 1 } else { HALF }
    }

    /// Whether everything is trained on the new classes.
    pub(super) fn trains_all(self) -> bool {
        self == Self::KindTuned || !self.has_tailors()
    }

    /// Whether a tensor of this name is trained on the new classes.
    pub(super) fn trains(self, name: &str) -> bool {
        self.trains_all() || name.contains(".tailor.") || says_class(name)
    }
}

impl Settings {
    /// What its network on the new classes is made of.
    pub(super) fn shape(&self) -> Shape {
        let (dim, width) = (self.ground().dim(), self.width);
        let (common, dense) = if self.method.has_learngenes() { (self.common, false) } else { (0, true) };
        let tailor = if self.method.has_tailors() { self.tailor } else { 0 };
        Shape { dim, width, dense, common, tailor, places: HALF, silent: true }
    }
}

/// Whether a tensor of this name says a class.
fn says_class(name: &str) -> bool {
    name.starts_with("classes")
}

/// Whether a tensor of this name goes over from pretraining: all but what is of its classes.
fn goes_over(name: &str) -> bool {
    !says_class(name) && !name.contains(".tailor.")
}

/// Whether a tensor of this name is of learngenes.
fn of_learngenes(name: &str) -> bool {
    name.contains(".common.")
}

/// A whole matrix as it lies in the network, outputs by inputs.
fn whole(params: &Params<f32>, layer: usize) -> Result<Array2<f64>, StudyError> {
    let at = tensor(params, &format!("layers.{layer}.dense.weight")).ok_or_else(|| other("there is no whole matrix to take apart"))?;
    let values = &params.values[at.range()];
    Ok(Array2::from_shape_fn((at.rows, at.cols), |(i, j)| f64::from(values[i * at.cols + j])))
}

/// Writes the first singular directions of a matrix into a part of low rank. Singular values are in `scale`; or their roots are in both matrices,
/// where `split` (as in PiSSA, Meng et al., arXiv 2404.02948). Gives the product that is in the part now.
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

/// The network with which a method begins on the new classes. `pretrained` are the numbers of its pretrainings, in the order of its sources.
pub(super) fn start(own: &Settings, seed: u64, pretrained: &[Params<f32>]) -> Result<(Network, Params<f32>), StudyError> {
    let shape = own.shape();
    if matches!(own.method, Method::Scratch | Method::ScratchLonger) {
        // The first weights of the pretraining of whole matrices; what says a class begins with the same numbers in all arms.
        let (net, mut params) = Network::new(shape, stream(seed, Purpose::Weights, 0));
        inherit(&mut params, &Network::new(shape, stream(seed, Purpose::Head, 0)).1, says_class);
        return Ok((net, params));
    }
    let (net, mut params) = Network::new(shape, stream(seed, Purpose::Head, 0));
    let lacks = || other("a method lacks the pretraining that it begins with");
    let from = pretrained.first().ok_or_else(lacks)?;
    inherit(&mut params, from, goes_over);
    match own.method {
        Method::Wrong => {
            // Learngenes belong with what says the time beside them; what is added last lies in the order of the rows, which was another one there.
            let last = format!("layers.{}.bias", shape.sizes().len().saturating_sub(1));
            inherit(&mut params, pretrained.get(1).ok_or_else(lacks)?, |name| goes_over(name) && name != last);
        }
        Method::Random => {
            let first = Source::Gated.shape(shape.dim, shape.width, own.common, own.tailor);
            inherit(&mut params, &Network::new(first, stream(seed, Purpose::Weights, 0)).1, of_learngenes);
        }
        _ => {}
    }
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
