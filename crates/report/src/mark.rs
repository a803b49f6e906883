//! `Mark`: what became of a claim.

use serde::{Deserialize, Serialize};

/// What became of a claim. The same four as the verdicts that are computed; kept apart from them so
/// that a table can be made of anyone's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Inside the claim's own criterion.
    Reproduced,
    /// Outside it, but close and on the right side.
    Near,
    /// Neither.
    NotReproduced,
    /// Not decided here; the reason says why.
    #[default]
    Untested,
}

impl Mark {
    /// All four, in the order of the scoreboard.
    pub const ALL: [Self; 4] = [Self::Reproduced, Self::Near, Self::NotReproduced, Self::Untested];

    /// As printed: `[Re]`, `[≈Re]`, `[¬Re]` or `[ – ]`.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Reproduced => "[Re]",
            Self::Near => "[≈Re]",
            Self::NotReproduced => "[¬Re]",
            Self::Untested => "[ – ]",
        }
    }

    /// As a key: `reproduced`, `near`, `not-reproduced` or `untested`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reproduced => "reproduced",
            Self::Near => "near",
            Self::NotReproduced => "not-reproduced",
            Self::Untested => "untested",
        }
    }

    /// In words: `reproduced`, `near`, `not reproduced` or `untested`.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotReproduced => "not reproduced",
            other => other.name(),
        }
    }

    /// The mark printed as `symbol`.
    pub fn from_symbol(symbol: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.symbol() == symbol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_read_back() {
        for mark in Mark::ALL {
            assert_eq!(Mark::from_symbol(mark.symbol()), Some(mark));
        }
        assert_eq!(Mark::from_symbol("[?]"), None);
    }
}
