//! Losses ½ (θ − cᵢ)ᵀ Aᵢ (θ − cᵢ) that share their flat directions: where every training ends can be computed.
//!
//! All Aᵢ have the same null space, and outside of it eigenvalues from 1 down to a tenth along directions of their own. The minima of one are its
//! cᵢ and all that differs from it along the flat directions. Where all cᵢ are one, the minima of the sum are those that all have in common: AdamW
//! ends in them, and there is nothing that another optimiser could be nearer to. Where they are apart, AdamW and sharpness-aware minimisation end
//! in the minimum of the sum, and every other direction where it is zero itself, which is found by Newton's method. Normalised gradients sum to
//! zero there, so that their mean cosine is −1 / (K − 1), the least that there can be.
//!
//! Outside of this distances are taken without the flat directions, along which nothing is asked.

use linalg::{qr, solve};
use ndarray::{Array1, Array2, s};
use nets::optim::{AdamW, Group};
use nets::params::normal;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::direction::{Room, Sources, similarity};
use super::gather::{self, Look};
use super::root::root;
use super::{Method, Settings, other};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Go, Outcome, StudyError};

/// Losses that are never learned.
const UNSEEN: usize = 16;
/// The least eigenvalue outside of the flat directions; the largest is 1.
const LEAST: f64 = 0.1;
/// Steps between two looks at the watch.
const PIECE: u64 = 500;
/// A loss from here on has diverged.
const LOST: f64 = 1e12;

/// One loss.
struct Form {
    curvature: Array2<f64>,
    minimum: Array1<f64>,
}

impl Form {
    /// How far weights are from the minimum.
    fn gap(&self, at: &[f64]) -> Array1<f64> {
        at.iter().zip(&self.minimum).map(|(a, c)| a - c).collect()
    }

    fn slope(&self, at: &[f64]) -> Array1<f64> {
        self.curvature.dot(&self.gap(at))
    }

    fn loss(&self, at: &[f64]) -> f64 {
        0.5 * self.gap(at).dot(&self.slope(at))
    }
}

/// The losses of a seed.
pub(super) struct Forms {
    learned: Vec<Form>,
    unseen: Vec<Form>,
    /// Numbers × directions that are not flat, orthonormal.
    steep: Array2<f64>,
    /// Numbers × flat directions.
    flat: Array2<f64>,
}

fn draw(rows: usize, columns: usize, rng: &mut Pcg64) -> Array2<f64> {
    Array2::from_shape_fn((rows, columns), |_| normal(rng))
}

impl Forms {
    pub(super) fn new(own: &Settings, seed: u64) -> Result<Self, StudyError> {
        let rng = &mut stream(seed, Purpose::Pictures, 0);
        let (all, steep) = (own.dimension, own.dimension - own.flat);
        let turn = qr(draw(all, all, rng).view()).map_err(other)?.0;
        let (across, along) = (turn.slice(s![.., ..steep]).to_owned(), turn.slice(s![.., steep..]).to_owned());
        let last = steep.saturating_sub(1).max(1) as f64;
        let centre: Vec<f64> = (0..steep).map(|_| normal(rng)).collect();
        let mut one = || -> Result<Form, StudyError> {
            let axes = across.dot(&qr(draw(steep, steep, rng).view()).map_err(other)?.0);
            let scaled = Array2::from_shape_fn((all, steep), |(row, k)| axes[(row, k)] * LEAST.powf(k as f64 / last));
            let place: Array1<f64> = centre.iter().map(|c| c + own.apart * normal(rng)).collect();
            Ok(Form { curvature: scaled.dot(&axes.t()), minimum: across.dot(&place) })
        };
        let learned: Vec<Form> = (0..own.sources).map(|_| one()).collect::<Result<_, _>>()?;
        let unseen: Vec<Form> = (0..UNSEEN).map(|_| one()).collect::<Result<_, _>>()?;
        Ok(Self { learned, unseen, steep: across, flat: along })
    }

    /// Without the flat directions.
    pub(super) fn inner(&self, at: &[f64]) -> Vec<f64> {
        self.steep.t().dot(&Array1::from(at.to_vec())).to_vec()
    }

    /// The weights with these numbers outside of the flat directions, and none along them.
    pub(super) fn outer(&self, inner: &[f64]) -> Vec<f64> {
        self.steep.dot(&Array1::from(inner.to_vec())).to_vec()
    }

    /// How far two weights are apart along the flat directions.
    pub(super) fn along_flat(&self, a: &[f64], b: &[f64]) -> f64 {
        let moved: Array1<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        self.flat.t().dot(&moved).iter().map(|v| v * v).sum::<f64>().sqrt()
    }

    fn mean(forms: &[Form], at: &[f64]) -> f64 {
        forms.iter().map(|form| form.loss(at)).sum::<f64>() / forms.len().max(1) as f64
    }

