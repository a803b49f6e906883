//! `Experiment`: a validated spec with its claims. Every name is resolved before anything runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use evaluation::Published;
use toml::Table;

use crate::spec::{Protocol, Rule, Spec};
use crate::{RunError, method, set, toml_file};

/// The size a run has when none is named.
pub const DEFAULT_SIZE: &str = "laptop";

/// An experiment as it will run.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// The name of its folder.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The spec after size and overrides.
    pub spec: Spec,
    /// What the paper says.
    pub published: Published,
    /// The size it runs at.
    pub size: String,
    /// Overrides from the command line; with any, rows and figures are made but no verdicts.
    pub overrides: Vec<String>,
}

/// The folder that holds `experiments`, found upwards from `from` as cargo finds its own.
pub fn find_root(from: &Path) -> Result<PathBuf, RunError> {
    from.ancestors().find(|d| d.join("experiments").is_dir() && d.join("Cargo.toml").is_file()).map(Path::to_owned).ok_or_else(|| {
        RunError::Nothing(format!("{} is not inside a Curvecast checkout: no folder above it holds experiments/ and Cargo.toml", from.display()))
    })
}

/// The names of all experiments, sorted.
pub fn list(root: &Path) -> Result<Vec<String>, RunError> {
    let dir = root.join("experiments");
    let entries = std::fs::read_dir(&dir).map_err(|e| RunError::Nothing(format!("{}: {e}", dir.display())))?;
    let mut names: Vec<String> =
        entries.filter_map(Result::ok).filter(|e| e.path().join("spec.toml").is_file()).map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

impl Experiment {
    /// Reads experiment `name` under `root` at a size, with overrides.
    pub fn load(root: &Path, name: &str, size: &str, overrides: &[String]) -> Result<Self, RunError> {
        let folder = root.join("experiments").join(name);
        if !folder.join("spec.toml").is_file() {
            let known = list(root)?;
            let near = curves::nearest(name, known.iter().map(String::as_str)).map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
            return Err(RunError::Nothing(format!("no experiment is called {name:?} (there are {}){near}", known.join(", "))));
        }
        let path = folder.join("spec.toml");
        let text = toml_file::read_text(&path)?;
        let shown = format!("experiments/{name}/spec.toml");
        // Parsed as written first, so that an error names its line; then again with the overlay.
        let written: Spec = toml_file::parse(&text, &shown)?;
        let mut table: Table = toml_file::parse(&text, &shown)?;
        let Some(overlay) = written.sizes.get(size) else {
            let known: Vec<&str> = written.sizes.keys().map(String::as_str).collect();
            return Err(RunError::Nothing(format!("{shown}: no size {size:?}; there are {}", known.join(", "))));
        };
        for (path, value) in &overlay.set {
            set::set(&mut table, path, value.clone())?;
        }
        for o in overrides {
            let (path, value) = set::parse_override(o)?;
            set::set(&mut table, &path, value)?;
        }
        let merged = toml::to_string(&table).map_err(|e| RunError::Spec(format!("{shown}: {e}")))?;
        let spec: Spec = toml_file::parse(&merged, &format!("{shown} at size {size}"))?;
        let published: Published = match folder.join("published.toml") {
            p if p.is_file() => toml_file::parse(&toml_file::read_text(&p)?, &format!("experiments/{name}/published.toml"))?,
            p => return Err(RunError::Spec(format!("{}: missing; an experiment states its claims before it runs", p.display()))),
        };
        let e = Self { name: name.to_owned(), folder, spec, published, size: size.to_owned(), overrides: overrides.to_vec() };
        e.check(&shown)?;
        Ok(e)
    }

    fn check(&self, shown: &str) -> Result<(), RunError> {
        let wrong = |what: String| Err(RunError::Spec(format!("{shown}: {what}")));
        let near = |word: &str, known: &[String]| {
            let hint = curves::nearest(word, known.iter().map(String::as_str)).map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
            format!("{word:?} (there are {}){hint}", known.join(", "))
        };
        let sources: Vec<String> = self.spec.sources.keys().cloned().collect();
        let ids: Vec<String> = self.spec.methods.iter().map(|m| m.id.clone()).collect();
        if ids.iter().collect::<BTreeSet<_>>().len() != ids.len() {
            return wrong("two methods have one id".into());
        }
        let answers = self.answers()?;
        for (name, s) in &self.spec.sources {
            match (&s.from, &s.draw, &s.simulate) {
                (Some(_), None, None) => {}
                (None, Some(prior), None) => {
                    priors::find(prior, s.length).map_err(|e| RunError::Spec(format!("{shown}: source {name:?}: {e}")))?;
                }
                (None, None, Some(runs)) => runs.check().map_err(|e| RunError::Spec(format!("{shown}: source {name:?}: {e}")))?,
                _ => return wrong(format!("source {name:?} needs one of `from` (a dataset), `draw` (a prior) and `simulate` (runs of a law)")),
            }
            if s.draw.is_some() && s.curves.is_none() {
                return wrong(format!("source {name:?} is drawn from a prior and needs `curves`, how many"));
            }
            if s.curves == Some(0) || s.length < 2 || !(0.0..=1.0).contains(&s.good) {
                return wrong(format!("source {name:?}: curves must be at least 1, length at least 2 and good between 0 and 1"));
            }
        }
        for a in &self.spec.asks {
            if !self.spec.sources.contains_key(&a.source) {
                return wrong(format!("ask {:?}: no source {}", a.id, near(&a.source, &sources)));
            }
            if let Some(m) = a.methods.iter().find(|m| !ids.contains(m)) {
                return wrong(format!("ask {:?}: no method {}", a.id, near(m, &ids)));
            }
            let curve_by_curve = !a.seen.is_empty() || a.rank.is_some() || !a.policies.is_empty() || a.orders.is_some() || a.budget.is_some();
            if a.protocol.whole() && (curve_by_curve || !a.methods.is_empty()) {
                return wrong(format!("ask {:?}: an ask about a whole source takes no methods, seen, rank, policies, orders or budget", a.id));
            }
            if (a.emergence.is_some() && a.protocol != Protocol::Emergence) || (a.ladder.is_some() != (a.protocol == Protocol::Ladder)) {
                return wrong(format!("ask {:?}: `emergence` belongs to the protocol emergence, and `ladder` to the protocol ladder, which needs it", a.id));
            }
            if a.surface.is_some() != (a.protocol == Protocol::Surface) {
                return wrong(format!("ask {:?}: `surface` belongs to the protocol surface, which needs it", a.id));
            }
            if a.speed_up.is_some() != (a.protocol == Protocol::SpeedUp) {
                return wrong(format!("ask {:?}: `speed-up` belongs to the protocol speed-up, which needs it", a.id));
            }
            if !a.protocol.whole() && self.spec.sources.get(&a.source).is_some_and(|s| s.simulate.is_some()) {
                return wrong(format!("ask {:?}: {:?} is a table of runs; only asks about a whole source read it", a.id, a.source));
            }
            let bad = |e: String| RunError::Spec(format!("{shown}: ask {:?}: {e}", a.id));
            for source in crate::whole::sources(a).into_iter().filter(|_| a.protocol.whole()) {
                match self.spec.sources.get(source) {
                    None => return wrong(format!("ask {:?}: no source {}", a.id, near(source, &sources))),
                    Some(s) if s.from.is_none() && s.simulate.is_none() => {
                        return wrong(format!("ask {:?}: {source:?} is neither a dataset nor simulated; an ask about a whole source needs one of them", a.id));
                    }
                    Some(_) => {}
                }
            }
            match a.protocol {
                Protocol::Tabulate => {}
                Protocol::Emergence => a.emergence.as_ref().map_or(Ok(()), |e| e.check().map_err(bad))?,
                Protocol::Surface => a.surface.as_ref().map_or(Ok(()), |s| s.check().map_err(bad))?,
                Protocol::SpeedUp => a.speed_up.as_ref().map_or(Ok(()), |s| s.check().map_err(bad))?,
                Protocol::Ladder => a.ladder.as_ref().map_or(Ok(()), |l| l.check().map_err(bad))?,
                Protocol::Extrapolate => {
                    if a.seen.is_empty() || !a.policies.is_empty() || a.orders.is_some() || a.budget.is_some() {
                        return wrong(format!("ask {:?}: extrapolate takes `seen` (at least one) and `rank`, and no policies, orders or budget", a.id));
                    }
                    for s in &a.seen {
                        crate::protocol::extrapolate::view(s).map_err(|e| RunError::Spec(format!("{shown}: ask {:?}: {e}", a.id)))?;
                    }
                    if let Some(r) = &a.rank {
                        if let Some(m) = r.among.iter().find(|m| !answers.contains(m)) {
                            return wrong(format!("ask {:?}: rank: no answer {}", a.id, near(m, &answers)));
                        }
                        for m in &r.metrics {
                            evaluation::metric::find(m).map_err(|e| RunError::Spec(format!("{shown}: ask {:?}: rank: {e}", a.id)))?;
                        }
                    }
                }
                Protocol::Stop => {
                    if a.policies.is_empty() || a.orders.unwrap_or(0) == 0 || a.budget.unwrap_or(0) == 0 || !a.seen.is_empty() || a.rank.is_some() {
                        return wrong(format!("ask {:?}: stop takes `policy` (at least one), `orders` and `budget` (at least 1), and no seen or rank", a.id));
                    }
                    for p in &a.policies {
                        let fine = match p.rule {
                            Rule::Never => p.patience.is_none() && p.answer.is_none() && p.below.is_none() && p.looks.is_empty(),
                            Rule::Patience => p.patience.is_some() && p.answer.is_none() && p.below.is_none() && p.looks.is_empty(),
                            Rule::Forecast => p.patience.is_none() && p.answer.is_some() && p.below.is_some_and(|b| b > 0.0 && b < 1.0),
                        };
                        if !fine {
                            return wrong(format!(
                                "policy {:?}: never takes nothing, patience takes `patience`, forecast takes `answer`, `below` (0 to 1) and `looks`",
                                p.id
                            ));
                        }
                        if let Some(x) = p.answer.as_ref().filter(|x| !answers.contains(x)) {
                            return wrong(format!("policy {:?}: no answer {}", p.id, near(x, &answers)));
                        }
                    }
                }
            }
        }
        let claims: Vec<String> = self.published.claims.iter().map(|c| c.id.clone()).collect();
        for t in &self.spec.tables {
            t.check().map_err(|e| RunError::Spec(format!("{shown}: {e}")))?;
            for id in t.lines.iter().flat_map(|l| l.published.values()) {
                match self.published.claims.iter().find(|c| &c.id == id) {
                    None => return wrong(format!("table {:?}: published.toml has no claim {}", t.id, near(id, &claims))),
                    Some(c) if c.published.is_none() => return wrong(format!("table {:?}: claim {id:?} has no `published` number", t.id)),
                    Some(_) => {}
                }
            }
        }
        for c in &self.published.claims {
            c.validate().map_err(|es| {
                RunError::Spec(format!("experiments/{}/published.toml: {}", self.name, es.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))
            })?;
        }
        Ok(())
    }

    /// The names of all answers of all methods: `id`, or `id-answer` where a method gives several.
    pub fn answers(&self) -> Result<Vec<String>, RunError> {
        let mut all = Vec::new();
        for m in &self.spec.methods {
            let f = method::build(m, &self.name)?;
            all.extend(f.answers().iter().map(|a| method::answer_name(&m.id, a)));
        }
        Ok(all)
    }

    /// The spec as it will run, as TOML.
    pub fn resolved(&self) -> String {
        let mut spec = self.spec.clone();
        spec.sizes.clear();
        toml::to_string_pretty(&spec).unwrap_or_default()
    }
}
