//! `curvecast diff`: why two results differ.

use std::path::{Path, PathBuf};

use clap::Args;
use report::{Column, Table};
use runner::{RunError, exit};

use crate::output::Format;
use crate::{OK, Out, output};

/// Options of `diff`.
#[derive(Args, Clone)]
pub struct DiffArgs {
    /// A folder with a manifest.json and tables/
    a: PathBuf,
    /// Another
    b: PathBuf,
    #[command(flatten)]
    out: Out,
}

fn manifest(dir: &Path) -> Result<serde_json::Map<String, serde_json::Value>, RunError> {
    let path = dir.join("manifest.json");
    let text = std::fs::read_to_string(&path).map_err(|e| RunError::Nothing(format!("{}: {e}", path.display())))?;
    serde_json::from_str(&text).map_err(|e| RunError::Spec(format!("{}: {e}", path.display())))
}

/// Prints the inputs that differ, then the tables that do. 100 when something does.
pub fn run(a: &DiffArgs) -> Result<u8, RunError> {
    let (ma, mb) = (manifest(&a.a)?, manifest(&a.b)?);
    let mut t = Table::new("", vec![Column::left("what"), Column::left("first"), Column::left("second")]);
    let keys: std::collections::BTreeSet<&String> = ma.keys().chain(mb.keys()).collect();
    for k in keys {
        let show = |m: &serde_json::Map<String, serde_json::Value>| m.get(k).map_or_else(|| "absent".to_owned(), ToString::to_string);
        let (x, y) = (show(&ma), show(&mb));
        if x != y {
            t.push(vec![k.as_str().into(), x.as_str().into(), y.as_str().into()]);
        }
    }
    let list = |dir: &Path| -> std::collections::BTreeSet<String> {
        std::fs::read_dir(dir.join("tables")).map(|d| d.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect()).unwrap_or_default()
    };
    for file in list(&a.a).union(&list(&a.b)) {
        let read = |dir: &Path| std::fs::read_to_string(dir.join("tables").join(file)).unwrap_or_default();
        let (x, y) = (read(&a.a), read(&a.b));
        let lines = x.lines().zip(y.lines()).filter(|(p, q)| p != q).count() + x.lines().count().abs_diff(y.lines().count());
        if lines > 0 {
            t.push(vec![
                format!("tables/{file}").as_str().into(),
                format!("{} lines", x.lines().count()).as_str().into(),
                format!("{lines} lines differ").as_str().into(),
            ]);
        }
    }
    let same = t.rows.is_empty();
    if same && a.out.format == Format::Table {
        println!("no difference");
    } else {
        output::print(&t, a.out.format);
    }
    Ok(if same { OK } else { exit::CLAIM })
}
