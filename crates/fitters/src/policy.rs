//! Policies that cut runs short, replayed on runs that were recorded to their ends: how many points of each run does one look at?
//!
//! Some go run by run and know of a run what came before it ([`Rule::Patience`], [`Rule::Median`], [`Rule::Ask`]); others train many runs side
//! by side and keep the best of them at some places ([`Rule::Halving`], [`Rule::Hyperband`]). Less is better here; whoever has an accuracy
//! changes its sign.

mod halving;

use curves::{Curve, CurveError};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// A run that was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    curve: Curve,
    /// The best value up to every point.
    best: Vec<f64>,
    /// The mean of all values up to every point.
    mean: Vec<f64>,
}

/// What a policy goes by.
#[derive(Clone, Copy)]
pub enum Rule<'a> {
    /// Every run to its end.
    Never,
    /// A run ends after more than so many points without a new best of its own.
    Patience(usize),
    /// A run ends where its best value is worse than the median, over earlier runs that were seen as far, of the means of their values up to
    /// there (Golovin et al. 2017, the median stopping rule of Vizier).
    Median {
        /// So many earlier runs are needed.
        startup: usize,
        /// No run ends before so many points.
        warmup: usize,
    },
    /// All runs go to a first place, the best of each `eta` to one `eta` times as far, and so on to the end (Jamieson and Talwalkar 2016).
    Halving {
        /// One of so many is kept, 2 or more.
        eta: usize,
    },
    /// Brackets of successive halving that begin at different places, each with as many runs as it has in the original (Li et al. 2018).
    Hyperband {
        /// One of so many is kept, 2 or more.
        eta: usize,
    },
    /// Whoever is asked after every point but the last.
    Ask(&'a dyn Fn(Place) -> bool),
}

/// Where a run stands that may be stopped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Which run.
    pub run: usize,
    /// How many of its points were seen.
    pub seen: usize,
    /// The best value that the runs before it have reached; infinite for the first.
    pub best: f64,
}

impl Record {
    /// A run: resource values, increasing, and the measure there, of which less is better.
    ///
    /// # Errors
    /// What is no curve.
    pub fn new(x: Vec<f64>, y: Vec<f64>) -> Result<Self, CurveError> {
        let curve = Curve::new(x, y)?;
        let (mut least, mut sum) = (f64::INFINITY, 0.0);
        let (mut best, mut mean) = (Vec::with_capacity(curve.len()), Vec::with_capacity(curve.len()));
        for (k, y) in curve.y().iter().enumerate() {
            least = least.min(*y);
            sum += y;
            best.push(least);
            mean.push(sum / (k + 1) as f64);
        }
        Ok(Self { curve, best, mean })
    }

    /// How many points.
    #[expect(clippy::len_without_is_empty, reason = "a run is never empty")]
    pub fn len(&self) -> usize {
        self.curve.len()
    }

    /// Where it ends.
    pub fn end(&self) -> f64 {
        self.curve.last().0
    }

    /// The best value of the first `seen` points; infinite for none.
    pub fn best(&self, seen: usize) -> f64 {
        seen.checked_sub(1).and_then(|last| self.best.get(last)).copied().unwrap_or(f64::INFINITY)
    }

    /// How many points it takes to its best value.
    pub fn to_best(&self) -> usize {
        let best = self.best(self.len());
        self.best.partition_point(|b| *b > best) + 1
    }

    /// How many points lie up to a place: one or more.
    fn upto(&self, place: f64) -> usize {
        self.curve.x().partition_point(|x| *x <= place).max(1)
    }

    /// The mean of all values up to a place that the first `seen` points reach. `guess` is how many points that may be.
    fn mean_upto(&self, place: f64, seen: usize, guess: usize) -> Option<f64> {
        let x = self.curve.x();
        let fits = |k: usize| k > 0 && x.get(k - 1) == Some(&place);
        let points = if fits(guess) { guess } else { x.partition_point(|x| *x <= place) };
        // Seen as far: a point at the place or beyond it.
        let far = x.get(seen.checked_sub(1)?).is_some_and(|last| *last >= place);
        self.mean.get(points.checked_sub(1)?).copied().filter(|_| far)
    }
}

