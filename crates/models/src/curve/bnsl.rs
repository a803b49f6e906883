//! What the broken neural scaling laws share, y = a + b x^−c0 Π_i (1 + (x/d_i)^(1/f_i))^(−c_i f_i).

use crate::{At, Scalar};

/// The law with this many breaks; `theta` is a, b, c0 and then c_i, d_i, f_i of every break.
///
/// It sums logarithms, since a sharp break (small f) overflows as a power.
pub(super) fn broken<S: Scalar>(at: &At<'_>, theta: &[S], breaks: usize) -> S {
    let &[a, b, c0, ref rest @ ..] = theta else {
        return S::from_f64(f64::NAN);
    };
    if rest.len() != 3 * breaks {
        return S::from_f64(f64::NAN);
    }
    let u = at.input(0).ln();
    let start = b.ln() - c0 * u;
    let log = rest.chunks_exact(3).fold(start, |log, one| match *one {
        [c, d, f] => log - c * f * ((-d.ln() + u) / f).softplus(),
        _ => log,
    });
    a + log.exp()
}

/// The same law in other units: its scale takes up the first slope, its breaks the unit of x.
pub(super) fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
    let &[a, b, c0, ref rest @ ..] = theta else { return None };
    let breaks = rest.chunks_exact(3).flat_map(|one| [one[0], one[1] / x, one[2]]);
    Some([a / y, b * x.powf(-c0) / y, c0].into_iter().chain(breaks).collect())
}
