//! Many rows turned into as few as there are variables, without a change to any sum of squares that steps can change.

use models::MAX_PARAMS;

use super::Vector;

/// The triangle R and the first rows of Qᵀ r, for slopes J = Q R.
pub(super) struct Reduced {
    /// Column after column, each as long as there are variables.
    pub triangle: [f64; MAX_PARAMS * MAX_PARAMS],
    pub side: Vector,
}

impl Reduced {
    pub fn is_finite(&self) -> bool {
        self.triangle.iter().chain(&self.side).all(|v| v.is_finite())
    }
}

/// Householder's reflections, in place: `columns` are n columns, each as long as `side`, which has at least n rows.
pub(super) fn reduce(columns: &mut [f64], side: &mut [f64], n: usize) -> Reduced {
    let m = side.len();
    let mut out = Reduced { triangle: [0.0; MAX_PARAMS * MAX_PARAMS], side: [0.0; MAX_PARAMS] };
    for k in 0..n {
        let (known, later) = columns.split_at_mut((k + 1) * m);
        let column = &mut known[k * m..];
        out.triangle[k * n..k * n + k].copy_from_slice(&column[..k]);
        let mirror = &mut column[k..];
        let length = norm(mirror);
        if length == 0.0 {
            continue;
        }
        let head = mirror[0];
        // Away from zero, so that nothing cancels.
        let lead = -length.copysign(head);
        mirror[0] = head - lead;
        let half = length * (length + head.abs());
        for other in later.chunks_exact_mut(m).chain(std::iter::once(&mut *side)) {
            let other = &mut other[k..];
            let share = dot(mirror, other) / half;
            for (o, v) in other.iter_mut().zip(mirror.iter()) {
                *o -= share * v;
            }
        }
        out.triangle[k * n + k] = lead;
    }
    out.side[..n].copy_from_slice(&side[..n]);
    out
}

/// Σ a b, in eight partial sums of a fixed order: vector code, and the same bytes everywhere.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (whole_a, whole_b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = whole_a.remainder().iter().zip(whole_b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in whole_a.zip(whole_b) {
        for ((s, a), b) in sums.iter_mut().zip(a).zip(b) {
            *s += a * b;
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// The Euclidean length.
pub(super) fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}
