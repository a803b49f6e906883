//! What `--help` says of every verb: read in review, since it is the first documentation that anybody meets.

mod common;

use common::{curvecast, text};

/// The verbs, as the list of commands in the help of the program names them.
fn verbs() -> Vec<String> {
    let all = text(&curvecast(&["--help"]).stdout);
    let commands = all.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
    commands.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next().map(str::to_owned)).collect()
}

#[test]
fn the_help_of_every_verb_is_as_it_was_read() {
    insta::assert_snapshot!("help", text(&curvecast(&["--help"]).stdout));
    let verbs = verbs();
    assert!(verbs.iter().any(|v| v == "reproduce"), "{verbs:?}");
    for verb in verbs.iter().filter(|v| *v != "help") {
        let out = curvecast(&[verb, "--help"]);
        assert!(out.status.success(), "{verb}");
        let said = text(&out.stdout);
        assert!(said.contains("Examples:") && said.contains(&format!("curvecast {verb}")), "{verb} has no examples");
        insta::assert_snapshot!(format!("help-{verb}"), said);
    }
}
