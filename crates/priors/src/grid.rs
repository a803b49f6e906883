//! `Grid`: where curves are evaluated, with what every family needs of x computed once.

use pulp::Arch;

/// Positions on the resource axis, all positive.
#[derive(Clone, Debug)]
pub struct Grid {
    pub(crate) x: Vec<f64>,
    pub(crate) ln_x: Vec<f64>,
    pub(crate) inv_x: Vec<f64>,
    pub(crate) inv_ln_x1: Vec<f64>,
    pub(crate) arch: Arch,
}

impl Grid {
    /// A grid at `x`; every value must be positive and finite, or curves there are NaN.
    pub fn new(x: &[f64]) -> Self {
        Self {
            x: x.to_vec(),
            ln_x: x.iter().map(|v| v.ln()).collect(),
            inv_x: x.iter().map(|v| v.recip()).collect(),
            inv_ln_x1: x.iter().map(|v| v.ln_1p().recip()).collect(),
            arch: Arch::new(),
        }
    }

    /// 1, 2, …, m.
    pub fn up_to(m: usize) -> Self {
        Self::new(&(1..=m).map(|t| t as f64).collect::<Vec<_>>())
    }

    /// How many positions.
    pub fn len(&self) -> usize {
        self.x.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.x.is_empty()
    }

    /// The positions.
    pub fn x(&self) -> &[f64] {
        &self.x
    }
}
