//! curvecast: forecast training runs, and check what papers claim about them. One verb, one file.

#[macro_use]
mod output;
mod args;
mod bug;
mod cmd;
mod found;
mod help;
mod hint;
mod judged;
mod progress;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use runner::{RunError, exit};

use args::{Out, What, root};

/// Forecast training runs, and check what papers claim about them.
#[derive(Parser)]
#[command(name = "curvecast", version, after_help = help::EXIT_CODES, after_long_help = help::EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List experiments, datasets, methods, priors, studies and metrics
    #[command(after_long_help = help::LS)]
    Ls(Out),
    /// Print an experiment's spec as it would run
    #[command(after_long_help = help::SHOW)]
    Show(cmd::show::ShowArgs),
    /// Say what is wrong with an experiment, or that it is valid, and which of its data are here
    #[command(after_long_help = help::VALIDATE)]
    Validate(cmd::validate::ValidateArgs),
    /// Print what a run would do, what is done already, and why the rest is not
    #[command(after_long_help = help::PLAN)]
    Plan(cmd::plan::PlanArgs),
    /// Run an experiment's stages and jobs; what is done already is kept
    #[command(after_long_help = help::RUN)]
    Run(cmd::run::RunArgs),
    /// Judge an experiment's claims on the rows there are
    #[command(after_long_help = help::CHECK)]
    Check(cmd::check::CheckArgs),
    /// Write tables, figures and pages of the rows there are, and splice the scoreboard into README.md
    #[command(after_long_help = help::REPORT)]
    Report(cmd::report::ReportArgs),
    /// Run, judge and report
    #[command(after_long_help = help::REPRODUCE)]
    Reproduce(cmd::reproduce::ReproduceArgs),
    /// Write all rows of an experiment into one file
    #[command(after_long_help = help::ROWS)]
    Rows(cmd::rows::RowsArgs),
    /// Say which inputs of two results differ, and which numbers
    #[command(after_long_help = help::DIFF)]
    Diff(cmd::diff::DiffArgs),
    /// Begin an experiment, a study or a law from a template
    #[command(after_long_help = help::NEW)]
    New(cmd::new::NewArgs),
    /// Print versions, processors, data and networks, for a bug report
    #[command(after_long_help = help::DOCTOR)]
    Doctor(cmd::doctor::DoctorArgs),
    /// Print the catalogue of laws
    #[command(after_long_help = help::LAWS)]
    Laws(Out),
    /// Download a dataset, check it, and convert it to the tidy form
    #[command(after_long_help = help::GET)]
    Get(cmd::get::GetArgs),
    /// Turn what training tools write into one tidy table: TensorBoard, W&B, Trainer, Lightning, Keras, text logs
    #[command(after_long_help = help::IMPORT)]
    Import(cmd::import::ImportArgs),
    /// Forecast how a run goes on
    #[command(after_long_help = help::FORECAST)]
    Forecast(cmd::forecast::ForecastArgs),
    /// Say which runs of a sweep to stop
    #[command(after_long_help = help::DECIDE)]
    Decide(cmd::decide::DecideArgs),
    /// Replay recorded runs under policies that stop runs early
    #[command(after_long_help = help::SIMULATE)]
    Simulate(cmd::simulate::SimulateArgs),
    /// Choose the small runs that foretell a large one best
    #[command(after_long_help = help::DESIGN)]
    Design(cmd::design::DesignArgs),
    /// Fit a law to one's own runs: parameters with intervals, predictions, the best use of compute
    #[command(after_long_help = help::FIT)]
    Fit(cmd::fit::FitArgs),
    /// The value of a law with published constants or one's own
    #[command(after_long_help = help::EVAL)]
    Eval(cmd::eval::EvalArgs),
    /// Train a network from a recipe; goes on from its checkpoint
    #[command(after_long_help = help::TRAIN)]
    Train(cmd::train::TrainArgs),
    /// Write FORMAT.md and the JSON schemas of TOML files, or check that they are current
    #[command(after_long_help = help::FORMAT)]
    Format(cmd::format::FormatArgs),
    /// Print what a shell needs to complete verbs and options
    #[command(after_long_help = help::COMPLETIONS)]
    Completions(cmd::completions::CompletionsArgs),
    /// Print the manual page of the program, or write the pages of all verbs
    #[command(after_long_help = help::MAN)]
    Man(cmd::man::ManArgs),
}

impl Verb {
    fn run(self) -> Result<u8, RunError> {
        match self {
            Verb::Ls(a) => cmd::ls::run(a),
            Verb::Show(a) => cmd::show::run(&a),
            Verb::Validate(a) => cmd::validate::run(&a),
            Verb::Plan(a) => cmd::plan::run(&a),
            Verb::Run(a) => cmd::run::run(&a),
            Verb::Check(a) => cmd::check::run(&a),
            Verb::Report(a) => cmd::report::run(&a),
            Verb::Reproduce(a) => cmd::reproduce::run(&a),
            Verb::Rows(a) => cmd::rows::run(&a),
            Verb::Diff(a) => cmd::diff::run(&a),
            Verb::New(a) => cmd::new::run(&a),
            Verb::Doctor(a) => cmd::doctor::run(&a),
            Verb::Laws(a) => cmd::laws::run(a),
            Verb::Get(a) => cmd::get::run(&a),
            Verb::Import(a) => cmd::import::run(&a),
            Verb::Forecast(a) => cmd::forecast::run(&a),
            Verb::Decide(a) => cmd::decide::run(&a),
            Verb::Simulate(a) => cmd::simulate::run(&a),
            Verb::Design(a) => cmd::design::run(&a),
            Verb::Fit(a) => cmd::fit::run(&a),
            Verb::Eval(a) => cmd::eval::run(&a),
            Verb::Train(a) => cmd::train::run(&a),
            Verb::Format(a) => cmd::format::run(&a),
            Verb::Completions(a) => cmd::completions::run(&a),
            Verb::Man(a) => cmd::man::run(&a),
        }
    }
}

/// Does what the command line asks; answers the exit code.
fn answer() -> u8 {
    match Cli::try_parse() {
        Err(e) => output::usage(&e),
        Ok(cli) => cli.verb.run().unwrap_or_else(|e| {
            eprintln!("error: {e}");
            e.code()
        }),
    }
}

fn main() -> ExitCode {
    bug::install();
    ExitCode::from(output::finish(bug::guarded(answer)))
}

/// The code of a run that did all it was asked.
const OK: u8 = exit::OK;
