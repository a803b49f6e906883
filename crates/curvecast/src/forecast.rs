//! How a curve goes on: quantiles of a measure beyond what has been seen of it.

mod doubts;
mod measure;
mod method;
mod rates;
mod series;

use std::sync::Arc;

use curves::{Better, Curve, Forecast, Scale};
use fitters::pool::pooled;
use fitters::{Forecaster, Question, Run};
use models::Schedule;

use self::method::BELIEVED;

use crate::target::{self, Predicted, TargetResult};
use crate::{Error, Warning};

pub use fitters::auto::Share;
pub use measure::Measure;
pub use method::Method;
pub use rates::rates;
pub use series::{ReadSeries, Series};

/// Points of the axis of a network that was trained on such curves: the first is 1, and the one asked is here.
const HORIZON: f64 = 100.0;
/// The fewest points that are answered: through three there is a line in ln x and nothing left to say how wrong it is.
const FEWEST: usize = 4;

/// Who answers, and what is known of the measure.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastOptions {
    /// Who answers. Default: `auto`, experts weighed by back-tests and a network; with a schedule the network alone.
    pub method: Method,
    /// Which direction of the measure is good. Default: as its name says, else as its values move.
    pub better: Option<Better>,
    /// The lowest and the highest possible value, for measures that have them: 0 and 1 for an accuracy. Default: as values and direction suggest.
    pub bounds: Option<(f64, f64)>,
    /// Levels of the quantiles, between 0 and 1. Default: 0.05, 0.25, 0.5, 0.75, 0.95.
    pub levels: Vec<f64>,
    /// The seed of methods that draw. Default: 0.
    pub seed: u64,
    /// Is a first point kept that looks like no part of the curve? Default: it is left out, with a warning.
    pub keep_first: bool,
    /// The learning rate at every step from 0 on, where the resource is the step: to the planned end of the run, and to the last place asked at
    /// least. Default: not known.
    pub schedule: Option<Vec<f64>>,
    /// Earlier runs of the same project, in the same units, known to their ends. Where a schedule is given, those that have one are heard.
    pub earlier: Vec<Earlier>,
    /// A value of the measure, of which it is asked how likely it is reached, and when. Default: none.
    pub target: Option<f64>,
}

/// A run that is known to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Earlier {
    /// The whole of it.
    pub series: Series,
    /// Its learning rate at every step from 0 on, where the resource is the step and the rate is known.
    pub schedule: Option<Vec<f64>>,
}

impl From<Series> for Earlier {
    fn from(series: Series) -> Self {
        Self { series, schedule: None }
    }
}

