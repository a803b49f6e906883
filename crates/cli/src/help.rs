//! What `--help` says besides the options: examples of every verb, and the exit codes. A test parses every example.

/// Exit codes, in short.
pub const EXIT_CODES: &str = "Exit codes: 0 ok · 2 usage · 4 nothing selected · 100 a claim did not come out as expected · 101 data missing · 102 spec invalid · 103 jobs failed · 110 cannot write · 120 a bug";

/// Examples of the program.
pub const EXAMPLES: &str = "Examples:
  curvecast reproduce lcpfn                          run, judge and report at the default size
  curvecast reproduce lcpfn --size smoke             the same in seconds
  curvecast report porian                            redraw the committed results, without data
  curvecast fit runs.csv --law chinchilla --budget 1e24
  curvecast eval data-constrained N=8.67e9 D=178e9 U=25e9
  curvecast run lcpfn source.prior.curves=50         with an override (rows and figures, no verdicts)
  curvecast run lcpfn --size full --shard 3/16       one slice of the plan, anywhere
  curvecast plan lcpfn --sbatch 64                   a script that runs the plan on Slurm
  curvecast forecast run.csv --x epoch --y val_loss --at 100
  curvecast new experiment my-paper                  begin a paper of one's own

Exit codes:
  0    everything asked was done, and every claim came out as expected
  2    the command line is wrong
  4    nothing matched what was asked
  100  a claim did not come out as expected, or two results differ
  101  all data are missing, or some are damaged
  102  a spec, published.toml, dataset.toml or recipe is invalid
  103  jobs failed, or wait for others
  110  something cannot be written, or a generated file is not current
  120  the program has a bug";

/// Examples of `ls`.
pub const LS: &str = "Examples:
  curvecast ls
  curvecast ls --format csv                          for grep: kind, name, what";

/// Examples of `show`.
pub const SHOW: &str = "Examples:
  curvecast show lcpfn
  curvecast show lcpfn --size smoke source.prior.curves=5
  curvecast show lcpfn --format json                 for other programs";

/// Examples of `plan`.
pub const PLAN: &str = "Examples:
  curvecast plan lcpfn --size full                   what is done, what is open, and why
  curvecast plan lcpfn --shard 3/16                  the same of one slice
  curvecast plan lcpfn --size full --sbatch 64 --results /scratch/lcpfn
  curvecast plan lcpfn --size full --hq 64 > job.toml";

/// Examples of `run`.
pub const RUN: &str = "Examples:
  curvecast run lcpfn --size full --shard 3/16       one slice; an empty one is done at once
  curvecast run lcpfn --only stages                  what sources have to train or solve first
  curvecast run lcpfn --prune                        remove rows that no size reads any more, then run";

/// Examples of `check`.
pub const CHECK: &str = "Examples:
  curvecast check lcpfn                              the rows here, or else the committed ones
  curvecast check lcpfn --size full --format csv";

/// Examples of `report`.
pub const REPORT: &str = "Examples:
  curvecast report porian --size full                redraw tables, figures and verdicts
  curvecast report                                   the scoreboard in README.md alone
  curvecast report sweep/ --at 100 --page sweep.html  a page of one's own runs: what to stop, fans, fits
  curvecast report --check                           is all that is committed what its rows make?";

/// Examples of `reproduce`.
pub const REPRODUCE: &str = "Examples:
  curvecast reproduce lcpfn --size smoke
  curvecast reproduce lcpfn --size full --data ~/datasets
  curvecast reproduce lcpfn source.prior.curves=50   with an override (rows and figures, no verdicts)";

/// Examples of `rows`.
pub const ROWS: &str = "Examples:
  curvecast rows lcpfn --out lcpfn.csv.gz
  curvecast rows lcpfn --size full --out lcpfn.parquet";

/// Examples of `validate`.
pub const VALIDATE: &str = "Examples:
  curvecast validate lcpfn                           every size, and which data are here
  curvecast validate lcpfn --size smoke source.prior.curves=5";

/// Examples of `new`.
pub const NEW: &str = "Examples:
  curvecast new experiment my-paper                  experiments/my-paper with a spec that runs
  curvecast new study slow-features                  crates/lab/src/studies/slow_features.rs
  curvecast new law pow5                             crates/models/src/curve/pow5.rs";

/// Examples of `diff`.
pub const DIFF: &str = "Examples:
  curvecast diff results/lcpfn results/lcpfn/laptop
  curvecast diff results/lcpfn target/again --format json";

/// Examples of `doctor`.
pub const DOCTOR: &str = "Examples:
  curvecast doctor                                   for a bug report; also outside of a checkout
  curvecast doctor --data ~/datasets --format json";

