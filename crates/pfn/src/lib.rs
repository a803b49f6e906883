//! The prior-data fitted network: network, histogram head, training, weights, forecaster.
//!
//! A crate of its own because it alone carries tensors. Source: Müller et al. 2022 (PFNs);
//! Adriaensen et al. 2023 (LC-PFN).

mod config;
mod forecaster;
mod network;
mod schedule;
pub mod train;
mod weights;

pub use config::Config;
pub use forecaster::Pfn;
pub use schedule::{ScheduleCard, SchedulePfn, ScheduleRecipe, ScheduleShape, ScheduleTrainer};
pub use train::{Progress, Recipe, Trainer};
pub use weights::ModelCard;

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