impl Default for ForecastOptions {
    fn default() -> Self {
        Self {
            method: Method::default(),
            better: None,
            bounds: None,
            levels: vec![0.05, 0.25, 0.5, 0.75, 0.95],
            seed: 0,
            keep_first: false,
            schedule: None,
            earlier: Vec::new(),
            target: None,
        }
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
    /// Of `auto`: the experts behind the answer, the heaviest first.
    pub shares: Vec<Share>,
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
    /// What is known of the measure, told or inferred.
    pub measure: Measure,
    /// Where a target was asked for: how likely it is reached, and when.
    pub target: Option<TargetResult>,
    /// What looks doubtful.
    pub warnings: Vec<Warning>,
}

/// Forecasts a series at resource values beyond its last one. With a target and no such value, those of
/// [`target::places`] are taken.
///
/// # Errors A series that is none, points that are not beyond it, a measure whose bounds have to be told, and a method that gives no answer.
pub fn forecast(series: &Series, at: &[f64], options: &ForecastOptions) -> Result<ForecastResult, Error> {
    match options.target {
        Some(value) => target::reach(series, at, value, options),
        None => Ok(predict(series, at, options)?.result),
    }
}

/// Which direction of a measure is good: as told, else by its name, else by its values (all finite).
pub(crate) fn better_of(name: &str, x: &[f64], y: &[f64], told: Option<Better>) -> Better {
    // Only bounds can be refused, and none are given.
    Measure::of(name, x, y, told, None).map_or(Better::Lower, |measure| measure.better)
}

/// The forecast with its distributions; a target plays no part in it.
pub(crate) fn predict(series: &Series, at: &[f64], options: &ForecastOptions) -> Result<Predicted, Error> {
    if at.is_empty() || options.levels.iter().any(|p| !(*p > 0.0 && *p < 1.0)) {
        return Err(Error::Option("a forecast needs a point or more, and levels of quantiles between 0 and 1".to_owned()));
    }
    let mut warnings = series.notes.clone();
    if options.schedule.is_some() {
        // Rows of a rate to come have no measure yet.
        warnings.retain(|w| !matches!(w, Warning::Stops { .. }));
    }
    if tables::looks_sampled(&series.x) {
        warnings.push(Warning::LooksSampled);
    }
    let whole = Curve::new(series.x.clone(), series.y.clone()).map_err(Error::Curve)?;
    let (last, _) = whole.last();
    if let Some(bad) = at.iter().find(|v| !v.is_finite() || **v <= last) {
        return Err(Error::NotBeyond { at: *bad, resource: series.resource.clone(), last });
    }
    let told = |curve: &Curve| Measure::of(&series.measure, curve.x(), curve.y(), options.better, options.bounds);
    let odd = doubts::odd_first(&whole, told(&whole)?.better).filter(|_| !options.keep_first);
    let seen = match &odd {
        Some(_) => Curve::new(whole.x()[1..].to_vec(), whole.y()[1..].to_vec()).map_err(Error::Curve)?,
        None => whole,
    };
    warnings.extend(odd);
    if seen.len() < FEWEST {
        return Err(Error::TooFewPoints { have: seen.len(), need: FEWEST, measure: series.measure.clone() });
    }
    let (seen, undefined) = options.method.defined(seen, &series.resource)?;
    warnings.extend(undefined);
    let measure = told(&seen)?;
    let end = at.iter().copied().fold(last, f64::max);
    let scheduled = options.schedule.is_some();
    warnings.extend(doubts::of(&seen, &measure, end).into_iter().filter(|w| !(scheduled && *w == Warning::Bends)));
    let (predicted, shares, not_heard) = answer(&seen, at, &measure, options)?;
    warnings.extend(not_heard);
    let bounded = |i: usize, p: f64| {
        let (forecast, place) = &predicted[i];
        Some(measure.within(forecast.quantile(*place, p))).filter(|v| v.is_finite())
    };
    let mut points = Vec::with_capacity(at.len());
    for (i, (&at, shares)) in at.iter().zip(shares).enumerate() {
        let quantiles: Vec<Quantile> = options.levels.iter().map(|p| Quantile { level: *p, value: bounded(i, *p) }).collect();
        warnings.extend(quantiles.iter().filter(|q| q.value.is_none()).map(|q| Warning::Unbounded { at, level: q.level }));
        points.push(PointForecast { at, median: bounded(i, 0.5), quantiles, shares });
    }
    let result = ForecastResult { points, seen: seen.len(), last, measure, target: None, warnings };
    Ok(Predicted { result, answers: predicted })
}

/// What the network takes of earlier runs.
const FEW: &str = "the network takes four (with a learning rate those nearest in length), of which it needs points before and after the place of \
                   comparison, and where the run has a learning rate, theirs up to their ends";

/// The forecast of every place, and which of its points that is; the experts behind each; and how many earlier runs were not heard.
type Answers = (Vec<(Arc<Forecast>, usize)>, Vec<Vec<Share>>, Option<Warning>);

/// No answer depends on what else is asked: where a method's would, every place is asked by itself.
fn answer(seen: &Curve, at: &[f64], measure: &Measure, options: &ForecastOptions) -> Result<Answers, Error> {
    if options.method.wants_the_unit_scale() {
        let scale = scale(measure, seen)?;
        let forecaster = options.method.build()?;
        let one = |place: &f64| -> Result<(Arc<Forecast>, usize), Error> {
            let first = seen.x()[0];
            // The axis counts points up to the one asked, thinned to at most as many as a network has seen.
            let put = |v: f64| 1.0 + (v - first) / (place - first) * (HORIZON - 1.0);
            let thin = seen.thinned(HORIZON as usize);
            let x = thin.x().iter().map(|v| put(*v)).collect();
            let unit = Curve::new(x, thin.y().iter().map(|v| scale.forward(*v)).collect()).map_err(Error::Curve)?;
            let found = last_answer(forecaster.forecast(&Question::of(&unit, &[HORIZON]), options.seed))?;
            Ok((Arc::new(found.on_raw_scale(scale)), 0))
        };
        let found = at.iter().map(one).collect::<Result<Vec<_>, _>>()?;
        return Ok((found, vec![Vec::new(); at.len()], not_heard(options, 0, "this method looks at the run alone")));
    }
    // The spreads below which lines and last values believe nothing are made for values of order one; all others find their own unit.
    let largest = seen.y().iter().fold(0.0f64, |a, y| a.max(y.abs()));
    let unit = if largest.is_normal() && matches!(options.method, Method::Persist | Method::LogLinear) { largest } else { 1.0 };
    let in_unit = |curve: &Curve| curve.map_y(|y| y / unit).map_err(Error::Curve);
    let scaled = in_unit(seen)?;
    let schedule = options.schedule.clone().map(Schedule::new).transpose()?;
    let known = |run: &Earlier| -> Result<(Curve, Option<Schedule>), Error> {
        let curve = Curve::new(run.series.x.clone(), run.series.y.clone()).map_err(Error::Curve)?;
        Ok((in_unit(&curve)?, run.schedule.clone().map(Schedule::new).transpose()?))
    };
    let runs = options.earlier.iter().map(known).collect::<Result<Vec<_>, _>>()?;
    let earlier: Vec<Run<'_>> = runs.iter().map(|(curve, schedule)| Run { curve, schedule: schedule.as_ref() }).collect();
    let mut found = Vec::with_capacity(at.len());
    // Experts that look at the curve alone know nothing of a rate that falls later; with a schedule the network that reads it answers.
    let method = if options.method == Method::Auto && schedule.is_some() { Method::scheduled() } else { options.method.clone() };
    if method == Method::Auto {
        let question = Question { earlier: &earlier, bounds: (measure.low, measure.high), ..Question::of(&scaled, at) };
        let weighed = fitters::Auto::default().weigh(&question)?;
        let mut said = vec![(1.0 - BELIEVED, weighed.forecast)];
        // The network needs four points above zero; where it has no answer the experts are alone.
        said.extend(last_answer(method::network()?.forecast(&question, options.seed)).ok().map(|f| (BELIEVED, f)));
        let experts = if said.len() > 1 { 1.0 - BELIEVED } else { 1.0 };
        let forecast = Arc::new(pooled(said)?);
        let mut shares = Vec::with_capacity(at.len());
        for (i, mut of) in weighed.shares.into_iter().enumerate() {
            of.iter_mut().for_each(|s| s.weight *= experts);
            if experts < 1.0 {
                of.insert(0, Share { name: "network", says: "a network that has learnt from made-up runs", weight: BELIEVED, error: None });
            }
            found.push((forecast.clone(), i));
            shares.push(of);
        }
        // The experts hear all of them.
        return Ok((found, shares, None));
    }
    let shares = vec![Vec::new(); at.len()];
    if method == Method::scheduled() {
        let (network, question) = (method::network()?, Question { schedule: schedule.as_ref(), earlier: &earlier, ..Question::of(&scaled, at) });
        let forecast = Arc::new(last_answer(network.forecast(&question, options.seed))?);
        found.extend((0..at.len()).map(|i| (forecast.clone(), i)));
        return Ok((found, shares, not_heard(options, network.heard(&question), FEW)));
    }
    let forecaster = method.build()?;
    for place in at {
        let place = [*place];
        let question = Question { schedule: schedule.as_ref(), earlier: &earlier, ..Question::of(&scaled, &place) };
        found.push((Arc::new(last_answer(forecaster.forecast(&question, options.seed))?.times(unit)), 0));
    }
    Ok((found, shares, not_heard(options, 0, "this method looks at the run alone")))
}

/// What is to be said of earlier runs that were given and not taken.
fn not_heard(options: &ForecastOptions, heard: usize, why: &'static str) -> Option<Warning> {
    let given = options.earlier.len();
    (heard < given).then_some(Warning::EarlierNotHeard { given, heard, why })
}

/// The last of a method's answers: of one that has a best and an average, the average.
fn last_answer(mut answers: Vec<fitters::Answer>) -> Result<Forecast, Error> {
    match answers.pop() {
        Some(answer) => Ok(answer.forecast?),
        None => Err(Error::Option("the method gave no answer; use another one".to_owned())),
    }
}

/// The scale of a network: bounds where there are some, else the paper's setting for losses, 0 is perfect, with what the curve itself
/// reaches for the worst that is expected; not its first value, which may be that of an untrained model.
fn scale(measure: &Measure, seen: &Curve) -> Result<Scale, Error> {
    let of = |hard_low: f64, soft_low: f64, soft_high: f64, hard_high: f64| {
        Scale::new(measure.better, hard_low, soft_low, soft_high, hard_high).map_err(|e| Error::Option(e.to_string()))
    };
    match (measure.low.is_finite(), measure.high.is_finite()) {
        (true, true) => of(measure.low, measure.low, measure.high, measure.high),
        (true, false) => {
            let mut y = seen.y().to_vec();
            y.sort_by(f64::total_cmp);
            // All but one in twenty, so that a spike is no scale.
            let high = y[(y.len() - 1) * 19 / 20].max(measure.low + 1e-12);
            of(measure.low, measure.low, high, f64::INFINITY)
        }
        _ => Err(Error::NeedsBounds("this method maps values to a unit interval, and nothing says where they can lie".to_owned())),
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
            assert!(found.warnings.is_empty(), "{method}: {:?}", found.warnings);
            if method != "persist" && method != "log-linear" {
                assert!((p.median.unwrap() - truth).abs() < 0.05, "{method}: {p:?}");
            }
        }
    }

