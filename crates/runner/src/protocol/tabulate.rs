//! `tabulate`: the rows of a tidy table become rows of the run.
//!
//! For numbers that are given and not computed here, such as what a paper prints for each pair of models: claims can then
//! read their means, counts and orders, and tables can lay them beside ours.

use std::collections::BTreeMap;

use evaluation::Strings;
use serde::{Deserialize, Serialize};
use tables::Table;

use crate::job::Output;
use crate::protocol::surface::Shape;
use crate::spec::Ask;
use crate::store::TEXT;

/// How a tidy file becomes rows: `[table]` of `dataset.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TableFrom {
    /// Which tidy file; left out where there are parts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// Several tidy files with the same columns, one below the other.
    #[serde(default, rename = "part", skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Text column of rows → column of the file, or several, which are joined with ` | `.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub text: BTreeMap<String, Strings>,
    /// The same for text that asks read (which run, which family, which schedule) and that is no column of rows: any name will do.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, Strings>,
    /// Number column of rows → column of the file. A blank is no number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, String>,
    /// Number column of rows → the two columns of the file of which it is the difference, first less second.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub differences: BTreeMap<String, [String; 2]>,
    /// Learning-rate schedules that rows name in a label.
    #[serde(default, rename = "shape", skip_serializing_if = "Vec::is_empty")]
    pub shapes: Vec<Shape>,
    /// Rows expected; another number is an error.
    pub expect: usize,
}

/// One of several files, and what is the same in all its rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Part {
    /// Which tidy file.
    pub file: String,
    /// Label → what it is in every row of the file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Number column → what it is in every row of the file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, f64>,
}

impl TableFrom {
    /// The files in their order; one without parts.
    pub fn files(&self) -> Vec<Part> {
        if self.parts.is_empty() { vec![Part { file: self.file.clone(), ..Part::default() }] } else { self.parts.clone() }
    }
}

/// The rows of a table, in the order of the file or files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tabulated {
    text: Vec<(String, Vec<String>)>,
    labels: Vec<(String, Vec<String>)>,
    numbers: Vec<(String, Vec<f64>)>,
    shapes: Vec<Shape>,
    rows: usize,
}

/// Text columns that every row has, whatever the table.
const OWN: [&str; 5] = ["ask", "source", "view", "status", "level"];

impl Tabulated {
    /// Reads the files, one table for each of [`TableFrom::files`]; the error says what is wrong with them or with `from`.
    pub fn read(from: &TableFrom, tables: &[Table]) -> Result<Self, String> {
        if from.file.is_empty() == from.parts.is_empty() {
            return Err("`table` needs either `file` or `part`".into());
        }
        for name in from.text.keys() {
            if OWN.contains(&name.as_str()) || !TEXT.contains(&name.as_str()) {
                let free: Vec<&str> = TEXT.iter().copied().filter(|t| !OWN.contains(t)).collect();
                return Err(format!("`text` cannot name a column {name:?} (there are {}); `labels` can", free.join(", ")));
            }
        }
        let mut all: Option<Self> = None;
        for (part, table) in from.files().iter().zip(tables) {
            let read = Self::one(from, part, table)?;
            match &mut all {
                None => all = Some(read),
                Some(all) => all.append(read).map_err(|name| format!("{}: only some parts have a {name:?}", table.file()))?,
            }
        }
        let mut all = all.unwrap_or_default();
        for shape in &from.shapes {
            shape.schedule().map_err(|e| format!("`table`: shape {:?}: {e}", shape.id))?;
        }
        all.shapes.clone_from(&from.shapes);
        if all.rows != from.expect {
            let files: Vec<&str> = tables.iter().map(Table::file).collect();
            return Err(format!("{}: {} rows, where {} are expected", files.join(", "), all.rows, from.expect));
        }
        all.named()
    }

    /// A table that is made and not read: text columns of rows, labels, numbers, each of them a name and its cells.
    pub(crate) fn made(text: Vec<(String, Vec<String>)>, labels: Vec<(String, Vec<String>)>, numbers: Vec<(String, Vec<f64>)>) -> Result<Self, String> {
        let rows = numbers.first().map_or(0, |c| c.1.len());
        let all = Self { text, labels, numbers, shapes: Vec::new(), rows };
        let lengths = all.text.iter().chain(&all.labels).map(|c| c.1.len()).chain(all.numbers.iter().map(|c| c.1.len()));
        if rows == 0 || lengths.into_iter().any(|n| n != rows) {
            return Err("a table has at least one row, and columns of one length".into());
        }
        all.named()
    }

    /// Itself, if no two columns have one name and no number that of a text column of rows.
    fn named(self) -> Result<Self, String> {
        if let Some((name, _)) = self.numbers.iter().find(|(n, _)| TEXT.contains(&n.as_str())) {
            return Err(format!("{name:?} is a text column of rows; give the number another name"));
        }
        let mut names: Vec<&String> = self.text.iter().chain(&self.labels).map(|c| &c.0).chain(self.numbers.iter().map(|c| &c.0)).collect();
        names.sort();
        match names.windows(2).find(|w| w[0] == w[1]) {
            Some(twice) => Err(format!("two columns are called {:?}", twice[0])),
            None => Ok(self),
        }
    }

