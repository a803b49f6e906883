//! The threads that resamples are spread over.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fitters::Threads;
use rayon::prelude::*;

/// Hears how many pieces of how many are done, from any thread.
pub type Watch = Arc<dyn Fn(usize, usize) + Send + Sync>;

/// The global pool of rayon.
pub(crate) struct Pool {
    /// Who hears of the progress.
    pub watch: Option<Watch>,
}

impl Threads for Pool {
    fn each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        let done = AtomicUsize::new(0);
        (0..count).into_par_iter().for_each(|k| {
            work(k);
            if let Some(watch) = &self.watch {
                watch(done.fetch_add(1, Ordering::Relaxed) + 1, count);
            }
        });
    }
}
