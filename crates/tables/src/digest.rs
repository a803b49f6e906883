//! Checksums of files, read piece by piece: of a file of any size, a few kilobytes are in memory.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::load::MOST_UNPACKED;
use crate::{Packing, TableError};

/// The SHA-256 of a file, in hex, and its size in bytes.
///
/// # Errors
/// The file cannot be read.
pub fn sha256_file(path: &Path) -> Result<(String, u64), TableError> {
    hashed(open(path)?).map_err(|e| TableError::Read { file: path.display().to_string(), why: e.to_string() })
}

/// The SHA-256, in hex, of what a gzip file unpacks to; several members one after the other are one file.
///
/// # Errors
/// The file cannot be read, is no whole gzip file, or unpacks to more than [`MOST_UNPACKED`] bytes.
pub fn sha256_unpacked(path: &Path) -> Result<String, TableError> {
    unpacked_within(path, MOST_UNPACKED)
}

/// As [`sha256_unpacked`], of at most so many bytes.
fn unpacked_within(path: &Path, most: u64) -> Result<String, TableError> {
    let file = || path.display().to_string();
    let unpacked = MultiGzDecoder::new(BufReader::new(open(path)?)).take(most.saturating_add(1));
    let (sum, bytes) = hashed(unpacked).map_err(|e| TableError::Packed { file: file(), packing: Packing::Gzip, why: e.to_string() })?;
    if bytes > most { Err(TableError::TooLarge { file: file(), most }) } else { Ok(sum) }
}

fn open(path: &Path) -> Result<File, TableError> {
    File::open(path).map_err(|e| TableError::Read { file: path.display().to_string(), why: e.to_string() })
}

/// Reads to the end.
fn hashed(mut from: impl Read) -> std::io::Result<(String, u64)> {
    let (mut hash, mut bytes) = (Sha256::new(), 0_u64);
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                hash.update(&buffer[..n]);
                bytes += n as u64;
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok((hash.finalize().iter().map(|b| format!("{b:02x}")).collect(), bytes))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// As the example of FIPS 180-2 has it.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut out = GzEncoder::new(Vec::new(), Compression::default());
        out.write_all(data).unwrap();
        out.finish().unwrap()
    }

    #[test]
    fn sums_are_those_of_sha256() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("abc.gz");
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(sha256_file(&path).unwrap(), (ABC.to_owned(), 3));
        assert!(matches!(sha256_unpacked(&path), Err(TableError::Packed { .. })), "text is no gzip file");
        std::fs::write(&path, [gzip(b"a"), gzip(b"bc")].concat()).unwrap();
        assert_eq!(sha256_unpacked(&path).unwrap(), ABC);
        let large = vec![7_u8; 200_000];
        std::fs::write(&path, &large).unwrap();
        assert_eq!(sha256_file(&path).unwrap().1, 200_000);
        assert_ne!(sha256_file(&path).unwrap().0, ABC);
        assert!(matches!(sha256_file(&dir.path().join("none")), Err(TableError::Read { .. })));
    }

    #[test]
    fn a_bomb_is_put_down() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("zeros.gz");
        std::fs::write(&path, gzip(&vec![0; 1_000_000])).unwrap();
        assert!(unpacked_within(&path, 1_000_000).is_ok());
        let e = unpacked_within(&path, 999_999).unwrap_err();
        assert_eq!(e, TableError::TooLarge { file: path.display().to_string(), most: 999_999 });
        assert!(e.to_string().contains("unpacks to more than 999999 bytes"), "{e}");
        let whole = gzip(b"abc");
        std::fs::write(&path, &whole[..whole.len() - 4]).unwrap();
        assert!(matches!(sha256_unpacked(&path), Err(TableError::Packed { .. })), "a cut file");
    }
}
