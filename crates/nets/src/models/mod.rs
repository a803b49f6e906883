//! Small networks that several studies share, put together from the layers.

pub mod cnn;
pub mod gin;
pub mod mlp;
pub mod transformer;

pub use cnn::Cnn;
pub use gin::Gin;
pub use mlp::Mlp;
pub use transformer::{Block, Decoder};
