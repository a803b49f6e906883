//! A picture as it might have been taken otherwise: moved, turned, larger or smaller, brighter or darker, with more contrast or less. Nothing that
//! lies near its middle is lost, unlike in `views`.

use nets::params::normal;
use rand::RngExt;
use rand_pcg::Pcg64;

/// Pixels that a picture is moved by, at most, of a picture with 16 a side.
const MOVED: f64 = 1.5;

/// Radians that it is turned by, at most: 14 degrees.
const TURNED: f64 = 0.25;

/// The logarithm of how many times as large or small it becomes, at most.
const SCALED: f64 = 0.2;

/// Contrast is multiplied by 1 less or more than this.
const CONTRAST: f64 = 0.3;

/// Standard deviation of what is added to brightness, of pictures whose pixels have one of 1.
const BRIGHTNESS: f64 = 0.2;

/// A view of each of these standardised pictures.
pub(crate) fn views(pixels: &[f32], side: usize, rng: &mut Pcg64) -> Vec<f32> {
    let mut seen = Vec::with_capacity(pixels.len());
    for picture in pixels.chunks_exact((side * side).max(1)) {
        let mut within = |most: f64| most * (2.0 * rng.random::<f64>() - 1.0);
        let place =
            Place { down: within(MOVED) * side as f64 / 16.0, right: within(MOVED) * side as f64 / 16.0, turn: within(TURNED), size: within(SCALED).exp() };
        let contrast = (1.0 + within(CONTRAST)) as f32;
        let brightness = (BRIGHTNESS * normal(rng)) as f32;
        let from = seen.len();
        place.append(picture, side, &mut seen);
        seen.iter_mut().skip(from).for_each(|v| *v = contrast * *v + brightness);
    }
    seen
}

/// Where the pixels of a view lie in the picture.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Pixels that its middle lies below and to the right of that of the picture.
    down: f64,
    right: f64,
    /// Radians by which its axes are turned.
    turn: f64,
    /// Pixels of the picture from one pixel of the view to the next.
    size: f64,
}

impl Place {
    /// Appends the view, between pixels along straight lines; the edge goes on outside.
    fn append(self, picture: &[f32], side: usize, to: &mut Vec<f32>) {
        let last = side.saturating_sub(1);
        let (middle, (sin, cos)) = (0.5 * last as f64, self.turn.sin_cos());
        let along = |at: f64| {
            let at = at.clamp(0.0, last as f64);
            let first = at.floor() as usize;
            (first, (first + 1).min(last), (at - first as f64) as f32)
        };
        let pixel = |row: usize, column: usize| picture.get(row * side + column).copied().unwrap_or(0.0);
        for row in 0..side {
            for column in 0..side {
                let (y, x) = (self.size * (row as f64 - middle), self.size * (column as f64 - middle));
                let (top, bottom, below) = along(middle + self.down + cos * y + sin * x);
                let (left, right, beside) = along(middle + self.right + cos * x - sin * y);
                let upper = (1.0 - beside) * pixel(top, left) + beside * pixel(top, right);
                let lower = (1.0 - beside) * pixel(bottom, left) + beside * pixel(bottom, right);
                to.push((1.0 - below) * upper + below * lower);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn seen(place: Place, picture: &[f32], side: usize) -> Vec<f32> {
        let mut to = Vec::new();
        place.append(picture, side, &mut to);
        to
    }

    #[test]
    fn places_by_hand() {
        let still = Place { down: 0.0, right: 0.0, turn: 0.0, size: 1.0 };
        let picture: Vec<f32> = (0..9).map(|k| k as f32).collect();
        assert_eq!(seen(still, &picture, 3), picture);
        // One row further down: the last goes on.
        assert_eq!(seen(Place { down: 1.0, ..still }, &picture, 3), [3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 6.0, 7.0, 8.0]);
        // Twice as large: half a pixel from one to the next, around the middle.
        let larger = seen(Place { size: 0.5, ..still }, &picture, 3);
        assert_eq!((larger[4], larger[5], larger[1]), (4.0, 4.5, 2.5));
        // A quarter turn.
        let turned = seen(Place { turn: std::f64::consts::FRAC_PI_2, ..still }, &picture, 3);
        assert!(turned.iter().zip([2.0, 5.0, 8.0, 1.0, 4.0, 7.0, 0.0, 3.0, 6.0].iter()).all(|(a, b)| (a - b).abs() < 1e-5), "{turned:?}");
    }

    #[test]
    fn a_flat_picture_stays_flat_and_others_change() {
        let flat = views(&[0.5; 2 * 49], 7, &mut Pcg64::seed_from_u64(1));
        assert!(flat.len() == 98 && flat.chunks_exact(49).all(|p| p.iter().all(|v| (v - p[0]).abs() < 1e-5)));
        assert!((flat[0] - flat[49]).abs() > 1e-3);
        let picture: Vec<f32> = (0..49).map(|k| (k as f32 * 0.3).sin()).collect();
        let mut rng = Pcg64::seed_from_u64(2);
        let (first, second) = (views(&picture, 7, &mut rng), views(&picture, 7, &mut rng));
        assert!(first != second && first.iter().all(|v| v.is_finite()));
        assert_eq!(first, views(&picture, 7, &mut Pcg64::seed_from_u64(2)));
    }
}
