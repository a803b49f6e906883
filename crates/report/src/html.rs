//! A page as one HTML file: styles, figures and data are in it, and nothing is fetched.

mod answers;
mod claims;

use serde::Serialize;
use serde_json::Value;

use crate::ReportError;
use crate::escape::html;
use crate::grid::Grid;
use crate::page::{Block, Page};
use crate::verdicts::ClaimRow;

const STYLE: &str = include_str!("html/page.css");

/// What a program finds in the page's `<script type="application/json" id="data">`.
#[derive(Serialize)]
struct Embedded<'a> {
    title: &'a str,
    command: &'a str,
    claims: Vec<&'a ClaimRow>,
    tables: Vec<EmbeddedCsv<'a>>,
    figures: Vec<EmbeddedCsv<'a>>,
    data: &'a Value,
}

/// A table, or the data behind a figure.
#[derive(Serialize)]
struct EmbeddedCsv<'a> {
    name: &'a str,
    csv: String,
}

impl Page {
    /// The page as one self-contained HTML file, light or dark as the reader's system is. Figures are
    /// drawn into it; claims, tables and the data behind figures are embedded as JSON.
    pub fn to_html(&self) -> Result<String, ReportError> {
        let title = html(&self.title);
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        );
        out.push_str(&paragraphs(&self.lead));
        let mut lists = 0;
        for section in &self.sections {
            out.push_str("<section>\n");
            if !section.title.is_empty() {
                out.push_str(&format!("<h2>{}</h2>\n", inline(&section.title)));
            }
            for part in &section.blocks {
                lists += usize::from(matches!(part, Block::Claims(_)));
                out.push_str(&block(part, lists)?);
            }
            out.push_str("</section>\n");
        }
        if !self.command.is_empty() {
            out.push_str(&format!("<footer>Made by <code>{}</code></footer>\n", html(&self.command)));
        }
        out.push_str(&format!("</main>\n<script type=\"application/json\" id=\"data\">{}</script>\n</body>\n</html>\n", self.embedded()?));
        Ok(out)
    }

    fn embedded(&self) -> Result<String, ReportError> {
        let mut embedded =
            Embedded { title: &self.title, command: &self.command, claims: Vec::new(), tables: Vec::new(), figures: Vec::new(), data: &self.data };
        for block in self.blocks() {
            match block {
                Block::Claims(claims) => embedded.claims.extend(claims),
                Block::Table(table) | Block::Grid(Grid { table, .. }) => {
                    embedded.tables.push(EmbeddedCsv { name: &table.title, csv: table.to_csv() });
                }
                Block::Figure { figure, .. } => {
                    embedded.figures.push(EmbeddedCsv { name: &figure.id, csv: figure.to_csv() });
                }
                // The answers are among the claims.
                Block::Text(_) | Block::List(_) | Block::Code(_) | Block::Answers(_) => {}
            }
        }
        // In JSON a `<` can only stand in a string; escaped, no data can close the script or open a comment.
        Ok(serde_json::to_string(&embedded)?.replace('<', "\\u003c"))
    }
}

/// One block; `lists` is how many lists of claims there are up to it.
fn block(block: &Block, lists: usize) -> Result<String, ReportError> {
    Ok(match block {
        Block::Text(text) => paragraphs(text),
        Block::List(items) => {
            let items: String = items.iter().map(|item| format!("<li>{}</li>\n", inline(item))).collect();
            format!("<ul>\n{items}</ul>\n")
        }
        Block::Code(code) => format!("<pre><code>{}</code></pre>\n", html(code.trim_end())),
        Block::Table(table) => table.to_html(),
        Block::Grid(grid) => grid.to_html(),
        Block::Answers(claims) => answers::answers(claims),
        Block::Claims(claims) => claims::claims(claims, lists),
        Block::Figure { figure, .. } => {
            let caption = inline(&figure.caption);
            format!("<figure>\n{}<figcaption>{caption}</figcaption>\n</figure>\n", figure.to_svg()?)
        }
    })
}

/// Paragraphs are separated by an empty line.
fn paragraphs(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let parts = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| format!("<p>{}</p>\n", inline(part))).collect()
}