/// Examples of `laws`.
pub const LAWS: &str = "Examples:
  curvecast laws
  curvecast laws --format json                       formulas, parameters and sources for other programs";

/// Examples of `get`.
pub const GET: &str = "Examples:
  curvecast get taskset
  curvecast get taskset --base https://mirror.example/taskset";

/// Examples of `import`.
pub const IMPORT: &str = "Examples:
  curvecast import runs --out runs.csv               every scalar of TensorBoard, a run a folder
  curvecast import lightning_logs --long --format csv
  curvecast import train.log --format-of log
  curvecast import --list                            which formats are read";

/// Examples of `forecast`.
pub const FORECAST: &str = "Examples:
  curvecast forecast run.csv --x epoch --y val_loss --at 100
  curvecast forecast run.csv --y accuracy --bounds 0,100 --at 50,100
  curvecast forecast run.csv --y val_loss --target 2.9  how likely, and when
  curvecast forecast run.csv --at 2e5 --from 1000 --earlier old-1.csv old-2.csv
  curvecast forecast run.csv --at 100 --method pow3 --format json";

/// Examples of `decide`.
pub const DECIDE: &str = "Examples:
  curvecast decide sweep/ --at 100                   each against the best of the others
  curvecast decide sweep/ --at 100 --best 0.31 --below 0.05 --format json
  curvecast decide runs.csv --run trial --y accuracy --at 50 --watch 30";

/// Examples of `simulate`.
pub const SIMULATE: &str = "Examples:
  curvecast simulate sweep/                          all policies
  curvecast simulate runs.csv --policies none,median,curvecast --plot regret.svg
  curvecast simulate sweep/ --policies curvecast:pow3,hyperband --orders 100";

/// Examples of `design`.
pub const DESIGN: &str = "Examples:
  curvecast design --budget 1e22 --law chinchilla
  curvecast design --budget 1e24 --spend 0.01 --runs 20 --noise 0.002
  curvecast design --budget 1e22 --constants fit.csv --large params=7e9,tokens=140B";

/// Examples of `fit`.
pub const FIT: &str = "Examples:
  curvecast fit runs.csv --law chinchilla --budget 1e24
  curvecast fit runs.csv --law chinchilla --predict params=70B,tokens=1.4T
  curvecast fit runs.csv --law kaplan --y val_loss --plot fit.svg";

/// Examples of `eval`.
pub const EVAL: &str = "Examples:
  curvecast eval data-constrained N=8.67e9 D=178e9 U=25e9
  curvecast eval chinchilla --constants list         whose constants are kept
  curvecast eval chinchilla N=1e9 D=20B alpha=0.35";

/// Examples of `train`.
pub const TRAIN: &str = "Examples:
  curvecast train crates/pfn/models/lcpfn-p1.toml --out target/p1
  curvecast train crates/pfn/models/lcpfn-p1.toml --out target/p1 --export";

/// Examples of `format`.
pub const FORMAT: &str = "Examples:
  curvecast format                                   write FORMAT.md and schemas/*.schema.json
  curvecast format --check                           are they current?";

/// Examples of `completions`.
pub const COMPLETIONS: &str = "Examples:
  curvecast completions bash                         to ~/.local/share/bash-completion/completions/curvecast
  curvecast completions zsh                          to _curvecast, in a folder of $fpath
  curvecast completions fish                         to ~/.config/fish/completions/curvecast.fish
  curvecast completions powershell                   to the end of $PROFILE

The script goes to the standard output: send it to the file with >.";

/// Examples of `man`.
pub const MAN: &str = "Examples:
  curvecast man --out ~/.local/share/man/man1        then man curvecast-forecast
  curvecast man                                      the page of the program alone";

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use crate::Cli;

    /// The commands of a text, without the words behind them.
    fn commands(text: &str) -> Vec<Vec<String>> {
        let lines = text.lines().filter_map(|l| l.strip_prefix("  curvecast "));
        lines.map(|l| l.split("  ").next().unwrap_or_default().split(' ').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn every_verb_has_examples_that_parse() {
        let program = Cli::command();
        let own = program.get_after_long_help().map(ToString::to_string).unwrap_or_default();
        assert!(own.contains("120") && commands(&own).len() >= 5, "{own}");
        let mut all = commands(&own);
        for verb in program.get_subcommands() {
            let text = verb.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            let examples = commands(&text);
            assert!(examples.len() >= 2, "{} has {} examples", verb.get_name(), examples.len());
            assert!(examples.iter().all(|e| e[0] == verb.get_name()), "{text}");
            all.extend(examples);
        }
        for example in all {
            let args = std::iter::once("curvecast").chain(example.iter().map(String::as_str));
            assert!(Cli::try_parse_from(args).is_ok(), "{example:?}");
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
