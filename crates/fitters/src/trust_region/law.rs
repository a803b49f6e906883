//! A law fitted from one start, each parameter as itself or as its logarithm: what papers do with SciPy's `curve_fit`.

use models::{Domain, Law, MAX_PARAMS};

use super::{Residuals, Stop, minimise};
use crate::{Fit, FitError, Loss, Rows};

/// As what a parameter moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// As itself, between the ends of its domain.
    #[default]
    Value,
    /// As its natural logarithm, which has no end where the domain begins at zero.
    Logarithm,
}

/// Where the search from one start stops.
///
/// `pinned` has an entry per parameter, or none at all; `start` a value per parameter, held or not, in the law's own
/// terms; `forms` an entry per parameter, or none at all for values. Where a search stops in a flat valley depends on
/// the forms. `Fit::evaluations` counts evaluations of the law without its slopes.
///
/// # Errors
/// A loss that is not of squares, targets that it cannot take, rows without the law's inputs, fewer rows of weight than
/// free parameters, lists that are not as long as the parameters, everything pinned, pinned values or starts outside
/// their domain, logarithms of parameters that are not positive, and a loss or slopes that are not finite at the start.
pub fn fit(law: &'static dyn Law, rows: Rows<'_>, loss: Loss, pinned: &[Option<f64>], start: &[f64], forms: &[Form], stop: Stop) -> Result<Fit, FitError> {
    let mut problem = OfLaw::new(law, rows, loss, pinned, start, forms)?;
    let who = || law.name().to_owned();
    let have = problem.roots.iter().filter(|r| **r > 0.0).count();
    if have < problem.free.len() {
        return Err(FitError::TooFewPoints { have, need: problem.free.len(), who: who() });
    }
    let mut x: Vec<f64> = problem.free.iter().map(|f| f.to_line(start[f.place])).collect();
    let bounds: Vec<(f64, f64)> = problem.free.iter().map(|f| f.bounds).collect();
    let end = minimise(&mut problem, &mut x, &bounds, stop).map_err(|e| match e {
        FitError::NotFinite { .. } => FitError::NotFinite { who: who() },
        other => other,
    })?;
    problem.place(&x);
    Ok(Fit {
        law,
        theta: problem.theta,
        // Σ w r² of the ½ Σ w r² that was minimised.
        loss: 2.0 * end.value,
        status: end.reason.status(),
        evaluations: end.evaluations,
        agreeing: (1, 1),
    })
}

/// A parameter that moves.
struct Free {
    place: usize,
    form: Form,
    bounds: (f64, f64),
}

/// A logarithm is not followed below this: e^−700 is still a normal number.
const EDGE: f64 = 700.0;

impl Free {
    fn to_line(&self, value: f64) -> f64 {
        if self.form == Form::Logarithm { value.ln() } else { value }
    }

    fn value(&self, x: f64) -> f64 {
        if self.form == Form::Logarithm { x.max(-EDGE).exp() } else { x }
    }
}

struct OfLaw<'a> {
    law: &'static dyn Law,
    rows: Rows<'a>,
    loss: Loss,
    free: Vec<Free>,
    theta: Vec<f64>,
    /// The roots of the weights.
    roots: Vec<f64>,
}

impl<'a> OfLaw<'a> {
    fn new(law: &'static dyn Law, rows: Rows<'a>, loss: Loss, pinned: &[Option<f64>], start: &[f64], forms: &[Form]) -> Result<Self, FitError> {
        let (params, name) = (law.params(), law.name());
        let bad = |what: String| Err(FitError::Setting(what));
        if !matches!(loss, Loss::Squares | Loss::LogSquares) {
            return bad("least squares take the losses `squares` and `log-squares`".to_owned());
        }
        loss.check(rows.samples())?;
        if rows.inputs() != law.inputs().len() {
            return bad(format!("{name} reads {} inputs ({}), and the rows have {}", law.inputs().len(), law.inputs().join(", "), rows.inputs()));
        }
        let fits = |length: usize| length == 0 || length == params.len();
        if start.len() != params.len() || !fits(pinned.len()) || !fits(forms.len()) {
            let (a, b, c) = (start.len(), pinned.len(), forms.len());
            return bad(format!("{a} starts, {b} pinned or not and {c} forms for the {} parameters of {name}", params.len()));
        }
        let mut theta = start.to_vec();
        let mut free = Vec::new();
        for (place, param) in params.iter().enumerate() {
            let held = pinned.get(place).copied().flatten();
            let value = held.unwrap_or(start[place]);
            if !param.domain.contains(value) {
                return bad(format!("`{}` of {name} is {value}; it must be {}", param.name, param.domain));
            }
            theta[place] = value;
            if held.is_some() {
                continue;
            }
            let form = forms.get(place).copied().unwrap_or_default();
            if form == Form::Logarithm && value <= 0.0 {
                return bad(format!("`{}` of {name} starts at {value}, which has no logarithm", param.name));
            }
            free.push(Free { place, form, bounds: ends(param.domain, form) });
        }
        if free.is_empty() {
            return bad(format!("every parameter of {name} is pinned; leave one free"));
        }
        Ok(Self { law, rows, loss, free, theta, roots: rows.weights().iter().map(|w| w.sqrt()).collect() })
    }

    fn place(&mut self, x: &[f64]) {
        for (f, x) in self.free.iter().zip(x) {
            self.theta[f.place] = f.value(*x);
        }
    }
}

/// The ends of a domain, as a parameter of this form meets them.
fn ends(domain: Domain, form: Form) -> (f64, f64) {
    let (low, high) = match domain {
        Domain::Real => (f64::NEG_INFINITY, f64::INFINITY),
        Domain::Positive | Domain::NonNegative => (0.0, f64::INFINITY),
        Domain::Unit => (0.0, 1.0),
        Domain::Interval(low, high) => (low, high),
        Domain::Negative => (f64::NEG_INFINITY, 0.0),
        Domain::AtLeast(low) => (low, f64::INFINITY),
    };
    match form {
        Form::Value => (low, high),
        Form::Logarithm => (low.max(0.0).ln(), high.ln()),
    }
}

impl Residuals for OfLaw<'_> {
    fn variables(&self) -> usize {
        self.free.len()
    }

    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn residuals(&mut self, x: &[f64], out: &mut [f64]) {
        self.place(x);
        for (i, (out, (&root, &y))) in out.iter_mut().zip(self.roots.iter().zip(self.rows.targets())).enumerate() {
            *out = if root > 0.0 { root * self.loss.residual(self.law.eval(&self.rows.at(i), &self.theta), y).0 } else { 0.0 };
        }
    }

    fn slopes(&mut self, x: &[f64], out: &mut [f64]) {
        self.place(x);
        let m = self.rows.len();
        let mut gradient = [0.0; MAX_PARAMS];
        let gradient = &mut gradient[..self.theta.len()];
        for (i, (&root, &y)) in self.roots.iter().zip(self.rows.targets()).enumerate() {
            let by_f = if root > 0.0 {
                let f = self.law.grad(&self.rows.at(i), &self.theta, gradient);
                root * self.loss.residual(f, y).1
            } else {
                gradient.fill(0.0);
                0.0
            };
            for (k, f) in self.free.iter().enumerate() {
                let by_x = if f.form == Form::Logarithm { self.theta[f.place] } else { 1.0 };
                out[k * m + i] = by_f * gradient[f.place] * by_x;
            }
        }
    }
}
