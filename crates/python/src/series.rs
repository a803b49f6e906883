//! A curve from two arrays. As when a file is read, what is no number is left out, and said.

use curvecast::{Series, Warning};
use pyo3::prelude::*;

/// Two arrays, and what they are called.
#[derive(FromPyObject)]
pub(crate) struct Points {
    #[pyo3(item)]
    x: Vec<f64>,
    #[pyo3(item)]
    y: Vec<f64>,
    #[pyo3(item)]
    resource: String,
    #[pyo3(item)]
    measure: String,
}

impl Points {
    /// The curve as the façade takes it. What has no number at all, or columns of different lengths, the façade refuses.
    pub(crate) fn series(self) -> Series {
        let mut series = Series { resource: self.resource, measure: self.measure, ..Series::new(self.x, self.y) };
        if series.x.len() == series.y.len() && series.y.iter().any(|y| y.is_finite()) {
            leave_out(&mut series);
        }
        series
    }
}

/// Leaves out what is no number.
///
/// An end without numbers that is longer than every gap before it is that of a run that diverged. Gaps in most rows are
/// those of a measure that is logged less often than the resource: nothing is lost.
fn leave_out(series: &mut Series) {
    let Some(first) = series.y.iter().position(|y| !y.is_finite()) else { return };
    let runs = series.y.chunk_by(|a, b| a.is_finite() == b.is_finite());
    let gaps: Vec<usize> = runs.map(|run| run.iter().filter(|y| !y.is_finite()).count()).collect();
    let odd: usize = gaps.iter().sum();
    let (tail, before) = gaps.split_last().map_or((0, 0), |(tail, before)| (*tail, before.iter().copied().max().unwrap_or(0)));
    let end = series.y.len() - tail;
    let mut inside = odd;
    if let Some(&at) = series.x.get(end).filter(|_| tail > before) {
        inside -= tail;
        let (measure, resource) = (series.measure.clone(), series.resource.clone());
        series.notes.push(Warning::Diverged { measure, line: end + 1, resource, at, rows: tail });
    }
    if inside > 0 && 2 * odd < series.y.len() {
        series.notes.push(Warning::NotNumbers { measure: series.measure.clone(), rows: inside, line: first + 1 });
    }
    let (x, y) = (std::mem::take(&mut series.x), std::mem::take(&mut series.y));
    (series.x, series.y) = x.into_iter().zip(y).filter(|(_, y)| y.is_finite()).unzip();
}
