//! What the network is told of a point: where it lies on the run and on its schedule, and, where it was seen, its value.
//!
//! Everything is relative to what is seen of the curve: times and summed rates to those of the last point, rates to the peak,
//! values to the level and the drop of the last two octaves. So no unit, axis or horizon can be told from a token.

use priors::annealing::{Path, Place};

/// How many numbers a token of a curve alone is made from.
pub(crate) const FEATURES: usize = 24;

/// How many numbers a token is made from where earlier runs may be known: those of a curve alone, and how the units of the run that it
/// belongs to lie to those of the run that is predicted.
pub(crate) const IN_A_PROJECT: usize = FEATURES + 4;

/// How many numbers a token is made from where values are known to be positive: those of a curve alone, and where zero lies.
pub(crate) const ABOVE_ZERO: usize = FEATURES + 1;

/// Ranges, in summed rates up to the last point seen, over which the falls of the rate are remembered.
const MEMORIES: [f64; 6] = [0.003, 0.01, 0.03, 0.1, 0.3, 1.0];

/// A schedule with what its falls leave behind at every node.
pub(crate) struct Frame<'a> {
    path: Option<&'a Path>,
    /// At each node: the falls not yet forgotten, by memory.
    kept: Vec<[f64; 6]>,
    at_cut: [f64; 6],
    t_cut: f64,
    s1_cut: f64,
    /// Level, scale (with the sign that makes the curve fall) and noise of the values seen.
    pub last: f64,
    pub scale: f64,
    noise: f64,
    points: f64,
}

/// The summed rate at a time; without a schedule the rate is taken as constant.
fn place(path: Option<&Path>, t: f64) -> Place {
    path.map_or(Place { node: 0, rate: 1.0, s1: t }, |p| p.at(t))
}

impl<'a> Frame<'a> {
    /// The frame of a curve seen at increasing times `t` > 0, at least one, with values `y`.
    pub fn new(path: Option<&'a Path>, t: &[f64], y: &[f64]) -> Self {
        let n = t.len();
        let cut = place(path, t[n - 1]);
        let s1_cut = cut.s1.max(f64::MIN_POSITIVE);
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len().max(1) as f64;
        let few = (n / 4).clamp(1, 3);
        let last = mean(&y[n - few..]);
        // The drop over the last two octaves of the summed rate, or over what there is.
        let early = t.partition_point(|&t| place(path, t).s1 < 0.25 * s1_cut).min(n - few);
        let drop = mean(&y[early..early + few]) - last;
        let noise = noise(t, y);
        let size = drop.hypot(4.0 * noise);
        let largest = y.iter().fold(0.0f64, |a, v| a.max(v.abs()));
        let size = if size > 1e-9 * largest { size } else { (1e-6 * largest).max(1e-12) };
        let third = n.div_ceil(3);
        let falls = mean(&y[..third]) >= mean(&y[n - third..]);
        let mut frame = Self {
            path,
            kept: Vec::new(),
            at_cut: [0.0; 6],
            t_cut: t[n - 1],
            s1_cut,
            last,
            scale: if falls { size } else { -size },
            noise: noise / size,
            points: n as f64,
        };
        frame.remember();
        frame.at_cut = frame.memories(t[n - 1], cut);
        frame
    }

    fn remember(&mut self) {
        let Some(path) = self.path else { return };
        let (rate, s1) = (path.rate(), path.s1());
        self.kept = vec![[0.0; 6]; rate.len()];
        for k in path.top() + 1..rate.len() {
            let (fall, passed) = (rate[k - 1] - rate[k], (s1[k] - s1[k - 1]) / self.s1_cut);
            let before = self.kept[k - 1];
            self.kept[k] = std::array::from_fn(|m| forget(before[m], fall, passed / MEMORIES[m]));
        }
    }

    /// Σ_k Δ_k (1 − exp(−(S₁(t) − S₁(k)) / (λ S₁(cut)))) for every memory λ: falls count the more the longer ago they were.
    fn memories(&self, t: f64, here: Place) -> [f64; 6] {
        let Some(path) = self.path else { return [0.0; 6] };
        if here.node < path.top() || t < path.t()[path.top()] {
            return [0.0; 6];
        }
        let (r0, s0) = (path.rate()[here.node], path.s1()[here.node]);
        let (fall, passed) = (r0 - here.rate, (here.s1 - s0) / self.s1_cut);
        let total = path.rate()[path.top()] - here.rate;
        std::array::from_fn(|m| total - forget(self.kept[here.node][m], fall, passed / MEMORIES[m]))
    }

