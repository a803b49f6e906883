//! `curvecast new`: an experiment, a study or a law to begin with. Templates lie in `templates/`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use runner::{RunError, write_atomically};

use crate::{OK, root};

/// Options of `new`.
#[derive(Args, Clone)]
pub struct NewArgs {
    #[command(subcommand)]
    what: What,
}

/// What is begun.
#[derive(Subcommand, Clone)]
enum What {
    /// Three files in experiments/NAME that run as they are: a spec, claims, and a README
    Experiment {
        /// Lower-case words joined by `-`, such as my-paper
        #[arg(value_parser = dashed)]
        name: String,
    },
    /// A study that trains: one file in crates/lab/src/studies
    Study {
        /// Lower-case words joined by `-`, such as slow-features
        #[arg(value_parser = dashed)]
        name: String,
    },
    /// A law of one input: one file in crates/models/src/curve
    Law {
        /// Lower-case words joined by `_`, such as pow5
        #[arg(value_parser = underscored)]
        name: String,
    },
}

/// The files of an experiment: name and template.
const EXPERIMENT: [(&str, &str); 3] = [
    ("spec.toml", include_str!("../../templates/experiment/spec.toml")),
    ("published.toml", include_str!("../../templates/experiment/published.toml")),
    ("README.md", include_str!("../../templates/experiment/README.md")),
];

/// A study.
const STUDY: &str = include_str!("../../templates/study.rs");

/// A law.
const LAW: &str = include_str!("../../templates/law.rs");

fn dashed(name: &str) -> Result<String, String> {
    words(name, '-')
}

fn underscored(name: &str) -> Result<String, String> {
    words(name, '_')
}

/// A name of lower-case words, the first of which begins with a letter.
fn words(name: &str, between: char) -> Result<String, String> {
    let word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if name.split(between).all(word) && name.starts_with(|c: char| c.is_ascii_lowercase()) {
        Ok(name.to_owned())
    } else {
        Err(format!("a name is lower-case words joined by `{between}`, such as `my{between}name`"))
    }
}

/// Writes the files of a template, and prints what is left to do.
pub fn run(a: &NewArgs) -> Result<u8, RunError> {
    let root = root()?;
    match &a.what {
        What::Experiment { name } => {
            let folder = root.join("experiments").join(name);
            if folder.exists() {
                return Err(taken(&folder));
            }
            write(EXPERIMENT.iter().map(|(file, template)| (folder.join(file), filled(template, name))).collect())?;
            println!(
                "next: write the claims in published.toml and commit them, then `curvecast validate {name}` and `curvecast reproduce {name} --size smoke`"
            );
            println!("add the paper to references.bib, and a line to experiments/README.md");
        }
        What::Study { name } => {
            let module = name.replace('-', "_");
            write(vec![(root.join(format!("crates/lab/src/studies/{module}.rs")), filled(STUDY, name))])?;
            println!("add to crates/lab/src/studies/mod.rs:");
            println!("  pub mod {module};");
            println!("  &{module}::{},  (in STUDIES)", camel(name));
        }
        What::Law { name } => {
            write(vec![(root.join(format!("crates/models/src/curve/{name}.rs")), filled(LAW, name))])?;
            println!("add to crates/models/src/curve.rs:");
            println!("  pub mod {name};");
            println!("add to the list in crates/models/src/registry.rs:");
            println!("  curve::{name}::{},", camel(name));
        }
    }
    Ok(OK)
}

/// Writes files that are not there yet.
fn write(files: Vec<(PathBuf, String)>) -> Result<(), RunError> {
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(taken(path));
    }
    for (path, text) in files {
        write_atomically(&path, text.as_bytes())?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

fn taken(path: &Path) -> RunError {
    RunError::Nothing(format!("{} is there already and was left as it is; take another name", path.display()))
}

/// A template with the name put in.
fn filled(template: &str, name: &str) -> String {
    template.replace("__NAME__", name).replace("__TYPE__", &camel(name))
}

/// `slow-features` as a type is called: `SlowFeatures`.
fn camel(name: &str) -> String {
    let upper = |word: &str| word.chars().next().map(|c| c.to_ascii_uppercase()).into_iter().chain(word.chars().skip(1)).collect::<String>();
    name.split(['-', '_']).map(upper).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_words() {
        assert_eq!((dashed("my-paper").as_deref(), underscored("pow5_lcdb").as_deref()), (Ok("my-paper"), Ok("pow5_lcdb")));
        for wrong in ["", "My-paper", "my_paper", "-paper", "paper-", "my--paper", "../paper", "1st", "my paper", "größe"] {
            assert!(dashed(wrong).is_err(), "{wrong}");
        }
        assert!(underscored("my-law").is_err());
        assert_eq!((camel("slow-features"), camel("pow5_lcdb")), ("SlowFeatures".to_owned(), "Pow5Lcdb".to_owned()));
    }

    #[test]
    fn nothing_of_a_template_is_left_unfilled() {
        for template in EXPERIMENT.iter().map(|(_, t)| *t).chain([STUDY, LAW]) {
            let text = filled(template, "my-name");
            assert!(text.contains("my-name") && !text.contains("__"), "{text}");
        }
        assert!(filled(LAW, "pow5").contains("pub struct Pow5;"));
    }
}
