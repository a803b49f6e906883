//! Which examples of a step are wrong, or come from the pool.

use rand::RngExt;

use super::{Data, Settings};
use crate::blocks::streams::{Purpose, stream};

/// For every example of a step its place in the pool, where it is a duplicate; any number, where it is wrong; `None`, where it is neither.
pub(super) fn deal(own: &Settings, seed: u64, step: u64) -> Vec<Option<u64>> {
    let mut rng = stream(seed, Purpose::Deal, step);
    let share = match own.data {
        Data::Clean => 0.0,
        Data::Outliers => own.outliers,
        Data::Duplicates => own.duplicates,
    };
    let one = |_| {
        let (odd, place) = (rng.random::<f64>() < share, rng.random_range(0..own.pool.max(1) as u64));
        odd.then_some(place)
    };
    (0..own.batch).map(one).collect()
}

/// Which of them are no news.
pub(super) fn odd(deal: &[Option<u64>]) -> Vec<bool> {
    deal.iter().map(Option::is_some).collect()
}
