//! How a curve goes on: quantiles of a measure beyond what has been seen of it.

mod method;
mod series;

use curves::{Better, Curve, Scale};
use evaluation::stat::spearman;
use fitters::Question;

use crate::{Error, Warning};

pub use method::Method;
pub use series::{ReadSeries, Series};

/// Points of the axis that a method sees: whatever the resource, the last point asked is put here.
const HORIZON: f64 = 100.0;
/// A rank correlation beyond this is a direction.
const DIRECTION: f64 = 0.5;
/// Points from which on there is a direction.
const ENOUGH: usize = 4;

/// Who answers, and on which scale.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastOptions {
    /// Who answers. Default: the network `lcpfn-p1`.
    pub method: Method,
    /// Which direction of the measure is good. Default: lower.
    pub better: Better,
    /// The lowest and the highest possible value, for measures that have them: 0 and 1 for an accuracy. Default: none.
    pub bounds: Option<(f64, f64)>,
    /// Levels of the quantiles, between 0 and 1. Default: 0.05, 0.25, 0.5, 0.75, 0.95.
    pub levels: Vec<f64>,
    /// The seed of methods that draw. Default: 0.
    pub seed: u64,
}

impl Default for ForecastOptions {
    fn default() -> Self {
        Self { method: Method::default(), better: Better::Lower, bounds: None, levels: vec![0.05, 0.25, 0.5, 0.75, 0.95], seed: 0 }
    }
}

/// One quantile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    /// Its level, between 0 and 1.
    pub level: f64,
    /// Its value; `None` where it has no bound.
    pub value: Option<f64>,
}

/// The forecast at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct PointForecast {
    /// The resource value.
    pub at: f64,
    /// The median; `None` where it has no bound.
    pub median: Option<f64>,
    /// The quantiles, in the order of the levels asked.
    pub quantiles: Vec<Quantile>,
}

/// The forecast of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastResult {
    /// Every point asked.
    pub points: Vec<PointForecast>,
    /// How many points were seen.
    pub seen: usize,
    /// The last resource value seen.
    pub last: f64,
    /// The scale on which the method saw the measure.
    pub scale: Scale,
    /// What looks doubtful.
    pub warnings: Vec<Warning>,
}

/// Forecasts a series at resource values beyond its last one.
///
/// # Errors
/// A series that is none, points that are not beyond it, a measure whose bounds have to be told, and a method that gives no
/// answer.
pub fn forecast(series: &Series, at: &[f64], options: &ForecastOptions) -> Result<ForecastResult, Error> {
    if at.is_empty() || options.levels.iter().any(|p| !(*p > 0.0 && *p < 1.0)) {
        return Err(Error::Option("a forecast needs a point or more, and levels of quantiles between 0 and 1".to_owned()));
    }
    let mut warnings = Vec::new();
    if tables::looks_sampled(&series.x) {
        warnings.push(Warning::LooksSampled);
    }
    let seen = Curve::new(series.x.clone(), series.y.clone()).map_err(Error::Curve)?;
    let (last, _) = seen.last();
    if let Some(bad) = at.iter().find(|v| !v.is_finite() || **v <= last) {
        return Err(Error::NotBeyond { at: *bad, resource: series.resource.clone(), last });
    }
    let scale = scale(options, &seen)?;
    warnings.extend(wrong_way(&seen, options.better));
    // The axis counts points up to the last one asked, thinned to at most as many as a network has seen.
    let end = at.iter().copied().fold(last, f64::max);
    let first = seen.x()[0];
    let place = |v: f64| 1.0 + (v - first) / (end - first) * (HORIZON - 1.0);
    let thin = seen.thinned(HORIZON as usize);
    let x = thin.x().iter().map(|v| place(*v)).collect();
    let unit = Curve::new(x, thin.y().iter().map(|v| scale.forward(*v)).collect()).map_err(Error::Curve)?;
    let places: Vec<f64> = at.iter().map(|v| place(*v)).collect();
    let answer = options.method.build()?.forecast(&Question { seen: &unit, at: &places, neighbours: &[] }, options.seed).pop();
    let predicted = match answer {
        Some(answer) => answer.forecast?.on_raw_scale(scale),
        None => return Err(Error::Option("the method gave no answer; use another one".to_owned())),
    };
    let bounded = |i: usize, p: f64| Some(predicted.quantile(i, p)).filter(|v| v.is_finite());
    let mut points = Vec::with_capacity(at.len());
    for (i, &at) in at.iter().enumerate() {
        let quantiles: Vec<Quantile> = options.levels.iter().map(|p| Quantile { level: *p, value: bounded(i, *p) }).collect();
        warnings.extend(quantiles.iter().filter(|q| q.value.is_none()).map(|q| Warning::Unbounded { at, level: q.level }));
        points.push(PointForecast { at, median: bounded(i, 0.5), quantiles });
    }
    Ok(ForecastResult { points, seen: seen.len(), last, scale, warnings })
}

