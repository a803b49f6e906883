//! `from = "…"`: curves or runs of a dataset, in one of its views.

use std::fmt;

use schemars::{JsonSchema, Schema, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::{Data, Kind, Offer, RunColumns, Site, Source};
use crate::RunError;
use crate::dataset::{Dataset, Recipe};
use crate::protocol::Shape;

/// A dataset by name, or with one of its views.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(deny_unknown_fields, transform = or_its_name)]
pub struct FromDataset {
    /// The folder of datasets/ that describes it.
    pub dataset: String,
    /// A view of its dataset.toml; the one without a name when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
}

/// The schema of a table becomes that of a name or the table.
fn or_its_name(schema: &mut Schema) {
    let table = std::mem::take(schema);
    *schema = json_schema!({ "anyOf": [{ "type": "string" }, table] });
}

impl<'de> Deserialize<'de> for FromDataset {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        struct Table {
            dataset: String,
            view: Option<String>,
        }
        struct NameOrTable;
        impl<'de> Visitor<'de> for NameOrTable {
            type Value = FromDataset;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a dataset, or { dataset = …, view = … }")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<FromDataset, E> {
                Ok(FromDataset { dataset: name.to_owned(), view: None })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FromDataset, A::Error> {
                let Table { dataset, view } = Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(FromDataset { dataset, view })
            }
        }
        from.deserialize_any(NameOrTable)
    }
}

impl FromDataset {
    fn load(&self, site: &Site<'_>) -> Result<Dataset, RunError> {
        Dataset::load(site.root, &self.dataset)
    }
}

impl Kind for FromDataset {
    fn offer(&self, _: &Source, site: &Site<'_>) -> Result<Offer, RunError> {
        let dataset = self.load(site)?;
        let mut data = vec![self.dataset.clone()];
        data.extend(self.view.as_ref().and_then(|v| dataset.views.get(v)).and_then(|v| v.known_as.clone()));
        if dataset.unavailable.is_some() {
            return Ok(Offer { curves: Some(0), recorded: true, runs: Some(RunColumns::default()), data, ..Offer::default() });
        }
        Ok(match dataset.recipe(&self.dataset, self.view.as_deref())? {
            Recipe::Curves(c) => Offer {
                curves: Some(c.expect),
                recorded: true,
                given: c.long.as_ref().is_some_and(|l| !l.given.is_empty()),
                resource: Some(c.resource.name.clone()),
                data,
                ..Offer::default()
            },
            Recipe::Table(t) => {
                let (texts, numbers) = t.columns();
                Offer { runs: Some(RunColumns { texts, numbers }), data, ..Offer::default() }
            }
        })
    }

    fn identity(&self, _: &Source, site: &Site<'_>) -> Result<String, RunError> {
        let dataset = self.load(site)?;
        if dataset.unavailable.is_some() {
            return dataset.find(site.root, &self.dataset, site.mirror, &[]).map(|_| String::new());
        }
        let again = dataset.clone();
        let recipe = again.recipe(&self.dataset, self.view.as_deref())?;
        dataset.find(site.root, &self.dataset, site.mirror, &recipe.files())?.identity(&recipe)
    }

    fn open(&self, _: &Source, _: Shape, site: &Site<'_>) -> Result<Data, RunError> {
        let dataset = self.load(site)?;
        let again = dataset.clone();
        let recipe = again.recipe(&self.dataset, self.view.as_deref())?;
        let found = dataset.find(site.root, &self.dataset, site.mirror, &recipe.files())?;
        Ok(match recipe {
            Recipe::Curves(c) => Data::Curves(found.curves(c)?),
            Recipe::Table(t) => Data::Runs(found.table(t)?),
        })
    }
}
