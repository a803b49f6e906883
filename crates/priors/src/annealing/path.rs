//! `Path`: a learning-rate schedule as a few hundred nodes, with the summed rate up to any time.

use models::Schedule;

/// Nodes spread evenly over a long schedule, and nodes spread evenly in the logarithm of its steps.
const EVEN: usize = 384;
const LOG: usize = 96;

/// A schedule as nodes between which the rate is a straight line. The rate is in units of its peak, the summed rate in
/// units of peak × time; the unit of time is whatever the nodes have (steps, or the whole run).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    t: Vec<f64>,
    rate: Vec<f64>,
    s1: Vec<f64>,
    top: usize,
}

/// Where a time lies on a [`Path`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The last node at or before it.
    pub node: usize,
    /// The rate, in units of the peak.
    pub rate: f64,
    /// The summed rate.
    pub s1: f64,
}

impl Path {
    /// A path through rates (≥ 0, one of them positive) at increasing times; S₁ by trapezia. `None` where the rates are none.
    pub fn through(t: Vec<f64>, mut rate: Vec<f64>) -> Option<Self> {
        let peak = rate.iter().copied().fold(0.0, f64::max);
        if t.len() != rate.len() || !(peak > 0.0 && peak.is_finite()) {
            return None;
        }
        rate.iter_mut().for_each(|r| *r = (*r / peak).max(0.0));
        let mut s1 = Vec::with_capacity(t.len());
        let mut sum = t[0].max(0.0) * rate[0];
        s1.push(sum);
        for (t, r) in t.windows(2).zip(rate.windows(2)) {
            sum += 0.5 * (t[1] - t[0]) * (r[0] + r[1]);
            s1.push(sum);
        }
        let top = top(&rate);
        Some(Self { t, rate, s1, top })
    }

    /// The path of a schedule given step by step; S₁ of a step is the sum of all rates up to it, that included, as in the
    /// annealing laws. `None` for a schedule whose rates are all zero.
    pub fn of(schedule: &Schedule) -> Option<Self> {
        let (rates, peak) = (schedule.rates(), schedule.peak());
        if peak <= 0.0 {
            return None;
        }
        let last = rates.len() - 1;
        let mut nodes: Vec<usize> = if last <= EVEN + LOG {
            (0..=last).collect()
        } else {
            let even = (0..=EVEN).map(|k| last * k / EVEN);
            let log = (0..LOG).map(|k| ((last as f64).ln() * k as f64 / LOG as f64).exp() as usize);
            even.chain(log).collect()
        };
        nodes.sort_unstable();
        nodes.dedup();
        let (mut sum, mut from) = (0.0, 0);
        let mut path = Self::default();
        for n in nodes {
            sum += rates[from..=n].iter().sum::<f64>() / peak;
            from = n + 1;
            path.t.push(n as f64);
            path.rate.push(rates[n] / peak);
            path.s1.push(sum);
        }
        path.top = top(&path.rate);
        Some(path)
    }

    /// The times of the nodes.
    pub fn t(&self) -> &[f64] {
        &self.t
    }

    /// The rates at the nodes, the peak being 1.
    pub fn rate(&self) -> &[f64] {
        &self.rate
    }

    /// The summed rates at the nodes.
    pub fn s1(&self) -> &[f64] {
        &self.s1
    }

    /// The node at which the warm-up is over: the first within a hundredth of the peak.
    pub fn top(&self) -> usize {
        self.top
    }

    /// The place of a time; before the first node that of the first, after the last one the rate stays.
    pub fn at(&self, t: f64) -> Place {
        let node = self.t.partition_point(|&n| n <= t).saturating_sub(1);
        let (Some(&t0), Some(&r0), Some(&s0)) = (self.t.get(node), self.rate.get(node), self.s1.get(node)) else {
            return Place { node: 0, rate: 0.0, s1: 0.0 };
        };
        let (Some(&t1), Some(&r1), Some(&s1)) = (self.t.get(node + 1), self.rate.get(node + 1), self.s1.get(node + 1)) else {
            return Place { node, rate: r0, s1: s0 + r0 * (t - t0).max(0.0) };
        };
        let u = ((t - t0) / (t1 - t0)).clamp(0.0, 1.0);
        // The share of the segment's sum that lies before t, for a rate that is a straight line.
        let whole = 0.5 * (r0 + r1);
        let share = if whole > 0.0 { u * (r0 + 0.5 * u * (r1 - r0)) / whole } else { u };
        Place { node, rate: r0 + u * (r1 - r0), s1: s0 + share * (s1 - s0) }
    }
}

fn top(rate: &[f64]) -> usize {
    rate.iter().position(|&r| r >= 0.99).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summed_rate_is_the_sum() {
        let schedule = models::schedule::shapes::cosine(5000, 100, 2.0, 0.2).unwrap();
        let path = Path::of(&schedule).unwrap();
        for step in [0, 1, 37, 100, 777, 4001, 5000] {
            let want: f64 = schedule.rates()[..=step].iter().sum::<f64>() / 2.0;
            let have = path.at(step as f64);
            assert!((have.s1 - want).abs() < 1e-3 * want + 0.1, "{step}: {} {want}", have.s1);
            assert!((have.rate - schedule.rates()[step] / 2.0).abs() < 2e-2, "{step}: {}", have.rate);
        }
        // Past the end the rate stays.
        assert!((path.at(5010.0).s1 - path.at(5000.0).s1 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn rates_that_are_none_make_no_path() {
        assert_eq!(Path::of(&Schedule::new(vec![0.0; 5]).unwrap()), None);
        assert_eq!(Path::through(vec![0.0, 1.0], vec![0.0, 0.0]), None);
        let one = Path::of(&Schedule::new(vec![0.3]).unwrap()).unwrap();
        assert_eq!(one.at(0.0), Place { node: 0, rate: 1.0, s1: 1.0 });
    }
}
