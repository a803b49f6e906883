//! Outcomes of stages, and an arm as the mean of its tasks.

use super::Settings;
use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 2] = [
    ("loss", "Negative log likelihood of offline designs since the last look, mean over tasks"),
    ("norm", "Length of the gradient of the mean prediction of offline designs, mean over tasks"),
];

pub(super) const SCALARS: [(&str, &str); 14] = [
    ("best", "True score of the best design at the end of the climb (0: the worst, 1: the best of all points), mean over tasks"),
    ("middle", "The same of the median design"),
    ("best-ackley", "True score of the best design on Ackley's function"),
    ("best-styblinski-tang", "True score of the best design on Styblinski and Tang's function"),
    ("best-hartmann", "True score of the best design on Hartmann's function"),
    ("best-tf-bind-8", "True score of the best sequence of TFBind8"),
    ("start", "True score of the best offline design, mean over tasks"),
    ("norm-offline", "Length of the gradient of the mean prediction of offline designs after training, mean over tasks"),
    ("norm-unseen", "The same of designs that are better than all offline ones"),
    ("error-offline", "Root mean square error on offline designs, in their standard deviations, mean over tasks"),
    ("error-unseen", "The same of designs that are better than all offline ones"),
    ("strength", "Strength, chosen on other seeds"),
    ("multiplier", "The multiplier of the bound after training, mean over tasks"),
    ("passes", "Passes over a batch, forward and backward, for a task"),
];

/// Tasks, with the names of what is measured on each.
const BEST: [(&str, &str); 4] =
    [("ackley", "best-ackley"), ("styblinski-tang", "best-styblinski-tang"), ("hartmann", "best-hartmann"), ("tf-bind-8", "best-tf-bind-8")];

/// An outcome with this curve (steps, then the two series) and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(curve: &[[f64; 3]], found: &[(&str, Option<f64>)], status: Status) -> Outcome {
    let column = |k: usize| curve.iter().map(|point| point[k]).collect::<Vec<f64>>();
    let series = |k: usize| Series { name: SERIES[k].0.to_owned(), x: column(0), y: column(k + 1) };
    let series = if curve.is_empty() { Vec::new() } else { (0..SERIES.len()).map(series).collect() };
    Outcome::gathered(series, &SCALARS, found, None, status)
}

/// An arm, of the fits of its tasks.
pub(super) fn run(own: &Settings, needs: &[Outcome]) -> Outcome {
    for (task, fit) in own.tasks.iter().zip(needs) {
        if let Status::Diverged(why) = &fit.status {
            return outcome(&[], &[], Status::Diverged(format!("{task}: {why}")));
        }
    }
    let n = needs.len().max(1) as f64;
    let mean = |name: &str| Some(needs.iter().map(|o| o.scalar(name)).sum::<Option<f64>>()? / n);
    let mut found: Vec<(&str, Option<f64>)> = Vec::new();
    for (name, _) in SCALARS {
        if !name.starts_with("best-") {
            found.push((name, mean(name)));
        }
    }
    for (task, fit) in own.tasks.iter().zip(needs) {
        if let Some((_, name)) = BEST.iter().find(|(known, _)| known == task) {
            found.push((*name, fit.scalar("best")));
        }
    }
    // All tasks are looked at after the same steps.
    let points = needs.iter().map(|o| o.series.first().map_or(0, |s| s.x.len())).min().unwrap_or(0);
    let over = |of: &dyn Fn(&Outcome) -> Option<f64>| needs.iter().filter_map(of).sum::<f64>() / n;
    let y = |name: &str, k: usize| over(&|o| o.series(name)?.y.get(k).copied());
    let curve: Vec<[f64; 3]> = (0..points).map(|k| [over(&|o| o.series.first()?.x.get(k).copied()), y(SERIES[0].0, k), y(SERIES[1].0, k)]).collect();
    outcome(&curve, &found, Status::Done)
}
