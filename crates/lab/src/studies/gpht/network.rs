//! The network: stages that see a series at several resolutions, each of which says what the ones before it have left over.

use nets::layers::{Linear, Sequences};
use nets::{Params, Pass, Var, losses};

use super::Settings;
use crate::blocks::sequence_encoder::{SequenceEncoder, Size};

/// What the tensors of heads have in their names.
const HEAD: &str = ".forecast.";

/// Whether a tensor is one of a head.
pub(super) fn in_head(name: &str) -> bool {
    name.contains(HEAD)
}

/// What is added to variances: nearly nothing where a whole window is looked at, as in the authors' code, and a hundredth of a channel's variance
/// where the first piece stands alone, which may not vary at all.
const LEAST: (f64, f64) = (1e-5, 1e-2);

/// What a network is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shape {
    /// Hours of a piece, and pieces of a window.
    pub(super) piece: usize,
    pub(super) pieces: usize,
    /// For each stage, over how many hours it sees maxima.
    pub(super) pooling: Vec<usize>,
    pub(super) width: usize,
    pub(super) heads: usize,
    pub(super) layers: usize,
    /// Whether a piece is normalised by what came before its end, and not by the whole window.
    pub(super) causal: bool,
}

impl Shape {
    pub(super) fn of(own: &Settings) -> Self {
        let pooling = if own.method == super::Method::Flat { vec![1; own.pooling.len()] } else { own.pooling.clone() };
        let causal = own.method == super::Method::Causal;
        Self { piece: own.piece, pieces: own.pieces, pooling, width: own.width, heads: own.heads, layers: own.layers, causal }
    }

    fn stage(&self, pool: usize) -> Size {
        Size { ins: self.piece / pool.max(1), length: self.pieces, width: self.width, heads: self.heads, layers: self.layers }
    }

    /// Multiplications of a window passed forward.
    pub(super) fn multiplications(&self) -> f64 {
        let head = (self.pieces * self.width * self.piece) as f64;
        self.pooling.iter().map(|pool| self.stage(*pool).multiplications() + head).sum()
    }
}

/// One stage.
struct Stage {
    encoder: SequenceEncoder,
    forecast: Linear,
    pool: usize,
}

/// The network.
pub(super) struct Net {
    stages: Vec<Stage>,
    shape: Shape,
}

/// Mean and standard deviation that every piece is normalised by, piece after piece, window after window.
struct Units {
    means: Vec<f64>,
    deviations: Vec<f64>,
}

impl Net {
    pub(super) fn new(params: &mut Params<f32>, shape: Shape) -> Self {
        let stage = |(k, pool): (usize, &usize)| Stage {
            encoder: SequenceEncoder::new(params, &format!("stages.{k}.encoder"), shape.stage(*pool)),
            forecast: Linear::new(params, &format!("stages.{k}.forecast"), shape.width, shape.piece),
            pool: *pool,
        };
        let stages = shape.pooling.iter().enumerate().map(stage).collect();
        Self { stages, shape }
    }

    /// Hours that it reads.
    pub(super) fn window(&self) -> usize {
        self.shape.piece * self.shape.pieces
    }

    fn units(&self, windows: &[f32]) -> Units {
        let Shape { piece, pieces, causal, .. } = self.shape;
        let mut units = Units { means: Vec::new(), deviations: Vec::new() };
        for window in windows.chunks_exact(self.window()) {
            for k in 1..=pieces {
                let seen = if causal { &window[..k * piece] } else { window };
                let size = seen.len() as f64;
                let mean = seen.iter().map(|v| f64::from(*v)).sum::<f64>() / size;
                let variance = seen.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / size;
                units.means.push(mean);
                units.deviations.push((variance + if causal { LEAST.1 } else { LEAST.0 }).sqrt());
            }
        }
        units
    }

    /// After every piece the next one, in the units of that piece.
    fn run(&self, pass: &mut Pass<'_, f32>, windows: &[f32], units: &Units) -> Var {
        let Shape { piece, pieces, .. } = self.shape;
        let (count, rows) = (windows.len() / self.window(), units.means.len());
        let normalised = windows.chunks_exact(piece).zip(&units.means).zip(&units.deviations);
        let normalised: Vec<f32> = normalised.flat_map(|((piece, m), d)| piece.iter().map(move |v| ((f64::from(*v) - m) / d) as f32)).collect();
        let mut left = pass.input(&normalised, rows, piece);
        let sequences = Sequences::causal(count, pieces);
        let mut sum: Option<Var> = None;
        for (k, stage) in self.stages.iter().enumerate() {
            let pooled = maxima(pass, left, stage.pool);
            let features = stage.encoder.forward(pass, pooled, &sequences);
            let said = stage.forecast.forward(pass, features);
            sum = Some(sum.map_or(said, |sum| pass.add(sum, said)));
            if k + 1 < self.stages.len() {
                let known = self.shifted(pass, said, units);
                left = pass.sub(left, known);
            }
        }
        sum.unwrap_or(left)
    }

