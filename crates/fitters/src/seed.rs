//! Seeds come from names: the hash of what a random stream is for.

/// A seed from any list of names. Order matters, and `["ab", "c"]` is not `["a", "bc"]`.
///
/// FNV-1a over the names with a separator, finished with the SplitMix64 mixer; stable for ever,
/// because rows of a result depend on it.
pub fn of(names: &[&str]) -> u64 {
    let mut h = 0xcbf2_9ce4_8422_2325u64;
    for name in names {
        for byte in name.bytes().chain([0x1f]) {
            h = (h ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    h ^ (h >> 31)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn names_are_kept_apart_and_the_hash_is_stable() {
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["a", "b"]), of(&["b", "a"]));
        assert_eq!(of(&["lcpfn", "prior", "7"]), of(&["lcpfn", "prior", "7"]));
    }
}
