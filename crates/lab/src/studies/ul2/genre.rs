//! Genres of texts: features of a frozen model, and a head that learns with all weights.

use nets::layers::attention::Seen;
use nets::layers::pooling::{equal_parts, pool};
use nets::layers::{Linear, Sequences};
use nets::{Params, Pass, Training, Var, losses};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::Settings;
use super::world::{CLASSES, Text, alphabet};
use crate::blocks::denoisers::Mode;
use crate::blocks::prefix_model::PrefixModel;
use crate::blocks::probes::largest;

/// Texts that are looked at side by side.
const LOOK: usize = 16;

/// A model with a head for genres.
pub(super) struct Teller<'a> {
    own: &'a Settings,
    model: &'a PrefixModel,
    head: Linear,
    /// What stands before every window, if anything: the regular mode, which the paper takes for understanding.
    before: Option<u32>,
}

impl<'a> Teller<'a> {
    /// Adds the head.
    pub(super) fn new(params: &mut Params<f32>, own: &'a Settings, model: &'a PrefixModel) -> Self {
        let before = own.method.modes().then(|| alphabet(own).mode(Mode::R));
        Self { own, model, head: Linear::new(params, "genre", own.width, CLASSES), before }
    }

    /// Rows of a window.
    fn rows(&self) -> usize {
        self.own.window + usize::from(self.before.is_some())
    }

    /// The mean state of every text; a text is seen window by window.
    fn features(&self, pass: &mut Pass<'_, f32>, texts: &[&Text]) -> Var {
        let (mut tokens, mut places) = (Vec::new(), Vec::new());
        for window in texts.iter().flat_map(|text| text.symbols.chunks_exact(self.own.window)) {
            tokens.extend(self.before);
            tokens.extend_from_slice(window);
            places.extend(self.before.map(|_| 0));
            places.extend(1..=window.len() as u32);
        }
        let (rows, causal) = (self.rows(), self.own.method.causal());
        let lengths = vec![rows; tokens.len() / rows.max(1)];
        let sequences = Sequences::new(&lengths, |_, row| Seen { first: if causal { row + 1 } else { rows }, own: false });
        let states = self.model.states(pass, &tokens, &places, &sequences);
        pool(pass, states, &equal_parts(texts.len(), rows * self.own.windows), true)
    }

    /// Features of all texts, frozen.
    pub(super) fn frozen(&self, training: &mut Training<f32>, texts: &[Text]) -> Vec<f32> {
        self.look(training, texts, |teller, pass, texts, to: &mut Vec<f32>| {
            let features = teller.features(pass, texts);
            to.extend_from_slice(pass.value(features));
        })
    }

    /// The genre of every text.
    pub(super) fn genres(&self, training: &mut Training<f32>, texts: &[Text]) -> Vec<u32> {
        self.look(training, texts, |teller, pass, texts, to: &mut Vec<u32>| {
            let features = teller.features(pass, texts);
            let scores = teller.head.forward(pass, features);
            to.extend(pass.value(scores).chunks_exact(CLASSES).map(|row| largest(row.iter().map(|s| f64::from(*s)))));
        })
    }

    fn look<T>(&self, training: &mut Training<f32>, texts: &[Text], of: impl Fn(&Self, &mut Pass<'_, f32>, &[&Text], &mut Vec<T>)) -> Vec<T> {
        let mut all = Vec::new();
        for block in texts.chunks(LOOK) {
            let block: Vec<&Text> = block.iter().collect();
            training.infer(Pcg64::seed_from_u64(0), |pass| of(self, pass, &block, &mut all));
        }
        all
    }

    /// One step on texts that are drawn; gives the loss before it.
    pub(super) fn step(&self, training: &mut Training<f32>, texts: &[Text], rate: f64, mut rng: Pcg64) -> f64 {
        let count = if texts.is_empty() { 0 } else { self.own.fit_batch };
        let batch: Vec<&Text> = (0..count).map(|_| &texts[rng.random_range(0..texts.len())]).collect();
        let genres: Vec<u32> = batch.iter().map(|text| text.genre).collect();
        training.step(rate, rng, |pass| {
            let features = self.features(pass, &batch);
            let scores = self.head.forward(pass, features);
            let errors = losses::cross_entropy(pass, scores, &genres, 0.0);
            pass.mean(errors)
        })
    }
}

/// Operations of a pass forward of so many texts.
pub(super) fn flops(own: &Settings, texts: usize) -> f64 {
    let rows = own.window + usize::from(own.method.modes());
    let input = if own.method.causal() { 1 } else { rows };
    2.0 * texts as f64 * (own.windows as f64 * own.size().multiplications(rows, input, 0) + (own.width * CLASSES) as f64)
}
