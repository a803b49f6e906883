//! `annealing`: loss curves of runs whose learning rate is known, past and future.
//!
//! A curve is a power law in the progress made (the summed rate S₁, or a blend of it and the time), less what the falls of
//! the rate bring: B Σ_k Δ_k (1 − (1 + c (S₁(t) − S₁(k)) η_k^−γ)^−β). To that comes what real curves have and no law
//! explains: an early transient, a break in the power, slow waves, a wandering level, spikes, noise that is heavy in its
//! tails, shrinks with time or is correlated. Widths of the distributions are wide on purpose: published fits of one
//! family of runs cover a small part of what runs do, and a prior cleaner than life makes bands that are too narrow.
//!
//! The unit of the curve is the drop that its power law makes over the last three octaves of progress; the run lasts from
//! time 0 to time 1. Networks see neither unit.
//!
//! Source: Luo et al. 2025 (multi-power law), Tissue et al. 2024 (annealing law); the distributions over their parameters
//! and everything that is no law are ours.

mod free;
mod path;
mod project;
mod schedules;

pub use path::{Path, Place};
pub use project::{Earlier, HALF, Plainer, Project, Projects, matched};

use curves::vector::Arch;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;

use crate::fast::{exp, ln};
use curves::vector::vector;

/// How many pieces a schedule's falls are gathered into, at most.
const FALLS: usize = 48;

/// The prior: how many points of a curve are seen at most, and how many are asked.
#[derive(Clone, Debug)]
pub struct Annealing {
    most: usize,
    asked: usize,
    nodes: Vec<f64>,
    arch: Arch,
}

/// One run from the prior, cut somewhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Episode {
    /// The schedule of the whole run; `None` where it is hidden from whoever forecasts.
    pub path: Option<Path>,
    /// The times seen, increasing, in (0, 1).
    pub seen: Vec<f64>,
    /// The values seen.
    pub y: Vec<f64>,
    /// The times asked: most after the last one seen, the last of them the end of the run.
    pub asked: Vec<f64>,
    /// The noisy values there.
    pub truth: Vec<f64>,
}

pub(crate) fn uniform(rng: &mut Pcg64, a: f64, b: f64) -> f64 {
    a + (b - a) * rng.random::<f64>()
}

pub(crate) fn chance(rng: &mut Pcg64, p: f64) -> bool {
    rng.random::<f64>() < p
}

pub(crate) fn log_uniform(rng: &mut Pcg64, a: f64, b: f64) -> f64 {
    uniform(rng, a.ln(), b.ln()).exp()
}

pub(crate) fn normal(rng: &mut Pcg64) -> f64 {
    rng.sample(StandardNormal)
}

pub(crate) fn log_normal(rng: &mut Pcg64, median: f64, sd: f64) -> f64 {
    median * (sd * normal(rng)).exp()
}

/// The power law in the progress, with at most one gentle break.
#[derive(Clone)]
struct Power {
    s0: f64,
    alpha: f64,
    /// Change of the exponent, where it happens and how gently.
    broken: Option<(f64, f64, f64)>,
    scale: f64,
}

impl Power {
    fn draw(rng: &mut Pcg64) -> Self {
        let alpha = log_normal(rng, 0.5, 0.45).min(1.3);
        let broken = chance(rng, 0.35).then(|| (alpha * uniform(rng, -0.8, 0.7), log_uniform(rng, 0.03, 1.5), uniform(rng, 0.2, 1.0)));
        let s0 = log_uniform(rng, 3e-5, 0.05);
        let mut power = Self { s0, alpha, broken, scale: 1.0 };
        power.scale = 1.0 / (power.at(0.125) - power.at(1.0));
        power
    }

    /// At a progress x that is 1 at the end of the run.
    fn at(&self, x: f64) -> f64 {
        let l = (x + self.s0).ln();
        let mut e = -self.alpha * l;
        if let Some((change, at, gentle)) = self.broken {
            e -= change * gentle * ((l - at.ln()) / gentle).exp().ln_1p();
        }
        self.scale * e.exp()
    }
}

