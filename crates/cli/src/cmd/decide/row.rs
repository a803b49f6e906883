//! One run, decided, as a row.

use curvecast::decide::{Ground, SweepRun, decide};
use curvecast::{DecideOptions, Error, ForecastOptions, PointForecast, Warning};
use report::{Cell, Column, decimals_for};
use tables::TableError;

/// The run goes on.
pub(crate) const CONTINUE: &str = "continue";
/// The run is to be stopped.
pub(crate) const STOP: &str = "stop";
/// The run has reached the place.
pub(crate) const FINISHED: &str = "finished";
/// The run cannot be read.
const UNREADABLE: &str = "unreadable";
/// There is no forecast.
const FAILED: &str = "failed";

/// A run and what is decided.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub name: String,
    pub decision: &'static str,
    pub warnings: Vec<Warning>,
    ground: &'static str,
    reason: String,
    seen: Option<usize>,
    at: Option<f64>,
    last: Option<f64>,
    forecast: Option<PointForecast>,
    best: Option<f64>,
    pub p_better: Option<f64>,
}

/// The columns of all rows.
pub(crate) fn columns() -> Vec<Column> {
    let numbers = ["seen", "at", "last", "5%", "median", "95%", "best", "P(better)"].map(Column::right);
    let words = ["decision", "ground", "reason"].map(Column::left);
    [Column::left("run")].into_iter().chain(numbers).chain(words).collect()
}

impl Row {
    /// A run held against the value it has to beat, where there is one.
    pub fn of(run: &SweepRun, best: Option<f64>, options: &DecideOptions) -> Self {
        let row = Self { name: run.name.clone(), best, ..Self::default() };
        let series = match &run.series {
            Ok(series) => series,
            Err(e) => return row.unread(e, options.min_points),
        };
        // The ends of the band are among the levels, whatever these are.
        let forecast = ForecastOptions { levels: ForecastOptions::default().levels, ..options.forecast.clone() };
        match decide(series, &DecideOptions { forecast, ..options.clone() }) {
            Err(e) => row.because(FAILED, "", e.to_string()),
            Ok(found) => {
                let judged = matches!(found.ground, Ground::Forecast | Ground::Finished);
                let decision = match found.ground {
                    Ground::Finished => FINISHED,
                    _ if found.stop && (best.is_some() || !judged) => STOP,
                    _ => CONTINUE,
                };
                let alone = judged && best.is_none();
                let reason = if alone { "no value to beat: there is no other run yet, and no --best".to_owned() } else { found.reason };
                Self {
                    seen: Some(found.seen),
                    at: Some(found.last),
                    last: found.value,
                    forecast: found.forecast,
                    p_better: found.p_better.filter(|_| !alone),
                    warnings: found.warnings,
                    ..row.because(decision, found.ground.word(), reason)
                }
            }
        }
    }

    /// Was it decided?
    pub fn is_answered(&self) -> bool {
        ![UNREADABLE, FAILED].contains(&self.decision)
    }

    /// As the columns have it.
    pub fn cells(&self) -> Vec<Cell> {
        let number = |v: Option<f64>| Cell::maybe(v, v.map_or(0, |v| decimals_for(v, 5)));
        let quantile = |level: f64| self.forecast.as_ref()?.quantiles.iter().find(|q| q.level == level)?.value;
        let exact = |v: f64| Cell::number(v, if v.fract() == 0.0 { 0 } else { decimals_for(v, 5) });
        vec![
            self.name.as_str().into(),
            self.seen.map_or(Cell::Missing, Cell::count),
            self.at.map_or(Cell::Missing, exact),
            number(self.last),
            number(quantile(0.05)),
            number(self.forecast.as_ref().and_then(|f| f.median)),
            number(quantile(0.95)),
            number(self.best),
            Cell::maybe(self.p_better, 2),
            self.decision.into(),
            self.ground.into(),
            self.reason.as_str().into(),
        ]
    }

    fn because(self, decision: &'static str, ground: &'static str, reason: String) -> Self {
        Self { decision, ground, reason, ..self }
    }

    /// A run of which nothing can be read: it is young, it was never a number, or its file is none.
    fn unread(self, why: &Error, min_points: usize) -> Self {
        let reason = why.to_string();
        match why {
            Error::TooFewValues { have, not_finite, .. } if *not_finite > 0 && have + not_finite >= min_points => {
                self.because(STOP, Ground::Diverged.word(), reason)
            }
            Error::TooFewValues { .. } | Error::TooFewSteps { .. } | Error::Table(TableError::Empty { .. } | TableError::NoRows { .. }) => {
                self.because(CONTINUE, Ground::TooFew.word(), reason)
            }
            _ => self.because(UNREADABLE, "", reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curvecast::Series;

    fn run(y: Result<Vec<f64>, Error>) -> SweepRun {
        let series = y.map(|y| Series { resource: "epoch".into(), measure: "loss".into(), ..Series::new((1..=y.len()).map(|x| x as f64).collect(), y) });
        SweepRun { name: "a".into(), series }
    }

    fn falling(n: u32) -> Vec<f64> {
        (1..=n).map(|t| 0.3 + f64::from(t).powf(-0.7)).collect()
    }

    fn decided(run: &SweepRun, best: Option<f64>) -> (&'static str, &'static str) {
        let row = Row::of(run, best, &DecideOptions::new(50.0, best.unwrap_or(0.0)));
        assert_eq!(row.cells().len(), columns().len());
        (row.decision, row.ground)
    }

    #[test]
    fn every_run_has_a_decision() {
        assert_eq!(decided(&run(Ok(falling(12))), Some(0.1)), (STOP, "forecast"));
        assert_eq!(decided(&run(Ok(falling(12))), Some(0.9)), (CONTINUE, "forecast"));
        assert_eq!(decided(&run(Ok(falling(60))), Some(0.1)), (FINISHED, "finished"));
        assert_eq!(decided(&run(Ok(falling(2))), Some(0.1)), (CONTINUE, "too-few"));
        // Nothing to beat stops nothing but what has diverged.
        assert_eq!(decided(&run(Ok(falling(12))), None), (CONTINUE, "forecast"));
        assert_eq!(decided(&run(Ok([falling(6), vec![f64::NAN]].concat())), None), (STOP, "diverged"));
    }

    #[test]
    fn what_cannot_be_read_is_young_broken_or_diverged() {
        let values = |have: usize, not_finite: usize| {
            let (file, measure) = ("a.csv".to_owned(), "loss".to_owned());
            run(Err(Error::TooFewValues { file, measure, have, of: have + not_finite, not_finite, blank: 0 }))
        };
        assert_eq!((decided(&values(1, 0), Some(0.1)), decided(&values(1, 5), Some(0.1))), ((CONTINUE, "too-few"), (STOP, "diverged")));
        let empty = Error::Table(TableError::Empty { file: "a.csv".into() });
        assert_eq!(decided(&run(Err(empty)), Some(0.1)), (CONTINUE, "too-few"));
        let odd = Error::Table(TableError::Read { file: "a.csv".into(), why: "gone".into() });
        let row = Row::of(&run(Err(odd)), None, &DecideOptions::new(50.0, 0.0));
        assert!(row.decision == UNREADABLE && !row.is_answered() && row.reason.contains("gone"));
    }
}
