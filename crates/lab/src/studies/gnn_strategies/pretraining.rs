//! Pretraining on the source: hidden colours, contexts, or labels.

use std::sync::Arc;

use nets::layers::{Linear, pooling};
use nets::{Params, Training, losses};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::course::{self, Course, Learner, Progress, Step};
use super::graph::{Alphabet, Batch, Graph, Set};
use super::network::{BODY, Net};
use super::plan::{Objective, Pretraining};
use super::world::{Streams, stream};
use super::{gather, labels, other, world};
use crate::{Context, Outcome, Status, StudyError};

/// Share of the nodes whose colour is hidden, and one more.
const HIDDEN: f64 = 0.15;

/// How often a centre is drawn for a graph that has no context around the first ones.
const TRIES: usize = 3;

/// What is asked, with the part of the network that is used for nothing else.
enum Task {
    /// Scores of the colours.
    Colours(Linear),
    /// The network of contexts, and for every graph the neighbours of its nodes.
    Contexts(Net, Vec<Vec<Vec<u32>>>),
    /// Scores of the labels.
    Labels(Linear),
}

/// A pretraining in progress.
struct Pretrainer<'a> {
    own: &'a Pretraining,
    set: &'a Set,
    net: Net,
    task: Task,
    training: Training<f32>,
    steps: u64,
}

/// Runs a pretraining, from the weights of the one before it, if any.
pub(super) fn run(own: &Pretraining, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let mut streams = Streams::new(context.seed);
    let mut set = world::source(own.world, own.graphs, &streams, context.files)?;
    if set.graphs.len() < 2 {
        return Err(other("the source has fewer than two graphs"));
    }
    let alphabet = world::alphabet(own.world);
    let mut params = Params::<f32>::new(streams.weights.clone());
    let net = body(&mut params, own, alphabet);
    let mut before = 0.0;
    if let Some(need) = needs.first() {
        let Some(weights) = need.handed_over()? else { return Ok(gather::failed("the pretraining before it diverged")) };
        params.read(weights).map_err(other)?;
        before = need.scalar("atoms").unwrap_or(0.0);
    }
    let task = match own.objective {
        Objective::AttrMask => Task::Colours(Linear::new(&mut params, "head", own.width, alphabet.colours)),
        Objective::ContextPred => {
            let context = Net::new(&mut params, "context", own.network, alphabet, own.width, own.layers);
            Task::Contexts(context, set.graphs.iter().map(Graph::neighbours).collect())
        }
        Objective::Supervised | Objective::Shuffled => Task::Labels(Linear::new(&mut params, "head", own.width, set.tasks)),
    };
    if own.objective == Objective::Shuffled {
        let mut order: Vec<usize> = (0..set.graphs.len()).collect();
        order.shuffle(&mut streams.deal);
        set.labels = order.iter().flat_map(|&k| set.labels(k).to_vec()).collect();
    }
    let family = own.objective as u64;
    let orders = streams.orders.wrapping_add(family);
    let course = Course { examples: set.graphs.len(), batch: own.batch, epochs: own.epochs, looks: own.epochs, orders };
    let steps = streams.steps.wrapping_add(family);
    let mut learner = Pretrainer { own, set: &set, net, task, training: Training::new(params, 0.0), steps };
    let (progress, ended) = course::run(&mut learner, &course, context)?;
    if let Some(why) = ended {
        return Ok(gather::outcome(&progress.curve, &[], None, Status::Diverged(why)));
    }
    let right = progress.curve.last().map(|point| point[1]);
    let found = [("atoms", Some(before + progress.atoms)), ("right", right), ("source-graphs", Some(set.graphs.len() as f64))];
    let weights = handed_over(own, alphabet, &learner.training.params)?;
    Ok(gather::outcome(&progress.curve, &found, Some(weights), Status::Done))
}

fn body(params: &mut Params<f32>, own: &Pretraining, alphabet: Alphabet) -> Net {
    Net::new(params, BODY, own.network, alphabet, own.width, own.layers)
}