/// Escaped text, in which what stands between two backticks is code, and between two pairs of stars bold.
pub(crate) fn inline(text: &str) -> String {
    between(text, "`", "code", &|plain| between(plain, "**", "strong", &html))
}

/// What stands between two marks goes into a tag; the rest is written by `plain`. A mark that nothing closes stays.
fn between(text: &str, mark: &str, tag: &str, plain: &dyn Fn(&str) -> String) -> String {
    let parts: Vec<&str> = text.split(mark).collect();
    let mut out = String::new();
    for (i, part) in parts.iter().enumerate() {
        if i % 2 == 0 {
            out.push_str(&plain(part));
        } else if i + 1 < parts.len() {
            out.push_str(&format!("<{tag}>{}</{tag}>", html(part)));
        } else {
            out.push_str(mark);
            out.push_str(&plain(part));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::sample;

    #[test]
    fn backticks_are_code_when_they_close() {
        assert_eq!(inline("a `b<c` d"), "a <code>b&lt;c</code> d");
        assert_eq!(inline("a ` b & c"), "a ` b &amp; c");
        assert_eq!(inline("**a** (`b**c`): 2 ** 3"), "<strong>a</strong> (<code>b**c</code>): 2 ** 3");
    }

    #[test]
    fn one_file_with_everything_in_it() -> Result<(), ReportError> {
        let page = sample().to_html()?;
        for part in [
            "<title>lcpfn &amp; co</title>",
            "<p>One <code>a&lt;b</code> thing.</p>\n<p>Two.</p>",
            "<span class=\"says\">a &lt; b &amp; c</span>",
            "<span class=\"mark near\" title=\"near\">[≈Re]</span>",
            "<div class=\"answers\">",
            "<td class=\"num printed near\">",
            "<td>&lt;/script&gt;</td>",
            "<pre><code>x &lt; 1</code></pre>",
            "<li>second</li>",
            "<svg ",
            "<figcaption>It falls.</figcaption>",
            "<code>just reproduce lcpfn</code>",
        ] {
            assert!(page.contains(part), "{part} is not in\n{page}");
        }
        // The namespace of SVG is a name, not an address that is fetched.
        let elsewhere = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"));
        Ok(())
    }

    #[test]
    fn embedded_data_cannot_end_its_script_and_reads_back() -> Result<(), ReportError> {
        let page = sample().to_html()?;
        assert_eq!(page.matches("</script>").count(), 1);
        let start = "<script type=\"application/json\" id=\"data\">";
        let json = page.split_once(start).and_then(|(_, rest)| rest.split_once("</script>")).map_or("", |(json, _)| json);
        let value: Value = serde_json::from_str(json)?;
        assert_eq!(value["data"]["note"], "</script><!--");
        assert_eq!(value["claims"][0]["mark"], "near");
        // A claim that also answers first is there once.
        assert_eq!(value["claims"].as_array().map(Vec::len), Some(1));
        assert_eq!(value["tables"][0]["csv"], "method,score\n</script>,0.5\n");
        assert_eq!(value["tables"].as_array().map(Vec::len), Some(2));
        assert!(value["figures"][0]["csv"].as_str().is_some_and(|csv| csv.contains("ours")));
        Ok(())
    }

    #[test]
    fn a_page_is_read_without_a_script_in_light_dark_and_on_paper() -> Result<(), ReportError> {
        let page = sample().to_html()?;
        // The one script is data.
        assert_eq!(page.matches("<script").count(), 1);
        assert!(page.contains("<script type=\"application/json\""));
        assert!(page.contains("prefers-color-scheme: dark") && page.contains("@media print") && page.contains("size: A4"));
        // Every colour of a verdict is there in both schemes.
        for mark in crate::Mark::ALL {
            assert_eq!(STYLE.matches(&format!("--{}-area:", mark.name())).count(), 2, "{}", mark.name());
        }
        Ok(())
    }

    #[test]
    fn the_same_page_is_the_same_bytes() -> Result<(), ReportError> {
        assert_eq!(sample().to_html()?, sample().to_html()?);
        Ok(())
    }
}
