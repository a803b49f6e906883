//! `curvecast eval`: the value of a law, with constants that a paper printed or with one's own.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;
use curvecast::{Constants, Error, EvalOptions};
use models::Law;
use report::{Cell, Column, Table, decimals_for};
use runner::RunError;

use super::{assign, fit};
use crate::{OK, Out, output};

/// Options of `eval`.
#[derive(Args, Clone)]
pub struct EvalArgs {
    /// The law (see `curvecast laws`)
    law: String,
    /// Inputs and parameters: N=8.67e9 D=178e9, params=8.67B, alpha=0.35. Letters of the literature are understood
    #[arg(value_name = "NAME=VALUE")]
    given: Vec<String>,
    /// Whose constants; the first of the list when absent. `list` prints those there are
    #[arg(long)]
    constants: Option<String>,
    #[command(flatten)]
    out: Out,
}

/// Prints one row: inputs, parameters, and the value.
pub fn run(a: &EvalArgs) -> Result<u8, RunError> {
    if a.constants.as_deref() == Some("list") {
        let known = curvecast::constants(&a.law).map_err(failed)?;
        let law = models::find(&a.law.replace('-', "_")).map_err(|e| RunError::Nothing(e.to_string()))?;
        list(&known, law, a.out);
        return Ok(OK);
    }
    let mut given = BTreeMap::new();
    for text in &a.given {
        given.extend(assign::pairs(text)?);
    }
    let found = curvecast::eval(&a.law, &given, &EvalOptions { constants: a.constants.clone() }).map_err(failed)?;
    let own = found.own;
    if let Some(c) = &found.constants {
        eprintln!("constants: {} ({}){}", c.id, c.source, if own { ", some replaced" } else { "" });
    }
    let whose = found.constants.as_ref().map_or("own".to_owned(), |c| if own { format!("{} + own", c.id) } else { c.id.clone() });
    let mut columns = vec![Column::left("law"), Column::left("constants")];
    columns.extend(found.inputs.iter().map(|i| i.0).chain(["value"]).map(Column::right));
    let mut t = Table::new("", columns);
    let mut row: Vec<Cell> = vec![found.law.name().into(), whose.into()];
    row.extend(found.inputs.iter().map(|(_, v)| Cell::number(*v, decimals_for(*v, 4))));
    row.push(Cell::number(found.value, decimals_for(found.value, 6)));
    t.push(row);
    output::print(&t, a.out.format);
    Ok(OK)
}

/// There is no file: what is wrong is on the command line, or the law has no value.
fn failed(e: Error) -> RunError {
    match e {
        Error::Fit(why) => RunError::Jobs(why.to_string()),
        e => fit::failed(e, Path::new("")),
    }
}

/// The constants of a law.
fn list(known: &[Constants], law: &dyn Law, out: Out) {
    let mut columns = vec![Column::left("law"), Column::left("constants"), Column::left("source")];
    columns.extend(law.params().iter().map(|p| Column::right(p.name)));
    let mut t = Table::new("", columns);
    for c in known {
        let mut row: Vec<Cell> = vec![law.name().into(), c.id.as_str().into(), c.source.as_str().into()];
        row.extend(law.params().iter().map(|p| Cell::maybe(c.of(p.name), c.of(p.name).map_or(0, |v| decimals_for(v, 6)))));
        t.push(row);
    }
    output::print(&t, out.format);
}
