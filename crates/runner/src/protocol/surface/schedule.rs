//! The learning-rate schedules behind rows: those that the ask or the table describes, or straight lines between logged rates.

use std::collections::BTreeMap;

use models::Schedule;

use super::data::{Data, Trouble};
use super::spec::SurfaceSpec;

/// Schedules, and which one each row is under.
#[derive(Clone, Debug, Default)]
pub(super) struct Schedules {
    pub all: Vec<Schedule>,
    /// For every row of the table.
    pub which: Vec<usize>,
}

/// The most steps a schedule from logged rates may have.
const MOST: f64 = 1e8;

/// The schedules that a law of `step` needs; none for any other law.
pub(super) fn schedules(asked: &SurfaceSpec, data: &Data<'_>, inputs: &[&str], rows: &[usize]) -> Result<Schedules, Trouble> {
    if !inputs.contains(&"step") {
        return Ok(Schedules::default());
    }
    let column = asked.schedule.as_ref().ok_or_else(|| Trouble::new("no-schedule", "`schedule` names no column"))?;
    let names = data.label(column)?;
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = Vec::new();
    let mut which = vec![0; data.table.len()];
    for &row in rows {
        let name = names[row].as_str();
        let place = match known.get(name) {
            Some(place) => *place,
            None => {
                let shape = asked.shapes.iter().find(|s| s.id == name).or_else(|| data.table.schedule(name));
                all.push(match shape {
                    Some(shape) => models::schedule::of(shape).map_err(|e| Trouble::new("no-schedule", format!("{name}: {e}")))?,
                    None => logged(asked, data, rows.iter().copied().filter(|&r| names[r] == name), name)?,
                });
                known.insert(name, all.len() - 1);
                all.len() - 1
            }
        };
        which[row] = place;
    }
    Ok(Schedules { all, which })
}

/// Straight lines between logged steps, from 0 at step 0.
fn logged(asked: &SurfaceSpec, data: &Data<'_>, rows: impl Iterator<Item = usize>, name: &str) -> Result<Schedule, Trouble> {
    let rate = asked.rate.as_ref().ok_or_else(|| Trouble::new("no-schedule", format!("{name}: no shape has this id, and there is no `rate`")))?;
    let (rates, steps) = (data.column(rate)?, data.column("step")?);
    let mut points: Vec<(f64, f64)> = rows.map(|r| (steps[r], rates[r])).filter(|p| p.0 >= 0.0 && p.0 <= MOST && p.1.is_finite()).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points.dedup_by(|b, a| b.0 == a.0);
    if points.first().is_none_or(|p| p.0 > 0.0) {
        points.insert(0, (0.0, 0.0));
    }
    let last = points.last().map_or(0, |p| p.0 as usize);
    let mut after = 0;
    let mut all = Vec::with_capacity(last + 1);
    for step in 0..=last {
        let at = step as f64;
        while after + 1 < points.len() && points[after].0 < at {
            after += 1;
        }
        let (end, start) = (points[after], points[after.saturating_sub(1)]);
        let share = if end.0 > start.0 { ((at - start.0) / (end.0 - start.0)).clamp(0.0, 1.0) } else { 1.0 };
        all.push(start.1 + share * (end.1 - start.1));
    }
    Schedule::new(all).map_err(|e| Trouble::new("no-schedule", format!("{name}: {e}")))
}
