//! `Results`: all rows of an experiment, settled, with what is needed to show and to judge them. From a run, or from committed files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use evaluation::Frame;

use crate::experiment::Experiment;
use crate::manifest::Manifest;
use crate::plan::{Plan, RUNS};
use crate::protocol::{At, Kept};
use crate::store::write_atomically;
use crate::{RunError, frames};

/// Rows are kept beside the results, and so committed, up to this size.
const MOST_COMMITTED: usize = 5_000_000;

/// The files of rows, of what figures draw that is no row, and of what was trained.
const KEPT: [&str; 3] = ["rows.parquet", "series.parquet", RUNS];

/// All that publishing needs.
pub struct Results {
    /// The experiment.
    pub experiment: Experiment,
    /// Where tables, figures and pages go.
    pub folder: PathBuf,
    /// Tidy rows of every ask; ranks, replays and seconds included.
    pub frame: Frame,
    /// What figures draw that is no row: forecasts of a few curves, regret against epochs.
    pub series: Frame,
    /// What was run, with what, and what came out.
    pub manifest: Manifest,
    /// Sources that were not here, and why.
    pub missing: BTreeMap<String, String>,
    /// Source → what is spent along its curves, where it is known.
    pub resources: BTreeMap<String, String>,
    /// What a claim may need and the run has.
    pub available: BTreeSet<String>,
    /// Asks and answers whose jobs are open; an empty answer is the whole ask.
    pub unfinished: BTreeSet<(String, String)>,
    /// Curves and scalars of all stages; no rows where the experiment trains nothing, or they were read from committed files.
    pub stages: Frame,
}

/// What jobs kept, read from the store when it is asked for.
struct KeptOf<'a> {
    plan: &'a Plan,
    ask: usize,
}

impl KeptOf<'_> {
    fn read(&self, wanted: impl Fn(usize) -> bool) -> Frame {
        let mut all = Frame::new();
        for job in self.plan.jobs.iter().filter(|j| j.ask == self.ask && wanted(j.part.range.start) && self.plan.store.has(&j.key)) {
            // What was kept serves figures and metrics that came later: a file that is damaged was named when its rows were read.
            if let Ok(kept) = self.plan.store.kept(&job.key) {
                all.extend(&kept);
            }
        }
        all
    }
}

impl Kept for KeptOf<'_> {
    fn first(&self, pieces: usize) -> Frame {
        self.read(|start| start < pieces)
    }
}

impl Plan {
    /// All rows, in the order of the plan, settled. Jobs without rows are left out.
    ///
    /// # Errors
    /// A file of rows that is not whole, data that a replay needs and that are damaged.
    pub fn gather(&self) -> Result<Results, RunError> {
        let spec = &self.experiment.spec;
        let (mut frame, mut series, mut prints) = (Frame::new(), Frame::new(), Vec::new());
        let mut unfinished = BTreeSet::new();
        for (a, ask) in spec.asks.iter().enumerate() {
            let (_, protocol) = ask.protocol().map_err(RunError::Spec)?;
            let jobs: Vec<_> = self.jobs.iter().filter(|j| j.ask == a).collect();
            let mut rows = Frame::new();
            let mut seconds = HashMap::new();
            for job in &jobs {
                if !self.store.has(&job.key) {
                    let answers = job.part.method.as_ref().and_then(|m| self.method(m)).filter(|_| !protocol.rests_on_all_parts());
                    match answers {
                        Some(method) => unfinished.extend(method.answers.iter().map(|n| (ask.id.clone(), n.clone()))),
                        None => {
                            unfinished.insert((ask.id.clone(), String::new()));
                        }
                    }
                    continue;
                }
                let (mut own, times) = self.store.rows(&job.key)?;
                prints.push(frames::fingerprint(&own, &[]));
                protocol.refresh(&mut own, &|| self.store.kept(&job.key).unwrap_or_default());
                rows.extend(&own);
                for r in 0..times.len() {
                    let key = ["curve", "seen", "method"].map(|c| times.text(c, r).unwrap_or_default().to_owned());
                    seconds.extend(times.number("seconds", r).map(|s| (key, s)));
                }
            }
            let complete = jobs.iter().all(|j| self.store.has(&j.key));
            let opened = match protocol.settles_with_data() && complete && !jobs.is_empty() {
                true => Some(self.open_sources(self.inputs(ask))?),
                false => None,
            };
            let head = ask.head();
            let at = At { about: &spec.experiment, ask: &head, method: None };
            let kept = KeptOf { plan: self, ask: a };
            let inputs = opened.as_ref().map(|o| o as &dyn crate::protocol::Inputs);
            let mut settled = protocol.settle(&at, rows, &kept, inputs, complete && !jobs.is_empty());
            if !seconds.is_empty() {
                let text = |r: usize, c: &str| settled.rows.text(c, r).unwrap_or_default().to_owned();
                let timed: Vec<(usize, f64)> =
                    (0..settled.rows.len()).filter_map(|r| Some((r, *seconds.get(&["curve", "seen", "method"].map(|c| text(r, c)))?))).collect();
                settled.rows.add_numbers("seconds", &timed);
            }
            frame.extend(&settled.rows);
            series.extend(&settled.series);
        }
        let mut available = self.available();
        if frame.numbers("seconds").is_ok_and(|s| s.iter().any(|v| v.is_finite())) {
            // Claims about seconds are ratios of times taken in one run on one machine: they need that times were taken.
            available.insert("hardware".into());
        }
        let done: Vec<_> = self.stages.iter().filter(|s| self.cache.has(&s.key)).collect();
        let outcomes = done.into_iter().map(|s| self.cache.get(&s.key).map(|kept| (s, kept))).collect::<Result<Vec<_>, _>>()?;
        let stages = crate::cache::committed_rows(&outcomes);
        let resources = self.experiment.offers.iter().filter_map(|(n, o)| Some((n.clone(), o.resource.clone()?))).collect();
        let missing: BTreeMap<String, String> = self.missing.iter().map(|(n, a)| (n.clone(), a.to_string())).collect();
        let mut manifest = Manifest::of(self, frame.len(), &prints, &resources, &available, &unfinished)?;
        manifest.cost = crate::cost::of(&outcomes);
        for (name, frame) in KEPT.iter().zip([&frame, &series, &stages]).filter(|(_, f)| !f.is_empty()) {
            manifest.kept.insert((*name).to_owned(), frames::fingerprint(frame, &[]));
        }
        Ok(Results {
            experiment: self.experiment.clone(),
            folder: self.results.clone(),
            frame,
            series,
            manifest,
            missing,
            resources,
            available,
            unfinished,
            stages,
        })
    }
}

