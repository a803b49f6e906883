//! What a law says of its own structure: which terms it is a sum of, and how it trades size for data.
//!
//! Solvers use it instead of names. A law that is such a sum is linear in its coefficients, so that these follow from the
//! exponents; a law that trades size for data has a compute-optimal split in closed form.

use crate::schedule::{lr_annealing, rates_until};
use crate::{At, Law};

/// What a power is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// An input, by its place.
    Input(usize),
    /// One input over another.
    Ratio(usize, usize),
    /// One input times another.
    Product(usize, usize),
    /// The learning rates summed up to the step that is input 0.
    SummedRate,
}

/// A basis function; its numbers are places among the law's parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// 1.
    One,
    /// base^−exponent.
    Power {
        /// Of what.
        base: Base,
        /// The exponent.
        exponent: usize,
    },
    /// (c/base)^exponent, where c is the law's parameter: the coefficient of base^−exponent is c^exponent.
    Root {
        /// Of what.
        base: Base,
        /// The exponent.
        exponent: usize,
    },
    /// S₂ of [`lr_annealing`]: how much the rate was brought down.
    Gain {
        /// Its momentum λ.
        momentum: usize,
    },
    /// The sum over changes of the rate of [`multi_power`](crate::schedule::multi_power).
    Changes {
        /// C, β and γ.
        params: [usize; 3],
    },
}

/// A term of a law: sign · coefficient · basis function. Coefficients are zero or more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// The place of the coefficient among the law's parameters; of a [`Basis::Root`], of its root.
    pub coefficient: usize,
    /// 1 or −1.
    pub sign: f64,
    /// The basis function.
    pub basis: Basis,
}

impl Term {
    /// A constant.
    pub const fn one(coefficient: usize) -> Self {
        Self { coefficient, sign: 1.0, basis: Basis::One }
    }

    /// A falling power.
    pub const fn power(coefficient: usize, base: Base, exponent: usize) -> Self {
        Self { coefficient, sign: 1.0, basis: Basis::Power { base, exponent } }
    }

    /// A falling power whose parameter is the base at which it is one.
    pub const fn root(coefficient: usize, base: Base, exponent: usize) -> Self {
        Self { coefficient, sign: 1.0, basis: Basis::Root { base, exponent } }
    }

    /// The same with the other sign.
    pub const fn minus(self) -> Self {
        Self { sign: -self.sign, ..self }
    }

    /// The parameters that its basis function reads.
    pub fn params(&self) -> &[usize] {
        match &self.basis {
            Basis::One => &[],
            Basis::Power { exponent, .. } | Basis::Root { exponent, .. } => std::slice::from_ref(exponent),
            Basis::Gain { momentum } => std::slice::from_ref(momentum),
            Basis::Changes { params } => params,
        }
    }

    /// Its value at one point; NaN where it has none.
    pub fn value(&self, at: &At<'_>, theta: &[f64]) -> f64 {
        let get = |k: usize| theta.get(k).copied().unwrap_or(f64::NAN);
        let coefficient = get(self.coefficient);
        let rates = || rates_until(at).unwrap_or_default();
        self.sign
            * match self.basis {
                Basis::One => coefficient,
                Basis::Power { base, exponent } => coefficient * base.at(at).powf(-get(exponent)),
                Basis::Root { base, exponent } => (coefficient / base.at(at)).powf(get(exponent)),
                Basis::Gain { momentum } => coefficient * gain(at, get(momentum)),
                Basis::Changes { params: [c, beta, gamma] } => coefficient * changes(rates(), get(c), get(beta), get(gamma)),
            }
    }
}

impl Base {
    /// Its value at one point; NaN where it has none.
    pub fn at(self, at: &At<'_>) -> f64 {
        match self {
            Base::Input(k) => at.input(k),
            Base::Ratio(k, l) => at.input(k) / at.input(l),
            Base::Product(k, l) => at.input(k) * at.input(l),
            Base::SummedRate => rates_until(at).map_or(f64::NAN, |rates| rates.iter().sum()),
        }
    }
}

