//! `draw = "…"`: curves drawn from a prior, seeded by the names of experiment and source.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Data, Kind, Offer, Site, Source};
use crate::RunError;
use crate::protocol::Shape;

/// A prior by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Drawn(pub String);

impl Drawn {
    fn prior(&self, source: &Source) -> Result<Box<dyn priors::Prior>, RunError> {
        priors::find(&self.0, source.length).map_err(|e| RunError::Spec(e.to_string()))
    }
}

impl Kind for Drawn {
    fn offer(&self, source: &Source, _: &Site<'_>) -> Result<Offer, RunError> {
        self.prior(source)?;
        let Some(curves) = source.curves else {
            return Err(RunError::Spec("curves are drawn from a prior; say how many with `curves`".into()));
        };
        Ok(Offer { curves: Some(curves), ..Offer::default() })
    }

    fn identity(&self, source: &Source, site: &Site<'_>) -> Result<String, RunError> {
        let prior = self.prior(source)?;
        Ok(format!("{} {} {}/{}", prior.name(), prior.horizon(), site.about.seed, site.name))
    }

    fn open(&self, source: &Source, _: Shape, _: &Site<'_>) -> Result<Data, RunError> {
        self.prior(source).map(Data::Prior)
    }
}
