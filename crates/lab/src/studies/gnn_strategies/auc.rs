//! The area under the ROC curve, over the tasks of a molecule set.

use evaluation::stat::auc;

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
