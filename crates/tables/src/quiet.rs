//! Panics of a library that are answers: caught, and not printed.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Are this thread's panics expected?
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What `work` gives, or `None` when it panics. Panics of this thread print nothing meanwhile; those of other threads,
/// and of this one afterwards, go to the hook that was set before.
///
/// `work` must not leave anything half-done that is seen afterwards, and must do its work on this thread.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                before(panic);
            }
        }));
    });
    let was = QUIET.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(was);
    done.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_answer_and_ends_the_quiet() {
        assert_eq!(quietly(|| 3), Some(3));
        assert_eq!(quietly(|| -> u8 { panic!("expected") }), None);
        assert!(!QUIET.get());
        let inner = quietly(|| {
            assert!(quietly(|| -> u8 { panic!("expected") }).is_none());
            QUIET.get()
        });
        assert_eq!(inner, Some(true), "an inner call does not end the quiet of the outer");
    }
}
