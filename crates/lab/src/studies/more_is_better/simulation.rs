//! One trial of random-feature ridge regression with Gaussian inputs: every size and every ridge, from one draw.
//!
//! An input is x ~ N(0, I) of M coordinates, which are the modes; a label is y = Σ vᵢ xᵢ + σ ε; a feature is gⱼ·(√λ x) with gⱼ ~ N(0, I). With k
//! features the kernel is K(x, x') = (1/k) Σⱼ (gⱼ·√λ x)(gⱼ·√λ x'), whose mean is Σ λᵢ xᵢ xᵢ'. What is learnt is linear, f(x) = w·x, so that the test
//! error of the whole population is known: ‖w − v‖² + σ².
//!
//! **Nested sizes.** Features (or samples) come in blocks, and a smaller size is the beginning of a larger one. Sums over all that have come are
//! enough: with features, the kernel of the samples and Σⱼ zⱼ φⱼᵀ (zⱼ = √λ gⱼ, φⱼ = X zⱼ), from which w follows without the features themselves;
//! with samples, the moments of the features and their products with labels. One eigendecomposition a size then gives all ridges.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, s};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::table::{TRIAL, Table};
use super::{Sweep, other};
use crate::{Go, StudyError};

/// Features or samples that are drawn at once.
const BLOCK: usize = 64;

/// What all trials of a sweep have in common.
#[derive(Clone, Debug)]
pub(super) struct Design {
    /// What varies.
    pub(super) sweep: Sweep,
    /// How many there are of the other.
    pub(super) fixed: usize,
    /// Sizes of what varies, rising; infinitely many features, 0, come last.
    pub(super) sizes: Vec<usize>,
    /// As many ridges for each size.
    pub(super) ridges: Vec<Vec<f64>>,
    /// λ.
    pub(super) eigenvalues: Array1<f64>,
    /// v.
    pub(super) target: Array1<f64>,
    /// σ².
    pub(super) noise: f64,
}

/// One stream of random numbers per thing drawn.
struct Draws {
    inputs: Normals,
    noise: Normals,
    features: Normals,
}

impl Draws {
    fn new(seed: u64) -> Self {
        let mut master = Pcg64::seed_from_u64(seed);
        let mut stream = || Normals { rng: Pcg64::seed_from_u64(master.random()), spare: None };
        Self { inputs: stream(), noise: stream(), features: stream() }
    }
}

/// Standard normal numbers by Marsaglia's polar method, which no release of a library changes: a hundred million are needed for a trial.
struct Normals {
    rng: Pcg64,
    spare: Option<f64>,
}

impl Normals {
    /// Uniform on (−1, 1).
    fn uniform(&mut self) -> f64 {
        let bits = self.rng.random::<u64>() >> 11;
        (bits as f64 + 0.5) / (1u64 << 52) as f64 - 1.0
    }

    fn draw(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (a, b) = (self.uniform(), self.uniform());
            let square = a * a + b * b;
            if square > 0.0 && square < 1.0 {
                let scale = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(scale * b);
                return scale * a;
            }
        }
    }

    /// Row after row, each coordinate times its scale.
    fn fill(&mut self, rows: &mut ArrayViewMut2<'_, f64>, scales: &[f64]) {
        for mut row in rows.rows_mut() {
            for (value, scale) in row.iter_mut().zip(scales) {
                *value = scale * self.draw();
            }
        }
    }
}

/// The test and training errors of a trial, at each size and ridge.
///
/// # Errors
/// [`StudyError::Interrupted`], or an eigendecomposition that does not converge.
pub(super) fn trial(design: &Design, seed: u64, watch: &dyn Fn(f64) -> Go) -> Result<Table, StudyError> {
    match design.sweep {
        Sweep::Features => more_features(design, seed, watch),
        Sweep::Samples => more_samples(design, seed, watch),
    }
}

/// How many of what varies are drawn.
fn most(design: &Design) -> usize {
    design.sizes.iter().copied().max().unwrap_or(0)
}

