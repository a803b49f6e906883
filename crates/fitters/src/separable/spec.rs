//! How the parameters of a law that is a sum are laid out for the search: its terms, and the shapes that they share.
//!
//! Which laws are such sums they say themselves ([`Law::sum`]); where an exponent is looked for is known here.

use models::{Base, Law};

use super::grid::SHAPES;
use super::nnls::COLUMNS;

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
    /// What it multiplies.
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
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub terms: Vec<Term>,
    /// In the order in which the terms read them.
    pub shapes: Vec<Shape>,
}

/// An exponent. Published ones lie between 0.03 and 2; a fit may end well beyond, and then says so.
const fn exponent(theta: usize) -> Shape {
    Shape { theta, within: (1e-4, 10.0), grid: Points::Even(0.03, 2.5), log: false }
}

/// The momentum of the annealing law.
const fn momentum(theta: usize) -> Shape {
    Shape { theta, within: (0.0, 0.9999), grid: Points::Given(&[0.9, 0.97, 0.99, 0.995, 0.998, 0.999, 0.9995]), log: false }
}

/// C, β and γ of the Multi-Power law.
const fn changes([c, beta, gamma]: [usize; 3]) -> [Shape; 3] {
    [
        Shape { theta: c, within: (1e-8, 1e6), grid: Points::Given(&[1e-3, 0.03, 0.5, 2.0, 10.0]), log: true },
        Shape { theta: beta, within: (1e-3, 5.0), grid: Points::Given(&[0.1, 0.25, 0.5, 1.0]), log: true },
        Shape { theta: gamma, within: (1e-3, 5.0), grid: Points::Given(&[0.2, 0.5, 0.9, 1.4]), log: true },
    ]
}

/// The place of a shape, which terms may share.
fn place(shapes: &mut Vec<Shape>, shape: Shape) -> usize {
    shapes.iter().position(|s| s.theta == shape.theta).unwrap_or_else(|| {
        shapes.push(shape);
        shapes.len() - 1
    })
}

/// The form of a law; `None` for a law that is no sum, or one of more terms or shapes than the search holds.
pub(super) fn of(law: &dyn Law) -> Option<Spec> {
    let (mut terms, mut shapes) = (Vec::new(), Vec::new());
    for term in law.sum()? {
        let basis = match term.basis {
            models::Basis::One => Basis::One,
            models::Basis::Power { base, exponent: theta } => Basis::Power { base, shape: place(&mut shapes, exponent(theta)) },
            models::Basis::Root { base, exponent: theta } => Basis::Root { base, shape: place(&mut shapes, exponent(theta)) },
            models::Basis::Gain { momentum: theta } => Basis::Gain { shape: place(&mut shapes, momentum(theta)) },
            models::Basis::Changes { params } => Basis::Changes { shapes: changes(params).map(|shape| place(&mut shapes, shape)) },
        };
        terms.push(Term { theta: term.coefficient, sign: term.sign, basis });
    }
    (terms.len() <= COLUMNS && shapes.len() <= SHAPES).then_some(Spec { terms, shapes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_law_that_is_a_sum_has_a_form_with_one_place_for_every_parameter() {
        for law in models::all().iter().filter(|law| law.sum().is_some()) {
            let spec = of(*law).unwrap_or_else(|| panic!("{} has more terms or exponents than the search holds", law.name()));
            let mut places: Vec<usize> = spec.terms.iter().map(|t| t.theta).chain(spec.shapes.iter().map(|s| s.theta)).collect();
            places.sort_unstable();
            assert_eq!(places, (0..law.params().len()).collect::<Vec<_>>(), "{}", law.name());
            assert!(spec.terms.iter().flat_map(|t| t.shapes()).all(|s| *s < spec.shapes.len()), "{}", law.name());
        }
    }

    #[test]
    fn shapes_come_in_the_order_of_the_terms_and_shared_ones_once() {
        let shapes = |name: &str| of(models::find(name).unwrap()).map(|s| s.shapes.iter().map(|s| s.theta).collect::<Vec<_>>());
        assert_eq!(shapes("multi_power"), Some(vec![2, 4, 5, 6]));
        assert_eq!(shapes("over_training"), Some(vec![3]));
        assert_eq!(shapes("kaplan_steps"), Some(vec![1, 3]));
        assert_eq!(shapes("kaplan"), None);
    }
}
