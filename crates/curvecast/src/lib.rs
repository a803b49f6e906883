//! Forecast training runs, and fit scaling laws to them.
//!
//! - [`fit()`]: a law on one's own runs, with intervals, predictions and the best use of compute;
//! - [`forecast()`]: how one curve goes on;
//! - [`decide()`]: whether a run should go on; [`simulate()`]: what stopping would have saved on recorded runs;
//! - [`design()`]: which small runs foretell a large one best;
//! - [`eval()`]: the value of a law with published constants or one's own.
//!
//! Each takes plain data and a struct of options that has defaults, and gives back plain data: nothing is printed, and what
//! looks doubtful is a [`Warning`], whose [`Level`] tells it from a note. Files are read by [`Runs::read`] and [`Series::read`].
//!
//! ```
//! use curvecast::{FitOptions, Runs, fit};
//!
//! let (mut params, mut tokens, mut loss) = (Vec::new(), Vec::new(), Vec::new());
//! for i in 0..24 {
//!     let (n, d) = (1e7 * 3f64.powi(i / 6), 4e8 * 3f64.powi(i % 6));
//!     params.push(n);
//!     tokens.push(d);
//!     loss.push(1.8 + 480.0 * n.powf(-0.35) + 2100.0 * d.powf(-0.37));
//! }
//! let runs = Runs::new([("params", params), ("tokens", tokens)], loss);
//! let fitted = fit(&runs, &FitOptions { budgets: vec![1e21], resamples: 0, ..FitOptions::default() })?;
//! assert!((fitted.parameter("alpha").unwrap().value - 0.35).abs() < 1e-3);
//! assert!(fitted.optima[0].params.value > 1e9);
//! # Ok::<(), curvecast::Error>(())
//! ```
//!
//! A crate of its own because it is the one promise to others: the program and the wheel are shells over it.

pub mod decide;
pub mod design;
mod error;
pub mod eval;
pub mod fit;
pub mod forecast;
mod separator;
pub mod simulate;
pub mod target;
mod threads;
mod warning;

pub use curves::{Better, Interval, Scale};
pub use decide::{DecideOptions, Decision, Ground, decide};
pub use design::{DesignOptions, DesignResult, design};
pub use error::Error;
pub use eval::{Constants, EvalOptions, EvalResult, constants, eval};
pub use fit::{Estimate, FitOptions, FitResult, LossUnit, Optimum, Parameter, Prediction, ReadRuns, Runs, fit};
pub use fitters::solver;
pub use fitters::{IntervalMethod, Loss, Solver, Status};
pub use forecast::{Earlier, ForecastOptions, ForecastResult, Measure, Method, PointForecast, Quantile, ReadSeries, Series, Share, forecast};
pub use import::Level;
pub use simulate::{SimulateOptions, SimulateResult, simulate};
pub use target::TargetResult;
pub use threads::Watch;
pub use warning::Warning;
