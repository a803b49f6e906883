//! `global`: the one entry to fits of laws of several inputs, to their global optimum.
//!
//! A law that is a sum of coefficients times basis functions goes through [`Separable`], with shapes held or not.
//! A law of one input is fitted where its rows are of order one ([`one_input`]).
//! Any other, and any fit with a coefficient held, goes through many seeded starts on the line (the literature's start
//! first), the best of which are polished by the damped Newton method with the law's exact gradient.

use models::{Domain, Law, MAX_PARAMS};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::newton::{Objective, Stop, minimise};
use crate::one_input::{self, Effort};
use crate::separable::Separable;
use crate::{Fit, FitError, Loss, Rows, Status};

/// How to look for the global optimum.
#[derive(Clone, Debug, PartialEq)]
pub struct Global {
    /// Values per shape on the coarse grid; 0 for as many as the number of shapes allows.
    pub grid: usize,
    /// How many of the best cells, or starts, are polished. At least 1.
    pub keep: usize,
    /// Starts that are drawn for a law that is no sum.
    pub starts: usize,
    /// Parameters that are held: one entry per parameter of the law, or none at all.
    pub pinned: Vec<Option<f64>>,
}

impl Default for Global {
    fn default() -> Self {
        Self { grid: 0, keep: 6, starts: 400, pinned: Vec::new() }
    }
}

/// The point of the line beyond which a parameter has run off to its bound.
pub(crate) const FAR: f64 = 60.0;
/// Fits within this share of the best loss count as the same optimum.
pub(crate) const SAME: f64 = 1e-6;

/// The best fit of a law to rows.
///
/// # Errors
/// Rows without the law's inputs or with targets that the loss cannot take, fewer rows than free parameters, pinned
/// values outside their domain, and no start with a finite loss.
pub fn fit(law: &'static dyn Law, rows: Rows<'_>, loss: Loss, how: &Global, seed: u64) -> Result<Fit, FitError> {
    let shapes_alone = how.pinned.is_empty() || how.pinned.len() == law.params().len();
    if shapes_alone && Separable::holds(law, &how.pinned) {
        return Separable::with_held(law, rows, loss, how.grid, &how.pinned)?.fit(rows, how.keep);
    }
    if how.pinned.iter().all(Option::is_none) && rows.inputs() == 1 && one_input::knows(law) {
        return one_input::fit(law, rows.samples(), loss, Effort { starts: how.starts, keep: how.keep, polish: true }, seed);
    }
    let mut objective = Line::new(law, rows, loss, &how.pinned)?;
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut gradient = [0.0; MAX_PARAMS];
    let mut starts: Vec<(f64, Vec<f64>)> = Vec::new();
    for k in 0..=how.starts {
        let theta: Vec<f64> = law.params().iter().map(|p| if k == 0 { p.start } else { p.draw(rng.random()) }).collect();
        let x = objective.to_line(&theta);
        let value = objective.value(&x, &mut gradient[..x.len()]);
        if value.is_finite() {
            starts.push((value, x));
        }
    }
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    starts.truncate(how.keep.max(1));
    polish(objective, starts.into_iter().map(|s| s.1).collect())
}

/// The optimum that is reached from one start: for recipes of papers that have one, and for laws most of whose
/// parameters are held. `pinned` as in [`Global`]; `start` has a value for every parameter, held or not.
///
/// # Errors
/// As [`fit`], and a start that is not as long as the parameters.
pub fn fit_from(law: &'static dyn Law, rows: Rows<'_>, loss: Loss, pinned: &[Option<f64>], start: &[f64]) -> Result<Fit, FitError> {
    let objective = Line::new(law, rows, loss, pinned)?;
    if start.len() != law.params().len() {
        return Err(FitError::Setting(format!("a start of {} values; {} has {} parameters", start.len(), law.name(), law.params().len())));
    }
    let x = objective.to_line(start);
    polish(objective, vec![x])
}