    /// The token of a point; `y` where it is seen. A row of [`ABOVE_ZERO`] numbers is told where zero lies; what else is in a longer row stays as it is.
    pub fn token(&self, t: f64, y: Option<f64>, out: &mut [f32]) {
        let here = place(self.path, t);
        let s1 = (here.s1 / self.s1_cut).clamp(1e-6, 1e6);
        let memories = self.memories(t, here);
        let mut f = [0.0f64; FEATURES];
        f[0] = 0.5 * s1.ln();
        f[1] = 0.5 * (t / self.t_cut).clamp(1e-6, 1e6).ln();
        f[2] = (4.0 * (s1 - 1.0)).asinh();
        f[3] = here.rate;
        f[4] = here.rate.max(1e-3).ln() / 3.0 + 1.0;
        for m in 0..6 {
            f[5 + m] = memories[m];
            f[11 + m] = (4.0 * (memories[m] - self.at_cut[m])).asinh();
        }
        f[17] = if self.path.is_none() { 1.0 } else { 0.0 };
        f[18] = (self.noise + 1e-5).ln() / 3.0 + 1.5;
        f[19] = self.points.ln() / 2.0 - 1.5;
        if let Some(y) = y {
            let z = self.relative(y);
            f[20] = 1.0;
            f[21] = z.asinh();
            f[22] = 0.5 * (8.0 * z).asinh();
            f[23] = 0.3 * (64.0 * z).asinh();
        }
        for (o, f) in out.iter_mut().zip(f) {
            *o = f as f32;
        }
        if out.len() == ABOVE_ZERO {
            out[FEATURES] = (0.3 * self.relative(0.0).asinh()) as f32;
        }
    }

    /// How the units of this run, an earlier one, lie to those of the run that is predicted: a mark, and differences of time, level and scale.
    pub fn beside(&self, own: &Frame<'_>, out: &mut [f32]) {
        let time = 0.5 * (self.t_cut / own.t_cut).clamp(1e-6, 1e6).ln();
        let level = ((self.last - own.last) / own.scale).asinh();
        let scale = 0.5 * (self.scale / own.scale).abs().clamp(1e-6, 1e6).ln();
        out.iter_mut().zip([1.0, time, level, scale]).for_each(|(o, f)| *o = f as f32);
    }

    /// A value in the units of the network.
    pub fn relative(&self, y: f64) -> f64 {
        (y - self.last) / self.scale
    }
}

/// What is left of a memory after a stretch in which the rate fell by `fall`, taken to happen in its middle.
fn forget(kept: f64, fall: f64, passed: f64) -> f64 {
    if fall == 0.0 && kept == 0.0 {
        return 0.0;
    }
    let half = (-0.5 * passed).exp();
    (kept * half + fall) * half
}

/// Standard deviation of a value about its neighbours, from second differences (their median: no spike and no step decides
/// it) over the later two thirds.
pub(crate) fn noise(t: &[f64], y: &[f64]) -> f64 {
    let n = t.len();
    let from = (n / 3).max(1);
    let mut e: Vec<f64> = (from..n.saturating_sub(1))
        .map(|i| {
            let w = (t[i + 1] - t[i]) / (t[i + 1] - t[i - 1]);
            (y[i] - w * y[i - 1] - (1.0 - w) * y[i + 1]).abs() / (1.0 + w * w + (1.0 - w) * (1.0 - w)).sqrt()
        })
        .collect();
    if e.is_empty() {
        return 0.0;
    }
    let middle = e.len() / 2;
    let (_, median, _) = e.select_nth_unstable_by(middle, f64::total_cmp);
    1.4826 * *median
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_are_their_definition() {
        let rates: Vec<f64> = (0..=200).map(|k| if k < 20 { f64::from(k) / 20.0 } else { 1.0 - 0.9 * f64::from(k - 20) / 180.0 }).collect();
        let path = Path::of(&models::Schedule::new(rates.clone()).unwrap()).unwrap();
        let t: Vec<f64> = (1..=150).map(f64::from).collect();
        let y: Vec<f64> = t.iter().map(|t| 1.0 / t).collect();
        let frame = Frame::new(Some(&path), &t, &y);
        let s1 = |k: usize| path.at(k as f64).s1;
        for at in [60usize, 150, 200] {
            let have = frame.memories(at as f64, path.at(at as f64));
            for (m, memory) in MEMORIES.iter().enumerate() {
                let want: f64 =
                    (path.top() + 1..=at).map(|k| (rates[k - 1] - rates[k]) * (1.0 - (-(s1(at) - 0.5 * (s1(k) + s1(k - 1))) / (memory * s1(150))).exp())).sum();
                assert!((have[m] - want).abs() < 1e-9, "{at} {memory}: {} {want}", have[m]);
            }
        }
    }

    #[test]
    fn noise_is_found_under_a_trend() {
        let t: Vec<f64> = (1..=400).map(f64::from).collect();
        // A fixed sequence with the spread of a uniform, 1/√12.
        let y: Vec<f64> =
            t.iter().map(|t| 30.0 / t.sqrt() + (t * 0.618_033_988_749).fract() * 0.01 * if (*t as u32).is_multiple_of(3) { 1.0 } else { -1.0 }).collect();
        let have = noise(&t, &y);
        assert!((0.002..0.02).contains(&have), "{have}");
        assert_eq!(noise(&[1.0, 2.0], &[3.0, 1.0]), 0.0);
    }
}
