//! What is done with points and pictures: density, mirrors, brightness, blur, and one picture laid on another.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::systems::{between, extent};

/// From where to where points are seen.
pub(super) type Window = ([f64; 2], [f64; 2]);

/// All points; or moved by up to a fifth and half as large to twice as large along each axis (`moved`).
pub(super) fn window(points: &[[f64; 2]], moved: bool, rng: &mut Pcg64) -> Window {
    let (mut low, mut high) = extent(points);
    if moved {
        for axis in 0..2 {
            let whole = high[axis] - low[axis];
            let middle = 0.5 * (low[axis] + high[axis]) + whole * between(rng, -0.2, 0.2);
            let half = 0.5 * whole * between(rng, 0.5, 2.0);
            (low[axis], high[axis]) = (middle - half, middle + half);
        }
    }
    (low, high)
}

/// How many points lie at every pixel, over the most; each of them is drawn as a random part of the three by three pixels around it, the same part
/// for all.
pub(super) fn density(points: &[[f64; 2]], side: usize, (low, high): Window, rng: &mut Pcg64) -> Vec<f32> {
    let patch: Vec<(i64, i64)> = (0..9).filter(|_| rng.random::<f64>() < 0.5).map(|k| (k / 3 - 1, k % 3 - 1)).collect();
    let scale = |axis: usize| (side as f64 - 1.0) / if high[axis] > low[axis] { high[axis] - low[axis] } else { 1.0 };
    let (by_row, by_column) = (scale(0), scale(1));
    let mut counts = vec![0.0_f32; side * side];
    let inside = 0..side as i64;
    for point in points {
        let (row, column) = (((point[0] - low[0]) * by_row).floor() as i64, ((point[1] - low[1]) * by_column).floor() as i64);
        for (down, right) in &patch {
            let (row, column) = (row + down, column + right);
            if inside.contains(&row) && inside.contains(&column) {
                counts[row as usize * side + column as usize] += 1.0;
            }
        }
    }
    let most = counts.iter().copied().fold(0.0, f32::max);
    if most > 0.0 {
        counts.iter_mut().for_each(|v| *v /= most);
    }
    counts
}

/// Transposed, upside down and mirrored, each in one of two cases.
pub(super) fn flip(picture: &mut [f32], side: usize, rng: &mut Pcg64) {
    let [transposed, down, across] = std::array::from_fn(|_| rng.random::<f64>() < 0.5);
    let from = picture.to_vec();
    for (k, to) in picture.iter_mut().enumerate() {
        let (row, column) = (k / side.max(1), k % side.max(1));
        let row = if down { side - 1 - row } else { row };
        let column = if across { side - 1 - column } else { column };
        *to = if transposed { from[column * side + row] } else { from[row * side + column] };
    }
}

/// A random brightness, and in place of a hue a part of it that runs round with density: v (0.3 + 0.7 ((x + h) mod 1)); empty pixels stay black.
pub(super) fn shade(picture: &mut [f32], rng: &mut Pcg64) {
    let (value, shift) = (between(rng, 0.5, 1.0) as f32, rng.random::<f64>() as f32);
    picture.iter_mut().filter(|v| **v > 0.0).for_each(|v| *v = value * (0.3 + 0.7 * (*v + shift).fract()));
}

/// Every pixel a mean of the three by three around it by a normal density of standard deviation 0.5 to 1; the edge goes on outside.
pub(super) fn blur(picture: &mut [f32], side: usize, rng: &mut Pcg64) {
    let deviation = between(rng, 0.5, 1.0);
    let beside = (-0.5 / (deviation * deviation)).exp() as f32;
    along(picture, side, beside, 1);
    along(picture, side, beside, side.max(1));
}

