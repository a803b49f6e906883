//! The prior-data fitted network: network, histogram head, training, weights, forecaster.
//!
//! A crate of its own because it alone carries tensors. Source: Müller et al. 2022 (PFNs);
//! Adriaensen et al. 2023 (LC-PFN).

mod config;
mod forecaster;
mod mixture;
mod network;
pub mod train;
mod weights;

pub use config::Config;
pub use forecaster::Pfn;
pub use mixture::{MixtureCard, MixtureRecipe, MixtureRecords, MixtureShape, MixtureTrainer, PrefixPfn, SchedulePfn, Stream, fresh_loss};
pub use train::{Progress, Recipe, Trainer};
pub use weights::ModelCard;

/// A shipped network for curves on t = 1 … 100 on the unit scale, by its name, with a checksum of everything that decides its answers: one with a histogram
/// ([`Pfn`]) or one that reads point by point ([`PrefixPfn`]).
///
/// # Errors
/// A name that none has.
pub fn on_the_unit_scale(name: &str) -> Result<(Box<dyn fitters::Forecaster>, String), PfnError> {
    if PrefixPfn::names().contains(&name) {
        return PrefixPfn::shipped(name).map(|p| (p.fingerprint(), p)).map(|(f, p)| (Box::new(p) as Box<dyn fitters::Forecaster>, f));
    }
    match Pfn::shipped(name) {
        Ok(p) => Ok((p.fingerprint(), p)).map(|(f, p)| (Box::new(p) as Box<dyn fitters::Forecaster>, f)),
        Err(PfnError::Unknown { name, known }) => Err(PfnError::Unknown { name, known: format!("{known}, {}", PrefixPfn::names().join(", ")) }),
        Err(other) => Err(other),
    }
}

/// What can go wrong with a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PfnError {
    /// The recipe cannot be trained.
    #[error("training recipe: {0}")]
    Recipe(String),
    /// A file of weights is not what it should be.
    #[error("weights: {0}")]
    Weights(String),
    /// A file cannot be read or written.
    #[error("{path}: {why}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        why: String,
    },
    /// The loss stopped being finite.
    #[error("training diverged at step {step}; lower the rate, and go on from the last checkpoint")]
    Diverged {
        /// The step.
        step: u64,
    },
    /// No network of this name is shipped.
    #[error("no network is called {name:?}; there are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// Numbers that are no forecast.
    #[error(transparent)]
    Curve(#[from] curves::CurveError),
}
