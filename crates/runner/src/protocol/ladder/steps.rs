//! The fits of the two steps.
//!
//! Step one: L = E + A N^−α + B D^−β, Huber loss (δ = 0.001) of the difference of logarithms.
//! Step two: y = b + a / (1 + e^(−k (L − L₀))) with −1 ≤ a ≤ 0, 0 ≤ b ≤ 1, k, L₀ ≥ 0, least squares.
//!
//! Source: Bhagia et al. 2024; bounds and losses as in the authors' step1.py and step2.py.

use curves::Samples;
use fitters::{Fit, FitError, Loss, Search, fit};
use models::link::bounded_link::BoundedLink;
use models::surface::chinchilla::Chinchilla;
use models::{At, Law};

use super::series::Series;

/// The Huber threshold of step one.
const DELTA: f64 = 1e-3;

/// How many starts each step is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Of step one.
    pub law: usize,
    /// Of step two.
    pub link: usize,
}

/// A small run, ready for both steps.
#[derive(Clone, Debug)]
pub(super) struct Rung {
    /// Parameters and tokens at the end.
    pub size: [f64; 2],
    /// Loss and accuracy at the end.
    pub end: [f64; 2],
    /// Losses along the way.
    pub loss: Vec<f64>,
    /// Accuracies along the way.
    pub accuracy: Vec<f64>,
}

impl Rung {
    /// What is fitted of a run: its end, averaged over `average` checkpoints, and its course after a share `skip`.
    pub fn of(series: &Series, average: usize, skip: f64) -> Self {
        let (tokens, loss, accuracy) = series.end(average);
        let (along, course) = series.smooth(skip, average);
        Self { size: [series.params, tokens], end: [loss, accuracy], loss: along, accuracy: course }
    }
}

/// Step one, or, with `error`, the single step from size to 1 − accuracy; `times` says how often each rung counts.
pub(super) fn surface(rungs: &[Rung], times: &[f64], error: bool, effort: Effort, seed: u64) -> Result<Fit, FitError> {
    let x = rungs.iter().flat_map(|r| r.size).collect();
    let y = rungs.iter().map(|r| if error { 1.0 - r.end[1] } else { r.end[0] }).collect();
    let data = Samples::new(2, x, y, times.to_vec())?;
    fit(&Chinchilla, &data, Loss::LogHuber { delta: DELTA }, Search { starts: effort.law, patience: 200 }, seed)
}

/// Step two on all checkpoints; `ideal` adds the authors' point of loss 0 and accuracy 1.
pub(super) fn link(rungs: &[Rung], times: &[f64], ideal: bool, effort: Effort, seed: u64) -> Result<Fit, FitError> {
    let mut x: Vec<f64> = rungs.iter().flat_map(|r| r.loss.iter().copied()).collect();
    let mut y: Vec<f64> = rungs.iter().flat_map(|r| r.accuracy.iter().copied()).collect();
    let mut weights: Vec<f64> = rungs.iter().zip(times).flat_map(|(r, t)| std::iter::repeat_n(*t, r.loss.len())).collect();
    if ideal {
        x.push(0.0);
        y.push(1.0);
        weights.push(1.0);
    }
    let data = Samples::new(1, x, y, weights)?;
    fit(&BoundedLink, &data, Loss::Squares, Search { starts: effort.link, patience: 100 }, seed)
}

/// The value of a fit at some inputs.
pub(super) fn at(fit: &Fit, inputs: &[f64]) -> f64 {
    fit.law.eval(&At::at(inputs), &fit.theta)
}

/// The parameters of a fit by name.
pub(super) fn parameters(fit: &Fit) -> impl Iterator<Item = (&'static str, f64)> + '_ {
    let law: &'static dyn Law = fit.law;
    law.params().iter().map(|p| p.name).zip(fit.theta.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EFFORT: Effort = Effort { law: 12, link: 4 };

    /// Sixteen runs without noise, made by the two laws themselves.
    fn rungs() -> Vec<Rung> {
        let mut all = Vec::new();
        for n in [2e8, 4e8, 8e8, 1.3e9] {
            for m in [20.0, 40.0, 100.0, 200.0] {
                let d: f64 = n * m;
                let loss_at = |d: f64| 0.5 + 40.0 * n.powf(-0.25) + 100.0 * d.powf(-0.25);
                let accuracy = |l: f64| 0.98 - 0.7 / (1.0 + (-5.0 * (l - 0.9)).exp());
                let loss: Vec<f64> = (1..=20).map(|k| loss_at(d * f64::from(k) / 20.0)).collect();
                let end = loss_at(d);
                let course = loss.iter().map(|l| accuracy(*l)).collect();
                all.push(Rung { size: [n, d], end: [end, accuracy(end)], loss, accuracy: course });
            }
        }
        all
    }

    #[test]
    fn noiseless_runs_give_the_target() {
        let rungs = rungs();
        let times = vec![1.0; rungs.len()];
        let one = surface(&rungs, &times, false, EFFORT, 1).unwrap();
        let two = link(&rungs, &times, false, EFFORT, 1).unwrap();
        let loss = at(&one, &[7e9, 4e12]);
        // By hand: 0.5 + 40 · (7e9)^−0.25 + 100 · (4e12)^−0.25 = 0.7090…
        let truth = 0.5 + 40.0 * 7e9f64.powf(-0.25) + 100.0 * 4e12f64.powf(-0.25);
        assert!((loss - truth).abs() < 2e-3, "{loss} {truth}");
        let accuracy = 0.98 - 0.7 / (1.0 + (-5.0 * (truth - 0.9)).exp());
        assert!((at(&two, &[truth]) - accuracy).abs() < 1e-3);
        assert!((at(&two, &[loss]) - accuracy).abs() < 4e-3);
    }

    #[test]
    fn a_rung_that_counts_for_nothing_moves_nothing() {
        let mut odd = rungs();
        let plain = link(&odd, &vec![1.0; odd.len()], true, EFFORT, 2).unwrap();
        let mut wrong = odd[0].clone();
        wrong.accuracy.iter_mut().for_each(|a| *a = 0.1);
        odd.push(wrong);
        let mut times = vec![1.0; odd.len()];
        if let Some(last) = times.last_mut() {
            *last = 0.0;
        }
        let same = link(&odd, &times, true, EFFORT, 2).unwrap();
        assert!((at(&plain, &[0.8]) - at(&same, &[0.8])).abs() < 1e-5);
    }

    #[test]
    fn too_few_runs_have_a_word() {
        let few = &rungs()[..3];
        assert_eq!(surface(few, &[1.0; 3], false, EFFORT, 1).err().map(|e| e.word()), Some("too-few-points"));
    }
}