/// The network without what was asked of it: it was put together first, so that its numbers are the first ones.
fn handed_over(own: &Pretraining, alphabet: Alphabet, all: &Params<f32>) -> Result<Vec<u8>, StudyError> {
    let mut params = Params::<f32>::new(Pcg64::seed_from_u64(0));
    body(&mut params, own, alphabet);
    let (numbers, state) = (params.len(), params.state.len());
    params.values.copy_from_slice(&all.values[..numbers]);
    params.state.copy_from_slice(&all.state[..state]);
    params.to_bytes().map_err(other)
}

impl Learner for Pretrainer<'_> {
    fn step(&mut self, step: u64, examples: &[usize]) -> Step {
        let rng = stream(self.steps, step);
        match &self.task {
            Task::Colours(head) => colours(&mut self.training, self.own.rate, rng, &self.net, head, self.set, examples),
            Task::Contexts(context, neighbours) => {
                let pairs = Pairs::draw(self.set, neighbours, examples, self.own.layers, rng.clone());
                contexts(&mut self.training, self.own.rate, rng, &self.net, context, pairs)
            }
            Task::Labels(head) => {
                let (batch, answers) = labels::batch(self.set, examples.iter().copied());
                let asked = answers.count();
                let mut seen = Step { asked, atoms: batch.tokens.len() as f64, ..Step::default() };
                if asked > 0.0 {
                    let net = &self.net;
                    seen.loss = Some(self.training.step(self.own.rate, rng, |pass| {
                        let scores = labels::scores(pass, net, head, &batch, 0.0);
                        seen.right = answers.right(pass.value(scores));
                        answers.loss(pass, scores)
                    }));
                }
                seen
            }
        }
    }

    fn look(&mut self, _epoch: f64, progress: &mut Progress) -> f64 {
        progress.right()
    }

    fn training(&mut self) -> &mut Training<f32> {
        &mut self.training
    }
}

/// A step on hidden colours: `int(0.15 n + 1)` nodes of every graph, as in the authors' code.
fn colours(training: &mut Training<f32>, rate: f64, mut rng: Pcg64, net: &Net, head: &Linear, set: &Set, examples: &[usize]) -> Step {
    let (mut batch, mut rows, mut wanted) = (Batch::default(), Vec::new(), Vec::new());
    let mut nodes: Vec<usize> = Vec::new();
    for &example in examples {
        let graph = &set.graphs[example];
        let first = batch.push(graph);
        nodes.clear();
        nodes.extend(first..first + graph.len());
        for k in 0..((HIDDEN * graph.len() as f64) as usize + 1).min(graph.len()) {
            let other = rng.random_range(k..nodes.len());
            nodes.swap(k, other);
            let node = nodes[k];
            rows.push(node);
            wanted.push(std::mem::replace(&mut batch.tokens[node], net.mask));
        }
    }
    let mut seen = Step { asked: wanted.len() as f64, atoms: batch.tokens.len() as f64, ..Step::default() };
    if wanted.is_empty() {
        return seen;
    }
    let loss = training.step(rate, rng, |pass| {
        let nodes = net.nodes(pass, &batch);
        let hidden = pass.gather(nodes, rows.into());
        let scores = head.forward(pass, hidden);
        let rows = pass.value(scores).chunks_exact(scores.cols.max(1));
        seen.right = rows.zip(&wanted).filter(|(row, wanted)| likeliest(row) == **wanted).count() as f64;
        let loss = losses::cross_entropy(pass, scores, &wanted, 0.0);
        pass.mean(loss)
    });
    seen.loss = Some(loss);
    seen
}

fn likeliest(scores: &[f32]) -> u32 {
    let best = scores.iter().enumerate().fold((0, f32::NEG_INFINITY), |best, (k, &s)| if s > best.1 { (k, s) } else { best });
    best.0 as u32
}

