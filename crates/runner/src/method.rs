//! `use = "…"` → a forecaster. One line registers a kind.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use fitters::{Forecaster, Pool};
use pfn::SchedulePfn;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::RunError;
use crate::spec::Method;
use crate::toml_file::explain;

/// The network's kind; all others are those of `fitters`.
const NETWORK: (&str, &str) = ("pfn", "a prior-data fitted network: one forward pass");

/// The kind of the network that reads the learning rate.
const SCHEDULE: (&str, &str) = ("schedule", "a network that reads the learning-rate schedule, past and future: one forward pass");

/// The kind made of others.
const POOL: (&str, &str) = ("pool", "several methods, each believed with a probability: the mixture of their distributions");

/// The kinds a spec may use, with what each is.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    [NETWORK, SCHEDULE, POOL].into_iter().chain(fitters::forecasters::KINDS)
}

/// Rises with every change that moves the numbers of a kind; part of a job's key.
fn epoch(kind: &str) -> u32 {
    match kind {
        // Walkers are evaluated in columns. Every row that was compared is the same; the exponent's clamp is another, which could tell in extremes.
        "ensemble" => 2,
        // Answers are mixtures of normals for any number of points, where several points had histograms, and do not depend on what else is asked.
        "schedule" => 2,
        "pool" | "pfn" | "smc" | "least-squares" | "persist" | "log-linear" | "law" | "saturating" | "combination" | "auto" | "trend" => 1,
        _ => 0,
    }
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PfnSettings {
    /// A shipped network, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weights: Option<String>,
    /// In its place: the weights of a network that `curvecast train` made, as a path from the folder of the experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

/// The weights that a method names.
enum Weights {
    Shipped(String),
    Read(Vec<u8>),
}

impl PfnSettings {
    fn weights(self, folder: &Path) -> Result<Weights, String> {
        match (self.weights, self.file) {
            (Some(name), None) => Ok(Weights::Shipped(name)),
            (None, Some(file)) => {
                let path = folder.join(file);
                std::fs::read(&path).map(Weights::Read).map_err(|e| format!("{}: {e}; `curvecast train RECIPE --out DIR` writes such a file", path.display()))
            }
            _ => Err("needs `weights`, the name of a network shipped, or `file`, the weights of another one".to_owned()),
        }
    }
}

/// Settings of a pool.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PoolSettings {
    /// Its members.
    #[schemars(schema_with = "members_schema")]
    of: Vec<Member>,
}

/// A member of a pool.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Member {
    /// Its kind.
    #[serde(rename = "use")]
    #[schemars(schema_with = "kind_schema")]
    kind: String,
    /// Its settings.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Value>")]
    with: toml::Table,
    /// How much it is believed, beside the others. Default: 1.
    #[serde(default = "one")]
    weight: f64,
}

fn one() -> f64 {
    1.0
}

/// The schema of `use`: the kinds, each with what it is.
pub(crate) fn kind_schema(_: &mut SchemaGenerator) -> Schema {
    let all: Vec<Value> = kinds().map(|(kind, says)| json!({ "const": kind, "description": says })).collect();
    json_schema!({ "type": "string", "oneOf": all })
}

/// The schema of the methods of a spec.
pub(crate) fn methods_schema(generator: &mut SchemaGenerator) -> Schema {
    list_of::<Method>(generator)
}

/// The schema of the members of a pool.
fn members_schema(generator: &mut SchemaGenerator) -> Schema {
    list_of::<Member>(generator)
}

/// The schema of a list whose items have a kind, `use`, and the settings of that kind, `with`.
fn list_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let mut item = T::json_schema(generator);
    let mut by_kind = Vec::new();
    for (kind, _) in kinds() {
        let settings = if kind == NETWORK.0 || kind == SCHEDULE.0 {
            Some(generator.subschema_for::<PfnSettings>())
        } else if kind == POOL.0 {
            Some(generator.subschema_for::<PoolSettings>())
        } else {
            fitters::forecasters::schema(kind, generator)
        };
        if let Some(with) = settings {
            let is_of_it = json!({ "properties": { "use": { "const": kind } }, "required": ["use"] });
            by_kind.push(json!({ "if": is_of_it, "then": { "properties": { "with": with } } }));
        }
    }
    item.insert("allOf".to_owned(), Value::Array(by_kind));
    json_schema!({ "type": "array", "items": item })
}

