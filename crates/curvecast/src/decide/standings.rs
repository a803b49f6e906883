//! What has to be known of all runs of a sweep before one of them is judged: which direction is good, and what the others have reached.

use std::collections::HashMap;

use curves::Better;

use super::sweep::SweepRun;
use crate::forecast::better_of;

/// A run, up to the place that counts.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Standing {
    /// The direction that is good by its name or its values.
    better: Better,
    /// Its lowest and its highest finite value; `None` where it has none.
    ends: Option<(f64, f64)>,
}

/// The runs of a sweep, a few numbers each, so that their series need not be kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standings {
    /// In the order of the runs; one that cannot be read has none.
    runs: Vec<(String, Option<Standing>)>,
}

/// One run's part of [`Standings`].
#[derive(Clone, Debug, PartialEq)]
pub struct Stood(String, Option<Standing>);

impl Stood {
    /// How a run stands up to the place `at`.
    pub fn of(run: &SweepRun, at: f64) -> Self {
        let standing = run.series.as_ref().ok().map(|s| {
            let (x, y): (Vec<f64>, Vec<f64>) = s.x.iter().zip(&s.y).filter(|(_, y)| y.is_finite()).map(|(x, y)| (*x, *y)).unzip();
            let reached = x.iter().zip(&y).filter(|(x, _)| **x <= at).map(|(_, y)| (*y, *y));
            Standing { better: better_of(&s.measure, &x, &y, None), ends: reached.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) }
        });
        Self(run.name.clone(), standing)
    }
}

impl FromIterator<Stood> for Standings {
    fn from_iter<I: IntoIterator<Item = Stood>>(runs: I) -> Self {
        Self { runs: runs.into_iter().map(|Stood(name, standing)| (name, standing)).collect() }
    }
}

impl Standings {
    /// The direction that is told, or else the one that is good in most runs; less is better on a tie.
    pub fn better(&self, told: Option<Better>) -> Better {
        let votes = |better| self.runs.iter().filter_map(|(_, standing)| standing.as_ref()).filter(|s| s.better == better).count();
        told.unwrap_or(if votes(Better::Higher) > votes(Better::Lower) { Better::Higher } else { Better::Lower })
    }

    /// The best value that all other runs have reached, by the name of the run; `None` where they have none. Of runs of one name each is one of
    /// the others to the last of them.
    pub fn bests_without(&self, better: Better) -> HashMap<&str, Option<f64>> {
        let own = |standing: &Option<Standing>| {
            let (low, high) = standing.as_ref()?.ends?;
            Some(if better == Better::Lower { low } else { high })
        };
        let own: Vec<Option<f64>> = self.runs.iter().map(|(_, standing)| own(standing)).collect();
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
        self.runs.iter().map(|(name, _)| name.as_str()).zip(bests).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, Series};

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
                let standings: Standings = runs.iter().map(|run| Stood::of(run, at)).collect();
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
        let of = |runs: &[&SweepRun]| runs.iter().map(|run| Stood::of(run, 9.0)).collect::<Standings>();
        assert_eq!(of(&[&rises, &rises, &falls]).better(None), Better::Higher);
        assert_eq!(of(&[&rises, &falls]).better(None), Better::Lower);
        assert_eq!(of(&[&rises, &rises]).better(Some(Better::Lower)), Better::Lower);
        assert_eq!(Standings::default().better(None), Better::Lower);
    }
}
