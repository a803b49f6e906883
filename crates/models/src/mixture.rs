//! A weighted sum of laws, y = Σ w_k f_k(x; θ_k).
//!
//! Its parameters are those of the laws, one law after the other, and then the weights, which need not
//! sum to one. Source: Domhan et al. 2015; the prior of LC-PFN (Adriaensen et al. 2023) draws from it.

use std::mem;

use crate::law::check;
use crate::{At, Domain, Law, LawError, Param};

/// A weighted sum of laws. Several may be the same law, so parameter names can repeat:
/// [`names`](Mixture::names) tells them apart.
#[derive(Debug, Clone)]
pub struct Mixture {
    laws: Vec<&'static dyn Law>,
    params: Vec<Param>,
    inputs: &'static [&'static str],
}

impl Mixture {
    /// A mixture of at least one law; all must read the same inputs.
    pub fn new(laws: Vec<&'static dyn Law>) -> Result<Self, LawError> {
        let Some(&first) = laws.first() else {
            return Err(LawError::EmptyMixture);
        };
        let inputs = first.inputs();
        if let Some(other) = laws.iter().find(|law| law.inputs() != inputs) {
            return Err(LawError::MixedInputs { first: first.name(), other: other.name() });
        }
        let mut params: Vec<Param> = laws.iter().flat_map(|law| law.params()).copied().collect();
        let even = 1.0 / laws.len() as f64;
        let weight = Param::new("weight", Domain::NonNegative, even, [0.0, 1.0], "share of the law");
        params.resize(params.len() + laws.len(), weight);
        Ok(Self { laws, params, inputs })
    }

    /// The laws, in the order of their parameters.
    pub fn laws(&self) -> &[&'static dyn Law] {
        &self.laws
    }

    /// A distinct name for every parameter: `1.pow3.c`, …, `1.weight`, counting laws from 1.
    pub fn names(&self) -> Vec<String> {
        let laws = || (1..).zip(&self.laws);
        let own = laws().flat_map(|(k, law)| law.params().iter().map(move |param| format!("{k}.{}.{}", law.name(), param.name)));
        own.chain(laws().map(|(k, _)| format!("{k}.weight"))).collect()
    }

    /// Splits a vector over all parameters into the laws' own and the weights.
    fn split<'t>(&self, theta: &'t [f64]) -> Option<(&'t [f64], &'t [f64])> {
        debug_assert_eq!(theta.len(), self.params.len(), "parameters of a mixture");
        let own = self.params.len() - self.laws.len();
        (theta.len() == self.params.len()).then(|| theta.split_at(own))
    }
}