/// What a fall of the rate brings as time goes on.
#[derive(Clone, Copy)]
enum Kernel {
    /// 1 − (1 + z)^−β, the multi-power law's.
    Power(f64),
    /// 1 − e^−z, the annealing law's.
    Exponential,
}

/// The falls of a schedule, gathered into few, and what they bring.
#[derive(Clone)]
struct Gain {
    size: Vec<f64>,
    at: Vec<f64>,
    speed: Vec<f64>,
    /// The node at which each is over.
    end: Vec<usize>,
    weight: f64,
    power: f64,
    gamma: f64,
    rate: f64,
    kernel: Kernel,
    by_time: bool,
    scratch: Vec<f64>,
}

impl Gain {
    fn draw(rng: &mut Pcg64, path: &Path) -> Self {
        // Published fits have 0.4 to 0.5 here; runs at other peak rates spread about them, and a few are anywhere.
        let weight = match rng.random_range(0..25) {
            0 => 0.0,
            1..5 => log_normal(rng, 0.58, 1.1).min(6.0),
            _ => log_normal(rng, 0.58, 0.6),
        };
        let power = log_normal(rng, 1.0, 0.2);
        let (kernel, by_time, gamma) = match rng.random_range(0..20) {
            0..14 => (Kernel::Power(log_normal(rng, 0.45, 0.45)), false, uniform(rng, 0.0, 1.0)),
            14..17 => (Kernel::Exponential, false, uniform(rng, 0.0, 0.8)),
            _ => (Kernel::Exponential, true, 0.0),
        };
        let rate = match kernel {
            Kernel::Power(_) => log_uniform(rng, 5.0, 3000.0),
            Kernel::Exponential => log_uniform(rng, 5.0, 300.0),
        };
        let mut gain = Self {
            size: Vec::new(),
            at: Vec::new(),
            speed: Vec::new(),
            end: Vec::new(),
            weight,
            power,
            gamma,
            rate,
            kernel,
            by_time,
            scratch: vec![0.0; FALLS + 2],
        };
        if weight > 0.0 {
            gain.gather(path);
        }
        gain
    }

    fn level(&self, rate: f64) -> f64 {
        if rate > 0.0 { rate.powf(self.power) } else { 0.0 }
    }

    fn position(&self, path: &Path, node: usize) -> f64 {
        if self.by_time { path.t()[node] } else { path.s1()[node] / path.s1()[path.s1().len() - 1] }
    }

    fn speed(&self, rate: f64) -> f64 {
        if self.gamma > 0.0 { self.rate * rate.max(2e-3).powf(-self.gamma) } else { self.rate }
    }

    /// Neighbouring falls become one until it is a fortieth of them all.
    fn gather(&mut self, path: &Path) {
        // Powers cost most of a draw, and most rates are the one before.
        let (mut was, mut level) = (0.0, 0.0);
        let levels: Vec<f64> = (path.rate().iter())
            .map(|&r| {
                if r != was {
                    (was, level) = (r, self.level(r));
                }
                level
            })
            .collect();
        let total: f64 = levels[path.top()..].windows(2).map(|l| (l[1] - l[0]).abs()).sum();
        let enough = total / (FALLS as f64 - 2.0);
        let (mut from, mut moved) = (path.top(), 0.0);
        for node in path.top() + 1..levels.len() {
            moved += (levels[node] - levels[node - 1]).abs();
            if moved > 0.0 && (moved >= enough || node + 1 == levels.len()) {
                self.size.push(levels[from] - levels[node]);
                self.at.push(0.5 * (self.position(path, from) + self.position(path, node)));
                self.speed.push(self.speed(0.5 * (path.rate()[from] + path.rate()[node])));
                self.end.push(node);
                (from, moved) = (node, 0.0);
            } else if moved == 0.0 {
                from = node;
            }
        }
    }