    /// The minimum of the sum, without the flat directions.
    pub(super) fn of_sum(&self) -> Result<Vec<f64>, StudyError> {
        let n = self.steep.ncols();
        let (mut curvature, mut wanted) = (Array2::<f64>::zeros((n, n)), Array2::<f64>::zeros((n, 1)));
        for form in &self.learned {
            curvature += &self.steep.t().dot(&form.curvature).dot(&self.steep);
            let pull = self.steep.t().dot(&form.curvature.dot(&form.minimum));
            pull.iter().enumerate().for_each(|(row, p)| wanted[(row, 0)] += p);
        }
        Ok(solve(curvature.view(), wanted.view()).map_err(other)?.iter().copied().collect())
    }

    /// Where a training ends, without the flat directions; `None` where Newton's method finds no zero, or all minima are one.
    pub(super) fn end(&mut self, own: &Settings, strength: f64) -> Result<Option<Vec<f64>>, StudyError> {
        let sum = self.of_sum()?;
        if own.apart == 0.0 || own.method == Method::NexusOrder {
            return Ok(None);
        }
        if matches!(own.method, Method::Adamw | Method::Sam) {
            return Ok(Some(sum));
        }
        let (order, mut room): (Vec<usize>, _) = ((0..self.learned.len()).collect(), Room::<f64>::new(own.dimension));
        let map = |inner: &[f64]| {
            let at = self.outer(inner);
            room.fill(self, own.method, strength, &order, &at);
            self.inner(&room.direction)
        };
        Ok(root(map, &sum))
    }
}

fn gap(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

impl Sources<f64> for Forms {
    fn count(&self) -> usize {
        self.learned.len()
    }

    fn gradient(&mut self, source: usize, at: &[f64], to: &mut [f64]) -> f64 {
        let form = &self.learned[source];
        to.iter_mut().zip(&form.slope(at)).for_each(|(t, g)| *t = *g);
        form.loss(at)
    }
}

/// Trains at a rate that falls to zero along a line, with a strength.
pub(super) fn run(own: &Settings, (rate, strength): (f64, f64), context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (seed, steps, grid, n) = (context.seed, own.own_steps(), own.grid(), own.dimension);
    let mut forms = Forms::new(own, seed)?;
    let rng = &mut stream(seed, Purpose::Weights, 0);
    let first: Vec<f64> = (0..n).map(|_| normal(rng)).collect();
    let (mut at, mut room, mut adam) = (first.clone(), Room::<f64>::new(n), AdamW::<f64>::new(n));
    adam.second = 0.95;
    let groups = [Group { at: 0..n, rate: 1.0, decay: 0.0 }];
    let each = (own.method.passes() * own.sources) as f64;
    let look = |forms: &mut Forms, at: &[f64], step: u64| {
        let (train, ood, cosine) = (Forms::mean(&forms.learned, at), Forms::mean(&forms.unseen, at), similarity(forms, at));
        Look { passes: each * step as f64, train, ood, knowledge: f64::NAN, cosine }
    };
    let mut looks = Vec::new();
    for step in 0..steps {
        if grid.binary_search(&step).is_ok() {
            looks.push(look(&mut forms, &at, step));
        }
        let mut order: Vec<usize> = (0..own.sources).collect();
        if own.method == Method::NexusOrder {
            order.shuffle(&mut stream(seed, Purpose::Steps, step));
        }
        let loss = room.fill(&mut forms, own.method, strength, &order, &at);
        if !(loss.is_finite() && loss < LOST) {
            return Ok(gather::diverged(rate, format!("the loss is {loss} at step {step} of {steps}; lower the rate")));
        }
        adam.step(&mut at, &room.direction, rate * (1.0 - step as f64 / steps as f64), &groups);
        if step % PIECE == PIECE - 1 && step + 1 < steps && (context.watch)(step as f64 / steps as f64) == Go::Stop {
            // It is over in a moment: nothing is kept.
            return Err(StudyError::Interrupted);
        }
    }
    looks.push(look(&mut forms, &at, steps));
    let (sum, end, inner) = (forms.of_sum()?, forms.end(own, strength)?, forms.inner(&at));
    let minima: Vec<Vec<f64>> = forms.learned.iter().map(|form| forms.inner(&form.minimum.to_vec())).collect();
    let count = minima.len().max(1) as f64;
    let spread = (minima.iter().map(|minimum| gap(minimum, &sum).powi(2)).sum::<f64>() / count).sqrt();
    let found = vec![
        ("rate", Some(rate)),
        ("strength", own.method.has_strength().then_some(strength)),
        ("passed", Some(each * steps as f64)),
        ("from-minima", Some(minima.iter().map(|minimum| gap(minimum, &inner)).sum::<f64>() / count)),
        ("from-sum", Some(gap(&inner, &sum))),
        ("error", end.map(|end| gap(&inner, &end) / spread)),
        ("flat-moved", Some(forms.along_flat(&at, &first))),
    ];
    Ok(gather::trained(&looks, found))
}
