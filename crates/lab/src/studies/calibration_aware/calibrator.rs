//! A calibrator: a temperature for every sample, learnt on other samples, and how good it is.

use evaluation::stat::auc;
use nets::models::Mlp;
use nets::models::mlp::Activation;
use nets::{Init, Params, Pass, Tensor, Training, Var, losses};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::samples::{COPIES, TESTS};
use super::scores::{Scores, Views};
use super::{Calibration, Calibrator, other, outcome};
use crate::blocks::best;
use crate::blocks::confidence::{calibration_error, largest, probabilities};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Go, Outcome, Status, StudyError};

/// Classes whose probabilities a calibrator sees.
const TOP: usize = 4;

/// Its hidden units.
const HIDDEN: usize = 5;

/// Where temperatures lie.
const COLD: f32 = 0.1;
const HOT: f32 = 10.0;

/// Bins of the calibration error.
const BINS: usize = 25;

/// A misclassification is narrow where the true class had a probability from the first to the second.
const NARROW: [f64; 2] = [0.3, 0.5];

/// Steps between two looks at the watch, and points of the curve.
const PIECE: usize = 20;
const POINTS: usize = 20;

impl Calibrator {
    /// How many numbers it sees.
    fn inputs(self) -> usize {
        match self {
            Self::None | Self::GlobalCe => 0,
            Self::OwnCe | Self::OwnCa => TOP,
            Self::TransCe | Self::TransCa | Self::TransCaBalanced | Self::TransMse => TOP * COPIES,
        }
    }
}

/// What gives a temperature.
enum Net {
    /// One for all.
    Global(Tensor),
    /// One for each sample.
    Own(Mlp),
}

impl Net {
    fn new(params: &mut Params<f32>, inputs: usize) -> Self {
        match inputs {
            0 => Self::Global(params.add("temperature", 1, 1, Init::Constant(0.0))),
            n => Self::Own(Mlp::new(params, "temperature", &[n, HIDDEN, 1], Activation::Relu)),
        }
    }

    /// One temperature, or one a row; it begins near 1.
    fn temperature(&self, pass: &mut Pass<'_, f32>, data: &Data<'_>) -> Var {
        let raw = match self {
            Self::Global(tensor) => pass.weight(*tensor),
            Self::Own(net) => {
                let x = pass.input(&data.inputs, data.rows(), data.inputs.len() / data.rows().max(1));
                net.forward(pass, x)
            }
        };
        pass.map(raw, |v| {
            let t = 1.0 + v;
            if t < COLD {
                (COLD, 0.0)
            } else if t > HOT {
                (HOT, 0.0)
            } else {
                (t, 1.0)
            }
        })
    }
}

/// Samples as a calibrator has them.
pub(super) struct Data<'a> {
    classes: usize,
    scores: &'a [f32],
    labels: &'a [u32],
    /// What the calibrator sees.
    pub(super) inputs: Vec<f32>,
    /// Whether the answer is right.
    right: Vec<bool>,
}

impl<'a> Data<'a> {
    pub(super) fn new(kind: Calibrator, classes: usize, views: &'a Views, labels: &'a [u32]) -> Self {
        let mut inputs = Vec::with_capacity(labels.len() * kind.inputs());
        let mut p = Vec::with_capacity(classes);
        let mut order: Vec<usize> = Vec::with_capacity(classes);
        let (mut right, classes) = (Vec::with_capacity(labels.len()), classes.max(1));
        for (k, (scores, label)) in views.own.chunks_exact(classes).zip(labels).enumerate() {
            right.push(largest(scores) == *label as usize);
            order.clear();
            order.extend(0..classes);
            order.sort_by(|&i, &j| scores[j].total_cmp(&scores[i]));
            let mut see = |scores: &[f32]| {
                probabilities(scores, 1.0, &mut p);
                inputs.extend(order.iter().take(TOP).map(|&class| p[class] as f32));
            };
            match kind.inputs() {
                0 => {}
                TOP => see(scores),
                _ => views.copies.iter().filter_map(|copy| copy.get(k * classes..(k + 1) * classes)).for_each(see),
            }
        }
        Self { classes, scores: &views.own, labels, inputs, right }
    }

