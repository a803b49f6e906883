//! Which laws are sums of coefficients times basis functions, and how their parameters are laid out.

/// What the logarithm in a power is taken of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Base {
    /// An input, by its index.
    Input(usize),
    /// One input over another.
    Ratio(usize, usize),
    /// One input times another.
    Product(usize, usize),
    /// The learning rates summed up to the step that is input 0.
    SummedRate,
}

/// A basis function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Basis {
    /// 1.
    One,
    /// base^−shape.
    Power { base: Base, shape: usize },
    /// (c/base)^shape, whose coefficient is c^shape.
    Root { base: Base, shape: usize },
    /// S₂ of the annealing law at the momentum `shape`.
    Gain { shape: usize },
    /// The sum over changes of the Multi-Power law at (C, β, γ).
    Changes { shapes: [usize; 3] },
}

/// A term: sign · coefficient · basis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Term {
    /// Which parameter of the law the coefficient is.
    pub theta: usize,
    /// 1 or −1.
    pub sign: f64,
    pub basis: Basis,
}

impl Term {
    /// The shapes its basis reads.
    pub fn shapes(&self) -> &[usize] {
        match &self.basis {
            Basis::One => &[],
            Basis::Power { shape, .. } | Basis::Root { shape, .. } | Basis::Gain { shape } => std::slice::from_ref(shape),
            Basis::Changes { shapes } => shapes,
        }
    }

    /// The exponent of a power.
    pub fn exponent(&self) -> Option<usize> {
        match self.basis {
            Basis::Power { shape, .. } | Basis::Root { shape, .. } => Some(shape),
            _ => None,
        }
    }

    /// Is the law's parameter the root of the coefficient?
    pub fn root(&self) -> bool {
        matches!(self.basis, Basis::Root { .. })
    }
}

/// A parameter that is not linear.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shape {
    /// Which parameter of the law it is.
    pub theta: usize,
    /// Where it may end.
    pub within: (f64, f64),
    /// Where its grid lies.
    pub grid: Points,
    /// Is its logarithm the variable of the polish?
    pub log: bool,
}

/// The values of a grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Points {
    /// Evenly spaced in their logarithm, as many as asked for.
    Even(f64, f64),
    /// These.
    Given(&'static [f64]),
}

impl Shape {
    pub fn points(&self, count: usize, shapes: usize) -> Vec<f64> {
        // So many that a grid stays below about 10⁴ cells.
        let count = if count > 0 { count.max(2) } else { [24, 24, 24, 12, 8][shapes.min(4)] };
        match self.grid {
            Points::Even(low, high) => (0..count).map(|i| low * (high / low).powf(i as f64 / (count - 1) as f64)).collect(),
            Points::Given(values) => values.to_vec(),
        }
    }

    pub fn bounds(&self) -> (f64, f64) {
        (self.variable_of(self.within.0), self.variable_of(self.within.1))
    }

    pub fn variable_of(&self, value: f64) -> f64 {
        if self.log { value.ln() } else { value }
    }

    pub fn value_of(&self, x: f64) -> f64 {
        if self.log { x.exp() } else { x }
    }
}

/// A law as a sum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    pub terms: &'static [Term],
    pub shapes: &'static [Shape],
}

const fn one(theta: usize, sign: f64) -> Term {
    Term { theta, sign, basis: Basis::One }
}

const fn power(theta: usize, base: Base, shape: usize) -> Term {
    Term { theta, sign: 1.0, basis: Basis::Power { base, shape } }
}

const fn root(theta: usize, base: Base, shape: usize) -> Term {
    Term { theta, sign: 1.0, basis: Basis::Root { base, shape } }
}

/// An exponent. Published ones lie between 0.03 and 2; a fit may end well beyond, and then says so.
const fn exponent(theta: usize) -> Shape {
    Shape { theta, within: (1e-4, 10.0), grid: Points::Even(0.03, 2.5), log: false }
}

use Base::{Input, Product, Ratio, SummedRate};