    #[test]
    fn no_answer_depends_on_what_else_is_asked() {
        let y: Vec<f64> = (1..=20).map(|k| 2.0 + 5.0 * (100.0 * f64::from(k)).powf(-0.3)).collect();
        let series = Series::new((1..=20).map(|k| 100.0 * f64::from(k)).collect(), y);
        for method in Method::NAMES.into_iter().chain(["pow3", "mmf"]) {
            let alone = forecast(&series, &[4000.0], &with(method)).unwrap();
            let beside = forecast(&series, &[4000.0, 10_000.0, 400_000.0], &with(method)).unwrap();
            assert_eq!(alone.points[0].quantiles, beside.points[0].quantiles, "{method}");
        }
        let exact = forecast(&series, &[4000.0, 400_000.0], &with("least-squares")).unwrap();
        for (p, truth) in exact.points.iter().zip([2.415_291, 2.104_321]) {
            assert!((p.median.unwrap() - truth).abs() < 1e-4, "{p:?}");
        }
    }

    #[test]
    fn every_law_continues_its_own_curve() {
        for law in models::all().iter().filter(|l| l.inputs() == ["resource"] && !l.name().starts_with("bnsl")) {
            let mut theta: Vec<f64> = law.params().iter().map(|p| p.start).collect();
            if law.name() == "gompertz" {
                theta[1] = 5.0;
            }
            let value = |x: f64| law.eval(&models::At::at(&[x]), &theta);
            let x: Vec<f64> = (1..=60).map(f64::from).collect();
            let series = Series::new(x.clone(), x.iter().map(|x| value(*x)).collect());
            // The direction, so that nothing has to be inferred of odd shapes.
            let found = forecast(&series, &[90.0], &with(law.name())).unwrap();
            let (p, truth) = (&found.points[0], value(90.0));
            assert!((p.median.unwrap() - truth).abs() < 1e-4 * truth.abs().max(1.0), "{}: {p:?} for {truth}", law.name());
            assert!(p.quantiles[0].value.unwrap() <= truth && truth <= p.quantiles[4].value.unwrap(), "{}: {p:?} for {truth}", law.name());
        }
    }

