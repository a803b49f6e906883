//! `Grid`: where curves are evaluated, with what every family needs of x computed once.

use curves::vector::Arch;

use crate::real::Four;

/// The widest vector register, in values. A grid is filled up with its last position to a multiple of
/// this, so that no loop has a scalar tail.
pub(crate) const LANES: usize = 8;
/// Positions whose sums are held on the stack together.
pub(crate) const STRETCH: usize = 128;

/// One position x, or several, with what formulas read of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position<R> {
    pub(crate) x: R,
    /// ln x.
    pub(crate) ln: R,
    /// 1/x.
    pub(crate) inv: R,
    /// 1/ln(x + 1).
    pub(crate) inv_ln1: R,
}

/// Positions on the resource axis, all positive.
#[derive(Clone, Debug)]
pub struct Grid {
    x: Vec<f64>,
    /// A register of positions each; together, so that a loop over them checks one bound.
    pub(crate) groups: Vec<Position<[f64; LANES]>>,
    pub(crate) arch: Arch,
}

impl Grid {
    /// A grid at `x`; every value must be positive and finite, or curves there are NaN.
    pub fn new(x: &[f64]) -> Self {
        let last = x.last().copied().unwrap_or(1.0);
        let groups = x.chunks(LANES).map(|x| {
            let of = |f: fn(f64) -> f64| std::array::from_fn(|i| f(x.get(i).copied().unwrap_or(last)));
            Position { x: of(|v| v), ln: of(f64::ln), inv: of(f64::recip), inv_ln1: of(|v| v.ln_1p().recip()) }
        });
        Self { x: x.to_vec(), groups: groups.collect(), arch: Arch::new() }
    }

    /// 1, 2, …, m.
    pub fn up_to(m: usize) -> Self {
        Self::new(&(1..=m).map(|t| t as f64).collect::<Vec<_>>())
    }

    /// Positions with those that fill up the last register.
    #[inline(always)]
    pub(crate) fn padded(&self) -> usize {
        self.groups.len() * LANES
    }

    /// Positions `i` to `i` + 3, where `i` is a multiple of four.
    #[inline(always)]
    pub(crate) fn four(&self, i: usize) -> Position<Four> {
        let group = &self.groups[i / LANES];
        let of = |v: &[f64; LANES]| Four(if i.is_multiple_of(LANES) { [v[0], v[1], v[2], v[3]] } else { [v[4], v[5], v[6], v[7]] });
        Position { x: of(&group.x), ln: of(&group.ln), inv: of(&group.inv), inv_ln1: of(&group.inv_ln1) }
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
