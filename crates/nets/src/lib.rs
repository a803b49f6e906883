//! Training of miniature networks on one thread of a CPU: kernels, a tape, layers, losses, optimisers.
//!
//! A crate of its own because it alone carries the matrix kernels, and because of its promise: the same seed gives the same
//! bytes, whatever else runs. Parallelism is the caller's: one thread a study, studies side by side.
//!
//! - [`Params`]: all numbers of a network in one flat buffer, with names; [`Tensor`]: a place in it.
//! - [`Pass`] and [`Var`]: a pass forward is recorded on a tape of closures, whose buffers an [`Arena`] keeps for the next pass.
//! - [`layers`]: one file each, with a gradient check against differences in f64; [`models`]: what several studies share.
//! - [`Training`]: parameters and optimiser, one step a call, resumable to the same bytes.
//! - [`losses`], [`optim`] and [`second`] (curvature by differences of gradients).
//!
//! A shape that does not fit is a mistake of the code that builds a network, and panics with words; what comes from outside (weights
//! in a file) gives a [`NetError`].
//!
//! ```
//! use nets::{Params, Training, layers::Linear, losses};
//! use rand::SeedableRng;
//! let rng = rand_pcg::Pcg64::seed_from_u64(1);
//! let mut params = Params::<f32>::new(rng.clone());
//! let layer = Linear::new(&mut params, "layer", 2, 1);
//! let mut training = Training::new(params, 0.0);
//! let mut last = f64::INFINITY;
//! for _ in 0..500 {
//!     last = training.step(0.05, rng.clone(), |pass| {
//!         let x = pass.input(&[0.0, 1.0, 1.0, 0.0, 1.0, 1.0], 3, 2);
//!         let wanted = pass.input(&[1.0, 2.0, 3.0], 3, 1);
//!         let y = layer.forward(pass, x);
//!         let errors = losses::squared_error(pass, y, wanted);
//!         pass.mean(errors)
//!     });
//! }
//! assert!(last < 1e-4);
//! ```

mod arena;
#[cfg(test)]
mod check;
mod error;
pub mod kernels;
pub mod layers;
pub mod losses;
pub mod models;
mod ops;
pub mod optim;
pub mod params;
mod pass;
pub mod product;
mod real;
pub mod second;
mod training;

pub use arena::Arena;
pub use error::NetError;
pub use params::{Init, Params, Tensor};
pub use pass::{Flow, Mode, Pass, Var};
pub use real::Real;
pub use training::Training;
