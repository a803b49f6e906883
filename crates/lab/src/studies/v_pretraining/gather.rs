//! What comes out of a run.

use super::Settings;
use super::course::{Values, flops_of_step};
use crate::{Outcome, Series, Status};

/// Along the steps.
pub(super) const SERIES: [(&str, &str); 2] = [
    ("task-course", "Cross-entropy of the task on contexts without labels, above its entropy, in nats"),
    ("stream-course", "Cross-entropy of what the stream as a whole says, above its entropy, in nats"),
];

pub(super) const SCALARS: [(&str, &str); 12] = [
    ("task", "Cross-entropy of the task on contexts without labels, above its entropy, in nats, at the end"),
    ("accuracy", "Right answers there, over the largest share that there could be"),
    ("stream", "Cross-entropy of what the stream as a whole says, above its entropy, in nats"),
    ("other", "Cross-entropy of what the last source says on the same contexts, above its entropy, in nats: a task without feedback"),
    ("slope", "Slope of what steps brought for the loss on all labels by what their first-order value had promised, through nothing"),
    ("value-r", "Correlation of the two"),
    ("slack", "How far what a step brought lies above the bound of Theorem 3.1, the least over steps looked at"),
    ("alpha", "Mean share that the designer gave to candidates"),
    ("work", "Operations of all steps, in millions"),
    ("rate", "First learning rate, chosen on other seeds where there is a choice"),
    ("share", "Largest share for candidates, or the share of labels, chosen likewise; without either it does not exist"),
    ("score", "What both are chosen by, higher is better: e to the power of minus the loss of the task"),
];

/// What there is to know of a learner.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) step: f64,
    pub(super) task: f64,
    pub(super) other: f64,
    pub(super) stream: f64,
    pub(super) accuracy: f64,
}

impl Look {
    pub(super) fn is_finite(&self) -> bool {
        [self.task, self.other, self.stream, self.accuracy].iter().all(|v| v.is_finite())
    }
}

/// A run that ended early.
pub(super) fn diverged((rate, share): (f64, f64), why: String) -> Outcome {
    let found = [("rate", Some(rate)), ("share", Some(share))];
    Outcome::gathered(Vec::new(), &SCALARS, &found, None, Status::Diverged(why))
}

/// A run that came to its end.
pub(super) fn done(own: &Settings, (rate, share): (f64, f64), looks: &[Look], values: &Values, alpha: Option<f64>) -> Outcome {
    let series = [
        Series::through(SERIES[0].0, looks.iter().map(|look| (look.step, look.task))),
        Series::through(SERIES[1].0, looks.iter().map(|look| (look.step, look.stream))),
    ];
    let last = looks.last().copied();
    let [slope, correlation, slack] = values.numbers();
    let found = [
        ("task", last.map(|look| look.task)),
        ("accuracy", last.map(|look| look.accuracy)),
        ("stream", last.map(|look| look.stream)),
        ("other", last.map(|look| look.other)),
        ("slope", slope),
        ("value-r", correlation),
        ("slack", slack),
        ("alpha", alpha),
        ("work", Some(own.length() as f64 * flops_of_step(own, own.design) / 1e6)),
        ("rate", Some(rate)),
        ("share", own.design.has_share().then_some(share)),
        ("score", last.map(|look| (-look.task).exp())),
    ];
    Outcome::gathered(series.into_iter().flatten().collect(), &SCALARS, &found, None, Status::Done)
}
