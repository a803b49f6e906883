//! Points as they are read, run by run and measure by measure, in the order in which they were written.

use std::collections::HashMap;

use crate::names::{clean, is_other};
use crate::{ImportError, Warning};

/// What has been read so far.
#[derive(Debug, Default)]
pub struct Log {
    pub(crate) runs: Vec<Run>,
    places: HashMap<String, usize>,
    /// What the steps count, where a file has said so.
    pub(crate) resource: Option<String>,
    pub(crate) warnings: Vec<Warning>,
}

/// One run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) series: Vec<Series>,
    places: HashMap<String, usize>,
}

/// One measure, or another column, of one run.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Does it say where or when, rather than how well?
    pub(crate) other: bool,
    /// Steps and values. Of a measure, the steps increase; of another column, they stand as they were written.
    points: Vec<(f64, f64)>,
    /// Points of a measure that gave way when steps went back.
    dropped: Vec<(f64, f64)>,
    /// The first time that steps went back: from where to where.
    back: Option<(f64, f64)>,
    times: usize,
    /// How many values were followed by another one of the same step.
    repeated: usize,
}

/// A series when all is read.
#[derive(Debug, PartialEq)]
pub(crate) struct Settled {
    /// One value a step, with steps that increase.
    pub(crate) points: Vec<(f64, f64)>,
    /// Where steps went back first, how often they did, and how many values are there no more.
    pub(crate) back: Option<(f64, f64)>,
    pub(crate) times: usize,
    pub(crate) replaced: usize,
    pub(crate) repeated: usize,
}

impl Log {
    /// The run of a name, made if need be.
    pub(crate) fn run(&mut self, name: &str) -> &mut Run {
        let name = clean(name);
        let at = match self.places.get(&*name) {
            Some(&at) => at,
            None => {
                let at = self.runs.len();
                self.places.insert(name.clone().into_owned(), at);
                self.runs.push(Run { name: name.into_owned(), series: Vec::new(), places: HashMap::new() });
                at
            }
        };
        &mut self.runs[at]
    }

    /// Something that has to be said.
    pub(crate) fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }

    /// Says what the steps of a file count.
    ///
    /// # Errors
    /// An earlier file counted something else.
    pub(crate) fn counts(&mut self, resource: &str, file: &str) -> Result<(), ImportError> {
        let this = clean(resource).into_owned();
        match &self.resource {
            Some(before) if *before != this => Err(ImportError::Resources { file: file.to_owned(), this, before: before.clone() }),
            _ => {
                self.resource = Some(this);
                Ok(())
            }
        }
    }
}

impl Run {
    /// The series of a name, which says whether it is a measure; made if need be.
    pub(crate) fn series(&mut self, name: &str) -> &mut Series {
        self.at(name, is_other(name))
    }

    /// A series that is no measure, whatever its name.
    pub(crate) fn other(&mut self, name: &str) -> &mut Series {
        self.at(name, true)
    }

    fn at(&mut self, name: &str, other: bool) -> &mut Series {
        let name = clean(name);
        let at = match self.places.get(&*name) {
            Some(&at) => at,
            None => {
                let at = self.series.len();
                self.places.insert(name.clone().into_owned(), at);
                let (points, dropped) = (Vec::new(), Vec::new());
                self.series.push(Series { name: name.into_owned(), other, points, dropped, back: None, times: 0, repeated: 0 });
                at
            }
        };
        &mut self.series[at]
    }

    /// The run begins again at this step: what was written at it and after it is void.
    pub(crate) fn restart(&mut self, step: f64) {
        self.series.iter_mut().filter(|s| !s.other).for_each(|s| s.go_back(step));
    }
}

impl Series {
    /// One more value. Steps that are no finite numbers are ignored.
    pub(crate) fn push(&mut self, step: f64, value: f64) {
        if !step.is_finite() {
            return;
        }
        // -0 is 0
        let step = step + 0.0;
        if !self.other {
            match self.points.last() {
                Some(&(last, before)) if last == step => {
                    self.repeated += usize::from(!same(before, value));
                    self.points.pop();
                }
                Some(&(last, _)) if last > step => self.go_back(step),
                _ => {}
            }
        }
        self.points.push((step, value));
    }

