//! One kind of question, one file.

pub mod emergence;
pub mod extrapolate;
pub mod ladder;
pub mod speed_up;
pub mod stop;
pub mod surface;
pub mod tabulate;
