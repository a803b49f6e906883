//! Handwritten digits, made small and put in random places, so that pixels alone do not tell them apart.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::digits::Images;
use super::pictures::SIDE;
use crate::{Files, StudyError};

/// The dataset that is read.
pub(crate) const DATASET: &str = super::digits::DATASET;

/// Digits.
pub(crate) const CLASSES: usize = 10;

/// The side of an image as it is read, and of its middle, which holds the digit.
const WHOLE: usize = 28;
const MIDDLE: usize = 20;

/// The side of a digit after the mean over squares of two by two pixels.
const SMALL: usize = MIDDLE / 2;

/// Digits in random order, of which none is given twice.
pub(crate) struct Digits {
    images: Images,
    /// Of each class, the images that are left.
    left: Vec<Vec<usize>>,
    rng: Pcg64,
}

impl Digits {
    /// Reads them.
    ///
    /// # Errors
    /// Files that are absent or damaged.
    pub(crate) fn new(mut rng: Pcg64, files: &dyn Files) -> Result<Self, StudyError> {
        let images = Images::read(files)?;
        let mut left = vec![Vec::new(); CLASSES];
        for (k, label) in images.labels.iter().enumerate() {
            if let Some(of) = left.get_mut(usize::from(*label)) {
                of.push(k);
            }
        }
        left.iter_mut().for_each(|of| of.shuffle(&mut rng));
        Ok(Self { images, left, rng })
    }

    /// Appends so many new pictures of a digit.
    ///
    /// # Errors
    /// More than there are.
    pub(crate) fn draw(&mut self, class: usize, count: usize, to: &mut Vec<f32>) -> Result<(), StudyError> {
        let left = self.left.get_mut(class).filter(|left| left.len() >= count);
        let Some(left) = left else {
            let what = format!("{DATASET}: fewer than {count} images of the digit {class} are left; ask for fewer pictures of a class");
            return Err(StudyError::Setting(what));
        };
        for k in left.drain(left.len() - count..) {
            let (top, side) = (self.rng.random_range(0..=SIDE - SMALL), self.rng.random_range(0..=SIDE - SMALL));
            let image = self.images.pixels.get(k * WHOLE * WHOLE..(k + 1) * WHOLE * WHOLE).unwrap_or_default();
            place(image, top, side, to);
        }
        Ok(())
    }
}

/// Appends the middle of an image, at half its size, in a place of an empty picture.
fn place(image: &[u8], top: usize, side: usize, to: &mut Vec<f32>) {
    let edge = (WHOLE - MIDDLE) / 2;
    let pixel = |y: usize, x: usize| f32::from(image.get((edge + y) * WHOLE + edge + x).copied().unwrap_or(0));
    for row in 0..SIDE {
        for column in 0..SIDE {
            let within = (top..top + SMALL).contains(&row) && (side..side + SMALL).contains(&column);
            to.push(if within {
                let (y, x) = (2 * (row - top), 2 * (column - side));
                (pixel(y, x) + pixel(y, x + 1) + pixel(y + 1, x) + pixel(y + 1, x + 1)) / (4.0 * 255.0)
            } else {
                0.0
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pictures::PIXELS;
    use super::*;
    use rand::SeedableRng;

    fn digits() -> Digits {
        let images = Images { pixels: vec![255; 3 * WHOLE * WHOLE], labels: vec![1; 3] };
        let mut left = vec![Vec::new(); CLASSES];
        left[1] = vec![0, 1, 2];
        Digits { images, left, rng: Pcg64::seed_from_u64(1) }
    }

    #[test]
    fn a_white_image_is_a_white_square_somewhere() {
        let mut pixels = Vec::new();
        digits().draw(1, 2, &mut pixels).unwrap();
        assert_eq!(pixels.len(), 2 * PIXELS);
        let white = |one: &[f32]| one.iter().filter(|p| **p == 1.0).count() == SMALL * SMALL && one.iter().sum::<f32>() == 100.0;
        assert!(pixels.chunks_exact(PIXELS).all(white));
        let mut exact = Vec::new();
        place(&[255; WHOLE * WHOLE], 2, 3, &mut exact);
        assert_eq!((exact[2 * SIDE + 3], exact[SIDE + 3], exact[2 * SIDE + 2], exact[11 * SIDE + 12]), (1.0, 0.0, 0.0, 1.0));
    }

    #[test]
    fn no_image_is_given_twice() {
        let mut digits = digits();
        let mut pixels = Vec::new();
        digits.draw(1, 2, &mut pixels).unwrap();
        let e = digits.draw(1, 2, &mut pixels).unwrap_err().to_string();
        assert!(e.contains("fewer than 2 images of the digit 1"), "{e}");
        assert_eq!(digits.left[1].len(), 1);
    }
}
