//! What a network hands over: its scores of every picture and of the copies of it.

use super::samples::{COPIES, TESTS};

/// Scores of pictures, and of each copy of them: pictures × classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Views {
    pub(super) own: Vec<f32>,
    pub(super) copies: [Vec<f32>; COPIES],
}

/// Everything that calibrators are made and tested with.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Scores {
    pub(super) classes: usize,
    pub(super) calibration: Views,
    pub(super) calibration_labels: Vec<u32>,
    /// In the order of [`TESTS`], all of the same pictures.
    pub(super) tests: [Views; TESTS.len()],
    pub(super) test_labels: Vec<u32>,
}

/// Numbers before all others.
const HEAD: usize = 3;

impl Scores {
    /// As bytes: three counts in 64 bits; classes of pictures and scores in 32.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let counts = [self.classes, self.calibration_labels.len(), self.test_labels.len()];
        let mut bytes: Vec<u8> = counts.iter().flat_map(|n| (*n as u64).to_le_bytes()).collect();
        for labels in [&self.calibration_labels, &self.test_labels] {
            bytes.extend(labels.iter().flat_map(|v| v.to_le_bytes()));
        }
        for views in std::iter::once(&self.calibration).chain(&self.tests) {
            for scores in std::iter::once(&views.own).chain(&views.copies) {
                bytes.extend(scores.iter().flat_map(|v| v.to_le_bytes()));
            }
        }
        bytes
    }

    /// `None` for bytes that are none of it.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let count = |k: usize| usize::try_from(u64::from_le_bytes(bytes.get(8 * k..8 * k + 8)?.try_into().ok()?)).ok().filter(|n| *n < bytes.len());
        let (classes, calibration, test) = (count(0)?, count(1)?, count(2)?);
        let mut words = bytes.get(8 * HEAD..)?.as_chunks::<4>().0.iter().copied();
        let mut labels = |n: usize| -> Option<Vec<u32>> {
            let found: Vec<u32> = words.by_ref().take(n).map(u32::from_le_bytes).collect();
            (found.len() == n && found.iter().all(|label| (*label as usize) < classes)).then_some(found)
        };
        let (calibration_labels, test_labels) = (labels(calibration)?, labels(test)?);
        let mut matrix = |rows: usize| -> Option<Vec<f32>> {
            let n = rows.checked_mul(classes)?;
            let found: Vec<f32> = words.by_ref().take(n).map(f32::from_le_bytes).collect();
            (found.len() == n).then_some(found)
        };
        let mut views = |rows: usize| -> Option<Views> {
            let mut views = Views { own: matrix(rows)?, ..Views::default() };
            for copy in &mut views.copies {
                *copy = matrix(rows)?;
            }
            Some(views)
        };
        let mut found = Self { classes, calibration: views(calibration)?, calibration_labels, test_labels, ..Self::default() };
        for views_of in &mut found.tests {
            *views_of = views(test)?;
        }
        words.next().is_none().then_some(found)
    }
}
