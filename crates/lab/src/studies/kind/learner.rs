//! Learning to say the noise in rows, and generating rows.

use nets::Training;
use rand::RngExt;
use rand_pcg::Pcg64;

use super::data::Rows;
use super::network::{Asked, Network, gates};
use crate::blocks::course::{self, Course};
use crate::blocks::diffusion::{Diffusion, noise};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, StudyError};

/// Steps of noise on which the loss is measured at the end, and rows of each.
const MEASURED: u64 = 8;
const ROWS: usize = 256;

/// Points of the curve.
const POINTS: u64 = 20;

/// What is learned, and how.
pub(super) struct Lesson<'a> {
    pub(super) net: &'a Network,
    pub(super) diffusion: &'a Diffusion,
    pub(super) rows: &'a Rows,
    /// Numbers of a row.
    pub(super) dim: usize,
    /// The place of the tailor of every class.
    pub(super) place: &'a [usize],
    /// The place of the tailor of every row, while it learns; empty where that is the one of its class.
    pub(super) dealt: &'a [usize],
    /// Directions of a tailor; 0 where all are in use for every class.
    pub(super) gated: usize,
    pub(super) batch: usize,
    pub(super) seed: u64,
}

/// Operations of the measurement at the end.
pub(super) fn measured(multiplications: f64) -> f64 {
    2.0 * MEASURED as f64 * ROWS as f64 * multiplications
}

impl Lesson<'_> {
    /// The place of the tailor of a class.
    fn of_class(&self, class: u32) -> usize {
        self.place.get(class as usize).copied().unwrap_or(0)
    }

    fn gates(&self, places: &[usize]) -> Vec<f32> {
        if self.gated == 0 {
            return Vec::new();
        }
        gates(places.iter().copied(), self.gated)
    }

    /// Rows with noise, and the noise.
    pub(super) fn draw(&self, count: usize, rng: &mut Pcg64) -> (Asked, Vec<f32>) {
        let (mut clean, mut classes, mut places) = (Vec::with_capacity(count * self.dim), Vec::with_capacity(count), Vec::with_capacity(count));
        for _ in 0..count {
            let at = rng.random_range(0..self.rows.len().max(1));
            clean.extend_from_slice(self.rows.values.get(at * self.dim..(at + 1) * self.dim).unwrap_or_default());
            if let Some(class) = self.rows.labels.get(at) {
                classes.push(*class);
                places.push(self.dealt.get(at).copied().unwrap_or_else(|| self.of_class(*class)));
            }
        }
        let times: Vec<usize> = (0..count).map(|_| rng.random_range(0..self.diffusion.steps().max(1))).collect();
        let added = noise(clean.len(), rng);
        let rows = self.diffusion.noised(&clean, &added, &times);
        let said = times.iter().flat_map(|time| self.diffusion.said(*time)).collect();
        (Asked { rows, times: said, gates: self.gates(&places), classes }, added)
    }

    /// Trains to the end; gives the curve, and why it ended early, if it did. What a step sees is the same for all that learn from the same rows.
    pub(super) fn run(
        &self,
        training: &mut Training<f32>,
        purpose: Purpose,
        steps: usize,
        rate: f64,
        context: &mut Context<'_>,
    ) -> Result<(Vec<[f64; 2]>, Option<String>), StudyError> {
        let course = Course { steps: steps as u64, points: POINTS, rate };
        course::run(training, &mut Vec::new(), course, context, |training, _, k, rate| {
            let mut rng = stream(self.seed, purpose, k);
            let (asked, added) = self.draw(self.batch, &mut rng);
            training.step(rate, rng, |pass| self.net.loss(pass, &asked, &added))
        })
    }

    /// The mean loss on its rows with noise of their own.
    pub(super) fn loss(&self, training: &mut Training<f32>) -> f64 {
        let one = |k: u64| {
            let mut rng = stream(self.seed, Purpose::Order, 1_000_000 + k);
            let (asked, added) = self.draw(ROWS, &mut rng);
            training.infer(rng, |pass| {
                let loss = self.net.loss(pass, &asked, &added);
                pass.scalar(loss)
            })
        };
        (0..MEASURED).map(one).sum::<f64>() / MEASURED as f64
    }

    /// So many new rows of each of these classes, class after class; the k-th draw has random numbers of its own, the same for all networks.
    pub(super) fn generate(&self, training: &mut Training<f32>, classes: &[u32], each: usize, bound: f64, k: u64) -> Rows {
        let labels: Vec<u32> = classes.iter().flat_map(|class| std::iter::repeat_n(*class, each)).collect();
        let places: Vec<usize> = labels.iter().map(|class| self.of_class(*class)).collect();
        let mut asked = Asked { rows: Vec::new(), times: Vec::new(), gates: self.gates(&places), classes: labels.clone() };
        let mut rng = stream(self.seed, Purpose::Projection, 100 + k);
        let values = self.diffusion.sample(labels.len(), self.dim, bound, &mut rng, |rows, time| {
            asked.rows = rows.to_vec();
            asked.times = self.diffusion.said(time).repeat(labels.len());
            training.infer(stream(self.seed, Purpose::Weights, 1), |pass| {
                let said = self.net.forward(pass, &asked);
                pass.value(said).to_vec()
            })
        });
        Rows { values, labels }
    }
}
