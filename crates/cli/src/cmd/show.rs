//! `curvecast show`: the spec as it would run.

use clap::{Args, ValueEnum};
use runner::RunError;
use serde_json::Value as Json;
use toml::Value;

use crate::{OK, What};

/// Options of `show`.
#[derive(Args, Clone)]
pub struct ShowArgs {
    #[command(flatten)]
    what: What,
    /// How the spec is printed
    #[arg(long, value_enum, default_value_t = Form::Toml)]
    format: Form,
}

/// How a spec is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// As it is written
    Toml,
    /// One object; numbers that JSON has not, such as inf, are texts
    Json,
}

/// Prints the spec after size and overrides.
pub fn run(a: &ShowArgs) -> Result<u8, RunError> {
    let text = a.what.experiment()?.resolved()?;
    match a.format {
        Form::Toml => print!("{text}"),
        Form::Json => {
            let spec: toml::Table = runner::parse(&text, "the spec")?;
            println!("{:#}", json(&Value::Table(spec)));
        }
    }
    Ok(OK)
}

fn json(value: &Value) -> Json {
    match value {
        Value::String(s) => Json::from(s.as_str()),
        Value::Integer(i) => Json::from(*i),
        Value::Float(f) if f.is_finite() => Json::from(*f),
        Value::Float(f) => Json::from(f.to_string()),
        Value::Boolean(b) => Json::from(*b),
        Value::Datetime(d) => Json::from(d.to_string()),
        Value::Array(list) => list.iter().map(json).collect(),
        Value::Table(table) => table.iter().map(|(k, v)| (k.clone(), json(v))).collect(),
    }
}
