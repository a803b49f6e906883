//! Why a claim was not decided.

use evaluation::claim::{PRECISION, SO_FAR};
use evaluation::{Claim, Verdict};

use super::names::code;
use super::{Teller, stopped};
use crate::judge::OPEN;

/// What the claim lacks, and its number so far where there is one.
pub(super) fn tell(teller: &Teller<'_>, claim: &Claim, verdict: &Verdict) -> String {
    if let Some(why) = &claim.untested {
        return format!("Not tested: {}", stopped(why));
    }
    let so_far = |why: &str, when: &str| match teller.found(claim, verdict) {
        Some(found) => format!("{why} {when} {found}"),
        None => why.to_owned(),
    };
    let unmet: Vec<String> = claim.needs.iter().filter(|need| !teller.available.contains(*need)).map(|need| words(need)).collect();
    if !unmet.is_empty() {
        return so_far(&format!("Not decided: it needs {}.", unmet.join(" and ")), "Here:");
    }
    if verdict.reason.starts_with(OPEN) {
        return so_far("Not decided: jobs behind it have not run.", "So far:");
    }
    if let Some((need, _)) = verdict.reason.strip_prefix(PRECISION).and_then(|rest| rest.split_once(SO_FAR)) {
        return so_far(&format!("Not decided: it needs more precision{need}."), "So far:");
    }
    match teller.found(claim, verdict) {
        Some(found) => format!("Not decided, because its interval is not known. {found}"),
        None => "Not decided: the rows of this run do not answer it.".to_owned(),
    }
}

/// A need in words.
fn words(need: &str) -> String {
    match need.split_once(':') {
        Some(("size", size)) => format!("a run at size {}", code(size)),
        Some(("data", data)) => format!("the data {}", code(data)),
        Some(("weights", weights)) => format!("the weights {}", code(weights)),
        Some((kind, name)) => format!("the {kind} {}", code(name)),
        None => format!("what is called {} in its needs", code(need)),
    }
}
