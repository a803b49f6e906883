//! Where graphs come from, and the random numbers of a seed by what they are for.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::graph::{Alphabet, Parts, Set};
use super::{World, molecules, twin};
use crate::{Files, StudyError};

/// Random numbers by what they are for.
pub(super) struct Streams {
    /// First weights: those of a network come first, so that all arms of a seed share them.
    pub(super) weights: Pcg64,
    source: u64,
    targets: u64,
    /// Which labels go to which graphs where they are dealt out at random.
    pub(super) deal: Pcg64,
    pub(super) orders: u64,
    pub(super) steps: u64,
}

impl Streams {
    pub(super) fn new(seed: u64) -> Self {
        let mut master = Pcg64::seed_from_u64(seed);
        let mut next = || master.random::<u64>();
        Self { weights: Pcg64::seed_from_u64(next()), source: next(), targets: next(), deal: Pcg64::seed_from_u64(next()), orders: next(), steps: next() }
    }
}

/// The k-th stream of random numbers of a family.
pub(super) fn stream(family: u64, k: u64) -> Pcg64 {
    Pcg64::seed_from_u64(family ^ k.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The targets of a world.
pub(super) fn targets(world: World) -> Vec<&'static str> {
    match world {
        World::Twin => twin::TARGETS.to_vec(),
        World::Molecules => molecules::TARGETS.map(|(name, _, _)| name).to_vec(),
    }
}

/// Its colours and kinds of bonds.
pub(super) fn alphabet(world: World) -> Alphabet {
    match world {
        World::Twin => twin::ALPHABET,
        World::Molecules => molecules::ALPHABET,
    }
}

/// The dataset that it reads, if any.
pub(super) fn dataset(world: World) -> Option<&'static str> {
    match world {
        World::Twin => None,
        World::Molecules => Some(molecules::DATASET),
    }
}

/// The source; `graphs` of them where they are made.
pub(super) fn source(world: World, graphs: usize, streams: &Streams, files: &dyn Files) -> Result<Set, StudyError> {
    match world {
        World::Twin => Ok(twin::source(&mut stream(streams.source, 0), graphs)),
        World::Molecules => molecules::source(files),
    }
}

/// A target with its parts; `examples` to learn from where they are made.
pub(super) fn target(world: World, name: &str, examples: usize, streams: &Streams, files: &dyn Files) -> Result<(Set, Parts), StudyError> {
    let place = targets(world).iter().position(|known| *known == name).unwrap_or(0);
    let mut rng = stream(streams.targets, place as u64);
    match world {
        World::Twin => Ok(twin::target(&mut rng, name, examples)),
        World::Molecules => molecules::target(files, &mut rng, name),
    }
}

/// About how many atoms a pass over the source has, for estimates of the cost alone.
pub(super) fn source_atoms(world: World, graphs: usize) -> f64 {
    match world {
        World::Twin => 21.0 * graphs as f64,
        World::Molecules => 1.1e5,
    }
}

/// The same for a pass over what a target is trained on, and for a look at its other parts.
pub(super) fn target_atoms(world: World, name: &str, examples: usize) -> (f64, f64) {
    match world {
        World::Twin => (21.0 * examples as f64, 21.0 * 300.0),
        World::Molecules => {
            let atoms = molecules::TARGETS.iter().find(|t| t.0 == name).map_or(4e4, |t| t.1 as f64 * t.2);
            (atoms, 0.15 * atoms)
        }
    }
}
