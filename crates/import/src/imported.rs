//! The table that a log becomes, and the forms in which it leaves.

use std::fmt::Write;

use tables::{Logged, Table, TableColumn, TableError};

use crate::Warning;

/// A wide table: a row for every run and step, run by run, in the order of the steps.
///
/// Its columns are `run`, the resource, one for every measure, and the others (the epoch, times, tokens). A blank is a measure that
/// was not logged at a step, and NaN one that was logged as NaN.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The name of the format.
    pub format: &'static str,
    /// The files or folders it came from, as messages name them.
    pub file: String,
    /// The column of the resource: step, or epoch where nothing else was logged.
    pub resource: String,
    /// The runs, in the order of their rows.
    pub runs: Vec<String>,
    /// The columns of measures, in the order in which they were first logged.
    pub measures: Vec<String>,
    /// The columns that say where or when, rather than how well.
    pub others: Vec<String>,
    /// How many values of measures there are.
    pub points: usize,
    /// What a reader of the table must know.
    pub warnings: Vec<Warning>,
    /// All columns, in their order and of one length.
    pub columns: Vec<(String, TableColumn)>,
}

impl Imported {
    /// What was read, in a clause: `read as tensorboard: 2 runs, 120 values of 3 measures`.
    pub fn summary(&self) -> String {
        let count = |n: usize, what: &str| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
        format!(
            "read as {}: {}, {} of {} by {}",
            self.format,
            count(self.runs.len(), "run"),
            count(self.points, "value"),
            count(self.measures.len(), "measure"),
            self.resource
        )
    }

    /// The columns as files of `tables` are written from them.
    pub fn wide(&self) -> Vec<(&str, TableColumn)> {
        self.columns.iter().map(|(name, column)| (name.as_str(), column.clone())).collect()
    }

    /// The long form: a row for every value of a measure, with the columns `run`, the resource, `measure`, `value`, and the others.
    pub fn long(&self) -> Vec<(String, TableColumn)> {
        let mut picked = Vec::new();
        let (mut measure, mut value) = (Vec::new(), Logged { values: Vec::new(), blank: Vec::new() });
        let rows = self.columns.first().map_or(0, |(_, c)| rows(c));
        let logged: Vec<(&String, &Logged)> = self.columns.iter().filter(|(name, _)| self.measures.contains(name)).filter_map(logged).collect();
        for row in 0..rows {
            for (name, column) in &logged {
                if let Some(v) = column.values.get(row).filter(|_| column.blank.get(row) == Some(&false)) {
                    picked.push(row);
                    measure.push((*name).clone());
                    value.values.push(*v);
                    value.blank.push(false);
                }
            }
        }
        let kept = self.columns.iter().filter(|(name, _)| !self.measures.contains(name));
        let mut long: Vec<(String, TableColumn)> = kept.map(|(name, column)| (name.clone(), pick(column, &picked))).collect();
        // behind the run and the resource
        let at = long.len().min(2);
        drop(long.splice(at..at, [("measure".to_owned(), TableColumn::Text(measure)), ("value".to_owned(), TableColumn::Logged(value))]));
        long
    }

    /// The table as a person's file of it would be read; its note is the summary. The warnings stay here.
    ///
    /// # Errors
    /// There are no rows, two columns of one name, or columns of different lengths, which `import` never makes.
    pub fn table(&self) -> Result<Table, TableError> {
        Table::of(&self.file, &self.wide(), vec![self.summary()])
    }

    /// The table as JSON lines.
    pub fn json_lines(&self) -> String {
        json_lines(&self.wide())
    }
}

/// Columns as JSON lines: an object for every row, without the blanks. Numbers that JSON does not have are the texts `NaN`, `inf` and
/// `-inf`.
pub fn json_lines(columns: &[(&str, TableColumn)]) -> String {
    let keys: Vec<String> = columns.iter().map(|(name, _)| quoted(name)).collect();
    let mut out = String::new();
    for row in 0..columns.first().map_or(0, |(_, c)| rows(c)) {
        let cells = keys.iter().zip(columns).filter_map(|(key, (_, column))| Some(format!("{key}:{}", cell(column, row)?)));
        // writing into a text does not fail
        let _ = writeln!(out, "{{{}}}", cells.collect::<Vec<_>>().join(","));
    }
    out
}

