//! Random numbers of a seed by what they are for, so that arms share what they have in common whatever else each of them draws.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// What random numbers are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// First weights of a network.
    Weights,
    /// First weights of what is put on top of it afterwards.
    Head,
    /// What the classes of a world look like, and its pictures.
    Pictures,
    /// Which class is for what, and labels dealt out at random.
    Deal,
    /// Which examples a step of pretraining sees.
    Pretraining,
    /// Which examples a later step sees.
    Steps,
    /// A random projection.
    Projection,
    /// The order in which means are updated one by one.
    Order,
}

/// The k-th stream of random numbers for a purpose.
pub(crate) fn stream(seed: u64, purpose: Purpose, k: u64) -> Pcg64 {
    let mut family = Pcg64::seed_from_u64(seed ^ (purpose as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    Pcg64::seed_from_u64(family.random::<u64>() ^ k.wrapping_mul(0xd134_2543_de82_ef95))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_seed_purpose_and_number() {
        let first = |seed, purpose, k| stream(seed, purpose, k).random::<u64>();
        let one = first(1, Purpose::Weights, 0);
        assert_eq!(one, first(1, Purpose::Weights, 0));
        assert!([first(2, Purpose::Weights, 0), first(1, Purpose::Head, 0), first(1, Purpose::Weights, 1)].iter().all(|other| *other != one));
    }
}
