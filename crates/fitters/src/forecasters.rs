//! The forecasters of this crate by name, each with its settings. A network is one too, and lives in `pfn`.

use priors::Prior;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};

use crate::averaging::Axis;
use crate::by_law::ByLawSettings;
use crate::combination::CombinationSettings;
use crate::ensemble::Coordinates;
use crate::{Auto, Ensemble, FitError, Forecaster, LeastSquares, LogLinear, Persist, Reading, Saturating, Search, Smc, Trend};

/// The kinds, with what each is.
pub const KINDS: [(&str, &str); 10] = [
    ("auto", "the best of several by back-tests on the curve's own past, with calibrated bands"),
    ("ensemble", "affine-invariant ensemble MCMC on a prior's posterior"),
    ("smc", "tempered sequential Monte Carlo on a prior's posterior: the reference"),
    ("least-squares", "laws fitted by multi-start least squares: the best one, and their average"),
    ("law", "one law, fitted to its global optimum on the curve's own axis"),
    ("saturating", "the laws M1 to M4 by their published algorithm"),
    ("combination", "several forecasters as one: geometric mean, stack, winner of a back-test"),
    ("trend", "learning trends with their prediction level and proximity criterion (Vilares Ferro et al.)"),
    ("persist", "the last value goes on"),
    ("log-linear", "a straight line in ln x through the last quarter"),
];

/// Settings of `ensemble`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EnsembleSettings {
    /// A prior with a density, by its name.
    pub prior: String,
    /// Walkers; even, and more than twice the number of coordinates.
    pub walkers: usize,
    /// The answers, all read off one chain.
    pub readings: Vec<Reading>,
    /// At most so many states make a forecast. Default: 4000.
    #[serde(default = "four_thousand")]
    pub draws: usize,
    /// In which space walkers move. Default: raw.
    #[serde(default = "raw")]
    pub coordinates: Coordinates,
    /// The largest resource value that the prior has curves for. Default: 100.
    #[serde(default = "hundred")]
    pub horizon: usize,
}

/// Settings of `smc`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SmcSettings {
    /// A prior with a density, by its name.
    pub prior: String,
    /// Independent populations, at least 2.
    pub groups: usize,
    /// Particles of each, at least 20.
    pub particles: usize,
    /// Moves of every particle per temperature, at first.
    pub sweeps: usize,
    /// The largest R-hat at which populations agree. Default: 1.1.
    #[serde(default = "tenth_above_one")]
    pub agree: f64,
    /// How often populations that do not agree run again. Default: 1.
    #[serde(default = "one_retry")]
    pub retries: u32,
    /// The largest resource value that the prior has curves for. Default: 100.
    #[serde(default = "hundred")]
    pub horizon: usize,
}

/// Settings of `least-squares`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LeastSquaresSettings {
    /// Laws of one input, by their names.
    pub laws: Vec<String>,
    /// Starts per law. Default: 4.
    #[serde(default = "four")]
    pub starts: usize,
    /// Evaluations per start, in multiples of the parameters. Default: 40.
    #[serde(default = "forty")]
    pub patience: usize,
    /// Curves that make a forecast. Default: 200.
    #[serde(default = "two_hundred")]
    pub draws: usize,
    /// On which axis and scale laws are fitted; `own` needs no starts and no patience. Default: as-given.
    #[serde(default, skip_serializing_if = "is_as_given")]
    pub axis: Axis,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_as_given(axis: &Axis) -> bool {
    *axis == Axis::AsGiven
}

/// Settings of a forecaster that has none.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoSettings {}

fn four() -> usize {
    4
}
fn forty() -> usize {
    40
}
fn hundred() -> usize {
    100
}
fn tenth_above_one() -> f64 {
    1.1
}
fn one_retry() -> u32 {
    1
}
fn two_hundred() -> usize {
    200
}
fn four_thousand() -> usize {
    4000
}
fn raw() -> Coordinates {
    Coordinates::Raw
}

fn prior(name: &str, horizon: usize) -> Result<Box<dyn Prior>, FitError> {
    priors::find(name, horizon).map_err(|e| FitError::Setting(e.to_string()))
}

impl EnsembleSettings {
    /// The forecaster.
    ///
    /// # Errors
    /// A prior that is not there, and settings that the sampler cannot work with.
    pub fn build(self) -> Result<Ensemble, FitError> {
        let prior = prior(&self.prior, self.horizon)?;
        let made = Ensemble { prior, walkers: self.walkers, readings: self.readings, draws: self.draws, coordinates: self.coordinates };
        made.check()?;
        Ok(made)
    }
}

