//! Data and a law become a fit; data and a prior become a posterior; both become a forecast.
//!
//! A crate of its own because its dependencies (optimisers, samplers) are its own. Pure: no disk,
//! no clock, no threads.

pub mod averaging;
pub mod diagnostics;
pub mod ensemble;
pub mod fit;
pub mod forecaster;
pub mod least_squares;
pub mod log_linear;
pub mod loss;
pub mod persist;
pub mod seed;
pub mod smc;
pub mod target;

pub use averaging::LeastSquares;
pub use ensemble::{Ensemble, Reading};
pub use fit::{Fit, FitError, Status};
pub use forecaster::{Answer, Forecaster, Question};
pub use least_squares::{Search, fit};
pub use log_linear::LogLinear;
pub use loss::Loss;
pub use persist::Persist;
pub use smc::Smc;
pub use target::Target;
