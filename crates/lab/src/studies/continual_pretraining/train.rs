//! Trains a part, and looks at the model on the way.

use nets::Training;

use super::exam::{Exam, Marks};
use super::gather::{self, SERIES};
use super::part::Part;
use super::world::{Source, domain};
use super::{Corpus, other};
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::language_model::LanguageModel;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Series, Status, StudyError};

/// Numbers of a look: the step of the phase, what the curves are made of, and how far the lowest and the highest block have moved.
const NUMBERS: usize = 8;

/// What looks at a model.
struct Looker<'a> {
    model: &'a LanguageModel,
    /// About the first domain, and about the one that is learned where it is another.
    exams: Vec<Exam>,
    /// The weights with which the part began.
    began: Vec<f32>,
    layers: usize,
}

/// What is asked about a domain of a seed.
fn exam(own: &Part, corpus: Corpus, seed: u64) -> Exam {
    Exam::new(&domain(own, corpus, seed), own.held_out, &mut stream(seed, Purpose::Pictures, 10 + corpus as u64))
}

impl Looker<'_> {
    /// How the model does now, in the first domain and in the one that is learned.
    fn marks(&self, training: &mut Training<f32>) -> [Marks; 2] {
        let none = Marks { loss: f64::NAN, skill: f64::NAN, knowledge: f64::NAN };
        let all: Vec<Marks> = self.exams.iter().map(|exam| exam.marks(self.model, training)).collect();
        [all.first().copied().unwrap_or(none), all.last().copied().unwrap_or(none)]
    }

    /// The same, and appends the numbers of the look.
    fn look(&self, training: &mut Training<f32>, step: u64, to: &mut Vec<f32>) -> [Marks; 2] {
        let [first, now] = self.marks(training);
        let moved = |block: usize| LanguageModel::moved(&training.params, &self.began, block);
        let (bottom, top) = (moved(0), moved(self.layers.saturating_sub(1)));
        let numbers: [f64; NUMBERS] = [step as f64, first.loss, now.loss, first.skill, now.skill, now.knowledge, bottom, top];
        to.extend(numbers.map(|v| v as f32));
        [first, now]
    }
}

/// Runs a part; its peak is chosen by the outcomes that it needs.
pub(super) fn run(own: &Part, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let (before, tried) = needs.split_at_checked(usize::from(own.follows)).ok_or_else(|| other("a part lacks the one that it follows"))?;
    let scores: Vec<f64> = tried.iter().map(|o| o.scalar(own.by.scalar()).unwrap_or(0.0)).collect();
    let mut peak = best(&own.peaks, &scores).ok_or_else(|| other("there is no peak to choose from"))?;
    let (model, mut training) = LanguageModel::new(own.size(), stream(seed, Purpose::Weights, 0));
    let mut passed = 0.0;
    if let Some(before) = before.first() {
        if let Status::Diverged(why) = &before.status {
            return Ok(gather::diverged(why.clone()));
        }
        training.read(before.handed_over()?.unwrap_or_default()).map_err(other)?;
        peak *= before.scalar("rate").ok_or_else(|| other("a part does not say its peak"))?;
        passed = before.scalar("passed").unwrap_or(0.0);
    }
    let exams = own.looked_at().into_iter().map(|corpus| exam(own, corpus, seed)).collect();
    let looker = Looker { model: &model, exams, began: training.params.values.clone(), layers: own.layers };
    let (source, grid) = (Source::new(own, seed), own.grid());
    let (mut looks, mut documents) = (Vec::new(), Vec::new());
    let course = Course { steps: (own.to - own.from) as u64, points: 1, rate: peak };
    let (_, ended) = course::run(&mut training, &mut looks, course, context, |training, looks, k, _| {
        let step = own.from as u64 + k;
        if grid.binary_search(&step).is_ok() {
            looker.look(training, step, looks);
        }
        source.documents(step, &mut documents);
        model.step(training, &documents, peak * own.schedule.at(step))
    })?;
    if let Some(why) = ended {
        return Ok(gather::diverged(format!("phase {}: {why}", own.phase)));
    }
    let ends = looker.look(&mut training, own.to as u64, &mut looks);
    if looks.iter().any(|v| !v.is_finite()) {
        return Ok(gather::diverged(format!("phase {}: what the model says is no longer finite; lower the rate", own.phase)));
    }
    let between = own.between().map(|corpus| exam(own, corpus, seed).marks(&model, &mut training).loss);
    let passed = passed + ((own.to - own.from) * own.batch) as f64;
    let numbers = [("rate", Some(peak)), ("passed", Some(passed)), ("steps", Some((own.offset + own.to) as f64)), ("end", Some(own.to as f64))];
    let found = [scalars(own, ends, between, &looks), numbers.to_vec()].concat();
    let weights = own.hands_over.then(|| training.to_bytes());
    Ok(gather::outcome(series(own, &looks), &found, weights, Status::Done))
}

/// The curves of a part.
fn series(own: &Part, looks: &[f32]) -> Vec<Series> {
    let looks = looks.as_chunks::<NUMBERS>().0;
    let column = |k: usize| looks.iter().map(|look| f64::from(look[k])).collect::<Vec<f64>>();
    let x: Vec<f64> = column(0).into_iter().map(|step| own.offset as f64 + step).collect();
    SERIES.iter().enumerate().map(|(k, (name, _))| Series { name: (*name).to_owned(), x: x.clone(), y: column(k + 1) }).collect()
}

/// How the model does at the end of a part.
fn scalars(own: &Part, [first, now]: [Marks; 2], between: Option<f64>, looks: &[f32]) -> Vec<(&'static str, Option<f64>)> {
    let of = |corpus: Corpus| match corpus {
        Corpus::A => Some(first.loss),
        _ if corpus == own.corpus() => Some(now.loss),
        _ if own.corpora.contains(&corpus) => between,
        _ => None,
    };
    let losses: Vec<f64> = own.corpora.iter().filter_map(|corpus| of(*corpus)).collect();
    let average = losses.iter().sum::<f64>() / losses.len().max(1) as f64;
    let ratio = |look: &[f32; NUMBERS]| (look[7] > 0.0).then(|| f64::from(look[6] / look[7]));
    let looks = looks.as_chunks::<NUMBERS>().0;
    let early = own.from as f32 + 0.01 * own.steps as f32;
    vec![
        ("loss-a", of(Corpus::A)),
        ("loss-b", of(Corpus::B)),
        ("loss-c", of(Corpus::Return)),
        ("average", Some(average)),
        ("score-average", Some((-average).exp())),
        ("score-now", Some((-now.loss).exp())),
        ("accuracy", Some(now.skill)),
        ("accuracy-first", Some(first.skill)),
        ("knowledge", Some(now.knowledge)),
        ("tasks", Some(0.5 * (now.skill + now.knowledge))),
        ("general", Some(0.5 * (first.skill + first.knowledge))),
        ("bottom-top-early", looks.iter().find(|look| look[0] >= early).and_then(ratio)),
        ("bottom-top-late", looks.last().and_then(ratio)),
    ]
}
