//! A panic is a bug: it has an exit code of its own, and says how to report it.

use std::panic::{UnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use runner::exit;

/// What is said after the panic's own words, once.
const REPORT: &str = "\nThis is a bug of Curvecast, not of what you asked. Please report it with the lines above, the command, and what `curvecast doctor` prints (exit code 120).";

/// Adds to what a panic prints how to report it.
pub fn install() {
    let before = take_hook();
    set_hook(Box::new(move |panic| {
        static SAID: Once = Once::new();
        before(panic);
        SAID.call_once(|| eprintln!("{REPORT}"));
    }));
}

/// The exit code of `work`, or 120 where it panics, on whichever thread.
pub fn guarded(work: impl FnOnce() -> u8 + UnwindSafe) -> u8 {
    catch_unwind(work).unwrap_or(exit::BUG)
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    #[test]
    fn a_panic_has_an_exit_code_of_its_own() {
        assert_eq!(guarded(|| 3), 3);
        assert_eq!(guarded(|| panic!("expected by this test")), 120);
        let elsewhere = || {
            (0..4).into_par_iter().for_each(|k| assert!(k != 3, "expected by this test"));
            0
        };
        assert_eq!(guarded(elsewhere), 120);
    }
}
