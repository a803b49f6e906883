//! Parameters by their names, as specs, command lines and papers give them: as numbers or as natural logarithms.

use std::collections::BTreeMap;

use models::Law;

use crate::FitError;

/// Values by the law's names, in its order; `None` where none is given.
///
/// # Errors
/// A name that the law does not have, a parameter that is given twice, and a value outside its domain.
pub fn parameters(law: &dyn Law, values: &BTreeMap<String, f64>, logarithms: &BTreeMap<String, f64>) -> Result<Vec<Option<f64>>, FitError> {
    let params = law.params();
    if let Some(name) = values.keys().chain(logarithms.keys()).find(|n| params.iter().all(|p| p.name != n.as_str())) {
        let known: Vec<&str> = params.iter().map(|p| p.name).collect();
        let near = curves::nearest(name, known.iter().copied()).map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
        return Err(FitError::Setting(format!("{} has no parameter {name:?} (there are {}){near}", law.name(), known.join(", "))));
    }
    let found = params.iter().map(|p| match (values.get(p.name), logarithms.get(p.name)) {
        (Some(_), Some(_)) => Err(FitError::Setting(format!("`{}` is given twice, as a number and as a logarithm", p.name))),
        (value, logarithm) => match value.copied().or_else(|| logarithm.map(|l| l.exp())) {
            Some(v) if !p.domain.contains(v) => Err(FitError::Setting(format!("`{}` is {v}; it must be {}", p.name, p.domain))),
            value => Ok(value),
        },
    });
    found.collect()
}

/// A start: the values given, and the literature's start for the other parameters.
///
/// # Errors
/// As [`parameters`].
pub fn start(law: &dyn Law, values: &BTreeMap<String, f64>, logarithms: &BTreeMap<String, f64>) -> Result<Vec<f64>, FitError> {
    let given = parameters(law, values, logarithms)?;
    Ok(law.params().iter().zip(given).map(|(p, v)| v.unwrap_or(p.start)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), *v)).collect()
    }

    #[test]
    fn numbers_and_logarithms_come_in_the_order_of_the_law() {
        let law = models::find("ensemble").unwrap();
        let given = parameters(law, &map(&[("alpha", 0.4), ("e", 3.0)]), &map(&[("a", 0.0)])).unwrap();
        assert_eq!(given, [Some(3.0), Some(1.0), Some(0.4)]);
        assert_eq!(parameters(law, &map(&[]), &map(&[("alpha", 0.0)])).unwrap(), [None, None, Some(1.0)]);
        let start = start(law, &map(&[("e", 3.0)]), &map(&[])).unwrap();
        assert_eq!(start, [3.0, law.params()[1].start, law.params()[2].start]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let law = models::find("ensemble").unwrap();
        let why = |values: &[(&str, f64)], logarithms: &[(&str, f64)]| parameters(law, &map(values), &map(logarithms)).unwrap_err().to_string();
        assert!(why(&[("alfa", 1.0)], &[]).contains("did you mean \"alpha\"?"));
        assert!(why(&[("a", 1.0)], &[("a", 0.0)]).contains("twice"));
        assert!(why(&[("alpha", -1.0)], &[]).contains("must be positive"));
    }
}
