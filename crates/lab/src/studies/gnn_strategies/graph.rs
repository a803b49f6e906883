//! Graphs with coloured nodes and bonds, sets of them with labels, and batches that a network reads.

use std::sync::Arc;

use nets::layers::Edges;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

/// An undirected graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Graph {
    /// The colour of every node: the element of an atom.
    pub(super) colours: Vec<u8>,
    /// Two nodes and the kind of their bond.
    pub(super) bonds: Vec<(u32, u32, u8)>,
}

impl Graph {
    pub(super) fn len(&self) -> usize {
        self.colours.len()
    }

    /// For every node its neighbours.
    pub(super) fn neighbours(&self) -> Vec<Vec<u32>> {
        let mut next = vec![Vec::new(); self.len()];
        for &(a, b, _) in &self.bonds {
            next[a as usize].push(b);
            next[b as usize].push(a);
        }
        next
    }

    /// The graph of these nodes alone, which are numbered in their order. `place` has room for a number for each node of the whole.
    pub(super) fn part(&self, nodes: &[u32], place: &mut Vec<u32>) -> Self {
        place.clear();
        place.resize(self.len(), u32::MAX);
        nodes.iter().enumerate().for_each(|(k, &v)| place[v as usize] = k as u32);
        let new = |v: u32| Some(place[v as usize]).filter(|k| *k != u32::MAX);
        let bonds = self.bonds.iter().filter_map(|&(a, b, kind)| Some((new(a)?, new(b)?, kind))).collect();
        Self { colours: nodes.iter().map(|&v| self.colours[v as usize]).collect(), bonds }
    }
}

/// How many colours of nodes and kinds of bonds there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alphabet {
    pub(super) colours: usize,
    pub(super) bonds: usize,
}

/// Graphs with labels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Set {
    pub(super) graphs: Vec<Graph>,
    /// For every graph a label of every task: 1, 0, or NaN where it is not known.
    pub(super) labels: Vec<f32>,
    pub(super) tasks: usize,
}

impl Set {
    /// The labels of a graph.
    pub(super) fn labels(&self, graph: usize) -> &[f32] {
        &self.labels[graph * self.tasks..(graph + 1) * self.tasks]
    }
}

/// What is trained on, what the epoch and the learning rate are chosen by, and what is measured on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) train: Vec<usize>,
    pub(super) valid: Vec<usize>,
    pub(super) test: Vec<usize>,
}

/// A split by scaffolds: graphs with one scaffold lie in one part. Tenths for validation and test; scaffolds that would fill half of
/// such a part come first and are trained on, the others follow in random order.
pub(super) fn by_scaffold(scaffolds: &[u64], rng: &mut Pcg64) -> Parts {
    let tenth = scaffolds.len() / 10;
    let mut order: Vec<usize> = (0..scaffolds.len()).collect();
    // Stable: graphs of one scaffold keep their order.
    order.sort_by_key(|&k| scaffolds[k]);
    let groups: Vec<&[usize]> = order.chunk_by(|&a, &b| scaffolds[a] == scaffolds[b]).collect();
    let (mut large, mut small): (Vec<&[usize]>, Vec<&[usize]>) = groups.into_iter().partition(|group| 2 * group.len() > tenth);
    large.shuffle(rng);
    small.shuffle(rng);
    let mut parts = Parts::default();
    for group in large.into_iter().chain(small) {
        let to = if parts.train.len() + group.len() <= scaffolds.len() - 2 * tenth {
            &mut parts.train
        } else if parts.valid.len() + group.len() <= tenth {
            &mut parts.valid
        } else {
            &mut parts.test
        };
        to.extend(group);
    }
    parts
}

/// Graphs side by side.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The colour of every node.
    pub(super) tokens: Vec<u32>,
    /// Both directions of every bond.
    pairs: Vec<(u32, u32)>,
    /// The kind of each of them.
    pub(super) bonds: Vec<u32>,
    /// Where each graph ends.
    ends: Vec<usize>,
}

impl Batch {
    /// Adds a graph; gives the row of its first node.
    pub(super) fn push(&mut self, graph: &Graph) -> usize {
        let first = self.tokens.len();
        let shift = first as u32;
        self.tokens.extend(graph.colours.iter().map(|&c| u32::from(c)));
        for &(a, b, kind) in &graph.bonds {
            self.pairs.extend([(a + shift, b + shift), (b + shift, a + shift)]);
            self.bonds.extend([u32::from(kind); 2]);
        }
        self.ends.push(self.tokens.len());
        first
    }

    pub(super) fn graphs(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn edges(&self) -> Edges {
        Edges { pairs: self.pairs.as_slice().into() }
    }

    /// Where each graph begins, and where the last one ends.
    pub(super) fn starts(&self) -> Arc<[usize]> {
        std::iter::once(0).chain(self.ends.iter().copied()).collect()
    }

    /// 1/√(degree + 1) of every node, and of the node that every directed bond comes from.
    pub(super) fn inverse_roots(&self) -> (Vec<f64>, Vec<f64>) {
        let mut degrees = vec![1.0_f64; self.tokens.len()];
        self.pairs.iter().for_each(|&(_, to)| degrees[to as usize] += 1.0);
        degrees.iter_mut().for_each(|d| *d = d.sqrt().recip());
        let from = self.pairs.iter().map(|&(from, _)| degrees[from as usize]).collect();
        (degrees, from)
    }
}
