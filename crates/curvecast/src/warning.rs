//! What looks doubtful, and how things were understood, as data.

use std::fmt;

use import::Level;

/// Something that a reader of an answer must know; its [`Level`] says whether it asks anything of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// Rows without all of their numbers, which are left out.
    RowsLeftOut {
        /// How many.
        left_out: usize,
        /// Of how many.
        of: usize,
    },
    /// An input that looks as if it were counted in millions or billions.
    SmallCounts {
        /// The input.
        input: String,
        /// Its lowest value.
        low: f64,
        /// Its highest value.
        high: f64,
    },
    /// Losses that are high for nats per token.
    HighLoss {
        /// The lowest.
        low: f64,
        /// The highest.
        high: f64,
    },
    /// Something about the fit.
    Fit(fitters::Warning),
    /// Something about the log of a training tool.
    Import(import::Warning),
    /// A method that gives no intervals.
    NoIntervals {
        /// Why.
        why: String,
    },
    /// Resamples without a fit.
    ResamplesFailed {
        /// How many.
        failed: usize,
        /// Of how many.
        of: usize,
    },
    /// A best split that no one can train.
    OddOptimum {
        /// The budget in FLOP.
        budget: f64,
        /// Parameters there.
        params: f64,
        /// Tokens there.
        tokens: f64,
    },
    /// About 500 irregular points.
    LooksSampled,
    /// A series that moves the other way than is said to be good.
    WrongWay {
        /// Does it rise?
        rises: bool,
    },
    /// How a file was found to be written.
    ReadAs {
        /// A whole clause: `the columns are separated by semicolons`.
        what: String,
    },
    /// Columns that were taken because none were named.
    ColumnsTaken {
        /// The column of the resource.
        resource: String,
        /// The column of the measure.
        measure: String,
    },
    /// Steps that go back, as when a run is resumed from a checkpoint; the later rows stay.
    Resumed {
        /// The column of the resource.
        column: String,
        /// The line at which steps go back first, from 1.
        line: usize,
        /// The step before.
        from: f64,
        /// The step there.
        to: f64,
        /// How often steps go back.
        times: usize,
        /// How many rows were replaced.
        replaced: usize,
        /// A column that says one thing before and another one after.
        telling: Option<String>,
    },
    /// Rows of one step with different values, of which the last one stays.
    StepsRepeated {
        /// The column of the resource.
        column: String,
        /// How many rows have another value than the one before, of the same step.
        rows: usize,
        /// The line of the first of them, from 1.
        line: usize,
    },
    /// Values that are NaN or infinite, inside the curve.
    NotNumbers {
        /// The column of the measure.
        measure: String,
        /// How many rows.
        rows: usize,
        /// The line of the first, from 1.
        line: usize,
    },
    /// A curve that is NaN or infinite to its end.
    Diverged {
        /// The column of the measure.
        measure: String,
        /// The line from which on it is, from 1.
        line: usize,
        /// The column of the resource.
        resource: String,
        /// The resource there.
        at: f64,
        /// How many rows.
        rows: usize,
    },
    /// A measure that is blank in the rows at the end, though it was logged more often before.
    Stops {
        /// The column of the measure.
        measure: String,
        /// The first line of the end, from 1.
        line: usize,
        /// How many rows.
        rows: usize,
    },
    /// A first point that is no part of the curve: a placeholder, or an untrained model on another scale.
    FirstLeftOut {
        /// The resource there.
        at: f64,
        /// Its value.
        value: f64,
        /// The value after it.
        next: f64,
    },
    /// Earlier runs that the method did not take.
    EarlierNotHeard {
        /// How many were given.
        given: usize,
        /// How many were taken.
        heard: usize,
        /// Why not the others.
        why: &'static str,
    },
    /// Points at which a law that was asked for has no value: those at 0 and before, of a law that takes powers or the logarithm of its input.
    Undefined {
        /// The law.
        law: &'static str,
        /// The column of the resource.
        resource: String,
        /// The last such point.
        at: f64,
        /// How many points.
        points: usize,
    },
    /// Values that are all the same.
    Constant {
        /// The value.
        value: f64,
    },
    /// Values that look like shares in percent.
    Percent,
    /// A loss that ends far above its best value.
    Exploded {
        /// The best value.
        best: f64,
        /// The last one.
        last: f64,
    },
    /// A curve that was better before.
    TurnedWorse {
        /// The resource where it was best.
        at: f64,
        /// Its value there, a mean of a few points.
        best: f64,
        /// Its value at the end, a mean of a few points.
        last: f64,
    },
    /// A curve that improves faster at its end than before.
    Bends,
    /// A place far beyond what was seen.
    FarAhead {
        /// The place.
        end: f64,
        /// The last one seen.
        last: f64,
    },
    /// A quantile that has no bound.
    Unbounded {
        /// The resource value.
        at: f64,
        /// The level of the quantile, 0 to 1.
        level: f64,
    },
}

