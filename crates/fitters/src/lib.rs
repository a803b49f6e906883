//! Data and a law become a fit; data and a prior become a posterior; both become a forecast.
//!
//! A crate of its own because its dependencies (optimisers, samplers) are its own. Pure: no disk,
//! no clock, no threads.

pub mod allocation;
pub mod asymptote;
pub mod averaging;
pub mod critical_batch;
pub mod diagnostics;
pub mod efficiency;
pub mod ensemble;
pub mod envelope;
pub mod fit;
pub mod forecaster;
pub mod global;
pub mod grid_lbfgs;
pub mod interval;
pub mod iso_flop;
pub mod least_squares;
pub mod linear;
pub mod log_linear;
pub mod loss;
pub mod newton;
pub mod persist;
pub mod report;
pub mod rows;
pub mod seed;
pub mod separable;
pub mod smc;
pub mod target;
pub mod trust_region;

pub use allocation::Surface;
pub use averaging::LeastSquares;
pub use ensemble::{Ensemble, Reading};
pub use fit::{Fit, FitError, Status};
pub use forecaster::{Answer, Forecaster, Question};
pub use global::Global;
pub use grid_lbfgs::GridLbfgs;
pub use interval::Interval;
pub use least_squares::{Search, fit};
pub use log_linear::LogLinear;
pub use loss::Loss;
pub use persist::Persist;
pub use report::{Report, Warning};
pub use rows::Rows;
pub use separable::Separable;
pub use smc::Smc;
pub use target::Target;