fn polish(mut objective: Line<'_>, starts: Vec<Vec<f64>>) -> Result<Fit, FitError> {
    let who = objective.law.name().to_owned();
    let tried = starts.len();
    let mut ends: Vec<(f64, Vec<f64>, Status)> = Vec::new();
    for mut x in starts {
        let bounds = objective.bounds(&x);
        let stop = Stop::of(objective.loss);
        if let Some(end) = minimise(&mut objective, &mut x, &bounds, stop) {
            ends.push((end.value, x, end.status));
        }
    }
    let Some(best) = ends.iter().min_by(|a, b| a.0.total_cmp(&b.0)) else {
        return Err(FitError::NotFinite { who });
    };
    let agreeing = ends.iter().filter(|e| e.0 <= best.0 * (1.0 + SAME) + 1e-300).count();
    objective.place(&best.1);
    let evaluations = objective.evaluations;
    Ok(Fit {
        law: objective.law,
        loss: best.0 * objective.unit * objective.total,
        status: best.2,
        evaluations,
        agreeing: (agreeing, tried),
        theta: objective.theta,
    })
}

/// Where a search on the line ends that begins at `x`: the summed loss, the parameters, and how it ended.
pub(crate) fn end_on_line(objective: &mut Line<'_>, mut x: Vec<f64>) -> Option<(f64, Vec<f64>, Status)> {
    let bounds = objective.bounds(&x);
    let stop = Stop::of(objective.loss);
    let end = minimise(objective, &mut x, &bounds, stop)?;
    objective.place(&x);
    Some((end.value * objective.unit * objective.total, objective.theta.clone(), end.status))
}

/// The loss on the line of the free parameters, in units that keep slopes of order one.
pub(crate) struct Line<'a> {
    law: &'static dyn Law,
    rows: Rows<'a>,
    loss: Loss,
    free: Vec<usize>,
    theta: Vec<f64>,
    unit: f64,
    total: f64,
    pub(crate) evaluations: usize,
}

impl<'a> Line<'a> {
    pub(crate) fn new(law: &'static dyn Law, rows: Rows<'a>, loss: Loss, pinned: &[Option<f64>]) -> Result<Self, FitError> {
        let params = law.params();
        if rows.inputs() != law.inputs().len() {
            let need = law.inputs().join(", ");
            return Err(FitError::Setting(format!("{} reads {} inputs ({need}), and the rows have {}", law.name(), law.inputs().len(), rows.inputs())));
        }
        if !pinned.is_empty() && pinned.len() != params.len() {
            return Err(FitError::Setting(format!("{} parameters pinned or not, and {} has {}", pinned.len(), law.name(), params.len())));
        }
        loss.check(rows.samples())?;
        let mut theta: Vec<f64> = params.iter().map(|p| p.start).collect();
        for ((theta, pin), param) in theta.iter_mut().zip(pinned).zip(params) {
            if let Some(value) = pin {
                if !param.domain.contains(*value) {
                    return Err(FitError::Setting(format!("`{}` of {} is pinned at {value}; it must be {}", param.name, law.name(), param.domain)));
                }
                *theta = *value;
            }
        }
        let free: Vec<usize> = (0..params.len()).filter(|i| pinned.get(*i).is_none_or(Option::is_none)).collect();
        if free.is_empty() {
            return Err(FitError::Setting(format!("every parameter of {} is pinned; leave one free", law.name())));
        }
        let have = rows.weights().iter().filter(|w| **w > 0.0).count();
        if have < free.len() {
            return Err(FitError::TooFewPoints { have, need: free.len(), who: law.name().to_owned() });
        }
        let total = rows.weights().iter().sum();
        let scale = rows.targets().iter().map(|y| y.abs()).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        let unit = match (loss.delta(), loss.is_log()) {
            (Some(d), true) => d,
            (Some(d), false) => d * scale,
            (None, true) => 1.0,
            (None, false) => scale * scale,
        };
        Ok(Self { law, rows, loss, free, theta, unit, total, evaluations: 0 })
    }

    /// The free parameters' points on the line.
    pub(crate) fn to_line(&self, theta: &[f64]) -> Vec<f64> {
        self.free.iter().map(|&i| self.law.params()[i].domain.to_line(theta[i])).collect()
    }

