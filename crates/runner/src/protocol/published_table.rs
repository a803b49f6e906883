//! `table`: the rows of a table of runs become rows of the run.
//!
//! For numbers that are given and not computed here, such as what a paper prints for each pair of models: claims can then read their means,
//! counts and orders, and tables can lay them beside ours.

use curves::runs::{Filter, RunTable};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AskHead, At, Input, Inputs, Names, Part, Protocol, Shape, Sizes};
use crate::job::Output;
use crate::method::Built;
use crate::row_writer::{EACH, OK, RowWriter};

/// Which rows of the table; all of them by default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PublishedTable {
    /// Which rows.
    pub rows: Filter,
}

/// Text columns that every row has, whatever the table.
const OWN: [&str; 5] = ["ask", "source", "view", "status", "level"];

impl Protocol for PublishedTable {
    fn epoch(&self) -> u32 {
        1
    }

    fn check(&self, ask: &AskHead, names: &Names<'_>) -> Result<(), String> {
        self.rows.check().map_err(|e| format!("table: rows: {e}"))?;
        names.columns(&ask.source, self.rows.number_texts(), self.rows.text_columns(), &[]).map_err(|e| format!("table: {e}"))?;
        let Some(runs) = (names.offer)(&ask.source).and_then(|o| o.runs.as_ref()) else { return Ok(()) };
        match runs.texts.iter().chain(&runs.numbers).find(|c| OWN.contains(&c.as_str())) {
            Some(own) => Err(format!("table: every row has its own column {own:?}; the source has to call its column otherwise")),
            None => Ok(()),
        }
    }

    fn reads(&self, ask: &AskHead) -> Vec<Input> {
        vec![Input::new(&ask.source, Shape::Runs)]
    }

    fn parts(&self, _: &AskHead, _: &Sizes<'_>) -> Vec<Part> {
        Part::pieces(1, 0.01)
    }

    fn run(&self, _: &Part, inputs: &dyn Inputs, at: &At<'_>) -> Output {
        inputs.runs(&at.ask.source).map_or_else(Output::default, |table| self.rows_of(at.ask, table))
    }

    fn answers(&self, _: &AskHead, _: &[Built]) -> Option<Vec<String>> {
        None
    }
}

impl PublishedTable {
    /// Every row that is kept, as a row of view `table`.
    fn rows_of(&self, ask: &AskHead, table: &RunTable) -> Output {
        let mut out = RowWriter::new(ask);
        let kept = match self.rows.kept(table, &(0..table.len()).collect::<Vec<_>>()) {
            Ok(kept) => kept,
            Err(e) => {
                out.push("table", EACH, "no-such-column", &[("parameter", &e.to_string())], &[]);
                Vec::new()
            }
        };
        for row in kept {
            let texts: Vec<(&str, &str)> = table.text_columns().filter_map(|(name, cells)| Some((name, cells.get(row)?.as_str()))).collect();
            let numbers: Vec<(&str, Option<f64>)> = table.number_columns().map(|(name, cells)| (name, cells.get(row).copied())).collect();
            out.push("table", EACH, OK, &texts, &numbers);
        }
        Output::rows(out.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_of_the_table() {
        let texts = vec![("pair".to_owned(), vec!["M1 | M2".to_owned(), "M1 | M3".to_owned()])];
        let table = RunTable::new(texts, vec![("rho".to_owned(), vec![0.5, 0.75]), ("tasks".to_owned(), vec![f64::NAN, 7.0])]).unwrap();
        let ask = AskHead { id: "printed".into(), source: "pairs".into() };
        let rows = PublishedTable::default().rows_of(&ask, &table).rows;
        assert_eq!((rows.len(), rows.text("pair", 1), rows.text("view", 1)), (2, Some("M1 | M3"), Some("table")));
        assert_eq!((rows.number("rho", 0), rows.number("tasks", 0), rows.number("tasks", 1)), (Some(0.5), None, Some(7.0)));
        let some: PublishedTable = toml::from_str("rows = { select = { pair = '*M3' } }").unwrap();
        assert_eq!(some.rows_of(&ask, &table).rows.len(), 1);
    }
}
