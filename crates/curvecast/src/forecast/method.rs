//! Who answers a forecast: the forecasters of `fitters` and the shipped networks, with settings for a person's own runs.

use fitters::averaging::Axis;
use fitters::forecasters::{EnsembleSettings, LeastSquaresSettings, SmcSettings};
use fitters::{Forecaster, LogLinear, Persist};
use pfn::{Pfn, SchedulePfn};

use crate::Error;

/// The network that answers as `pfn`.
const NETWORK: &str = "lcpfn-p1";
/// The network that answers where the learning rate is known.
const SCHEDULED: &str = "anneal-s1";

/// Who answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Method {
    /// The best of several, by back-tests on the curve's own past, with calibrated bands.
    #[default]
    Auto,
    /// A shipped network, by its name.
    Pfn(String),
    /// A shipped network that reads the learning-rate schedule, by its name.
    Scheduled(String),
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

impl Method {
    /// The names of those that have settings of their own accord. A law of one input is a method, too.
    pub const NAMES: [&'static str; 6] = ["auto", "schedule", "pfn", "least-squares", "persist", "log-linear"];

    /// A method by its name, or a law of one input by its, with usual settings.
    ///
    /// # Errors
    /// A name that is neither one of [`Method::NAMES`] nor that of such a law.
    pub fn named(name: &str) -> Result<Self, Error> {
        let fitted = |laws: Vec<String>| Method::LeastSquares(LeastSquaresSettings { laws, starts: 8, patience: 100, draws: 1000, axis: Axis::Own });
        Ok(match name {
            "auto" => Method::Auto,
            "schedule" => Method::scheduled(),
            "pfn" => Method::Pfn(NETWORK.to_owned()),
            "least-squares" => fitted(["pow3", "ilog2", "janoschek", "exp3", "mmf"].map(String::from).to_vec()),
            "persist" => Method::Persist,
            "log-linear" => Method::LogLinear,
            other => {
                let law = models::find(&other.replace('-', "_")).ok().filter(|law| law.inputs() == ["resource"]);
                let nearest =
                    || curves::nearest(other, Self::NAMES.into_iter().chain(models::all().iter().filter(|l| l.inputs() == ["resource"]).map(|l| l.name())));
                return law.map(|law| fitted(vec![law.name().to_owned()])).ok_or_else(|| Error::UnknownMethod { name: other.to_owned(), nearest: nearest() });
            }
        })
    }

    /// The network that reads the learning-rate schedule.
    pub(super) fn scheduled() -> Self {
        Method::Scheduled(SCHEDULED.to_owned())
    }

    /// Was it made for curves on a unit interval with a hundred points? Networks and samplers of a prior are.
    pub(super) fn wants_the_unit_scale(&self) -> bool {
        matches!(self, Method::Pfn(_) | Method::Ensemble(_) | Method::Smc(_))
    }

    /// The forecaster.
    pub(super) fn build(&self) -> Result<Box<dyn Forecaster>, Error> {
        let setting = |e: fitters::FitError| Error::Option(e.to_string());
        Ok(match self {
            Method::Pfn(name) => Box::new(Pfn::shipped(name).map_err(|e| Error::Network(e.to_string()))?),
            Method::Scheduled(name) => Box::new(SchedulePfn::shipped(name).map_err(|e| Error::Network(e.to_string()))?),
            Method::LeastSquares(s) => Box::new(s.build().map_err(setting)?),
            Method::Ensemble(s) => Box::new(s.clone().build().map_err(setting)?),
            Method::Smc(s) => Box::new(s.clone().build().map_err(setting)?),
            Method::Auto => Box::new(fitters::Auto::default()),
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
