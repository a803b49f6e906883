//! One step of gradient descent in (w̄, M), and what is measured between steps.

use super::Settings;
use super::data::{Data, State};

/// What is recorded of one state, in the order of the study's `SERIES`, of which it is the beginning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) train: f64,
    pub(super) test: f64,
    pub(super) variance: f64,
    pub(super) misalignment: f64,
    pub(super) linear: f64,
    pub(super) alignment: f64,
}

impl Seen {
    pub(super) fn values(&self) -> [f64; 6] {
        [self.train, self.test, self.variance, self.misalignment, self.linear, self.alignment]
    }

    pub(super) fn is_finite(&self) -> bool {
        self.values().iter().all(|v| v.is_finite())
    }
}

/// The training set, the constants, and room for one step: nothing is allocated while training.
pub(super) struct Dynamics<'a> {
    data: &'a Data,
    alpha: f64,
    eps: f64,
    /// 2 rate / α: what one step subtracts per unit of a.
    c: f64,
    /// Where the student is linearised, if it is.
    at: Option<State>,
    /// What is taken off the state before it is an output, and room for the rest, if anything is.
    offset: Option<(State, State)>,
    /// r, P numbers: those of the state observed last.
    residuals: Vec<f64>,
    /// A number per example.
    row: Vec<f64>,
    /// a, D numbers.
    a: Vec<f64>,
    /// B, D × D, symmetric.
    b: Vec<f64>,
    /// Q, D × D, symmetric.
    q: Vec<f64>,
    /// Q M, or M⁰ B.
    product: Vec<f64>,
    /// Q w̄.
    turned: Vec<f64>,
}

impl<'a> Dynamics<'a> {
    pub(super) fn new(settings: &Settings, data: &'a Data, at: Option<State>) -> Self {
        let (d, p) = (data.dim, data.train);
        let (alpha, eps) = (settings.alpha, settings.eps);
        Self {
            data,
            alpha,
            eps,
            c: 2.0 * settings.rate / alpha,
            at,
            offset: None,
            residuals: vec![0.0; p],
            row: vec![0.0; p],
            a: vec![0.0; d],
            b: vec![0.0; d * d],
            q: vec![0.0; d * d],
            product: vec![0.0; d * d],
            turned: vec![0.0; d],
        }
    }

    /// The same for a student whose output is less the one of `offset`, where there is one.
    pub(super) fn centred(mut self, offset: Option<State>) -> Self {
        self.offset = offset.map(|first| (first.clone(), first));
        self
    }

    /// Losses and alignment of a state; its residuals are kept for [`Dynamics::step`].
    pub(super) fn observe(&mut self, state: &State) -> Seen {
        let Some((first, mut rest)) = self.offset.take() else { return self.measure(state, state) };
        for (rest, (now, then)) in rest.mean.iter_mut().zip(state.mean.iter().zip(&first.mean)) {
            *rest = now - then;
        }
        for (rest, (now, then)) in rest.second.iter_mut().zip(state.second.iter().zip(&first.second)) {
            *rest = now - then;
        }
        let seen = self.measure(&rest, state);
        self.offset = Some((first, rest));
        seen
    }

    /// What is seen of an output (w̄, M), and of the features (w̄, M) behind it.
    fn measure(&mut self, output: &State, features: &State) -> Seen {
        let data = self.data;
        let d = data.dim;
        self.residuals.fill(0.0);
        for i in 0..d {
            let (x, m) = (data.coordinate(i), &output.second[i * d..(i + 1) * d]);
            // tᵢ = ½ Mᵢᵢ xᵢ + Σ_{j<i} Mᵢⱼ xⱼ, so that Σᵢ xᵢ tᵢ = ½ xᵀM x from half of M.
            for (t, x) in self.row.iter_mut().zip(x) {
                *t = 0.5 * m[i] * x;
            }
            for (j, &m) in m[..i].iter().enumerate() {
                add_scaled(&mut self.row, m, data.coordinate(j));
            }
            let (w, eps) = (output.mean[i], self.eps);
            for ((f, t), x) in self.residuals.iter_mut().zip(&self.row).zip(x) {
                *f += x * (w + eps * t);
            }
        }
        for (f, y) in self.residuals.iter_mut().zip(&data.targets) {
            *f = self.alpha * *f - y;
        }
        let train = dot(&self.residuals, &self.residuals) / data.train as f64;

        let (mut trace, mut length, mut along, mut norm) = (0.0, 0.0, 0.0, 0.0);
        for (i, beta) in data.teacher.iter().enumerate() {
            let rows = output.second[i * d..(i + 1) * d].iter().zip(&features.second[i * d..(i + 1) * d]);
            for ((j, other), (shown, m)) in data.teacher.iter().enumerate().zip(rows) {
                let a = 2.0 * beta * other - self.alpha * self.eps * shown;
                if i == j {
                    trace += a;
                }
                length += a * a;
                along += beta * m * other;
                norm += m * m;
            }
        }
        let dim = d as f64;
        let variance = trace * trace / (4.0 * dim * dim);
        let misalignment = length / (2.0 * dim * dim);
        let linear = self.alpha * self.alpha * dot(&output.mean, &output.mean) / dim;
        let alignment = along / (norm.sqrt() * dot(&data.teacher, &data.teacher));
        Seen { train, test: variance + misalignment + linear, variance, misalignment, linear, alignment }
    }

