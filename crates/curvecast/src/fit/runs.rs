//! The runs that a law is fitted to, and how they are read from a file.

use std::collections::BTreeMap;
use std::path::Path;

use curves::Samples;
use models::Law;

use super::law_of_runs;
use crate::separator::load;
use crate::{Error, Warning};

/// Runs or checkpoints, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Runs {
    /// Input of the law → its value in every row.
    pub inputs: BTreeMap<String, Vec<f64>>,
    /// The loss of every row, in nats per token (or whatever predictions are to be in).
    pub loss: Vec<f64>,
    /// The run of every row, by any number; rows of one run err together. Empty where every row is a run of its own.
    pub runs: Vec<usize>,
    /// The weight of every row; empty for equal weights.
    pub weights: Vec<f64>,
    /// What messages call every row, such as its place in a file; empty for 1, 2, 3 …
    pub rows: Vec<usize>,
}

/// What a loss is counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LossUnit {
    /// Nats, or whatever stands there: it is left alone.
    #[default]
    Nats,
    /// Bits: times ln 2.
    Bits,
    /// Perplexity: its logarithm.
    Perplexity,
}

impl LossUnit {
    /// A loss in nats.
    pub fn nats(self, loss: f64) -> f64 {
        match self {
            LossUnit::Nats => loss,
            LossUnit::Bits => loss * std::f64::consts::LN_2,
            LossUnit::Perplexity => loss.ln(),
        }
    }
}

/// Which columns of a file are what.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadRuns {
    /// The law whose inputs are read. Default: chinchilla.
    pub law: String,
    /// Columns of the law's inputs, in its order, or `INPUT=COLUMN`. Default: columns of the same names.
    pub x: Vec<String>,
    /// The column of the loss. Default: loss.
    pub y: String,
    /// The column that names the run. Default: `run` where there is such a column; else every row is a run of its own.
    pub run: Option<String>,
    /// What the loss is counted in. Default: nats.
    pub unit: LossUnit,
    /// Input → factor, for inputs that are not counts: 1e9 for a column in billions. Default: none.
    pub scale: BTreeMap<String, f64>,
}

impl Default for ReadRuns {
    fn default() -> Self {
        Self { law: "chinchilla".to_owned(), x: Vec::new(), y: "loss".to_owned(), run: None, unit: LossUnit::Nats, scale: BTreeMap::new() }
    }
}

