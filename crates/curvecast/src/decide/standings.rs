//! What has to be known of all runs of a sweep before one of them is judged: which direction is good, and what the others have reached.

use std::collections::HashMap;

use curves::Better;

use super::sweep::SweepRun;
use crate::Series;
use crate::forecast::better_of;

/// What is kept of a run: a few numbers, up to the place that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    run: String,
    /// The direction that is good by its name or its values; `None` where it cannot be read.
    better: Option<Better>,
    /// Its lowest and its highest finite value; `None` where it has none.
    ends: Option<(f64, f64)>,
}

impl Standing {
    /// How a run stands up to the place `at`.
    pub fn of(run: &SweepRun, at: f64) -> Self {
        let series = run.series.as_ref().ok();
        let reached = series.into_iter().flat_map(|s| s.x.iter().zip(&s.y)).filter(|(x, y)| **x <= at && y.is_finite()).map(|(_, y)| (*y, *y));
        Self { run: run.name.clone(), better: series.map(direction), ends: reached.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) }
    }
}

/// All runs of a sweep, so that their series need not be kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standings(Vec<Standing>);

impl FromIterator<Standing> for Standings {
    fn from_iter<I: IntoIterator<Item = Standing>>(runs: I) -> Self {
        Self(runs.into_iter().collect())
    }
}

/// The direction of a run that is good by its name or its finite values.
fn direction(series: &Series) -> Better {
    let (x, y): (Vec<f64>, Vec<f64>) = series.x.iter().zip(&series.y).filter(|(_, y)| y.is_finite()).map(|(x, y)| (*x, *y)).unzip();
    better_of(&series.measure, &x, &y, None)
}

/// The direction that most say; less is better on a tie.
fn most(votes: impl Iterator<Item = Better>) -> Better {
    let (higher, lower): (Vec<Better>, Vec<Better>) = votes.partition(|better| *better == Better::Higher);
    if higher.len() > lower.len() { Better::Higher } else { Better::Lower }
}

/// The direction that is told, or else the one that is good in most runs; less is better on a tie.
pub(crate) fn better<'a>(runs: impl Iterator<Item = &'a Series>, told: Option<Better>) -> Better {
    told.unwrap_or_else(|| most(runs.map(direction)))
}

impl Standings {
    /// The direction that is told, or else the one that is good in most runs; less is better on a tie.
    pub fn better(&self, told: Option<Better>) -> Better {
        told.unwrap_or_else(|| most(self.0.iter().filter_map(|s| s.better)))
    }

    /// The best value that all other runs have reached, by the name of the run; `None` where they have none.
    pub fn bests_without(&self, better: Better) -> HashMap<&str, Option<f64>> {
        let own = |s: &Standing| s.ends.map(|(low, high)| if better == Better::Lower { low } else { high });
        let own: Vec<Option<f64>> = self.0.iter().map(own).collect();
        let of_both = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => Some(better.best(a, b)),
            (one, other) => one.or(other),
        };
        // The best of those after each run, and then, going forwards, of those before it.
        let mut bests = vec![None; own.len()];
        let mut after = None;
        for (best, own) in bests.iter_mut().zip(&own).rev() {
            *best = after;
            after = of_both(after, *own);
        }
        let mut before = None;
        for (best, own) in bests.iter_mut().zip(&own) {
            *best = of_both(before, *best);
            before = of_both(before, *own);
        }
        self.0.iter().map(|s| s.run.as_str()).zip(bests).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn the_best_of_the_others_is_that_of_all_but_one() {
        let run = |k: usize, y: &[f64]| SweepRun { name: k.to_string(), series: Ok(Series::new((1..=y.len()).map(|x| x as f64).collect(), y.to_vec())) };
        let values = [vec![0.9, 0.4], vec![0.5, 0.8, 0.1], vec![f64::NAN, 0.3], vec![0.7]];
        let mut runs: Vec<SweepRun> = values.iter().enumerate().map(|(k, y)| run(k, y)).collect();
        // One that cannot be read is none of the others.
        runs.insert(2, SweepRun { name: "broken".into(), series: Err(Error::Option("broken".into())) });
        for better in [Better::Lower, Better::Higher] {
            for at in [0.5, 1.0, 2.0, 9.0] {
                let by_force = |k: usize| {
                    let others = runs.iter().enumerate().filter(|(i, _)| *i != k).filter_map(|(_, run)| run.series.as_ref().ok());
                    let values = others.flat_map(|s| s.x.iter().zip(&s.y)).filter(|(x, y)| **x <= at && y.is_finite()).map(|(_, y)| *y);
                    values.reduce(|a, b| better.best(a, b))
                };
                let standings: Standings = runs.iter().map(|run| Standing::of(run, at)).collect();
                let have = standings.bests_without(better);
                for (k, run) in runs.iter().enumerate() {
                    assert_eq!(have[run.name.as_str()], by_force(k), "{better:?} at {at}, {}", run.name);
                }
            }
        }
    }

    #[test]
    fn most_runs_say_which_direction_is_good() {
        let run =
            |y: [f64; 4]| SweepRun { name: "r".into(), series: Ok(Series { measure: "value".into(), ..Series::new(vec![1.0, 2.0, 3.0, 4.0], y.to_vec()) }) };
        let (rises, falls) = (run([0.1, 0.3, 0.5, 0.6]), run([0.9, 0.7, 0.6, 0.5]));
        let of = |runs: &[&SweepRun]| runs.iter().map(|run| Standing::of(run, 9.0)).collect::<Standings>();
        assert_eq!(of(&[&rises, &rises, &falls]).better(None), Better::Higher);
        assert_eq!(of(&[&rises, &falls]).better(None), Better::Lower);
        assert_eq!(of(&[&rises, &rises]).better(Some(Better::Lower)), Better::Lower);
        assert_eq!(Standings::default().better(None), Better::Lower);
    }
}
