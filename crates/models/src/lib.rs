//! Formulas: named laws with domains, exact gradients and citations. No data, no fitting.
//!
//! A law is y = f(x; θ). Its author writes a [`Formula`]: names, parameters and one generic function.
//! Everyone else holds a `&'static dyn` [`Law`], which gives values and exact gradients.
//!
//! ```
//! let law = models::find("pow3")?;
//! let y = law.eval(&models::At::at(&[100.0]), &[0.84, 0.52, 0.5]);
//! assert!((y - 0.788).abs() < 1e-12);
//! # Ok::<(), models::LawError>(())
//! ```

mod at;
pub mod curve;
mod domain;
mod error;
mod law;
pub mod link;
mod mixture;
pub mod registry;
mod scalar;
pub mod schedule;
pub mod sum;
pub mod surface;

pub use at::{At, MOST_STEPS, Schedule};
pub use domain::Domain;
pub use error::LawError;
pub use law::{Formula, Law, MAX_PARAMS, Param};
pub use mixture::Mixture;
pub use registry::{all, find};
pub use scalar::{Dual, Scalar};
pub use sum::{Base, Basis, SizeAndData, Term};
