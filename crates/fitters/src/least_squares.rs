//! Multi-start fits of a law: Levenberg–Marquardt for squares, L-BFGS from there for Huber losses.
//!
//! Parameters move on the whole line through the maps of their domains, so that a bound is never
//! crossed; the gradient is the law's exact one.

use argmin::core::{CostFunction, Error, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use curves::Samples;
use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt, TerminationReason};

use models::{At, Law, MAX_PARAMS};
use nalgebra::storage::Owned;
use nalgebra::{DMatrix, DVector, Dyn};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::{Fit, FitError, Loss, Status};

/// How hard to look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// Starts: the literature's start first, the others drawn from the law's ranges. At least 1.
    pub starts: usize,
    /// Evaluations of the law's gradient over all rows, per start, in multiples of the parameters.
    pub patience: usize,
}

impl Default for Search {
    fn default() -> Self {
        Self { starts: 6, patience: 60 }
    }
}

struct Problem<'a> {
    law: &'static dyn Law,
    data: &'a Samples,
    loss: Loss,
    line: DVector<f64>,
    theta: Vec<f64>,
    residuals: DVector<f64>,
    jacobian: DMatrix<f64>,
    evaluations: usize,
    /// What a residual counts that is not finite. Without it a descent that steps there has failed.
    beyond: Option<f64>,
}

/// A residual so large that a step which leads there is never taken, and its square still finite.
const BEYOND: f64 = 1e100;

impl<'a> Problem<'a> {
    fn new(law: &'static dyn Law, data: &'a Samples, loss: Loss) -> Self {
        let p = law.params().len();
        Self {
            law,
            data,
            loss,
            line: DVector::zeros(p),
            theta: vec![0.0; p],
            residuals: DVector::zeros(data.len()),
            jacobian: DMatrix::zeros(data.len(), p),
            evaluations: 0,
            beyond: None,
        }
    }

    fn start(&mut self, theta: &[f64]) {
        let line = DVector::from_iterator(theta.len(), self.law.params().iter().zip(theta).map(|(p, t)| p.domain.to_line(*t)));
        self.move_to(&line);
    }

    fn move_to(&mut self, line: &DVector<f64>) {
        self.line.copy_from(line);
        let mut gradient = [0.0; MAX_PARAMS];
        for (k, p) in self.law.params().iter().enumerate() {
            self.theta[k] = p.domain.from_line(line[k]);
        }
        for i in 0..self.data.len() {
            let f = self.law.grad(&At::at(self.data.row(i)), &self.theta, &mut gradient[..self.theta.len()]);
            let (r, slope) = self.loss.residual(f, self.data.targets()[i]);
            let root = self.data.weights()[i].sqrt();
            self.residuals[i] = root * r;
            for (k, p) in self.law.params().iter().enumerate() {
                self.jacobian[(i, k)] = root * slope * gradient[k] * p.domain.from_line_slope(line[k]);
            }
        }
        self.evaluations += 1;
    }

    /// Loss and, into `out`, its gradient on the line.
    fn loss_and_gradient(&self, out: Option<&mut [f64]>) -> f64 {
        let mut total = 0.0;
        let mut sums = [0.0; MAX_PARAMS];
        for i in 0..self.data.len() {
            let root = self.data.weights()[i].sqrt();
            if root == 0.0 {
                continue;
            }
            let (value, slope) = self.loss.of(self.residuals[i] / root);
            total += root * root * value;
            for (k, s) in sums.iter_mut().enumerate().take(self.theta.len()) {
                *s += root * slope * self.jacobian[(i, k)];
            }
        }
        if let Some(out) = out {
            out.copy_from_slice(&sums[..self.theta.len()]);
        }
        total
    }
}

impl LeastSquaresProblem<f64, Dyn, Dyn> for Problem<'_> {
    type ResidualStorage = Owned<f64, Dyn>;
    type JacobianStorage = Owned<f64, Dyn, Dyn>;
    type ParameterStorage = Owned<f64, Dyn>;

    fn set_params(&mut self, x: &DVector<f64>) {
        self.move_to(x);
    }

    fn params(&self) -> DVector<f64> {
        self.line.clone()
    }

    fn residuals(&self) -> Option<DVector<f64>> {
        match self.beyond {
            Some(beyond) => Some(self.residuals.map(|r| if r.is_finite() { r } else { beyond })),
            None => self.residuals.iter().all(|r| r.is_finite()).then(|| self.residuals.clone()),
        }
    }

    fn jacobian(&self) -> Option<DMatrix<f64>> {
        self.jacobian.iter().all(|r| r.is_finite()).then(|| self.jacobian.clone())
    }
}

/// The robust loss for argmin; it asks for cost and gradient apart, so both come from one pass that is kept.
struct Robust<'a>(std::cell::RefCell<Problem<'a>>);

