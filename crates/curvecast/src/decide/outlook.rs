//! What is known of how a run ends, before anything is held against it: a forecast serves any best and any threshold.

use curves::{Better, Curve};
use fitters::FitError;

use super::{Decision, Ground};
use crate::forecast::{better_of, predict};
use crate::target::Predicted;
use crate::{Error, ForecastOptions, Series, Warning};

/// A loss this many times its best, and above its first value, has diverged: the factor at which a forecast warns of it.
const EXPLODED: f64 = 10.0;
/// The median of so many last values has to be there, so that one spike is none.
const LAST: usize = 3;

/// What is known of how a run ends.
pub(crate) struct Outlook {
    at: f64,
    resource: String,
    better: Better,
    seen: usize,
    last: f64,
    value: Option<f64>,
    known: Known,
    warnings: Vec<Warning>,
}

/// Why it is known.
enum Known {
    /// It is not: so many points are needed.
    TooFew { have: usize, need: usize, measure: String },
    /// It will not end well, for this reason.
    Diverged(String),
    /// This is its value at the place.
    Value(f64),
    /// A forecast.
    Predicted(Box<Predicted>),
}

/// The finite points of a series, and where it is NaN or infinite to its end: the resource there and how many points.
pub(crate) struct Cleaned {
    /// The series without what is no number.
    pub series: Series,
    /// The first resource value of an end without numbers, and its points.
    pub diverged: Option<(f64, usize)>,
}

/// Leaves out what is no number, and finds an end without any. A series that was read from a file has been cleaned already, and its notes
/// say what was there.
pub(crate) fn clean(series: &Series) -> Result<Cleaned, Error> {
    if series.x.len() != series.y.len() {
        // The message is that of a curve.
        Curve::new(series.x.clone(), series.y.clone()).map_err(Error::Curve)?;
    }
    let end = series.y.iter().rposition(|y| y.is_finite()).map_or(0, |last| last + 1);
    let tail = series.y.len() - end;
    let inside = series.y.iter().take(end).filter(|y| !y.is_finite()).count();
    let told = series.notes.iter().find_map(|note| match note {
        Warning::Diverged { at, rows, .. } => Some((*at, *rows)),
        _ => None,
    });
    let diverged = told.or_else(|| Some((*series.x.get(end)?, tail)));
    let (x, y): (Vec<f64>, Vec<f64>) = series.x.iter().zip(&series.y).filter(|(_, y)| y.is_finite()).map(|(x, y)| (*x, *y)).unzip();
    let mut notes = series.notes.clone();
    if inside > 0 {
        let line = series.y.iter().position(|y| !y.is_finite()).map_or(0, |first| first + 1);
        notes.push(Warning::NotNumbers { measure: series.measure.clone(), rows: inside, line });
    }
    let series = Series { x, y, notes, resource: series.resource.clone(), measure: series.measure.clone(), blank: series.blank };
    Ok(Cleaned { series, diverged })
}

impl Outlook {
    /// Of a run that is compared at the place `at`.
    ///
    /// # Errors
    /// A series that is none or begins after the place, and a forecast that fails.
    pub fn of(series: &Series, at: f64, min_points: usize, options: &ForecastOptions) -> Result<Self, Error> {
        let Some(last) = series.x.last().copied() else {
            return Err(Error::TooFewPoints { have: 0, need: min_points.max(1), measure: series.measure.clone() });
        };
        let Cleaned { series, diverged } = clean(series)?;
        let measure = series.measure.clone();
        let logged = series.x.len() + diverged.map_or(0, |(_, points)| points);
        let mut better = better_of(&measure, &series.x, &series.y, options.better);
        let too_few = |have: usize, need: usize| Known::TooFew { have, need, measure: measure.clone() };
        let mut warnings = series.notes.clone();
        let known = if series.x.last().is_some_and(|x| *x >= at) {
            Known::Value(value_at(&series, at)?)
        } else if logged < min_points {
            too_few(logged, min_points)
        } else if let Some((from, _)) = diverged {
            Known::Diverged(format!("{measure} is NaN or infinite from {} on", place(&series.resource, from)))
        } else if let Some(why) = exploded(&series, better) {
            Known::Diverged(why)
        } else {
            match predict(&series, &[at], options) {
                Ok(mut found) => {
                    (better, warnings) = (found.result.measure.better, std::mem::take(&mut found.result.warnings));
                    Known::Predicted(Box::new(found))
                }
                // A method may need more than was asked for.
                Err(
                    Error::TooFewPoints { have, need, .. } | Error::Undefined { left: have, need, .. } | Error::Fit(FitError::TooFewPoints { have, need, .. }),
                ) => too_few(have, need),
                Err(e) => return Err(e),
            }
        };
        Ok(Self { at, better, seen: series.x.len(), last, value: series.y.last().copied(), known, warnings, resource: series.resource })
    }

