//! The beginning of a curve as experts see it: few points, a positive axis, and how noisy it is.

use curves::Curve;

/// Points at most: so many bins, even in the logarithm of the resource, keep every bend that a law can follow.
const BINS: usize = 120;

/// The beginning of a curve: at most [`BINS`] points, each the mean of its neighbours.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    /// The resource, positive and increasing.
    pub u: Vec<f64>,
    /// Its logarithm.
    pub l: Vec<f64>,
    /// The measure.
    pub y: Vec<f64>,
}

/// Some of the points, the last one among them.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub u: &'a [f64],
    pub l: &'a [f64],
    pub y: &'a [f64],
}

/// What the resource is shifted by: an axis that begins at zero or below has no logarithm, and begins one step before its first point instead.
pub(super) fn shift(curve: &Curve) -> f64 {
    let x = curve.x();
    match x {
        [first, second, ..] if *first <= 0.0 => second - 2.0 * first,
        [first] if *first <= 0.0 => 1.0 - first,
        _ => 0.0,
    }
}

impl Past {
    /// Of a curve whose axis is shifted by so much.
    pub fn new(curve: &Curve, shift: f64) -> Self {
        let (x, y) = (curve.x(), curve.y());
        let n = x.len();
        let mut made = Self::default();
        if n <= BINS {
            x.iter().zip(y).for_each(|(x, y)| made.push(x + shift, *y));
            return made;
        }
        let (low, high) = ((x[0] + shift).ln(), (x[n - 1] + shift).ln());
        let mut from = 0;
        for k in 1..=BINS {
            let edge = if k == BINS { f64::INFINITY } else { (low + (high - low) * k as f64 / BINS as f64).exp() };
            let to = from + x[from..].partition_point(|v| v + shift < edge);
            if to > from {
                let mean = |values: &[f64]| values[from..to].iter().sum::<f64>() / (to - from) as f64;
                made.push(mean(x) + shift, mean(y));
                from = to;
            }
        }
        made
    }

    fn push(&mut self, u: f64, y: f64) {
        self.u.push(u);
        self.l.push(u.ln());
        self.y.push(y);
    }

    /// How many points.
    pub fn len(&self) -> usize {
        self.y.len()
    }

    /// The first `n` of them.
    pub fn until(&self, n: usize) -> Self {
        Self { u: self.u[..n].to_vec(), l: self.l[..n].to_vec(), y: self.y[..n].to_vec() }
    }

    /// Those from the `i`-th on.
    pub fn from(&self, i: usize) -> Part<'_> {
        Part { u: &self.u[i..], l: &self.l[i..], y: &self.y[i..] }
    }

    /// The first place at or beyond a share of the last resource, so that `least` points are left.
    pub fn beyond(&self, share: f64, least: usize) -> usize {
        let n = self.len();
        let limit = share * self.u[n - 1];
        self.u.partition_point(|u| *u < limit).min(n.saturating_sub(least))
    }

    /// The mean of the last few points: those within a twentieth of the axis, three at most.
    pub fn level(&self) -> f64 {
        let n = self.len();
        let from = self.beyond(0.95, 1).max(n.saturating_sub(3));
        self.y[from..].iter().sum::<f64>() / (n - from) as f64
    }
}

/// The standard deviation of what is not smooth in the later half: by how much a point lies off the middle of its two neighbours, robustly.
pub(super) fn noise(curve: &Curve) -> f64 {
    let y = curve.y();
    let n = y.len();
    if n < 4 {
        return 0.0;
    }
    // Off the middle by e_i − (e_(i−1) + e_(i+1)) / 2, whose variance is 3/2 of one e.
    let mut off: Vec<f64> = ((n / 2).min(n - 3).max(1)..n - 1).map(|i| (y[i] - 0.5 * (y[i - 1] + y[i + 1])).abs() / 1.5f64.sqrt()).collect();
    off.sort_by(f64::total_cmp);
    // The factor makes the median of absolute values the standard deviation of normal ones.
    1.482_6 * off[off.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_points_become_few_with_the_same_means() {
        let x: Vec<f64> = (1..=10_000).map(f64::from).collect();
        let curve = Curve::new(x.clone(), x.iter().map(|x| 1.0 / x).collect()).unwrap();
        let past = Past::new(&curve, 0.0);
        assert!(past.len() <= BINS && past.len() > 80 && past.u.is_sorted() && past.u[0] == 1.0);
        let few = Curve::on_grid(vec![3.0, 2.0, 1.0]).unwrap();
        assert_eq!((Past::new(&few, 0.0).y, Past::new(&few, 0.0).level()), (vec![3.0, 2.0, 1.0], 1.0));
    }

    #[test]
    fn an_axis_from_zero_is_shifted_by_a_step() {
        let curve = Curve::new(vec![0.0, 10.0, 20.0], vec![3.0, 2.0, 1.0]).unwrap();
        assert_eq!((shift(&curve), Past::new(&curve, shift(&curve)).u), (10.0, vec![10.0, 20.0, 30.0]));
        assert_eq!(shift(&Curve::on_grid(vec![1.0, 2.0]).unwrap()), 0.0);
    }

    #[test]
    fn noise_is_what_is_not_smooth() {
        let smooth = Curve::on_grid((1..=200).map(|t| 1.0 / f64::from(t)).collect()).unwrap();
        assert!(noise(&smooth) < 1e-6);
        let rough = Curve::on_grid((1..=400).map(|t| 0.01 * (f64::from(t) * f64::from(t)).sin()).collect()).unwrap();
        // A sine of amplitude 0.01 has the standard deviation 0.00707.
        assert!((noise(&rough) - 0.00707).abs() < 0.003, "{}", noise(&rough));
    }
}
