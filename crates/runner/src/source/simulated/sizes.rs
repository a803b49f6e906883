//! `[[source.NAME.simulate.design.schedule]]`: active parameters over training, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Parameters at some shares of training. Between two of them N = N₂ + (N₁ − N₂) (1 − u)^power, with u going from 0 to 1: straight for a power of 1,
/// the cubic of gradual pruning for 3. Two equal shares are a jump.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sizes {
    /// Its name: the label `schedule`.
    pub id: String,
    /// Shares of training, from 0 to 1.
    pub at: Vec<f64>,
    /// Active parameters there.
    pub params: Vec<f64>,
    /// From 1 to 9. Default: 1.
    #[serde(default = "straight")]
    pub power: u32,
}

fn straight() -> u32 {
    1
}

/// Nodes and weights of Gauss and Legendre's rule on [0, 1], exact for polynomials up to the ninth degree.
const RULE: [(f64, f64); 5] = [
    (0.046_910_077_030_668_02, 0.118_463_442_528_094_54),
    (0.230_765_344_947_158_45, 0.239_314_335_249_683_24),
    (0.5, 0.284_444_444_444_444_44),
    (0.769_234_655_052_841_5, 0.239_314_335_249_683_24),
    (0.953_089_922_969_332, 0.118_463_442_528_094_54),
];

impl Sizes {
    /// N̄ = ∫ N(t) dt over all of training.
    ///
    /// # Errors
    /// Shares that do not go from 0 to 1 in order, other than one size for each, sizes that are not above 0, a power out of range.
    pub fn average(&self) -> Result<f64, String> {
        let rises = self.at.first() == Some(&0.0) && self.at.last() == Some(&1.0) && self.at.is_sorted_by(|a, b| a <= b);
        let sized = self.params.len() == self.at.len() && self.params.iter().all(|n| *n > 0.0 && n.is_finite());
        if !rises || !sized || !(1..=9).contains(&self.power) {
            return Err("`at` goes from 0 to 1, `params` has a size above 0 for each of its shares, and `power` is 1 to 9".into());
        }
        let pieces = self.at.windows(2).zip(self.params.windows(2));
        let area = pieces.map(|(t, n)| {
            let size = |u: f64| n[1] + (n[0] - n[1]) * (1.0 - u).powi(self.power as i32);
            (t[1] - t[0]) * RULE.iter().map(|(u, w)| w * size(*u)).sum::<f64>()
        });
        Ok(area.sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(at: &[f64], params: &[f64], power: u32) -> Sizes {
        Sizes { id: "s".into(), at: at.to_vec(), params: params.to_vec(), power }
    }

    #[test]
    fn means_by_hand() {
        // Dense for a quarter, pruned to a fifth by a cubic until three quarters: 0.2 + 0.8 (1/4 + 1/2 · 1/4) = 0.5.
        let pruned = sizes(&[0.0, 0.25, 0.75, 1.0], &[162e6, 162e6, 32.4e6, 32.4e6], 3).average().unwrap();
        assert!((pruned / 81e6 - 1.0).abs() < 1e-14, "{pruned}");
        let exact = models::surface::average_params::Pruning { dense: 162e6, kept: 0.2, from: 0.25, to: 0.75 }.average();
        assert!((pruned / exact - 1.0).abs() < 1e-14);
        // A jump at 3/8, a straight line, and a mean of a ninth power: 1 + 1/10.
        assert!((sizes(&[0.0, 0.375, 0.375, 1.0], &[10.0, 10.0, 2.0, 2.0], 1).average().unwrap() - 5.0).abs() < 1e-14);
        assert!((sizes(&[0.0, 1.0], &[3.0, 1.0], 1).average().unwrap() - 2.0).abs() < 1e-14);
        assert!((sizes(&[0.0, 1.0], &[2.0, 1.0], 9).average().unwrap() - 1.1).abs() < 1e-14);
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for (at, params, power) in [
            (&[0.0, 0.5][..], &[1.0, 1.0][..], 1),
            (&[0.0, 0.7, 0.5, 1.0], &[1.0; 4], 1),
            (&[0.0, 1.0], &[1.0], 1),
            (&[0.0, 1.0], &[1.0, 0.0], 1),
            (&[0.0, 1.0], &[1.0, f64::NAN], 1),
            (&[0.0, f64::NAN, 1.0], &[1.0; 3], 1),
            (&[0.0, 1.0], &[1.0, 1.0], 0),
            (&[], &[], 1),
        ] {
            assert!(sizes(at, params, power).average().is_err(), "{at:?} {params:?} {power}");
        }
    }
}