/// Graphs with a centre each, and what lies around it.
#[derive(Default)]
pub(super) struct Pairs {
    pub(super) graphs: Batch,
    /// The rows of the centres.
    pub(super) centres: Vec<usize>,
    /// Nodes of the ring around each centre, as graphs of their own.
    pub(super) contexts: Batch,
    /// Rows of contexts that the vector of the centre has seen too, and where those of each context end.
    pub(super) anchors: Vec<usize>,
    pub(super) ends: Vec<usize>,
}

impl Pairs {
    /// A ring has the nodes `layers − 1` to `layers + 2` bonds away from the centre; those up to `layers` away are anchors. A graph without
    /// a ring around three centres is left out.
    pub(super) fn draw(set: &Set, neighbours: &[Vec<Vec<u32>>], examples: &[usize], layers: usize, mut rng: Pcg64) -> Self {
        let mut pairs = Self::default();
        let (mut far, mut queue, mut ring, mut place) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for &example in examples {
            let (graph, next) = (&set.graphs[example], &neighbours[example]);
            for _ in 0..TRIES.min(graph.len()) {
                let centre = rng.random_range(0..graph.len());
                distances(next, centre, layers + 2, &mut far, &mut queue);
                ring.clear();
                ring.extend((0..graph.len() as u32).filter(|&v| (layers - 1..=layers + 2).contains(&far[v as usize])));
                if ring.is_empty() {
                    continue;
                }
                pairs.centres.push(pairs.graphs.push(graph) + centre);
                let first = pairs.contexts.push(&graph.part(&ring, &mut place));
                pairs.anchors.extend(ring.iter().enumerate().filter(|(_, v)| far[**v as usize] <= layers).map(|(k, _)| first + k));
                pairs.ends.push(pairs.anchors.len());
                break;
            }
        }
        pairs
    }
}

/// For every node how many bonds it is from the centre; beyond `most` it is `usize::MAX`.
fn distances(next: &[Vec<u32>], centre: usize, most: usize, far: &mut Vec<usize>, queue: &mut Vec<usize>) {
    far.clear();
    far.resize(next.len(), usize::MAX);
    far[centre] = 0;
    queue.clear();
    queue.push(centre);
    let mut at = 0;
    while let Some(&v) = queue.get(at) {
        at += 1;
        if far[v] == most {
            break;
        }
        for &w in &next[v] {
            if far[w as usize] == usize::MAX {
                far[w as usize] = far[v] + 1;
                queue.push(w as usize);
            }
        }
    }
}

/// A step on contexts: does the vector of a centre go with the mean vector of its anchors, and not with that of the next graph's?
fn contexts(training: &mut Training<f32>, rate: f64, rng: Pcg64, net: &Net, context: &Net, pairs: Pairs) -> Step {
    let Pairs { graphs, centres, contexts, anchors, ends } = pairs;
    let n = graphs.graphs();
    if n < 2 {
        return Step::default();
    }
    let atoms = (graphs.tokens.len() + contexts.tokens.len()) as f64;
    let mut seen = Step { asked: 2.0 * n as f64, atoms, ..Step::default() };
    let starts: Arc<[usize]> = std::iter::once(0).chain(ends).collect();
    let loss = training.step(rate, rng, |pass| {
        let nodes = net.nodes(pass, &graphs);
        let centres = pass.gather(nodes, centres.into());
        let around = context.nodes(pass, &contexts);
        let around = pass.gather(around, anchors.into());
        let around = pooling::pool(pass, around, &starts, true);
        let others = pass.gather(around, (0..n).map(|k| (k + 1) % n).collect());
        let own = pass.mul(centres, around);
        let own = pass.sum_columns(own);
        let others = pass.mul(centres, others);
        let others = pass.sum_columns(others);
        let yes = pass.value(own).iter().filter(|s| **s > 0.0).count();
        let no = pass.value(others).iter().filter(|s| **s < 0.0).count();
        seen.right = (yes + no) as f64;
        let own = losses::binary_cross_entropy(pass, own, &vec![1.0; n]);
        let others = losses::binary_cross_entropy(pass, others, &vec![0.0; n]);
        let both = pass.add(own, others);
        pass.mean(both)
    });
    seen.loss = Some(loss);
    seen
}
