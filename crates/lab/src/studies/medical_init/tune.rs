//! A task: the network of an arm, with a new head, is trained on labelled pictures.

use evaluation::stat::delong;
use nets::layers::{Images, Linear};
use nets::models::Cnn;
use nets::{Arena, Mode, Params, Pass, Training, Var, losses};
use rand::seq::SliceRandom;

use super::data::{self, Parts, SIDE};
use super::head::{self, Standard, new_head};
use super::outcome::{SERIES, diverged, outcome};
use super::plan::Tuned;
use super::{Tuning, World, other};
use crate::blocks::few_shot::FewShot;
use crate::blocks::handover::taken_over;
use crate::blocks::label_bits::{has, mean_area, targets};
use crate::blocks::own_part::own_part;
use crate::blocks::samples::{Batch, Samples, moments, rescale};
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::{best, encoder, sized_encoder};
use crate::{Context, Outcome, Status, StudyError};

/// Passes in which running statistics become those of the task, by a tenth each, and pictures of each.
pub(super) const SETTLING: usize = 40;
pub(super) const SETTLED: usize = 32;

/// Runs a task of the seed of this number; its rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Tuned, needs: &[Outcome], number: u64, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let parted = needs.split_at_checked(usize::from(own.pretrained));
    let (begun, tunings) = parted.ok_or_else(|| other("a task lacks its pretraining"))?;
    let names = own.task.names();
    let tried: Vec<f64> = tunings.iter().map(|o| o.scalar(names.valid).unwrap_or(0.0)).collect();
    let rate = best(&own.rates, &tried).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let (labels, seed, body) = (own.task.labels(), context.seed, encoder::below_head(own.width));
    let mut params = Params::new(stream(seed, Purpose::Weights, 0));
    let net = encoder::build(&mut params, own.width, labels);
    let head = new_head(encoder::features_of(own.width), labels, seed, own.task as u64);
    if let Some(last) = params.values.get_mut(body..).filter(|last| last.len() == head.1.len()) {
        last.copy_from_slice(&head.1.values);
    }
    let mut before = vec![[1.0, 0.0]];
    let mut found: Vec<(&str, Option<f64>)> = vec![(names.rate, Some(rate))];
    if let Some(begun) = begun.first() {
        before = begun.points(SERIES[0].0);
        let Some(weights) = begun.handed_over()? else { return Ok(diverged(&before, "its pretraining diverged".to_owned())) };
        taken_over(&mut params, body, weights)?;
        found.extend(["work", "kinds", "rate-pretraining"].map(|name| (name, begun.scalar(name))));
    } else {
        found.push(("work", Some(1e-9 * own.work(own.more_steps))));
    }
    let mut parts = data::task(own.world, own.task, &own.counts, seed, context.files)?;
    if parts.known.labels.is_empty() {
        return Err(other("there are no pictures to learn from"));
    }
    if own.null {
        parts.known.labels.shuffle(&mut stream(seed, Purpose::Deal, 2));
    }
    let learner = Learner { own, net: &net, labels, rate, scale: moments(&parts.known), weights: positive_weights(&parts.known.labels, labels) };
    let (mut trained, ended) = match own.tuning {
        Tuning::Whole => learner.whole(params, &parts.known, context)?,
        Tuning::Head => learner.head(params, head, &parts.known, context)?,
    };
    let worth = match ended {
        Some(why) => Err(why),
        None => learner.worth(&mut trained, &parts, number),
    };
    match worth {
        Ok((worth, kept)) => Ok(outcome(&before, &[found, worth].concat(), kept, Status::Done)),
        Err(why) => Ok(diverged(&before, format!("{}: {why}", names.tested))),
    }
}

/// By what the loss of a label that a picture has is multiplied: pictures without it over those with it, as in the authors' code; 1 where nobody or
/// everybody has it.
pub(super) fn positive_weights(bits: &[u32], labels: usize) -> Vec<f32> {
    let one = |k: usize| {
        let with = bits.iter().filter(|bits| has(**bits, k)).count();
        let without = bits.len() - with;
        if with == 0 || without == 0 { 1.0 } else { without as f32 / with as f32 }
    };
    (0..labels).map(one).collect()
}

/// What learns, and how.
struct Learner<'a> {
    own: &'a Tuned,
    net: &'a Cnn,
    labels: usize,
    rate: f64,
    /// What is taken off numbers, and what they are then divided by.
    scale: (f64, f64),
    weights: Vec<f32>,
}

/// What has learned: all of a network, or a head on its features.
struct Trained {
    network: Training<f32>,
    head: Option<(Linear, Training<f32>, Standard)>,
}

