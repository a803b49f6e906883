//! Large pictures of half of the classes of a world, and of the other half: what is learned of the one can be tried on the other.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::digits::{self, Images};
use super::hierarchical_images::{self, Tree};
use super::pictures;
use super::resizing::bilinear;
use super::samples::Samples;
use super::streams::{Purpose, stream};
use crate::{Files, StudyError};

/// The side of a picture.
pub(crate) const SIDE: usize = 28;

/// Which pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Handwritten digits.
    Digits,
    /// Shapes that are made here.
    Made,
}

impl World {
    /// The dataset that it reads, if any.
    pub(crate) fn dataset(self) -> Option<&'static str> {
        match self {
            Self::Digits => Some(digits::DATASET),
            Self::Made => None,
        }
    }

    /// Classes of a half.
    pub(crate) fn half(self) -> usize {
        match self {
            Self::Digits => digits::CLASSES / 2,
            Self::Made => hierarchical_images::CLASSES / 2,
        }
    }
}

/// Where pictures come from; none is given twice.
enum Pool {
    Digits { images: Images, left: Vec<Vec<usize>> },
    Made(Box<Tree>),
}

/// Both halves of a seed, which deals out the classes.
pub(crate) struct Halves {
    first: Vec<usize>,
    second: Vec<usize>,
    pool: Pool,
}

impl Halves {
    /// All pictures are there still.
    ///
    /// # Errors
    /// Files that are absent or damaged.
    pub(crate) fn new(world: World, seed: u64, files: &dyn Files) -> Result<Self, StudyError> {
        let mut first: Vec<usize> = (0..2 * world.half()).collect();
        first.shuffle(&mut stream(seed, Purpose::Deal, 0));
        let second = first.split_off(world.half());
        let mut rng = stream(seed, Purpose::Pictures, 0);
        let pool = match world {
            World::Made => Pool::Made(Box::new(Tree::new(rng))),
            World::Digits => {
                let images = Images::read(files)?;
                let of = |class: usize| (0..images.labels.len()).filter(|k| usize::from(images.labels[*k]) == class).collect::<Vec<usize>>();
                let mut left: Vec<Vec<usize>> = (0..digits::CLASSES).map(of).collect();
                left.iter_mut().for_each(|of| of.shuffle(&mut rng));
                Pool::Digits { images, left }
            }
        };
        Ok(Self { first, second, pool })
    }

    /// So many new pictures of each class of the first half, numbered from 0 on, of numbers from 0 to 255.
    ///
    /// # Errors
    /// More than there are.
    pub(crate) fn source(&mut self, each: usize) -> Result<Samples, StudyError> {
        self.pool.take(&self.first, each)
    }

    /// The same of the second half.
    ///
    /// # Errors
    /// More than there are.
    pub(crate) fn target(&mut self, each: usize) -> Result<Samples, StudyError> {
        self.pool.take(&self.second, each)
    }
}

impl Pool {
    fn take(&mut self, classes: &[usize], each: usize) -> Result<Samples, StudyError> {
        let mut samples = Samples::new(SIDE);
        for (label, &class) in classes.iter().enumerate() {
            match self {
                Self::Digits { images, left } => {
                    let left = left.get_mut(class).filter(|left| left.len() >= each);
                    let few = format!("{}: fewer than {each} images of the digit {class} are left; ask for fewer of a class", digits::DATASET);
                    let left = left.ok_or(StudyError::Setting(few))?;
                    for k in left.drain(left.len() - each..) {
                        samples.pixels.extend(images.pixels[k * digits::PIXELS..(k + 1) * digits::PIXELS].iter().map(|v| f32::from(*v)));
                    }
                }
                Self::Made(tree) => {
                    let mut drawn = Vec::new();
                    tree.draw(class, each, &mut drawn);
                    drawn.iter_mut().for_each(|v| *v *= 255.0);
                    drawn.chunks_exact(pictures::PIXELS).for_each(|picture| bilinear(picture, pictures::SIDE, SIDE, &mut samples.pixels));
                }
            }
            samples.labels.resize(samples.labels.len() + each, label as u32);
        }
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoFiles;

    #[test]
    fn halves_have_no_class_in_common_and_no_picture_comes_twice() {
        let mut halves = Halves::new(World::Made, 5, &NoFiles).unwrap();
        let mut all: Vec<usize> = halves.first.iter().chain(&halves.second).copied().collect();
        all.sort_unstable();
        assert_eq!((halves.first.len(), all), (16, (0..32).collect()));
        let (one, two, other) = (halves.source(2).unwrap(), halves.source(2).unwrap(), halves.target(1).unwrap());
        assert_eq!((one.side, one.labels[..4].to_vec(), other.labels), (SIDE, vec![0, 0, 1, 1], (0..16).collect()));
        assert_eq!((one.pixels.len(), one.pixels == two.pixels), (32 * SIDE * SIDE, false));
        let mut again = Halves::new(World::Made, 5, &NoFiles).unwrap();
        assert_eq!(again.source(2).unwrap(), one);
        assert_ne!(Halves::new(World::Made, 6, &NoFiles).unwrap().first, again.first);
        assert!(Halves::new(World::Digits, 5, &NoFiles).is_err());
    }
}
