//! `surface`: given small runs, what will the large one do? Laws are fitted to one part of a table of runs and foresee another.
//!
//! A job is one fit on one split; groups (families, say) and cells (so many models, such a share of training) are gone through
//! inside it. What comes out are rows of several views (`fit`, `parameter`, `prediction`, `optimum` …); a cell that cannot be
//! answered is a row of view `fit` with a status.

mod allocation;
mod asked;
mod data;
mod errors;
mod expression;
mod filter;
mod fitted;
mod foresee;
mod likelihood;
mod problem;
mod rows;
mod schedule;
mod settings;
mod simulate;
mod split;
#[cfg(test)]
mod tests;
mod ways;

use rayon::prelude::*;

use crate::job::Output;
use crate::protocol::tabulate::Tabulated;
use crate::spec::{About, Ask};
use data::{Data, Trouble};
use problem::Problem;
use rows::{Place, Rows};
use schedule::{Schedules, schedules};
use split::Cell;

pub use allocation::{Allocate, AllocateKind, Over};
pub use asked::Asked;
pub(crate) use expression::Expression;
pub use filter::{Filter, OneOf};
pub use schedule::{Shape, ShapeKind};
pub use settings::{Baseline, FitOf, LossOf, Point, Recipe, Reduction, SlopesOf, Tolerances, Unit, Way};
pub use simulate::Simulate;
pub use split::{Split, SplitKind};

/// Rises whenever a change of this protocol, or of the fitters it uses, moves a number.
pub(crate) const EPOCH: u32 = 2;

/// Answers the jobs of a range.
pub(crate) fn run(about: &About, ask: &Ask, asked: &Asked, table: &Tabulated, range: std::ops::Range<usize>) -> Output {
    let mut out = Rows::new(ask);
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
    Output { rows: out.finish(), ..Output::default() }
}

/// One fit on one split.
fn one(ask: &Ask, asked: &Asked, fit: usize, split: usize, table: &Tabulated, seed: &str, out: &mut Rows<'_>) {
    let (how, division) = (&asked.fits[fit], &asked.splits[split]);
    let place = Place { method: &how.id, split: &division.id, law: &how.law, ..Place::default() };
    let mut made = || -> Result<(), Trouble> {
        let law = how.law().map_err(|e| Trouble::new("bad-setting", e))?;
        let pinned = settings::of_parameters(law, &how.pinned, &how.pinned_ln).map_err(|e| Trouble::new("bad-setting", e))?;
        let data = Data::read(asked, &how.inputs, table)?;
        let rows = filter::kept(&how.rows, &data, &filter::kept(&asked.rows, &data, &(0..table.len()).collect::<Vec<_>>())?)?;
        if rows.is_empty() {
            return Err(Trouble::new("no-rows", ""));
        }
        let schedules = schedules(asked, &data, law.inputs(), &rows)?;
        let mut work = Vec::new();
        for (group, rows) in data.groups(asked.group.as_deref(), &rows)? {
            let (rows, dropped) = data.usable(rows, law.inputs());
            match split::cells(asked, division, &data, &rows) {
                Ok(cells) => work.extend(cells.into_iter().map(|cell| (group.clone(), cell, dropped))),
                Err(trouble) => report(&trouble, &Place { group: &group, ..place.clone() }, out),
            }
        }
        let context =
            Context { ask, asked, how, data: &data, schedules: &schedules, pinned: &pinned, first: fit == 0, held_out: division.kind != SplitKind::All, seed };
        // Cells take a thousandfold different times; their rows are put in order afterwards.
        let answered: Vec<Rows<'_>> =
            work.par_iter().with_max_len(1).map(|(group, cell, dropped)| context.answer(&Place { group, ..place.clone() }, cell, *dropped)).collect();
        answered.into_iter().for_each(|rows| out.extend(rows));
        Ok(())
    };
    if let Err(trouble) = made() {
        report(&trouble, &place, out);
    }
}

/// What cannot be fitted is a row too.
fn report(trouble: &Trouble, place: &Place<'_>, out: &mut Rows<'_>) {
    out.push("fit", "each", trouble.word, place, &[("parameter", &trouble.what)], &[]);
}

/// What the cells of a job share.
struct Context<'a> {
    ask: &'a Ask,
    asked: &'a Asked,
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
    fn answer(&self, place: &Place<'_>, cell: &Cell, dropped: usize) -> Rows<'a> {
        let mut out = Rows::new(self.ask);
        let place = Place { subset: &cell.subset, seen: &cell.seen, ..place.clone() };
        if self.first {
            foresee::baselines(self.asked, self.data, cell, &place, &mut out);
        }
        if let Err(trouble) = self.fit(&place, cell, dropped, &mut out) {
            report(&trouble, &place, &mut out);
        }
        out
    }

    fn fit(&self, place: &Place<'_>, cell: &Cell, dropped: usize, out: &mut Rows<'_>) -> Result<(), Trouble> {
        let (asked, how, data) = (self.asked, self.how, self.data);
        let (train, highest) = without_highest(data, &cell.train, how.drop_highest);
        if train.is_empty() {
            return Err(Trouble::new("no-training-rows", ""));
        }
        let seed = fitters::seed::of(&[self.seed, &how.id, place.split, place.group, place.subset, place.seen]);
        let failed = |e: fitters::FitError| Trouble::new(e.word(), e.to_string());
        let law = how.law().map_err(|e| Trouble::new("bad-setting", e))?;
        let mut problem = Problem::new(law, how.loss(), data, self.schedules, train).map_err(failed)?;
        problem.pinned = self.pinned.to_vec();
        let solved = problem.solve(how, seed).map_err(failed)?;
        let ways = ways::Ways::new(asked, how, &problem, &solved.fit, seed);
        let before = fitted::Before { dropped, highest };
        fitted::rows(asked, how, data, &problem, &solved, &ways, &before, place, out);
        if cell.test.is_empty() && self.held_out {
            out.push("prediction", "all", "no-held-out-rows", place, &[], &[]);
        }
        foresee::predictions(asked, data, self.schedules, cell, &solved.fit, &ways, place, out);
        foresee::points(asked, &solved.fit, &ways, place, out);
        foresee::optima(asked, &solved.fit, &ways, place, out);
        foresee::reaches(asked, &solved.fit, &ways, place, out);
        Ok(())
    }
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
