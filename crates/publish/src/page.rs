//! The page of a run, in the order in which it is read: what came out, the figures, the paper's tables with ours beside them, and then
//! every claim by itself.

use std::collections::BTreeSet;

use report::{Block, ClaimRow, Page, Section};
use runner::Results;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answers::{Answers, Drawn, Tabled};
use crate::{claims, first, settings};

/// What a page says of the run itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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

/// The page; `data` is what it holds for programs.
pub(crate) fn page(answers: &Answers, data: Value) -> Page {
    let Answers { about, claims, headlines, figures, tables, statuses, deviations, cost, defaults } = answers;
    let parts: BTreeSet<&str> = headlines.iter().flat_map(|h| &h.parts).map(String::as_str).collect();
    let (paper, further) = sorted(tables);
    let sections = [
        first::headlines(headlines),
        first::section(claims, &parts),
        drawn(figures),
        Section { title: "Tables".to_owned(), blocks: paper },
        Section { title: "Further tables".to_owned(), blocks: further },
        Section::new("Claims").with(Block::Claims(claims.clone())),
        deviated(deviations),
        crate::cost::section(cost),
        settings::section(defaults),
        Section::new("Rows").with(Block::Table(statuses.clone())),
    ];
    let page = Page::new(about.title.clone(), about.lead(claims)).with_command(about.command()).with_data(data);
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
fn sorted(tables: &[Tabled]) -> (Vec<Block>, Vec<Block>) {
    let (mut first, mut further) = (Vec::new(), Vec::new());
    for tabled in tables {
        match &tabled.found {
            Ok(grid) if !grid.printed.is_empty() => first.push(Block::Grid(grid.clone())),
            Ok(grid) if tabled.first => first.push(Block::Table(grid.table.clone())),
            Ok(grid) => further.push(Block::Table(grid.table.clone())),
            Err(why) => further.push(Block::Text(why.clone())),
        }
    }
    (first, further)
}

/// Where paper and code differ, and where we differ from both.
fn deviated(deviations: &[String]) -> Section {
    let blocks = if deviations.is_empty() { Vec::new() } else { vec![Block::List(deviations.to_vec())] };
    Section { title: "Deviations".to_owned(), blocks }
}

#[cfg(test)]
mod tests {
    use report::{Axis, Column, Figure, Grid, Layer, Panel, Printed, Style, Table};

    use super::*;

    fn answers(figures: Vec<Drawn>) -> Answers {
        let (title, name, arxiv, size) = ("A title".into(), "x".into(), "2310.20447".into(), "full".into());
        let about = About { title, name, arxiv, size, jobs: (3, 3), rows: 7, ..About::default() };
        let table = |title: &str| Table::new(title, vec![Column::left("method")]);
        let tabled = |first: bool, found: Result<Grid, String>| Tabled { id: "t".into(), first, found };
        let tables = vec![
            tabled(false, Ok(Grid::new(table("plain")))),
            tabled(false, Ok(Grid::new(table("printed by the paper")).with(0, 0, Printed::default()))),
            tabled(false, Err("Table `gone` is left out: nothing selected.".into())),
            tabled(true, Ok(Grid::new(table("first")))),
        ];
        Answers { about, figures, tables, statuses: table("Rows by status"), ..Answers::default() }
    }

    fn figure() -> Drawn {
        let line = Layer::Line { label: "ours".into(), points: vec![(0.0, 1.0), (1.0, 2.0)], style: Style::nth(0) };
        Ok(Figure::new("f", "F").with_panel(Panel::new("", Axis::linear("x"), Axis::linear("y")).with(line)))
    }

    #[test]
    fn answers_come_before_figures_tables_and_claims() {
        let page = page(&answers(vec![figure(), Err("Figure `g` is left out: it selects no rows.".to_owned())]), Value::Null);
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
        let mut about = answers(Vec::new()).about;
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
