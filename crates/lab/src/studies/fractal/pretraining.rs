//! Pretraining: on fractals that are made for the step that sees them, or on digits.

use nets::layers::Images;
use nets::models::Cnn;
use nets::{Params, Training, losses};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::data::{self, Task};
use super::outcome::{diverged, outcome};
use super::plan::{Source, candidates};
use super::{Settings, other};
use crate::blocks::course::{self, Course};
use crate::blocks::fractals::{Fractals, Kind};
use crate::blocks::halves::SIDE;
use crate::blocks::probes::largest;
use crate::blocks::samples::{Batch, Samples, moments, rescale};
use crate::blocks::sized_encoder::scores;
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::{best, encoder};
use crate::{Context, Outcome, Status, StudyError};

/// Points of the curve of the loss.
const POINTS: u64 = 20;

/// New pictures that tell how well it was learned.
pub(super) const NEW: usize = 256;

/// Where pictures come from.
enum Supply {
    /// Fractals, with their own labels or with random ones, and how their numbers are scaled.
    Fractals { fractals: Fractals, random: bool, scale: (f64, f64) },
    /// Digits, scaled already.
    Digits(Samples),
}

/// The pictures of a step.
struct Step {
    pixels: Vec<f32>,
    /// The classes in each picture.
    shown: Vec<Vec<u32>>,
}

impl Supply {
    fn new(own: &Settings, context: &Context<'_>) -> Result<Self, StudyError> {
        let seed = context.seed;
        match own.pretraining.source() {
            Source::Nothing => Err(other("there is nothing to pretrain on")),
            Source::Digits => {
                let mut samples = data::source(own, seed, context.files)?;
                let scale = moments(&samples);
                rescale(&mut samples.pixels, scale);
                Ok(Self::Digits(samples))
            }
            Source::Fractals { kind, random } => {
                // Kinds with maps of one sort have the same ones.
                let loose = matches!(kind, Kind::Db | Kind::DbJittered);
                let fractals = Fractals::new(kind, own.systems, SIDE, own.points, &mut stream(seed, Purpose::Projection, u64::from(loose)));
                let some = fractals.draw(NEW, &mut stream(seed, Purpose::Projection, 2));
                let scale = moments(&Samples { pixels: some.pixels, labels: Vec::new(), side: SIDE });
                Ok(Self::Fractals { fractals, random, scale })
            }
        }
    }

    /// How many classes there are.
    fn classes(&self, own: &Settings) -> usize {
        match self {
            Self::Fractals { .. } => own.systems,
            Self::Digits(_) => own.world.half(),
        }
    }

    /// So many pictures.
    fn draw(&self, own: &Settings, count: usize, mut rng: Pcg64) -> Step {
        match self {
            Self::Digits(samples) => {
                let mut batch = Batch::default();
                batch.draw(samples, count, &mut rng);
                Step { pixels: batch.pixels, shown: batch.labels.into_iter().map(|label| vec![label]).collect() }
            }
            Self::Fractals { fractals, random, scale } => {
                let drawn = fractals.draw(count, &mut rng);
                let (mut pixels, mut shown) = (drawn.pixels, drawn.shown);
                rescale(&mut pixels, *scale);
                if *random {
                    random_classes(&mut shown, own.systems, &mut rng);
                }
                Step { pixels, shown }
            }
        }
    }
}

/// Classes drawn at random in the place of those of each picture: as many as there are, none of them twice.
pub(super) fn random_classes(shown: &mut [Vec<u32>], classes: usize, rng: &mut Pcg64) {
    for set in shown {
        let wanted = set.len().min(classes);
        set.clear();
        while set.len() < wanted {
            let class = rng.random_range(0..classes) as u32;
            if !set.contains(&class) {
                set.push(class);
            }
        }
    }
}