impl Warning {
    /// Does it ask anything of its reader?
    pub fn level(&self) -> Level {
        match self {
            Warning::Import(w) => w.level(),
            Warning::ReadAs { .. } | Warning::ColumnsTaken { .. } | Warning::Percent | Warning::Undefined { .. } | Warning::EarlierNotHeard { .. } => {
                Level::Note
            }
            Warning::RowsLeftOut { .. }
            | Warning::SmallCounts { .. }
            | Warning::HighLoss { .. }
            | Warning::Fit(_)
            | Warning::NoIntervals { .. }
            | Warning::ResamplesFailed { .. }
            | Warning::OddOptimum { .. }
            | Warning::LooksSampled
            | Warning::WrongWay { .. }
            | Warning::Resumed { .. }
            | Warning::StepsRepeated { .. }
            | Warning::NotNumbers { .. }
            | Warning::Diverged { .. }
            | Warning::Stops { .. }
            | Warning::FirstLeftOut { .. }
            | Warning::Constant { .. }
            | Warning::Exploded { .. }
            | Warning::TurnedWorse { .. }
            | Warning::Bends
            | Warning::FarAhead { .. }
            | Warning::Unbounded { .. } => Level::Warning,
        }
    }
}

/// What was found, and what to do.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::RowsLeftOut { left_out, of } => write!(f, "{left_out} of {of} rows lack a number and are left out"),
            Warning::SmallCounts { input, low, high } => {
                write!(f, "{input} runs from {low} to {high}: millions or billions? Budgets need counts: scale {input} by 1e9 (or 1e6)")
            }
            Warning::HighLoss { low, high } => {
                write!(f, "losses from {low:.3} to {high:.3} are high for nats per token: perplexity? Say so in the unit")
            }
            Warning::Fit(w) => write!(f, "{w}"),
            Warning::Import(w) => write!(f, "{w}"),
            Warning::NoIntervals { why } => write!(f, "no intervals: {why}"),
            Warning::ResamplesFailed { failed, of } => write!(f, "{failed} of {of} resamples could not be fitted"),
            Warning::OddOptimum { budget, params, tokens } => write!(
                f,
                "at {budget:e} FLOP the best split is {params:.2e} parameters and {tokens:.2e} tokens, which no one can train: check the units, \
                 the budget, and the warnings of the fit"
            ),
            Warning::LooksSampled => f.write_str("about 500 irregular rows: this looks like a sampled history, not the full one; export all rows if you can"),
            Warning::WrongWay { rises: true } => {
                f.write_str("the series rises, and lower is said to be better: say that higher is better if it is an accuracy")
            }
            Warning::WrongWay { rises: false } => f.write_str("the series falls, and higher is said to be better: say that lower is better if it is a loss"),
            Warning::ReadAs { what } => f.write_str(what),
            Warning::ColumnsTaken { resource, measure } => {
                write!(f, "the resource is taken from the column {resource:?} and the measure from {measure:?}; name others if these are not meant")
            }
            Warning::Resumed { column, line, from, to, times, replaced, telling } => {
                let again = if *times > 1 { format!(", the first of {times} times") } else { String::new() };
                write!(
                    f,
                    "{column} goes from {from} back to {to} in line {line}{again}, as when a run is resumed: {replaced} rows are replaced by \
                     later ones"
                )?;
                match telling {
                    Some(other) => write!(f, "; the column {other:?} changes there: if these are two runs, cut the file before line {line}"),
                    None => Ok(()),
                }
            }
            Warning::StepsRepeated { column, rows, line } => write!(
                f,
                "{rows} rows, the first in line {line}, repeat a value of {column} with another measure; the last row of each stays: if these are \
                 several runs, keep one"
            ),
            Warning::NotNumbers { measure, rows, line } => {
                write!(f, "{measure} is NaN or infinite in {rows} rows, the first in line {line}; they are left out")
            }
            Warning::Diverged { measure, line, resource, at, rows } => write!(
                f,
                "the run diverged: {measure} is NaN or infinite from line {line} ({resource} {at}) to the end, in {rows} rows; the forecast is of \
                 what came before"
            ),
            Warning::Stops { measure, line, rows } => write!(
                f,
                "{measure} is blank from line {line} to the end, in {rows} rows, as when a run diverges (pandas writes NaN as a blank); the \
                 forecast is of what came before"
            ),
            Warning::FirstLeftOut { at, value, next } => {
                write!(f, "the first value, {value} at {at}, is no part of the curve (the next one is {next}): it is left out; --keep-first keeps it")
            }
            Warning::EarlierNotHeard { given, heard, why } => write!(f, "{heard} of {given} earlier runs are heard: {why}"),
            Warning::Undefined { law, resource, at, points: 1 } => write!(f, "{law} has no value at {resource} {at}: the point there is left out"),
            Warning::Undefined { law, resource, at, points } => write!(f, "{law} has no value at {resource} {at} and before: {points} points are left out"),
            Warning::Constant { value } => write!(f, "every value is {value}: the measure was not logged, or nothing is learnt; the forecast is that it stays"),
            Warning::Percent => f.write_str("values look like percent: bounds of 0 and 100 are taken; give others if these are wrong"),
            Warning::Exploded { best, last } => {
                write!(f, "the run explodes: its last value is {last}, its best was {best}; a forecast of it means little, and the run is better stopped")
            }
            Warning::TurnedWorse { at, best, last } => write!(
                f,
                "the curve was better before: about {best:.4} around {at}, and {last:.4} at its end, as when a model overfits; ask about the best \
                 checkpoint, or leave out what came before by --from"
            ),
            Warning::Bends => f.write_str(
                "the curve improves faster at its end than before, as under a falling learning rate: give the schedule (--lr), or take the \
                 forecast as the value if it went on so",
            ),
            Warning::FarAhead { end, last } => {
                write!(f, "{end} is {:.0} times as far as what was seen ({last}): the past of a curve says little about that", end / last)
            }
            Warning::Unbounded { at, level } => {
                write!(
                    f,
                    "the {}% quantile at {at} has no bound: the method cannot tell; give bounds, ask for a nearer point, or use another method",
                    100.0 * level
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_things_were_understood_is_a_note_and_what_may_be_wrong_a_warning() {
        let notes = [
            Warning::ReadAs { what: "the columns are separated by semicolons".to_owned() },
            Warning::ColumnsTaken { resource: "epoch".to_owned(), measure: "loss".to_owned() },
            Warning::Percent,
            Warning::Import(import::Warning::Cut { file: "run".to_owned(), at: 9 }),
        ];
        assert!(notes.iter().all(|w| w.level() == Level::Note));
        let warnings = [
            Warning::RowsLeftOut { left_out: 1, of: 9 },
            Warning::WrongWay { rises: true },
            Warning::Bends,
            Warning::Import(import::Warning::LooksSampled { run: "a".to_owned(), rows: 500 }),
        ];
        assert!(warnings.iter().all(|w| w.level() == Level::Warning));
        assert_eq!(format!("{}: {}", notes[0].level(), notes[0]), "note: the columns are separated by semicolons");
        assert!(notes[3].to_string().starts_with("run: the last record, from byte 9 on, "));
    }
}
