//! Runs a loop as vector code of the machine at hand.

pub use pulp::Arch;
use pulp::NullaryFnOnce;

struct Run<F>(F);

impl<R, F: FnMut() -> R> NullaryFnOnce for Run<F> {
    type Output = R;

    // `call_mut` is the closure's body itself; `call_once` of a closure is a shim that the compiler
    // may leave outside the vector function, and then every fused multiply-add becomes a call.
    #[inline(always)]
    fn call(mut self) -> R {
        (self.0)()
    }
}

/// Runs `f`, an `#[inline(always)]` closure, with the widest instructions `arch` has.
#[inline(always)]
pub fn vector<R>(arch: Arch, f: impl FnMut() -> R) -> R {
    arch.dispatch(Run(f))
}
