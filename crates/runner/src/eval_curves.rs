//! `EvalCurve`: one curve of a source, ready to be asked about, or the reason why not.

use std::collections::BTreeMap;
use std::sync::Arc;

use curves::{Better, Curve, CurveSet, Entry, Scale};
use models::Schedule;
use priors::Prior;

use crate::source::{Axis, Source};
use crate::spec::{About, Bound, ScaleSpec};

/// One curve, ready to be asked about: on the unit scale with better = larger where the source says how, as recorded where it does not.
#[derive(Clone, Debug)]
pub struct EvalCurve {
    /// Unique in its source.
    pub id: String,
    /// The task it belongs to; empty for a prior.
    pub task: String,
    /// `good` or `bad` by its last value within its task; empty for a prior.
    pub quality: String,
    /// The curve, or why it is none.
    pub curve: Result<Curve, String>,
    /// Its good beginning, when the whole is none: a diverged run until it diverged.
    pub finite_prefix: Option<Curve>,
    /// How raw values were mapped, if they were.
    pub scale: Option<Scale>,
    /// How many of its first points are given, where the data say so.
    pub given: Option<usize>,
    /// Where its values can lie on the scale on which it is asked about, infinite where that is not known.
    pub bounds: (f64, f64),
    /// The learning rate at every step up to its last point, where it is recorded and the axis is the resource.
    pub schedule: Option<Arc<Schedule>>,
}

/// The curves of a source, ready to be asked about: all there are, or drawn one by one.
pub enum EvalCurves {
    /// From a dataset.
    Listed {
        /// All there are, in the order in which a smaller number takes them.
        cases: Vec<EvalCurve>,
        /// How many of them are asked about.
        asked: usize,
        /// Points of the longest curve of the source, whether it is asked about or not.
        longest: usize,
    },
    /// From a prior.
    Drawn {
        /// The prior.
        prior: Box<dyn Prior>,
        /// How many.
        count: usize,
        /// Seed and names of every curve's stream.
        stream: [String; 2],
    },
}

impl EvalCurves {
    /// The curves of a dataset, mapped, thinned, marked and put in the order in which a smaller number takes them.
    pub fn listed(set: &CurveSet, about: &About, name: &str, s: &Source) -> Self {
        let better = set.measure().better;
        let mut cases = Vec::with_capacity(set.entries().len());
        for e in set.entries() {
            let task = e.covariates.get(&s.task).cloned().unwrap_or_default();
            let mut case = EvalCurve {
                id: e.id.clone(),
                task,
                quality: String::new(),
                curve: Err(String::new()),
                finite_prefix: None,
                scale: None,
                given: None,
                bounds: FREE,
                schedule: None,
            };
            match scale(s.scale.as_ref(), better, &e.y) {
                Ok(scale) => {
                    let unit = |c: Curve| -> Result<Curve, String> {
                        let c = match &scale {
                            Some(k) => c.map_y(|v| k.forward(v)).map_err(|e| e.to_string())?,
                            None => c,
                        };
                        let c = if s.drop_initial {
                            let (x, y) = c.rest(1);
                            Curve::new(x.to_vec(), y.to_vec()).map_err(|e| e.to_string())?
                        } else {
                            c
                        };
                        Ok(c.thinned(s.length))
                    };
                    let whole = e.curve().map_err(|e| e.to_string()).and_then(&unit);
                    // Points may have been dropped and thinned: those up to the last one that is given are.
                    let until = e.given.and_then(|n| e.x.get(n.checked_sub(1)?));
                    case.given = until.and_then(|x| Some(whole.as_ref().ok()?.x().partition_point(|v| v <= x)));
                    case.curve = whole.and_then(|c| on_axis(&c, s.axis));
                    match schedule(e, s.axis) {
                        Ok(schedule) => case.schedule = schedule,
                        // A rate that is recorded and cannot be read is no constant one.
                        Err(why) => case.curve = Err(format!("its learning rate: {why}")),
                    }
                    case.finite_prefix = e.good_prefix().and_then(|c| on_axis(&unit(c).ok()?, s.axis).ok());
                    // A scale has ends of its own.
                    case.bounds = set.measure().bounds.filter(|_| scale.is_none()).map_or(FREE, |[low, high]| (low, high));
                    case.scale = scale;
                }
                Err(why) => case.curve = Err(why),
            }
            cases.push(case);
        }
        mark_good(&mut cases, s.good);
        // Of all curves, so that a smaller number of them stays a part of a larger.
        let longest = cases.iter().filter_map(|c| c.curve.as_ref().ok().map(Curve::len)).max().unwrap_or(0);
        let asked = s.curves.unwrap_or(usize::MAX).min(cases.len());
        EvalCurves::Listed { cases: spread(cases, about.seed, s.same_curves_as.as_deref().unwrap_or(name)), asked, longest }
    }

