//! A task: the network of an arm, with a new head, is trained on labelled pictures.

use evaluation::stat::delong;
use nets::layers::Linear;
use nets::{Params, Training, losses};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::data::{self, Parts};
use super::method::Task;
use super::network::{Net, new_head, taken_over, weight_decay};
use super::outcome::{SERIES, diverged, outcome};
use super::plan::Tuned;
use super::{Tuning, World, other};
use crate::blocks::best;
use crate::blocks::few_shot::FewShot;
use crate::blocks::label_bits::{mean_area, targets};
use crate::blocks::own_part::own_part;
use crate::blocks::rand_augment::augment;
use crate::blocks::samples::{Samples, moments, rescale};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// Runs a task of the seed of this number; its rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Tuned, needs: &[Outcome], number: u64, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let parted = needs.split_at_checked(usize::from(own.pretrained));
    let (begun, tunings) = parted.ok_or_else(|| other("a task lacks its pretraining"))?;
    let names = own.task.names();
    let tried: Vec<f64> = tunings.iter().map(|o| o.scalar(names.valid).unwrap_or(0.0)).collect();
    let rate = best(&own.rates, &tried).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let (labels, seed) = (own.task.labels(own.world), context.seed);
    let mut params = own.shape.params(seed);
    let net = Net::new(&mut params, &own.shape, labels);
    let head = new_head(own.shape.features(), labels, seed, own.task as u64);
    let body = params.len() - head.1.len();
    params.values[body..].copy_from_slice(&head.1.values);
    let mut before = vec![[1.0, 0.0]];
    let mut found: Vec<(&str, Option<f64>)> = vec![(names.rate, Some(rate))];
    if let Some(begun) = begun.first() {
        before = begun.points(SERIES[0].0);
        let Some(weights) = begun.handed_over()? else { return Ok(diverged(&before, "its pretraining diverged".to_owned())) };
        taken_over(&mut params, body, weights)?;
        found.extend([("work", begun.scalar("work")), ("tokens", begun.scalar("tokens"))]);
        found.extend([(names.before[0], begun.scalar("explained")), (names.before[1], begun.scalar("rate-pretraining"))]);
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
    let learner = Learner { own, net: &net, labels, rate, scale: moments(&parts.known) };
    let (mut trained, ended) = match own.tuning {
        Tuning::Whole => learner.whole(params, &parts.known, context)?,
        Tuning::Head => learner.head(params, head, &parts.known, context)?,
    };
    let worth = match ended {
        Some(why) => Err(why),
        None => learner.worth(&mut trained, &parts, number),
    };
    match worth {
        Ok(worth) => Ok(outcome(&before, &[found, worth].concat(), None, Status::Done)),
        Err(why) => Ok(diverged(&before, format!("{}: {why}", names.tested))),
    }
}

/// What learns, and how.
struct Learner<'a> {
    own: &'a Tuned,
    net: &'a Net,
    labels: usize,
    rate: f64,
    /// What is taken off numbers, and what they are then divided by.
    scale: (f64, f64),
}

/// What has learned: all of a network, or a head on its features.
struct Trained {
    network: Training<f32>,
    head: Option<(Linear, Training<f32>)>,
}

