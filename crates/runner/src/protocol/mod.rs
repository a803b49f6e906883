//! One kind of question, one file.

pub mod extrapolate;
pub mod stop;