fn ask(watch: &dyn Fn(f64) -> Go, done: usize, most: usize) -> Result<(), StudyError> {
    if watch(done as f64 / most.max(1) as f64) == Go::Stop { Err(StudyError::Interrupted) } else { Ok(()) }
}

/// Labels of inputs, row by row.
fn labels(design: &Design, inputs: &ArrayView2<'_, f64>, noise: &mut Normals) -> Array1<f64> {
    let sd = design.noise.sqrt();
    inputs.dot(&design.target).mapv_into(|label| label + sd * noise.draw())
}

/// ‖w − v‖² + σ² of each row of weights.
fn test_errors(design: &Design, weights: &Array2<f64>) -> Vec<f64> {
    let off = |row: ndarray::ArrayView1<'_, f64>| row.iter().zip(&design.target).map(|(w, v)| (w - v) * (w - v)).sum::<f64>() + design.noise;
    weights.axis_iter(Axis(0)).map(off).collect()
}

/// The number of features grows, for the same samples.
fn more_features(design: &Design, seed: u64, watch: &dyn Fn(f64) -> Go) -> Result<Table, StudyError> {
    let (n, modes) = (design.fixed, design.eigenvalues.len());
    let ridges = design.ridges.first().map_or(0, Vec::len);
    let mut draws = Draws::new(seed);
    let roots: Vec<f64> = design.eigenvalues.iter().map(|v| v.sqrt()).collect();
    let mut inputs = Array2::<f64>::zeros((n, modes));
    draws.inputs.fill(&mut inputs.view_mut(), &vec![1.0; modes]);
    let labels = labels(design, &inputs.view(), &mut draws.noise);

    let mut table = Table::new(design.sizes.len(), ridges, TRIAL);
    let mut block = Array2::<f64>::zeros((BLOCK, modes));
    let mut seen = Array2::<f64>::zeros((BLOCK, n));
    let mut kernel = Array2::<f64>::zeros((n, n));
    // Row i is Σⱼ φⱼᵢ zⱼ: what a unit of dual weight on sample i adds to w, times k.
    let mut lifted = Array2::<f64>::zeros((n, modes));
    let mut weights = Array2::<f64>::zeros((ridges, modes));
    let (mut done, most) = (0, most(design));
    for (place, (&size, ridges)) in design.sizes.iter().zip(&design.ridges).enumerate() {
        let share = if size == 0 {
            lifted.assign(&inputs);
            lifted *= &design.eigenvalues;
            general_mat_mul(1.0, &lifted, &inputs.t(), 0.0, &mut kernel);
            1.0
        } else {
            while done < size {
                let count = BLOCK.min(size - done);
                let (mut features, mut values) = (block.slice_mut(s![..count, ..]), seen.slice_mut(s![..count, ..]));
                draws.features.fill(&mut features, &roots);
                general_mat_mul(1.0, &features, &inputs.t(), 0.0, &mut values);
                general_mat_mul(1.0, &values.t(), &values, 1.0, &mut kernel);
                general_mat_mul(1.0, &values.t(), &features, 1.0, &mut lifted);
                done += count;
                ask(watch, done, most)?;
            }
            1.0 / size as f64
        };
        let (values, vectors) = linalg::eigh(kernel.view()).map_err(other)?;
        let along = vectors.t().dot(&labels);
        let turned = Array2::from_shape_fn((n, ridges.len()), |(i, r)| along[i] / (share * values[i] + ridges[r]));
        let dual = vectors.dot(&turned);
        general_mat_mul(share, &dual.t(), &lifted, 0.0, &mut weights);
        for (r, (test, ridge)) in test_errors(design, &weights).into_iter().zip(ridges).enumerate() {
            // The residuals of the training set are the dual weights times the ridge.
            let dual = dual.column(r);
            table.put(place, r, &[test, ridge * ridge * dual.dot(&dual) / n as f64]);
        }
    }
    Ok(table)
}

