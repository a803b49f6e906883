//! `Verdict`: what was printed against what we found.

use serde::Serialize;

use crate::claim::{Claim, ClaimScale, Expect};

/// How a claim came out, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Inside the claim's own criterion.
    Reproduced,
    /// Outside it but within three times it, and on the right side of every comparison.
    Near,
    /// Neither.
    NotReproduced,
    /// Not tested, for a reason.
    Untested,
}

impl Mark {
    /// As a scoreboard prints it, five characters wide at most.
    pub fn symbol(self) -> &'static str {
        match self {
            Mark::Reproduced => "[Re]",
            Mark::Near => "[≈Re]",
            Mark::NotReproduced => "[¬Re]",
            Mark::Untested => "[ – ]",
        }
    }
}

/// A claim, judged. Computed only: nobody writes one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The claim's id.
    pub claim_id: String,
    /// How it came out.
    pub mark: Mark,
    /// Our number: the value, ratio or share; for an order, the smallest lead of one over the next.
    pub ours: Option<f64>,
    /// Its interval at the claim's confidence.
    pub interval: Option<(f64, f64)>,
    /// Its standard error.
    pub se: Option<f64>,
    /// How many rows, pairs or units it rests on.
    pub n: usize,
    /// How many rows failed, or had no number or no partner, and are not in it.
    pub failed: usize,
    /// Distance from what was published, or shortfall from the bound.
    pub off: Option<f64>,
    /// A one-sided bound on a printed number was passed by more than its tolerance: ours is better than what the paper prints.
    pub better: bool,
    /// Why this mark, in plain words.
    pub reason: String,
    /// False for a surprise: not reproduced although expected to be, or reproduced although not.
    pub expected: bool,
    /// `Miniature` when the claim is about the effect and not about the paper's own number.
    pub scale: Option<ClaimScale>,
}

/// A verdict before it is held against the claim's expectation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    pub mark: Mark,
    pub ours: Option<f64>,
    pub interval: Option<(f64, f64)>,
    pub se: Option<f64>,
    pub n: usize,
    pub failed: usize,
    pub off: Option<f64>,
    pub better: bool,
    pub reason: String,
}

impl Finding {
    pub fn untested(reason: String) -> Self {
        Self { mark: Mark::Untested, ours: None, interval: None, se: None, n: 0, failed: 0, off: None, better: false, reason }
    }
}

impl Verdict {
    pub(crate) fn new(claim: &Claim, found: Finding) -> Self {
        let expected = match claim.expect {
            None => found.mark != Mark::NotReproduced,
            Some(Expect::NotReproduced) => found.mark != Mark::Reproduced,
        };
        let Finding { mark, ours, interval, se, n, failed, off, better, mut reason } = found;
        // Whatever left it undecided, a number that is not judged is not better either.
        let better = better && mark == Mark::Reproduced;
        if failed > 0 {
            reason.push_str(&format!("; not in it: {failed} that failed, or had no number or no partner"));
        }
        Self { claim_id: claim.id.clone(), mark, ours, interval, se, n, failed, off, better, reason, expected, scale: claim.scale }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_print_as_the_scoreboard_has_them_and_sort_from_best_to_worst() {
        let all = [Mark::Reproduced, Mark::Near, Mark::NotReproduced, Mark::Untested];
        assert_eq!(all.map(Mark::symbol), ["[Re]", "[≈Re]", "[¬Re]", "[ – ]"]);
        assert!(all.windows(2).all(|w| w[0] < w[1]));
    }
}