impl Learner<'_> {
    fn course(&self) -> FewShot {
        let Tuned { steps, more_steps, batch, task, .. } = *self.own;
        FewShot { steps: steps + more_steps, batch, rate: self.rate, number: task as u64 }
    }

    /// Trains all of the network.
    fn whole(&self, params: Params<f32>, known: &Samples, context: &Context<'_>) -> Result<(Trained, Option<String>), StudyError> {
        let own = self.own;
        let mut training = Training::new(params, 0.0);
        training.groups = self.net.groups(&training.params, &own.shape, own.layer_decay);
        let ended = self.course().run(&mut training, known, context, |training, batch, mut rng, rate| {
            augment(&mut batch.pixels, data::SIDE, own.augment, &mut rng);
            rescale(&mut batch.pixels, self.scale);
            let wanted = targets(&batch.labels, self.labels);
            training.step(rate, rng, |pass| {
                let scores = self.net.scores(pass, &batch.pixels, batch.labels.len(), own.drop_path);
                let errors = losses::binary_cross_entropy(pass, scores, &wanted);
                pass.mean(errors)
            })
        })?;
        Ok((Trained { network: training, head: None }, ended))
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
        let features = self.features(&mut network, known);
        let mut training = Training::new(top, 0.0);
        training.groups = nets::optim::groups(&training.params, |name| (1.0, weight_decay(name)));
        // Pictures by number: each is a pixel.
        let numbered = Samples { pixels: (0..known.labels.len()).map(|k| k as f32).collect(), labels: known.labels.clone(), side: 1 };
        let ended = self.course().run(&mut training, &numbered, context, |training, batch, rng, rate| {
            let own = |k: &f32| features.get(*k as usize * head.ins..(*k as usize + 1) * head.ins).unwrap_or_default();
            let shown: Vec<f32> = batch.pixels.iter().flat_map(own).copied().collect();
            let wanted = targets(&batch.labels, self.labels);
            training.step(rate, rng, |pass| {
                let x = pass.input(&shown, batch.labels.len(), head.ins);
                let scores = head.forward(pass, x);
                let errors = losses::binary_cross_entropy(pass, scores, &wanted);
                pass.mean(errors)
            })
        })?;
        Ok((Trained { network, head: Some((head, training)) }, ended))
    }

    /// Features of all pictures, which are scaled here.
    fn features(&self, network: &mut Training<f32>, samples: &Samples) -> Vec<f32> {
        self.net.look(network, &self.scaled(samples), |net, pass, pixels, count| net.features(pass, pixels, count, 0.0))
    }

    /// Scores of all pictures, which are scaled here.
    fn scores(&self, trained: &mut Trained, samples: &Samples) -> Vec<f32> {
        let Some((head, training)) = &mut trained.head else {
            return self.net.look(&mut trained.network, &self.scaled(samples), |net, pass, pixels, count| net.scores(pass, pixels, count, 0.0));
        };
        let features = self.features(&mut trained.network, samples);
        training.infer(Pcg64::seed_from_u64(0), |pass| {
            let x = pass.input(&features, samples.labels.len(), head.ins);
            let scores = head.forward(pass, x);
            pass.value(scores).to_vec()
        })
    }

    fn scaled(&self, samples: &Samples) -> Samples {
        let mut scaled = samples.clone();
        rescale(&mut scaled.pixels, self.scale);
        scaled
    }

    /// What it is worth, or why there is no saying.
    fn worth(&self, trained: &mut Trained, parts: &Parts, number: u64) -> Result<Vec<(&'static str, Option<f64>)>, String> {
        let names = self.own.task.names();
        let (valid, test) = (self.scores(trained, &parts.valid), self.scores(trained, &parts.test));
        if valid.iter().chain(&test).any(|s| !s.is_finite()) {
            return Err("scores are no longer finite; lower the rate".to_owned());
        }
        let area = |scores: &[f32], samples: &Samples| mean_area(scores, &samples.labels, self.labels);
        let (whole, valid) = (area(&test, &parts.test), area(&valid, &parts.valid));
        let mut found = vec![(names.valid, valid)];
        let Some([whole_name, near_name]) = names.medical else {
            found.push((names.tested, whole));
            return Ok(found);
        };
        let divided = self.own.world == World::Real;
        let (tested, near) = if divided {
            let part = own_part(&parts.test, self.own.parts, number);
            let scores = [&part, &parts.near].map(|samples| self.scores(trained, samples));
            (area(&scores[0], &part), area(&scores[1], &parts.near))
        } else {
            (whole, whole)
        };
        found.extend([(names.tested, tested), (whole_name, whole), (near_name, near)]);
        if divided && self.own.task == Task::Few {
            // Scores that are all alike have an area of a half, whatever the pictures are.
            let margins: Vec<f64> = test.iter().map(|s| f64::from(*s)).collect();
            let positive: Vec<bool> = parts.test.labels.iter().map(|label| *label == 1).collect();
            found.push(("se", delong(&margins, &vec![0.0; margins.len()], &positive).map(|alone| alone.se)));
        }
        Ok(found)
    }
}
