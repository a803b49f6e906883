//! What scores of a target are worth.

use super::strategy::Target;
use crate::blocks::confidence::{calibration_error, largest, probabilities};
use crate::blocks::label_bits::{has, mean_area};
use crate::blocks::probes::accuracy;
use crate::blocks::temperature::negative_log_likelihood;

/// Bins of the calibration error.
const BINS: usize = 15;

/// Scores of decisions between so many classes, and what is right.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decisions {
    pub(super) scores: Vec<f32>,
    pub(super) right: Vec<u32>,
    pub(super) classes: usize,
}

impl Decisions {
    /// Of scores of all pictures. A label that a picture may have or not is a decision of its own: no has a score of 0.
    pub(super) fn new(target: Target, scores: &[f32], labels: &[u32]) -> Self {
        if !target.several() {
            return Self { scores: scores.to_vec(), right: labels.to_vec(), classes: target.outs() };
        }
        let right = labels.iter().flat_map(|bits| (0..target.outs()).map(|k| u32::from(has(*bits, k)))).collect();
        Self { scores: scores.iter().flat_map(|z| [0.0, *z]).collect(), right, classes: 2 }
    }

    /// Mean −ln of the probability of what is right, and the calibration error, with scores over a temperature.
    pub(super) fn calibration(&self, temperature: f64) -> Option<[f64; 2]> {
        let nll = negative_log_likelihood(&self.scores, &self.right, self.classes, temperature)?;
        let (mut confidence, mut hits, mut p) = (Vec::new(), Vec::new(), Vec::new());
        for (row, right) in self.scores.chunks_exact(self.classes).zip(&self.right) {
            probabilities(row, temperature, &mut p);
            let answer = largest(&p);
            confidence.push(p.get(answer).copied()?);
            hits.push(answer == *right as usize);
        }
        Some([nll, calibration_error(&confidence, &hits, BINS)?])
    }
}

/// Share of right classes, or mean area under the ROC curve; and the same stretched so that chance is 0 and all right is 1.
pub(super) fn worth(target: Target, scores: &[f32], labels: &[u32]) -> Option<[f64; 2]> {
    let outs = target.outs();
    if target.several() {
        let area = mean_area(scores, labels, outs)?;
        return Some([area, 2.0 * area - 1.0]);
    }
    if scores.len() != labels.len() * outs || labels.is_empty() {
        return None;
    }
    let answers: Vec<u32> = scores.chunks_exact(outs).map(|row| largest(row) as u32).collect();
    let (right, chance) = (accuracy(&answers, labels), 1.0 / outs as f64);
    Some([right, (right - chance) / (1.0 - chance)])
}
