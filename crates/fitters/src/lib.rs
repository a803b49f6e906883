//! Data and a law become a fit; data and a prior become a posterior; both become a forecast.
//!
//! A crate of its own because its dependencies (optimisers, samplers) are its own. Pure: no disk, no clock, no threads
//! of its own (see [`threads`]).
//!
//! A law on rows is a [`Problem`]; a [`Solver`] finds its parameters, [`Intervals`] say how well they are known.

pub mod allocation;
pub mod asymptote;
pub mod auto;
pub mod averaging;
pub mod by_law;
pub mod by_name;
pub mod combination;
pub mod critical_batch;
pub mod diagnostics;
pub mod efficiency;
pub mod ensemble;
pub mod envelope;
pub mod errors;
pub mod fit;
pub mod forecaster;
pub mod forecasters;
pub mod global;
pub mod grid_lbfgs;
pub mod interval;
pub mod intervals;
pub mod iso_flop;
pub mod large;
pub mod least_squares;
pub mod likelihood;
pub mod linear;
pub mod log_linear;
pub mod loss;
pub mod newton;
pub mod one_input;
pub mod persist;
pub mod policy;
pub mod pool;
pub mod problem;
pub mod report;
pub mod rows;
pub mod saturating;
pub mod seed;
pub mod separable;
pub mod smc;
pub mod solver;
pub mod target;
pub mod threads;
pub mod trend;
pub mod trust_region;

pub use allocation::Surface;
pub use auto::Auto;
pub use averaging::LeastSquares;
pub use by_law::ByLaw;
pub use combination::Combination;
pub use ensemble::{Ensemble, Reading};
pub use fit::{Fit, FitError, Status};
pub use forecaster::{Answer, Forecaster, Question, Run};
pub use global::Global;
pub use grid_lbfgs::GridLbfgs;
pub use interval::Interval;
pub use intervals::{IntervalMethod, Intervals};
pub use least_squares::{Search, fit};
pub use log_linear::LogLinear;
pub use loss::Loss;
pub use persist::Persist;
pub use pool::Pool;
pub use problem::{Problem, Solved};
pub use report::{Report, Warning};
pub use rows::Rows;
pub use saturating::Saturating;
pub use separable::Separable;
pub use smc::Smc;
pub use solver::Solver;
pub use target::Target;
pub use threads::Threads;
pub use trend::Trend;