    fn one(from: &TableFrom, part: &Part, table: &Table) -> Result<Self, String> {
        let fail = |e: tables::TableError| e.to_string();
        let joined = |columns: &Strings| -> Result<Vec<String>, String> {
            let mut cells = vec![String::new(); table.rows()];
            for (k, column) in columns.0.iter().enumerate() {
                for (cell, part) in cells.iter_mut().zip(table.text(column).map_err(fail)?) {
                    if k > 0 {
                        cell.push_str(" | ");
                    }
                    cell.push_str(&part);
                }
            }
            Ok(cells)
        };
        let mut read = Self { rows: table.rows(), ..Self::default() };
        for (name, columns) in &from.text {
            read.text.push((name.clone(), joined(columns)?));
        }
        for (name, columns) in &from.labels {
            read.labels.push((name.clone(), joined(columns)?));
        }
        read.labels.extend(part.labels.iter().map(|(name, v)| (name.clone(), vec![v.clone(); table.rows()])));
        for (name, column) in &from.numbers {
            read.numbers.push((name.clone(), table.numbers(column).map_err(fail)?));
        }
        for (name, [first, second]) in &from.differences {
            let (a, b) = (table.numbers(first).map_err(fail)?, table.numbers(second).map_err(fail)?);
            read.numbers.push((name.clone(), a.into_iter().zip(b).map(|(a, b)| a - b).collect()));
        }
        read.numbers.extend(part.numbers.iter().map(|(name, v)| (name.clone(), vec![*v; table.rows()])));
        Ok(read)
    }

    /// The rows of another part, after these; the error is a column that only one of them has.
    fn append(&mut self, more: Self) -> Result<(), String> {
        fn below<T>(all: &mut [(String, Vec<T>)], more: Vec<(String, Vec<T>)>) -> Result<(), String> {
            if let Some(lacks) = all.iter().find(|a| more.iter().all(|m| m.0 != a.0)) {
                return Err(lacks.0.clone());
            }
            for (name, cells) in more {
                match all.iter_mut().find(|a| a.0 == name) {
                    Some(column) => column.1.extend(cells),
                    None => return Err(name),
                }
            }
            Ok(())
        }
        self.rows += more.rows;
        below(&mut self.text, more.text)?;
        below(&mut self.labels, more.labels)?;
        below(&mut self.numbers, more.numbers)
    }

    /// The learning-rate schedule that a label means.
    pub(crate) fn shape(&self, id: &str) -> Option<&Shape> {
        self.shapes.iter().find(|s| s.id == id)
    }

    /// How many rows.
    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    /// A number column, NaN where there is none.
    pub(crate) fn numbers(&self, name: &str) -> Option<&[f64]> {
        self.numbers.iter().find(|c| c.0 == name).map(|c| c.1.as_slice())
    }

    /// A text column or a label.
    pub(crate) fn texts(&self, name: &str) -> Option<&[String]> {
        self.text.iter().chain(&self.labels).find(|c| c.0 == name).map(|c| c.1.as_slice())
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
        let rows = run(&ask(), &Tabulated::read(&from(), &[table()]).unwrap()).rows;
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
            Tabulated::read(&f, &[table()]).unwrap_err()
        };
        assert!(wrong(&|f| f.expect = 3).contains("2 rows, where 3 are expected"));
        assert!(wrong(&|f| f.numbers = BTreeMap::from([("rho".into(), "rh".into())])).contains("rho"));
        assert!(wrong(&|f| f.text = BTreeMap::from([("status".into(), "kind".into())])).contains("status"));
        assert!(wrong(&|f| f.numbers = BTreeMap::from([("rho".into(), "a".into())])).contains("M1"));
        assert!(wrong(&|f| f.numbers = BTreeMap::from([("pair".into(), "rho".into())])).contains("another name"));
    }

    #[test]
    fn files_are_laid_one_below_the_other_with_what_is_their_own() {
        let of = |text: &str, count: usize| Tabulated::read(&toml::from_str(text).unwrap(), &vec![table(); count]);
        let parts = "labels = { run = 'a' }\nnumbers = { rho = 'rho' }\nexpect = 4\n[[part]]\nfile = 't.csv'\nlabels = { size = '25M' }\nnumbers = { params = 25e6 }\n[[part]]\nfile = 'u.csv'\n";
        let read = of(&format!("{parts}labels = {{ size = '100M' }}\nnumbers = {{ params = 1e8 }}"), 2).unwrap();
        assert_eq!((read.len(), read.texts("size").unwrap()[2].as_str(), read.numbers("params").unwrap()), (4, "100M", &[25e6, 25e6, 1e8, 1e8][..]));
        assert_eq!((read.numbers("rho").unwrap(), read.texts("nothing"), read.numbers("run")), (&[0.5, 0.75, 0.5, 0.75][..], None, None));
        // Labels are for asks: they are no columns of rows.
        assert!(run(&ask(), &read).rows.text_columns().all(|c| c != "size"));
        assert!(of(&format!("{parts}labels = {{ size = '100M' }}"), 2).unwrap_err().contains("params"));
        assert!(of("expect = 2", 1).unwrap_err().contains("either `file` or `part`"));
        assert!(of("file = 't.csv'\nlabels = { rho = 'a' }\nnumbers = { rho = 'rho' }\nexpect = 2", 1).unwrap_err().contains("two columns"));
    }
}
