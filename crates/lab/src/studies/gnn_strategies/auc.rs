//! The area under the ROC curve.

use evaluation::stat::ranks;

/// The probability that a positive case has a higher score than a negative one, ties counted by half (Mann and Whitney's statistic).
/// `None` without cases of both kinds, with columns of other lengths, or with a score that is NaN.
pub(super) fn auc(scores: &[f64], positive: &[bool]) -> Option<f64> {
    if scores.len() != positive.len() {
        return None;
    }
    let yes = positive.iter().filter(|p| **p).count() as f64;
    let no = positive.len() as f64 - yes;
    let above: f64 = ranks(scores)?.iter().zip(positive).filter(|(_, p)| **p).map(|(rank, _)| rank).sum();
    (yes > 0.0 && no > 0.0).then(|| (above - 0.5 * yes * (yes + 1.0)) / (yes * no))
}

/// The mean over the tasks that have cases of both kinds; scores and labels (1, 0, or NaN for not known) lie row by row.
pub(super) fn mean_auc(scores: &[f32], labels: &[f32], tasks: usize) -> Option<f64> {
    let of = |task: usize| {
        let column = scores.iter().zip(labels).skip(task).step_by(tasks.max(1)).filter(|(_, label)| !label.is_nan());
        let (scores, positive): (Vec<f64>, Vec<bool>) = column.map(|(score, label)| (f64::from(*score), *label > 0.5)).unzip();
        auc(&scores, &positive)
    };
    let all: Vec<f64> = (0..tasks).filter_map(of).collect();
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}
