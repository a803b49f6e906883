//! Seeds that are no text: `cargo run --manifest-path fuzz/Cargo.toml --example seeds -- fuzz/corpus`. `seed.sh` calls it.

use std::error::Error;
use std::path::Path;

use evaluation::Frame;
use pfn::{Config, Recipe, Trainer};
use runner::{frames, sealed};
use tables::TableColumn;

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = std::env::args().nth(1).ok_or("name the folder of the corpus")?;
    let corpus = Path::new(&corpus);
    for target in ["parquet", "rows", "weights"] {
        std::fs::create_dir_all(corpus.join(target))?;
    }
    let table = tables::parquet_bytes(&[
        ("run", TableColumn::Text(["a", "a", "é, \"b\"", ""].map(str::to_owned).to_vec())),
        ("step", TableColumn::Number(vec![1.0, 2.0, 1.0, f64::NAN])),
        ("loss", TableColumn::Number(vec![0.5, -0.0, f64::INFINITY, 1e-300])),
    ])?;
    std::fs::write(corpus.join("parquet/table"), table)?;
    std::fs::write(corpus.join("parquet/no-rows"), tables::parquet_bytes(&[("run", TableColumn::Text(Vec::new()))])?)?;

    let rows = frames::to_parquet(&rows())?;
    std::fs::write(corpus.join("rows/rows"), &rows)?;
    let job = corpus.join("rows/job");
    let sections: [(&str, &[u8]); 3] = [("rows", &rows), ("kept", b""), ("seconds", b"")];
    sealed::write(&job, &sections)?;
    let outcome = corpus.join("rows/outcome");
    let (series, scalars) = (frames::to_parquet(&series())?, frames::to_parquet(&scalars())?);
    let sections: [(&str, &[u8]); 4] = [("series", &series), ("scalars", &scalars), ("status", b""), ("weights", b"w")];
    sealed::write(&outcome, &sections)?;
    // Without its hash: the target puts one on.
    let mut bytes = std::fs::read(&outcome)?;
    bytes.truncate(bytes.len() - 64);
    std::fs::write(corpus.join("rows/unsealed"), bytes)?;

    let network = Config { width: 4, layers: 1, heads: 2, bins: 5, horizon: 10 };
    let recipe =
        Recipe { name: "tiny".to_owned(), prior: "domhan3".to_owned(), network, curves: 8, batch: 8, rate: 1e-3, warm_up: 0.1, clip: 1.0, queries: 4, seed: 1 };
    Trainer::new(recipe)?.export(&corpus.join("weights/tiny.safetensors"), "none")?;
    Ok(())
}

/// A few rows of a run.
fn rows() -> Frame {
    let mut rows = Frame::new();
    rows.push_row(&[("ask", "forecast"), ("method", "persist"), ("status", "ok")], &[("crps", Some(0.25)), ("size", Some(7e7))]);
    rows.push_row(&[("ask", "forecast"), ("method", "pfn"), ("status", "no-curve"), ("size", "70M")], &[("crps", None)]);
    rows
}

/// Two series of a study.
fn series() -> Frame {
    let mut series = Frame::new();
    for (name, x, y) in [("train", 1.0, 0.5), ("train", 2.0, 0.25), ("test", 1.0, 0.75)] {
        series.push_row(&[("series", name)], &[("x", Some(x)), ("y", Some(y))]);
    }
    series
}

/// Two scalars of a study, one of which does not exist.
fn scalars() -> Frame {
    let mut scalars = Frame::new();
    scalars.push_row(&[("name", "delay")], &[("value", Some(3.0))]);
    scalars.push_row(&[("name", "never")], &[("value", None)]);
    scalars
}
