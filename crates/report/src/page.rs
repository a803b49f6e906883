//! `Page`: a report as a list of sections, before it is Markdown or HTML.

use serde_json::Value;

use crate::figure::Figure;
use crate::grid::Grid;
use crate::table::Table;
use crate::verdicts::ClaimRow;

/// A report: [`Page::to_markdown`] for git, [`Page::to_html`] for one file to send.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// What it is about, in paragraphs separated by an empty line; may be empty.
    pub lead: String,
    /// Its sections, in order.
    pub sections: Vec<Section>,
    /// The command that makes this page again; may be empty.
    pub command: String,
    /// What else a program may want, such as the manifest; embedded in the HTML as it is.
    pub data: Value,
}

/// A headed part of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// What is in it, in order.
    pub blocks: Vec<Block>,
}

/// One thing in a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Paragraphs separated by an empty line; `code` between backticks.
    Text(String),
    /// Items, one line each.
    List(Vec<String>),
    /// Text as a machine printed it.
    Code(String),
    /// A table.
    Table(Table),
    /// A table with the paper's numbers beside ours.
    Grid(Grid),
    /// The claims that answer first: verdict, what is claimed, what was found, and what that rests on.
    Answers(Vec<ClaimRow>),
    /// All claims: in HTML folded one by one and filtered by mark, in Markdown a folded table for each mark.
    Claims(Vec<ClaimRow>),
    /// A figure: drawn inline in HTML, linked in Markdown.
    Figure {
        /// The figure.
        figure: Figure,
        /// Where its SVG lies, as seen from the Markdown file.
        path: String,
    },
}

impl Page {
    /// A page without sections.
    pub fn new(title: impl Into<String>, lead: impl Into<String>) -> Self {
        Self { title: title.into(), lead: lead.into(), ..Self::default() }
    }

    /// The same page with one more section at the end.
    pub fn with_section(mut self, section: Section) -> Self {
        self.sections.push(section);
        self
    }

    /// The same page, saying which command makes it again.
    pub fn with_command(mut self, command: impl Into<String>) -> Self {
        self.command = command.into();
        self
    }

    /// The same page with data for programs.
    pub fn with_data(mut self, data: Value) -> Self {
        self.data = data;
        self
    }

    /// Every block of every section, in order.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.sections.iter().flat_map(|section| &section.blocks)
    }
}

impl Section {
    /// An empty section.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), blocks: Vec::new() }
    }

    /// The same section with one more block at the end.
    pub fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }
}

/// One page with every kind of block, for the tests of both renderings.
#[cfg(test)]
pub(crate) fn sample() -> Page {
    use crate::figure::{Axis, Layer, Panel, Style};
    use crate::mark::Mark;
    use crate::table::{Cell, Column};

    let mut table = Table::new("Scores", vec![Column::left("method"), Column::right("score")]);
    table.push(vec!["</script>".into(), Cell::number(0.5, 2)]);
    let claim = ClaimRow { id: "c1".into(), says: "a < b & c".into(), mark: Mark::Near, ..ClaimRow::default() };
    let line = Layer::Line { label: "ours".into(), points: vec![(0.0, 1.0), (1.0, 2.0)], style: Style::nth(0) };
    let figure =
        Figure::new("curve", "Loss <here>").with_caption("It falls.").with_panel(Panel::new("", Axis::linear("step"), Axis::linear("loss")).with(line));
    Page::new("lcpfn & co", "One `a<b` thing.\n\nTwo.")
        .with_section(Section::new("Answers").with(Block::Answers(vec![claim.clone()])))
        .with_section(Section::new("Verdicts").with(Block::Claims(vec![claim])))
        .with_section(
            Section::new("Numbers")
                .with(Block::Table(table))
                .with(Block::Grid(crate::grid::sample()))
                .with(Block::List(vec!["first".into(), "second".into()]))
                .with(Block::Code("x < 1\n".into()))
                .with(Block::Figure { figure, path: "figures/curve.svg".into() }),
        )
        .with_command("just reproduce lcpfn")
        .with_data(serde_json::json!({ "note": "</script><!--" }))
}
