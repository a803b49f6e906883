//! Files that know whether they are whole: named sections, and a hash of everything before it at the end.
//!
//! Layout: for each section the length of its name (4 bytes, little-endian), the name, the length of its bytes (8 bytes), the bytes; then the
//! SHA-256 of all of that as 64 hexadecimal digits. A file that was cut, emptied or changed anywhere is refused.

use std::collections::BTreeMap;
use std::path::Path;

use crate::RunError;
use crate::dataset::sha256;

/// Characters of the hash at the end.
const HASH: usize = 64;

/// Sections by name.
pub type Sections = BTreeMap<String, Vec<u8>>;

/// Writes the sections; an existing file is replaced only by a whole one that is on the disk.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, sections: &[(&str, &[u8])]) -> Result<(), RunError> {
    let mut bytes = Vec::with_capacity(sections.iter().map(|(n, b)| n.len() + b.len() + 12).sum::<usize>() + HASH);
    for (name, content) in sections {
        bytes.extend_from_slice(&(name.len() as u32).to_le_bytes());
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
        bytes.extend_from_slice(content);
    }
    let hash = sha256(&bytes);
    bytes.extend_from_slice(hash.as_bytes());
    crate::store::write_atomically(path, &bytes)
}

/// Reads the sections back; the error says what is wrong with the file.
///
/// # Errors
/// The file cannot be read, is not whole, or holds no sections.
pub fn read(path: &Path) -> Result<Sections, String> {
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    let Some(end) = bytes.len().checked_sub(HASH).filter(|e| *e > 0) else { return Err("it is empty or cut short".into()) };
    let (content, hash) = bytes.split_at(end);
    if sha256(content).as_bytes() != hash {
        return Err("it is not as it was written: cut short, or changed".into());
    }
    sections(content).ok_or_else(|| "it does not hold what its hash says".into())
}

fn sections(mut rest: &[u8]) -> Option<Sections> {
    let mut all = Sections::new();
    let mut take = |n: usize| {
        let (head, tail) = rest.split_at_checked(n)?;
        rest = tail;
        Some((head, tail.is_empty()))
    };
    loop {
        let name = u32::from_le_bytes(take(4)?.0.try_into().ok()?) as usize;
        let (name, _) = take(name)?;
        let length = usize::try_from(u64::from_le_bytes(take(8)?.0.try_into().ok()?)).ok()?;
        let (bytes, last) = take(length)?;
        all.insert(String::from_utf8(name.to_vec()).ok()?, bytes.to_vec());
        if last {
            return Some(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_nothing_else_does() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.sealed");
        write(&path, &[("rows", b"abc"), ("empty", b"")]).unwrap();
        let read_back = read(&path).unwrap();
        assert_eq!((read_back["rows"].as_slice(), read_back["empty"].as_slice()), (&b"abc"[..], &b""[..]));
        let whole = std::fs::read(&path).unwrap();
        // Every cut, and a flipped bit anywhere.
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(read(&path).is_err(), "cut at {cut}");
        }
        for at in 0..whole.len() {
            let mut bent = whole.clone();
            bent[at] ^= 1;
            std::fs::write(&path, &bent).unwrap();
            assert!(read(&path).is_err(), "bit of byte {at}");
        }
    }
}
