//! Mean rank: who does best on the same rows, averaged over the rows.

use super::{Among, Cell, Sample};
use crate::pairing::{Arm, Matched, matched};
use crate::stat::ranks;
use crate::{EvaluationError, Frame};
use curves::Better;

/// The ranks of all competitors in one group of rows.
pub(crate) struct Ranked {
    pub unit: u32,
    /// One per competitor, in the order of `among.values`; 1 is the best, equals share.
    pub ranks: Vec<f64>,
}

/// All groups in which every competitor is present.
pub(crate) struct Ranking {
    pub groups: Vec<Ranked>,
    /// Failed rows of each competitor.
    pub failed: Vec<usize>,
    /// Groups that lack a competitor.
    pub incomplete: usize,
}

fn among(cell: &Cell) -> Result<&Among, EvaluationError> {
    cell.among.as_ref().ok_or_else(|| EvaluationError::InvalidCell { what: "a mean rank needs among".to_string() })
}

/// Which of `among.values` the cell selects.
pub(crate) fn selected(cell: &Cell) -> Result<usize, EvaluationError> {
    let among = among(cell)?;
    let chosen = cell.select.get(&among.column).map(|v| v.0.as_slice());
    let found = match chosen {
        Some([one]) => among.values.iter().position(|v| v == one),
        _ => None,
    };
    found.ok_or_else(|| EvaluationError::InvalidCell { what: format!("a mean rank must select one value of {:?}, and one of among.values", among.column) })
}

/// Ranks all competitors on all groups of rows that the cell selects, whichever competitor it selects.
///
/// A competitor that failed on a group comes last there; several share the last places.
pub(crate) fn ranking(cell: &Cell, frame: &Frame) -> Result<Ranking, EvaluationError> {
    let Among { column, values } = among(cell)?;
    let better = cell.metric_better()?;
    let mut arms = Vec::with_capacity(values.len());
    for value in values {
        let mut arm = cell.clone();
        arm.select.insert(column.clone(), value.as_str().into());
        arms.push(Arm { rows: arm.rows(frame)?, metric: &cell.metric });
    }
    let Matched { groups, incomplete } = matched(frame, &arms, &[column], &cell.unit)?;
    if groups.is_empty() {
        return Err(EvaluationError::NothingPaired { left: format!("{column}={}", values[0]), right: "all its rivals".to_string() });
    }
    let mut failed = vec![0; values.len()];
    let mut ranked = Vec::with_capacity(groups.len());
    for group in groups {
        for (count, slot) in failed.iter_mut().zip(&group.slots) {
            *count += slot.failed;
        }
        let badness: Vec<f64> = group
            .slots
            .iter()
            .map(|slot| match (slot.value(), better) {
                (None, _) => f64::INFINITY,
                (Some(v), Better::Lower) => v,
                (Some(v), Better::Higher) => -v,
            })
            .collect();
        if let Some(ranks) = ranks(&badness) {
            ranked.push(Ranked { unit: group.unit, ranks });
        }
    }
    Ok(Ranking { groups: ranked, failed, incomplete })
}

/// The ranks of the selected competitor.
pub(super) fn sample(cell: &Cell, frame: &Frame) -> Result<Sample, EvaluationError> {
    let who = selected(cell)?;
    let ranking = ranking(cell, frame)?;
    let numbers = ranking.groups.iter().map(|g| (g.unit, g.ranks[who]));
    Ok(Sample::new(cell.stat, numbers, ranking.failed[who], ranking.incomplete))
}
