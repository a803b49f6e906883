//! `tabulate`: the rows of a tidy table become rows of the run.
//!
//! For numbers that are given and not computed here, such as what a paper prints for each pair of models: claims can then
//! read their means, counts and orders, and tables can lay them beside ours.

use std::collections::BTreeMap;

use evaluation::Strings;
use serde::{Deserialize, Serialize};
use tables::Table;

use crate::job::Output;
use crate::spec::Ask;
use crate::store::TEXT;

/// How a tidy file becomes rows: `[table]` of `dataset.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TableFrom {
    /// Which tidy file.
    pub file: String,
    /// Text column of rows → column of the file, or several, which are joined with ` | `.
    pub text: BTreeMap<String, Strings>,
    /// Number column of rows → column of the file. A blank is no number.
    pub numbers: BTreeMap<String, String>,
    /// Number column of rows → the two columns of the file of which it is the difference, first less second.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub differences: BTreeMap<String, [String; 2]>,
    /// Rows expected; another number is an error.
    pub expect: usize,
}

/// The rows of a table, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tabulated {
    text: Vec<(String, Vec<String>)>,
    numbers: Vec<(String, Vec<f64>)>,
    rows: usize,
}

/// Text columns that every row has, whatever the table.
const OWN: [&str; 5] = ["ask", "source", "view", "status", "level"];

impl Tabulated {
    /// Reads a table; the error says what is wrong with it or with `from`.
    pub fn read(from: &TableFrom, table: &Table) -> Result<Self, String> {
        let fail = |e: tables::TableError| e.to_string();
        let mut read = Self { rows: table.rows(), ..Self::default() };
        if read.rows != from.expect {
            return Err(format!("{}: {} rows, where {} are expected", table.file(), read.rows, from.expect));
        }
        for (name, columns) in &from.text {
            if OWN.contains(&name.as_str()) || !TEXT.contains(&name.as_str()) {
                let free: Vec<&str> = TEXT.iter().copied().filter(|t| !OWN.contains(t)).collect();
                return Err(format!("`text` cannot name a column {name:?} (there are {})", free.join(", ")));
            }
            let mut cells = vec![String::new(); read.rows];
            for (k, column) in columns.0.iter().enumerate() {
                for (cell, part) in cells.iter_mut().zip(table.text(column).map_err(fail)?) {
                    if k > 0 {
                        cell.push_str(" | ");
                    }
                    cell.push_str(&part);
                }
            }
            read.text.push((name.clone(), cells));
        }
        for (name, column) in &from.numbers {
            read.numbers.push((name.clone(), table.numbers(column).map_err(fail)?));
        }
        for (name, [first, second]) in &from.differences {
            let (a, b) = (table.numbers(first).map_err(fail)?, table.numbers(second).map_err(fail)?);
            read.numbers.push((name.clone(), a.into_iter().zip(b).map(|(a, b)| a - b).collect()));
        }
        if let Some((name, _)) = read.numbers.iter().find(|(n, _)| TEXT.contains(&n.as_str())) {
            return Err(format!("{name:?} is a text column of rows; give the number another name"));
        }
        Ok(read)
    }
}

/// Every row of the table, as a row of view `table`.
pub(crate) fn run(ask: &Ask, table: &Tabulated) -> Output {
    let mut out = Output::default();
    for row in 0..table.rows {
        let mut keys = vec![("ask", ask.id.as_str()), ("source", ask.source.as_str()), ("view", "table"), ("status", "ok"), ("level", "each")];
        keys.extend(table.text.iter().filter_map(|(n, cells)| Some((n.as_str(), cells.get(row)?.as_str()))));
        let numbers: Vec<(&str, Option<f64>)> =
            table.numbers.iter().map(|(n, values)| (n.as_str(), values.get(row).copied().filter(|v| v.is_finite()))).collect();
        out.rows.push_row(&keys, &numbers);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "kind,a,b,n,rho,all,simple\nx,M1,M2,,0.5,.2,.3\ny,M1,M3,7,0.75,.1,.4\n";

    fn from() -> TableFrom {
        toml::from_str(
            "file = \"t.csv\"\ntext = { definition = \"kind\", pair = [\"a\", \"b\"] }\nnumbers = { rho = \"rho\", tasks = \"n\" }\ndifferences = { gain = [\"simple\", \"all\"] }\nexpect = 2",
        )
        .unwrap()
    }

    fn ask() -> Ask {
        toml::from_str("id = \"printed\"\nprotocol = \"extrapolate\"\nsource = \"pairs\"\nmethods = []").unwrap()
    }

    fn table() -> Table {
        tables::load_bytes("t.csv", CSV.as_bytes(), None).unwrap()
    }

    #[test]
    fn rows_are_those_of_the_table() {
        let rows = run(&ask(), &Tabulated::read(&from(), &table()).unwrap()).rows;
        assert_eq!(rows.len(), 2);
        assert_eq!((rows.text("pair", 1), rows.text("definition", 1), rows.text("view", 1)), (Some("M1 | M3"), Some("y"), Some("table")));
        assert_eq!((rows.number("rho", 0), rows.number("tasks", 0), rows.number("tasks", 1)), (Some(0.5), None, Some(7.0)));
        assert!((rows.number("gain", 1).unwrap() - 0.3).abs() < 1e-12);
    }

    #[test]
    fn a_table_of_another_size_or_a_bad_column_is_refused() {
        let wrong = |change: &dyn Fn(&mut TableFrom)| {
            let mut f = from();
            change(&mut f);
            Tabulated::read(&f, &table()).unwrap_err()
        };
        assert!(wrong(&|f| f.expect = 3).contains("2 rows, where 3 are expected"));
        assert!(wrong(&|f| f.numbers = BTreeMap::from([("rho".into(), "rh".into())])).contains("rho"));
        assert!(wrong(&|f| f.text = BTreeMap::from([("status".into(), "kind".into())])).contains("status"));
        assert!(wrong(&|f| f.numbers = BTreeMap::from([("rho".into(), "a".into())])).contains("M1"));
        assert!(wrong(&|f| f.numbers = BTreeMap::from([("pair".into(), "rho".into())])).contains("another name"));
    }
}
