//! What came out of a stage.

use curves::Curve;

use crate::StudyError;

/// How a stage ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// As planned.
    Done,
    /// Its numbers stopped being finite; the text says which and when.
    Diverged(String),
}

/// One measure along the study's resource: at least one point, finite, `x` strictly increasing.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name, one of the study's `SERIES`.
    pub name: String,
    /// Amounts of the study's resource.
    pub x: Vec<f64>,
    /// The measure there.
    pub y: Vec<f64>,
}

/// What came out of a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Curves; those of a stage that diverged end where it did, and are left out where that is before the first point.
    pub series: Vec<Series>,
    /// Every scalar of the study's `SCALARS`, finite, or `None` where it does not exist (a step that was never reached).
    pub scalars: Vec<(String, Option<f64>)>,
    /// What a later stage begins from, in a format of the study's own.
    pub weights: Option<Vec<u8>>,
    /// How it ended.
    pub status: Status,
}

impl Series {
    /// A series through these points; none where there are none.
    pub(crate) fn through(name: &str, points: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        let (x, y): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
        (!x.is_empty()).then(|| Self { name: name.to_owned(), x, y })
    }
}

impl Outcome {
    /// An outcome with these series and, of the scalars that a study promises (`names`), those that were found; all others, and what is not finite,
    /// do not exist.
    pub(crate) fn gathered(series: Vec<Series>, names: &[(&str, &str)], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Self {
        let one = |(name, _): &(&str, &str)| {
            let value = found.iter().find(|(known, _)| known == name).and_then(|(_, value)| *value);
            ((*name).to_owned(), value.filter(|v| v.is_finite()))
        };
        Self { series, scalars: names.iter().map(one).collect(), weights, status }
    }

    /// The weights that a stage hands over; none where it diverged.
    ///
    /// # Errors
    /// A stage that came to its end and whose weights are gone: results that are committed do not hold them.
    pub(crate) fn handed_over(&self) -> Result<Option<&[u8]>, StudyError> {
        match (&self.status, &self.weights) {
            (Status::Diverged(_), _) => Ok(None),
            (Status::Done, Some(weights)) => Ok(Some(weights)),
            (Status::Done, None) => {
                let gone = "a stage is known by its numbers alone, without its weights (committed results hold none); run it again";
                Err(StudyError::Other(gone.to_owned()))
            }
        }
    }

    /// The series of this name.
    pub fn series(&self, name: &str) -> Option<&Series> {
        self.series.iter().find(|series| series.name == name)
    }

    /// The points of the series of this name, none where it is not there.
    pub(crate) fn points(&self, name: &str) -> Vec<[f64; 2]> {
        self.series(name).map_or_else(Vec::new, |s| s.x.iter().zip(&s.y).map(|(x, y)| [*x, *y]).collect())
    }

    /// The scalar of this name, where it exists.
    pub fn scalar(&self, name: &str) -> Option<f64> {
        self.scalars.iter().find(|(known, _)| known == name).and_then(|(_, value)| *value)
    }

    /// Holds an outcome to what its study promises: only series and all scalars that it lists, once each, and the invariants
    /// of [`Series`] and [`Outcome::scalars`].
    pub(crate) fn check(&self, series: &[(&str, &str)], scalars: &[(&str, &str)]) -> Result<(), StudyError> {
        let wrong = |what: String| Err(StudyError::Other(format!("the study broke its promise: {what}")));
        for (k, one) in self.series.iter().enumerate() {
            if !series.iter().any(|(name, _)| *name == one.name) || self.series[..k].iter().any(|other| other.name == one.name) {
                return wrong(format!("series `{}` is not listed, or there twice", one.name));
            }
            if let Err(e) = Curve::new(one.x.clone(), one.y.clone()) {
                return wrong(format!("series `{}`: {e}", one.name));
            }
        }
        if self.status == Status::Done && self.series.len() != series.len() {
            return wrong(format!("it is done with {} of {} series", self.series.len(), series.len()));
        }
        if !self.scalars.iter().map(|(name, _)| name.as_str()).eq(scalars.iter().map(|(name, _)| *name)) {
            return wrong(format!("its scalars are {:?}", self.scalars.iter().map(|(name, _)| name).collect::<Vec<_>>()));
        }
        match self.scalars.iter().find(|(_, value)| value.is_some_and(|v| !v.is_finite())) {
            Some((name, value)) => wrong(format!("scalar `{name}` is {value:?}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERIES: &[(&str, &str)] = &[("loss", "Loss")];
    const SCALARS: &[(&str, &str)] = &[("end", "Where it ends")];

    fn good() -> Outcome {
        let series = vec![Series { name: "loss".to_owned(), x: vec![1.0, 2.0], y: vec![0.5, 0.25] }];
        Outcome { series, scalars: vec![("end".to_owned(), None)], weights: None, status: Status::Done }
    }

    #[test]
    fn what_was_promised_passes_and_can_be_asked_for() {
        let mut outcome = good();
        assert_eq!(outcome.check(SERIES, SCALARS), Ok(()));
        assert_eq!(outcome.series("loss").map(|s| s.y[1]), Some(0.25));
        assert_eq!((outcome.scalar("end"), outcome.scalar("start")), (None, None));
        outcome.scalars[0].1 = Some(2.0);
        assert_eq!(outcome.scalar("end"), Some(2.0));
        // Diverged before the first point.
        outcome.series.clear();
        outcome.status = Status::Diverged("at step 1".to_owned());
        assert_eq!(outcome.check(SERIES, SCALARS), Ok(()));
    }

    #[test]
    fn what_was_found_is_gathered_and_weights_are_handed_over_once_they_are_there() {
        let names = &[("a", "A"), ("b", "B"), ("c", "C")];
        let found = [("c", Some(3.0)), ("a", Some(f64::NAN)), ("z", Some(1.0))];
        let series = Series::through("loss", [(1.0, 2.0)]).into_iter().chain(Series::through("none", [])).collect();
        let mut outcome = Outcome::gathered(series, names, &found, Some(vec![7]), Status::Done);
        assert_eq!(outcome.scalars, [("a".to_owned(), None), ("b".to_owned(), None), ("c".to_owned(), Some(3.0))]);
        assert_eq!((outcome.series.len(), outcome.series("loss").map(|s| s.y[0])), (1, Some(2.0)));
        assert_eq!(outcome.handed_over(), Ok(Some(&[7u8][..])));
        outcome.weights = None;
        assert!(outcome.handed_over().unwrap_err().to_string().contains("without its weights"));
        outcome.status = Status::Diverged("at step 1".to_owned());
        assert_eq!(outcome.handed_over(), Ok(None));
    }

    #[test]
    fn each_broken_promise_is_named() {
        let broken = |change: fn(&mut Outcome)| {
            let mut outcome = good();
            change(&mut outcome);
            outcome.check(SERIES, SCALARS).unwrap_err().to_string()
        };
        assert!(broken(|o| o.series[0].name = "gain".to_owned()).contains("`gain`"));
        assert!(broken(|o| o.series.push(o.series[0].clone())).contains("twice"));
        assert!(broken(|o| o.series[0].y[0] = f64::NAN).contains("y is NaN at point 0"));
        assert!(broken(|o| o.series[0].x[1] = 1.0).contains("strictly increase"));
        assert!(broken(|o| o.series.clear()).contains("0 of 1 series"));
        assert!(broken(|o| o.scalars.clear()).contains("scalars are []"));
        assert!(broken(|o| o.scalars[0].1 = Some(f64::INFINITY)).contains("`end`"));
    }
}
