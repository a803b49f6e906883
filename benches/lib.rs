//! The benches live beside this file; this crate holds nothing else.
