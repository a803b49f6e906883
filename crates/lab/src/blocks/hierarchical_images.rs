//! Pictures in a hierarchy that is known: eight shapes, each with four kinds, each with any number of pictures.
//!
//! - A *shape* (super-class) is an outline: `r(θ) = r₀ (1 + Σ aₖ cos(kθ + φₖ))` for k = 2, 3, 4, with amplitudes of 0.1 to 0.35.
//! - A *kind* (class) is a texture (the frequency and direction of a grating within the outline) and a layout (in which direction a bright spot lies
//!   beside it).
//! - A *picture* differs from others of its kind in its place (up to 3 pixels), size (0.8 to 1.25), turn (up to 0.3 rad), the phase of its
//!   texture, its contrast, a smooth background, and the noise of every pixel.
//!
//! So pictures of one kind have little in common pixel by pixel, while what tells kinds apart is simple. Shapes and kinds are drawn anew for every
//! seed: what is found over seeds is found over worlds.

use nets::params::normal;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::pictures::SIDE;

/// Shapes.
pub(crate) const SUPERS: usize = 8;

/// Kinds of each shape.
const SUBS: usize = 4;

/// Kinds of all shapes: kind `c` has shape `c / 4`.
pub(crate) const CLASSES: usize = SUPERS * SUBS;

/// A full turn.
const TURN: f64 = std::f64::consts::TAU;

/// The radius of a shape before it is scaled, in pixels.
const RADIUS: f64 = 4.2;

/// Amplitudes and phases of an outline, for two to four waves around it.
type Shape = [(f64, f64); 3];

/// A texture and a layout.
#[derive(Clone, Copy, Debug)]
struct Kind {
    /// Waves a pixel.
    frequency: f64,
    /// The direction of the waves.
    direction: f64,
    /// Where the spot lies.
    spot: f64,
}

/// A world of shapes and kinds.
pub(crate) struct Tree {
    shapes: [Shape; SUPERS],
    kinds: [Kind; CLASSES],
    /// For the pictures of every kind.
    rngs: Vec<Pcg64>,
}

/// Uniform between two numbers.
fn between(rng: &mut Pcg64, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

impl Tree {
    /// Draws shapes and kinds.
    pub(crate) fn new(mut rng: Pcg64) -> Self {
        let shapes = std::array::from_fn(|_| std::array::from_fn(|_| (between(&mut rng, 0.1, 0.35), between(&mut rng, 0.0, TURN))));
        let kinds = std::array::from_fn(|_| Kind {
            frequency: between(&mut rng, 0.12, 0.36),
            direction: between(&mut rng, 0.0, TURN / 2.0),
            spot: between(&mut rng, 0.0, TURN),
        });
        let rngs = (0..CLASSES).map(|_| Pcg64::seed_from_u64(rng.random::<u64>())).collect();
        Self { shapes, kinds, rngs }
    }

    /// Appends so many new pictures of a kind; how many were drawn of other kinds changes nothing.
    pub(crate) fn draw(&mut self, class: usize, count: usize, to: &mut Vec<f32>) {
        let class = class % CLASSES;
        let (shape, kind) = (&self.shapes[class / SUBS], self.kinds[class]);
        for _ in 0..count {
            picture(&mut self.rngs[class], shape, kind, to);
        }
    }
}

/// Appends one picture.
fn picture(rng: &mut Pcg64, shape: &Shape, kind: Kind, to: &mut Vec<f32>) {
    let middle = (SIDE as f64 - 1.0) / 2.0;
    let (cx, cy) = (middle + between(rng, -3.0, 3.0), middle + between(rng, -3.0, 3.0));
    let radius = RADIUS * between(rng, 0.8, 1.25);
    let turn = between(rng, -0.3, 0.3);
    let phase = between(rng, 0.0, TURN);
    let contrast = between(rng, 0.6, 1.2);
    let (back_frequency, back_direction, back_phase) = (between(rng, 0.03, 0.12), between(rng, 0.0, TURN / 2.0), between(rng, 0.0, TURN));
    let (grating_y, grating_x) = (kind.direction + turn).sin_cos();
    let (back_y, back_x) = back_direction.sin_cos();
    let (spot_y, spot_x) = (kind.spot + turn).sin_cos();
    for row in 0..SIDE {
        for column in 0..SIDE {
            let (x, y) = (column as f64, row as f64);
            let (dx, dy) = (x - cx, y - cy);
            let angle = dy.atan2(dx) - turn;
            let waves: f64 = shape.iter().zip([2.0, 3.0, 4.0]).map(|((a, p), k)| a * (k * angle + p).cos()).sum();
            let inside = 1.0 / (1.0 + (-2.0 * (radius * (1.0 + waves) - dx.hypot(dy))).exp());
            let texture = 0.6 + 0.4 * (TURN * kind.frequency * (dx * grating_x + dy * grating_y) + phase).cos();
            let (sx, sy) = (dx - 1.35 * radius * spot_x, dy - 1.35 * radius * spot_y);
            let spot = (-(sx * sx + sy * sy) / 2.4).exp();
            let back = 0.25 * (TURN * back_frequency * (x * back_x + y * back_y) + back_phase).cos();
            to.push((contrast * (inside * texture + 0.8 * spot) + back + 0.15 * normal(rng)) as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pictures::PIXELS;
    use super::*;

    fn tree(seed: u64) -> Tree {
        Tree::new(Pcg64::seed_from_u64(seed))
    }

    fn mean(tree: &mut Tree, class: usize) -> Vec<f64> {
        let mut pixels = Vec::new();
        tree.draw(class, 200, &mut pixels);
        (0..PIXELS).map(|k| pixels.iter().skip(k).step_by(PIXELS).map(|p| f64::from(*p)).sum::<f64>() / 200.0).collect()
    }

    #[test]
    fn pictures_of_a_kind_do_not_depend_on_those_of_others() {
        let (mut first, mut second) = (tree(1), tree(1));
        let (mut a, mut b, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        first.draw(7, 3, &mut a);
        second.draw(2, 5, &mut rest);
        second.draw(7, 3, &mut b);
        assert_eq!((a.len(), &a), (3 * PIXELS, &b));
        assert!(a.iter().all(|p| p.is_finite()));
        let mut other = Vec::new();
        tree(2).draw(7, 3, &mut other);
        assert_ne!(a, other);
    }

    #[test]
    fn the_mean_picture_of_a_kind_is_its_own() {
        let gap = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        let mut tree = tree(3);
        let (first, again, other) = (mean(&mut tree, 0), mean(&mut tree, 0), mean(&mut tree, 20));
        // Two means of 200 differ by noise alone.
        assert!(gap(&first, &again) < 0.5 * gap(&first, &other), "{} {}", gap(&first, &again), gap(&first, &other));
    }

    #[test]
    fn without_chance_a_shape_is_brighter_within_than_outside() {
        let mut tree = tree(4);
        let mean = mean(&mut tree, 5);
        assert!(mean[PIXELS / 2 + SIDE / 2] > mean[0] + 0.1, "{} {}", mean[PIXELS / 2 + SIDE / 2], mean[0]);
    }
}
