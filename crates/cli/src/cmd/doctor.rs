//! `curvecast doctor`: what a bug report needs.

use std::path::Path;

use clap::Args;
use report::{Column, Table};
use runner::{RunError, dataset};

use crate::args::Data;
use crate::{OK, Out, output, root};

/// Options of `doctor`.
#[derive(Args, Clone)]
pub struct DoctorArgs {
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    out: Out,
}

/// Variables of the environment that change what the program does.
const VARIABLES: [&str; 3] = ["CURVECAST_DATA", "CURVECAST_CACHE", "RAYON_NUM_THREADS"];

/// Prints versions, processors, networks, and inside of a checkout its data. Nothing that it looks at can stop it.
pub fn run(a: &DoctorArgs) -> Result<u8, RunError> {
    let mut t = Table::new("", vec![Column::left("what"), Column::left("is")]);
    let mut say = |what: &str, is: String| t.push(vec![what.into(), is.into()]);
    say("curvecast", env!("CARGO_PKG_VERSION").into());
    say("system", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH));
    say("processors", std::thread::available_parallelism().map_or_else(|e| e.to_string(), |n| n.to_string()));
    say("threads used", rayon::current_num_threads().to_string());
    say("graphics processor", "none used".into());
    for name in VARIABLES {
        say(name, std::env::var_os(name).map_or_else(|| "not set".to_owned(), |v| v.to_string_lossy().into_owned()));
    }
    for (name, found) in pfn::shipped() {
        say(&format!("network {name}"), found.unwrap_or_else(|e| e.to_string()));
    }
    match root() {
        Err(e) => say("checkout", format!("none: {e}")),
        Ok(root) => {
            say("checkout", root.display().to_string());
            for (name, is) in datasets(&root, a.data.mirror().as_deref()) {
                say(&name, is);
            }
        }
    }
    output::print(&t, a.out.format);
    Ok(OK)
}

/// Every dataset, and whether it is here.
fn datasets(root: &Path, mirror: Option<&Path>) -> Vec<(String, String)> {
    let names = match dataset::list(root) {
        Ok(names) => names,
        Err(e) => return vec![("datasets".into(), e.to_string())],
    };
    let found = |name: &str| dataset::Dataset::verified(root, name, mirror);
    let said = |name: &String| found(name).map_or_else(|e| e.to_string(), |f| format!("here, checksums right ({})", f.folder.display()));
    names.iter().map(|name| (format!("dataset {name}"), said(name))).collect()
}
