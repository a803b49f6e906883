//! Pretraining on graphs without roles: hidden degrees, and contexts (Hu et al., ICLR 2020, arXiv 1905.12265).

use std::sync::Arc;

use nets::layers::{Linear, pooling};
use nets::models::Gin;
use nets::{Training, losses};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::Settings;
use super::network::{Body, first};
use super::roles::{BUCKETS, Batch};
use crate::blocks::graphons::Graph;
use crate::blocks::streams::{Purpose, stream};

/// Share of the nodes whose degree is hidden, and one more.
const HIDDEN: f64 = 0.15;

/// How often a centre is drawn for a graph that has no context around the first ones.
const TRIES: usize = 3;

/// What is asked, with the part of the network that is used for nothing else.
enum Task {
    /// Scores of the buckets of degrees.
    Degrees(Linear),
    /// The network of contexts.
    Contexts(Gin),
}

/// One pretraining.
pub(super) struct Course<'a> {
    pub(super) own: &'a Settings,
    pub(super) graphs: &'a [&'a Graph],
    /// Contexts, and not hidden degrees.
    pub(super) contexts: bool,
    /// Answers are dealt out at random.
    pub(super) shuffled: bool,
    pub(super) rate: f64,
    /// Which of the seed's sets: batches of sets differ, and those of methods and controls are the same.
    pub(super) set: usize,
}

impl Course<'_> {
    /// To the end; or why it ended early.
    pub(super) fn run(&self, seed: u64) -> Result<Body, String> {
        let own = self.own;
        let (mut params, gin) = first(own, seed);
        let (numbers, state) = (params.len(), params.state.len());
        // Names tell tensors apart in files alone, and these weights go into none.
        let task = if self.contexts {
            Task::Contexts(Gin::new(&mut params, BUCKETS + 1, own.width, own.layers))
        } else {
            Task::Degrees(Linear::new(&mut params, "degrees", own.width, BUCKETS))
        };
        let mut training = Training::new(params, 0.0);
        for step in 0..own.pretraining_steps {
            let mut rng = stream(seed, Purpose::Pretraining, ((self.set as u64) << 32) | step as u64);
            let rate = self.rate * (1.0 - step as f64 / own.pretraining_steps as f64);
            let drawn: Vec<&Graph> = (0..own.pretraining_batch).map(|_| self.graphs[rng.random_range(0..self.graphs.len())]).collect();
            let loss = match &task {
                Task::Degrees(head) => degrees(&mut training, rate, rng, &gin, head, &drawn, self.shuffled),
                Task::Contexts(context) => {
                    let asked = Contexts::draw(&drawn, own.layers, &mut rng);
                    contexts(&mut training, rate, &gin, context, asked, self.shuffled)
                }
            };
            if !loss.is_finite() {
                return Err(format!("the loss of pretraining is no longer finite at step {step}; lower the rate"));
            }
        }
        Ok(Body { values: training.params.values[..numbers].to_vec(), state: training.params.state[..state].to_vec() })
    }
}

/// A step on hidden degrees: of every graph `int(0.15 n) + 1` nodes. Dealt out at random, an answer is that of some hidden node of the step.
fn degrees(training: &mut Training<f32>, rate: f64, mut rng: Pcg64, gin: &Gin, head: &Linear, drawn: &[&Graph], shuffled: bool) -> f64 {
    let (mut batch, mut rows, mut wanted) = (Batch::default(), Vec::new(), Vec::new());
    for graph in drawn {
        let first = batch.whole(graph);
        let mut nodes: Vec<usize> = (first..first + graph.nodes).collect();
        for k in 0..((HIDDEN * graph.nodes as f64) as usize + 1).min(graph.nodes) {
            let other = rng.random_range(k..nodes.len());
            nodes.swap(k, other);
            let node = nodes[k];
            rows.push(node);
            wanted.push(std::mem::replace(&mut batch.tokens[node], BUCKETS) as u32);
        }
    }
    if shuffled {
        wanted.shuffle(&mut rng);
    }
    training.step(rate, rng, |pass| {
        let x = batch.input(pass);
        let nodes = gin.nodes(pass, x, &batch.edges());
        let hidden = pass.gather(nodes, rows.into());
        let scores = head.forward(pass, hidden);
        let loss = losses::cross_entropy(pass, scores, &wanted, 0.0);
        pass.mean(loss)
    })
}