    fn at(&mut self, arch: Arch, path: &Path, t: f64, place: Place) -> f64 {
        if self.size.is_empty() {
            return 0.0;
        }
        let whole = self.end.partition_point(|&e| e <= place.node);
        let here = if self.by_time { t } else { place.s1 / path.s1()[path.s1().len() - 1] };
        // Of the fall that is going on, what has come so far.
        let start = whole.checked_sub(1).map_or(path.top(), |k| self.end[k]);
        let begun = place.node >= start && whole < self.end.len();
        let part = if begun { self.level(path.rate()[start]) - self.level(place.rate) } else { 0.0 };
        let middle = 0.5 * (self.position(path, start) + here);
        let speed = self.speed(0.5 * (path.rate()[start] + place.rate));
        let n = whole + 1;
        let (size, at, speeds, scratch, kernel) = (&self.size[..whole], &self.at[..whole], &self.speed[..whole], &mut self.scratch[..n], self.kernel);
        vector(
            arch,
            #[inline(always)]
            || {
                for (((z, a), s), _) in scratch.iter_mut().zip(at).zip(speeds).zip(size) {
                    *z = (here - a).max(0.0) * s;
                }
                scratch[whole] = (here - middle).max(0.0) * speed;
                match kernel {
                    Kernel::Power(beta) => scratch.iter_mut().for_each(|z| *z = exp(-beta * ln(1.0 + *z))),
                    Kernel::Exponential => scratch.iter_mut().for_each(|z| *z = exp(-*z)),
                }
            },
        );
        let sum: f64 = size.iter().zip(scratch.iter()).map(|(s, left)| s * (1.0 - left)).sum();
        self.weight * (sum + part * (1.0 - scratch[whole]))
    }
}

/// Everything that no law explains; values come in the order of time.
#[derive(Clone)]
struct Misfit {
    /// Size, time constant and stretch of what the very beginning adds.
    transient: (f64, f64, f64),
    waves: [(f64, f64, f64, bool); 2],
    wander: (f64, f64),
    level: f64,
    spike: Option<(f64, f64, f64)>,
    sigma: f64,
    shrink: f64,
    heavy: f64,
    correlated: (f64, f64),
    echo: f64,
    before: Option<f64>,
}

impl Misfit {
    fn draw(rng: &mut Pcg64) -> Self {
        let wave = |rng: &mut Pcg64| {
            let size = if chance(rng, 0.6) { log_uniform(rng, 2e-4, 2e-2) } else { 0.0 };
            (size, log_uniform(rng, 0.7, 12.0), uniform(rng, 0.0, 6.3), chance(rng, 0.5))
        };
        let wander = if chance(rng, 0.85) { log_normal(rng, 6e-3, 1.0).min(0.1) } else { 0.0 };
        Self {
            // From an untrained network down to where power laws hold is many times the drop after it.
            transient: if chance(rng, 0.65) {
                (log_normal(rng, 1.5, 1.5).min(40.0), log_uniform(rng, 5e-4, 0.06), uniform(rng, 0.7, 1.0))
            } else {
                (0.0, 1.0, 1.0)
            },
            waves: [wave(rng), wave(rng)],
            wander: (wander, log_uniform(rng, 0.15, 3.0)),
            level: normal(rng),
            spike: chance(rng, 0.06).then(|| (uniform(rng, 0.0, 1.0), log_uniform(rng, 0.01, 0.3), log_uniform(rng, 2e-3, 0.05))),
            sigma: log_normal(rng, 6e-3, 1.3).clamp(1e-4, 0.15),
            shrink: if chance(rng, 0.3) { uniform(rng, 0.0, 0.5) } else { 0.0 },
            heavy: if chance(rng, 0.25) { uniform(rng, 0.0, 0.08) } else { 0.0 },
            correlated: if chance(rng, 0.3) { (uniform(rng, 0.2, 0.95), log_uniform(rng, 2e-3, 0.05)) } else { (0.0, 1.0) },
            echo: normal(rng),
            before: None,
        }
    }

