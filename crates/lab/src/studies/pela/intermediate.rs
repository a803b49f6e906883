//! What becomes of the large network: it is cut, and trained once more.

use nets::layers::LowRank;
use nets::product::{Mat, matmul};
use nets::{Params, Pass, Training, Var, losses};
use rand::seq::SliceRandom;

use super::data;
use super::method::{Distil, Hold, Start};
use super::network::{self, Layer, Net, right};
use super::outcome::{diverged, outcome};
use super::plan::Cut;
use super::shape::Shape;
use super::teacher::POINTS;
use super::terms::{farthest, feature_gap, largest_gap, mean_gap};
use super::{Method, Settings, other};
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::samples::{Batch, Samples};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// A network that is looked at and not trained.
struct Fixed {
    net: Net,
    training: Training<f32>,
}

impl Fixed {
    /// Its features of these pictures, layer by layer.
    fn features(&mut self, pixels: &[f32]) -> Vec<Vec<f32>> {
        let mut all: Vec<Vec<f32>> = Vec::new();
        self.net.look(&mut self.training, pixels, |features, _| {
            all.resize(features.len(), Vec::new());
            all.iter_mut().zip(features).for_each(|(all, some)| all.extend_from_slice(some));
        });
        all
    }

    /// The weights of its layers that are cut.
    fn layers(&self) -> Vec<Vec<f32>> {
        let whole = |layer: Layer| match layer {
            Layer::Whole(layer) => Some(self.training.params.values[layer.weight.range()].to_vec()),
            Layer::Thin(_) => None,
        };
        self.net.layers().into_iter().filter_map(whole).collect()
    }
}

/// Cuts the large network to low rank.
pub(super) fn cut(own: &Cut, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (seed, classes) = (context.seed, own.world.classes());
    let need = needs.first().ok_or_else(|| other("there is no large network to cut"))?;
    let Some(trained) = need.handed_over()? else { return Ok(diverged(&[], "the large network diverged".to_owned())) };
    let mut teacher = fixed(Params::new(stream(seed, Purpose::Weights, 0)), own.whole(), classes, Some(trained))?;
    let shape = Shape { ratio: own.ratio, ..own.whole() };
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 1));
    let net = Net::new(&mut params, shape, classes);
    network::cut(&teacher.net, &teacher.training.params, &net, &mut params)?;
    let [_, valid, test] = data::upstream(own.world, [own.train, own.valid, own.test], seed, context.files)?;
    let mut thin = Fixed { net, training: Training::new(params, 0.0) };
    let found = [
        ("upstream", right(&thin.net, &mut thin.training, &test)),
        ("valid", right(&thin.net, &mut thin.training, &valid)),
        ("weights", Some(thin.training.params.len() as f64)),
        ("multiplications", Some(shape.multiplications(classes))),
        ("distance", distance(&mut thin, &mut teacher, &valid)),
        ("deviation", deviation(&thin, &teacher.layers())),
        ("work", Some(0.0)),
        ("passed", Some(0.0)),
    ];
    let bytes = thin.training.params.to_bytes().map_err(other)?;
    Ok(outcome(&[[1.0, 0.0]], &found, Some(bytes), Status::Done))
}

/// A network with these weights, or with its first ones.
fn fixed(mut params: Params<f32>, shape: Shape, classes: usize, weights: Option<&[u8]>) -> Result<Fixed, StudyError> {
    let net = Net::new(&mut params, shape, classes);
    if let Some(weights) = weights {
        params.read(weights).map_err(other)?;
    }
    Ok(Fixed { net, training: Training::new(params, 0.0) })
}

/// Mean squared difference of features, mean over layers; `None` where layers are of other widths.
fn distance(one: &mut Fixed, teacher: &mut Fixed, samples: &Samples) -> Option<f64> {
    let (ours, theirs) = (one.features(&samples.pixels), teacher.features(&samples.pixels));
    let mean = |(a, b): (&Vec<f32>, &Vec<f32>)| {
        let gaps: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
        (a.len() == b.len()).then(|| gaps / a.len().max(1) as f64)
    };
    let all: Option<Vec<f64>> = ours.iter().zip(&theirs).map(mean).collect();
    all.map(|all| all.iter().sum::<f64>() / all.len().max(1) as f64)
}

/// The largest entry by which products of thin layers differ from these weights, mean over layers; `None` without thin layers.
fn deviation(one: &Fixed, wanted: &[Vec<f32>]) -> Option<f64> {
    let values = &one.training.params.values;
    let mut gaps = Vec::new();
    for (layer, wanted) in one.net.layers().into_iter().zip(wanted) {
        let Layer::Thin(LowRank { down, up, .. }) = layer else { continue };
        let mut product = vec![0.0_f32; up.outs * down.ins];
        let (left, right) = (&values[up.weight.range()], &values[down.weight.range()]);
        matmul(&mut product, down.ins, false, Mat::new(left, up.outs, up.ins), Mat::new(right, down.outs, down.ins), 1.0);
        gaps.push(f64::from(farthest(&product, wanted).1));
    }
    (!gaps.is_empty()).then(|| gaps.iter().sum::<f64>() / gaps.len() as f64)
}

