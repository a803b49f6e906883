//! `surface`: given small runs, what will the large one do? Laws are fitted to one part of a table of runs and predict another.
//!
//! A job is one fit on one split; groups (families, say) and cells (so many models, such a share of training) are gone through
//! inside it. What comes out are rows of several views (`fit`, `parameter`, `prediction`, `optimum` …); a cell that cannot be
//! answered is a row of view `fit` with a status.

mod allocation;
mod data;
mod errors;
mod fitted;
mod predictions;
mod problem;
mod rows;
mod schedule;
mod settings;
mod simulate;
mod spec;
mod split;
#[cfg(test)]
mod tests;

use curves::runs::RunTable;
use fitters::intervals::{IntervalSettings, Intervals};
use fitters::solver::Resampling;
use rayon::prelude::*;

use crate::job::Output;
use crate::method::Built;
use crate::protocol::{AskHead, At, Input, Inputs, Names, Part, Protocol, Shape, Sizes, Step};
use crate::spec::About;
use data::{Data, Trouble};
use problem::of_rows;
use rows::{FitRows, RowKey};
use schedule::{Schedules, schedules};
use split::Cell;

pub use allocation::{Allocate, AllocateKind, Over, ProfileOf};
pub use settings::{Baseline, FitOf, LossOf, Point, Recipe, Unit};
pub use simulate::Simulate;
pub use spec::SurfaceSpec;
pub use split::{Split, SplitKind};

impl Protocol for SurfaceSpec {
    // Rises whenever a change of the fitters moves a number, too. Profiles are at 3, since budgets enter power laws as they are and not
    // rounded; nothing else moved then.
    fn epoch(&self) -> u32 {
        // Laws of one input are fitted where their rows are of order one.
        let one_input = self.fits.iter().any(|f| models::find(&f.law).is_ok_and(fitters::one_input::knows));
        match (one_input, self.allocations.iter().any(|a| a.profile().is_some())) {
            // Levels of inputs are counted from the first value of each, which a warning may tell: 5 to 7 for 4, 3 and 2.
            (true, _) => 7,
            (false, true) => 6,
            (false, false) => 5,
        }
    }

    fn check(&self, ask: &AskHead, names: &Names<'_>) -> Result<(), String> {
        self.check()?;
        self.columns(ask, names).map_err(|e| format!("surface: {e}"))
    }

    fn reads(&self, ask: &AskHead) -> Vec<Input> {
        vec![Input::new(&ask.source, Shape::Runs)]
    }

    fn parts(&self, _: &AskHead, _: &Sizes<'_>) -> Vec<Part> {
        Part::pieces(self.jobs(), 1.0)
    }

    fn run(&self, part: &Part, inputs: &dyn Inputs, at: &At<'_>) -> Output {
        inputs.runs(&at.ask.source).map_or_else(Output::default, |table| run(at.about, at.ask, self, table, part.range.clone()))
    }

    fn stands_for(&self) -> Vec<(Vec<Step>, String)> {
        let way = |list: &str, id: &str, setting: &str| vec![Step::Key(list.into()), Step::Item(id.into()), Step::Key(setting.into())];
        let fits = self.fits.iter().flat_map(|f| f.stands_for().into_iter().map(move |(setting, value)| (way("fit", &f.id, setting), value)));
        let allocations = self.allocations.iter().filter(|a| a.resamples.is_none());
        let simulations = self.simulations.iter().filter_map(|s| Some((way("simulate", &s.id, "delta"), settings::left_out_delta(s.loss, s.delta)?)));
        fits.chain(allocations.map(|a| (way("allocation", &a.id, "resamples"), self.resamples.to_string()))).chain(simulations).collect()
    }

    fn answers(&self, _: &AskHead, _: &[Built]) -> Option<Vec<String>> {
        let own = self.fits.iter().map(|f| f.id.clone()).chain(self.allocations.iter().map(|a| a.id.clone()));
        let all = own.chain(self.simulations.iter().map(|s| s.id.clone()));
        Some(all.chain(self.baselines.iter().map(|b| b.name().to_owned())).collect())
    }
}

/// Answers the jobs of a range.
pub(crate) fn run(about: &About, ask: &AskHead, asked: &SurfaceSpec, table: &RunTable, range: std::ops::Range<usize>) -> Output {
    let mut out = FitRows::new(ask);
    let (fits, splits) = (asked.fits.len(), asked.splits.len());
    for job in range {
        let seed = |id: &str| format!("{} {} {} {id}", about.seed, ask.source, ask.id);
        if job < fits * splits {
            one(ask, asked, job / splits, job % splits, table, &seed(""), &mut out);
        } else if let Some(how) = asked.allocations.get(job - fits * splits) {
            allocation::run(asked, how, table, &seed(&how.id), &mut out);
        } else if let Some(how) = asked.simulations.get(job - fits * splits - asked.allocations.len()) {
            simulate::run(ask, asked, how, table, &seed(&how.id), &mut out);
        }
    }
    Output::rows(out.finish())
}

