//! What a network looks like: how many weights it has, and how many multiplications it takes.

use super::Network;

/// Patches of a picture, from top to bottom and from left to right.
pub(super) const ACROSS: usize = 4;

/// Patches of a picture.
pub(super) const TOKENS: usize = ACROSS * ACROSS;

/// How many times wider than the network the inner layer of a block is.
pub(super) const WIDER: usize = 4;

/// What a network looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) network: Network,
    /// The side of a picture.
    pub(super) side: usize,
    pub(super) width: usize,
    pub(super) depth: usize,
    pub(super) heads: usize,
    /// How many times fewer weights a layer has; 0 where layers are whole.
    pub(super) ratio: usize,
}

/// The rank at which a layer has a `ratio`-th of its weights, rounded down; at least 1.
pub(super) fn rank(ins: usize, outs: usize, ratio: usize) -> usize {
    (ins * outs / (ratio * (ins + outs)).max(1)).max(1)
}

impl Shape {
    /// Inputs and outputs of all layers that are cut, in their order.
    pub(super) fn sizes(&self) -> Vec<(usize, usize)> {
        let w = self.width;
        match self.network {
            Network::Mlp => (0..self.depth).map(|k| (if k == 0 { self.side * self.side } else { w }, w)).collect(),
            Network::Vit => (0..self.depth).flat_map(|_| [(w, 3 * w), (w, w), (w, WIDER * w), (WIDER * w, w)]).collect(),
        }
    }

    /// Weights of a layer, its bias left out; as many multiplications are made for a row.
    fn layer(&self, ins: usize, outs: usize) -> usize {
        if self.ratio == 0 { ins * outs } else { rank(ins, outs, self.ratio) * (ins + outs) }
    }

    /// Pixels of a patch.
    pub(super) fn patch(&self) -> usize {
        (self.side / ACROSS) * (self.side / ACROSS)
    }

    /// How many numbers are trained.
    pub(super) fn weights(&self, classes: usize) -> usize {
        let layers: usize = self.sizes().into_iter().map(|(ins, outs)| self.layer(ins, outs) + outs).sum();
        let rest = match self.network {
            Network::Mlp => 0,
            // Embedding of patches and of places, two norms a block and one at the end.
            Network::Vit => (self.patch() + 1 + TOKENS + 4 * self.depth + 2) * self.width,
        };
        layers + rest + (self.width + 1) * classes
    }

    /// Multiplications of a picture passed forward.
    pub(super) fn multiplications(&self, classes: usize) -> f64 {
        let layers: usize = self.sizes().into_iter().map(|(ins, outs)| self.layer(ins, outs)).sum();
        let body = match self.network {
            Network::Mlp => layers,
            Network::Vit => TOKENS * (layers + self.patch() * self.width + 2 * self.depth * TOKENS * self.width),
        };
        (body + self.width * classes) as f64
    }

    /// The widest network of whole layers that has no more weights than this one.
    pub(super) fn small(self, classes: usize) -> Self {
        let most = self.weights(classes);
        let apart = if self.network == Network::Vit { self.heads.max(1) } else { 1 };
        let with = |width: usize| Self { width, ratio: 0, ..self };
        let fits = (1..=self.width / apart).rev().map(|k| with(k * apart)).find(|shape| shape.weights(classes) <= most);
        fits.unwrap_or(with(apart))
    }
}
