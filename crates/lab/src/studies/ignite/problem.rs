//! What is optimised: designs that are known offline, designs that are not, and the true score of any.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::{binding, other};
use crate::blocks::black_boxes::BlackBox;
use crate::{Files, StudyError};

/// The tasks.
pub(super) const TASKS: [&str; 4] = ["ackley", "styblinski-tang", "hartmann", "tf-bind-8"];

/// At most so many designs are looked at when a surrogate is measured.
const LOOK: usize = 1_000;

/// The test function of a task, if it is one.
fn function(task: &str) -> Option<BlackBox> {
    match task {
        "ackley" => Some(BlackBox::Ackley),
        "styblinski-tang" => Some(BlackBox::StyblinskiTang),
        "hartmann" => Some(BlackBox::Hartmann),
        _ => None,
    }
}

/// The dataset that a task reads, if any.
pub(super) fn dataset(task: &str) -> Option<&'static str> {
    function(task).is_none().then_some(binding::DATASET)
}

/// Numbers of a design.
pub(super) fn dim(task: &str) -> usize {
    function(task).map_or(binding::LENGTH * binding::BASES, BlackBox::dim)
}

/// Designs, one after the other, and their values in standard deviations of the offline ones from their mean.
#[derive(Clone, Debug, Default)]
pub(super) struct Designs {
    pub(super) x: Vec<f32>,
    pub(super) y: Vec<f32>,
}

/// What knows the true value.
enum Oracle {
    Function(BlackBox),
    Table(Vec<f64>),
}

impl Oracle {
    fn value(&self, x: &[f32]) -> f64 {
        match self {
            Self::Function(function) => function.value(&x.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>()),
            Self::Table(scores) => scores.get(binding::decode(x)).copied().unwrap_or(f64::NAN),
        }
    }
}

/// A task of one seed.
pub(super) struct Problem {
    pub(super) dim: usize,
    /// The worse half: what is learnt from.
    pub(super) offline: Designs,
    /// At most [`LOOK`] of it, evenly spread over its values.
    pub(super) seen: Designs,
    /// The same of the better half.
    pub(super) unseen: Designs,
    /// The best offline designs, from which the climb begins.
    pub(super) starts: Vec<f32>,
    /// Whether designs stay in the cube [−1, 1]ᵈ.
    pub(super) bounded: bool,
    oracle: Oracle,
    least: f64,
    most: f64,
}

impl Problem {
    /// Draws the points of a test function, or reads the table; `candidates` designs will climb.
    pub(super) fn new(task: &str, points: usize, candidates: usize, rng: &mut Pcg64, files: &dyn Files) -> Result<Self, StudyError> {
        let dim = dim(task);
        let (oracle, x): (Oracle, Vec<f32>) = match function(task) {
            Some(function) => (Oracle::Function(function), (0..points * dim).map(|_| (2.0 * rng.random::<f64>() - 1.0) as f32).collect()),
            None => (Oracle::Table(binding::read(files)?), (0..binding::SEQUENCES).flat_map(binding::one_hot).collect()),
        };
        let values: Vec<f64> = x.chunks_exact(dim).map(|x| oracle.value(x)).collect();
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
        let (worse, better) = order.split_at(order.len() / 2);
        let (Some(&first), Some(&last)) = (order.first(), order.last()) else {
            return Err(other("there are no points; take more"));
        };
        let n = worse.len().max(1) as f64;
        let mean = worse.iter().map(|&k| values[k]).sum::<f64>() / n;
        let sd = (worse.iter().map(|&k| (values[k] - mean).powi(2)).sum::<f64>() / n).sqrt();
        let varied = sd > 0.0 && sd.is_finite();
        if !varied {
            return Err(other(format!("the offline values of {task} are all the same; take more points")));
        }
        let gather = |rows: &[usize], every: usize| Designs {
            x: rows.iter().step_by(every).flat_map(|&k| x[k * dim..(k + 1) * dim].iter().copied()).collect(),
            y: rows.iter().step_by(every).map(|&k| ((values[k] - mean) / sd) as f32).collect(),
        };
        let look = |rows: &[usize]| gather(rows, rows.len().div_ceil(LOOK).max(1));
        let starts = gather(&worse[worse.len().saturating_sub(candidates)..], 1).x;
        let (least, most) = (values[first], values[last]);
        let bounded = matches!(oracle, Oracle::Function(_));
        Ok(Self { dim, offline: gather(worse, 1), seen: look(worse), unseen: look(better), starts, bounded, oracle, least, most })
    }

    /// The true values of designs: 0 is the worst of all points, 1 the best.
    pub(super) fn scores(&self, x: &[f32]) -> Vec<f64> {
        x.chunks_exact(self.dim).map(|x| (self.oracle.value(x) - self.least) / (self.most - self.least)).collect()
    }
}
