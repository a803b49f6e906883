//! The tangent kernel on the training inputs: how well it is aligned with the labels, and how far it has moved.

use super::Settings;
use super::data::{Data, State};
use super::dynamics::{add_scaled, dot};

/// So many training inputs at most: the kernel has the square of them.
const MOST_INPUTS: usize = 256;

/// What is recorded of one kernel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Kernel {
    /// Its alignment with the labels; 0 where labels do not vary.
    pub(super) alignment: f64,
    /// One less its cosine with the first one.
    pub(super) distance: f64,
}

impl Kernel {
    pub(super) fn is_finite(&self) -> bool {
        self.alignment.is_finite() && self.distance.is_finite()
    }
}

/// The inputs, the first state, and room for a row of both kernels.
pub(super) struct Kernels<'a> {
    data: &'a Data,
    eps: f64,
    /// Does the kernel stay the first one?
    stays: bool,
    first: State,
    /// Labels less their mean.
    labels: Vec<f64>,
    /// x, D numbers, and M x.
    x: Vec<f64>,
    turned: Vec<f64>,
    /// w̄·x of every input, now and at first.
    means: [Vec<f64>; 2],
    /// x·x', and both kernels' xᵀMx', for one x.
    inner: Vec<f64>,
    rows: [Vec<f64>; 2],
}

impl<'a> Kernels<'a> {
    pub(super) fn new(settings: &Settings, data: &'a Data, first: State) -> Self {
        let (d, p) = (data.dim, data.train.min(MOST_INPUTS));
        let mean = data.targets[..p].iter().sum::<f64>() / p as f64;
        let labels = data.targets[..p].iter().map(|y| y - mean).collect();
        let rows = || [vec![0.0; p], vec![0.0; p]];
        let (x, turned, inner) = (vec![0.0; d], vec![0.0; d], vec![0.0; p]);
        Self { data, eps: settings.eps, stays: settings.linearised, first, labels, x, turned, means: rows(), inner, rows: rows() }
    }

    /// Alignment and distance of the kernel of this state.
    pub(super) fn observe(&mut self, state: &State) -> Kernel {
        let (data, eps, p) = (self.data, self.eps, self.labels.len());
        let d = data.dim;
        let states = [if self.stays { &self.first } else { state }, &self.first];
        for (means, state) in self.means.iter_mut().zip(states) {
            means.fill(0.0);
            for (i, w) in state.mean.iter().enumerate() {
                add_scaled(means, *w, &data.coordinate(i)[..p]);
            }
        }
        // Of the kernel: squares, squares of row sums, yᵀKy. Of the first one: squares. Of both: products.
        let (mut squares, mut sums, mut along, mut before, mut products) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for example in 0..p {
            self.inner.fill(0.0);
            for (i, x) in self.x.iter_mut().enumerate() {
                *x = data.coordinate(i)[example];
                add_scaled(&mut self.inner, *x, &data.coordinate(i)[..p]);
            }
            for (row, state) in self.rows.iter_mut().zip(states) {
                row.fill(0.0);
                for (turned, m) in self.turned.iter_mut().zip(state.second.chunks_exact(d)) {
                    *turned = dot(m, &self.x);
                }
                for (i, turned) in self.turned.iter().enumerate() {
                    add_scaled(row, *turned, &data.coordinate(i)[..p]);
                }
            }
            for (row, means) in self.rows.iter_mut().zip(&self.means) {
                let own = means[example];
                for ((k, mean), inner) in row.iter_mut().zip(means).zip(&self.inner) {
                    *k = inner * (1.0 + eps * (own + mean) + eps * eps * *k);
                }
            }
            let [now, first] = &self.rows;
            let sum: f64 = now.iter().sum();
            squares += dot(now, now);
            sums += sum * sum;
            along += self.labels[example] * dot(now, &self.labels);
            before += dot(first, first);
            products += dot(now, first);
        }
        let (labels, centred) = (dot(&self.labels, &self.labels), (squares - sums / p as f64).max(0.0).sqrt());
        let size = centred * labels;
        let alignment = if size == 0.0 { 0.0 } else { along / size };
        let sizes = (squares * before).sqrt();
        let distance = if sizes == 0.0 { 0.0 } else { (1.0 - products / sizes).max(0.0) };
        Kernel { alignment, distance }
    }
}