impl Law for Mixture {
    fn name(&self) -> &'static str {
        "mixture"
    }
    fn title(&self) -> &'static str {
        "Weighted sum of laws"
    }
    fn formula_text(&self) -> &'static str {
        "sum_k w_k f_k(x)"
    }
    fn inputs(&self) -> &'static [&'static str] {
        self.inputs
    }
    fn params(&self) -> &[Param] {
        &self.params
    }
    fn cite(&self) -> &'static str {
        "domhan2015speeding"
    }

    fn eval(&self, at: &At<'_>, theta: &[f64]) -> f64 {
        let Some((mut rest, weights)) = self.split(theta) else {
            return f64::NAN;
        };
        let mut sum = 0.0;
        for (law, weight) in self.laws.iter().zip(weights) {
            let (own, others) = rest.split_at(law.params().len());
            sum += weight * law.eval(at, own);
            rest = others;
        }
        sum
    }

    fn grad(&self, at: &At<'_>, theta: &[f64], out: &mut [f64]) -> f64 {
        debug_assert_eq!(out.len(), self.params.len(), "gradient of a mixture");
        let split = self.split(theta).filter(|_| out.len() == theta.len());
        let Some((mut rest, weights)) = split else {
            out.fill(f64::NAN);
            return f64::NAN;
        };
        let (mut slopes, by_weight) = out.split_at_mut(rest.len());
        let mut sum = 0.0;
        for ((law, weight), by_weight) in self.laws.iter().zip(weights).zip(by_weight) {
            let count = law.params().len();
            let (own, others) = rest.split_at(count);
            let (mine, theirs) = mem::take(&mut slopes).split_at_mut(count);
            *by_weight = law.grad(at, own, mine);
            for slope in mine {
                *slope *= weight;
            }
            sum += weight * *by_weight;
            (rest, slopes) = (others, theirs);
        }
        sum
    }

    /// As for any law, but the error names the law that the parameter belongs to.
    fn check(&self, theta: &[f64]) -> Result<(), LawError> {
        let (need, have) = (self.params.len(), theta.len());
        if need != have {
            return Err(LawError::Length { law: self.name(), need, have });
        }
        let mut rest = theta;
        for law in &self.laws {
            let (own, others) = rest.split_at(law.params().len());
            law.check(own)?;
            rest = others;
        }
        check(self.name(), &self.params[need - rest.len()..], rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Formula, Scalar, find};

    /// A law of two inputs.
    struct Sum;

    impl Formula for Sum {
        const NAME: &'static str = "sum";
        const TITLE: &'static str = "Sum";
        const FORMULA: &'static str = "s * (x + y)";
        const INPUTS: &'static [&'static str] = &["x", "y"];
        const PARAMS: &'static [Param] = &[Param::new("s", Domain::Real, 1.0, [0.0, 1.0], "scale")];
        const CITE: &'static str = "nobody";

        fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
            theta[0] * (at.input(0) + at.input(1))
        }
    }

    /// pow3 and ilog2 and pow3 again, with weights.
    fn three() -> (Mixture, [f64; 11]) {
        let laws = ["pow3", "ilog2", "pow3"].map(|name| find(name).unwrap()).to_vec();
        (Mixture::new(laws).unwrap(), [0.9, 0.4, 0.5, 0.8, 0.3, 0.7, 0.2, 1.5, 0.5, 0.3, 0.2])
    }

    #[test]
    fn the_value_is_the_weighted_sum() {
        let (mixture, theta) = three();
        let x = 4.0_f64;
        let want = 0.5 * (0.9 - 0.4 / 2.0) + 0.3 * (0.8 - 0.3 / 5.0_f64.ln()) + 0.2 * (0.7 - 0.2 / 8.0);
        assert!((mixture.eval(&At::at(&[x]), &theta) - want).abs() < 1e-14);
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let (mixture, theta) = three();
        let mut slopes = [f64::NAN; 11];
        for x in [1.0, 7.0, 300.0] {
            let inputs = [x];
            let at = At::at(&inputs);
            let value = mixture.grad(&at, &theta, &mut slopes);
            assert_eq!(value, mixture.eval(&at, &theta));
            for (i, have) in slopes.into_iter().enumerate() {
                // Central differences at 1e-5 err by about 1e-10 here: values and slopes are of order one.
                let value = |step: f64| {
                    let mut moved = theta;
                    moved[i] += step;
                    mixture.eval(&at, &moved)
                };
                let want = (value(1e-5) - value(-1e-5)) / 2e-5;
                assert!((have - want).abs() < 1e-8, "parameter {i} at {x}: {have} is not {want}");
            }
        }
    }

    #[test]
    fn names_are_distinct_and_errors_name_the_law() {
        let (mixture, mut theta) = three();
        let names = mixture.names();
        assert_eq!(names.len(), mixture.params().len());
        assert_eq!((&*names[2], &*names[7], &*names[10]), ("1.pow3.alpha", "3.pow3.alpha", "3.weight"));
        assert_eq!(mixture.check(&theta), Ok(()));
        theta[7] = -1.0;
        let error = mixture.check(&theta).unwrap_err().to_string();
        assert_eq!(error, "`alpha` of `pow3` must be positive, not -1");
        theta[7] = 1.0;
        theta[9] = -0.5;
        let error = mixture.check(&theta).unwrap_err().to_string();
        assert_eq!(error, "`weight` of `mixture` must be zero or more, not -0.5");
        assert!(matches!(mixture.check(&theta[1..]), Err(LawError::Length { need: 11, have: 10, .. })));
    }

    #[test]
    fn a_mixture_of_nothing_is_refused() {
        assert!(matches!(Mixture::new(vec![]), Err(LawError::EmptyMixture)));
    }

    #[test]
    fn laws_of_different_inputs_do_not_mix() {
        let sum: &'static dyn Law = &Sum;
        let error = Mixture::new(vec![find("pow3").unwrap(), sum]).unwrap_err();
        assert_eq!(error, LawError::MixedInputs { first: "pow3", other: "sum" });
    }
}