impl SmcSettings {
    /// The forecaster.
    ///
    /// # Errors
    /// A prior that is not there, and settings that the sampler cannot work with.
    pub fn build(self) -> Result<Smc, FitError> {
        let prior = prior(&self.prior, self.horizon)?;
        let made = Smc { prior, groups: self.groups, particles: self.particles, sweeps: self.sweeps, agree: self.agree, retries: self.retries };
        made.check()?;
        Ok(made)
    }
}

impl LeastSquaresSettings {
    /// The forecaster.
    ///
    /// # Errors
    /// Laws that are not there or read several inputs, no starts, fewer than ten draws.
    pub fn build(&self) -> Result<LeastSquares, FitError> {
        LeastSquares::new(&self.laws, Search { starts: self.starts, patience: self.patience }, self.draws).map(|f| f.on(self.axis))
    }
}

/// The forecaster of a kind, made from its own settings, such as a table of a TOML file; `None` for a kind that is not one of [`KINDS`].
///
/// # Errors
/// Settings that this kind does not have or cannot work with.
pub fn find<'de, D: Deserializer<'de>>(kind: &str, settings: D) -> Result<Option<Box<dyn Forecaster>>, D::Error> {
    let wrong = |e: FitError| D::Error::custom(e.to_string());
    let made: Box<dyn Forecaster> = match kind {
        "ensemble" => Box::new(EnsembleSettings::deserialize(settings)?.build().map_err(wrong)?),
        "smc" => Box::new(SmcSettings::deserialize(settings)?.build().map_err(wrong)?),
        "least-squares" => Box::new(LeastSquaresSettings::deserialize(settings)?.build().map_err(wrong)?),
        "law" => Box::new(ByLawSettings::deserialize(settings)?.build().map_err(wrong)?),
        "saturating" => Box::new(Saturating::deserialize(settings)?.checked().map_err(wrong)?),
        "combination" => Box::new(CombinationSettings::deserialize(settings)?.build().map_err(wrong)?),
        "trend" => Box::new(Trend::deserialize(settings)?.checked().map_err(wrong)?),
        "auto" => NoSettings::deserialize(settings).map(|_| Box::new(Auto::default()))?,
        "persist" => NoSettings::deserialize(settings).map(|_| Box::new(Persist))?,
        "log-linear" => NoSettings::deserialize(settings).map(|_| Box::new(LogLinear))?,
        _ => return Ok(None),
    };
    Ok(Some(made))
}

/// The schema of the settings of a kind; `None` for a kind that is not one of [`KINDS`].
pub fn schema(kind: &str, generator: &mut SchemaGenerator) -> Option<Schema> {
    Some(match kind {
        "ensemble" => generator.subschema_for::<EnsembleSettings>(),
        "smc" => generator.subschema_for::<SmcSettings>(),
        "least-squares" => generator.subschema_for::<LeastSquaresSettings>(),
        "law" => generator.subschema_for::<ByLawSettings>(),
        "saturating" => generator.subschema_for::<Saturating>(),
        "combination" => generator.subschema_for::<CombinationSettings>(),
        "trend" => generator.subschema_for::<Trend>(),
        "auto" | "persist" | "log-linear" => generator.subschema_for::<NoSettings>(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::de::value::{Error, MapDeserializer};

    use super::*;

    fn with(kind: &str, settings: &[(&'static str, u64)]) -> Result<bool, String> {
        let settings: BTreeMap<&str, u64> = settings.iter().copied().collect();
        find(kind, MapDeserializer::<_, Error>::new(settings.into_iter())).map(|f| f.is_some()).map_err(|e| e.to_string())
    }

    #[test]
    fn the_settings_of_every_kind_have_a_schema() {
        let mut generator = SchemaGenerator::default();
        assert!(KINDS.iter().all(|(kind, _)| schema(kind, &mut generator).is_some()));
        assert!(schema("pfn", &mut generator).is_none());
    }

    #[test]
    fn kinds_are_known_and_slips_are_told() {
        assert_eq!((with("persist", &[]), with("log-linear", &[])), (Ok(true), Ok(true)));
        assert_eq!(with("pfn", &[]), Ok(false));
        assert!(with("persist", &[("laws", 1)]).unwrap_err().contains("laws"));
        for (kind, needs) in [("ensemble", "prior"), ("smc", "prior"), ("least-squares", "laws"), ("law", "law"), ("combination", "of")] {
            assert!(with(kind, &[]).unwrap_err().contains(needs), "{kind}");
            assert!(KINDS.iter().any(|k| k.0 == kind));
        }
    }
}
