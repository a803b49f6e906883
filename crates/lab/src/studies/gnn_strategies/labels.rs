//! Labels of graphs, some of which are not known: scores for them, and their loss.

use nets::layers::{Linear, dropout, pooling};
use nets::{Pass, Real, Var, losses};

use super::graph::{Batch, Set};
use super::network::Net;

/// What is asked for, row by row.
#[derive(Default)]
pub(super) struct Answers {
    /// 1 or 0; 0 too where the label is not known.
    wanted: Vec<f32>,
    /// 1 where it is known, 0 elsewhere.
    known: Vec<f32>,
}

impl Answers {
    /// Adds the labels of a graph, NaN where they are not known.
    pub(super) fn push(&mut self, labels: &[f32]) {
        self.wanted.extend(labels.iter().map(|l| if l.is_nan() { 0.0 } else { *l }));
        self.known.extend(labels.iter().map(|l| if l.is_nan() { 0.0 } else { 1.0 }));
    }

    /// How many labels are known.
    pub(super) fn count(&self) -> f64 {
        self.known.iter().map(|k| f64::from(*k)).sum()
    }

    /// For how many of them the score has the right sign.
    pub(super) fn right(&self, scores: &[f32]) -> f64 {
        let all = scores.iter().zip(&self.wanted).zip(&self.known);
        all.filter(|((score, wanted), known)| **known > 0.0 && (**score > 0.0) == (**wanted > 0.5)).count() as f64
    }

    /// The mean cross-entropy of the labels that are known.
    pub(super) fn loss(&self, pass: &mut Pass<'_, f32>, scores: Var) -> Var {
        let errors = losses::binary_cross_entropy(pass, scores, &self.wanted);
        let known = pass.input(&self.known, scores.rows, scores.cols);
        let errors = pass.mul(errors, known);
        let sum = pass.sum(errors);
        pass.affine(sum, 1.0 / self.count().max(1.0), 0.0)
    }
}

/// Graphs side by side, with what is asked of them.
pub(super) fn batch(set: &Set, graphs: impl Iterator<Item = usize>) -> (Batch, Answers) {
    let (mut batch, mut answers) = (Batch::default(), Answers::default());
    for graph in graphs {
        batch.push(&set.graphs[graph]);
        answers.push(set.labels(graph));
    }
    (batch, answers)
}

/// Scores of all tasks for every graph, of the mean vector of its nodes.
pub(super) fn scores<T: Real>(pass: &mut Pass<'_, T>, net: &Net, head: &Linear, batch: &Batch, dropped: f64) -> Var {
    let nodes = net.nodes(pass, batch);
    let graphs = pooling::pool(pass, nodes, &batch.starts(), true);
    let graphs = dropout::dropout(pass, graphs, dropped);
    head.forward(pass, graphs)
}