impl Runs {
    /// Inputs by name with their columns, and the losses; every row is a run of its own.
    pub fn new<'a>(inputs: impl IntoIterator<Item = (&'a str, Vec<f64>)>, loss: Vec<f64>) -> Self {
        Self { inputs: inputs.into_iter().map(|(name, column)| (name.to_owned(), column)).collect(), loss, ..Self::default() }
    }

    /// Reads a CSV, JSON-lines or Parquet file with a row for every run or checkpoint; says what looks wrong.
    ///
    /// # Errors
    /// A file that cannot be read, columns that are not there, and inputs that are not positive.
    pub fn read(path: &Path, how: &ReadRuns) -> Result<(Self, Vec<Warning>), Error> {
        let law = law_of_runs(&how.law)?;
        let file = path.display().to_string();
        let (table, mut warnings) = load(path)?;
        let there = table.columns();
        let known = |column: &str| {
            if there.iter().any(|t| t == column) {
                Ok(())
            } else {
                Err(Error::NoColumn { file: file.clone(), column: column.to_owned(), there: there.clone() })
            }
        };
        let columns = columns(&file, how, law, &there)?;
        if let Some(name) = how.scale.keys().find(|n| !law.inputs().contains(&n.as_str())) {
            return Err(Error::Option(format!("scale: {} has no input {name:?} (there are {})", law.name(), law.inputs().join(", "))));
        }
        let mut inputs = Vec::new();
        for (input, column) in law.inputs().iter().zip(&columns) {
            known(column)?;
            let factor = how.scale.get(*input).copied().unwrap_or(1.0);
            inputs.push(table.numbers(column)?.into_iter().map(|v| v * factor).collect::<Vec<f64>>());
        }
        known(&how.y)?;
        let y: Vec<f64> = table.numbers(&how.y)?.into_iter().map(|v| how.unit.nats(v)).collect();
        let run = how.run.clone().or_else(|| there.iter().find(|c| *c == "run").cloned());
        let names = match run {
            Some(column) => {
                known(&column)?;
                Some(table.text(&column)?)
            }
            None => None,
        };
        let kept: Vec<usize> = (0..y.len()).filter(|&r| y[r].is_finite() && inputs.iter().all(|x| x[r].is_finite())).collect();
        if kept.len() < y.len() {
            warnings.push(Warning::RowsLeftOut { left_out: y.len() - kept.len(), of: y.len() });
        }
        // Every power law takes the logarithm of its inputs.
        for ((input, column), x) in law.inputs().iter().zip(&columns).zip(&inputs) {
            if let Some(r) = kept.iter().find(|r| x[**r] <= 0.0) {
                return Err(Error::InputNotPositive { column: column.clone(), input: (*input).to_owned(), row: r + 1, value: x[*r] });
            }
        }
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut runs = Vec::with_capacity(kept.len());
        for &r in &kept {
            runs.push(match &names {
                None => r,
                Some(names) => {
                    let next = places.len();
                    *places.entry(names[r].as_str()).or_insert(next)
                }
            });
        }
        let pick = |column: &[f64]| kept.iter().map(|&r| column[r]).collect::<Vec<f64>>();
        let made = Self {
            inputs: law.inputs().iter().zip(&inputs).map(|(input, x)| ((*input).to_owned(), pick(x))).collect(),
            loss: pick(&y),
            runs,
            weights: Vec::new(),
            rows: kept.iter().map(|r| r + 1).collect(),
        };
        warnings.extend(made.odd_units(law, how.unit));
        Ok((made, warnings))
    }

    /// What looks like another unit, of losses that are said to be counted in this one. Coefficients take up units, but budgets and
    /// predictions of others go wrong.
    pub fn odd_units(&self, law: &dyn Law, unit: LossUnit) -> Vec<Warning> {
        let range = |v: &[f64]| v.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
        let mut found = Vec::new();
        for input in law.inputs() {
            let Some((low, high)) = self.inputs.get(*input).map(|x| range(x)) else { continue };
            // No language model that follows a scaling law has so few.
            let counted = (input.ends_with("params") && high < 1e5) || (input.ends_with("tokens") && high < 1e6);
            if counted {
                found.push(Warning::SmallCounts { input: (*input).to_owned(), low, high });
            }
        }
        let (low, high) = range(&self.loss);
        if unit == LossUnit::Nats && high > 15.0 {
            found.push(Warning::HighLoss { low, high });
        }
        found
    }

    /// The rows as a law reads them.
    ///
    /// # Errors
    /// Inputs of the law that are not there, and columns of other lengths than the losses.
    pub fn samples(&self, law: &dyn Law) -> Result<(Samples, Vec<usize>), Error> {
        let mut columns: Vec<&[f64]> = Vec::new();
        for input in law.inputs() {
            let Some(column) = self.inputs.get(*input) else {
                return Err(Error::Rows(format!("{} reads {}, and the runs have no {input}; add it to their inputs", law.name(), law.inputs().join(", "))));
            };
            columns.push(column);
        }
        let n = self.loss.len();
        if columns.iter().any(|c| c.len() != n) {
            return Err(Error::Rows(format!("{n} losses, and inputs of other lengths; give a value of every input for every loss")));
        }
        if ![0, n].contains(&self.runs.len()) || ![0, n].contains(&self.weights.len()) {
            return Err(Error::Rows(format!("{n} losses, {} runs and {} weights; give one for every row, or none", self.runs.len(), self.weights.len())));
        }
        let x = (0..n).flat_map(|r| columns.iter().map(move |column| column[r])).collect();
        let samples = Samples::new(columns.len(), x, self.loss.clone(), self.weights.clone()).map_err(|e| Error::Rows(format!("the runs: {e}")))?;
        Ok((samples, if self.runs.is_empty() { (0..n).collect() } else { self.runs.clone() }))
    }

    /// What messages call the `k`-th row.
    pub(super) fn row(&self, k: usize) -> usize {
        self.rows.get(k).copied().unwrap_or(k + 1)
    }
}

