//! stdout is the result, in the format asked; stderr is talk.

use clap::ValueEnum;
use report::{Cell, Table};

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns for people
    Table,
    /// RFC 4180
    Csv,
    /// One array of objects
    Json,
}

/// Prints a table.
pub fn print(table: &Table, format: Format) {
    match format {
        Format::Table => print!("{}", table.to_text()),
        Format::Csv => print!("{}", table.to_csv()),
        Format::Json => println!("{}", json(table)),
    }
}

fn json(table: &Table) -> String {
    let rows: Vec<serde_json::Value> = table
        .rows
        .iter()
        .map(|r| {
            let object = table.columns.iter().zip(r).map(|(c, v)| {
                let value = match v {
                    Cell::Text(t) | Cell::Link { text: t, .. } => serde_json::json!(t),
                    Cell::Number { value, se: None, .. } => serde_json::json!(value),
                    Cell::Number { value, se, .. } => serde_json::json!({ "value": value, "se": se }),
                    Cell::Interval { low, high, .. } => serde_json::json!([low, high]),
                    Cell::Mark(m) => serde_json::json!(m.symbol()),
                    Cell::Missing => serde_json::Value::Null,
                };
                (c.name.clone(), value)
            });
            serde_json::Value::Object(object.collect())
        })
        .collect();
    serde_json::to_string_pretty(&rows).unwrap_or_default()
}
