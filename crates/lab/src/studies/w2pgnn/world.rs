//! A world: graphs of six families, sets of sources, and targets that are mixtures.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::Settings;
use crate::blocks::graphons::{FAMILIES, Graph, pure};
use crate::blocks::streams::{Purpose, stream};

/// The sets of sources, as places in the order of families that a seed deals out. Every family is in some set.
pub(super) const SETS: [&[usize]; 6] = [&[0], &[1], &[2, 3], &[4, 0], &[1, 2, 5], &[3, 4, 5]];

/// How many targets there are.
pub(super) const TARGETS: usize = 5;

/// Pairs of a set and a target, set by set.
pub(super) const PAIRS: usize = SETS.len() * TARGETS;

/// Nodes of the smallest graph and of the largest.
const NODES: (usize, usize) = (20, 40);

/// Nodes of a graph, on average.
pub(super) const MEAN_NODES: f64 = 30.0;

/// A target.
pub(super) struct Target {
    /// The weights of its families.
    pub(super) weights: Vec<f64>,
    pub(super) train: Vec<Graph>,
    pub(super) valid: Vec<Graph>,
    pub(super) test: Vec<Graph>,
    /// Graphs that come without roles.
    pub(super) observed: Vec<Graph>,
}

/// All of a seed.
pub(super) struct World {
    /// The families of every set.
    pub(super) sets: Vec<Vec<usize>>,
    /// For every family as many graphs as a set has.
    pools: Vec<Vec<Graph>>,
    pub(super) targets: Vec<Target>,
}

fn graphs(weights: &[f64], count: usize, rng: &mut Pcg64) -> Vec<Graph> {
    let one = |_| {
        let nodes = rng.random_range(NODES.0..=NODES.1);
        Graph::of(weights, nodes, rng)
    };
    (0..count).map(one).collect()
}

/// Weights of these families: exponential numbers and a half, so that none is next to nothing, over their sum.
fn weights(families: &[usize], rng: &mut Pcg64) -> Vec<f64> {
    let mut all = vec![0.0; FAMILIES];
    for family in families {
        all[*family] = 0.5 - (1.0 - rng.random::<f64>()).ln();
    }
    let sum: f64 = all.iter().sum();
    all.iter_mut().for_each(|weight| *weight /= sum);
    all
}

impl World {
    pub(super) fn new(own: &Settings, seed: u64) -> Self {
        let mut deal = stream(seed, Purpose::Deal, 0);
        let mut order: Vec<usize> = (0..FAMILIES).collect();
        order.shuffle(&mut deal);
        let sets: Vec<Vec<usize>> = SETS.iter().map(|set| set.iter().map(|place| order[*place]).collect()).collect();
        // Three targets of the families of a set, one of each number; and two of any two and any three.
        let mut any = |count: usize| {
            let mut all: Vec<usize> = (0..FAMILIES).collect();
            all.shuffle(&mut deal);
            all.truncate(count);
            all
        };
        let families = [sets[0].clone(), sets[2].clone(), sets[4].clone(), any(2), any(3)];
        let pool = |family: usize| graphs(&pure(family), own.graphs, &mut stream(seed, Purpose::Pictures, family as u64));
        let target = |(number, families): (usize, &Vec<usize>)| {
            let mut rng = stream(seed, Purpose::Pictures, 100 + number as u64);
            let weights = weights(families, &mut rng);
            let mut draw = |count: usize| graphs(&weights, count, &mut rng);
            let (train, valid, test, observed) = (draw(own.examples), draw(own.valid), draw(own.test), draw(own.observed));
            Target { weights, train, valid, test, observed }
        };
        let targets = families.iter().enumerate().map(target).collect();
        Self { pools: (0..FAMILIES).map(pool).collect(), sets, targets }
    }

    /// The graphs of a set, family by family, equally many of each.
    pub(super) fn sources(&self, set: usize) -> Vec<Vec<&Graph>> {
        let families = &self.sets[set];
        families.iter().map(|family| self.pools[*family].iter().take(self.pools[*family].len() / families.len()).collect()).collect()
    }

    /// Random graphs with the sizes and densities of the graphs of a set.
    pub(super) fn random_graphs(&self, set: usize, seed: u64) -> Vec<Graph> {
        let mut rng = stream(seed, Purpose::Pictures, 200 + set as u64);
        let like = |graph: &Graph| {
            let density = graph.density();
            Graph::drawn(graph.nodes, &mut rng, |_, _| density)
        };
        self.sources(set).into_iter().flatten().map(like).collect()
    }

    /// The weight of a target's families that are in a set.
    pub(super) fn shared(&self, set: usize, target: usize) -> f64 {
        self.sets[set].iter().map(|family| self.targets[target].weights[*family]).sum()
    }
}