/// Counts the points without a new best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patience {
    most: usize,
    best: f64,
    since: usize,
}

impl Patience {
    /// One that bears so many.
    pub fn new(most: usize) -> Self {
        Self { most, best: f64::INFINITY, since: 0 }
    }

    /// Takes the next value, of which less is better; is that one too many?
    pub fn ends(&mut self, y: f64) -> bool {
        if y < self.best {
            (self.best, self.since) = (y, 0);
        } else {
            self.since += 1;
        }
        self.since > self.most
    }
}

/// How many points of each run a policy looks at when the runs come in this order. Runs that are not in it are not looked at.
pub fn replay(runs: &[Record], order: &[usize], rule: Rule<'_>) -> Vec<usize> {
    match rule {
        Rule::Never => in_turn(runs, order, |_| false),
        Rule::Patience(most) => {
            let mut patience = Patience::new(most);
            in_turn(runs, order, |at| {
                if at.seen == 1 {
                    patience = Patience::new(most);
                }
                at.value().is_some_and(|y| patience.ends(y))
            })
        }
        Rule::Median { startup, warmup } => in_turn(runs, order, |at| at.seen >= warmup && below_the_median(&at, startup)),
        Rule::Ask(asked) => in_turn(runs, order, |at| asked(Place { run: at.run, seen: at.seen, best: at.best })),
        Rule::Halving { eta } => halving::one(runs, order, eta),
        Rule::Hyperband { eta } => halving::brackets(runs, order, eta),
    }
}

/// A run under way, and what came before it.
struct Turn<'a> {
    runs: &'a [Record],
    run: usize,
    seen: usize,
    /// Earlier runs, each with how much of it was seen.
    before: &'a [(usize, usize)],
    best: f64,
}

impl Turn<'_> {
    /// The last value.
    fn value(&self) -> Option<f64> {
        self.runs.get(self.run)?.curve.y().get(self.seen.checked_sub(1)?).copied()
    }
}

