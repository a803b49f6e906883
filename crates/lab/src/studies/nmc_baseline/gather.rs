//! What comes out of a stage.

use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 1] =
    [("accuracy", "Share of right answers among all classes so far, after each task; of a pretraining, on the pictures that it learns from")];

pub(super) const SCALARS: [(&str, &str); 9] = [
    ("average", "Average incremental accuracy: the mean over tasks of the share of right answers among all classes so far"),
    ("final", "Share of right answers among all classes, after the last task"),
    ("first", "Share of right answers on the first task, just after it"),
    ("forgetting", "How much the share of right answers on a task falls until the end, mean over all tasks but the last"),
    ("order-gap", "Nearest means: how far the final accuracy moves when means are updated picture by picture in random order, without tasks"),
    ("rate", "Learning rate on the stream, chosen on other seeds"),
    ("strength", "Strength of elastic weight consolidation, chosen on other seeds"),
    ("passed", "Pictures passed forward and backward, pretraining included"),
    ("pretraining-accuracy", "Share of right answers on the pictures and labels of pretraining, at its end"),
];

/// An outcome with this curve and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(curve: &[f64], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    let series = Series::through(SERIES[0].0, (1..=curve.len()).map(|k| k as f64).zip(curve.iter().copied())).into_iter().collect();
    Outcome::gathered(series, &SCALARS, found, weights, status)
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(why: String) -> Outcome {
    outcome(&[], &[], None, Status::Diverged(why))
}

/// After each task, the share of right answers on each task so far; all tasks have as many pictures but perhaps the last, hence the counts.
pub(super) struct Table {
    /// Row t has t + 1 entries.
    pub(super) rows: Vec<Vec<f64>>,
    /// Test pictures of each task.
    pub(super) counts: Vec<usize>,
}

impl Table {
    /// The share of right answers among all classes so far, after each task.
    pub(super) fn curve(&self) -> Vec<f64> {
        let share = |row: &Vec<f64>| {
            let all: usize = self.counts.iter().take(row.len()).sum();
            row.iter().zip(&self.counts).map(|(right, count)| right * *count as f64).sum::<f64>() / all.max(1) as f64
        };
        self.rows.iter().map(share).collect()
    }

    /// What it says in few numbers.
    pub(super) fn scalars(&self) -> Vec<(&'static str, Option<f64>)> {
        let curve = self.curve();
        let last = self.rows.last();
        let falls: Vec<f64> = self.rows.iter().enumerate().filter_map(|(t, row)| Some(row.get(t)? - last?.get(t)?)).collect();
        let earlier = &falls[..falls.len().saturating_sub(1)];
        vec![
            ("average", (!curve.is_empty()).then(|| curve.iter().sum::<f64>() / curve.len() as f64)),
            ("final", curve.last().copied()),
            ("first", curve.first().copied()),
            ("forgetting", (!earlier.is_empty()).then(|| earlier.iter().sum::<f64>() / earlier.len() as f64)),
        ]
    }
}
