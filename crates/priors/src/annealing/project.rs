//! `Projects`: a run that is cut somewhere, with earlier runs of the same project that are known to their end.
//!
//! What runs of one project have in common is drawn once: the power law in the progress, what falls of the rate bring, how much
//! the values wander and how noisy they are. Each run then goes its own way by a distance that is drawn once for the project,
//! from near nothing to as far as strangers are. Runs differ in length, peak rate and schedule, and in level and size of their
//! drop, as models of other sizes do. How alike the runs of a project are can only be told from the runs; whoever forecasts has to
//! learn how much to believe them.
//!
//! A share of the projects has no schedule at all ([`Free`]).
//!
//! Source: ours, on the laws of Luo et al. 2025 and Tissue et al. 2024 that [`Annealing`] has.

use rand::RngExt;
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::free::Free;
use super::{Annealing, Episode, Gain, Kernel, Misfit, Path, Power, chance, log_normal, log_uniform, normal, schedules, uniform};

/// Points that an earlier run is known by before the place at which it is compared, and after it, at most.
pub const HALF: usize = 12;

/// An earlier run, known to its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Earlier {
    /// Its schedule, where it is known.
    pub path: Option<Path>,
    /// Times, increasing, in the units of the run that is predicted.
    pub t: Vec<f64>,
    /// Values there.
    pub y: Vec<f64>,
    /// How many of the points lie up to the place that matches what is seen of the run that is predicted; at least four.
    pub cut: usize,
}

/// A run from the prior, cut somewhere, and the project it belongs to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    /// The run that is predicted.
    pub own: Episode,
    /// Earlier runs, none or up to as many as were asked for.
    pub earlier: Vec<Earlier>,
}

/// What is left out of the prior over projects, to see what it is good for; nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plainer {
    /// No schedule is ever known.
    pub rates: bool,
    /// What a fall of the rate brings; the rate then counts as progress alone.
    pub gains: bool,
    /// What no law explains, but for white noise: transients, waves, a level that wanders, spikes, noise with heavy tails or correlations.
    pub misfit: bool,
    /// Curves that have no schedule.
    pub free: bool,
}

/// The prior over projects.
#[derive(Clone, Debug)]
pub struct Projects {
    base: Annealing,
    most: usize,
    plainer: Plainer,
}

/// What a run is made of.
#[derive(Clone)]
enum Law {
    Scheduled { power: Power, gain: Box<Gain>, blend: f64 },
    Free(Free),
}

/// One run of a project: its law, how its progress counts in that of the run that is predicted, and where its values lie.
struct Member<'a> {
    path: &'a Path,
    law: Law,
    /// Progress at its end, in that of the run that is predicted.
    progress: f64,
    length: f64,
    level: f64,
    size: f64,
}

impl Member<'_> {
    /// Values at increasing times, in the units of the run that is predicted.
    fn values(&mut self, base: &Annealing, rng: &mut Pcg64, misfit: &mut Misfit, times: &[f64]) -> Vec<f64> {
        let end = self.path.s1()[self.path.s1().len() - 1];
        let (path, progress, length, level, size) = (self.path, self.progress, self.length, self.level, self.size);
        (times.iter())
            .map(|&t| {
                let smooth = match &mut self.law {
                    Law::Free(free) => free.at(t),
                    Law::Scheduled { power, gain, blend } => {
                        let place = path.at(t);
                        let s1 = (progress * place.s1 / end).max(1e-7);
                        let x = if *blend > 0.0 { ((1.0 - *blend) * s1.ln() + *blend * t.ln()).exp() } else { s1 };
                        power.at(x) - gain.at(base.arch, path, t, place)
                    }
                };
                level + size * (smooth + misfit.next(rng, t / length))
            })
            .collect()
    }
}

impl Projects {
    /// The name it has in a recipe.
    pub const NAME: &'static str = "projects";

    /// At most `most` points of the run are seen (16 or more), `asked` are asked (4 or more), and up to `earlier` runs are known.
    pub fn new(most: usize, asked: usize, earlier: usize) -> Self {
        Self { base: Annealing::new(most, asked), most: earlier, plainer: Plainer::default() }
    }

    /// The same, with less in it.
    pub fn plainer(self, plainer: Plainer) -> Self {
        Self { plainer, ..self }
    }

    /// How many points of the run are seen at most.
    pub fn seen(&self) -> usize {
        self.base.most
    }

    /// How many earlier runs there are at most.
    pub fn earlier(&self) -> usize {
        self.most
    }

