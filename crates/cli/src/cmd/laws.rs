//! `curvecast laws`: the catalogue.

use report::{Column, Table};
use runner::RunError;

use crate::{OK, Out, output};

/// Prints every law with its formula, parameters and source.
pub fn run(out: Out) -> Result<u8, RunError> {
    let columns = vec![Column::left("law"), Column::left("formula"), Column::left("parameters"), Column::left("what"), Column::left("source")];
    let mut t = Table::new("", columns);
    for law in models::all() {
        let params: Vec<&str> = law.params().iter().map(|p| p.name).collect();
        t.push(vec![law.name().into(), law.formula_text().into(), params.join(", ").as_str().into(), law.title().into(), law.cite().into()]);
    }
    output::print(&t, out.format);
    Ok(OK)
}
