//! `curvecast doctor`: what a bug report needs.

use report::{Column, Table};
use runner::{RunError, dataset};

use crate::{OK, What0, output, root};

/// Prints versions, processors, data and networks.
pub fn run(a: &What0) -> Result<u8, RunError> {
    let root = root()?;
    let mut t = Table::new("", vec![Column::left("what"), Column::left("is")]);
    let mut say = |what: &str, is: String| t.push(vec![what.into(), is.as_str().into()]);
    say("curvecast", env!("CARGO_PKG_VERSION").into());
    say("system", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH));
    say("processors", std::thread::available_parallelism().map_or_else(|e| e.to_string(), |n| n.to_string()));
    say("threads used", rayon::current_num_threads().to_string());
    say("graphics processor", "none used".into());
    for name in pfn::Pfn::names() {
        let is = pfn::Pfn::shipped(name).map_or_else(
            |e| e.to_string(),
            |p| {
                let c = p.card();
                format!("{} parameters, {} curves of {}, seed {}", c.parameters, c.curves, c.recipe.prior, c.recipe.seed)
            },
        );
        say(&format!("network {name}"), is);
    }
    for name in dataset::list(&root)? {
        let is = dataset::Dataset::find(&root, &name, a.data.mirror().as_deref())
            .map_or_else(|e| e.to_string(), |f| format!("here, checksums right ({})", f.folder.display()));
        say(&format!("dataset {name}"), is);
    }
    output::print(&t, a.out.format);
    Ok(OK)
}
