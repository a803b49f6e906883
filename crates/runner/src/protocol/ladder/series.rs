//! What one run holds of one task: its size, and loss and accuracy at every checkpoint.

use curves::{CurveSet, Entry};

use super::{LadderSpec, Task};

/// One run's checkpoints of one task, in the order of their tokens.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    /// Parameters, a count.
    pub params: f64,
    /// Tokens, a count, increasing.
    pub tokens: Vec<f64>,
    /// The task loss there.
    pub loss: Vec<f64>,
    /// The accuracy there, 0 to 1.
    pub accuracy: Vec<f64>,
}

impl Series {
    /// The checkpoints of run `run` at which both measures are numbers, or a word for why there are none.
    pub fn read(asked: &LadderSpec, task: &Task, run: &str, accuracy: &CurveSet, loss: &CurveSet) -> Result<Self, &'static str> {
        let (a, params) = weighted(asked, run, &task.accuracy, task, accuracy)?;
        let (l, _) = weighted(asked, run, &task.loss, task, loss)?;
        let params = params.ok_or("no-size")?;
        let mut series = Self { params, tokens: Vec::new(), loss: Vec::new(), accuracy: Vec::new() };
        // Both are sorted; a checkpoint that only one of them has is left out.
        let mut losses = l.iter().peekable();
        for (x, y) in a {
            while losses.next_if(|(other, _)| *other < x).is_some() {}
            if let Some((_, value)) = losses.next_if(|(other, _)| *other == x)
                && series.tokens.last().is_none_or(|last| *last < x * asked.unit)
            {
                series.tokens.push(x * asked.unit);
                series.loss.push(*value);
                series.accuracy.push(y);
            }
        }
        if series.tokens.is_empty() { Err("no-checkpoints") } else { Ok(series) }
    }

    /// Tokens at the end, and the means of loss and accuracy over the last `count` checkpoints.
    pub fn end(&self, count: usize) -> (f64, f64, f64) {
        let from = self.tokens.len().saturating_sub(count.max(1));
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        (self.tokens.last().copied().unwrap_or(f64::NAN), mean(&self.loss[from..]), mean(&self.accuracy[from..]))
    }

    /// Loss and accuracy after the first share `skip` of the checkpoints, as running means over `window`.
    pub fn smooth(&self, skip: f64, window: usize) -> (Vec<f64>, Vec<f64>) {
        let from = ((skip * self.loss.len() as f64).ceil() as usize).min(self.loss.len());
        (running_mean(&self.loss[from..], window), running_mean(&self.accuracy[from..], window))
    }
}

/// The mean of the last `window` values at every place; of fewer at the beginning.
pub(super) fn running_mean(values: &[f64], window: usize) -> Vec<f64> {
    let window = window.max(1);
    (1..=values.len())
        .map(|to| {
            let part = &values[to.saturating_sub(window)..to];
            part.iter().sum::<f64>() / part.len() as f64
        })
        .collect()
}

/// Checkpoints of a run: (x, y), by x.
type Points = Vec<(f64, f64)>;

/// The weighted mean of some measures of a run, point by point, and the run's size.
fn weighted(asked: &LadderSpec, run: &str, measures: &[String], task: &Task, set: &CurveSet) -> Result<(Points, Option<f64>), &'static str> {
    let is = |e: &Entry, key: &str, value: &str| e.covariates.get(key).is_some_and(|v| v == value);
    let mut total: Option<Points> = None;
    let mut params = None;
    let sum: f64 = (0..measures.len()).map(|k| task.weight(k)).sum();
    for (k, measure) in measures.iter().enumerate() {
        let entry = set.entries().iter().find(|e| is(e, &asked.run, run) && is(e, &asked.measure, measure)).ok_or("no-run")?;
        params = entry.covariates.get(&asked.params).and_then(|p| p.parse::<f64>().ok()).filter(|p| p.is_finite() && *p > 0.0);
        let mut points: Points = entry.x.iter().copied().zip(entry.y.iter().copied()).filter(|(x, y)| x.is_finite() && *x > 0.0 && y.is_finite()).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let weight = task.weight(k) / sum;
        total = Some(match total {
            None => points.into_iter().map(|(x, y)| (x, weight * y)).collect(),
            Some(before) if before.len() == points.len() && before.iter().zip(&points).all(|(a, b)| a.0 == b.0) => {
                before.into_iter().zip(points).map(|((x, sum), (_, y))| (x, sum + weight * y)).collect()
            }
            Some(_) => return Err("different-checkpoints"),
        });
    }
    Ok((total.ok_or("no-run")?, params))
}

#[cfg(test)]
mod tests {
    use super::running_mean;

    #[test]
    fn running_means_by_hand() {
        assert_eq!(running_mean(&[1.0, 2.0, 6.0, 4.0], 2), [1.0, 1.5, 4.0, 5.0]);
        assert_eq!(running_mean(&[1.0, 2.0], 5), [1.0, 1.5]);
        assert_eq!(running_mean(&[], 3), Vec::<f64>::new());
        assert_eq!(running_mean(&[3.0], 0), [3.0]);
    }
}