/// Every pixel a mean of itself and its two neighbours, which weigh so much, `step` places before and after it.
fn along(picture: &mut [f32], side: usize, beside: f32, step: usize) {
    let from = picture.to_vec();
    for (k, to) in picture.iter_mut().enumerate() {
        let place = k / step % side;
        let before = if place > 0 { from[k - step] } else { from[k] };
        let after = if place + 1 < side { from[k + step] } else { from[k] };
        *to = (from[k] + beside * (before + after)) / (1.0 + 2.0 * beside);
    }
}

/// Lays a small picture somewhere on a large one, of which its middle may be at the edge; empty pixels let through.
pub(super) fn lay(picture: &mut [f32], side: usize, small: &[f32], size: usize, rng: &mut Pcg64) {
    let mut place = || rng.random_range(0..side as i64) - size as i64 / 2;
    let (top, left) = (place(), place());
    for (k, v) in small.iter().enumerate().filter(|(_, v)| **v > 0.0) {
        let (row, column) = (top + (k / size.max(1)) as i64, left + (k % size.max(1)) as i64);
        if (0..side as i64).contains(&row) && (0..side as i64).contains(&column) {
            picture[row as usize * side + column as usize] = *v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn rng(seed: u64) -> Pcg64 {
        Pcg64::seed_from_u64(seed)
    }

    #[test]
    fn counts_are_over_the_most() {
        let points = [[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]];
        for seed in 0..20 {
            let found = density(&points, 5, window(&points, false, &mut rng(seed)), &mut rng(seed));
            let most = found.iter().copied().fold(0.0, f32::max);
            assert!(found.len() == 25 && (most == 1.0 || most == 0.0), "{found:?}");
            // Wherever a corner shows at all, the first has twice the count.
            assert!(found.iter().all(|v| [0.0, 0.5, 1.0].contains(v)), "{found:?}");
        }
        // One point alone has no extent.
        assert!(density(&[[0.3, 0.3]], 5, window(&[[0.3, 0.3]], true, &mut rng(1)), &mut rng(1)).iter().all(|v| v.is_finite()));
        assert_eq!(density(&[], 3, window(&[], false, &mut rng(1)), &mut rng(1)), [0.0; 9]);
    }

    #[test]
    fn mirrors_keep_all_numbers_and_all_eight_come() {
        let picture: Vec<f32> = (0..9).map(|k| k as f32).collect();
        let mut seen: Vec<Vec<f32>> = Vec::new();
        for seed in 0..200 {
            let mut one = picture.clone();
            flip(&mut one, 3, &mut rng(seed));
            if !seen.contains(&one) {
                seen.push(one);
            }
        }
        assert_eq!(seen.len(), 8);
        assert!(seen.iter().all(|one| one[4] == 4.0 && one.iter().sum::<f32>() == 36.0));
    }

    #[test]
    fn a_blur_keeps_the_mean_inside_and_what_is_flat() {
        let mut flat = vec![0.4; 25];
        blur(&mut flat, 5, &mut rng(1));
        assert!(flat.iter().all(|v| (v - 0.4).abs() < 1e-6));
        let mut dot = vec![0.0; 25];
        dot[12] = 1.0;
        blur(&mut dot, 5, &mut rng(1));
        assert!((dot.iter().sum::<f32>() - 1.0).abs() < 1e-6 && dot[12] < 1.0 && dot[7] > dot[6] && (dot[7] - dot[11]).abs() < 1e-7, "{dot:?}");
    }

    #[test]
    fn what_is_laid_hides_what_is_behind() {
        for seed in 0..20 {
            let mut picture = vec![0.2; 36];
            lay(&mut picture, 6, &[0.9, 0.0, 0.0, 0.9], 2, &mut rng(seed));
            let laid = picture.iter().filter(|v| **v == 0.9).count();
            assert!((1..=2).contains(&laid) && picture.iter().all(|v| *v == 0.9 || *v == 0.2), "{picture:?}");
        }
        let mut shaded = vec![0.0, 0.5, 1.0];
        shade(&mut shaded, &mut rng(1));
        assert!(shaded[0] == 0.0 && shaded[1..].iter().all(|v| (0.15..=1.0).contains(v)), "{shaded:?}");
    }
}
