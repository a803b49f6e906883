//! `Histogram`: a piecewise-constant density with half-normal tails over the whole line.
//!
//! The output distribution of prior-data fitted networks (Müller et al. 2022; LC-PFN §3.2,
//! `FullSupportBarDistribution`): inside bin `i` the density is `mass_i / width_i`; the first and the
//! last bin are replaced by half-normals that point outwards from their inner border, with a scale
//! that puts half of their mass within the width of the bin.

use std::sync::Arc;

use crate::error::{all_finite, same_length};
use crate::{CurveError, normal};

/// P(|Z| < z) = 0.5 at this z, so scale = width / HALF makes half the tail's mass lie in the bin.
const HALF: f64 = 0.674_489_750_196_081_7;

/// The borders shared by every histogram of one network: `n + 1` strictly increasing numbers, `n ≥ 3`.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    borders: Vec<f64>,
}

impl Bins {
    /// Bins from their borders.
    pub fn new(borders: Vec<f64>) -> Result<Self, CurveError> {
        if borders.len() < 4 {
            return Err(CurveError::OutOfRange { what: "number of bins", value: borders.len() as f64 - 1.0, must: "3 or more" });
        }
        all_finite("border", &borders)?;
        if let Some(at) = (1..borders.len()).find(|&i| borders[i] <= borders[i - 1]) {
            return Err(CurveError::NotIncreasing { at, from: borders[at - 1], to: borders[at] });
        }
        Ok(Self { borders })
    }

    /// Borders at equal-mass quantiles of a sample: midpoints between neighbouring order statistics,
    /// the outer borders the smallest and the largest value (LC-PFN's `get_bucket_limits`).
    pub fn equal_mass(mut sample: Vec<f64>, bins: usize) -> Result<Self, CurveError> {
        all_finite("sample", &sample)?;
        if bins < 3 || sample.len() / 2 < bins {
            return Err(CurveError::OutOfRange { what: "sample size", value: sample.len() as f64, must: "at least twice the number of bins (3 or more)" });
        }
        sample.sort_unstable_by(f64::total_cmp);
        let n = sample.len();
        let mut borders = vec![sample[0]];
        borders.extend((1..bins).map(|k| {
            let at = k * n / bins;
            0.5 * (sample[at - 1] + sample[at])
        }));
        borders.push(sample[n - 1]);
        Self::new(borders)
    }

    /// How many bins.
    pub fn count(&self) -> usize {
        self.borders.len() - 1
    }

    /// The borders, `count() + 1` of them.
    pub fn borders(&self) -> &[f64] {
        &self.borders
    }

    /// The bin of a value; everything outside belongs to the outer ones.
    pub fn index(&self, y: f64) -> usize {
        self.borders[1..self.count()].partition_point(|&b| b <= y)
    }

    /// ln of the density that a unit of mass in bin `i` has at `y`.
    pub fn ln_unit_density(&self, i: usize, y: f64) -> f64 {
        let width = self.borders[i + 1] - self.borders[i];
        let from = if i == 0 {
            self.borders[1]
        } else if i + 1 == self.count() {
            self.borders[i]
        } else {
            return -width.ln();
        };
        normal::ln_pdf(y, from, width / HALF) + std::f64::consts::LN_2
    }

    /// The share of bin `i`'s mass that lies at or below `y`.
    pub fn share_below(&self, i: usize, y: f64) -> f64 {
        let (a, b) = (self.borders[i], self.borders[i + 1]);
        let scale = (b - a) / HALF;
        if i == 0 {
            (2.0 * normal::cdf((y - b) / scale)).min(1.0)
        } else if i + 1 == self.count() {
            (2.0 * normal::cdf((y - a) / scale) - 1.0).max(0.0)
        } else {
            ((y - a) / (b - a)).clamp(0.0, 1.0)
        }
    }

    /// The value below which the share `u` of bin `i`'s mass lies.
    pub fn quantile_within(&self, i: usize, u: f64) -> f64 {
        let (a, b) = (self.borders[i], self.borders[i + 1]);
        let scale = (b - a) / HALF;
        let u = u.clamp(1e-12, 1.0 - 1e-12);
        if i == 0 {
            b + scale * normal::quantile(0.5 * u)
        } else if i + 1 == self.count() {
            a + scale * normal::quantile(0.5 + 0.5 * u)
        } else {
            a + u * (b - a)
        }
    }