    /// What was said of every piece after the one before it, in the units of the piece itself; nothing of the first.
    fn shifted(&self, pass: &mut Pass<'_, f32>, said: Var, units: &Units) -> Var {
        let first = |row: usize| row.is_multiple_of(self.shape.pieces);
        let from: Vec<usize> = (0..said.rows).map(|row| if first(row) { row } else { row - 1 }).collect();
        let Units { means, deviations } = units;
        let factor = |row: usize| if first(row) { 0.0 } else { (deviations[row - 1] / deviations[row]) as f32 };
        let offset = |row: usize| if first(row) { 0.0 } else { ((means[row - 1] - means[row]) / deviations[row]) as f32 };
        let (factors, offsets): (Vec<f32>, Vec<f32>) = (0..said.rows).map(|row| (factor(row), offset(row))).unzip();
        let moved = pass.gather(said, from.into());
        let (factors, offsets) = (pass.input(&factors, said.rows, 1), pass.input(&offsets, said.rows, 1));
        let moved = pass.mul(moved, factors);
        pass.add(moved, offsets)
    }

    /// The mean squared error of all next pieces, in the units of the pieces before them. `batch` has windows and, after each, one more piece.
    pub(super) fn loss(&self, pass: &mut Pass<'_, f32>, batch: &[f32]) -> Var {
        let (window, piece) = (self.window(), self.shape.piece);
        let windows: Vec<f32> = batch.chunks_exact(window + piece).flat_map(|all| all[..window].to_vec()).collect();
        let units = self.units(&windows);
        let said = self.run(pass, &windows, &units);
        let next = batch.chunks_exact(window + piece).flat_map(|all| all[piece..].chunks_exact(piece));
        let next = next.zip(&units.means).zip(&units.deviations);
        let next: Vec<f32> = next.flat_map(|((piece, m), d)| piece.iter().map(move |v| ((f64::from(*v) - m) / d) as f32)).collect();
        let wanted = pass.input(&next, said.rows, piece);
        let errors = losses::squared_error(pass, said, wanted);
        pass.mean(errors)
    }

    /// The piece after each window.
    pub(super) fn next(&self, pass: &mut Pass<'_, f32>, windows: &[f32]) -> Vec<f32> {
        let units = self.units(windows);
        let said = self.run(pass, windows, &units);
        let rows = pass.value(said).chunks_exact(self.shape.piece).zip(&units.means).zip(&units.deviations);
        let last = rows.skip(self.shape.pieces - 1).step_by(self.shape.pieces);
        last.flat_map(|((row, m), d)| row.iter().map(move |v| (f64::from(*v) * d + m) as f32)).collect()
    }
}

/// The largest of every `pool` consecutive numbers of a row.
fn maxima(pass: &mut Pass<'_, f32>, x: Var, pool: usize) -> Var {
    if pool <= 1 {
        return x;
    }
    let parts = pass.reshape(x, x.len() / pool, pool);
    let mut largest = pass.columns(parts, 0, 1);
    for k in 1..pool {
        let other = pass.columns(parts, k, 1);
        let more = pass.sub(other, largest);
        let more = pass.relu(more);
        largest = pass.add(largest, more);
    }
    pass.reshape(largest, x.rows, x.cols / pool)
}

#[cfg(test)]
mod tests {
    use nets::Training;
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    use super::*;

    fn shape(causal: bool) -> Shape {
        Shape { piece: 4, pieces: 3, pooling: vec![2, 1], width: 8, heads: 2, layers: 1, causal }
    }

    /// What is said after the first piece of a window, in the units of the series.
    fn after_the_first(causal: bool, window: &[f32]) -> Vec<f64> {
        let mut params = Params::new(Pcg64::seed_from_u64(1));
        let net = Net::new(&mut params, shape(causal));
        let units = net.units(window);
        Training::new(params, 0.0).infer(Pcg64::seed_from_u64(0), |pass| {
            let said = net.run(pass, window, &units);
            pass.value(said)[..4].iter().map(|v| f64::from(*v) * units.deviations[0] + units.means[0]).collect()
        })
    }

    #[test]
    fn a_causal_network_knows_nothing_of_what_comes_and_the_other_knows_its_level() {
        let window: Vec<f32> = (0..12).map(|k| (k as f32).cos()).collect();
        let mut later = window.clone();
        later[4..].iter_mut().for_each(|v| *v += 3.0);
        let gap = |causal: bool| {
            let (a, b) = (after_the_first(causal, &window), after_the_first(causal, &later));
            a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
        };
        assert!(gap(true) < 1e-6 && gap(false) > 0.1, "{} {}", gap(true), gap(false));
    }

    #[test]
    fn maxima_by_hand_and_multiplications_as_they_are() {
        let mut params = Params::new(Pcg64::seed_from_u64(1));
        let net = Net::new(&mut params, shape(false));
        let mut training = Training::new(params, 0.0);
        let found = training.infer(Pcg64::seed_from_u64(0), |pass| {
            let x = pass.input(&[1.0, 2.0, -3.0, -4.0, 5.0, 4.0, 0.0, 7.0], 2, 4);
            let y = maxima(pass, x, 2);
            (y.rows, y.cols, pass.value(y).to_vec())
        });
        assert_eq!(found, (2, 2, vec![2.0, -3.0, 5.0, 7.0]));
        let before = nets::product::operations();
        training.infer(Pcg64::seed_from_u64(0), |pass| net.next(pass, &[0.5; 5 * 12]));
        let spent = (nets::product::operations() - before) as f64;
        assert!((spent / (10.0 * shape(false).multiplications()) - 1.0).abs() < 1e-9, "{spent}");
    }
}