    /// Curves drawn from a prior, each from a stream of its own.
    pub fn drawn(prior: Box<dyn Prior>, about: &About, name: &str, s: &Source) -> Self {
        EvalCurves::Drawn { prior, count: s.curves.unwrap_or_default(), stream: [about.seed.to_string(), name.to_owned()] }
    }

    /// How many are asked about.
    pub fn len(&self) -> usize {
        match self {
            EvalCurves::Listed { asked, .. } => *asked,
            EvalCurves::Drawn { count, .. } => *count,
        }
    }

    /// Points of the longest curve.
    pub fn longest(&self) -> usize {
        match self {
            EvalCurves::Listed { longest, .. } => *longest,
            EvalCurves::Drawn { prior, .. } => prior.horizon(),
        }
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All curves of a dataset, whether they are asked about or not; none of a prior, whose curves have nothing to do with each other.
    pub fn recorded(&self) -> &[EvalCurve] {
        match self {
            EvalCurves::Listed { cases, .. } => cases,
            EvalCurves::Drawn { .. } => &[],
        }
    }

    /// The `k`-th curve.
    pub fn curve(&self, k: usize) -> EvalCurve {
        match self {
            EvalCurves::Listed { cases, .. } => cases[k].clone(),
            EvalCurves::Drawn { prior, stream, .. } => {
                let draw = prior.draw(fitters::seed::of(&[&stream[0], &stream[1], &k.to_string()]));
                EvalCurve {
                    id: format!("{k:06}"),
                    task: String::new(),
                    quality: String::new(),
                    curve: Curve::on_grid(draw.noisy).map_err(|e| e.to_string()),
                    finite_prefix: None,
                    scale: None,
                    given: None,
                    bounds: FREE,
                    schedule: None,
                }
            }
        }
    }
}

/// The learning rate at every step of a run; nothing where it is not recorded, or the axis is not the resource.
fn schedule(e: &Entry, axis: Axis) -> Result<Option<Arc<Schedule>>, String> {
    let Some((rates, last)) = e.rates.as_ref().filter(|_| axis == Axis::Resource).zip(e.x.last()) else { return Ok(None) };
    Schedule::logged(&e.x, rates, *last).map(|s| Some(Arc::new(s))).map_err(|why| why.to_string())
}

/// No bounds.
const FREE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// The last place of the grid of LC-PFN's prior.
const LAST: f64 = 100.0;

/// Places from 1 to [`LAST`] by how far each is from the first one.
fn between_ends(x: &[f64], far: impl Fn(f64) -> f64) -> Vec<f64> {
    let whole = x.last().map_or(0.0, |last| far(*last));
    // One point alone is the first.
    let whole = if whole > 0.0 { whole } else { 1.0 };
    x.iter().map(|v| (1.0 + (LAST - 1.0) * far(*v) / whole).min(LAST)).collect()
}

/// A curve on the axis asked for.
fn on_axis(c: &Curve, axis: Axis) -> Result<Curve, String> {
    let (x, y) = (c.x(), c.y().to_vec());
    match axis {
        // The prior's grid is 1, 2, …: positions count points, whatever the unit of the resource.
        Axis::Points => Curve::on_grid(y),
        Axis::Resource => return Ok(c.clone()),
        Axis::Log => {
            let first = x[0];
            if first <= 0.0 {
                return Err(format!("its first point is at {first}, which has no logarithm; drop it (`drop-initial`), or take another axis"));
            }
            Curve::new(between_ends(x, |v| (v / first).ln()), y)
        }
        Axis::Linear => Curve::new(between_ends(x, |v| v - x[0]), y),
    }
    .map_err(|e| e.to_string())
}

fn scale(spec: Option<&ScaleSpec>, better: Better, y: &[f64]) -> Result<Option<Scale>, String> {
    let Some(s) = spec else { return Ok(None) };
    let high = match s.soft_high {
        Bound::Number(v) => v,
        Bound::Initial => *y.first().ok_or("no points")?,
    };
    Scale::new(better, s.hard_low, s.soft_low, high, s.hard_high).map(Some).map_err(|e| e.to_string())
}

/// The best share of each task, by last value; a curve that is none is bad.
fn mark_good(cases: &mut [EvalCurve], share: f64) {
    let mut by_task: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, c) in cases.iter().enumerate() {
        by_task.entry(c.task.clone()).or_default().push(i);
    }
    for members in by_task.values() {
        let end = |i: usize| cases[i].curve.as_ref().map_or(f64::NEG_INFINITY, |c| c.last().1);
        let mut order = members.clone();
        order.sort_by(|&a, &b| end(b).total_cmp(&end(a)));
        let good = (share * members.len() as f64).round() as usize;
        for (rank, i) in order.into_iter().enumerate() {
            cases[i].quality = if rank < good { "good" } else { "bad" }.into();
        }
    }
}

