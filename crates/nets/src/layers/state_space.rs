//! Diagonal state space (S4D, Gu et al., arXiv 2206.11893), as a recurrence along each sequence.
//!
//! Feature by feature, with `n` complex states `λ_k = −exp(a_k) + i b_k`, step `Δ = exp(s)` and zero-order hold:
//!
//! ```text
//! A_k = exp(Δ λ_k)      B_k = (A_k − 1)/λ_k
//! h_k(t) = A_k h_k(t−1) + B_k x(t)
//! y(t) = 2 Re Σ_k C_k h_k(t) + D x(t)
//! ```

use crate::{Init, Params, Pass, Real, Tensor, Var};

/// The layer's parameters: a row per feature, a column per state.
#[derive(Clone, Copy, Debug)]
pub struct StateSpace {
    decay: Tensor,
    turn: Tensor,
    real: Tensor,
    imaginary: Tensor,
    step: Tensor,
    skip: Tensor,
}

/// What the recurrence of one feature and state needs, in 64 bits.
#[derive(Clone, Copy, Default)]
struct Mode {
    a: (f64, f64),
    b: (f64, f64),
    lambda: (f64, f64),
    c: (f64, f64),
    dt: f64,
}

fn times(x: (f64, f64), y: (f64, f64)) -> (f64, f64) {
    (x.0 * y.0 - x.1 * y.1, x.0 * y.1 + x.1 * y.0)
}

fn over(x: (f64, f64), y: (f64, f64)) -> (f64, f64) {
    let n = y.0 * y.0 + y.1 * y.1;
    ((x.0 * y.0 + x.1 * y.1) / n, (x.1 * y.0 - x.0 * y.1) / n)
}

impl StateSpace {
    /// Over `width` features with `states` states each: λ_k = −1/2 + iπk (S4D-Lin), steps from .001 to .1.
    pub fn new<T: Real>(params: &mut Params<T>, name: &str, width: usize, states: usize) -> Self {
        let add = |params: &mut Params<T>, part: &str, cols: usize, init: Init| params.add(&format!("{name}.{part}"), width, cols, init);
        let layer = Self {
            decay: add(params, "decay", states, Init::Constant(0.5_f64.ln())),
            turn: add(params, "turn", states, Init::Constant(0.0)),
            real: add(params, "real", states, Init::Normal(0.5_f64.sqrt())),
            imaginary: add(params, "imaginary", states, Init::Normal(0.5_f64.sqrt())),
            step: add(params, "step", 1, Init::Constant(0.0)),
            skip: add(params, "skip", 1, Init::Normal(1.0)),
        };
        for f in 0..width {
            for k in 0..states {
                params.values[layer.turn.start + f * states + k] = T::of(std::f64::consts::PI * k as f64);
            }
            let share = (f as f64 + 0.5) / width.max(1) as f64;
            params.values[layer.step.start + f] = T::of((0.001_f64).ln() + share * (100.0_f64).ln());
        }
        layer
    }

    fn mode<T: Real>(&self, w: &[T], feature: usize, state: usize) -> Mode {
        let at = |t: Tensor| w[t.start + feature * t.cols + state].wide();
        let dt = w[self.step.start + feature].wide().exp();
        let lambda = (-at(self.decay).exp(), at(self.turn));
        let size = (dt * lambda.0).exp();
        let a = (size * (dt * lambda.1).cos(), size * (dt * lambda.1).sin());
        Mode { a, b: over((a.0 - 1.0, a.1), lambda), lambda, c: (at(self.real), at(self.imaginary)), dt }
    }

