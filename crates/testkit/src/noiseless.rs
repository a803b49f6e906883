//! Rows of a law without noise, on a design from which its parameters follow.

use curves::Samples;
use fitters::{Loss, Problem};
use models::schedule::shapes;
use models::{At, Law, Schedule};

/// Rows of a law whose parameters are known.
pub struct Noiseless {
    /// The law.
    pub law: &'static dyn Law,
    /// The parameters that made the rows.
    pub truth: Vec<f64>,
    /// The rows.
    pub samples: Samples,
    /// The schedules of a law that reads them; none for any other.
    pub schedules: Vec<Schedule>,
    /// The schedule of each row; empty without schedules.
    pub schedule_of: Vec<usize>,
}

impl Noiseless {
    /// The rows as a problem under a loss; every row is a run.
    pub fn problem(&self, loss: Loss) -> Problem<'_> {
        let runs = (0..self.samples.len()).collect();
        Problem { schedules: &self.schedules, schedule_of: self.schedule_of.clone(), ..Problem::new(self.law, loss, self.samples.clone(), runs) }
    }

    /// The largest distance of a curve from the rows, as a share of how far these spread; infinite where the law has no value.
    pub fn distance(&self, theta: &[f64]) -> f64 {
        let Ok(values) = self.problem(Loss::Squares).values(theta) else { return f64::INFINITY };
        let targets = self.samples.targets();
        let (low, high) = targets.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), y| (l.min(*y), h.max(*y)));
        let farthest = values.iter().zip(targets).map(|(f, y)| if f.is_finite() { (f - y).abs() } else { f64::INFINITY }).fold(0.0, f64::max);
        farthest / (high - low)
    }
}

/// Rows of a law at parameters inside the ranges that its starts are drawn from.
///
/// # Panics
/// An input whose range is not known here, and a law without a value on the design: both are slips of whoever adds a law.
pub fn noiseless(law: &'static dyn Law) -> Noiseless {
    let truth = truth(law);
    let (schedules, points) = if law.inputs() == ["step"] { annealed() } else { (Vec::new(), design(law.inputs()).into_iter().map(|x| (x, 0)).collect()) };
    let value = |x: &[f64], schedule: usize| law.eval(&At { x, schedule: schedules.get(schedule) }, &truth);
    let targets: Vec<f64> = points.iter().map(|(x, schedule)| value(x, *schedule)).collect();
    let inputs: Vec<f64> = points.iter().flat_map(|(x, _)| x.iter().copied()).collect();
    let samples = match Samples::new(law.inputs().len(), inputs, targets, Vec::new()) {
        Ok(samples) => samples,
        Err(e) => panic!("{} has no value on its design: {e}", law.name()),
    };
    let schedule_of = if schedules.is_empty() { Vec::new() } else { points.iter().map(|(_, schedule)| *schedule).collect() };
    Noiseless { law, truth, samples, schedules, schedule_of }
}

/// Parameters between the ends of their ranges, and not where searches start.
fn truth(law: &dyn Law) -> Vec<f64> {
    // Multiples of the golden ratio lie evenly; a third to two thirds of the range is where papers find parameters.
    law.params().iter().enumerate().map(|(k, p)| p.draw(0.35 + 0.3 * ((k + 1) as f64 * 0.618_034).fract())).collect()
}

/// Values evenly spaced in their logarithm.
fn spaced(low: f64, high: f64, count: usize) -> Vec<f64> {
    (0..count).map(|k| low * (high / low).powf(k as f64 / (count - 1) as f64)).collect()
}

/// The range of an input.
fn range(input: &str) -> (f64, f64) {
    match input {
        "resource" => (1.0, 1e4),
        "params" | "average_params" | "non_vocab_params" => (1e7, 1e11),
        "vocab_params" => (1e6, 1e9),
        "tokens" | "unique_tokens" => (1e9, 1e13),
        "steps" => (1e3, 1e6),
        "batch" => (1e4, 1e7),
        "members" => (1.0, 16.0),
        "compute" => (1e18, 1e25),
        "tokens_per_param" => (1.0, 1e3),
        "experts" => (1.0, 512.0),
        "width" => (256.0, 8192.0),
        "depth" => (4.0, 96.0),
        "loss" => (0.2, 5.0),
        other => panic!("say in which range the input {other:?} lies"),
    }
}

/// A grid over the inputs.
fn design(inputs: &[&str]) -> Vec<Vec<f64>> {
    if inputs == ["params", "steps", "batch"] {
        return sweeps();
    }
    let levels = match inputs.len() {
        1 => 80,
        2 => 9,
        3 => 5,
        _ => 4,
    };
    let mut rows = vec![Vec::new()];
    for input in inputs {
        let (low, high) = range(input);
        let values = spaced(low, high, levels);
        rows = rows.iter().flat_map(|row: &Vec<f64>| values.iter().map(move |v| [row.as_slice(), &[*v]].concat())).collect();
    }
    rows
}

/// What an estimate of a critical batch needs: converged sizes, a sweep of batches at one size, and trajectories of the others.
fn sweeps() -> Vec<Vec<f64>> {
    let sizes = [1e6, 2e6, 5e6, 1e7, 2e7, 3e7, 6e7];
    let mut rows: Vec<Vec<f64>> = sizes.iter().map(|n| vec![*n, CONVERGED, 1e8]).collect();
    for k in 0..9 {
        rows.extend(spaced(1e3, 1e6, 40).into_iter().map(|steps| vec![1e7, steps, 16e3 * 2f64.powi(k)]));
    }
    for n in sizes.into_iter().filter(|n| *n != 1e7) {
        rows.extend(spaced(300.0, 3e5, 40).into_iter().map(|steps| vec![n, steps, 524_288.0]));
    }
    rows
}

/// The steps of the runs of a sweep that are converged; no other run has nearly as many.
pub const CONVERGED: f64 = 1e12;

/// A cosine and a schedule of two stages, and some steps of each.
fn annealed() -> (Vec<Schedule>, Vec<(Vec<f64>, usize)>) {
    let made = [shapes::cosine(2000, 100, 3e-3, 3e-4), shapes::two_stage(1500, 100, 800, 3e-3, 6e-4)];
    let schedules: Vec<Schedule> = made.into_iter().flatten().collect();
    let steps = |k: usize, s: &Schedule| (120..s.steps()).step_by(40).map(move |step| (vec![step as f64], k)).collect::<Vec<_>>();
    let points = schedules.iter().enumerate().flat_map(|(k, s)| steps(k, s)).collect();
    (schedules, points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_law_has_rows_that_are_its_own() {
        for &law in models::all() {
            let rows = noiseless(law);
            assert!(law.contains(&rows.truth), "{}: {:?}", law.name(), rows.truth);
            assert_eq!(rows.distance(&rows.truth), 0.0, "{}", law.name());
            assert!(rows.samples.len() > 3 * law.params().len(), "{}", law.name());
        }
    }
}
