//! A grid as HTML: the cell's class gives its colour, and its symbol says the same without colour.

use super::{Grid, LEGEND, Printed};
use crate::escape::{anchor, html};
use crate::table::html::{cell, class_of, render};
use crate::table::{Align, Cell};

impl Grid {
    /// A `<table>` as [`crate::Table::to_html`] writes it. A cell that the paper prints has the class of its verdict, the
    /// paper's number and a link to the claim.
    pub fn to_html(&self) -> String {
        let mut table = self.table.clone();
        table.note = [table.note.trim(), LEGEND].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        render(&table, "table grid", &|row, column, align, found| match self.printed.get(&(row, column)) {
            Some(printed) => both(align, found, printed),
            None => format!("<td{}>{}</td>", class_of(align), cell(found)),
        })
    }
}

/// Ours, the paper's and the mark.
fn both(align: Align, ours: &Cell, printed: &Printed) -> String {
    let side = if align == Align::Right { "num " } else { "" };
    format!(
        "<td class=\"{side}printed {mark}\"><span class=\"ours\">{}</span> <span class=\"paper\" title=\"the paper prints\">{}</span> \
         <a class=\"mark {mark}\" href=\"#{}\" title=\"{}: {}\">{}</a></td>",
        cell(ours),
        html(&printed.text),
        html(&anchor(&printed.claim)),
        html(&printed.claim),
        printed.mark.words(),
        html(printed.mark.symbol()),
        mark = printed.mark.name(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::sample;

    #[test]
    fn a_printed_cell_has_both_numbers_its_colour_and_its_symbol() {
        let page = sample().to_html();
        for part in [
            "<div class=\"table grid\">",
            "<td class=\"num printed near\"><span class=\"ours\">1.568 ± 0.021</span>",
            "<span class=\"paper\" title=\"the paper prints\">1.6&lt;28</span>",
            "<a class=\"mark near\" href=\"#claim-table-3-p1\" title=\"table 3 p1: near\">[≈Re]</a></td>",
            "<td class=\"num\">1.900</td>",
            "<p class=\"note\">± is one standard error. A shaded cell holds our number, the paper&#39;s, and the verdict on it.</p>",
        ] {
            assert!(page.contains(part), "{part} is not in\n{page}");
        }
    }
}
