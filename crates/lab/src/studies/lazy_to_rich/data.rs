//! Teacher, inputs and first weights, all from one seed.

use curves::normal;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::Settings;

/// One stream of random numbers per thing drawn, so that arms which differ in one of them share the others.
pub(super) struct Draws {
    teacher: Pcg64,
    inputs: Pcg64,
    pub(super) weights: Pcg64,
}

impl Draws {
    pub(super) fn new(seed: u64) -> Self {
        let mut master = Pcg64::seed_from_u64(seed);
        let mut stream = || Pcg64::seed_from_u64(master.random());
        Self { teacher: stream(), inputs: stream(), weights: stream() }
    }
}

/// A standard normal number: the quantile of a uniform one, which no release of a library changes.
pub(super) fn standard_normal(rng: &mut Pcg64) -> f64 {
    let bits = rng.random::<u64>() >> 11;
    normal::quantile((bits as f64 + 0.5) / (1u64 << 53) as f64)
}

/// The teacher and the training set.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Data {
    /// D, the dimension.
    pub(super) dim: usize,
    /// P, the examples.
    pub(super) train: usize,
    /// β, D numbers.
    pub(super) teacher: Vec<f64>,
    /// D × P: coordinate after coordinate, because sums run over examples.
    inputs: Vec<f64>,
    /// y, P numbers.
    pub(super) targets: Vec<f64>,
}

impl Data {
    /// β ~ N(0, I), then example by example (a smaller set is the beginning of a larger one) x ~ N(0, I/D) and y = (β·x)².
    pub(super) fn draw(settings: &Settings, draws: &mut Draws) -> Self {
        let (dim, train) = (settings.dim, settings.train);
        let teacher: Vec<f64> = (0..dim).map(|_| standard_normal(&mut draws.teacher)).collect();
        let scale = (dim as f64).sqrt().recip();
        let mut inputs = vec![0.0; dim * train];
        let mut targets = Vec::with_capacity(train);
        for example in 0..train {
            let mut along = 0.0;
            for (i, beta) in teacher.iter().enumerate() {
                let x = scale * standard_normal(&mut draws.inputs);
                inputs[i * train + example] = x;
                along += beta * x;
            }
            targets.push(along * along);
        }
        Self { dim, train, teacher, inputs, targets }
    }

    /// Coordinate `i` of all examples.
    pub(super) fn coordinate(&self, i: usize) -> &[f64] {
        &self.inputs[i * self.train..(i + 1) * self.train]
    }
}

/// All that the student's outputs depend on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    /// w̄, D numbers.
    pub(super) mean: Vec<f64>,
    /// M, D × D, symmetric.
    pub(super) second: Vec<f64>,
}

impl State {
    /// Mean and second moment of `width` weight vectors, w ~ N(0, I), one after the other; of infinitely many 0 and I.
    pub(super) fn first(settings: &Settings, draws: &mut Draws) -> Self {
        let d = settings.dim;
        let mut state = Self { mean: vec![0.0; d], second: vec![0.0; d * d] };
        if settings.width == 0 {
            for i in 0..d {
                state.second[i * d + i] = 1.0;
            }
            return state;
        }
        let share = 1.0 / settings.width as f64;
        let mut unit = vec![0.0; d];
        for _ in 0..settings.width {
            unit.iter_mut().for_each(|w| *w = standard_normal(&mut draws.weights));
            for ((i, w), mean) in unit.iter().enumerate().zip(&mut state.mean) {
                *mean += share * w;
                for (v, second) in unit.iter().zip(&mut state.second[i * d..(i + 1) * d]) {
                    *second += share * w * v;
                }
            }
        }
        // The product of the share rounds differently on either side of the diagonal.
        for i in 0..d {
            for j in 0..i {
                state.second[j * d + i] = state.second[i * d + j];
            }
        }
        state
    }

    /// The same of weights w + (√(1 + s) − 1) (β·w) β/‖β‖²: their variance along the teacher is 1 + s in place of 1.
    pub(super) fn align(&mut self, teacher: &[f64], spread: f64) {
        let d = teacher.len();
        let length: f64 = teacher.iter().map(|b| b * b).sum();
        if length <= 0.0 {
            return;
        }
        let k = (1.0 + spread).sqrt() - 1.0;
        // M β/‖β‖², and βᵀMβ/‖β‖⁴.
        let along = |row: &[f64]| row.iter().zip(teacher).map(|(m, b)| m * b).sum::<f64>() / length;
        let turned: Vec<f64> = self.second.chunks_exact(d).map(along).collect();
        let both = along(&turned);
        for (i, row) in self.second.chunks_exact_mut(d).enumerate() {
            for (j, m) in row.iter_mut().enumerate() {
                *m += k * (teacher[i] * turned[j] + turned[i] * teacher[j]) + k * k * both * (teacher[i] * teacher[j]);
            }
        }
        let mean = along(&self.mean);
        self.mean.iter_mut().zip(teacher).for_each(|(w, b)| *w += k * mean * b);
    }
}