/// Which column each input is.
fn columns(file: &str, how: &ReadRuns, law: &dyn Law, there: &[String]) -> Result<Vec<String>, Error> {
    let inputs = law.inputs();
    let wrong = |what: String| Err(Error::Columns { file: file.to_owned(), what });
    let need = || format!("{} reads {}", law.name(), inputs.join(", "));
    if how.x.is_empty() {
        return match inputs.iter().find(|i| there.iter().all(|t| t != *i)) {
            None => Ok(inputs.iter().map(|i| (*i).to_owned()).collect()),
            Some(missing) => wrong(format!("{}, and no column is called {missing:?} (there are {}); name them with --x", need(), there.join(", "))),
        };
    }
    if how.x.iter().all(|x| x.contains('=')) {
        let named: BTreeMap<&str, &str> = how.x.iter().filter_map(|x| x.split_once('=')).collect();
        let found: Option<Vec<String>> = inputs.iter().map(|i| named.get(i).map(|c| (*c).to_owned())).collect();
        return match found.filter(|f| f.len() == named.len()) {
            Some(found) => Ok(found),
            None => wrong(format!("{}; the columns named are {}", need(), named.into_keys().collect::<Vec<_>>().join(", "))),
        };
    }
    if how.x.len() == inputs.len() { Ok(how.x.clone()) } else { wrong(format!("{}, {} columns, and {} are named", need(), inputs.len(), how.x.len())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str, how: &ReadRuns) -> Result<(Runs, Vec<Warning>), Error> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("runs.csv");
        std::fs::write(&path, content).unwrap();
        Runs::read(&path, how)
    }

    #[test]
    fn rows_keep_their_places_and_runs_come_in_the_order_of_the_file() {
        let (runs, warnings) = read("run,params,tokens,loss\nb,1e7,1e9,3\na,1e7,,2.9\na,2e7,1e9,2.8\nb,2e7,2e9,2.7\n", &ReadRuns::default()).unwrap();
        assert_eq!((runs.runs.as_slice(), runs.rows.as_slice()), (&[0, 1, 0][..], &[1, 3, 4][..]));
        assert_eq!(runs.inputs["params"], [1e7, 2e7, 2e7]);
        assert_eq!(warnings, [Warning::RowsLeftOut { left_out: 1, of: 4 }]);
    }

    #[test]
    fn units_are_put_right_or_doubted() {
        let content = "n,d,ppl\n0.01,1e9,20\n0.02,1e9,18\n";
        let how = ReadRuns { x: vec!["params=n".into(), "tokens=d".into()], y: "ppl".into(), ..ReadRuns::default() };
        let (_, doubts) = read(content, &how).unwrap();
        assert!(matches!(doubts.as_slice(), [Warning::SmallCounts { .. }, Warning::HighLoss { .. }]), "{doubts:?}");
        let right = ReadRuns { unit: LossUnit::Perplexity, scale: BTreeMap::from([("params".to_owned(), 1e9)]), ..how };
        let (runs, doubts) = read(content, &right).unwrap();
        assert!(doubts.is_empty() && runs.inputs["params"] == [1e7, 2e7] && (runs.loss[0] - 20f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn what_is_missing_is_named_with_what_there_is() {
        let good = "params,tokens,val_loss\n1e7,1e9,3\n";
        let why = |content: &str, how: ReadRuns| read(content, &how).unwrap_err().to_string();
        assert!(why(good, ReadRuns::default()).contains("there are params, tokens, val_loss"));
        assert!(why(good, ReadRuns { y: "val_los".into(), ..ReadRuns::default() }).contains("did you mean \"val_loss\"?"));
        assert!(why(good, ReadRuns { x: vec!["params".into()], ..ReadRuns::default() }).contains("reads params, tokens"));
        assert!(why("params,tokens,loss\n0,1e9,3\n", ReadRuns::default()).contains("must be positive"));
        // Other separators are read.
        assert_eq!(read("params;tokens;loss\n1e7;1e9;3\n", &ReadRuns::default()).unwrap().0.loss, [3.0]);
    }
}