    #[test]
    fn a_series_that_rises_is_no_loss() {
        let rising = |name: &str| Series {
            measure: name.to_owned(),
            ..Series::new((1..=20).map(f64::from).collect(), (1..=20).map(|t| 0.9 - 0.5 / f64::from(t)).collect())
        };
        let found = forecast(&rising("val_loss"), &[40.0], &with("auto")).unwrap();
        assert!(found.warnings.contains(&Warning::WrongWay { rises: true }), "{:?}", found.warnings);
        // Without a name that says otherwise what rises is taken to get better.
        let inferred = forecast(&rising("y"), &[40.0], &with("auto")).unwrap();
        assert!(inferred.warnings.is_empty() && inferred.measure.better == Better::Higher && !inferred.measure.told, "{:?}", inferred.warnings);
        let told = forecast(&rising("y"), &[40.0], &ForecastOptions { better: Some(Better::Lower), ..with("auto") }).unwrap();
        assert!(told.warnings.contains(&Warning::WrongWay { rises: true }) && told.measure.told);
    }

    #[test]
    fn a_first_point_on_another_scale_is_left_out_or_kept() {
        let mut series = falling();
        series.x.insert(0, 0.0);
        series.y.insert(0, 0.0);
        let truth = 0.4 + 0.9 * 100f64.powf(-0.6);
        for method in ["auto", "pfn", "least-squares"] {
            let found = forecast(&series, &[100.0], &ForecastOptions { better: Some(Better::Lower), ..with(method) }).unwrap();
            assert!((found.points[0].median.unwrap() - truth).abs() < 0.05 && found.seen == 30, "{method}: {:?}", found.points);
            assert!(matches!(found.warnings[..], [Warning::FirstLeftOut { at: 0.0, .. }]));
        }
        let kept = forecast(&series, &[100.0], &ForecastOptions { keep_first: true, ..with("auto") }).unwrap();
        assert_eq!(kept.seen, 31);
    }

