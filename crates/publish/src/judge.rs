//! Claims × rows → verdicts.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use evaluation::{Cell, Claim, Frame, Mark, Verdict};
use rayon::prelude::*;
use runner::Results;

/// How the reason of a claim begins whose jobs are not all done.
pub(crate) const OPEN: &str = "jobs behind it have not run";

/// How the names of columns begin that hold ranks among all answers to an ask.
const RANK: &str = "rank-";

/// Judges every claim of a run's experiment.
///
/// With overrides on the command line none is judged, since the run is not one that the claims are about. Neither is a claim that
/// rests on jobs which have not run: its number so far is shown, and no verdict is drawn from it.
pub fn verdicts(results: &Results) -> Vec<(Claim, Verdict)> {
    let e = &results.experiment;
    let evidence = Evidence { name: &e.name, overrides: &e.overrides, frame: &results.frame, available: &results.available, unfinished: &results.unfinished };
    evidence.verdicts(&e.published.claims)
}

/// The claims that came out otherwise than expected.
pub fn surprises(verdicts: &[(Claim, Verdict)]) -> Vec<&str> {
    verdicts.iter().filter(|(_, v)| !v.expected && v.mark != Mark::Untested).map(|(c, _)| c.id.as_str()).collect()
}

/// What claims are judged on.
struct Evidence<'a> {
    /// The experiment, which seeds the intervals.
    name: &'a str,
    overrides: &'a [String],
    frame: &'a Frame,
    /// The needs that the run has.
    available: &'a BTreeSet<String>,
    /// Ask and method of the jobs that have not run; of an ask as a whole, no method.
    unfinished: &'a BTreeSet<(String, String)>,
}

impl Evidence<'_> {
    fn verdicts(&self, claims: &[Claim]) -> Vec<(Claim, Verdict)> {
        claims.par_iter().map(|claim| self.verdict(claim.clone())).collect()
    }

    fn verdict(&self, mut claim: Claim) -> (Claim, Verdict) {
        if !self.overrides.is_empty() && claim.untested.is_none() {
            claim.untested = Some(format!("the run has overrides ({}); verdicts need a size as it is written", self.overrides.join(" ")));
        }
        let seed = fitters::seed::of(&[self.name, "verdict", &claim.id]);
        let mut verdict = evaluation::judge(&claim, self.frame, self.available, seed);
        if verdict.mark != Mark::Untested && self.is_open(&claim) {
            // Nothing is expected of half a run.
            (verdict.mark, verdict.expected, verdict.better) = (Mark::Untested, true, false);
            verdict.reason = format!("{OPEN}; so far: {}", verdict.reason);
        }
        (claim, verdict)
    }

    /// Is a job still to run of an ask and a method that the claim reads?
    fn is_open(&self, claim: &Claim) -> bool {
        let cells = read(claim);
        self.unfinished.iter().any(|(ask, method)| cells.iter().any(|cell| rests_on(cell, ask, method)))
    }
}

/// The cells that a claim reads: of an order one for each selection.
fn read(claim: &Claim) -> Vec<Cell> {
    let of: Vec<Cell> = match (&claim.of, &claim.best_first) {
        (Some(of), Some(best)) => best.iter().map(|selection| of.with(selection)).collect(),
        (of, _) => Vec::from_iter(of.clone()),
    };
    of.into_iter().chain(claim.to.clone()).collect()
}

/// Does a cell read what a job leaves? A cell that names no ask reads all of them, and one that names no method, or compares it with
/// others, all methods of its ask.
fn rests_on(cell: &Cell, ask: &str, method: &str) -> bool {
    let names = |column: &str, value: &str| cell.select.get(column).is_none_or(|listed| listed.0.iter().any(|one| curves::matches(one, value)));
    let all = method.is_empty() || cell.among.is_some() || cell.metric.starts_with(RANK);
    names("ask", ask) && (all || names("method", method))
}
