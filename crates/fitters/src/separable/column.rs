//! `Column`: one basis function over all rows, with its slopes in its shapes.

use std::ops::Range;

use models::schedule::lr_annealing::warm_up;
use models::{Base, Law};
use priors::fast::{exp, ln};

use super::spec::{Basis, Term};
use crate::{FitError, Rows};

/// The most shapes a basis function has.
pub(super) const MOST: usize = 3;

/// Changes of rate are taken together, for the search, in bundles of this share of their distance from the row (in
/// changes): recent ones singly, as the gain from them is still bending, and old ones by the hundred.
const BUNDLE: usize = 16;

/// Changes whose parts are held on the stack together.
const STRETCH: usize = 64;

/// A basis function over all rows.
pub(super) enum Column {
    /// 1 everywhere.
    One,
    /// e^(−shape · ln_x), ln_x being centred.
    Power { ln_x: Vec<f64>, centre: f64 },
    /// S₂ of the annealing law.
    Gain { runs: Vec<Run> },
    /// The sum over changes of the Multi-Power law: merged, and as they are.
    Changes { coarse: Vec<Changes>, exact: Vec<Changes> },
}

/// One schedule and the rows under it.
pub(super) struct Run {
    /// η_{i−1} − η_i at every step, 0 through the warm-up.
    falls: Vec<f64>,
    /// (step, row), by step.
    visits: Vec<(usize, usize)>,
}

/// A row under a schedule: which of the changes it has seen, and the rates summed up to it.
struct Visit {
    row: usize,
    seen: Range<usize>,
    summed: f64,
}

/// The changes of rate of one schedule, and the rows under it.
pub(super) struct Changes {
    /// Change, ln of the new rate, and the rates summed before it.
    change: Vec<f64>,
    ln_rate: Vec<f64>,
    passed: Vec<f64>,
    visits: Vec<Visit>,
}

impl Column {
    pub fn new(term: &Term, law: &'static dyn Law, rows: Rows<'_>, padded: usize) -> Result<Self, FitError> {
        match term.basis {
            Basis::One => Ok(Column::One),
            Basis::Power { base, .. } | Basis::Root { base, .. } => {
                let mut ln_x = (0..rows.len()).map(|i| ln_base(base, law, rows, i)).collect::<Result<Vec<f64>, _>>()?;
                // Not the mean: which of two rows comes first must not move it in its last digit.
                let (low, high) = ln_x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
                let centre = 0.5 * (low + high);
                ln_x.iter_mut().for_each(|v| *v -= centre);
                ln_x.resize(padded, 0.0);
                Ok(Column::Power { ln_x, centre })
            }
            Basis::Gain { .. } => Ok(Column::Gain { runs: runs(law, rows)? }),
            Basis::Changes { .. } => {
                let exact = changes(law, rows)?;
                Ok(Column::Changes { coarse: exact.iter().map(Changes::bundled).collect(), exact })
            }
        }
    }

    /// What was taken off the logarithm of the base.
    pub fn centre(&self) -> f64 {
        if let Column::Power { centre, .. } = self { *centre } else { 0.0 }
    }

    /// Is there a coarse form that differs from the exact one?
    pub fn is_coarse(&self) -> bool {
        matches!(self, Column::Changes { coarse, exact } if coarse.iter().zip(exact).any(|(c, e)| c.work() < e.work()))
    }

    /// Writes the basis into `out` and its slopes in its shapes into `slopes`, all as long as the padded rows.
    #[inline(always)]
    pub fn fill(&self, shapes: &[f64], fine: bool, out: &mut [f64], slopes: &mut [&mut [f64]]) {
        match (self, shapes, slopes) {
            (Column::Power { ln_x, .. }, &[alpha], [slope]) => {
                for ((o, s), l) in out.iter_mut().zip(slope.iter_mut()).zip(ln_x) {
                    let value = exp(-alpha * l);
                    *o = value;
                    *s = -l * value;
                }
            }
            // Rows that fill up the last register are under no schedule: nothing of another column may stand there.
            (Column::Gain { runs }, &[lambda], [slope]) => {
                out.fill(0.0);
                slope.fill(0.0);
                for run in runs {
                    run.fill(lambda, out, slope);
                }
            }
            (Column::Changes { coarse, exact }, &[c, beta, gamma], [by_c, by_beta, by_gamma]) => {
                for part in [&mut *out, &mut **by_c, &mut **by_beta, &mut **by_gamma] {
                    part.fill(0.0);
                }
                for one in if fine { exact } else { coarse } {
                    one.fill(c, beta, gamma, out, by_c, by_beta, by_gamma);
                }
            }
            _ => out.fill(1.0),
        }
    }
}

