//! Writes training curves of a recipe as tokens to standard output, for `crates/pfn/gpu/train.py`.
//!
//! `records RECIPE` says in one line of JSON how long a record is; `records RECIPE FIRST STEP` writes the records of curves FIRST, FIRST + STEP,
//! FIRST + 2 STEP and so on, until nobody reads them any more.

use std::io::{self, Write};

use pfn::{MixtureRecipe, MixtureRecords};

/// Bytes that are written at once.
const CHUNK: usize = 1 << 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, rest @ ..] = &arguments[..] else { return Err("usage: records RECIPE [FIRST STEP]".into()) };
    let recipe: MixtureRecipe = toml::from_str(&std::fs::read_to_string(path)?)?;
    let network = serde_json::to_string(&recipe.network)?;
    let json = serde_json::to_string(&recipe)?;
    let queries = recipe.queries;
    let mut records = MixtureRecords::new(recipe)?;
    let [first, step] = rest else {
        println!("{{\"record\":{},\"most\":{},\"queries\":{queries},\"network\":{network},\"recipe\":{json}}}", records.numbers(), records.most());
        return Ok(());
    };
    let (mut index, step): (u64, u64) = (first.parse()?, step.parse()?);
    let (mut out, mut bytes) = (io::stdout().lock(), Vec::with_capacity(2 * CHUNK));
    loop {
        records.append(index, &mut bytes);
        index += step;
        if bytes.len() >= CHUNK {
            match out.write_all(&bytes) {
                Err(e) if e.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                other => other?,
            }
            bytes.clear();
        }
    }
}