/// One fit on one split.
fn one(ask: &AskHead, asked: &SurfaceSpec, fit: usize, split: usize, table: &RunTable, seed: &str, out: &mut FitRows<'_>) {
    let (how, division) = (&asked.fits[fit], &asked.splits[split]);
    let place = RowKey { method: &how.id, split: &division.id, law: &how.law, ..RowKey::default() };
    let mut made = || -> Result<(), Trouble> {
        let law = how.law().map_err(|e| Trouble::new("bad-setting", e))?;
        let pinned = settings::of_parameters(law, &how.pinned, &how.pinned_ln).map_err(|e| Trouble::new("bad-setting", e))?;
        let data = Data::read(asked, &how.inputs, table)?;
        let rows = how.rows.kept(&data, &asked.rows.kept(&data, &(0..table.len()).collect::<Vec<_>>())?)?;
        if rows.is_empty() {
            return Err(Trouble::new("no-rows", ""));
        }
        let schedules = schedules(asked, &data, law.inputs(), &rows)?;
        let mut work = Vec::new();
        for (group, rows) in data.groups(asked.group.as_deref(), &rows)? {
            let (rows, dropped) = data.usable(rows, law.inputs());
            match split::cells(asked, division, &data, &rows) {
                Ok(cells) => work.extend(cells.into_iter().map(|cell| (group.clone(), cell, dropped))),
                Err(trouble) => report(&trouble, &RowKey { group: &group, ..place.clone() }, out),
            }
        }
        let context =
            Context { ask, asked, how, data: &data, schedules: &schedules, pinned: &pinned, first: fit == 0, held_out: division.kind != SplitKind::All, seed };
        // Cells take a thousandfold different times; their rows are put in order afterwards.
        let answered: Vec<FitRows<'_>> =
            work.par_iter().with_max_len(1).map(|(group, cell, dropped)| context.answer(&RowKey { group, ..place.clone() }, cell, *dropped)).collect();
        answered.into_iter().for_each(|rows| out.extend(rows));
        Ok(())
    };
    if let Err(trouble) = made() {
        report(&trouble, &place, out);
    }
}

/// What cannot be fitted is a row too.
fn report(trouble: &Trouble, place: &RowKey<'_>, out: &mut FitRows<'_>) {
    out.push("fit", "each", trouble.word, place, &[("parameter", &trouble.what)], &[]);
}

/// What the cells of a job share.
struct Context<'a> {
    ask: &'a AskHead,
    asked: &'a SurfaceSpec,
    how: &'a FitOf,
    data: &'a Data<'a>,
    schedules: &'a Schedules,
    pinned: &'a [Option<f64>],
    /// Is it the ask's first fit? It brings the baselines.
    first: bool,
    /// Does the split hold rows out?
    held_out: bool,
    seed: &'a str,
}

impl<'a> Context<'a> {
    fn answer(&self, place: &RowKey<'_>, cell: &Cell, dropped: usize) -> FitRows<'a> {
        let mut out = FitRows::new(self.ask);
        let place = RowKey { subset: &cell.subset, seen: &cell.seen, ..place.clone() };
        if self.first {
            predictions::baselines(self.asked, self.data, cell, &place, &mut out);
        }
        if let Err(trouble) = self.fit(&place, cell, dropped, &mut out) {
            report(&trouble, &place, &mut out);
        }
        out
    }

    fn fit(&self, place: &RowKey<'_>, cell: &Cell, dropped: usize, out: &mut FitRows<'_>) -> Result<(), Trouble> {
        let (asked, how, data) = (self.asked, self.how, self.data);
        let (train, highest) = without_highest(data, &cell.train, how.drop_highest);
        if train.is_empty() {
            return Err(Trouble::new("no-training-rows", ""));
        }
        let seed = fitters::seed::of(&[self.seed, &how.id, place.split, place.group, place.subset, place.seen]);
        let failed = |e: fitters::FitError| Trouble::new(e.word(), e.to_string());
        let law = how.law().map_err(|e| Trouble::new("bad-setting", e))?;
        let mut problem = of_rows(law, how.loss(), data, self.schedules, &train).map_err(failed)?;
        problem.pinned = self.pinned.to_vec();
        let solver = how.solver();
        let solved = solver.solve(&problem, seed).map_err(failed)?;
        let intervals = Intervals::new(&problem, &*solver, &solved.fit, &interval_settings(asked, how), seed);
        let before = fitted::Before { dropped, highest, rows: &train };
        fitted::rows(asked, how, data, &problem, &solved, &intervals, &before, place, out);
        if cell.test.is_empty() && self.held_out {
            out.push("prediction", "all", "no-held-out-rows", place, &[], &[]);
        }
        predictions::predictions(asked, data, self.schedules, cell, &solved.fit, &intervals, place, out);
        predictions::points(asked, &solved.fit, &intervals, place, out);
        predictions::optima(asked, &solved.fit, &intervals, place, out);
        predictions::reaches(asked, &solved.fit, &intervals, place, out);
        Ok(())
    }
}

/// Which intervals a fit has.
fn interval_settings(asked: &SurfaceSpec, how: &FitOf) -> IntervalSettings {
    let resampling = Resampling { count: asked.resamples, keep: asked.keep };
    IntervalSettings { methods: how.intervals.clone(), confidence: asked.confidence, resampling }
}

/// Rows without those of the highest targets, and how many those were; of equal targets the later row goes.
fn without_highest(data: &Data<'_>, rows: &[usize], drop: usize) -> (Vec<usize>, usize) {
    let mut order = rows.to_vec();
    order.sort_by(|&a, &b| data.target[a].total_cmp(&data.target[b]).then(a.cmp(&b)));
    order.truncate(rows.len().saturating_sub(drop));
    let dropped = rows.len() - order.len();
    order.sort_unstable();
    (order, dropped)
}
