//! Distributions over whole curves; some with a density over parameters.
//!
//! A crate of its own because of its promise: a prior is pure in (seed, grid), so a curve named in a
//! result can be drawn again anywhere.

pub mod annealing;
pub mod bounds;
pub mod columns;
pub mod combination;
pub mod distribution;
pub mod domhan11;
pub mod domhan3;
pub mod family;
pub mod fast;
pub mod freeze_thaw;
pub mod grid;
pub mod neural_scaling;
pub mod prior;
pub mod real;

pub use annealing::{Annealing, Projects};
pub use bounds::Bounds;
pub use columns::Columns;
pub use combination::{Combination, Component};
pub use distribution::Distribution;
pub use domhan3::Noise;
pub use family::Family;
pub use freeze_thaw::FreezeThaw;
pub use grid::Grid;
pub use neural_scaling::NeuralScaling;
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

/// Makes a prior on t = 1 … horizon.
type Maker = fn(usize) -> Box<dyn Prior>;

/// All priors, in the order of the catalogue. One line registers a prior.
const PRIORS: [(&str, Maker); 5] = [
    ("domhan3", |horizon| Box::new(domhan3::domhan3(Noise::Code, horizon))),
    ("domhan3-paper-noise", |horizon| Box::new(domhan3::domhan3(Noise::Paper, horizon))),
    ("domhan11", |horizon| Box::new(domhan11::domhan11(horizon))),
    ("flat11", |horizon| Box::new(domhan11::flat11(horizon))),
    (FreezeThaw::NAME, |horizon| Box::new(FreezeThaw::new(horizon))),
];

/// The names of all priors, in the order of the catalogue.
pub const NAMES: [&str; PRIORS.len()] = {
    let mut names = [""; PRIORS.len()];
    let mut k = 0;
    while k < names.len() {
        names[k] = PRIORS[k].0;
        k += 1;
    }
    names
};

/// The prior of this name on t = 1 … `horizon`.
pub fn find(name: &str, horizon: usize) -> Result<Box<dyn Prior>, UnknownPrior> {
    match PRIORS.iter().find(|p| p.0 == name) {
        Some((_, make)) => Ok(make(horizon)),
        None => Err(UnknownPrior { name: name.to_owned(), nearest: curves::nearest(name, NAMES).map(str::to_owned) }),
    }
}
