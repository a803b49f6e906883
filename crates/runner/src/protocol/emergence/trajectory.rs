//! View `trajectory`: the curve of a task that is left out, predicted from the other tasks of its model.

use std::collections::BTreeSet;

use evaluation::emergence::grid;
use evaluation::emergence::trajectory::{Combine, Gram, Scores, combine, scores, weighted};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::data::{Data, Series, smoothed};
use super::settings::{Basis, Feature, Predictor, Targets, Trajectory};
use super::spec::EmergenceSpec;
use crate::protocol::AskHead;
use crate::row_writer::{EACH, OK, RowWriter, count};
use crate::spec::About;

/// One forecast's scores, or why there are none.
struct Found {
    task: usize,
    method: String,
    basis: &'static str,
    scores: Result<Scores, &'static str>,
    points: usize,
    learned_from: usize,
    /// Share of shuffles that are at least as good.
    p: Option<f64>,
}

/// Vectors of a model's tasks, two by two; tasks without a vector have no place.
struct Vectors {
    feature: Feature,
    gram: Option<Gram>,
    place: Vec<Option<usize>>,
}

/// All targets of all models by all predictors asked.
pub(super) fn rows(about: &About, ask: &AskHead, asked: &EmergenceSpec, data: &Data, rows: &mut RowWriter<'_>) {
    // Seeds are of names, so the order in which threads take models changes nothing.
    let models: Vec<usize> = (0..data.models.len()).collect();
    let found: Vec<Vec<Found>> = models.par_iter().map(|&m| one_model(about, ask, asked, data, m)).collect();
    for (model, found) in data.models.iter().zip(found) {
        for f in found {
            let task = &data.tasks[f.task];
            let texts = [
                ("model", model.name.as_str()),
                ("task", &task.name),
                ("kind", task.kind()),
                ("family", &data.families[task.family]),
                ("method", &f.method),
                ("basis", f.basis),
                ("degenerate", task.degenerate()),
            ];
            let (status, s) = match &f.scores {
                Ok(s) => (OK, Some(s)),
                Err(why) => (*why, None),
            };
            let numbers = [
                ("pearson-r2", s.and_then(|s| s.pearson_r2)),
                ("determination", s.and_then(|s| s.determination)),
                ("mae", s.map(|s| s.mae)),
                ("points", count(f.points)),
                ("basis-tasks", count(f.learned_from)),
                ("p", f.p),
            ];
            rows.push("trajectory", EACH, status, &texts, &numbers);
        }
    }
}

/// A model with what every target of it shares.
struct Setting<'a> {
    asked: &'a EmergenceSpec,
    data: &'a Data,
    curves: &'a [Option<Series>],
    /// Tasks whose curve moves at all.
    moving: Vec<bool>,
    vectors: Vec<Vectors>,
    /// What names its random streams.
    stream: [String; 4],
}

fn one_model(about: &About, ask: &AskHead, asked: &EmergenceSpec, data: &Data, m: usize) -> Vec<Found> {
    let (how, curves) = (&asked.trajectory, data.models[m].curves.as_slice());
    let moving = curves.iter().map(|c| c.as_ref().is_some_and(|s| variance(&s.y) >= how.flat)).collect();
    let features: &[Feature] = if how.predictors.contains(&Predictor::Ridge) { &how.features } else { &[] };
    let vectors = features.iter().map(|f| vectors(how, data, m, *f)).collect();
    let stream = [about.seed.to_string(), ask.source.clone(), ask.id.clone(), data.models[m].name.clone()];
    let setting = Setting { asked, data, curves, moving, vectors, stream };
    let wanted = |t: &usize| how.targets == Targets::All || data.tasks[*t].composite;
    (0..data.tasks.len()).filter(wanted).flat_map(|t| setting.target(t)).collect()
}