impl Results {
    /// How many jobs had no rows.
    pub fn open(&self) -> usize {
        self.manifest.jobs.1.saturating_sub(self.manifest.jobs.0)
    }

    /// Keeps rows and series as Parquet beside the results, where they are small enough to be committed, and takes away those of before.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn keep_rows(&self) -> Result<(), RunError> {
        self.keep_rows_up_to(MOST_COMMITTED)
    }

    /// The same with another number of bytes up to which a file is kept.
    ///
    /// # Errors
    /// As of [`Results::keep_rows`].
    pub fn keep_rows_up_to(&self, most: usize) -> Result<(), RunError> {
        for (name, frame) in KEPT.iter().zip([&self.frame, &self.series, &self.stages]) {
            let path = self.folder.join(name);
            let bytes = frames::to_parquet(frame)?;
            if bytes.is_empty() || bytes.len() > most {
                if path.is_file() {
                    std::fs::remove_file(&path).map_err(|e| RunError::Write { path: path.display().to_string(), why: e.to_string() })?;
                }
                continue;
            }
            // Bytes may differ between writers where values do not: a file that says the same stays as it is.
            let same = std::fs::read(&path).ok().and_then(|old| frames::from_parquet(name, &old).ok());
            if same.is_none_or(|old| frames::fingerprint(&old, &[]) != frames::fingerprint(frame, &[])) {
                write_atomically(&path, &bytes)?;
            }
        }
        Ok(())
    }

    /// Whether rows and series lie in the folder, so that all that is published can be made of them again.
    pub fn are_kept(&self) -> bool {
        KEPT.iter().zip([&self.frame, &self.series]).all(|(name, frame)| frame.is_empty() || self.folder.join(name).is_file())
    }

    /// The results that lie in a folder: what a clone has, without data and without rows of jobs.
    ///
    /// # Errors
    /// There are none, or they are damaged.
    pub fn load(experiment: Experiment, folder: &Path) -> Result<Self, RunError> {
        let none =
            |what: &str| RunError::Nothing(format!("{}: {what}; run `curvecast run {} --size {}` first", folder.display(), experiment.name, experiment.size));
        let path = folder.join("manifest.json");
        let text = std::fs::read_to_string(&path).map_err(|_| none("there are no results here"))?;
        let manifest: Manifest = serde_json::from_str(&text).map_err(|e| RunError::Data(format!("{}: {e}", path.display())))?;
        let frame = |name: &str| -> Result<Frame, RunError> {
            let Some(print) = manifest.kept.get(name) else { return Ok(Frame::new()) };
            let wrong = |why: String| RunError::Data(format!("{}: {why}", folder.join(name).display()));
            let bytes = std::fs::read(folder.join(name)).map_err(|e| match e.kind() {
                std::io::ErrorKind::NotFound => none(&format!("{name} was too large to be kept")),
                _ => wrong(e.to_string()),
            })?;
            let read = frames::from_parquet(name, &bytes).map_err(wrong)?;
            if frames::fingerprint(&read, &[]) != *print {
                return Err(wrong("its values are not those that manifest.json says; run the experiment again".into()));
            }
            Ok(read)
        };
        if !folder.join(KEPT[0]).is_file() && manifest.rows > 0 {
            return Err(none("its rows were too many to be kept, and this needs them"));
        }
        let (frame, series) = (frame(KEPT[0])?, frame(KEPT[1])?);
        if frame.len() != manifest.rows {
            return Err(RunError::Data(format!("{}: {} rows, where its manifest says {}", folder.join(KEPT[0]).display(), frame.len(), manifest.rows)));
        }
        Ok(Self {
            folder: folder.to_owned(),
            frame,
            series,
            missing: manifest.missing.clone(),
            resources: manifest.resources.clone(),
            available: manifest.available.clone(),
            unfinished: manifest.unfinished.clone(),
            stages: Frame::new(),
            manifest,
            experiment,
        })
    }
}
