//! `spec.toml`: what is read survives being written, and every ask and source has its kind or says why not.
#![no_main]

use curvecast_fuzz::survives_toml;
use libfuzzer_sys::fuzz_target;
use runner::spec::Spec;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(spec) = survives_toml::<Spec>(text, "spec.toml") else { return };
    for ask in &spec.asks {
        // An ask with a protocol has a key of its own; one without is refused by both.
        assert_eq!(ask.protocol().is_ok(), ask.identity().is_ok(), "{ask:?}");
    }
    for source in spec.sources.values() {
        if let Err(why) = source.kind() {
            assert!(!why.is_empty());
        }
    }
});
