//! A training on a few pictures: steps with a rate that rises for a while and then falls to zero, short enough that it is not saved.

use nets::Training;
use rand_pcg::Pcg64;

use super::samples::{Batch, Samples};
use super::streams::{Purpose, stream};
use crate::{Context, Go, StudyError};

/// Steps between two looks at the watch.
const PIECE: usize = 4;

/// Share of the steps in which the rate rises.
const RISE: f64 = 0.1;

/// How it goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FewShot {
    /// Steps in all.
    pub(crate) steps: usize,
    /// Pictures of a step.
    pub(crate) batch: usize,
    /// The highest rate.
    pub(crate) rate: f64,
    /// Which of several trainings of a stage it is: the pictures of its steps are its own, and the same for all arms of a seed.
    pub(crate) number: u64,
}

impl FewShot {
    /// The rate of a step.
    fn rate(&self, step: usize) -> f64 {
        let rise = (RISE * self.steps as f64).ceil().max(1.0);
        self.rate * ((step + 1) as f64 / rise).min(1.0) * (1.0 - step as f64 / self.steps.max(1) as f64)
    }

    /// Trains to the end; `step` makes one step on these pictures at a rate, with random numbers of its own, and gives the loss before it. Gives why
    /// it ended early, if it did.
    ///
    /// # Errors
    /// [`StudyError::Interrupted`] when the watch says stop; nothing is saved, and the next run begins anew.
    pub(crate) fn run(
        &self,
        training: &mut Training<f32>,
        samples: &Samples,
        context: &Context<'_>,
        mut step: impl FnMut(&mut Training<f32>, &mut Batch, Pcg64, f64) -> f64,
    ) -> Result<Option<String>, StudyError> {
        let mut batch = Batch::default();
        for k in 0..self.steps {
            let mut rng = stream(context.seed, Purpose::Steps, (self.number << 32) | k as u64);
            batch.draw(samples, self.batch, &mut rng);
            let loss = step(training, &mut batch, rng, self.rate(k));
            if !loss.is_finite() {
                return Ok(Some(format!("the loss is no longer finite at step {k} of {}; lower the rate", self.steps)));
            }
            if k.is_multiple_of(PIECE) && (context.watch)(k as f64 / self.steps as f64) == Go::Stop {
                return Err(StudyError::Interrupted);
            }
        }
        Ok(None)
    }
}

/// Whether a rate is the lowest or the highest of several.
pub(crate) fn at_end(rates: &[f64], rate: f64) -> bool {
    rates.len() > 1 && (rates.iter().all(|other| *other <= rate) || rates.iter().all(|other| *other >= rate))
}

#[cfg(test)]
mod tests {
    use nets::Params;
    use nets::layers::Linear;
    use rand::SeedableRng;

    use super::*;
    use crate::{Memory, NoFiles};

    fn train(rate: f64, watch: &dyn Fn(f64) -> Go) -> (Result<Option<String>, StudyError>, Vec<f64>) {
        let mut params = Params::<f32>::new(Pcg64::seed_from_u64(1));
        let layer = Linear::new(&mut params, "l", 4, 1);
        let mut training = Training::new(params, 0.0);
        let samples = Samples { pixels: (0..12).map(|k| k as f32).collect(), labels: vec![0; 3], side: 2 };
        let mut checkpoint = Memory::default();
        let context = Context { seed: 5, checkpoint: &mut checkpoint, files: &NoFiles, watch };
        let mut rates = Vec::new();
        let tuning = FewShot { steps: 20, batch: 2, rate, number: 1 };
        let found = tuning.run(&mut training, &samples, &context, |training, batch, rng, rate| {
            rates.push(rate);
            training.step(rate, rng, |pass| {
                let x = pass.input(&batch.pixels, 2, 4);
                let y = layer.forward(pass, x);
                let y = pass.square(y);
                pass.mean(y)
            })
        });
        (found, rates)
    }

    #[test]
    fn rates_rise_and_fall() {
        let (found, rates) = train(1e-2, &|_| Go::On);
        assert_eq!((found, rates.len()), (Ok(None), 20));
        assert!((rates[0] - 5e-3).abs() < 1e-12 && (rates[1] - 9.5e-3).abs() < 1e-12 && (rates[19] - 5e-4).abs() < 1e-12, "{rates:?}");
        assert_eq!(train(1e-2, &|_| Go::Stop).0, Err(StudyError::Interrupted));
    }

    #[test]
    fn what_is_not_finite_is_said() {
        let (found, rates) = train(1e30, &|_| Go::On);
        assert!(found.unwrap().is_some_and(|why| why.contains("no longer finite")) && rates.len() < 20);
    }

    #[test]
    fn ends_of_a_grid() {
        assert!(at_end(&[1.0, 2.0, 3.0], 1.0) && at_end(&[1.0, 2.0, 3.0], 3.0) && !at_end(&[1.0, 2.0, 3.0], 2.0) && !at_end(&[1.0], 1.0));
    }
}