/// The loss of a step: cross-entropy, and what the method adds to it.
struct Objective<'a> {
    own: &'a Settings,
    /// Weights of the layers of the large network.
    layers: &'a [Vec<f32>],
    /// Features that are distilled; none where nobody's are.
    wanted: &'a [Vec<f32>],
}

impl Objective<'_> {
    fn loss(&self, pass: &mut Pass<'_, f32>, net: &Net, batch: &Batch, room: &mut Vec<f32>) -> Var {
        let own = self.own;
        let (features, scores) = net.forward(pass, &batch.pixels, batch.labels.len());
        let errors = losses::cross_entropy(pass, scores, &batch.labels, 0.0);
        let mut loss = pass.mean(errors);
        if let Some(gap) = feature_gap(pass, &features, self.wanted) {
            let gap = pass.affine(gap, own.features, 0.0);
            loss = pass.add(loss, gap);
        }
        if own.method.hold() != Hold::Nothing {
            let weight = own.perturbation / self.layers.len().max(1) as f64;
            for (layer, wanted) in net.layers().into_iter().zip(self.layers) {
                let Layer::Thin(thin) = layer else { continue };
                let gap = match own.method.hold() {
                    Hold::All => mean_gap(pass, thin, wanted),
                    _ => largest_gap(pass, thin, wanted, own.tolerance, room),
                };
                let gap = pass.affine(gap, weight, 0.0);
                loss = pass.add(loss, gap);
            }
        }
        loss
    }
}

/// Runs an intermediate pretraining; its rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (seed, classes) = (context.seed, own.world.classes());
    let start = own.method.start();
    let parted = needs.split_at_checked(1 + usize::from(start == Start::Cut));
    let (first, tunings) = parted.ok_or_else(|| other("an intermediate pretraining lacks the network that it begins from"))?;
    let scores: Vec<f64> = tunings.iter().map(|o| o.scalar("valid").unwrap_or(0.0)).collect();
    let rate = best(&own.rates, &scores).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let (Some(teacher), Some(begun)) = (first.first(), first.last()) else { return Err(other("there is no large network")) };
    let (Some(trained), Some(begun)) = (teacher.handed_over()?, begun.handed_over()?) else {
        return Ok(diverged(&[], "the large network diverged".to_owned()));
    };
    let mut teacher = fixed(Params::new(stream(seed, Purpose::Weights, 0)), own.whole(), classes, Some(trained))?;
    let mut untrained = fixed(Params::new(stream(seed, Purpose::Weights, 3)), own.whole(), classes, None)?;
    let layers = teacher.layers();
    let begun = (start != Start::First).then_some(begun);
    let Fixed { net, mut training } = fixed(Params::new(stream(seed, Purpose::Weights, 1)), own.shape(), classes, begun)?;
    let [mut train, valid, test] = data::upstream(own.world, [own.train, own.valid, own.test], seed, context.files)?;
    if own.method == Method::SvdCeShuffled {
        train.labels.shuffle(&mut stream(seed, Purpose::Deal, 2));
    }
    let course = Course { steps: own.middle_steps() as u64, points: POINTS, rate };
    let (mut batch, mut room) = (Batch::default(), Vec::new());
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let mut rng = stream(seed, Purpose::Steps, k);
        batch.draw(&train, own.batch, &mut rng);
        let wanted = match own.method.distil() {
            Distil::Nobody => Vec::new(),
            Distil::Teacher => teacher.features(&batch.pixels),
            Distil::Untrained => untrained.features(&batch.pixels),
        };
        let objective = Objective { own, layers: &layers, wanted: &wanted };
        training.step(rate, rng, |pass| objective.loss(pass, &net, &batch, &mut room))
    })?;
    if let Some(why) = ended {
        return Ok(diverged(&curve, why));
    }
    let mut done = Fixed { net, training };
    let Some(upstream) = right(&done.net, &mut done.training, &test) else {
        return Ok(diverged(&curve, "scores are no longer finite; lower the rate".to_owned()));
    };
    let found = [
        ("upstream", Some(upstream)),
        ("valid", right(&done.net, &mut done.training, &valid)),
        ("weights", Some(done.training.params.len() as f64)),
        ("multiplications", Some(own.shape().multiplications(classes))),
        ("distance", distance(&mut done, &mut teacher, &valid)),
        ("deviation", deviation(&done, &layers)),
        ("work", Some(1e-9 * own.middle_steps() as f64 * own.step_cost())),
        ("passed", Some((own.middle_steps() * own.batch) as f64)),
        ("rate", Some(rate)),
    ];
    let bytes = done.training.params.to_bytes().map_err(other)?;
    Ok(outcome(&curve, &found, Some(bytes), Status::Done))
}
