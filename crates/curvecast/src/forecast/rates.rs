//! The learning rate at every step, from a column that logs it at some.

use models::{MOST_STEPS, Schedule};

use crate::{Error, Series};

/// The learning rate at every step from 0 to `end`, between the steps of a log on straight lines, before the first as there.
///
/// `logged` holds the step and the rate there. The steps to come are rows of the same file whose measure is blank.
///
/// # Errors
/// Rates that end before `end`, are negative, or are logged against anything but steps.
pub fn rates(logged: &Series, end: f64) -> Result<Vec<f64>, Error> {
    let (x, y) = (&logged.x, &logged.y);
    let last = x.last().copied().unwrap_or(f64::NEG_INFINITY);
    if !(0.0..=MOST_STEPS).contains(&end) || x.first().is_none_or(|first| *first < 0.0) {
        return Err(Error::Option(format!("a learning rate is known by steps from 0 to {MOST_STEPS:e}; {} goes to {end}", logged.resource)));
    }
    if last < end {
        return Err(Error::Option(format!(
            "{} is known up to {} {last}, and {end} is asked: add rows with the steps and rates to come, and leave the measure blank in them",
            logged.measure, logged.resource
        )));
    }
    let made = Schedule::logged(x, y, end).map_err(|e| Error::Option(format!("{}: {e}", logged.measure)))?;
    Ok(made.rates().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_lie_between_those_that_are_logged() {
        let logged = Series::new(vec![2.0, 4.0, 8.0], vec![1.0, 3.0, 1.0]);
        assert_eq!(rates(&logged, 8.0).unwrap(), [1.0, 1.0, 1.0, 2.0, 3.0, 2.5, 2.0, 1.5, 1.0]);
        assert_eq!(rates(&logged, 2.5).unwrap().len(), 4);
    }

    #[test]
    fn what_is_not_known_is_said() {
        let logged = Series::new(vec![2.0, 4.0], vec![1.0, 3.0]);
        assert!(rates(&logged, 9.0).unwrap_err().to_string().contains("leave the measure blank"));
        assert!(rates(&logged, 1e12).unwrap_err().to_string().contains("steps"));
        assert!(rates(&Series::new(vec![0.0, 4.0], vec![1.0, -3.0]), 3.0).unwrap_err().to_string().contains("zero or more"));
    }
}
