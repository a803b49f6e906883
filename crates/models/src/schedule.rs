//! Laws of the step under a learning-rate schedule: the loss L(s) of one run as its rate is brought down.
//!
//! Their input `step` is a whole number, an index into the schedule of [`At`]; without a schedule, or
//! beyond its end, they answer NaN. One file is one law; [`shapes`] makes the schedules people use.

pub mod lr_annealing;
pub mod multi_power;
pub mod shapes;

use curves::runs::{LrSchedule, LrShape};

use crate::{At, LawError, Schedule};

/// The most steps a schedule may have: more are a slip of a key, and would fill the memory.
const MOST: usize = 100_000_000;

/// The rates of a schedule that is given by its shape.
///
/// # Errors
/// A number that its shape needs and that is not there, more than 100 million steps, rates that are none.
pub fn of(spec: &LrSchedule) -> Result<Schedule, String> {
    if spec.last > MOST {
        return Err(format!("{} steps are more than a schedule can hold (100 million)", spec.last));
    }
    let (floor, from) = (spec.floor.ok_or("it needs `floor`"), spec.from.ok_or("it needs `from`"));
    let (last, warm_up, peak) = (spec.last, spec.warm_up, spec.peak);
    let made: Result<Schedule, LawError> = match spec.shape {
        LrShape::Constant => shapes::constant(last, warm_up, peak),
        LrShape::Cosine => shapes::cosine(last, warm_up, peak, floor?),
        LrShape::WsdExponential => shapes::warm_up_stable_decay(last, warm_up, from?, peak, floor?, shapes::Decay::Exponential),
        LrShape::WsdLinear => shapes::warm_up_stable_decay(last, warm_up, from?, peak, floor?, shapes::Decay::Linear),
        LrShape::TwoStage => shapes::two_stage(last, warm_up, from?, peak, spec.then.ok_or("it needs `then`")?),
    };
    made.map_err(|e| e.to_string())
}

/// The rates from step 0 to the step asked, that included; `None` without a schedule and beyond its end.
pub(crate) fn rates_until<'a>(at: &At<'a>) -> Option<&'a [f64]> {
    let step = at.input(0);
    // The comparison is false for NaN, and the cast exact below it.
    let within = (0.0..1e15).contains(&step);
    within.then(|| at.schedule?.rates().get(..=step as usize)).flatten()
}