/// Graphs with a centre each, and what lies around it.
pub(super) struct Contexts {
    pub(super) graphs: Batch,
    /// The rows of the centres.
    pub(super) centres: Vec<usize>,
    /// Nodes of the ring around each centre, as graphs of their own.
    pub(super) rings: Batch,
    /// Rows of rings that the vector of the centre has seen too, and where those of each ring end.
    pub(super) anchors: Vec<usize>,
    pub(super) ends: Vec<usize>,
    /// The random numbers of the step.
    rng: Pcg64,
}

impl Contexts {
    /// A ring has the nodes `max(layers − 1, 1)` to `layers + 2` links away from the centre; those up to `layers` away are anchors. A graph without a
    /// ring around three centres is left out.
    pub(super) fn draw(drawn: &[&Graph], layers: usize, rng: &mut Pcg64) -> Self {
        let (mut graphs, mut rings) = (Batch::default(), Batch::default());
        let (mut centres, mut anchors, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        let near = layers.saturating_sub(1).max(1);
        for graph in drawn {
            for _ in 0..TRIES {
                let centre = rng.random_range(0..graph.nodes);
                let far = graph.distances(centre, layers + 2);
                let ring: Vec<usize> = (0..graph.nodes).filter(|node| far[*node].is_some_and(|d| d >= near)).collect();
                if ring.is_empty() {
                    continue;
                }
                centres.push(graphs.whole(graph) + centre);
                let first = rings.part(graph, &ring);
                let seen = ring.iter().enumerate().filter(|(_, node)| far[**node].is_some_and(|d| d <= layers));
                anchors.extend(seen.map(|(k, _)| first + k));
                ends.push(anchors.len());
                break;
            }
        }
        Self { graphs, centres, rings, anchors, ends, rng: rng.clone() }
    }
}

/// A step on contexts: does the vector of a centre go with the mean vector of its anchors, and not with that of the next graph's? Dealt out at
/// random, its own are those of the graph after the next, so that neither answer is right. With fewer than three there is nothing to ask.
fn contexts(training: &mut Training<f32>, rate: f64, gin: &Gin, context: &Gin, asked: Contexts, shuffled: bool) -> f64 {
    let Contexts { graphs, centres, rings, anchors, ends, rng } = asked;
    let n = centres.len();
    if n < 3 {
        return 0.0;
    }
    let starts: Arc<[usize]> = std::iter::once(0).chain(ends).collect();
    let own_at = if shuffled { 2 } else { 0 };
    training.step(rate, rng, |pass| {
        let x = graphs.input(pass);
        let nodes = gin.nodes(pass, x, &graphs.edges());
        let centres = pass.gather(nodes, centres.into());
        let x = rings.input(pass);
        let around = context.nodes(pass, x, &rings.edges());
        let around = pass.gather(around, anchors.into());
        let around = pooling::pool(pass, around, &starts, true);
        let mut similar = |by: usize| {
            let others = pass.gather(around, (0..n).map(|k| (k + by) % n).collect());
            let others = pass.mul(centres, others);
            pass.sum_columns(others)
        };
        let (own, others) = (similar(own_at), similar(1));
        let own = losses::binary_cross_entropy(pass, own, &vec![1.0; n]);
        let others = losses::binary_cross_entropy(pass, others, &vec![0.0; n]);
        let both = pass.add(own, others);
        pass.mean(both)
    })
}