/// The form of a law by its registered name; `None` for a law that is no such sum.
pub(super) fn of(law: &str) -> Option<Spec> {
    Some(match law {
        "chinchilla" | "average_params" | "joint_ensemble" => TWO_POWERS,
        "chinchilla_tied" => TIED,
        "ensemble" => ONE_POWER,
        "kaplan_steps" => KAPLAN_STEPS,
        "over_training" => OVER_TRAINING,
        "vocabulary" => VOCABULARY,
        "width_depth" => THREE_POWERS,
        "width_depth_params" => FOUR_POWERS,
        "lr_annealing" => LR_ANNEALING,
        "multi_power" => MULTI_POWER,
        _ => return None,
    })
}

const ONE_POWER: Spec = Spec { terms: &[one(0, 1.0), power(1, Input(0), 0)], shapes: &[exponent(2)] };
const TIED: Spec = Spec { terms: &[one(0, 1.0), power(1, Input(0), 0), power(2, Input(1), 0)], shapes: &[exponent(3)] };
const TWO_POWERS: Spec = Spec { terms: &[one(0, 1.0), power(1, Input(0), 0), power(2, Input(1), 1)], shapes: &[exponent(3), exponent(4)] };
const THREE_POWERS: Spec =
    Spec { terms: &[one(0, 1.0), power(1, Input(0), 0), power(2, Input(1), 1), power(3, Input(2), 2)], shapes: &[exponent(4), exponent(5), exponent(6)] };
const FOUR_POWERS: Spec = Spec {
    terms: &[one(0, 1.0), power(1, Input(0), 0), power(2, Input(1), 1), power(3, Input(2), 2), power(4, Input(3), 3)],
    shapes: &[exponent(5), exponent(6), exponent(7), exponent(8)],
};
const VOCABULARY: Spec =
    Spec { terms: &[one(0, -1.0), power(1, Input(0), 0), power(2, Input(1), 1), power(3, Input(2), 2)], shapes: &[exponent(4), exponent(5), exponent(6)] };
const KAPLAN_STEPS: Spec = Spec { terms: &[root(0, Input(0), 0), root(2, Input(1), 1)], shapes: &[exponent(1), exponent(3)] };
const OVER_TRAINING: Spec = Spec { terms: &[one(0, 1.0), power(1, Ratio(0, 1), 0), power(2, Product(0, 1), 0)], shapes: &[exponent(3)] };
const LR_ANNEALING: Spec = Spec {
    terms: &[one(0, 1.0), power(1, SummedRate, 0), Term { theta: 3, sign: -1.0, basis: Basis::Gain { shape: 1 } }],
    shapes: &[exponent(2), Shape { theta: 4, within: (0.0, 0.9999), grid: Points::Given(&[0.9, 0.97, 0.99, 0.995, 0.998, 0.999, 0.9995]), log: false }],
};
const MULTI_POWER: Spec = Spec {
    terms: &[one(0, 1.0), power(1, SummedRate, 0), Term { theta: 3, sign: 1.0, basis: Basis::Changes { shapes: [1, 2, 3] } }],
    shapes: &[
        exponent(2),
        Shape { theta: 4, within: (1e-8, 1e6), grid: Points::Given(&[1e-3, 0.03, 0.5, 2.0, 10.0]), log: true },
        Shape { theta: 5, within: (1e-3, 5.0), grid: Points::Given(&[0.1, 0.25, 0.5, 1.0]), log: true },
        Shape { theta: 6, within: (1e-3, 5.0), grid: Points::Given(&[0.2, 0.5, 0.9, 1.4]), log: true },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_of_every_form_has_one_place() {
        let mut found = 0;
        for law in models::all() {
            let Some(spec) = of(law.name()) else { continue };
            found += 1;
            let mut places: Vec<usize> = spec.terms.iter().map(|t| t.theta).chain(spec.shapes.iter().map(|s| s.theta)).collect();
            places.sort_unstable();
            assert_eq!(places, (0..law.params().len()).collect::<Vec<_>>(), "{}", law.name());
            assert!(spec.terms.iter().flat_map(|t| t.shapes()).all(|s| *s < spec.shapes.len()), "{}", law.name());
        }
        assert_eq!(found, 12);
    }
}
