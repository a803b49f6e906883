//! Repeated folds of the target: a network for each.

use evaluation::stat::{auc, mean_se};
use nets::{Params, Training};
use rand::seq::SliceRandom;

use super::course::Course;
use super::data::{self, apart, deal};
use super::network::{Net, taken_over};
use super::other;
use super::outcome::{diverged, outcome};
use super::plan::Folds;
use crate::blocks::best;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// The stream of labels that are dealt out: no repeat has it.
const NULL: u64 = u64::MAX;

/// Trains and tests; the rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Folds, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let parted = needs.split_at_checked(usize::from(own.pretrained));
    let (begun, tunings) = parted.ok_or_else(|| other("folds lack the network that they begin with"))?;
    let tried: Vec<f64> = tunings.iter().map(|o| o.scalar("fresh").unwrap_or(0.0)).collect();
    let rate = best(&own.rates, &tried).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let seed = context.seed;
    let (net, mut first) = Net::first(own.width, 1, seed);
    let [work, work_done] = own.work().map(|flops| Some(1e-9 * flops));
    let mut found = vec![("rate", Some(rate)), ("work", work), ("work-done", work_done)];
    if let Some(begun) = begun.first() {
        let Some(weights) = begun.handed_over()? else { return Ok(diverged("the pretraining before it diverged".to_owned())) };
        taken_over(&mut first, net.body(), weights)?;
        found.extend(["explained", "rate-pretraining", "work-before"].map(|name| (name, begun.scalar(name))));
    }
    let mut target = data::target(own.world, &own.counts, own.noise, seed, context.files)?;
    if own.null {
        target.known.labels.shuffle(&mut stream(seed, Purpose::Deal, NULL));
    }
    let [mut areas, mut fresh, mut pooled]: [Vec<f64>; 3] = Default::default();
    for repeat in 0..own.repeats {
        let folds = deal(&target.known.labels, own.folds, seed, repeat as u64);
        let (mut scores, mut labels): (Vec<f32>, Vec<u32>) = (Vec::new(), Vec::new());
        for fold in 0..own.folds {
            let number = repeat * own.folds + fold;
            let [test, known] = apart(&target.known, &folds, fold);
            let mut training = Training::new(beginning(own, &net, &first, seed, number as u64), 0.0);
            let course = Course { recipe: own.recipe, steps: own.steps + own.more_steps, batch: own.batch, rate, number: number as u64 };
            let all = (own.repeats * own.folds) as f64;
            if let Some(why) = course.run(&net, &mut training, &known, context, |done| (number as f64 + done) / all)? {
                return Ok(diverged(format!("fold {}: {why}", number + 1)));
            }
            let (seen, further) = (net.look(&mut training, &test.pixels), net.look(&mut training, &target.fresh.pixels));
            if seen.iter().chain(&further).any(|score| !score.is_finite()) {
                return Ok(diverged(format!("fold {}: scores are no longer finite; lower the rate", number + 1)));
            }
            areas.extend(area(&seen, &test.labels));
            fresh.extend(area(&further, &target.fresh.labels));
            scores.extend(seen);
            labels.extend(test.labels);
        }
        pooled.extend(area(&scores, &labels));
    }
    let mean = |values: &[f64]| mean_se(values).map(|found| found.mean);
    let spread = mean_se(&areas).and_then(|found| found.se).map(|se| se * (areas.len() as f64).sqrt());
    found.extend([("auroc", mean(&pooled)), ("fold-mean", mean(&areas)), ("fold-sd", spread), ("fresh", mean(&fresh))]);
    Ok(outcome(&areas, &found, None, Status::Done))
}

/// Where the training of a fold begins: weights that all folds share, and a head of its own, which arms share.
fn beginning(own: &Folds, net: &Net, first: &Params<f32>, seed: u64, number: u64) -> Params<f32> {
    let mut params = Params::new(stream(seed, Purpose::Head, number));
    Net::new(&mut params, own.width, 1);
    params.values[..net.body()].copy_from_slice(&first.values[..net.body()]);
    params.state.clone_from(&first.state);
    params
}

/// The area under the ROC curve of a score for each label.
fn area(scores: &[f32], labels: &[u32]) -> Option<f64> {
    let scores: Vec<f64> = scores.iter().map(|score| f64::from(*score)).collect();
    let positive: Vec<bool> = labels.iter().map(|label| *label == 1).collect();
    auc(&scores, &positive)
}
