//! What every look at a training sees, as numbers one after the other, so that it is kept with the progress.

use super::Settings;
use super::world::World;
use crate::blocks::pathways;

/// Numbers of a look beside what it sees of single questions.
pub(super) const NUMBERS: usize = 8;

/// The three domains, in the order in which they are learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    Sums,
    Pairs,
    Text,
}

/// How many numbers of each kind a look has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Questions that are learned.
    pub(super) learned: usize,
    /// Sums and texts that are held out.
    pub(super) held_out: [usize; 2],
    /// Questions of a domain whose ways are kept.
    pub(super) tracked: usize,
    /// Layers, and experts of each.
    pub(super) layers: [usize; 2],
}

impl Shape {
    pub(super) fn of(own: &Settings, world: &World) -> Self {
        let held_out = [world.sums.len(), world.text.len()];
        Self { learned: world.learned.len(), held_out, tracked: own.tracked, layers: [own.layers, own.experts] }
    }

    /// Weights of one way.
    fn way(self) -> usize {
        self.layers[0] * self.layers[1]
    }

    /// All numbers of a look.
    fn len(self) -> usize {
        1 + NUMBERS + self.learned + self.held_out[0] + self.held_out[1] + 3 * self.tracked * self.way()
    }
}

/// A look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look<'a> {
    /// Steps done.
    pub(super) step: f64,
    /// Share of right answers to sums, pairs and texts that are learned, to sums and texts that are held out; mean loss; complexity; mean cosine.
    pub(super) numbers: [f64; NUMBERS],
    /// The loss of every question that is learned.
    pub(super) losses: &'a [f32],
    /// 1 for every sum that is held out and rightly answered.
    pub(super) sums: &'a [f32],
    /// The same of texts.
    pub(super) text: &'a [f32],
    weights: &'a [f32],
    shape: Shape,
}

impl<'a> Look<'a> {
    /// The looks that lie one after the other.
    pub(super) fn all(memory: &'a [f32], shape: Shape) -> Vec<Self> {
        memory.chunks_exact(shape.len()).filter_map(|chunk| Self::of(chunk, shape)).collect()
    }

    fn of(chunk: &'a [f32], shape: Shape) -> Option<Self> {
        let (step, rest) = chunk.split_first()?;
        let (numbers, rest) = rest.split_first_chunk::<NUMBERS>()?;
        let (losses, rest) = rest.split_at_checked(shape.learned)?;
        let (sums, rest) = rest.split_at_checked(shape.held_out[0])?;
        let (text, weights) = rest.split_at_checked(shape.held_out[1])?;
        Some(Self { step: f64::from(*step), numbers: numbers.map(f64::from), losses, sums, text, weights, shape })
    }

    /// Of every tracked question of a domain the weights of experts, layer after layer.
    pub(super) fn weights(&self, domain: Domain) -> Vec<Vec<Vec<f64>>> {
        let (way, experts) = (self.shape.way().max(1), self.shape.layers[1].max(1));
        let ways = self.weights.chunks_exact(way).skip(domain as usize * self.shape.tracked).take(self.shape.tracked);
        let layer = |weights: &[f32]| weights.iter().map(|w| f64::from(*w)).collect::<Vec<f64>>();
        ways.map(|way| way.chunks_exact(experts).map(layer).collect()).collect()
    }

    /// The ways of the tracked questions of a domain, written.
    pub(super) fn ways(&self, domain: Domain, share: f64) -> Vec<Vec<u8>> {
        self.weights(domain).iter().map(|layers| written(layers, share)).collect()
    }
}

/// A way by its weights.
pub(super) fn written(layers: &[Vec<f64>], share: f64) -> Vec<u8> {
    let experts: Vec<Vec<usize>> = layers.iter().map(|weights| pathways::experts(weights, share)).collect();
    pathways::written(&experts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_lie_one_after_the_other() {
        let shape = Shape { learned: 3, held_out: [2, 1], tracked: 1, layers: [2, 2] };
        let len = shape.len();
        assert_eq!(len, 1 + 8 + 3 + 2 + 1 + 12);
        let memory: Vec<f32> = (0..2 * len).map(|k| k as f32).collect();
        let looks = Look::all(&memory, shape);
        assert_eq!((looks.len(), looks[1].step, looks[0].numbers[7]), (2, len as f64, 8.0));
        assert_eq!((looks[0].losses, looks[0].sums, looks[0].text), (&[9.0, 10.0, 11.0][..], &[12.0, 13.0][..], &[14.0][..]));
        assert_eq!(looks[0].weights(Domain::Pairs), [[[19.0, 20.0], [21.0, 22.0]]]);
        assert_eq!(looks[0].ways(Domain::Text, 0.4), [b"1-1".to_vec()]);
    }
}