impl Robust<'_> {
    fn at(&self, line: &[f64], out: Option<&mut [f64]>) -> f64 {
        let mut p = self.0.borrow_mut();
        if p.line.as_slice() != line {
            p.move_to(&DVector::from_column_slice(line));
        }
        let total = p.loss_and_gradient(out);
        if total.is_finite() { total } else { f64::MAX.sqrt() }
    }
}

impl CostFunction for Robust<'_> {
    type Param = Vec<f64>;
    type Output = f64;
    fn cost(&self, line: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.at(line, None))
    }
}

impl Gradient for Robust<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;
    fn gradient(&self, line: &Vec<f64>) -> Result<Vec<f64>, Error> {
        let mut g = vec![0.0; line.len()];
        self.at(line, Some(&mut g));
        g.iter_mut().filter(|v| !v.is_finite()).for_each(|v| *v = 0.0);
        Ok(g)
    }
}

/// L-BFGS with a More–Thuente line search from `line`; `None` when it cannot even begin.
fn robust<'a>(problem: Problem<'a>, steps: u64) -> (Problem<'a>, Option<(Vec<f64>, f64)>) {
    let line: Vec<f64> = problem.line.as_slice().to_vec();
    let spare = Problem::new(problem.law, problem.data, problem.loss);
    let evaluations = problem.evaluations;
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), 7);
    let result = Executor::new(Robust(std::cell::RefCell::new(problem)), solver).configure(|s| s.param(line).max_iters(steps)).run();
    match result {
        Ok(mut r) => {
            let best = r.state().get_best_param().cloned().map(|p| (p, r.state().get_best_cost()));
            let problem = r.problem.take_problem().map(|p| p.0.into_inner()).unwrap_or(spare);
            (problem, best)
        }
        Err(_) => (Problem { evaluations, ..spare }, None),
    }
}

/// The best of several starts.
///
/// # Errors
/// Too few rows (fewer than the parameters), targets the loss cannot take, or no start with a finite loss.
pub fn fit(law: &'static dyn Law, data: &Samples, loss: Loss, search: Search, seed: u64) -> Result<Fit, FitError> {
    loss.check(data)?;
    let p = law.params().len();
    if data.len() < p {
        return Err(FitError::TooFewPoints { have: data.len(), need: p, who: law.name().to_owned() });
    }
    let mut rng = Pcg64::seed_from_u64(seed);
    let params = law.params();
    let starts: Vec<Vec<f64>> =
        (0..search.starts.max(1)).map(|k| params.iter().map(|q| if k == 0 { q.start } else { q.draw(rng.random()) }).collect()).collect();
    let tried = starts.len();
    let Descent { ends, evaluations } = descend(law, data, loss, &starts, search.patience, Steps::End);
    let agreeing = ends.first().map_or(0, |best| ends.iter().filter(|e| e.0 <= best.0 * (1.0 + 1e-6) + 1e-300).count());
    let Some((value, theta, status)) = ends.into_iter().next() else {
        return Err(FitError::NotFinite { who: law.name().to_owned() });
    };
    Ok(Fit { law, theta, loss: value, status, evaluations, agreeing: (agreeing, tried) })
}

/// Where some starts end.
pub(crate) struct Descent {
    /// Loss, parameters and status of every end with a finite loss, the best first.
    pub ends: Vec<(f64, Vec<f64>, Status)>,
    /// Evaluations of the gradient over all rows, all starts together.
    pub evaluations: usize,
}

/// What becomes of a step to where the law has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Steps {
    /// It ends the descent, as committed results have it.
    End,
    /// It is taken back, and a shorter one tried.
    Shorten,
}

/// Goes down from every start. `patience` is in multiples of the parameters.
pub(crate) fn descend(law: &'static dyn Law, data: &Samples, loss: Loss, starts: &[Vec<f64>], patience: usize, steps: Steps) -> Descent {
    let mut ends: Vec<(f64, Vec<f64>, Status)> = Vec::new();
    let mut problem = Problem::new(law, data, loss);
    problem.beyond = (steps == Steps::Shorten).then_some(BEYOND);
    for start in starts {
        problem.start(start);
        let (after, report) = LevenbergMarquardt::new().with_patience(patience.max(1)).minimize(problem);
        problem = after;
        let mut status = match report.termination {
            TerminationReason::Converged { .. } | TerminationReason::ResidualsZero | TerminationReason::Orthogonal => Status::Converged,
            TerminationReason::LostPatience => Status::BudgetSpent,
            _ => Status::Stalled,
        };
        if loss.delta().is_some() {
            let before = problem.loss_and_gradient(None);
            let line = problem.line.clone();
            let (after, best) = robust(problem, 200);
            problem = after;
            match best.filter(|b| b.1 <= before) {
                Some((at, _)) => problem.move_to(&DVector::from_vec(at)),
                None => {
                    problem.move_to(&line);
                    status = Status::Stalled;
                }
            }
        }
        let value = problem.loss_and_gradient(None);
        if value.is_finite() {
            ends.push((value, problem.theta.clone(), status));
        }
    }
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    Descent { ends, evaluations: problem.evaluations }
}

