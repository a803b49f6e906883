//! All fine-tunings of a method with one seed, and the pretrainings before them.

use super::network::{Body, fine_tune};
use super::plan::{Content, Start};
use super::pretraining::Course;
use super::world::{MEAN_NODES, PAIRS, SETS, TARGETS, World};
use super::{Settings, arm, network, other};
use crate::blocks::best;
use crate::blocks::graphons::Graph;
use crate::{Context, Go, Outcome, Status, StudyError};

impl Start {
    /// How many pieces of work there are, and how many fine-tunings each has: sets of sources with all targets, or targets.
    fn pieces(self) -> (usize, usize) {
        if self.pretrains() { (SETS.len(), TARGETS) } else { (TARGETS, 1) }
    }

    /// Steps of fine-tuning: those of everybody, and without pretraining for longer as many more as pass the nodes of both methods, of which that of
    /// contexts passes graphs twice.
    pub(super) fn steps(self, own: &Settings) -> usize {
        let more = if self == Self::Longer { (3 * own.pretraining_steps * own.pretraining_batch).div_ceil(own.examples) } else { 0 };
        own.steps + more
    }

    /// Operations of all of it.
    pub(super) fn flops(self, own: &Settings) -> f64 {
        let (pieces, each) = self.pieces();
        let node = MEAN_NODES * network::forward(own);
        let passes = match self {
            Self::AttrMask => 3.0,
            Self::ContextPred => 6.0,
            Self::Scratch | Self::Longer => 0.0,
        };
        let before = passes * (own.pretraining_steps * own.pretraining_batch) as f64;
        let fit = 3.0 * (self.steps(own) * own.examples) as f64 + (own.valid + own.test) as f64;
        pieces as f64 * node * (before + each as f64 * fit)
    }
}

/// Numbers that were saved: accuracies on test and validation parts, piece by piece. `None` for bytes that are none of it.
fn saved(bytes: &[u8], most: usize, piece: usize) -> Option<Vec<f64>> {
    let (words, rest) = bytes.as_chunks::<8>();
    let numbers: Vec<f64> = words.iter().map(|word| f64::from_le_bytes(*word)).collect();
    let sound = rest.is_empty() && numbers.len() <= most && numbers.len().is_multiple_of(piece) && numbers.iter().all(|v| (0.0..=1.0).contains(v));
    sound.then_some(numbers)
}

/// Runs them. It needs those that its rate is chosen by: as many for each rate.
pub(super) fn run(start: Start, content: Content, own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let scores: Vec<f64> = needs.iter().map(|need| need.scalar("valid").unwrap_or(0.0)).collect();
    let rate = best(&own.rates, &scores).ok_or_else(|| other("there is no rate"))?;
    let world = World::new(own, context.seed);
    let (pieces, each) = start.pieces();
    let all = 2 * pieces * each;
    let mut found = context.checkpoint.load().and_then(|bytes| saved(&bytes, all, 2 * each)).unwrap_or_default();
    while found.len() < all {
        match piece(start, content, own, &world, rate, found.len() / (2 * each), context.seed) {
            Ok(numbers) => found.extend(numbers),
            Err(why) => return Ok(arm::outcome(&[], &[], &[("rate", Some(rate))], Status::Diverged(why))),
        }
        let stop = (context.watch)(found.len() as f64 / all as f64) == Go::Stop;
        if found.len() < all {
            let bytes: Vec<u8> = found.iter().flat_map(|v| v.to_le_bytes()).collect();
            context.checkpoint.save(&bytes).map_err(|e| other(format!("cannot save the progress: {e}")))?;
            if stop {
                return Err(StudyError::Interrupted);
            }
        }
    }
    let (accuracies, valid): (Vec<f64>, Vec<f64>) = found.as_chunks::<2>().0.iter().map(|pair| (pair[0], pair[1])).unzip();
    // Without pretraining, a target has the same number with every set.
    let by_pair = |numbers: &[f64]| numbers.iter().copied().cycle().take(PAIRS).collect::<Vec<f64>>();
    let mean = |numbers: &[f64]| Some(numbers.iter().sum::<f64>() / numbers.len().max(1) as f64);
    let scalars = [("accuracy", mean(&accuracies)), ("valid", mean(&valid)), ("rate", Some(rate))];
    Ok(arm::outcome(&by_pair(&accuracies), &by_pair(&valid), &scalars, Status::Done))
}

/// One piece of work: for every fine-tuning the accuracy on the test part, and then that on the validation part.
fn piece(start: Start, content: Content, own: &Settings, world: &World, rate: f64, number: usize, seed: u64) -> Result<Vec<f64>, String> {
    let steps = start.steps(own);
    if !start.pretrains() {
        return Ok(fine_tune(own, seed, None, &world.targets[number], rate, steps)?.to_vec());
    }
    let random: Vec<Graph> = if content == Content::RandomGraphs { world.random_graphs(number, seed) } else { Vec::new() };
    let graphs: Vec<&Graph> = if random.is_empty() { world.sources(number).into_iter().flatten().collect() } else { random.iter().collect() };
    let (contexts, shuffled) = (start == Start::ContextPred, content == Content::Shuffled);
    let body: Body = Course { own, graphs: &graphs, contexts, shuffled, rate, set: number }.run(seed)?;
    let mut found = Vec::new();
    for target in &world.targets {
        found.extend(fine_tune(own, seed, Some(&body), target, rate, steps)?);
    }
    Ok(found)
}
