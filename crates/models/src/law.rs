//! Laws: what an author writes ([`Formula`]) and what everyone else uses ([`Law`]).

use std::fmt;

use crate::{At, Domain, Dual, LawError, Scalar, SizeAndData, Term};

/// The most parameters a [`Formula`] may have: its gradient is taken in a buffer of this size.
pub const MAX_PARAMS: usize = 16;

/// How many partial derivatives one evaluation carries.
const LANES: usize = 4;

/// A parameter of a law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Param {
    /// Its name, as in the literature; Greek letters spelled out.
    pub name: &'static str,
    /// Where it lives.
    pub domain: Domain,
    /// The starting value of the literature.
    pub start: f64,
    /// The lower end of where several starts are drawn from.
    pub low: f64,
    /// The upper end of where several starts are drawn from.
    pub high: f64,
    /// What it means, in a few words.
    pub doc: &'static str,
}

impl Param {
    /// A parameter; `range` is `[low, high]`.
    pub const fn new(name: &'static str, domain: Domain, start: f64, range: [f64; 2], doc: &'static str) -> Self {
        let [low, high] = range;
        Self { name, domain, start, low, high, doc }
    }

    /// The value that a share `u` in `[0, 1]` of the range stands for.
    ///
    /// Feed it uniform numbers to draw starts: log-uniform in size where the domain is `Positive` or
    /// `Negative`, uniform elsewhere.
    pub fn draw(&self, u: f64) -> f64 {
        let (low, high) = (self.low, self.high);
        match self.domain {
            Domain::Positive | Domain::Negative => low * (high / low).powf(u),
            _ => low + (high - low) * u,
        }
    }
}

/// A law as its author writes it: everything else follows from these items.
///
/// The implementing type is a unit struct. `formula` returns NaN when `theta` has the wrong length.
pub trait Formula: Send + Sync + 'static {
    /// The registered name: that of the file.
    const NAME: &'static str;
    /// The name in words.
    const TITLE: &'static str;
    /// The formula in plain text.
    const FORMULA: &'static str;
    /// What the inputs are, in order.
    const INPUTS: &'static [&'static str];
    /// The parameters, in order; at most [`MAX_PARAMS`].
    const PARAMS: &'static [Param];
    /// The key of its source in `references.bib`.
    const CITE: &'static str;

    /// Its terms, where it is a sum of coefficients, none below zero, times basis functions: solvers then find the
    /// coefficients from the exponents. The harness of the registry holds the sum against the formula.
    const SUM: Option<&'static [Term]> = None;
    /// Where it is E + A N^−α + B D^−β of a size and of data whose product is the compute: which parameters those are.
    const SIZE_AND_DATA: Option<SizeAndData> = None;
    /// Of a law of one input: the parameters in which it is linear together, once the others are held. A search then draws the others alone.
    /// The harness of the registry holds the list against the formula.
    const LINEAR: &'static [usize] = &[];

    /// Of a law of one input: the parameters of the same curve in other units, so that f(x·X; θ) = Y f(x; θ′) with X and Y the units of the two axes.
    /// `None` where the law has no such parameters. A search is then run where numbers are of order one.
    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let _ = (theta, x, y);
        None
    }

    /// The value at one point.
    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S;
}

