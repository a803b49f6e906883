//! Linear regression on new examples all the time.

use nets::params::normal;
use rand_pcg::Pcg64;

use super::deal::{deal, odd};
use super::weights::focus;
use super::{Data, Settings, gather};
use crate::blocks::streams::{Purpose, stream};
use crate::grid::log_spaced;
use crate::{Context, Go, Outcome, Status, StudyError};

/// Operations of a number of an example: mostly those of drawing it.
const DRAW: f64 = 80.0;
/// Steps between two looks at the watch.
const PIECE: u64 = 50;
/// A loss that is so many times the first one has diverged.
const LOST: f64 = 1e6;

/// What a run costs.
pub(super) fn flops(own: &Settings) -> f64 {
    DRAW * (own.steps * own.batch * own.dimension) as f64
}

/// The world of a seed.
struct World<'a> {
    own: &'a Settings,
    seed: u64,
    /// Standard deviations of inputs.
    scales: Vec<f64>,
    /// The map that is to be found.
    target: Vec<f64>,
    /// Inputs of the pool, one example after the other.
    pool: Vec<f64>,
    /// Standard deviation of the noise of wrong targets.
    noise: f64,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl<'a> World<'a> {
    fn new(own: &'a Settings, seed: u64) -> Self {
        let last = own.dimension.saturating_sub(1).max(1) as f64;
        let scales: Vec<f64> = (0..own.dimension).map(|k| 1.0 + (own.least - 1.0) * k as f64 / last).collect();
        let mut rng = stream(seed, Purpose::Pictures, 0);
        let target: Vec<f64> = (0..own.dimension).map(|_| normal(&mut rng)).collect();
        let mut pool = Vec::new();
        let mut rng = stream(seed, Purpose::Pictures, 1);
        (0..own.pool).for_each(|_| inputs(&scales, &mut rng, &mut pool));
        let spread = scales.iter().zip(&target).map(|(s, t)| (s * t).powi(2)).sum::<f64>().sqrt();
        Self { own, seed, scales, target, pool, noise: own.size * spread }
    }

    /// The mean squared error over all inputs there are.
    fn loss(&self, found: &[f64]) -> f64 {
        self.scales.iter().zip(found.iter().zip(&self.target)).map(|(s, (w, t))| (s * (w - t)).powi(2)).sum()
    }

    /// The inputs of a step, one example after the other, and their residuals.
    fn examples(&self, found: &[f64], step: u64, dealt: &[Option<u64>]) -> (Vec<f64>, Vec<f64>) {
        let own = self.own;
        let mut rng = stream(self.seed, Purpose::Pretraining, step);
        let mut all = Vec::with_capacity(own.batch * own.dimension);
        let mut residuals = Vec::with_capacity(own.batch);
        let gap: Vec<f64> = found.iter().zip(&self.target).map(|(w, t)| w - t).collect();
        for place in dealt {
            let start = all.len();
            let again = place.filter(|_| own.data == Data::Duplicates).and_then(|place| self.pool.chunks_exact(own.dimension).nth(place as usize));
            match again {
                Some(known) => all.extend_from_slice(known),
                None => inputs(&self.scales, &mut rng, &mut all),
            }
            let wrong = if own.data == Data::Outliers && place.is_some() { self.noise * normal(&mut rng) } else { 0.0 };
            residuals.push(dot(&all[start..], &gap) - wrong);
        }
        (all, residuals)
    }
}

/// Appends the inputs of an example.
fn inputs(scales: &[f64], rng: &mut Pcg64, to: &mut Vec<f64>) {
    to.extend(scales.iter().map(|scale| scale * normal(rng)));
}

/// The gradient of half the squared errors, weighted.
fn gradient(inputs: &[f64], residuals: &[f64], weights: &[f64], dimension: usize) -> Vec<f64> {
    let mut sum = vec![0.0; dimension];
    for ((x, residual), weight) in inputs.chunks_exact(dimension.max(1)).zip(residuals).zip(weights) {
        let by = residual * weight;
        sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += by * x);
    }
    sum
}

/// Trains at a rate.
pub(super) fn run(own: &Settings, rate: f64, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let world = World::new(own, context.seed);
    let mut found = vec![0.0; own.dimension];
    let first = world.loss(&found);
    let grid = log_spaced(1, own.steps as u64, own.looks);
    let mut points = vec![(0.0, first)];
    let mut reached = None;
    let (mut weight, mut counted, mut stretch) = (0.0_f64, 0.0_f64, 0.0_f64);
    let even = vec![1.0 / own.batch as f64; own.batch];
    for step in 0..own.steps as u64 {
        let dealt = deal(own, context.seed, step);
        let odd = odd(&dealt);
        let (inputs, residuals) = world.examples(&found, step, &dealt);
        let losses: Vec<f64> = residuals.iter().map(|r| 0.5 * r * r).collect();
        let now = own.now(step);
        let weights = now.weights(&losses, own.temperature, &odd, &mut stream(context.seed, Purpose::Order, step));
        let of = |weights: &[f64]| gradient(&inputs, &residuals, weights, own.dimension);
        let (weighted, usual) = (of(&weights), of(&even));
        let (length, usual_length) = (dot(&weighted, &weighted).sqrt(), dot(&usual, &usual).sqrt());
        let longer = if usual_length > 0.0 { length / usual_length } else { 1.0 };
        let (direction, by) = if now.matched() { (&usual, longer) } else { (&weighted, 1.0) };
        found.iter_mut().zip(direction).for_each(|(w, g)| *w -= rate * by * g);
        if let Some(share) = focus(if now.matched() { &even } else { &weights }, &odd) {
            weight += share;
            counted += 1.0;
        }
        stretch += longer.max(f64::MIN_POSITIVE).ln();
        let (done, loss) = (step + 1, world.loss(&found));
        if !(loss.is_finite() && loss <= LOST * first) {
            return Ok(gather::diverged(rate, format!("the loss is {loss} at step {done} of {}; lower the rate", own.steps)));
        }
        if reached.is_none() && loss <= own.goal * first {
            reached = Some(done as f64);
        }
        if grid.binary_search(&done).is_ok() {
            points.push((done as f64, loss));
        }
        if done.is_multiple_of(PIECE) && (context.watch)(done as f64 / own.steps as f64) == Go::Stop && done < own.steps as u64 {
            // It is over in a moment: nothing is kept.
            return Err(StudyError::Interrupted);
        }
    }
    let last = points.last().map_or(f64::NAN, |p| p.1);
    let numbers = [
        ("loss", Some(last)),
        ("reached", reached),
        ("focus", (counted > 0.0).then(|| weight / counted)),
        ("stretch", Some((stretch / own.steps as f64).exp())),
        ("score", Some((10.0 - last.max(f64::MIN_POSITIVE).log10()).max(0.0))),
        ("rate", Some(rate)),
    ];
    Ok(gather::outcome(Some(gather::curve(&points)), &numbers, Status::Done))
}
