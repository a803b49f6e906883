//! `published.toml`: what is read survives being written, and a valid claim is judged with a reason even where there are no rows.
#![no_main]

use std::collections::BTreeSet;

use curvecast_fuzz::survives_toml;
use evaluation::{judge, Frame, Published};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(published) = survives_toml::<Published>(text, "published.toml") else { return };
    match published.validate() {
        Ok(()) => {
            for claim in &published.claims {
                let verdict = judge(claim, &Frame::new(), &BTreeSet::new(), 1);
                assert!(!verdict.reason.is_empty(), "{claim:?}");
            }
        }
        Err(errors) => assert!(!errors.is_empty()),
    }
});
