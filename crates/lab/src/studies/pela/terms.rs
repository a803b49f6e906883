//! What an intermediate pretraining adds to cross-entropy.

use nets::layers::LowRank;
use nets::product::{Mat, matmul};
use nets::{Pass, Var, losses};

/// Where two lists of numbers differ most, and by how much.
pub(super) fn farthest(a: &[f32], b: &[f32]) -> (usize, f32) {
    let mut found = (0, 0.0);
    for (k, (a, b)) in a.iter().zip(b).enumerate() {
        let gap = (a - b).abs();
        if gap > found.1 {
            found = (k, gap);
        }
    }
    found
}

/// (max |AB − W| − ε)², as in the authors' code. Only the largest entry has a slope, so that it alone is computed with one; `room` is for all of
/// them.
pub(super) fn largest_gap(pass: &mut Pass<'_, f32>, thin: LowRank, wanted: &[f32], tolerance: f64, room: &mut Vec<f32>) -> Var {
    let (up, down) = (pass.weight(thin.up.weight), pass.weight(thin.down.weight));
    room.clear();
    room.resize(up.rows * down.cols, 0.0);
    let (left, right) = (Mat::new(pass.value(up), up.rows, up.cols), Mat::new(pass.value(down), down.rows, down.cols));
    matmul(room, down.cols, false, left, right, 1.0);
    let (at, _) = farthest(room, wanted);
    let row = pass.gather(up, [at / down.cols.max(1)].into());
    let column = pass.columns(down, at % down.cols.max(1), 1);
    let entry = pass.product(row, column);
    let gap = pass.affine(entry, 1.0, -f64::from(wanted.get(at).copied().unwrap_or(0.0)));
    let length = pass.map(gap, |v| if v < 0.0 { (-v, -1.0) } else { (v, 1.0) });
    let over = pass.affine(length, 1.0, -tolerance);
    pass.square(over)
}

/// ‖AB − W‖²/‖W‖²: all entries have a slope.
pub(super) fn mean_gap(pass: &mut Pass<'_, f32>, thin: LowRank, wanted: &[f32]) -> Var {
    let (up, down) = (pass.weight(thin.up.weight), pass.weight(thin.down.weight));
    let product = pass.product(up, down);
    let goal = pass.input(wanted, product.rows, product.cols);
    let squares = losses::squared_error(pass, product, goal);
    let sum = pass.sum(squares);
    let length: f64 = wanted.iter().map(|w| f64::from(*w).powi(2)).sum();
    pass.affine(sum, length.max(1e-12).recip(), 0.0)
}

/// Mean squared difference of features to these, mean over layers.
pub(super) fn feature_gap(pass: &mut Pass<'_, f32>, features: &[Var], wanted: &[Vec<f32>]) -> Option<Var> {
    let mut all: Option<Var> = None;
    for (found, wanted) in features.iter().zip(wanted) {
        let goal = pass.input(wanted, found.rows, found.cols);
        let squares = losses::squared_error(pass, *found, goal);
        let mean = pass.mean(squares);
        all = Some(match all {
            Some(sum) => pass.add(sum, mean),
            None => mean,
        });
    }
    all.map(|sum| pass.affine(sum, (features.len().max(1) as f64).recip(), 0.0))
}
