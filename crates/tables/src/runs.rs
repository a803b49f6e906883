//! What the wide and the long form share: which rows are kept, and what each is called.

use std::collections::{BTreeMap, BTreeSet};

use curves::nearest;

use crate::{Table, TableError};
use curves::matches;

/// How many different values are looked through for one that was perhaps meant.
const CANDIDATES: usize = 1000;

/// For every row, whether it has the filter's values and none of the exceptions'; `*` in a value stands for any text.
pub(crate) fn keep(table: &Table, filter: &BTreeMap<String, String>, except: &BTreeMap<String, String>) -> Result<Vec<bool>, TableError> {
    let mut keep = vec![true; table.rows()];
    let all = filter.iter().map(|(c, v)| (c, v, true)).chain(except.iter().map(|(c, v)| (c, v, false)));
    for (column, value, wanted) in all {
        let cells = table.text(column)?;
        let fits: Vec<bool> = cells.iter().map(|cell| matches(value, cell)).collect();
        // a value that is nowhere is a mistake in the filter, and would otherwise be an empty set of curves
        if !fits.contains(&true) {
            let there: BTreeSet<&str> = cells.iter().map(String::as_str).collect();
            return Err(TableError::NoSuchValue {
                file: table.file().to_owned(),
                column: column.clone(),
                value: value.clone(),
                nearest: nearest(value, there.into_iter().take(CANDIDATES)).map(str::to_owned),
            });
        }
        for (k, fit) in keep.iter_mut().zip(&fits) {
            *k &= *fit == wanted;
        }
    }
    if !keep.contains(&true) {
        return Err(TableError::NothingLeft { file: table.file().to_owned() });
    }
    Ok(keep)
}

/// For every row kept, whether it has the values that mark it; `*` in a value stands for any text. No mark, no answer.
pub(crate) fn marked(table: &Table, marks: &BTreeMap<String, String>, kept: &[bool]) -> Result<Option<Vec<bool>>, TableError> {
    if marks.is_empty() {
        return Ok(None);
    }
    let all = keep(table, marks, &BTreeMap::new())?;
    Ok(Some(all.into_iter().zip(kept).filter(|(_, k)| **k).map(|(m, _)| m).collect()))
}

/// The cells of a column in the rows kept.
fn kept(table: &Table, column: &str, keep: &[bool]) -> Result<Vec<String>, TableError> {
    let cells = table.text(column)?;
    Ok(cells.into_iter().zip(keep).filter(|(_, k)| **k).map(|(cell, _)| cell).collect())
}

/// Names and covariates of the rows kept.
pub(crate) struct Labels {
    /// Where each row kept stands in the table.
    rows: Vec<usize>,
    /// One list for every column of the id.
    id: Vec<Vec<String>>,
    /// One list for every covariate.
    covariates: Vec<(String, Vec<String>)>,
}

impl Labels {
    /// Reads the columns; without covariates, those of the id are the covariates.
    pub fn read(table: &Table, id: &[String], covariates: &[String], keep: &[bool]) -> Result<Self, TableError> {
        if id.is_empty() {
            return Err(TableError::NoId { file: table.file().to_owned() });
        }
        let covariates = if covariates.is_empty() { id } else { covariates };
        let id = id.iter().map(|c| kept(table, c, keep)).collect::<Result<_, TableError>>()?;
        Self::with(table, id, covariates, keep)
    }

    /// All rows are of one run, of this name.
    pub fn of_one(table: &Table, name: &str, covariates: &[String], keep: &[bool]) -> Result<Self, TableError> {
        let rows = keep.iter().filter(|k| **k).count();
        Self::with(table, vec![vec![name.to_owned(); rows]], covariates, keep)
    }

    fn with(table: &Table, id: Vec<Vec<String>>, covariates: &[String], keep: &[bool]) -> Result<Self, TableError> {
        let covariates = covariates.iter().map(|c| Ok((c.clone(), kept(table, c, keep)?))).collect::<Result<_, TableError>>()?;
        Ok(Self { rows: (0..keep.len()).filter(|&row| keep[row]).collect(), id, covariates })
    }

    /// The number in the file of a row, for errors.
    pub fn row_number(&self, table: &Table, row: usize) -> usize {
        table.row_number(self.rows[row])
    }

    /// How many rows are kept.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// What tells the run of a row apart.
    pub fn key(&self, row: usize) -> Vec<&str> {
        self.id.iter().map(|column| column[row].as_str()).collect()
    }

    /// The name of a row's run.
    pub fn id(&self, row: usize) -> String {
        self.key(row).join("/")
    }

    /// The covariates of a row.
    pub fn covariates(&self, row: usize) -> BTreeMap<String, String> {
        self.covariates.iter().map(|(name, cells)| (name.clone(), cells[row].clone())).collect()
    }

    /// Whether the rows, which are those of one run, agree in every covariate.
    pub fn agree(&self, table: &Table, rows: &[usize]) -> Result<(), TableError> {
        for (column, cells) in &self.covariates {
            let Some(odd) = rows.windows(2).find(|pair| cells[pair[0]] != cells[pair[1]]) else {
                continue;
            };
            return Err(TableError::Varies {
                file: table.file().to_owned(),
                row: table.row_number(self.rows[odd[1]]),
                column: column.clone(),
                run: self.id(odd[1]),
            });
        }
        Ok(())
    }
}
