//! Running a plan: rayon across jobs, one thread inside each, results kept as they come.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use evaluation::Frame;
use rayon::prelude::*;

use crate::RunError;
use crate::job::{Job, Output};
use crate::plan::{Plan, Shard};
use crate::protocol::stop::Replay;
use crate::protocol::{extrapolate, stop};
use crate::spec::Protocol;
use crate::whole;

/// How a run is going.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Jobs done in this run.
    pub done: usize,
    /// Jobs this run has to do.
    pub all: usize,
    /// Rows with a status other than ok so far.
    pub failed_rows: usize,
    /// Seconds since the start.
    pub elapsed: f64,
    /// Seconds left, by the share of the jobs done.
    pub left: f64,
}

impl Plan {
    /// Runs what is not done yet. `watch` is called after every job, from any thread; a job that cannot be kept stops the run.
    pub fn run(&self, shard: Option<Shard>, watch: impl Fn(&Job, Progress) + Sync) -> Result<usize, RunError> {
        let todo: Vec<&Job> = self.slice(shard).into_iter().filter(|j| !self.store.has(&j.key)).collect();
        let (done, failed, stop) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
        let started = Instant::now();
        // One job at a time per thread: jobs differ a thousandfold in length.
        todo.par_iter().with_max_len(1).try_for_each(|job| {
            if stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            let out = self.one(job);
            let bad = (0..out.rows.len()).filter(|&r| !out.rows.is_ok(r)).count();
            self.store.put(&job.key, &out).inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            let failed_rows = failed.fetch_add(bad, Ordering::Relaxed) + bad;
            let elapsed = started.elapsed().as_secs_f64();
            let left = elapsed / done as f64 * (todo.len() - done) as f64;
            watch(job, Progress { done, all: todo.len(), failed_rows, elapsed, left });
            Ok::<(), RunError>(())
        })?;
        Ok(todo.len())
    }

    fn one(&self, job: &Job) -> Output {
        let spec = &self.experiment.spec;
        let ask = &spec.asks[job.ask];
        let Some(m) = job.method else { return whole::run(self, ask, job.from..job.to) };
        let (method, forecaster) = (&spec.methods[m], self.methods[m].as_ref());
        let Some(cases) = self.cases.get(&ask.source) else { return Output::default() };
        if ask.protocol == Protocol::Stop {
            stop::run(&spec.experiment, ask, method, forecaster, cases, job.from..job.to)
        } else {
            extrapolate::run(&spec.experiment, ask, method, forecaster, cases, job.from..job.to)
        }
    }

    /// How many jobs have no rows yet.
    pub fn open(&self) -> usize {
        self.jobs.iter().filter(|j| !self.store.has(&j.key)).count()
    }

    /// All rows, in the order of the plan, with ranks, replays and seconds added. Jobs without rows are left out.
    pub fn gather(&self) -> Result<Gathered, RunError> {
        let spec = &self.experiment.spec;
        let mut frame = Frame::new();
        let mut seconds = std::collections::HashMap::new();
        let mut replays = Vec::new();
        let mut bounds: std::collections::BTreeMap<usize, Frame> = std::collections::BTreeMap::new();
        for job in self.jobs.iter().filter(|j| self.store.has(&j.key)) {
            let out = self.store.get(&job.key)?;
            match spec.asks[job.ask].protocol {
                Protocol::Extrapolate | Protocol::Emergence | Protocol::Ladder | Protocol::Surface | Protocol::SpeedUp | Protocol::Tabulate => {
                    frame.extend(&out.rows)
                }
                Protocol::Stop => bounds.entry(job.ask).or_default().extend(&out.rows),
            }
            let ask = &spec.asks[job.ask].id;
            seconds.extend(out.seconds.into_iter().map(|(c, s, m, v)| ((ask.clone(), c, s, m), v)));
        }
        let mut columns: Vec<(String, Vec<(usize, f64)>)> = Vec::new();
        for ask in spec.asks.iter().filter(|a| a.protocol == Protocol::Extrapolate) {
            columns.extend(extrapolate::ranks(&frame, ask));
        }
        let timed: Vec<(usize, f64)> = (0..frame.len())
            .filter_map(|r| {
                let text = |c: &str| frame.text(c, r).unwrap_or_default().to_owned();
                seconds.get(&(text("ask"), text("curve"), text("seen"), text("method"))).map(|v| (r, *v))
            })
            .collect();
        columns.push(("seconds".into(), timed));
        for (name, values) in columns {
            frame.add_numbers(&name, &values);
        }
        for (a, ask) in spec.asks.iter().enumerate().filter(|(_, a)| a.protocol == Protocol::Stop) {
            let Some(cases) = self.cases.get(&ask.source) else { continue };
            // A run without its forecasts is never stopped: a replay of half of them would show a policy that does nothing.
            if self.jobs.iter().any(|j| j.ask == a && !self.store.has(&j.key)) {
                continue;
            }
            let empty = Frame::new();
            let mut replay = stop::replay(&spec.experiment, ask, cases, bounds.get(&a).unwrap_or(&empty));
            frame.extend(&std::mem::take(&mut replay.rows));
            replays.push((ask.id.clone(), replay));
        }
        Ok(Gathered { frame, replays })
    }
}

/// All rows of an experiment.
pub struct Gathered {
    /// Tidy rows of every ask.
    pub frame: Frame,
    /// The regret curves of every `stop` ask, by its id.
    pub replays: Vec<(String, Replay)>,
}
