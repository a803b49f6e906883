//! What is done to grey pictures so that they look different and mean the same: square, of numbers from 0 to 1, row by row.

use nets::params::normal;
use rand::RngExt;
use rand_pcg::Pcg64;

/// A distortion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Distortion {
    /// Turned about the middle by so many degrees, clockwise as one looks at it; between pixels along straight lines, and 0 outside.
    Turn(f64),
    /// Every pixel the mean of the three by three around it, 0 outside.
    Blur,
    /// Distances from a half times this factor.
    Contrast(f64),
    /// Normal noise of this standard deviation, cut off at 0 and 1.
    Noise(f64),
    /// A square of 0 somewhere inside, whose side is this share of the picture's.
    Occlude(f64),
}

impl Distortion {
    /// Appends the distorted picture.
    pub(crate) fn append(self, from: &[f32], side: usize, rng: &mut Pcg64, to: &mut Vec<f32>) {
        let pixel = |row: i64, column: i64| -> f32 {
            let inside = (0..side as i64).contains(&row) && (0..side as i64).contains(&column);
            if inside { from.get(row as usize * side + column as usize).copied().unwrap_or(0.0) } else { 0.0 }
        };
        match self {
            Self::Turn(degrees) => {
                let (sin, cos) = degrees.to_radians().sin_cos();
                let middle = 0.5 * (side as f64 - 1.0);
                for row in 0..side {
                    for column in 0..side {
                        // Where the pixel comes from: turned back.
                        let (y, x) = (row as f64 - middle, column as f64 - middle);
                        let (y, x) = (middle + cos * y - sin * x, middle + sin * y + cos * x);
                        let (top, left) = (y.floor(), x.floor());
                        let (down, right) = ((y - top) as f32, (x - left) as f32);
                        let (top, left) = (top as i64, left as i64);
                        let upper = (1.0 - right) * pixel(top, left) + right * pixel(top, left + 1);
                        let lower = (1.0 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1);
                        to.push((1.0 - down) * upper + down * lower);
                    }
                }
            }
            Self::Blur => {
                for row in 0..side as i64 {
                    for column in 0..side as i64 {
                        let all: f32 = (-1..=1).map(|y| (-1..=1).map(|x| pixel(row + y, column + x)).sum::<f32>()).sum();
                        to.push(all / 9.0);
                    }
                }
            }
            Self::Contrast(factor) => to.extend(from.iter().map(|v| (0.5 + factor as f32 * (v - 0.5)).clamp(0.0, 1.0))),
            Self::Noise(sd) => to.extend(from.iter().map(|v| (v + (sd * normal(rng)) as f32).clamp(0.0, 1.0))),
            Self::Occlude(share) => {
                let hole = ((share * side as f64).round() as usize).min(side);
                let (top, left) = (rng.random_range(0..=side - hole), rng.random_range(0..=side - hole));
                for (k, v) in from.iter().enumerate() {
                    let hidden = (top..top + hole).contains(&(k / side.max(1))) && (left..left + hole).contains(&(k % side.max(1)));
                    to.push(if hidden { 0.0 } else { *v });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn done(distortion: Distortion, from: &[f32], side: usize) -> Vec<f32> {
        let mut to = Vec::new();
        distortion.append(from, side, &mut Pcg64::seed_from_u64(1), &mut to);
        to
    }

    #[test]
    fn a_quarter_turn_moves_pixels_and_none_moves_nothing() {
        let from = [1.0, 0.5, 0.0, 0.0, 0.25, 0.0, 0.0, 0.0, 0.0];
        let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
        // The upper left corner goes to the upper right, the upper edge to the right one.
        assert!(close(&done(Distortion::Turn(90.0), &from, 3), &[0.0, 0.0, 1.0, 0.0, 0.25, 0.5, 0.0, 0.0, 0.0]));
        assert!(close(&done(Distortion::Turn(0.0), &from, 3), &from));
        let there: Vec<f32> = done(Distortion::Turn(-90.0), &done(Distortion::Turn(90.0), &from, 3), 3);
        assert!(close(&there, &from));
    }

    #[test]
    fn blur_contrast_noise_and_holes_by_hand() {
        let one = [0.0, 0.0, 0.0, 0.0, 0.9, 0.0, 0.0, 0.0, 0.0];
        assert!(done(Distortion::Blur, &one, 3).iter().all(|v| (v - 0.1).abs() < 1e-6));
        assert_eq!(done(Distortion::Contrast(0.5), &[0.0, 0.5, 1.0, 1.0], 2), [0.25, 0.5, 0.75, 0.75]);
        assert_eq!(done(Distortion::Contrast(4.0), &[0.0, 0.5, 1.0, 1.0], 2), [0.0, 0.5, 1.0, 1.0]);
        let noisy = done(Distortion::Noise(0.1), &[0.5; 10_000], 100);
        let mean = noisy.iter().sum::<f32>() / 1e4;
        let spread = (noisy.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / 1e4).sqrt();
        assert!((mean - 0.5).abs() < 5e-3 && (spread - 0.1).abs() < 5e-3, "{mean} {spread}");
        assert_eq!(done(Distortion::Noise(0.0), &one, 3), one);
        let holed = done(Distortion::Occlude(0.4), &[1.0; 100], 10);
        assert_eq!(holed.iter().filter(|v| **v == 0.0).count(), 16);
        assert_eq!(done(Distortion::Occlude(1.0), &[1.0; 100], 10), [0.0; 100]);
    }
}