impl Setting<'_> {
    /// Every predictor on one task; a task without a curve in this model is none.
    fn target(&self, t: usize) -> Vec<Found> {
        let how = &self.asked.trajectory;
        let Some(truth) = &self.curves[t] else { return Vec::new() };
        let refused = if truth.x.len() < how.min_checkpoints {
            Some("too-few-checkpoints")
        } else if !self.moving[t] {
            Some("flat")
        } else {
            None
        };
        // The others on this task's checkpoints: interpolated as recorded, then smoothed, as the prediction code of arXiv 2604.08510 does.
        let on_grid = |s: &Series| smoothed(self.asked, &truth.x, &grid::linear(&s.x, &s.raw, &truth.x)?);
        let others: Vec<Option<Vec<f64>>> = match refused {
            Some(_) => vec![None; self.curves.len()],
            None => self.curves.iter().enumerate().map(|(k, c)| c.as_ref().filter(|_| k != t).and_then(on_grid)).collect(),
        };
        let mut found = Vec::new();
        for predictor in &how.predictors {
            match predictor {
                Predictor::Ridge => {
                    for vectors in &self.vectors {
                        for basis in &how.bases {
                            found.extend(self.ridge(t, truth, &others, vectors, *basis, refused));
                        }
                    }
                }
                Predictor::MeanOfOthers => {
                    for basis in &how.bases {
                        let from = self.basis(&others, |k| *basis == Basis::All || !self.data.tasks[k].composite);
                        found.push(self.combined(t, truth, "mean-of-others", basis.name(), Combine::Mean, refused, Ok(from), &others));
                    }
                }
                Predictor::MeanOfComposites => {
                    let from = self.basis(&others, |k| self.data.tasks[k].composite);
                    found.push(self.combined(t, truth, "mean-of-composites", "", Combine::Mean, refused, Ok(from), &others));
                }
                Predictor::MeanOfComponents => found.push(self.of_components(t, truth, "mean-of-components", Combine::Mean, refused, &others)),
                Predictor::Product => found.push(self.of_components(t, truth, "product", Combine::Product, refused, &others)),
                Predictor::Minimum => found.push(self.of_components(t, truth, "minimum", Combine::Minimum, refused, &others)),
            }
        }
        found
    }

    fn basis(&self, others: &[Option<Vec<f64>>], keep: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..others.len()).filter(|&k| others[k].is_some() && self.moving[k] && keep(k)).collect()
    }

    fn of_components(&self, t: usize, truth: &Series, method: &str, how: Combine, refused: Option<&'static str>, others: &[Option<Vec<f64>>]) -> Found {
        let parts: Vec<Option<usize>> = self.data.tasks[t].components.iter().map(|(_, place)| place.filter(|&k| others[k].is_some())).collect();
        let from = if parts.is_empty() { Err("no-components") } else { parts.into_iter().collect::<Option<Vec<usize>>>().ok_or("missing-component") };
        self.combined(t, truth, method, "", how, refused, from, others)
    }

    #[expect(clippy::too_many_arguments, reason = "one forecast: of what, by what, from what")]
    fn combined(
        &self,
        task: usize,
        truth: &Series,
        method: &str,
        basis: &'static str,
        how: Combine,
        refused: Option<&'static str>,
        from: Result<Vec<usize>, &'static str>,
        others: &[Option<Vec<f64>>],
    ) -> Found {
        let from = refused.map_or(from, Err);
        let learned_from = from.as_ref().map_or(0, Vec::len);
        let scores = from.and_then(|from| {
            let curves: Vec<&[f64]> = from.iter().filter_map(|&k| others[k].as_deref()).collect();
            scores(&truth.y, &combine(how, &curves).ok_or("no-basis")?).ok_or("not-finite")
        });
        Found { task, method: method.to_owned(), basis, scores, points: truth.x.len(), learned_from, p: None }
    }

    /// The ridge on its vectors, and the mean scores of the ridge on vectors that were shuffled among the same tasks.
    fn ridge(&self, t: usize, truth: &Series, others: &[Option<Vec<f64>>], vectors: &Vectors, basis: Basis, refused: Option<&'static str>) -> Vec<Found> {
        let how = &self.asked.trajectory;
        let from = self.basis(others, |k| vectors.place[k].is_some() && (basis == Basis::All || !self.data.tasks[k].composite));
        let places: Vec<usize> = from.iter().filter_map(|&k| vectors.place[k]).collect();
        let curves: Vec<&[f64]> = from.iter().filter_map(|&k| others[k].as_deref()).collect();
        let predict = |basis: &[usize], target: usize| -> Result<Scores, &'static str> {
            let gram = vectors.gram.as_ref().ok_or("no-vector")?;
            let weights = gram.weights(basis, target, how.lambda)?;
            scores(&truth.y, &weighted(&weights, &curves).ok_or("no-basis")?).ok_or("not-finite")
        };
        // The vector of an elementary task is its own curve here, which is what is to be predicted.
        let its_own = vectors.feature == Feature::ComponentTrajectories && !self.data.tasks[t].composite;
        let refused = refused.or(its_own.then_some("no-vector"));
        let target = refused.map_or_else(|| vectors.place[t].ok_or("no-vector"), Err);
        let straight = target.and_then(|target| predict(&places, target));
        let shuffled: Vec<Scores> = match (target, &straight) {
            (Ok(target), Ok(_)) => {
                let names: Vec<&str> =
                    self.stream.iter().map(String::as_str).chain([vectors.feature.name(), basis.name(), self.data.tasks[t].name.as_str()]).collect();
                let mut rng = Pcg64::seed_from_u64(fitters::seed::of(&names));
                let mut all: Vec<usize> = places.iter().copied().chain([target]).collect();
                (0..how.shuffles)
                    .filter_map(|_| {
                        for i in (1..all.len()).rev() {
                            all.swap(i, rng.random_range(0..=i));
                        }
                        let (target, basis) = all.split_last()?;
                        predict(basis, *target).ok()
                    })
                    .collect()
            }
            _ => Vec::new(),
        };
        let as_good = |s: &Scores| shuffled.iter().filter(|r| r.mae <= s.mae).count();
        let p = straight.as_ref().ok().filter(|_| !shuffled.is_empty()).map(|s| (1 + as_good(s)) as f64 / (1 + shuffled.len()) as f64);
        let found = |method: String, scores, p| Found { task: t, method, basis: basis.name(), scores, points: truth.x.len(), learned_from: from.len(), p };
        let null = match straight {
            Ok(_) => mean_scores(&shuffled).ok_or("no-shuffles"),
            Err(why) => Err(why),
        };
        let mut out = vec![found(format!("ridge-{}", vectors.feature.name()), straight, p)];
        if how.shuffles > 0 {
            out.push(found(format!("ridge-{}-shuffled", vectors.feature.name()), null, None));
        }
        out
    }
}