/// S₂ at a step of a schedule.
fn gain(at: &At<'_>, momentum: f64) -> f64 {
    let (Some(schedule), Some(rates)) = (at.schedule, rates_until(at)) else { return f64::NAN };
    let gains = lr_annealing::gains(schedule.rates(), momentum);
    rates.len().checked_sub(1).and_then(|step| gains.get(step)).copied().unwrap_or(f64::NAN)
}

/// Σ Δη_k (1 − (1 + C η_k^−γ ΔS₁)^−β) over the changes of the rate.
fn changes(rates: &[f64], c: f64, beta: f64, gamma: f64) -> f64 {
    let after = |k: usize| rates.get(k..).unwrap_or_default().iter().sum::<f64>();
    let before = |k: usize| k.checked_sub(1).and_then(|k| rates.get(k)).copied().unwrap_or(0.0);
    let changed = rates.iter().enumerate().filter(|(k, rate)| **rate != before(*k) && **rate > 0.0);
    changed.map(|(k, rate)| (rate - before(k)) * (1.0 - (1.0 + c * rate.powf(-gamma) * after(k)).powf(-beta))).sum()
}

/// The sum of a law's terms at one point; `None` for a law that is no such sum.
pub fn value(law: &dyn Law, at: &At<'_>, theta: &[f64]) -> Option<f64> {
    Some(law.sum()?.iter().map(|term| term.value(at, theta)).sum())
}

/// Which parameters make L = E + A N^−α + B D^−β, of a law whose compute grows with N · D: places among the parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeAndData {
    /// E.
    pub e: usize,
    /// A.
    pub a: usize,
    /// B.
    pub b: usize,
    /// α.
    pub alpha: usize,
    /// β; the place of α where the exponents are one.
    pub beta: usize,
}

/// Which parameters make L = E + A x^−α, of a law of one input: places among the parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnePower {
    /// E.
    pub e: usize,
    /// A.
    pub a: usize,
    /// α.
    pub alpha: usize,
}

impl OnePower {
    /// The structure of a law that is such a power, and can so be solved for its input; `None` for any other.
    pub fn of(law: &dyn Law) -> Option<Self> {
        match law.sum()? {
            [
                Term { coefficient: e, sign: 1.0, basis: Basis::One },
                Term { coefficient: a, sign: 1.0, basis: Basis::Power { base: Base::Input(0), exponent: alpha } },
            ] if law.inputs().len() == 1 => Some(Self { e: *e, a: *a, alpha: *alpha }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{all, find};

    #[test]
    fn structures_are_found_where_laws_have_them() {
        assert_eq!(OnePower::of(find("ensemble").unwrap()), Some(OnePower { e: 0, a: 1, alpha: 2 }));
        assert!(all().iter().filter(|law| OnePower::of(**law).is_some()).count() == 1);
        let tied = find("chinchilla_tied").unwrap().size_and_data().unwrap();
        assert_eq!((tied.alpha, tied.beta), (3, 3));
        assert!(find("joint_ensemble").unwrap().size_and_data().is_none(), "members are no data");
    }

    #[test]
    fn terms_by_hand() {
        // 3 · 16^−½ and (4/16)^½.
        let at = At::at(&[16.0]);
        assert_eq!(Term::power(0, Base::Input(0), 1).value(&at, &[3.0, 0.5]), 0.75);
        assert_eq!(Term::root(0, Base::Input(0), 1).value(&at, &[4.0, 0.5]), 0.5);
        assert_eq!(Term::one(0).minus().value(&at, &[2.0]), -2.0);
        assert!(Term::power(0, Base::SummedRate, 1).value(&at, &[3.0, 0.5]).is_nan(), "no schedule, no rates");
        assert_eq!(value(find("kaplan").unwrap(), &at, &[1.0; 4]), None);
    }
}
