//! Claims × rows → verdicts.

use evaluation::{Claim, Frame, Mark, Verdict, judge};
use rayon::prelude::*;

use crate::plan::Plan;

/// Judges every claim of the plan's experiment. With overrides on the command line none is judged: the run is not one that the claims are about.
pub fn verdicts(plan: &Plan, frame: &Frame) -> Vec<(Claim, Verdict)> {
    let available = plan.available();
    let e = &plan.experiment;
    let claims: Vec<Claim> = e.published.claims.clone();
    claims
        .into_par_iter()
        .map(|mut c| {
            if !e.overrides.is_empty() && c.untested.is_none() {
                c.untested = Some(format!("the run has overrides ({}); verdicts need a size as it is written", e.overrides.join(" ")));
            }
            let seed = fitters::seed::of(&[&e.name, "verdict", &c.id]);
            let v = judge(&c, frame, &available, seed);
            (c, v)
        })
        .collect()
}

/// Did a claim come out otherwise than expected?
pub fn surprises(verdicts: &[(Claim, Verdict)]) -> Vec<&str> {
    verdicts.iter().filter(|(_, v)| !v.expected && v.mark != Mark::Untested).map(|(c, _)| c.id.as_str()).collect()
}
