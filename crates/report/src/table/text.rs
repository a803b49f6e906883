//! A table as aligned text for a terminal.

use super::{Align, Cell, MISSING, Table};

impl Table {
    /// The title, the table with its columns aligned, and the note. No colour, no borders.
    pub fn to_text(&self) -> String {
        let width = self.width();
        let names: Vec<String> = (0..width).map(|c| one_line(self.name(c))).collect();
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| {
                let shown = |c: usize| row.get(c).and_then(Cell::shown);
                (0..width).map(|c| shown(c).map_or_else(|| MISSING.to_owned(), |s| one_line(&s))).collect()
            })
            .collect();
        let widths: Vec<usize> = (0..width).map(|c| rows.iter().map(|row| length(&row[c])).max().unwrap_or(0).max(length(&names[c]))).collect();
        let rules: Vec<String> = widths.iter().map(|&w| "─".repeat(w)).collect();

        let mut out = String::new();
        if !self.title.is_empty() {
            out.push_str(&format!("{}\n\n", self.title.trim()));
        }
        for line in [&names, &rules].into_iter().chain(&rows) {
            let padded: Vec<String> = line.iter().enumerate().map(|(c, cell)| pad(cell, widths[c], self.align(c))).collect();
            out.push_str(padded.join("  ").trim_end());
            out.push('\n');
        }
        if !self.note.is_empty() {
            out.push_str(&format!("\n{}\n", self.note.trim()));
        }
        out
    }
}

/// Characters, not bytes: "±" and "–" are one column wide.
fn length(text: &str) -> usize {
    text.chars().count()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn pad(text: &str, width: usize, align: Align) -> String {
    match align {
        Align::Left => format!("{text:<width$}"),
        Align::Right => format!("{text:>width$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;

    #[test]
    fn columns_line_up() {
        assert_eq!(
            sample().to_text(),
            "\
Scores, a|b

method           log score     interval  verdict
───────────  ─────────────  ───────────  ───────
pfn <small>  1.528 ± 0.003  1.52 … 1.54  [≈Re]
a|b, c                   –            –  –

Over 10 curves.
"
        );
    }
}