    /// Mean of bin `i`.
    pub fn mean_within(&self, i: usize) -> f64 {
        let (a, b) = (self.borders[i], self.borders[i + 1]);
        let half_normal_mean = (b - a) / HALF * (2.0 / std::f64::consts::PI).sqrt();
        if i == 0 {
            b - half_normal_mean
        } else if i + 1 == self.count() {
            a + half_normal_mean
        } else {
            0.5 * (a + b)
        }
    }
}

/// One histogram per point predicted, on shared bins. Networks answer in single precision, and so it is kept; sums and shares are double.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    bins: Arc<Bins>,
    weight: Vec<f32>,
    total: Vec<f64>,
}

impl Histogram {
    /// `weight` holds one histogram after the other: the mass of each bin up to a factor per histogram; ≥ 0, not all zero.
    pub fn new(bins: Arc<Bins>, weight: Vec<f32>) -> Result<Self, CurveError> {
        if weight.is_empty() {
            return Err(CurveError::Empty);
        }
        let n = bins.count();
        same_length("masses and bins × points of a forecast", weight.len() % n, 0)?;
        let mut total = Vec::with_capacity(weight.len() / n);
        for rows in weight.chunks(LANES * n) {
            // One look at all, without leaving early, is vector code; who is to blame is asked only when somebody is.
            if !rows.iter().fold(true, |good, v| good & (0.0..f32::INFINITY).contains(v)) {
                let wide: Vec<f64> = rows.iter().copied().map(f64::from).collect();
                all_finite("mass", &wide)?;
                let value = wide.into_iter().fold(0.0, f64::min);
                return Err(CurveError::OutOfRange { what: "mass", value, must: "0 or more" });
            }
            total.extend(sums(rows, n).iter().take(rows.len() / n));
        }
        match total.iter().find(|t| **t <= 0.0) {
            Some(&value) => Err(CurveError::OutOfRange { what: "sum of masses", value, must: "positive" }),
            None => Ok(Self { bins, weight, total }),
        }
    }

    /// How many points are predicted.
    pub fn points(&self) -> usize {
        self.total.len()
    }

    /// The bins.
    pub fn bins(&self) -> &Bins {
        &self.bins
    }

    /// The masses at point `i`, which sum to 1.
    pub fn mass(&self, i: usize) -> impl DoubleEndedIterator<Item = f64> + ExactSizeIterator + '_ {
        let (n, total) = (self.bins.count(), self.total[i]);
        self.weight[i * n..(i + 1) * n].iter().map(move |w| f64::from(*w) / total)
    }

    /// The mass of one bin at point `i`.
    pub fn mass_in(&self, i: usize, bin: usize) -> f64 {
        f64::from(self.weight[i * self.bins.count() + bin]) / self.total[i]
    }

    /// ln density at point `i`.
    pub fn log_density(&self, i: usize, y: f64) -> f64 {
        let bin = self.bins.index(y);
        self.mass_in(i, bin).ln() + self.bins.ln_unit_density(bin, y)
    }

    /// P(Y ≤ y) at point `i`.
    pub fn cdf(&self, i: usize, y: f64) -> f64 {
        if y.is_nan() {
            return f64::NAN;
        }
        let bin = self.bins.index(y);
        (self.mass(i).take(bin).sum::<f64>() + self.mass_in(i, bin) * self.bins.share_below(bin, y)).clamp(0.0, 1.0)
    }

    /// Mean at point `i`.
    pub fn mean(&self, i: usize) -> f64 {
        self.mass(i).enumerate().map(|(b, m)| m * self.bins.mean_within(b)).sum()
    }

    /// The `p`-quantile at point `i`.
    pub fn quantile(&self, i: usize, p: f64) -> f64 {
        let mut below = 0.0;
        let last = self.mass(i).rposition(|m| m > 0.0).unwrap_or(0);
        for (b, m) in self.mass(i).enumerate() {
            if m > 0.0 && (below + m >= p || b == last) {
                return self.bins.quantile_within(b, (p - below) / m);
            }
            below += m;
        }
        self.bins.borders[self.bins.count()]
    }
}

/// Histograms summed side by side.
const LANES: usize = 4;

