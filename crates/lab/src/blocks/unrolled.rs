//! The gradient through steps of a gradient descent: by the pictures that it learns from and by its rate (Maclaurin et al., arXiv 1502.03492).
//!
//! Steps are `w ← w − a g(w, x)`, where g is a gradient. Of a loss of the weights after some of them, its slopes λ by the weights are handed back
//! step by step: `da −= λ·g`, `dx −= a ∂g/∂x ᵀλ`, `λ ← λ − a H λ`. Both second derivatives are exact.

/// What is learned from pictures, by steps down the gradient of a loss.
pub(crate) trait Inner {
    /// The gradient of the loss by the weights.
    fn gradient(&self, weights: &[f64], pictures: &[f64], to: &mut [f64]);

    /// Along a direction of the weights, the derivative of the gradient by the weights, and that of the gradient by the pictures.
    fn second(&self, weights: &[f64], pictures: &[f64], direction: &[f64], to: (&mut [f64], &mut [f64]));
}

/// Where weights are to be after some of the steps. What is added to the loss is their squared distance from there, times a scale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) step: usize,
    pub(crate) weights: &'a [f64],
    pub(crate) scale: f64,
}

/// A loss, and its gradients.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hyper {
    pub(crate) loss: f64,
    pub(crate) pictures: Vec<f64>,
    pub(crate) rate: f64,
}

