//! `[source.NAME.simulate]`: runs that nobody trained. Losses of a registered law whose parameters are known, on a design that is written down, with
//! noise of a known size: what an estimator makes of them can be held against what was put in.
//!
//! Such a source is a table like that of a dataset, and asks about a whole source read it in the same way. Its number columns are those of the design,
//! `loss` (drawn) and `exact` (the law's own value); its labels `run`, `draw`, `design`, `schedule` and those of the designs; its text column `model` is
//! the run. A column that only some designs have is no number in the rows of the others.

mod design;
mod sizes;

use std::collections::{BTreeMap, BTreeSet};

use curves::normal;
use curves::runs::RunTable;
use evaluation::Strings;
use models::{At, Law};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Data, Kind, Offer, RunColumns, Site, Source};
use crate::RunError;
use crate::protocol::Shape;
use design::Block;

pub use design::{Design, Pruned};
pub use sizes::Sizes;

/// Rises whenever a change here moves a number.
const EPOCH: u32 = 1;

/// More rows than this are a slip of a key.
const MOST: usize = 1_000_000;

/// Losses of a law with known parameters, on designs that lie one below the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Simulated {
    /// A law by name. Its inputs are columns of the designs.
    pub law: String,
    /// All of its parameters.
    pub truth: BTreeMap<String, f64>,
    /// Columns and labels of the designs that tell runs apart. By default every row is a run.
    #[serde(default, skip_serializing_if = "none")]
    pub run: Strings,
    /// Standard deviation of ln loss that all rows of a run share. Default: 0.
    #[serde(default)]
    pub run_noise: f64,
    /// Standard deviation of ln loss of each row by itself. Default: 0.
    #[serde(default)]
    pub row_noise: f64,
    /// How often all of it is drawn, each time with other noise: label `draw`, from 0. Default: 1.
    #[serde(default = "once")]
    pub draws: usize,
    /// Which runs.
    #[serde(default, rename = "design")]
    pub designs: Vec<Design>,
}

fn once() -> usize {
    1
}

fn none(strings: &Strings) -> bool {
    strings.0.is_empty()
}

impl Simulated {
    /// Can it be made? Says what cannot, and what would do.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self.blocks()?.iter().map(Block::len).sum::<usize>().checked_mul(self.draws) {
            Some(rows) if rows <= MOST => {}
            _ => return Err(format!("simulate: more than {MOST} rows; take fewer values, or fewer draws")),
        }
        let once = Self { draws: self.draws.min(1), ..self.clone() };
        once.table(0, "").map(|_| ())
    }

    /// The table, its noise seeded by these two names and by what each run and row is.
    pub(crate) fn table(&self, seed: u64, source: &str) -> Result<RunTable, String> {
        let wrong = |what: String| Err(format!("simulate: {what}"));
        let (law, theta) = self.law()?;
        let sound = |v: f64| (0.0..=10.0).contains(&v);
        if !sound(self.run_noise) || !sound(self.row_noise) {
            return wrong("run-noise and row-noise are standard deviations of the logarithm of a loss, 0 to 10".into());
        }
        if self.draws == 0 || self.designs.is_empty() {
            return wrong("there is nothing to draw; give at least one `design`, and leave `draws` at 1 or more".into());
        }
        let ids: BTreeSet<&str> = self.designs.iter().map(|d| d.id.as_str()).collect();
        if ids.len() != self.designs.len() || ids.contains("") {
            return wrong("every design needs an id of its own".into());
        }
        let blocks = self.blocks()?;
        let mut columns: BTreeMap<String, Vec<f64>> = blocks.iter().flat_map(|b| b.numbers.keys()).map(|n| (n.clone(), Vec::new())).collect();
        let mut labels: BTreeMap<String, Vec<String>> = self.designs.iter().flat_map(|d| d.labels.keys()).map(|n| (n.clone(), Vec::new())).collect();
        for own in ["run", "draw", "design", "schedule", "model"] {
            if labels.insert(own.to_owned(), Vec::new()).is_some() || columns.contains_key(own) {
                return wrong(format!("{own:?} is a column that every simulated source has; call yours otherwise"));
            }
        }
        if let Some(own) = ["loss", "exact"].into_iter().find(|own| columns.contains_key(*own)) {
            return wrong(format!("{own:?} is what the law gives; call your column otherwise"));
        }
        let seed = seed.to_string();
        let (mut loss, mut exact) = (Vec::new(), Vec::new());
        for draw in 0..self.draws {
            let draw = draw.to_string();
            for (design, block) in self.designs.iter().zip(&blocks) {
                let values = block.values(law, &theta).map_err(|e| format!("simulate: design {:?}: {e}", design.id))?;
                for (row, value) in values.into_iter().enumerate() {
                    let whole = block.name(row);
                    let alone = || if self.designs.len() == 1 { whole.clone() } else { format!("{} | {whole}", design.id) };
                    let run = self.run_of(design, block, row).map_err(|e| format!("simulate: design {:?}: {e}", design.id))?.unwrap_or_else(alone);
                    let noise = |of: &str, name: &str| deviate(fitters::seed::of(&[seed.as_str(), source, "simulate", draw.as_str(), of, name]));
                    let shared = if self.run_noise > 0.0 { self.run_noise * noise("run", &run) } else { 0.0 };
                    // Rows are told apart by their values: a row has its noise whatever stands beside it.
                    let own = if self.row_noise > 0.0 { self.row_noise * noise("row", &format!("{} {whole}", design.id)) } else { 0.0 };
                    exact.push(value);
                    loss.push(value * (shared + own).exp());
                    for (name, column) in &mut columns {
                        column.push(block.numbers.get(name).and_then(|c| c.get(row)).copied().unwrap_or(f64::NAN));
                    }
                    for (name, column) in &mut labels {
                        column.push(match name.as_str() {
                            "run" | "model" => run.clone(),
                            "draw" => draw.clone(),
                            "design" => design.id.clone(),
                            "schedule" => block.schedule(row).to_owned(),
                            other => design.labels.get(other).cloned().unwrap_or_default(),
                        });
                    }
                }
            }
        }
        columns.extend([("loss".to_owned(), loss), ("exact".to_owned(), exact)]);
        RunTable::new(labels.into_iter().collect(), columns.into_iter().collect()).map_err(|e| format!("simulate: {e}"))
    }

    fn blocks(&self) -> Result<Vec<Block>, String> {
        let mut left = MOST;
        let one = |d: &Design| {
            let block = d.block(left).map_err(|e| format!("simulate: design {:?}: {e}", d.id))?;
            left -= block.len();
            Ok(block)
        };
        self.designs.iter().map(one).collect()
    }

    fn law(&self) -> Result<(&'static dyn Law, Vec<f64>), String> {
        let law = models::find(&self.law).map_err(|e| format!("simulate: {e}"))?;
        let names: Vec<&str> = law.params().iter().map(|p| p.name).collect();
        if let Some(unknown) = self.truth.keys().find(|n| !names.contains(&n.as_str())) {
            return Err(format!("simulate: {} has no parameter {unknown:?} (there are {})", self.law, names.join(", ")));
        }
        let theta: Vec<f64> = names.iter().filter_map(|n| self.truth.get(*n).copied()).collect();
        if theta.len() < names.len() {
            return Err(format!("simulate: `truth` needs all parameters of {}: {}", self.law, names.join(", ")));
        }
        law.check(&theta).map_err(|e| format!("simulate: {e}"))?;
        Ok((law, theta))
    }

    /// The name of a row's run, of what tells runs apart; `None` where every row is one.
    fn run_of(&self, design: &Design, block: &Block, row: usize) -> Result<Option<String>, String> {
        if self.run.0.is_empty() {
            return Ok(None);
        }
        let part = |name: &String| {
            let number = block.numbers.get(name).and_then(|c| c.get(row)).map(ToString::to_string);
            let own = || match name.as_str() {
                "design" => Some(design.id.clone()),
                "schedule" => Some(block.schedule(row).to_owned()),
                other => design.labels.get(other).cloned(),
            };
            number.or_else(own).ok_or_else(|| format!("`run` names {name:?}, and it has no such column and no such label"))
        };
        self.run.0.iter().map(part).collect::<Result<Vec<_>, _>>().map(|parts| Some(parts.join(" | ")))
    }
}

