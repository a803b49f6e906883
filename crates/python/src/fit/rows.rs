//! The runs that a law is fitted to, from columns. As when a file is read, rows that lack a number are left out, and said.

use std::collections::BTreeMap;

use curvecast::{Error, LossUnit, Runs, Warning};
use pyo3::prelude::*;

/// Columns, and what the loss is counted in.
#[derive(FromPyObject)]
pub(crate) struct Rows {
    #[pyo3(item)]
    inputs: BTreeMap<String, Vec<f64>>,
    #[pyo3(item)]
    loss: Vec<f64>,
    #[pyo3(item)]
    runs: Vec<usize>,
    #[pyo3(item)]
    weights: Vec<f64>,
    #[pyo3(item)]
    unit: String,
}

impl Rows {
    /// The rows that have all numbers, and what looks doubtful about them. Columns of other lengths than the losses are left to the façade,
    /// which refuses them.
    pub(super) fn build(self, law: &str) -> Result<(Runs, Vec<Warning>), Error> {
        let law = models::find(&law.replace('-', "_"))?;
        let unit = unit(&self.unit)?;
        let n = self.loss.len();
        let loss: Vec<f64> = self.loss.into_iter().map(|v| unit.nats(v)).collect();
        let inputs: BTreeMap<String, Vec<f64>> = self.inputs.into_iter().filter(|(name, _)| law.inputs().contains(&name.as_str())).collect();
        let whole = inputs.values().all(|x| x.len() == n) && [0, n].contains(&self.runs.len()) && [0, n].contains(&self.weights.len());
        if !whole {
            return Ok((Runs { inputs, loss, runs: self.runs, weights: self.weights, rows: Vec::new() }, Vec::new()));
        }
        let is = |column: &[f64], row: usize| column.get(row).is_some_and(|v| v.is_finite());
        let kept: Vec<usize> = (0..n).filter(|&row| is(&loss, row) && inputs.values().all(|x| is(x, row))).collect();
        let made = Runs {
            inputs: inputs.into_iter().map(|(name, x)| (name, pick(&x, &kept))).collect(),
            loss: pick(&loss, &kept),
            runs: pick(&self.runs, &kept),
            weights: pick(&self.weights, &kept),
            rows: kept.iter().map(|row| row + 1).collect(),
        };
        // Every power law takes the logarithm of its inputs.
        for (input, x) in &made.inputs {
            if let Some((&value, &row)) = x.iter().zip(&made.rows).find(|(v, _)| **v <= 0.0) {
                return Err(Error::InputNotPositive { column: input.clone(), input: input.clone(), row, value });
            }
        }
        let lost = (kept.len() < n).then_some(Warning::RowsLeftOut { left_out: n - kept.len(), of: n });
        let doubts = lost.into_iter().chain(made.odd_units(law, unit)).collect();
        Ok((made, doubts))
    }
}

/// Some rows of a column; none of a column that is not given.
fn pick<T: Copy>(column: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().filter_map(|row| column.get(*row).copied()).collect()
}

/// A unit by its word.
fn unit(word: &str) -> Result<LossUnit, Error> {
    match word {
        "nats" => Ok(LossUnit::Nats),
        "bits" => Ok(LossUnit::Bits),
        "perplexity" => Ok(LossUnit::Perplexity),
        other => Err(Error::Option(format!("the unit is {other:?}; it is \"nats\", \"bits\" or \"perplexity\""))),
    }
}
