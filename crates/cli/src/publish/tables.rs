//! A computed table as a report's table.

use evaluation::{Claim, EvaluationError, Frame};
use report::{Cell, Column, Table};
use runner::cells;
use runner::spec::TableSpec;

/// Computes and renders one table of a spec.
pub fn render(spec: &TableSpec, claims: &[Claim], frame: &Frame) -> Result<Table, EvaluationError> {
    let c = cells::compute(spec, claims, frame)?;
    let mut columns = vec![Column::left(c.rows.clone())];
    columns.extend(c.columns.iter().map(|n| Column::right(n.clone())));
    let mut t = Table::new(c.title.clone(), columns).with_note(c.note.clone());
    for (name, values) in &c.cells {
        let mut row: Vec<Cell> = vec![name.as_str().into()];
        row.extend(values.iter().map(|v| match v {
            Some(v) => Cell::Number { value: v.value, decimals: c.decimals, se: v.se },
            None => Cell::Missing,
        }));
        t.push(row);
    }
    Ok(t)
}

/// How many rows ended how.
pub fn statuses(frame: &Frame) -> Table {
    let columns = ["ask", "source", "method", "status"].map(Column::left).into_iter().chain([Column::right("rows")]).collect();
    let mut t = Table::new("Rows by status", columns);
    for [ask, source, method, status, n] in cells::statuses(frame) {
        let count = n.parse().map_or(Cell::Missing, Cell::count);
        t.push(vec![ask.into(), source.into(), method.into(), status.into(), count]);
    }
    t
}
