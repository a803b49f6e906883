//! Rows in the order of the resource: runs that were resumed, rows that are there twice, and two runs in one file.

use super::{File, Point};
use crate::{Error, Warning};

/// From how many different steps on falling rows are one run from its end to its beginning.
const FALLING: usize = 3;

/// One point for every step, with steps that increase. Of a run that was resumed, the later rows stay.
///
/// # Errors
/// Two runs, and rows in no order.
pub(super) fn in_order(mut points: Vec<Point>, file: &File<'_>, notes: &mut Vec<Warning>) -> Result<Vec<Point>, Error> {
    if points.windows(2).all(|p| p[0].x < p[1].x) {
        return Ok(points);
    }
    if falls(&points) {
        points.reverse();
        notes.push(Warning::ReadAs { what: format!("the rows stand from the last {} to the first, and are read in that order", file.resource) });
    }
    let back: Vec<usize> = (1..points.len()).filter(|&k| points[k].x < points[k - 1].x).collect();
    refuse(&points, &back, file)?;
    Ok(merged(&points, &back, file, notes))
}

/// Do the steps only ever fall?
fn falls(points: &[Point]) -> bool {
    let fall = points.windows(2).filter(|p| p[1].x < p[0].x).count();
    1 + fall >= FALLING && points.windows(2).all(|p| p[1].x <= p[0].x)
}

/// Refuses what is no run that was resumed; `back` are the points at which steps go back.
fn refuse(points: &[Point], back: &[usize], file: &File<'_>) -> Result<(), Error> {
    let Some(&first) = back.first() else { return Ok(()) };
    let at = |k: usize| (file.table.line(points[k].row), points[k - 1].x, points[k].x);
    let restarts: Vec<usize> = back.iter().copied().filter(|&k| points[k].x <= points[0].x).collect();
    let (name, column) = (file.name.to_owned(), file.resource.to_owned());
    if shuffled(points, back) && (restarts.is_empty() || back.len() > 1) {
        let (line, from, to) = at(first);
        return Err(Error::NotSorted { file: name, line, column, from, to });
    }
    if let Some(&k) = restarts.first() {
        let (line, from, to) = at(k);
        return Err(Error::SeveralRuns { file: name, line, column, from, to, runs: 1 + restarts.len(), telling: telling(points, k, back, file) });
    }
    Ok(())
}

/// Are the rows in no order? A run that was resumed goes over steps again, or passes the last one it had reached; rows
/// that were sorted as text (1, 10, 11, 2, 3) do neither.
fn shuffled(points: &[Point], back: &[usize]) -> bool {
    let ends = back.iter().skip(1).map(|k| k - 1).chain([points.len() - 1]);
    let mut top = points[back[0] - 1].x;
    let mut short = false;
    for end in ends {
        short |= points[end].x < top;
        top = top.max(points[end].x);
    }
    short && {
        let mut all: Vec<f64> = points.iter().map(|p| p.x).collect();
        all.dedup();
        all.sort_by(f64::total_cmp);
        all.windows(2).all(|p| p[0] < p[1])
    }
}

/// A column that tells two parts of the file apart: it says one thing in all of the first and another in all of the second.
fn telling(points: &[Point], begin: usize, back: &[usize], file: &File<'_>) -> Option<String> {
    let before = back.iter().copied().filter(|&k| k < begin).max().unwrap_or(0);
    let end = back.iter().copied().find(|&k| k > begin).map_or(file.table.rows(), |k| points[k].row);
    let (first, second) = (points[before].row..points[begin].row, points[begin].row..end);
    let names = |text: &str| text.parse::<f64>().is_err();
    file.table.columns().into_iter().find(|column| {
        let (Some(a), Some(b)) = (file.table.constant(column, first.clone()), file.table.constant(column, second.clone())) else { return false };
        a != b && (names(a) || ["run", "seed", "trial", "id"].iter().any(|part| column.to_lowercase().contains(part)))
    })
}

/// Of several rows of one step, the last; of a part that was run again, the rows of the later run.
fn merged(points: &[Point], back: &[usize], file: &File<'_>, notes: &mut Vec<Warning>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::with_capacity(points.len());
    let (mut replaced, mut repeated, mut differing) = (0, None, 0);
    for point in points {
        match kept.last() {
            Some(last) if last.x == point.x => {
                if last.y.to_bits() != point.y.to_bits() {
                    differing += 1;
                    repeated.get_or_insert(file.table.line(point.row));
                }
                kept.pop();
            }
            Some(last) if last.x > point.x => {
                let stay = kept.partition_point(|k| k.x < point.x);
                replaced += kept.len() - stay;
                kept.truncate(stay);
            }
            _ => {}
        }
        kept.push(*point);
    }
    if let Some(&k) = back.first() {
        notes.push(Warning::Resumed {
            column: file.resource.to_owned(),
            line: file.table.line(points[k].row),
            from: points[k - 1].x,
            to: points[k].x,
            times: back.len(),
            replaced,
            telling: telling(points, k, back, file),
        });
    }
    if let Some(line) = repeated {
        notes.push(Warning::StepsRepeated { column: file.resource.to_owned(), rows: differing, line });
    }
    kept
}
