//! A table as CSV: numbers at full precision, one number to a field.

use super::{Cell, Table};
use crate::escape::csv;
use crate::number::exact;

/// Which fields a column needs, by what its cells hold.
struct Fields {
    value: bool,
    se: bool,
    ends: bool,
}

impl Table {
    /// A header and one line per row. A column with standard errors is followed by `<name>_se`; one
    /// of intervals becomes `<name>_low` and `<name>_high`. What is missing is empty.
    pub fn to_csv(&self) -> String {
        let fields: Vec<Fields> = (0..self.width()).map(|c| self.fields(c)).collect();
        let mut header = Vec::new();
        for (c, f) in fields.iter().enumerate() {
            let name = self.name(c);
            let with = |suffix: &str| csv(&format!("{name}{suffix}"));
            push_if(&mut header, f.value, || with(""));
            push_if(&mut header, f.se, || with("_se"));
            push_if(&mut header, f.ends, || with("_low"));
            push_if(&mut header, f.ends, || with("_high"));
        }
        let mut out = header.join(",");
        out.push('\n');
        for row in &self.rows {
            let mut line = Vec::new();
            for (c, f) in fields.iter().enumerate() {
                let cell = row.get(c).unwrap_or(&Cell::Missing);
                let (low, high) = ends(cell);
                push_if(&mut line, f.value, || value(cell));
                push_if(&mut line, f.se, || se(cell));
                push_if(&mut line, f.ends, || low);
                push_if(&mut line, f.ends, || high);
            }
            out.push_str(&line.join(","));
            out.push('\n');
        }
        out
    }

    fn fields(&self, c: usize) -> Fields {
        let cells = || self.rows.iter().filter_map(move |row| row.get(c));
        let ends = cells().any(|cell| matches!(cell, Cell::Interval { .. }));
        Fields {
            value: !ends || cells().any(|cell| !matches!(cell, Cell::Interval { .. } | Cell::Missing)),
            se: cells().any(|cell| matches!(cell, Cell::Number { se: Some(_), .. })),
            ends,
        }
    }
}

fn push_if(line: &mut Vec<String>, wanted: bool, field: impl FnOnce() -> String) {
    if wanted {
        line.push(field());
    }
}

fn value(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Link { text, .. } => csv(text),
        Cell::Number { value, .. } => exact(*value),
        Cell::Mark(mark) => csv(mark.symbol()),
        Cell::Interval { .. } | Cell::Missing => String::new(),
    }
}

fn se(cell: &Cell) -> String {
    match cell {
        Cell::Number { se: Some(se), .. } => exact(*se),
        _ => String::new(),
    }
}

fn ends(cell: &Cell) -> (String, String) {
    match cell {
        Cell::Interval { low, high, .. } => (exact(*low), exact(*high)),
        _ => (String::new(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;

    #[test]
    fn numbers_keep_their_precision_and_nothing_is_nan() {
        assert_eq!(
            sample().to_csv(),
            "\
method,log score,log score_se,interval_low,interval_high,verdict
pfn <small>,1.5279,0.0031,1.52,1.54,[≈Re]
\"a|b, c\",,,,,
"
        );
    }
}
