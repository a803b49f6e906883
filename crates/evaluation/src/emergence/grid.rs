//! A curve read between its points.

/// The values of a curve at `points`, on straight lines between its own; beyond its ends the end value (NumPy's `interp`).
///
/// `None` for an empty curve, columns of unequal length, a value that is not finite, or an x that does not strictly increase.
pub fn linear(x: &[f64], y: &[f64], points: &[f64]) -> Option<Vec<f64>> {
    let fits = !x.is_empty() && x.len() == y.len() && x.iter().chain(y).chain(points).all(|v| v.is_finite());
    if !fits || x.windows(2).any(|w| w[0] >= w[1]) {
        return None;
    }
    let last = x.len() - 1;
    let value = |p: &f64| {
        let after = x.partition_point(|v| v <= p);
        if after == 0 {
            y[0]
        } else if after > last {
            y[last]
        } else {
            let (x0, x1) = (x[after - 1], x[after]);
            y[after - 1] + (p - x0) / (x1 - x0) * (y[after] - y[after - 1])
        }
    };
    Some(points.iter().map(value).collect())
}

/// The points of the sparser of two grids that lie where both are: what two curves can be compared on without inventing points.
///
/// Of two grids with as many points there, the first. Both must increase.
pub fn shared(a: &[f64], b: &[f64]) -> Vec<f64> {
    let (Some(&a0), Some(&a1), Some(&b0), Some(&b1)) = (a.first(), a.last(), b.first(), b.last()) else { return Vec::new() };
    let (from, to) = (a0.max(b0), a1.min(b1));
    let within = |g: &[f64]| -> Vec<f64> { g.iter().copied().filter(|v| (from..=to).contains(v)).collect() };
    let (a, b) = (within(a), within(b));
    if b.len() < a.len() { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_between_and_constants_beyond() {
        let got = linear(&[1.0, 2.0, 4.0], &[0.0, 1.0, 0.0], &[0.0, 1.0, 1.5, 2.0, 3.0, 4.0, 9.0]).unwrap();
        assert_eq!(got, [0.0, 0.0, 0.5, 1.0, 0.5, 0.0, 0.0]);
        assert_eq!(linear(&[3.0], &[0.7], &[1.0, 5.0]), Some(vec![0.7, 0.7]));
        assert_eq!(linear(&[], &[], &[1.0]), None);
        assert_eq!(linear(&[1.0, 1.0], &[0.0, 1.0], &[1.0]), None);
        assert_eq!(linear(&[1.0, 2.0], &[0.0, f64::NAN], &[1.0]), None);
        assert_eq!(linear(&[1.0, 2.0], &[0.0], &[1.0]), None);
    }

    #[test]
    fn the_sparser_grid_of_the_overlap_is_shared() {
        assert_eq!(shared(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 4.0, 6.0]), [2.0, 4.0]);
        assert_eq!(shared(&[1.0, 2.0], &[3.0, 4.0]), Vec::<f64>::new());
        assert_eq!(shared(&[], &[3.0]), Vec::<f64>::new());
    }
}
