//! Fits of laws of one input on the axis and the scale of their own data, to the global optimum.
//!
//! Ranges of the literature are made for some hundred epochs and values of order one. So rows are first counted in units of their own
//! (the last x is 100, the largest |y| is one), which a law takes up in its parameters ([`Law::in_units`]); there the parameters that
//! are not linear are drawn, the linear ones follow from weighted least squares ([`Law::linear`]; variable projection, Golub and
//! Pereyra 1973), the best starts go down by Levenberg and Marquardt on a few hundred rows at most, and the best ends of these to the last
//! digits of the loss itself on all rows. The answer is in the data's own units, whatever they are.

use curves::Samples;
use models::{At, Law, MAX_PARAMS};
use nalgebra::{DMatrix, DVector};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::global::{FAR, Line, SAME, end_on_line};
use crate::least_squares::{Steps, descend};
use crate::{Fit, FitError, Loss, Rows, Status};

/// Where the last x stands in units of a fit: the literature's curves have a hundred epochs.
const LAST: f64 = 100.0;
/// Rows on which starts are compared.
const LOOKED_AT: usize = 64;
/// Rows on which the best of them go down.
const DESCENT: usize = 256;
/// Evaluations of a descent, in multiples of the parameters.
const PATIENCE: usize = 100;
/// Ends of descents that are polished.
const ENDS: usize = 3;
/// Two starts nearer than this, in every parameter on the line, lead to one optimum.
const APART: f64 = 0.25;

/// How hard to look, and how far down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Starts that are drawn, besides the literature's.
    pub starts: usize,
    /// Starts that go down.
    pub keep: usize,
    /// Are the best ends polished to the last digits of the loss? A forecast needs no more than what a descent gives.
    pub polish: bool,
}

/// The units in which a law and its rows are of order one; those of an axis are 1 where the law is not closed under them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Units {
    /// Of the input.
    pub x: f64,
    /// Of the target.
    pub y: f64,
}

impl Units {
    /// For these rows of this law.
    pub fn of(law: &dyn Law, data: &Samples) -> Self {
        let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0f64, |a, v| a.max(v.abs()));
        let good = |unit: f64| if unit.is_normal() && unit > 0.0 { unit } else { 1.0 };
        let x = good(largest(&mut (0..data.len()).map(|i| data.row(i)[0])) / LAST);
        let y = good(largest(&mut data.targets().iter().copied()));
        let start: Vec<f64> = law.params().iter().map(|p| p.start).collect();
        let closed = |x: f64, y: f64| law.in_units(&start, x, y).is_some();
        Self { x: if closed(x, 1.0) { x } else { 1.0 }, y: if closed(1.0, y) { y } else { 1.0 } }
    }

    /// The law's parameters in these units; `None` where they leave their domains.
    pub fn of_order_one(self, law: &dyn Law, theta: &[f64]) -> Option<Vec<f64>> {
        law.in_units(theta, self.x, self.y).filter(|t| law.contains(t))
    }

    /// The law's parameters in the data's own units.
    fn own(self, law: &dyn Law, theta: &[f64]) -> Option<Vec<f64>> {
        law.in_units(theta, self.x.recip(), self.y.recip()).filter(|t| law.contains(t))
    }

    fn samples(self, data: &Samples) -> Result<Samples, FitError> {
        let x = (0..data.len()).map(|i| data.row(i)[0] / self.x).collect();
        let y = data.targets().iter().map(|y| y / self.y).collect();
        Ok(Samples::new(1, x, y, data.weights().to_vec())?)
    }

    fn loss(self, loss: Loss) -> Loss {
        match loss {
            Loss::Huber { delta } => Loss::Huber { delta: delta / self.y },
            other => other,
        }
    }
}

/// Does a law go this way? It has one input, and says how its parameters change with the units.
pub fn knows(law: &dyn Law) -> bool {
    let start: Vec<f64> = law.params().iter().map(|p| p.start).collect();
    law.inputs().len() == 1 && law.in_units(&start, 1.0, 1.0).is_some()
}

