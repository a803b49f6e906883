//! Values that are missing or are no numbers: not logged, left out, or the end of a run that diverged.

use tables::Logged;

use super::{File, Point};
use crate::{Error, Warning};

/// The fewest rows at the end whose blanks are no matter of when a measure is logged.
const STOPS: usize = 3;

/// The points with finite values. What is left out inside the curve is counted, and an end without numbers is named.
pub(super) fn finite(points: Vec<Point>, file: &File<'_>, notes: &mut Vec<Warning>) -> Vec<Point> {
    let is = |p: &Point| p.y.is_finite();
    let odd = points.iter().filter(|p| !is(p)).count();
    if odd == 0 {
        return points;
    }
    let end = points.iter().rposition(is).map_or(0, |last| last + 1);
    let mut inside = odd - (points.len() - end);
    match points.get(end) {
        Some(first) if !woven(&points, end) => notes.push(Warning::Diverged {
            measure: file.measure.to_owned(),
            line: file.table.line(first.row),
            resource: file.resource.to_owned(),
            at: first.x,
            rows: points.len() - end,
        }),
        _ => inside = odd,
    }
    if let Some(first) = points.iter().find(|p| !is(p)).filter(|_| inside > 0) {
        notes.push(Warning::NotNumbers { measure: file.measure.to_owned(), rows: inside, line: file.table.line(first.row) });
    }
    points.into_iter().filter(is).collect()
}

/// Do the NaN at the end belong to a log that writes NaN in every row in which the measure was not logged? Those are most
/// rows, and the end is no longer than the gaps before it.
fn woven(points: &[Point], end: usize) -> bool {
    let odd = points.iter().filter(|p| !p.y.is_finite()).count();
    let runs = points[..end].chunk_by(|a, b| a.y.is_finite() == b.y.is_finite()).filter(|run| !run[0].y.is_finite());
    let longest = runs.map(<[Point]>::len).max().unwrap_or(0);
    2 * odd >= points.len() && points.len() - end <= longest && points[end..].iter().all(|p| p.y.is_nan())
}

/// Rows with the resource and without a number in the measure.
pub(super) struct Missing {
    /// Rows with the resource.
    pub of: usize,
    /// Rows in which the measure is blank, or NaN for the same reason.
    pub blank: usize,
    /// Rows in which it is NaN or infinite.
    pub odd: usize,
    /// Does NaN stand where another measure was logged in this one's place?
    pub nan_is_blank: bool,
}

impl Missing {
    /// Counts what is missing, and says what is not a matter of when a measure is logged.
    pub fn of(x: &[bool], y: &Logged, file: &File<'_>, notes: &mut Vec<Warning>) -> Result<Self, Error> {
        let rows: Vec<usize> = (0..x.len()).filter(|&r| x[r]).collect();
        let blank = rows.iter().filter(|&&r| y.blank[r]).count();
        let nan: Vec<usize> = rows.iter().copied().filter(|&r| !y.blank[r] && y.values[r].is_nan()).collect();
        let infinite = rows.iter().filter(|&&r| y.values[r].is_infinite()).count();
        let nan_is_blank = !nan.is_empty() && elsewhere(&nan, &with(&rows, y), file)?;
        let (also, odd) = if nan_is_blank { (nan.len(), infinite) } else { (0, nan.len() + infinite) };
        let found = Self { of: rows.len(), blank: blank + also, odd, nan_is_blank };
        let stopped = if blank > 0 { stops(&rows, y, file, notes) } else { 0 };
        let inside = blank - stopped;
        if inside > 0 && 2 * blank < rows.len() {
            let without: Vec<usize> = rows[..rows.len() - stopped].iter().copied().filter(|&r| y.blank[r]).collect();
            if !elsewhere(&without, &with(&rows, y), file)? {
                notes.push(Warning::RowsLeftOut { left_out: inside, of: rows.len() });
            }
        }
        Ok(found)
    }
}

/// The rows with a number.
fn with(rows: &[usize], y: &Logged) -> Vec<usize> {
    rows.iter().copied().filter(|&r| !y.blank[r] && y.values[r].is_finite()).collect()
}

/// How many rows at the end are blank although the measure was logged far more often before: pandas writes the NaN of a
/// run that diverged as blanks.
fn stops(rows: &[usize], y: &Logged, file: &File<'_>, notes: &mut Vec<Warning>) -> usize {
    let Some(last) = rows.iter().rposition(|&r| !y.blank[r]) else { return 0 };
    let end = rows.len() - 1 - last;
    let before = rows.iter().position(|&r| !y.blank[r]).unwrap_or(0);
    let gaps = rows[before..=last].chunk_by(|a, b| y.blank[*a] == y.blank[*b]).filter(|run| y.blank[run[0]]);
    let longest = gaps.map(<[usize]>::len).max().unwrap_or(0);
    if end < STOPS.max(2 * (longest + 1)) || before == last {
        return 0;
    }
    notes.push(Warning::Stops { measure: file.measure.to_owned(), line: file.table.line(rows[last + 1]), rows: end });
    end
}

/// Is another column filled in nearly all rows without the measure, and in few of those with it? Then the log has a row
/// for each of the two, and nothing is missing.
fn elsewhere(without: &[usize], with: &[usize], file: &File<'_>) -> Result<bool, Error> {
    for column in file.table.columns().iter().filter(|c| *c != file.resource && *c != file.measure) {
        let filled = file.table.filled(column)?;
        let share = |rows: &[usize]| rows.iter().filter(|&&r| filled[r]).count() as f64 / rows.len().max(1) as f64;
        if share(without) >= 0.9 && share(with) <= 0.5 {
            return Ok(true);
        }
    }
    Ok(false)
}