    /// Lays aside what was written at a step and after it, as that of a run that was resumed before it.
    fn go_back(&mut self, step: f64) {
        let Some(&(last, _)) = self.points.last().filter(|p| p.0 >= step) else { return };
        let stay = self.points.partition_point(|p| p.0 < step);
        self.back.get_or_insert((last, step));
        self.times += 1;
        self.dropped.extend(self.points.drain(stay..));
    }

    /// One value a step. Of a measure, what gave way and was written again as it was, is not counted as replaced.
    pub(crate) fn settle(mut self) -> Settled {
        if self.other {
            // the sort is stable, so that the last of a group is the last that was written
            self.points.sort_by(|a, b| a.0.total_cmp(&b.0));
            self.points.reverse();
            self.points.dedup_by(|a, b| a.0 == b.0);
            self.points.reverse();
        }
        let points = self.points;
        let there = |step: f64| points.binary_search_by(|p| p.0.total_cmp(&step)).ok().and_then(|k| points.get(k)).map(|p| p.1);
        let replaced = self.dropped.iter().filter(|d| !there(d.0).is_some_and(|v| same(v, d.1))).count();
        Settled { back: self.back, times: self.times, replaced, repeated: self.repeated, points }
    }
}

/// The same bits, or both NaN.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(name: &str, points: &[(f64, f64)]) -> Settled {
        let mut log = Log::default();
        let run = log.run("r");
        points.iter().for_each(|(step, value)| run.series(name).push(*step, *value));
        log.runs.remove(0).series.remove(0).settle()
    }

    #[test]
    fn the_later_part_of_a_run_that_goes_back_stays() {
        let s = settled("loss", &[(1.0, 9.0), (2.0, 8.0), (3.0, 7.0), (4.0, 6.0), (2.0, 8.5), (4.0, 6.0)]);
        assert_eq!(s.points, [(1.0, 9.0), (2.0, 8.5), (4.0, 6.0)]);
        // 8 at 2 and 7 at 3 are gone; 6 at 4 was written again
        assert_eq!((s.back, s.times, s.replaced, s.repeated), (Some((4.0, 2.0)), 1, 2, 0));
    }

    #[test]
    fn the_last_value_of_a_step_stays() {
        let s = settled("loss", &[(1.0, 9.0), (1.0, 8.0), (1.0, 8.0), (2.0, f64::NAN), (2.0, f64::NAN), (f64::NAN, 1.0), (-0.0, 5.0)]);
        assert_eq!((s.points.as_slice(), s.repeated, s.times), (&[(0.0, 5.0)][..], 1, 1));
        let s = settled("epoch", &[(2.0, 1.0), (1.0, 0.0), (2.0, 3.0), (1.0, 4.0)]);
        assert_eq!((s.points.as_slice(), s.back, s.replaced), (&[(1.0, 4.0), (2.0, 3.0)][..], None, 0));
    }

    #[test]
    fn a_restart_makes_void_what_is_not_written_again_either() {
        let mut log = Log::default();
        let run = log.run("r");
        for step in 1..6 {
            run.series("loss").push(f64::from(step), 1.0);
            run.other("wall_time").push(f64::from(step), 1.0);
        }
        run.restart(3.0);
        run.restart(9.0);
        let (loss, wall) = (run.series.remove(0).settle(), run.series.remove(0).settle());
        assert_eq!((loss.points.len(), loss.replaced, loss.times, wall.points.len()), (2, 3, 1, 5));
    }

    #[test]
    fn names_that_tables_cannot_tell_apart_are_one() {
        let mut log = Log::default();
        log.run(" a ").series("loss\n").push(1.0, 1.0);
        log.run("a").series("loss").push(2.0, 1.0);
        assert_eq!((log.runs.len(), log.runs[0].series.len()), (1, 1));
        assert!(log.counts("step", "f").is_ok() && log.counts("step", "f").is_ok());
        let e = log.counts("epoch", "g.log").unwrap_err().to_string();
        assert_eq!(e, "g.log: counts by epoch, and an earlier file by step; import them one after the other");
    }
}
