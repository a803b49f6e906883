//! An arm: a target after a strategy, held against training from scratch; or the rankings of all strategies.

use evaluation::stat::{ranks, spearman};

use super::other;
use super::outcome::{SCALARS, SERIES, diverged, outcome};
use super::strategy::{Budget, Strategy, Target};
use crate::{Outcome, Status, StudyError};

/// An arm: it needs its task, and last the task from scratch at equal steps with the same seed, which may be the same.
pub(super) fn arm(needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let (Some(own), Some(scratch)) = (needs.first(), needs.last()) else { return Err(other("an arm lacks its task")) };
    let before = own.points(SERIES[0].0);
    if let Status::Diverged(why) = &own.status {
        return Ok(diverged(&before, why.clone()));
    }
    let mut found: Vec<(&str, Option<f64>)> = SCALARS.iter().map(|(name, _)| (*name, own.scalar(name))).collect();
    let gain = own.scalar("skill").zip(scratch.scalar("skill")).filter(|(_, s)| *s < 1.0).map(|(skill, s)| (skill - s) / (1.0 - s));
    if let Some(place) = found.iter_mut().find(|(name, _)| *name == "gain") {
        place.1 = gain;
    }
    Ok(outcome(&before, &found, None, Status::Done))
}

/// Mean ranks over targets of strategies, of which there are so many; higher is better. Nothing where a skill is missing.
fn mean_ranks(skills: &[Option<f64>], strategies: usize) -> Option<Vec<f64>> {
    let rows = skills.chunks_exact(strategies.max(1));
    let n = rows.len().max(1) as f64;
    let mut sums = vec![0.0; strategies];
    for row in rows {
        let row: Vec<f64> = row.iter().copied().collect::<Option<_>>()?;
        sums.iter_mut().zip(ranks(&row)?).for_each(|(s, r)| *s += r / n);
    }
    Some(sums)
}

/// The rankings of two seeds with two budgets; tasks come seed by seed, budget by budget, target by target and strategy by strategy.
pub(super) fn ranking(needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let (strategies, targets) = (Strategy::RANKED.len(), Target::ALL.len());
    if needs.len() != 2 * Budget::ALL.len() * targets * strategies {
        return Err(other(format!("a ranking of {} tasks, where there are two seeds, two budgets, all targets and all strategies", needs.len())));
    }
    let skills: Vec<Option<f64>> = needs.iter().map(|o| o.scalar("skill")).collect();
    Ok(outcome(&[[1.0, 0.0]], &agreement(&skills, strategies, targets), None, Status::Done))
}

/// How rankings agree, and where training from scratch, the first of the strategies, stands.
pub(super) fn agreement(skills: &[Option<f64>], strategies: usize, targets: usize) -> Vec<(&'static str, Option<f64>)> {
    // Of the first seed at equal steps and at equal operations, then of the second.
    let all: Vec<Option<Vec<f64>>> = skills.chunks_exact(strategies * targets).map(|own| mean_ranks(own, strategies)).collect();
    let pretrained: Vec<Option<f64>> = skills.chunks_exact(strategies).flat_map(|row| row.iter().skip(1).copied()).collect();
    let pretrained: Vec<Option<Vec<f64>>> = pretrained.chunks_exact((strategies - 1) * targets).map(|own| mean_ranks(own, strategies - 1)).collect();
    let agree = |of: &[Option<Vec<f64>>], pairs: [(usize, usize); 2]| {
        let one = |(a, b): (usize, usize)| spearman(of.get(a)?.as_ref()?, of.get(b)?.as_ref()?);
        Some(0.5 * (one(pairs[0])? + one(pairs[1])?))
    };
    // The same budget with two seeds; two budgets with two seeds.
    let (same, mixed) = ([(0, 2), (1, 3)], [(0, 3), (1, 2)]);
    let less = |a: Option<f64>, b: Option<f64>| a.zip(b).map(|(a, b)| a - b);
    let [again, matched] = [same, mixed].map(|pairs| agree(&all, pairs));
    let [again_pretrained, matched_pretrained] = [same, mixed].map(|pairs| agree(&pretrained, pairs));
    let place = |k: usize| Some(strategies as f64 + 1.0 - all.get(k)?.as_ref()?.first()?);
    let mean = |a: Option<f64>, b: Option<f64>| a.zip(b).map(|(a, b)| 0.5 * (a + b));
    let (steps, operations) = (mean(place(0), place(2)), mean(place(1), place(3)));
    vec![
        ("again", again),
        ("matched", matched),
        ("lost", less(again, matched)),
        ("again-pretrained", again_pretrained),
        ("matched-pretrained", matched_pretrained),
        ("lost-pretrained", less(again_pretrained, matched_pretrained)),
        ("scratch-place", steps),
        ("scratch-place-matched", operations),
        ("scratch-rise", less(steps, operations)),
    ]
}
