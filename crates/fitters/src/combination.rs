//! `combination`: several forecasters as one, by their medians.
//!
//! - `geometric-mean`: exp of the mean of the logarithms of the medians.
//! - `stack`: the same, weighted by 1/e². Here e is a member's root mean squared error of ln y on the last quarter of what is seen, predicted from
//!   the first three quarters.
//! - `winner`: the member with the smallest e.
//!
//! A member that does not answer, or answers with something that has no logarithm, is left out; how many are in is a note. What comes out is
//! bare numbers: errors of members hang together, and a spread made of theirs would say too little.

use curves::{Forecast, Shape};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::by_law::ByLawSettings;
use crate::forecasters::LeastSquaresSettings;
use crate::saturating::Saturating;
use crate::{Answer, FitError, Forecaster, LogLinear, Persist, Question};

/// A member: `use` names its kind, beside it stand the settings of that kind.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(tag = "use", rename_all = "kebab-case")]
pub enum Member {
    /// The last value goes on.
    Persist,
    /// A straight line through the last quarter.
    LogLinear,
    /// A law, fitted to its optimum.
    Law(ByLawSettings),
    /// One of M1 to M4 as published.
    Saturating(Saturating),
    /// Laws fitted by least squares; its first answer.
    LeastSquares(LeastSquaresSettings),
}

impl Member {
    fn build(self) -> Result<Box<dyn Forecaster>, FitError> {
        Ok(match self {
            Member::Persist => Box::new(Persist),
            Member::LogLinear => Box::new(LogLinear),
            Member::Law(s) => Box::new(s.build()?),
            Member::Saturating(s) => Box::new(s.checked()?),
            Member::LeastSquares(s) => Box::new(s.build()?),
        })
    }
}

/// Settings of `combination`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CombinationSettings {
    /// Its members, at least two. Of a member with several answers the first counts.
    pub of: Vec<Member>,
}

impl CombinationSettings {
    /// The forecaster.
    ///
    /// # Errors
    /// Fewer than two members, and settings that one of them cannot work with.
    pub fn build(self) -> Result<Combination, FitError> {
        if self.of.len() < 2 {
            return Err(FitError::Setting("combination: `of` has at least two members".into()));
        }
        Ok(Combination { of: self.of.into_iter().map(Member::build).collect::<Result<_, _>>()? })
    }
}

/// Several forecasters as one.
pub struct Combination {
    of: Vec<Box<dyn Forecaster>>,
}

impl std::fmt::Debug for Combination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Combination of {}", self.of.len())
    }
}

/// An error of a back-test below this is none: exact members share.
const EXACT: f64 = 1e-6;

const NAMES: [&str; 3] = ["geometric-mean", "stack", "winner"];

impl Combination {
    /// The logarithms of a member's medians.
    fn logs(member: &dyn Forecaster, q: &Question<'_>, seed: u64) -> Result<Vec<f64>, FitError> {
        let who = || FitError::Setting("combination: a member has no answer".into());
        let forecast = member.forecast(q, seed).into_iter().next().ok_or_else(who)?.forecast?;
        let logs: Vec<f64> = (0..forecast.len()).map(|i| forecast.median(i).ln()).collect();
        match logs.iter().position(|v| !v.is_finite()) {
            Some(row) => Err(FitError::NotPositive { row, value: forecast.median(row) }),
            None => Ok(logs),
        }
    }

    /// The error of a member on the last quarter of what is seen; none where it has none.
    fn back_test(member: &dyn Forecaster, q: &Question<'_>, seed: u64) -> Option<f64> {
        let first = (3 * q.seen.len()).div_ceil(4).min(q.seen.len() - 1);
        let seen = q.seen.prefix(first).ok()?;
        let (at, truth) = q.seen.rest(first);
        let logs = Self::logs(member, &Question { seen: &seen, at, ..*q }, seed).ok()?;
        let squares: f64 = logs.iter().zip(truth).map(|(l, y)| (l - y.ln()).powi(2)).sum();
        Some((squares / at.len() as f64).sqrt()).filter(|e| e.is_finite())
    }
}

impl Forecaster for Combination {
    fn answers(&self) -> Vec<String> {
        NAMES.map(str::to_owned).to_vec()
    }

