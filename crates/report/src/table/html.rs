//! A table as HTML, for [`crate::Page`] or any other page.

use super::{Align, Cell, MISSING, Table};
use crate::escape::html;
use crate::html::inline;

impl Table {
    /// A `<table>` with its title as caption, in a `<div>` that scrolls where the screen is narrow.
    pub fn to_html(&self) -> String {
        render(self, "table", &|_, _, align, found| format!("<td{}>{}</td>", class_of(align), cell(found)))
    }
}

/// How one cell is written, its `<td>` included: by row, column and alignment.
pub(crate) type Written<'a> = &'a dyn Fn(usize, usize, Align, &Cell) -> String;

/// A table whose cells are written by `written`, in a `<div>` of this class.
pub(crate) fn render(table: &Table, class: &str, written: Written<'_>) -> String {
    let mut out = format!("<div class=\"{class}\">\n<table>\n");
    if !table.title.is_empty() {
        out.push_str(&format!("<caption>{}</caption>\n", inline(&table.title)));
    }
    out.push_str("<thead><tr>");
    for c in 0..table.width() {
        out.push_str(&format!("<th{}>{}</th>", class_of(table.align(c)), inline(table.name(c))));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for (r, row) in table.rows.iter().enumerate() {
        out.push_str("<tr>");
        for c in 0..table.width() {
            out.push_str(&written(r, c, table.align(c), row.get(c).unwrap_or(&Cell::Missing)));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
    if !table.note.is_empty() {
        out.push_str(&format!("<p class=\"note\">{}</p>\n", inline(&table.note)));
    }
    out.push_str("</div>\n");
    out
}

/// The class attribute of a cell, with the space before it; nothing for words.
pub(crate) fn class_of(align: Align) -> &'static str {
    match align {
        Align::Left => "",
        Align::Right => " class=\"num\"",
    }
}

/// What stands inside one `<td>`.
pub(crate) fn cell(cell: &Cell) -> String {
    match (cell, cell.shown()) {
        (_, None) => format!("<span class=\"missing\">{MISSING}</span>"),
        (Cell::Mark(mark), Some(shown)) => {
            format!("<span class=\"mark {}\" title=\"{}\">{}</span>", mark.name(), mark.name(), html(&shown))
        }
        (Cell::Link { href, .. }, Some(shown)) if is_safe(href) => {
            format!("<a href=\"{}\">{}</a>", html(href), html(&shown))
        }
        (Cell::Text(_), Some(shown)) => inline(&shown),
        (_, Some(shown)) => html(&shown),
    }
}

/// A relative path or the web: no other scheme, so that a link in data cannot run a script.
fn is_safe(href: &str) -> bool {
    let scheme = href.split(['/', '?', '#']).next().unwrap_or_default();
    href.starts_with("https://") || href.starts_with("http://") || !scheme.contains(':')
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn renders_and_escapes_every_kind_of_cell() {
        assert_eq!(
            sample().to_html(),
            "\
<div class=\"table\">
<table>
<caption>Scores, a|b</caption>
<thead><tr><th>method</th><th class=\"num\">log score</th><th class=\"num\">interval</th><th>verdict</th></tr></thead>
<tbody>
<tr><td>pfn &lt;small&gt;</td><td class=\"num\">1.528 ± 0.003</td><td class=\"num\">1.52 … 1.54</td>\
<td><span class=\"mark near\" title=\"near\">[≈Re]</span></td></tr>
<tr><td><a href=\"x.md\">a|b, c</a></td><td class=\"num\"><span class=\"missing\">–</span></td>\
<td class=\"num\"><span class=\"missing\">–</span></td><td><span class=\"missing\">–</span></td></tr>
</tbody>
</table>
<p class=\"note\">Over 10 curves.</p>
</div>
"
        );
    }

    #[test]
    fn a_link_that_would_run_a_script_is_words_only() {
        let link = |href: &str| cell(&Cell::Link { text: "t".into(), href: href.into() });
        assert_eq!(link("javascript:alert(1)"), "t");
        assert_eq!(link("a/b:c.md"), "<a href=\"a/b:c.md\">t</a>");
        assert_eq!(link("https://x.org/?a=1&b=2"), "<a href=\"https://x.org/?a=1&amp;b=2\">t</a>");
    }
}
