//! Laws of the step under a learning-rate schedule: the loss L(s) of one run as its rate is brought down.
//!
//! Their input `step` is a whole number, an index into the schedule of [`At`]; without a schedule, or
//! beyond its end, they answer NaN. One file is one law; [`shapes`] makes the schedules people use.

pub mod lr_annealing;
pub mod multi_power;
pub mod shapes;

use crate::At;

/// The rates from step 0 to the step asked, that included; `None` without a schedule and beyond its end.
fn rates_until<'a>(at: &At<'a>) -> Option<&'a [f64]> {
    let step = at.input(0);
    // The comparison is false for NaN, and the cast exact below it.
    let within = (0.0..1e15).contains(&step);
    within.then(|| at.schedule?.rates().get(..=step as usize)).flatten()
}
