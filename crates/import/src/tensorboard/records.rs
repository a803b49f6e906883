//! The frames of TFRecord files: a length, its checksum, so many bytes, their checksum.
//!
//! Checksums are CRC-32C, turned by 15 bits and moved by a constant, because checksums of data with checksums in them are weak. A
//! length is never believed: bytes are taken as they come, so that a damaged one costs no memory that the file does not have.

use std::io::Read;

use crc::{CRC_32_ISCSI, Crc};

use crate::ImportError;

/// Bytes of a length and its checksum.
const HEADER: usize = 12;

/// Bytes of a checksum.
const CHECKSUM: usize = 4;

/// What checksums are moved by.
const MASK: u32 = 0xa282_ead8;

/// How the version of an event file begins, which is its first record.
const VERSION: &[u8] = b"brain.Event:";

/// How far the version may lie behind the beginning of the record: behind the time, the step and the lengths of fields.
const NEAR: usize = 64;

static CASTAGNOLI: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// One record.
pub(super) struct Record {
    /// Where it begins, in bytes from 0.
    pub(super) at: u64,
    /// What it holds.
    pub(super) data: Vec<u8>,
}

/// The records of a file, up to the first that is damaged or not whole.
pub(super) struct Records<R> {
    from: R,
    file: String,
    at: u64,
    done: bool,
    /// Where the last record begins when it is not whole.
    pub(super) cut: Option<u64>,
}

impl<R: Read> Records<R> {
    pub(super) fn new(from: R, file: &str) -> Self {
        Self { from, file: file.to_owned(), at: 0, done: false, cut: None }
    }

    /// The next record; `None` at the end, and where the file ends inside it.
    fn record(&mut self) -> Result<Option<Record>, ImportError> {
        let at = self.at;
        let header = self.bytes(HEADER as u64)?;
        let Some((length, sum)) = header.split_first_chunk::<8>().filter(|(_, sum)| sum.len() == CHECKSUM) else {
            self.cut = (!header.is_empty()).then_some(at);
            return Ok(None);
        };
        self.hold(at, "length", length, sum)?;
        let length = u64::from_le_bytes(*length);
        let data = self.bytes(length)?;
        let sum = self.bytes(CHECKSUM as u64)?;
        if (data.len() as u64) < length || sum.len() < CHECKSUM {
            self.cut = Some(at);
            return Ok(None);
        }
        self.hold(at, "data", &data, &sum)?;
        self.at = at.saturating_add(length).saturating_add((HEADER + CHECKSUM) as u64);
        Ok(Some(Record { at, data }))
    }

    /// So many bytes, or as many as there are.
    fn bytes(&mut self, most: u64) -> Result<Vec<u8>, ImportError> {
        let mut bytes = Vec::new();
        let failed = |e: std::io::Error| ImportError::Read { file: self.file.clone(), why: e.to_string() };
        self.from.by_ref().take(most).read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }

    /// Holds a part of a record against its checksum.
    fn hold(&self, at: u64, part: &'static str, bytes: &[u8], sum: &[u8]) -> Result<(), ImportError> {
        if masked(bytes).to_le_bytes() == sum { Ok(()) } else { Err(ImportError::Checksum { file: self.file.clone(), at, part }) }
    }
}

impl<R: Read> Iterator for Records<R> {
    type Item = Result<Record, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let next = self.record().transpose();
        self.done = !matches!(next, Some(Ok(_)));
        next
    }
}

/// The checksum of some bytes as it stands in a file.
fn masked(bytes: &[u8]) -> u32 {
    CASTAGNOLI.checksum(bytes).rotate_right(15).wrapping_add(MASK)
}

/// Is this the beginning of an event file?
pub(super) fn begin_with_an_event(head: &[u8]) -> bool {
    let Some((length, rest)) = head.split_first_chunk::<8>() else { return false };
    let Some((sum, data)) = rest.split_first_chunk::<CHECKSUM>() else { return false };
    masked(length).to_le_bytes() == *sum && data.iter().take(NEAR).copied().collect::<Vec<u8>>().windows(VERSION.len()).any(|w| w == VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(data: &[u8]) -> Vec<u8> {
        let length = (data.len() as u64).to_le_bytes();
        [&length[..], &masked(&length).to_le_bytes(), data, &masked(data).to_le_bytes()].concat()
    }

    fn read(bytes: &[u8]) -> (Vec<Vec<u8>>, Option<u64>, Option<ImportError>) {
        let mut records = Records::new(bytes, "f");
        let (mut whole, mut failed) = (Vec::new(), None);
        for record in &mut records {
            match record {
                Ok(r) => whole.push(r.data),
                Err(e) => failed = Some(e),
            }
        }
        (whole, records.cut, failed)
    }

    #[test]
    fn the_checksum_is_castagnolis() {
        // the check value of the catalogue of CRC algorithms
        assert_eq!(CASTAGNOLI.checksum(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn records_are_read_whole() {
        let two = [framed(b"one"), framed(b"")].concat();
        assert_eq!(read(&two), (vec![b"one".to_vec(), Vec::new()], None, None));
        assert_eq!(read(b""), (Vec::new(), None, None));
    }

    #[test]
    fn a_file_that_ends_anywhere_gives_what_is_whole() {
        let two = [framed(b"one"), framed(b"second")].concat();
        let first = framed(b"one").len();
        for end in 1..two.len() {
            let (whole, cut, failed) = read(&two[..end]);
            let expected = if end < first { (0, Some(0)) } else { (1, (end > first).then_some(first as u64)) };
            assert_eq!(((whole.len(), cut), failed), (expected, None), "{end}");
        }
    }

    #[test]
    fn a_wrong_byte_is_found_where_it_is() {
        let two = [framed(b"one"), framed(b"second")].concat();
        let first = framed(b"one").len();
        for at in 0..two.len() {
            let mut bytes = two.clone();
            bytes[at] ^= 0x10;
            let (whole, cut, failed) = read(&bytes);
            let (begin, count) = if at < first { (0, 0) } else { (first, 1) };
            let part = if at - begin < HEADER { "length" } else { "data" };
            assert_eq!((whole.len(), cut), (count, None), "{at}");
            assert_eq!(failed, Some(ImportError::Checksum { file: "f".into(), at: begin as u64, part }), "{at}");
        }
    }

    #[test]
    fn a_length_is_not_believed() {
        let length = (u64::MAX - 3).to_le_bytes();
        let bytes = [&length[..], &masked(&length).to_le_bytes(), b"few"].concat();
        assert_eq!(read(&bytes), (Vec::new(), Some(0), None));
    }

    #[test]
    fn an_event_file_is_known_by_its_version() {
        assert!(begin_with_an_event(&framed(b"\x09\0\0\0\0\0\0\0\0\x1a\x0dbrain.Event:2")));
        for other in [framed(b"an example"), b"step 1: loss 2.5".to_vec(), Vec::new()] {
            assert!(!begin_with_an_event(&other));
        }
    }
}
