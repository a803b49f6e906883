//! Options of verbs about the runs of a sweep.

use std::path::{Path, PathBuf};

use clap::Args;
use curvecast::decide::{ReadSweep, Sweep, SweepRun};
use curvecast::{Better, ForecastOptions, Method, ReadSeries};
use runner::RunError;

use crate::cmd::assign;
use crate::cmd::fit::failed;

/// Which runs, which columns, and who answers.
#[derive(Args, Clone)]
pub struct SweepArgs {
    /// Files of runs, or folders of such files: a run a file, or a file with a column that names the run
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The column of the resource (epoch, step, tokens); the first column when absent
    #[arg(long)]
    x: Option<String>,
    /// The column of the measure (val_loss, accuracy); the column after the resource when absent
    #[arg(long)]
    y: Option<String>,
    /// The column that names the run; `run` where there is such a column, else every file is a run
    #[arg(long)]
    run: Option<String>,
    /// Leave out rows before this resource value
    #[arg(long, allow_negative_numbers = true)]
    from: Option<f64>,
    /// Leave out rows after this resource value
    #[arg(long, allow_negative_numbers = true)]
    until: Option<f64>,
    /// Keep a first point that looks like no part of a curve
    #[arg(long)]
    keep_first: bool,
    /// Which direction of the measure is good; when absent as its name says, else as the values of most runs move
    #[arg(long, value_parser = ["lower", "higher"])]
    better: Option<String>,
    /// Lowest and highest possible value, for measures that have them (0,1 for an accuracy); inferred when absent
    #[arg(long, value_name = "LOW,HIGH", allow_hyphen_values = true)]
    bounds: Option<String>,
    /// Who answers: auto, pfn, least-squares, persist, log-linear, or a law of one input (pow3, mmf, bnsl1, …)
    #[arg(long, default_value = "auto")]
    method: String,
}

impl SweepArgs {
    /// Runs below a path, with usual settings.
    pub fn below(path: PathBuf, x: Option<String>, y: Option<String>, run: Option<String>) -> Self {
        let (from, until, better, bounds, keep_first) = (None, None, None, None, false);
        Self { paths: vec![path], x, y, run, from, until, keep_first, better, bounds, method: "auto".to_owned() }
    }

    fn how(&self) -> ReadSweep {
        let series = ReadSeries { x: self.x.clone(), y: self.y.clone(), from: self.from, until: self.until };
        ReadSweep { series, run: self.run.clone() }
    }

    /// The runs as they are now.
    pub fn read(&self) -> Sweep {
        Sweep::read(&self.paths, &self.how())
    }

    /// What is said of every run as it is read, so that not all of them are held at once.
    pub fn each<R: Send>(&self, of: impl Fn(SweepRun) -> R + Sync) -> Vec<R> {
        Sweep::each(&self.paths, &self.how(), of)
    }

    /// Who answers, and what is told of the measure.
    pub fn forecast(&self) -> Result<ForecastOptions, RunError> {
        let method = Method::named(&self.method).map_err(|e| failed(e, self.first()))?;
        let better = self.better.as_deref().map(|b| if b == "higher" { Better::Higher } else { Better::Lower });
        let bounds = self.bounds.as_deref().map(bounds).transpose()?;
        Ok(ForecastOptions { method, better, bounds, keep_first: self.keep_first, ..ForecastOptions::default() })
    }

    /// The first path, for messages.
    pub fn first(&self) -> &Path {
        self.paths.first().map_or(Path::new(""), PathBuf::as_path)
    }

    /// That there is no run.
    pub fn nothing(&self) -> RunError {
        let there: Vec<String> = self.paths.iter().map(|p| p.display().to_string()).collect();
        RunError::Nothing(format!("no file in {} is a table; give files or folders of .csv, .tsv, .jsonl or .parquet", there.join(", ")))
    }
}

/// `LOW,HIGH`.
fn bounds(text: &str) -> Result<(f64, f64), RunError> {
    let found = text.split_once(',').and_then(|(low, high)| Some((assign::number(low)?, assign::number(high)?)));
    found.ok_or_else(|| RunError::Nothing(format!("--bounds {text}: give the lowest and the highest possible value as LOW,HIGH, for example 0,1")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn bounds_are_two_numbers() {
        assert_eq!((super::bounds("0,1").unwrap(), super::bounds("-1, 2.5").unwrap()), ((0.0, 1.0), (-1.0, 2.5)));
        for wrong in ["0", "0,x", "0,1,2", ""] {
            assert!(super::bounds(wrong).unwrap_err().to_string().contains("LOW,HIGH"), "{wrong}");
        }
    }
}
