//! What is installed beside the program: completions for shells, and manual pages.

mod common;

use common::{curvecast, curvecast_in, file, text};

/// The verbs, as the list of commands in the help of the program names them.
fn verbs() -> Vec<String> {
    let all = text(&curvecast(&["--help"]).stdout);
    let commands = all.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
    let named = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next().map(str::to_owned));
    named.filter(|verb| verb != "help").collect()
}

#[test]
fn a_shell_is_told_of_every_verb() {
    let verbs = verbs();
    assert!(verbs.len() > 20 && verbs.iter().any(|v| v == "man"), "{verbs:?}");
    for (shell, has) in [
        ("bash", "complete -F _curvecast"),
        ("zsh", "#compdef curvecast"),
        ("fish", "complete -c curvecast"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer[curvecast]"),
    ] {
        let out = curvecast(&["completions", shell]);
        let script = text(&out.stdout);
        assert_eq!(out.status.code(), Some(0), "{shell}: {}", text(&out.stderr));
        assert!(script.contains(has), "{shell}: {script}");
        for verb in &verbs {
            assert!(script.contains(verb.as_str()), "{shell}: {verb}");
        }
    }
    let none = curvecast(&["completions", "tcsh"]);
    assert!(none.status.code() == Some(2) && text(&none.stderr).contains("possible values: bash, elvish, fish, powershell, zsh"), "{}", text(&none.stderr));
    assert_eq!(curvecast(&["completions"]).status.code(), Some(2));
}

#[test]
fn every_verb_has_a_manual_page() {
    let dir = tempfile::tempdir().unwrap();
    // The folder is made.
    let out = curvecast_in(dir.path(), &["man", "--out", "share/man1"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let read = |name: &str| std::fs::read_to_string(dir.path().join("share/man1").join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let title = |page: &str| page.lines().find(|l| l.starts_with(".TH ")).map(str::to_owned);
    let first = read("curvecast.1");
    let version = format!("curvecast {}", env!("CARGO_PKG_VERSION"));
    assert!(title(&first).is_some_and(|t| t.starts_with(".TH curvecast 1 ") && t.contains(&version)), "{first}");
    for verb in verbs() {
        let page = read(&format!("curvecast-{verb}.1"));
        assert!(title(&page).is_some_and(|t| t.contains(&verb) && t.contains(&version)), "{page}");
        for section in [".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", "Examples:"] {
            assert!(page.contains(section), "{verb}: {section}\n{page}");
        }
    }
    let listed = text(&out.stdout).lines().count();
    assert_eq!(listed, std::fs::read_dir(dir.path().join("share/man1")).unwrap().count());
    // What is printed is the first page.
    assert_eq!(text(&curvecast(&["man"]).stdout), first);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    // A file is no folder, for anybody.
    let taken = file(&dir, "taken", "");
    let out = curvecast(&["man", "--out", &taken]);
    let said = text(&out.stderr);
    assert!(out.status.code() == Some(110) && said.contains("cannot write") && said.contains("taken"), "{said}");
}
