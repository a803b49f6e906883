//! `curvecast report`: tables, figures, pages and the scoreboard from the rows there are, or from the answers that were kept of them.

mod committed;
mod sweep;

use std::path::PathBuf;

use clap::Args;
use publish::{Answers, Publication};
use report::{Column, Table};
use runner::{RunError, exit};

use super::decide::sweep::SweepArgs;
use crate::args::Data;
use crate::found::{self, Source};
use crate::output::Format;
use crate::{OK, Out, What, output, root};

/// Options of `report`.
#[derive(Args, Clone)]
pub struct ReportArgs {
    /// The experiment, or with --at a file or folder of one's own runs; without one, only the scoreboard is spliced, or with --check everything is looked at
    name: Option<String>,
    /// smoke (seconds), laptop (minutes) or full (the paper's own) [default: laptop]
    #[arg(long)]
    size: Option<String>,
    /// The overrides of the run that is reported
    #[arg(value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Where results are, instead of results/NAME
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    /// Change nothing; exit with 110 when the scoreboard in README.md, or a committed table, figure or page, is not what committed rows or answers make
    #[arg(long, conflicts_with_all = ["size", "set", "results"])]
    check: bool,
    /// Of one's own runs: the resource value that counts
    #[arg(long, requires = "name", conflicts_with_all = ["size", "set", "results", "check"])]
    at: Option<f64>,
    /// Of one's own runs: the value to beat there; the best of the other runs when absent
    #[arg(long, requires = "at", allow_negative_numbers = true)]
    best: Option<f64>,
    /// Of one's own runs: the column of the resource
    #[arg(long, requires = "at")]
    x: Option<String>,
    /// Of one's own runs: the column of the measure
    #[arg(long, requires = "at")]
    y: Option<String>,
    /// Of one's own runs: the column that names the run
    #[arg(long, requires = "at")]
    run: Option<String>,
    /// Of one's own runs: the page
    #[arg(long, requires = "at", value_name = "FILE.html", default_value = "sweep.html")]
    page: PathBuf,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    out: Out,
}

/// Writes the report of one experiment, and the scoreboard; or checks what is committed.
pub fn run(a: &ReportArgs) -> Result<u8, RunError> {
    if a.check {
        return check(a);
    }
    if let (Some(at), Some(name)) = (a.at, &a.name) {
        let args = SweepArgs::below(PathBuf::from(name), a.x.clone(), a.y.clone(), a.run.clone());
        return sweep::run(&args, &sweep::Asked { at, best: a.best, page: a.page.clone() });
    }
    if let Some(name) = a.name.as_deref().filter(|name| sweep::is_path(name)) {
        return Err(RunError::Nothing(format!(
            "{name} is a path, and no experiment; for a page of your own runs, say where they are compared: curvecast report {name} --at 100"
        )));
    }
    if let Some(name) = &a.name {
        let what = What { name: name.clone(), size: a.size.clone(), set: a.set.clone(), results: a.results.clone(), data: a.data.clone() };
        let publication = match found::source(&what)? {
            Source::Answers(publication) => *publication,
            Source::Rows(found) => {
                if found.gathered {
                    found.results.keep_rows()?;
                }
                Publication::of(&found.results)?
            }
        };
        let (done, all) = publication.manifest.jobs;
        if done < all {
            eprintln!("note: {} of {all} jobs have not run; what rests on them is untested", all - done);
        }
        publication.write()?;
        print(&publication.answers, a.out.format);
        eprintln!("wrote {}", publication.folder.display());
    }
    let root = root()?;
    if root.join("README.md").is_file() {
        publish::scoreboard::splice(&root, false)?;
    }
    Ok(OK)
}

/// Prints the statements of the abstract and then the claims, in the columns that fit a terminal; for a program the claims alone.
fn print(answers: &Answers, format: Format) {
    if let Some(statements) = publish::statements_table(&answers.headlines).filter(|_| format == Format::Table) {
        output::print(&statements, format);
        println!();
    }
    output::print(&publish::claims::short_table(&answers.claims), format);
    eprintln!("{}", publish::claims::summary(&answers.claims));
}

/// Names every committed file that is not what it would be if it were made again.
fn check(a: &ReportArgs) -> Result<u8, RunError> {
    let root = root()?;
    let mut stale = committed::stale(&root, a.name.as_deref())?;
    let generated = publish::scoreboard::splice(&root, true)?;
    stale.extend(generated.into_iter().map(|file| (file, "what is generated in it is not current; run `cargo curvecast report`".to_owned())));
    if stale.is_empty() {
        return Ok(OK);
    }
    let mut t = Table::new("", vec![Column::left("file"), Column::left("what is wrong")]);
    for (file, what) in &stale {
        t.push(vec![file.as_str().into(), what.as_str().into()]);
    }
    output::print(&t, a.out.format);
    eprintln!("{} committed files are not current", stale.len());
    Ok(exit::WRITE)
}
