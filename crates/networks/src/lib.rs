//! The trained networks that answer in mixtures of normals, as bytes; what reads them is the crate `pfn`.
//!
//! A crate of its own, since crates.io takes no package of more than 10 MiB. Beside each file of weights lies the curve of its loss while it was trained.

/// A trained network.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// What it is called.
    pub name: &'static str,
    /// Its weights and its model card: a safetensors file.
    pub weights: &'static [u8],
    /// The recipe it was trained by: TOML.
    pub recipe: &'static str,
}

/// The network whose files have this name.
macro_rules! network {
    ($name:literal) => {
        Network {
            name: $name,
            weights: include_bytes!(concat!("../weights/", $name, ".safetensors")),
            recipe: include_str!(concat!("../weights/", $name, ".toml")),
        }
    };
}

/// All networks, by name. One line ships one.
pub static ALL: &[Network] = &[network!("anneal-m2"), network!("anneal-s1"), network!("lcpfn-s0"), network!("lcpfn-s1"), network!("nsl-s1")];
