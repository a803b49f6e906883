//! `curvecast eval`: the value of a law, with constants that a paper printed or with one's own.

use std::collections::BTreeMap;

use clap::Args;
use models::{At, Law};
use report::{Cell, Column, Table, decimals_for};
use runner::RunError;
use serde::Deserialize;

use super::assign;
use crate::{OK, Out, output};

/// Options of `eval`.
#[derive(Args, Clone)]
pub struct EvalArgs {
    /// The law (see `curvecast laws`)
    law: String,
    /// Inputs and parameters: N=8.67e9 D=178e9, params=8.67B, alpha=0.35. Letters of the literature are understood
    #[arg(value_name = "NAME=VALUE")]
    given: Vec<String>,
    /// Whose constants; the first of the list when absent. `list` prints those there are
    #[arg(long)]
    constants: Option<String>,
    #[command(flatten)]
    out: Out,
}

/// Constants that papers printed, as data.
const PUBLISHED: &str = include_str!("eval/constants.toml");

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Published {
    constants: Vec<Constants>,
}

/// One paper's parameters of one law.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Constants {
    law: String,
    id: String,
    /// Where they stand, and how they were rounded.
    source: String,
    #[serde(default)]
    theta: BTreeMap<String, f64>,
    /// Natural logarithms of parameters.
    #[serde(default)]
    ln: BTreeMap<String, f64>,
}

impl Constants {
    fn of(&self, param: &str) -> Option<f64> {
        self.theta.get(param).copied().or_else(|| self.ln.get(param).map(|l| l.exp()))
    }
}

/// What the literature calls inputs.
const LETTERS: [(&str, &[&str]); 9] = [
    ("N", &["params", "average_params", "non_vocab_params"]),
    ("D", &["tokens"]),
    ("U", &["unique_tokens"]),
    ("C", &["compute"]),
    ("M", &["tokens_per_param"]),
    ("K", &["members"]),
    ("S", &["steps"]),
    ("B", &["batch"]),
    ("E", &["experts"]),
];

/// Prints one row: inputs, parameters, and the value.
pub fn run(a: &EvalArgs) -> Result<u8, RunError> {
    let law = models::find(&a.law.replace('-', "_")).map_err(|e| RunError::Nothing(e.to_string()))?;
    let all: Published = toml::from_str(PUBLISHED).map_err(|e| RunError::Spec(format!("constants.toml: {e}")))?;
    let known: Vec<&Constants> = all.constants.iter().filter(|c| c.law == law.name()).collect();
    if a.constants.as_deref() == Some("list") {
        list(&known, law, a.out);
        return Ok(OK);
    }
    if law.inputs() == ["step"] {
        return Err(RunError::Nothing(format!("{} reads a whole learning-rate schedule; write an experiment with protocol `surface` for it", law.name())));
    }
    let ids = || known.iter().map(|c| c.id.as_str()).collect::<Vec<_>>().join(", ");
    let chosen = match &a.constants {
        None => known.first().copied(),
        Some(id) => {
            let found = known.iter().find(|c| c.id == *id).copied();
            Some(found.ok_or_else(|| RunError::Nothing(format!("no constants of {} are called {id:?} (there are {})", law.name(), ids())))?)
        }
    };
    let mut given: BTreeMap<&'static str, f64> = BTreeMap::new();
    for text in &a.given {
        for (name, value) in assign::pairs(text)? {
            given.insert(meant(law, &name)?, value);
        }
    }
    let x = law.inputs().iter().map(|i| given.get(i).copied().ok_or(*i)).collect::<Result<Vec<f64>, _>>();
    let x = x.map_err(|missing| RunError::Nothing(format!("{} needs {missing}; it reads {}", law.name(), law.inputs().join(", "))))?;
    let mut theta = Vec::new();
    for p in law.params() {
        let value = given.get(p.name).copied().or_else(|| chosen.and_then(|c| c.of(p.name)));
        theta.push(value.ok_or_else(|| {
            let names: Vec<&str> = law.params().iter().map(|p| p.name).collect();
            RunError::Nothing(format!("no paper's constants of {} are kept; give its parameters as NAME=VALUE: {}", law.name(), names.join(", ")))
        })?);
    }
    law.check(&theta).map_err(|e| RunError::Nothing(e.to_string()))?;
    if let Some((i, v)) = law.inputs().iter().zip(&x).find(|(_, v)| **v <= 0.0) {
        return Err(RunError::Nothing(format!("{i} is {v}; it must be positive")));
    }
    let value = law.eval(&At::at(&x), &theta);
    if !value.is_finite() {
        return Err(RunError::Jobs(format!("{} has no finite value there", law.name())));
    }
    let own = law.params().iter().any(|p| given.contains_key(p.name));
    if let Some(c) = chosen {
        eprintln!("constants: {} ({}){}", c.id, c.source, if own { ", some replaced" } else { "" });
    }
    let whose = chosen.map_or("own".to_owned(), |c| if own { format!("{} + own", c.id) } else { c.id.clone() });
    let mut columns = vec![Column::left("law"), Column::left("constants")];
    columns.extend(law.inputs().iter().chain(["value"].iter()).map(|i| Column::right(*i)));
    let mut t = Table::new("", columns);
    let mut row: Vec<Cell> = vec![law.name().into(), whose.into()];
    row.extend(x.iter().map(|v| Cell::number(*v, decimals_for(*v, 4))));
    row.push(Cell::number(value, decimals_for(value, 6)));
    t.push(row);
    output::print(&t, a.out.format);
    Ok(OK)
}

