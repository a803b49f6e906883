//! Who answers a forecast: the forecasters of `fitters` and the shipped networks, with settings for a person's own runs.

use fitters::forecasters::{EnsembleSettings, LeastSquaresSettings, SmcSettings};
use fitters::{Forecaster, LogLinear, Persist};
use pfn::Pfn;

use crate::Error;

/// The network that answers unless another is named.
const NETWORK: &str = "lcpfn-p1";

/// Who answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Method {
    /// A shipped network, by its name.
    Pfn(String),
    /// Laws fitted by least squares, and averaged.
    LeastSquares(LeastSquaresSettings),
    /// Ensemble MCMC on a prior's posterior.
    Ensemble(EnsembleSettings),
    /// Sequential Monte Carlo on a prior's posterior.
    Smc(SmcSettings),
    /// The last value goes on.
    Persist,
    /// A straight line in ln x.
    LogLinear,
}

impl Default for Method {
    fn default() -> Self {
        Method::Pfn(NETWORK.to_owned())
    }
}

impl Method {
    /// The names of those that have settings of their own accord.
    pub const NAMES: [&'static str; 4] = ["pfn", "least-squares", "persist", "log-linear"];

    /// A method by its name, with its usual settings.
    ///
    /// # Errors
    /// A name that is not one of [`Method::NAMES`].
    pub fn named(name: &str) -> Result<Self, Error> {
        Ok(match name {
            "pfn" => Method::default(),
            "least-squares" => {
                let laws = ["pow3", "ilog2", "janoschek", "exp3", "mmf"].map(String::from).to_vec();
                Method::LeastSquares(LeastSquaresSettings { laws, starts: 8, patience: 100, draws: 1000 })
            }
            "persist" => Method::Persist,
            "log-linear" => Method::LogLinear,
            other => return Err(Error::UnknownMethod { name: other.to_owned(), nearest: curves::nearest(other, Self::NAMES) }),
        })
    }

    /// The forecaster.
    pub(super) fn build(&self) -> Result<Box<dyn Forecaster>, Error> {
        let setting = |e: fitters::FitError| Error::Option(e.to_string());
        Ok(match self {
            Method::Pfn(name) => Box::new(Pfn::shipped(name).map_err(|e| Error::Network(e.to_string()))?),
            Method::LeastSquares(s) => Box::new(s.build().map_err(setting)?),
            Method::Ensemble(s) => Box::new(s.clone().build().map_err(setting)?),
            Method::Smc(s) => Box::new(s.clone().build().map_err(setting)?),
            Method::Persist => Box::new(Persist),
            Method::LogLinear => Box::new(LogLinear),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_can_answer_and_a_slip_is_mended() {
        for name in Method::NAMES {
            assert!(Method::named(name).unwrap().build().is_ok(), "{name}");
        }
        assert_eq!(Method::named("pnf").unwrap_err().to_string(), "no method is called \"pnf\"; did you mean \"pfn\"?");
    }
}
