//! Rows of several arms, matched on everything that is not the arm.

use std::collections::BTreeMap;

use crate::cell::DEFAULT_UNIT;
use crate::frame::STATUS;
use crate::{EvaluationError, Frame};

/// One of the things compared: its rows, and the number read from them.
pub(crate) struct Arm<'a> {
    pub rows: Vec<usize>,
    pub metric: &'a str,
}

/// What one arm brings to one group.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slot {
    sum: f64,
    used: usize,
    /// Rows without a usable number: failed, or the metric does not apply.
    pub failed: usize,
}

impl Slot {
    fn add(&mut self, ok: bool, value: f64) {
        if ok && !value.is_nan() {
            self.sum += value;
            self.used += 1;
        } else {
            self.failed += 1;
        }
    }

    /// Mean of the usable rows.
    pub fn value(&self) -> Option<f64> {
        (self.used > 0).then(|| self.sum / self.used as f64).filter(|v| !v.is_nan())
    }

    fn is_present(&self) -> bool {
        self.used + self.failed > 0
    }
}

/// Rows alike in all that identifies them, one slot per arm.
#[derive(Debug)]
pub(crate) struct Group {
    /// What is resampled: groups of one unit are drawn together.
    pub unit: u32,
    pub slots: Vec<Slot>,
}

/// All groups that every arm is in.
#[derive(Debug)]
pub(crate) struct Matched {
    pub groups: Vec<Group>,
    /// How many groups lack an arm.
    pub incomplete: usize,
}

/// Codes of the unit column. Where none of the rows has a text in the default column, or there is no such column, every row is its own unit (`None`).
pub(crate) fn units<'a>(frame: &'a Frame, unit: &str, mut rows: impl Iterator<Item = usize>) -> Result<Option<&'a [u32]>, EvaluationError> {
    match frame.codes(unit) {
        Some(_) if unit == DEFAULT_UNIT && rows.all(|r| frame.text(unit, r).is_none_or(str::is_empty)) => Ok(None),
        Some(codes) => Ok(Some(codes)),
        None if unit == DEFAULT_UNIT => Ok(None),
        None => Err(frame.no_text(unit)),
    }
}

/// Groups the rows of all arms by their text columns, but for `status`, for the columns in which the
/// arms were chosen to differ (`varied`), and for columns that describe an arm: where two arms never share
/// a value (the weights file of one method, say), no group could have both. The unit column always counts.
pub(crate) fn matched(frame: &Frame, arms: &[Arm<'_>], varied: &[&str], unit: &str) -> Result<Matched, EvaluationError> {
    let has_unit = units(frame, unit, arms.iter().flat_map(|a| a.rows.iter().copied()))?.is_some() && !varied.contains(&unit);
    let names: Vec<&str> =
        frame.text_columns().filter(|&name| name != STATUS && !varied.contains(&name) && (name == unit || is_shared(frame, arms, name))).collect();
    let unit_at = if has_unit { names.iter().position(|&n| n == unit) } else { None };
    let keys: Vec<&[u32]> = names.iter().filter_map(|n| frame.codes(n)).collect();
    let mut groups = BTreeMap::<Vec<u32>, Vec<Slot>>::new();
    for (k, arm) in arms.iter().enumerate() {
        let numbers = frame.numbers(arm.metric)?;
        for &row in &arm.rows {
            let key = keys.iter().map(|codes| codes[row]).collect();
            let slots = groups.entry(key).or_insert_with(|| vec![Slot::default(); arms.len()]);
            slots[k].add(frame.is_ok(row), numbers[row]);
        }
    }
    let all = groups.len();
    let complete = groups.into_iter().filter(|(_, slots)| slots.iter().all(Slot::is_present)).enumerate();
    let groups: Vec<Group> = complete.map(|(g, (key, slots))| Group { unit: unit_at.map_or(g as u32, |at| key[at]), slots }).collect();
    let incomplete = all - groups.len();
    Ok(Matched { groups, incomplete })
}

/// Do every two arms have a value of this column in common?
fn is_shared(frame: &Frame, arms: &[Arm<'_>], column: &str) -> bool {
    let (Some(codes), Some(levels)) = (frame.codes(column), frame.levels(column)) else {
        return false;
    };
    let seen: Vec<Vec<bool>> = arms
        .iter()
        .map(|arm| {
            let mut seen = vec![false; levels.len()];
            arm.rows.iter().for_each(|&row| seen[codes[row] as usize] = true);
            seen
        })
        .collect();
    let meet = |a: &[bool], b: &[bool]| a.iter().zip(b).any(|(x, y)| *x && *y);
    seen.iter().enumerate().all(|(k, a)| seen[..k].iter().all(|b| meet(a, b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arms<'a>(frame: &Frame, metric: &'a str) -> Vec<Arm<'a>> {
        let rows = |m: &str| (0..frame.len()).filter(|&r| frame.text("method", r) == Some(m)).collect();
        vec![Arm { rows: rows("a"), metric }, Arm { rows: rows("b"), metric }]
    }

    #[test]
    fn rows_meet_their_partners_and_orphans_are_counted() {
        let mut f = Frame::new();
        for (curve, method, weights, v) in
            [("1", "a", "w.bin", 1.0), ("1", "b", "", 2.0), ("2", "b", "", 5.0), ("2", "a", "w.bin", 3.0), ("3", "a", "w.bin", 9.0)]
        {
            f.push_row(&[("curve", curve), ("method", method), ("weights", weights)], &[("v", Some(v))]);
        }
        let m = matched(&f, &arms(&f, "v"), &["method"], "curve").unwrap();
        let pairs: Vec<_> = m.groups.iter().map(|g| (g.slots[0].value(), g.slots[1].value())).collect();
        assert_eq!(pairs, [(Some(1.0), Some(2.0)), (Some(3.0), Some(5.0))]);
        assert_eq!(m.incomplete, 1);
        assert_ne!(m.groups[0].unit, m.groups[1].unit);
    }

    #[test]
    fn disjoint_units_never_pair() {
        let mut f = Frame::new();
        f.push_row(&[("curve", "1"), ("method", "a")], &[("v", Some(1.0))]);
        f.push_row(&[("curve", "2"), ("method", "b")], &[("v", Some(1.0))]);
        let m = matched(&f, &arms(&f, "v"), &["method"], "curve").unwrap();
        assert!(m.groups.is_empty());
        assert_eq!(m.incomplete, 2);
    }

    #[test]
    fn a_failed_row_is_present_without_a_value() {
        let mut f = Frame::new();
        f.push_row(&[("curve", "1"), ("method", "a"), ("status", "ok")], &[("v", Some(1.0))]);
        f.push_row(&[("curve", "1"), ("method", "b"), ("status", "failed")], &[("v", Some(7.0))]);
        let m = matched(&f, &arms(&f, "v"), &["method"], "curve").unwrap();
        assert_eq!((m.groups.len(), m.groups[0].slots[1].value(), m.groups[0].slots[1].failed), (1, None, 1));
    }

    #[test]
    fn an_unknown_unit_is_an_error_but_the_default_is_not_needed() {
        let mut f = Frame::new();
        f.push_row(&[("task", "1"), ("method", "a")], &[("v", Some(1.0))]);
        f.push_row(&[("task", "1"), ("method", "b")], &[("v", Some(1.0))]);
        assert_eq!(matched(&f, &arms(&f, "v"), &["method"], "curve").unwrap().groups.len(), 1);
        let e = matched(&f, &arms(&f, "v"), &["method"], "taks").unwrap_err();
        assert_eq!(e.to_string(), "no text column \"taks\"; did you mean \"task\"?");
    }
}
