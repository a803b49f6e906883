//! What is refused when an experiment is loaded, and what is said of it.

mod common;

use std::path::Path;

use common::{SPEC, workspace};
use runner::{Experiment, exit};

fn refused(root: &Path, spec: &str) -> String {
    std::fs::write(root.join("experiments/tiny/spec.toml"), spec).unwrap();
    let e = Experiment::load(root, "tiny", "full", &[]).unwrap_err();
    assert_eq!(e.code(), exit::SPEC, "{e}");
    e.to_string()
}

/// Faults B2 and 8: a protocol on data of another shape.
#[test]
fn a_protocol_on_the_wrong_shape_of_data_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let surface = "[[ask]]\nid = \"fit\"\nsource = \"runs\"\n[ask.surface]\ninputs = { params = \"n\" }\ntarget = \"loss\"\n[[ask.surface.fit]]\nid = \"a\"\nlaw = \"kaplan\"\n";
    let e = refused(&root, &SPEC.replace("[size.full]", &format!("{surface}\n[size.full]")));
    assert!(e.contains("ask \"fit\": surface reads a table of runs, and source \"runs\" is curves"), "{e}");
    let on_prior = "[[ask]]\nid = \"when\"\nsource = \"prior\"\n[ask.emergence]\n\n[size.full]";
    let e = refused(&root, &SPEC.replace("[size.full]", on_prior));
    assert!(e.contains("emergence reads curves"), "{e}");
    let table = "[[ask]]\nid = \"rows\"\nsource = \"runs\"\n[ask.table]\n\n[size.full]";
    assert!(refused(&root, &SPEC.replace("[size.full]", table)).contains("reads a table of runs"));
    let none = "[[ask]]\nid = \"rows\"\nsource = \"runs\"\n\n[size.full]";
    assert!(refused(&root, &SPEC.replace("[size.full]", none)).contains("extrapolate, stop, surface"));
    let two = "[[ask]]\nid = \"rows\"\nsource = \"runs\"\n[ask.table]\n[ask.emergence]\n\n[size.full]";
    assert!(refused(&root, &SPEC.replace("[size.full]", two)).contains("one ask is one question"));
}

/// Faults B5, 2, 3 and 4: ids that stand for two things.
#[test]
fn ids_that_stand_for_two_things_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    assert!(refused(&root, &SPEC.replace("id = \"real\"", "id = \"forecast\"")).contains("two of [[ask]] have the id \"forecast\""));
    assert!(refused(&root, &SPEC.replace("id = \"ls\"", "id = \"persist\"")).contains("two of [[method]] have the id \"persist\""));
    let policies = SPEC.replace("id = \"no-stop\"", "id = \"forecast\"");
    assert!(refused(&root, &policies).contains("every policy has an id of its own"));
    assert!(refused(&root, &SPEC.replace("curves = { prior = 3 }", "curves = { pior = 3 }")).contains("did you mean \"prior\"?"));
}

const CLAIM: &str = "[[claim]]\nid = \"a\"\nsays = \"s\"\nwhere = \"w\"\nlevel = \"statement\"\nkind = \"value\"\nsource = \"paper\"\npublished = 1.0\nwithin = { abs = 0.1 }\nbecause = \"b\"\nof = { select = { ask = \"forecast\", method = \"persist\" }, metric = \"crps\" }\n";

