//! The policies that are replayed, and their names.

use curves::no_such;

use crate::{Error, Method};

/// How runs are cut short.
#[derive(Clone, Debug, PartialEq)]
pub enum Policy {
    /// Not at all.
    None,
    /// After more than so many points without a new best of its own.
    Patience(usize),
    /// Where the best value of a run is worse than the median, over earlier runs that came as far, of the means of their values up to there.
    Median,
    /// All runs side by side, of which the best third goes on at every place, three times as far each time.
    SuccessiveHalving,
    /// Brackets of successive halving that begin at different places.
    Hyperband,
    /// Where a run is unlikely to beat the best so far, as [`decide`](crate::decide()) has it; by the method of the options, or one named here.
    Curvecast(Option<String>),
}

impl Policy {
    /// What the names look like.
    pub const NAMES: [&'static str; 7] = ["none", "patience-1", "patience-3", "median", "successive-halving", "hyperband", "curvecast"];

    /// All of them.
    pub fn usual() -> Vec<Self> {
        vec![Policy::None, Policy::Patience(1), Policy::Patience(3), Policy::Median, Policy::SuccessiveHalving, Policy::Hyperband, Policy::Curvecast(None)]
    }

    /// A policy by its name: one of [`Policy::NAMES`], `patience-N` with any number, or `curvecast:METHOD` with any method of a forecast.
    ///
    /// # Errors
    /// A name that none has, and a method that is not there.
    pub fn named(name: &str) -> Result<Self, Error> {
        if let Some(most) = name.strip_prefix("patience-") {
            let points = most.parse().map_err(|_| Error::Option(format!("policy {name:?}: {most:?} is no number of points, as in patience-3")))?;
            return Ok(Policy::Patience(points));
        }
        if let Some(method) = name.strip_prefix("curvecast:") {
            Method::named(method)?;
            return Ok(Policy::Curvecast(Some(method.to_owned())));
        }
        Ok(match name {
            "none" => Policy::None,
            "median" => Policy::Median,
            "successive-halving" => Policy::SuccessiveHalving,
            "hyperband" => Policy::Hyperband,
            "curvecast" => Policy::Curvecast(None),
            other => return Err(Error::Option(no_such("policy", other, Self::NAMES))),
        })
    }

    /// Its name.
    pub fn name(&self) -> String {
        match self {
            Policy::None => "none".to_owned(),
            Policy::Patience(most) => format!("patience-{most}"),
            Policy::Median => "median".to_owned(),
            Policy::SuccessiveHalving => "successive-halving".to_owned(),
            Policy::Hyperband => "hyperband".to_owned(),
            Policy::Curvecast(None) => "curvecast".to_owned(),
            Policy::Curvecast(Some(method)) => format!("curvecast:{method}"),
        }
    }

    /// Whose forecasts it goes by, if any.
    pub(super) fn method(&self, usual: &Method) -> Result<Option<Method>, Error> {
        match self {
            Policy::Curvecast(None) => Ok(Some(usual.clone())),
            Policy::Curvecast(Some(name)) => Method::named(name).map(Some),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_that_of_its_policy() {
        for (policy, name) in Policy::usual().into_iter().zip(Policy::NAMES) {
            assert_eq!((policy.name().as_str(), Policy::named(name).unwrap()), (name, policy));
        }
        for name in ["patience-0", "patience-12", "curvecast:pow3", "curvecast:persist"] {
            assert_eq!(Policy::named(name).unwrap().name(), name);
        }
    }

    #[test]
    fn a_slip_is_mended() {
        let why = |name: &str| Policy::named(name).unwrap_err().to_string();
        assert!(why("hyperbond").contains("did you mean \"hyperband\"?"));
        assert!(why("patience-many").contains("patience-3"));
        assert!(why("curvecast:pnf").contains("did you mean \"pfn\"?"));
    }
}
