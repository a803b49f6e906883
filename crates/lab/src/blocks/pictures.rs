//! Small grey pictures with their classes, and the two worlds that they come from.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::hierarchical_images::Tree;
use super::shifted_digits::Digits;
use super::streams::{Purpose, stream};
use crate::{Files, StudyError};

/// Pixels from top to bottom, and from left to right.
pub(crate) const SIDE: usize = 16;

/// Pixels of a picture.
pub(crate) const PIXELS: usize = SIDE * SIDE;

/// Pictures and their classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Pictures {
    /// [`PIXELS`] of each, row by row.
    pub(crate) pixels: Vec<f32>,
    /// The class of each.
    pub(crate) labels: Vec<u32>,
}

impl Pictures {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }
}

/// Which pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Made here: shapes, each with several textures.
    Tree,
    /// Handwritten digits in random places.
    Digits,
}

impl World {
    /// The dataset that it reads, if any.
    pub(crate) fn dataset(self) -> Option<&'static str> {
        match self {
            Self::Tree => None,
            Self::Digits => Some(super::shifted_digits::DATASET),
        }
    }

    /// How many classes it has.
    pub(crate) fn classes(self) -> usize {
        match self {
            Self::Tree => super::hierarchical_images::CLASSES,
            Self::Digits => super::shifted_digits::CLASSES,
        }
    }

    /// How many groups its classes fall into.
    pub(crate) fn groups(self) -> usize {
        match self {
            Self::Tree => super::hierarchical_images::SUPERS,
            Self::Digits => super::shifted_digits::CLASSES / 2,
        }
    }

    /// The group of every class: its shape, or one of five pairs of digits that are put together at random.
    pub(crate) fn group_of(self, seed: u64) -> Vec<u32> {
        let each = (self.classes() / self.groups()).max(1);
        let mut order: Vec<usize> = (0..self.classes()).collect();
        if self == Self::Digits {
            order.shuffle(&mut stream(seed, Purpose::Deal, 1));
        }
        let mut group = vec![0; self.classes()];
        for (place, class) in order.into_iter().enumerate() {
            group[class] = (place / each) as u32;
        }
        group
    }
}

/// Where the pictures of a world and a seed come from; none is given twice.
pub(crate) enum Source {
    /// Made here.
    Tree(Box<Tree>),
    /// Handwritten digits.
    Digits(Digits),
}

impl Source {
    /// A world with this seed.
    ///
    /// # Errors
    /// Files that are absent or damaged.
    pub(crate) fn new(world: World, seed: u64, files: &dyn Files) -> Result<Self, StudyError> {
        Ok(match world {
            World::Tree => Self::Tree(Box::new(Tree::new(stream(seed, Purpose::Pictures, 0)))),
            World::Digits => Self::Digits(Digits::new(stream(seed, Purpose::Pictures, 0), files)?),
        })
    }

    /// So many new pictures of each of these classes, class after class.
    ///
    /// # Errors
    /// More than there are.
    pub(crate) fn take(&mut self, classes: &[usize], each: usize) -> Result<Pictures, StudyError> {
        let mut pictures = Pictures { pixels: Vec::with_capacity(classes.len() * each * PIXELS), labels: Vec::with_capacity(classes.len() * each) };
        for &class in classes {
            match self {
                Self::Tree(tree) => tree.draw(class, each, &mut pictures.pixels),
                Self::Digits(digits) => digits.draw(class, each, &mut pictures.pixels)?,
            }
            pictures.labels.resize(pictures.labels.len() + each, class as u32);
        }
        Ok(pictures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoFiles;

    #[test]
    fn groups_are_of_equal_size() {
        for world in [World::Tree, World::Digits] {
            let groups = world.group_of(3);
            let each = world.classes() / world.groups();
            assert!((0..world.groups() as u32).all(|g| groups.iter().filter(|other| **other == g).count() == each), "{groups:?}");
        }
        assert_eq!(World::Tree.group_of(1)[..5], [0, 0, 0, 0, 1]);
        assert_ne!(World::Digits.group_of(1), World::Digits.group_of(2));
    }

    #[test]
    fn pictures_come_class_by_class_and_never_twice() {
        let mut source = Source::new(World::Tree, 5, &NoFiles).unwrap();
        let (first, second) = (source.take(&[3, 9], 2).unwrap(), source.take(&[3, 9], 2).unwrap());
        assert_eq!((first.labels.clone(), first.pixels.len()), (vec![3, 3, 9, 9], 4 * PIXELS));
        assert_ne!(first.pixels, second.pixels);
        let again = Source::new(World::Tree, 5, &NoFiles).unwrap().take(&[3, 9], 2).unwrap();
        assert_eq!((first.len(), first), (4, again));
        assert!(Source::new(World::Digits, 5, &NoFiles).is_err());
    }
}