    #[test]
    fn bounds_hold_quantiles_and_are_checked() {
        let y: Vec<f64> = (1..=10).map(|t| -1.0 / f64::from(t)).collect();
        let series = Series::new((1..=10).map(f64::from).collect(), y);
        let of = |bounds, method: &str| forecast(&series, &[20.0], &ForecastOptions { better: Some(Better::Higher), bounds, ..with(method) });
        assert!(of(Some((-1.0, 1.0)), "pfn").is_ok() && of(None, "auto").is_ok());
        assert!(matches!(of(None, "pfn"), Err(Error::NeedsBounds(_))));
        assert!(matches!(of(Some((-0.5, 1.0)), "auto"), Err(Error::OutsideBounds { .. })));
        assert!(matches!(of(Some((1.0, -1.0)), "auto"), Err(Error::Option(_))));
        // What rises to 0.99 does not go beyond one.
        let near = Series { measure: "acc".into(), ..Series::new((1..=12).map(f64::from).collect(), (1..=12).map(|t| 0.02 + 0.08 * f64::from(t)).collect()) };
        let found = forecast(&near, &[60.0], &with("log-linear")).unwrap();
        assert!(found.points[0].quantiles.iter().all(|q| q.value.unwrap() <= 1.0), "{:?}", found.points);
    }

    #[test]
    fn earlier_runs_are_heard() {
        let shape = |level: f64, n: u32| Series::new((1..=n).map(f64::from).collect(), (1..=n).map(|t| level + 2.0 * f64::from(t).powf(-0.5)).collect());
        let earlier: Vec<Earlier> = (0..8).map(|k| shape(0.9 + 0.02 * f64::from(k), 60).into()).collect();
        let alone = forecast(&shape(1.0, 6), &[60.0], &ForecastOptions::default()).unwrap();
        let informed = forecast(&shape(1.0, 6), &[60.0], &ForecastOptions { earlier, ..ForecastOptions::default() }).unwrap();
        let truth = 1.0 + 2.0 * 60f64.powf(-0.5);
        let width = |r: &ForecastResult| r.points[0].quantiles[4].value.unwrap() - r.points[0].quantiles[0].value.unwrap();
        assert!(width(&informed) < 0.8 * width(&alone), "{} {}", width(&informed), width(&alone));
        let off = (informed.points[0].median.unwrap() - truth).abs();
        assert!(off < 0.5 * width(&informed), "{off}");
    }

