//! How a file is packed: by gzip or by Zstandard, as the end of its name says.

use std::fmt;
use std::io::{self, BufRead, Read};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// By gzip: `.gz`.
    Gzip,
    /// By Zstandard: `.zst`.
    Zstd,
}

impl Packing {
    /// All there are.
    pub const ALL: [Packing; 2] = [Packing::Gzip, Packing::Zstd];

    /// How names of such files end.
    pub fn end(self) -> &'static str {
        match self {
            Packing::Gzip => ".gz",
            Packing::Zstd => ".zst",
        }
    }

    /// A file's name without the end that says how it is packed, and how; `None` where it is not packed.
    pub fn split(name: &str) -> (&str, Option<Packing>) {
        let of = |packing: Packing| {
            let (stem, end) = name.split_at_checked(name.len().checked_sub(packing.end().len())?)?;
            end.eq_ignore_ascii_case(packing.end()).then_some((stem, Some(packing)))
        };
        Self::ALL.into_iter().find_map(of).unwrap_or((name, None))
    }

    /// What a packed file holds, piece by piece. Several members or frames one after the other are one file, as both tools have it.
    ///
    /// # Errors
    /// The decoder cannot be made; whoever reads meets the errors of a file that is cut off or no such file.
    pub fn reader<'a>(self, from: impl BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Packing::Gzip => Box::new(MultiGzDecoder::new(from)),
            Packing::Zstd => Box::new(Decoder::with_buffer(from)?),
        })
    }
}

/// The word for messages.
impl fmt::Display for Packing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_says_how_a_file_is_packed() {
        let cases = [
            ("a.csv.gz", "a.csv", Some(Packing::Gzip)),
            ("A.LOG.ZST", "A.LOG", Some(Packing::Zstd)),
            (".zst", "", Some(Packing::Zstd)),
            ("a.csv", "a.csv", None),
            ("zst", "zst", None),
            ("größe", "größe", None),
            ("", "", None),
        ];
        for (name, stem, packing) in cases {
            assert_eq!(Packing::split(name), (stem, packing), "{name}");
        }
    }

    #[test]
    fn what_is_packed_comes_back() {
        let packed = zstd::encode_all(&b"a,b\n1,2\n"[..], 3).unwrap();
        let two = [packed.as_slice(), packed.as_slice()].concat();
        let mut text = String::new();
        Packing::Zstd.reader(two.as_slice()).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "a,b\n1,2\na,b\n1,2\n");
        let cut = Packing::Zstd.reader(&packed[..packed.len() - 1]).unwrap().read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof, "{cut}");
        assert!(Packing::Zstd.reader(&b"a,b\n1,2\n"[..]).unwrap().read_to_end(&mut Vec::new()).is_err());
    }
}