impl Run {
    fn fill(&self, lambda: f64, out: &mut [f64], slope: &mut [f64]) {
        let (mut momentum, mut gain, mut by_momentum, mut by_gain) = (0.0, 0.0, 0.0, 0.0);
        let mut visits = self.visits.iter().peekable();
        for (step, fall) in self.falls.iter().enumerate() {
            by_momentum = momentum + lambda * by_momentum;
            momentum = lambda * momentum + fall;
            gain += momentum;
            by_gain += by_momentum;
            while let Some((_, row)) = visits.next_if(|(s, _)| *s == step) {
                out[*row] = gain;
                slope[*row] = by_gain;
            }
        }
    }
}

impl Changes {
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "three shapes and their three slopes")]
    fn fill(&self, c: f64, beta: f64, gamma: f64, out: &mut [f64], by_c: &mut [f64], by_beta: &mut [f64], by_gamma: &mut [f64]) {
        let ln_c = c.ln();
        for Visit { row, seen, summed } in &self.visits {
            let row = *row;
            let mut sums = [0.0; 4];
            let (change, ln_rate, passed) = (&self.change[seen.clone()], &self.ln_rate[seen.clone()], &self.passed[seen.clone()]);
            for ((change, ln_rate), passed) in change.chunks(STRETCH).zip(ln_rate.chunks(STRETCH)).zip(passed.chunks(STRETCH)) {
                // Written out element by element, so that this becomes vector code; summed after.
                let mut parts = [[0.0; STRETCH]; 4];
                let [values, bents, logs, rates] = &mut parts;
                let out = values.iter_mut().zip(bents).zip(logs).zip(rates);
                for (((((value, bent), log), rate), (change, ln_rate)), passed) in out.zip(change.iter().zip(ln_rate)).zip(passed) {
                    let x = exp(ln_c - gamma * ln_rate) * (summed - passed);
                    let ln_1x = ln(1.0 + x);
                    let left = exp(-beta * ln_1x);
                    let bend = change * beta * left * x / (1.0 + x);
                    *value = change * (1.0 - left);
                    *bent = bend;
                    *log = change * left * ln_1x;
                    *rate = bend * ln_rate;
                }
                for (sum, part) in sums.iter_mut().zip(&parts) {
                    *sum += part.iter().sum::<f64>();
                }
            }
            out[row] = sums[0];
            by_c[row] = sums[1] / c;
            by_beta[row] = sums[2];
            by_gamma[row] = -sums[3];
        }
    }

    /// How many terms one evaluation sums.
    fn work(&self) -> usize {
        self.visits.iter().map(|v| v.seen.len()).sum()
    }

    /// Changes taken together for every row of its own, in bundles of one direction.
    fn bundled(&self) -> Self {
        let mut made = Changes { change: Vec::new(), ln_rate: Vec::new(), passed: Vec::new(), visits: Vec::new() };
        for visit in &self.visits {
            let from = made.change.len();
            let mut end = visit.seen.end;
            while end > visit.seen.start {
                let most = ((visit.seen.end - end) / BUNDLE).max(1);
                let rises = self.change[end - 1] > 0.0;
                let start = (visit.seen.start..end).rev().take(most).take_while(|k| (self.change[*k] > 0.0) == rises).last().unwrap_or(end - 1);
                let total: f64 = self.change[start..end].iter().sum();
                let mean = |v: &[f64]| v[start..end].iter().zip(&self.change[start..end]).map(|(v, w)| v * w).sum::<f64>() / total;
                made.ln_rate.push(mean(&self.ln_rate));
                made.passed.push(mean(&self.passed));
                made.change.push(total);
                end = start;
            }
            made.visits.push(Visit { row: visit.row, seen: from..made.change.len(), summed: visit.summed });
        }
        made
    }
}

