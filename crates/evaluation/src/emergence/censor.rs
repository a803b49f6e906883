//! What of two models is compared: which tasks, and which number stands for each.
//!
//! A skill that never emerged has no place in an order of emergence, and in the released trajectories of arXiv 2604.08510
//! more than half of them never do. Its Table 2 correlates ranks with all of those in one shared last place, which measures
//! *whether* a skill emerged as much as *when*. So the same two models are compared in several ways, and each has a name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Emergence;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Subset {
    /// When a skill emerged, over all tasks; what never emerged is treated as [`Censoring`] says.
    All,
    /// When it emerged, over the tasks that emerged in both models.
    BothEmerged,
    /// Whether it emerged: 1 or 0.
    Binary,
    /// How good the model is at it, with no time in it.
    Level,
}

impl Subset {
    /// Its name in specs and rows.
    pub fn name(self) -> &'static str {
        match self {
            Subset::All => "all",
            Subset::BothEmerged => "both-emerged",
            Subset::Binary => "binary",
            Subset::Level => "level",
        }
    }
}

/// What becomes of a task that never emerged, where all tasks are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Censoring {
    /// It shares the last rank with all others that did not (the paper's code).
    #[default]
    Bottom,
    /// It is left out where it did not emerge in one of the two.
    Excluded,
    /// It is known to be later than its last checkpoint; one that emerged lies between two checkpoints.
    Interval,
}

/// One side of a comparison, a value for each task.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers; +∞ for what never emerged. No NaN.
    Numbers(Vec<f64>),
    /// Times known to lie in `(low, high]`, with `low < high`; `high` is +∞ for what never emerged, `low` −∞ for what was there at the first.
    Spans(Vec<(f64, f64)>),
}

/// Two models on the same tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Which tasks: indices into the lists that were compared.
    pub tasks: Vec<usize>,
    /// One model.
    pub left: Column,
    /// The other.
    pub right: Column,
}

/// Two models' emergence points, task by task, made comparable. Tasks that one of them lacks are left out, and
/// whatever one list has beyond the other. Of [`Subset::Level`] nothing is known here; see [`levels`].
pub fn compared(left: &[Emergence], right: &[Emergence], subset: Subset, censoring: Censoring) -> Compared {
    let only_emerged = subset == Subset::BothEmerged || censoring == Censoring::Excluded && subset == Subset::All;
    let wanted = |e: &Emergence| subset != Subset::Level && e.emerged().is_some_and(|emerged| emerged || !only_emerged);
    let tasks: Vec<usize> = left.iter().zip(right).enumerate().filter(|(_, (a, b))| wanted(a) && wanted(b)).map(|(t, _)| t).collect();
    let column = |side: &[Emergence]| {
        let of = |f: &dyn Fn(&Emergence) -> Option<f64>| Column::Numbers(tasks.iter().filter_map(|&t| f(&side[t])).collect());
        match (subset, censoring) {
            (Subset::Binary, _) => of(&|e: &Emergence| e.emerged().map(|yes| if yes { 1.0 } else { 0.0 })),
            (Subset::All, Censoring::Interval) => Column::Spans(tasks.iter().filter_map(|&t| span(&side[t])).collect()),
            _ => of(&Emergence::bottom),
        }
    };
    Compared { left: column(left), right: column(right), tasks }
}

/// Two models' levels, task by task; a task that one of them lacks, or a level that is no finite number, is left out.
pub fn levels(left: &[Option<f64>], right: &[Option<f64>]) -> Compared {
    let known = |v: &Option<f64>| v.is_some_and(f64::is_finite);
    let tasks: Vec<usize> = left.iter().zip(right).enumerate().filter(|(_, (a, b))| known(a) && known(b)).map(|(t, _)| t).collect();
    let column = |side: &[Option<f64>]| Column::Numbers(tasks.iter().filter_map(|&t| side[t]).collect());
    Compared { left: column(left), right: column(right), tasks }
}

fn span(e: &Emergence) -> Option<(f64, f64)> {
    match e {
        Emergence::At { x, after } => Some((after.unwrap_or(f64::NEG_INFINITY), *x)),
        Emergence::Never { last } => Some((*last, f64::INFINITY)),
        Emergence::NoCurve(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EARLY: Emergence = Emergence::At { x: 10.0, after: None };
    const LATE: Emergence = Emergence::At { x: 40.0, after: Some(30.0) };
    const NEVER: Emergence = Emergence::Never { last: 90.0 };
    const LACKING: Emergence = Emergence::NoCurve("missing");

    #[test]
    fn each_way_keeps_its_tasks_and_numbers() {
        let (a, b) = ([EARLY, LATE, NEVER, LACKING, NEVER], [LATE, NEVER, NEVER, EARLY, EARLY]);
        let all = compared(&a, &b, Subset::All, Censoring::Bottom);
        assert_eq!(all.tasks, [0, 1, 2, 4]);
        assert_eq!(all.left, Column::Numbers(vec![10.0, 40.0, f64::INFINITY, f64::INFINITY]));
        for excluded in [compared(&a, &b, Subset::BothEmerged, Censoring::Bottom), compared(&a, &b, Subset::All, Censoring::Excluded)] {
            assert_eq!((excluded.tasks, excluded.right), (vec![0], Column::Numbers(vec![40.0])));
        }
        let binary = compared(&a, &b, Subset::Binary, Censoring::Excluded);
        assert_eq!((binary.left, binary.right), (Column::Numbers(vec![1.0, 1.0, 0.0, 0.0]), Column::Numbers(vec![1.0, 0.0, 0.0, 1.0])));
        let spans = compared(&a, &b, Subset::All, Censoring::Interval);
        assert_eq!(spans.left, Column::Spans(vec![(f64::NEG_INFINITY, 10.0), (30.0, 40.0), (90.0, f64::INFINITY), (90.0, f64::INFINITY)]));
        assert!(compared(&a, &b, Subset::Level, Censoring::Bottom).tasks.is_empty());
    }

    #[test]
    fn levels_need_both_and_a_number() {
        let c = levels(&[Some(0.1), None, Some(f64::NAN), Some(0.4)], &[Some(0.2), Some(0.3), Some(0.1), Some(0.5), Some(1.0)]);
        assert_eq!((c.tasks, c.left), (vec![0, 3], Column::Numbers(vec![0.1, 0.4])));
    }
}