/// A yes (1) or no (0) for every class of every picture.
fn marks(shown: &[Vec<u32>], classes: usize) -> Vec<f32> {
    let mut marks = vec![0.0; shown.len() * classes];
    for (row, shown) in marks.chunks_exact_mut(classes.max(1)).zip(shown) {
        for class in shown {
            if let Some(mark) = row.get_mut(*class as usize) {
                *mark = 1.0;
            }
        }
    }
    marks
}

/// Share of pictures of which the class with the highest score is a right one, and what a guess would have.
fn right(net: &Cnn, training: &mut Training<f32>, new: &Step, classes: usize) -> [f64; 2] {
    let samples = Samples { pixels: new.pixels.clone(), labels: Vec::new(), side: SIDE };
    let scores = scores(net, training, &samples);
    let found = scores.chunks_exact(classes.max(1)).map(|row| largest(row.iter().map(|s| f64::from(*s))));
    let n = new.shown.len().max(1) as f64;
    let right = found.zip(&new.shown).filter(|(class, shown)| shown.contains(class)).count() as f64;
    let guess: usize = new.shown.iter().map(Vec::len).sum();
    [right / n, guess as f64 / n / classes.max(1) as f64]
}

/// The rate of pretraining: that whose best rate of tasks is best, mean over tasks; the first where there is nothing to choose by.
fn chosen(own: &Settings, needs: &[Outcome]) -> Result<f64, StudyError> {
    let pairs = candidates(own);
    let each = (needs.len() / pairs.len().max(1)).max(1);
    let score = |rate: f64| {
        let of = |task: Task| {
            let tried = pairs.iter().zip(needs.chunks(each)).filter(|(pair, _)| pair.0 == rate);
            let sum = |outcomes: &[Outcome]| outcomes.iter().map(|o| o.scalar(task.names().1).unwrap_or(0.0)).sum::<f64>();
            tried.map(|(_, outcomes)| sum(outcomes)).fold(0.0, f64::max)
        };
        Task::ALL.into_iter().map(of).sum::<f64>()
    };
    let scores: Vec<f64> = own.pretraining_rates.iter().map(|rate| score(*rate)).collect();
    best(&own.pretraining_rates, &scores).ok_or_else(|| other("there is no learning rate to choose from"))
}

/// Runs a pretraining; its rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let rate = chosen(own, needs)?;
    let supply = Supply::new(own, context)?;
    let classes = supply.classes(own);
    let several = matches!(own.pretraining.source(), Source::Fractals { kind: Kind::Instances, .. });
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let net = encoder::build(&mut params, own.width, classes);
    let mut training = Training::new(params, 0.0);
    let course = Course { steps: own.steps as u64, points: POINTS, rate };
    let shape = Images { batch: own.batch, height: SIDE, width: SIDE };
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let step = supply.draw(own, own.batch, stream(seed, Purpose::Pretraining, k));
        training.step(rate, Pcg64::seed_from_u64(k), |pass| {
            let x = pass.input(&step.pixels, shape.rows(), 1);
            let scores = net.scores(pass, x, shape);
            let errors = if several {
                losses::binary_cross_entropy(pass, scores, &marks(&step.shown, classes))
            } else {
                let labels: Vec<u32> = step.shown.iter().map(|s| s.first().copied().unwrap_or(0)).collect();
                losses::cross_entropy(pass, scores, &labels, 0.0)
            };
            pass.mean(errors)
        })
    })?;
    if let Some(why) = ended {
        return Ok(diverged(&curve, why));
    }
    let new = supply.draw(own, NEW, stream(seed, Purpose::Projection, 3));
    let [pretext, chance] = right(&net, &mut training, &new, classes);
    if training.params.values.iter().chain(&training.params.state).any(|v| !v.is_finite()) {
        return Ok(diverged(&curve, "weights are no longer finite; lower the rate".to_owned()));
    }
    let passed = Some((own.steps * own.batch) as f64);
    let found = [("pretext", Some(pretext)), ("chance", Some(chance)), ("passed", passed), ("rate", Some(rate))];
    let weights = training.params.to_bytes().map_err(other)?;
    Ok(outcome(&curve, &found, Some(weights), Status::Done))
}