/// Bounds as given, else the paper's setting for losses: 0 is perfect, the first value is the worst expected.
fn scale(options: &ForecastOptions, seen: &Curve) -> Result<Scale, Error> {
    let better = options.better;
    let y = seen.y();
    let (low, high) = y.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
    let of = |hard_low: f64, soft_low: f64, soft_high: f64, hard_high: f64| {
        Scale::new(better, hard_low, soft_low, soft_high, hard_high).map_err(|e| Error::Option(e.to_string()))
    };
    if let Some((from, to)) = options.bounds {
        let ordered = from < to && from.is_finite() && to.is_finite();
        if !ordered {
            return Err(Error::Option(format!("bounds from {from} to {to}; the first must be the lower one, and both finite")));
        }
        if low < from || high > to {
            return Err(Error::OutsideBounds { low, high, from, to });
        }
        return of(from, from, to, to);
    }
    match better {
        Better::Higher if low >= 0.0 && high <= 1.0 => Ok(Scale::unit(better)),
        Better::Higher => Err(Error::NeedsBounds(format!("values from {low} to {high} are no share"))),
        Better::Lower if low < 0.0 => Err(Error::NeedsBounds(format!("a loss of {low} is negative"))),
        Better::Lower => of(0.0, 0.0, y[0].max(1e-12), f64::INFINITY),
    }
}

/// A series that moves against the direction that is said to be good.
fn wrong_way(seen: &Curve, better: Better) -> Option<Warning> {
    if seen.len() < ENOUGH {
        return None;
    }
    let trend = spearman(seen.x(), seen.y())?;
    match better {
        Better::Lower if trend > DIRECTION => Some(Warning::WrongWay { rises: true }),
        Better::Higher if trend < -DIRECTION => Some(Warning::WrongWay { rises: false }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn falling() -> Series {
        let x: Vec<f64> = (1..=30).map(f64::from).collect();
        let y = x.iter().map(|t| 0.4 + 0.9 * t.powf(-0.6)).collect();
        Series::new(x, y)
    }

    fn with(method: &str) -> ForecastOptions {
        ForecastOptions { method: Method::named(method).unwrap(), ..ForecastOptions::default() }
    }

    #[test]
    fn a_curve_is_predicted_by_every_method() {
        let truth = 0.4 + 0.9 * 100f64.powf(-0.6);
        for method in Method::NAMES {
            let found = forecast(&falling(), &[100.0], &with(method)).unwrap();
            let p = &found.points[0];
            assert_eq!((p.at, p.quantiles.len(), found.seen, found.last), (100.0, 5, 30, 30.0));
            assert!(p.quantiles[0].value <= p.median && p.median <= p.quantiles[4].value, "{method}: {p:?}");
            assert!(found.warnings.iter().all(|w| matches!(w, Warning::Unbounded { .. })), "{method}: {:?}", found.warnings);
            if method == "pfn" || method == "least-squares" {
                assert!((p.median.unwrap() - truth).abs() < 0.05, "{method}: {p:?}");
            }
        }
    }

    #[test]
    fn a_series_that_rises_is_no_loss() {
        let rising = Series::new((1..=20).map(f64::from).collect(), (1..=20).map(|t| 0.9 - 0.5 / f64::from(t)).collect());
        let found = forecast(&rising, &[40.0], &with("persist")).unwrap();
        assert!(found.warnings.contains(&Warning::WrongWay { rises: true }));
        let right = forecast(&rising, &[40.0], &ForecastOptions { better: Better::Higher, ..with("persist") }).unwrap();
        assert!(right.warnings.is_empty(), "{:?}", right.warnings);
        let odd = forecast(&falling(), &[40.0], &ForecastOptions { better: Better::Higher, bounds: Some((0.0, 2.0)), ..with("persist") }).unwrap();
        assert!(odd.warnings.contains(&Warning::WrongWay { rises: false }));
    }

    #[test]
    fn quantiles_without_a_bound_are_none_and_said() {
        // A loss that jumps: far away, persistence reaches beyond any value, and no loss is the highest one.
        let jumpy = Series::new((1..=7).map(f64::from).collect(), vec![0.9, 0.1, 0.9, 0.1, 0.9, 0.1, 0.9]);
        let found = forecast(&jumpy, &[1e6], &with("persist")).unwrap();
        let none = found.points[0].quantiles.iter().filter(|q| q.value.is_none()).count();
        assert!(none > 0 && found.warnings.iter().filter(|w| matches!(w, Warning::Unbounded { .. })).count() == none, "{found:?}");
    }

    #[test]
    fn bounds_may_be_negative_and_are_checked() {
        let y: Vec<f64> = (1..=10).map(|t| -1.0 / f64::from(t)).collect();
        let series = Series::new((1..=10).map(f64::from).collect(), y);
        let of = |bounds| forecast(&series, &[20.0], &ForecastOptions { better: Better::Higher, bounds, ..with("persist") });
        assert!(of(Some((-1.0, 1.0))).is_ok());
        assert!(matches!(of(None), Err(Error::NeedsBounds(_))));
        assert!(matches!(of(Some((-0.5, 1.0))), Err(Error::OutsideBounds { .. })));
        assert!(matches!(of(Some((1.0, -1.0))), Err(Error::Option(_))));
    }

    #[test]
    fn what_cannot_be_predicted_says_why() {
        let why = |series: &Series, at: &[f64]| forecast(series, at, &with("persist")).unwrap_err().to_string();
        assert!(why(&falling(), &[3.0]).contains("not beyond the last"));
        assert!(why(&falling(), &[]).contains("a point or more"));
        assert!(why(&Series::new(vec![2.0, 1.0], vec![0.5, 0.4]), &[9.0]).contains("increase"));
    }
}
