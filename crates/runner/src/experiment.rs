//! `Experiment`: a validated spec with its claims. Every name is resolved before anything runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use evaluation::{Cell, Published};
use toml::Table;

use crate::cache::StageCache;
use crate::method::Built;
use crate::protocol::{Names, Shape};
use crate::source::{Axis, Offer, Site};
use crate::spec::{Bound, Spec};
use crate::{RunError, set, toml_file};

/// The size a run has when none is named.
pub const DEFAULT_SIZE: &str = "laptop";

/// The most resamples, repeats, curves or points that a key may ask for: more are a slip, and would fill the memory.
const MOST: usize = 10_000_000;

/// An experiment as it will run.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// The name of its folder.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The spec after size and overrides.
    pub spec: Spec,
    /// The same as TOML text.
    pub text: String,
    /// How errors name that text.
    pub shown: String,
    /// What the paper says.
    pub published: Published,
    /// The size it runs at.
    pub size: String,
    /// Overrides from the command line; with any, rows and figures are made but no verdicts.
    pub overrides: Vec<String>,
    /// Its methods, in the order of the spec.
    pub methods: Vec<Built>,
    /// What every source offers.
    pub offers: BTreeMap<String, Offer>,
}

/// The sizes that a spec may have, the smallest first: what a smaller one can tell, a larger one can too.
pub const SIZES: [&str; 3] = ["smoke", "laptop", "full"];

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
    ///
    /// # Errors
    /// A name, a file or a setting that is wrong; the error says where, and what would do.
    pub fn load(root: &Path, name: &str, size: &str, overrides: &[String]) -> Result<Self, RunError> {
        let known = list(root)?;
        if !known.iter().any(|k| k == name) {
            return Err(RunError::Nothing(curves::no_such("experiment", name, known.iter().map(String::as_str))));
        }
        let folder = root.join("experiments").join(name);
        let text = toml_file::read_text(&folder.join("spec.toml"))?;
        let mut shown = format!("experiments/{name}/spec.toml");
        // Parsed as written first, so that an error names its line; then again with what size and command line lay over it.
        let mut spec: Spec = toml_file::parse(&text, &shown)?;
        if let Some(other) = spec.sizes.keys().find(|s| !SIZES.contains(&s.as_str())) {
            return Err(RunError::Spec(format!("{shown}: {}", curves::no_such("size", other, SIZES))));
        }
        let mut overridden: BTreeSet<String> = BTreeSet::new();
        for o in overrides {
            let (path, _) = set::parse_override(o)?;
            if !overridden.insert(path.clone()) {
                return Err(RunError::Spec(format!("override {path:?} is given twice")));
            }
        }
        let Some(overlay) = spec.sizes.get(size) else {
            return Err(RunError::Nothing(format!("{shown}: {}", curves::no_such("size", size, spec.sizes.keys().map(String::as_str)))));
        };
        let mut text = text;
        if !overlay.set.is_empty() || !overrides.is_empty() {
            let mut table: Table = toml_file::parse(&text, &shown)?;
            let laid_over = overlay.set.clone();
            for (path, value) in laid_over {
                set::set(&mut table, &path, value)?;
            }
            for o in overrides {
                let (path, value) = set::parse_override(o)?;
                set::set(&mut table, &path, value)?;
            }
            text = toml::to_string(&table).map_err(|e| RunError::Spec(format!("{shown}: {e}")))?;
            shown = format!("{shown} at size {size}{}", if overrides.is_empty() { "" } else { " with overrides" });
            spec = toml_file::parse(&text, &shown)?;
        }
        let published: Published = match folder.join("published.toml") {
            p if p.is_file() => toml_file::parse(&toml_file::read_text(&p)?, &format!("experiments/{name}/published.toml"))?,
            p => return Err(RunError::Spec(format!("{}: missing; an experiment states its claims before it runs", p.display()))),
        };
        let published = published.expanded();
        let methods = spec.methods.iter().map(|m| Built::of(m, name, &folder)).collect::<Result<Vec<_>, _>>()?;
        let mut e = Self {
            name: name.to_owned(),
            folder,
            spec,
            text,
            shown,
            published,
            size: size.to_owned(),
            overrides: overrides.to_vec(),
            methods,
            offers: BTreeMap::new(),
        };
        e.offers = e.offers(root)?;
        e.check()?;
        Ok(e)
    }

    fn wrong(&self, what: impl std::fmt::Display) -> RunError {
        RunError::Spec(format!("{}: {what}", self.shown))
    }

    /// What every source offers, after checking it.
    fn offers(&self, root: &Path) -> Result<BTreeMap<String, Offer>, RunError> {
        let mut offers = BTreeMap::new();
        let cache = StageCache::new(root);
        for (name, source) in &self.spec.sources {
            let wrong = |what: String| self.wrong(format!("source {name:?}: {what}"));
            if source.curves == Some(0) || !(2..=MOST).contains(&source.length) || source.curves.is_some_and(|c| c > MOST) {
                return Err(wrong(format!("`curves` is at least 1 and `length` at least 2, and neither more than {MOST}")));
            }
            if !(0.0..=1.0).contains(&source.good) {
                return Err(wrong("`good` is a share between 0 and 1".into()));
            }
            if let Some(s) = &source.scale {
                let numbers = [Some(s.hard_low), Some(s.soft_low), Some(s.hard_high), if let Bound::Number(v) = s.soft_high { Some(v) } else { None }];
                if numbers.into_iter().flatten().any(f64::is_nan) {
                    return Err(wrong("a bound of `scale` is no number".into()));
                }
            }
            let (_, kind) = source.kind().map_err(wrong)?;
            let site = Site { root, mirror: None, about: &self.spec.experiment, name, cache: &cache };
            let offer = kind.offer(source, &site).map_err(|e| match e {
                RunError::Spec(what) if what.starts_with("datasets/") => RunError::Spec(what),
                RunError::Spec(what) => wrong(what),
                other => other,
            })?;
            if let Some(other) = &source.same_curves_as {
                let same = self.spec.sources.get(other).map(|o| o.from == source.from && source.from.is_some());
                match same {
                    None => return Err(wrong(curves::no_such("source", other, self.spec.sources.keys().map(String::as_str)))),
                    Some(false) => return Err(wrong(format!("`same-curves-as`: {other:?} is of other data"))),
                    Some(true) => {}
                }
            }
            if source.axis != Axis::Points && offer.curves.is_some() && !offer.recorded {
                return Err(wrong("`axis` is for curves as recorded; a prior has its own grid".into()));
            }
            offers.insert(name.clone(), Offer { axis: source.axis, ..offer });
        }
        Ok(offers)
    }

    fn check(&self) -> Result<(), RunError> {
        let sources: Vec<&str> = self.spec.sources.keys().map(String::as_str).collect();
        let methods: Vec<String> = self.methods.iter().map(|m| m.id.clone()).collect();
        let answers: Vec<String> = self.methods.iter().flat_map(|m| m.answers.iter().cloned()).collect();
        self.unique("method", methods.iter())?;
        self.unique("ask", self.spec.asks.iter().map(|a| &a.id))?;
        if let Some(twice) = set::twice(answers.iter().map(String::as_str)) {
            return Err(self.wrong(format!("two answers are called {twice:?}; give one of the methods another id")));
        }
        if let Some((m, source)) = self.spec.methods.iter().find_map(|m| m.curves.keys().find(|s| !sources.contains(&s.as_str())).map(|s| (&m.id, s))) {
            return Err(self.wrong(format!("method {m:?}: curves: {}", curves::no_such("source", source, sources))));
        }
        let offer = |name: &str| self.offers.get(name);
        let names = Names { offer: &offer, methods: &methods, answers: &answers };
        for ask in &self.spec.asks {
            let wrong = |what: String| self.wrong(format!("ask {:?}: {what}", ask.id));
            let (key, protocol) = ask.protocol().map_err(wrong)?;
            for input in protocol.reads(&ask.head()) {
                let Some(offer) = self.offers.get(&input.source) else {
                    return Err(wrong(curves::no_such("source", &input.source, sources)));
                };
                if !offer.gives(input.shape) {
                    let plural = if input.shape == Shape::Runs { "is" } else { "are" };
                    return Err(wrong(format!("{key} reads {}, and source {:?} {plural} {}", input.shape, input.source, offer.shapes())));
                }
            }
            protocol.check(&ask.head(), &names).map_err(wrong)?;
        }
        self.check_claims()
    }

    /// That every id of a list is there once, and can be part of a file's name.
    fn unique<'a>(&self, what: &str, ids: impl Iterator<Item = &'a String>) -> Result<(), RunError> {
        let mut seen = BTreeSet::new();
        for id in ids {
            if id.is_empty() {
                return Err(self.wrong(format!("a {what} has no id")));
            }
            if !seen.insert(id) {
                return Err(self.wrong(format!("two of [[{what}]] have the id {id:?}; give each its own")));
            }
        }
        Ok(())
    }

    /// That claims are sound, and that claims and tables select asks and methods that there are.
    fn check_claims(&self) -> Result<(), RunError> {
        let file = format!("experiments/{}/published.toml", self.name);
        self.published.validate().map_err(|es| RunError::Spec(format!("{file}: {}", es.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))))?;
        for t in &self.spec.tables {
            t.check().map_err(|e| self.wrong(e))?;
            for cell in t.cell.iter().chain(t.lines.iter().flat_map(|l| l.cells.values())) {
                self.check_cell(cell, &[]).map_err(|e| self.wrong(format!("table {:?}: {e}", t.id)))?;
            }
        }
        for c in self.published.claims.iter().filter(|c| c.untested.is_none()) {
            for cell in c.of.iter().chain(&c.to) {
                self.check_cell(cell, &c.needs).map_err(|e| RunError::Spec(format!("{file}: claim {:?}: {e}", c.id)))?;
            }
        }
        Ok(())
    }

    /// That the asks and methods a cell selects are there. What a claim `needs` (`weights:p2`) may be missing.
    fn check_cell(&self, cell: &Cell, needs: &[String]) -> Result<(), String> {
        let asks: Vec<&str> = self.spec.asks.iter().map(|a| a.id.as_str()).collect();
        let selected: Vec<&str> = cell.select.get("ask").map_or_else(|| asks.clone(), |s| s.0.iter().map(String::as_str).collect());
        if let Some(wrong) = selected.iter().find(|a| !a.contains('*') && !asks.contains(a)) {
            return Err(curves::no_such("ask", wrong, asks));
        }
        let Some(methods) = cell.select.get("method") else { return Ok(()) };
        let mut known: Vec<String> = Vec::new();
        for ask in self.spec.asks.iter().filter(|a| selected.iter().any(|s| curves::matches(s, &a.id))) {
            match ask.protocol().map(|(_, p)| p.answers(&ask.head(), &self.methods)) {
                Ok(Some(answers)) => known.extend(answers),
                // Its methods are not known before it has run.
                _ => return Ok(()),
            }
        }
        let awaited = |m: &str| needs.iter().any(|n| n.strip_prefix("weights:").is_some_and(|w| m == w || m.starts_with(&format!("{w}-"))));
        match methods.0.iter().find(|m| !m.contains('*') && !known.contains(m) && !awaited(m)) {
            Some(wrong) => Err(curves::no_such("method", wrong, known.iter().map(String::as_str))),
            None => Ok(()),
        }
    }

    /// The spec as it will run, as TOML.
    ///
    /// # Errors
    /// Settings that cannot be written as TOML.
    pub fn resolved(&self) -> Result<String, RunError> {
        let mut spec = self.spec.clone();
        spec.sizes.clear();
        toml::to_string_pretty(&spec).map_err(|e| self.wrong(e))
    }
}