    fn forecast(&self, q: &Question<'_>, seed: u64) -> Vec<Answer> {
        let mut in_it: Vec<(Vec<f64>, Option<f64>)> = Vec::new();
        let mut why = None;
        for member in &self.of {
            match Self::logs(member.as_ref(), q, seed) {
                Ok(logs) => in_it.push((logs, Self::back_test(member.as_ref(), q, seed))),
                Err(e) => why = why.or(Some(e)),
            }
        }
        let weighted = |weights: &[f64]| -> Result<Forecast, FitError> {
            let total: f64 = weights.iter().sum();
            let mut logs = vec![0.0; q.at.len()];
            for ((values, _), w) in in_it.iter().zip(weights) {
                logs.iter_mut().zip(values).for_each(|(l, v)| *l += w / total * v);
            }
            Ok(Forecast::new(q.at.to_vec(), Shape::Points(logs.into_iter().map(f64::exp).collect()))?)
        };
        let tested: Vec<f64> = in_it.iter().map(|(_, e)| e.map_or(0.0, |e| e.max(EXACT).powi(-2))).collect();
        let best = tested.iter().copied().fold(0.0, f64::max);
        let first_best = tested.iter().position(|w| *w == best);
        let winner: Vec<f64> = (0..tested.len()).map(|k| f64::from(u8::from(Some(k) == first_best))).collect();
        let notes = vec![("members", in_it.len() as f64)];
        NAMES
            .iter()
            .map(|name| {
                let forecast = match (&why, in_it.is_empty(), *name) {
                    (Some(e), true, _) => Err(e.clone()),
                    (_, _, "geometric-mean") => weighted(&vec![1.0; in_it.len()]),
                    (_, _, _) if best == 0.0 => Err(FitError::TooFewPoints { have: q.seen.len(), need: q.seen.len() + 1, who: "a back-test".into() }),
                    (_, _, "stack") => weighted(&tested),
                    _ => weighted(&winner),
                };
                Answer { name: (*name).to_owned(), forecast, share: 1.0, notes: notes.clone() }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::Curve;

    fn law(name: &str) -> Member {
        Member::Law(ByLawSettings { law: name.into(), loss: Default::default(), starts: 50, offset: 0.0, last: 1.0, spread: Default::default() })
    }

    fn of(members: Vec<Member>) -> Combination {
        CombinationSettings { of: members }.build().unwrap()
    }

    #[test]
    fn the_mean_lies_between_and_the_stack_takes_the_better() {
        let x: Vec<f64> = (1..=40).map(f64::from).collect();
        let curve = Curve::new(x.clone(), x.iter().map(|x| 2.0 * x.powf(-0.5)).collect()).unwrap();
        let answers = of(vec![Member::Persist, law("m1")]).forecast(&Question::of(&curve, &[160.0]), 1);
        let at = |k: usize| answers[k].forecast.as_ref().unwrap().median(0);
        let (last, right) = (2.0 * 40f64.powf(-0.5), 2.0 * 160f64.powf(-0.5));
        assert!((at(0) - (last * right).sqrt()).abs() < 1e-6, "{}", at(0));
        assert!((at(1) - right).abs() < 1e-6 && (at(2) - right).abs() < 1e-6, "{} {}", at(1), at(2));
        assert_eq!(answers[0].notes, [("members", 2.0)]);
    }

    #[test]
    fn members_that_cannot_answer_are_left_out() {
        let curve = Curve::on_grid(vec![0.5, 0.4, 0.3]).unwrap();
        let answers = of(vec![law("bnsl3"), Member::Persist]).forecast(&Question::of(&curve, &[4.0]), 1);
        assert!((answers[0].forecast.as_ref().unwrap().median(0) - 0.3).abs() < 1e-12);
        assert_eq!(answers[0].notes, [("members", 1.0)]);
        let none = of(vec![law("bnsl3"), law("bnsl2")]).forecast(&Question::of(&curve, &[4.0]), 1);
        assert!(none.iter().all(|a| matches!(a.forecast, Err(FitError::TooFewPoints { .. }))));
        let one = Curve::on_grid(vec![0.3]).unwrap();
        let answers = of(vec![Member::LogLinear, Member::Persist]).forecast(&Question::of(&one, &[4.0]), 1);
        assert!(answers[0].forecast.is_ok() && answers[1].forecast.is_err());
        assert!(CombinationSettings { of: vec![Member::Persist] }.build().is_err());
    }
}
