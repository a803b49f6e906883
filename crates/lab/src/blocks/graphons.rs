//! Graphons: symmetric functions from the unit square to [0, 1] that say how likely two nodes are linked, given where each of them lies in [0, 1].
//!
//! Six families are those of the synthetic data of W2PGNN's authors (caoyxuan/W2PGNN, `utils/simulator.py`), of which any mixture is a graphon. A
//! graph is drawn from one with places of its nodes at random; its links are undirected here and no node is linked with itself. The estimate sorts
//! the nodes of every graph by their degree and takes means over blocks: sort and smooth (Chan and Airoldi, ICML 2014), without their total
//! variation.

use rand::RngExt;
use rand_pcg::Pcg64;

/// An undirected graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Graph {
    /// How many nodes it has.
    pub(crate) nodes: usize,
    /// nodes × nodes: who is linked with whom.
    links: Vec<bool>,
}

impl Graph {
    /// Every pair of nodes is linked with a probability of its own.
    pub(crate) fn drawn(nodes: usize, rng: &mut Pcg64, chance: impl Fn(usize, usize) -> f64) -> Self {
        let mut links = vec![false; nodes * nodes];
        for a in 0..nodes {
            for b in 0..a {
                let linked = rng.random::<f64>() < chance(a, b);
                links[a * nodes + b] = linked;
                links[b * nodes + a] = linked;
            }
        }
        Self { nodes, links }
    }

    /// Of a graphon, the mixture of families with these weights: places first, then links.
    pub(crate) fn of(weights: &[f64], nodes: usize, rng: &mut Pcg64) -> Self {
        let places: Vec<f64> = (0..nodes).map(|_| rng.random::<f64>()).collect();
        Self::drawn(nodes, rng, |a, b| mixture(weights, places[a], places[b]))
    }

    /// Whether two nodes are linked.
    pub(crate) fn linked(&self, a: usize, b: usize) -> bool {
        self.links[a * self.nodes + b]
    }

    /// The neighbours of a node, in order.
    pub(crate) fn neighbours(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.nodes).filter(move |other| self.linked(node, *other))
    }

    /// How many neighbours every node has.
    pub(crate) fn degrees(&self) -> Vec<usize> {
        (0..self.nodes).map(|node| self.neighbours(node).count()).collect()
    }

    /// Links over pairs of nodes.
    pub(crate) fn density(&self) -> f64 {
        let pairs = self.nodes * self.nodes.saturating_sub(1);
        self.links.iter().filter(|linked| **linked).count() as f64 / pairs.max(1) as f64
    }

    /// How many links every node is from this one; `None` beyond `most` and where no path leads.
    pub(crate) fn distances(&self, from: usize, most: usize) -> Vec<Option<usize>> {
        let mut far = vec![None; self.nodes];
        far[from] = Some(0);
        let mut edge = vec![from];
        for distance in 1..=most {
            let mut next = Vec::new();
            for node in edge {
                for other in self.neighbours(node) {
                    if far[other].is_none() {
                        far[other] = Some(distance);
                        next.push(other);
                    }
                }
            }
            edge = next;
        }
        far
    }
}

/// How many families there are.
pub(crate) const FAMILIES: usize = 6;

/// The graphon of a family at a pair of places.
fn family(number: usize, u: f64, v: f64) -> f64 {
    let same_half = (u < 0.5) == (v < 0.5);
    match number {
        // Turned, so that nodes of high degree come first, as with the authors.
        0 => (1.0 - u) * (1.0 - v),
        1 => (-(u.powf(0.7) + v.powf(0.7))).exp(),
        2 => (u - v).abs(),
        3 => 1.0 - (u - v).abs(),
        4 => 0.8 * f64::from(u8::from(same_half)),
        _ => 0.8 * f64::from(u8::from(!same_half)),
    }
}

/// A mixture of the families at a pair of places.
fn mixture(weights: &[f64], u: f64, v: f64) -> f64 {
    weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0).map(|(number, weight)| weight * family(number, u, v)).sum()
}

/// The weights of one family alone.
pub(crate) fn pure(number: usize) -> Vec<f64> {
    (0..FAMILIES).map(|k| f64::from(u8::from(k == number))).collect()
}

/// A mixture as a step function of size × size, by its means over points in every step.
pub(crate) fn exact(weights: &[f64], size: usize) -> Vec<f64> {
    const POINTS: usize = 8;
    let place = |k: usize, point: usize| (k as f64 + (point as f64 + 0.5) / POINTS as f64) / size as f64;
    let step = |k: usize, l: usize| {
        let all = (0..POINTS * POINTS).map(|p| mixture(weights, place(k, p / POINTS), place(l, p % POINTS)));
        all.sum::<f64>() / (POINTS * POINTS) as f64
    };
    (0..size * size).map(|at| step(at / size, at % size)).collect()
}

