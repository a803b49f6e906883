//! Who answers a forecast: the forecasters of `fitters` and the shipped networks, with settings for a person's own runs.

use curves::Curve;
use std::sync::OnceLock;

use fitters::averaging::Axis;
use fitters::forecasters::{EnsembleSettings, LeastSquaresSettings, SmcSettings};
use fitters::{Forecaster, LogLinear, Persist};
use models::{At, Law};
use pfn::SchedulePfn;

use super::FEWEST;
use crate::{Error, Warning};

/// The network that answers as `pfn`.
const NETWORK: &str = "lcpfn-p1";
/// The network that answers where the learning rate is known.
const SCHEDULED: &str = "anneal-m2";

/// How much the network is believed beside the experts where no learning rate is known.
pub(super) const BELIEVED: f64 = 0.5;

/// The network that answers beside the experts, read once.
pub(super) fn network() -> Result<&'static SchedulePfn, Error> {
    static NETWORK: OnceLock<Result<SchedulePfn, String>> = OnceLock::new();
    NETWORK.get_or_init(|| SchedulePfn::shipped(SCHEDULED).map_err(|e| e.to_string())).as_ref().map_err(|e| Error::Network(e.clone()))
}

/// Who answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Method {
    /// The best of several experts, by back-tests on the curve's own past, and a network, half and half. Where the learning rate is known the
    /// network alone.
    #[default]
    Auto,
    /// A shipped network, by its name.
    Pfn(String),
    /// A shipped network that reads the learning-rate schedule and earlier runs, by its name.
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

    /// The points at which a law of the method has a value, and what is said of others.
    ///
    /// # Errors
    /// Too few points are left.
    pub(super) fn defined(&self, seen: Curve, resource: &str) -> Result<(Curve, Option<Warning>), Error> {
        let outside: Vec<(f64, &'static str)> = seen.x().iter().map_while(|x| Some((*x, self.undefined_at(*x)?))).collect();
        let Some(&(at, law)) = outside.last() else { return Ok((seen, None)) };
        let (points, left, resource) = (outside.len(), seen.len() - outside.len(), resource.to_owned());
        if left < FEWEST {
            return Err(Error::Undefined { law, resource, at, left, need: FEWEST });
        }
        let (x, y) = seen.rest(points);
        let rest = Curve::new(x.to_vec(), y.to_vec()).map_err(Error::Curve)?;
        Ok((rest, Some(Warning::Undefined { law, resource, at, points })))
    }

    /// A law of the method, where none of them has a value at this point: at 0 a law that takes a negative power or the logarithm of its input.
    fn undefined_at(&self, x: f64) -> Option<&'static str> {
        let Method::LeastSquares(settings) = self else { return None };
        let laws: Vec<&'static dyn Law> = settings.laws.iter().filter_map(|name| models::find(name).ok()).collect();
        let has_none = |law: &&'static dyn Law| {
            let start: Vec<f64> = law.params().iter().map(|p| p.start).collect();
            !law.eval(&At::at(&[x]), &start).is_finite()
        };
        // Beyond 0 a value that is not finite is the search's affair.
        laws.first().filter(|_| x <= 0.0 && laws.iter().all(has_none)).map(|law| law.name())
    }

    /// The forecaster.
    pub(super) fn build(&self) -> Result<Box<dyn Forecaster>, Error> {
        let setting = |e: fitters::FitError| Error::Option(e.to_string());
        Ok(match self {
            Method::Pfn(name) => pfn::on_the_unit_scale(name).map_err(|e| Error::Network(e.to_string()))?.0,
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
    fn a_law_without_a_value_at_zero_leaves_it_out_and_says_so() {
        let curve = |x: Vec<f64>| Curve::new(x.clone(), x.iter().map(|x| 0.4 + (x + 3.0).powf(-0.6)).collect()).unwrap();
        let defined = |method: &str, x: &[f64]| Method::named(method).unwrap().defined(curve(x.to_vec()), "step");
        let zero: Vec<f64> = (0..=20).map(f64::from).collect();
        for law in ["pow3", "m1", "ilog2", "bnsl1", "log_linear"] {
            let (rest, said) = defined(law, &zero).unwrap();
            let said = said.unwrap();
            assert_eq!((rest.len(), rest.x()[0], said.level()), (20, 1.0, crate::Level::Note), "{law}");
            assert_eq!(said.to_string(), format!("{law} has no value at step 0: the point there is left out"));
        }
        // Some of the laws of `least-squares` have one, and so have all others.
        for method in ["mmf", "exp3", "janoschek", "pow4", "least-squares", "auto", "pfn", "persist"] {
            assert_eq!(defined(method, &zero).unwrap(), (curve(zero.clone()), None), "{method}");
        }
        assert_eq!(defined("pow3", &zero[1..]).unwrap(), (curve(zero[1..].to_vec()), None));
        let (rest, said) = defined("pow3", &[-1.0, 0.0, 1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!((rest.len(), said.unwrap().to_string()), (4, "pow3 has no value at step 0 and before: 2 points are left out".to_owned()));
        let few = defined("pow3", &[0.0, 1.0, 2.0, 3.0]).unwrap_err();
        assert_eq!(few, Error::Undefined { law: "pow3", resource: "step".into(), at: 0.0, left: 3, need: 4 });
        assert!(few.to_string().starts_with("pow3 has no value at step 0, which leaves 3 points, and a forecast needs 4"), "{few}");
    }

    #[test]
    fn every_name_can_answer_and_a_slip_is_mended() {
        for name in Method::NAMES {
            assert!(Method::named(name).unwrap().build().is_ok(), "{name}");
        }
        assert_eq!(Method::named("pnf").unwrap_err().to_string(), "no method is called \"pnf\"; did you mean \"pfn\"?");
    }
}