/// The logarithm of what a power is taken of.
fn ln_base(base: Base, law: &'static dyn Law, rows: Rows<'_>, i: usize) -> Result<f64, FitError> {
    let at = rows.at(i);
    let positive = |k: usize| -> Result<f64, FitError> {
        let x = at.input(k);
        let name = law.inputs().get(k).copied().unwrap_or("input");
        if x > 0.0 {
            Ok(x.ln())
        } else {
            Err(FitError::Setting(format!("`{name}` is {x} in row {i}; {} takes powers of it, so it must be positive", law.name())))
        }
    };
    match base {
        Base::Input(k) => positive(k),
        Base::Ratio(k, l) => Ok(positive(k)? - positive(l)?),
        Base::Product(k, l) => Ok(positive(k)? + positive(l)?),
        Base::SummedRate => {
            let (step, _) = step_of(law, rows, i)?;
            let summed: f64 = at.schedule.map_or(0.0, |s| s.rates()[..=step].iter().sum());
            if summed > 0.0 {
                Ok(summed.ln())
            } else {
                Err(FitError::Setting(format!("the learning rates up to step {step} of row {i} are all 0; drop the row")))
            }
        }
    }
}

/// The step of a row and the index of its schedule.
fn step_of(law: &'static dyn Law, rows: Rows<'_>, i: usize) -> Result<(usize, usize), FitError> {
    let (Some(which), Some(schedule)) = (rows.schedule_of(i), rows.at(i).schedule) else {
        return Err(FitError::Setting(format!("{} needs the learning-rate schedule of every row; row {i} has none", law.name())));
    };
    let step = rows.at(i).input(0);
    if step >= 0.0 && step < schedule.steps() as f64 {
        Ok((step as usize, which))
    } else {
        Err(FitError::Setting(format!("row {i} is at step {step}, and its schedule has steps 0 to {}", schedule.steps() - 1)))
    }
}

/// Schedules with the rows under them, by step.
fn visits(law: &'static dyn Law, rows: Rows<'_>) -> Result<Vec<Vec<(usize, usize)>>, FitError> {
    let mut visits = vec![Vec::new(); rows.schedules().len()];
    for i in 0..rows.len() {
        let (step, which) = step_of(law, rows, i)?;
        visits[which].push((step, i));
    }
    visits.iter_mut().for_each(|v| v.sort_unstable());
    Ok(visits)
}

fn runs(law: &'static dyn Law, rows: Rows<'_>) -> Result<Vec<Run>, FitError> {
    let run = |(schedule, visits): (&models::Schedule, Vec<(usize, usize)>)| {
        let rates = schedule.rates();
        let peak = warm_up(rates);
        let end = visits.last().map_or(0, |(step, _)| step + 1);
        let falls = (0..end).map(|i| if i > peak { rates[i - 1] - rates[i] } else { 0.0 }).collect();
        Run { falls, visits }
    };
    Ok(rows.schedules().iter().zip(visits(law, rows)?).map(run).collect())
}

fn changes(law: &'static dyn Law, rows: Rows<'_>) -> Result<Vec<Changes>, FitError> {
    let of = |(schedule, visits): (&models::Schedule, Vec<(usize, usize)>)| {
        let mut made = Changes { change: Vec::new(), ln_rate: Vec::new(), passed: Vec::new(), visits: Vec::new() };
        let (mut before, mut passed) = (0.0, 0.0);
        let mut visits = visits.iter().peekable();
        for (step, &rate) in schedule.rates().iter().enumerate() {
            if rate != before && rate > 0.0 {
                made.change.push(rate - before);
                made.ln_rate.push(rate.ln());
                made.passed.push(passed);
            }
            passed += rate;
            before = rate;
            while let Some((_, row)) = visits.next_if(|(s, _)| *s == step) {
                made.visits.push(Visit { row: *row, seen: 0..made.change.len(), summed: passed });
            }
        }
        made
    };
    Ok(rows.schedules().iter().zip(visits(law, rows)?).map(of).collect())
}
