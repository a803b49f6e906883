//! The value of a law, with constants that a paper printed or with one's own.

use std::collections::BTreeMap;

use models::{At, Law};
use serde::Deserialize;

use crate::Error;

/// Constants that papers printed, as data.
const PUBLISHED: &str = include_str!("eval/constants.toml");

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

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Published {
    constants: Vec<Constants>,
}

/// One paper's parameters of one law.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Constants {
    /// The law.
    pub law: String,
    /// Their name.
    pub id: String,
    /// Where they stand, and how they were rounded.
    pub source: String,
    /// Parameters, in the law's own units.
    #[serde(default)]
    pub theta: BTreeMap<String, f64>,
    /// Natural logarithms of parameters, where those are what was printed.
    #[serde(default)]
    pub ln: BTreeMap<String, f64>,
}

impl Constants {
    /// A parameter; `None` where the paper does not give it.
    pub fn of(&self, param: &str) -> Option<f64> {
        self.theta.get(param).copied().or_else(|| self.ln.get(param).map(|l| l.exp()))
    }
}

/// Whose constants are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvalOptions {
    /// The constants by their name. Default: the first ones of the law.
    pub constants: Option<String>,
}

/// A value, and what it was made of.
#[derive(Clone, Debug)]
pub struct EvalResult {
    /// The law.
    pub law: &'static dyn Law,
    /// The inputs, in the law's order.
    pub inputs: Vec<(&'static str, f64)>,
    /// The parameters, in the law's order.
    pub parameters: Vec<(&'static str, f64)>,
    /// The value there.
    pub value: f64,
    /// The constants that were taken; `None` where all parameters are one's own and no paper's are kept.
    pub constants: Option<Constants>,
    /// Was a parameter given?
    pub own: bool,
}

/// The constants that are kept of a law, the usual ones first.
///
/// # Errors
/// A law that is not there.
pub fn constants(law: &str) -> Result<Vec<Constants>, Error> {
    let law = find(law)?;
    let all: Published = toml::from_str(PUBLISHED).map_err(|e| Error::Option(format!("constants.toml: {e}")))?;
    Ok(all.constants.into_iter().filter(|c| c.law == law.name()).collect())
}

/// The value of a law: `given` holds its inputs, and parameters that replace those of the constants. Letters of the
/// literature are understood.
///
/// # Errors
/// A law, constants or names that are not there, inputs that are not given or not positive, parameters outside their domain.
pub fn eval(law: &str, given: &BTreeMap<String, f64>, options: &EvalOptions) -> Result<EvalResult, Error> {
    let law = find(law)?;
    let known = constants(law.name())?;
    let wrong = |what: String| Err(Error::Option(what));
    if law.inputs() == ["step"] {
        return wrong(format!("{} reads a whole learning-rate schedule; write an experiment with protocol `surface` for it", law.name()));
    }
    let chosen = match &options.constants {
        None => known.first(),
        Some(id) => match known.iter().find(|c| c.id == *id) {
            Some(found) => Some(found),
            None => {
                let ids: Vec<&str> = known.iter().map(|c| c.id.as_str()).collect();
                return wrong(format!("no constants of {} are called {id:?} (there are {})", law.name(), ids.join(", ")));
            }
        },
    };
    let mut named: BTreeMap<&'static str, f64> = BTreeMap::new();
    for (name, value) in given {
        named.insert(meant(law, name)?, *value);
    }
    let mut inputs = Vec::new();
    for &input in law.inputs() {
        match named.get(input) {
            None => return wrong(format!("{} needs {input}; it reads {}", law.name(), law.inputs().join(", "))),
            Some(v) => inputs.push((input, *v)),
        }
    }
    let mut parameters = Vec::new();
    for p in law.params() {
        let Some(value) = named.get(p.name).copied().or_else(|| chosen.and_then(|c| c.of(p.name))) else {
            let names: Vec<&str> = law.params().iter().map(|p| p.name).collect();
            return wrong(format!("no paper's constants of {} are kept; give its parameters as NAME=VALUE: {}", law.name(), names.join(", ")));
        };
        parameters.push((p.name, value));
    }
    let theta: Vec<f64> = parameters.iter().map(|p| p.1).collect();
    law.check(&theta)?;
    let x: Vec<f64> = inputs.iter().map(|i| i.1).collect();
    if let Some((input, v)) = inputs.iter().find(|(_, v)| !(*v > 0.0 && v.is_finite())) {
        return wrong(format!("{input} is {v}; it must be positive"));
    }
    let value = law.eval(&At::at(&x), &theta);
    if !value.is_finite() {
        return Err(Error::Fit(fitters::FitError::Setting(format!("{} has no finite value there", law.name()))));
    }
    let own = law.params().iter().any(|p| named.contains_key(p.name));
    Ok(EvalResult { law, inputs, parameters, value, constants: chosen.cloned(), own })
}

fn find(law: &str) -> Result<&'static dyn Law, Error> {
    Ok(models::find(&law.replace('-', "_"))?)
}

/// The input or parameter that a name or a letter of the literature stands for.
fn meant(law: &'static dyn Law, name: &str) -> Result<&'static str, Error> {
    let plain = name.replace('-', "_");
    let letters = LETTERS.iter().find(|l| l.0 == name).map_or(&[][..], |l| l.1);
    let input = law.inputs().iter().copied().find(|i| *i == plain || letters.contains(i));
    // The papers' E, A and B are our e, a and b.
    let lower = plain.to_lowercase();
    let param = |wanted: &str| law.params().iter().map(|p| p.name).find(|p| *p == wanted);
    input.or_else(|| param(&plain)).or_else(|| param(&lower)).ok_or_else(|| {
        let params: Vec<&str> = law.params().iter().map(|p| p.name).collect();
        let (inputs, params) = (law.inputs().join(", "), params.join(", "));
        Error::Option(format!("{} has no {name:?}; its inputs are {inputs}, its parameters {params}", law.name()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published() -> Published {
        toml::from_str(PUBLISHED).unwrap()
    }

    fn given(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), *v)).collect()
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
        for (x, want) in [([6.34e9, 242e9, 25e9], 2.225_644_088_998_447_7), ([8.67e9, 178e9, 25e9], 2.226_963_407_508_786_7)] {
            let found = eval("data-constrained", &given(&[("N", x[0]), ("D", x[1]), ("U", x[2])]), &EvalOptions::default()).unwrap();
            assert!((found.value - want).abs() < 1e-9);
            assert!(found.constants.is_some() && !found.own);
        }
    }

    #[test]
    fn ones_own_parameters_replace_those_of_the_paper() {
        let own = [("N", 1e9), ("D", 20e9), ("E", 2.0), ("a", 1e-4), ("B", 1e-4), ("alpha", 1.0), ("beta", 1.0)];
        let found = eval("chinchilla", &given(&own), &EvalOptions::default()).unwrap();
        assert!((found.value - 2.0).abs() < 1e-9 && found.own, "{found:?}");
        let why = |pairs: &[(&str, f64)], constants: Option<&str>| {
            eval("chinchilla", &given(pairs), &EvalOptions { constants: constants.map(str::to_owned) }).unwrap_err().to_string()
        };
        assert!(why(&[("N", 1e9)], None).contains("needs tokens"));
        assert!(why(&[("N", -1.0), ("D", 1e9)], None).contains("must be positive"));
        assert!(why(&[("N", 1e9), ("D", 1e9)], Some("nobody")).contains("there are"));
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
