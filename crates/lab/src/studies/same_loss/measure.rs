//! What is measured of a model: excess of its loss, flatness, and what probes find in its features.

use nets::{Arena, Training};
use rand::RngExt;

use super::data::Data;
use super::reparametrise::{embed, rescale};
use super::{Method, Settings, gather, other};
use crate::blocks::masked_model::{Masked, MaskedModel};
use crate::blocks::probes::{accuracy, chosen_ridge, largest};
use crate::blocks::streams::{Purpose, stream};
use crate::{Outcome, StudyError};

type Found = Vec<(&'static str, Option<f64>)>;

/// Texts that the excess is measured on.
pub(super) struct Exam(Masked);

impl Exam {
    pub(super) fn new(own: &Settings, seed: u64) -> Self {
        // Of a model that learned texts in random order the same is asked.
        let data = Data::new(&Settings { method: Method::Base, ..own.clone() }, seed);
        Self(data.batch(own.exam, true, stream(seed, Purpose::Head, 0)).masked)
    }

    /// Mean divergence of what a model says from the exact distributions, in nats.
    pub(super) fn excess(&self, model: &MaskedModel, training: &mut Training<f32>) -> f64 {
        let terms = model.says(training, &self.0).into_iter().zip(&self.0.shares).filter(|(_, share)| **share > 0.0);
        let all: f64 = terms.map(|(says, share)| f64::from(*share) * (f64::from(*share).ln() - says)).sum();
        all / self.0.places.len().max(1) as f64
    }
}

/// The trace of the Hessian, and the same with the part of every tensor times its squared length.
pub(super) fn flatness(own: &Settings, model: &MaskedModel, training: &mut Training<f32>, seed: u64) -> (f64, f64) {
    let data = Data::new(&Settings { method: Method::Base, ..own.clone() }, seed);
    let masked = data.batch(own.traced, false, stream(seed, Purpose::Head, 1)).masked;
    let says = model.says(training, &masked);
    let mut rng = stream(seed, Purpose::Head, 2);
    let (length, columns) = (own.length, own.symbols + 1);
    let mut squares = vec![0.0; training.params.tensors().len()];
    let (mut arena, mut gradient) = (Arena::new(), vec![0.0; training.params.len()]);
    for (k, (place, says)) in masked.places.iter().zip(says.chunks_exact(columns)).enumerate() {
        // A symbol as the model has it, by the same draw for all models.
        let mut left = rng.random::<f64>();
        let drawn = says.iter().position(|share| {
            left -= share.exp();
            left < 0.0
        });
        let one = Masked {
            texts: masked.texts[k * length..(k + 1) * length].to_vec(),
            places: vec![place - k * length],
            symbols: vec![drawn.unwrap_or(0) as u32],
            shares: Vec::new(),
        };
        model.gradient(&training.params.values, &mut arena, &one, &mut gradient);
        for (square, (_, tensor)) in squares.iter_mut().zip(training.params.tensors()) {
            *square += gradient[tensor.range()].iter().map(|g| f64::from(*g).powi(2)).sum::<f64>();
        }
    }
    let count = masked.places.len().max(1) as f64;
    let size = |range: std::ops::Range<usize>| training.params.values[range].iter().map(|w| f64::from(*w).powi(2)).sum::<f64>();
    let relative = squares.iter().zip(training.params.tensors()).map(|(square, (_, tensor))| square * size(tensor.range())).sum::<f64>();
    (squares.iter().sum::<f64>() / count, relative / count)
}

/// Texts that probes learn from, are chosen on, and are asked about, one after the other, with their states.
struct Probing {
    texts: Vec<u32>,
    states: Vec<u32>,
    length: usize,
    labels: usize,
}

impl Probing {
    fn new(own: &Settings, data: &Data, seed: u64) -> Self {
        let batch = data.batch(examples(own), false, stream(seed, Purpose::Head, 3));
        Self { texts: batch.whole, states: batch.states, length: own.length, labels: own.labels }
    }

    /// Share of right answers about the state of a place, by a probe that learns from so many texts; `features` are those of each text at this place.
    fn probe(&self, own: &Settings, place: usize, features: &[f32], labels: usize) -> Result<f64, StudyError> {
        let states: Vec<u32> = self.states.iter().skip(place).step_by(self.length).copied().collect();
        let dim = features.len() / states.len().max(1);
        let (first, second) = (self.labels, self.labels + self.labels / 2);
        let part = |from: usize, to: usize| (&features[from * dim..to * dim], &states[from..to]);
        let (ridge, _) = chosen_ridge(part(0, labels), part(first, second), own.states, dim)?;
        let (asked, wanted) = part(second, states.len());
        Ok(accuracy(&ridge.classes(asked), wanted))
    }

    /// What probes find in features of every place of every text.
    fn found(&self, own: &Settings, features: &[f32]) -> Result<Found, StudyError> {
        let dim = features.len() / self.states.len().max(1);
        let at = |place: usize| features.chunks_exact(dim.max(1)).skip(place).step_by(self.length).flatten().copied().collect::<Vec<f32>>();
        let mean = |labels: usize| -> Result<f64, StudyError> {
            let all = (0..self.length).map(|place| self.probe(own, place, &at(place), labels)).collect::<Result<Vec<f64>, _>>()?;
            Ok(all.iter().sum::<f64>() / self.length as f64)
        };
        let whole = self.probe(own, self.length / 2, features, self.labels)?;
        Ok(vec![("probe", Some(mean(self.labels)?)), ("probe-few", Some(mean(own.few)?)), ("probe-all", Some(whole))])
    }

    /// Share of right answers of who knows the chain, mean over places.
    fn ceiling(&self, data: &Data) -> f64 {
        let asked = self.labels + self.labels / 2;
        let likeliest = |text: &[u32]| (0..self.length).map(|place| largest(data.chain.state(text, place).into_iter())).collect::<Vec<u32>>();
        let found: Vec<u32> = self.texts.chunks_exact(self.length).skip(asked).flat_map(likeliest).collect();
        accuracy(&found, self.states.get(asked * self.length..).unwrap_or_default())
    }
}

/// Texts that probes take.
pub(super) fn examples(own: &Settings) -> usize {
    own.labels + own.labels / 2 + own.labels
}

/// All that is measured of a model; `None` where its features are not finite.
pub(super) fn measured(own: &Settings, model: &MaskedModel, training: &mut Training<f32>, seed: u64) -> Result<Option<Found>, StudyError> {
    let data = Data::new(&Settings { method: Method::Base, ..own.clone() }, seed);
    let probing = Probing::new(own, &data, seed);
    let features = model.features(training, &probing.texts);
    if features.iter().any(|v| !v.is_finite()) {
        return Ok(None);
    }
    let (trace, relative) = flatness(own, model, training, seed);
    let mut found = probing.found(own, &features)?;
    found.extend([("ceiling", Some(probing.ceiling(&data))), ("trace", Some(trace)), ("relative", Some(relative))]);
    found.push(("weights", Some(training.params.len() as f64)));
    if own.hidden < own.largest {
        let large = Settings { hidden: own.largest, ..own.clone() };
        let (model, mut params) = MaskedModel::new(large.shape(), stream(seed, Purpose::Weights, 0));
        embed(&training.params, &mut params);
        found.push(("trace-embedded", Some(flatness(&large, &model, &mut Training::new(params, 0.0), seed).0)));
    }
    Ok(Some(found))
}

/// What is measured where nothing is trained: first weights, the base in other numbers, or the exact distributions.
pub(super) fn given(own: &Settings, needs: &[Outcome], seed: u64) -> Result<Outcome, StudyError> {
    if own.method == Method::Table {
        let data = Data::new(own, seed);
        let probing = Probing::new(own, &data, seed);
        let shares = |text: &[u32]| (0..own.length).flat_map(|place| data.chain.symbol(text, place)).map(|share| share as f32).collect::<Vec<f32>>();
        let features: Vec<f32> = probing.texts.chunks_exact(own.length).flat_map(shares).collect();
        let mut found = probing.found(own, &features)?;
        found.extend([("ceiling", Some(probing.ceiling(&data))), ("excess", Some(0.0))]);
        return Ok(gather::measured(&[(0.0, 0.0)], &found, None));
    }
    let (model, mut params) = MaskedModel::new(own.shape(), stream(seed, Purpose::Weights, 0));
    if own.method == Method::Rescaled {
        let base = needs.first().ok_or_else(|| other("there is no base to be rescaled"))?;
        let Some(weights) = base.handed_over()? else { return Ok(gather::diverged("the base diverged".to_owned())) };
        params.read(weights).map_err(other)?;
        rescale(&mut params, own.layers, &mut stream(seed, Purpose::Projection, 0));
    }
    let mut training = Training::new(params, 0.0);
    let excess = Exam::new(own, seed).excess(&model, &mut training);
    let Some(mut found) = measured(own, &model, &mut training, seed)? else { return Ok(gather::diverged("features are not finite".to_owned())) };
    found.push(("excess", Some(excess)));
    Ok(gather::measured(&[(0.0, excess)], &found, None))
}
