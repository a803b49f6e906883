//! The course of a pretraining: steps with a rate that falls to zero, a curve of the loss, and progress that it can go on from.

use nets::Training;

use crate::{Context, Go, StudyError};

/// How long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course {
    /// Steps in all.
    pub(crate) steps: u64,
    /// Points of its curve.
    pub(crate) points: u64,
    /// The rate of the first step; it falls to zero along a line.
    pub(crate) rate: f64,
}

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq)]
struct Progress {
    step: u64,
    /// Losses since the last point of the curve, and how many.
    open: [f64; 2],
    /// Steps done, and the mean loss since the point before.
    curve: Vec<[f64; 2]>,
}

/// Steps between two looks at the watch, and between two saves.
const PIECE: u64 = 4;
const SAVE: u64 = 200;

/// As bytes: three counts, the open losses, the curve, what else is remembered, and the training.
fn to_bytes(progress: &Progress, memory: &[f32], training: &[u8]) -> Vec<u8> {
    let counts = [progress.step, progress.curve.len() as u64, memory.len() as u64];
    let mut bytes: Vec<u8> = counts.into_iter().flat_map(u64::to_le_bytes).collect();
    bytes.extend(progress.open.iter().chain(progress.curve.iter().flatten()).flat_map(|v| v.to_le_bytes()));
    bytes.extend(memory.iter().flat_map(|v| v.to_le_bytes()));
    bytes.extend(training);
    bytes
}

/// `None` for bytes that are none of it; what is wrong with the training is found when it is read.
fn from_bytes(bytes: &[u8]) -> Option<(Progress, Vec<f32>, &[u8])> {
    let word = |k: usize| bytes.get(8 * k..8 * k + 8)?.try_into().ok().map(u64::from_le_bytes);
    let count = |k: usize| usize::try_from(word(k)?).ok().filter(|n| *n < bytes.len());
    let (points, remembered) = (count(1)?, count(2)?);
    let numbers: Vec<f64> = (3..5 + 2 * points).map(|k| word(k).map(f64::from_bits)).collect::<Option<_>>()?;
    let (open, curve) = numbers.split_at_checked(2)?;
    let from = 8 * (5 + 2 * points);
    let memory = bytes.get(from..from + 4 * remembered)?.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let curve = curve.as_chunks::<2>().0.to_vec();
    Some((Progress { step: word(0)?, open: [open[0], open[1]], curve }, memory, bytes.get(from + 4 * remembered..)?))
}

/// Trains to the end, from what was saved. `step` makes one step at a rate and gives the loss before it; `memory` is what it remembers beside the
/// training (a queue of features). Gives the curve, and why it ended early, if it did.
pub(crate) fn run(
    training: &mut Training<f32>,
    memory: &mut Vec<f32>,
    course: Course,
    context: &mut Context<'_>,
    mut step: impl FnMut(&mut Training<f32>, &mut Vec<f32>, u64, f64) -> f64,
) -> Result<(Vec<[f64; 2]>, Option<String>), StudyError> {
    let last = course.steps.max(1);
    let points = |done: u64| done * course.points.clamp(1, last) / last;
    let mut progress = Progress::default();
    if let Some(bytes) = context.checkpoint.load()
        && let Some((saved, remembered, trained)) = from_bytes(&bytes)
        && saved.step <= last
        && saved.curve.len() as u64 == points(saved.step)
        && training.read(trained).is_ok()
    {
        (progress, *memory) = (saved, remembered);
    }
    while progress.step < last {
        let rate = course.rate * (1.0 - progress.step as f64 / last as f64);
        let loss = step(training, memory, progress.step, rate);
        if !loss.is_finite() {
            let why = format!("the loss is no longer finite at step {} of {last}; lower the rate", progress.step);
            return Ok((progress.curve, Some(why)));
        }
        progress.open[0] += loss;
        progress.open[1] += 1.0;
        progress.step += 1;
        if points(progress.step) > progress.curve.len() as u64 {
            progress.curve.push([progress.step as f64, progress.open[0] / progress.open[1]]);
            progress.open = [0.0; 2];
        }
        if progress.step.is_multiple_of(PIECE) || progress.step == last {
            let stop = (context.watch)(progress.step as f64 / last as f64) == Go::Stop;
            if (stop || progress.step.is_multiple_of(SAVE)) && progress.step < last {
                let saved = context.checkpoint.save(&to_bytes(&progress, memory, &training.to_bytes()));
                saved.map_err(|e| StudyError::Other(format!("cannot save the progress at step {}: {e}", progress.step)))?;
            }
            if stop && progress.step < last {
                return Err(StudyError::Interrupted);
            }
        }
    }
    Ok((progress.curve, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, NoFiles};
    use nets::Params;
    use nets::layers::Linear;
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    const COURSE: Course = Course { steps: 10, points: 4, rate: 0.1 };

    type Found = Result<(Vec<[f64; 2]>, Option<String>), StudyError>;

    fn train(checkpoint: &mut Memory, watch: &dyn Fn(f64) -> Go) -> (Found, Vec<f32>, Vec<f32>) {
        let mut params = Params::<f32>::new(Pcg64::seed_from_u64(1));
        let layer = Linear::new(&mut params, "l", 1, 1);
        let mut training = Training::new(params, 0.0);
        let mut memory = Vec::new();
        let mut context = Context { seed: 0, checkpoint, files: &NoFiles, watch };
        let found = run(&mut training, &mut memory, COURSE, &mut context, |training, memory, k, rate| {
            memory.push(k as f32);
            training.step(rate, Pcg64::seed_from_u64(k), |pass| {
                let x = pass.input(&[1.0], 1, 1);
                let y = layer.forward(pass, x);
                pass.square(y)
            })
        });
        (found, memory, training.params.values)
    }

    #[test]
    fn stopped_and_resumed_is_the_same() {
        let whole = train(&mut Memory::default(), &|_| Go::On);
        let (curve, ended) = whole.0.clone().unwrap();
        assert_eq!((curve.len(), curve[3][0], ended, whole.1.len()), (4, 10.0, None, 10));
        let mut kept = Memory::default();
        assert_eq!(train(&mut kept, &|_| Go::Stop).0, Err(StudyError::Interrupted));
        let resumed = train(&mut kept, &|_| Go::On);
        assert_eq!(resumed, whole);
        let mut cut = Memory(kept.0.map(|bytes| bytes[..bytes.len() / 2].to_vec()));
        assert_eq!(train(&mut cut, &|_| Go::On), whole);
        assert_eq!(train(&mut Memory(Some(b"odd".to_vec())), &|_| Go::On), whole);
    }
}
