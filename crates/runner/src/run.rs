//! Running a plan: stages first, then jobs; rayon across them, one thread inside each, results kept as they come.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use curves::CurveSet;
use curves::runs::RunTable;
use rayon::prelude::*;

use crate::RunError;
use crate::eval_curves::EvalCurves;
use crate::job::{Job, Output};
use crate::plan::{Plan, Shard};
use crate::protocol::{At, Input, Inputs, Shape};
use crate::source::Data;
use crate::stage::StagePlan;

/// How a run is going.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Jobs or stages done in this run.
    pub done: usize,
    /// Jobs or stages that this run has to do.
    pub all: usize,
    /// Rows with a status other than ok so far.
    pub failed_rows: usize,
    /// Seconds since the start.
    pub elapsed: f64,
    /// Seconds left, by the share of the cost that is done.
    pub left: f64,
}

/// Costs that are done, so that time left does not depend on how jobs differ.
struct Clock {
    started: Instant,
    all: f64,
    done: Mutex<f64>,
}

impl Clock {
    fn new(all: f64) -> Self {
        Self { started: Instant::now(), all, done: Mutex::new(0.0) }
    }

    /// Seconds since the start, and left, after something of this cost is done.
    fn after(&self, cost: f64) -> (f64, f64) {
        let elapsed = self.started.elapsed().as_secs_f64();
        let done = self.done.lock().map_or(self.all, |mut d| {
            *d += cost;
            *d
        });
        (elapsed, elapsed / done.max(f64::MIN_POSITIVE) * (self.all - done).max(0.0))
    }
}

/// The sources of a plan that jobs read, opened.
pub struct Opened {
    eval: BTreeMap<String, EvalCurves>,
    curves: BTreeMap<String, CurveSet>,
    runs: BTreeMap<String, RunTable>,
}

impl Inputs for Opened {
    fn eval_curves(&self, source: &str) -> Option<&EvalCurves> {
        self.eval.get(source)
    }

    fn curves(&self, source: &str) -> Option<&CurveSet> {
        self.curves.get(source)
    }

    fn runs(&self, source: &str) -> Option<&RunTable> {
        self.runs.get(source)
    }
}

impl Plan {
    /// Runs the stages that are not done yet, what others need first. `watch` is called with the share of the whole that is done, from any thread.
    ///
    /// # Errors
    /// A stage that fails, an outcome that cannot be kept.
    pub fn run_stages(&self, shard: Option<Shard>, watch: impl Fn(&StagePlan, Progress) + Sync) -> Result<usize, RunError> {
        let mut todo: Vec<&StagePlan> = self.stage_slice(shard).into_iter().filter(|s| !self.cache.has(&s.key)).collect();
        // A shard has to make what its stages need, wherever that belongs.
        let mut k = 0;
        while k < todo.len() {
            let needed = self.stages.iter().filter(|s| todo[k].needs.contains(&s.key) && !self.cache.has(&s.key));
            let more: Vec<&StagePlan> = needed.filter(|s| todo.iter().all(|t| t.key != s.key)).collect();
            todo.extend(more);
            k += 1;
        }
        let (all, clock, done) = (todo.len(), Clock::new(todo.iter().map(|s| s.cost).sum()), AtomicUsize::new(0));
        while !todo.is_empty() {
            let (ready, later): (Vec<&StagePlan>, Vec<&StagePlan>) = todo.into_iter().partition(|s| s.needs.iter().all(|n| self.cache.has(n)));
            if ready.is_empty() {
                return Err(RunError::Jobs("stages wait for each other; this is a bug of a study".into()));
            }
            ready.par_iter().with_max_len(1).try_for_each(|stage| {
                stage.run(&self.cache, &|_| lab::Go::On)?;
                let (elapsed, left) = clock.after(stage.cost);
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                watch(stage, Progress { done, all, failed_rows: 0, elapsed, left });
                Ok::<(), RunError>(())
            })?;
            todo = later;
        }
        Ok(all)
    }

    /// Runs the jobs that are not done yet. `watch` is called after every job, from any thread; a job that cannot be kept stops the run.
    ///
    /// # Errors
    /// Data that are damaged, rows that cannot be kept.
    pub fn run(&self, shard: Option<Shard>, watch: impl Fn(&Job, Progress) + Sync) -> Result<usize, RunError> {
        self.store.sweep();
        let todo: Vec<&Job> = self.slice(shard).into_iter().filter(|j| !self.store.has(&j.key)).collect();
        let opened = self.open_sources(todo.iter().flat_map(|j| self.inputs(&self.experiment.spec.asks[j.ask])))?;
        let (done, failed, stop) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
        let clock = Clock::new(todo.iter().map(|j| j.part.cost).sum());
        // One job at a time per thread: jobs differ a thousandfold in length.
        todo.par_iter().with_max_len(1).try_for_each(|job| {
            if stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            let out = self.one(job, &opened);
            let bad = (0..out.rows.len()).filter(|&r| !out.rows.is_ok(r)).count();
            self.store.put(&job.key, &out).inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            let failed_rows = failed.fetch_add(bad, Ordering::Relaxed) + bad;
            let (elapsed, left) = clock.after(job.part.cost);
            watch(job, Progress { done, all: todo.len(), failed_rows, elapsed, left });
            Ok::<(), RunError>(())
        })?;
        Ok(todo.len())
    }

    fn one(&self, job: &Job, opened: &Opened) -> Output {
        let ask = &self.experiment.spec.asks[job.ask];
        let head = ask.head();
        let method = job.part.method.as_ref().and_then(|m| self.method(m));
        let at = At { about: &self.experiment.spec.experiment, ask: &head, method };
        ask.protocol().map_or_else(|_| Output::default(), |(_, p)| p.run(&job.part, opened, &at))
    }

    /// Opens sources, each once.
    ///
    /// # Errors
    /// Data that are absent, damaged or not what their description says.
    pub(crate) fn open_sources(&self, inputs: impl IntoIterator<Item = Input>) -> Result<Opened, RunError> {
        let mut opened = Opened { eval: BTreeMap::new(), curves: BTreeMap::new(), runs: BTreeMap::new() };
        let wanted: std::collections::BTreeSet<Input> = inputs.into_iter().collect();
        for Input { source: name, shape } in wanted {
            let source = &self.experiment.spec.sources[&name];
            let (_, kind) = source.kind().map_err(RunError::Spec)?;
            let about = &self.experiment.spec.experiment;
            match (shape, kind.open(source, shape, &self.site(&name))?) {
                (Shape::EvalCurves, Data::Curves(set)) => {
                    let ready = EvalCurves::listed(&set, about, &name, source);
                    opened.eval.insert(name, ready);
                }
                (Shape::EvalCurves, Data::Prior(prior)) => {
                    let ready = EvalCurves::drawn(prior, about, &name, source);
                    opened.eval.insert(name, ready);
                }
                (Shape::Curves, Data::Curves(set)) => {
                    opened.curves.insert(name, set);
                }
                (Shape::Runs, Data::Runs(table)) => {
                    opened.runs.insert(name, table);
                }
                _ => return Err(RunError::Spec(format!("source {name:?} cannot be read as {shape}"))),
            }
        }
        Ok(opened)
    }
}
