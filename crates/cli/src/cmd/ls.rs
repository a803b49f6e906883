//! `curvecast ls`: what there is.

use report::{Column, Table};
use runner::{DEFAULT_SIZE, Experiment, RunError, dataset, method, protocol, source};

use crate::{OK, Out, output, root};

/// Lists experiments and datasets, and what a spec can name: kinds of sources, asks and methods, priors, studies, metrics.
pub fn run(out: Out) -> Result<u8, RunError> {
    let root = root()?;
    let mut t = Table::new("", vec![Column::left("kind"), Column::left("name"), Column::left("what")]);
    let mut say = |kind: &str, name: &str, what: &str| t.push(vec![kind.into(), name.into(), what.into()]);
    for name in runner::list(&root)? {
        let what = Experiment::load(&root, &name, DEFAULT_SIZE, &[]).map_or_else(|e| e.to_string(), |e| e.spec.experiment.title);
        say("experiment", &name, &what);
    }
    for name in dataset::list(&root)? {
        let what = dataset::Dataset::load(&root, &name).map_or_else(|e| e.to_string(), |d| d.title);
        say("dataset", &name, &what);
    }
    for (name, what) in source::CATALOGUE {
        say("source", name, what);
    }
    for (name, what) in protocol::CATALOGUE {
        say("ask", name, what);
    }
    for (name, what) in method::kinds() {
        say("method", name, what);
    }
    for name in priors::NAMES {
        let what = priors::find(name, 100).map_or_else(|e| e.to_string(), |p| p.title().to_owned());
        say("prior", name, &what);
    }
    for study in lab::STUDIES {
        say("study", study.name(), study.title());
    }
    for m in evaluation::metric::all() {
        say("metric", m.name(), m.title());
    }
    output::print(&t, out.format);
    Ok(OK)
}