/// The best fit of a law of one input.
///
/// # Errors
/// Targets that the loss cannot take, fewer rows of positive weight than parameters, no start with a finite loss, and parameters that the
/// data's own units cannot hold.
pub fn fit(law: &'static dyn Law, data: &Samples, loss: Loss, effort: Effort, seed: u64) -> Result<Fit, FitError> {
    loss.check(data)?;
    let (have, need) = (data.weights().iter().filter(|w| **w > 0.0).count(), law.params().len());
    if have < need {
        return Err(FitError::TooFewPoints { have, need, who: law.name().to_owned() });
    }
    let found = Found::of(law, data, loss, effort, seed)?;
    match found.in_own_units(loss, data) {
        Some(fit) => Ok(fit),
        // A parameter that left its domain on the way back: rare, and then the plain axis has to do.
        None => {
            let plain = Found::search(law, data, loss, effort, seed, Units { x: 1.0, y: 1.0 })?;
            plain.in_own_units(loss, data).ok_or_else(|| FitError::NotFinite { who: law.name().to_owned() })
        }
    }
}

/// A fit where its rows are of order one.
pub(crate) struct Found {
    /// The units.
    pub units: Units,
    /// The rows in these units.
    pub data: Samples,
    /// The fit to them.
    pub fit: Fit,
}

impl Found {
    /// The best fit of a law of one input to its rows.
    pub(crate) fn of(law: &'static dyn Law, data: &Samples, loss: Loss, effort: Effort, seed: u64) -> Result<Self, FitError> {
        Self::search(law, data, loss, effort, seed, Units::of(law, data))
    }