/// Numbers that were found, and scores to hand over.
type Worth = (Vec<(&'static str, Option<f64>)>, Option<Vec<u8>>);

impl Learner<'_> {
    fn course(&self) -> FewShot {
        let Tuned { steps, more_steps, batch, task, .. } = *self.own;
        FewShot { steps: steps + more_steps, batch, rate: self.rate, number: task as u64 }
    }

    /// Mean weighted cross-entropy of the scores of pictures with these labels.
    fn loss(&self, pass: &mut Pass<'_, f32>, scores: Var, bits: &[u32]) -> Var {
        let wanted = targets(bits, self.labels);
        let weights: Vec<f32> = wanted.iter().zip(self.weights.iter().cycle()).map(|(t, w)| if *t > 0.5 { *w } else { 1.0 }).collect();
        let errors = losses::binary_cross_entropy(pass, scores, &wanted);
        let weights = pass.input(&weights, bits.len(), self.labels);
        let errors = pass.mul(errors, weights);
        pass.mean(errors)
    }

    /// Trains all of the network.
    fn whole(&self, params: Params<f32>, known: &Samples, context: &Context<'_>) -> Result<(Trained, Option<String>), StudyError> {
        let mut training = Training::new(params, 0.0);
        let ended = self.course().run(&mut training, known, context, |training, batch, rng, rate| {
            rescale(&mut batch.pixels, self.scale);
            training.step(rate, rng, |pass| {
                let shape = Images { batch: batch.labels.len(), height: SIDE, width: SIDE };
                let x = pass.input(&batch.pixels, shape.rows(), 1);
                let scores = self.net.scores(pass, x, shape);
                self.loss(pass, scores, &batch.labels)
            })
        })?;
        Ok((Trained { network: training, head: None }, ended))
    }

    /// Gives batch norm the running statistics of the pictures of the task, whatever the network has seen before: a network with first weights has
    /// seen none, and its features would be worse for that alone.
    fn settle(&self, network: &mut Training<f32>, known: &Samples, seed: u64) {
        let (mut batch, mut arena) = (Batch::default(), Arena::new());
        for k in 0..SETTLING {
            let mut rng = stream(seed, Purpose::Order, k as u64);
            batch.draw(known, SETTLED, &mut rng);
            rescale(&mut batch.pixels, self.scale);
            let shape = Images { batch: batch.labels.len(), height: SIDE, width: SIDE };
            let mut pass = Pass::new(&mut network.params, &mut arena, Mode::Train, rng);
            let x = pass.input(&batch.pixels, shape.rows(), 1);
            self.net.features(&mut pass, x, shape);
        }
    }

    /// Trains a head on features that stay as they are, with the pictures of the same steps.
    fn head(
        &self,
        params: Params<f32>,
        (head, top): (Linear, Params<f32>),
        known: &Samples,
        context: &Context<'_>,
    ) -> Result<(Trained, Option<String>), StudyError> {
        let mut network = Training::new(params, 0.0);
        self.settle(&mut network, known, context.seed);
        let mut features = sized_encoder::features(self.net, &mut network, &self.scaled(known));
        let standard = Standard::new(&features, head.ins);
        standard.apply(&mut features);
        let mut training = Training::new(top, 0.0);
        // Pictures by number: each is a pixel.
        let numbered = Samples { pixels: (0..known.labels.len()).map(|k| k as f32).collect(), labels: known.labels.clone(), side: 1 };
        let ended = self.course().run(&mut training, &numbered, context, |training, batch, rng, rate| {
            let mut shown: Vec<f32> = Vec::with_capacity(batch.labels.len() * head.ins);
            for k in &batch.pixels {
                let at = *k as usize * head.ins;
                shown.extend_from_slice(features.get(at..at + head.ins).unwrap_or_default());
            }
            training.step(rate, rng, |pass| {
                let x = pass.input(&shown, batch.labels.len(), head.ins);
                let scores = head.forward(pass, x);
                self.loss(pass, scores, &batch.labels)
            })
        })?;
        Ok((Trained { network, head: Some((head, training, standard)) }, ended))
    }

    /// Scores of all pictures, which are scaled here.
    fn scores(&self, trained: &mut Trained, samples: &Samples) -> Vec<f32> {
        let scaled = self.scaled(samples);
        let Some((head, training, standard)) = &mut trained.head else {
            return sized_encoder::scores(self.net, &mut trained.network, &scaled);
        };
        let mut features = sized_encoder::features(self.net, &mut trained.network, &scaled);
        standard.apply(&mut features);
        head::scores(head, training, &features, samples.labels.len())
    }

    fn scaled(&self, samples: &Samples) -> Samples {
        let mut scaled = samples.clone();
        rescale(&mut scaled.pixels, self.scale);
        scaled
    }

    /// What it is worth, with the scores of X-rays to test on, or why there is no saying.
    fn worth(&self, trained: &mut Trained, parts: &Parts, number: u64) -> Result<Worth, String> {
        let names = self.own.task.names();
        let (valid, test) = (self.scores(trained, &parts.valid), self.scores(trained, &parts.test));
        if valid.iter().chain(&test).any(|s| !s.is_finite()) {
            return Err("scores are no longer finite; lower the rate".to_owned());
        }
        let area = |scores: &[f32], samples: &Samples| mean_area(scores, &samples.labels, self.labels);
        let (whole, valid) = (area(&test, &parts.test), area(&valid, &parts.valid));
        let mut found = vec![(names.valid, valid)];
        let Some([whole_name, near_name]) = names.others else {
            found.push((names.tested, whole));
            return Ok((found, None));
        };
        if self.own.world == World::Made {
            found.extend([(names.tested, whole), (whole_name, whole), (near_name, whole)]);
            return Ok((found, None));
        }
        let part = own_part(&parts.test, self.own.parts, number);
        let [tested, near] = [&part, &parts.near].map(|samples| {
            let scores = self.scores(trained, samples);
            area(&scores, samples)
        });
        found.extend([(names.tested, tested), (whole_name, whole), (near_name, near)]);
        if self.own.task.many() {
            return Ok((found, None));
        }
        // Scores that are all alike have an area of a half, whatever the pictures are.
        let margins: Vec<f64> = test.iter().map(|s| f64::from(*s)).collect();
        let positive: Vec<bool> = parts.test.labels.iter().map(|label| *label == 1).collect();
        found.push(("se", delong(&margins, &vec![0.0; margins.len()], &positive).map(|alone| alone.se)));
        let kept = test.iter().zip(&parts.test.labels).flat_map(|(score, label)| [*score, *label as f32]).flat_map(f32::to_le_bytes).collect();
        Ok((found, Some(kept)))
    }
}
