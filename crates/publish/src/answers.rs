//! `Answers`: what the rows of a run come to, in numbers and words, before it is files.
//!
//! Publishing has two steps. Rows become answers, and answers become files ([`crate::Publication`]). A result whose rows are too many to
//! be committed keeps its answers instead, in `answers.json`, and a clone makes the same files of them. So everything stands here that a
//! file shows: nothing of it is asked of rows, claims or settings again.

use evaluation::{Claim, Deviation, Verdict};
use report::{ClaimRow, Figure, Grid, Table};
use runner::{Results, RunError};
use serde::{Deserialize, Serialize};

use crate::figures::{self, Inputs};
use crate::headlines::HeadlineRow;
use crate::page::About;
use crate::printed::Printed;
use crate::{cells, check, claims, cost, settings, tables};

/// What is published of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// What is said of the run itself.
    pub(crate) about: About,
    /// The claims with what was found, in the order of `published.toml`.
    pub claims: Vec<ClaimRow>,
    /// The statements of the abstract, in the same order.
    pub headlines: Vec<HeadlineRow>,
    /// The figures of the spec.
    pub(crate) figures: Vec<Drawn>,
    /// The tables of the spec.
    pub(crate) tables: Vec<Tabled>,
    /// How many rows ended how.
    pub(crate) statuses: Table,
    /// Where paper and code differ, and where we differ from both.
    pub(crate) deviations: Vec<String>,
    /// What training was planned to cost, and what it cost; no rows where nothing is trained or solved.
    #[serde(default, skip_serializing_if = "no_rows")]
    pub(crate) cost: Table,
    /// What the asks leave to their defaults.
    pub(crate) defaults: Table,
}

/// One figure, or why it was left out.
pub(crate) type Drawn = Result<Figure, String>;

/// One table of the spec.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tabled {
    /// Its name, as in its file's name.
    pub id: String,
    /// Whether the spec has it printed first.
    pub first: bool,
    /// Our numbers with the paper's beside them, where it prints any; or why it was left out.
    pub found: Result<Grid, String>,
}

/// Whether a table says nothing.
fn no_rows(table: &Table) -> bool {
    table.rows.is_empty()
}

impl Answers {
    /// Of the rows of a run, which were judged. A table or a figure that cannot be made of them is left out, and it is said why.
    ///
    /// # Errors
    /// A spec whose figures or settings cannot be read.
    pub(crate) fn of(results: &Results, verdicts: &[(Claim, Verdict)]) -> Result<Self, RunError> {
        let e = &results.experiment;
        Ok(Self {
            about: About::of(results),
            claims: claims::rows(results, verdicts),
            headlines: crate::statements(results, verdicts),
            figures: drawn(results)?,
            tables: tabled(results, verdicts),
            statuses: tables::statuses(&results.frame),
            deviations: e.published.deviations.iter().map(told).collect(),
            cost: cost::table(&results.manifest.cost),
            defaults: settings::table(&runner::settings_in_force(e)?),
        })
    }

