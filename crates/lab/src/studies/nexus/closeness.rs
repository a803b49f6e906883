//! How near to one another the minima of the domains lie, seen from the end of a training.
//!
//! From the weights at the end the decoder is fine-tuned to every domain alone, with new documents, and the ends are held against one another. Steps
//! on chance documents part as well: how far, two fine-tunings to one domain say, with different documents.

use nets::Arena;
use nets::optim::{clip, norm};

use super::Settings;
use super::world::{NAMES, World, learned, size};
use crate::blocks::language_model::LanguageModel;
use crate::blocks::streams::{Purpose, stream};

/// Documents of a step.
pub(super) const BATCH: usize = 16;
/// The rate of the first step; it falls to zero along a line.
const RATE: f64 = 1e-3;

/// Distances over the length of the weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Closeness {
    /// Between the minima of two domains, mean over pairs.
    pub(super) distance: f64,
    /// Between two fine-tunings to one domain.
    pub(super) noise: f64,
    /// From the weights to the minimum of a domain, mean over domains.
    pub(super) away: f64,
}

/// Fine-tunings from some weights.
struct Tuner<'a> {
    own: &'a Settings,
    world: &'a World<'a>,
    from: &'a [f32],
}

fn gap(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
}

impl Tuner<'_> {
    /// The weights that a domain leads to; `run` tells documents apart.
    fn minimum(&self, pair: (usize, usize), run: u64) -> Vec<f32> {
        let seed = self.world.seed;
        let (model, mut training) = LanguageModel::new(size(self.own), stream(seed, Purpose::Weights, 0));
        training.params.values.copy_from_slice(self.from);
        training.groups.iter_mut().for_each(|group| group.decay = 0.0);
        let (mut documents, mut arena, mut gradient) = (Vec::new(), Arena::new(), vec![0.0; self.from.len()]);
        for step in 0..self.own.fine_steps {
            let mut rng = stream(seed, Purpose::Head, (run << 32) + step as u64);
            documents.clear();
            for _ in 0..BATCH {
                self.world.document(pair, &mut rng, &mut documents);
            }
            model.gradient_after(NAMES, &training.params.values, &mut arena, &documents, &mut gradient);
            clip(&mut gradient, training.clip);
            let rate = RATE * (1.0 - step as f64 / self.own.fine_steps as f64);
            training.adam.step(&mut training.params.values, &gradient, rate, &training.groups);
        }
        training.params.values
    }
}

/// Of these weights; what is not finite is left to those who read it.
pub(super) fn closeness(own: &Settings, world: &World<'_>, weights: &[f32]) -> Closeness {
    let tuner = Tuner { own, world, from: weights };
    let learned = learned(own.styles);
    let ends: Vec<Vec<f32>> = learned.iter().enumerate().map(|(k, pair)| tuner.minimum(*pair, k as u64)).collect();
    let length = norm(weights).max(f64::MIN_POSITIVE);
    let pairs: Vec<f64> = ends.iter().enumerate().flat_map(|(k, one)| ends[..k].iter().map(move |other| gap(one, other))).collect();
    let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len().max(1) as f64;
    let away: Vec<f64> = ends.iter().map(|end| gap(end, weights)).collect();
    let again = learned.first().map(|pair| tuner.minimum(*pair, learned.len() as u64));
    let noise = ends.first().zip(again).map_or(f64::NAN, |(one, again)| gap(one, &again));
    Closeness { distance: mean(&pairs) / length, noise: noise / length, away: mean(&away) / length }
}
