//! A grid as Markdown: ours, then the paper's number and the mark in the same cell.

use super::{Grid, LEGEND};
use crate::escape::markdown_cell;
use crate::table::markdown::{cell, render};

impl Grid {
    /// The table as [`crate::Table::to_markdown`] writes it; a cell that the paper prints reads `1.568; paper 1.628 [≈Re]`.
    pub fn to_markdown(&self) -> String {
        let mut table = self.table.clone();
        table.note = [table.note.trim(), LEGEND].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        render(&table, &|row, column, found| match self.printed.get(&(row, column)) {
            Some(printed) => format!("{}; paper {} `{}`", cell(found), markdown_cell(&printed.text), printed.mark.symbol()),
            None => cell(found),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;

    #[test]
    fn the_papers_number_stands_beside_ours() {
        assert_eq!(
            sample().to_markdown(),
            "\
**Table 3**

| method | 10% | 20% |
| --- | ---: | ---: |
| p1 &lt;small> | 1.568 ± 0.021; paper 1.6<28 `[≈Re]` | 1.900 |

_± is one standard error. A shaded cell holds our number, the paper's, and the verdict on it._
"
        );
    }
}
