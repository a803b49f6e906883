//! `spec.toml`: what an experiment asks, typed. Unknown keys are refused, with the place and the nearest right one.

mod table;

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

pub use crate::protocol::Ask;
pub use crate::source::Source;
pub use table::{LineSpec, TableSpec};

/// A whole spec.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Spec {
    /// What it is about.
    pub experiment: About,
    /// Where curves come from, by name.
    #[serde(rename = "source")]
    pub sources: BTreeMap<String, Source>,
    /// What is asked.
    #[serde(rename = "ask")]
    pub asks: Vec<Ask>,
    /// Who answers; none where every ask is about a whole source.
    #[serde(default, rename = "method", skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "crate::method::methods_schema")]
    pub methods: Vec<Method>,
    /// What is shown as tables.
    #[serde(default, rename = "table", skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableSpec>,
    /// What is shown as figures: an id, a title, and a table of the figure's kind. Kept as written; whoever draws reads and checks them.
    #[serde(default, rename = "figure", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<BTreeMap<String, serde_json::Value>>")]
    pub figures: Vec<toml::Table>,
    /// Overlays: smoke, laptop, full.
    #[serde(default, rename = "size")]
    pub sizes: BTreeMap<String, Size>,
}

/// What an experiment is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct About {
    /// One line.
    pub title: String,
    /// The paper.
    pub paper: Paper,
    /// Rises whenever a number may change; the README says why.
    pub version: u32,
    /// Every random stream is a hash of this and of names.
    pub seed: u64,
}

/// The paper an experiment is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Paper {
    /// arXiv number.
    pub arxiv: String,
    /// Key in references.bib.
    pub bib: String,
    /// The authors' code, if any was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Bounds of LC-PFN's normalisation; the direction is the dataset's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScaleSpec {
    /// Lowest possible value.
    pub hard_low: f64,
    /// Lowest value expected.
    pub soft_low: f64,
    /// Highest value expected: a number, or `initial` for the first value of each curve.
    pub soft_high: Bound,
    /// Highest possible value.
    pub hard_high: f64,
}

/// A number, or what it is taken from.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// As written.
    Number(f64),
    /// The first value of each curve.
    Initial,
}

impl Serialize for Bound {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Bound::Number(v) => s.serialize_f64(*v),
            Bound::Initial => s.serialize_str("initial"),
        }
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bound;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number or \"initial\"")
            }
            fn visit_f64<E>(self, v: f64) -> Result<Bound, E> {
                Ok(Bound::Number(v))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Bound, E> {
                Ok(Bound::Number(v as f64))
            }
            fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Bound, E> {
                if v == "initial" { Ok(Bound::Initial) } else { Err(E::invalid_value(serde::de::Unexpected::Str(v), &self)) }
            }
        }
        d.deserialize_any(Visitor)
    }
}

impl JsonSchema for Bound {
    fn schema_name() -> Cow<'static, str> {
        "Bound".into()
    }

    fn schema_id() -> Cow<'static, str> {
        concat!(module_path!(), "::Bound").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number, or `initial` for the first value of each curve.",
            "anyOf": [{ "type": "number" }, { "type": "string", "const": "initial" }],
        })
    }
}

/// Who answers: `use` names the kind, `with` its own settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Method {
    /// Its name in the spec; several answers of one method are told apart as `id-answer`.
    pub id: String,
    /// Which kind of forecaster.
    #[serde(rename = "use")]
    #[schemars(schema_with = "crate::method::kind_schema")]
    pub kind: String,
    /// Its settings, read by that kind.
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub with: toml::Table,
    /// Only the first so many curves of each source are asked: for methods that take seconds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub curves: BTreeMap<String, usize>,
}

/// An overlay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Size {
    /// Dotted path → value, as on the command line.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub set: toml::Table,
}
