//! Successive halving, and Hyperband's brackets of it. Places of the resource are shares of where the longest run ends.

use super::Record;

/// One bracket of all runs, whose first place is so early that one run is left at the end; not before the longest run has a point.
pub(super) fn one(runs: &[Record], order: &[usize], eta: usize) -> Vec<usize> {
    let mut seen = vec![0; runs.len()];
    let rungs = levels(order.len(), eta).min(levels(points(runs), eta));
    halve(runs, order, rungs, eta, &mut seen);
    seen
}

/// Hyperband: brackets from the one that begins earliest to the one that stops no run. Runs are dealt out in their order, to each bracket the
/// share that it has in the original; what is left over by rounding goes to those that lost most by it.
pub(super) fn brackets(runs: &[Record], order: &[usize], eta: usize) -> Vec<usize> {
    let mut seen = vec![0; runs.len()];
    let most = levels(points(runs), eta);
    let configs = |s: u32| (f64::from(most + 1) / f64::from(s + 1) * (eta.max(2) as f64).powi(s as i32)).ceil();
    let weights: Vec<f64> = (0..=most).rev().map(configs).collect();
    let mut rest = order;
    for (share, rungs) in dealt(order.len(), &weights).into_iter().zip((0..=most).rev()) {
        let (bracket, others) = rest.split_at(share.min(rest.len()));
        halve(runs, bracket, rungs, eta, &mut seen);
        rest = others;
    }
    seen
}

/// The most points of a run.
fn points(runs: &[Record]) -> usize {
    runs.iter().map(Record::len).max().unwrap_or(0)
}

/// How often `n` can be divided by `eta` before less than one is left.
fn levels(n: usize, eta: usize) -> u32 {
    let mut left = n / eta.max(2);
    let mut found = 0;
    while left > 0 {
        left /= eta.max(2);
        found += 1;
    }
    found
}

/// `n` in whole parts, near to these weights; largest remainders first, the earlier of equal ones.
fn dealt(n: usize, weights: &[f64]) -> Vec<usize> {
    let total: f64 = weights.iter().sum();
    let exact: Vec<f64> = weights.iter().map(|w| n as f64 * w / total).collect();
    let mut parts: Vec<usize> = exact.iter().map(|e| e.floor() as usize).collect();
    let mut lost: Vec<(usize, f64)> = exact.iter().map(|e| e.fract()).enumerate().collect();
    lost.sort_by(|a, b| b.1.total_cmp(&a.1));
    let missing = n.saturating_sub(parts.iter().sum());
    for (k, _) in lost.into_iter().take(missing) {
        parts[k] += 1;
    }
    parts
}

/// Some runs side by side, to places that are `eta` times as far each time, the last of them the end; between two of them the best of each
/// `eta` go on, one at the least. Of equal ones the earlier goes on.
fn halve(runs: &[Record], bracket: &[usize], rungs: u32, eta: usize, seen: &mut [usize]) {
    let end = runs.iter().map(Record::end).fold(f64::NEG_INFINITY, f64::max);
    let mut alive: Vec<(usize, &Record)> = bracket.iter().filter_map(|&run| Some((run, runs.get(run)?))).collect();
    for k in (1..=rungs).rev() {
        let place = end / (eta.max(2) as f64).powi(k as i32);
        for (run, record) in &alive {
            seen[*run] = record.upto(place);
        }
        // What was seen may be all of a run that ended early: it stays in the comparison with what it has.
        alive.sort_by(|a, b| a.1.best(seen[a.0]).total_cmp(&b.1.best(seen[b.0])));
        alive.truncate((alive.len() / eta.max(2)).max(1));
    }
    for (run, record) in &alive {
        seen[*run] = record.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Run k falls from 1 towards k / n, by the same shape.
    fn sweep(n: usize, points: usize) -> Vec<Record> {
        let of = |k: usize| {
            let x: Vec<f64> = (1..=points).map(|x| x as f64).collect();
            let y = x.iter().map(|x| k as f64 / n as f64 + 1.0 / x).collect();
            Record::new(x, y).unwrap()
        };
        (0..n).map(of).collect()
    }

    #[test]
    fn halving_keeps_the_best_third_at_every_place() {
        let runs = sweep(9, 27);
        let order: Vec<usize> = (0..9).rev().collect();
        let seen = one(&runs, &order, 3);
        // Nine runs to 27 / 9 = 3, three to 9, one to the end.
        assert_eq!(seen, [27, 9, 9, 3, 3, 3, 3, 3, 3]);
        assert_eq!(one(&runs, &[4], 3)[4], 27);
        assert!(one(&[], &[], 3).is_empty());
    }

    #[test]
    fn a_run_that_crosses_late_is_lost() {
        let mut runs = sweep(9, 27);
        let x: Vec<f64> = (1..=27).map(f64::from).collect();
        let y = x.iter().map(|x| if *x < 20.0 { 2.0 } else { -1.0 }).collect();
        runs[8] = Record::new(x, y).unwrap();
        assert_eq!(one(&runs, &(0..9).collect::<Vec<_>>(), 3)[8], 3);
    }

    #[test]
    fn hyperband_hedges_with_brackets_that_begin_later() {
        // 27 points allow three halvings: 27, 12, 6 and 4 runs of 49.
        assert_eq!(levels(27, 3), 3);
        assert_eq!(dealt(49, &[27.0, 12.0, 6.0, 4.0]), [27, 12, 6, 4]);
        let runs = sweep(49, 27);
        let order: Vec<usize> = (0..49).collect();
        let seen = brackets(&runs, &order, 3);
        // In the first bracket one run of 27 goes to the end, and in the last all four do.
        assert_eq!(seen[..27].iter().filter(|s| **s == 27).count(), 1);
        assert!(seen[45..].iter().all(|s| *s == 27) && seen[..27].iter().filter(|s| **s == 1).count() == 18, "{seen:?}");
        let total: usize = seen.iter().sum();
        assert!(total < 49 * 27 / 3, "{total}");
    }

    #[test]
    fn few_runs_are_dealt_out_whole() {
        assert_eq!(dealt(10, &[27.0, 12.0, 6.0, 4.0]).iter().sum::<usize>(), 10);
        assert_eq!(dealt(0, &[1.0, 1.0]), [0, 0]);
        assert_eq!((levels(1, 3), levels(2, 3), levels(3, 3), levels(0, 3), levels(8, 2)), (0, 0, 1, 0, 3));
    }

    #[test]
    fn a_run_that_ended_early_is_compared_by_what_it_has() {
        let mut runs = sweep(3, 9);
        runs[2] = Record::new(vec![1.0, 2.0], vec![0.9, -5.0]).unwrap();
        // The first place is 9 / 3 = 3: the short run is best there, and is all there is of it.
        assert_eq!(one(&runs, &[0, 1, 2], 3), [3, 3, 2]);
    }
}
