//! How much something that is said asks of its reader.

use std::fmt;

/// A note or a warning.
///
/// A note says how something was understood, or that what cannot matter was left out: nothing has to be done where it is right, as it nearly
/// always is. A warning says that an answer may be wrong, or that something was lost which may be wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing has to be done.
    Note,
    /// Look at it before the answer is used.
    Warning,
}

impl Level {
    /// The word before the text.
    pub fn word(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
        }
    }
}

/// The word before the text.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