    fn search(law: &'static dyn Law, data: &Samples, loss: Loss, effort: Effort, seed: u64, units: Units) -> Result<Self, FitError> {
        let (all, own) = (units.samples(data)?, units.loss(loss));
        let few = thinned(&all, DESCENT)?;
        let starts = screened(law, &thinned(&few, LOOKED_AT)?, own, effort, seed);
        // Squares lead into the valley of any loss; which of the valleys is best the loss itself says.
        let squares = if own.is_log() { Loss::LogSquares } else { Loss::Squares };
        let mut found = descend(law, &few, squares, &starts, PATIENCE, Steps::Shorten);
        let tried = found.ends.len();
        if effort.polish || few.len() == all.len() {
            found.ends.iter_mut().for_each(|end| end.0 = own.total(law, &end.1, &all));
            found.ends.retain(|end| end.0.is_finite());
            found.ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        if effort.polish {
            polish(law, &all, own, &mut found.ends, &mut found.evaluations)?;
        } else if few.len() < all.len() {
            // The descent has seen a part of the rows: once more on all of them, from where it ended.
            let from: Vec<Vec<f64>> = found.ends.iter().take(1).map(|e| e.1.clone()).collect();
            let again = descend(law, &all, squares, &from, PATIENCE, Steps::Shorten);
            found.evaluations += again.evaluations;
            found.ends = again.ends;
        }
        let Some((best, theta, status)) = found.ends.first().cloned() else {
            return Err(FitError::NotFinite { who: law.name().to_owned() });
        };
        let agreeing = found.ends.iter().filter(|e| e.0 <= best * (1.0 + SAME) + 1e-300).count();
        let fit = Fit { law, theta, loss: best, status, evaluations: found.evaluations, agreeing: (agreeing, tried) };
        Ok(Self { units, data: all, fit })
    }

    /// The same fit in the units of the rows as they were given; `None` where they cannot hold its parameters.
    fn in_own_units(self, loss: Loss, data: &Samples) -> Option<Fit> {
        let theta = self.units.own(self.fit.law, &self.fit.theta)?;
        let total = loss.total(self.fit.law, &theta, data);
        total.is_finite().then_some(Fit { theta, loss: total, ..self.fit })
    }
}

/// The best few ends, down to the last digits of the loss.
fn polish(law: &'static dyn Law, all: &Samples, loss: Loss, ends: &mut [(f64, Vec<f64>, Status)], evaluations: &mut usize) -> Result<(), FitError> {
    for end in ends.iter_mut().take(ENDS) {
        let mut line = Line::new(law, Rows::new(all), loss, &[])?;
        let x = line.to_line(&end.1);
        if let Some((value, theta, status)) = end_on_line(&mut line, x) {
            if value <= end.0 {
                *end = (value, theta, status);
            } else {
                end.2 = status;
            }
        }
        *evaluations += line.evaluations;
    }
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(())
}

/// Starts, the best first: the literature's, and others whose parameters that are not linear are drawn from the literature's ranges.
fn screened(law: &dyn Law, data: &Samples, loss: Loss, effort: Effort, seed: u64) -> Vec<Vec<f64>> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut found: Vec<(f64, Vec<f64>)> = Vec::with_capacity(effort.starts + 1);
    let params = law.params();
    for k in 0..=effort.starts {
        let mut theta: Vec<f64> = params.iter().map(|p| if k == 0 { p.start } else { p.draw(rng.random()) }).collect();
        project(law, data, loss, &mut theta);
        let value = loss.total(law, &theta, data);
        if value.is_finite() {
            found.push((value, theta));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut kept: Vec<Vec<f64>> = Vec::new();
    for (_, theta) in found {
        let near = |other: &Vec<f64>| {
            params.iter().zip(&theta).zip(other).enumerate().all(|(k, ((p, a), b))| {
                // What is linear follows from the rest.
                law.linear().contains(&k) || (p.domain.to_line(*a) - p.domain.to_line(*b)).abs() < APART
            })
        };
        if kept.len() < effort.keep.max(1) && !kept.iter().any(near) {
            kept.push(theta);
        }
    }
    kept
}

/// Puts the linear parameters where weighted least squares has them, moved into their domains.
fn project(law: &dyn Law, data: &Samples, loss: Loss, theta: &mut [f64]) {
    let linear = law.linear();
    let count = linear.len();
    if count == 0 {
        return;
    }
    let mut base = theta.to_vec();
    linear.iter().for_each(|k| base[*k] = 0.0);
    let (mut gram, mut right) = (DMatrix::<f64>::zeros(count, count), DVector::<f64>::zeros(count));
    let mut basis = [0.0; MAX_PARAMS];
    for i in 0..data.len() {
        let at = At::at(data.row(i));
        let rest = law.eval(&at, &base);
        for (slot, k) in basis.iter_mut().zip(linear) {
            base[*k] = 1.0;
            *slot = law.eval(&at, &base) - rest;
            base[*k] = 0.0;
        }
        let y = data.targets()[i];
        // To first order a residual of logarithms is one relative to y.
        let w = data.weights()[i] / if loss.is_log() { y * y } else { 1.0 };
        for a in 0..count {
            right[a] += w * basis[a] * (y - rest);
            for b in 0..count {
                gram[(a, b)] += w * basis[a] * basis[b];
            }
        }
    }
    if gram.iter().chain(right.iter()).any(|v| !v.is_finite()) {
        return;
    }
    // A hair of ridge: two basis functions may be the same on these rows.
    let ridge = 1e-12 * gram.diagonal().max();
    (0..count).for_each(|a| gram[(a, a)] += ridge.max(f64::MIN_POSITIVE));
    let Some(solved) = gram.cholesky().map(|c| c.solve(&right)) else { return };
    for (value, k) in solved.iter().zip(linear) {
        let param = &law.params()[*k];
        theta[*k] = if param.domain.contains(*value) { *value } else { param.domain.from_line(param.domain.to_line(*value).clamp(-FAR, FAR)) };
    }
}

/// At most so many rows, spread evenly over the order of x, the first and the last among them.
fn thinned(data: &Samples, most: usize) -> Result<Samples, FitError> {
    let n = data.len();
    if n <= most {
        return Ok(data.clone());
    }
    let mut order: Vec<usize> = (0..n).filter(|i| data.weights()[*i] > 0.0).collect();
    order.sort_by(|a, b| data.row(*a)[0].total_cmp(&data.row(*b)[0]));
    if order.len() <= most {
        return Ok(data.clone());
    }
    let last = order.len() - 1;
    // Half of them evenly in rank, half evenly in its logarithm: a curve bends most where it begins.
    let half = most / 2;
    let even = (0..most - half).map(|k| k * last / (most - half - 1).max(1));
    let early = (0..half).map(|k| ((last as f64 + 1.0).powf(k as f64 / (half - 1).max(1) as f64) - 1.0).round() as usize);
    let mut keep: Vec<usize> = even.chain(early).map(|r| order[r.min(last)]).collect();
    keep.sort_unstable();
    keep.dedup();
    let x = keep.iter().map(|i| data.row(*i)[0]).collect();
    let pick = |values: &[f64]| keep.iter().map(|i| values[*i]).collect();
    Ok(Samples::new(1, x, pick(data.targets()), pick(data.weights()))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const THOROUGH: Effort = Effort { starts: 400, keep: 8, polish: true };

    fn rows(law: &dyn Law, theta: &[f64], xs: &[f64]) -> Samples {
        Samples::new(1, xs.to_vec(), xs.iter().map(|x| law.eval(&At::at(&[*x]), theta)).collect(), vec![]).unwrap()
    }

    /// Every law of one input, on two axes far from the literature's, without noise: values beyond the rows are found.
    #[test]
    fn every_law_is_found_on_any_axis_and_scale() {
        // Twelve parameters, three breaks that trade against each other among them, are not decided by sixty rows.
        for law in models::all().iter().filter(|l| l.inputs() == ["resource"] && l.name() != "bnsl3") {
            for (x_unit, y_unit) in [(1.0, 1.0), (250.0, 3.0), (1e7, 900.0), (1e-2, 1e-4)] {
                let mut start: Vec<f64> = law.params().iter().map(|p| p.start).collect();
                // A break that lies beyond what is seen is in no row.
                let breaks = law.params().iter().zip(&mut start).filter(|(p, _)| law.name().starts_with("bnsl") && p.name.starts_with('d'));
                breaks.zip([4.0, 12.0, 35.0]).for_each(|((_, start), within)| *start = within);
                if law.name() == "gompertz" {
                    // With a displacement of 1,000 nothing is to be seen on the first sixty points.
                    start[1] = 5.0;
                }
                // The literature's curve, counted in other units.
                let Some(theta) = law.in_units(&start, 1.0 / x_unit, 1.0 / y_unit).filter(|t| law.contains(t)) else { continue };
                let xs: Vec<f64> = (1..=60).map(|k| f64::from(k) * x_unit).collect();
                let data = rows(*law, &theta, &xs);
                for loss in [Loss::Squares, Loss::LogHuber { delta: 1e-3 }] {
                    if loss.check(&data).is_err() {
                        continue;
                    }
                    let found = fit(*law, &data, loss, THOROUGH, 1).unwrap();
                    for far in [80.0, 120.0] {
                        let x = [far * x_unit];
                        let at = At::at(&x);
                        let (want, got) = (law.eval(&at, &theta), law.eval(&at, &found.theta));
                        assert!((got - want).abs() <= 1e-4 * want.abs(), "{} in {x_unit}, {y_unit} by {loss:?}: {got} for {want}, {:?}", law.name(), found);
                    }
                }
            }
        }
    }

    #[test]
    fn real_parameters_have_no_hidden_range() {
        // 900 − 75 ln x.
        let law = models::find("log_linear").unwrap();
        let data = rows(law, &[900.0, -75.0], &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0]);
        let found = fit(law, &data, Loss::LogHuber { delta: 1e-3 }, THOROUGH, 1).unwrap();
        assert!((found.theta[0] - 900.0).abs() < 1e-6 && (found.theta[1] + 75.0).abs() < 1e-6, "{:?}", found.theta);
        // 1.8 + 482 N^−0.35.
        let law = models::find("pow3").unwrap();
        let sizes: Vec<f64> = (0..12).map(|k| 1e7 * f64::from(1 << k)).collect();
        let data = rows(law, &[1.8, -482.0, 0.35], &sizes);
        let found = fit(law, &data, Loss::Squares, THOROUGH, 1).unwrap();
        assert!((found.theta[1] / -482.0 - 1.0).abs() < 1e-4 && (found.theta[2] - 0.35).abs() < 1e-6, "{:?}", found.theta);
    }

    #[test]
    fn three_anchors_decide_a_power_law() {
        let (m1, pow2) = (models::find("m1").unwrap(), models::find("pow2").unwrap());
        let data = Samples::new(1, vec![2e19, 1.31e20, 7.16e20], vec![3.2373, 2.9538, 2.7515], vec![]).unwrap();
        for loss in [Loss::LogHuber { delta: 1e-3 }, Loss::LogSquares] {
            let (a, b) = (fit(m1, &data, loss, THOROUGH, 1).unwrap(), fit(pow2, &data, loss, THOROUGH, 1).unwrap());
            assert!((a.theta[1] + b.theta[1]).abs() < 1e-6 && b.status == Status::Converged, "{loss:?}: {:?} {:?}", a, b);
        }
    }

    #[test]
    fn many_rows_are_thinned_for_the_search_alone() {
        let law = models::find("pow3").unwrap();
        let xs: Vec<f64> = (1..=20_000).map(f64::from).collect();
        let data = rows(law, &[2.0, -5.0, 0.3], &xs);
        let found = fit(law, &data, Loss::Squares, Effort { polish: false, ..THOROUGH }, 1).unwrap();
        assert!((found.theta[0] - 2.0).abs() < 1e-6, "{found:?}");
        let few = thinned(&data, 100).unwrap();
        assert!(few.len() <= 100 && few.len() > 60 && few.row(0) == [1.0] && few.row(few.len() - 1) == [20_000.0]);
    }
}
