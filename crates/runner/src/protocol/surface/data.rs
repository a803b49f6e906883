//! `Data`: the rows of a table that an ask is about, in numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use curves::runs::{Columns, MissingColumn, RunTable};

use super::settings::Unit;
use super::spec::SurfaceSpec;

/// Why rows cannot be had: a word for the status column, and what it is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trouble {
    pub word: &'static str,
    pub what: String,
}

impl Trouble {
    pub fn new(word: &'static str, what: impl Into<String>) -> Self {
        Self { word, what: what.into() }
    }
}

impl From<MissingColumn> for Trouble {
    fn from(e: MissingColumn) -> Self {
        match e {
            MissingColumn::Unknown(name) => Self::new("no-such-column", name),
            MissingColumn::NoExpression(why) => Self::new("bad-expression", why),
        }
    }
}

/// Columns of all rows of the table, and which rows are used. Rows are named by their place in the table.
pub(super) struct Data<'a> {
    pub table: &'a RunTable,
    inputs: BTreeMap<String, Vec<f64>>,
    /// In nats.
    pub target: Vec<f64>,
    /// What predictions are held against.
    pub actual: Vec<f64>,
    pub weight: Vec<f64>,
    /// The run of each row, by its place in `run_names`.
    pub run: Vec<usize>,
    pub run_names: Vec<String>,
}

impl<'a> Data<'a> {
    /// Reads the columns; `inputs` replace those of the ask.
    pub fn read(asked: &SurfaceSpec, inputs: &BTreeMap<String, String>, table: &'a RunTable) -> Result<Self, Trouble> {
        let own: BTreeMap<&String, &String> = asked.inputs.iter().chain(inputs).collect();
        let mut data =
            Self { table, inputs: BTreeMap::new(), target: Vec::new(), actual: Vec::new(), weight: Vec::new(), run: Vec::new(), run_names: Vec::new() };
        let read = own.into_iter().map(|(name, text)| Ok((name.clone(), data.column(text)?))).collect::<Result<_, Trouble>>()?;
        data.inputs = read;
        data.target = data.losses(asked, &asked.target)?;
        data.actual = asked.actual.as_ref().map_or_else(|| Ok(data.target.clone()), |column| data.losses(asked, column))?;
        data.weight = asked.weights.as_ref().map_or_else(|| Ok(vec![1.0; table.len()]), |w| data.column(w))?;
        // Without a column of runs nothing is known to err together.
        match table.texts(&asked.run) {
            None => {
                data.run = (0..table.len()).collect();
                data.run_names = data.run.iter().map(ToString::to_string).collect();
            }
            Some(names) => {
                let mut places: BTreeMap<&str, usize> = names.iter().map(|n| (n.as_str(), 0)).collect();
                places.values_mut().enumerate().for_each(|(k, place)| *place = k);
                data.run = names.iter().map(|n| places[n.as_str()]).collect();
                data.run_names = places.into_keys().map(str::to_owned).collect();
            }
        }
        Ok(data)
    }

    /// A column or an expression of losses, in nats.
    fn losses(&self, asked: &SurfaceSpec, column: &str) -> Result<Vec<f64>, Trouble> {
        let values = self.column(column)?;
        Ok(match &asked.unit_column {
            None => values.into_iter().map(|y| asked.unit.nats(y)).collect(),
            Some(column) => {
                let words = self.label(column)?;
                // A word that is no unit leaves no number, and the row is counted as dropped.
                values.into_iter().zip(words).map(|(y, w)| Unit::of(w).map_or(f64::NAN, |u| u.nats(y))).collect()
            }
        })
    }

    /// An input, `target`, a column of the table or an expression of those, over all rows.
    pub fn column(&self, text: &str) -> Result<Vec<f64>, Trouble> {
        Ok(self.computed(text)?)
    }

    /// A text column.
    pub fn label(&self, name: &str) -> Result<&'a [String], Trouble> {
        self.table.texts(name).ok_or_else(|| Trouble::new("no-such-column", name))
    }

    /// An input by name.
    pub fn input(&self, name: &str) -> Option<&[f64]> {
        self.inputs.get(name).map(Vec::as_slice)
    }

    /// The name of a row's run.
    pub fn run_name(&self, row: usize) -> &str {
        self.run.get(row).and_then(|r| self.run_names.get(*r)).map_or("", String::as_str)
    }

    /// Which of these rows have all numbers that a law with these inputs needs, and how many have not.
    pub fn usable(&self, rows: Vec<usize>, inputs: &[&str]) -> (Vec<usize>, usize) {
        let before = rows.len();
        let needed: Vec<&[f64]> = inputs.iter().filter_map(|i| self.input(i)).collect();
        let kept: Vec<usize> = rows
            .into_iter()
            .filter(|&r| self.target[r].is_finite() && self.weight[r] >= 0.0 && self.weight[r].is_finite() && needed.iter().all(|v| v[r].is_finite()))
            .collect();
        let dropped = before - kept.len();
        (kept, dropped)
    }

    /// Rows by the value of a text column, in the order of the values; all under `""` without one.
    pub fn groups(&self, column: Option<&str>, rows: &[usize]) -> Result<Vec<(String, Vec<usize>)>, Trouble> {
        let Some(column) = column else { return Ok(vec![(String::new(), rows.to_vec())]) };
        let names = self.label(column)?;
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for &r in rows {
            groups.entry(names[r].as_str()).or_default().push(r);
        }
        Ok(groups.into_iter().map(|(name, rows)| (name.to_owned(), rows)).collect())
    }
}

impl Columns for Data<'_> {
    fn rows(&self) -> usize {
        self.table.len()
    }

    fn texts(&self, name: &str) -> Option<&[String]> {
        self.table.texts(name)
    }

    /// Inputs go before columns of their name, and `target` is the loss in nats.
    fn numbers(&self, name: &str) -> Option<Cow<'_, [f64]>> {
        if name == "target" && !self.target.is_empty() {
            return Some(Cow::Borrowed(&self.target));
        }
        self.inputs.get(name).map(Vec::as_slice).or_else(|| self.table.numbers(name)).map(Cow::Borrowed)
    }
}
