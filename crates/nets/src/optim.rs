//! Optimisers over the flat buffer of parameters, in groups that may change from step to step.

use std::ops::Range;

use curves::vector::{Arch, vector};

use crate::{Params, Real};

/// Numbers that are treated alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Where they lie.
    pub at: Range<usize>,
    /// Factor on the learning rate (layer decay); 0 freezes them, their moments included.
    pub rate: f64,
    /// Weight decay, decoupled: each step takes `rate · decay` of a number away.
    pub decay: f64,
}

/// Groups by the names of tensors: `of` gives the factor on the rate and the weight decay of each.
pub fn groups<T: Real>(params: &Params<T>, of: impl Fn(&str) -> (f64, f64)) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (name, tensor) in params.tensors() {
        let ((rate, decay), at) = (of(name), tensor.range());
        match groups.last_mut() {
            Some(last) if last.rate == rate && last.decay == decay && last.at.end == at.start => last.at.end = at.end,
            _ => groups.push(Group { at, rate, decay }),
        }
    }
    groups
}

/// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101).
#[derive(Clone, Debug)]
pub struct AdamW<T> {
    /// β₁.
    pub first: f64,
    /// β₂.
    pub second: f64,
    /// ε.
    pub epsilon: f64,
    /// First moments.
    pub m: Vec<T>,
    /// Second moments.
    pub v: Vec<T>,
    /// Steps done.
    pub step: u64,
}

impl<T: Real> AdamW<T> {
    /// For `n` numbers, β = (.9, .999), ε = 1e-8.
    pub fn new(n: usize) -> Self {
        Self { first: 0.9, second: 0.999, epsilon: 1e-8, m: vec![T::ZERO; n], v: vec![T::ZERO; n], step: 0 }
    }

    /// One step at this rate.
    pub fn step(&mut self, values: &mut [T], gradient: &[T], rate: f64, groups: &[Group]) {
        self.step += 1;
        let n = self.step.min(i32::MAX as u64) as i32;
        let (first, second) = (T::of(self.first), T::of(self.second));
        let (rest1, rest2) = (T::of(1.0 - self.first), T::of(1.0 - self.second));
        let right = T::of((1.0 - self.second.powi(n)).sqrt().recip());
        let epsilon = T::of(self.epsilon);
        for group in groups.iter().filter(|g| g.rate != 0.0) {
            let rate = rate * group.rate;
            let (keep, by) = (T::of(1.0 - rate * group.decay), T::of(rate / (1.0 - self.first.powi(n))));
            let at = group.at.clone();
            let (w, g, m, v) = (&mut values[at.clone()], &gradient[at.clone()], &mut self.m[at.clone()], &mut self.v[at]);
            vector(
                Arch::new(),
                #[inline(always)]
                || {
                    for (((w, g), m), v) in w.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
                        *m = first.mul_add(*m, rest1 * *g);
                        *v = second.mul_add(*v, rest2 * *g * *g);
                        *w = keep * *w - by * *m / v.sqrt().mul_add(right, epsilon);
                    }
                },
            );
        }
    }
}

/// Stochastic gradient descent with heavy-ball or Nesterov momentum, as PyTorch writes it; weight decay decoupled.
#[derive(Clone, Debug)]
pub struct Sgd<T> {
    /// Momentum, 0 for none.
    pub momentum: f64,
    /// Nesterov's form.
    pub nesterov: bool,
    /// Velocities.
    pub velocity: Vec<T>,
}

impl<T: Real> Sgd<T> {
    /// For `n` numbers.
    pub fn new(n: usize, momentum: f64) -> Self {
        Self { momentum, nesterov: false, velocity: vec![T::ZERO; n] }
    }

    /// One step at this rate.
    pub fn step(&mut self, values: &mut [T], gradient: &[T], rate: f64, groups: &[Group]) {
        let momentum = T::of(self.momentum);
        for group in groups.iter().filter(|g| g.rate != 0.0) {
            let rate = rate * group.rate;
            let (keep, by, at) = (T::of(1.0 - rate * group.decay), T::of(rate), group.at.clone());
            for ((w, g), v) in values[at.clone()].iter_mut().zip(&gradient[at.clone()]).zip(&mut self.velocity[at]) {
                *v = momentum.mul_add(*v, *g);
                let direction = if self.nesterov { momentum.mul_add(*v, *g) } else { *v };
                *w = keep * *w - by * direction;
            }
        }
    }
}

