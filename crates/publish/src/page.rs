//! The page of a run, in the order in which it is read: what came out, the figures, the paper's tables with ours beside them, and then
//! every claim by itself.

use std::collections::BTreeSet;

use evaluation::{Claim, Deviation, Verdict};
use report::{Block, ClaimRow, Figure, Grid, Page, Section, Table};
use runner::{Results, Setting};
use serde_json::Value;

use crate::headlines::HeadlineRow;
use crate::{answers, claims, settings};

/// One table of a page.
pub(crate) enum Tabled {
    /// With the paper's numbers beside ours.
    Grid(Grid),
    /// Of ours alone; `true` where the spec has it printed first.
    Plain(Table, bool),
    /// Left out, and why.
    Absent(String),
}

/// One figure of a page: the name of its files and what is drawn, or why it was left out.
pub(crate) type Drawn = Result<Figure, String>;

/// What a page is made of.
pub(crate) struct Parts<'a> {
    pub about: About,
    pub verdicts: &'a [(Claim, Verdict)],
    pub headlines: &'a [HeadlineRow],
    /// Ids of the claims that headlines are made of.
    pub parts: &'a BTreeSet<&'a str>,
    pub rows: &'a [ClaimRow],
    pub figures: &'a [Drawn],
    pub tables: Vec<Tabled>,
    pub statuses: Table,
    pub deviations: &'a [Deviation],
    pub settings: &'a [Setting],
    pub data: Value,
}

/// What a page says of the run itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    pub title: String,
    pub name: String,
    pub arxiv: String,
    pub size: String,
    pub overrides: Vec<String>,
    /// How many jobs have run, and how many there are.
    pub jobs: (usize, usize),
    pub rows: usize,
    /// Sources that were not here.
    pub missing: Vec<String>,
}

impl About {
    /// Of a run.
    pub fn of(results: &Results) -> Self {
        let e = &results.experiment;
        let all = results.manifest.jobs.1;
        Self {
            title: e.spec.experiment.title.clone(),
            name: e.name.clone(),
            arxiv: e.spec.experiment.paper.arxiv.clone(),
            size: e.size.clone(),
            overrides: e.overrides.clone(),
            jobs: (all.saturating_sub(results.open()), all),
            rows: results.frame.len(),
            missing: results.missing.keys().cloned().collect(),
        }
    }

    /// The command that makes the page again.
    fn command(&self) -> String {
        let overrides: String = self.overrides.iter().map(|o| format!(" '{o}'")).collect();
        format!("cargo curvecast reproduce {} --size {}{overrides}", self.name, self.size)
    }

    /// What was run, what came out in one line, and what is missing.
    fn lead(&self, rows: &[ClaimRow]) -> String {
        let mut text =
            format!("What arXiv {} claims, against {} rows of our own run at size `{}`. {}.", self.arxiv, self.rows, self.size, claims::summary(rows));
        let (done, all) = self.jobs;
        if done < all {
            text.push_str(&format!(" {} of {all} jobs have not run yet: means are over the rows there are, and what rests on them is untested.", all - done));
        }
        for source in &self.missing {
            text.push_str(&format!(" The data of source `{source}` were not here; what needs them is untested."));
        }
        if !self.overrides.is_empty() {
            text.push_str(&format!(" The run has overrides (`{}`), so that no claim is judged.", self.overrides.join(" ")));
        }
        text
    }
}

/// The page.
pub(crate) fn page(parts: Parts<'_>) -> Page {
    let Parts { about, verdicts, headlines, parts, rows, figures, tables, statuses, deviations, settings, data } = parts;
    let (paper, further) = sorted(tables);
    let sections = [
        answers::headlines(headlines),
        answers::section(verdicts, rows, parts),
        drawn(figures),
        Section { title: "Tables".to_owned(), blocks: paper },
        Section { title: "Further tables".to_owned(), blocks: further },
        Section::new("Claims").with(Block::Claims(rows.to_vec())),
        deviated(deviations),
        settings::section(settings),
        Section::new("Rows").with(Block::Table(statuses)),
    ];
    let page = Page::new(about.title.clone(), about.lead(rows)).with_command(about.command()).with_data(data);
    sections.into_iter().filter(|section| !section.blocks.is_empty()).fold(page, Page::with_section)
}