/// The number of samples grows, for the same features.
fn more_samples(design: &Design, seed: u64, watch: &dyn Fn(f64) -> Go) -> Result<Table, StudyError> {
    let (k, modes) = (design.fixed, design.eigenvalues.len());
    let ridges = design.ridges.first().map_or(0, Vec::len);
    let mut draws = Draws::new(seed);
    let scales: Vec<f64> = design.eigenvalues.iter().map(|v| (v / k as f64).sqrt()).collect();
    let ones = vec![1.0; modes];
    let mut features = Array2::<f64>::zeros((k, modes));
    draws.features.fill(&mut features.view_mut(), &scales);

    let mut table = Table::new(design.sizes.len(), ridges, TRIAL);
    let mut block = Array2::<f64>::zeros((BLOCK, modes));
    let mut seen = Array2::<f64>::zeros((BLOCK, k));
    // Of the features over all samples so far: their moments, and their products with labels.
    let mut moments = Array2::<f64>::zeros((k, k));
    let mut products = Array1::<f64>::zeros(k);
    let mut power = 0.0;
    let mut weights = Array2::<f64>::zeros((ridges, modes));
    let (mut done, most) = (0, most(design));
    for (place, (&size, ridges)) in design.sizes.iter().zip(&design.ridges).enumerate() {
        while done < size {
            let count = BLOCK.min(size - done);
            let (mut inputs, mut values) = (block.slice_mut(s![..count, ..]), seen.slice_mut(s![..count, ..]));
            draws.inputs.fill(&mut inputs, &ones);
            let labels = labels(design, &inputs.view(), &mut draws.noise);
            general_mat_mul(1.0, &inputs, &features.t(), 0.0, &mut values);
            general_mat_mul(1.0, &values.t(), &values, 1.0, &mut moments);
            products += &values.t().dot(&labels);
            power += labels.dot(&labels);
            done += count;
            ask(watch, done, most)?;
        }
        let (values, vectors) = linalg::eigh(moments.view()).map_err(other)?;
        let along = vectors.t().dot(&products);
        let turned = Array2::from_shape_fn((k, ridges.len()), |(i, r)| along[i] / (values[i] + ridges[r]));
        let primal = vectors.dot(&turned);
        general_mat_mul(1.0, &primal.t(), &features, 0.0, &mut weights);
        for (r, (test, ridge)) in test_errors(design, &weights).into_iter().zip(ridges).enumerate() {
            // ‖y‖² − 2 βᵀψy + βᵀψψᵀβ in the eigenbasis, where β = along/(values + ridge).
            let fitted: f64 = turned.column(r).iter().zip(&values).map(|(c, value)| c * c * (value + 2.0 * ridge)).sum();
            table.put(place, r, &[test, (power - fitted).max(0.0) / size as f64]);
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::studies::more_is_better::eigenframework::{Regression, Spectrum, solve};

    fn design(sweep: Sweep, modes: usize, fixed: usize, sizes: Vec<usize>) -> Design {
        let power = |exponent: f64| (1..=modes).map(|i| (i as f64).powf(-exponent)).collect::<Array1<f64>>();
        let ridges = vec![vec![0.05, 1.0]; sizes.len()];
        Design { sweep, fixed, sizes, ridges, eigenvalues: power(1.5), target: power(0.75), noise: 0.5 }
    }

    fn solved(mut matrix: Array2<f64>, ridge: f64, right: &Array1<f64>) -> Array1<f64> {
        matrix.diag_mut().mapv_inplace(|v| v + ridge);
        linalg::solve_spd(matrix.view(), right.view().insert_axis(Axis(1))).unwrap().column(0).to_owned()
    }

    /// The first `size` rows of as many standard normal numbers as there are.
    fn normals(stream: &mut Normals, size: usize, scales: &[f64]) -> Array2<f64> {
        let mut rows = Array2::zeros((size, scales.len()));
        stream.fill(&mut rows.view_mut(), scales);
        rows
    }

    #[test]
    fn nested_sums_are_ridge_regression_on_the_features_themselves() {
        // 70 is more than a block. Everything is computed anew from the same draws, by Cholesky; conditions are some 1e3.
        let features = design(Sweep::Features, 7, 5, vec![3, 70, 0]);
        let table = trial(&features, 3, &|_| Go::On).unwrap();
        let mut draws = Draws::new(3);
        let x = normals(&mut draws.inputs, 5, &[1.0; 7]);
        let y = labels(&features, &x.view(), &mut draws.noise);
        let roots: Vec<f64> = features.eigenvalues.iter().map(|v| v.sqrt()).collect();
        let all = normals(&mut draws.features, 70, &roots);
        for (place, size) in [3, 70, 0].into_iter().enumerate() {
            // Columns of `seen` are features of samples; w is what they weigh.
            let some = || all.slice(s![..size, ..]).to_owned() / (size as f64).sqrt();
            let z = if size == 0 { Array2::from_diag(&Array1::from(roots.clone())) } else { some() };
            let seen = x.dot(&z.t());
            for (r, ridge) in [0.05, 1.0].into_iter().enumerate() {
                let dual = solved(seen.dot(&seen.t()), ridge, &y);
                let off = z.t().dot(&seen.t().dot(&dual)) - &features.target;
                let left = &y - &seen.dot(&seen.t().dot(&dual));
                let found = table.at(place, r);
                assert!((found[0] - off.dot(&off) - 0.5).abs() < 1e-9, "{size} {ridge}: {found:?}");
                assert!((found[1] - left.dot(&left) / 5.0).abs() < 1e-9, "{size} {ridge}: {found:?}");
            }
        }
        let samples = design(Sweep::Samples, 7, 5, vec![3, 70]);
        let table = trial(&samples, 3, &|_| Go::On).unwrap();
        let mut draws = Draws::new(3);
        let scales: Vec<f64> = samples.eigenvalues.iter().map(|v| (v / 5.0).sqrt()).collect();
        let z = normals(&mut draws.features, 5, &scales);
        let all = normals(&mut draws.inputs, 70, &[1.0; 7]);
        let y = labels(&samples, &all.view(), &mut draws.noise);
        for (place, size) in [3, 70].into_iter().enumerate() {
            let (seen, y) = (all.slice(s![..size, ..]).dot(&z.t()), y.slice(s![..size]).to_owned());
            for (r, ridge) in [0.05, 1.0].into_iter().enumerate() {
                let primal = solved(seen.t().dot(&seen), ridge, &seen.t().dot(&y));
                let off = z.t().dot(&primal) - &samples.target;
                let left = &y - &seen.dot(&primal);
                let found = table.at(place, r);
                assert!((found[0] - off.dot(&off) - 0.5).abs() < 1e-9, "{size} {ridge}: {found:?}");
                assert!((found[1] - left.dot(&left) / size as f64).abs() < 1e-9, "{size} {ridge}: {found:?}");
            }
        }
    }

    #[test]
    fn the_mean_over_trials_is_the_eigenframework() {
        // 40 of what is fixed, 300 modes, 40 trials: within four standard errors and 3 %, which is what so small a size may be off.
        let spectrum = Spectrum::power_law(1.5, 1.5, 300).unwrap();
        for (sweep, sizes) in [(Sweep::Features, vec![16, 160, 0]), (Sweep::Samples, vec![16, 160])] {
            let design = design(sweep, 300, 40, sizes.clone());
            let tables: Vec<Table> = (0..40).map(|seed| trial(&design, seed, &|_| Go::On).unwrap()).collect();
            let pool = Table::pool(&tables).unwrap();
            for (place, size) in sizes.iter().enumerate() {
                let varied = if *size == 0 { f64::INFINITY } else { *size as f64 };
                let (samples, features) = if sweep == Sweep::Features { (40.0, varied) } else { (varied, 40.0) };
                for (r, ridge) in [0.05, 1.0].into_iter().enumerate() {
                    let theory = solve(&spectrum, &Regression { samples, features, ridge, noise: 0.5 }).unwrap();
                    let found = pool.at(place, r);
                    assert!((found[0] - theory.test).abs() < 4.0 * found[1] + 0.03 * theory.test, "{size} {ridge}: {found:?} {theory:?}");
                    assert!((found[2] - theory.train).abs() < 4.0 * found[3] + 0.03 * theory.train, "{size} {ridge}: {found:?} {theory:?}");
                }
            }
        }
    }
}
