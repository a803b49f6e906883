//! A computed table as a report's table, and beside it what the paper prints.

use evaluation::{Claim, EvaluationError, Frame};
use report::{Cell, Column, Grid, Table};
use runner::spec::TableSpec;

use crate::cells::{self, Computed};
use crate::printed::Printed;

/// Computes and renders one table of a spec.
pub fn render(spec: &TableSpec, claims: &[Claim], frame: &Frame) -> Result<Table, EvaluationError> {
    cells::compute(spec, claims, frame).map(|computed| table(&computed))
}

/// A computed table, our numbers alone.
pub(crate) fn table(computed: &Computed) -> Table {
    let mut columns = vec![Column::left(computed.rows.clone())];
    columns.extend(computed.columns.iter().map(|n| Column::right(n.clone())));
    let mut t = Table::new(computed.title.clone(), columns).with_note(computed.note.clone());
    for (name, entries) in &computed.cells {
        let mut row: Vec<Cell> = vec![name.as_str().into()];
        row.extend(entries.iter().map(|e| match &e.value {
            Some(v) => Cell::Number { value: v.value, decimals: computed.decimals, se: v.se },
            None => Cell::Missing,
        }));
        t.push(row);
    }
    t
}

/// The same table with the paper's number in every cell for which it prints one.
pub(crate) fn grid(computed: &Computed, printed: &Printed<'_>) -> Grid {
    let mut grid = Grid::new(table(computed));
    for (row, (_, entries)) in computed.cells.iter().enumerate() {
        for (column, entry) in entries.iter().enumerate() {
            let found = entry.value.as_ref().and(entry.asked.as_ref()).and_then(|asked| printed.of(asked));
            // The first column of the table names its rows.
            grid.printed.extend(found.map(|printed| ((row, column + 1), printed)));
        }
    }
    grid
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use evaluation::Published;

    use super::*;

    #[test]
    fn the_papers_number_stands_in_the_cell_that_reads_the_same_rows() {
        let spec: TableSpec =
            toml::from_str("id = \"t\"\ntitle = \"T\"\nrows = \"method\"\ncols = \"seen\"\ncell = { select = { ask = \"forecast\" }, metric = \"score\" }\n")
                .unwrap();
        let mut frame = Frame::new();
        for (method, seen, score) in [("a", "10%", 1.0), ("a", "20%", 2.0), ("b", "10%", 3.0)] {
            frame.push_row(&[("ask", "forecast"), ("method", method), ("seen", seen)], &[("score", Some(score))]);
        }
        let published: Published = toml::from_str(
            "[[claim]]\nid = \"c\"\nsays = \"s\"\nwhere = \"w\"\nlevel = \"statement\"\nkind = \"value\"\nsource = \"paper\"\npublished = 2.5\nbecause = \"b\"\n\
             within = { abs = 0.1 }\nof = { select = { method = \"a\", seen = \"20%\" }, metric = \"score\" }\n",
        )
        .unwrap();
        let judge = |claim: Claim| {
            let verdict = evaluation::judge(&claim, &frame, &BTreeSet::new(), 1);
            (claim, verdict)
        };
        let verdicts: Vec<_> = published.claims.into_iter().map(judge).collect();
        let computed = cells::compute(&spec, &[], &frame).unwrap();
        let found = grid(&computed, &Printed::new(&verdicts, &frame));
        let cells: Vec<_> = found.printed.iter().map(|(at, p)| (*at, p.text.as_str(), p.mark, p.claim.as_str())).collect();
        assert_eq!(cells, [((0, 2), "2.5", report::Mark::NotReproduced, "c")]);
        assert!(grid(&computed, &Printed::new(&[], &frame)).printed.is_empty());
    }
}