fn rows(column: &TableColumn) -> usize {
    match column {
        TableColumn::Text(cells) => cells.len(),
        TableColumn::Number(cells) => cells.len(),
        TableColumn::Logged(cells) => cells.values.len(),
    }
}

fn logged((name, column): &(String, TableColumn)) -> Option<(&String, &Logged)> {
    match column {
        TableColumn::Logged(cells) => Some((name, cells)),
        _ => None,
    }
}

/// Some rows of a column, of which one may be there several times.
fn pick(column: &TableColumn, rows: &[usize]) -> TableColumn {
    fn some<T: Clone>(cells: &[T], rows: &[usize]) -> Vec<T> {
        rows.iter().filter_map(|&row| cells.get(row).cloned()).collect()
    }
    match column {
        TableColumn::Text(cells) => TableColumn::Text(some(cells, rows)),
        TableColumn::Number(cells) => TableColumn::Number(some(cells, rows)),
        TableColumn::Logged(cells) => TableColumn::Logged(Logged { values: some(&cells.values, rows), blank: some(&cells.blank, rows) }),
    }
}

/// A cell as JSON; `None` where it is blank.
fn cell(column: &TableColumn, row: usize) -> Option<String> {
    match column {
        TableColumn::Text(cells) => cells.get(row).map(|text| quoted(text)),
        TableColumn::Number(cells) => cells.get(row).map(|v| number(*v)),
        TableColumn::Logged(cells) => cells.values.get(row).filter(|_| cells.blank.get(row) == Some(&false)).map(|v| number(*v)),
    }
}

fn number(value: f64) -> String {
    // every whole number below this is exact
    let whole = value.fract() == 0.0 && value.abs() < 9e15 && !(value == 0.0 && value.is_sign_negative());
    if whole {
        format!("{value:.0}")
    } else if value.is_finite() {
        serde_json::Value::from(value).to_string()
    } else {
        quoted(&value.to_string())
    }
}

/// A text in JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Log;
    use crate::join::join;

    fn imported() -> Imported {
        let mut log = Log::default();
        let run = log.run("a \"b\"");
        for (step, loss) in [(1.0, 3.0), (2.0, f64::NAN), (3.0, 0.1)] {
            run.series("loss").push(step, loss);
            run.other("wall_time").push(step, 10.5 * step);
        }
        run.series("val").push(2.0, f64::INFINITY);
        join(log, "logs", "log").unwrap()
    }

    #[test]
    fn it_says_what_was_read() {
        assert_eq!(imported().summary(), "read as log: 1 run, 4 values of 2 measures by step");
    }

    #[test]
    fn the_long_form_has_a_row_a_value() {
        let long = imported().long();
        let names: Vec<&str> = long.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["run", "step", "measure", "value", "wall_time"]);
        assert_eq!(long[1].1, TableColumn::Number(vec![1.0, 2.0, 2.0, 3.0]));
        assert_eq!(long[2].1, TableColumn::Text(["loss", "loss", "val", "loss"].map(str::to_owned).to_vec()));
        assert!(matches!(&long[3].1, TableColumn::Logged(v) if v.values[1].is_nan() && v.values[2].is_infinite() && !v.blank.contains(&true)));
        assert!(matches!(&long[4].1, TableColumn::Logged(v) if v.values == [10.5, 21.0, 21.0, 31.5]));
    }

    #[test]
    fn json_lines_leave_blanks_out() {
        let lines = "{\"run\":\"a \\\"b\\\"\",\"step\":1,\"loss\":3,\"wall_time\":10.5}\n\
                     {\"run\":\"a \\\"b\\\"\",\"step\":2,\"loss\":\"NaN\",\"val\":\"inf\",\"wall_time\":21}\n\
                     {\"run\":\"a \\\"b\\\"\",\"step\":3,\"loss\":0.1,\"wall_time\":31.5}\n";
        assert_eq!(imported().json_lines(), lines);
    }

    #[test]
    fn a_table_tells_a_blank_from_nan() {
        let table = imported().table().unwrap();
        assert_eq!((table.rows(), table.columns().join(" ")), (3, "run step loss val wall_time".to_owned()));
        let loss = table.logged("loss", tables::Decimals::Point, None).unwrap();
        let val = table.logged("val", tables::Decimals::Point, None).unwrap();
        assert!(loss.values[1].is_nan() && loss.blank == [false; 3] && val.blank == [true, false, true]);
        assert_eq!(table.notes(), [imported().summary()]);
    }
}
