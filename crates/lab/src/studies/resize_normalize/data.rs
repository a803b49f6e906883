//! Pictures: large ones of half of the classes, and small ones of the other half.

use super::{Encoder, Normalisation};
use crate::blocks::halves::{self, Halves, World};
use crate::blocks::resizing::{averaged, bilinear};
use crate::blocks::samples::{Samples, moments};
use crate::{Files, StudyError};

/// The side of a picture of pretraining.
pub(super) const LARGE: usize = halves::SIDE;

/// The side of a picture as it comes.
pub(super) const NATIVE: usize = LARGE / 2;

/// The same pictures in another size.
pub(super) fn resized(samples: &Samples, side: usize) -> Samples {
    samples.each(side, |picture, to| bilinear(picture, samples.side, side, to))
}

/// The same pictures, made small by means over squares.
fn native(samples: &Samples) -> Samples {
    samples.each(NATIVE, |picture, to| averaged(picture, samples.side, NATIVE, to))
}

/// How many pictures of a class are for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) pictures: usize,
    pub(super) known: usize,
    pub(super) valid: usize,
    pub(super) test: usize,
}

/// The pictures of a seed.
pub(super) struct Parts {
    /// Of pretraining, large.
    pub(super) source: Samples,
    /// Of the other classes, as they come: those that neighbours are looked for among, for validation, and to test on.
    pub(super) known: Samples,
    pub(super) valid: Samples,
    pub(super) test: Samples,
}

impl Parts {
    /// Which class is of which half is dealt out by the seed.
    ///
    /// # Errors
    /// Files that are absent or damaged, or more pictures than there are.
    pub(super) fn new(world: World, counts: Counts, seed: u64, files: &dyn Files) -> Result<Self, StudyError> {
        let mut all = Halves::new(world, seed, files)?;
        let source = all.source(counts.pictures)?;
        let mut later = |each: usize| all.target(each).map(|samples| native(&samples));
        Ok(Self { source, known: later(counts.known)?, valid: later(counts.valid)?, test: later(counts.test)? })
    }

    /// What an encoder is trained on, in its own size: large pictures of pretraining unless it says otherwise.
    pub(super) fn of(&self, encoder: Encoder) -> Samples {
        match encoder {
            Encoder::Small => native(&self.source),
            Encoder::TargetOnly => self.known.clone(),
            _ => self.source.clone(),
        }
    }
}

/// What is taken off a number, and what it is then divided by, where an encoder is fed that is trained on these pictures.
pub(super) fn scale(encoder: Encoder, normalisation: Normalisation, trained_on: &Samples) -> (f64, f64) {
    let divided = match normalisation {
        Normalisation::Raw => return (0.0, 1.0),
        Normalisation::Own => encoder == Encoder::Divided,
        Normalisation::Other => encoder != Encoder::Divided,
    };
    if divided { (0.0, 255.0) } else { moments(trained_on) }
}