/// Every task in turn gives its next case in a seeded order, so that any number is spread over the tasks
/// and a smaller number is the beginning of a larger.
fn spread(cases: Vec<EvalCurve>, seed: u64, name: &str) -> Vec<EvalCurve> {
    let mut by_task: BTreeMap<String, Vec<(u64, EvalCurve)>> = BTreeMap::new();
    for c in cases {
        let key = fitters::seed::of(&[&seed.to_string(), name, &c.task, &c.id]);
        by_task.entry(c.task.clone()).or_default().push((key, c));
    }
    for members in by_task.values_mut() {
        members.sort_by(|a, b| (b.0, &b.1.id).cmp(&(a.0, &a.1.id)));
    }
    let mut out = Vec::new();
    loop {
        let before = out.len();
        for members in by_task.values_mut() {
            out.extend(members.pop().map(|m| m.1));
        }
        if out.len() == before {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use curves::{Measure, Resource};

    use super::*;

    fn cases(settings: &str) -> Vec<EvalCurve> {
        let x: Vec<f64> = (0..10).map(|k| 1000.0 * 2f64.powi(k)).collect();
        let y = x.iter().map(|x| 50.0 * x.powf(-0.5)).collect();
        let entries = vec![Entry { id: "a".into(), covariates: BTreeMap::new(), x, y, given: Some(6), rates: None }];
        let measure = Measure { name: "error".into(), unit: String::new(), better: Better::Lower, bounds: None };
        let set = CurveSet::new(Resource { name: "examples".into() }, measure, entries).unwrap();
        let source: Source = toml::from_str(&format!("from = \"d\"\n{settings}")).unwrap();
        let about: About = toml::from_str("title = \"t\"\npaper = { arxiv = \"a\", bib = \"b\" }\nversion = 1\nseed = 1").unwrap();
        let EvalCurves::Listed { cases, .. } = EvalCurves::listed(&set, &about, "s", &source) else { panic!("a list") };
        cases
    }

    #[test]
    fn a_rate_goes_with_the_resource_and_one_that_cannot_be_read_is_said() {
        let of = |rates: Vec<f64>, axis| {
            let e = Entry { id: "a".into(), covariates: BTreeMap::new(), x: vec![1.0, 3.0], y: vec![2.0, 1.0], given: None, rates: Some(rates) };
            schedule(&e, axis)
        };
        assert_eq!(of(vec![0.2, 0.1], Axis::Resource).unwrap().unwrap().steps(), 4);
        assert_eq!(of(vec![0.2, 0.1], Axis::Points), Ok(None));
        assert!(of(vec![0.2, f64::NAN], Axis::Resource).unwrap_err().contains("learning rate"));
    }

    #[test]
    fn axes_count_points_keep_the_resource_or_take_its_logarithm() {
        let points = cases("").remove(0);
        assert_eq!((points.curve.unwrap().x()[..3].to_vec(), points.given), (vec![1.0, 2.0, 3.0], Some(6)));
        let resource = cases("axis = \"resource\"").remove(0).curve.unwrap();
        assert_eq!((resource.x()[0], resource.last().0), (1000.0, 512_000.0));
        // Evenly spaced in the logarithm: 1, 12, 23, … 100.
        let log = cases("axis = \"log\"").remove(0).curve.unwrap();
        assert!(log.x().iter().enumerate().all(|(k, x)| (x - (1.0 + 11.0 * k as f64)).abs() < 1e-9), "{:?}", log.x());
        // A curve that begins at zero has no logarithm there.
        assert!(on_axis(&Curve::new(vec![0.0, 1.0], vec![1.0, 2.0]).unwrap(), Axis::Log).is_err());
        let linear = on_axis(&Curve::new(vec![0.0, 3.0, 12.0], vec![1.0, 2.0, 3.0]).unwrap(), Axis::Linear).unwrap();
        assert_eq!(linear.x(), [1.0, 25.75, 100.0]);
        assert_eq!(on_axis(&Curve::new(vec![7.0], vec![1.0]).unwrap(), Axis::Linear).unwrap().x(), [1.0]);
    }

    #[test]
    fn what_is_given_survives_dropping_and_thinning() {
        // Of points 0 to 9, six given: without the first, 5 of 9.
        assert_eq!(cases("drop-initial = true").remove(0).given, Some(5));
        // Every third from the last: 0, 3, 6, 9, of which two lie in the first six.
        let thin = cases("length = 4").remove(0);
        assert_eq!((thin.curve.unwrap().len(), thin.given), (4, Some(2)));
    }

    #[test]
    fn settings_that_are_left_out_are_not_serialised() {
        let source: Source = toml::from_str("from = \"d\"").unwrap();
        let text = toml::to_string(&source).unwrap();
        assert!(!text.contains("axis") && !text.contains("same-curves-as"), "{text}");
    }
}
