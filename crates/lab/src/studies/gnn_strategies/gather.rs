//! Outcomes of stages, and an arm as the sum of its targets.

use super::Settings;
use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 2] = [
    ("validation", "ROC-AUC on the validation part, mean over targets; of a pretraining, its share of right answers"),
    ("loss", "Mean loss of an epoch, mean over targets"),
];

pub(super) const SCALARS: [(&str, &str); 24] = [
    ("auc", "ROC-AUC on the test part at the epoch that is best on the validation part, mean over targets"),
    ("gain", "The same, less that of the same network without pretraining"),
    ("worst-gain", "The smallest gain of a target"),
    ("auc-bbbp", "ROC-AUC on BBBP: does it pass the barrier between blood and brain?"),
    ("auc-bace", "ROC-AUC on BACE: does it inhibit β-secretase 1?"),
    ("auc-clintox", "ROC-AUC on ClinTox: was it approved, and did it fail for toxicity? Mean of the two"),
    ("auc-sider", "ROC-AUC on SIDER: side effects of drugs, mean of 27"),
    ("auc-seen", "ROC-AUC on the twin's target that is made of source labels"),
    ("auc-new", "ROC-AUC on the twin's target whose motifs have no source label"),
    ("auc-noise", "ROC-AUC on the twin's target that is a coin"),
    ("gain-bbbp", "Gain on BBBP"),
    ("gain-bace", "Gain on BACE"),
    ("gain-clintox", "Gain on ClinTox"),
    ("gain-sider", "Gain on SIDER"),
    ("gain-seen", "Gain on the target that is made of source labels"),
    ("gain-new", "Gain on the target whose motifs have no source label"),
    ("gain-noise", "Gain on the coin"),
    ("valid-auc", "ROC-AUC on the validation part at its best epoch, mean over targets"),
    ("rate", "Learning rate of fine-tuning, chosen on other seeds"),
    ("epoch", "The epoch that is best on the validation part, mean over targets"),
    ("epochs", "Epochs of fine-tuning, mean over targets"),
    ("atoms", "Atoms passed forward and backward for a target, pretraining included, mean over targets"),
    ("right", "Share of right answers in the last epoch of pretraining"),
    ("source-graphs", "Graphs of the source"),
];

/// Targets, with the names of what is measured on each.
const TARGETS: [(&str, &str, &str); 7] = [
    ("bbbp", "auc-bbbp", "gain-bbbp"),
    ("bace", "auc-bace", "gain-bace"),
    ("clintox", "auc-clintox", "gain-clintox"),
    ("sider", "auc-sider", "gain-sider"),
    ("seen", "auc-seen", "gain-seen"),
    ("new", "auc-new", "gain-new"),
    ("noise", "auc-noise", "gain-noise"),
];

/// An outcome with this curve (epochs, then the two series) and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(curve: &[[f64; 3]], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    let column = |k: usize| curve.iter().map(|point| point[k]).collect::<Vec<f64>>();
    let series = |k: usize| Series { name: SERIES[k].0.to_owned(), x: column(0), y: column(k + 1) };
    let series = if curve.is_empty() { Vec::new() } else { (0..SERIES.len()).map(series).collect() };
    Outcome::gathered(series, &SCALARS, found, weights, status)
}

/// The outcome of a stage that cannot begin, since one that it needs diverged.
pub(super) fn failed(why: &str) -> Outcome {
    outcome(&[], &[], None, Status::Diverged(why.to_owned()))
}

/// An arm, of its fine-tunings and those of the same network without pretraining, in the order of its targets.
pub(super) fn run(own: &Settings, needs: &[Outcome]) -> Outcome {
    let n = own.targets.len();
    let (mine, plain) = needs.split_at(n.min(needs.len()));
    for (target, outcome) in own.targets.iter().zip(mine) {
        if let Status::Diverged(why) = &outcome.status {
            return failed(&format!("{target}: {why}"));
        }
    }
    let mut found: Vec<(&str, Option<f64>)> = Vec::new();
    let mean = |all: &[Option<f64>]| Some(all.iter().copied().sum::<Option<f64>>()? / all.len().max(1) as f64);
    let of = |name: &str| mine.iter().map(|o| o.scalar(name)).collect::<Vec<Option<f64>>>();
    let gains: Vec<Option<f64>> = mine.iter().zip(plain).map(|(a, b)| Some(a.scalar("auc")? - b.scalar("auc")?)).collect();
    for ((target, auc), gain) in own.targets.iter().zip(of("auc")).zip(&gains) {
        if let Some((_, auc_name, gain_name)) = TARGETS.iter().find(|(known, _, _)| known == target) {
            found.extend([(*auc_name, auc), (*gain_name, *gain)]);
        }
    }
    let worst = gains.iter().copied().collect::<Option<Vec<f64>>>().and_then(|all| all.into_iter().reduce(f64::min));
    found.extend([("gain", mean(&gains)), ("worst-gain", worst)]);
    for name in ["auc", "valid-auc", "rate", "epoch", "epochs", "atoms", "right", "source-graphs"] {
        found.push((name, mean(&of(name))));
    }
    // All targets are looked at equally often, those that are trained on for longer at later epochs.
    let points = mine.iter().map(|o| o.series.first().map_or(0, |s| s.x.len())).min().unwrap_or(0);
    let over = |of: &dyn Fn(&Outcome) -> Option<f64>| mine.iter().filter_map(of).sum::<f64>() / n.max(1) as f64;
    let y = |name: &str, k: usize| over(&|o| o.series(name)?.y.get(k).copied());
    let curve: Vec<[f64; 3]> = (0..points).map(|k| [over(&|o| o.series.first()?.x.get(k).copied()), y(SERIES[0].0, k), y(SERIES[1].0, k)]).collect();
    outcome(&curve, &found, None, Status::Done)
}
