//! Chest X-rays of children, without or with pneumonia, from files that have a byte for every pixel or label.

use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::samples::Samples;
use crate::{Files, StudyError};

/// The dataset that has them.
pub(crate) const DATASET: &str = "pneumoniamnist";

/// The side of a picture.
pub(crate) const SIDE: usize = 28;

/// Numbers of a picture.
const PIXELS: usize = SIDE * SIDE;

/// Which pictures: they are divided as upstream divides them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// To learn from, sorted by class.
    Train,
    /// To choose by.
    Valid,
    /// To test on.
    Test,
}

impl Part {
    /// What the names of its files begin with.
    fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Valid => "val",
            Self::Test => "test",
        }
    }
}

/// Pictures of a part in random order, of numbers from 0 to 1, and whether they show pneumonia (0: no, 1: yes): so many of them at most.
///
/// # Errors
/// Files that are absent or damaged.
pub(crate) fn draw(part: Part, most: usize, rng: &mut Pcg64, files: &dyn Files) -> Result<Samples, StudyError> {
    let (pixels, labels) = read(part, files)?;
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.shuffle(rng);
    Ok(Samples::picked(&pixels, &labels, SIDE, order.into_iter().take(most)))
}

/// Pixels of a part, picture by picture and row by row, and its labels.
fn read(part: Part, files: &dyn Files) -> Result<(Vec<u8>, Vec<u8>), StudyError> {
    let wrong = |what: String| StudyError::Other(format!("{DATASET}: {what}"));
    let read = |what: &str| files.read(DATASET, &format!("{}_{what}.u8", part.name())).map_err(wrong);
    let (pixels, labels) = (read("images")?, read("labels")?);
    if labels.is_empty() || pixels.len() != labels.len() * PIXELS {
        let expected = format!("expected {PIXELS} bytes a label");
        return Err(wrong(format!("{} bytes of pixels and {} labels of the part {}; {expected}", pixels.len(), labels.len(), part.name())));
    }
    match labels.iter().find(|label| **label > 1) {
        Some(label) => Err(wrong(format!("there is a label {label} in the part {}; expected 0 or 1", part.name()))),
        None => Ok((pixels, labels)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    /// Files of so many pixels, and these labels.
    struct Made(usize, Vec<u8>);

    impl Files for Made {
        fn read(&self, dataset: &str, file: &str) -> Result<Vec<u8>, String> {
            match (dataset, file) {
                (DATASET, "val_images.u8") => Ok(vec![7; self.0]),
                (DATASET, "val_labels.u8") => Ok(self.1.clone()),
                _ => Err(format!("no file {file}")),
            }
        }
    }

    #[test]
    fn a_part_is_read_and_what_is_wrong_is_said() {
        let rng = || Pcg64::seed_from_u64(1);
        let found = draw(Part::Valid, 9, &mut rng(), &Made(3 * PIXELS, vec![1, 0, 1])).unwrap();
        assert_eq!((found.pixels.len(), found.labels.iter().sum::<u32>(), found.side), (3 * PIXELS, 2, SIDE));
        assert_eq!(draw(Part::Valid, 2, &mut rng(), &Made(3 * PIXELS, vec![1, 0, 1])).unwrap().labels.len(), 2);
        let refused = |part: Part, made: Made| draw(part, 9, &mut rng(), &made).unwrap_err().to_string();
        assert!(refused(Part::Train, Made(PIXELS, vec![0])).contains("no file train_images.u8"));
        assert!(refused(Part::Test, Made(PIXELS, vec![0])).contains("no file test_images.u8"));
        assert!(refused(Part::Valid, Made(PIXELS, vec![0, 1])).contains("784 bytes of pixels and 2 labels of the part val"));
        assert!(refused(Part::Valid, Made(PIXELS, vec![2])).contains("a label 2"));
        assert!(refused(Part::Valid, Made(0, Vec::new())).contains("0 labels"));
    }
}