/// A named law y = f(x; θ), with domains, an exact gradient and a citation.
///
/// A contract for `eval` and `grad`: `theta`, and `out` where there is one, are as long as
/// [`params`](Law::params). A debug build asserts it; a release build answers NaN. Parameters outside
/// their domain are not refused here, so that a search may look; [`check`](Law::check) refuses them.
pub trait Law: Send + Sync {
    /// The registered name.
    fn name(&self) -> &'static str;
    /// The name in words.
    fn title(&self) -> &'static str;
    /// The formula in plain text.
    fn formula_text(&self) -> &'static str;
    /// What the inputs are, in order.
    fn inputs(&self) -> &'static [&'static str];
    /// The parameters, in order.
    fn params(&self) -> &[Param];
    /// The key of its source in `references.bib`.
    fn cite(&self) -> &'static str;

    /// Its terms, where it is a sum of coefficients, none below zero, times basis functions.
    fn sum(&self) -> Option<&'static [Term]> {
        None
    }
    /// Where it trades size for data, and so has a compute-optimal split in closed form: which parameters decide it.
    fn size_and_data(&self) -> Option<SizeAndData> {
        None
    }

    /// Of a law of one input: the parameters in which it is linear together, once the others are held.
    fn linear(&self) -> &'static [usize] {
        &[]
    }
    /// Of a law of one input: the parameters θ′ of the same curve in other units, f(x·X; θ) = Y f(x; θ′); `None` where there are none.
    fn in_units(&self, theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let _ = (theta, x, y);
        None
    }

    /// The value at one point.
    fn eval(&self, at: &At<'_>, theta: &[f64]) -> f64;
    /// The value at one point; `out` receives its exact gradient in `theta`.
    fn grad(&self, at: &At<'_>, theta: &[f64], out: &mut [f64]) -> f64;

    /// Whether every parameter lies in its domain.
    fn contains(&self, theta: &[f64]) -> bool {
        self.check(theta).is_ok()
    }

    /// Names the first parameter that lies outside its domain.
    fn check(&self, theta: &[f64]) -> Result<(), LawError> {
        check(self.name(), self.params(), theta)
    }
}

impl fmt::Debug for dyn Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Holds a parameter vector against its domains.
pub(crate) fn check(law: &'static str, params: &[Param], theta: &[f64]) -> Result<(), LawError> {
    let (need, have) = (params.len(), theta.len());
    if need != have {
        return Err(LawError::Length { law, need, have });
    }
    for (param, &value) in params.iter().zip(theta) {
        if !param.domain.contains(value) {
            let Param { name: param, domain, .. } = *param;
            return Err(LawError::Outside { law, param, value, domain });
        }
    }
    Ok(())
}

impl<F: Formula> Law for F {
    fn name(&self) -> &'static str {
        F::NAME
    }
    fn title(&self) -> &'static str {
        F::TITLE
    }
    fn formula_text(&self) -> &'static str {
        F::FORMULA
    }
    fn inputs(&self) -> &'static [&'static str] {
        F::INPUTS
    }
    fn params(&self) -> &[Param] {
        F::PARAMS
    }
    fn cite(&self) -> &'static str {
        F::CITE
    }
    fn sum(&self) -> Option<&'static [Term]> {
        F::SUM
    }
    fn size_and_data(&self) -> Option<SizeAndData> {
        F::SIZE_AND_DATA
    }
    fn linear(&self) -> &'static [usize] {
        F::LINEAR
    }
    fn in_units(&self, theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        F::in_units(theta, x, y)
    }

    fn eval(&self, at: &At<'_>, theta: &[f64]) -> f64 {
        debug_assert_eq!(theta.len(), F::PARAMS.len(), "parameters of {}", F::NAME);
        F::formula(at, theta)
    }

    fn grad(&self, at: &At<'_>, theta: &[f64], out: &mut [f64]) -> f64 {
        debug_assert_eq!(theta.len(), F::PARAMS.len(), "parameters of {}", F::NAME);
        debug_assert_eq!(out.len(), theta.len(), "gradient of {}", F::NAME);
        let count = theta.len();
        if count != out.len() || count > MAX_PARAMS {
            out.fill(f64::NAN);
            return f64::NAN;
        }
        // On the stack: a fit asks for millions of gradients.
        let mut duals = [Dual::<LANES>::constant(0.0); MAX_PARAMS];
        for (dual, &value) in duals.iter_mut().zip(theta) {
            dual.value = value;
        }
        let mut value = f64::NAN;
        for (chunk, slopes) in out.chunks_mut(LANES).enumerate() {
            let first = chunk * LANES;
            let varied = first..first + slopes.len();
            for (lane, dual) in duals[varied.clone()].iter_mut().enumerate() {
                dual.partials[lane] = 1.0;
            }
            let y = F::formula(at, &duals[..count]);
            slopes.copy_from_slice(&y.partials[..slopes.len()]);
            value = y.value;
            for dual in &mut duals[varied] {
                dual.partials = [0.0; LANES];
            }
        }
        value
    }
}
