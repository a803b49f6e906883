//! The network itself, unit by unit, beside the statistics that stand for it.

use super::Settings;
use super::data::{Data, Draws, standard_normal};
use super::dynamics::{add_scaled, dot};

/// The training set, the constants, and room for one step.
pub(super) struct Network<'a> {
    data: &'a Data,
    width: usize,
    alpha: f64,
    eps: f64,
    /// 2 rate/α.
    c: f64,
    /// w·x of every unit and example: N × P.
    activations: Vec<f64>,
    /// f − y of every example.
    residuals: Vec<f64>,
    /// What one unit's slope is, for every example.
    slopes: Vec<f64>,
}

/// The first weights, N × D unit after unit: those of which the first statistics are made.
pub(super) fn first_weights(settings: &Settings, data: &Data, seed: u64) -> Vec<f64> {
    let mut draws = Draws::new(seed);
    let mut weights: Vec<f64> = (0..settings.width * settings.dim).map(|_| standard_normal(&mut draws.weights)).collect();
    let length = dot(&data.teacher, &data.teacher);
    if settings.aligned > 0.0 && length > 0.0 {
        let k = (1.0 + settings.aligned).sqrt() - 1.0;
        for unit in weights.chunks_exact_mut(settings.dim) {
            let along = k * dot(unit, &data.teacher) / length;
            add_scaled(unit, along, &data.teacher);
        }
    }
    weights
}

impl<'a> Network<'a> {
    pub(super) fn new(settings: &Settings, data: &'a Data) -> Self {
        let (n, p) = (settings.width, data.train);
        Self {
            data,
            width: n,
            alpha: settings.alpha,
            eps: settings.eps,
            c: 2.0 * settings.rate / settings.alpha,
            activations: vec![0.0; n * p],
            residuals: vec![0.0; p],
            slopes: vec![0.0; p],
        }
    }

    /// φ(z) = z + (ε/2) z².
    fn activation(&self, z: f64) -> f64 {
        z + 0.5 * self.eps * z * z
    }

    /// Activations and residuals of these weights.
    fn forward(&mut self, weights: &[f64]) {
        let (data, p) = (self.data, self.data.train);
        let (half, scale) = (0.5 * self.eps, self.alpha / self.width as f64);
        self.residuals.fill(0.0);
        for (unit, z) in weights.chunks_exact(data.dim).zip(self.activations.chunks_exact_mut(p)) {
            z.fill(0.0);
            for (i, w) in unit.iter().enumerate() {
                add_scaled(z, *w, data.coordinate(i));
            }
            for (f, z) in self.residuals.iter_mut().zip(z.iter()) {
                *f += z + half * z * z;
            }
        }
        for (f, y) in self.residuals.iter_mut().zip(&data.targets) {
            *f = scale * *f - y;
        }
    }

    /// One step of gradient descent on all weights.
    pub(super) fn step(&mut self, weights: &mut [f64]) {
        self.forward(weights);
        let (data, p) = (self.data, self.data.train);
        let (eps, share) = (self.eps, self.c / p as f64);
        for (unit, z) in weights.chunks_exact_mut(data.dim).zip(self.activations.chunks_exact(p)) {
            for ((slope, z), r) in self.slopes.iter_mut().zip(z).zip(&self.residuals) {
                *slope = r * (1.0 + eps * z);
            }
            for (i, w) in unit.iter_mut().enumerate() {
                *w -= share * dot(&self.slopes, data.coordinate(i));
            }
        }
    }

    /// Training loss, and test loss of the whole population.
    pub(super) fn losses(&mut self, weights: &[f64]) -> (f64, f64) {
        self.forward(weights);
        (dot(&self.residuals, &self.residuals) / self.data.train as f64, self.population(weights))
    }

    /// E (f − y)² by the cubature of degree five.
    fn population(&self, weights: &[f64]) -> f64 {
        let d = self.data.dim;
        let dim = d as f64;
        // Inputs are standard normal numbers over √D.
        let (far, near) = (((dim + 2.0) / dim).sqrt(), (0.5 * (dim + 2.0) / dim).sqrt());
        let (middle, axes, pairs) = (2.0 / (dim + 2.0), (4.0 - dim) / (2.0 * (dim + 2.0) * (dim + 2.0)), 1.0 / ((dim + 2.0) * (dim + 2.0)));
        // At 0 output and target are 0, which the first point counts for.
        let mut total = middle * self.error(weights, (0, 0.0), (0, 0.0));
        for i in 0..d {
            for sign in [1.0, -1.0] {
                total += axes * self.error(weights, (i, sign * far), (i, 0.0));
            }
            for j in 0..i {
                for (a, b) in [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)] {
                    total += pairs * self.error(weights, (i, a * near), (j, b * near));
                }
            }
        }
        total
    }

    /// (f − y)² at an input that is 0 but for two coordinates.
    fn error(&self, weights: &[f64], (i, a): (usize, f64), (j, b): (usize, f64)) -> f64 {
        let sum: f64 = weights.chunks_exact(self.data.dim).map(|w| self.activation(a * w[i] + b * w[j])).sum();
        let along = a * self.data.teacher[i] + b * self.data.teacher[j];
        let off = self.alpha * sum / self.width as f64 - along * along;
        off * off
    }
}