    /// The probability of ending better than `best`; `None` where too little was seen.
    pub fn p_better(&self, best: f64) -> Option<f64> {
        match &self.known {
            Known::TooFew { .. } => None,
            Known::Diverged(_) => Some(0.0),
            Known::Value(value) => Some(f64::from(u8::from(self.better.prefers(*value, best)))),
            Known::Predicted(found) => found.beats(0, best),
        }
    }

    /// Is it to be stopped, held against this best?
    pub fn stops(&self, best: f64, below: f64) -> bool {
        match self.known {
            Known::TooFew { .. } | Known::Value(_) => false,
            Known::Diverged(_) => true,
            Known::Predicted(_) => self.p_better(best).is_some_and(|p| p < below),
        }
    }

    /// The decision, held against this best.
    pub fn decision(self, best: f64, below: f64) -> Decision {
        let (stop, p_better, reason) = (self.stops(best, below), self.p_better(best), self.reason(best));
        let Self { seen, last, value, known, warnings, .. } = self;
        let (ground, forecast) = match known {
            Known::TooFew { .. } => (Ground::TooFew, None),
            Known::Diverged(_) => (Ground::Diverged, None),
            Known::Value(_) => (Ground::Finished, None),
            Known::Predicted(found) => (Ground::Forecast, found.result.points.into_iter().next()),
        };
        Decision { stop, ground, p_better, forecast, reason, seen, last, value, warnings }
    }

    /// Why, in one sentence.
    fn reason(&self, best: f64) -> String {
        match &self.known {
            Known::TooFew { have, need, measure } => {
                let points = if *have == 1 { "point" } else { "points" };
                format!("{have} {points} of {measure}, and no run is judged on fewer than {need}")
            }
            Known::Diverged(why) => why.clone(),
            Known::Value(value) => {
                let than = if self.better.prefers(*value, best) { "better" } else { "no better" };
                format!("{} at {}, where it is compared: {than} than {}", short(*value), place(&self.resource, self.at), short(best))
            }
            Known::Predicted(_) => {
                let side = if self.better == Better::Lower { "below" } else { "above" };
                let p = probability(self.p_better(best).unwrap_or(0.0));
                format!("P(final {side} {}) {p} after {}", short(best), progress(&self.resource, self.last, self.at))
            }
        }
    }
}

/// Far above its best, and above where it began: for a loss that is never zero or below.
fn exploded(series: &Series, better: Better) -> Option<String> {
    let best = series.y.iter().copied().reduce(f64::min)?;
    let first = *series.y.first()?;
    let mut end = series.y.get(series.y.len().checked_sub(LAST)?..)?.to_vec();
    end.sort_by(f64::total_cmp);
    let middle = *end.get(LAST / 2)?;
    let far = better == Better::Lower && best > 0.0 && middle > EXPLODED * best && middle > first;
    far.then(|| format!("{} is {} at its end, far above its best of {}", series.measure, short(middle), short(best)))
}

/// The value at a place that was passed: between its neighbours on a straight line.
fn value_at(series: &Series, at: f64) -> Result<f64, Error> {
    let after = series.x.partition_point(|x| *x < at);
    let point = |k: usize| series.x.get(k).copied().zip(series.y.get(k).copied());
    match (after.checked_sub(1).and_then(point), point(after)) {
        (_, Some((x, y))) if x == at => Ok(y),
        (Some((x0, y0)), Some((x1, y1))) => Ok(y0 + (at - x0) / (x1 - x0) * (y1 - y0)),
        _ => {
            let first = series.x.first().copied().unwrap_or(at);
            Err(Error::Option(format!("the run begins at {} {first}, and is compared at {at}: give a later place", series.resource)))
        }
    }
}

/// `= 0.01`, or that it is beyond two decimals.
fn probability(p: f64) -> String {
    match p {
        p if p < 0.005 => "< 0.01".to_owned(),
        p if p > 0.995 => "> 0.99".to_owned(),
        p => format!("= {p:.2}"),
    }
}

/// `12 of 50 epochs`; of a resource whose name is no word, `x 12 of 50`.
fn progress(resource: &str, last: f64, at: f64) -> String {
    let (last, at) = (short(last), short(at));
    match word(resource) {
        Some(word) if word.ends_with('s') => format!("{last} of {at} {word}"),
        Some(word) => format!("{last} of {at} {word}s"),
        None => format!("{resource} {last} of {at}"),
    }
}

/// `epoch 50`.
fn place(resource: &str, at: f64) -> String {
    format!("{} {}", word(resource).unwrap_or(resource), short(at))
}

/// The last word of a name, such as that of `trainer/global_step`, where it is one.
fn word(resource: &str) -> Option<&str> {
    resource.rsplit(|c: char| !c.is_alphabetic()).next().filter(|word| word.len() > 2)
}

/// Six significant digits, without zeros at the end.
fn short(v: f64) -> String {
    if v == 0.0 {
        return "0".to_owned();
    }
    let digits = (5.0 - v.abs().log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{v:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
