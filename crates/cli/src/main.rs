//! curvecast: forecast training runs, and check what papers claim about them. One verb, one file.

mod cmd;
mod output;
mod progress;
mod publish;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use runner::{RunError, exit};

use output::Format;

/// Forecast training runs, and check what papers claim about them.
#[derive(Parser)]
#[command(name = "curvecast", version, after_help = EXIT_CODES, after_long_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

const EXIT_CODES: &str = "Exit codes: 0 ok · 2 usage · 4 nothing selected · 100 a claim did not come out as expected · 101 data missing · 102 spec invalid · 103 jobs failed · 110 cannot write";

const EXAMPLES: &str = "Examples:
  curvecast reproduce lcpfn                          run, judge and report at the default size
  curvecast reproduce lcpfn --size smoke             the same in seconds
  curvecast fit runs.csv --law chinchilla --budget 1e24
  curvecast eval data-constrained N=8.67e9 D=178e9 U=25e9
  curvecast run lcpfn source.prior.curves=50         with an override (rows and figures, no verdicts)
  curvecast run lcpfn --size full --shard 3/16       one slice of the plan, anywhere
  curvecast plan lcpfn --sbatch 64                   a Slurm array that runs the plan
  curvecast forecast run.csv --x epoch --y val_loss --at 100
  curvecast laws

Exit codes: 0 ok · 2 usage · 4 nothing selected · 100 a claim did not come out as expected · 101 data missing · 102 spec invalid · 103 jobs failed · 110 cannot write";

#[derive(Subcommand)]
enum Verb {
    /// List experiments, datasets, methods and priors
    Ls(Out),
    /// Print an experiment's spec as it would run
    Show(What),
    /// Print what a run would do, what is done already, and why the rest is not
    Plan(cmd::plan::PlanArgs),
    /// Run an experiment's jobs; what is done already is kept
    Run(cmd::run::RunArgs),
    /// Judge an experiment's claims on the rows there are
    Check(What),
    /// Write tables, figures and pages of the rows there are, and splice the scoreboard into README.md
    Report(cmd::report::ReportArgs),
    /// Run, judge and report
    Reproduce(What),
    /// Say which inputs of two results differ, and which numbers
    Diff(cmd::diff::DiffArgs),
    /// Print versions, processors, data and networks, for a bug report
    Doctor(What0),
    /// Print the catalogue of laws
    Laws(Out),
    /// Download a dataset, check it, and convert it to the tidy form
    Get(cmd::get::GetArgs),
    /// Forecast how a run goes on
    Forecast(cmd::forecast::ForecastArgs),
    /// Fit a law to one's own runs: parameters with intervals, predictions, the best use of compute
    Fit(cmd::fit::FitArgs),
    /// The value of a law with published constants or one's own
    Eval(cmd::eval::EvalArgs),
    /// Train a network from a recipe; goes on from its checkpoint
    Train(cmd::train::TrainArgs),
    /// Write FORMAT.md, or check that it is current
    Format(cmd::format::FormatArgs),
}

/// Options every verb that looks for data has.
#[derive(Args, Clone)]
struct Data {
    /// A folder that holds datasets, looked at first [env: CURVECAST_DATA]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Data {
    fn mirror(&self) -> Option<PathBuf> {
        self.data.clone().or_else(|| std::env::var_os("CURVECAST_DATA").map(PathBuf::from))
    }
}

/// Options of verbs about one experiment.
#[derive(Args, Clone)]
struct What {
    /// The experiment, a folder of experiments/
    name: String,
    /// smoke (seconds), laptop (minutes) or full (the paper's own)
    #[arg(long, default_value = runner::DEFAULT_SIZE)]
    size: String,
    /// Overrides such as source.prior.curves=50; values are TOML or bare words
    #[arg(value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Where results go, instead of results/NAME
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    out: Out,
}

/// Options of a verb about this machine.
#[derive(Args, Clone)]
struct What0 {
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    out: Out,
}

/// How results are printed.
#[derive(Args, Clone, Copy)]
struct Out {
    /// How results are printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

impl What {
    fn plan(&self) -> Result<runner::Plan, RunError> {
        let root = root()?;
        let experiment = runner::Experiment::load(&root, &self.name, &self.size, &self.set)?;
        runner::Plan::new(&root, experiment, self.data.mirror().as_deref(), self.results.as_deref())
    }
}

fn root() -> Result<PathBuf, RunError> {
    let here = std::env::current_dir().map_err(|e| RunError::Nothing(e.to_string()))?;
    runner::find_root(&here)
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.verb {
        Verb::Ls(a) => cmd::ls::run(a),
        Verb::Show(a) => cmd::show::run(&a),
        Verb::Plan(a) => cmd::plan::run(&a),
        Verb::Run(a) => cmd::run::run(&a),
        Verb::Check(a) => cmd::check::run(&a),
        Verb::Report(a) => cmd::report::run(&a),
        Verb::Reproduce(a) => cmd::reproduce::run(&a),
        Verb::Diff(a) => cmd::diff::run(&a),
        Verb::Doctor(a) => cmd::doctor::run(&a),
        Verb::Laws(a) => cmd::laws::run(a),
        Verb::Get(a) => cmd::get::run(&a),
        Verb::Forecast(a) => cmd::forecast::run(&a),
        Verb::Fit(a) => cmd::fit::run(&a),
        Verb::Eval(a) => cmd::eval::run(&a),
        Verb::Train(a) => cmd::train::run(&a),
        Verb::Format(a) => cmd::format::run(&a),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::from(e.code())
        }
    }
}

/// The code of a run that did all it was asked.
const OK: u8 = exit::OK;
