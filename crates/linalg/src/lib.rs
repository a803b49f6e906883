//! Dense linear algebra in f64, on `ndarray` views over `faer`; a crate because of its dependencies, which nothing else needs.
//!
//! Every operation takes views of row-major arrays (other layouts are copied), gives row-major arrays, and refuses what it
//! cannot answer with a [`LinalgError`] that says what to do: an empty shape, a number that is not finite, a matrix without
//! the property that the operation needs. Nothing panics on its input. It runs on the calling thread: faer is built without
//! its thread pool. Signs that mathematics leaves open (of eigenvectors and singular vectors) may differ between machines.
//!
//! The feature `lapack` brings `ndarray-linalg` as an independent reference for the tests; it changes no result.
//!
//! ```
//! use ndarray::array;
//! let x = linalg::solve(array![[2.0, 1.0], [1.0, 3.0]].view(), array![[3.0], [4.0]].view())?;
//! assert!((x[[0, 0]] - 1.0).abs() < 1e-12 && (x[[1, 0]] - 1.0).abs() < 1e-12);
//! # Ok::<(), linalg::LinalgError>(())
//! ```

mod cholesky;
mod eigh;
mod error;
mod lstsq;
mod matrix;
mod qr;
mod solve;
mod solve_spd;
mod svd;

pub use cholesky::cholesky;
pub use eigh::eigh;
pub use error::LinalgError;
pub use lstsq::lstsq;
pub use qr::qr;
pub use solve::solve;
pub use solve_spd::solve_spd;
pub use svd::{Svd, svd};