    fn next(&mut self, rng: &mut Pcg64, t: f64) -> f64 {
        let l = t.ln();
        let (size, lasts, stretch) = self.transient;
        let mut out = if size > 0.0 { size * (-(t / lasts).powf(stretch)).exp() } else { 0.0 };
        for (size, frequency, phase, in_log) in self.waves {
            if size > 0.0 {
                out += size * (frequency * if in_log { 0.6 * l } else { t } + phase).sin();
            }
        }
        if let Some((at, size, lasts)) = self.spike
            && t >= at
        {
            out += size * ((at - t) / lasts).exp();
        }
        // The wandering level forgets in ln t, the correlated share of the noise in t.
        if let Some(before) = self.before {
            let keep = ((before.ln() - l) / self.wander.1).exp();
            self.level = keep * self.level + (1.0 - keep * keep).max(0.0).sqrt() * normal(rng);
            let keep = ((before - t) / self.correlated.1).exp();
            self.echo = keep * self.echo + (1.0 - keep * keep).max(0.0).sqrt() * normal(rng);
        }
        self.before = Some(t);
        out += self.wander.0 * self.level;
        let mut sigma = self.sigma * if self.shrink > 0.0 { (-self.shrink * l).exp().min(30.0) } else { 1.0 };
        let share = self.correlated.0;
        out += sigma * share * self.echo;
        if self.heavy > 0.0 && chance(rng, self.heavy) {
            sigma *= 5.0;
        }
        out + sigma * (1.0 - share * share).sqrt() * normal(rng)
    }
}

impl Annealing {
    /// The name it has in a recipe.
    pub const NAME: &'static str = "annealing";

    /// At most `most` points of a curve are seen (16 or more), and `asked` are asked (4 or more).
    pub fn new(most: usize, asked: usize) -> Self {
        let mut nodes: Vec<f64> = (0..=160).map(|k| f64::from(k) / 160.0).collect();
        nodes.extend((0..24).map(|k| 2e-4 * (1.23f64).powi(k)));
        nodes.sort_unstable_by(f64::total_cmp);
        Self { most: most.max(16), asked: asked.max(4), nodes, arch: Arch::new() }
    }

    /// How many points of a curve are seen at most.
    pub fn most(&self) -> usize {
        self.most
    }

    /// How many points of a curve are asked.
    pub fn asked(&self) -> usize {
        self.asked
    }

    /// One run; the same seed gives the same run.
    pub fn draw(&self, seed: u64) -> Episode {
        let rng = &mut Pcg64::seed_from_u64(seed);
        let mut rates = Vec::with_capacity(self.nodes.len());
        schedules::draw(rng, &self.nodes, &mut rates);
        let Some(path) = Path::through(self.nodes.clone(), rates) else {
            return Episode::default(); // every schedule has a positive rate
        };
        let (seen, asked) = self.times(rng);
        let power = Power::draw(rng);
        let mut gain = Gain::draw(rng, &path);
        let mut misfit = Misfit::draw(rng);
        // Progress is the summed rate, or a blend of it and the time.
        let blend = if chance(rng, 0.5) { 0.0 } else { uniform(rng, 0.0, 0.8) };
        let end = path.s1()[path.s1().len() - 1];
        // In the order of time, because what wanders does.
        let mut all: Vec<(f64, usize)> = seen.iter().chain(&asked).copied().zip(0..).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut values = vec![0.0; all.len()];
        for &(t, k) in &all {
            let place = path.at(t);
            let s1 = (place.s1 / end).max(1e-7);
            let x = if blend > 0.0 { ((1.0 - blend) * s1.ln() + blend * t.ln()).exp() } else { s1 };
            values[k] = power.at(x) - gain.at(self.arch, &path, t, place) + misfit.next(rng, t);
        }
        let truth = values.split_off(seen.len());
        let hidden = chance(rng, 0.2);
        Episode { path: (!hidden).then_some(path), seen, y: values, asked, truth }
    }

