//! What can go wrong with a network on input from outside.

/// What can go wrong.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NetError {
    /// A file of weights that is damaged, or of another network.
    #[error("the weights cannot be used: {0}; train the network again, or give the file of this one")]
    Weights(String),
    /// A shape of a network, or of data, that cannot be.
    #[error("{0}")]
    Shape(String),
}
