//! Laws of one input: y(x), where x > 0 is the resource spent (steps, epochs, samples, parameters).
//!
//! A law has no direction: the same formula serves a loss that falls and an accuracy that rises. Ranges
//! for several starts suit measures of order one. One file is one law; `registry.rs` lists them. What
//! the literature also calls `mmf4` is [`mmf`], and `wbl4` is [`weibull`].

mod bnsl;
pub mod bnsl1;
pub mod bnsl2;
pub mod bnsl3;
pub mod exp3;
pub mod exp4;
pub mod gompertz;
pub mod hill3;
pub mod hill4;
pub mod ilog2;
pub mod janoschek;
pub mod log_linear;
pub mod log_power;
pub mod logistic;
pub mod loglog_linear;
pub mod m1;
pub mod m2;
pub mod m3;
pub mod m4;
pub mod mmf;
pub mod pow2;
pub mod pow3;
pub mod pow4;
pub mod pow4_lcdb;
pub mod sat_growth;
pub mod vap;
pub mod weibull;