/// Faults B4, 4 and 9: claims of one id, deviations about nothing, selections of what is not there.
#[test]
fn claims_are_held_to_what_there_is() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let load = |claims: &str| {
        std::fs::write(root.join("experiments/tiny/published.toml"), claims).unwrap();
        Experiment::load(&root, "tiny", "full", &[]).map(|_| ()).map_err(|e| {
            assert_eq!(e.code(), exit::SPEC);
            e.to_string()
        })
    };
    assert_eq!(load(CLAIM), Ok(()));
    assert!(load(&format!("{CLAIM}{CLAIM}")).unwrap_err().contains("another claim has this id"));
    let about_nothing = format!("{CLAIM}[[deviation]]\nid = \"d\"\nwhere = \"w\"\nsays = \"s\"\nwe = \"we\"\ntouches = [\"b\"]\n");
    assert!(load(&about_nothing).unwrap_err().contains("touches \"b\""));
    assert!(load(&CLAIM.replace("\"persist\"", "\"presist\"")).unwrap_err().contains("did you mean \"persist\"?"));
    assert!(load(&CLAIM.replace("ask = \"forecast\"", "ask = \"forcast\"")).unwrap_err().contains("did you mean \"forecast\"?"));
    // A network that is not there is what the claim waits for.
    assert_eq!(load(&CLAIM.replace("\"persist\"", "\"p9\"").replace("because", "needs = [\"weights:p9\"]\nbecause")), Ok(()));
}

/// Faults 9 and 21: settings that cannot work are refused before anything runs.
#[test]
fn settings_that_cannot_work_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    assert!(refused(&root, &SPEC.replace("soft-high = \"initial\"", "soft-high = nan")).contains("is no number"));
    assert!(refused(&root, &SPEC.replace("curves = 30", "curves = 9223372036854775807")).contains("neither more than"));
    assert!(refused(&root, &SPEC.replace("orders = 3", "orders = 9223372036854775807")).contains("`orders` and `budget`"));
    assert!(refused(&root, &SPEC.replace("orders = 3", "orders = 100_000").replace("budget = 2", "budget = 100_000")).contains("their product"));
    assert!(refused(&root, &SPEC.replace("budget = 2", "budget = 0")).contains("`orders` and `budget`"));
}

/// Fault 28: a name is a folder of experiments/ and nothing else.
#[test]
fn a_path_is_no_name() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    for name in ["tiny/", "./tiny", "../experiments/tiny", "", "."] {
        assert_eq!(Experiment::load(&root, name, "full", &[]).unwrap_err().code(), exit::NOTHING, "{name}");
    }
}

#[test]
fn errors_name_file_place_and_nearest_name() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let with = |from: &str, to: &str| {
        std::fs::write(root.join("experiments/tiny/spec.toml"), SPEC.replacen(from, to, 1)).unwrap();
        let e = Experiment::load(&root, "tiny", "full", &[]).unwrap_err();
        assert_eq!(e.code(), exit::SPEC, "{e}");
        e.to_string()
    };
    let e = with("seed = 7", "sed = 7");
    assert!(e.starts_with("experiments/tiny/spec.toml:6:1: unknown field `sed`") && e.contains("did you mean `seed`?"), "{e}");
    assert!(with("draw = \"domhan3\"", "draw = \"domhan4\"").contains("did you mean"));
    assert!(with("use = \"persist\"", "use = \"presist\"").contains("did you mean \"persist\"?"));
    assert!(with("starts = 2", "strats = 2").contains("did you mean `starts`?"));
    assert!(with("\"pow3\"", "\"pow33\"").contains("pow3"));
    assert!(with("cutoffs = [\"10%\", \"200\"]", "cutoffs = [\"110%\"]").contains("no part of a curve"));
    assert!(with("walkers = 26", "walkers = 25").contains("even number"));
    assert!(with("source = \"prior\"", "source = \"pior\"").contains("did you mean \"prior\"?"));
    std::fs::write(root.join("experiments/tiny/spec.toml"), SPEC).unwrap();
    std::fs::write(root.join("experiments/tiny/published.toml"), "[[claim]]\nid = \"x\"\nsay = \"y\"\n").unwrap();
    let e = Experiment::load(&root, "tiny", "full", &[]).unwrap_err().to_string();
    assert!(e.starts_with("experiments/tiny/published.toml:3:1:") && e.contains("did you mean `says`?"), "{e}");
    assert_eq!(Experiment::load(&root, "tinny", "full", &[]).unwrap_err().code(), exit::NOTHING);
    std::fs::write(root.join("experiments/tiny/published.toml"), "").unwrap();
    assert_eq!(Experiment::load(&root, "tiny", "huge", &[]).unwrap_err().code(), exit::NOTHING);
}