    /// How far the variables may go from `x`. A parameter that may be any number has the size of the data for its scale.
    fn bounds(&self, x: &[f64]) -> Vec<(f64, f64)> {
        let size = self.rows.targets().iter().map(|y| y.abs()).fold(1.0, f64::max);
        let far = |k: usize| if self.law.params()[k].domain == Domain::Real { FAR * size } else { FAR };
        self.free.iter().zip(x).map(|(&k, x)| ((-far(k)).min(*x), far(k).max(*x))).collect()
    }

    fn place(&mut self, x: &[f64]) {
        for (&i, x) in self.free.iter().zip(x) {
            self.theta[i] = self.law.params()[i].domain.from_line(*x);
        }
    }
}

impl Objective for Line<'_> {
    fn variables(&self) -> usize {
        self.free.len()
    }

    fn value(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        self.place(x);
        self.evaluations += 1;
        let mut slopes = [0.0; MAX_PARAMS];
        let slopes = &mut slopes[..self.theta.len()];
        gradient.fill(0.0);
        let mut sum = 0.0;
        for (i, (&w, &y)) in self.rows.weights().iter().zip(self.rows.targets()).enumerate() {
            if w == 0.0 {
                continue;
            }
            let f = self.law.grad(&self.rows.at(i), &self.theta, slopes);
            let (r, by_f) = self.loss.residual(f, y);
            let (value, by_r) = self.loss.of(r);
            sum += w * value;
            for (g, &k) in gradient.iter_mut().zip(&self.free) {
                *g += w * by_r * by_f * slopes[k];
            }
        }
        let unit = self.unit * self.total;
        for ((g, &k), x) in gradient.iter_mut().zip(&self.free).zip(x) {
            *g *= self.law.params()[k].domain.from_line_slope(*x) / unit;
        }
        sum / unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::Samples;
    use models::At;

    fn law(name: &str) -> &'static dyn Law {
        models::find(name).unwrap()
    }

    fn rows_of(name: &str, theta: &[f64], points: &[Vec<f64>]) -> Samples {
        let y = points.iter().map(|x| law(name).eval(&At::at(x), theta)).collect();
        Samples::new(points[0].len(), points.concat(), y, vec![]).unwrap()
    }

    fn sizes_and_tokens() -> Vec<Vec<f64>> {
        (0..36).map(|i| vec![1e7 * 4f64.powi(i / 6), 3e8 * 3f64.powi(i % 6)]).collect()
    }

    #[test]
    fn laws_that_are_no_sums_give_their_parameters_back() {
        let batches: Vec<Vec<f64>> = (0..60).map(|i| vec![1e6 * 10f64.powi(i / 20), 3e2 * 4f64.powi(i / 4 % 5), 1e4 * 10f64.powi(i % 4)]).collect();
        let experts: Vec<Vec<f64>> = (0..36).map(|i| vec![1e7 * 4f64.powi(i / 6), 2f64.powi(i % 6 * 2)]).collect();
        for (name, theta, points) in [
            ("chinchilla_gamma", vec![1.7, 300.0, 900.0, 0.4, 0.45, 0.8], sizes_and_tokens()),
            ("kaplan", vec![8.8e13, 0.076, 5.4e13, 0.095], sizes_and_tokens()),
            ("critical_batch", vec![8.8e13, 0.076, 2.1e3, 0.76, 2.1e8, 0.21], batches),
            ("routed", vec![-0.08, -0.12, 0.01, 1.1, 1.8, 300.0], experts),
        ] {
            let data = rows_of(name, &theta, &points);
            let f = fit(law(name), Rows::new(&data), Loss::LogSquares, &Global::default(), 1).unwrap();
            assert!(f.loss < 1e-12, "{name}: {:e} {:?}", f.loss, f.theta);
            for (a, b) in f.theta.iter().zip(&theta) {
                // Their parameters are nearly dependent: the loss is found to its last digits, they are not.
                assert!((a / b - 1.0).abs() < 5e-2, "{name}: {:?}", f.theta);
            }
        }
    }

    #[test]
    fn pinned_parameters_stay_and_the_others_are_found() {
        let truth = [1.8, 520.0, 1488.0, 0.3527, 0.3527, 6.0, 4.0];
        let points: Vec<Vec<f64>> = (0..40).map(|i| vec![2e8 * 3f64.powi(i / 8), 2e9 * 2.5f64.powi(i % 8), if i % 2 == 0 { 1e9 } else { 4e9 }]).collect();
        let data = rows_of("data_constrained", &truth, &points);
        let mut pinned: Vec<Option<f64>> = truth.iter().map(|t| Some(*t)).collect();
        (pinned[5], pinned[6]) = (None, None);
        let loss = Loss::LogHuber { delta: 1e-3 };
        let f = fit(law("data_constrained"), Rows::new(&data), loss, &Global { pinned: pinned.clone(), ..Global::default() }, 1).unwrap();
        assert_eq!(f.theta[..5], truth[..5]);
        assert!((f.theta[5] / 6.0 - 1.0).abs() < 1e-5 && (f.theta[6] / 4.0 - 1.0).abs() < 1e-5, "{:?}", f.theta);
        let mut start = truth.to_vec();
        (start[5], start[6]) = (20.0, 20.0);
        let local = fit_from(law("data_constrained"), Rows::new(&data), loss, &pinned, &start).unwrap();
        assert!((local.theta[5] / 6.0 - 1.0).abs() < 1e-5, "{:?}", local.theta);
    }

    #[test]
    fn a_one_model_law_holds_what_another_family_gave() {
        // Hitchhiker's Guide: a and α from elsewhere, E, B and β from the one model.
        let truth = [1.87, 520.0, 1488.0, 0.3527, 0.36];
        let points: Vec<Vec<f64>> = (0..20).map(|i| vec![1e9, 1e10 * 1.3f64.powi(i)]).collect();
        let data = rows_of("chinchilla", &truth, &points);
        let pinned = [None, Some(520.0), None, Some(0.3527), None];
        let f = fit(law("chinchilla"), Rows::new(&data), Loss::Squares, &Global { pinned: pinned.to_vec(), ..Global::default() }, 1).unwrap();
        assert!(f.loss < 1e-14 && (f.theta[0] - 1.87).abs() < 1e-3, "{:?}", f.theta);
    }

    #[test]
    fn sums_go_through_variable_projection() {
        let data = rows_of("chinchilla", &[1.8, 480.0, 2100.0, 0.35, 0.37], &sizes_and_tokens());
        let f = fit(law("chinchilla"), Rows::new(&data), Loss::LogHuber { delta: 1e-3 }, &Global::default(), 1).unwrap();
        assert!((f.theta[3] - 0.35).abs() < 1e-7, "{:?}", f.theta);
    }

    #[test]
    fn bad_questions_are_refused() {
        let data = rows_of("chinchilla", &[1.8, 480.0, 2100.0, 0.35, 0.37], &sizes_and_tokens());
        let rows = Rows::new(&data);
        let ask = |name: &str, pinned: Vec<Option<f64>>| fit(law(name), rows, Loss::Squares, &Global { pinned, ..Global::default() }, 1).err();
        assert!(matches!(ask("routed", vec![Some(1.0)]), Some(FitError::Setting(_))));
        assert!(matches!(ask("kaplan", vec![Some(-1.0), None, None, None]), Some(FitError::Setting(_))));
        assert!(matches!(ask("kaplan", vec![Some(1.0); 4]), Some(FitError::Setting(_))));
        assert!(matches!(ask("ensemble", vec![Some(1.0), None, None]), Some(FitError::Setting(_))));
        let two = rows_of("kaplan", &[8.8e13, 0.076, 5.4e13, 0.095], &sizes_and_tokens()[..2]);
        let few = fit(law("kaplan"), Rows::new(&two), Loss::Squares, &Global::default(), 1);
        assert!(matches!(few, Err(FitError::TooFewPoints { have: 2, need: 4, .. })));
        assert!(fit_from(law("kaplan"), rows, Loss::Squares, &[], &[1.0]).is_err());
    }
}