impl Block {
    /// The law's value in every row.
    fn values(&self, law: &dyn Law, theta: &[f64]) -> Result<Vec<f64>, String> {
        let inputs: Vec<&Vec<f64>> = law
            .inputs()
            .iter()
            .map(|input| self.numbers.get(*input).ok_or_else(|| format!("{} reads {}, and there is no column {input:?}", law.name(), law.inputs().join(", "))))
            .collect::<Result<_, _>>()?;
        let at = |row: usize| -> Result<f64, String> {
            let x: Vec<f64> = inputs.iter().filter_map(|c| c.get(row).copied()).collect();
            let value = law.eval(&At::at(&x), theta);
            if value > 0.0 && value.is_finite() { Ok(value) } else { Err(format!("{} is {value} at {}", law.name(), self.name(row))) }
        };
        (0..self.len()).map(at).collect()
    }
}

impl Kind for Simulated {
    fn offer(&self, _: &Source, site: &Site<'_>) -> Result<Offer, RunError> {
        self.check().map_err(RunError::Spec)?;
        // One draw has the columns of all.
        let once = Self { draws: 1, ..self.clone() }.table(site.about.seed, site.name).map_err(RunError::Spec)?;
        let texts = once.text_columns().map(|c| c.0.to_owned()).collect();
        let numbers = once.number_columns().map(|c| c.0.to_owned()).collect();
        Ok(Offer { runs: Some(RunColumns { texts, numbers }), ..Offer::default() })
    }

    /// Beside its settings the seed of the experiment and the name of the source: they seed its noise.
    fn identity(&self, _: &Source, _: &Site<'_>) -> Result<String, RunError> {
        let settings = toml::to_string(self).map_err(|e| RunError::Spec(e.to_string()))?;
        Ok(format!("simulated {EPOCH} {settings}"))
    }

    fn open(&self, _: &Source, _: Shape, site: &Site<'_>) -> Result<Data, RunError> {
        self.table(site.about.seed, site.name).map(Data::Runs).map_err(|e| RunError::Spec(format!("source {:?}: {e}", site.name)))
    }
}

/// A standard normal deviate from a hash that is uniform over all 64-bit numbers.
fn deviate(hash: u64) -> f64 {
    // The middle of one of 2⁵³ equal parts; that of the last rounds to 1, where there is no quantile.
    normal::quantile((((hash >> 11) as f64 + 0.5) * f64::EPSILON * 0.5).min(1.0 - f64::EPSILON * 0.5))
}

#[cfg(test)]
mod tests;
