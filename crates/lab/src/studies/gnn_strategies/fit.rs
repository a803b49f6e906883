//! Fine-tuning on a target: all weights and a new head, or the head alone.

use nets::layers::Linear;
use nets::{Params, Training, optim};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::auc::mean_auc;
use super::course::{self, Course, Learner, Progress, Step};
use super::graph::{Parts, Set};
use super::network::{BODY, Net};
use super::plan::{Fit, Start};
use super::world::{Streams, stream};
use super::{gather, labels, other, world};
use crate::{Context, Outcome, Status, StudyError};

/// Graphs that are looked at side by side.
const LOOK: usize = 256;

/// What the tensors are called that are trained even where the network is frozen.
const HEAD: &str = "head";

/// A fine-tuning in progress.
struct Tuner<'a> {
    own: &'a Fit,
    rate: f64,
    set: &'a Set,
    parts: &'a Parts,
    net: Net,
    head: Linear,
    training: Training<f32>,
    steps: u64,
}

/// Runs a fine-tuning.
pub(super) fn run(own: &Fit, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let streams = Streams::new(context.seed);
    let (set, parts) = world::target(own.world, &own.target, own.examples, &streams, context.files)?;
    let mut params = Params::<f32>::new(streams.weights.clone());
    let net = Net::new(&mut params, BODY, own.network, world::alphabet(own.world), own.width, own.layers);
    let (first, tunings) = if own.start == Start::Random { (None, needs) } else { (needs.first(), needs.get(1..).unwrap_or_default()) };
    if first.is_none() && own.start != Start::Random {
        return Err(other("a fine-tuning lacks the pretraining that it starts from"));
    }
    let mut passed = 0.0;
    if let Some(first) = first {
        if matches!(first.status, Status::Diverged(_)) {
            return Ok(gather::failed("its pretraining diverged"));
        }
        passed = first.scalar("atoms").unwrap_or(0.0);
        if own.start == Start::Pretrained
            && let Some(weights) = first.handed_over()?
        {
            params.read(weights).map_err(other)?;
        }
    }
    let rate = chosen(&own.rates, tunings);
    let head = Linear::new(&mut params, HEAD, own.width, set.tasks);
    let mut training = Training::new(params, 0.0);
    if own.frozen {
        training.groups = optim::groups(&training.params, |name| (f64::from(u8::from(name.starts_with(HEAD))), 0.0));
    }
    let atoms: f64 = parts.train.iter().map(|&k| set.graphs[k].len() as f64).sum();
    let longer = if own.start == Start::Longer { (passed / atoms.max(1.0)).ceil() as usize } else { 0 };
    let epochs = own.epochs + longer;
    // Whoever trains for longer is looked at as often as all others, so that none has more to choose from.
    let course = Course { examples: parts.train.len(), batch: own.batch, epochs, looks: own.epochs, orders: !streams.orders };
    let mut learner = Tuner { own, rate, set: &set, parts: &parts, net, head, training, steps: !streams.steps };
    let (progress, ended) = course::run(&mut learner, &course, context)?;
    if let Some(why) = ended {
        return Ok(gather::outcome(&progress.curve, &[("rate", Some(rate))], None, Status::Diverged(why)));
    }
    let before = if own.start == Start::Pretrained { passed } else { 0.0 };
    let [valid, test, epoch] = progress.best;
    let found = [
        ("auc", Some(test)),
        ("valid-auc", Some(valid)),
        ("rate", Some(rate)),
        ("epoch", Some(epoch)),
        ("epochs", Some(epochs as f64)),
        ("atoms", Some(before + progress.atoms)),
        ("right", first.filter(|_| own.start == Start::Pretrained).and_then(|o| o.scalar("right"))),
        ("source-graphs", first.and_then(|o| o.scalar("source-graphs"))),
    ];
    Ok(gather::outcome(&progress.curve, &found, None, Status::Done))
}

/// The rate whose stages have the highest ROC-AUC on the validation part, on average; the first where there is nothing to choose by. A stage
/// that diverged counts as 0.
pub(super) fn chosen(rates: &[f64], tunings: &[Outcome]) -> f64 {
    let each = (tunings.len() / rates.len().max(1)).max(1);
    let mean = |of: &[Outcome]| of.iter().map(|o| o.scalar("valid-auc").unwrap_or(0.0)).sum::<f64>() / of.len() as f64;
    let mut best: Option<(f64, f64)> = None;
    for (rate, score) in rates.iter().zip(tunings.chunks(each).map(mean)) {
        if best.is_none_or(|(_, highest)| score > highest) {
            best = Some((*rate, score));
        }
    }
    best.map(|(rate, _)| rate).or(rates.first().copied()).unwrap_or(1e-3)
}

impl Tuner<'_> {
    /// Mean ROC-AUC of these graphs: NaN where scores are no numbers, `None` where no task has both labels.
    fn measure(&mut self, part: &[usize]) -> Option<f64> {
        let (mut scores, mut wanted) = (Vec::new(), Vec::new());
        for graphs in part.chunks(LOOK) {
            let (batch, _) = labels::batch(self.set, graphs.iter().copied());
            let (net, head) = (&self.net, &self.head);
            self.training.infer(Pcg64::seed_from_u64(0), |pass| {
                let found = labels::scores(pass, net, head, &batch, 0.0);
                scores.extend_from_slice(pass.value(found));
            });
            graphs.iter().for_each(|&k| wanted.extend_from_slice(self.set.labels(k)));
        }
        if scores.iter().any(|s: &f32| !s.is_finite()) {
            return Some(f64::NAN);
        }
        mean_auc(&scores, &wanted, self.set.tasks)
    }
}

impl Learner for Tuner<'_> {
    fn step(&mut self, step: u64, examples: &[usize]) -> Step {
        let (batch, answers) = labels::batch(self.set, examples.iter().map(|&k| self.parts.train[k]));
        let asked = answers.count();
        let mut seen = Step { asked, atoms: batch.tokens.len() as f64, ..Step::default() };
        if asked > 0.0 {
            let (net, head, dropped) = (&self.net, &self.head, self.own.dropout);
            seen.loss = Some(self.training.step(self.rate, stream(self.steps, step), |pass| {
                let scores = labels::scores(pass, net, head, &batch, dropped);
                seen.right = answers.right(pass.value(scores));
                answers.loss(pass, scores)
            }));
        }
        seen
    }

    fn look(&mut self, epoch: f64, progress: &mut Progress) -> f64 {
        // Labels of one kind alone tell nothing, as a coin does.
        let parts = self.parts;
        let valid = self.measure(&parts.valid).unwrap_or(0.5);
        if valid > progress.best[0] || progress.best[2] == 0.0 {
            let test = self.measure(&parts.test).unwrap_or(f64::NAN);
            progress.best = [valid, test, epoch];
        }
        valid
    }

    fn training(&mut self) -> &mut Training<f32> {
        &mut self.training
    }
}