/// Means over shuffles; of a score that only some have, over those.
fn mean_scores(all: &[Scores]) -> Option<Scores> {
    let mean = |of: &dyn Fn(&Scores) -> Option<f64>| {
        let known: Vec<f64> = all.iter().filter_map(of).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    Some(Scores { pearson_r2: mean(&|s: &Scores| s.pearson_r2), determination: mean(&|s: &Scores| s.determination), mae: mean(&|s: &Scores| Some(s.mae))? })
}

fn variance(y: &[f64]) -> f64 {
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    y.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / y.len() as f64
}

/// The vectors of all tasks of a model. None is made of a composite's own curve in this model.
fn vectors(how: &Trajectory, data: &Data, m: usize, feature: Feature) -> Vectors {
    let of: Box<dyn Fn(usize) -> Option<Vec<f64>> + '_> = match feature {
        Feature::Components => Box::new(indicator(data)),
        Feature::ComponentTrajectories => Box::new(own_curves(data, m)),
        Feature::OtherModels => Box::new(other_curves(data, m)),
    };
    let mut place = vec![None; data.tasks.len()];
    let mut list: Vec<Vec<f64>> = Vec::new();
    for (t, slot) in place.iter_mut().enumerate() {
        let vector = of(t).filter(|v| v.iter().all(|x| x.is_finite()) && v.iter().any(|x| *x != 0.0));
        if let Some(v) = vector {
            *slot = Some(list.len());
            list.push(v);
        }
    }
    Vectors { feature, gram: Gram::new(&list, how.kernel, how.sigma), place }
}

/// 1 for each component; an elementary task is its own.
fn indicator(data: &Data) -> impl Fn(usize) -> Option<Vec<f64>> {
    let mut names: BTreeSet<&str> = data.tasks.iter().flat_map(|t| t.components.iter().map(|c| c.0.as_str())).collect();
    names.extend(data.tasks.iter().filter(|t| !t.composite).map(|t| t.name.as_str()));
    move |t| {
        let task = &data.tasks[t];
        let has = |name: &str| if task.composite { task.components.iter().any(|c| c.0 == name) } else { task.name == name };
        Some(names.iter().map(|n| if has(n) { 1.0 } else { 0.0 }).collect())
    }
}

/// The smoothed curve of an elementary task, the mean of its components' for a composite, on the model's longest grid.
fn own_curves(data: &Data, m: usize) -> impl Fn(usize) -> Option<Vec<f64>> {
    let curves = &data.models[m].curves;
    let points = longest(curves);
    let on_grid = move |t: usize| curves[t].as_ref().and_then(|s| grid::linear(&s.x, &s.y, &points));
    move |t| {
        let task = &data.tasks[t];
        if !task.composite {
            return on_grid(t);
        }
        let parts: Vec<Vec<f64>> = task.components.iter().filter_map(|c| on_grid(c.1?)).collect();
        combine(Combine::Mean, &parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }
}

/// The mean of the task's smoothed curves in the other models, on this model's longest grid.
fn other_curves(data: &Data, m: usize) -> impl Fn(usize) -> Option<Vec<f64>> {
    let points = longest(&data.models[m].curves);
    move |t| {
        let others = data.models.iter().enumerate().filter(|(k, _)| *k != m).filter_map(|(_, o)| o.curves[t].as_ref());
        let parts: Vec<Vec<f64>> = others.filter_map(|s| grid::linear(&s.x, &s.y, &points)).collect();
        combine(Combine::Mean, &parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }
}

/// The checkpoints of the longest curve, the first of several.
pub(super) fn longest(curves: &[Option<Series>]) -> Vec<f64> {
    curves.iter().flatten().reduce(|a, b| if b.x.len() > a.x.len() { b } else { a }).map_or_else(Vec::new, |s| s.x.clone())
}
