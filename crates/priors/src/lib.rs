//! Distributions over whole curves; some with a density over parameters.
//!
//! A crate of its own because of its promise: a prior is pure in (seed, grid), so a curve named in a
//! result can be drawn again anywhere.

pub mod combination;
pub mod distribution;
pub mod domhan11;
pub mod domhan3;
pub mod family;
pub mod fast;
pub mod grid;
pub mod prior;
pub mod vector;

pub use combination::{Combination, Component};
pub use distribution::Distribution;
pub use domhan3::Noise;
pub use family::Family;
pub use grid::Grid;
pub use prior::{Density, Draw, Prior};

/// No prior has this name.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("no prior is called {name:?}{}", nearest.as_deref().map(|n| format!("; did you mean {n:?}?")).unwrap_or_default())]
pub struct UnknownPrior {
    /// What was asked for.
    pub name: String,
    /// The nearest name there is.
    pub nearest: Option<String>,
}

/// The names of all priors, in the order of the catalogue. One line registers a prior: its name here, its maker below.
pub const NAMES: [&str; 4] = ["domhan3", "domhan3-paper-noise", "domhan11", "flat11"];

/// The prior of this name on t = 1 … `horizon`.
pub fn find(name: &str, horizon: usize) -> Result<Box<dyn Prior>, UnknownPrior> {
    match name {
        "domhan3" => Ok(Box::new(domhan3::domhan3(Noise::Code, horizon))),
        "domhan3-paper-noise" => Ok(Box::new(domhan3::domhan3(Noise::Paper, horizon))),
        "domhan11" => Ok(Box::new(domhan11::domhan11(horizon))),
        "flat11" => Ok(Box::new(domhan11::flat11(horizon))),
        _ => Err(UnknownPrior { name: name.to_owned(), nearest: curves::nearest(name, NAMES).map(str::to_owned) }),
    }
}
