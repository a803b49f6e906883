//! `curvecast completions`: what a shell needs to complete verbs and options.

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use runner::RunError;

use crate::{Cli, OK};

/// Options of `completions`.
#[derive(Args, Clone)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script of a shell.
pub fn run(a: &CompletionsArgs) -> Result<u8, RunError> {
    print!("{}", script(a.shell));
    Ok(OK)
}

/// The script, which is made of the same command as the help.
fn script(shell: Shell) -> String {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_knows_every_verb_and_its_options() {
        for shell in Shell::value_variants() {
            let script = script(*shell);
            for verb in Cli::command().get_subcommands() {
                assert!(script.contains(verb.get_name()), "{shell}: {}", verb.get_name());
            }
            // Long options of verbs, as fish writes them too.
            for option in ["keep-first", "budget", "min-points"] {
                assert!(script.contains(option), "{shell}: {option}");
            }
        }
    }
}
