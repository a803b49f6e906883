//! One file that is imported: its name, its beginning, and what it holds.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tables::{MOST_UNPACKED, Packing, Table, TableError};

use crate::ImportError;

/// So much of a file's beginning is looked at to recognise it, 1 MiB: some logs begin with their own source code.
const HEAD: u64 = 1 << 20;

/// So many rows of a table are looked at for its columns. What is wrong with later ones is said when the table is read.
const ROWS: usize = 1;

/// A file on disk or in memory. A name that ends in `.gz` or `.zst` says that it is packed; what is seen is unpacked.
#[derive(Debug)]
pub struct Source<'a> {
    path: PathBuf,
    memory: Option<&'a [u8]>,
    head: OnceLock<Vec<u8>>,
    table: OnceLock<Result<Table, TableError>>,
}

impl<'a> Source<'a> {
    /// A file on disk, which is opened when something of it is asked.
    pub fn file(path: &Path) -> Self {
        Self { path: path.to_owned(), memory: None, head: OnceLock::new(), table: OnceLock::new() }
    }

    /// A file in memory, under the name that messages give it.
    pub fn memory(name: &str, bytes: &'a [u8]) -> Self {
        Self { memory: Some(bytes), ..Self::file(Path::new(name)) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path, as messages name it.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// The name without its folders, in lower case and without the end that says how it is packed.
    pub(crate) fn plain_name(&self) -> String {
        Packing::split(&self.last().to_lowercase()).0.to_owned()
    }

    /// How it is packed, if it is.
    fn packed(&self) -> Option<Packing> {
        Packing::split(&self.last()).1
    }

    /// The name without its folders.
    fn last(&self) -> Cow<'_, str> {
        self.path.file_name().unwrap_or_default().to_string_lossy()
    }

    /// The beginning; nothing of a file that cannot be read.
    pub(crate) fn head(&self) -> &[u8] {
        self.head.get_or_init(|| {
            let mut head = Vec::new();
            let seen = match (self.open(), self.packed()) {
                (Ok(open), Some(packing)) => packing.reader(open).ok(),
                (Ok(open), None) => Some(open as Box<dyn Read + 'a>),
                (Err(_), _) => None,
            };
            if let Some(seen) = seen {
                // what came before an error is a beginning all the same
                let _ = seen.take(HEAD).read_to_end(&mut head);
            }
            head
        })
    }

    /// The columns of a table, from its first rows; none where it is no table.
    pub(crate) fn columns(&self) -> Vec<String> {
        let name = self.plain_name();
        if name.ends_with(".parquet") {
            return self.table().map(Table::columns).unwrap_or_default();
        }
        if ![".csv", ".tsv", ".jsonl", ".json"].iter().any(|end| name.ends_with(end)) {
            return Vec::new();
        }
        tables::load_own_bytes(&name, lines(self.head(), ROWS)).map(|t| t.columns()).unwrap_or_default()
    }

    /// The table that it holds.
    pub(crate) fn table(&self) -> Result<&Table, ImportError> {
        let read = || match self.memory {
            Some(bytes) => tables::load_own_bytes(&self.name(), bytes),
            None => tables::load_own(&self.path),
        };
        self.table.get_or_init(read).as_ref().map_err(|e| e.clone().into())
    }

    /// All that it holds, unpacked.
    pub(crate) fn bytes(&self) -> Result<Cow<'a, [u8]>, ImportError> {
        match (self.packed(), self.memory) {
            (Some(packing), _) => self.unpacked(packing, MOST_UNPACKED).map(Cow::Owned),
            (None, Some(bytes)) => Ok(Cow::Borrowed(bytes)),
            (None, None) => {
                let mut bytes = Vec::new();
                self.open()?.read_to_end(&mut bytes).map_err(|e| self.unreadable(&e))?;
                Ok(Cow::Owned(bytes))
            }
        }
    }

    /// What a packed file holds, at most so many bytes.
    fn unpacked(&self, packing: Packing, most: u64) -> Result<Vec<u8>, ImportError> {
        let damaged = |e: std::io::Error| ImportError::Packed { file: self.name(), packing, why: e.to_string() };
        let mut bytes = Vec::new();
        packing.reader(self.open()?).map_err(damaged)?.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(damaged)?;
        if bytes.len() as u64 > most {
            return Err(ImportError::TooLarge { file: self.name(), most });
        }
        Ok(bytes)
    }

    /// What it holds, unpacked and piece by piece: event files can be larger than memory.
    pub(crate) fn reader(&self) -> Result<Box<dyn Read + 'a>, ImportError> {
        match self.packed() {
            Some(packing) => Ok(Box::new(Cursor::new(self.unpacked(packing, MOST_UNPACKED)?))),
            None => Ok(self.open()? as Box<dyn Read + 'a>),
        }
    }

    /// The error of a file that cannot be read.
    pub(crate) fn unreadable(&self, e: &std::io::Error) -> ImportError {
        ImportError::Read { file: self.name(), why: e.to_string() }
    }

    /// The file as it is.
    fn open(&self) -> Result<Box<dyn BufRead + 'a>, ImportError> {
        match self.memory {
            Some(bytes) => Ok(Box::new(bytes)),
            None => Ok(Box::new(BufReader::new(File::open(&self.path).map_err(|e| self.unreadable(&e))?))),
        }
    }
}

/// The first line and so many after it.
fn lines(text: &[u8], most: usize) -> &[u8] {
    let ends = text.iter().enumerate().filter(|(_, b)| **b == b'\n');
    let end = ends.map(|(at, _)| at + 1).nth(most);
    text.get(..end.unwrap_or(text.len())).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn what_is_packed_is_seen_unpacked() {
        let text = b"step,loss\n1,2.5\n2,2.25\n";
        let mut out = GzEncoder::new(Vec::new(), Compression::default());
        out.write_all(text).unwrap();
        let packed = out.finish().unwrap();
        for (name, bytes) in [("run.csv", text.as_slice()), ("run.csv.gz", packed.as_slice())] {
            let source = Source::memory(name, bytes);
            let mut read = Vec::new();
            source.reader().unwrap().read_to_end(&mut read).unwrap();
            assert_eq!((source.head(), source.bytes().unwrap().as_ref(), read.as_slice()), (&text[..], &text[..], &text[..]), "{name}");
            assert_eq!((source.columns(), source.table().unwrap().rows()), (vec!["step".to_owned(), "loss".to_owned()], 2), "{name}");
        }
        let cut = Source::memory("run.log.gz", &packed[..packed.len() - 9]);
        assert!(cut.bytes().unwrap_err().to_string().starts_with("run.log.gz: not a whole gzip file"));
        let source = Source::memory("run.log.gz", &packed);
        assert_eq!(source.unpacked(Packing::Gzip, text.len() as u64).unwrap(), text);
        let most = text.len() as u64 - 1;
        assert_eq!(source.unpacked(Packing::Gzip, most), Err(ImportError::TooLarge { file: "run.log.gz".into(), most }));
    }

    #[test]
    fn a_file_that_is_not_there_has_no_beginning() {
        let source = Source::file(Path::new("no/such/file.csv"));
        assert!(source.head().is_empty() && source.columns().is_empty());
        assert!(matches!(source.bytes(), Err(ImportError::Read { .. })));
        assert!(matches!(source.table(), Err(ImportError::Table(_))));
    }

    #[test]
    fn a_header_and_so_many_rows_are_taken() {
        assert_eq!((lines(b"a\nb\nc\nd", 2), lines(b"a\nb", 2), lines(b"", 2)), (&b"a\nb\nc\n"[..], &b"a\nb"[..], &b""[..]));
    }
}
