//! How far predictions are from what was measured, as columns of rows.

use evaluation::stat::spearman;
use fitters::errors::comparable;

/// Errors over several rows, and how well the order was predicted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Errors {
    of: fitters::errors::Errors,
    spearman: Option<f64>,
}

impl Errors {
    /// Of predictions and what was measured, pair by pair.
    pub fn of(predicted: &[f64], actual: &[f64], delta: f64) -> Self {
        let (p, a) = comparable(predicted, actual);
        Self { of: fitters::errors::Errors::of(predicted, actual, delta), spearman: if p.is_empty() { None } else { spearman(&p, &a) } }
    }

    /// Σ Huber(ln p − ln a).
    pub fn huber(&self) -> Option<f64> {
        self.of.huber
    }

    /// As columns.
    pub fn numbers(&self) -> [(&'static str, Option<f64>); 11] {
        let e = &self.of;
        [
            ("n", Some(e.n as f64)),
            ("are", e.are),
            ("signed-are", e.signed_are),
            ("mae", e.mae),
            ("rmse", e.rmse),
            ("rmsle", e.rmsle),
            ("worst", e.worst),
            ("r2", e.r2),
            ("r2-log", e.r2_log),
            ("spearman", self.spearman),
            ("huber", e.huber),
        ]
    }

    /// The status of a row about them.
    pub fn status(&self) -> &'static str {
        match (self.of.n, self.of.whole) {
            (0, true) => "no-held-out-rows",
            (0, false) => "not-finite",
            (_, true) => "ok",
            (_, false) => "incomplete",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_their_status() {
        let e = Errors::of(&[2.2, 2.7], &[2.0, 3.0], 1e-3);
        let named: std::collections::BTreeMap<&str, Option<f64>> = e.numbers().into_iter().collect();
        assert!((named["spearman"].unwrap() - 1.0).abs() < 1e-12 && e.status() == "ok" && named["n"] == Some(2.0));
        assert_eq!(named["huber"], e.huber());
        assert_eq!(Errors::of(&[f64::NAN, 3.0], &[2.0, 3.0], 1e-3).status(), "incomplete");
        assert_eq!(Errors::of(&[], &[], 1e-3).status(), "no-held-out-rows");
        assert_eq!(Errors::of(&[f64::INFINITY], &[1.0], 1e-3).status(), "not-finite");
    }
}
