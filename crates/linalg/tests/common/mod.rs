//! Seeded matrices, and how far two are apart.

use ndarray::{Array2, ArrayView2};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// A matrix of independent uniform numbers on (−1, 1).
pub fn random(rows: usize, cols: usize, seed: u64) -> Array2<f64> {
    let mut rng = Pcg64::seed_from_u64(seed);
    Array2::from_shape_simple_fn((rows, cols), || rng.random_range(-1.0..1.0))
}

/// A symmetric matrix.
pub fn symmetric(n: usize, seed: u64) -> Array2<f64> {
    let a = random(n, n, seed);
    0.5 * (&a + &a.t())
}

/// A positive definite matrix whose smallest eigenvalue is at least 1.
pub fn positive(n: usize, seed: u64) -> Array2<f64> {
    let a = random(n, n, seed);
    a.dot(&a.t()) + Array2::<f64>::eye(n)
}

/// The length of the difference, as a share of the length of the second (or itself, where that is shorter than 1).
pub fn apart(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> f64 {
    assert_eq!(a.dim(), b.dim());
    let (mut difference, mut length) = (0.0, 0.0);
    for (x, y) in a.iter().zip(b.iter()) {
        difference += (x - y) * (x - y);
        length += y * y;
    }
    f64::sqrt(difference) / f64::sqrt(length).max(1.0)
}
