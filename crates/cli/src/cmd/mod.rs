//! One verb, one file.

pub mod assign;
pub mod check;
pub mod completions;
pub mod decide;
pub mod design;
pub mod diff;
pub mod doctor;
mod drawn;
pub mod eval;
pub mod fit;
pub mod forecast;
pub mod format;
pub mod get;
pub mod import;
pub mod laws;
pub mod ls;
pub mod man;
pub mod new;
pub mod plan;
pub mod report;
pub mod reproduce;
pub mod rows;
pub mod run;
pub mod show;
pub mod simulate;
pub mod train;
pub mod validate;
