//! `EvalCurve`: one curve of a source, ready to be asked about, or the reason why not.

use std::collections::BTreeMap;

use curves::{Better, Curve, CurveSet, Scale};
use priors::Prior;

use crate::source::Source;
use crate::spec::{About, Bound, ScaleSpec};

/// One curve on the unit scale, better = larger.
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
}

/// The curves of a source, ready to be asked about: all there are, or drawn one by one.
pub enum EvalCurves {
    /// From a dataset.
    Listed {
        /// In the order in which a smaller number takes them.
        cases: Vec<EvalCurve>,
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
            let mut case = EvalCurve { id: e.id.clone(), task, quality: String::new(), curve: Err(String::new()), finite_prefix: None, scale: None };
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
                        // The prior's grid is 1, 2, …: positions count points, whatever the unit of the resource.
                        Curve::on_grid(c.thinned(s.length).y().to_vec()).map_err(|e| e.to_string())
                    };
                    case.curve = e.curve().map_err(|e| e.to_string()).and_then(&unit);
                    case.finite_prefix = e.good_prefix().and_then(|c| unit(c).ok());
                    case.scale = scale;
                }
                Err(why) => case.curve = Err(why),
            }
            cases.push(case);
        }
        mark_good(&mut cases, s.good);
        // Of all curves, so that a smaller number of them stays a part of a larger.
        let longest = cases.iter().filter_map(|c| c.curve.as_ref().ok().map(Curve::len)).max().unwrap_or(0);
        EvalCurves::Listed { cases: spread(cases, about.seed, name, s.curves.unwrap_or(usize::MAX)), longest }
    }

    /// Curves drawn from a prior, each from a stream of its own.
    pub fn drawn(prior: Box<dyn Prior>, about: &About, name: &str, s: &Source) -> Self {
        EvalCurves::Drawn { prior, count: s.curves.unwrap_or_default(), stream: [about.seed.to_string(), name.to_owned()] }
    }

    /// How many.
    pub fn len(&self) -> usize {
        match self {
            EvalCurves::Listed { cases, .. } => cases.len(),
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
                }
            }
        }
    }
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
fn spread(cases: Vec<EvalCurve>, seed: u64, name: &str, most: usize) -> Vec<EvalCurve> {
    let mut by_task: BTreeMap<String, Vec<(u64, EvalCurve)>> = BTreeMap::new();
    for c in cases {
        let key = fitters::seed::of(&[&seed.to_string(), name, &c.task, &c.id]);
        by_task.entry(c.task.clone()).or_default().push((key, c));
    }
    for members in by_task.values_mut() {
        members.sort_by(|a, b| (b.0, &b.1.id).cmp(&(a.0, &a.1.id)));
    }
    let mut out = Vec::new();
    while out.len() < most {
        let before = out.len();
        for members in by_task.values_mut() {
            if out.len() < most {
                out.extend(members.pop().map(|m| m.1));
            }
        }
        if out.len() == before {
            break;
        }
    }
    out
}
