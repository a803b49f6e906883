//! Claims × rows → verdicts.

use evaluation::{Claim, Frame, Mark, Verdict, judge};
use rayon::prelude::*;

use crate::method::answer_name;
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
            // A size is reached only when every job behind the claim has run.
            let mut have = available.clone();
            if unfinished(plan, &c) {
                have.retain(|n| !n.starts_with("size:"));
            }
            let v = judge(&c, frame, &have, seed);
            (c, v)
        })
        .collect()
}

/// Is a job of an ask and a method that the claim reads still to run?
fn unfinished(plan: &Plan, c: &Claim) -> bool {
    let selections = c.of.iter().chain(&c.to).map(|cell| &cell.select).chain(c.best_first.iter().flatten());
    let (mut asks, mut methods) = (Vec::new(), Vec::new());
    for s in selections {
        asks.extend(s.get("ask").iter().flat_map(|v| v.0.iter().cloned()));
        methods.extend(s.get("method").iter().flat_map(|v| v.0.iter().cloned()));
    }
    let spec = &plan.experiment.spec;
    plan.jobs.iter().any(|j| {
        let ask = &spec.asks[j.ask];
        // A stopping policy is named after itself and rests on all forecasts of its ask; an ask about a whole source has one job.
        let named = match j.method {
            Some(m) if ask.protocol != crate::spec::Protocol::Stop => {
                plan.methods[m].answers().iter().any(|a| methods.contains(&answer_name(&spec.methods[m].id, a)))
            }
            _ => true,
        };
        asks.contains(&ask.id) && named && !plan.store.has(&j.key)
    })
}

/// Did a claim come out otherwise than expected?
pub fn surprises(verdicts: &[(Claim, Verdict)]) -> Vec<&str> {
    verdicts.iter().filter(|(_, v)| !v.expected && v.mark != Mark::Untested).map(|(c, _)| c.id.as_str()).collect()
}