    /// One step from the state observed last.
    pub(super) fn step(&mut self, state: &mut State) {
        self.moments();
        if self.at.is_some() {
            self.linearised_step(state);
        } else {
            self.full_step(state);
        }
    }

    /// The training residuals of the state observed last.
    #[cfg(test)]
    pub(super) fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    /// a and B from the residuals.
    fn moments(&mut self) {
        let data = self.data;
        let (d, share) = (data.dim, 1.0 / data.train as f64);
        for i in 0..d {
            for ((out, r), x) in self.row.iter_mut().zip(&self.residuals).zip(data.coordinate(i)) {
                *out = r * x;
            }
            self.a[i] = share * dot(&self.residuals, data.coordinate(i));
            for j in 0..=i {
                let value = share * dot(&self.row, data.coordinate(j));
                self.b[i * d + j] = value;
                self.b[j * d + i] = value;
            }
        }
    }

    fn full_step(&mut self, state: &mut State) {
        let (d, c) = (self.data.dim, self.c);
        for (q, b) in self.q.iter_mut().zip(&self.b) {
            *q = -c * self.eps * b;
        }
        for i in 0..d {
            self.q[i * d + i] += 1.0;
        }
        self.product.fill(0.0);
        for i in 0..d {
            let q = &self.q[i * d..(i + 1) * d];
            self.turned[i] = dot(q, &state.mean);
            let out = &mut self.product[i * d..(i + 1) * d];
            for (k, &q) in q.iter().enumerate() {
                add_scaled(out, q, &state.second[k * d..(k + 1) * d]);
            }
        }
        let (a, turned) = (&self.a, &self.turned);
        for i in 0..d {
            for j in 0..=i {
                let square = dot(&self.product[i * d..(i + 1) * d], &self.q[j * d..(j + 1) * d]);
                let value = square - c * (turned[i] * a[j] + a[i] * turned[j]) + c * c * a[i] * a[j];
                state.second[i * d + j] = value;
                state.second[j * d + i] = value;
            }
        }
        for ((w, turned), a) in state.mean.iter_mut().zip(turned).zip(a) {
            *w = turned - c * a;
        }
    }

    fn linearised_step(&mut self, state: &mut State) {
        let Some(at) = &self.at else { return };
        let (d, c, eps) = (self.data.dim, self.c, self.eps);
        let (a, b) = (&self.a, &self.b);
        self.product.fill(0.0);
        for i in 0..d {
            let out = &mut self.product[i * d..(i + 1) * d];
            for (k, &m) in at.second[i * d..(i + 1) * d].iter().enumerate() {
                add_scaled(out, m, &b[k * d..(k + 1) * d]);
            }
            state.mean[i] -= c * (a[i] + eps * dot(&b[i * d..(i + 1) * d], &at.mean));
        }
        for i in 0..d {
            for j in 0..=i {
                let both = self.product[i * d + j] + self.product[j * d + i];
                let value = state.second[i * d + j] - c * (at.mean[i] * a[j] + a[i] * at.mean[j] + eps * both);
                state.second[i * d + j] = value;
                state.second[j * d + i] = value;
            }
        }
    }
}

/// Σ a b, in eight sums that the compiler can keep in vector registers; the order is fixed.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for k in 0..8 {
            sums[k] += a[k] * b[k];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

/// y += s x.
pub(super) fn add_scaled(y: &mut [f64], s: f64, x: &[f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += s * x;
    }
}