/// Length of a gradient; sums in 64 bits.
pub fn norm<T: Real>(gradient: &[T]) -> f64 {
    let arch = Arch::new();
    let square = |part: &[T]| {
        vector(
            arch,
            #[inline(always)]
            || crate::kernels::dot(part, part),
        )
    };
    gradient.chunks(4096).map(|part| square(part).wide()).sum::<f64>().sqrt()
}

/// Shortens a gradient to at most `most`; gives its length before.
pub fn clip<T: Real>(gradient: &mut [T], most: f64) -> f64 {
    let length = norm(gradient);
    if length > most {
        let by = T::of(most / length);
        gradient.iter_mut().for_each(|g| *g *= by);
    }
    length
}

/// Moves an average of weights towards them: `average ← keep · average + (1 − keep) · values`.
pub fn average<T: Real>(average: &mut [T], values: &[T], keep: f64) {
    let (keep, new) = (T::of(keep), T::of(1.0 - keep));
    average.iter_mut().zip(values).for_each(|(a, v)| *a = keep.mul_add(*a, new * *v));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Init;
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    fn whole(n: usize, decay: f64) -> Vec<Group> {
        vec![Group { at: 0..n, rate: 1.0, decay }]
    }

    #[test]
    fn the_first_step_of_adam_is_the_rate_in_the_direction_of_the_sign() {
        let mut w = vec![1.0, 1.0];
        AdamW::new(2).step(&mut w, &[3.0, -0.01], 0.1, &whole(2, 0.0));
        assert!((w[0] - 0.9).abs() < 1e-7 && (w[1] - 1.1).abs() < 1e-6, "{w:?}");
    }

    #[test]
    fn adam_agrees_with_its_formula_over_three_steps() {
        let (mut w, mut adam) = (vec![0.5], AdamW::<f64>::new(1));
        let (mut m, mut v, mut x) = (0.0, 0.0, 0.5_f64);
        for (k, g) in [1.0, -2.0, 0.5].into_iter().enumerate() {
            adam.step(&mut w, &[g], 0.01, &whole(1, 0.1));
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            let n = k as i32 + 1;
            x -= 0.01 * 0.1 * x + 0.01 * (m / (1.0 - 0.9_f64.powi(n))) / ((v / (1.0 - 0.999_f64.powi(n))).sqrt() + 1e-8);
        }
        assert!((w[0] - x).abs() < 1e-12, "{} {x}", w[0]);
    }

    #[test]
    fn momentum_adds_up_and_frozen_groups_stay() {
        let (mut w, mut sgd) = (vec![0.0, 7.0], Sgd::new(2, 0.5));
        let parts = [Group { at: 0..1, rate: 1.0, decay: 0.0 }, Group { at: 1..2, rate: 0.0, decay: 0.5 }];
        for _ in 0..2 {
            sgd.step(&mut w, &[1.0, 1.0], 0.1, &parts);
        }
        // 0.1 and 0.1 · 1.5.
        assert!((w[0] + 0.25_f64).abs() < 1e-12 && w[1] == 7.0 && sgd.velocity[1] == 0.0);
        let (mut w, mut sgd) = (vec![0.0], Sgd { nesterov: true, ..Sgd::new(1, 0.5) });
        sgd.step(&mut w, &[1.0], 0.1, &whole(1, 0.0));
        assert!((w[0] + 0.15_f64).abs() < 1e-12);
    }

    #[test]
    fn groups_follow_names_and_join_neighbours() {
        let mut params = Params::<f32>::new(Pcg64::seed_from_u64(1));
        for (name, n) in [("a.weight", 3), ("b.weight", 2), ("b.bias", 1)] {
            params.add(name, 1, n, Init::Constant(0.0));
        }
        let found = groups(&params, |name| (1.0, if name.ends_with("bias") { 0.0 } else { 0.1 }));
        assert_eq!(found, [Group { at: 0..5, rate: 1.0, decay: 0.1 }, Group { at: 5..6, rate: 1.0, decay: 0.0 }]);
    }

    #[test]
    fn clipping_keeps_the_direction() {
        let mut g = vec![3.0, 4.0];
        assert_eq!(clip(&mut g, 1.0), 5.0);
        assert!((g[0] - 0.6_f64).abs() < 1e-12 && (g[1] - 0.8).abs() < 1e-12);
        assert!((clip(&mut g, 2.0) - 1.0).abs() < 1e-12);
        let mut mean = vec![0.0];
        average(&mut mean, &[1.0], 0.9);
        assert!((mean[0] - 0.1_f64).abs() < 1e-12);
    }
}