/// The sum of each of at most `LANES` rows of `n`, from its first to its last: one addition waits for the one before it, rows do not wait for each other.
fn sums(rows: &[f32], n: usize) -> [f64; LANES] {
    let mut totals = [0.0; LANES];
    if rows.len() == LANES * n {
        let (ab, cd) = rows.split_at(2 * n);
        let ((a, b), (c, d)) = (ab.split_at(n), cd.split_at(n));
        for (((a, b), c), d) in a.iter().zip(b).zip(c).zip(d) {
            totals[0] += f64::from(*a);
            totals[1] += f64::from(*b);
            totals[2] += f64::from(*c);
            totals[3] += f64::from(*d);
        }
    } else {
        totals.iter_mut().zip(rows.chunks(n)).for_each(|(t, row)| *t = row.iter().copied().map(f64::from).sum());
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Histogram {
        let bins = Arc::new(Bins::new(vec![0.0, 0.1, 0.3, 0.6, 1.0]).unwrap());
        Histogram::new(bins, vec![1.0, 3.0, 4.0, 2.0]).unwrap()
    }

    #[test]
    fn density_integrates_to_one_and_to_the_cdf() {
        let h = example();
        let (a, b, n) = (-3.0, 6.0, 900_000);
        let dx = (b - a) / f64::from(n);
        let mut mass = 0.0;
        for k in 0..n {
            let y = a + (f64::from(k) + 0.5) * dx;
            mass += h.log_density(0, y).exp() * dx;
            if k % 90_000 == 0 {
                assert!((mass - h.cdf(0, y + 0.5 * dx)).abs() < 1e-4, "at {y}: {mass}");
            }
        }
        assert!((mass - 1.0).abs() < 1e-4, "{mass}");
    }

    #[test]
    fn many_are_summed_as_one_by_one_and_bad_masses_are_named() {
        let bins = example().bins.clone();
        let rows: Vec<f32> = (0u8..28).map(|k| f32::from(k % 5) + 0.1).collect(); // 7 histograms: four together and three alone
        let all = Histogram::new(bins.clone(), rows.clone()).unwrap();
        assert_eq!(all.points(), 7);
        for (i, row) in rows.chunks(4).enumerate() {
            let one = Histogram::new(bins.clone(), row.to_vec()).unwrap();
            assert!(all.mass(i).eq(one.mass(0)));
            assert!((all.mass(i).sum::<f64>() - 1.0).abs() < 1e-12);
        }
        let bad = |weight: &[f32]| Histogram::new(bins.clone(), weight.to_vec()).unwrap_err().to_string();
        assert!(bad(&[1.0, -2.0, 0.0, 0.0]).contains("-2"), "{}", bad(&[1.0, -2.0, 0.0, 0.0]));
        assert!(bad(&[1.0, f32::NAN, 0.0, 0.0]).contains("NaN"));
        assert!(bad(&[1.0, 1.0, f32::INFINITY, 0.0]).contains("inf"));
        assert!(bad(&[0.0; 4]).contains("positive"));
        assert!(all.cdf(0, f64::NAN).is_nan() && Bins::equal_mass(vec![1.0, 2.0], usize::MAX / 2 + 1).is_err());
        assert!(Histogram::new(bins.clone(), vec![1.0; 5]).is_err() && Histogram::new(bins, vec![]).is_err());
    }

    #[test]
    fn quantile_inverts_the_cdf() {
        let h = example();
        for p in [0.001, 0.05, 0.2, 0.5, 0.85, 0.95, 0.999] {
            assert!((h.cdf(0, h.quantile(0, p)) - p).abs() < 1e-9, "{p}");
        }
    }

    #[test]
    fn half_of_a_tail_lies_within_its_bin() {
        let b = Bins::new(vec![0.0, 0.1, 0.3, 0.6]).unwrap();
        assert!((b.share_below(0, 0.0) - 0.5).abs() < 1e-12);
        assert!((b.share_below(2, 0.6) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn equal_mass_borders_cut_between_order_statistics() {
        let b = Bins::equal_mass((0..30).rev().map(f64::from).collect(), 3).unwrap();
        assert_eq!(b.borders(), &[0.0, 9.5, 19.5, 29.0]);
        assert_eq!((b.index(-5.0), b.index(9.5), b.index(99.0)), (0, 1, 2));
        assert!(Bins::equal_mass(vec![1.0; 30], 3).is_err());
    }

    #[test]
    fn mean_matches_a_sum_over_quantiles() {
        let h = example();
        let n = 20_000;
        let m = (0..n).map(|k| h.quantile(0, (f64::from(k) + 0.5) / f64::from(n))).sum::<f64>() / f64::from(n);
        assert!((m - h.mean(0)).abs() < 1e-4, "{m} {}", h.mean(0));
    }
}
