//! `curvecast man`: manual pages, one for the program and one for every verb.

use std::path::PathBuf;

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;
use runner::{RunError, write_atomically};

use crate::{Cli, OK};

/// Options of `man`.
#[derive(Args, Clone)]
pub struct ManArgs {
    /// The folder to write all pages into, made where it is missing; the page of the program is printed when absent
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// What the pages are pages of, in their last lines.
const MANUAL: &str = "Curvecast Manual";

/// Prints the page of the program, or writes the pages of all verbs.
pub fn run(a: &ManArgs) -> Result<u8, RunError> {
    let pages = pages().map_err(|e| RunError::Jobs(format!("no manual page can be made: {e}")))?;
    match &a.out {
        None => print!("{}", pages.first().map_or("", |page| page.1.as_str())),
        Some(folder) => {
            for (name, text) in &pages {
                let path = folder.join(name);
                write_atomically(&path, text.as_bytes())?;
                println!("{}", path.display());
            }
        }
    }
    Ok(OK)
}

/// All pages with the names of their files, that of the program first.
fn pages() -> std::io::Result<Vec<(String, String)>> {
    // A page about help says nothing.
    let mut command = Cli::command().disable_help_subcommand(true);
    // The full names of verbs within verbs are known from here on.
    command.build();
    let source = format!("{} {}", command.get_name(), command.get_version().unwrap_or_default());
    let mut pages = Vec::new();
    // Verbs come after what they belong to.
    let mut open = vec![command];
    while let Some(command) = open.pop() {
        open.extend(below(&command));
        let name = format!("{}.1", command.get_display_name().unwrap_or_else(|| command.get_name()));
        let mut page = Vec::new();
        Man::new(command).source(source.as_str()).manual(MANUAL).render(&mut page)?;
        pages.push((name, String::from_utf8_lossy(&page).into_owned()));
    }
    Ok(pages)
}

/// The verbs of a command, the last one first.
fn below(command: &Command) -> Vec<Command> {
    let mut verbs: Vec<Command> = command.get_subcommands().filter(|verb| !verb.is_hide_set()).cloned().collect();
    verbs.reverse();
    verbs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_a_page_with_its_options_and_examples() {
        let pages = pages().unwrap();
        assert_eq!(pages[0].0, "curvecast.1");
        for verb in Cli::command().get_subcommands() {
            let name = format!("curvecast-{}.1", verb.get_name());
            let (_, text) = pages.iter().find(|page| page.0 == name).unwrap_or_else(|| panic!("no page {name}"));
            assert!(text.contains("Examples:"), "{name}: {text}");
            let listed = format!("curvecast\\-{}(1)", verb.get_name().replace('-', "\\-"));
            assert!(pages[0].1.contains(&listed), "{listed}");
        }
        // Verbs within verbs.
        assert!(pages.iter().any(|page| page.0 == "curvecast-new-law.1"));
        assert!(!pages.iter().any(|page| page.0.contains("help")));
    }
}
