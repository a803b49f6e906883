//! `curvecast ls`: what there is.

use report::{Column, Table};
use runner::{DEFAULT_SIZE, Experiment, RunError, dataset, method};

use crate::{OK, Out, output, root};

/// Lists experiments, datasets, kinds of methods and priors.
pub fn run(out: Out) -> Result<u8, RunError> {
    let root = root()?;
    let mut t = Table::new("", vec![Column::left("kind"), Column::left("name"), Column::left("what")]);
    for name in runner::list(&root)? {
        let what = Experiment::load(&root, &name, DEFAULT_SIZE, &[]).map_or_else(|e| e.to_string(), |e| e.spec.experiment.title);
        t.push(vec!["experiment".into(), name.as_str().into(), what.as_str().into()]);
    }
    for name in dataset::list(&root)? {
        let what = dataset::Dataset::load(&root, &name).map_or_else(|e| e.to_string(), |d| d.title);
        t.push(vec!["dataset".into(), name.as_str().into(), what.as_str().into()]);
    }
    for (name, what) in method::KINDS {
        t.push(vec!["method".into(), name.into(), what.into()]);
    }
    for name in priors::NAMES {
        let what = priors::find(name, 100).map_or_else(|e| e.to_string(), |p| p.title().to_owned());
        t.push(vec!["prior".into(), name.into(), what.as_str().into()]);
    }
    for m in evaluation::metric::all() {
        t.push(vec!["metric".into(), m.name().into(), m.title().into()]);
    }
    output::print(&t, out.format);
    Ok(OK)
}