/// The squared distance of two rows of numbers.
pub(crate) fn square_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// The loss after so many steps from a start, and its gradients. Targets lie between the first step and the last.
pub(crate) fn through(inner: &dyn Inner, start: &[f64], pictures: &[f64], rate: f64, steps: usize, targets: &[Target<'_>]) -> Hyper {
    let n = start.len();
    // Weights before every step, and the gradients that they were moved by.
    let (mut passed, mut gradients): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (Vec::with_capacity(steps + 1), Vec::with_capacity(steps));
    let mut weights = start.to_vec();
    for _ in 0..steps {
        let mut gradient = vec![0.0; n];
        inner.gradient(&weights, pictures, &mut gradient);
        let next = weights.iter().zip(&gradient).map(|(w, g)| w - rate * g).collect();
        passed.push(std::mem::replace(&mut weights, next));
        gradients.push(gradient);
    }
    passed.push(weights);
    let mut found = Hyper { loss: 0.0, pictures: vec![0.0; pictures.len()], rate: 0.0 };
    let (mut slopes, mut product, mut mixed) = (vec![0.0; n], vec![0.0; n], vec![0.0; pictures.len()]);
    for (step, now) in passed.iter().enumerate().rev() {
        for target in targets.iter().filter(|target| target.step == step) {
            found.loss += target.scale * square_distance(now, target.weights);
            slopes.iter_mut().zip(now).zip(target.weights).for_each(|((s, w), t)| *s += 2.0 * target.scale * (w - t));
        }
        let before = step.checked_sub(1).and_then(|k| Some((passed.get(k)?, gradients.get(k)?)));
        let Some((weights, gradient)) = before else { break };
        found.rate -= slopes.iter().zip(gradient).map(|(s, g)| s * g).sum::<f64>();
        inner.second(weights, pictures, &slopes, (&mut product, &mut mixed));
        found.pictures.iter_mut().zip(&mixed).for_each(|(d, m)| *d -= rate * m);
        slopes.iter_mut().zip(&product).for_each(|(s, h)| *s -= rate * h);
    }
    found
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    use super::super::two_layer::TwoLayer;
    use super::*;

    /// One weight for each of two inputs, squared error on three pictures with known answers, and a penalty: everything is closed form.
    struct Linear;

    const ANSWERS: [f64; 3] = [1.0, -0.5, 2.0];
    const PENALTY: f64 = 0.3;

    impl Linear {
        fn errors(weights: &[f64], pictures: &[f64]) -> Vec<f64> {
            pictures.chunks_exact(2).zip(ANSWERS).map(|(x, y)| x[0] * weights[0] + x[1] * weights[1] - y).collect()
        }
    }

    impl Inner for Linear {
        fn gradient(&self, weights: &[f64], pictures: &[f64], to: &mut [f64]) {
            let errors = Self::errors(weights, pictures);
            for (k, g) in to.iter_mut().enumerate() {
                *g = PENALTY * weights[k] + pictures.chunks_exact(2).zip(&errors).map(|(x, e)| x[k] * e).sum::<f64>();
            }
        }

        fn second(&self, weights: &[f64], pictures: &[f64], direction: &[f64], (product, mixed): (&mut [f64], &mut [f64])) {
            let errors = Self::errors(weights, pictures);
            product.iter_mut().zip(direction).for_each(|(p, v)| *p = PENALTY * v);
            for ((x, m), e) in pictures.chunks_exact(2).zip(mixed.chunks_exact_mut(2)).zip(&errors) {
                let along = x[0] * direction[0] + x[1] * direction[1];
                product.iter_mut().zip(x).for_each(|(p, x)| *p += x * along);
                m.iter_mut().zip(weights).zip(direction).for_each(|((m, w), v)| *m = along * w + e * v);
            }
        }
    }

    /// Ridge regression on the pictures, by Cramer's rule.
    fn ridge(x: &[f64]) -> [f64; 2] {
        let sum = |f: &dyn Fn(&[f64], f64) -> f64| x.chunks_exact(2).zip(ANSWERS).map(|(x, y)| f(x, y)).sum::<f64>();
        let (a, b, d) = (PENALTY + sum(&|x, _| x[0] * x[0]), sum(&|x, _| x[0] * x[1]), PENALTY + sum(&|x, _| x[1] * x[1]));
        let (p, q) = (sum(&|x, y| x[0] * y), sum(&|x, y| x[1] * y));
        [(p * d - q * b) / (a * d - b * b), (q * a - p * b) / (a * d - b * b)]
    }

    const X: [f64; 6] = [0.5, 1.0, -0.7, 0.2, 0.9, -0.4];

    #[test]
    fn many_steps_of_a_linear_model_are_ridge_and_so_are_their_gradients() {
        let goal = [0.2, -0.8];
        let of = |x: &[f64]| through(&Linear, &[0.0, 0.0], x, 0.3, 400, &[Target { step: 400, weights: &goal, scale: 1.0 }]);
        let exact = |x: &[f64]| square_distance(&ridge(x), &goal);
        let found = of(&X);
        assert!((found.loss - exact(&X)).abs() < 1e-10 && found.rate.abs() < 1e-8, "{found:?}");
        for (k, found) in found.pictures.iter().enumerate() {
            let moved = |by: f64| {
                let mut x = X;
                x[k] += by;
                exact(&x)
            };
            let wanted = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((found - wanted).abs() < 1e-6, "{k}: {found} {wanted}");
        }
    }

    #[test]
    fn pictures_are_found_that_a_linear_model_ends_at_its_goal_with() {
        // Three pictures with answers that are not all alike span the plane, so that every goal within reach is met.
        let goal = [0.7, 0.6];
        let mut x = X.to_vec();
        for _ in 0..2_000 {
            let found = through(&Linear, &[0.0, 0.0], &x, 0.15, 100, &[Target { step: 100, weights: &goal, scale: 1.0 }]);
            x.iter_mut().zip(&found.pictures).for_each(|(x, d)| *x -= 0.02 * d);
        }
        assert!(square_distance(&ridge(&x), &goal) < 1e-8, "{:?} {x:?}", ridge(&x));
    }

    struct Net(TwoLayer);

    impl Inner for Net {
        fn gradient(&self, weights: &[f64], pictures: &[f64], to: &mut [f64]) {
            self.0.gradient(weights, pictures, &[0, 2, 1], 1.3, to);
        }

        fn second(&self, weights: &[f64], pictures: &[f64], direction: &[f64], to: (&mut [f64], &mut [f64])) {
            self.0.second(weights, pictures, &[0, 2, 1], 1.3, direction, to);
        }
    }

    #[test]
    fn gradients_through_a_network_are_those_of_differences_to_a_millionth() {
        let net = TwoLayer { ins: 5, hidden: 4, outs: 3 };
        let mut rng = Pcg64::seed_from_u64(1);
        let (start, middle, end) = (net.first(&mut rng), net.first(&mut rng), net.first(&mut rng));
        let pictures: Vec<f64> = (0..15).map(|_| nets::params::normal(&mut rng)).collect();
        let targets = [Target { step: 3, weights: &middle, scale: 0.5 }, Target { step: 6, weights: &end, scale: 2.0 }];
        let of = |pictures: &[f64], rate: f64| through(&Net(net), &start, pictures, rate, 6, &targets);
        let found = of(&pictures, 0.4);
        let wanted = (of(&pictures, 0.4 + 1e-5).loss - of(&pictures, 0.4 - 1e-5).loss) / 2e-5;
        assert!((found.rate - wanted).abs() < 1e-6, "{} {wanted}", found.rate);
        for (k, found) in found.pictures.iter().enumerate() {
            let moved = |by: f64| {
                let mut x = pictures.clone();
                x[k] += by;
                of(&x, 0.4).loss
            };
            let wanted = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((found - wanted).abs() < 1e-6, "{k}: {found} {wanted}");
        }
    }
}