fn settings<T: DeserializeOwned>(m: &Method, experiment: &str) -> Result<T, RunError> {
    m.with.clone().try_into().map_err(|e: toml::de::Error| wrong(m, experiment, &explain(e.message())))
}

fn wrong(m: &Method, experiment: &str, what: &str) -> RunError {
    RunError::Spec(format!("experiments/{experiment}/spec.toml: method {:?}: {what}", m.id))
}

/// A forecaster, and what decides its numbers as text: kind, code epoch, settings, and a network's weights.
type Made = (Box<dyn Forecaster>, String);

/// Makes the forecaster a method names. Unknown kinds and settings are answered with the nearest right one.
fn build(m: &Method, experiment: &str, folder: &Path) -> Result<Made, RunError> {
    let fail = |e: String| wrong(m, experiment, &e);
    let with = toml::to_string(&m.with).map_err(|e| fail(e.to_string()))?;
    let identity = |weights: &str| format!("{} {} {with} {weights}", m.kind, epoch(&m.kind));
    if m.kind == NETWORK.0 {
        let s: PfnSettings = settings(m, experiment)?;
        let made = match s.weights(folder).map_err(&fail)? {
            Weights::Shipped(name) => pfn::on_the_unit_scale(&name),
            Weights::Read(data) => pfn::read_on_the_unit_scale(&data),
        };
        let (network, fingerprint) = made.map_err(|e| fail(e.to_string()))?;
        return Ok((network, identity(&fingerprint)));
    }
    if m.kind == SCHEDULE.0 {
        let s: PfnSettings = settings(m, experiment)?;
        let made = match s.weights(folder).map_err(&fail)? {
            Weights::Shipped(name) => SchedulePfn::shipped(&name),
            Weights::Read(data) => SchedulePfn::from_bytes(&data),
        };
        let network = made.map_err(|e| fail(e.to_string()))?;
        let identity = identity(&network.fingerprint());
        return Ok((Box::new(network), identity));
    }
    if m.kind == POOL.0 {
        let s: PoolSettings = settings(m, experiment)?;
        let (mut of, mut text) = (Vec::with_capacity(s.of.len()), identity(""));
        for member in s.of {
            let made = build(&Method { kind: member.kind, with: member.with, ..m.clone() }, experiment, folder)?;
            text.push_str(&format!("; {} of {}", member.weight, made.1));
            of.push((member.weight, made.0));
        }
        return Ok((Box::new(Pool::new(of).map_err(|e| fail(e.to_string()))?), text));
    }
    let found = fitters::forecasters::find(&m.kind, toml::Value::Table(m.with.clone())).map_err(|e| fail(explain(e.message())))?;
    let found = found.ok_or_else(|| fail(curves::no_such("kind of method", &m.kind, kinds().map(|k| k.0))))?;
    Ok((found, identity("")))
}

/// A method of a spec, made: who answers, under which names, at about which cost.
#[derive(Clone)]
pub struct Built {
    /// Its id in the spec.
    pub id: String,
    /// Who answers.
    pub forecaster: Arc<dyn Forecaster>,
    /// The names of its answers in rows.
    pub answers: Vec<String>,
    /// What decides its numbers, as text for a job's key: kind, settings, code epoch, and a network's weights.
    pub identity: String,
    /// About how many seconds a question takes on one core.
    pub cost: f64,
    /// Source → how many of its first curves are asked about.
    most: BTreeMap<String, usize>,
}

impl std::fmt::Debug for Built {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.id, self.identity)
    }
}

impl Built {
    /// Makes the method of a spec; files that it names are looked for from the folder of the experiment. Unknown kinds and settings are answered with
    /// the nearest right one.
    ///
    /// # Errors
    /// A kind, a setting or a network that is not there.
    pub fn of(m: &Method, experiment: &str, folder: &Path) -> Result<Self, RunError> {
        let (made, identity) = build(m, experiment, folder)?;
        let forecaster: Arc<dyn Forecaster> = Arc::from(made);
        let answers = forecaster.answers().iter().map(|a| answer_name(&m.id, a)).collect();
        Ok(Self { id: m.id.clone(), forecaster, answers, identity, cost: cost(m), most: m.curves.clone() })
    }

