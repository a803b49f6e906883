//! The training of a learner, and what is measured along the way.

use super::designer::{Designer, random_like};
use super::gather::{self, Look};
use super::learner::{Learner, add, dot};
use super::world::World;
use super::{Design, Settings};
use crate::blocks::streams::{Purpose, stream};
use crate::grid::log_spaced;
use crate::{Context, Go, Outcome, StudyError};

/// Steps between two looks at the watch.
const PIECE: u64 = 50;

/// Operations of a step of the learner, with what its targets cost. A score or a slope of all tokens takes two for each number of a table.
pub(super) fn flops_of_step(own: &Settings, design: Design) -> f64 {
    let table = 2.0 * (own.features * own.tokens) as f64;
    let learner = 2.0 * table;
    let down = if design == Design::Oracle { own.contexts as f64 / 2.0 } else { own.batch as f64 };
    let batch = own.batch as f64;
    match design {
        _ if design.learns() => batch * (learner + 3.0 * table) + down * learner,
        Design::Labels => 2.0 * batch * learner,
        _ => batch * learner,
    }
}

/// Operations of a run: its steps, and its looks at all contexts and labels.
pub(super) fn flops(own: &Settings) -> f64 {
    let look = 2.0 * (own.features * own.tokens) as f64 * (2 * own.contexts + 4 * own.feedback) as f64;
    own.length() as f64 * flops_of_step(own, own.design) + (own.looks + 1) as f64 * look
}

/// What is looked at: losses that are exact, over contexts.
struct Exam<'a> {
    world: &'a World,
    mixture: Vec<Vec<f64>>,
    /// Entropies of what is asked: of the task, of the last source and of the stream.
    floors: [f64; 3],
}

fn entropy<'a>(all: impl ExactSizeIterator<Item = &'a [f64]>) -> f64 {
    let share = 1.0 / all.len().max(1) as f64;
    all.map(|p| -share * p.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>()).sum()
}

impl<'a> Exam<'a> {
    fn new(world: &'a World) -> Self {
        let mixture: Vec<Vec<f64>> = (0..world.features.len()).map(|context| world.mixture(context)).collect();
        let task = entropy(world.tested().map(|context| world.task[context].as_slice()));
        let last = entropy(world.tested().map(|context| world.last(context)));
        let all = entropy(mixture.iter().map(Vec::as_slice));
        Self { world, mixture, floors: [task, last, all] }
    }

    /// Losses above what is possible: of the task and of the last source on contexts that are tested, of the stream on all; and the share of right
    /// answers to the task, over the largest there could be.
    fn look(&self, learner: &Learner, step: u64) -> Look {
        let world = self.world;
        let x = |context: usize| world.features[context].as_slice();
        let task = learner.loss(world.tested().map(|context| (x(context), world.task[context].as_slice())), None);
        let other = learner.loss(world.tested().map(|context| (x(context), world.last(context))), None);
        let stream = learner.loss(self.mixture.iter().enumerate().map(|(context, p)| (x(context), p.as_slice())), None);
        let (mut right, mut best) = (0.0, 0.0);
        let mut p = vec![0.0; world.task.first().map_or(0, Vec::len)];
        for context in world.tested() {
            learner.probabilities(x(context), &mut p);
            let asked = &world.task[context];
            let likeliest = (0..p.len()).max_by(|a, b| p[*a].total_cmp(&p[*b])).unwrap_or(0);
            right += asked[likeliest];
            best += asked.iter().copied().fold(0.0, f64::max);
        }
        let [first, second, third] = self.floors;
        Look { step: step as f64, task: task - first, other: other - second, stream: stream - third, accuracy: right / best }
    }

    /// The gradient of the whole task.
    fn slope(&self, learner: &Learner, gradient: &mut [f64]) {
        let world = self.world;
        learner.loss(world.tested().map(|context| (world.features[context].as_slice(), world.task[context].as_slice())), Some(gradient));
    }
}

/// Half the Frobenius norm of the mean of x xᵀ over the labels: the gradient of their loss changes by no more than this for a unit of weights.
pub(super) fn smoothness(world: &World) -> f64 {
    let count = world.labels.len().max(1) as f64;
    let x = |k: usize| world.features[world.labels[k].0].as_slice();
    let square: f64 = (0..world.labels.len()).flat_map(|a| (0..world.labels.len()).map(move |b| (a, b))).map(|(a, b)| dot(x(a), x(b)).powi(2)).sum();
    0.5 * square.sqrt() / count
}

