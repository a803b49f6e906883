//! Columns of a second table beside those of a first: what is known of a run beside its points.

use std::collections::{BTreeMap, HashMap};

use polars::prelude::Column;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Table, TableError};

/// Which columns of another tidy file are laid beside a table, row by row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Join {
    /// The other tidy file.
    pub file: String,
    /// Columns that both have, and that together tell the other's rows apart.
    pub on: Vec<String>,
}

impl Table {
    /// This table with text columns that hold the same in every row.
    ///
    /// # Errors
    /// A column that is there already.
    pub fn labelled(&self, texts: &BTreeMap<String, String>) -> Result<Table, TableError> {
        let column = |(name, value): (&String, &String)| Column::new::<_, [String]>(name.as_str().into(), &vec![value.clone(); self.rows()]);
        let more: Vec<Column> = texts.iter().map(column).collect();
        self.with(&more).map_err(|e| TableError::Malformed { file: self.file().to_owned(), why: e.to_string() })
    }

    /// This table with the columns of `other` that it lacks; cells are compared as text, a blank is equal to a blank.
    ///
    /// # Errors
    /// A key column that either lacks, two rows of `other` with one key, and a row here whose key `other` lacks: a point
    /// without its tokens would vanish from its curve.
    pub fn joined(&self, other: &Table, on: &[String]) -> Result<Table, TableError> {
        let keys = |t: &Table| -> Result<Vec<Vec<String>>, TableError> {
            let columns: Vec<Vec<String>> = on.iter().map(|c| t.text(c)).collect::<Result<_, _>>()?;
            Ok((0..t.rows()).map(|row| columns.iter().map(|c| c[row].clone()).collect()).collect())
        };
        let failed = |why: String| TableError::Malformed { file: self.file().to_owned(), why };
        let theirs = keys(other)?;
        let mut places: HashMap<&[String], usize> = HashMap::with_capacity(theirs.len());
        for (row, key) in theirs.iter().enumerate() {
            if places.insert(key, row).is_some() {
                return Err(failed(format!("{} has two rows with {}", other.file(), words(on, key))));
            }
        }
        let rows: Vec<usize> = keys(self)?
            .iter()
            .map(|key| places.get(key.as_slice()).copied().ok_or_else(|| failed(format!("{} has no row with {}", other.file(), words(on, key)))))
            .collect::<Result<_, _>>()?;
        let have = self.columns();
        let mut more = Vec::new();
        for name in other.columns().into_iter().filter(|n| !have.contains(n)) {
            let cells = other.text(&name)?;
            let chosen: Vec<String> = rows.iter().map(|&row| cells[row].clone()).collect();
            more.push(Column::new::<_, [String]>(name.as_str().into(), &chosen));
        }
        self.with(&more).map_err(|e| failed(e.to_string()))
    }
}

/// A key in words, such as `run = "a", step = "3"`.
fn words(on: &[String], key: &[String]) -> String {
    on.iter().zip(key).map(|(c, v)| format!("{c} = {v:?}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use crate::{Table, load_bytes};

    fn table(name: &str, csv: &str) -> Table {
        load_bytes(name, csv.as_bytes(), None).unwrap()
    }

    fn on(columns: &[&str]) -> Vec<String> {
        columns.iter().map(|c| (*c).to_owned()).collect()
    }

    #[test]
    fn a_label_is_the_same_in_every_row_and_of_a_new_name() {
        let points = table("points.csv", "step,value\n1,0.5\n2,0.6\n");
        let label = |name: &str| points.labelled(&[(name.to_owned(), "25M".to_owned())].into());
        assert_eq!(label("size").unwrap().text("size").unwrap(), ["25M", "25M"]);
        assert!(label("step").is_err());
    }

    #[test]
    fn columns_are_laid_beside_by_key() {
        let points = table("points.csv", "run,step,value\na,1,0.5\na,2,0.6\nb,,0.7\n");
        let steps = table("steps.csv", "run,step,tokens\nb,,30\na,2,20\na,1,10\n");
        let runs = table("runs.csv", "run,size,value\nb,7B,ignored\na,1B,ignored\n");
        let both = points.joined(&steps, &on(&["run", "step"])).unwrap().joined(&runs, &on(&["run"])).unwrap();
        assert_eq!(both.columns(), ["run", "step", "value", "tokens", "size"]);
        assert_eq!(both.numbers("tokens").unwrap(), [10.0, 20.0, 30.0]);
        assert_eq!(both.text("size").unwrap(), ["1B", "1B", "7B"]);
        assert_eq!(both.numbers("value").unwrap(), [0.5, 0.6, 0.7], "a column that is there is not replaced");
    }

    #[test]
    fn a_key_that_is_missing_or_twice_is_named() {
        let points = table("points.csv", "run,value\na,1\nc,2\n");
        let runs = table("runs.csv", "run,size\na,1B\nb,2B\n");
        let e = points.joined(&runs, &on(&["run"])).unwrap_err().to_string();
        assert!(e.contains("runs.csv has no row with run = \"c\""), "{e}");
        let twice = table("runs.csv", "run,size\na,1B\na,2B\n");
        let e = points.joined(&twice, &on(&["run"])).unwrap_err().to_string();
        assert!(e.contains("two rows with run = \"a\""), "{e}");
        assert!(points.joined(&runs, &on(&["rnu"])).unwrap_err().to_string().contains("rnu"));
    }
}