    /// Rows × width → the same shape; the rows are consecutive sequences of `length`.
    pub fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var, length: usize) -> Var {
        let layer = *self;
        let (d, states) = (x.cols, layer.decay.cols);
        let w = pass.weights();
        let mut out = pass.take(x.len());
        let seen = pass.value(x);
        for f in 0..d {
            let skip = w[layer.skip.start + f].wide();
            let modes: Vec<Mode> = (0..states).map(|k| layer.mode(w, f, k)).collect();
            let mut h = vec![(0.0, 0.0); states];
            for t in 0..x.rows {
                if t % length.max(1) == 0 {
                    h.fill((0.0, 0.0));
                }
                let u = seen[t * d + f].wide();
                let mut y = skip * u;
                for (h, m) in h.iter_mut().zip(&modes) {
                    let turned = times(m.a, *h);
                    *h = (turned.0 + m.b.0 * u, turned.1 + m.b.1 * u);
                    y += 2.0 * (m.c.0 * h.0 - m.c.1 * h.1);
                }
                out[t * d + f] = T::of(y);
            }
        }
        let learns = pass.records();
        let y = pass.push(out, x.rows, d, learns);
        pass.record(y, move |flow, dy| {
            let (w, seen) = (flow.weights(), flow.value(x));
            let mut dx = flow.zeros(x.len());
            let sequences = x.rows / length.max(1);
            let mut path = vec![(0.0, 0.0); length + 1];
            for f in 0..d {
                let skip = w[layer.skip.start + f].wide();
                let mut d_skip = 0.0;
                for t in 0..x.rows {
                    let g = dy[t * d + f].wide();
                    d_skip += g * seen[t * d + f].wide();
                    dx[t * d + f] += T::of(g * skip);
                }
                flow.weight_grad(layer.skip)[f] += T::of(d_skip);
                let mut d_step = 0.0;
                for k in 0..states {
                    let m = layer.mode(w, f, k);
                    let (mut da, mut db, mut dc) = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0));
                    for s in 0..sequences {
                        let at = |t: usize| (s * length + t) * d + f;
                        for t in 0..length {
                            let u = seen[at(t)].wide();
                            let turned = times(m.a, path[t]);
                            path[t + 1] = (turned.0 + m.b.0 * u, turned.1 + m.b.1 * u);
                        }
                        // The gradient of a real number by z = p + iq is kept as (∂/∂p, ∂/∂q).
                        let mut dh = (0.0, 0.0);
                        for t in (0..length).rev() {
                            let (g, h) = (2.0 * dy[at(t)].wide(), path[t + 1]);
                            dc = (dc.0 + g * h.0, dc.1 - g * h.1);
                            dh = (dh.0 + g * m.c.0, dh.1 - g * m.c.1);
                            let u = seen[at(t)].wide();
                            db = (db.0 + dh.0 * u, db.1 + dh.1 * u);
                            dx[at(t)] += T::of(dh.0 * m.b.0 + dh.1 * m.b.1);
                            let back = times((dh.0, dh.1), (path[t].0, -path[t].1));
                            da = (da.0 + back.0, da.1 + back.1);
                            dh = times(dh, (m.a.0, -m.a.1));
                        }
                    }
                    // B = (A − 1)/λ, A = exp(Δλ): both analytic, so gradients pass through conjugated derivatives.
                    let conj = |z: (f64, f64)| (z.0, -z.1);
                    let by_a = times(db, conj(over((1.0, 0.0), m.lambda)));
                    let da = (da.0 + by_a.0, da.1 + by_a.1);
                    let minus_b = over((-m.b.0, -m.b.1), m.lambda);
                    let through_b = times(db, conj(minus_b));
                    let through_a = times(da, conj((m.dt * m.a.0, m.dt * m.a.1)));
                    let d_lambda = (through_b.0 + through_a.0, through_b.1 + through_a.1);
                    let by_step = times(da, conj(times(m.lambda, m.a)));
                    d_step += by_step.0 * m.dt;
                    let place = f * states + k;
                    flow.weight_grad(layer.decay)[place] += T::of(d_lambda.0 * m.lambda.0);
                    flow.weight_grad(layer.turn)[place] += T::of(d_lambda.1);
                    flow.weight_grad(layer.real)[place] += T::of(dc.0);
                    flow.weight_grad(layer.imaginary)[place] += T::of(dc.1);
                }
                flow.weight_grad(layer.step)[f] += T::of(d_step);
            }
            flow.give(x, dx);
            flow.free(dy);
        });
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{check, sample};

    #[test]
    fn gradients_are_those_of_differences() {
        check(
            |params| StateSpace::new(params, "s", 2, 3),
            |layer, pass| {
                let x = pass.leaf(&sample(8 * 2), 8, 2);
                (layer.forward(pass, x, 4), vec![x])
            },
        );
    }
}