    /// One project; the same seed gives the same project.
    pub fn draw(&self, seed: u64) -> Project {
        let rng = &mut Pcg64::seed_from_u64(seed);
        let base = &self.base;
        let mut rates = Vec::with_capacity(base.nodes.len());
        schedules::draw(rng, &base.nodes, &mut rates);
        let Some(path) = Path::through(base.nodes.clone(), rates.clone()) else {
            return Project::default(); // every schedule has a positive rate
        };
        let free = chance(rng, 0.35) && !self.plainer.free;
        let hidden = free || chance(rng, 0.12) || self.plainer.rates;
        let law = if free {
            Law::Free(Free::draw(rng))
        } else {
            let power = Power::draw(rng);
            let mut gain = Box::new(Gain::draw(rng, &path));
            if self.plainer.gains {
                gain.nothing();
            }
            Law::Scheduled { power, gain, blend: if chance(rng, 0.5) { 0.0 } else { uniform(rng, 0.0, 0.8) } }
        };
        let mut misfit = Misfit::draw(rng);
        if free {
            misfit.loosen(rng);
        }
        if self.plainer.misfit {
            misfit.plain();
        }
        let (seen, asked) = if free { far_times(base, rng) } else { base.times(rng) };
        let count = if self.most == 0 || chance(rng, 0.4) { 0 } else { rng.random_range(1..=self.most) };
        let far = log_uniform(rng, 0.01, 1.0);
        // Runs that keep the project's schedule, stretched over their own length, and runs of the project's length.
        let (same_schedule, same_length) = (chance(rng, 0.5), chance(rng, 0.5));
        let apart = log_uniform(rng, 0.02, 5.0);
        let cut = seen[seen.len() - 1];
        let share = path.at(cut).s1 / path.s1()[path.s1().len() - 1];
        let mut earlier = Vec::with_capacity(count);
        for _ in 0..count {
            let length = if same_length { 1.0 } else { log_uniform(rng, 0.1, 3.0) };
            if !same_schedule {
                schedules::draw(rng, &base.nodes, &mut rates);
            }
            let nodes = base.nodes.iter().map(|t| t * length).collect();
            let Some(its) = Path::through(nodes, rates.clone()) else { continue };
            let peak = (far * 0.7 * normal(rng)).exp();
            let progress = peak * its.s1()[its.s1().len() - 1] / path.s1()[path.s1().len() - 1];
            let law = near(&law, rng, far, &its, peak, progress);
            let (level, size) = (apart * normal(rng), (0.6 * far * normal(rng)).exp());
            let at = matched(cut, share, (!hidden).then_some(&its), length).min(0.97 * length);
            let (t, before) = points(rng, at, length);
            let mut misfit = misfit.near(rng, far);
            let y = Member { path: &its, law, progress, length, level, size }.values(base, rng, &mut misfit, &t);
            earlier.push(Earlier { path: (!hidden).then_some(its), t, y, cut: before });
        }
        // The run itself, in the order of time, because what wanders does.
        let mut all: Vec<(f64, usize)> = seen.iter().chain(&asked).copied().zip(0..).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let times: Vec<f64> = all.iter().map(|a| a.0).collect();
        let in_order = Member { path: &path, law, progress: 1.0, length: 1.0, level: 0.0, size: 1.0 }.values(base, rng, &mut misfit, &times);
        let mut values = vec![0.0; all.len()];
        all.iter().zip(in_order).for_each(|((_, k), v)| values[*k] = v);
        let truth = values.split_off(seen.len());
        Project { own: Episode { path: (!hidden).then_some(path), seen, y: values, asked, truth }, earlier }
    }
}

/// Where an earlier run is compared with one of which a `share` of the summed rate has been seen at time `cut`: at the same share,
/// or, where schedules are not known, at the same time, if it lasts so much longer.
pub fn matched(cut: f64, share: f64, path: Option<&Path>, length: f64) -> f64 {
    let Some(path) = path else { return cut.min(0.7 * length) };
    let (t, s1) = (path.t(), path.s1());
    let wanted = share * s1[s1.len() - 1];
    let node = s1.partition_point(|s| *s < wanted).clamp(1, s1.len() - 1);
    let part = (wanted - s1[node - 1]) / (s1[node] - s1[node - 1]).max(f64::MIN_POSITIVE);
    t[node - 1] + part.clamp(0.0, 1.0) * (t[node] - t[node - 1])
}