/// First-order values of steps, and what the steps brought.
#[derive(Default)]
pub(super) struct Values {
    promised: Vec<f64>,
    realised: Vec<f64>,
    /// How far what was realised lies above the bound, at the least.
    slack: Option<f64>,
}

impl Values {
    fn add(&mut self, promised: f64, realised: f64, bound: f64) {
        self.promised.push(promised);
        self.realised.push(realised);
        self.slack = Some(self.slack.map_or(realised - bound, |least| least.min(realised - bound)));
    }

    /// Slope of what was realised by what was promised, through nothing; their correlation; and the least distance to the bound.
    pub(super) fn numbers(&self) -> [Option<f64>; 3] {
        let square = dot(&self.promised, &self.promised);
        let slope = (square > 0.0).then(|| dot(&self.promised, &self.realised) / square);
        [slope, evaluation::stat::pearson(&self.promised, &self.realised), self.slack]
    }
}

/// Trains with a pair of a rate and a share.
pub(super) fn run(own: &Settings, chosen: (f64, f64), context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (seed, last) = (context.seed, own.length());
    let (rate, share) = chosen;
    let world = World::new(own, seed);
    let exam = Exam::new(&world);
    let beta = smoothness(&world);
    let mut learner = Learner::new(own.features, own.tokens);
    let mut designer = Designer::new(own, share);
    let grid = log_spaced(1, last, own.looks);
    let mut looks = vec![exam.look(&learner, 0)];
    let (mut values, mut opened) = (Values::default(), (0.0_f64, 0.0_f64));
    let (mut pre, mut down, mut q) = (vec![0.0; learner.weights.len()], vec![0.0; learner.weights.len()], Vec::new());
    let x = |context: usize| world.features[context].as_slice();
    for step in 0..last {
        let tokens = world.tokens(step);
        designer.begin();
        q.clear();
        let mut p = vec![0.0; own.tokens];
        for (context, came) in &tokens {
            learner.probabilities(x(*context), &mut p);
            let mut one = vec![0.0; own.tokens];
            designer.target(*context, x(*context), *came, &p, &mut one);
            q.push(one);
        }
        pre.fill(0.0);
        learner.loss(tokens.iter().zip(&q).map(|((context, _), q)| (x(*context), q.as_slice())), Some(&mut pre));
        if own.design.learns() || own.design == Design::Labels {
            down.fill(0.0);
            if own.design == Design::Oracle {
                exam.slope(&learner, &mut down);
            } else {
                let seen = world.feedback(step);
                learner.loss(seen.iter().map(|k| (x(world.labels[*k].0), world.labels[*k].1.as_slice())), Some(&mut down));
            }
            match own.design {
                Design::Random => random_like(&mut down, &mut stream(seed, Purpose::Projection, step)),
                Design::Labels => {
                    pre.iter_mut().for_each(|g| *g *= 1.0 - share);
                    add(&mut pre, share, &down);
                }
                _ => {}
            }
        }
        let eta = rate * (1.0 - step as f64 / last as f64);
        let looked = grid.binary_search(&(step + 1)).is_ok();
        let labelled = |learner: &Learner, gradient: Option<&mut [f64]>| {
            learner.loss(world.labels.iter().map(|(context, label)| (x(*context), label.as_slice())), gradient)
        };
        let mut whole = vec![0.0; if looked { pre.len() } else { 0 }];
        let before = if looked { labelled(&learner, Some(&mut whole)) } else { 0.0 };
        add(&mut learner.weights, -eta, &pre);
        if looked {
            let (promised, realised) = (eta * dot(&whole, &pre), before - labelled(&learner, None));
            values.add(promised, realised, promised - 0.5 * beta * eta * eta * dot(&pre, &pre));
        }
        designer.learn(&down, &world.features);
        opened = (opened.0 + designer.alpha(), opened.1 + 1.0);
        let done = step + 1;
        if looked {
            let look = exam.look(&learner, done);
            if !look.is_finite() {
                return Ok(gather::diverged(chosen, format!("a loss is no longer finite at step {done} of {last}; lower the rate")));
            }
            looks.push(look);
        }
        if done.is_multiple_of(PIECE) && done < last && (context.watch)(done as f64 / last as f64) == Go::Stop {
            // It is over in a moment: nothing is kept.
            return Err(StudyError::Interrupted);
        }
    }
    let alpha = own.design.learns().then(|| opened.0 / opened.1.max(1.0));
    Ok(gather::done(own, chosen, &looks, &values, alpha))
}
