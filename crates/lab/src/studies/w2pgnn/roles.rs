//! Batches of graphs as a network reads them, and the roles of their nodes.

use evaluation::stat::quantile;
use nets::layers::Edges;
use nets::{Pass, Var};

use crate::blocks::graphons::Graph;

/// Groups of degrees: eighths of the largest that there could be.
pub(super) const BUCKETS: usize = 8;

/// How many roles there are.
pub(super) const ROLES: usize = 3;

/// Graphs side by side.
#[derive(Default)]
pub(super) struct Batch {
    /// The bucket of every node's degree, or [`BUCKETS`] where it is hidden.
    pub(super) tokens: Vec<usize>,
    /// Both directions of every link.
    pairs: Vec<(u32, u32)>,
}

impl Batch {
    /// Adds some nodes of a graph and the links between them, with the degrees that they have in the whole; gives the row of the first.
    pub(super) fn part(&mut self, graph: &Graph, nodes: &[usize]) -> usize {
        let (first, degrees) = (self.tokens.len(), graph.degrees());
        let most = graph.nodes.saturating_sub(1).max(1);
        self.tokens.extend(nodes.iter().map(|node| (degrees[*node] * BUCKETS / most).min(BUCKETS - 1)));
        for (i, a) in nodes.iter().enumerate() {
            let linked = nodes.iter().enumerate().filter(|(_, b)| graph.linked(*a, **b));
            self.pairs.extend(linked.map(|(j, _)| ((first + i) as u32, (first + j) as u32)));
        }
        first
    }

    /// Adds a graph.
    pub(super) fn whole(&mut self, graph: &Graph) -> usize {
        let nodes: Vec<usize> = (0..graph.nodes).collect();
        self.part(graph, &nodes)
    }

    /// What the network reads: a one at the token of every node.
    pub(super) fn input(&self, pass: &mut Pass<'_, f32>) -> Var {
        let wide = BUCKETS + 1;
        let mut ones = vec![0.0; self.tokens.len() * wide];
        self.tokens.iter().enumerate().for_each(|(row, token)| ones[row * wide + token] = 1.0);
        pass.input(&ones, self.tokens.len(), wide)
    }

    pub(super) fn edges(&self) -> Edges {
        Edges { pairs: self.pairs.as_slice().into() }
    }
}

/// The mean degree of every node's neighbours, over the largest that there could be; 0 without neighbours.
fn around(graph: &Graph) -> Vec<f64> {
    let degrees = graph.degrees();
    let most = graph.nodes.saturating_sub(1).max(1) as f64;
    let of = |node: usize| {
        let sum: usize = graph.neighbours(node).map(|other| degrees[other]).sum();
        sum as f64 / degrees[node].max(1) as f64 / most
    };
    (0..graph.nodes).map(of).collect()
}

/// The two numbers that divide nodes of these graphs in thirds.
pub(super) fn cuts(graphs: &[Graph]) -> [f64; ROLES - 1] {
    let all: Vec<f64> = graphs.iter().flat_map(around).collect();
    std::array::from_fn(|k| quantile(&all, (k + 1) as f64 / ROLES as f64).unwrap_or(0.0))
}

/// Graphs with the roles of their nodes.
pub(super) fn labelled(graphs: &[Graph], cuts: &[f64; ROLES - 1]) -> (Batch, Vec<u32>) {
    let (mut batch, mut roles) = (Batch::default(), Vec::new());
    for graph in graphs {
        batch.whole(graph);
        roles.extend(around(graph).into_iter().map(|value| cuts.iter().filter(|cut| value > **cut).count() as u32));
    }
    (batch, roles)
}
