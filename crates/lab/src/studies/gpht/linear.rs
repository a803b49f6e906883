//! A linear forecast of trend and remainder (DLinear; Zeng et al., arXiv 2205.13504).

use nets::layers::Linear;
use nets::{Params, Pass, Var, losses};

/// Hours of the moving mean that is the trend; at the ends the first and the last hour are repeated.
const MEAN: usize = 25;

/// The forecast.
pub(super) struct Dlinear {
    trend: Linear,
    remainder: Linear,
    window: usize,
    horizon: usize,
}

impl Dlinear {
    pub(super) fn new(params: &mut Params<f32>, window: usize, horizon: usize) -> Self {
        let (trend, remainder) = (Linear::new(params, "trend", window, horizon), Linear::new(params, "remainder", window, horizon));
        Self { trend, remainder, window, horizon }
    }

    /// Multiplications of a window.
    pub(super) fn multiplications(window: usize, horizon: usize) -> f64 {
        (2 * window * horizon) as f64
    }

    /// What comes after each window: a row each.
    fn run(&self, pass: &mut Pass<'_, f32>, windows: &[f32]) -> Var {
        let count = windows.len() / self.window.max(1);
        let trends: Vec<f32> = windows.chunks_exact(self.window.max(1)).flat_map(trend).collect();
        let rests: Vec<f32> = windows.iter().zip(&trends).map(|(v, t)| v - t).collect();
        let (trends, rests) = (pass.input(&trends, count, self.window), pass.input(&rests, count, self.window));
        let (trend, rest) = (self.trend.forward(pass, trends), self.remainder.forward(pass, rests));
        pass.add(trend, rest)
    }

    /// The mean squared error. `batch` has windows and, after each, what came.
    pub(super) fn loss(&self, pass: &mut Pass<'_, f32>, batch: &[f32]) -> Var {
        let all = batch.chunks_exact(self.window + self.horizon);
        let windows: Vec<f32> = all.clone().flat_map(|all| all[..self.window].to_vec()).collect();
        let came: Vec<f32> = all.flat_map(|all| all[self.window..].to_vec()).collect();
        let said = self.run(pass, &windows);
        let wanted = pass.input(&came, said.rows, self.horizon);
        let errors = losses::squared_error(pass, said, wanted);
        pass.mean(errors)
    }

    /// What comes after each window.
    pub(super) fn forecasts(&self, pass: &mut Pass<'_, f32>, windows: &[f32]) -> Vec<f32> {
        let said = self.run(pass, windows);
        pass.value(said).to_vec()
    }
}

/// The moving mean of a window.
pub(super) fn trend(window: &[f32]) -> Vec<f32> {
    let last = window.len().saturating_sub(1);
    let at = |k: usize| window.get(k.saturating_sub(MEAN / 2).min(last)).copied().unwrap_or(0.0);
    (0..window.len()).map(|t| (t..t + MEAN).map(at).sum::<f32>() / MEAN as f32).collect()
}
