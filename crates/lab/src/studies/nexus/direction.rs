//! What a step goes along, made of gradients of several sources.

use nets::Real;
use nets::optim::norm;

use super::Method;

/// How far weights are moved for a difference of gradients.
const NUDGE: f64 = 1e-2;

/// Losses of several sources, and their gradients anywhere.
pub(super) trait Sources<T> {
    /// How many there are.
    fn count(&self) -> usize;

    /// Puts the gradient of one of them at these numbers into `to`; gives its loss.
    fn gradient(&mut self, source: usize, at: &[T], to: &mut [T]) -> f64;
}

/// `to ← to + by · x`.
fn add<T: Real>(to: &mut [T], by: f64, x: &[T]) {
    let by = T::of(by);
    to.iter_mut().zip(x).for_each(|(t, x)| *t = by.mul_add(*x, *t));
}

fn dot<T: Real>(a: &[T], b: &[T]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a.wide() * b.wide()).sum()
}

/// Mean cosine of the gradients of all pairs of sources; a gradient of no length has cosines of zero. With unit gradients eₖ it is (|Σ eₖ|² − K) / (K
/// (K − 1)), and so is never less than −1 / (K − 1).
pub(super) fn similarity<T: Real>(sources: &mut impl Sources<T>, at: &[T]) -> f64 {
    let (mut all, mut gradient) = (vec![T::ZERO; at.len()], vec![T::ZERO; at.len()]);
    let mut units = 0.0;
    for source in 0..sources.count() {
        sources.gradient(source, at, &mut gradient);
        let length = norm(&gradient);
        if length > 0.0 {
            add(&mut all, length.recip(), &gradient);
            units += 1.0;
        }
    }
    let count = sources.count() as f64;
    (dot(&all, &all) - units) / (count * (count - 1.0)).max(1.0)
}

/// Buffers that are as long as the weights.
pub(super) struct Room<T> {
    /// What the step goes along (down).
    pub(super) direction: Vec<T>,
    gradient: Vec<T>,
    moved: Vec<T>,
    /// The gradient of every source.
    each: Vec<Vec<T>>,
}

impl<T: Real> Room<T> {
    /// For so many weights.
    pub(super) fn new(weights: usize) -> Self {
        let zeros = || vec![T::ZERO; weights];
        Self { direction: zeros(), gradient: zeros(), moved: zeros(), each: Vec::new() }
    }

    /// Makes the direction of a step from these weights, with the sources in this order where they come in turn; gives the mean of their losses where
    /// their gradients are first taken.
    pub(super) fn fill(&mut self, sources: &mut impl Sources<T>, method: Method, strength: f64, order: &[usize], at: &[T]) -> f64 {
        self.moved.copy_from_slice(at);
        match method {
            Method::Adamw => self.mean(sources),
            Method::Sam => self.uphill(sources, strength),
            Method::Penalty => self.penalised(sources, strength, at),
            Method::Normalised => self.in_turn(sources, order, 0.0, true),
            Method::Nexus | Method::NexusOrder | Method::NexusMixed => self.in_turn(sources, order, strength, true),
            Method::Reptile => self.in_turn(sources, order, strength, false),
        }
    }

    /// The mean gradient at the weights in `moved`.
    fn mean(&mut self, sources: &mut impl Sources<T>) -> f64 {
        let share = 1.0 / sources.count().max(1) as f64;
        self.direction.fill(T::ZERO);
        let mut loss = 0.0;
        for source in 0..sources.count() {
            loss += share * sources.gradient(source, &self.moved, &mut self.gradient);
            add(&mut self.direction, share, &self.gradient);
        }
        loss
    }

    /// Sharpness-aware minimisation (Foret et al., arXiv 2010.01412): the mean gradient where the mean gradient leads uphill.
    fn uphill(&mut self, sources: &mut impl Sources<T>, radius: f64) -> f64 {
        let loss = self.mean(sources);
        let length = norm(&self.direction);
        if length > 0.0 {
            add(&mut self.moved, radius / length, &self.direction);
            self.mean(sources);
        }
        loss
    }

    /// Gradients of sources in turn, each where those before it have led. Normalised ones are given their mean length back in the end.
    fn in_turn(&mut self, sources: &mut impl Sources<T>, order: &[usize], step: f64, normalised: bool) -> f64 {
        let share = 1.0 / order.len().max(1) as f64;
        self.direction.fill(T::ZERO);
        let (mut loss, mut lengths) = (0.0, 0.0);
        for &source in order {
            loss += share * sources.gradient(source, &self.moved, &mut self.gradient);
            let length = norm(&self.gradient);
            lengths += share * length;
            let by = match (normalised, length > 0.0) {
                (false, _) => 1.0,
                (true, true) => length.recip(),
                (true, false) => 0.0,
            };
            add(&mut self.direction, share * by, &self.gradient);
            add(&mut self.moved, -step * by, &self.gradient);
        }
        if normalised {
            let by = T::of(lengths);
            self.direction.iter_mut().for_each(|d| *d *= by);
        }
        loss
    }

    /// The slope of the mean loss less `weight` times the mean cosine of gradients. With unit gradients eₖ and their sum s, the slope of the sum of
    /// cosines is Σ Hₖ uₖ, uₖ = (s − (s·eₖ) eₖ) / |gₖ|; a Hessian times a vector is a difference of two gradients.
    fn penalised(&mut self, sources: &mut impl Sources<T>, weight: f64, at: &[T]) -> f64 {
        let count = sources.count();
        let share = 1.0 / count.max(1) as f64;
        self.each.resize_with(count, || vec![T::ZERO; at.len()]);
        let (mut loss, mut lengths) = (0.0, Vec::with_capacity(count));
        let mut units = vec![T::ZERO; at.len()];
        self.direction.fill(T::ZERO);
        for (source, gradient) in self.each.iter_mut().enumerate() {
            loss += share * sources.gradient(source, at, gradient);
            let length = norm(gradient);
            if length > 0.0 {
                add(&mut units, length.recip(), gradient);
            }
            add(&mut self.direction, share, gradient);
            lengths.push(length);
        }
        let pairs = (count * count.saturating_sub(1)).max(1) as f64 / 2.0;
        for (source, length) in lengths.into_iter().enumerate() {
            let own = &self.each[source];
            self.gradient.copy_from_slice(&units);
            add(&mut self.gradient, -dot(&units, own) / (length * length).max(f64::MIN_POSITIVE), own);
            let turn = norm(&self.gradient);
            if length > 0.0 && turn > 0.0 {
                self.moved.copy_from_slice(at);
                add(&mut self.moved, NUDGE / turn, &self.gradient);
                sources.gradient(source, &self.moved, &mut self.gradient);
                let by = -weight / pairs * turn / (length * NUDGE);
                add(&mut self.direction, by, &self.gradient);
                add(&mut self.direction, -by, own);
            }
        }
        loss
    }
}