    /// As JSON on one line: the same bytes for the same answers, and every number to its last bit.
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, RunError> {
        let mut bytes = serde_json::to_vec(self).map_err(|e| RunError::Jobs(e.to_string()))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Of JSON, or why it is none. Names become paths, so that they are held to what a spec is held to.
    pub(crate) fn from_json(bytes: &[u8]) -> Result<Self, String> {
        let answers: Self = serde_json::from_slice(bytes).map_err(|e| format!("this version of Curvecast does not read it ({e})"))?;
        let figures = answers.figures.iter().flatten().map(|figure| &figure.id);
        figures.chain(answers.tables.iter().map(|tabled| &tabled.id)).try_for_each(|id| check::file_name(id).map_err(|why| format!("{id:?}: {why}")))?;
        Ok(answers)
    }
}

/// The figures of the spec. One that is selected and cannot be drawn is left out here, and not when its files are made.
fn drawn(results: &Results) -> Result<Vec<Drawn>, RunError> {
    let e = &results.experiment;
    let inputs = Inputs { frame: &results.frame, series: &results.series, claims: &e.published.claims, resources: &results.resources };
    let draw = |spec: figures::Drawing| {
        let figure = spec.draw(&inputs).and_then(|figure| figure.to_svg().map(|_| figure).map_err(|e| e.to_string()));
        figure.map_err(|why| format!("Figure `{}` is left out: {why}.", spec.head.id))
    };
    Ok(figures::read(&e.text, &e.shown)?.into_iter().map(draw).collect())
}

/// The tables of the spec.
fn tabled(results: &Results, verdicts: &[(Claim, Verdict)]) -> Vec<Tabled> {
    let e = &results.experiment;
    let printed = Printed::new(verdicts, &results.frame);
    let table = |spec: &runner::spec::TableSpec| {
        // An error are rows that are not there, because their data are not.
        let found = cells::compute(spec, &e.published.claims, &results.frame).map(|computed| tables::grid(&computed, &printed));
        Tabled { id: spec.id.clone(), first: spec.print, found: found.map_err(|why| format!("Table `{}` is left out: {why}.", spec.id)) }
    };
    e.spec.tables.iter().map(table).collect()
}

/// A deviation in a line.
fn told(d: &Deviation) -> String {
    format!("**{}** ({}): {}. Here: {}.", d.id, d.place, d.says, d.we)
}

#[cfg(test)]
mod tests {
    use report::{Axis, Cell, Column, Layer, Mark, Panel, Style};

    use super::*;

    #[test]
    fn answers_read_back_as_they_were() {
        let line = Layer::Line { label: "ours".into(), points: vec![(0.1, 1.0 / 3.0), (2e-300, -0.0)], style: Style::nth(1) };
        let gap = Layer::Steps { label: String::new(), points: vec![(1.0, f64::NAN), (2.0, f64::INFINITY)], style: Style::nth(0) };
        let figure = |layer: Layer| Ok(Figure::new("f", "F").with_panel(Panel::new("", Axis::log("x").between(1e-9, 1.0), Axis::linear("y")).with(layer)));
        let mut table = Table::new("T", vec![Column::left("a"), Column::right("b")]);
        table.push(vec!["x".into(), Cell::with_se(0.3, 0.1, 2), Cell::Missing, Mark::Near.into(), Cell::Interval { low: 0.7, high: 0.9, decimals: 1 }]);
        let grid = Grid::new(table.clone()).with(0, 1, report::Printed { text: "0.30".into(), mark: Mark::Near, claim: "c".into() });
        let claim = ClaimRow { id: "c".into(), ours: Some(0.1 + 0.2), interval: Some((0.1, 0.7)), surprise: true, ..ClaimRow::default() };
        let answers = Answers {
            about: About { title: "A".into(), jobs: (1, 2), ..About::default() },
            claims: vec![claim],
            figures: vec![figure(line), Err("left out".into())],
            tables: vec![Tabled { id: "t".into(), first: true, found: Ok(grid) }, Tabled { id: "u".into(), first: false, found: Err("gone".into()) }],
            statuses: table,
            deviations: vec!["d".into()],
            ..Answers::default()
        };
        let read = |answers: &Answers| Answers::from_json(&answers.to_json().unwrap()).unwrap();
        assert_eq!(read(&answers), answers);
        // What is not finite is equal to nothing, and is written as it was.
        let gaps = Answers { figures: vec![figure(gap)], ..Answers::default() };
        assert_eq!(read(&gaps).to_json().unwrap(), gaps.to_json().unwrap());
        assert!(matches!(&read(&gaps).figures[..], [Ok(f)] if matches!(&f.panels[0].layers[..], [Layer::Steps { points, .. }] if points[0].1.is_nan())));
        let outside = Answers { tables: vec![Tabled { id: "../t".into(), first: false, found: Err("gone".into()) }], ..Answers::default() };
        assert!(Answers::from_json(&outside.to_json().unwrap()).unwrap_err().contains("../t"));
        assert!(Answers::from_json(b"{}").unwrap_err().contains("does not read it"));
    }
}
