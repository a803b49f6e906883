//! Random parts of square grey pictures, brought back to their size.

use rand::RngExt;
use rand_pcg::Pcg64;

/// Appends a square part of a picture at the picture's size, between pixels along straight lines. The share of the area that is kept is uniform from
/// `least` to 1, and where it lies is uniform too.
pub(crate) fn crop(from: &[f32], side: usize, least: f64, rng: &mut Pcg64, to: &mut Vec<f32>) {
    let share = least + (1.0 - least) * rng.random::<f64>();
    let length = share.clamp(0.0, 1.0).sqrt();
    let room = (1.0 - length) * side as f64;
    let (top, left) = (room * rng.random::<f64>(), room * rng.random::<f64>());
    window(from, side, (top, left), length, to);
}

/// Appends the part of a picture that begins so many pixels from its top and left, and whose side is this share of the picture's.
fn window(from: &[f32], side: usize, (top, left): (f64, f64), length: f64, to: &mut Vec<f32>) {
    let last = side.saturating_sub(1);
    // For a row or column: the two of the picture that it lies between, and the share of the second. The edge goes on outside.
    let places = |start: f64| -> Vec<(usize, usize, f32)> {
        let place = |k: usize| {
            let at = (start + (k as f64 + 0.5) * length - 0.5).clamp(0.0, last as f64);
            let first = at.floor() as usize;
            (first, (first + 1).min(last), (at - first as f64) as f32)
        };
        (0..side).map(place).collect()
    };
    let pixel = |row: usize, column: usize| from.get(row * side + column).copied().unwrap_or(0.0);
    let columns = places(left);
    for (above, below, down) in places(top) {
        for &(before, after, across) in &columns {
            let upper = (1.0 - across) * pixel(above, before) + across * pixel(above, after);
            let lower = (1.0 - across) * pixel(below, before) + across * pixel(below, after);
            to.push((1.0 - down) * upper + down * lower);
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn windows_by_hand() {
        let ramp: Vec<f32> = (0..16).map(|k| (k % 4) as f32).collect();
        let of = |start: (f64, f64), length: f64| {
            let mut to = Vec::new();
            window(&ramp, 4, start, length, &mut to);
            to
        };
        assert_eq!(of((0.0, 0.0), 1.0), ramp);
        // The right half, twice as large: as far between its pixels as a quarter.
        assert_eq!(of((0.0, 2.0), 0.5)[..4], [1.75, 2.25, 2.75, 3.0]);
    }

    #[test]
    fn a_crop_has_the_size_and_no_new_numbers() {
        let picture: Vec<f32> = (0..49).map(|k| (k as f32 * 0.3).sin()).collect();
        let mut rng = Pcg64::seed_from_u64(1);
        let (mut whole, mut part) = (Vec::new(), Vec::new());
        crop(&picture, 7, 1.0, &mut rng, &mut whole);
        assert!(whole.iter().zip(&picture).all(|(a, b)| (a - b).abs() < 1e-6));
        crop(&picture, 7, 0.2, &mut rng, &mut part);
        let (low, high) = picture.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
        assert!(part.len() == 49 && part != whole && part.iter().all(|v| (low..=high).contains(v)));
    }
}
