//! The threads that resamples are spread over.

use fitters::Threads;
use rayon::prelude::*;

/// The global pool of rayon.
pub(crate) struct Pool;

impl Threads for Pool {
    fn each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        (0..count).into_par_iter().for_each(work);
    }
}