/// The times seen and asked of a curve without a schedule: even in ln t for the most part, and asked about up to three decades ahead.
fn far_times(base: &Annealing, rng: &mut Pcg64) -> (Vec<f64>, Vec<f64>) {
    let n = log_uniform(rng, 4.0, base.most as f64 + 1.0) as usize;
    let cut = if chance(rng, 0.5) { uniform(rng, 0.05, 0.97) } else { log_uniform(rng, 1e-3, 0.9) };
    let in_log = chance(rng, 0.7);
    let first = cut * if in_log { log_uniform(rng, 1e-3, 0.5) } else { uniform(rng, 0.0, 0.5).max(1.0 / (n as f64 + 1.0)) };
    let jitter = if chance(rng, 0.25) { 0.9 } else { 0.0 };
    let seen = (0..n)
        .map(|k| {
            let shift = if k > 0 && k + 1 < n { jitter * uniform(rng, -0.5, 0.5) } else { 0.0 };
            let u = (k as f64 + shift) / (n as f64 - 1.0);
            if in_log { first * (cut / first).powf(u) } else { first + (cut - first) * u }
        })
        .collect();
    let mut asked: Vec<f64> = (0..base.asked - 1)
        .map(|k| match k {
            0 => uniform(rng, first, cut),
            k if k % 2 == 1 => cut.powf(uniform(rng, 0.0, 1.0)),
            _ => uniform(rng, cut, 1.0),
        })
        .collect();
    asked.push(1.0);
    (seen, asked)
}

/// Times at which an earlier run is known, and how many of them lie up to the place of comparison.
fn points(rng: &mut Pcg64, at: f64, length: f64) -> (Vec<f64>, usize) {
    let (before, after) = (rng.random_range(4..=HALF), rng.random_range(3..=HALF));
    let first = at * if chance(rng, 0.5) { uniform(rng, 0.02, 0.3) } else { log_uniform(rng, 1e-3, 0.3) };
    let mix = uniform(rng, 0.0, 1.0);
    let between = |a: f64, b: f64, u: f64| (1.0 - mix) * (a + (b - a) * u) + mix * a * (b / a).powf(u);
    let mut t: Vec<f64> = (0..before).map(|k| between(first, at, k as f64 / (before - 1) as f64)).collect();
    t.extend((1..=after).map(|k| between(at, length, (k as f64 - if k == after { 0.0 } else { uniform(rng, 0.0, 0.5) }) / after as f64)));
    (t, before)
}

/// The law of another run of the project.
fn near(law: &Law, rng: &mut Pcg64, far: f64, path: &Path, peak: f64, progress: f64) -> Law {
    match law {
        Law::Free(free) => Law::Free(free.near(rng, far)),
        Law::Scheduled { power, gain, blend } => {
            let power = power.near(rng, far);
            let mut gain = gain.clone();
            gain.weight *= peak.powf(gain.power) * (0.5 * far * normal(rng)).exp();
            // Times are in the unit of the run that is predicted already; summed rates are shares of each run's own.
            gain.rate *= (far * normal(rng)).exp() * if gain.by_time { 1.0 } else { progress * peak.powf(-gain.gamma) };
            if let Kernel::Power(beta) = &mut gain.kernel {
                *beta *= (0.3 * far * normal(rng)).exp();
            }
            [&mut gain.size, &mut gain.at, &mut gain.speed].into_iter().for_each(Vec::clear);
            gain.end.clear();
            if gain.weight > 0.0 {
                gain.gather(path);
            }
            Law::Scheduled { power, gain, blend: *blend }
        }
    }
}

impl Power {
    /// A relative in the unit of this one.
    fn near(&self, rng: &mut Pcg64, far: f64) -> Self {
        let alpha = self.alpha * (0.3 * far * normal(rng)).exp();
        let broken = self.broken.map(|(change, at, gentle)| (change * (0.5 * far * normal(rng)).exp(), at * (far * normal(rng)).exp(), gentle));
        Self { s0: self.s0 * (far * normal(rng)).exp(), alpha, broken, scale: self.scale }
    }
}

impl Gain {
    /// Falls of the rate bring nothing.
    fn nothing(&mut self) {
        self.weight = 0.0;
        [&mut self.size, &mut self.at, &mut self.speed].into_iter().for_each(Vec::clear);
        self.end.clear();
    }
}

impl Misfit {
    /// White noise alone.
    fn plain(&mut self) {
        self.transient.0 = 0.0;
        self.waves.iter_mut().for_each(|wave| wave.0 = 0.0);
        (self.wander.0, self.spike, self.shrink, self.heavy, self.correlated.0) = (0.0, None, 0.0, 0.0, 0.0);
    }

