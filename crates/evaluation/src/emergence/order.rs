//! Do components emerge before the composites made of them? (H1 of arXiv 2604.08510.)
//!
//! The hypothesis holds of a triple (composite, component, model) when the component emerges no later; what never emerged
//! counts as later than everything that did, and two that never emerged tie. Easy tasks come before hard ones whatever they
//! are made of, so a rate of violations says little alone: [`contrast`] sets the components of a composite beside elementary
//! tasks that are none of its components, in the same model.

use super::Emergence;

/// How a component and its composite came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The component first.
    Strict,
    /// At the same checkpoint, or neither.
    Tie,
    /// The composite first.
    Violation,
}

impl Order {
    /// Its name in rows.
    pub fn name(self) -> &'static str {
        match self {
            Order::Strict => "strict",
            Order::Tie => "tie",
            Order::Violation => "violation",
        }
    }
}

/// One component of one composite in one model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Triple {
    /// Which came first.
    pub order: Order,
    /// Which of the two emerged at all: `both`, `component-only`, `composite-only` or `neither`.
    pub known: &'static str,
    /// log₁₀ of how many times later the composite came; `None` unless both emerged at positive x.
    pub lag: Option<f64>,
}

/// Compares one component with its composite; `None` when one of them has no curve.
pub fn triple(component: &Emergence, composite: &Emergence) -> Option<Triple> {
    let (first, then) = (component.bottom()?, composite.bottom()?);
    let order = if first < then {
        Order::Strict
    } else if first > then {
        Order::Violation
    } else {
        Order::Tie
    };
    let known = match (first.is_finite(), then.is_finite()) {
        (true, true) => "both",
        (true, false) => "component-only",
        (false, true) => "composite-only",
        (false, false) => "neither",
    };
    let lag = (then / first).log10();
    Some(Triple { order, known, lag: lag.is_finite().then_some(lag) })
}

/// Rates of one composite in one model: of its components, and of elementary tasks that are none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// Share of components that came after the composite.
    pub violation: f64,
    /// The same of the controls.
    pub control_violation: f64,
    /// Share of components that came strictly before.
    pub strict: f64,
    /// The same of the controls.
    pub control_strict: f64,
    /// Components with a curve.
    pub components: usize,
    /// Controls with a curve.
    pub controls: usize,
}

/// Sets the components of a composite beside its controls.
///
/// # Errors
/// A word: `missing-composite`, `no-components`, `no-controls` (none that has a curve).
pub fn contrast(composite: &Emergence, components: &[&Emergence], controls: &[&Emergence]) -> Result<Contrast, &'static str> {
    if composite.emerged().is_none() {
        return Err("missing-composite");
    }
    let rates = |side: &[&Emergence]| {
        let triples: Vec<Order> = side.iter().filter_map(|e| Some(triple(e, composite)?.order)).collect();
        let share = |what: Order| triples.iter().filter(|o| **o == what).count() as f64 / triples.len() as f64;
        (triples.len(), share(Order::Violation), share(Order::Strict))
    };
    let (ours, theirs) = (rates(components), rates(controls));
    match (ours.0, theirs.0) {
        (0, _) => Err("no-components"),
        (_, 0) => Err("no-controls"),
        _ => Ok(Contrast { violation: ours.1, control_violation: theirs.1, strict: ours.2, control_strict: theirs.2, components: ours.0, controls: theirs.0 }),
    }
}

/// What is known of a composite over all models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Facts {
    /// Models that have its curve.
    pub models: usize,
    /// Those in which it emerged.
    pub emerged: usize,
    /// The largest range of its curve in any model.
    pub range: f64,
    /// The largest distance to the same component in any model, for the component where that is smallest; `None` without one in all models.
    pub farthest: Option<f64>,
    /// Components without a curve in any model.
    pub missing: usize,
}

/// Does a composite say anything about composition? The first that applies: `no-models`; `flat` (its curve never moves by
/// more than `flat`); `never` (it emerges nowhere); `one-component` (in every model its curve is within `explained` of one
/// and the same component's: the other operations change nothing that is seen); `component-missing`; else `fine`.
pub fn degeneracy(facts: &Facts, flat: f64, explained: f64) -> &'static str {
    if facts.models == 0 {
        "no-models"
    } else if facts.range <= flat {
        "flat"
    } else if facts.emerged == 0 {
        "never"
    } else if facts.farthest.is_some_and(|mae| mae <= explained) {
        "one-component"
    } else if facts.missing > 0 {
        "component-missing"
    } else {
        "fine"
    }
}
