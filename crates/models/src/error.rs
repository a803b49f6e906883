//! What can be wrong with a law, its parameters or its inputs.

use crate::Domain;

/// What can be wrong with a law, its parameters or its inputs.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LawError {
    /// No law has this name.
    #[error("unknown law `{name}`{}", hint(.nearest))]
    Unknown {
        /// The name asked for.
        name: String,
        /// The registered name most like it, where one is.
        nearest: Option<&'static str>,
    },
    /// The parameter vector has the wrong length.
    #[error("`{law}` takes {need} parameters, not {have}")]
    Length {
        /// The law.
        law: &'static str,
        /// How many parameters it has.
        need: usize,
        /// How many were given.
        have: usize,
    },
    /// A parameter lies outside its domain.
    #[error("`{param}` of `{law}` must be {domain}, not {value}")]
    Outside {
        /// The law.
        law: &'static str,
        /// The parameter.
        param: &'static str,
        /// The value given.
        value: f64,
        /// Where it should lie.
        domain: Domain,
    },
    /// A schedule without a step.
    #[error("a learning-rate schedule needs at least one step")]
    EmptySchedule,
    /// A log of rates against something that is no step.
    #[error("a learning rate is known by steps, increasing from 0 to at most 1e8; these go from {first} to {end}")]
    NoSteps {
        /// The first.
        first: f64,
        /// The last one asked.
        end: f64,
    },
    /// A learning rate that is negative or not finite.
    #[error("learning rate at step {step} must be finite and zero or more, not {rate}")]
    BadRate {
        /// The step, counted from 0.
        step: usize,
        /// The rate given.
        rate: f64,
    },
    /// A mixture of nothing.
    #[error("a mixture needs at least one law")]
    EmptyMixture,
    /// A mixture of laws that read different inputs.
    #[error("`{first}` and `{other}` read different inputs and cannot be mixed")]
    MixedInputs {
        /// The first law of the mixture.
        first: &'static str,
        /// The law that disagrees with it.
        other: &'static str,
    },
}

fn hint(nearest: &Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
}