/// The Jacobian of the law on the line at a fit (rows × parameters) and the position there: what Laplace intervals need.
pub(crate) fn linearised(fit: &Fit, data: &Samples) -> (DVector<f64>, DMatrix<f64>) {
    let mut problem = Problem::new(fit.law, data, Loss::Squares);
    problem.start(&fit.theta);
    (problem.line, problem.jacobian)
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::Curve;

    fn curve(law: &str, theta: &[f64]) -> Samples {
        let law = models::find(law).unwrap();
        let y = (1..=60).map(|t| law.eval(&At::at(&[f64::from(t)]), theta)).collect();
        Curve::on_grid(y).unwrap().samples()
    }

    #[test]
    fn noiseless_curves_give_their_parameters_back() {
        for (law, theta) in
            [("pow3", vec![0.8, 0.5, 0.7]), ("ilog2", vec![0.9, 0.3]), ("janoschek", vec![0.8, 0.2, 0.1, 0.9]), ("mmf", vec![0.7, 0.1, 0.2, 1.3])]
        {
            let data = curve(law, &theta);
            for loss in [Loss::Squares, Loss::LogSquares, Loss::Huber { delta: 1e-3 }, Loss::LogHuber { delta: 1e-3 }] {
                let f = fit(models::find(law).unwrap(), &data, loss, Search { starts: 12, patience: 200 }, 1).unwrap();
                assert!(f.loss < 1e-9, "{law} {loss:?}: loss {} {:?}", f.loss, f.theta);
                if loss == Loss::Squares {
                    for (a, b) in f.theta.iter().zip(&theta) {
                        assert!((a - b).abs() < 1e-5, "{law}: {:?}", f.theta);
                    }
                }
            }
        }
    }

    #[test]
    fn the_answer_does_not_move_with_order_or_split_weights() {
        let law = models::find("pow3").unwrap();
        let base = curve("pow3", &[0.8, 0.5, 0.7]);
        let noisy: Vec<f64> = base.targets().iter().enumerate().map(|(i, y)| y + 0.01 * (i as f64 * 1.7).sin()).collect();
        let x: Vec<f64> = (1..=60).map(f64::from).collect();
        let at = |x: Vec<f64>, y: Vec<f64>, w: Vec<f64>| fit(law, &Samples::new(1, x, y, w).unwrap(), Loss::Squares, Search::default(), 3).unwrap().theta;
        let plain = at(x.clone(), noisy.clone(), vec![]);
        let reversed = at(x.iter().rev().copied().collect(), noisy.iter().rev().copied().collect(), vec![]);
        let doubled = at([x.clone(), x.clone()].concat(), [noisy.clone(), noisy.clone()].concat(), vec![0.5; 120]);
        let scaled = at(x.clone(), noisy.clone(), vec![7.0; 60]);
        for other in [reversed, doubled, scaled] {
            for (a, b) in plain.iter().zip(&other) {
                assert!((a - b).abs() < 1e-6, "{plain:?} {other:?}");
            }
        }
    }

    #[test]
    fn huber_is_not_moved_by_an_outlier_as_squares_are() {
        let law = models::find("ilog2").unwrap();
        let clean = curve("ilog2", &[0.9, 0.3]);
        let mut y = clean.targets().to_vec();
        y[30] = 5.0;
        let data = Samples::new(1, (1..=60).map(f64::from).collect(), y, vec![]).unwrap();
        let squares = fit(law, &data, Loss::Squares, Search::default(), 1).unwrap();
        let huber = fit(law, &data, Loss::Huber { delta: 1e-3 }, Search::default(), 1).unwrap();
        assert!((huber.theta[0] - 0.9).abs() < 1e-3, "{:?}", huber.theta);
        assert!((squares.theta[0] - 0.9).abs() > 1e-2, "{:?}", squares.theta);
    }

    #[test]
    fn too_few_points_and_bad_targets_are_said() {
        let law = models::find("pow3").unwrap();
        let two = Curve::on_grid(vec![0.1, 0.2]).unwrap().samples();
        assert!(matches!(fit(law, &two, Loss::Squares, Search::default(), 1), Err(FitError::TooFewPoints { have: 2, need: 3, .. })));
        let negative = Curve::on_grid(vec![0.1, -0.2, 0.3, 0.4]).unwrap().samples();
        assert!(matches!(fit(law, &negative, Loss::LogSquares, Search::default(), 1), Err(FitError::NotPositive { row: 1, .. })));
        assert!(fit(law, &negative, Loss::Huber { delta: 0.0 }, Search::default(), 1).is_err());
    }
}
