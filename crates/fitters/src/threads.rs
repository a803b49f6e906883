//! Who does independent pieces of work: one thread, or the pool that a caller brings.

use std::sync::OnceLock;

/// Does independent pieces of work, in any order and on any number of threads.
///
/// This crate has no threads of its own; whoever calls it brings them. No number depends on them.
pub trait Threads: Send + Sync {
    /// Calls `work` once with every number below `count`, and returns when all of it is done.
    fn each(&self, count: usize, work: &(dyn Fn(usize) + Sync));
}

/// One piece after the other, on the thread that asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OneThread;

impl Threads for OneThread {
    fn each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        for k in 0..count {
            work(k);
        }
    }
}

/// What `work` makes of every number below `count`, in their order.
pub fn map<R: Send + Sync>(threads: &dyn Threads, count: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let places: Vec<OnceLock<R>> = (0..count).map(|_| OnceLock::new()).collect();
    threads.each(count, &|k: usize| {
        // A number that came twice would give the same result: the first one stays.
        let _ = places[k].set(work(k));
    });
    places.into_iter().filter_map(OnceLock::into_inner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two threads that take turns, the last piece first.
    struct Two;

    impl Threads for Two {
        fn each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
            std::thread::scope(|s| {
                for first in 0..2 {
                    s.spawn(move || (0..count).rev().filter(|k| k % 2 == first).for_each(work));
                }
            });
        }
    }

    #[test]
    fn results_come_in_order_whoever_works() {
        let squares = |threads: &dyn Threads| map(threads, 7, |k| k * k);
        assert_eq!(squares(&OneThread), [0, 1, 4, 9, 16, 25, 36]);
        assert_eq!(squares(&Two), squares(&OneThread));
        assert!(map(&Two, 0, |k| k).is_empty());
    }
}