/// The graphon that graphs are from, as a step function of size × size: nodes sorted by falling degree, and means over blocks and graphs. No graph
/// gives zeros.
pub(crate) fn estimate(graphs: &[&Graph], size: usize) -> Vec<f64> {
    let mut steps = vec![0.0; size * size];
    for graph in graphs {
        let (nodes, degrees) = (graph.nodes, graph.degrees());
        let mut order: Vec<usize> = (0..nodes).collect();
        // Stable: nodes of one degree stay in the order of the graph, which says nothing.
        order.sort_by_key(|node| std::cmp::Reverse(degrees[*node]));
        // In units in which a step is `nodes` long and a node `size`: how much of every step is the i-th node.
        let shares = |i: usize| {
            let (from, to) = (i * size, (i + 1) * size);
            (from / nodes..to.div_ceil(nodes)).map(move |k| (k, (to.min((k + 1) * nodes) - from.max(k * nodes)) as f64 / nodes as f64))
        };
        for (i, a) in order.iter().enumerate() {
            for (j, _) in order.iter().enumerate().filter(|(_, b)| graph.linked(*a, **b)) {
                for (k, mine) in shares(i) {
                    for (l, other) in shares(j) {
                        steps[k * size + l] += mine * other;
                    }
                }
            }
        }
    }
    steps.iter_mut().for_each(|step| *step /= graphs.len().max(1) as f64);
    steps
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn rng(seed: u64) -> Pcg64 {
        Pcg64::seed_from_u64(seed)
    }

    #[test]
    fn a_path_by_hand() {
        // 0 – 1 – 2, and 3 alone.
        let path = Graph::drawn(4, &mut rng(1), |a, b| f64::from(u8::from((a, b) == (1, 0) || (a, b) == (2, 1))));
        assert_eq!((path.degrees(), path.neighbours(1).collect::<Vec<_>>()), (vec![1, 2, 1, 0], vec![0, 2]));
        assert!((path.density() - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(path.distances(0, 5), [Some(0), Some(1), Some(2), None]);
        assert_eq!(path.distances(0, 1), [Some(0), Some(1), None, None]);
        // Sorted: node 1, then 0, 2, 3. Of two steps, the first holds 1 and 0, whose one link is two of four entries.
        assert_eq!(estimate(&[&path], 2), [0.5, 0.25, 0.25, 0.0]);
    }

    #[test]
    fn blocks_weigh_nodes_that_lie_across() {
        // Three nodes, all linked, in two steps: the middle node lies half in each, and nobody is linked with itself.
        let all = Graph::drawn(3, &mut rng(1), |_, _| 1.0);
        let wanted = 2.0 * (2.0 / 3.0) * (1.0 / 3.0);
        let found = estimate(&[&all], 2);
        assert!((found[0] - wanted).abs() < 1e-12 && (found[1] - (1.0 - 1.0 / 9.0)).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn every_family_is_a_graphon_and_graphs_have_its_density() {
        for number in 0..FAMILIES {
            let steps = exact(&pure(number), 10);
            let mean = steps.iter().sum::<f64>() / 100.0;
            assert!(steps.iter().all(|s| (0.0..=1.0).contains(s)));
            assert!((0..100).all(|at| (steps[at] - steps[at % 10 * 10 + at / 10]).abs() < 1e-12), "{number} is symmetric");
            let mut rng = rng(number as u64);
            let graphs: Vec<f64> = (0..60).map(|_| Graph::of(&pure(number), 40, &mut rng).density()).collect();
            let density = graphs.iter().sum::<f64>() / 60.0;
            assert!((density - mean).abs() < 0.03, "{number}: {density} {mean}");
        }
    }

    #[test]
    fn the_estimate_comes_near_where_degrees_tell_places_and_not_where_they_are_all_the_same() {
        let one = |number: usize, seed: u64| {
            let mut rng = rng(seed);
            let graph = Graph::of(&pure(number), 300, &mut rng);
            let (found, truth) = (estimate(&[&graph], 10), exact(&pure(number), 10));
            found.iter().zip(&truth).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / 100.0
        };
        let error = |number: usize| (0..8).map(|seed| one(number, seed)).sum::<f64>() / 8.0;
        assert!(error(0) < 0.003, "{}", error(0));
        // Two blocks of one expected degree: sorting mixes them, but for what chance makes one of them larger.
        assert!(error(4) > 0.05, "{}", error(4));
    }
}