    /// How many of the first curves of a source are asked about.
    pub fn most(&self, source: &str) -> usize {
        self.most.get(source).copied().unwrap_or(usize::MAX)
    }
}

/// Seconds that a question takes, by measurements on one core of a shared machine: right within a factor of a few, for time left alone.
fn cost(m: &Method) -> f64 {
    let number = |key: &str, default: f64| m.with.get(key).and_then(toml::Value::as_integer).map_or(default, |v| v as f64);
    match m.kind.as_str() {
        "pfn" => 3e-3,
        "schedule" => 1e-2,
        "pool" => {
            settings::<PoolSettings>(m, "").map_or(1e-2, |s| s.of.into_iter().map(|of| cost(&Method { kind: of.kind, with: of.with, ..m.clone() })).sum())
        }
        "trend" => 3e-2,
        "least-squares" => 4e-3 * m.with.get("laws").and_then(toml::Value::as_array).map_or(1.0, |l| l.len() as f64),
        "ensemble" => {
            let steps = |r: &toml::Value| ["samples", "burn-in"].iter().filter_map(|k| r.get(k)?.as_integer()).sum::<i64>();
            let longest = m.with.get("readings").and_then(toml::Value::as_array).and_then(|r| r.iter().map(steps).max()).unwrap_or(1_000);
            8e-7 * number("walkers", 100.0) * longest as f64
        }
        "law" => 1e-4 * number("starts", 200.0),
        "saturating" => 1.5 * m.with.get("laws").and_then(toml::Value::as_array).map_or(4.0, |l| l.len() as f64),
        // Each member is asked twice, the second time about a back-test.
        "combination" => 4e-2 * m.with.get("of").and_then(toml::Value::as_array).map_or(2.0, |l| l.len() as f64),
        "smc" => 1.5e-5 * number("groups", 4.0) * number("particles", 1_000.0) * number("sweeps", 20.0),
        _ => 5e-5,
    }
}

/// The name of one answer in rows.
pub fn answer_name(method: &str, answer: &str) -> String {
    if answer.is_empty() { method.to_owned() } else { format!("{method}-{answer}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_told_apart_by_its_members_their_settings_and_their_weights() {
        let made = |of: &str| {
            let m: Method = toml::from_str(&format!("id = \"p\"\nuse = \"pool\"\nwith = {{ of = [{of}] }}")).unwrap();
            Built::of(&m, "x", Path::new(".")).map(|b| (b.identity, b.cost))
        };
        let all = [
            "{ use = \"auto\" }",
            "{ use = \"auto\", weight = 2.0 }, { use = \"persist\" }",
            "{ use = \"auto\" }, { use = \"persist\" }",
            "{ use = \"auto\" }, { use = \"schedule\", with = { weights = \"anneal-m2\" } }",
            "{ use = \"auto\" }, { use = \"schedule\", with = { weights = \"anneal-s1\" } }",
        ];
        let identities: std::collections::BTreeSet<String> = all.iter().map(|of| made(of).unwrap().0).collect();
        assert_eq!(identities.len(), all.len());
        // A network from a file is told apart by its weights, and one that is not there is named.
        let of_file = |file: &str| {
            let m: Method = toml::from_str(&format!("id = \"p\"\nuse = \"schedule\"\nwith = {{ {file} }}")).unwrap();
            Built::of(&m, "x", &Path::new(env!("CARGO_MANIFEST_DIR")).join("../networks/weights")).map(|b| b.identity)
        };
        assert_ne!(of_file("file = \"anneal-m2.safetensors\"").unwrap(), of_file("file = \"anneal-s1.safetensors\"").unwrap());
        for (with, says) in [("file = \"nothing.safetensors\"", "curvecast train"), ("", "weights"), ("file = \"lcpfn-s0.safetensors\"", "is needed")] {
            let why = of_file(with).unwrap_err().to_string();
            assert!(why.contains(says), "{why}");
        }
        // As slow as its members together.
        assert!(made(all[3]).unwrap().1 > 1e-2);
        for (bad, says) in [("", "one forecaster"), ("{ use = \"auto\", weight = -1.0 }", "positive"), ("{ use = \"atuo\" }", "auto")] {
            let e = made(bad).unwrap_err().to_string();
            assert!(e.contains(says), "{bad}: {e}");
        }
    }
}
