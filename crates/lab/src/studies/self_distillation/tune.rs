//! Training on labels of a target.

use evaluation::stat::{auc, delong};
use nets::{Training, losses};

use super::data::{self, Parts};
use super::method::Target;
use super::network::{Classifier, groups};
use super::outcome::{SCALARS, SERIES, diverged, outcome};
use super::piece::Labelled;
use super::{World, other};
use crate::blocks::best;
use crate::blocks::few_shot::FewShot;
use crate::blocks::own_part::own_part;
use crate::blocks::probes::{accuracy, largest};
use crate::blocks::samples::{Samples, moments, rescale};
use crate::{Context, Outcome, Status, StudyError};

/// Numbers by name, or why there are none.
type Worth = Result<Vec<(&'static str, Option<f64>)>, String>;

/// Trains on the labels of a target, with the seed of this number; its rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Labelled, needs: &[Outcome], number: u64, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let parted = needs.split_at_checked(usize::from(own.pretrained));
    let (begun, tunings) = parted.ok_or_else(|| other("the labels lack the network that they begin with"))?;
    let (names, seed) = (own.target.names(), context.seed);
    let tried: Vec<f64> = tunings.iter().map(|o| o.scalar(names.valid).unwrap_or(0.0)).collect();
    let rate = best(&own.rates, &tried).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let (net, mut params) = Classifier::new(&own.shape, own.target.classes(own.world), seed, own.target as u64);
    let mut before = vec![[1.0, 0.0]];
    let mut found: Vec<(&str, Option<f64>)> = vec![(names.rate, Some(rate))];
    if let Some(begun) = begun.first() {
        before = begun.points(SERIES[0].0);
        let Some(weights) = begun.handed_over()? else { return Ok(diverged(&before, "the pretraining before it diverged".to_owned())) };
        let body = own.shape.encoder();
        params.values[..body].copy_from_slice(&own.shape.trained(seed, weights)?.1.values[..body]);
        found.extend(SCALARS.iter().map(|(name, _)| (*name, begun.scalar(name))).filter(|(_, value)| value.is_some()));
    }
    let mut parts = data::target(own.world, own.target, &own.counts, seed, context.files)?;
    let scale = moments(&parts.unlabelled);
    let Parts { unlabelled, valid, test, near } = &mut parts;
    [unlabelled, valid, test, near].into_iter().for_each(|samples| rescale(&mut samples.pixels, scale));
    let known = parts.unlabelled.those(0..own.counts.labels);
    if known.labels.is_empty() {
        return Err(other("there are no labels to learn from"));
    }
    let mut training = Training::new(params, 0.0);
    training.groups = groups(&training.params);
    let course = FewShot { steps: own.steps, batch: own.batch, rate, number: own.target as u64 };
    let ended = course.run(&mut training, &known, context, |training, batch, rng, rate| {
        training.step(rate, rng, |pass| {
            let scores = net.scores(pass, &batch.pixels, batch.labels.len());
            let errors = losses::cross_entropy(pass, scores, &batch.labels, 0.0);
            pass.mean(errors)
        })
    })?;
    let worth = match ended {
        Some(why) => Err(why),
        None => worth(own, &net, &mut training, &parts, number),
    };
    match worth {
        Ok(worth) => Ok(outcome(&before, &[found, worth].concat(), None, Status::Done)),
        Err(why) => Ok(diverged(&before, format!("{}: {why}", names.tested))),
    }
}

/// What a network is worth, or why there is no saying.
fn worth(own: &Labelled, net: &Classifier, training: &mut Training<f32>, parts: &Parts, number: u64) -> Worth {
    let names = own.target.names();
    let mut scores = |samples: &Samples| net.look(training, &samples.pixels);
    let (valid, test) = (scores(&parts.valid), scores(&parts.test));
    if valid.iter().chain(&test).any(|s| !s.is_finite()) {
        return Err("scores are no longer finite; lower the rate".to_owned());
    }
    if own.target == Target::Turned {
        let classes = own.target.classes(own.world);
        let right = |scores: &[f32], samples: &Samples| {
            let found: Vec<u32> = scores.chunks_exact(classes).map(|row| largest(row.iter().map(|s| f64::from(*s)))).collect();
            Some(accuracy(&found, &samples.labels))
        };
        return Ok(vec![(names.valid, right(&valid, &parts.valid)), (names.tested, right(&test, &parts.test))]);
    }
    let whole = area(&test, &parts.test);
    let mut found = vec![(names.valid, area(&valid, &parts.valid)), ("xrays-whole", whole)];
    if own.world == World::Made {
        found.extend([(names.tested, whole), ("xrays-near", whole)]);
        return Ok(found);
    }
    let part = own_part(&parts.test, own.parts, number);
    found.extend([(names.tested, area(&scores(&part), &part)), ("xrays-near", area(&scores(&parts.near), &parts.near))]);
    // Scores that are all alike have an area of a half, whatever the pictures are.
    let (margins, positive) = margins(&test, &parts.test);
    found.push(("se", delong(&margins, &vec![0.0; margins.len()], &positive).map(|alone| alone.se)));
    Ok(found)
}

/// How much more the second of two classes is spoken for, and whether it is right.
fn margins(scores: &[f32], samples: &Samples) -> (Vec<f64>, Vec<bool>) {
    let margins = scores.as_chunks::<2>().0.iter().map(|[no, yes]| f64::from(*yes) - f64::from(*no)).collect();
    (margins, samples.labels.iter().map(|label| *label == 1).collect())
}

/// The area under the ROC curve.
fn area(scores: &[f32], samples: &Samples) -> Option<f64> {
    let (margins, positive) = margins(scores, samples);
    auc(&margins, &positive)
}