/// The figures, and which were left out.
fn drawn(figures: &[Drawn]) -> Section {
    let block = |figure: &Drawn| match figure {
        Ok(figure) => Block::Figure { path: format!("figures/{}.svg", figure.id), figure: figure.clone() },
        Err(why) => Block::Text(why.clone()),
    };
    Section { title: "Figures".to_owned(), blocks: figures.iter().map(block).collect() }
}

/// The tables that are read first, which are those the spec has printed and those of the paper; and the others.
fn sorted(tables: Vec<Tabled>) -> (Vec<Block>, Vec<Block>) {
    let (mut first, mut further) = (Vec::new(), Vec::new());
    for table in tables {
        match table {
            Tabled::Grid(grid) => first.push(Block::Grid(grid)),
            Tabled::Plain(table, true) => first.push(Block::Table(table)),
            Tabled::Plain(table, false) => further.push(Block::Table(table)),
            Tabled::Absent(why) => further.push(Block::Text(why)),
        }
    }
    (first, further)
}

/// Where paper and code differ, and where we differ from both.
fn deviated(deviations: &[Deviation]) -> Section {
    let items: Vec<String> = deviations.iter().map(|d| format!("**{}** ({}): {}. Here: {}.", d.id, d.place, d.says, d.we)).collect();
    let blocks = if items.is_empty() { Vec::new() } else { vec![Block::List(items)] };
    Section { title: "Deviations".to_owned(), blocks }
}

#[cfg(test)]
mod tests {
    use report::{Axis, Column, Layer, Panel, Style};

    use super::*;

    static NO_PARTS: BTreeSet<&str> = BTreeSet::new();

    fn parts(figures: &[Drawn]) -> Parts<'_> {
        let (title, name, arxiv, size) = ("A title".into(), "x".into(), "2310.20447".into(), "full".into());
        let about = About { title, name, arxiv, size, jobs: (3, 3), rows: 7, ..About::default() };
        let table = |title: &str| Table::new(title, vec![Column::left("method")]);
        Parts {
            about,
            verdicts: &[],
            headlines: &[],
            parts: &NO_PARTS,
            rows: &[],
            figures,
            tables: vec![
                Tabled::Plain(table("plain"), false),
                Tabled::Grid(Grid::new(table("printed by the paper"))),
                Tabled::Absent("Table `gone` is left out: nothing selected.".into()),
                Tabled::Plain(table("first"), true),
            ],
            statuses: table("Rows by status"),
            deviations: &[],
            settings: &[],
            data: Value::Null,
        }
    }

    fn figure() -> Drawn {
        let line = Layer::Line { label: "ours".into(), points: vec![(0.0, 1.0), (1.0, 2.0)], style: Style::nth(0) };
        Ok(Figure::new("f", "F").with_panel(Panel::new("", Axis::linear("x"), Axis::linear("y")).with(line)))
    }

    #[test]
    fn answers_come_before_figures_tables_and_claims() {
        let figures = [figure(), Err("Figure `g` is left out: it selects no rows.".to_owned())];
        let page = page(parts(&figures));
        let titles: Vec<&str> = page.sections.iter().map(|s| s.title.as_str()).collect();
        assert_eq!(titles, ["Figures", "Tables", "Further tables", "Claims", "Rows"]);
        let markdown = page.to_markdown();
        let at = |text: &str| markdown.find(text).unwrap_or_else(|| panic!("{text} is not in\n{markdown}"));
        let order = ["![F](figures/f.svg)", "Figure `g`", "printed by the paper", "**first**", "**plain**", "Table `gone`", "## Claims"];
        for pair in order.windows(2) {
            assert!(at(pair[0]) < at(pair[1]), "{} does not come before {}", pair[0], pair[1]);
        }
        assert!(markdown.ends_with("cargo curvecast reproduce x --size full\n```\n"), "{markdown}");
        assert!(page.to_html().unwrap().contains("<figure>"));
    }

    #[test]
    fn the_lead_says_what_is_missing() {
        let mut about = parts(&[]).about;
        assert_eq!(about.lead(&[]), "What arXiv 2310.20447 claims, against 7 rows of our own run at size `full`. Reproduced: no claims.");
        about.jobs = (1, 3);
        about.missing = vec!["taskset".into()];
        about.overrides = vec!["seed=2".into()];
        let lead = about.lead(&[]);
        for part in [" 2 of 3 jobs have not run yet", "source `taskset` were not here", "overrides (`seed=2`)"] {
            assert!(lead.contains(part), "{part} is not in {lead}");
        }
        assert!(about.command().ends_with("--size full 'seed=2'"));
    }
}
