//! `CurveSet`: runs on shared axes, with what is known about each.

use std::collections::BTreeMap;

use crate::{Curve, CurveError, Measure, Resource};

/// One run as it was recorded, good or bad.
///
/// A diverged or damaged run stays in its set: whoever uses the set makes it a row with a status.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Unique in its set.
    pub id: String,
    /// What is known of the run: task, seed, learning rate. Numbers are kept as text.
    pub covariates: BTreeMap<String, String>,
    /// Resource values as recorded.
    pub x: Vec<f64>,
    /// Measured values as recorded; may hold NaN or infinities.
    pub y: Vec<f64>,
    /// How many of its first points are given to whoever predicts the others, where the data say so.
    pub given: Option<usize>,
    /// The learning rate at every x, where it is recorded.
    pub rates: Option<Vec<f64>>,
}

impl Entry {
    /// The run as a curve, or why it is not one.
    pub fn curve(&self) -> Result<Curve, CurveError> {
        Curve::new(self.x.clone(), self.y.clone())
    }

    /// The longest beginning of the run that is a curve; `None` when not even the first point is good.
    pub fn good_prefix(&self) -> Option<Curve> {
        let n = self.x.iter().zip(&self.y).take_while(|(x, y)| x.is_finite() && y.is_finite()).count();
        let increasing = (1..n).find(|&i| self.x[i] <= self.x[i - 1]).unwrap_or(n);
        Curve::new(self.x[..increasing].to_vec(), self.y[..increasing].to_vec()).ok()
    }
}

/// Runs that share one resource, one measure and so one direction.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveSet {
    resource: Resource,
    measure: Measure,
    entries: Vec<Entry>,
}

impl CurveSet {
    /// A set; two runs of one name are refused, and bounds that are none.
    pub fn new(resource: Resource, measure: Measure, entries: Vec<Entry>) -> Result<Self, CurveError> {
        if let Some([low, high]) = measure.bounds.filter(|[low, high]| !(low < high && low.is_finite() && high.is_finite())) {
            return Err(CurveError::Bounds { low, high });
        }
        let mut names = std::collections::BTreeSet::new();
        for e in &entries {
            if !names.insert(e.id.as_str()) {
                return Err(CurveError::DuplicateId(e.id.clone()));
            }
        }
        Ok(Self { resource, measure, entries })
    }

    /// What is spent.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// What is measured, and which way is good.
    pub fn measure(&self) -> &Measure {
        &self.measure
    }

    /// Every run, in the order given.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The runs for which `keep` says so, in order.
    pub fn filtered(&self, keep: impl Fn(&Entry) -> bool) -> CurveSet {
        Self { resource: self.resource.clone(), measure: self.measure.clone(), entries: self.entries.iter().filter(|e| keep(e)).cloned().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Better;

    fn entry(id: &str, y: &[f64]) -> Entry {
        Entry { id: id.into(), covariates: BTreeMap::new(), x: (1..=y.len()).map(|v| v as f64).collect(), y: y.to_vec(), given: None, rates: None }
    }

    #[test]
    fn a_diverged_run_stays_and_keeps_its_beginning() {
        let e = entry("a", &[0.7, 0.6, f64::INFINITY, 0.5]);
        assert!(matches!(e.curve(), Err(CurveError::NotFinite { what: "y", at: 2, .. })));
        assert_eq!(e.good_prefix().unwrap().y(), &[0.7, 0.6]);
        assert_eq!(entry("b", &[f64::NAN]).good_prefix(), None);
    }

    #[test]
    fn names_are_unique() {
        let m = Measure { name: "loss".into(), unit: "nats".into(), better: Better::Lower, bounds: None };
        let r = Resource { name: "epoch".into() };
        let twice = vec![entry("a", &[1.0]), entry("a", &[2.0])];
        assert_eq!(CurveSet::new(r, m, twice), Err(CurveError::DuplicateId("a".into())));
    }

    #[test]
    fn bounds_are_in_order_and_finite() {
        let of = |bounds| {
            let m = Measure { name: "error".into(), unit: String::new(), better: Better::Lower, bounds: Some(bounds) };
            CurveSet::new(Resource { name: "epoch".into() }, m, vec![entry("a", &[1.0])])
        };
        assert!(of([0.0, 1.0]).is_ok());
        for wrong in [[1.0, 0.0], [0.0, 0.0], [0.0, f64::INFINITY], [f64::NAN, 1.0]] {
            assert!(matches!(of(wrong), Err(CurveError::Bounds { .. })), "{wrong:?}");
        }
    }
}
