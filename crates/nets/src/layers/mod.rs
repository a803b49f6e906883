//! One file a layer, each with its gradient held to differences.

pub mod attention;
pub mod batch_norm;
pub mod conv;
pub mod dropout;
pub mod embedding;
pub mod linear;
pub mod low_rank;
pub mod messages;
pub mod mixture;
pub mod norm;
pub mod patches;
pub mod pooling;
pub mod state_space;

pub use attention::{Attention, Sequences};
pub use batch_norm::BatchNorm;
pub use conv::{Conv, Images};
pub use embedding::Embedding;
pub use linear::Linear;
pub use low_rank::LowRank;
pub use messages::Edges;
pub use mixture::Mixture;
pub use norm::LayerNorm;
pub use state_space::StateSpace;
