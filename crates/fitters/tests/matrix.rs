//! Every solver on every law that it accepts, on rows without noise: the truth is found, or it is said why not.

use std::collections::BTreeMap;

use fitters::solver::{CurveFit, Fixed, GlobalSearch, HoffmannGrid, Local, NAMES, SuThreeStage};
use fitters::{Loss, Solver, Status};
use models::{Domain, Law};
use testkit::{CONVERGED, Noiseless, noiseless};

/// A curve this near to the rows everywhere, as a share of how far these spread, is the truth: in flat valleys slopes are
/// rounding before the last digits are found, and no claim or figure tells curves apart that differ by less.
const NEAR: f64 = 1e-2;

/// Pairs that end somewhere else and say `converged`: solver, law, loss, and why. A pair that has come to find the truth must leave the list.
const KNOWN: &[(&str, &str, &str, &str)] = &[];

const LOSSES: [(&str, Loss); 2] = [("squares", Loss::Squares), ("log-huber", Loss::LogHuber { delta: 1e-3 })];

/// Parameters by name.
fn named(law: &dyn Law, theta: &[f64]) -> BTreeMap<String, f64> {
    law.params().iter().zip(theta).map(|(p, v)| (p.name.to_owned(), *v)).collect()
}

/// A start near the truth: a local search promises no more than the optimum that its start leads to.
fn nearby(rows: &Noiseless) -> BTreeMap<String, f64> {
    let params = rows.law.params();
    let moved = params.iter().zip(&rows.truth).enumerate().map(|(k, (p, t))| {
        let step = if k % 2 == 0 { 0.05 } else { -0.05 };
        // Five percent, of the value itself where the line is no logarithm of it.
        if p.domain == Domain::Real { t * (1.0 + step) } else { p.domain.from_line(p.domain.to_line(*t) + step) }
    });
    named(rows.law, &moved.collect::<Vec<_>>())
}

/// Every solver, with the settings that it needs for a law.
fn solvers(rows: &Noiseless) -> Vec<Box<dyn Solver>> {
    let start = nearby(rows);
    let none = BTreeMap::new;
    vec![
        Box::new(GlobalSearch::default()),
        Box::new(Local { start: start.clone(), start_ln: none() }),
        Box::new(Fixed { start: named(rows.law, &rows.truth), start_ln: none() }),
        Box::new(CurveFit { start, start_ln: none() }),
        // A part of the 4,500 starts is enough to meet the optimum.
        Box::new(HoffmannGrid { starts: 200, ..HoffmannGrid::default() }),
        Box::new(SuThreeStage { converged: Some(0.1 * CONVERGED), ..SuThreeStage::default() }),
    ]
}

/// What a pair came to.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// The law or the loss is not for this solver.
    Refused,
    /// The curve is that of the rows.
    Found,
    /// No fit, or one that says that it did not converge.
    Said(&'static str),
    /// It says that it converged, and the curve is another one.
    Elsewhere(f64),
}

fn outcome(solver: &dyn Solver, rows: &Noiseless, loss: Loss) -> Outcome {
    if solver.check(rows.law, loss).is_err() {
        return Outcome::Refused;
    }
    match solver.solve(&rows.problem(loss), 1) {
        Err(e) => Outcome::Said(e.word()),
        Ok(solved) => match (rows.distance(&solved.fit.theta), solved.fit.status) {
            (distance, _) if distance <= NEAR => Outcome::Found,
            (_, status) if status != Status::Converged => Outcome::Said(status.name()),
            (distance, _) => Outcome::Elsewhere(distance),
        },
    }
}

#[test]
fn every_solver_finds_every_law_it_accepts_or_says_why() {
    let (mut found, mut wrong) = (BTreeMap::new(), Vec::new());
    let mut seen = Vec::new();
    for &law in models::all() {
        let rows = noiseless(law);
        for solver in solvers(&rows) {
            for (word, loss) in LOSSES {
                let what = outcome(&*solver, &rows, loss);
                let pair = (solver.name(), law.name(), word);
                let known = KNOWN.iter().any(|k| (k.0, k.1, k.2) == pair);
                if known {
                    seen.push(pair);
                }
                match what {
                    Outcome::Elsewhere(_) if known => {}
                    Outcome::Elsewhere(distance) => wrong.push(format!("({:?}, {:?}, {word:?}, \"ends {distance:.2e} away\"),", pair.0, pair.1)),
                    _ if known => wrong.push(format!("{pair:?} is listed as a failure, and came to {what:?}: take it off the list")),
                    Outcome::Found => *found.entry(solver.name()).or_insert(0usize) += 1,
                    Outcome::Refused | Outcome::Said(_) => {}
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} pairs:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(seen.len(), KNOWN.len(), "a pair of the list is not in the matrix");
    // Refusals and warnings alone would be an empty matrix.
    for name in NAMES {
        assert!(found.get(name).is_some_and(|n| *n > 0), "{name} found nothing: {found:?}");
    }
    assert!(found["global"] > models::all().len(), "{found:?}");
}

#[test]
fn the_matrix_has_every_solver() {
    let rows = noiseless(models::find("chinchilla").unwrap());
    let have: Vec<&str> = solvers(&rows).iter().map(|s| s.name()).collect();
    assert_eq!(have, NAMES);
}
