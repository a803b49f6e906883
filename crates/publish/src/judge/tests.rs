//! When a claim is judged, and when it waits for jobs.

use super::*;

fn claim(text: &str) -> Claim {
    toml::from_str(&format!("id = \"c\"\nsays = \"s\"\nwhere = \"w\"\nlevel = \"statement\"\nsource = \"paper\"\n{text}")).unwrap()
}

/// `a` is better than `b` on four curves, in the ask `forecast`; the ask `stop` has one row.
fn frame() -> Frame {
    let mut frame = Frame::new();
    for (method, shift) in [("a", 0.0), ("b", -1.0)] {
        for curve in 0..4 {
            let id = format!("{curve}");
            let keys = [("ask", "forecast"), ("method", method), ("curve", id.as_str()), ("status", "ok")];
            frame.push_row(&keys, &[("log-score", Some(f64::from(curve) / 4.0 + shift))]);
        }
    }
    frame.push_row(&[("ask", "stop"), ("method", "policy"), ("curve", "0"), ("status", "ok")], &[("speed-up", Some(2.0))]);
    frame
}

/// The verdict on a claim with these jobs open and these overrides.
fn judged(claim: Claim, open: &[(&str, &str)], overrides: &[&str]) -> Verdict {
    let unfinished = open.iter().map(|(ask, method)| ((*ask).to_owned(), (*method).to_owned())).collect();
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    let evidence = Evidence { name: "x", overrides: &overrides, frame: &frame(), available: &BTreeSet::new(), unfinished: &unfinished };
    evidence.verdict(claim).1
}

/// Is the claim left unjudged because of this open job?
fn waits(claim: &Claim, open: (&str, &str)) -> bool {
    let verdict = judged(claim.clone(), &[open], &[]);
    let waiting = verdict.mark == Mark::Untested;
    assert_eq!(waiting, verdict.reason.starts_with(OPEN), "{}", verdict.reason);
    waiting
}

const MEAN_OF_A: &str = "kind = \"value\"\nof = { select = { ask = \"forecast\", method = \"a\" }, metric = \"log-score\" }\npublished = 0.375\n\
                         within = { abs = 0.01 }\nbecause = \"b\"";

#[test]
fn a_claim_with_all_its_jobs_done_is_judged() {
    let verdict = judged(claim(MEAN_OF_A), &[], &[]);
    assert_eq!((verdict.mark, verdict.expected), (Mark::Reproduced, true));
}

#[test]
fn a_claim_waits_for_the_methods_and_asks_that_it_names_and_for_no_others() {
    let claim = claim(MEAN_OF_A);
    assert!(waits(&claim, ("forecast", "a")));
    assert!(!waits(&claim, ("forecast", "b")));
    assert!(!waits(&claim, ("stop", "a")));
    // A job about a whole ask is behind everything that is read of it.
    assert!(waits(&claim, ("forecast", "")));
    assert!(!waits(&claim, ("stop", "")));
}

#[test]
fn a_claim_that_waits_shows_its_number_so_far_and_surprises_nobody() {
    let wrong = claim(&MEAN_OF_A.replace("0.375", "9.0"));
    let verdict = judged(wrong.clone(), &[("forecast", "a")], &[]);
    assert_eq!((verdict.ours, verdict.expected), (Some(0.375), true));
    assert!(verdict.reason.contains("; so far: 0.375 against 9 published"), "{}", verdict.reason);
    let done = judged(wrong.clone(), &[], &[]);
    assert_eq!((done.mark, done.expected), (Mark::NotReproduced, false));
    assert_eq!(surprises(&[(wrong.clone(), done), (wrong, verdict)]), ["c"]);
}

#[test]
fn a_cell_without_a_method_rests_on_all_methods_of_its_ask() {
    let claim = claim("kind = \"value\"\nof = { select = { ask = \"forecast\" }, metric = \"log-score\" }\nat-most = 5.0");
    assert!(waits(&claim, ("forecast", "b")));
    assert!(!waits(&claim, ("stop", "b")));
}

#[test]
fn a_cell_without_an_ask_rests_on_all_asks() {
    let claim = claim("kind = \"value\"\nof = { select = { method = \"a\" }, metric = \"log-score\" }\nat-most = 5.0");
    assert!(waits(&claim, ("stop", "")));
    assert!(waits(&claim, ("other", "a")));
    assert!(!waits(&claim, ("other", "b")));
}

#[test]
fn a_rank_among_others_rests_on_all_of_them() {
    let among = "kind = \"value\"\nof = { select = { ask = \"forecast\", method = \"a\" }, metric = \"log-score\", stat = \"mean-rank\", among = { column = \
                 \"method\", values = [\"a\", \"b\"] } }\nat-most = 5.0";
    assert!(waits(&claim(among), ("forecast", "b")));
    assert!(!waits(&claim(among), ("stop", "b")));
    // A column of ranks among all answers, which the run has settled.
    let column = read(&claim("kind = \"value\"\nof = { select = { ask = \"forecast\", method = \"a\" }, metric = \"rank-log-score\" }\nat-most = 5.0"));
    assert!(column.iter().all(|cell| rests_on(cell, "forecast", "b")));
}

#[test]
fn an_order_waits_for_each_of_its_selections() {
    let of = "of = { select = { ask = \"forecast\" }, metric = \"log-score\" }";
    let claim = claim(&format!("kind = \"order\"\n{of}\nbest-first = [{{ method = \"a\" }}, {{ method = \"b\" }}]"));
    assert_eq!(judged(claim.clone(), &[], &[]).mark, Mark::Reproduced);
    assert!(waits(&claim, ("forecast", "a")));
    assert!(waits(&claim, ("forecast", "b")));
    assert!(!waits(&claim, ("forecast", "c")));
}

#[test]
fn what_a_number_is_compared_with_counts_too() {
    let claim = claim(
        "kind = \"ratio\"\nof = { select = { ask = \"stop\" }, metric = \"speed-up\" }\nto = { select = { ask = \"stop\", method = \"policy\" }, metric = \
         \"speed-up\" }\nat-most = 3.0",
    );
    assert_eq!(read(&claim).len(), 2);
    assert!(waits(&claim, ("stop", "policy")));
    assert!(!waits(&claim, ("forecast", "policy")));
}

#[test]
fn overrides_leave_every_claim_untested() {
    let verdict = judged(claim(MEAN_OF_A), &[], &["source.prior.curves=3"]);
    assert_eq!((verdict.mark, verdict.expected), (Mark::Untested, true));
    assert!(verdict.reason.contains("overrides (source.prior.curves=3)"), "{}", verdict.reason);
    // What cannot be tested at all keeps its own reason.
    let never = judged(claim("kind = \"value\"\nuntested = \"no table can be read\""), &[], &["a=1"]);
    assert_eq!(never.reason, "no table can be read");
}
