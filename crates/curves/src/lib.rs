//! What is observed, and what is predicted: curves, samples, scales and forecasts.
//!
//! A crate of its own because it makes the promise everything else rests on: a value of one of
//! these types satisfies its invariants by construction, and nothing here touches disk, clock,
//! threads or colour.

pub mod axis;
pub mod curve;
pub mod error;
pub mod forecast;
pub mod histogram;
pub mod interval;
pub mod mixture;
pub mod nearest;
pub mod normal;
pub mod normals;
mod pattern;
pub mod pool;
pub mod runs;
pub mod samples;
pub mod scale;
pub mod set;
pub mod student;
pub mod vector;
pub mod view;

pub use axis::{Better, Measure, Resource};
pub use curve::Curve;
pub use error::CurveError;
pub use forecast::{Forecast, Shape};
pub use histogram::{Bins, Histogram};
pub use interval::Interval;
pub use mixture::Mixture;
pub use nearest::{nearest, no_such};
pub use normals::Normals;
pub use pattern::matches;
pub use pool::Pool;
pub use samples::Samples;
pub use scale::Scale;
pub use set::{CurveSet, Entry};
pub use view::View;