    /// What curves without a schedule have more of: noise up to several times their late drop, that shrinks with time.
    fn loosen(&mut self, rng: &mut Pcg64) {
        self.sigma = log_normal(rng, 0.02, 1.8).clamp(1e-4, 3.0);
        self.shrink = if chance(rng, 0.5) { uniform(rng, 0.0, 0.5) } else { 0.0 };
        if chance(rng, 0.5) {
            self.transient.0 = 0.0;
        }
    }

    /// That of another run: as large, waves where they were for the most part, its own noise.
    fn near(&self, rng: &mut Pcg64, far: f64) -> Self {
        let mut own = self.clone();
        let mut factor = |spread: f64| (far * spread * normal(rng)).exp();
        own.sigma *= factor(0.5);
        own.wander.0 *= factor(0.3);
        own.transient.0 *= factor(0.5);
        own.transient.1 *= factor(0.5);
        for wave in &mut own.waves {
            wave.0 *= factor(0.3);
            wave.2 += factor(1.0).ln();
        }
        own.spike = own.spike.filter(|_| chance(rng, 0.1));
        own.level = normal(rng);
        own.echo = normal(rng);
        own.before = None;
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_project_and_projects_are_finite() {
        let prior = Projects::new(96, 16, 4);
        let (mut with, mut hidden) = (0, 0);
        for seed in 0..3000 {
            let p = prior.draw(seed);
            let e = &p.own;
            assert!(e.seen.len() >= 4 && e.seen.len() <= 96 && e.asked.len() == 16, "{seed}");
            assert!(e.seen.windows(2).all(|t| t[0] < t[1]) && e.seen[0] > 0.0, "{seed}: {:?}", e.seen);
            assert!(e.y.iter().chain(&e.truth).all(|v| v.is_finite() && v.abs() < 1e6), "{seed}");
            assert!(p.earlier.len() <= 4);
            for run in &p.earlier {
                assert!(run.t.len() == run.y.len() && run.cut >= 4 && run.t.len() >= run.cut + 3 && run.t.len() <= 2 * HALF, "{seed}");
                assert!(run.t[0] > 0.0 && run.t.windows(2).all(|t| t[0] < t[1]), "{seed}: {:?}", run.t);
                assert!(run.y.iter().all(|v| v.is_finite() && v.abs() < 1e6), "{seed}");
                assert_eq!(run.path.is_some(), e.path.is_some());
            }
            with += u32::from(!p.earlier.is_empty());
            hidden += u32::from(e.path.is_none());
            if seed < 20 {
                assert_eq!(p, prior.draw(seed));
            }
        }
        assert!((1600..2000).contains(&with) && (1100..1450).contains(&hidden), "{with} {hidden}");
    }

    #[test]
    fn what_is_left_out_is_not_there() {
        let all = Projects::new(64, 8, 4);
        let plainer = |plainer: Plainer| all.clone().plainer(plainer);
        assert_eq!(plainer(Plainer::default()).draw(5), all.draw(5));
        let (rates, free) = (plainer(Plainer { rates: true, ..Plainer::default() }), plainer(Plainer { free: true, ..Plainer::default() }));
        let clean = plainer(Plainer { gains: true, misfit: true, free: true, ..Plainer::default() });
        let mut hidden = 0;
        for seed in 0..400 {
            let p = rates.draw(seed);
            assert!(p.own.path.is_none() && p.earlier.iter().all(|run| run.path.is_none()), "{seed}");
            hidden += u32::from(free.draw(seed).own.path.is_none());
            assert!(clean.draw(seed).own.y.iter().all(|v| v.is_finite()), "{seed}");
        }
        // Twelve in a hundred hide their schedule though they have one.
        assert!((25..75).contains(&hidden), "{hidden}");
        // A power law that falls rises again by its noise alone, whatever the schedule: late values do not depend on the rate at the end.
        let steps = |p: &Project| p.own.y.windows(2).map(|y| y[1] - y[0]).filter(|d| *d > 0.05).count();
        let (rough, smooth): (usize, usize) = (0..400).map(|s| (steps(&all.draw(s)), steps(&clean.draw(s)))).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        assert!(smooth < rough, "{smooth} {rough}");
    }

    #[test]
    fn an_earlier_run_is_compared_at_the_same_share_of_its_summed_rate() {
        let t: Vec<f64> = (0..=100).map(|k| f64::from(k) / 50.0).collect();
        let path = Path::through(t.clone(), vec![1.0; t.len()]).unwrap();
        assert!((matched(0.3, 0.3, Some(&path), 2.0) - 0.6).abs() < 1e-9);
        assert!((matched(0.3, 0.3, None, 2.0) - 0.3).abs() < 1e-12);
        assert!((matched(0.9, 0.9, None, 0.5) - 0.35).abs() < 1e-12);
    }
}