    fn rows(&self) -> usize {
        self.labels.len()
    }

    /// A one in the column that `of` gives for each row, zeros elsewhere.
    fn ones(&self, of: impl Fn(usize, &[f32]) -> usize) -> Vec<f32> {
        let mut all = vec![0.0; self.rows() * self.classes];
        for (k, (row, scores)) in all.chunks_exact_mut(self.classes).zip(self.scores.chunks_exact(self.classes)).enumerate() {
            if let Some(one) = row.get_mut(of(k, scores)) {
                *one = 1.0;
            }
        }
        all
    }
}

/// What a loss is held against, made once.
struct Targets {
    /// A one for the class that is answered, or for the true class, as the loss asks.
    ones: Vec<f32>,
    /// 1 where the answer is right.
    right: Vec<f32>,
    /// Weights of samples.
    weights: Vec<f32>,
}

impl Targets {
    fn new(kind: Calibrator, data: &Data<'_>) -> Self {
        let ones = if kind == Calibrator::TransMse { data.ones(|k, _| data.labels[k] as usize) } else { data.ones(|_, scores| largest(scores)) };
        let right: Vec<f32> = data.right.iter().map(|right| f32::from(u8::from(*right))).collect();
        let share = right.iter().sum::<f32>() / right.len().max(1) as f32;
        let weigh = |right: &f32| if *right > 0.5 { 1.0 - share } else { share };
        let weights = if kind == Calibrator::TransCaBalanced { right.iter().map(weigh).collect() } else { vec![1.0; right.len()] };
        Self { ones, right, weights }
    }

    /// The loss of scores that are divided by their temperatures.
    fn loss(&self, kind: Calibrator, pass: &mut Pass<'_, f32>, scaled: Var, labels: &[u32]) -> Var {
        let errors = match kind {
            Calibrator::None | Calibrator::GlobalCe | Calibrator::OwnCe | Calibrator::TransCe => losses::cross_entropy(pass, scaled, labels, 0.0),
            Calibrator::TransMse => {
                let (p, ones) = (pass.softmax(scaled), pass.input(&self.ones, scaled.rows, scaled.cols));
                losses::squared_error(pass, p, ones)
            }
            Calibrator::OwnCa | Calibrator::TransCa | Calibrator::TransCaBalanced => {
                let (p, ones) = (pass.softmax(scaled), pass.input(&self.ones, scaled.rows, scaled.cols));
                let picked = pass.mul(p, ones);
                let confidence = pass.sum_columns(picked);
                let right = pass.input(&self.right, scaled.rows, 1);
                let errors = losses::squared_error(pass, confidence, right);
                let weights = pass.input(&self.weights, scaled.rows, 1);
                pass.mul(errors, weights)
            }
        };
        pass.mean(errors)
    }
}

/// The value of a calibrator's loss on some data at temperature 1.
pub(super) fn loss_before(kind: Calibrator, data: &Data<'_>) -> f64 {
    let mut training = Training::new(Params::<f32>::new(Pcg64::seed_from_u64(0)), 0.0);
    let targets = Targets::new(kind, data);
    training.infer(Pcg64::seed_from_u64(0), |pass| {
        let scores = pass.input(data.scores, data.rows(), data.classes);
        let loss = targets.loss(kind, pass, scores, data.labels);
        pass.scalar(loss)
    })
}

/// A calibrator, after its training.
pub(super) struct Trained {
    net: Net,
    training: Training<f32>,
    pub(super) curve: Vec<[f64; 2]>,
}