/// Run after run, each until it is stopped after a point that is not its last.
fn in_turn(runs: &[Record], order: &[usize], mut stops: impl FnMut(Turn<'_>) -> bool) -> Vec<usize> {
    let mut seen = vec![0; runs.len()];
    let (mut before, mut best) = (Vec::with_capacity(order.len()), f64::INFINITY);
    for &run in order {
        let Some(record) = runs.get(run) else { continue };
        let end = (1..record.len()).find(|&seen| stops(Turn { runs, run, seen, before: &before, best })).unwrap_or(record.len());
        seen[run] = end;
        before.push((run, end));
        best = best.min(record.best(end));
    }
    seen
}

fn below_the_median(at: &Turn<'_>, startup: usize) -> bool {
    let Some(record) = at.runs.get(at.run) else { return false };
    let Some(place) = at.seen.checked_sub(1).and_then(|k| record.curve.x().get(k)) else { return false };
    let mut means: Vec<f64> = at.before.iter().filter_map(|(run, seen)| at.runs.get(*run)?.mean_upto(*place, *seen, at.seen)).collect();
    if means.is_empty() || means.len() < startup {
        return false;
    }
    means.sort_unstable_by(f64::total_cmp);
    record.best(at.seen) > curves::interval::quantile_of_sorted(&means, 0.5)
}

/// The numbers below `n` in an order that a seed gives.
pub fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        order.swap(i, rng.random_range(0..=i));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(y: &[f64]) -> Record {
        Record::new((1..=y.len()).map(|x| x as f64).collect(), y.to_vec()).unwrap()
    }

    #[test]
    fn patience_waits_as_long_as_it_says() {
        let runs = [record(&[0.9, 0.8, 0.8, 0.8, 0.8, 0.1]), record(&[0.5, 0.4, 0.3, 0.2, 0.1, 0.0])];
        let seen = |most| replay(&runs, &[0, 1], Rule::Patience(most));
        assert_eq!((seen(0), seen(1), seen(3)), (vec![3, 6], vec![4, 6], vec![6, 6]));
        assert_eq!(replay(&runs, &[1, 0], Rule::Never), [6, 6]);
        assert_eq!(replay(&runs, &[1], Rule::Never), [0, 6]);
    }

    #[test]
    fn the_median_of_the_means_ends_a_run_that_is_worse() {
        // Means of the three: 0.5, 0.4, 0.3 at the first three places for the middle one.
        let three = [record(&[0.4, 0.3, 0.2, 0.1]), record(&[0.5, 0.3, 0.1, 0.1]), record(&[0.6, 0.5, 0.4, 0.4])];
        let with = |last: &[f64]| [three.as_slice(), &[record(last)]].concat();
        let rule = Rule::Median { startup: 3, warmup: 2 };
        let seen = |last: &[f64]| replay(&with(last), &[0, 1, 2, 3], rule)[3];
        // The median of the means after two points is 0.4: a best of 0.45 ends the run, one of 0.4 does not; the next median is 0.3.
        assert_eq!((seen(&[0.9, 0.45, 0.1, 0.1]), seen(&[0.9, 0.4, 0.4, 0.1]), seen(&[0.9, 0.4, 0.1, 0.1])), (2, 3, 4));
        // Too few runs before, and none that was seen as far.
        assert_eq!(replay(&with(&[0.9; 4]), &[0, 1, 3, 2], rule)[3], 4);
        let longer = replay(&with(&[0.05, 0.05, 0.05, 0.05, 0.05, 0.9, 0.9]), &[0, 1, 2, 3], rule)[3];
        assert_eq!(longer, 7);
    }

    #[test]
    fn other_grids_are_compared_at_the_same_place() {
        let coarse = Record::new(vec![2.0, 4.0, 6.0], vec![0.6, 0.4, 0.2]).unwrap();
        assert_eq!((coarse.mean_upto(4.0, 3, 4), coarse.mean_upto(5.0, 3, 5), coarse.mean_upto(5.0, 2, 5)), (Some(0.5), Some(0.5), None));
        assert_eq!((coarse.mean_upto(1.0, 3, 1), coarse.mean_upto(7.0, 3, 7)), (None, None));
        assert_eq!((coarse.upto(5.0), coarse.upto(1.0), coarse.to_best(), coarse.best(0)), (2, 1, 3, f64::INFINITY));
    }

    #[test]
    fn whoever_is_asked_hears_the_best_of_the_runs_before() {
        let runs = [record(&[0.5, 0.3, 0.4]), record(&[0.6, 0.5, 0.4]), record(&[0.2, 0.1, 0.0])];
        let heard = std::sync::Mutex::new(Vec::new());
        let asked = |at: Place| {
            heard.lock().unwrap().push(at);
            at.run == 1
        };
        assert_eq!(replay(&runs, &[0, 1, 2], Rule::Ask(&asked)), [3, 1, 3]);
        let bests: Vec<f64> = heard.lock().unwrap().iter().map(|at| at.best).collect();
        assert_eq!(bests, [f64::INFINITY, f64::INFINITY, 0.3, 0.3, 0.3]);
    }

    #[test]
    fn an_order_is_whole_and_its_seed_decides() {
        let mut order = shuffled(50, 7);
        assert!(order == shuffled(50, 7) && order != shuffled(50, 8));
        order.sort_unstable();
        assert_eq!(order, (0..50).collect::<Vec<_>>());
        assert!(shuffled(0, 1).is_empty());
    }

    #[test]
    fn what_is_no_curve_is_no_run() {
        assert!(Record::new(vec![1.0], vec![f64::NAN]).is_err() && Record::new(vec![], vec![]).is_err());
    }
}