/// The input or parameter that a name or a letter of the literature stands for.
fn meant(law: &'static dyn Law, name: &str) -> Result<&'static str, RunError> {
    let plain = name.replace('-', "_");
    let letters = LETTERS.iter().find(|l| l.0 == name).map_or(&[][..], |l| l.1);
    let input = law.inputs().iter().copied().find(|i| *i == plain || letters.contains(i));
    // The papers' E, A and B are our e, a and b.
    let lower = plain.to_lowercase();
    let param = |wanted: &str| law.params().iter().map(|p| p.name).find(|p| *p == wanted);
    input.or_else(|| param(&plain)).or_else(|| param(&lower)).ok_or_else(|| {
        let params: Vec<&str> = law.params().iter().map(|p| p.name).collect();
        let (inputs, params) = (law.inputs().join(", "), params.join(", "));
        RunError::Nothing(format!("{} has no {name:?}; its inputs are {inputs}, its parameters {params}", law.name()))
    })
}

/// The constants of a law.
fn list(known: &[&Constants], law: &dyn Law, out: Out) {
    let mut columns = vec![Column::left("law"), Column::left("constants"), Column::left("source")];
    columns.extend(law.params().iter().map(|p| Column::right(p.name)));
    let mut t = Table::new("", columns);
    for c in known {
        let mut row: Vec<Cell> = vec![law.name().into(), c.id.as_str().into(), c.source.as_str().into()];
        row.extend(law.params().iter().map(|p| Cell::maybe(c.of(p.name), c.of(p.name).map_or(0, |v| decimals_for(v, 6)))));
        t.push(row);
    }
    output::print(&t, out.format);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published() -> Published {
        toml::from_str(PUBLISHED).unwrap()
    }

    #[test]
    fn constants_are_whole_and_in_their_domains() {
        for c in published().constants {
            let law = models::find(&c.law).unwrap();
            let theta: Vec<f64> = law.params().iter().map(|p| c.of(p.name).unwrap_or_else(|| panic!("{}: {}", c.id, p.name))).collect();
            assert_eq!(law.check(&theta), Ok(()), "{}", c.id);
            assert_eq!(c.theta.len() + c.ln.len(), theta.len(), "{}: a name is wrong or given twice", c.id);
            assert!(!c.source.is_empty());
        }
    }

    #[test]
    fn golden_values_of_the_data_constrained_law() {
        // The authors' own function at these points.
        let all = published().constants;
        let c = all.iter().find(|c| c.law == "data_constrained").unwrap();
        let law = models::find("data_constrained").unwrap();
        let theta: Vec<f64> = law.params().iter().map(|p| c.of(p.name).unwrap()).collect();
        for (x, want) in [([6.34e9, 242e9, 25e9], 2.225_644_088_998_447_7), ([8.67e9, 178e9, 25e9], 2.226_963_407_508_786_7)] {
            assert!((law.eval(&At::at(&x), &theta) - want).abs() < 1e-9);
        }
    }

    #[test]
    fn letters_are_understood_where_a_law_has_them() {
        let law = |name: &str| models::find(name).unwrap();
        assert_eq!(meant(law("data_constrained"), "U").unwrap(), "unique_tokens");
        assert_eq!(meant(law("average_params"), "N").unwrap(), "average_params");
        assert_eq!((meant(law("chinchilla"), "B").unwrap(), meant(law("critical_batch"), "B").unwrap()), ("b", "batch"));
        assert_eq!((meant(law("chinchilla"), "E").unwrap(), meant(law("routed"), "E").unwrap()), ("e", "experts"));
        assert_eq!(meant(law("data_constrained"), "r-d").unwrap(), "r_d");
        assert!(meant(law("chinchilla"), "U").unwrap_err().to_string().contains("params, tokens"));
    }
}