/// Trains a calibrator; the text says why it ended early, if it did.
pub(super) fn train(
    kind: Calibrator,
    rate: f64,
    steps: usize,
    data: &Data<'_>,
    weights: Pcg64,
    watch: &dyn Fn(f64) -> Go,
) -> Result<(Trained, Option<String>), StudyError> {
    let mut params = Params::<f32>::new(weights);
    let net = Net::new(&mut params, kind.inputs());
    let targets = Targets::new(kind, data);
    let points = POINTS.min(steps);
    let mut trained = Trained { net, training: Training::new(params, 0.0), curve: Vec::with_capacity(points) };
    let mut open = [0.0; 2];
    for step in 0..steps {
        let Trained { net, training, curve } = &mut trained;
        let loss = training.step(rate, Pcg64::seed_from_u64(0), |pass| {
            let scores = pass.input(data.scores, data.rows(), data.classes);
            let temperature = net.temperature(pass, data);
            let inverse = pass.reciprocal(temperature);
            let scaled = pass.mul(scores, inverse);
            targets.loss(kind, pass, scaled, data.labels)
        });
        if !loss.is_finite() {
            return Ok((trained, Some(format!("the loss of the calibrator is no longer finite at step {step} of {steps}; lower the rates"))));
        }
        open = [open[0] + loss, open[1] + 1.0];
        if (step + 1) * points / steps > curve.len() {
            curve.push([(step + 1) as f64, open[0] / open[1]]);
            open = [0.0; 2];
        }
        if step.is_multiple_of(PIECE) && watch(step as f64 / steps as f64) == Go::Stop {
            return Err(StudyError::Interrupted);
        }
    }
    Ok((trained, None))
}

impl Trained {
    /// The temperature of every sample.
    pub(super) fn temperatures(&mut self, data: &Data<'_>) -> Vec<f64> {
        let Self { net, training, .. } = self;
        training.infer(Pcg64::seed_from_u64(0), |pass| {
            let found = net.temperature(pass, data);
            let values = pass.value(found);
            if found.rows == data.rows() { values.iter().map(|t| f64::from(*t)).collect() } else { vec![f64::from(values[0]); data.rows()] }
        })
    }
}

/// How good probabilities are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Quality {
    accuracy: f64,
    pub(super) ece: Option<f64>,
    auroc: Option<f64>,
    brier: f64,
    confidence: f64,
    temperature: f64,
    /// Narrow misclassifications: how many, their mean confidence, and the share of them above a half.
    pub(super) narrow: (f64, Option<f64>, Option<f64>),
}

/// Measures samples at these temperatures.
pub(super) fn quality(data: &Data<'_>, temperatures: &[f64]) -> Quality {
    let n = data.rows().max(1) as f64;
    let (mut p, mut before) = (Vec::with_capacity(data.classes), Vec::with_capacity(data.classes));
    let (mut confidence, mut brier, mut narrow) = (Vec::with_capacity(data.rows()), 0.0, Vec::new());
    for ((scores, label), (t, right)) in data.scores.chunks_exact(data.classes).zip(data.labels).zip(temperatures.iter().zip(&data.right)) {
        probabilities(scores, *t, &mut p);
        let sure = p[largest(scores)];
        confidence.push(sure);
        brier += p.iter().enumerate().map(|(k, p)| (p - f64::from(u8::from(k == *label as usize))).powi(2)).sum::<f64>() / n;
        probabilities(scores, 1.0, &mut before);
        let truth = before.get(*label as usize).copied().unwrap_or(0.0);
        if !right && (NARROW[0]..NARROW[1]).contains(&truth) {
            narrow.push(sure);
        }
    }
    let share = |of: &dyn Fn(f64) -> f64| (!narrow.is_empty()).then(|| narrow.iter().map(|c| of(*c)).sum::<f64>() / narrow.len() as f64);
    Quality {
        accuracy: data.right.iter().filter(|right| **right).count() as f64 / n,
        ece: calibration_error(&confidence, &data.right, BINS),
        auroc: auc(&confidence, &data.right),
        brier,
        confidence: confidence.iter().sum::<f64>() / n,
        temperature: temperatures.iter().sum::<f64>() / n,
        narrow: (narrow.len() as f64, share(&|c| c), share(&|c| f64::from(u8::from(c > 0.5)))),
    }
}

