//! `emergence`: when does each skill appear, in which order, and do models agree about it?
//!
//! One question is asked of a whole source at once: its curves are tasks of models. What comes out are rows of several
//! views (`point`, `pair`, `order` …), each with its own columns; `level` tells single observations (`each`) from summaries
//! (`all`), and a curve, pair or triple that cannot answer is a row with a status.

mod data;
mod defined;
mod log_rank;
mod moves;
mod order;
mod pairs;
mod points;
mod settings;
mod spec;
mod survive;
#[cfg(test)]
mod tests;
mod trajectory;
mod trends;

use curves::CurveSet;

use crate::job::Output;
use crate::method::Built;
use crate::protocol::{AskHead, At, Input, Inputs, Names, Part, Protocol, Shape, Step};
use crate::row_writer::RowWriter;
use crate::spec::About;

pub use defined::{Defined, Kind};
pub use settings::{Agree, Basis, Controls, Feature, Group, Ordering, Predictor, Survive, Targets, Tasks, Trajectory, Trend};
pub use spec::{Duplicates, EmergenceSpec, Smooth, SmoothAxis, View};

impl Protocol for EmergenceSpec {
    // Rises whenever a change of `evaluation::emergence` moves a number, too.
    fn epoch(&self) -> u32 {
        2
    }

    fn check(&self, _: &AskHead, _: &Names<'_>) -> Result<(), String> {
        self.check()
    }

    fn stands_for(&self) -> Vec<(Vec<Step>, String)> {
        let of = |id: &str, key: &str| vec![Step::Key("definition".into()), Step::Item(id.into()), Step::Key(key.into())];
        let definitions = self.definitions.iter().flat_map(|d| d.stands_for().into_iter().map(move |(key, value)| (of(&d.id, key), value)));
        let sigma =
            self.trajectory.sigma.is_none().then(|| (vec![Step::Key("trajectory".into()), Step::Key("sigma".into())], "the median distance".to_owned()));
        definitions.chain(sigma).collect()
    }

    fn reads(&self, ask: &AskHead) -> Vec<Input> {
        std::iter::once(&ask.source).chain(&self.errors).map(|source| Input::new(source, Shape::Curves)).collect()
    }

    fn parts(&self, _: &AskHead, _: &crate::protocol::Sizes<'_>) -> Vec<Part> {
        Part::pieces(1, 5.0)
    }

    fn run(&self, _: &Part, inputs: &dyn Inputs, at: &At<'_>) -> Output {
        let errors = self.errors.as_ref().and_then(|source| inputs.curves(source));
        inputs.curves(&at.ask.source).map_or_else(Output::default, |set| run(at.about, at.ask, self, set, errors))
    }

    fn answers(&self, _: &AskHead, _: &[Built]) -> Option<Vec<String>> {
        None
    }
}

/// Everything asked of a source.
fn run(about: &About, ask: &AskHead, asked: &EmergenceSpec, set: &CurveSet, errors: Option<&CurveSet>) -> Output {
    let mut all = RowWriter::new(ask);
    let rows = &mut all;
    let wants = |view: View| asked.views.contains(&view);
    let data = data::read(asked, set, &moves::Errors::new(asked, errors), rows);
    let points = points::find(asked, &data);
    if wants(View::Point) {
        points::rows(&data, &points, rows);
    }
    if wants(View::Pair) {
        pairs::rows(about, ask, asked, &data, &points, rows);
    }
    let resampled = order::Resampled::new(about, ask, asked);
    if wants(View::Order) {
        order::triples(&data, &points, &resampled, rows);
    }
    if wants(View::Contrast) {
        order::contrasts(asked, &data, &points, &resampled, rows);
    }
    if wants(View::Audit) {
        order::audits(asked, &data, &points, rows);
    }
    if wants(View::Trajectory) {
        trajectory::rows(about, ask, asked, &data, rows);
    }
    if wants(View::Survival) {
        survive::rows(asked, &data, &points, rows);
    }
    if wants(View::LogRank) {
        log_rank::rows(asked, &data, &points, rows);
    }
    if wants(View::Similarity) || wants(View::Movement) || wants(View::Domain) {
        let panels = trends::panels(asked, &data);
        if wants(View::Similarity) {
            trends::similarity(about, ask, asked, &data, &panels, rows);
        }
        if wants(View::Movement) {
            trends::movement(about, ask, asked, &data, &panels, rows);
        }
        if wants(View::Domain) {
            trends::domain(asked, &data, &panels, rows);
        }
    }
    Output::rows(all.finish())
}
