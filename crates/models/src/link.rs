//! Links: from the loss of a language model to what is asked of it downstream.
//!
//! Their input is `loss`, in the units of the loss they were fitted on. One file is one law.

pub mod bounded_link;
pub mod exp_link;
pub mod sigmoid_link;