    #[test]
    fn with_a_schedule_and_earlier_runs_no_answer_depends_on_what_else_is_asked() {
        let rate = |s: f64| if s <= 6000.0 { 1.0 } else { 1.0 - (s - 6000.0) / 4000.0 };
        let rates: Vec<f64> = (0..=10_000).map(|s| rate(f64::from(s))).collect();
        let loss = |s: f64, brings: f64| 2.0 + 3.0 * (s + 200.0).powf(-0.4) - brings * (1.0 - rate(s));
        let run = |n: u32, brings: f64| {
            let x: Vec<f64> = (1..=n).map(|k| 100.0 * f64::from(k)).collect();
            Series::new(x.clone(), x.iter().map(|s| loss(*s, brings)).collect())
        };
        let earlier: Vec<Earlier> = (0..6).map(|_| Earlier { series: run(100, 0.2), schedule: Some(rates.clone()) }).collect();
        let options = ForecastOptions { schedule: Some(rates.clone()), earlier: earlier.clone(), ..ForecastOptions::default() };
        let both = forecast(&run(55, 0.2), &[7000.0, 10_000.0], &options).unwrap();
        let one = forecast(&run(55, 0.2), &[7000.0], &options).unwrap();
        assert_eq!(one.points[0], both.points[0]);
        let off = |r: &ForecastResult| (r.points.last().unwrap().median.unwrap() - loss(10_000.0, 0.2)).abs();
        let alone = forecast(&run(55, 0.2), &[10_000.0], &ForecastOptions { earlier: Vec::new(), ..options.clone() }).unwrap();
        // What the cooldown brings can be told from them alone.
        assert!(off(&both) < 0.5 * off(&alone), "{} {}", off(&both), off(&alone));
        // Of six the network takes four; a run whose rate ends before it does, or that ends before the place of comparison, is none.
        assert!(matches!(both.warnings[..], [Warning::EarlierNotHeard { given: 6, heard: 4, .. }]), "{:?}", both.warnings);
        let short = Earlier { series: run(100, 0.2), schedule: Some(rates[..3000].to_vec()) };
        let ended = Earlier { series: run(30, 0.2), schedule: Some(rates.clone()) };
        for bad in [short, ended, run(100, 0.2).into()] {
            let found = forecast(&run(55, 0.2), &[10_000.0], &ForecastOptions { earlier: vec![bad], ..options.clone() }).unwrap();
            assert!(matches!(found.warnings[..], [Warning::EarlierNotHeard { given: 1, heard: 0, .. }]), "{:?}", found.warnings);
            assert_eq!(found.points, alone.points);
        }
        let deaf = ForecastOptions { method: Method::Persist, schedule: None, ..options };
        assert!(matches!(forecast(&run(55, 0.2), &[7000.0], &deaf).unwrap().warnings[..], [Warning::EarlierNotHeard { given: 6, heard: 0, .. }]));
    }

    #[test]
    fn a_schedule_that_falls_is_predicted() {
        // 2 + 3 S^−0.4 in the running sum of the rate, less what a cooldown of the last fifth brings.
        let rate = |s: f64| if s <= 8000.0 { 1.0 } else { 1.0 - (s - 8000.0) / 2000.0 };
        let loss = |s: f64| 2.0 + 3.0 * (s + 200.0).powf(-0.4) - 0.08 * (1.0 - rate(s));
        let x: Vec<f64> = (1..=90).map(|k| 100.0 * f64::from(k)).collect();
        let series = Series::new(x.clone(), x.iter().map(|s| loss(*s)).collect());
        let schedule: Vec<f64> = (0..=10_000).map(|s| 3e-4 * rate(f64::from(s)).max(0.0)).collect();
        let blind = forecast(&series, &[10_000.0], &with("pow3")).unwrap();
        let found = forecast(&series, &[10_000.0], &ForecastOptions { schedule: Some(schedule), ..ForecastOptions::default() }).unwrap();
        let off = |r: &ForecastResult| (r.points[0].median.unwrap() - loss(10_000.0)).abs();
        assert!(off(&found) < 0.5 * off(&blind), "{:?} and {:?} for {}", found.points, blind.points, loss(10_000.0));
        assert!(!found.warnings.contains(&Warning::Bends));
    }

    #[test]
    fn what_cannot_be_predicted_says_why() {
        let why = |series: &Series, at: &[f64]| forecast(series, at, &with("auto")).unwrap_err().to_string();
        assert!(why(&falling(), &[3.0]).contains("not beyond the last"));
        assert!(why(&falling(), &[]).contains("a point or more"));
        assert!(why(&Series::new(vec![2.0, 1.0], vec![0.5, 0.4]), &[9.0]).contains("increase"));
        assert!(why(&Series::new(vec![1.0, 2.0], vec![0.5, 0.4]), &[9.0]).contains("2 points"));
    }
}
