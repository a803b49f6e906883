//! A table as GitHub-flavoured Markdown.

use super::{Align, Cell, MISSING, Table};
use crate::escape::markdown_cell;

impl Table {
    /// The title in bold, the table, and the note in italics, each only where there is one.
    pub fn to_markdown(&self) -> String {
        render(self, &|_, _, found| cell(found))
    }
}

/// A table whose cells are written by `written`, by row and column.
pub(crate) fn render(table: &Table, written: &dyn Fn(usize, usize, &Cell) -> String) -> String {
    let mut out = String::new();
    if !table.title.is_empty() {
        out.push_str(&format!("**{}**\n\n", table.title.trim()));
    }
    let width = table.width();
    let names: Vec<String> = (0..width).map(|c| markdown_cell(table.name(c))).collect();
    let rules: Vec<String> = (0..width)
        .map(|c| match table.align(c) {
            Align::Left => "---".to_owned(),
            Align::Right => "---:".to_owned(),
        })
        .collect();
    line(&mut out, &names);
    line(&mut out, &rules);
    for (r, row) in table.rows.iter().enumerate() {
        let cells: Vec<String> = (0..width).map(|c| written(r, c, row.get(c).unwrap_or(&Cell::Missing))).collect();
        line(&mut out, &cells);
    }
    if !table.note.is_empty() {
        out.push_str(&format!("\n_{}_\n", table.note.trim()));
    }
    out
}

fn line(out: &mut String, cells: &[String]) {
    out.push_str(&format!("| {} |\n", cells.join(" | ")));
}

/// What stands in one cell.
pub(crate) fn cell(cell: &Cell) -> String {
    let Some(shown) = cell.shown() else { return MISSING.to_owned() };
    let shown = markdown_cell(&shown);
    match cell {
        // Brackets in the words, or a bracket or space in the target, would end the link early.
        Cell::Link { href, .. } => {
            let shown = shown.replace('[', "\\[").replace(']', "\\]");
            let href = href.replace(' ', "%20").replace('(', "%28").replace(')', "%29").replace('|', "%7C");
            format!("[{shown}]({href})")
        }
        // As code, or `[Re]` would be read as the name of a link.
        Cell::Mark(_) => format!("`{shown}`"),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;

    #[test]
    fn renders_every_kind_of_cell() {
        assert_eq!(
            sample().to_markdown(),
            "\
**Scores, a|b**

| method | log score | interval | verdict |
| --- | ---: | ---: | --- |
| pfn &lt;small> | 1.528 ± 0.003 | 1.52 … 1.54 | `[≈Re]` |
| [a\\|b, c](x.md) | – | – | – |

_Over 10 curves._
"
        );
    }
}