/// The scores that a network handed over; none where it diverged.
fn handed(need: Option<&Outcome>) -> Result<Option<Scores>, StudyError> {
    match need.map(|need| (&need.status, &need.weights)) {
        Some((Status::Diverged(_), _)) => Ok(None),
        Some((Status::Done, Some(bytes))) => match Scores::from_bytes(bytes) {
            Some(scores) if scores.classes > 1 => Ok(Some(scores)),
            _ => Err(other("the scores of the network are damaged; run it again")),
        },
        _ => Err(other("the network is known by its numbers alone, without its scores (committed results hold none); run it again")),
    }
}

/// Runs a calibrator.
pub(super) fn run(own: &Calibration, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let kind = own.calibrator;
    let Some(scores) = handed(needs.first())? else {
        return Ok(outcome::outcome(&[], &[], None, Status::Diverged("its network diverged".to_owned())));
    };
    // Higher is better: the calibration error, sign turned; a calibrator that diverged is as bad as can be.
    let tunings: Vec<f64> = needs.iter().skip(1).map(|o| -o.scalar("ece").unwrap_or(1.0)).collect();
    let rate = best(&own.rates, &tunings);
    let data = Data::new(kind, scores.classes, &scores.calibration, &scores.calibration_labels);
    let (mut trained, ended) = match rate {
        Some(rate) => {
            let (trained, ended) = train(kind, rate, own.steps, &data, stream(context.seed, Purpose::Head, 0), context.watch)?;
            (Some(trained), ended)
        }
        None => (None, None),
    };
    let curve = trained.as_ref().map_or_else(|| vec![[1.0, loss_before(kind, &data)]], |trained| trained.curve.clone());
    if let Some(why) = ended {
        return Ok(outcome::outcome(&curve, &[], None, Status::Diverged(why)));
    }
    let all: Vec<Quality> = scores
        .tests
        .iter()
        .map(|views| {
            let data = Data::new(kind, scores.classes, views, &scores.test_labels);
            let temperatures = trained.as_mut().map_or_else(|| vec![1.0; data.rows()], |trained| trained.temperatures(&data));
            quality(&data, &temperatures)
        })
        .collect();
    let (Some(first), Some(shifted)) = (all.first(), all.get(1..).filter(|shifted| shifted.len() + 1 == TESTS.len())) else {
        return Err(other("there are no tests"));
    };
    let mean = |of: &dyn Fn(&Quality) -> Option<f64>| Some(shifted.iter().map(of).sum::<Option<f64>>()? / shifted.len().max(1) as f64);
    let at = |k: usize, of: &dyn Fn(&Quality) -> Option<f64>| shifted.get(k).and_then(of);
    let found = [
        ("accuracy", Some(first.accuracy)),
        ("ece", first.ece),
        ("ece-ood", mean(&|q| q.ece)),
        ("ece-turned", at(0, &|q| q.ece)),
        ("ece-noisy", at(1, &|q| q.ece)),
        ("ece-hidden", at(2, &|q| q.ece)),
        ("auroc", first.auroc),
        ("auroc-ood", mean(&|q| q.auroc)),
        ("auroc-turned", at(0, &|q| q.auroc)),
        ("auroc-noisy", at(1, &|q| q.auroc)),
        ("auroc-hidden", at(2, &|q| q.auroc)),
        ("brier", Some(first.brier)),
        ("brier-ood", mean(&|q| Some(q.brier))),
        ("accuracy-ood", mean(&|q| Some(q.accuracy))),
        ("confidence", Some(first.confidence)),
        ("temperature", Some(first.temperature)),
        ("narrow", Some(first.narrow.0)),
        ("narrow-confidence", first.narrow.1),
        ("narrow-high", first.narrow.2),
        ("rate", rate),
    ];
    Ok(outcome::outcome(&curve, &found, None, Status::Done))
}
