//! The prior-data fitted network: network, histogram head, training, weights, forecaster.
//!
//! A crate of its own because it alone carries tensors. Source: Müller et al. 2022 (PFNs);
//! Adriaensen et al. 2023 (LC-PFN).

mod config;
mod forecaster;
mod gradients;
mod mixture;
mod network;
pub mod train;
mod weights;

pub use config::Config;
pub use forecaster::Pfn;
pub use mixture::{MixtureCard, MixtureRecipe, MixtureRecords, MixtureShape, MixtureTrainer, PrefixPfn, SchedulePfn, Stream, Without, fresh_loss};
pub use train::{Progress, Recipe, Trainer};
pub use weights::ModelCard;

/// A shipped network for curves on t = 1 … 100 on the unit scale, by its name, with a checksum of everything that decides its answers: one with a
/// histogram ([`Pfn`]) or one that reads point by point ([`PrefixPfn`]).
///
/// # Errors
/// A name that none has.
pub fn on_the_unit_scale(name: &str) -> Result<(Box<dyn fitters::Forecaster>, String), PfnError> {
    if PrefixPfn::names().contains(&name) {
        let network = PrefixPfn::shipped(name)?;
        let fingerprint = network.fingerprint();
        return Ok((Box::new(network), fingerprint));
    }
    let network = Pfn::shipped(name).map_err(|e| match e {
        PfnError::Unknown { name, known } => PfnError::Unknown { name, known: format!("{known}, {}", PrefixPfn::names().join(", ")) },
        other => other,
    })?;
    let fingerprint = network.fingerprint();
    Ok((Box::new(network), fingerprint))
}

/// A network of one of the two kinds that answer on the unit scale, from the bytes of its file, and a checksum of its weights.
///
/// # Errors
/// A file that is damaged, or a network of another kind.
pub fn read_on_the_unit_scale(data: &[u8]) -> Result<(Box<dyn fitters::Forecaster>, String), PfnError> {
    match PrefixPfn::from_bytes(data) {
        Ok(network) => {
            let fingerprint = network.fingerprint();
            Ok((Box::new(network), fingerprint))
        }
        // Where it is no network of bins either, what is wrong with it as one of normals is said.
        Err(why) => Pfn::from_bytes(data).map_err(|_| why).map(|network| {
            let fingerprint = network.fingerprint();
            (Box::new(network) as Box<dyn fitters::Forecaster>, fingerprint)
        }),
    }
}

/// A line about every network shipped: its name, and from its card its weights, what it has learnt from, and its seed.
pub fn shipped() -> Vec<(&'static str, Result<String, PfnError>)> {
    let line = |parameters: usize, curves: u64, prior: &str, seed: u64| format!("{parameters} parameters, {curves} curves of {prior}, seed {seed}");
    let of_bins = |name| Pfn::shipped(name).map(|p| line(p.card().parameters, p.card().curves, &p.card().recipe.prior, p.card().recipe.seed));
    let of_normals = |card: MixtureCard| line(card.parameters, card.curves, &card.recipe.prior, card.recipe.seed);
    (Pfn::names().into_iter().map(|name| (name, of_bins(name)))).chain(mixture::cards().map(|(name, card)| (name, card.map(of_normals)))).collect()
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
