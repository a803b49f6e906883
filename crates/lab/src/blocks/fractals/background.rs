//! A cloudy texture by the diamond-square algorithm (Fournier, Fussell and Carpenter, 1982), as the authors' code has it.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::systems::between;

/// A square texture of this side, of numbers from 0 to 1, none of them 0.
pub(super) fn clouds(side: usize, rng: &mut Pcg64) -> Vec<f32> {
    let decay = between(rng, 0.4, 0.8);
    let (whole, heights) = diamond_square(side, decay, rng);
    let (scale, shift) = (between(rng, 0.3, 0.6), between(rng, 0.4, 0.6));
    let mut picture = Vec::with_capacity(side * side);
    for row in heights.chunks_exact(whole).take(side) {
        picture.extend(row.iter().take(side).map(|v| (v * scale + shift).clamp(0.01, 1.0) as f32));
    }
    picture
}

/// Heights over a grid of 2ⁿ + 1 by as many places, at least `side`; gives the side of the grid as well. Corners are random, and noise within
/// ±0.5 e^(decay (1 − k)) is added in the k-th round.
fn diamond_square(side: usize, decay: f64, rng: &mut Pcg64) -> (usize, Vec<f64>) {
    let rounds = side.max(2).next_power_of_two().trailing_zeros() as usize;
    let last = 1 << rounds;
    let whole = last + 1;
    let mut heights = vec![0.0; whole * whole];
    for at in [0, last, last * whole, last * whole + last] {
        heights[at] = rng.random::<f64>();
    }
    for k in 1..=rounds {
        let noise = 0.5 * (decay * (1.0 - k as f64)).exp();
        let step = last >> k;
        // The middles of squares, from their corners.
        for row in (step..whole).step_by(2 * step) {
            for column in (step..whole).step_by(2 * step) {
                let (up, down, left, right) = (row - step, row + step, column - step, column + step);
                let around = heights[up * whole + left] + heights[up * whole + right] + heights[down * whole + left] + heights[down * whole + right];
                heights[row * whole + column] = 0.25 * around + between(rng, -noise, noise);
            }
        }
        // The middles of their sides; what lies beyond an edge comes from the other one.
        for (i, row) in (0..whole).step_by(step).enumerate() {
            let first = if i % 2 == 0 { step } else { 0 };
            for column in (first..whole).step_by(2 * step) {
                let before = |at: usize| if at > 0 { at - step } else { last - step };
                let after = |at: usize| if at < last { at + step } else { step };
                let around = heights[before(row) * whole + column]
                    + heights[after(row) * whole + column]
                    + heights[row * whole + before(column)]
                    + heights[row * whole + after(column)];
                heights[row * whole + column] = 0.25 * around + between(rng, -noise, noise);
            }
        }
    }
    (whole, heights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn clouds_are_smooth_and_all_alike_without_noise() {
        let picture = clouds(28, &mut Pcg64::seed_from_u64(1));
        assert!(picture.len() == 784 && picture.iter().all(|v| (0.01..=1.0).contains(v)));
        // Neighbours are closer than places far apart.
        let gap = |apart: usize| {
            let n = 28 * (28 - apart);
            (0..n).map(|k| (picture[k + 28 * apart] - picture[k]).abs()).sum::<f32>() / n as f32
        };
        assert!(gap(1) < 0.6 * gap(14), "{} {}", gap(1), gap(14));
        assert_ne!(picture, clouds(28, &mut Pcg64::seed_from_u64(2)));
    }

    #[test]
    fn every_place_gets_a_height_between_its_neighbours() {
        // With a decay so fast that only the first round has noise, places of later rounds are means.
        let (whole, heights) = diamond_square(4, 1e3, &mut Pcg64::seed_from_u64(3));
        assert_eq!((whole, heights.len()), (5, 25));
        let h = |row: usize, column: usize| heights[row * 5 + column];
        let mean = 0.25 * (h(0, 0) + h(0, 2) + h(2, 0) + h(2, 2));
        assert!((h(1, 1) - mean).abs() < 1e-12, "{} {mean}", h(1, 1));
        let side = 0.25 * (h(0, 2) + h(2, 2) + h(1, 1) + h(1, 3));
        assert!((h(1, 2) - side).abs() < 1e-12, "{} {side}", h(1, 2));
    }
}