    /// The times seen and asked: few or many, even in t, in ln t or in neither, beginning anywhere in the first half.
    fn times(&self, rng: &mut Pcg64) -> (Vec<f64>, Vec<f64>) {
        let n = log_uniform(rng, 4.0, self.most as f64 + 1.0) as usize;
        let cut = if chance(rng, 0.7) { uniform(rng, 0.05, 0.97) } else { log_uniform(rng, 0.01, 0.9) };
        let (in_log, first) = match rng.random_range(0..10) {
            0..5 => (false, cut * uniform(rng, 0.0, 0.5).max(1.0 / (n as f64 + 1.0))),
            5..8 => (true, cut * log_uniform(rng, 1e-3, 0.5)),
            _ => (chance(rng, 0.5), cut * log_uniform(rng, 0.02, 0.5)),
        };
        let jitter = if chance(rng, 0.25) { 0.9 } else { 0.0 };
        let mut seen: Vec<f64> = (0..n)
            .map(|k| {
                let shift = if jitter > 0.0 && k > 0 && k + 1 < n { jitter * uniform(rng, -0.5, 0.5) } else { 0.0 };
                let u = (k as f64 + shift) / (n as f64 - 1.0);
                if in_log { first * (cut / first).powf(u) } else { first + (cut - first) * u }
            })
            .collect();
        seen.sort_unstable_by(f64::total_cmp);
        let mut asked: Vec<f64> = (0..self.asked - 1)
            .map(|k| match k {
                // One among those seen, some soon after the last, the others anywhere up to the end.
                0 => uniform(rng, first, cut),
                k if k % 3 == 1 => cut + (1.0 - cut) * log_uniform(rng, 3e-3, 1.0),
                _ => uniform(rng, cut, 1.0),
            })
            .collect();
        asked.push(1.0);
        (seen, asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_run_and_runs_are_finite() {
        let prior = Annealing::new(128, 12);
        for seed in 0..3000 {
            let e = prior.draw(seed);
            assert!(e.seen.len() >= 4 && e.seen.len() <= 128 && e.asked.len() == 12, "{seed}");
            assert!(e.seen.windows(2).all(|t| t[0] < t[1]) && e.seen[0] > 0.0, "{seed}: {:?}", e.seen);
            assert!(e.y.iter().chain(&e.truth).all(|v| v.is_finite() && v.abs() < 1e6), "{seed}");
            if seed < 20 {
                assert_eq!(e, prior.draw(seed));
            }
        }
    }

    #[test]
    fn most_curves_fall_and_a_cooldown_lowers_them() {
        let prior = Annealing::new(64, 4);
        let (mut down, mut all) = (0, 0);
        for seed in 0..2000 {
            let e = prior.draw(seed);
            all += 1;
            down += u32::from(e.truth[3] < e.y[0]);
        }
        assert!(down * 10 > all * 9, "{down} of {all}");
        // The whole gain of a rate brought down to nothing is nearly its weight when all is over.
        let t: Vec<f64> = (0..=100).map(|k| f64::from(k) / 100.0).collect();
        let rate: Vec<f64> = t.iter().map(|&t| if t < 0.5 { 1.0 } else { 2.0 - 2.0 * t }).collect();
        let path = Path::through(t, rate).unwrap();
        let mut gain = Gain::draw(&mut Pcg64::seed_from_u64(3), &path);
        (gain.weight, gain.power, gain.gamma, gain.rate, gain.kernel, gain.by_time) = (1.0, 1.0, 0.0, 1e5, Kernel::Exponential, true);
        [&mut gain.size, &mut gain.at, &mut gain.speed].into_iter().for_each(Vec::clear);
        gain.end.clear();
        gain.gather(&path);
        for (t, want) in [(0.3, 0.0), (0.75, 0.5), (0.888, 0.776), (1.0, 1.0)] {
            let have = gain.at(Arch::new(), &path, t, path.at(t));
            assert!((have - want).abs() < 1e-6, "{t}: {have} {want}");
        }
    }
}
