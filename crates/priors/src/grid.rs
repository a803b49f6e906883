//! `Grid`: where curves are evaluated, with what every family needs of x computed once.

use pulp::Arch;

/// The widest vector register, in values. A grid is filled up with its last position to a multiple of
/// this, so that no loop has a scalar tail.
const LANES: usize = 8;
/// Positions whose sums are held on the stack together.
pub(crate) const STRETCH: usize = 128;

/// Positions on the resource axis, all positive.
#[derive(Clone, Debug)]
pub struct Grid {
    x: Vec<f64>,
    pub(crate) padded_x: Vec<f64>,
    pub(crate) ln_x: Vec<f64>,
    pub(crate) inv_x: Vec<f64>,
    pub(crate) inv_ln_x1: Vec<f64>,
    pub(crate) arch: Arch,
}

impl Grid {
    /// A grid at `x`; every value must be positive and finite, or curves there are NaN.
    pub fn new(x: &[f64]) -> Self {
        let of = |f: fn(f64) -> f64| {
            let last = x.last().copied().unwrap_or(1.0);
            (0..x.len().next_multiple_of(LANES)).map(|i| f(x.get(i).copied().unwrap_or(last))).collect::<Vec<f64>>()
        };
        Self { x: x.to_vec(), padded_x: of(|v| v), ln_x: of(f64::ln), inv_x: of(f64::recip), inv_ln_x1: of(|v| v.ln_1p().recip()), arch: Arch::new() }
    }

    /// 1, 2, …, m.
    pub fn up_to(m: usize) -> Self {
        Self::new(&(1..=m).map(|t| t as f64).collect::<Vec<_>>())
    }

    /// Positions with those that fill up the last register.
    #[inline(always)]
    pub(crate) fn padded(&self) -> usize {
        self.padded_x.len()
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
