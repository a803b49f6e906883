//! A verdict as a sentence for a reader: who leads whom by how much and on how many curves, and never `ask=forecast, method=…`.
//!
//! The words are made of the claim and its verdict alone, a kind of claim a file; the reason as it was computed stays beside them
//! as small print.

mod criterion;
mod decision;
mod fraction;
mod names;
mod number;
mod order;
mod outside;
mod ratio;
#[cfg(test)]
mod tests;
mod untested;
mod value;

use std::collections::BTreeSet;

use evaluation::claim::{Expect, Kind};
use evaluation::{Claim, Frame, Mark, Verdict};

/// What a sentence is told from.
#[derive(Clone, Copy)]
pub(crate) struct Teller<'a> {
    /// All rows, for how many of which units there are.
    pub frame: &'a Frame,
    /// The needs that the run has.
    pub available: &'a BTreeSet<String>,
}

impl Teller<'_> {
    /// What was found about a claim, in a sentence or two.
    pub fn tell(&self, claim: &Claim, verdict: &Verdict) -> String {
        if verdict.mark == Mark::Untested {
            return untested::tell(self, claim, verdict);
        }
        let mut text = self.found(claim, verdict).unwrap_or_else(|| stopped(&verdict.reason));
        if !verdict.expected {
            text.push_str(" This was not expected.");
        } else if claim.expect == Some(Expect::NotReproduced) {
            text.push_str(" It was expected not to hold.");
        }
        text
    }

    /// The numbers in words, whatever the mark; `None` where there is no number.
    fn found(&self, claim: &Claim, verdict: &Verdict) -> Option<String> {
        let found = match claim.kind {
            Kind::Value => value::tell(self, claim, verdict),
            Kind::Order => order::tell(self, claim, verdict),
            Kind::Ratio => ratio::tell(claim, verdict),
            Kind::Fraction => fraction::tell(self, claim, verdict),
            Kind::Outside => outside::tell(self, claim, verdict),
        }?;
        let mut text = stopped(&capital(&found));
        if verdict.failed > 0 {
            text.push_str(&format!(" Left out: {} that failed, or had no number or no partner.", number::count(verdict.failed)));
        }
        Some(text)
    }
}

/// The first letter of a sentence is a capital, unless it begins with a word of the spec.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// A sentence ends with a full stop.
fn stopped(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
