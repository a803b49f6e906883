//! One task: a surrogate is trained, measured and climbed.

use evaluation::stat::quantile;

use super::gather;
use super::plan::Fit;
use super::problem::{Problem, TASKS};
use super::surrogate::{Plan, Surrogate};
use crate::blocks::best;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Go, Outcome, Status, StudyError};

/// How often a training is looked at, at most.
const LOOKS: usize = 30;

/// Steps between two looks at the watch: some hundredths of a second.
const PIECE: usize = 10;

/// Share of the work that is training, about.
const TRAINING: f64 = 0.9;

/// The strength whose stages have the highest score, on average; 0 where there is none to choose. A stage that diverged counts as 0.
pub(super) fn chosen(strengths: &[f64], tunings: &[Outcome]) -> f64 {
    let scores: Vec<f64> = tunings.iter().map(|o| o.scalar("best").unwrap_or(0.0)).collect();
    best(strengths, &scores).unwrap_or(0.0)
}

/// Runs a fit.
pub(super) fn run(own: &Fit, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (seed, files) = (context.seed, context.files);
    let place = TASKS.iter().position(|known| *known == own.task).unwrap_or(0);
    let problem = Problem::new(&own.task, own.points, own.candidates, &mut stream(seed, Purpose::Pictures, place as u64), files)?;
    let strength = chosen(&own.strengths, needs);
    let plan = Plan { regulariser: own.regulariser, strength, width: own.width, batch: own.batch, rate: own.rate };
    let mut surrogate = Surrogate::new(plan, problem.dim, stream(seed, Purpose::Weights, 0));
    let looks = LOOKS.min(own.steps);
    let (mut curve, mut open): (Vec<[f64; 3]>, [f64; 2]) = (Vec::with_capacity(looks), [0.0; 2]);
    let failed = |curve: &[[f64; 3]], why: String| Ok(gather::outcome(curve, &[], Status::Diverged(why)));
    let stopped = |share: f64| (context.watch)(share) == Go::Stop;
    for step in 0..own.steps {
        let loss = surrogate.step(&problem.offline, &mut stream(seed, Purpose::Steps, step as u64));
        if !loss.is_finite() {
            return failed(&curve, format!("the loss is no longer finite at step {step} of {}; lower the rate", own.steps));
        }
        open = [open[0] + loss, open[1] + 1.0];
        if (step + 1) * looks / own.steps > curve.len() {
            let (length, _) = surrogate.measure(&problem.seen);
            if !length.is_finite() {
                return failed(&curve, format!("the gradient is no longer finite after step {step} of {}; lower the rate", own.steps));
            }
            curve.push([(step + 1) as f64, open[0] / open[1], length]);
            open = [0.0; 2];
        }
        if step.is_multiple_of(PIECE) && stopped(TRAINING * step as f64 / own.steps as f64) {
            return Err(StudyError::Interrupted);
        }
    }
    let (offline, unseen) = (surrogate.measure(&problem.seen), surrogate.measure(&problem.unseen));
    let start = quantile(&problem.scores(&problem.starts), 1.0);
    let mut designs = problem.starts.clone();
    for step in 0..own.ascent_steps {
        surrogate.climb(&problem, &mut designs, own.ascent_rate);
        if step.is_multiple_of(PIECE) && stopped(TRAINING + (1.0 - TRAINING) * step as f64 / own.ascent_steps as f64) {
            return Err(StudyError::Interrupted);
        }
    }
    let scores = problem.scores(&designs);
    let sound = scores.iter().chain([&offline.0, &offline.1, &unseen.0, &unseen.1]).all(|v| v.is_finite()) && designs.iter().all(|v| v.is_finite());
    if !sound {
        return failed(&curve, "designs are no longer finite at the end of the climb; lower the rate of ascent".to_owned());
    }
    let found = [
        ("best", quantile(&scores, 1.0)),
        ("middle", quantile(&scores, 0.5)),
        ("start", start),
        ("norm-offline", Some(offline.0)),
        ("norm-unseen", Some(unseen.0)),
        ("error-offline", Some(offline.1)),
        ("error-unseen", Some(unseen.1)),
        ("strength", own.regulariser.tuned().then_some(strength)),
        ("multiplier", Some(surrogate.multiplier)),
        ("passes", Some((own.steps * own.regulariser.passes()) as f64)),
    ];
    Ok(gather::outcome(&curve, &found, Status::Done))
}
